"""
The content of a pod's picture as plain values: its containers in their order, its volumes and
mounts, and what the rules have changed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from postrender.data import get, same
from postrender.kubernetes.objects import (
    CONTAINER_LISTS,
    claim_names,
    container_kind,
    containers,
    mappings,
    pod_places,
    volume_source,
)
from postrender.reports.fields import fields
from postrender.reports.masking import masked_pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from postrender.data import Data, Object
    from postrender.engine.changes import Change
    from postrender.kubernetes.objects import PodPlace, Workloads

    Keyed = dict[tuple[str, int], Any]


class Pair(NamedTuple):
    """
    One pod of an object before and after the rules, None where it does not exist; `path` is the
    path of its spec.
    """

    path: str
    before: Pod | None
    after: Pod | None


class Pod(NamedTuple):
    """
    One state of a pod. `notes` are the fields of the pod itself that differ.
    """

    notes: list[Note]
    containers: list[Container]
    volumes: list[Volume]


class Container(NamedTuple):
    """
    A container. For `kind` see `container_kind`; `state` is `added`, `removed`, `changed` or empty,
    `rules` are the rules that changed it, `image_state` is `changed` if the image differs.
    """

    name: str
    kind: str
    state: str
    rules: list[str]
    image: str
    image_state: str
    notes: list[Note]
    mounts: list[Mount]


class Mount(NamedTuple):
    """
    A mount of a container; `detail` is what follows the path: a subPath, `read-only`.
    """

    path: str
    volume: str
    detail: str
    state: str


class Volume(NamedTuple):
    """
    A volume; `type` is its source, empty for a name that is mounted but is no volume of the pod.
    """

    name: str
    type: str
    state: str
    rules: list[str]


class Note(NamedTuple):
    """A field that differs."""

    state: str
    path: str


# Fields that the picture shows elsewhere, not as notes.
_DRAWN = ("name", "image", "volumeMounts", "volumeDevices")
_LISTS = (*CONTAINER_LISTS, "volumes")


def pairs(
    changes: Sequence[Change], workloads: Workloads, *, show_scripts: bool = False
) -> list[Pair]:
    """
    The pods of one object that its changes (all of them, in their order) have added, removed or
    changed.
    """
    start, end = masked_pair(changes[0].before, changes[-1].after, show_scripts=show_scripts)
    olds, news = _places(start, workloads), _places(end, workloads)
    found = []
    for path in {**news, **olds}:
        before, after = get(start, path), get(end, path)
        frames = [
            get(obj, place.template or place.spec)
            for obj, place in ((start, olds.get(path)), (end, news.get(path)))
            if place
        ]
        if path in olds and path in news and all(same(frames[0], frame) for frame in frames):
            continue
        blame = _blame(changes, path)
        pair = [
            _pod(own, other, missing, (obj, blame)) if exists else None
            for own, other, missing, obj, exists in (
                (before, after, "removed", start, path in olds),
                (after, before, "added", end, path in news),
            )
        ]
        notes = _pod_notes(*frames) if len(frames) > 1 else []
        found.append(
            Pair(
                ".".join(map(str, path)),
                *(
                    pod and pod._replace(notes=_of_side(notes, missing))
                    for pod, missing in zip(pair, ("removed", "added"), strict=True)
                ),
            )
        )
    return found


def _places(obj: Object | None, workloads: Workloads) -> dict[Any, PodPlace]:
    return {place.spec: place for place in pod_places(obj, workloads)} if obj else {}


def _pod(own: Object, other: Object | None, missing: str, known: tuple[Any, Any]) -> Pod:
    """One state of a pod; `missing` is the state of what the other one does not have."""
    obj, blame = known
    theirs = _keyed((found for _, found in containers(other or {})), "name")
    order = _moved(own, other or {})
    counts: Counter[str] = Counter()
    found = []
    for path, container in containers(own):
        name = str(container.get("name", ""))
        opposite = theirs.get((name, counts[name]))
        counts[name] += 1
        notes = _of_side(_notes(container, opposite, missing), missing)
        if name in order:
            notes = [Note("changed", "position"), *notes]
        state = _state(container, opposite, missing) or ("changed" if name in order else "")
        found.append(
            Container(
                name,
                container_kind(str(path[0]), container),
                state,
                blame("containers", name) if state else [],
                str(container.get("image") or ""),
                "changed" if opposite and opposite.get("image") != container.get("image") else "",
                notes,
                _mounts(container, opposite, missing),
            )
        )
    return Pod([], found, _volumes(own, other, missing, (obj, found, blame)))


def _state(own: Data, other: Data, missing: str) -> str:
    return missing if other is None else "" if same(own, other) else "changed"


def _moved(own: Object, other: Object) -> frozenset[str]:
    """The names of containers that are in both, in another order or another list."""
    mine, theirs = (
        [(path[0], str(found.get("name", ""))) for path, found in containers(spec)]
        for spec in (own, other)
    )
    names = {name for _, name in mine} & {name for _, name in theirs}
    rows = [[entry for entry in row if entry[1] in names] for row in (mine, theirs)]
    return frozenset(a[1] for a, b in zip(*rows, strict=False) if a != b)


# Fields


def _notes(own: Object, other: Object | None, missing: str) -> list[Note]:
    """The fields of a container that differ and that the picture does not show elsewhere."""
    if other is None:
        return []
    before, after = (own, other) if missing == "removed" else (other, own)
    first, second = (
        {key: value for key, value in state.items() if key not in _DRAWN}
        for state in (before, after)
    )
    return [Note(field.what, field.path) for field in fields(first, second)]


def _pod_notes(before: Object, after: Object) -> list[Note]:
    """The fields of a pod template or spec that differ, without its containers and volumes."""
    states = []
    for frame in (before, after):
        inner = frame.get("spec") if isinstance(frame.get("spec"), dict) else None
        rest = {key: value for key, value in (inner or frame).items() if key not in _LISTS}
        states.append({**frame, "spec": rest} if inner else rest)
    return [
        Note(field.what, field.path.removeprefix("metadata.").removeprefix("spec."))
        for field in fields(*states)
    ]


def _of_side(notes: Iterable[Note], missing: str) -> list[Note]:
    """The notes of one state: what only it has, and what differs."""
    return [note for note in notes if note.state in (missing, "changed")]


# Mounts and volumes


def _mounts(own: Object, other: Object | None, missing: str) -> list[Mount]:
    theirs = _keyed(_all_mounts(other or {}), "mountPath", "devicePath")
    found = []
    for (path, i), mount in _keyed(_all_mounts(own), "mountPath", "devicePath").items():
        opposite = theirs.get((path, i))
        part = mount.get("subPath") or mount.get("subPathExpr")
        details = ([str(part)] if part else []) + ["read-only"] * bool(mount.get("readOnly"))
        state = _state(mount, opposite, missing)
        found.append(Mount(path, str(mount.get("name", "")), ", ".join(details), state))
    return found


def _all_mounts(container: Object) -> list[Object]:
    return [*mappings(container.get("volumeMounts")), *mappings(container.get("volumeDevices"))]


def _volumes(
    own: Object, other: Object | None, missing: str, known: tuple[Object, list[Container], Any]
) -> list[Volume]:
    """The volumes of a pod, those of claim templates, and names that are only mounted."""
    obj, drawn, blame = known
    theirs = _keyed(mappings((other or {}).get("volumes")), "name")
    found = []
    for (name, i), volume in _keyed(mappings(own.get("volumes")), "name").items():
        state = _state(volume, theirs.get((name, i)), missing)
        rules = blame("volumes", name) if state else []
        found.append(Volume(name, " ".join(filter(None, volume_source(volume))), state, rules))
    found += [Volume(name, "claim template", "", []) for name in sorted(claim_names(obj))]
    names = {volume.name for volume in found}
    mounted = (mount.volume for container in drawn for mount in container.mounts)
    return found + [
        Volume(name, "", "", []) for name in dict.fromkeys(mounted) if name not in names
    ]


def _keyed(entries: Iterable[Object], *keys: str) -> Keyed:
    """The entries of a list by the value of the first such key, and its number among equal ones."""
    counts: Counter[str] = Counter()
    found: Keyed = {}
    for entry in entries:
        name = next((str(entry[key]) for key in keys if key in entry), "")
        found[name, counts[name]] = entry
        counts[name] += 1
    return found


# Which rule


def _blame(changes: Sequence[Change], path: Any) -> Callable[[str, str], list[str]]:
    """A function that returns the rules that have changed a container or volume, by its name."""

    def named(change: Change, what: str, name: str) -> list[list[Object]]:
        states = []
        for state in (change.before, change.after):
            spec = get(state, path) or {}
            found = (
                [container for _, container in containers(spec)]
                if what == "containers"
                else mappings(spec.get("volumes"))
            )
            states.append([item for item in found if str(item.get("name")) == name])
        return states

    def rules(what: str, name: str) -> list[str]:
        return [
            change.rule or "resources" for change in changes if not same(*named(change, what, name))
        ]

    return rules
