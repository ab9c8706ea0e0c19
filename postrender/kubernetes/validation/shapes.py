"""
What the table of types tells of an object: one-of unions with two members, what is no base64,
required fields that are missing.

Sources: `table.py` (fields and types), `required.py`, `unions.py`.
"""

from __future__ import annotations

from postrender.data import get, repeated
from postrender.kubernetes.objects import mappings, text_of
from postrender.kubernetes.required import always_there, asked_of
from postrender.kubernetes.types import (
    element,
    fields_of,
    is_built_in,
    is_list,
    is_map,
    is_type,
    type_of,
)
from postrender.kubernetes.unions import conflict, lack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postrender.data import Data, Object
    from postrender.kubernetes.validation import Found, Sound

# Lists that validation allows one entry of each name only, and what names an entry; those of
# containers and volumes are in `pods.py`. admissionregistration, validateWebhook and its callers;
# core, validatePodResourceClaims, validateSchedulingGates, validateContainerResourceRequirements,
# validateResizePolicy.
_ONCE = {
    "Container": {"resizePolicy": "resourceName"},
    "MutatingWebhook": {"matchConditions": "name"},
    "MutatingWebhookConfiguration": {"webhooks": "name"},
    "PodSpec": {"resourceClaims": "name", "schedulingGates": "name"},
    "ResourceRequirements": {"claims": "name"},
    "ValidatingWebhook": {"matchConditions": "name"},
    "ValidatingWebhookConfiguration": {"webhooks": "name"},
}
# References that are validated, where others of their type (TypedLocalObjectReference) are dropped
# if they are not whole: validateIngressTypedLocalObjectReference, validateDataSource.
_REFERENCES = {
    "EphemeralVolumeSource": ("volumeClaimTemplate", "spec", "dataSource"),
    "IngressBackend": ("resource",),
}
_ABSENT = object()
_NAMES = ("name", "mountPath", "key", "containerPort", "port", "path", "ip")


def shape_findings(obj: Object, old: Object, sound: Sound) -> Iterator[Found]:
    """
    What the table tells of an object of a built-in kind; nothing of others. `sound` are new entries
    of lists in which nothing was found, in any object; more are added.
    """
    version = text_of(obj, "apiVersion")
    shape = type_of(version, text_of(obj, "kind")) if is_built_in(version) else ""
    if shape:
        yield from _walk(shape, obj, old, "", sound)


def _walk(shape: str, data: Data, old: Data, where: str, sound: Sound) -> Iterator[Found]:
    """
    The findings in data of this shape. What is the very same in `old` is passed over; `where` is
    the path so far.
    """
    if data is old or data is None:
        return
    if shape == "bytes":
        from postrender.kubernetes.validation.encoding import is_base64

        if isinstance(data, str) and not is_base64(data):
            # Without the value, which is most often one of a Secret.
            advice = "write it under stringData:" if where.startswith("data.") else "encode it"
            yield "invalid-encoding", f"{where}: is not base64", advice
    elif is_list(shape) and isinstance(data, list):
        olds = old if isinstance(old, list) else []
        unchanged = set(map(id, olds))
        # Of entries with one name the first.
        by_name = {_name(olds[i], i): olds[i] for i in reversed(range(len(olds)))}
        for i, item in enumerate(data):
            if id(item) not in unchanged:
                name = _name(item, i)
                yield from _entry(
                    element(shape), item, by_name.get(name), f"{where}[{name}]", sound
                )
    elif is_map(shape) and isinstance(data, dict):
        known = old if isinstance(old, dict) else {}
        for key, value in data.items():
            path = f"{where}.{key}".lstrip(".")
            yield from _walk(element(shape), value, known.get(key), path, sound)
    elif is_type(shape) and isinstance(data, dict):
        yield from _mapping(shape, data, old if isinstance(old, dict) else None, where, sound)


def _entry(shape: str, data: Data, old: Data, where: str, sound: Sound) -> Iterator[Found]:
    """The same for an entry of a list, which a rule may have put into many objects."""
    if old is not None or type(data) is not dict:
        yield from _walk(shape, data, old, where, sound)
    elif (shape, id(data)) not in sound:
        found = [*_walk(shape, data, old, where, sound)]
        yield from found
        if not found:
            sound[shape, id(data)] = data


