"""
What kustomize makes of objects, step by step, on plain data.

It is the yardstick of what `import` writes, and shares no code with the verbs.

Sources: sigs.k8s.io/kustomize/api builtins, and internal/konfig/builtinpluginconsts for the fields
that labels, annotations, images and replicas are set in.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from postrender.data import expand, get
from postrender.importing import pointers, strategic
from postrender.importing.copying import copied
from postrender.importing.faults import is_cluster_scoped
from postrender.importing.likeness import key_of
from postrender.importing.model import (
    Generated,
    Images,
    Operations,
    Pairs,
    Replacement,
    Replicas,
    Resources,
    Strategic,
    Target,
)
from postrender.importing.pointers import PatchError
from postrender.importing.selecting import FORMER, is_selected, no_object
from postrender.kubernetes.objects import group, identity, mappings, text_of
from postrender.kubernetes.types import is_built_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object, Path
    from postrender.importing.model import Change, Step

# commonlabels.go: where labels go that selectors get too, by group and kind ("": any). A path with
# "?" at its end is only followed where it is there. Of a list it means all entries.
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution.podAffinityTerm"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_IN_PODS = tuple(
    f"spec.template.spec.{path}.labelSelector.matchLabels?"
    for path in (
        *(f"affinity.podAffinity.{path}" for path in (_PREFERRED, _REQUIRED)),
        *(f"affinity.podAntiAffinity.{path}" for path in (_PREFERRED, _REQUIRED)),
        "topologySpreadConstraints",
    )
)
_SELECTORS: tuple[tuple[str, str, str], ...] = (
    ("", "Service", "spec.selector"),
    ("", "ReplicationController", "spec.selector"),
    ("apps", "Deployment", "spec.selector.matchLabels"),
    ("apps", "ReplicaSet", "spec.selector.matchLabels"),
    ("apps", "DaemonSet", "spec.selector.matchLabels"),
    ("apps", "StatefulSet", "spec.selector.matchLabels"),
    ("batch", "Job", "spec.selector.matchLabels?"),
    ("batch", "CronJob", "spec.jobTemplate.spec.selector.matchLabels?"),
    ("policy", "PodDisruptionBudget", "spec.selector.matchLabels?"),
    ("networking.k8s.io", "NetworkPolicy", "spec.podSelector.matchLabels?"),
    ("networking.k8s.io", "NetworkPolicy", "spec.ingress.from.podSelector.matchLabels?"),
    ("networking.k8s.io", "NetworkPolicy", "spec.egress.to.podSelector.matchLabels?"),
    *(("apps", kind, path) for kind in ("Deployment", "StatefulSet") for path in _IN_PODS),
)
_TEMPLATES: tuple[tuple[str, str, str], ...] = (
    ("", "ReplicationController", "spec.template.metadata"),
    ("apps", "Deployment", "spec.template.metadata"),
    ("apps", "ReplicaSet", "spec.template.metadata"),
    ("apps", "DaemonSet", "spec.template.metadata"),
    ("apps", "StatefulSet", "spec.template.metadata"),
    ("batch", "Job", "spec.template.metadata"),
    ("batch", "CronJob", "spec.jobTemplate.metadata"),
    ("batch", "CronJob", "spec.jobTemplate.spec.template.metadata"),
)
_CLAIMS = ("apps", "StatefulSet")
# replicas.go
SCALED = ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")
# What to do about what finds nothing.
ADVICE = "give the render that it is for, or delete it"
# namespace.go and namereference.go: what names an object in its namespace, by kind. Kinds that have
# no namespace are known from the OpenAPI description.
_REFERENCES = {
    "RoleBinding": "subjects[*]",
    "ClusterRoleBinding": "subjects[*]",
    "ValidatingWebhookConfiguration": "webhooks[*].clientConfig.service",
    "MutatingWebhookConfiguration": "webhooks[*].clientConfig.service",
}
# namespace.go: services that get the namespace whether they are there or not.
_SERVICES = {
    "APIService": "spec.service",
    "CustomResourceDefinition": "spec.conversion.webhook.clientConfig.service",
}


def hits(change: Change, objects: list[Object]) -> list[int]:
    """The places of the objects that a patch is for. Raises PatchError."""
    if not isinstance(change, Strategic | Operations):
        return []
    try:
        return [i for i, obj in enumerate(objects) if is_selected(obj, change.target)]
    except ValueError as error:
        raise PatchError(f'the selector "{error}" cannot be read', "correct it") from None


def done(step: Step, objects: list[Object]) -> list[Object]:
    """The objects after a step; those that change are copies. Raises PatchError."""
    change = step.change
    if isinstance(change, Strategic | Operations):
        return _patched(change, objects)
    if isinstance(change, Resources):
        return [*objects, *deepcopy(change.objects)]
    if isinstance(change, Generated):
        return _generated(change, objects)
    if isinstance(change, Replacement):
        return copied(change, objects)
    new = deepcopy(objects)
    if isinstance(change, Pairs):
        for obj in new:
            _set_pairs(obj, change)
    elif isinstance(change, Images):
        for container in with_images(new):
            container["image"] = image_after(container["image"], change.entries)
    elif isinstance(change, Replicas):
        _set_replicas(new, change)
    else:
        _set_namespace(new, change.name)
    return new


def _patched(change: Strategic | Operations, objects: list[Object]) -> list[Object]:
    places = hits(change, objects)
    if not places and change.target.is_exact:
        raise PatchError(f"{no_object(change.target, objects)}, so kustomize fails", ADVICE)
    found: list[Object | None] = list(objects)
    for i in places:
        if isinstance(change, Strategic):
            found[i] = strategic.merged(objects[i], own_patch(change))
        else:
            try:
                found[i] = new = pointers.applied(objects[i], change.operations)
            except PatchError as error:
                raise PatchError(f"{error} in {identity(objects[i])}", error.advice) from None
            if not isinstance(new, dict) or key_of(new) != key_of(objects[i]):
                raise PatchError("it makes another object of it, which rules do not")
    return [obj for obj in found if obj is not None]


def own_patch(change: Strategic) -> Object:
    """The patch without what only says which object it is for."""
    patch = {key: value for key, value in change.patch.items() if key not in ("apiVersion", "kind")}
    metadata = patch.get("metadata")
    if isinstance(metadata, dict):
        rest = {k: v for k, v in metadata.items() if k not in ("name", "namespace")}
        patch = (
            {**patch, "metadata": rest}
            if rest
            else {k: v for k, v in patch.items() if k != "metadata"}
        )
    return patch


def _generated(change: Generated, objects: list[Object]) -> list[Object]:
    if change.behavior == "create":
        return [*objects, deepcopy(change.object)]
    wanted = (text_of(change.object, "kind"), text_of(change.object, "name"))
    new = deepcopy(objects)
    for obj in new:
        if (text_of(obj, "kind"), text_of(obj, "name")) == wanted:
            for field in ("data", "binaryData"):
                own = change.object.get(field)
                if change.behavior == "replace":
                    obj.pop(field, None)
                if own:
                    obj[field] = {**(obj.get(field) or {}), **own}
            return new
    raise PatchError(f"no {wanted[0]} named {wanted[1]} to {change.behavior}")


def _set_pairs(obj: Object, change: Pairs) -> None:
    key = (group(obj), text_of(obj, "kind"))
    for holder in (_part(obj, "metadata"), *_holders(obj, key, change)):
        _update(holder, change.field, change.pairs)
    if change.in_selectors and change.field == "labels":
        for *of, path in _SELECTORS:
            if tuple(of) == key:
                is_optional = path.endswith("?")
                _update_at(obj, path.removesuffix("?").split("."), change.pairs, is_optional)


def _holders(obj: Object, key: tuple[str, str], change: Pairs) -> Iterator[Object]:
    """The metadata of the pods of an object, and of its claims."""
    if not change.in_templates and not change.in_selectors:
        return
    for *of, path in _TEMPLATES:
        if tuple(of) == key:
            holder: Data = obj
            for part in path.split("."):
                holder = _part(holder, part)
            yield holder
    if key == _CLAIMS and change.field == "labels":
        for claim in mappings(get(obj, ("spec", "volumeClaimTemplates"))):
            yield _part(claim, "metadata")


def _part(holder: Object, name: str) -> Object:
    """A mapping in an object, made where it is missing. Raises PatchError for something else."""
    if holder.get(name) is None:
        holder[name] = {}
    if not isinstance(holder[name], dict):
        raise PatchError(f"an object has a {name} that is no mapping", "correct the object")
    found: Object = holder[name]
    return found


def _update_at(value: Data, path: list[str], pairs: dict[str, str], is_optional: bool) -> None:
    """Adds pairs below a path, in every entry of a list on the way."""
    if isinstance(value, list):
        for item in value:
            _update_at(item, path, pairs, is_optional)
    elif isinstance(value, dict) and path:
        if path[0] in value or not is_optional:
            _update_at(value.setdefault(path[0], {}), path[1:], pairs, is_optional)
    elif isinstance(value, dict):
        value.update(pairs)


def _update(holder: Object, field: str, pairs: dict[str, str]) -> None:
    if not isinstance(holder.get(field), dict):
        holder[field] = {}
    holder[field].update(pairs)


def _set_replicas(objects: list[Object], change: Replicas) -> None:
    meant = [
        obj
        for obj in objects
        if text_of(obj, "kind") in SCALED and text_of(obj, "name") == change.name
    ]
    if not meant:
        target = Target(kind="|".join(SCALED), name=change.name)
        raise PatchError(f"{no_object(target, objects)}, so kustomize fails", ADVICE)
    for obj in meant:
        obj.setdefault("spec", {})["replicas"] = change.number


def with_images(value: Data) -> Iterator[Object]:
    """All containers that have an image, wherever they are (images.go, imagetag)."""
    if isinstance(value, list):
        for item in value:
            yield from with_images(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key in ("containers", "initContainers") and isinstance(item, list):
            yield from (
                one for one in item if isinstance(one, dict) and isinstance(one.get("image"), str)
            )
        else:
            yield from with_images(item)


def image_name(image: str) -> str:
    """An image without tag and digest."""
    return _split(image)[0]


def image_after(image: str, entries: list[Object]) -> str:
    """An image after the entries that are for its name, one after the other."""
    for entry in entries:
        name, tag, digest = _split(image)
        if name != entry.get("name"):
            continue
        name = entry.get("newName") or name
        if entry.get("newTag"):
            tag, digest = str(entry["newTag"]), ""
        if entry.get("digest"):
            tag = str(entry["newTag"]) if entry.get("newTag") else ""
            digest = str(entry["digest"])
        if entry.get("tagSuffix"):
            tag, digest = f"{tag}{entry['tagSuffix']}", ""
        image = name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    return image


def _split(image: str) -> tuple[str, str, str]:
    rest, _, digest = image.partition("@")
    start = rest.rfind("/") + 1
    colon = rest.find(":", start)
    return (rest, "", digest) if colon < 0 else (rest[:colon], rest[colon + 1 :], digest)


def _set_namespace(objects: list[Object], name: str) -> None:
    """Moves objects, and what refers to one by its name and the namespace it had."""
    homes = {
        (text_of(obj, "kind"), text_of(obj, "name"), text_of(obj, "namespace") or "default")
        for obj in objects
    }
    for obj in objects:
        kind, old = text_of(obj, "kind"), text_of(obj, "namespace")
        if kind == "Namespace":
            _part(obj, "metadata")["name"] = name
        elif not (is_built_in(text_of(obj, "apiVersion")) and is_cluster_scoped(obj)):
            _part(obj, "metadata")["namespace"] = name
            obj[FORMER] = [*obj.get(FORMER, ()), old]
        for path in _paths(obj, _REFERENCES.get(kind)):
            one = get(obj, path)
            named = (one.get("kind", "Service"), one.get("name"))
            home = one.get("namespace") or old or "default"
            if (*named, home) in homes or named == ("ServiceAccount", "default"):
                one["namespace"] = name
        for path in _paths(obj, _SERVICES.get(kind)):
            get(obj, path)["namespace"] = name


def _paths(obj: Object, pattern: str | None) -> list[Path]:
    """The places of mappings that a pattern names; none without one."""
    found = [] if pattern is None else expand(obj, pattern)
    return [path for path in found if isinstance(get(obj, path), dict)]
