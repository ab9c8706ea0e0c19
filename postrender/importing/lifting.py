"""
A wish as the verbs that a person would write: `podAnnotations`, `containers`, `volumes`, `pod`,
`labels`, `replicas`, and `merge` for what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.data import get
from postrender.importing.wishes import POSITION, as_glob
from postrender.kubernetes.objects import mappings

if TYPE_CHECKING:
    from postrender.data import Data, Object, Path

# What a container says that is new.
_OF_NEW = ("command", "args", "env", "envFrom", "ports", "volumeMounts", "restartPolicy")
# Kinds whose verb `replicas` sets what their patch does.
_SCALED = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")


POD_VERBS = (
    "pod", "initContainers", "sidecars", "containers", "volumes", "podLabels", "podAnnotations",
)  # fmt: skip


class Pods(NamedTuple):
    """
    Where a kind keeps its pod, and the names of the containers that all objects of a rule have
    (`common`) and that some have (`some`), for each list; None where no render tells.
    """

    spec: Path | None
    template: Path | None
    common: dict[str, set[str]] | None
    some: dict[str, set[str]] | None
    comes_first: bool
    kind: str


def known_names(
    objects: list[Object], spec: Path
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The names of the containers that all of the objects have, and that some have, by list."""
    common: dict[str, set[str]] = {}
    some: dict[str, set[str]] = {}
    for field in ("containers", "initContainers"):
        each = [
            {str(one.get("name")) for one in mappings(get(obj, (*spec, field)))} for obj in objects
        ]
        common[field] = set.intersection(*each) if each else set()
        some[field] = set.union(*each) if each else set()
    return common, some


def lifted(wish: Object, pods: Pods) -> Object:
    """The verbs of a wish."""
    rest = wish
    body: Object = {}
    if pods.spec is not None:
        found, rest = _cut(rest, pods.spec)
        if isinstance(found, dict):
            body |= _pod(found, pods)
        elif found is not None:
            rest = wish
    if pods.template is not None:
        for field, verb in (("labels", "podLabels"), ("annotations", "podAnnotations")):
            found, after = _cut(rest, (*pods.template, "metadata", field))
            if _are_pairs(found):
                body[verb], rest = found, after
    for field in ("labels", "annotations"):
        found, after = _cut(rest, ("metadata", field))
        if _are_pairs(found):
            body[field], rest = found, after
    count, after = _cut(rest, ("spec", "replicas"))
    if type(count) is int and pods.kind in _SCALED:
        body["replicas"], rest = count, after
    rest = without_positions(rest)
    if rest:
        body = {"merge": rest, **body}
    return body


def without_positions(value: Data) -> Data:
    """A wish without what only some verbs know."""
    if isinstance(value, dict):
        return {
            key: without_positions(item)
            for key, item in value.items()
            if not (key == POSITION and "image" in value)
        }
    return [without_positions(item) for item in value] if isinstance(value, list) else value


def _are_pairs(found: Data) -> bool:
    return isinstance(found, dict) and bool(found) and found.get("$patch") != "delete"


def _cut(wish: Object, path: Path) -> tuple[Data, Object]:
    """What a wish has at a path of mappings, and the wish without it."""
    if not path:
        return wish, {}
    name, *rest = path
    if name not in wish or "$patch" in wish:
        return None, wish
    if not rest:
        return wish[name], {key: value for key, value in wish.items() if key != name}
    if not isinstance(wish[name], dict):
        return None, wish
    found, inner = _cut(wish[name], tuple(rest))
    if found is None:
        return None, wish
    others = {key: (inner if key == name else value) for key, value in wish.items()}
    return found, {key: value for key, value in others.items() if key != name or inner}


def _pod(spec: Object, pods: Pods) -> Object:
    """The verbs of a wish for a pod spec."""
    body: Object = {}
    rest: Object = {}
    for key, value in spec.items():
        if key in ("containers", "initContainers") and _are_entries(value) and pods.common:
            _containers(key, value, pods, body)
        elif key in ("containers", "initContainers") and _are_entries(value):
            left = [entry for entry in value if not _place_blindly(key, entry, pods, body)]
            if left:
                rest[key] = left
        elif key == "volumes" and _are_entries(value):
            body["volumes"] = {
                entry["name"]: {k: v for k, v in entry.items() if k != "name"} for entry in value
            }
        elif key == "volumes" and _are_replaced(value):
            body["volumes"] = {
                "$patch": "replace",
                **{e["name"]: {k: v for k, v in e.items() if k != "name"} for e in value[1:]},
            }
        else:
            rest[key] = value
    if rest:
        body["pod"] = without_positions(rest)
    order = ("pod", "initContainers", "sidecars", "containers", "volumes")
    return {verb: body[verb] for verb in order if verb in body}


