"""
Labels and annotations of an object or of its pod template: adds, changes, and removes by null.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


def read(check: Checker, value: Data, path: Path) -> dict[str, str | None]:
    """The rule's value: a mapping of texts; null takes an entry away."""
    return {
        key: None if item is None else check.text(item, (*path, key))
        for key, item in check.mapping(value, path).items()
    }


def apply_texts(
    obj: Object, field: str, texts: dict[str, str | None], verb: str, context: Context
) -> Object:
    """The same as `put_texts`, for a verb of a rule: what it takes away is noted."""
    old = (obj.get("metadata") or {}).get(field) or {}
    for key, text in texts.items():
        if text is None:
            context.seek((verb, key), old, is_found=key in old)
    return put_texts(obj, field, texts)


def put_texts(obj: Object, field: str, texts: dict[str, str | None]) -> Object:
    """
    The object (or template) with the texts in `metadata.<field>`; the very same where all are there
    already.
    """
    metadata = obj.get("metadata") or {}
    old = metadata.get(field) or {}
    new = {key: value for key, value in old.items() if texts.get(key, "") is not None}
    new.update({key: value for key, value in texts.items() if value is not None})
    if new == old:
        return obj
    if not new:
        metadata = {key: value for key, value in metadata.items() if key != field}
        return {**obj, "metadata": metadata}
    known = {key: value for key, value in obj.items() if key != "spec"}
    if "metadata" in obj or len(known) == len(obj):
        return {**obj, "metadata": {**metadata, field: new}}
    return {**known, "metadata": {field: new}, "spec": obj["spec"]}  # where people look for it
