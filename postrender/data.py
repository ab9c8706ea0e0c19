"""
Plain data, as in YAML and JSON: equality, paths, aligning two lists.

All functions are pure. Results share every unchanged part with the arguments, so that you can
recognise an unchanged part by identity.
"""

from __future__ import annotations

from bisect import bisect_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator
    from typing import Any, TypeVar

    T = TypeVar("T")
    # What a YAML document holds: mappings, lists and scalars of Python's own types.
    Data = Any
    Object = dict[str, Data]
    # The way to a value: keys of mappings and indices of lists.
    Path = tuple[str | int, ...]
    Pair = tuple[int | None, int | None]
    # Fields that together tell the items of a list apart, in the order in which they are tried.
    Keys = tuple[tuple[str, ...], ...]

_ABSENT = object()


def same(one: Data, other: Data) -> bool:
    """
    Whether two values are equal in type too: to Python `True == 1 == 1.0`, to Kubernetes they are
    three values.
    """
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other):
        return False
    if kind is dict:
        if len(one) != len(other):
            return False
        for key, value in one.items():
            found = other.get(key, _ABSENT)
            if found is not value and not same(value, found):
                return False
        return True
    if kind is list:
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def frozen(data: Data) -> Hashable:
    """A value that can be looked up; of two values the same if, and only if, `same` says so."""
    if isinstance(data, dict):
        return frozenset((key, frozen(value)) for key, value in data.items())
    return tuple(map(frozen, data)) if isinstance(data, list) else (type(data), data)


def differences(one: Data, other: Data, path: Path = ()) -> list[Path]:
    """The paths of the smallest values in which two values differ."""
    if same(one, other):
        return []
    parts: list[str | int] = []
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        parts = list(one)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = list(range(len(one)))
    found = [differences(one[part], other[part], (*path, part)) for part in parts]
    return [place for places in found for place in places] or [path]


# What tells the items of Kubernetes' lists apart, by the name of the list, where it is not `name`.
# tests/unit/kubernetes/test_types.py compares this with the table of types, which is too dear here.
LIST_KEYS: dict[str, Keys] = {
    "conditions": (("type",),),
    "hostAliases": (("ip",),),
    "ownerReferences": (("uid",),),
    "ports": (("containerPort", "protocol"), ("port", "protocol")),
    "topologySpreadConstraints": (("topologyKey",),),
    "volumeDevices": (("devicePath",),),
    "volumeMounts": (("mountPath",),),
    "x-kubernetes-validations": (("rule",),),
}
# What a further key of an item is where the item does not say it (core/v1 types.go, Protocol).
KEY_DEFAULTS = {"protocol": "TCP"}
# … and the items of all other lists, the most reliable first. Whole objects, the items of a List,
# are told apart by their kind and metadata.
_NAMES: Keys = (
    *(("metadata",), ("mountPath",), ("devicePath",), ("containerPort",)),
    *(("name",), ("key",), ("ip",), ("topologyKey",), ("port",)),
)


def keys_in(item: Data, field: str | int, names: Keys = _NAMES) -> tuple[str, ...]:
    """
    The fields that tell an item from the others of a list of that name; empty for none. `names` are
    for lists that Kubernetes has no keys for.
    """
    if isinstance(item, dict):
        for keys in (*LIST_KEYS.get(str(field), ()), *names):
            if isinstance(item.get(keys[0]), str | int):
                return tuple(key for key in keys if key in item)
    return ()


def labels(items: list[Data], field: str | int, names: Keys = _NAMES) -> list[str]:
    """
    What tells each item of a list of that name from the others: `web`, `/data`, `53/UDP`; empty for
    items that nothing tells apart.
    """
    return unique([label(item, field, names) for item in items])


def label(item: Data, field: str | int, names: Keys = _NAMES) -> str:
    """The same of one item, whatever the others have."""
    keys = keys_in(item, field, names)
    values = [str(item[key]) for key in keys if item[key] != KEY_DEFAULTS.get(key)]
    name = get(item, ("metadata", "name"))
    return "/".join(values) or (name if isinstance(name, str) else "")


def unique(found: list[str]) -> list[str]:
    """Labels; those that are there more than once are empty."""
    if len({*found}) == len(found):
        return found
    twice = set(repeated(found))
    return ["" if label in twice else label for label in found]


