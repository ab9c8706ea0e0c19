"""
Changes of a list in place of a new list: `$remove`, `$change` and `$add`, in this order.

What they do not name stays, in its order. A list stays the same object if nothing changes, and so
does each of its items.

| key | does |
|---|---|
| `$remove` | removes each item that fits one of its items |
| `$change` | changes each text that fits a glob, or merges `set` into each mapping that fits `match` |
| `$add` | appends each item that is not there |

A text fits by glob, a mapping by all the fields that are named, nested too; anything else by being
equal. A run of words is a list in a list of texts: all of them, one after the other.

Each key has a list, or a mapping whose keys are names that only layers use.
"""

from __future__ import annotations

from postrender.data import same
from postrender.kubernetes.entries import MergeError
from postrender.kubernetes.globs import Globs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from postrender.data import Data, Object, Path

    # Merges a value into an item of the list; the path is that of the value, in the patch.
    Merge: TypeAlias = Callable[[Data, Data, Path], Data]
    # Is told of what nothing in the list fits: its path in the patch, and what it asks for.
    Missing: TypeAlias = Callable[[Path, Data], None]

CHANGES = ("$remove", "$change", "$add")


def parts_of(value: Data, path: Path) -> Iterator[tuple[Path, Data]]:
    """What one of the keys has, each with its path; what is null was withdrawn by a layer."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return (((*path, key), item) for key, item in pairs if item is not None)


def removed(items: list[Data], value: Data, path: Path, missing: Missing) -> list[Data]:
    """The items without those that fit `$remove`."""
    gone: set[int] = set()
    for at, wanted in parts_of(value, path):
        found = [i for i, item in enumerate(items) if fits(item, wanted)]
        if not found:
            missing(at, wanted)
        gone.update(found)
    return [item for i, item in enumerate(items) if i not in gone] if gone else items


def changed(
    items: list[Data], value: Data, path: Path, merge: Merge, missing: Missing
) -> list[Data]:
    """The items as `$change` wants them."""
    for at, part in parts_of(value, path):
        if isinstance(part, dict):
            new = _merged(items, part, at, merge)
        else:
            new = _replaced(items, str(at[-1]), part)
        if new is None:
            missing(at, part.get("match") if isinstance(part, dict) else at[-1])
        else:
            items = new
    return items


def added(items: list[Data], value: Data, path: Path) -> list[Data]:
    """
    The items with those of `$add` that are not there.

    Raises MergeError for a flag that is there already, followed by a word that is not: written
    apart from it, that word would get to the end.
    """
    parts = list(parts_of(value, path))
    new = list(items)
    for place, (_, item) in enumerate(parts):
        run = item if isinstance(item, list) and _are_texts(items) else [item]
        if not _has_run(new, run):
            _refuse_split_run(items, parts, place)
            new += run
    return new if len(new) > len(items) else items


def _refuse_split_run(items: list[Data], parts: list[tuple[Path, Data]], place: int) -> None:
    """Raises MergeError where a new word stands after a flag of `$add` that is there already."""
    at, word = parts[place]
    before = parts[place - 1][1] if place else None
    if (
        isinstance(before, str)
        and isinstance(word, str)
        and before.startswith("-")
        and not word.startswith("-")
        and "=" not in before
        and any(same(before, item) for item in items)
    ):
        raise MergeError(
            f'"{before}" is there already, so "{word}" would stand alone; '
            f"write them as a run of words: [[{before}, {word}]]",
            at,
        )


def fits(item: Data, wanted: Data) -> bool:
    """Whether an item is what `$remove` or `match` asks for."""
    if isinstance(wanted, dict):
        return isinstance(item, dict) and all(
            name in item and fits(item[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(item, list) and len(item) == len(wanted) and all(map(fits, item, wanted))
    if isinstance(wanted, str):
        return isinstance(item, str) and item in Globs([wanted])
    return same(item, wanted)


def _unset(match: Object, fields: Data) -> Object:
    """What `match` asks for apart from what `set` gives."""
    rest = {}
    for name, value in match.items():
        if not isinstance(fields, dict) or name not in fields:
            rest[name] = value
        elif isinstance(value, dict) and isinstance(fields[name], dict):
            rest[name] = _unset(value, fields[name])
    return rest


def _replaced(items: list[Data], glob: str, text: Data) -> list[Data] | None:
    """The items with the text in place of each that fits the glob; None if none does."""
    globs = Globs([glob])
    found = [isinstance(item, str) and (item in globs or item == text) for item in items]
    if not any(found):
        return None
    return [text if hit and item != text else item for hit, item in zip(found, items, strict=True)]


def _merged(items: list[Data], part: Object, path: Path, merge: Merge) -> list[Data] | None:
    """
    The items with `set` merged into each that fits `match`; None if none does. One that is as it
    would be then counts as found, so that a second run finds it.
    """
    match, fields = part["match"], part["set"]
    rest = _unset(match, fields)
    new, is_found = list(items), False
    for i, item in enumerate(items):
        if fits(item, match):
            new[i], is_found = merge(item, fields, (*path, "set")), True
        elif fits(item, rest):
            is_found = is_found or merge(item, fields, (*path, "set")) is item
    return new if is_found else None


def _are_texts(items: list[Data]) -> bool:
    """Whether a list holds texts, as far as its items tell."""
    return all(isinstance(item, str) for item in items)


def _has_run(items: list[Data], run: list[Data]) -> bool:
    """Whether the items of a run stand in the list, one after the other."""
    return any(same(items[i : i + len(run)], run) for i in range(len(items) - len(run) + 1))
