"""
The JSON Schema of the rules file: the grammar, which is written by hand in `schema.json`, with
Kubernetes' own fields from the table of its types. Only `kmod-post schema` needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.kubernetes.kinds import WORKLOADS
from postrender.kubernetes.objects import group
from postrender.kubernetes.table import KINDS
from postrender.kubernetes.types import fields_of, is_type
from postrender.kubernetes.typeschema import (
    Schema,
    definitions,
    exists,
    field_schema,
    opened,
    schema_of,
    types_of_kinds,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postrender.kubernetes.types import Field

# Definitions of the grammar whose properties are fields of these types, as far as they have them.
_TYPES = {
    "container": ("Container",),
    "initContainer": ("Container",),
    "sidecar": ("Container",),
    "container.postStart": ("LifecycleHandler",),
    "container.preStop": ("LifecycleHandler",),
    "mount": ("VolumeMount",),
    "variable": ("EnvVar", "EnvVarSource"),
    "volume": ("Volume",),
}
# Kinds that other API groups have too, beside those of WORKLOADS: Calico's and Antrea's.
_ALSO_ELSEWHERE = frozenset(("NetworkPolicy",))


def with_kubernetes(
    grammar: Schema, release: int | None, descriptions: Mapping[str, Mapping[str, str]]
) -> Schema:
    """
    The grammar with the fields of Kubernetes. `release` is a minor release; None is all that the
    table knows. `descriptions` has a sentence for the fields of each type.
    """
    kinds = types_of_kinds(release)
    by_kind = _types_by_kind(kinds)
    own = _with_fields(grammar["definitions"], release)
    rule, obj = own["rule"], own["object"]
    pod = {**rule["properties"]["pod"], **schema_of("PodSpec")}
    own["rule"] = {
        **rule,
        "properties": {**rule["properties"], "pod": pod},
        "allOf": [*_merges(kinds, by_kind)],
    }
    own["object"] = {**obj, "allOf": [*_objects(kinds)]}
    shapes = {"PodSpec", *kinds.values(), *by_kind.values()}
    return {**grammar, "definitions": {**own, **definitions(shapes, release, descriptions)}}


def _with_fields(own: Mapping[str, Schema], release: int | None) -> dict[str, Schema]:
    """The grammar's definitions, their properties typed; without fields that a release lacks."""
    found = dict(own)
    for name, types in _TYPES.items():
        fields = {key: field for each in types for key, field in fields_of(each).items()}
        properties = dict(own[name]["properties"])
        for key in properties.keys() & fields.keys():
            definition = properties[key].get("$ref", "").rpartition("/")[2]
            if not exists(fields[key], release):
                del properties[key]
                found.pop(definition, None)
            elif definition:
                found[definition] = _typed(own[definition], fields[key])
            else:
                properties[key] = _typed(properties[key], fields[key])
        found[name] = {**own[name], "properties": properties}
    return found


def _typed(schema: Schema, field: Field) -> Schema:
    """A schema of the grammar with what the field holds. Its `type` has the short form, too."""
    typed = {**schema, **field_schema(field, field.shape)}
    return {**typed, "type": schema["type"]} if "type" in schema else typed


def _types_by_kind(kinds: Mapping[tuple[str, str], str]) -> dict[str, str]:
    """
    The types of kinds of which no apiVersion is known. The type is open where other types may be
    meant: of another version, or of another API group.
    """
    types: dict[str, set[str]] = {}
    for (_, kind), name in kinds.items():
        types.setdefault(kind, set()).add(name)
    own = {group({"apiVersion": version}) for version in KINDS}
    elsewhere = {kind for other, kind in WORKLOADS if other not in own} | _ALSO_ELSEWHERE
    return {
        kind: opened(kind) if len(names) > 1 or kind in elsewhere else min(names)
        for kind, names in types.items()
        if len(names) == 1 or is_type(kind)
    }


def _merges(
    kinds: Mapping[tuple[str, str], str], by_kind: Mapping[str, str]
) -> Iterator[Schema]:
    """What `merge` of a rule holds, by the kind that its `match` names."""
    for kind, name in by_kind.items():
        yield _merge({"kind": _only(kind), "apiVersion": {"type": "null"}}, ["kind"], name)
    for (version, kind), name in kinds.items():
        names = {"kind": _only(kind), "apiVersion": _only(version)}
        yield _merge(names, [*names], name)


def _merge(match: Schema, required: list[str], name: str) -> Schema:
    asked = {"type": "object", "required": required, "properties": match}
    return {
        "if": {"required": ["match"], "properties": {"match": asked}},
        "then": {"properties": {"merge": schema_of(name)}},
    }


def _only(text: str) -> Schema:
    """A text, or a list of nothing but it."""
    return {"enum": [text, [text]]}


def _objects(kinds: Mapping[tuple[str, str], str]) -> Iterator[Schema]:
    """What an object of `resources` holds, by its apiVersion and kind."""
    for (version, kind), name in kinds.items():
        names = {"apiVersion": {"const": version}, "kind": {"const": kind}}
        yield {"if": {"required": [*names], "properties": names}, "then": schema_of(name)}
