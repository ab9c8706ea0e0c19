"""
Selectors that found something in the stream before the rules and find nothing after them: a Service
without pods, a ServiceMonitor without Services.

Only what rules take away is looked at: labels that are gone or have another value, objects that are
removed, selectors that are changed. A label that is new can stop only a selector with `NotIn` or
`DoesNotExist`, which is not looked for.
"""

from __future__ import annotations

from postrender.data import get, same
from postrender.kubernetes.objects import group, identity, pod_kinds, pod_places, text_of, texts_of
from postrender.kubernetes.selectors import POD_SELECTORS, requirements, selector_of, unmet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from postrender.data import Object
    from postrender.engine.changes import History, Step
    from postrender.errors import Message
    from postrender.kubernetes.objects import Workloads
    from postrender.stream.manifests import Manifests

    _Target: TypeAlias = tuple[str, dict[str, str], list[int]]

_MONITOR = ("monitoring.coreos.com", "ServiceMonitor")
# Where each kind has its selector: of pods, or of Services (prometheus-operator
# ServiceMonitorSpec).
_SELECTORS = {**POD_SELECTORS, _MONITOR: ("spec", "selector")}


def lost_selectors(
    histories: Sequence[History], manifests: Manifests, workloads: Workloads
) -> list[Message]:
    """A warning for each such selector, blamed on the last rule that took something from it."""
    if not any(_takes(history.before, history.after, workloads) for history in histories):
        return []
    kinds = {*pod_kinds(workloads), *(kind for _, kind in _SELECTORS)} & manifests.by_kind.keys()
    objects = [
        subject.obj
        for home in manifests.candidates(kinds)
        for _, subject in manifests.subjects_of(home)
    ]
    changed = {id(history.after): history for history in histories}
    unchanged = (obj for obj in objects if id(obj) not in changed)
    now = _Found(((obj, []) for obj in objects), workloads)
    then = _Found(
        (
            *((history.before, history.places) for history in histories),
            *((obj, []) for obj in unchanged),
        ),
        workloads,
    )
    steps: dict[int, Step] = {}
    for history in histories:
        steps.update(zip(history.places, history.steps, strict=True))
    found = []
    for obj in objects:
        own = changed.get(id(obj))
        lost = then.by(own.before if own else obj)
        if not lost or now.by(obj):
            continue
        last = max(place for at in (own.places if own else [], *lost) for place in at)
        step = steps[last]
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


class _Found:
    """What selectors find: pods and Services by their labels, with the places of each object."""

    def __init__(self, objects: Iterable[tuple[Object, list[int]]], workloads: Workloads) -> None:
        # Of pods (False) and of Services (True): namespace, labels, places; all, and by each label.
        self._all: dict[bool, list[_Target]] = {False: [], True: []}
        self._by_label: dict[tuple[bool, str, str], list[_Target]] = {}
        for obj, places in objects:
            found = [(False, labels) for labels in _labels(obj, workloads)]
            if (group(obj), text_of(obj, "kind")) == ("", "Service"):
                found.append((True, texts_of(obj, "labels")))
            for is_service, labels in found:
                target = (text_of(obj, "namespace"), labels, places)
                self._all[is_service].append(target)
                for name, value in labels.items():
                    self._by_label.setdefault((is_service, name, value), []).append(target)

    def by(self, obj: Object) -> list[list[int]]:
        """The places of each object that this one's selector finds; none where it has none."""
        selector = selector_of(obj, _SELECTORS)
        if not selector:
            return []
        is_monitor = _is_monitor(obj)
        known = self._all[is_monitor]
        for name, value in requirements(selector)[0].items():
            if isinstance(value, str):  # no label is anything else
                known = self._by_label.get((is_monitor, name, value), [])
                break
        is_anywhere = isinstance(get(obj, ("spec", "namespaceSelector")), dict)
        namespace = text_of(obj, "namespace")
        return [
            places
            for of, labels, places in known
            if (is_anywhere or of == namespace) and not unmet(selector, labels)
        ]


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
    return (
        has_lost
        or is_moved
        or not same(selector_of(before, _SELECTORS), selector_of(after, _SELECTORS))
    )


def _labels(obj: Object, workloads: Workloads) -> Iterator[dict[str, str]]:
    """The labels of each pod of an object."""
    for place in pod_places(obj, workloads):
        if place.template is not None:
            yield texts_of(get(obj, place.template), "labels")


def _is_monitor(obj: Object) -> bool:
    return (group(obj), text_of(obj, "kind")) == _MONITOR