def _mapping(
    shape: str, data: Object, old: Object | None, where: str, sound: Sound
) -> Iterator[Found]:
    """The findings in a mapping of a type; `old` is None where there was none."""
    fields = fields_of(shape)
    if old is None or not _has_same_fields(data, old):
        yield from _fields(shape, data, where, sound)
    for name in _lacking_below(shape, data):
        yield "missing-field", f"{_about(where)}it has no {name}", f"add {name}:"
    if once := _ONCE.get(shape.partition(".")[0]):
        for name in _twice(once, data):
            yield "duplicate-name", f"{_about(where)}{name} is there twice", "choose another name"
    for name, value in data.items():
        before = old.get(name) if old else None
        field = fields.get(name) if isinstance(value, str | dict | list) else None
        # No rule installs a status.
        if value is not before and field is not None and (where or name != "status"):
            yield from _walk(field.shape, value, before, f"{where}.{name}".lstrip("."), sound)


def _has_same_fields(data: Object, old: Object) -> bool:
    """
    Whether two states of a mapping have the same fields with the same values, apart from what is
    within lists and mappings that have entries in both.
    """
    return len(data) == len(old) and all(
        value is old.get(name, _ABSENT)
        or (isinstance(value, dict | list) and value and old.get(name))
        for name, value in data.items()
    )


def _fields(shape: str, data: Object, where: str, sound: Sound) -> Iterator[Found]:
    """What does not go together and what is missing among the fields of a mapping of a type."""
    about = _about(where)
    if sentence := conflict(shape, data):
        yield "two-of-one", f"{about}{sentence}", "keep one of them"
    if names := lack(shape, data):
        yield "missing-field", f"{about}it has none of {names}", "add one of them"
    for name, may_be_zero in asked_of(shape).items():
        value = data.get(name)
        if value in (None, "") if may_be_zero else not value:
            yield "missing-field", f"{about}it has no {name}", f"add {name}:"
    for name in always_there(shape):
        if data.get(name) is None:
            path = f"{where}.{name}".lstrip(".")
            yield from _mapping(fields_of(shape)[name].shape, {}, None, path, sound)


def _lacking_below(shape: str, data: Object) -> Iterator[str]:
    """The fields further down that are missing where that is this type's business."""
    if shape == "StatefulSetSpec":  # the volume of a claim gets its name
        for i, claim in enumerate(mappings(data.get("volumeClaimTemplates"))):
            if not get(claim, ("metadata", "name")):
                yield f"volumeClaimTemplates[{i}].metadata.name"
    path = _REFERENCES.get(shape, ())
    reference = get(data, path) if path else None
    if isinstance(reference, dict):
        yield from (f"{path[-1]}.{key}" for key in ("kind", "name") if not reference.get(key))


def _twice(once: Mapping[str, str], data: Object) -> Iterator[str]:
    """The entries that are there twice, in lists that may have each once."""
    for field, key in once.items():
        names = [entry.get(key) for entry in mappings(data.get(field))]
        for name in repeated(name for name in names if isinstance(name, str)):
            yield f"{field}[{name}]"


def _name(item: Data, number: int | str) -> str:
    """How a path names an entry of a list: by its name where it has one, else its number."""
    if isinstance(item, dict):
        for key in _NAMES:
            if isinstance(item.get(key), str | int):
                return str(item[key])
        metadata = item.get("metadata")
        if isinstance(metadata, dict) and isinstance(metadata.get("name"), str):
            return str(metadata["name"])
    return str(number)


def _about(where: str) -> str:
    """What a finding at a path begins with."""
    return f"{_short(where)}: " if where else ""


def _short(where: str) -> str:
    """A path below a container or volume without the way there: `container web: env[A]`."""
    for field, word in (("ontainers[", "container"), ("volumes[", "volume")):
        _, found, rest = where.partition(field)
        if found:
            name, _, path = rest.partition("]")
            return f"{word} {name}: {path.lstrip('.')}" if path else f"{word} {name}"
    return where
