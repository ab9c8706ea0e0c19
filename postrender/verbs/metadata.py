"""
Labels and annotations of an object or of its pod template: adds, changes, and removes by null. With
`$patch: replace`, all others are removed.
"""

from __future__ import annotations

from postrender.data import dotted
from postrender.kubernetes.directives import DEFAULT, field_of
from postrender.kubernetes.objects import FILENAME
from postrender.rules.directives import defaults_of, entries_of, is_whole
from postrender.value import Value
from postrender.verbs.generated_names import PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


class Texts(Value):
    """
    Labels or annotations of a rule: null takes one away, operations change the text that is there;
    `defaults` are for those that are not there; whether no others may be there.
    """

    entries: dict[str, str | Object | None]
    defaults: dict[str, str]
    is_whole: bool


def read(check: Checker, value: Data, path: Path) -> Texts:
    """The rule's value: a mapping of texts; null takes an entry away."""
    value = check.mapping(value, path)
    entries = {
        key: None if item is None else _read_text(check, item, place)
        for key, item, place in entries_of(check, value, path)
    }
    below = (*path, DEFAULT)
    defaults = {
        field_of(key): check.text(item, (*below, key))
        for key, item in defaults_of(check, value, path).items()
    }
    return Texts(entries, defaults, is_whole(check, value, path))


def _read_text(check: Checker, value: Data, path: Path) -> str | Object:
    """A text, or operations of the one that is there."""
    if not isinstance(value, dict) or not any(key[:1] == "$" for key in value):
        return check.text(value, path)
    from postrender.rules.operations import read_text_operation

    text: str | Object = read_text_operation(check, value, path)
    return text


def apply_texts(obj: Object, field: str, texts: Texts, verb: str, context: Context) -> Object:
    """The same as `put_texts`, for a verb of a rule: what it takes away is noted."""
    old = (obj.get("metadata") or {}).get(field) or {}
    entries: dict[str, str | None] = {
        key: text for key, text in texts.defaults.items() if key not in old
    }
    for key, text in texts.entries.items():
        if isinstance(text, dict):
            changed = _changed(old.get(key), text, (verb, key), old, context)
            entries |= {key: changed} if changed is not None else {}
            continue
        if text is None:
            context.seek((verb, key), old, is_found=key in old)
        entries[key] = text
    return put_texts(obj, field, entries, is_whole=texts.is_whole)


def _changed(
    old: Data, operations: Object, place: Path, there: Object, context: Context
) -> str | None:
    """The text as operations want it; None where there is none."""
    from postrender.kubernetes.directives import LOWER, TEXT_OPERATIONS
    from postrender.kubernetes.strategicmerge import MergeError, merge_text

    if old is None and LOWER not in operations:
        if any(operations.get(name) for name in TEXT_OPERATIONS):
            context.seek((*place, next(iter(operations))), there, is_found=False)
        return None
    try:
        return merge_text(old, operations, (), seek=context.seeking(place, operations))
    except MergeError as error:
        context.fail(f"{dotted((*place, *error.path))}: {error}")


def put_texts(
    obj: Object, field: str, entries: Mapping[str, str | None], *, is_whole: bool = False
) -> Object:
    """
    The object (or template) with the texts in `metadata.<field>`, without those that are None; the
    very same where all are there already. `is_whole`: without any others, but for what kmod-post or
    Helm marks objects with.
    """
    metadata = obj.get("metadata") or {}
    old = metadata.get(field) or {}
    new = {**old}
    if is_whole:
        new = {key: value for key, value in old.items() if key in entries or _is_mark(key)}
    for key, value in entries.items():
        if value is not None:
            new[key] = value
        else:
            new.pop(key, None)
    if new == old:
        return obj
    if not new:
        metadata = {key: value for key, value in metadata.items() if key != field}
        return {**obj, "metadata": metadata}
    if "metadata" in obj or "spec" not in obj:
        return {**obj, "metadata": {**metadata, field: new}}
    known = {key: value for key, value in obj.items() if key != "spec"}
    return {**known, "metadata": {field: new}, "spec": obj["spec"]}  # where people look for it


def _is_mark(key: str) -> bool:
    """Whether an annotation is one of kmod-post's, or says which template an object is from."""
    return key == FILENAME or key.startswith(PREFIX)
