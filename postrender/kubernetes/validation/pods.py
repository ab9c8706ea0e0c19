"""
Pods: what is there twice, what does not go together, what is missing.

Source: kubernetes pkg/apis/core/validation/validation.go; each check names its function.
"""

from __future__ import annotations

from postrender.data import get, repeated
from postrender.kubernetes.objects import (
    claim_names,
    container_kind,
    containers,
    has_built_in_pods,
    is_overlay,
    mappings,
    pod_places,
    running_only,
    text_of,
)
from postrender.kubernetes.validation.names import is_label, is_port_name, metadata_findings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Object, Path
    from postrender.kubernetes.objects import PodPlace, Workloads
    from postrender.kubernetes.validation import Found, Sound

# Kinds whose pods are restarted always, and never end by a deadline: apps, ValidateDeploymentSpec
# and its like; core, ValidatePodTemplateSpecForRC.
_ALWAYS = frozenset(
    ("DaemonSet", "Deployment", "ReplicaSet", "ReplicationController", "StatefulSet")
)
_JOBS = frozenset(("CronJob", "Job"))
_RESOURCES = ("cpu", "ephemeral-storage", "memory")
_LABEL_ADVICE = "use lower case letters, digits, and - within, at most 63"


def pod_findings(obj: Object, old: Object, workloads: Workloads, sound: Sound) -> Iterator[Found]:
    """
    What is wrong with an object's pods. Nothing where a controller lays them over pods of its own,
    of which we know nothing; of other custom kinds only what no controller can make good, as an API
    server takes what their definitions allow. `sound` are containers in which nothing was found, in
    any object; more are added.
    """
    if is_overlay(obj, workloads):
        return
    claims, is_checked = claim_names(obj), has_built_in_pods(obj)
    places = pod_places(obj, workloads)
    known_places = pod_places(obj, {}) if workloads else places
    for place in places:
        spec, before = get(obj, place.spec), get(old, place.spec)
        if place.template and is_checked:
            path = (*place.template, "metadata")
            yield from metadata_findings(get(obj, path), get(old, path), "pod template: ")
        yield from _mounts(spec, claims, _volumes(before, claim_names(old)))
        if is_checked:
            yield from _restarts(obj, spec, place)
        if spec is before:  # what it has to fit may have changed: claim templates, a policy
            continue
        olds = [container for _, container in containers(before or {})]
        known = [str(container.get("name")) for container in olds]
        unchanged = set(map(id, olds))
        is_known = place in known_places  # others may be laid over pods, too
        for path, container in containers(spec):
            if id(container) in unchanged:
                continue
            key = (str(path[0]) if is_checked else "", id(container))
            is_unseen = key not in sound
            found = [*_repeated_entries(container)] if is_unseen else []
            if is_known:
                found += _image(container, known, is_checked=is_checked)
            if is_unseen and is_checked:
                found += _container(str(path[0]), container)
            yield from found
            if not found:
                sound[key] = container
        if is_checked:
            yield from _names(spec)
            yield from _host_ports(spec, is_pod=text_of(obj, "kind") == "Pod")


def _names(spec: Object) -> Iterator[Found]:
    """
    validateContainers, validateInitContainers, validateEphemeralContainers, ValidateVolumes: names
    are there once, and are labels of RFC 1123.
    """
    every = [container.get("name") for _, container in containers(spec)]
    volumes = [volume.get("name") for volume in mappings(spec.get("volumes"))]
    for what, names in (("container", every), ("volume", volumes)):
        texts = [name for name in names if isinstance(name, str) and name]
        for name in repeated(texts):
            yield "duplicate-name", f"{what} {name}: the name is there twice", "choose another"
        for name in texts:
            if not is_label(name):
                yield "invalid-name", f"{what} {name}: it cannot have this name", _LABEL_ADVICE


def _host_ports(spec: Object, *, is_pod: bool) -> Iterator[Found]:
    """checkHostPortConflicts, validatePodHostNetworkDeps."""
    is_host = spec.get("hostNetwork") is True
    taken = []
    for container in mappings(spec.get("containers")):
        for port in mappings(container.get("ports")):
            number, host = port.get("containerPort"), port.get("hostPort")
            if is_host and is_pod and not host:
                host = number  # which the server fills in
            if host:
                parts = (str(port.get("hostIP") or ""), port.get("protocol") or "TCP", str(host))
                taken.append(parts)
            if is_host and host and host != number:
                where = _where(container)
                yield (
                    "host-port-differs",
                    f"{where}with hostNetwork, hostPort {host} must be containerPort {number}",
                    "remove hostPort",
                )
    for _, protocol, number in repeated(taken):
        yield (
            "duplicate-port",
            f"the port {number}/{protocol} of the node is there twice",
            "give one another hostPort, or none",
        )


def _image(container: Object, known: list[str], *, is_checked: bool) -> Iterator[Found]:
    """
    validateContainerCommon: a container has an image. One that is not among the `known` ones is
    meant to be one of them: its name is mistyped.
    """
    if str(container.get("image") or "").strip():
        return
    name = str(container.get("name"))
    if name not in known:
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=1, cutoff=0)
        advice = f'add "image:", or is it {near[0]}?' if near else 'add "image:"'
        yield "no-image", f"{_where(container)}it is new and has no image", advice
    elif is_checked and not container.get("image"):
        yield "missing-field", f"{_where(container)}it has no image", "add image:"


