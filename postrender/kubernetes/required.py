"""
Which of the fields that Kubernetes' description requires its API server asks for.

It reads what is missing as an empty text, 0, an empty list or an empty mapping, and then validates
that (pkg/apis/*/validation). So it takes some objects without a required field, and asks an empty
mapping for what must be in it.
"""

from __future__ import annotations

from postrender.kubernetes.types import fields_of, is_type

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
_asked: dict[str, dict[str, bool]] = {}
_there: dict[str, list[str]] = {}


def must_have(owner: str, field: Field) -> bool:
    """
    Whether the API server asks a mapping of a built-in type, the owner, for a field with a text or
    a number.
    """
    place = (owner, field.name)
    is_asked = place not in _NOT_ASKED if field.required else place in _ALSO_ASKED
    return is_asked and (field.shape in _SCALARS or field.shape[0] == "=")


def asked_of(owner: str) -> dict[str, bool]:
    """
    The fields that it asks a mapping of a built-in type for; of each whether 0 and the like will
    do. Lists have to have entries, and so has a selector of pods (ValidateDeploymentSpec and its
    like).
    """
    found = _asked.get(owner)
    if found is None:
        found = _asked[owner] = {}
        is_selecting = owner.partition(".")[0] in _SELECTING
        for name, field in fields_of(owner).items():
            if must_have(owner, field):
                found[name] = True
            elif (is_selecting and name == "selector") or (
                field.required and field.shape[:2] == "[]" and (owner, name) not in _MAY_BE_EMPTY
            ):
                found[name] = False
    return found


def always_there(owner: str) -> list[str]:
    """The fields with mappings of a type that it reads as empty ones where they are missing."""
    found = _there.get(owner)
    if found is None:
        found = _there[owner] = [
            name
            for name, field in fields_of(owner).items()
            if (field.required or name in _ALWAYS_THERE) and is_type(field.shape)
        ]
    return found
