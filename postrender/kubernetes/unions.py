"""
One-of unions of Kubernetes' types: fields of which an object may have only one.

Kubernetes' OpenAPI does not name them (but for a few of newer types); its validation does. Each
entry names the function of kubernetes pkg/apis/*/validation/validation.go that refuses two members.
"""

from __future__ import annotations

from postrender.kubernetes.types import fields_of
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Object


class Union(Value):
    """
    Fields of a type of which one may be set. Where `decided_by` names a field, that field's value
    says which member is allowed (`Recreate` allows no `rollingUpdate`), as `allowed` tells: value
    to member, where only these values allow one.
    """

    members: tuple[str, ...]
    decided_by: str
    allowed: dict[str, str]


def _one_of(*members: str) -> Union:
    return Union(members, "", {})


# Type -> its union.
_UNIONS: dict[str, Union] = {
    # core: validateHandler ("may not specify more than 1 handler type")
    "Probe": _one_of("exec", "grpc", "httpGet", "tcpSocket"),
    "LifecycleHandler": _one_of("exec", "httpGet", "sleep", "tcpSocket"),
    # core: ValidateEnvVar, validateEnvVarValueFrom ("may not be specified when `value` is not
    # empty", "may not have more than one field specified at a time")
    "EnvVar": _one_of("value", "valueFrom"),
    "EnvVarSource": _one_of(
        "configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef"
    ),
    # core: ValidateEnvFrom ("may not have more than one field specified at a time")
    "EnvFromSource": _one_of("configMapRef", "secretRef"),
    # core: validateProjectionSources ("may not specify more than 1 volume type")
    "VolumeProjection": _one_of(
        *("clusterTrustBundle", "configMap", "downwardAPI", "podCertificate", "secret"),
        "serviceAccountToken",
    ),
    # core: validateDownwardAPIVolumeFile ("fieldRef and resourceFieldRef can not be specified
    # simultaneously")
    "DownwardAPIVolumeFile": _one_of("fieldRef", "resourceFieldRef"),
    # core: validatePodResourceClaim ("at most one of …")
    "PodResourceClaim": _one_of("resourceClaimName", "resourceClaimTemplateName"),
    # apps: ValidateDeploymentStrategy ("may not be specified when strategy `type` is 'Recreate'"),
    # ValidateStatefulSetSpec ("only allowed for updateStrategy 'RollingUpdate'"). A DaemonSet with
    # OnDelete keeps rollingUpdate.
    "DeploymentStrategy": Union(("rollingUpdate",), "type", {"RollingUpdate": "rollingUpdate"}),
    "StatefulSetUpdateStrategy": Union(
        ("rollingUpdate",), "type", {"RollingUpdate": "rollingUpdate"}
    ),
    # core: validateSeccompProfileField ("can only be set if seccomp type is set to Localhost"),
    # ValidateAppArmorProfileField
    "AppArmorProfile": Union(("localhostProfile",), "type", {"Localhost": "localhostProfile"}),
    "SeccompProfile": Union(("localhostProfile",), "type", {"Localhost": "localhostProfile"}),
    # networking: validateIngressBackend ("cannot set both resource and service backends")
    "IngressBackend": _one_of("resource", "service"),
    # policy: ValidatePodDisruptionBudgetSpec ("minAvailable and maxUnavailable cannot be both set")
    "PodDisruptionBudgetSpec": _one_of("maxUnavailable", "minAvailable"),
    # admissionregistration: validateWebhook ("exactly one of url or service is required"); the same
    # for a CRD's conversion
    "WebhookClientConfig": _one_of("service", "url"),
}
# Types all of whose fields but these are members: core, ValidateVolumeSource ("may not specify more
# than 1 volume type") and ValidatePersistentVolumeSpec, which lets flexVolume stand beside another.
_ALL_BUT = {
    "PersistentVolumeSpec": (
        *("accessModes", "capacity", "claimRef", "flexVolume", "mountOptions", "nodeAffinity"),
        *("persistentVolumeReclaimPolicy", "storageClassName", "volumeAttributesClassName"),
        "volumeMode",
    ),
    "Volume": ("name",),
}
# Types of which one member has to be there, by the same functions ("must specify a handler type",
# "must specify one of", "resource or service backend is required").
_NEEDS_ONE = frozenset(
    (
        *("DownwardAPIVolumeFile", "EnvFromSource", "EnvVarSource", "IngressBackend"),
        *("LifecycleHandler", "Probe", "WebhookClientConfig"),
    )
)


def union_of(type_name: str) -> Union | None:
    """The union of a type, if it is one or has one; older versions have the same."""
    if type_name in _ALL_BUT:
        others = _ALL_BUT[type_name]
        return _one_of(*(name for name in fields_of(type_name) if name not in others))
    union = _UNIONS.get(type_name)
    if union is None and "." in type_name and "/" not in type_name:
        union = _UNIONS.get(type_name.partition(".")[0])
        if union and not fields_of(type_name).keys() >= {*union.members}:
            return None
    return union


def conflict(type_name: str, data: Object) -> str:
    """
    What excludes what in a mapping of a type, as a sentence; empty where nothing does. A null takes
    a member away, and so does the empty text of a variable's `value`.
    """
    union = union_of(type_name)
    if union is None:
        return ""
    given = [name for name in union.members if data.get(name) is not None and data[name] != ""]
    if not union.decided_by:
        return f"it has {' and '.join(given)}, of which it can have one" if len(given) > 1 else ""
    decided = data.get(union.decided_by)
    if not isinstance(decided, str) or not decided:
        return ""
    wrong = [name for name in given if union.allowed.get(decided) != name]
    if not wrong:
        return ""
    return f"with {union.decided_by} {decided} it cannot have {' and '.join(wrong)}"


def lack(type_name: str, data: Object) -> str:
    """The fields of which a mapping of a type must have one and has none, as a text; else empty."""
    union = union_of(type_name) if type_name.partition(".")[0] in _NEEDS_ONE else None
    if union is None or any(data.get(name) is not None for name in union.members):
        return ""
    return ", ".join(union.members)
