"""
`$default`: fields for a mapping that has them not. What is there wins, in every mapping below.

To Kubernetes a null, an empty list and an empty text are as nothing, so they count as absent.
"""

from __future__ import annotations

from postrender.data import same
from postrender.kubernetes.entries import identity
from postrender.kubernetes.types import element, fields_of, is_list, is_type
from postrender.kubernetes.unions import union_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from postrender.data import Object

    # The keys by which a list of a type is merged: see `strategicmerge.merge_keys`.
    MergeKeys = Callable[[str, str], tuple[str, ...] | None]


def with_defaults(target: Object, defaults: Object, kind: str, keys_of: MergeKeys) -> Object:
    """
    The target, a mapping of a type `kind`, with the defaults that it has not; the very same where
    it has all. A second member of what Kubernetes takes only one of is left out.
    """
    result = dict(target)
    fields = fields_of(kind) if is_type(kind) else {}
    for name, value in _fitting(target, defaults, kind).items():
        old = target.get(name)
        field = fields.get(name)
        shape = field.shape if field else _of_no_type(kind)
        if isinstance(old, dict) and isinstance(value, dict):
            result[name] = with_defaults(old, value, shape, keys_of)
        elif old in (None, "") or (old == [] and isinstance(value, list)):
            result[name] = value
        elif isinstance(old, list) and isinstance(value, list) and (keys := keys_of(kind, name)):
            inner = element(shape) if is_list(shape) else _of_no_type(kind)
            result[name] = _with_entries(old, value, inner, keys, keys_of)
    return target if same(result, target) else result


def _of_no_type(kind: str) -> str:
    """What holds a field that no type tells: in a custom kind, `*`, names of fields tell it."""
    return kind if kind == "*" else ""


def _fitting(target: Object, defaults: Object, kind: str) -> Object:
    """The defaults without those that the target has another one for, of which only one can be."""
    union = union_of(kind)
    if union is None:
        return defaults
    if union.decided_by:
        decided = target.get(union.decided_by, defaults.get(union.decided_by))
        allowed = union.allowed.get(decided) if isinstance(decided, str) else None
        others = {member for member in union.members if member != allowed}
        return {name: value for name, value in defaults.items() if name not in others}
    there = [name for name in union.members if target.get(name) is not None]
    if not there:
        return defaults
    return {
        name: value
        for name, value in defaults.items()
        if name not in union.members or name in there
    }


def _with_entries(
    old: list[Any], defaults: list[Any], kind: str, keys: tuple[str, ...], keys_of: MergeKeys
) -> list[Any]:
    """The entries of a keyed list with defaults, and those that it has not at its end."""
    places = {identity(entry, keys, ("", i), "object"): i for i, entry in enumerate(old)}
    result = list(old)
    for i, entry in enumerate(defaults):
        place = places.get(identity(entry, keys, ("", i), "patch"))
        if place is None:
            result.append(entry)
        else:
            result[place] = with_defaults(old[place], entry, kind, keys_of)
    return old if same(result, old) else result
