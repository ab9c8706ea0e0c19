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
    check: Checker,
    key: str,
    path: Path,
    names: Sequence[str] = directives.NAMES,
    *,
    has_data: bool = True,
) -> None:
    """
    Notes a key with `$` that is none of the `names` that mean something at this path, which may
    have keys of data too.
    """
    words = {name.partition("/")[0]: name for name in names}
    found = near(key.partition("/")[0], words)
    if found:
        advice = f'did you mean "{words[found]}"?'
    elif has_data and names:
        advice = f'write "${key}" for the key "{key}"'
    else:
        advice = "remove it"
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


# What a short form may have besides its entries.
_SHORT = (directives.PATCH, directives.DEFAULT)


def entries_of(
    check: Checker, value: dict[str, Data], path: Path
) -> Iterator[tuple[str, Data, Path]]:
    """The entries of a short form: name, what it says of it, place."""
    for key, item in value.items():
        if key[:1] != "$" or key[:2] == "$$":
            yield directives.field_of(key), item, (*path, key)
        elif key not in _SHORT:
            add_unknown(check, key, path, _SHORT)


def defaults_of(check: Checker, value: dict[str, Data], path: Path) -> dict[str, Data]:
    """`$default` of a mapping. What takes something away in it is noted."""
    if value.get(directives.DEFAULT) is None:
        return {}
    place = (*path, directives.DEFAULT)
    defaults = check.mapping(value[directives.DEFAULT], place)
    kept: dict[str, Data] = _without_deletions(check, defaults, place)
    return kept


def _without_deletions(check: Checker, value: Data, path: Path) -> Data:
    """A value within a `$default`. What takes something away, or changes it, is noted."""
    if isinstance(value, list):
        return [_without_deletions(check, item, (*path, i)) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Data] = {}
    for key, item in value.items():
        place = (*path, key)
        if item is None:
            check.add(place, "null has no meaning in a default", "remove it")
        elif key[:1] == "$" and key[:2] != "$$":
            text = f"{first_word(key)} has no meaning in a default"
            check.add(place, text, "write the fields alone")
        else:
            clean = _without_deletions(check, item, place)
            kept |= {} if clean == {} != item else {key: clean}
    return kept
