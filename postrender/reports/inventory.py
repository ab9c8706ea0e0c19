"""
What a stream holds that rules can name, as plain data: objects with their containers and volumes,
what selects them, and for each the `match` that fits no other object.

It holds names only: no values of Secrets or of variables. Scripts in commands are masked. The
format is documented in docs/cli.md.
"""

from __future__ import annotations

from collections import Counter

from postrender.data import get
from postrender.kubernetes.objects import (
    claim_names,
    container_kind,
    containers,
    is_hook,
    mappings,
    pod_kinds,
    pod_places,
    text_of,
    texts_of,
    volume_source,
)
from postrender.reports.masking import masked
from postrender.reports.references import reference
from postrender.reports.selecting import SELECTING_KINDS, Selecting
from postrender.stream.manifests import Manifests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet

    from postrender.data import Object
    from postrender.kubernetes.objects import PodPlace, Workloads
    from postrender.stream.manifest import Subject
    from postrender.stream.text import Document, Stream


VERSION = "kmod/v1"
KIND = "KmodInventory"

_SHOWN = ("image", "command", "args", "workingDir")


def inventory(
    stream: Stream, default_namespace: str, workloads: Workloads, *, every: bool = False
) -> Object:
    """
    The objects of the stream that hold pods, in its order, and the number of objects of each other
    kind; with `every` all objects. Raises StreamError.
    """
    manifests = Manifests(stream, default_namespace, workloads)
    kinds = pod_kinds(workloads) | SELECTING_KINDS
    subjects: list[tuple[Subject, int]] = []
    others: Counter[str] = Counter()
    for manifest in manifests.all:
        document = manifest.document
        if every or _may_be(document, kinds):
            line = manifest.line
            subjects += ((subject, line) for _, subject in manifests.subjects_of(manifest))
            manifest.forget_nodes()
        elif document.kind:
            others[document.kind] += 1
    subjects = [(subject, at) for subject, at in subjects if text_of(subject.obj, "kind")]
    selecting = Selecting(subject for subject, _ in subjects)
    known = _by_name(subject for subject, _ in subjects)
    objects = []
    for subject, at in subjects:
        if every or pod_places(subject.obj, workloads):
            objects.append(_object(subject, at, known[_name(subject)], selecting, workloads))
        else:
            others[text_of(subject.obj, "kind")] += 1
    return {
        "apiVersion": VERSION,
        "kind": KIND,
        "objects": objects,
        "others": dict(sorted(others.items())),
    }


def workloads_of(stream: Stream) -> list[tuple[Subject, Object | None]]:
    """The objects of the stream that hold pods, each with its `match`. Raises StreamError."""
    return _matched(stream, pod_kinds({}), lambda obj: bool(pod_places(obj, {})))


def objects_of(stream: Stream, kind: str) -> list[tuple[Subject, Object | None]]:
    """The objects of a kind in the stream, each with its `match`. Raises StreamError."""
    return _matched(stream, {kind}, lambda obj: text_of(obj, "kind") == kind)


def _matched(
    stream: Stream, kinds: AbstractSet[str], is_meant: Callable[[Object], bool]
) -> list[tuple[Subject, Object | None]]:
    manifests = Manifests(stream, "", {})
    subjects = [
        subject
        for manifest in manifests.all
        if _may_be(manifest.document, kinds)
        for _, subject in manifests.subjects_of(manifest)
        if is_meant(subject.obj)
    ]
    known = _by_name(subjects)
    return [(subject, match_of(subject, known[_name(subject)])) for subject in subjects]


def _may_be(document: Document, kinds: AbstractSet[str]) -> bool:
    """Whether a document may hold an object of these kinds, by the cheap look at it."""
    kind = document.kind
    return kind is None or kind in kinds or kind.endswith("List")


def _name(subject: Subject) -> tuple[str, str]:
    return text_of(subject.obj, "kind"), text_of(subject.obj, "name")


