"""
Labels and annotations of an object or of its pod template: adds, changes, and removes by null. With
`$patch: replace`, all others are removed.
"""

from __future__ import annotations

from postrender.kubernetes.objects import FILENAME
from postrender.rules.directives import entries_of, is_whole
from postrender.value import Value
from postrender.verbs.generated_names import PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


class Texts(Value):
    """Labels or annotations of a rule: null takes one away; whether no others may be there."""

    entries: dict[str, str | None]
    is_whole: bool


def read(check: Checker, value: Data, path: Path) -> Texts:
    """The rule's value: a mapping of texts; null takes an entry away."""
    value = check.mapping(value, path)
    entries = {
        key: None if item is None else check.text(item, place)
        for key, item, place in entries_of(check, value, path)
    }
    return Texts(entries, is_whole(check, value, path))


def apply_texts(obj: Object, field: str, texts: Texts, verb: str, context: Context) -> Object:
    """The same as `put_texts`, for a verb of a rule: what it takes away is noted."""
    old = (obj.get("metadata") or {}).get(field) or {}
    for key, text in texts.entries.items():
        if text is None:
            context.seek((verb, key), old, is_found=key in old)
    return put_texts(obj, field, texts)


def put_texts(obj: Object, field: str, texts: Texts) -> Object:
    """
    The object (or template) with the texts in `metadata.<field>`; the very same where all are there
    already. What kmod-post or Helm marks objects with stays.
    """
    metadata = obj.get("metadata") or {}
    old = metadata.get(field) or {}
    new = {
        key: value
        for key, value in old.items()
        if texts.entries.get(key, None if texts.is_whole and not _is_mark(key) else "") is not None
    }
    new.update({key: value for key, value in texts.entries.items() if value is not None})
    if new == old:
        return obj
    if not new:
        metadata = {key: value for key, value in metadata.items() if key != field}
        return {**obj, "metadata": metadata}
    known = {key: value for key, value in obj.items() if key != "spec"}
    if "metadata" in obj or len(known) == len(obj):
        return {**obj, "metadata": {**metadata, field: new}}
    return {**known, "metadata": {field: new}, "spec": obj["spec"]}  # where people look for it


def _is_mark(key: str) -> bool:
    """Whether an annotation is one of kmod-post's, or says which template an object is from."""
    return key == FILENAME or key.startswith(PREFIX)
