"""
Which of the fields that Kubernetes' description requires its API server asks for.

It reads what is missing as an empty text, 0, an empty list or an empty mapping, and then validates
that (pkg/apis/*/validation). So it takes some objects without a required field, and asks an empty
mapping for what must be in it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.kubernetes.types import Field

_SCALARS = ("string", "int32", "int64", "int-or-string")
# Its validation takes these empty, or they have a default.
_NOT_ASKED = frozenset((
    ("EvictionResponder", "name"),
    ("EvictionResponder", "priority"),
    ("HTTPHeader", "value"),
    ("ISCSIPersistentVolumeSource", "lun"),
    ("ISCSIVolumeSource", "lun"),
    # That of a pod template is not validated.
    ("OwnerReference", "apiVersion"),
    ("OwnerReference", "kind"),
    ("OwnerReference", "name"),
    ("PriorityClass", "value"),
    ("PriorityClass.v1beta1", "value"),
    ("SleepAction", "seconds"),
    ("Sysctl", "value"),
    ("TokenRequest.v1", "audience"),
    # A claim's dataSource of an unknown kind is dropped (NormalizeDataSources).
    ("TypedLocalObjectReference", "kind"),
    ("TypedLocalObjectReference", "name"),
))  # fmt: skip
# Its validation asks for these, though the description of older releases does not require them.
_ALSO_ASKED = frozenset((
    ("HostAlias", "ip"),
    ("ValidatingAdmissionPolicyBindingSpec", "policyName"),
))  # fmt: skip
_MAY_BE_EMPTY = frozenset((
    ("LimitRangeSpec", "limits"),
    ("PodFailurePolicy", "rules"),
))  # fmt: skip
_SELECTING = ("DaemonSetSpec", "DeploymentSpec", "ReplicaSetSpec", "StatefulSetSpec")
# Mappings that the description does not require, but whose type has no way to be missing.
_ALWAYS_THERE = ("spec", "template")


def must_have(owner: str, field: Field) -> bool:
    """
    Whether the API server asks a mapping of a built-in type, the owner, for a field with a text or
    a number.
    """
    if field.shape not in _SCALARS and field.shape[0] != "=":
        return False
    place = (owner, field.name)
    return place in _ALSO_ASKED or (field.required and place not in _NOT_ASKED)


def must_have_entries(owner: str, field: Field) -> bool:
    """Whether it asks for a list that is not empty."""
    return field.required and field.shape[:2] == "[]" and (owner, field.name) not in _MAY_BE_EMPTY


def is_selector_of_pods(owner: str, field: Field) -> bool:
    """Whether it asks for a selector that is not empty (ValidateDeploymentSpec and its like)."""
    return field.name == "selector" and owner.partition(".")[0] in _SELECTING


def is_always_there(field: Field) -> bool:
    """Whether it reads an empty mapping where a mapping of a type is missing."""
    return field.required or field.name in _ALWAYS_THERE
