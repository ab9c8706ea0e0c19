"""How reports name an object of the stream: what it is, and where."""

from __future__ import annotations

from postrender.kubernetes.objects import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable

    from postrender.data import Object


def reference(obj: Object, source: str, line: int | None) -> Object:
    """
    An object as reports name it: `apiVersion`, `kind`, `namespace` and `name`, those that it has;
    its template, and the line of the stream where its document begins, where there are such.
    """
    known = {key: text_of(obj, key) for key in ("apiVersion", "kind", "namespace", "name")}
    known["source"] = source
    ref: Object = {key: text for key, text in known.items() if text}
    return ref if line is None else {**ref, "line": line}


def key_of(ref: Object) -> Hashable:
    """What tells an object from all others in one report."""
    return tuple(ref.get(key) for key in ("kind", "namespace", "name", "line"))


def name_of(ref: Object) -> str:
    """The object as messages name it, `Deployment/shop/web`: see `kubernetes.objects.identity`."""
    parts = (ref.get("kind"), ref.get("namespace"), ref.get("name") or "(no name)")
    return "/".join(part for part in parts if part)
