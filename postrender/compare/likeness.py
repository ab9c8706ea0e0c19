"""How alike two objects are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.places import MISSING, at, differing
from postrender.data import get
from postrender.kubernetes.images import normalised, parse, text_of
from postrender.kubernetes.objects import containers, pod_places

if TYPE_CHECKING:
    from postrender.data import Object
    from postrender.kubernetes.objects import Workloads

_MOST = 2000


def features(obj: Object) -> frozenset[tuple[str, str]]:
    """What an object consists of: its values with their places, without its metadata and status."""
    rest = {key: value for key, value in obj.items() if key not in ("metadata", "status", "kind")}
    found = []
    for i, place in enumerate(differing(MISSING, rest)):
        value = at(rest, place)
        if place[-1] in ("image", "reference") and isinstance(value, str):
            value = repository(value)
        found.append((".".join(step for step in place if step[:1] != "["), repr(value)))
        if i > _MOST:
            break
    return frozenset(found)


def likeness(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> float:
    """How much two objects have in common, from 0 to 1: places count as much as values."""
    values = _share(one, other)
    places = _share(frozenset(place for place, _ in one), frozenset(place for place, _ in other))
    return (values + places) / 2


def _share(one: frozenset[object], other: frozenset[object]) -> float:
    every = len(one | other)
    return len(one & other) / every if every else 0.0


def repository(image: str) -> str:
    """An image without its tag and digest, in full."""
    return text_of(normalised(parse(image)).replaced(tag="", digest=""))


def repositories(obj: Object, workloads: Workloads) -> frozenset[str]:
    """The images of an object's containers, without tags."""
    return frozenset(
        repository(container["image"])
        for place in pod_places(obj, workloads)
        for _, container in containers(get(obj, place.spec))
        if isinstance(container.get("image"), str) and container["image"].strip()
    )
