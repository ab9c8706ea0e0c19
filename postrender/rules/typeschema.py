"""
The table of Kubernetes' types as JSON Schema, draft 7, for editors. It takes what
`content.read_content` takes, and refuses what it refuses, as far as a schema can.

There is one definition `X` for each type. It describes what a rule merges into an object that may
be there: every field may be null, which deletes it, the directives of `kubectl patch` may stand in
every mapping, and nothing is required but the key of an entry of a list that is merged by it. As
in all of a rule, a number or a flag stands for the text that was written.

What is new must have more: `new.X` says what, and stands beside `X`. An open definition, `open.X`,
is `X` that takes unknown fields too. It is for kinds that other API groups have too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postrender.kubernetes.required import must_have
from postrender.kubernetes.strategicmerge import merge_keys
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
from postrender.rules.scalars import QUANTITY, TIME, is_mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from postrender.kubernetes.types import Field, Kind

Schema = dict[str, Any]

_OPEN = "open."
_NEW = "new."
# Definitions of the grammar.
_OF_GRAMMAR = frozenset(("listOperation", "textOperation"))
# Types that are closed in an open definition too: what has such a field means Kubernetes' type.
_ALWAYS_CLOSED = frozenset(("LabelSelector", "ObjectMeta", "PodTemplateSpec"))

_TEXT: Schema = {"type": ["string", "number", "boolean"]}
# A text, or operations of the one that is there.
_CHANGED: Schema = {
    "type": [*_TEXT["type"], "object"],
    "allOf": [{"$ref": "#/definitions/textOperation"}],
}
_SCALARS: dict[str, Schema] = {
    "boolean": {"type": ["boolean"]},
    "bytes": {**_CHANGED, "pattern": r"^[A-Za-z0-9+/\r\n]*[=\r\n]*$"},
    "int-or-string": {"type": ["integer", "string"]},
    "int32": {"type": ["integer"], "minimum": -(1 << 31), "maximum": (1 << 31) - 1},
    "int64": {"type": ["integer"]},
    "number": {"type": ["number"]},
    "quantity": {"type": ["string", "number"], "pattern": rf"^\s*(?=\S){QUANTITY}\s*$"},
    "string": _CHANGED,
    "time": {"type": ["string"], "pattern": rf"^({TIME})?$"},
}
# An editor may read 0644 as 644.
_MODE: Schema = {"type": ["integer"], "minimum": 0, "maximum": 777}
# apimachinery pkg/util/strategicpatch/patch.go: directiveMarker, retainKeysDirective,
# deleteFromPrimitiveListDirectivePrefix, setElementOrderDirectivePrefix.
_DIRECTIVES: Schema = {
    "^[$]patch$": {"$ref": "#/definitions/directive"},
    "^[$](retainKeys$|deleteFromPrimitiveList/|setElementOrder/)": {"type": "array"},
    "^[$][$](ref|schema)$": {},  # fields of JSON schemas whose names begin with one
}
_DIRECTIVE: Schema = {
    "description": "What becomes of the mapping or entry that is there.",
    "enum": ["merge", "replace", "delete"],
}
_GIVEN: Schema = {"type": ["array", "boolean", "number", "object", "string"]}


def reference(name: str) -> Schema:
    """A schema that is the definition of a type."""
    return {"$ref": f"#/definitions/{name}"}


def opened(type_name: str) -> str:
    """The open variant of a type."""
    return type_name if type_name in _ALWAYS_CLOSED else f"{_OPEN}{type_name}"


def types_of_kinds(release: int | None) -> dict[tuple[str, str], str]:
    """The types of the kinds of a release, by apiVersion and kind; None: of all releases."""
    return {
        (version, name): kind.type
        for version in KINDS
        for name, kind in kinds_of(version).items()
        if exists(kind, release)
    }


def exists(fact: Field | Kind, release: int | None) -> bool:
    """Whether a field or kind is in a minor release; None: in one of those that the table knows."""
    return fact.since <= (release or NEWEST) and fact.until >= (release or FIRST)


class Types:
    """
    The definitions of a release, which schemas refer to. `release` is a minor release; None is all
    that the table knows. `descriptions` has a sentence for the fields of each type.
    """

    def __init__(self, release: int | None, descriptions: Mapping[str, Mapping[str, str]]) -> None:
        self._release = release
        self._descriptions = descriptions
        self._demanding = self._types_that_ask()

    def definitions(self, names: Iterable[str]) -> dict[str, Schema]:
        """The definitions of types, and of all that these refer to, by name."""
        found: dict[str, Schema] = {"directive": _DIRECTIVE, "given": _GIVEN}
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found and name not in _OF_GRAMMAR:
                found[name] = self._demands(name) if name.startswith(_NEW) else self._type(name)
                waiting += names_in(found[name])
        return dict(sorted(found.items()))

    def field(self, owner: str, field: Field, *, is_open: bool = False) -> Schema:
        """The schema of a field of a type, its owner."""
        if is_mode(owner, field.name, field.shape):
            return _nullable(_MODE)
        shape = field.shape
        schema = _schema_of(shape, is_open=is_open)
        inner = element(shape) if is_list(shape) else ""
        if is_type(inner):
            keys = merge_keys(owner, field.name)
            if keys:
                schema["items"] = {**schema["items"], **_unless_patch(_required(keys[0]))}
            elif inner in self._demanding:
                schema["items"]["allOf"].append(reference(f"{_NEW}{inner}"))
        return schema

    def new(self, type_name: str) -> Schema:
        """The schema of a new mapping of a type."""
        both = [reference(type_name)]
        if type_name in self._demanding:
            both.append(reference(f"{_NEW}{type_name}"))
        return {"allOf": both}

    def _type(self, name: str) -> Schema:
        """The definition of a type, or of its open variant."""
        owner = name.removeprefix(_OPEN)
        is_open = owner != name
        texts = self._descriptions.get(owner, {})
        return {
            "type": ["object", "null"],
            **({} if is_open else {"additionalProperties": False}),
            "patternProperties": {**_DIRECTIVES, "^[$]default$": reference(name)},
            "properties": {
                field.name: {
                    **self._described(texts.get(field.name, ""), field),
                    **self.field(owner, field, is_open=is_open),
                }
                for field in self._fields(owner)
            },
        }

    def _demands(self, name: str) -> Schema:
        """The definition of what a new mapping of a type must have."""
        owner = name.removeprefix(_NEW)
        inner = {}
        for field, below in self._inner(owner):
            if below in self._demanding:
                asks = reference(f"{_NEW}{below}")
                key = "items" if is_list(field.shape) else "additionalProperties"
                inner[field.name] = asks if below == field.shape else {key: asks}
        needed = [field.name for field in self._fields(owner) if must_have(owner, field)]
        asks = _unless_patch(_required(*needed)) if needed else {}
        return {**asks, **({"properties": inner} if inner else {})}

    def _types_that_ask(self) -> set[str]:
        """The types of which a new mapping must have something, it or what is in it."""
        owners = _reached(types_of_kinds(self._release).values())
        found = {
            name for name in owners if any(must_have(name, field) for field in self._fields(name))
        }
        while more := {
            name for name in owners - found if any(below in found for _, below in self._inner(name))
        }:
            found |= more
        return found

    def _inner(self, owner: str) -> Iterator[tuple[Field, str]]:
        """
        The fields of a type that hold another type, or a map or list of it, and that. Without lists
        whose entries are new anyway.
        """
        for field in self._fields(owner):
            below = _held(field.shape)
            if is_type(below) and (not is_list(field.shape) or merge_keys(owner, field.name)):
                yield field, below

    def _fields(self, owner: str) -> list[Field]:
        return [field for field in fields_of(owner).values() if exists(field, self._release)]

    def _described(self, text: str, field: Field) -> Schema:
        """The description of a field: its sentence, and which releases have it, if not one only."""
        sentences = [text.rstrip(".")] if text else []
        if self._release is None and field.since > FIRST:
            sentences.append(f"Since Kubernetes 1.{field.since}")
        if self._release is None and field.until < NEWEST:
            sentences.append(f"Up to Kubernetes 1.{field.until}")
        return {"description": " ".join(f"{one}." for one in sentences)} if sentences else {}


def _schema_of(shape: str, *, is_open: bool) -> Schema:
    """The schema of a shape; of its open variant if the type that has it is open."""
    return _nullable(_without_null(shape, is_open=is_open))


def _nullable(schema: Schema) -> Schema:
    """The same, or null. Definitions of types take null already."""
    if "enum" in schema:
        return {"enum": [*schema["enum"], None]}
    return {**schema, "type": [*schema["type"], "null"]} if "type" in schema else schema


def _without_null(shape: str, *, is_open: bool) -> Schema:
    if shape == ANY:
        return {}
    if is_list(shape):
        items = _without_null(element(shape), is_open=is_open)
        if "$ref" in items:
            items = {"type": "object", "allOf": [items]}
        operations = [reference("listOperation")]
        return {"type": ["array", "object"], "items": items, "allOf": operations}
    if is_map(shape):
        values = _schema_of(element(shape), is_open=is_open)
        defaults = {"^[$]default$": {"type": ["object"]}}
        is_text = element(shape) == "string"  # as every directive is
        directives = {"patternProperties": defaults if is_text else {**_DIRECTIVES, **defaults}}
        return {"type": ["object"], **directives, "additionalProperties": values}
    if is_type(shape):
        return reference(opened(shape) if is_open else shape)
    # An empty text counts as none: the API server puts its default there.
    return (
        {"enum": [*dict.fromkeys((*values_of(shape), ""))]}
        if shape[0] == "="
        else {**_SCALARS[shape]}
    )


def _unless_patch(schema: Schema) -> Schema:
    """A schema for what is an entry, as `$patch: replace` is not."""
    return {"if": {"required": ["$patch"]}, "else": schema}


def _required(*keys: str) -> Schema:
    """What has these keys, such as `metadata.name`, and no null for them."""
    found: Schema = {"required": [], "properties": {}}
    for key in keys:
        name, dot, below = key.partition(".")
        found["required"].append(name)
        found["properties"][name] = _required(below) if dot else reference("given")
    return found


def names_in(schema: Any) -> Iterator[str]:
    """The names of the definitions that a schema refers to."""
    if isinstance(schema, list):
        for item in schema:
            yield from names_in(item)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                yield value.rpartition("/")[2]
            else:
                yield from names_in(value)


def _held(shape: str) -> str:
    """The shape of what a list or a map holds; any other shape itself."""
    return element(shape) if is_list(shape) or is_map(shape) else shape


def _reached(names: Iterable[str]) -> set[str]:
    """Types, and all that is in them."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            inner = (_held(field.shape) for field in fields_of(name).values())
            waiting += filter(is_type, inner)
    return found
