"""
What the table of types tells of an object: one-of unions with two members, what is no base64,
required fields that are missing.

Sources: `table.py` (fields, types, required ones), `unions.py`.
"""

from __future__ import annotations

from postrender.kubernetes.objects import text_of
from postrender.kubernetes.types import (
    element,
    fields_of,
    is_built_in,
    is_list,
    is_map,
    is_type,
    type_of,
)
from postrender.kubernetes.unions import conflict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object
    from postrender.kubernetes.validation import Found

# Types whose validation says "Required value" of each scalar field that the table calls required.
# OpenAPI calls some fields required that the server takes empty (HTTPHeader.value, Sysctl.value).
_ASKED = frozenset(
    (
        # core, ValidatePodSpec and below
        *("Container", "ContainerPort", "EnvVar", "Volume", "VolumeDevice", "VolumeMount"),
        *("ConfigMapKeySelector", "SecretKeySelector", "KeyToPath", "DownwardAPIVolumeFile"),
        *("ObjectFieldSelector", "ResourceFieldSelector", "ServiceAccountTokenProjection"),
        *("HTTPGetAction", "TCPSocketAction", "GRPCAction"),
        *("CSIVolumeSource", "HostPathVolumeSource", "NFSVolumeSource"),
        *("PersistentVolumeClaimVolumeSource", "PodAffinityTerm", "WeightedPodAffinityTerm"),
        *("PreferredSchedulingTerm", "NodeSelectorRequirement", "LabelSelectorRequirement"),
        *("TopologySpreadConstraint", "ServicePort", "LimitRangeItem"),
        # networking, validateHTTPIngressPath, validateIngressServiceBackend, ValidateIPBlock
        *("HTTPIngressPath", "IngressServiceBackend", "IPBlock"),
        # autoscaling, validateMetricSpec, ValidateCrossVersionObjectReference;
        # admissionregistration, validateWebhook
        *("CrossVersionObjectReference", "MetricSpec"),
        *("MutatingWebhook", "ValidatingWebhook"),
    )
)
_SCALARS = ("string", "int32", "int64", "int-or-string")
_NAMES = ("name", "mountPath", "key", "containerPort", "port", "path", "ip")


def shape_findings(obj: Object, old: Object) -> Iterator[Found]:
    """What the table tells of an object of a built-in kind; nothing of others."""
    version = text_of(obj, "apiVersion")
    shape = type_of(version, text_of(obj, "kind")) if is_built_in(version) else ""
    if shape:
        yield from _walk(shape, obj, old, "")


def _walk(shape: str, data: Data, old: Data, where: str) -> Iterator[Found]:
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
        for i, item in enumerate(data):
            name = _name(item, i)
            yield from _walk(element(shape), item, _entry(old, item, name), f"{where}[{name}]")
    elif is_map(shape) and isinstance(data, dict):
        for key, value in data.items():
            yield from _walk(
                element(shape), value, _counterpart(old, key, value), f"{where}.{key}".lstrip(".")
            )
    elif is_type(shape) and isinstance(data, dict):
        yield from _mapping(shape, data, old, where)


def _mapping(shape: str, data: Object, old: Data, where: str) -> Iterator[Found]:
    fields = fields_of(shape)
    about = f"{_short(where)}: " if where else ""
    if sentence := conflict(shape, data):
        yield "two-of-one", f"{about}{sentence}", "keep one of them"
    for field in fields.values() if shape in _ASKED else ():
        is_asked = field.required and field.shape.startswith(("=", *_SCALARS))
        if is_asked and data.get(field.name) in (None, ""):
            yield "missing-field", f"{about}it has no {field.name}", f"add {field.name}:"
    for key, value in data.items():
        field_of_key = fields.get(key)
        if field_of_key is not None and isinstance(value, str | dict | list):
            before = _counterpart(old, key, value)
            yield from _walk(field_of_key.shape, value, before, f"{where}.{key}".lstrip("."))


def _counterpart(old: Data, part: str | int, new: Data) -> Data:
    """What `old` has in the place of a field or entry."""
    if isinstance(old, dict) and isinstance(part, str):
        return old.get(part)
    return _entry(old, new, _name(new, part)) if isinstance(part, int) else None


def _entry(old: Data, item: Data, name: str) -> Data:
    """The entry of an old list that an entry goes on from, by its name or number."""
    if not isinstance(old, list):
        return None
    same_name = None
    for i, known in enumerate(old):
        if known is item:
            return known
        if same_name is None and _name(known, i) == name:
            same_name = known
    return same_name


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


def _short(where: str) -> str:
    """A path below a container or volume without the way there: `container web: env[A]`."""
    for field, word in (("ontainers[", "container"), ("volumes[", "volume")):
        _, found, rest = where.partition(field)
        if found:
            name, _, path = rest.partition("]")
            return f"{word} {name}: {path.lstrip('.')}" if path else f"{word} {name}"
    return where
