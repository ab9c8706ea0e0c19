"""
Fields that the API server lets nobody change once an object is there: a changed one makes the next
upgrade fail, though a first installation takes it.

Sources: kubernetes pkg/apis, the ValidateUpdate functions that are named.
"""

from __future__ import annotations

from postrender.data import get, same
from postrender.kubernetes.objects import group, is_hook, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Object

# (group, kind) -> the fields. apps: ValidateDaemonSetUpdate, ValidateDeploymentUpdate,
# ValidateReplicaSetUpdate, ValidateStatefulSetUpdate; batch: ValidateJobUpdate; core:
# ValidateServiceUpdate, ValidatePersistentVolumeClaimUpdate, ValidateSecretUpdate; rbac:
# ValidateRoleBindingUpdate; storage: ValidateStorageClassUpdate; scheduling, networking, node.
_FIELDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "PersistentVolumeClaim"): (
        *("spec.accessModes", "spec.dataSource", "spec.dataSourceRef", "spec.selector"),
        *("spec.storageClassName", "spec.volumeMode", "spec.volumeName"),
    ),
    ("", "Secret"): ("type",),
    ("", "Service"): ("spec.clusterIP",),
    ("apps", "DaemonSet"): ("spec.selector",),
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "ReplicaSet"): ("spec.selector",),
    ("apps", "StatefulSet"): (
        *("spec.podManagementPolicy", "spec.selector", "spec.serviceName"),
        "spec.volumeClaimTemplates",
    ),
    ("batch", "Job"): ("spec.completionMode", "spec.selector", "spec.template"),
    ("networking.k8s.io", "IngressClass"): ("spec.controller",),
    ("node.k8s.io", "RuntimeClass"): ("handler",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("scheduling.k8s.io", "PriorityClass"): ("preemptionPolicy", "value"),
    ("storage.k8s.io", "StorageClass"): (
        *("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
    ),
}
_DATA = ("data", "binaryData", "stringData")  # of a ConfigMap or Secret with `immutable: true`


def immutable_changes(before: Object, after: Object) -> Iterator[str]:
    """
    The fields in which two states of an object differ and must not. Nothing for hooks, which Helm
    makes anew, and for objects that get another name each time.
    """
    key = group(after), text_of(after, "kind")
    if is_hook(after) or not text_of(after, "name"):
        return
    fields = _FIELDS.get(key, ())
    if key in (("", "ConfigMap"), ("", "Secret")):
        is_frozen = before.get("immutable") is True and after.get("immutable") is True
        fields = (*fields, *(_DATA if is_frozen else ()))
    for field in fields:
        path = tuple(field.split("."))
        if not same(get(before, path), get(after, path)):
            yield field
