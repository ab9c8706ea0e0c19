"""
The JSON Schema of the rules file: the grammar, which is written by hand in `schema.json`, with
Kubernetes' own fields. Only `kmod-post schema` needs it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from postrender.kubernetes.types import fields_of, is_built_in, is_type
from postrender.rules.match import versions_meant
from postrender.rules.typeschema import (
    Schema,
    Types,
    exists,
    names_in,
    opened,
    reference,
    types_of_kinds,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Definitions of the grammar whose properties are fields of these types, as far as they have them.
_OWNERS = {
    "container": ("Container",),
    "initContainer": ("Container",),
    "sidecar": ("Container",),
    "container.postStart": ("LifecycleHandler",),
    "container.preStop": ("LifecycleHandler",),
    "mount": ("VolumeMount",),
    "variable": ("EnvVar", "EnvVarSource"),
    "volume": ("Volume",),
}
# The grammar without types, for rules that accept unknown fields.
_FREE = "free."
_ACCEPTS: Schema = {
    "type": "object",
    "required": ["accept"],
    "properties": {"accept": {"type": "array", "contains": {"const": "unknown-field"}}},
}


def with_kubernetes(
    grammar: Schema, release: int | None, descriptions: Mapping[str, Mapping[str, str]]
) -> Schema:
    """
    The grammar with the fields of Kubernetes. `release` is a minor release; None is all that the
    table knows. `descriptions` has a sentence for the fields of each type.
    """
    free = grammar["definitions"]
    types = Types(release, descriptions)
    typed = _typed_definitions(free, types, release)
    typed |= _free_definitions(free, typed)
    needed = {name for schema in typed.values() for name in names_in(schema)} - typed.keys()
    top = dict(grammar["properties"])
    rules, resources = top["rules"], top["resources"]
    free_rule, free_object = reference(f"{_FREE}rule"), reference(f"{_FREE}object")
    typed_rule = {"if": _ACCEPTS, "then": free_rule, "else": reference("rule")}
    top["rules"] = _without(rules, "additionalProperties")
    top["resources"] = _without(resources, "additionalProperties", "items")
    return {
        **grammar,
        "properties": top,
        "if": _ACCEPTS,
        "then": {
            "properties": {
                "rules": {"additionalProperties": free_rule},
                "resources": {"additionalProperties": free_object, "items": free_object},
            }
        },
        "else": {
            "properties": {
                "rules": {"additionalProperties": typed_rule},
                "resources": {
                    key: resources[key] for key in ("additionalProperties", "items")
                },
            }
        },
        "definitions": {**typed, **types.definitions(needed)},
    }


def _typed_definitions(
    free: Mapping[str, Schema], types: Types, release: int | None
) -> dict[str, Schema]:
    """The grammar's definitions with types, and without the fields that a release lacks."""
    found = dict(free)
    for name, owners in _OWNERS.items():
        properties = dict(free[name]["properties"])
        fields = {
            field.name: (owner, field) for owner in owners for field in fields_of(owner).values()
        }
        for key in properties.keys() & fields.keys():
            owner, field = fields[key]
            definition = properties[key].get("$ref", "").rpartition("/")[2]
            if not exists(field, release):
                del properties[key]
                found.pop(definition, None)
            elif definition:
                found[definition] = _both(free[definition], types.field(owner, field))
            else:
                properties[key] = _both(properties[key], types.field(owner, field))
        found[name] = {**found[name], "properties": properties}
    rule = found["rule"]
    pod = {**rule["properties"]["pod"], **reference("PodSpec")}
    properties = {**rule["properties"], "pod": pod}
    kinds = types_of_kinds(release)
    found["rule"] = {**rule, "properties": properties, "allOf": [*_merges(kinds)]}
    found["object"] = {**found["object"], "allOf": [*_objects(kinds, types)]}
    return found


def _both(schema: Schema, typed: Schema) -> Schema:
    """A schema of the grammar with the type of a field. The grammar's `type` has short forms too."""
    return {**schema, **typed, **({"type": schema["type"]} if "type" in schema else {})}


def _free_definitions(free: Mapping[str, Schema], typed: Mapping[str, Schema]) -> dict[str, Schema]:
    """The grammar's definitions that differ with types, as they were."""
    changed = {name for name in free if free[name] != typed.get(name)}
    while more := {name for name in free if changed & {*names_in(free[name])}} - changed:
        changed |= more
    return {f"{_FREE}{name}": _renamed(free[name], changed) for name in sorted(changed)}


def _renamed(schema: Any, names: set[str]) -> Any:
    """A schema that refers to the free definitions of some names."""
    if isinstance(schema, list):
        return [_renamed(item, names) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("$ref", "").rpartition("/")[2] in names:
        return {**schema, **reference(f"{_FREE}{schema['$ref'].rpartition('/')[2]}")}
    return {key: _renamed(value, names) for key, value in schema.items()}


def _merges(kinds: Mapping[tuple[str, str], str]) -> Iterator[Schema]:
    """What `merge` of a rule holds, by the kind that its `match` names."""
    for kind in sorted({kind for _, kind in kinds}):
        versions = versions_meant(kind)
        names = {kinds[version, kind] for version in versions if (version, kind) in kinds}
        is_decided = len(names) == 1 and all(map(is_built_in, versions))
        if name := min(names) if is_decided else opened(kind) if is_type(kind) else "":
            yield _merge({"kind": _only(kind), "apiVersion": {"type": "null"}}, ["kind"], name)
    for (version, kind), name in kinds.items():
        both = {"kind": _only(kind), "apiVersion": _only(version)}
        yield _merge(both, [*both], name)


def _merge(match: Schema, required: list[str], name: str) -> Schema:
    asked = {"type": "object", "required": required, "properties": match}
    return {
        "if": {"required": ["match"], "properties": {"match": asked}},
        "then": {"properties": {"merge": reference(name)}},
    }


def _only(text: str) -> Schema:
    """A text, or a list of nothing but it. (An editor takes the beginning of a `const`, too.)"""
    pattern = {"pattern": _exactly(text)}
    return {"type": ["string", "array"], **pattern, "items": pattern, "minItems": 1, "maxItems": 1}


def _objects(kinds: Mapping[tuple[str, str], str], types: Types) -> Iterator[Schema]:
    """What an object of `resources` holds, by its apiVersion and kind."""
    for (version, kind), name in kinds.items():
        names = {
            "apiVersion": {"type": "string", "pattern": _exactly(version)},
            "kind": {"type": "string", "pattern": _exactly(kind)},
        }
        yield {"if": {"required": [*names], "properties": names}, "then": types.new(name)}


def _exactly(text: str) -> str:
    return f"^{re.escape(text)}$"


def _without(schema: Schema, *keys: str) -> Schema:
    return {key: value for key, value in schema.items() if key not in keys}
