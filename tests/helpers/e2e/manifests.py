"""
Turns the stream that kmod-post prints into a pod that a runtime without a cluster can run.

A kubelet without an API server and podman's `kube play` get the Deployment's pod with these
differences, and no others.

Both:

    ConfigMap volumes   the files are written here as a kubelet writes them, with the modes that the
                        volume says, and mounted from there: without a cluster a kubelet has no
                        ConfigMaps, and podman 4.3 knows neither their modes nor subPath
    network             that of the host, which is the room's (room.py)
    service account     none: without a cluster there are none

podman 4.3 alone:

    subPath             resolved: the one file is mounted
    emptyDir            mounted from a new empty folder: podman fills it with the image's files
    ports, probes       left out: podman publishes ports, and probes through systemd with programs
                        that an image need not have
    init containers     the pod's restartPolicy becomes Never, and a mark keeps them: podman starts
                        an init container again even after a success, and removes it with its log
"""

from __future__ import annotations

import copy
from collections import namedtuple
from pathlib import Path
from typing import Any

Object = dict[str, Any]
Hook = namedtuple("Hook", "container command")

_KEEP_INIT_CONTAINERS = {"io.podman.annotations.init.container.type": "always"}


def for_kubelet(objects: list[Object], name: str, folder: Path) -> Object:
    """The pod of the one Deployment among the objects; its files are written into the folder."""
    template = _deployment(objects)["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", **template}
    pod["metadata"]["name"] = name
    _without_cluster(pod["spec"], objects, folder)
    return pod


def for_podman(objects: list[Object], folder: Path) -> Object:
    """The one Deployment among the objects; its files are written into the folder."""
    deployment = _deployment(objects)
    spec = deployment["spec"]["template"]["spec"]
    _without_cluster(spec, objects, folder)
    if "initContainers" in spec:
        spec["restartPolicy"] = "Never"
        deployment["metadata"].setdefault("annotations", {}).update(_KEEP_INIT_CONTAINERS)
    places = {volume["name"]: _place(volume, folder) for volume in spec.pop("volumes", [])}
    mounted: dict[str, Path] = {}
    for container in (*spec.get("initContainers", []), *spec["containers"]):
        for field in ("ports", "livenessProbe", "readinessProbe", "startupProbe"):
            container.pop(field, None)
        for mount in container.get("volumeMounts", []):
            place = places[mount["name"]] / mount.pop("subPath", "")
            parts = place.relative_to(folder).parts
            mount["name"] = "-".join(parts).replace(".", "-").replace("_", "-").lower()
            mounted[mount["name"]] = place
    spec["volumes"] = [{"name": n, "hostPath": {"path": str(p)}} for n, p in mounted.items()]
    return deployment


def hooks(objects: list[Object]) -> list[Hook]:
    """The commands that postStart hooks run, and in which containers."""
    return [
        Hook(container["name"], container["lifecycle"]["postStart"]["exec"]["command"])
        for container in _deployment(objects)["spec"]["template"]["spec"]["containers"]
        if "postStart" in container.get("lifecycle", {})
    ]


def _deployment(objects: list[Object]) -> Object:
    (deployment,) = (obj for obj in objects if obj["kind"] == "Deployment")
    return copy.deepcopy(deployment)


def _without_cluster(spec: Object, objects: list[Object], folder: Path) -> None:
    """Kubernetes' pkg/volume/configmap, MakePayload: items, their modes, the default mode."""
    spec["hostNetwork"] = True
    spec.pop("serviceAccountName", None)
    data = {obj["metadata"]["name"]: obj["data"] for obj in objects if obj["kind"] == "ConfigMap"}
    for volume in spec.get("volumes", []):
        if (source := volume.pop("configMap", None)) is None:
            continue
        place = folder / volume["name"]
        place.mkdir(parents=True)
        texts = data[source["name"]]
        for item in source.get("items") or [{"key": key, "path": key} for key in texts]:
            file = place / item["path"]
            file.write_text(texts[item["key"]])
            file.chmod(item.get("mode", source.get("defaultMode", 0o644)))
        volume["hostPath"] = {"path": str(place)}


def _place(volume: Object, folder: Path) -> Path:
    """Where podman finds a volume; Kubernetes' pkg/volume/emptydir: a new folder, open to all."""
    if "hostPath" in volume:
        return Path(volume["hostPath"]["path"])
    assert "emptyDir" in volume
    place = folder / str(volume["name"])
    place.mkdir(parents=True)
    place.chmod(0o777)
    return place
