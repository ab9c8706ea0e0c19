"""
How kmod-post's `merge` sees the lists of an object: by which keys, if any, it merges them.

A pod has the lists of a pod spec wherever a kind keeps it, because the verbs on pods see it so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.kubernetes.kinds import POD_SPECS, WORKLOADS
from postrender.kubernetes.objects import group, text_of
from postrender.kubernetes.strategicmerge import merge_keys
from postrender.kubernetes.types import (
    element,
    fields_of,
    is_built_in,
    is_list,
    is_map,
    is_type,
    type_of,
)

if TYPE_CHECKING:
    from postrender.data import Object, Path

CUSTOM = "*"
NONE = ""


def root_of(obj: Object) -> str:
    """The shape of an object: its type, or CUSTOM."""
    version, kind = text_of(obj, "apiVersion"), text_of(obj, "kind")
    known = type_of(version, kind) if is_built_in(version) else ""
    return known or CUSTOM


def pod_patterns(obj: Object) -> list[tuple[Path, Path | None]]:
    """Where a kind keeps pod specs, and templates around them; only paths without lists in them."""
    key = (group(obj), text_of(obj, "kind"))
    found: list[tuple[Path, Path | None]] = []
    for pattern in WORKLOADS.get(key, ()):
        path = tuple(pattern.split(".")) if pattern else ()
        if "*" not in pattern:
            found.append(((*path, "spec"), path))
    for pattern in POD_SPECS.get(key, ()):
        if "*" not in pattern:
            found.append((tuple(pattern.split(".")) if pattern else (), None))
    return found


def below(shape: str, name: str) -> str:
    """The shape of a field; of a list, that of the list."""
    if shape == CUSTOM:
        return CUSTOM
    if is_map(shape):
        return element(shape)
    field = fields_of(shape).get(name) if is_type(shape) else None
    return field.shape if field else NONE


def entry_of(shape: str) -> str:
    """The shape of the entries of a list."""
    return element(shape) if is_list(shape) else shape


def keys_of(shape: str, name: str) -> tuple[str, ...] | None:
    """The keys by which the list `name` of a shape is merged; None where it is replaced."""
    if shape != CUSTOM and not is_type(shape):
        return None
    return merge_keys(shape, name)


def is_whole(shape: str, name: str) -> bool:
    """Whether `merge` replaces a mapping as a whole, as kubectl does and kustomize does not."""
    field = fields_of(shape).get(name) if is_type(shape) and shape != CUSTOM else None
    return field is not None and field.whole
