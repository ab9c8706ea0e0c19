"""
What a verb on the whole object must not break: the object's identity, and that its selector matches
its own pods.

The API server accepts no object without apiVersion, kind and a name, and an object with others is
another object: Helm removes the one that it had installed. The API server refuses a workload whose
selector does not match its template's labels (kubernetes pkg/apis/apps/validation,
ValidatePodTemplateSpecForReplicaSet: "`selector` does not match template `labels`"), and a
controller without such a check would lose its pods.
"""

from __future__ import annotations

from postrender.data import dotted, get
from postrender.kubernetes.objects import metadata, text_of
from postrender.kubernetes.selectors import own_selectors, selected_labels, unmet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context

IDENTITY: tuple[Path, ...] = (
    ("apiVersion",),
    ("kind",),
    ("metadata", "name"),
    ("metadata", "namespace"),
)


def check(old: Object, new: Object, verb: str, context: Context) -> None:
    """
    Raises VerbError where the verb has taken away what an object needs. Labels that its selectors
    now ask for in vain go to `context.unheld`: a later verb of the rule may set them.
    """
    for field in sorted(_parts(old) - _parts(new)):
        context.fail(f"{verb}: it leaves the object without {field}", "remove it from the rule")
    fields = " and ".join(
        dotted(path) for path in IDENTITY if _part(old, path, context) != _part(new, path, context)
    )
    if fields:
        context.fail(
            f"{verb}: it changes {fields}, which makes another object of it",
            f"leave {fields} out, as match: says which objects the rule is for",
            id="rename",
        )
    unheld = set(_unheld(new)) - set(_unheld(old))
    context.unheld.update(dict.fromkeys(unheld, verb))
    context.selected = selected_labels(new) - unheld


def check_early(check: Checker, given: Mapping[Path, tuple[Path, Data]]) -> None:
    """
    Notes parts of an identity that no object of the rule's `match` has: `given` is what a rule says
    of each, with its place there. Others are seen when there are objects.
    """
    for path, (place, value) in given.items():
        globs = check.matched.get(str(path[-1]))
        if globs is not None and isinstance(value, str) and value not in globs:
            field = dotted(path)
            check.add(
                place,
                f"it changes {field}, which makes another object of it",
                f"leave {field} out, as match: says which objects the rule is for",
                value=True,
                id="rename",
            )


def _part(obj: Object, path: Path, context: Context) -> str:
    """A part of an object's identity; empty where it has none."""
    found = text_of(obj, str(path[-1]))
    return found or context.default_namespace if path[-1] == "namespace" else found


def check_selectors(obj: Object, context: Context) -> None:
    """Raises VerbError where a selector still asks for such a label when all verbs are done."""
    for label in sorted(context.unheld.keys() & set(_unheld(obj))):
        context.fail(
            (
                f'{context.unheld[label]}: its selector asks for label "{label}", which the pod '
                "template does not have any more"
            ),
            "change both or neither",
        )


def _parts(obj: Object) -> set[str]:
    """What of an object's identity is there, as text."""
    found = {key for key in ("apiVersion", "kind") if text_of(obj, key)}
    if text_of(obj, "name") or metadata(obj).get("generateName"):
        found.add("metadata.name")
    return found


def _unheld(obj: Object) -> Iterator[str]:
    """The label keys of the object's selectors that its pod templates do not hold."""
    for path, selector in own_selectors(obj):
        labels = get(obj, (*path[:-1], "template", "metadata", "labels"))
        yield from unmet(selector, labels if isinstance(labels, dict) else {})
