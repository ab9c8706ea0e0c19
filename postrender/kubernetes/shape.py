"""
The shape that verbs rely on: an object's metadata and the lists of its pods.

A chart may render anything. The API server refuses other shapes anyway; this module refuses them
earlier, with their place, before a verb fails on them.
"""

from __future__ import annotations

from itertools import filterfalse

from postrender.data import dotted, get
from postrender.kubernetes.objects import CONTAINER_LISTS, pod_places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object, Path
    from postrender.kubernetes.objects import PodPlace, Workloads

_METADATA = ("labels", "annotations")
_TEXTS = ("name", "image")
_LISTS = ("env", "envFrom", "ports", "volumeDevices", "volumeMounts")
_TEXT_LISTS = ("command", "args")


def misshapen(obj: Object, workloads: Workloads, sound: dict[int, Object]) -> str:
    """
    What is of another shape than Kubernetes gives it: its path and a sentence; empty where all is
    well. `sound` are containers, by identity, that were looked at before; more are added.
    """
    fault = _metadata(obj, ("metadata",))
    if fault:
        return fault
    places = pod_places(obj, workloads)
    return next(filter(None, _pod_faults(obj, places, sound)), "") if places else ""


def _pod_faults(obj: Object, places: list[PodPlace], sound: dict[int, Object]) -> Iterator[str]:
    """What is said of each part of the object's pods, most often nothing."""
    for place in places:
        if place.template is not None:
            yield _metadata(obj, (*place.template, "metadata"))
        spec = get(obj, place.spec)
        for field in (*CONTAINER_LISTS, "volumes"):
            yield _list_of(spec, field, place.spec, dict)
        for i, volume in enumerate(spec.get("volumes") or []):
            yield _is(volume.get("name"), str, (*place.spec, "volumes", i, "name"))
        for field in CONTAINER_LISTS:
            ids = [*map(id, spec.get(field) or [])]
            i = 0
            for one in filterfalse(sound.__contains__, ids):
                i = ids.index(one, i)
                container = spec[field][i]
                yield from _container(container, (*place.spec, field, i))
                sound[one] = container


def _container(container: Object, path: Path) -> Iterator[str]:
    for name, value in container.items():
        if name in _LISTS:
            yield _list_of(container, name, path, dict)
        elif name in _TEXT_LISTS:
            yield _list_of(container, name, path, str)
        elif name in _TEXTS:
            yield _is(value, str, (*path, name))
        elif name == "lifecycle":
            yield _is(value, dict, (*path, name))
    for k, mount in enumerate(container.get("volumeMounts") or []):
        for name in ("name", "mountPath"):
            yield _is(mount.get(name), str, (*path, "volumeMounts", k, name))


def _metadata(obj: Object, path: Path) -> str:
    metadata = get(obj, path)
    if metadata is None:
        return ""
    if not isinstance(metadata, dict):
        return _is_one(metadata, dict, path)
    for field in _METADATA:
        found = metadata.get(field)
        if found is not None and not isinstance(found, dict):
            return _is_one(found, dict, (*path, field))
    return ""


def _list_of(owner: Object, field: str, path: Path, kind: type) -> str:
    """A list, or nothing; its items of one type."""
    found = owner.get(field)
    if found is None or (type(found) is list and [*map(type, found)].count(kind) == len(found)):
        return ""
    faults = (_is_one(item, kind, (*path, field, i)) for i, item in enumerate(found))
    return _is_one(found, list, (*path, field)) or next(filter(None, faults), "")


def _is(value: Data, kind: type, path: Path) -> str:
    """Of this type, or nothing."""
    return "" if value is None else _is_one(value, kind, path)


def _is_one(value: Data, kind: type, path: Path) -> str:
    """Of this type."""
    if isinstance(value, kind):
        return ""
    return f"{dotted(path)}: must be {_WORDS[kind]}; fix the chart's values"


_WORDS: dict[type, str] = {dict: "a mapping", list: "a list", str: "text"}
