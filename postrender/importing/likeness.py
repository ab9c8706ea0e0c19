"""
Whether two results mean the same to Kubernetes.

Kustomize puts new entries of lists first, kmod-post last. That matters for containers, and for
variables that use others; not for lists whose entries have keys of their own, such as volumes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postrender.data import keys_in, same
from postrender.importing.faults import fault, is_cluster_scoped
from postrender.importing.selecting import FORMER
from postrender.kubernetes.objects import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postrender.data import Data, Object, Path

# kubernetes third_party/forked/golang/expansion
_USE = re.compile(r"\$\(([^)]+)\)")
_UNORDERED = (
    "env",
    "imagePullSecrets",
    "ports",
    "volumeDevices",
    "volumeMounts",
    "volumes",
    "hostAliases",
)


def settled(value: Data, field: str = "") -> Data:
    """A value with the lists in order that have none to Kubernetes."""
    if isinstance(value, dict):
        return {key: settled(item, str(key)) for key, item in value.items() if key != FORMER}
    if not isinstance(value, list):
        return value
    items = [settled(item) for item in value]
    if field in _UNORDERED and all(keys_in(item, field) for item in items):
        if field == "env":
            items = list(_with_used(items))
        return sorted(items, key=lambda item: [str(item[key]) for key in keys_in(item, field)])
    return items


def _with_used(variables: list[Object]) -> Iterator[Object]:
    """Variables, each with those above it that it uses: Kubernetes knows no others."""
    above: set[str] = set()
    for variable in variables:
        used = above & set(_USE.findall(str(variable.get("value"))))
        yield {**variable, "uses": sorted(used)} if used else variable
        above.add(str(variable.get("name")))


def key_of(obj: Object) -> tuple[str, ...]:
    """What tells an object from the others; kinds without namespaces have none in it."""
    namespace = "" if is_cluster_scoped(obj) else text_of(obj, "namespace")
    return text_of(obj, "apiVersion"), text_of(obj, "kind"), namespace, text_of(obj, "name")


def by_key(objects: Sequence[Object]) -> dict[tuple[str, ...], list[Object]]:
    """Objects by what tells them apart."""
    found: dict[tuple[str, ...], list[Object]] = {}
    for obj in objects:
        found.setdefault(key_of(obj), []).append(obj)
    return found


def are_alike(one: Sequence[Object], other: Sequence[Object]) -> bool:
    """Whether two sets of objects mean the same, but for what `faults` explains."""
    return all(
        places and all(why is not None for _, why in places) for _, places in explained(one, other)
    )


def explained(
    one: Sequence[Object], other: Sequence[Object]
) -> list[tuple[tuple[str, ...], list[tuple[Path, str | None]]]]:
    """The objects that differ, and where, with what `faults` says of each place."""
    ours, theirs = by_key(one), by_key(other)
    found: list[tuple[tuple[str, ...], list[tuple[Path, str | None]]]] = []
    for key, places in unlike(one, other):
        left, right = settled(ours.get(key, [{}])[0]), settled(theirs.get(key, [{}])[0])
        found.append((key, [(path, fault(left, right, path)) for path in places]))
    return found


def unlike(
    one: Sequence[Object], other: Sequence[Object]
) -> list[tuple[tuple[str, ...], list[Path]]]:
    """The objects that differ, and where; without paths where one side has no such object."""
    ours, theirs = by_key(one), by_key(other)
    found: list[tuple[tuple[str, ...], list[Path]]] = []
    for key in (*ours, *(key for key in theirs if key not in ours)):
        mine, others = ours.get(key, []), theirs.get(key, [])
        if len(mine) != len(others):
            found.append((key, []))
            continue
        for a, b in zip(mine, others, strict=True):
            left, right = settled(a), settled(b)
            if not same(left, right):
                found.append((key, list(paths(left, right))))
    return found


def paths(one: Data, other: Data, path: Path = ()) -> list[Path]:
    """The paths of the smallest values that differ, also where one side lacks them."""
    if same(one, other):
        return []
    if isinstance(one, dict) and isinstance(other, dict):
        found: list[Path] = []
        for key in (*one, *(key for key in other if key not in one)):
            if key in one and key in other:
                found += paths(one[key], other[key], (*path, key))
            else:
                found.append((*path, key))
        return found
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [p for i in range(len(one)) for p in paths(one[i], other[i], (*path, i))]
    return [path]