# As many pairs of nameless items are compared.
_MOST_COMPARED = 2500


def align(old: list[Data], new: list[Data], field: str | int = "") -> list[Pair]:
    """
    Which old item each new item goes on from: pairs (old index, new index) in order, None for an
    item removed or added. `field` is the name of the list.

    Equal items at both ends pair up; between them equal scalars and items of one name do, as many
    as keep their order; nameless ones in what gaps are left, one after the other.
    """
    head = 0
    limit = min(len(old), len(new))
    while head < limit and same(old[head], new[head]):
        head += 1
    tail = 0
    while tail < limit - head and same(old[-1 - tail], new[-1 - tail]):
        tail += 1
    pairs: list[Pair] = [(i, i) for i in range(head)]
    middle = range(head, len(old) - tail), range(head, len(new) - tail)
    names = ((), *LIST_KEYS.get(str(field), ()), *_NAMES)
    pairs += _align_by(names, old, new, *middle)
    pairs += [(len(old) - i, len(new) - i) for i in range(tail, 0, -1)]
    return pairs


def _align_by(
    names: Keys, old: list[Data], new: list[Data], olds: range, news: range
) -> list[Pair]:
    """Pairs items by the first of the names, and what lies between two pairs by the others."""
    if not olds or not news:
        return [*((i, None) for i in olds), *((None, j) for j in news)]
    if not names:
        return _align_nameless(old, new, olds, news)
    places: dict[object, list[int]] = {}
    for i in reversed(olds):
        places.setdefault(_identity(old[i], names[0]), []).append(i)
    matches = [
        (places[identity].pop(), j)
        for j in news
        if (identity := _identity(new[j], names[0])) is not None and places.get(identity)
    ]
    return _spread(
        longest_run(matches), olds, news, lambda *gap: _align_by(names[1:], old, new, *gap)
    )


def _align_nameless(old: list[Data], new: list[Data], olds: range, news: range) -> list[Pair]:
    """
    Pairs nameless items of a kind in their order, so that they have as much in common as they can;
    of many items the first with the first. The rest goes and comes.
    """
    kinds = {i: _nameless_kind(old[i]) for i in olds}
    new_kinds = {j: _nameless_kind(new[j]) for j in news}
    if len(olds) * len(news) > _MOST_COMPARED:
        places: dict[str, list[int]] = {}
        for i, kind in kinds.items():
            places.setdefault(kind, []).append(i)
        matches = []
        left = olds.start
        for j, kind in new_kinds.items():
            found = places.get(kind, [])
            at = bisect_left(found, left)
            if kind and at < len(found):
                matches.append((found[at], j))
                left = found[at] + 1
    else:
        alike = {(i, j) for i, kind in kinds.items() for j in news if kind == new_kinds[j] != ""}
        matches = _likest(old, new, olds, news, alike)
    return _spread(
        matches, olds, news, lambda go, come: [*((i, None) for i in go), *((None, j) for j in come)]
    )


def _likest(
    old: list[Data], new: list[Data], olds: range, news: range, alike: set[tuple[int, int]]
) -> list[tuple[int, int]]:
    """
    The pairs, of those that are alike, that have most in common and keep the order; of equal ones
    the first.
    """
    best: dict[tuple[int, int], int] = {}
    found: dict[tuple[int, int], int] = {}
    for i in reversed(olds):
        for j in reversed(news):
            pair = _likeness(old[i], new[j]) if (i, j) in alike else 0
            found[i, j] = pair + best.get((i + 1, j + 1), 0) if pair else 0
            best[i, j] = max(found[i, j], best.get((i + 1, j), 0), best.get((i, j + 1), 0))
    matches = []
    i, j = olds.start, news.start
    while i < olds.stop and j < news.stop:
        if best[i, j] and found[i, j] == best[i, j]:
            matches.append((i, j))
            i, j = i + 1, j + 1
        elif best.get((i + 1, j), 0) == best[i, j]:
            i += 1
        else:
            j += 1
    return matches


def _likeness(one: Data, other: Data) -> int:
    """How much two items of a kind have in common, and one for their kind."""
    if isinstance(one, dict):
        equal = sum(key in other and same(value, other[key]) for key, value in one.items())
    elif isinstance(one, list):
        equal = sum(any(same(item, known) for known in other) for item in one)
    else:  # the same flag with another value
        flag, sign, _ = str(one).partition("=")
        equal = bool(sign) and str(other).startswith(flag + sign)
    return 1 + _MOST_COMPARED * equal


