"""
A Kubernetes object as plain data: its identity, where its pods are, and changing one place in it.

All functions are pure. Results share every unchanged part with the arguments, so that you can
recognise an unchanged part by identity.
"""

from __future__ import annotations

from postrender.data import expand, get
from postrender.kubernetes.kinds import CLAIM_TEMPLATES, OVERLAYS, POD_SPECS, WORKLOADS
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from postrender.data import Data, Object, Path

    # What `kinds:` adds, by the name of the kind.
    Workloads = Mapping[str, tuple["OwnKind", ...]]

# Shells by the names of their programs: what takes a script behind `-c` and has an `exec "$@"`.
SHELLS = frozenset(("sh", "ash", "bash", "dash", "ksh", "mksh", "zsh"))
HOOK = "helm.sh/hook"
CRD = "CustomResourceDefinition"
# Helm 4's mark of the template a document comes from (helm pkg/action/action.go,
# filenameAnnotation).
FILENAME = "postrenderer.helm.sh/postrender-filename"
# The lists of containers in a pod, in the order they start, each with the kind of its containers.
CONTAINER_LISTS = {
    "initContainers": "init",
    "containers": "container",
    "ephemeralContainers": "ephemeral",
}
_ABSENT = object()
# The places that patterns without `*` name.
_PLACES: dict[str, tuple[PodPlace, ...]] = {}
_RUNNING_ONLY = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")


class PodPlace(Value):
    """
    Where an object keeps a pod: the path of its spec, and that of the template around it (None
    where there is no template).
    """

    spec: Path
    template: Path | None


class OwnKind(Value):
    """
    What a rules file says of a custom kind: its API group (None: whichever it has), the paths of
    its pod templates and of its pod specs without one, and its scope, `Cluster` or `Namespaced`
    (empty: not said).
    """

    group: str | None
    templates: tuple[str, ...]
    specs: tuple[str, ...]
    scope: str


def own_kinds(obj: Object, workloads: Workloads) -> list[OwnKind]:
    """What a rules file says of an object's kind."""
    own = workloads.get(text_of(obj, "kind"), ())
    return [kind for kind in own if kind.group is None or kind.group == group(obj)]


def metadata(obj: Object) -> dict[str, Data]:
    """`metadata`, or an empty mapping where there is none."""
    found = obj.get("metadata")
    return found if isinstance(found, dict) else {}


def text_of(obj: Object, key: str) -> str:
    """
    A text of the object itself (`kind`, `apiVersion`) or of its metadata (`name`, `namespace`);
    empty where it is not there.
    """
    owner = obj if key == "kind" or key == "apiVersion" else obj.get("metadata")
    found = owner.get(key) if isinstance(owner, dict) else None
    return found if isinstance(found, str) else ""


def texts_of(obj: Object, key: str) -> dict[str, str]:
    """`metadata.labels` or `metadata.annotations`, without what is not text."""
    found = metadata(obj).get(key)
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def annotation(obj: Object, key: str) -> str | None:
    """One annotation; None where it is not there, or no text."""
    annotations = metadata(obj).get("annotations")
    found = annotations.get(key) if isinstance(annotations, dict) else None
    return found if isinstance(found, str) else None


def identity(obj: Object) -> str:
    """
    How messages name an object: `Deployment/web`, with its namespace where it gives one:
    `Deployment/shop/web`.
    """
    parts = (text_of(obj, "kind"), text_of(obj, "namespace"), text_of(obj, "name") or "(no name)")
    return "/".join(part for part in parts if part)


def has_one_content(one: Object, other: Object) -> bool:
    """Whether two states of an object share all but their metadata."""
    if len(one) - ("metadata" in one) != len(other) - ("metadata" in other):
        return False
    for name, value in one.items():  # a loop: this is asked of each object several times
        if value is not other.get(name, _ABSENT) and name != "metadata":
            return False
    return True


def has_one_identity(one: Object, other: Object) -> bool:
    """Whether two states of an object have the same kind, API group and version, and name."""
    old, new = metadata(one), metadata(other)
    return (
        one.get("kind") == other.get("kind")
        and one.get("apiVersion") == other.get("apiVersion")
        and old.get("name") == new.get("name")
        and old.get("namespace") == new.get("namespace")
    )


def is_hook(obj: Object) -> bool:
    """Whether Helm runs the object as a hook instead of installing it."""
    return annotation(obj, HOOK) is not None


def is_list(obj: Object) -> bool:
    """
    Whether the object is a List of objects, of any kind (`List`, `ConfigMapList`), as kubectl
    and Helm take it.
    """
    return text_of(obj, "kind").endswith("List") and isinstance(obj.get("items"), list)


