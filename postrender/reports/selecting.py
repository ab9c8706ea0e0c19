"""Which objects of a stream find the pods of a workload: by labels, or by its kind and name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from postrender.data import get
from postrender.kubernetes.objects import group, text_of
from postrender.kubernetes.selectors import POD_SELECTORS, requirements, selector_of, unmet

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from postrender.data import Object
    from postrender.kubernetes.objects import PodPlace
    from postrender.stream.manifest import Subject

# Objects that find a workload by its kind and name (k8s.io/api autoscaling/v2 types.go;
# kubernetes/autoscaler VerticalPodAutoscalerSpec; keda ScaledObjectSpec, whose kind is Deployment
# where none is given).
_BY_NAME = {
    ("autoscaling", "HorizontalPodAutoscaler"): ("spec", "scaleTargetRef"),
    ("autoscaling.k8s.io", "VerticalPodAutoscaler"): ("spec", "targetRef"),
    ("keda.sh", "ScaledObject"): ("spec", "scaleTargetRef"),
}
# … and those that find pods by labels.
_FINDING = {**POD_SELECTORS, **_BY_NAME}
SELECTING_KINDS = frozenset(kind for _, kind in _FINDING)


class _Selecting(NamedTuple):
    """An object that finds pods, and its number among them."""

    number: int
    subject: Subject
    selector: Object


class Selecting:
    """The objects that find pods, by what they look for: a stream may have thousands of both."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        found = [
            _Selecting(number, subject, selector)
            for number, subject in enumerate(subjects)
            if (selector := selector_of(subject.obj, _FINDING)) is not None
        ]
        wanted = [_wanted(one) for one in found]
        counts = Counter(key for keys in wanted for key in keys)
        self._by_key: dict[Hashable, list[_Selecting]] = {}
        for one, keys in zip(found, wanted, strict=True):
            # Charts give the same few labels to all; the rarest tells most.
            key = min(keys, key=lambda key: counts[key], default=None)
            self._by_key.setdefault((one.subject.namespace, key), []).append(one)

    def of(self, workload: Subject, places: Iterable[PodPlace]) -> list[Subject]:
        """The objects that find a pod of this workload, in their order."""
        labels = [
            found if isinstance(found, dict) else {}
            for place in places
            if place.template is not None
            for found in [get(workload.obj, (*place.template, "metadata", "labels"))]
        ]
        name = text_of(workload.obj, "kind"), text_of(workload.obj, "name")
        keys = [None, name, *(pair for pod in labels for pair in _pairs(pod))]
        found = {
            one.number: one.subject
            for key in keys
            for one in self._by_key.get((workload.namespace, key), ())
            if _selects(one, name, labels)
        }
        return [found[number] for number in sorted(found)]


def _wanted(one: _Selecting) -> list[Hashable]:
    """What a workload has that this object finds, each as one key; empty if that is unknown."""
    if _is_by_name(one.subject):
        return [_target(one.selector)]
    return _pairs(requirements(one.selector)[0])


def _pairs(labels: Object) -> list[Hashable]:
    """Labels with their values; without those whose value, against the rules, is no text."""
    return [(key, value) for key, value in labels.items() if isinstance(value, str)]


def _selects(one: _Selecting, name: tuple[str, str], labels: list[Object]) -> bool:
    if _is_by_name(one.subject):
        return _target(one.selector) == name
    if text_of(one.subject.obj, "kind") == "Service" and not one.selector:
        return False  # it has endpoints of its own
    return any(not unmet(one.selector, pod) for pod in labels)


def _is_by_name(subject: Subject) -> bool:
    return (group(subject.obj), text_of(subject.obj, "kind")) in _BY_NAME


def _target(selector: Object) -> tuple[str, str]:
    """The kind and name of a workload that is found by its name."""
    return str(selector.get("kind") or "Deployment"), str(selector.get("name"))
