"""
The table of Kubernetes' types as JSON Schema, draft 7, for editors.

There is one definition for each type. It describes what a rule may give to an object that is there:
every field may be null, which deletes it, the directives of `kubectl patch` may stand in every
mapping, and nothing is required but the key of an entry of a list that is merged by it. As in
all of a rule, a number or a flag stands for the text that was written.

An *open* definition, `open.X`, takes unknown fields too. It is for kinds of which other API groups
have one of the same name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postrender.kubernetes.table import FIRST, KINDS, NEWEST
from postrender.kubernetes.types import (
    ANY,
    element,
    fields_of,
    is_list,
    is_map,
    is_type,
    kinds_of,
    values_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postrender.kubernetes.types import Field, Kind

Schema = dict[str, Any]

_OPEN = "open."
# Types that are closed in an open definition too: what has these fields means Kubernetes' types.
_ALWAYS_CLOSED = frozenset(("LabelSelector", "ObjectMeta", "PodTemplateSpec"))

_TEXT = ["string", "number", "boolean"]
_SCALARS: dict[str, Schema] = {
    "boolean": {"type": ["boolean"]},
    "bytes": {"type": _TEXT},
    "int-or-string": {"type": ["integer", "string"]},
    "int32": {"type": ["integer"]},
    "int64": {"type": ["integer"]},
    "number": {"type": ["number"]},
    # apimachinery pkg/api/resource/quantity.go, ParseQuantity
    "quantity": {
        "type": ["string", "number"],
        "pattern": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$",
    },
    "string": {"type": _TEXT},
    "time": {"type": _TEXT},
}
# apimachinery pkg/util/strategicpatch/patch.go: directiveMarker, retainKeysDirective,
# deleteFromPrimitiveListDirectivePrefix, setElementOrderDirectivePrefix.
_DIRECTIVES: Schema = {
    "^[$]patch$": {"$ref": "#/definitions/directive"},
    "^[$](retainKeys$|deleteFromPrimitiveList/|setElementOrder/)": {"type": "array"},
}
_DIRECTIVE: Schema = {
    "description": "What becomes of the mapping or entry that is there: merge (the default), "
    "replace or delete.",
    "enum": ["merge", "replace", "delete"],
}


def opened(type_name: str) -> str:
    """The open variant of a type."""
    return type_name if type_name in _ALWAYS_CLOSED else f"{_OPEN}{type_name}"


def schema_of(shape: str) -> Schema:
    """
    The schema of a field with that shape, or of an open type. It refers to definitions, which
    `definitions` makes.
    """
    schema = _without_null(shape)
    if "enum" in schema:
        return {"enum": [*schema["enum"], None]}
    return {**schema, "type": [*schema["type"], "null"]} if "type" in schema else schema


def definitions(
    shapes: Iterable[str], release: int | None, descriptions: Mapping[str, Mapping[str, str]]
) -> dict[str, Schema]:
    """
    The definitions that the schemas of these shapes need, by name. `release` is a minor release;
    None is all that the table knows. `descriptions` has a sentence for the fields of each type.
    """
    found: dict[str, Schema] = {"directive": _DIRECTIVE}
    waiting = list(shapes)
    while waiting:
        shape = waiting.pop()
        name = shape.removeprefix(_OPEN)
        if is_list(shape) or is_map(shape):
            waiting.append(element(shape))
        elif is_type(name) and shape not in found:
            is_open = shape != name
            fields = [field for field in fields_of(name).values() if exists(field, release)]
            shapes_of = {field.name: _within(field.shape, is_open) for field in fields}
            texts = descriptions.get(name, {})
            found[shape] = {
                "type": ["object", "null"],
                **({} if is_open else {"additionalProperties": False}),
                "patternProperties": _DIRECTIVES,
                "properties": {
                    field.name: {
                        **_described(texts.get(field.name, ""), field, release),
                        **field_schema(field, shapes_of[field.name]),
                    }
                    for field in fields
                },
            }
            waiting += shapes_of.values()
    return dict(sorted(found.items()))


def field_schema(field: Field, shape: str) -> Schema:
    """The schema of a field. In a list that is merged by a key, an entry has that key."""
    schema = schema_of(shape)
    if field.merge and is_type(element(field.shape)):
        # `- $patch: replace` is no entry.
        needs = {"if": {"required": ["$patch"]}, "else": {"required": [field.merge[0]]}}
        schema["items"] = {**schema["items"], **needs}
    return schema


def exists(fact: Field | Kind, release: int | None) -> bool:
    """Whether a field or kind is in a minor release; None: in one of those that the table knows."""
    return fact.since <= (release or NEWEST) and fact.until >= (release or FIRST)


def types_of_kinds(release: int | None) -> dict[tuple[str, str], str]:
    """The types of the kinds of a release, by apiVersion and kind."""
    return {
        (version, name): kind.type
        for version in KINDS
        for name, kind in kinds_of(version).items()
        if exists(kind, release)
    }


def _without_null(shape: str) -> Schema:
    """The schema of what is neither null nor left out."""
    if shape == ANY:
        return {}
    if is_list(shape):
        items = _without_null(element(shape))
        if "$ref" in items:
            items = {"type": "object", "allOf": [items]}
        return {"type": ["array"], "items": items}
    if is_map(shape):
        values = schema_of(element(shape))
        directives = {} if element(shape) == "string" else {"patternProperties": _DIRECTIVES}
        return {"type": ["object"], **directives, "additionalProperties": values}
    if shape[0] == "=":
        return {"enum": values_of(shape)}
    return dict(_SCALARS.get(shape) or {"$ref": f"#/definitions/{shape}"})


def _within(shape: str, is_open: bool) -> str:
    """The shape of a field of a type, which is open if the type is."""
    lead, name = (shape[:2], shape[2:]) if is_list(shape) or is_map(shape) else ("", shape)
    return f"{lead}{opened(name)}" if is_open and is_type(name) else shape


def _described(text: str, field: Field, release: int | None) -> Schema:
    """The description of a field: its sentence, and which releases have it if that is the question."""
    sentences = [text.rstrip(".")] if text else []
    if release is None and field.since > FIRST:
        sentences.append(f"Since Kubernetes 1.{field.since}")
    if release is None and field.until < NEWEST:
        sentences.append(f"Up to Kubernetes 1.{field.until}")
    return {"description": "".join(f"{one}. " for one in sentences)[:-1]} if sentences else {}
