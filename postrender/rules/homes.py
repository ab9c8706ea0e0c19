"""
Where a field belongs that a type of Kubernetes does not have: below one of its fields, one level
higher, or a mistyped name. Loaded for a mistake only.
"""

from __future__ import annotations

from postrender.kubernetes.types import element, is_list, is_map
from postrender.rules.checker import near, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postrender.data import Path
    from postrender.kubernetes.types import Known

    # The types around a value, and how long the paths of their mappings are.
    Around = tuple[tuple[str, int], ...]

_FEW = 4  # homes that help
_DEPTH = 3  # how deep to look for them
_COMMON = frozenset(("apiVersion", "kind", "name"))  # too many types have these to mean one


def home_in_types(
    key: str, path: Path, owner: str, around: Around, names: Iterable[str], known: Known
) -> str:
    """
    What to do about a field that the type `owner` at a path does not have: advice, empty for none.
    `names` are those that could stand there, `around` the types around it, outermost first.
    """
    names = tuple(names)
    below = [".".join(found) for found in _below(key, owner, known, 1)]
    if below and len(below) <= _FEW and key not in _COMMON:
        return f"it belongs under {' or '.join(below)}"
    found = near(key, names) or _longer(key, names)
    if found:
        return f'did you mean "{found}"?'
    for type_name, length in reversed(around):
        if key in known.fields_of(type_name) and key not in _COMMON:
            return f"it belongs beside {path[length]}, one level higher"
    for depth in range(2, _DEPTH + 1):
        below = [".".join(found) for found in _below(key, owner, known, depth)]
        if below and key not in _COMMON:
            return f"it belongs under {' or '.join(below)}" if len(below) <= _FEW else ""
    return nearest(key, names)


def _below(key: str, owner: str, known: Known, depth: int) -> Iterator[tuple[str, ...]]:
    """The fields, this many below each other, of the innermost of which a field is one."""
    for name, field in known.fields_of(owner).items():
        inner = field.shape
        while is_list(inner) or is_map(inner):
            inner = element(inner)
        if name == "status" or not known.is_type(inner):
            continue
        if depth == 1:
            if key in known.fields_of(inner):
                yield (name,)
        else:
            yield from ((name, *rest) for rest in _below(key, inner, known, depth - 1))


def _longer(key: str, names: Iterable[str]) -> str:
    """The only name that begins or ends with a key: `secretName` for `name`."""
    end = key[:1].upper() + key[1:]
    found = [name for name in names if name.startswith(key) or name.endswith(end)]
    return found[0] if len(found) == 1 and key else ""
