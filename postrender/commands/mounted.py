"""What a container of the chart has at a path: a volume, or only the file system of its image."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.data import get
from postrender.kubernetes.objects import claim_names, containers, mappings, pod_places

if TYPE_CHECKING:
    from postrender.data import Object

# Volumes that nobody can write to, whatever the mount says.
_FIXED = ("configMap", "secret", "projected", "downwardAPI", "image")


class Mounted(NamedTuple):
    """A mount of a container, the type of its volume, and whether nothing can be written there."""

    mount: Object
    type: str
    is_read_only: bool

    @property
    def path(self) -> str:
        """Where the container has the volume."""
        return str(self.mount["mountPath"])

    @property
    def volume(self) -> str:
        """The name of the volume."""
        return str(self.mount.get("name"))


def mounted_at(workload: Object, name: str, path: str) -> Mounted | None:
    """What the container of this name has mounted at a path, or nearest above it."""
    for place in pod_places(workload, {}):
        spec = get(workload, place.spec)
        for where, container in containers(spec):
            if where[0] == "containers" and str(container.get("name")) == name:
                over = [
                    mount
                    for mount in mappings(container.get("volumeMounts"))
                    if _is_over(mount, path)
                ]
                if over:
                    nearest = max(over, key=lambda mount: len(str(mount["mountPath"]).rstrip("/")))
                    return _mounted(workload, spec, nearest)
    return None


def _is_over(mount: Object, path: str) -> bool:
    above = mount.get("mountPath")
    return isinstance(above, str) and f"{path.rstrip('/')}/".startswith(f"{above.rstrip('/')}/")


def _mounted(workload: Object, spec: Object, mount: Object) -> Mounted:
    name = mount.get("name")
    is_read_only = mount.get("readOnly") is True
    if name in claim_names(workload):
        return Mounted(mount, "persistentVolumeClaim", is_read_only)
    for volume in mappings(spec.get("volumes")):
        for kind in volume:
            if volume.get("name") == name and kind != "name":
                is_fixed = kind in _FIXED or get(volume, (kind, "readOnly")) is True
                return Mounted(mount, kind, is_read_only or is_fixed)
    return Mounted(mount, "unknown", is_read_only)
