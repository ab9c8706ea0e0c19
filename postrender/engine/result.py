"""
The result is checked: what the API server refuses in an object that rules have changed, or what
their authors cannot have meant.

Only what rules have brought about is found, and only if it is still there after all rules. What the
chart had already is its own business, and objects that no rule changes are not looked at.
"""

from __future__ import annotations

from postrender.kubernetes.objects import (
    has_one_content,
    identity,
    metadata,
    text_of,
    texts_of,
)
from postrender.kubernetes.validation.names import name_findings
from postrender.verbs import OBJECT, VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postrender.data import Object
    from postrender.engine.changes import History, Step
    from postrender.errors import Message
    from postrender.kubernetes.objects import Workloads
    from postrender.kubernetes.validation import Found, Sound

# Verbs that cannot bring what only the table of types tells. It takes its time to load, and other
# verbs have loaded it.
_PLAIN = frozenset(("annotations", "images", "labels", "podAnnotations", "podLabels", "remove"))
# Kinds whose pods may change while the object exists.
_ROLLED = frozenset(("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"))
# Verbs that can take away what a selector asks for.
_SELECTED = frozenset(("jsonPatch", "labels", "merge", "podLabels", "remove"))


def may_unselect(histories: Sequence[History]) -> bool:
    """Whether `selecting.py` has to look: other steps leave labels and selectors as they are."""
    for history in histories:
        before, after = history.before, history.after
        if after is not None and history.keeps_content and _keeps_labels(before, after):
            continue
        if any(name in _SELECTED for step in history.steps for name, _ in step.rule.verbs):
            return True
    return False


def _keeps_labels(before: Object, after: Object) -> bool:
    """Whether an object has the labels that it had."""
    old, new = metadata(before).get("labels"), metadata(after).get("labels")
    if isinstance(old, dict) and isinstance(new, dict) and old.items() <= new.items():
        return True
    return texts_of(before, "labels").items() <= texts_of(after, "labels").items()


def check_result(histories: Sequence[History], workloads: Workloads) -> list[Message]:
    """
    What is found in the objects after all steps (one rule, one object), each blamed on the rule
    whose step brought it: errors and warnings, in the order of the steps.
    """
    found: list[tuple[int, Message]] = []
    sound: Sound = {}
    for history in histories:
        own, places, start, end = history.steps, history.places, history.before, history.after
        if end is None or history.is_kept:
            continue
        if not history.keeps_content and _may_be_fixed(own):
            found += [(places[at], message) for at, message in _changed_for_ever(own)]
        by_type = any(name not in _PLAIN for step in own for name, _ in step.rule.verbs)
        new = dict.fromkeys(findings(end, start, workloads, sound, by_type=by_type))
        if new:
            known = set(findings(start, end, workloads, sound, by_type=by_type))
            for key, text, advice in new:
                if (key, text, advice) not in known:
                    at = _brought_by(own, (key, text, advice), workloads, sound, by_type=by_type)
                    rule = own[at].rule
                    message = rule.message(identity(own[at].before), text, advice, id=key)
                    found.append((places[at], message))
    found.sort(key=lambda entry: entry[0])
    return [message for _, message in found]


def _may_be_fixed(steps: Sequence[Step]) -> bool:
    """Whether fields that cannot change may have changed: a controller replaces its pods."""
    return text_of(steps[0].before, "kind") not in _ROLLED or any(
        VERBS[name].target == OBJECT for step in steps for name, _ in step.rule.verbs
    )


def _changed_for_ever(steps: Sequence[Step]) -> list[tuple[int, Message]]:
    """What the steps of an object change that no upgrade can, each with the last that does."""
    from postrender.kubernetes.validation.immutable import immutable_changes

    start, end = steps[0].before, steps[-1].after
    by_step = [{*immutable_changes(step.before, step.after or {})} for step in steps]
    found = []
    for field in immutable_changes(start, end or {}):
        changing = (i for i, fields in enumerate(by_step) if field in fields)
        at = max(changing, default=len(steps) - 1)
        message = steps[at].rule.message(
            identity(steps[at].before),
            f"{field} cannot change while the object exists, so an upgrade of a release that was "
            "installed without this rule will fail",
            "delete the object before that upgrade",
            id="immutable-field",
        )
        found.append((at, message))
    return found


def _brought_by(
    steps: Sequence[Step],
    finding: tuple[str, str, str],
    workloads: Workloads,
    sound: Sound,
    *,
    by_type: bool,
) -> int:
    """The place of the last step that found an object without this finding and left it with it."""

    def has(obj: Object | None) -> bool:
        start = steps[0].before
        return obj is not None and finding in findings(
            obj, start, workloads, sound, by_type=by_type
        )

    if len(steps) == 1:
        return 0
    return max(
        (i for i, step in enumerate(steps) if not has(step.before) and has(step.after)),
        default=len(steps) - 1,
    )


def findings(
    obj: Object, old: Object, workloads: Workloads, sound: Sound, *, by_type: bool
) -> Iterator[Found]:
    """
    All that is to be said of an object. `old` is another state of the object: what the two share is
    passed over where that saves time, so that findings in it may or may not be there. `sound` is
    what the checks keep from one object to the next. `by_type` also asks the table of types, which
    takes its time to load.
    """
    if text_of(obj, "kind") == "Pod" or not has_one_content(obj, old):
        from postrender.kubernetes.validation.pods import pod_findings

        yield from pod_findings(obj, old, workloads, sound)
        if text_of(obj, "kind") == "Service" and text_of(obj, "apiVersion") == "v1":
            from postrender.kubernetes.validation.services import service_findings

            yield from service_findings(obj)
    yield from name_findings(obj, old)
    if by_type:
        from postrender.kubernetes.validation.shapes import shape_findings

        yield from shape_findings(obj, old, sound)