def _container(field: str, container: Object) -> Iterator[Found]:
    """The checks of validateContainerCommon."""
    where = _where(container)
    yield from _ports(where, container)
    for key, names in (("volumeMounts", "mountPath"), ("volumeDevices", "devicePath")):
        # ValidateVolumeMounts, ValidateVolumeDevices: "must be unique"
        paths = [entry.get(names) for entry in mappings(container.get(key))]
        for path in repeated(str(path) for path in paths if path):
            yield "duplicate-mount", f"{where}{path} is mounted twice", "mount one elsewhere"
    yield from _privileges(where, get(container, ("securityContext",)))
    yield from _resources(where, container)
    if container_kind(field, container) == "init":
        fields = running_only(container)  # validateInitContainers
        if fields:
            yield (
                "probe-on-init-container",
                f"{where}an init container that ends cannot have {', '.join(fields)}",
                "remove it, or make it a native sidecar",
            )


def _repeated_entries(container: Object) -> Iterator[Found]:
    """What the API server takes with a warning (pkg/api/pod/warnings.go)."""
    where = _where(container)
    for name in repeated(str(entry.get("name")) for entry in mappings(container.get("env"))):
        yield (
            "duplicate-entry",
            f"{where}variable {name} is there twice, and the last one counts",
            "keep one",
        )
    ports = (
        (port.get("containerPort"), port.get("protocol") or "TCP", port.get("hostPort"))
        for port in mappings(container.get("ports"))
    )
    for number, protocol, _ in repeated(tuple(map(str, port)) for port in ports):
        yield "duplicate-entry", f"{where}port {number}/{protocol} is there twice", "keep one"


def _where(container: Object) -> str:
    """What stands before a finding in a container."""
    return f"container {container.get('name')}: "


def _ports(where: str, container: Object) -> Iterator[Found]:
    """validateContainerPorts: names once; numbers may be there twice."""
    names = [str(port["name"]) for port in mappings(container.get("ports")) if port.get("name")]
    for name in repeated(names):
        yield "duplicate-port", f'{where}the port name "{name}" is there twice', "choose another"
    for name in names:
        if not is_port_name(name):
            yield (
                "invalid-name",
                f'{where}a port cannot have the name "{name}"',
                "use lower case letters, digits, and - within, at most 15, with a letter",
            )


def _resources(where: str, container: Object) -> Iterator[Found]:
    """
    validateContainerResourceName, helper.IsStandardContainerResourceName: a resource without a
    domain is one of Kubernetes'.
    """
    for field in ("limits", "requests"):
        named = get(container, ("resources", field))
        for name in named if isinstance(named, dict) else ():
            if "/" not in name and name not in _RESOURCES and not name.startswith("hugepages-"):
                yield (
                    "invalid-name",
                    f'{where}resources.{field}: there is no resource "{name}"',
                    f"write one of {', '.join(_RESOURCES)}",
                )


def _privileges(where: str, context: Object | None) -> Iterator[Found]:
    """ValidateSecurityContext."""
    if get(context, ("allowPrivilegeEscalation",)) is not False:
        return
    added = get(context, ("capabilities", "add"))
    what = "privileged: true" if get(context, ("privileged",)) is True else ""
    # SYS_ADMIN without CAP_ it takes.
    if not what and isinstance(added, list) and "CAP_SYS_ADMIN" in added:
        what = "the capability CAP_SYS_ADMIN"
    if what:
        yield (
            "privilege-conflict",
            f"{where}allowPrivilegeEscalation: false and {what} exclude each other",
            "remove one, or leave this container out",
        )


def _mounts(spec: Object, claims: frozenset[str], before: frozenset[str]) -> Iterator[Found]:
    """ValidateVolumeMounts: each has its volume. `before` are the volumes that the pod had."""
    known = _volumes(spec, claims)
    for _, container in containers(spec):
        who = f"container {container.get('name')}"
        for mount in mappings(container.get("volumeMounts")):
            name = mount.get("name")
            if not isinstance(name, str) or name in known:
                continue
            advice = "add it under volumes:"
            if name in before:
                path = mount.get("mountPath")
                advice = f"keep the volume, or remove the mount: mounts: {{{path}: null}}"
            elif near := _near(name, known):
                advice = f'did you mean "{near}"? If not, add it under volumes:'
            text = f'{who} mounts volume "{name}", which the pod does not have'
            yield "mount-without-volume", text, advice


def _near(name: str, names: frozenset[str]) -> str:
    """The one of the names that a name may mean, mistyped; or nothing."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, sorted(names), n=1, cutoff=0.7)), "")


def _volumes(spec: Object | None, claims: frozenset[str]) -> frozenset[str]:
    """The names of a pod's volumes, with those of claim templates."""
    found = mappings(get(spec, ("volumes",)))
    return claims | {str(volume.get("name")) for volume in found}


def _restarts(obj: Object, spec: Object, place: PodPlace) -> Iterator[Found]:
    """apps, ValidateDeploymentSpec and its like; batch, validateJobSpec."""
    kind = text_of(obj, "kind")
    policy = spec.get("restartPolicy") or "Always"
    if kind in _ALWAYS:
        if policy != "Always":
            yield (
                "restart-policy",
                f"the pods of a {kind} have restartPolicy: Always, not {policy}",
                "remove restartPolicy",
            )
        if spec.get("activeDeadlineSeconds") is not None:
            yield (
                "restart-policy",
                f"the pods of a {kind} cannot have activeDeadlineSeconds",
                "remove it",
            )
    if kind in _JOBS:
        owner: Path = (place.template or ())[:-1]
        is_strict = get(obj, (*owner, "podFailurePolicy")) is not None
        if policy == "Always" or (is_strict and policy != "Never"):
            allowed = "Never, as it has a podFailurePolicy" if is_strict else "Never or OnFailure"
            yield (
                "restart-policy",
                f"the restartPolicy of a {kind}'s pods cannot be {policy}",
                f"write {allowed}",
            )