def _are_entries(value: Data) -> bool:
    """Whether a list has only entries with names of their own."""
    if not isinstance(value, list) or not value:
        return False
    names = [one.get("name") for one in value if isinstance(one, dict)]
    return len(names) == len(value) == len(set(map(str, names))) and all(
        isinstance(name, str) for name in names
    )


def _place_blindly(field: str, entry: Object, pods: Pods, body: Object) -> bool:
    """
    Puts an entry of a list of containers under its verb, where no render tells whether there is
    such a container. One without an image can only be there already. One with an image and a work
    of its own is new, or the run fails and says so. Of others nobody can tell; they have no verb.
    """
    name, fields = entry["name"], _container(entry)
    if "image" not in entry:
        body.setdefault("containers", {})[as_glob(name)] = fields
        return True
    if not pods.comes_first or not any(key in entry for key in _OF_NEW):
        return False
    verb = "sidecars" if field == "containers" else "initContainers"
    place: Data = {"after": list(body[verb])[-1]} if body.get(verb) else "first"
    body.setdefault(verb, {})[name] = {**fields, POSITION: place}
    return True


def _are_replaced(value: Data) -> bool:
    return (
        isinstance(value, list) and value[:1] == [{"$patch": "replace"}] and _are_entries(value[1:])
    )


def _containers(field: str, entries: list[Object], pods: Pods, body: Object) -> None:
    """Puts the entries of one list of containers under their verbs."""
    common, some = pods.common or {}, pods.some or {}
    place: Data = "first"
    for entry in entries:
        name = entry["name"]
        fields = _container(entry)
        is_known = name in common[field] or (name in some[field] and "image" not in entry)
        if is_known or "image" not in entry:
            fields.pop(POSITION, None)
            body.setdefault("containers", {})[as_glob(name)] = fields
            if name in common[field]:
                place = {"after": name}
            continue
        verb = "sidecars" if field == "containers" else "initContainers"
        if pods.comes_first and POSITION not in fields:
            fields[POSITION] = place
        place = {"after": name}
        if fields.get(POSITION) == "last":
            del fields[POSITION]
        body.setdefault(verb, {})[name] = fields


def _container(entry: Object) -> Object:
    """A container with the short forms for its variables and mounts."""
    found: Object = {}
    for key, value in entry.items():
        if key == "name":
            continue
        if key == "env" and (short := _short(value, "name", _variable)) is not None:
            found["env"] = short
        elif key == "volumeMounts" and (short := _short(value, "mountPath", _mount)) is not None:
            found["mounts"] = short
        else:
            found[key] = value
    return found


def _short(value: Data, key: str, shorten: Data) -> Object | None:
    """A list as a mapping by a key; None where an entry has no short form."""
    if not isinstance(value, list) or not value:
        return None
    found: Object = {}
    for entry in value:
        if entry == {"$patch": "replace"}:
            found["$patch"] = "replace"
            continue
        name = entry.get(key) if isinstance(entry, dict) else None
        if not isinstance(name, str) or name in found:
            return None
        rest = {k: v for k, v in entry.items() if k != key}
        if rest == {"$patch": "delete"}:
            found[name] = None
            continue
        short = shorten(rest)
        if short is None:
            return None
        found[name] = short
    return found


def _variable(rest: Object) -> Data:
    if rest.keys() == {"value"} and rest["value"] is not None:
        return rest["value"]
    if rest.keys() == {"valueFrom"} and isinstance(rest["valueFrom"], dict):
        return rest["valueFrom"]
    return None


def _mount(rest: Object) -> Data:
    if rest.keys() == {"name"}:
        return rest["name"]
    if "name" in rest and not any(key.startswith("$") for key in rest):
        return {("volume" if key == "name" else key): value for key, value in rest.items()}
    return None
