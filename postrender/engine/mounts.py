"""The mounts that rules add: after all rules, each must have its volume in the pod."""

from __future__ import annotations

from postrender.data import get
from postrender.errors import VerbError
from postrender.kubernetes.objects import (
    claim_names,
    containers,
    identity,
    is_overlay,
    mappings,
    pod_places,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Object, Path
    from postrender.kubernetes.objects import Workloads
    from postrender.rules.model import Rule
    from postrender.stream.manifest import Home

    # Container and volume.
    Mount = tuple[str, str]


class Mounts:
    """Mounts whose volume was not there when their rule was done: a later rule may bring it."""

    def __init__(self, workloads: Workloads) -> None:
        self.workloads = workloads
        self.dangling: dict[tuple[Home, Path, Mount], Rule] = {}

    def note(self, rule: Rule, home: tuple[Home, Path], before: Object, after: Object) -> None:
        """Remembers the mounts without a volume that a rule brought."""
        known = _dangling(before, self.workloads)
        for mount in _dangling(after, self.workloads):
            if mount not in known:
                self.dangling.setdefault((*home, mount), rule)

    def check(self) -> None:
        """Raises VerbError where a noted mount still has no volume."""
        missing = []
        for (document, path, mount), rule in self.dangling.items():
            obj = document.current(path)
            if obj is not None and mount in _dangling(obj, self.workloads):
                container, volume = mount
                text = (
                    f'container {container} mounts volume "{volume}", which the pod does not have'
                )
                missing.append(rule.message(identity(obj), text, "add it under volumes:"))
        if missing:
            raise VerbError(missing)


def _dangling(obj: Object, workloads: Workloads) -> list[Mount]:
    """Mounts without their volume. A controller's own pod may have it where we cannot see."""
    if is_overlay(obj):
        return []
    claims = claim_names(obj)
    found: list[Mount] = []
    for place in pod_places(obj, workloads):
        spec = get(obj, place.spec)
        known = claims | {volume.get("name") for volume in mappings(spec.get("volumes"))}
        for _, container in containers(spec):
            for mount in mappings(container.get("volumeMounts")):
                if mount.get("name") not in known:
                    found.append((str(container.get("name")), str(mount.get("name"))))
    return found
