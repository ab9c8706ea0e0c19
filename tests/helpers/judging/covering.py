"""
Which refusals by validation kmod-post must foresee: those for what the server's own description of its
types says (required fields, enumerations, keys of lists), and those that the checks of a result are for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from judging.openapi import LIST, MAP, OBJECT, Shape
from judging.verdicts import reason

if TYPE_CHECKING:
    from judging.openapi import Types
    from judging.verdicts import Verdict

# What the checks of a result are for, as the server words it.
_CHECKED = re.compile(
    "may not specify more than (1|…|one)"
    "|may not have more than (1|…|one) field"
    "|may not be specified when strategy"
    "|quantit"
    "|cannot set `?allowPrivilegeEscalation"
)
_PART = re.compile(r"\[([^\]]*)\]|([^.\[\]]+)")
_NOTHING = object()


def covered(types: Types, obj: Any, verdict: Verdict) -> str:
    """The first reason for which kmod-post must refuse or warn too; empty where there is none."""
    for cause in verdict.causes:
        kind, _, rest = cause.partition(": ")
        field, _, _ = rest.partition(": ")
        if _is_flexible(obj, cause):
            continue
        if _CHECKED.search(reason(cause)) or _is_described(types, obj, kind, field):
            return reason(cause)
    return ""


def _is_flexible(obj: Any, cause: str) -> bool:
    """The server lets flexVolume stand beside some sources of a volume, and not beside others."""
    return "volume type" in cause and "flexVolume" in (obj.get("spec") or {})


def _is_described(types: Types, obj: Any, kind: str, field: str) -> bool:
    """Whether the description of the types says what is wrong at a field."""
    if obj["kind"] == "StatefulSet" and ".volumes[" in field:
        return False  # the server counts the volumes of the claims too
    shape = Shape(OBJECT, types.of_kind(obj["apiVersion"], obj["kind"]))
    value: Any = obj
    required = False
    lists = []
    for entry, name in _PART.findall(field):
        if shape.kind == OBJECT:
            known = types.fields(shape.type).get(name)
            if known is None:
                return False
            required, inner = known.required, known.shape
        elif shape.kind in (LIST, MAP) and shape.item:
            required, inner = False, shape.item
            lists.append(shape)
        else:
            return False
        if isinstance(value, list) and entry.isdigit() and int(entry) >= len(value):
            return False  # an entry that the server has added, such as a claim's volume
        value = _at(value, entry or name)
        shape = inner
    if kind == "FieldValueDuplicate":
        return any(shape.kind == LIST and shape.apart for shape in lists)
    if value is _NOTHING:
        return required
    if shape.values:
        return value not in shape.values
    return shape.kind == OBJECT and isinstance(value, dict) and _lacks(types, shape.type, value)


def _lacks(types: Types, type_: str, value: dict[str, Any]) -> bool:
    return any(known.required and known.name not in value for known in types.fields(type_).values())


def _at(value: Any, name: str) -> Any:
    """What a mapping has under a name, or a list at a place; _NOTHING where there is none."""
    if isinstance(value, dict):
        return value.get(name, _NOTHING)
    if isinstance(value, list) and name.isdigit() and int(name) < len(value):
        return value[int(name)]
    return _NOTHING
