"""
Kubernetes' types as an API server describes them at /openapi/v3: what each field holds, which it
needs, the values it may have, how lists are merged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from judging.apiserver import Connection

TEXT, INTEGER, NUMBER, BOOLEAN = "string", "integer", "number", "boolean"
QUANTITY, INT_OR_TEXT, TIME, BYTES = "quantity", "int-or-string", "date-time", "byte"
OBJECT, LIST, MAP, ANY = "object", "array", "map", "any"

_SCHEMAS = "#/components/schemas/"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"


class Shape(NamedTuple):
    """
    What a field holds: one of the words above. `type` is the name of an OBJECT's type, `item` the
    shape of what a LIST or MAP holds, `values` are those of an enumeration, `keys` the fields by
    which strategic merge tells the entries of a list apart: none where it replaces the list.
    """

    kind: str
    type: str = ""
    item: Shape | None = None
    values: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class Field(NamedTuple):
    """A field of a type."""

    name: str
    shape: Shape
    required: bool


class Types:
    """All types of some documents of OpenAPI, version 3."""

    def __init__(self, documents: Iterable[Any]) -> None:
        self._schemas: dict[str, Any] = {}
        self._kinds: dict[tuple[str, str], str] = {}
        self._fields: dict[str, dict[str, Field]] = {}
        for document in documents:
            for name, schema in document.get("components", {}).get("schemas", {}).items():
                self._schemas[name] = schema
                # A type with several kinds is one that every group has, such as DeleteOptions.
                kinds = schema.get("x-kubernetes-group-version-kind", ())
                for each in kinds if len(kinds) == 1 else ():
                    version = "/".join(filter(None, (each["group"], each["version"])))
                    self._kinds[version, each["kind"]] = name

    def of_kind(self, api_version: str, kind: str) -> str:
        """The type of a kind. KeyError where the server does not describe it."""
        return self._kinds[api_version, kind]

    def of_field(self, type_: str, *path: str) -> str:
        """The type of what is at a path of fields below a type."""
        for name in path:
            type_ = self.fields(type_)[name].shape.type
        return type_

    def fields(self, type_: str) -> dict[str, Field]:
        """The fields of a type by name."""
        found = self._fields.get(type_)
        if found is None:
            schema = self._schemas[type_]
            required = schema.get("required", ())
            found = self._fields[type_] = {
                name: Field(name, self._shape(each), name in required)
                for name, each in sorted(schema.get("properties", {}).items())
            }
        return found

    def _shape(self, schema: Any) -> Shape:
        reference = schema.get("$ref") or next(
            (each["$ref"] for each in schema.get("allOf", ()) if "$ref" in each), ""
        )
        if reference:
            name = reference.removeprefix(_SCHEMAS)
            if name == _QUANTITY:
                return Shape(QUANTITY)
            target = self._schemas[name]
            return Shape(OBJECT, name) if "properties" in target else self._shape(target)
        kind, form = schema.get("type"), schema.get("format")
        if form in (INT_OR_TEXT, TIME, BYTES):
            return Shape(form)
        if kind == LIST:
            item = self._shape(schema["items"])
            return Shape(LIST, item=item, keys=_merge_keys(schema))
        if kind == OBJECT:
            values = schema.get("additionalProperties")
            return Shape(MAP, item=self._shape(values)) if isinstance(values, dict) else Shape(ANY)
        if kind in (TEXT, INTEGER, NUMBER, BOOLEAN):
            return Shape(kind, values=tuple(schema.get("enum", ())))
        return Shape(ANY)


def read_types(connection: Connection) -> Types:
    """The types of a server."""
    paths = connection.get("/openapi/v3")["paths"]
    return Types(connection.get(paths[name]["serverRelativeURL"]) for name in sorted(paths))


def _merge_keys(schema: Any) -> tuple[str, ...]:
    """The merge key of a list; `protocol` tells ports apart too, as for server-side apply."""
    merge = schema.get("x-kubernetes-patch-merge-key")
    if merge is None or "merge" not in schema.get("x-kubernetes-patch-strategy", ""):
        return ()
    further = schema.get("x-kubernetes-list-map-keys", ())
    return (merge, "protocol") if "protocol" in further and merge != "protocol" else (merge,)