def group(obj: Object) -> str:
    """The API group: what stands before the slash of `apiVersion`, empty for the core group."""
    before, slash, _ = text_of(obj, "apiVersion").partition("/")
    return before if slash else ""


def pod_kinds(workloads: Workloads) -> frozenset[str]:
    """All kinds that can hold pods."""
    return frozenset(kind for _, kind in (*WORKLOADS, *POD_SPECS)) | frozenset(workloads)


def pod_places(obj: Object, workloads: Workloads) -> list[PodPlace]:
    """Where the object keeps its pods; only places that are there and hold a pod spec."""
    key = (group(obj), text_of(obj, "kind"))
    templates, specs = WORKLOADS.get(key, ()), POD_SPECS.get(key, ())
    if not (templates or specs or workloads):
        return []
    for own in own_kinds(obj, workloads) if workloads else ():
        templates, specs = (*templates, *own.templates), (*specs, *own.specs)
    found = [place for pattern in templates for place in _templates_at(obj, pattern)]
    if specs:
        found += [PodPlace(path, None) for pattern in specs for path in expand(obj, pattern)]
    return [place for place in found if isinstance(get(obj, place.spec), dict)]


def _templates_at(obj: Object, pattern: str) -> Iterable[PodPlace]:
    """The places of pod templates that a pattern names; nearly all patterns name one path."""
    if "*" in pattern:
        return [PodPlace((*path, "spec"), path) for path in expand(obj, pattern)]
    if pattern not in _PLACES:
        path = tuple(pattern.split(".")) if pattern else ()
        _PLACES[pattern] = (PodPlace((*path, "spec"), path),)
    return _PLACES[pattern]


def is_overlay(obj: Object, workloads: Workloads) -> bool:
    """
    Whether a controller lays the object's pod over one of its own, which may bring images and
    volumes. Of a pod spec that only the rules file knows of, nobody can tell.
    """
    if (group(obj), text_of(obj, "kind")) in OVERLAYS:
        return True
    return any(one.specs for one in own_kinds(obj, workloads))


def has_built_in_pods(obj: Object) -> bool:
    """Whether the object is of a kind of Kubernetes' own that holds pods."""
    key = (group(obj), text_of(obj, "kind"))
    return key in WORKLOADS and key[0] in ("", "apps", "batch")


def claim_names(obj: Object) -> frozenset[str]:
    """Names of volumes that pods get from the object's volumeClaimTemplates."""
    pattern = CLAIM_TEMPLATES.get((group(obj), text_of(obj, "kind")))
    if pattern is None:
        return frozenset()
    claims = [claim for path in expand(obj, pattern) for claim in mappings(get(obj, path))]
    return frozenset(text_of(claim, "name") for claim in claims)


def containers(spec: Object) -> Iterator[tuple[Path, Object]]:
    """All containers of a pod spec with their paths in it."""
    for field in CONTAINER_LISTS:
        found = spec.get(field)
        if isinstance(found, list):
            for i, container in enumerate(found):
                if isinstance(container, dict):
                    yield (field, i), container


def container_kind(field: str, container: Object) -> str:
    """
    `init`, `sidecar`, `container` or `ephemeral`, for a container in this list of the pod. A
    sidecar here is a native one: an init container that is restarted always, and so starts in its
    turn and keeps running (kubernetes.io, Sidecar Containers).
    """
    if field == "initContainers" and container.get("restartPolicy") == "Always":
        return "sidecar"
    return CONTAINER_LISTS[field]


def running_only(container: Object) -> list[str]:
    """
    The fields that only a container that keeps running may have, as Kubernetes sees it
    (pkg/apis/core/validation, validateInitContainers): native sidecars among the init containers.
    """
    return [name for name in _RUNNING_ONLY if container.get(name)]


def volume_source(volume: Object) -> tuple[str, str]:
    """
    The type of a volume and the name of what it comes from, which may be empty: `configMap`, `web`.
    One without a source is an emptyDir (k8s.io/kubernetes pkg/apis/core/v1 defaults.go,
    SetDefaults_Volume).
    """
    for key, source in volume.items():
        if key != "name" and source is not None:
            names = (get(source, (part,)) for part in ("name", "secretName", "claimName", "path"))
            return key, next((name for name in names if isinstance(name, str)), "")
    return "emptyDir", ""


def mappings(items: Data) -> list[Object]:
    """The mappings in a list; nothing where a chart has something else in its place."""
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
