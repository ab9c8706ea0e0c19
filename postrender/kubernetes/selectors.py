"""
Label selectors: the label keys they use, and whether labels meet them.

Sources: k8s.io/apimachinery meta/v1 helpers.go (LabelSelectorAsSelector), pkg/labels/selector.go
(Requirement.Matches). A selector is a LabelSelector (`matchLabels`, `matchExpressions`), or a plain
mapping of labels as Services and ReplicationControllers have.
"""

from __future__ import annotations

from postrender.data import expand, get
from postrender.kubernetes.kinds import SELECTORS
from postrender.kubernetes.objects import group, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Object, Path

# Where objects have the selector by which they find pods: k8s.io/api core/v1, policy/v1,
# networking/v1 types.go; prometheus-operator monitoring/v1 PodMonitorSpec.
POD_SELECTORS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "Service"): ("spec", "selector"),
    ("policy", "PodDisruptionBudget"): ("spec", "selector"),
    ("networking.k8s.io", "NetworkPolicy"): ("spec", "podSelector"),
    ("monitoring.coreos.com", "PodMonitor"): ("spec", "selector"),
}


def unmet(selector: Object, labels: Object) -> list[str]:
    """
    The label keys of the requirements that the labels do not meet; none where the selector selects
    them. What is no requirement, such as `values` that are no list, is met by nothing.
    """
    wanted, expressions = _requirements(selector)
    found = [key for key, value in wanted.items() if key not in labels or labels[key] != value]
    return found + [str(one.get("key")) for one in expressions if not _is_met(one, labels)]


def own_selectors(obj: Object, default: str = "") -> Iterator[tuple[Path, Object]]:
    """
    The selectors by which a workload finds its own pods, with their paths in it; `default` is where
    kinds have them that are not known.
    """
    pattern = SELECTORS.get((group(obj), text_of(obj, "kind")), default)
    for path in expand(obj, pattern) if pattern else ():
        selector = get(obj, path)
        if isinstance(selector, dict):
            yield path, selector


def selected_labels(obj: Object) -> frozenset[str]:
    """
    The label keys that the object's own selectors use: with other values on its pods they would not
    find them.
    """
    keys: set[str] = set()
    for _, selector in own_selectors(obj, "spec.selector"):
        wanted, expressions = _requirements(selector)
        keys.update(wanted, (str(one.get("key")) for one in expressions))
    return frozenset(keys)


def _requirements(selector: Object) -> tuple[Object, list[Object]]:
    """The labels that a selector asks for, and its expressions."""
    if not selector.keys() & {"matchLabels", "matchExpressions"}:
        return selector, []
    labels, expressions = selector.get("matchLabels"), selector.get("matchExpressions")
    return (
        labels if isinstance(labels, dict) else {},
        [one for one in expressions if isinstance(one, dict)]
        if isinstance(expressions, list)
        else [],
    )


def _is_met(expression: Object, labels: Object) -> bool:
    key = str(expression.get("key"))
    operator, values = expression.get("operator"), expression.get("values")
    if operator in ("Exists", "DoesNotExist"):
        return bool((key in labels) == (operator == "Exists"))
    if not isinstance(values, list) or operator not in ("In", "NotIn"):
        return False
    return bool((key in labels and labels[key] in values) == (operator == "In"))
