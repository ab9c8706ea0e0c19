"""
Replicas that an autoscaler of the stream decides, whatever a rule says: HorizontalPodAutoscalers,
and KEDA's ScaledObjects (keda apis/keda/v1alpha1/scaledobject_types.go: a target without kind is a
Deployment).
"""

from __future__ import annotations

from postrender.data import get
from postrender.kubernetes.objects import group, identity, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from postrender.engine.changes import Step
    from postrender.errors import Message
    from postrender.stream.manifests import Manifests

_VERB = "replicas"
_AUTOSCALERS = {"HorizontalPodAutoscaler": "autoscaling", "ScaledObject": "keda.sh"}


def autoscaled(steps: Sequence[Step], manifests: Manifests) -> list[Message]:
    """A warning for each object whose replicas a rule sets and an autoscaler decides."""
    own = [step for step in steps if any(name == _VERB for name, _ in step.rule.verbs)]
    if not own:
        return []
    names = [text_of(step.before, "name") for step in own]
    kinds = {*_AUTOSCALERS} & manifests.by_kind.keys()
    deciding: dict[tuple[str, str, str], str] = {}
    for home in manifests.users(kinds, names):
        for _, subject in manifests.subjects_of(home):
            scaler = subject.obj
            if group(scaler) == _AUTOSCALERS.get(text_of(scaler, "kind")):
                target = get(scaler, ("spec", "scaleTargetRef")) or {}
                kind = str(target.get("kind") or "Deployment")
                place = (manifests.key(scaler)[2], kind, str(target.get("name")))
                deciding[place] = identity(scaler)
    found = []
    for step in own:
        obj = step.after or step.before
        place = (manifests.key(obj)[2], text_of(obj, "kind"), text_of(obj, "name"))
        if place in deciding:
            found.append(
                step.rule.message(
                    identity(obj),
                    f"{deciding[place]} decides how many replicas it has",
                    "change its minReplicas and maxReplicas, or remove it",
                    id="replicas-autoscaled",
                )
            )
    return found
