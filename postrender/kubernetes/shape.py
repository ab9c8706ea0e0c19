"""
The shape that verbs rely on: an object's metadata and the lists of its pods.

A chart may render anything. The API server refuses other shapes anyway; this module refuses them
earlier, with their place, before a verb fails on them.
"""

from __future__ import annotations

from postrender.data import dotted, get
from postrender.kubernetes.objects import CONTAINER_LISTS, pod_places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object, Path
    from postrender.kubernetes.objects import Workloads

_METADATA = ("labels", "annotations")
_LISTS = ("env", "envFrom", "ports", "volumeDevices", "volumeMounts")
_TEXTS = ("command", "args")


def misshapen(obj: Object, workloads: Workloads) -> str:
    """
    What is of another shape than Kubernetes gives it: its path and a sentence; empty where all is
    well.
    """
    return next(_faults(obj, workloads), "")


def _faults(obj: Object, workloads: Workloads) -> Iterator[str]:
    yield from _metadata(obj, ("metadata",))
    for place in pod_places(obj, workloads):
        if place.template is not None:
            yield from _metadata(obj, (*place.template, "metadata"))
        spec = get(obj, place.spec)
        for field in (*CONTAINER_LISTS, "volumes"):
            yield from _list_of(spec, field, place.spec, dict)
        for i, volume in enumerate(spec.get("volumes") or []):
            yield from _is(volume.get("name"), str, (*place.spec, "volumes", i, "name"))
        for field in CONTAINER_LISTS:
            for i, container in enumerate(spec.get(field) or []):
                path = (*place.spec, field, i)
                for name in ("name", "image"):
                    yield from _is(container.get(name), str, (*path, name))
                for name in _LISTS:
                    yield from _list_of(container, name, path, dict)
                for name in _TEXTS:
                    yield from _list_of(container, name, path, str)
                for k, mount in enumerate(container.get("volumeMounts") or []):
                    for name in ("name", "mountPath"):
                        yield from _is(mount.get(name), str, (*path, "volumeMounts", k, name))
                yield from _is(container.get("lifecycle"), dict, (*path, "lifecycle"))


def _metadata(obj: Object, path: Path) -> Iterator[str]:
    metadata = get(obj, path)
    yield from _is(metadata, dict, path)
    for field in _METADATA:
        yield from _is(get(metadata, (field,)), dict, (*path, field))


def _list_of(owner: Object, field: str, path: Path, kind: type) -> Iterator[str]:
    """A list, or nothing; its items of one type."""
    found = owner.get(field)
    yield from _is(found, list, (*path, field))
    for i, item in enumerate(found or []):
        if not isinstance(item, kind):
            yield f"{dotted((*path, field, i))}: must be {_WORDS[kind]}; fix the chart's values"


def _is(value: Data, kind: type, path: Path) -> Iterator[str]:
    """Of this type, or nothing."""
    if value is not None and not isinstance(value, kind):
        yield f"{dotted(path)}: must be {_WORDS[kind]}; fix the chart's values"


_WORDS: dict[type, str] = {dict: "a mapping", list: "a list", str: "text"}
