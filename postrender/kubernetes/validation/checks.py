"""All checks of an object, those that it needs loaded."""

from __future__ import annotations

from postrender.kubernetes.objects import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Object
    from postrender.kubernetes.objects import Workloads
    from postrender.kubernetes.validation import Found


def findings(obj: Object, old: Object, workloads: Workloads, *, by_type: bool) -> Iterator[Found]:
    """
    All that is to be said of an object. `old` is another state of the object: what the two share is
    passed over where that saves time, so that findings in it may or may not be there. `by_type`
    also asks the table of types, which takes its time to load.
    """
    from postrender.kubernetes.validation.names import name_findings

    if text_of(obj, "kind") == "Pod" or not has_one_content(obj, old):
        from postrender.kubernetes.validation.pods import pod_findings

        yield from pod_findings(obj, old, workloads)
        if text_of(obj, "kind") == "Service" and text_of(obj, "apiVersion") == "v1":
            from postrender.kubernetes.validation.services import service_findings

            yield from service_findings(obj)
    yield from name_findings(obj, old)
    if by_type:
        from postrender.kubernetes.validation.shapes import shape_findings

        yield from shape_findings(obj, old)


def has_one_content(obj: Object, old: Object) -> bool:
    """Whether two states of an object share all but their metadata."""
    fields = (obj.keys() | old.keys()) - {"metadata"}
    return all(obj.get(name) is old.get(name) for name in fields)
