"""
`resources:`: adds objects to the stream, where Helm would install them and with their own template
path.

Rules apply to them as to the chart's objects. If the stream already has an object, from an earlier
run, it must come out unchanged; if it differs, it belongs to the chart, which is an error.
"""

from __future__ import annotations

import re

from postrender.data import get, same
from postrender.errors import VerbError, listed, message
from postrender.kubernetes.objects import FILENAME, identity, is_hook, metadata, text_of
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Object, Path
    from postrender.errors import Message, Where
    from postrender.stream.manifest import Manifest
    from postrender.stream.manifests import Manifests

# helm pkg/release/util/kind_sorter.go, InstallOrder; a kind that is not here comes last.
INSTALL_ORDER = (
    "PriorityClass", "Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange",
    "PodSecurityPolicy", "PodDisruptionBudget", "ServiceAccount", "Secret", "SecretList",
    "ConfigMap", "StorageClass", "PersistentVolume", "PersistentVolumeClaim",
    "CustomResourceDefinition", "ClusterRole", "ClusterRoleList", "ClusterRoleBinding",
    "ClusterRoleBindingList", "Role", "RoleList", "RoleBinding", "RoleBindingList", "Service",
    "DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment",
    "HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob", "IngressClass", "Ingress",
    "APIService",
)  # fmt: skip

# Helm 3's comment on a document that comes from a template.
_TEMPLATE = re.compile(rb"^# Source: (\S+/templates/\S+)", re.MULTILINE)


class Known(Value):
    """A resource that the stream has already: where, and as what."""

    resource: Where
    manifest: Manifest
    path: Path
    before: Object


def add_resources(manifests: Manifests, resources: tuple[tuple[Where, Object], ...]) -> list[Known]:
    """
    Adds the resources (pairs of place in the rules file and object) to the stream.

    The stream has objects. If it has only hooks, it gets only hooks: with Helm's `separate`
    strategy, the templates come in another stream, which gets the other objects.
    """
    hooks_only = manifests.is_hooks_only()
    sample = next(manifests.subjects())
    known = []
    for place, resource in sorted(resources, key=lambda item: _rank(text_of(item[1], "kind"))):
        if hooks_only and not is_hook(resource):
            continue
        obj, source = _at_home(
            resource,
            _template(sample.source, manifests),
            in_annotation=FILENAME in _annotations(sample.obj),
        )
        found = manifests.find(obj)
        if found is None:
            manifests.add_before(_successor(manifests, obj), obj, source, is_generated=False)
        else:
            manifest, path = found
            known.append(Known(place, manifest, path, get(manifest.data, path)))
            manifests.put(manifest, path, obj)
    return known


def not_added(resources: tuple[tuple[Where, Object], ...]) -> Message:
    """The warning that a stream without objects gets none of the resources."""
    names = listed([identity(obj) for _, obj in resources])
    return message(
        f"{names}: not added, as the stream has no objects",
        "check the values of the chart",
        where=resources[0][0],
        subject="resources",
        id="resources-not-added",
    )


def check_known(known: list[Known]) -> None:
    """What was in the stream must have come out as it was. Raises VerbError."""
    wrong = [
        message(
            f"the chart has {identity(entry.before)} already, with other content",
            "change it by a rule with merge:",
            where=entry.resource,
        )
        for entry in known
        if not same(entry.before, get(entry.manifest.data, entry.path))
    ]
    if wrong:
        raise VerbError(wrong)


def _annotations(obj: Object) -> Object:
    found = metadata(obj).get("annotations")
    return found if isinstance(found, dict) else {}


def _template(source: str, manifests: Manifests) -> str:
    """
    The path of a template of the chart. CRDs come from none, and `helm template --include-crds`
    prints them first: with the path of their file, in Helm 3.10 without the chart, or with nothing.
    """
    if "/templates/" in source:
        return source
    found = _TEMPLATE.search(manifests.stream.data)
    return found[1].decode() if found else source


def _at_home(obj: Object, sample: str, *, in_annotation: bool) -> tuple[Object, str]:
    """
    The object with the mark of a template of its own, as the host marks documents, and the path for
    Helm 3's comment.
    """
    if not sample:
        return obj, ""
    chart = sample.partition("/")[0]
    path = f"{chart}/templates/kmod-post/{text_of(obj, 'kind')}-{text_of(obj, 'name')}.yaml".lower()
    if not in_annotation:
        return obj, path
    annotations = {**_annotations(obj), FILENAME: path}
    return {**obj, "metadata": {**obj["metadata"], "annotations": annotations}}, ""


def _successor(manifests: Manifests, obj: Object) -> Manifest | None:
    """The first document that Helm would install after the object."""
    rank = _rank(text_of(obj, "kind"))
    for manifest in manifests.all:
        kind = manifest.document.kind
        if kind and not manifest.is_removed and _rank(kind) > rank:
            return manifest
    return None


def _rank(kind: str) -> int:
    return INSTALL_ORDER.index(kind) if kind in INSTALL_ORDER else len(INSTALL_ORDER)
