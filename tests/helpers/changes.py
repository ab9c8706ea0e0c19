"""Random changes of data, including some that no rule would make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hazards import HAZARDS

from postrender.data import get

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    Path = tuple[str | int, ...]

# Keys end within 1024 characters (libyaml scanner.c); no object of Kubernetes has a longer one.
KEYS = tuple(text for text in HAZARDS if len(text) < 1000)

SCRIPT = '#!/bin/sh\nset -eu\n\nif [ -f /x ]; then\n\techo "hé: #{x}"  \nfi\nexec "$@"\n'

NUMBERS = (
    *(0, 1, -1, 8080, 420, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1),
    *(0.0, 0.5, -1.5, 1e3, 1e16, 1e-7, 1.7976931348623157e308, 5e-324, 3.0),
)


class Change(NamedTuple):
    """One change: `put` a value at a path, `insert` a new entry before it, or `delete` it."""

    op: str
    path: Path
    value: Any = None
    # For a new entry in a mapping: how many stand before it.
    place: int = 0


def some_changes(data: Any, random: Random, count: int) -> list[Change]:
    """A number of changes, each to the result of those before it."""
    made = []
    for _ in range(count):
        change = _change(data, random)
        data = applied(data, change)
        made.append(change)
    return made


def all_applied(data: Any, changes: list[Change]) -> Any:
    """The data with all changes that are still possible."""
    for change in changes:
        data = applied(data, change)
    return data


def applied(data: Any, change: Change) -> Any:
    """The data with a change made; unchanged if its path does not exist."""
    if not change.path:
        return change.value if change.op == "put" and isinstance(change.value, dict) else data
    part, *rest = change.path
    if rest:
        if isinstance(data, dict) and part in data:
            return {**data, part: applied(data[part], change._replace(path=tuple(rest)))}
        if isinstance(data, list) and isinstance(part, int) and part < len(data):
            inner = applied(data[part], change._replace(path=tuple(rest)))
            return [*data[:part], inner, *data[part + 1 :]]
        return data
    if isinstance(data, dict) and isinstance(part, str):
        if change.op == "delete":
            return {key: value for key, value in data.items() if key != part}
        if change.op == "put" or part in data:
            return {**data, part: change.value}
        entries = list(data.items())
        entries.insert(change.place, (part, change.value))
        return dict(entries)
    if isinstance(data, list) and isinstance(part, int) and part <= len(data):
        if change.op == "insert" or part == len(data):
            return [*data[:part], *([] if change.op == "delete" else [change.value]), *data[part:]]
        return [*data[:part], *([] if change.op == "delete" else [change.value]), *data[part + 1 :]]
    return data


def _change(data: Any, random: Random) -> Change:
    paths = list(_paths(data))
    path = random.choice(paths)
    found = get(data, path)
    kind = random.random()
    if kind < 0.35 and isinstance(found, dict):
        key = random.choice(KEYS) if random.random() < 0.5 else f"added{random.randrange(9)}"
        place = random.choice((0, len(found), random.randint(0, len(found))))
        return Change("insert", (*path, key), _value(data, paths, random), place)
    if kind < 0.35 and isinstance(found, list):
        at = random.choice((0, len(found), random.randint(0, len(found))))
        return Change("insert", (*path, at), _item(data, found, paths, random))
    if kind < 0.55 and path:
        return Change("delete", path)
    if not path:
        return Change("put", (random.choice(KEYS),), _value(data, paths, random))
    return Change("put", path, _value(data, paths, random))


def _paths(data: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for part, value in pairs:
        if isinstance(value, dict | list):
            yield from _paths(value, (*path, part))
        else:
            yield (*path, part)


def _value(data: Any, paths: list[Path], random: Random) -> Any:
    kind = random.random()
    if kind < 0.45:
        return random.choice(HAZARDS)
    if kind < 0.55:
        return random.choice((True, False, None, *NUMBERS))
    if kind < 0.6:
        return random.choice(({}, [], SCRIPT, SCRIPT * 3, SCRIPT + "\n\n", " " + SCRIPT))
    if kind < 0.8:
        return get(data, random.choice(paths))
    if kind < 0.9:
        return {
            random.choice(KEYS): _value(data, paths, random) for _ in range(random.randint(1, 3))
        }
    return [_value(data, paths, random) for _ in range(random.randint(1, 3))]


def _item(data: Any, items: list[Any], paths: list[Path], random: Random) -> Any:
    """An item for a list: often one like the others."""
    if items and random.random() < 0.4:
        return random.choice(items)
    if random.random() < 0.4:
        name = f"added{random.randrange(9)}"
        return {"name": name, "image": "busybox:1.36", "args": ["-c", random.choice(HAZARDS)]}
    return _value(data, paths, random)
