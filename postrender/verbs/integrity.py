"""
What a verb on the whole object must not break: who the object is, and that its own selector finds
its pods.

The API server takes no object without apiVersion, kind and a name. It refuses a workload whose
selector does not match its template's labels (kubernetes pkg/apis/apps/validation,
ValidatePodTemplateSpecForReplicaSet: "`selector` does not match template `labels`"), and a
controller that is not checked so would lose its pods.
"""

from __future__ import annotations

from postrender.data import expand, get
from postrender.kubernetes.kinds import SELECTORS
from postrender.kubernetes.objects import group, metadata, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object
    from postrender.verbs.context import Scene


def check(old: Object, new: Object, verb: str, scene: Scene) -> None:
    """Raises VerbError where the verb has broken what was whole before."""
    for field in sorted(_parts(old) - _parts(new)):
        scene.fail(f"{verb}: it leaves the object without {field}; take that out of the rule")
    for label in sorted(set(_unheld(new)) - set(_unheld(old))):
        scene.fail(
            f'{verb}: its selector asks for label "{label}", which the pod template does not '
            "have so any more; change both or neither"
        )


def _parts(obj: Object) -> set[str]:
    """What of an object's identity is there, as text."""
    found = {key for key in ("apiVersion", "kind") if text_of(obj, key)}
    if text_of(obj, "name") or metadata(obj).get("generateName"):
        found.add("metadata.name")
    return found


def _unheld(obj: Object) -> Iterator[str]:
    """The label keys of the object's selectors that its pod templates do not hold."""
    pattern = SELECTORS.get((group(obj), text_of(obj, "kind")))
    for path in expand(obj, pattern) if pattern else ():
        selector = get(obj, path)
        labels = get(obj, (*path[:-1], "template", "metadata", "labels"))
        labels = labels if isinstance(labels, dict) else {}
        if not isinstance(selector, dict):
            continue
        wanted = selector.get("matchLabels", selector)
        if isinstance(wanted, dict):
            yield from (
                key
                for key, value in wanted.items()
                if isinstance(value, str) and labels.get(key) != value
            )
        expressions = selector.get("matchExpressions")
        for expression in expressions if isinstance(expressions, list) else []:
            if isinstance(expression, dict) and not _holds(expression, labels):
                yield str(expression.get("key"))


def _holds(expression: Object, labels: dict[str, Data]) -> bool:
    """
    Whether labels meet one of `matchExpressions`; source: apimachinery pkg/labels/selector.go,
    Requirement.Matches.
    """
    key, operator = expression.get("key"), expression.get("operator")
    values = expression.get("values")
    values = values if isinstance(values, list) else []
    if operator == "In":
        return key in labels and labels[key] in values
    if operator == "NotIn":
        return key not in labels or labels[key] not in values
    return (key in labels) == (operator != "DoesNotExist")
