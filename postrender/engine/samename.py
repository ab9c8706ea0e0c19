"""
`sidecars` and `initContainers` that would take over a container of the chart: it would run another
image with the chart's args and mounts. Loaded only for rules with these verbs.
"""

from __future__ import annotations

from postrender.data import get
from postrender.kubernetes.objects import containers, identity, pod_places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postrender.data import Data, Object
    from postrender.engine.changes import History, Step
    from postrender.errors import Message
    from postrender.kubernetes.objects import Workloads


def same_names(
    histories: Sequence[History], verbs: Sequence[str], workloads: Workloads
) -> Iterator[Message]:
    """
    A message for each container of the chart whose image one of these verbs has replaced.

    One that looks in the end as in the stream does not count: an earlier run has put it there, or
    a later rule has set it right.
    """
    for history in histories:
        start, end = history.before, history.after
        if end is None:
            continue
        chart, result = _images(start, workloads), _images(end, workloads)
        for step in history.steps:
            before, after = _images(step.before, workloads), _images(step.after or {}, workloads)
            for verb, name, image in _added(step, verbs):
                if any(
                    place[1] == name
                    and before.get(place) not in (None, image, after.get(place))
                    and result.get(place) not in (None, known)
                    for place, known in chart.items()
                ):
                    rule = step.rule
                    yield rule.message(
                        identity(start),
                        f"{verb}: the chart has a container {name}, whose image it would replace",
                        "choose another name, or change it under containers:",
                        id="same-name",
                    )


def _added(step: Step, verbs: Sequence[str]) -> Iterator[tuple[str, str, Data]]:
    """The containers with an image that a rule adds: verb, name, image."""
    for verb, value in step.rule.verbs:
        for entry in value if verb in verbs else ():
            image = entry.change.fields.get("image")
            if image:
                yield verb, entry.change.name, image


def _images(obj: Object, workloads: Workloads) -> dict[tuple[int, str], str]:
    """The images of an object's containers, by the number of the pod and the container's name."""
    return {
        (i, str(container.get("name"))): image
        for i, place in enumerate(pod_places(obj, workloads))
        for _, container in containers(get(obj, place.spec))
        for image in [container.get("image")]
        if isinstance(image, str) and image.strip()
    }
