"""
The JSON Schema of the rules file: the grammar, which is written by hand in `schema.json`, with
Kubernetes' own fields. Only `kmod-post schema` needs it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from postrender.kubernetes.types import fields_of, is_built_in, is_type, knative_pod_fields
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
                "resources": {key: resources[key] for key in ("additionalProperties", "items")},
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
    kinds = types_of_kinds(release)
    found["PodSpec.knative"] = _pod_spec(types)
    found["notKnative"] = {"properties": dict.fromkeys(sorted(knative_pod_fields()), False)}
    found["rule"] = _rule(found["rule"], kinds)
    found["object"] = _object(found["object"], kinds, types)
    return found


def _pod_spec(types: Types) -> Schema:
    """A pod spec, or that of a Knative revision, where a rule may be for either."""
    spec = types.definitions(["PodSpec"])["PodSpec"]
    others = {name: {"description": "A field of Knative."} for name in sorted(knative_pod_fields())}
    return {**spec, "properties": {**spec["properties"], **others}}


def _rule(rule: Schema, kinds: Mapping[tuple[str, str], str]) -> Schema:
    """The definition of a rule with types."""
    properties = rule["properties"]
    pod = {**properties["pod"], **reference("PodSpec.knative")}
    merge = {**properties["merge"], "properties": {"metadata": reference("ObjectMeta")}}
    properties = {**properties, "pod": pod, "merge": merge}
    return {**rule, "properties": properties, "allOf": [*_merges(kinds)]}


def _object(obj: Schema, kinds: Mapping[tuple[str, str], str], types: Types) -> Schema:
    """The definition of an object of `resources` with types."""
    properties = obj["properties"]
    metadata = {**properties["metadata"], "allOf": [types.new("ObjectMeta")]}
    return {
        **obj,
        "properties": {**properties, "metadata": metadata},
        "allOf": [*_objects(kinds, types)],
    }


def _both(schema: Schema, typed: Schema) -> Schema:
    """
    A schema of the grammar with the type of a field. Its `type` has short forms too; where these
    are mappings, no operation can stand there.
    """
    both = {**schema, **typed, **({"type": schema["type"]} if "type" in schema else {})}
    if "additionalProperties" in schema:
        both.pop("allOf", None)
    return both


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
    """What a rule's `merge` and `pod` hold, by the kind that its `match` names."""
    of_pods = reference("notKnative")
    for kind in sorted({kind for _, kind in kinds}):
        versions = versions_meant(kind)
        names = {kinds[version, kind] for version in versions if (version, kind) in kinds}
        match = {"kind": _only(kind), "apiVersion": {"type": "null"}}
        if len(names) == 1 and all(map(is_built_in, versions)):
            merge = {"merge": reference(min(names)), "pod": of_pods}
            yield {"if": _matches(match, "kind"), "then": {"properties": merge}}
        elif is_type(kind):
            merge = {"merge": reference(opened(kind))}
            yield {"if": _matches(match, "kind"), "then": {"properties": merge}}
    for (version, kind), name in kinds.items():
        match = {"kind": _only(kind), "apiVersion": _only(version)}
        merge = {"merge": reference(name), "pod": of_pods}
        yield {"if": _matches(match, *match), "then": {"properties": merge}}


def _matches(match: Schema, *required: str) -> Schema:
    """The condition that the `match` of a rule has these keys."""
    asked = {"type": "object", "required": [*required], "properties": match}
    return {"required": ["match"], "properties": {"match": asked}}


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
