"""
Strategic merge as kustomize does it, on plain data: a small reading of its own, which shares with
kmod-post's `merge` only the table of merge keys.

Source: sigs.k8s.io/kustomize/kyaml yaml/merge2 and yaml/walk (associative_sequence.go): a null and
`$patch: delete` take out, `$patch: replace` replaces; entries of lists with a merge key come in the
patch's order, before those that only the object has; other lists are replaced. Custom kinds have no
merge keys.

Two things that kustomize makes wrong are made right here: it takes a port without protocol and one
with `protocol: TCP` for two, and loses the patch's; and it writes `$retainKeys` and
`$setElementOrder` into the object.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from postrender.data import KEY_DEFAULTS, same
from postrender.kubernetes.types import element, fields_of, is_list, is_type, type_of

if TYPE_CHECKING:
    from postrender.data import Data, Object


def merged(obj: Object, patch: Object) -> Object | None:
    """An object with a patch merged into it; None where the patch deletes it."""
    version, kind = str(obj.get("apiVersion")), str(obj.get("kind"))
    known = type_of(version, kind)
    found = value_of(deepcopy(obj), patch, "" if "/" in known else known)
    return found if isinstance(found, dict) else None


def value_of(old: Data, patch: Data, shape: str) -> Data:
    """What a patch makes of a value of a shape; None is nothing, in and out."""
    if isinstance(patch, dict):
        return _mapping(old if isinstance(old, dict) else None, patch, shape)
    return deepcopy(patch)


def _mapping(old: Object | None, patch: Object, shape: str) -> Object | None:
    directive = patch.get("$patch")
    if directive == "delete":
        return None
    new: Object = {} if old is None or directive == "replace" else dict(old)
    kept = patch.get("$retainKeys")
    if isinstance(kept, list):
        new = {key: value for key, value in new.items() if key in kept}
    fields = fields_of(shape) if is_type(shape) else {}
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        field = fields.get(key)
        inner = field.shape if field else ""
        if value is None:
            new.pop(key, None)
            continue
        if field and field.merge is not None and isinstance(value, list):
            found: Data = _list(new.get(key), value, field.merge, element(inner))
        elif isinstance(value, list):
            found = [_plain(item, element(inner) if is_list(inner) else "") for item in value]
        else:
            of = element(inner) if inner.startswith("{}") else inner
            found = value_of(new.get(key), value, of)
        if found is None:
            new.pop(key, None)
        else:
            new[key] = found
    return new


def _list(old: Data, patch: list[Data], keys: tuple[str, ...], shape: str) -> Data:
    """A list that is merged entry by entry; a list of scalars as a set."""
    before = old if isinstance(old, list) else []
    if any(isinstance(entry, dict) and entry == {"$patch": "replace"} for entry in patch):
        return [_plain(entry, shape) for entry in patch if entry != {"$patch": "replace"}]
    if not keys:
        return [*patch, *(item for item in before if item not in patch)]
    if not all(isinstance(entry, dict) and keys[0] in entry for entry in (*before, *patch)):
        return [_plain(entry, shape) for entry in patch]
    rest, new = list(before), []
    for entry in patch:
        old_one = next((one for one in rest if _same_keys(one, entry, keys)), None)
        if old_one is not None:
            rest = [one for one in rest if one is not old_one]
        found = _mapping(old_one, entry, shape)
        if found is not None:
            new.append(found)
    return [*new, *rest]


def _same_keys(one: Object, other: Object, keys: tuple[str, ...]) -> bool:
    return all(
        same(one.get(key, KEY_DEFAULTS.get(key)), other.get(key, KEY_DEFAULTS.get(key)))
        for key in keys
    )


def _plain(value: Data, shape: str) -> Data:
    """A value of a patch where there was nothing."""
    return value_of(None, value, shape)
