"""
Selectors that found something in the stream before the rules and find nothing after them: a Service
without pods, a ServiceMonitor without Services.

Only what rules take away is looked at: labels that are gone or have another value, objects that are
removed, selectors that are changed. A label that is new can stop only a selector with `NotIn` or
`DoesNotExist`, which is not looked for.
"""

from __future__ import annotations

from postrender.data import get, same
from postrender.engine.changes import by_object
from postrender.kubernetes.objects import group, identity, pod_kinds, pod_places, text_of, texts_of
from postrender.kubernetes.selectors import POD_SELECTORS, unmet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postrender.data import Object
    from postrender.engine.changes import Step
    from postrender.errors import Message
    from postrender.kubernetes.objects import Workloads
    from postrender.stream.manifests import Manifests

_MONITOR = ("monitoring.coreos.com", "ServiceMonitor")
# Where each kind has its selector: of pods, or of Services (prometheus-operator
# ServiceMonitorSpec).
_SELECTORS = {**POD_SELECTORS, _MONITOR: ("spec", "selector")}


def lost_selectors(
    steps: Sequence[Step], manifests: Manifests, workloads: Workloads
) -> list[Message]:
    """A warning for each such selector, blamed on the last rule that took something from it."""
    changed = [[steps[i] for i in places] for places in by_object(steps)]
    if not any(_takes(own[0].before, own[-1].after, workloads) for own in changed):
        return []
    before = {_key(own[0].before): own for own in changed}
    kinds = {*pod_kinds(workloads), *(kind for _, kind in _SELECTORS)} & manifests.by_kind.keys()
    now = [
        subject.obj
        for home in manifests.candidates(kinds)
        for _, subject in manifests.subjects_of(home)
    ]
    then = [own[0].before for own in changed]
    touched = {id(own[-1].after) for own in changed}
    then += [obj for obj in now if id(obj) not in touched]
    found = []
    for obj in now:
        own = next((each for each in changed if each[-1].after is obj), [])
        was = own[0].before if own else obj
        lost = [other for other in then if _selects(was, other, workloads)]
        if not lost or any(_selects(obj, other, workloads) for other in now):
            continue
        to_blame = [*own, *(step for other in lost for step in before.get(_key(other), ()))]
        if to_blame:
            step = max(to_blame, key=steps.index)
            kind = "Service" if _is_monitor(obj) else "pod"
            found.append(
                step.rule.message(
                    identity(obj),
                    f"its selector finds no {kind} of the chart any more",
                    "keep the labels that it asks for, or change it too",
                    id="selector-finds-nothing",
                )
            )
    return found


def _takes(before: Object, after: Object | None, workloads: Workloads) -> bool:
    """Whether a change may leave a selector without what it has found."""
    old = [*_labels(before, workloads), texts_of(before, "labels")]
    if after is None:
        return any(old)
    new = [*_labels(after, workloads), texts_of(after, "labels")]
    is_moved = text_of(before, "namespace") != text_of(after, "namespace")
    has_lost = any(
        not had.items() <= has.items() for had, has in zip(old, new, strict=False)
    ) or len(new) < len(old)
    return has_lost or is_moved or not same(_selector(before), _selector(after))


def _labels(obj: Object, workloads: Workloads) -> Iterator[dict[str, str]]:
    """The labels of each pod of an object."""
    for place in pod_places(obj, workloads):
        if place.template is not None:
            yield texts_of(get(obj, place.template), "labels")


def _selector(obj: Object) -> Object | None:
    """The selector of an object that finds others by one."""
    path = _SELECTORS.get((group(obj), text_of(obj, "kind")))
    found = get(obj, path) if path else None
    return found if isinstance(found, dict) else None


def _selects(obj: Object, other: Object, workloads: Workloads) -> bool:
    """Whether an object's selector finds another one, or its pods."""
    selector = _selector(obj)
    if not selector:
        return False
    is_anywhere = isinstance(get(obj, ("spec", "namespaceSelector")), dict)
    if not is_anywhere and text_of(obj, "namespace") != text_of(other, "namespace"):
        return False
    if _is_monitor(obj):
        is_service = (group(other), text_of(other, "kind")) == ("", "Service")
        return is_service and not unmet(selector, texts_of(other, "labels"))
    return any(not unmet(selector, labels) for labels in _labels(other, workloads))


def _is_monitor(obj: Object) -> bool:
    return (group(obj), text_of(obj, "kind")) == _MONITOR


def _key(obj: Object) -> tuple[str, ...]:
    return group(obj), text_of(obj, "kind"), text_of(obj, "namespace"), text_of(obj, "name")