def _spread(
    matches: list[tuple[int, int]],
    olds: range,
    news: range,
    between: Callable[[range, range], list[Pair]],
) -> list[Pair]:
    """The matches, and what comes between them, before and after."""
    pairs: list[Pair] = []
    next_old, next_new = olds.start, news.start
    for i, j in matches:
        pairs += [*between(range(next_old, i), range(next_new, j)), (i, j)]
        next_old, next_new = i + 1, j + 1
    return pairs + between(range(next_old, olds.stop), range(next_new, news.stop))


def longest_run(matches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs in which both numbers grow; the second numbers grow already."""
    ends: list[int] = []  # the smallest number at which a run of each length ends
    runs: list[tuple[tuple[int, int], Any]] = []  # and that run, as its last pair and its rest
    for i, j in matches:
        at = bisect_left(ends, i)
        ends[at : at + 1] = [i]
        runs[at : at + 1] = [((i, j), runs[at - 1] if at else None)]
    run: list[tuple[int, int]] = []
    last = runs[-1] if runs else None
    while last is not None:
        run.append(last[0])
        last = last[1]
    return run[::-1]


def _nameless_kind(item: Data) -> str:
    """Mapping, list or scalar; nothing for a mapping with a name."""
    if isinstance(item, dict):
        return "" if any(_identity(item, name) for name in _NAMES) else "mapping"
    return "list" if isinstance(item, list) else "scalar"


def _identity(item: Data, keys: tuple[str, ...]) -> object:
    """What makes two items the same one in two states: a scalar itself, the keys of a mapping."""
    if isinstance(item, list):
        return None
    if isinstance(item, dict) and keys:
        known = item.get(keys[0])
        if isinstance(known, dict) and keys == ("metadata",):
            known = f"{item.get('kind')} {known.get('namespace')} {known.get('name')}"
        further = [str(item.get(key) or KEY_DEFAULTS.get(key)) for key in keys[1:]]
        return (keys, known, *further) if isinstance(known, str | int) else None
    return None if keys or isinstance(item, dict) else (type(item), item)


def get(data: Data, path: Path) -> Data:
    """What stands at a path, None where nothing does."""
    for part in path:
        kind = type(data)
        if kind is dict and isinstance(part, str):
            data = data.get(part)
        elif kind is list and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def put(data: Data, path: Path, value: Data) -> Data:
    """
    The data with `value` at a path; mappings on the way are made where they are missing. Shares all
    the rest.
    """
    if not path:
        return value
    part, *rest = path
    if isinstance(part, int):
        item = put(data[part], tuple(rest), value)
        return data if item is data[part] else [*data[:part], item, *data[part + 1 :]]
    known = data if isinstance(data, dict) else {}
    old = known.get(part)
    new = put(old, tuple(rest), value)
    if new is old and part in known:
        return data
    return {**known, part: new}


def size(data: Data) -> int:
    """How many values there are in a value, itself among them."""
    if isinstance(data, dict | list):
        return 1 + sum(map(size, data.values() if isinstance(data, dict) else data))
    return 1


def dotted(path: Path) -> str:
    """A path as text: `spec.containers[0].image`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def expand(data: Data, pattern: str) -> Iterator[Path]:
    """
    The paths in the data that a pattern like `spec.workerGroupSpecs[*].template` names; `[*]` is
    every item of a list, `*` every value of a mapping.
    """
    parts = pattern.replace("[*]", ".[*]").split(".") if pattern else []
    return _expand(data, parts, ())


def _expand(data: Data, parts: list[str], path: Path) -> Iterator[Path]:
    if not parts:
        yield path
        return
    part, rest = parts[0], parts[1:]
    if part == "[*]":
        if isinstance(data, list):
            for i, item in enumerate(data):
                yield from _expand(item, rest, (*path, i))
    elif isinstance(data, dict):
        for key in data if part == "*" else [part]:
            if key in data:
                yield from _expand(data[key], rest, (*path, key))


def repeated(values: Iterable[T]) -> list[T]:
    """The values that are there more than once, each once, in their order."""
    seen: set[T] = set()
    found: dict[T, None] = {}
    for value in values:
        if value in seen:
            found[value] = None
        seen.add(value)
    return [*found]