def _by_name(subjects: Iterable[Subject]) -> dict[tuple[str, str], list[Subject]]:
    known: dict[tuple[str, str], list[Subject]] = {}
    for subject in subjects:
        known.setdefault(_name(subject), []).append(subject)
    return known


def _object(
    subject: Subject,
    line: int,
    same_name: list[Subject],
    selecting: Selecting,
    workloads: Workloads,
) -> Object:
    """One object."""
    obj = subject.obj
    found = reference(obj, subject.source, line)
    if is_hook(obj):
        found["hook"] = texts_of(obj, "annotations")["helm.sh/hook"]
    found["match"] = match_of(subject, same_name)
    found["sameName"] = len(same_name) - 1
    places = pod_places(obj, workloads)
    if places:
        found["selectedBy"] = [
            {"kind": text_of(other.obj, "kind"), "name": text_of(other.obj, "name")}
            for other in selecting.of(subject, places)
        ]
        found["pods"] = [_pod(obj, place) for place in places]
    return found


def match_of(subject: Subject, same_name: list[Subject]) -> Object | None:
    """
    The shortest `match` that only this object fits among those of its kind and name; None if there
    is none.
    """
    others = [other for other in same_name if other is not subject]
    obj = subject.obj
    for keys in ((), ("namespace",), ("apiVersion",), ("source",), ("namespace", "source")):
        own = {key: _value(subject, key) for key in keys}
        if all(own.values()) and not any(
            all(_value(other, key) == text for key, text in own.items()) for other in others
        ):
            match = {"kind": text_of(obj, "kind"), "name": text_of(obj, "name"), **own}
            return {**match, "hooks": "include"} if is_hook(obj) else match
    return None


def _value(subject: Subject, key: str) -> str:
    """The value that `match` compares this key with."""
    known = {"namespace": subject.namespace, "source": subject.source}
    return known.get(key, "") or text_of(subject.obj, key)


# Pods


def _pod(obj: Object, place: PodPlace) -> Object:
    """One pod: where it is in the object, its containers, its volumes."""
    spec = get(obj, place.spec)
    return {
        "path": ".".join(map(str, place.spec)),
        "containers": [_container(str(path[0]), found) for path, found in containers(spec)],
        "volumes": [_volume(volume) for volume in mappings(spec.get("volumes"))]
        + [{"name": name, "type": "claimTemplate"} for name in sorted(claim_names(obj))],
    }


def _container(field: str, container: Object) -> Object:
    kind = container_kind(field, container)
    shown = masked({key: container[key] for key in _SHOWN if container.get(key)})
    found: Object = {"name": container.get("name"), "type": kind, **shown}
    ports = [_port(port) for port in mappings(container.get("ports"))]
    env = [entry.get("name") for entry in mappings(container.get("env"))]
    sources = [_env_source(entry) for entry in mappings(container.get("envFrom"))]
    mounts = [_mount(mount) for mount in mappings(container.get("volumeMounts"))]
    lists = {"ports": ports, "env": env, "envFrom": sources, "mounts": mounts}
    return {**found, **{key: items for key, items in lists.items() if items}}


def _port(port: Object) -> str:
    """A port as `http 8080/TCP`."""
    number = f"{port.get('containerPort')}/{port.get('protocol') or 'TCP'}"
    return f"{port['name']} {number}" if port.get("name") else number


def _env_source(entry: Object) -> str:
    """`ConfigMap/name` or `Secret/name`."""
    for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
        if isinstance(entry.get(key), dict):
            return f"{kind}/{entry[key].get('name')}"
    return "unknown"


def _mount(mount: Object) -> Object:
    known = {"path": mount.get("mountPath"), "volume": mount.get("name")}
    return {**known, **{key: mount[key] for key in ("subPath", "readOnly") if mount.get(key)}}


def _volume(volume: Object) -> Object:
    """A volume with its type and the name of what it comes from."""
    kind, name = volume_source(volume)
    return {"name": volume.get("name"), "type": kind, **({"of": name} if name else {})}
