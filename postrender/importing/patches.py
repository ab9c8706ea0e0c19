"""
A strategic merge patch of kustomize as a wish.

Both merge nearly alike. Where kustomize replaces a list that `merge` merges by a key (lists of
custom kinds, volumeClaimTemplates, versions of a CRD), the wish says `$patch: replace`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.importing import strategic
from postrender.importing.shapes import CUSTOM, below, entry_of, is_whole, keys_of, root_of
from postrender.kubernetes.types import fields_of, is_type

if TYPE_CHECKING:
    from postrender.data import Data, Object

_REPLACED: Object = {"$patch": "replace"}


def of_patch(patch: Object, obj: Object) -> Object:
    """The wish of a patch (without what names its object) for an object, or one of its kind."""
    return _mapping(patch, root_of(obj), obj)


def _mapping(patch: Object, shape: str, old: Data) -> Object:
    found: Object = {}
    for key, value in patch.items():
        if key.startswith("$"):
            found[key] = value
        else:
            found[key] = _value(value, shape, key, old.get(key) if isinstance(old, dict) else None)
    return found


def _value(value: Data, shape: str, name: str, old: Data) -> Data:
    inner = below(shape, name)
    if isinstance(value, dict) and value.get("$patch") == "delete":
        return None  # Kubernetes would leave an empty mapping
    if isinstance(value, dict):
        if is_whole(shape, name) and isinstance(old, dict):
            return strategic.value_of(old, value, inner)
        return _mapping(value, inner, old)
    if not isinstance(value, list):
        return value
    of = entry_of(inner)
    entries = [_mapping(item, of, None) if isinstance(item, dict) else item for item in value]
    keys = keys_of(shape, name)
    if keys and not _is_merged(shape, name) and _REPLACED not in entries:
        return [dict(_REPLACED), *entries] if entries else entries
    return entries


def _is_merged(shape: str, name: str) -> bool:
    """Whether kustomize merges a list by a key too."""
    if shape == CUSTOM or not is_type(shape):
        return False
    field = fields_of(shape).get(name)
    return field is not None and field.merge is not None
