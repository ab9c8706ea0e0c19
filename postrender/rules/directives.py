"""
Keys that begin with `$` in rules: where a verb merges they are directives, and `$$ref` is the key
`$ref`. A mistyped one must not become data of the object.
"""

from __future__ import annotations

from postrender.kubernetes import directives
from postrender.rules.checker import first_word, near

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postrender.data import Data, Path
    from postrender.rules.checker import Checker


def add_unknown(
    check: Checker, key: str, path: Path, names: Sequence[str] = directives.NAMES
) -> None:
    """Notes a key with `$` that is none of the `names` that mean something at this path."""
    words = {name.partition("/")[0]: name for name in names}
    found = near(key.partition("/")[0], words)
    if found:
        advice = f'did you mean "{words[found]}"?'
    else:
        advice = f'write "${key}" for the key "{key}"' if names else "remove it"
    check.add((*path, key), f'unknown key "{first_word(key)}"', advice)


def is_data(check: Checker, key: str, path: Path) -> bool:
    """Whether a key of a patch is a field, and no directive; notes one that is neither."""
    if key[:1] != "$" or key[:2] == "$$":
        return True
    if not directives.is_directive(key):
        add_unknown(check, key, path)
    return False


def is_whole(check: Checker, value: dict[str, Data], path: Path) -> bool:
    """
    Whether a short form has `$patch: replace`: it gives all that there is to be. That is the one
    directive there; others are noted.
    """
    given = value.get(directives.PATCH)
    if given not in (None, "replace"):
        place = (*path, directives.PATCH)
        check.add(
            place, "can only be replace here", "set an entry to null to remove it", value=True
        )
    return given == "replace"


def entries_of(
    check: Checker, value: dict[str, Data], path: Path
) -> Iterator[tuple[str, Data, Path]]:
    """The entries of a short form: name, what it says of it, place."""
    for key, item in value.items():
        if key[:1] != "$" or key[:2] == "$$":
            yield directives.field_of(key), item, (*path, key)
        elif key != directives.PATCH:
            add_unknown(check, key, path, (directives.PATCH,))
