"""
The types of CustomResourceDefinitions: what `types.py` says of the kinds it knows, said of those
that a stream defines.

`Types` are the types of one run: those of its stream's CRDs, then those of the tables. Nothing is
kept between two runs. The CRDs of a group are looked at when a kind of it is asked for, a schema
when its type is.

Sources: CustomResourceDefinitionSpec and JSONSchemaProps in k8s.io/apiextensions-apiserver,
pkg/apis/apiextensions/v1 and v1beta1; what the API server makes of a schema, in its
pkg/apiserver/schema. An object without properties, and what may hold unknown fields, is `any` here.
"""

from __future__ import annotations

from postrender.data import get
from postrender.kubernetes import types
from postrender.kubernetes.objects import CRD
from postrender.kubernetes.table import FIRST, NEWEST
from postrender.kubernetes.types import ANY, Field, Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from postrender.data import Data, Object, Path

    Schema = dict[str, Data]

_GROUP = "apiextensions.k8s.io/"
_SCALARS = {
    ("string", "byte"): "bytes",
    ("string", "date-time"): "time",
    ("integer", "int32"): "int32",
    ("integer", ""): "int64",
    ("number", ""): "number",
    ("boolean", ""): "boolean",
    ("string", ""): "string",
}
# How the pattern begins that controller-gen writes for a resource.Quantity.
_QUANTITY = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)"
# What every object has, whatever its schema says: the API server adds it (defaulting and pruning
# leave it alone, pkg/apiserver/schema/pruning).
_OBJECT = {"apiVersion": "string", "kind": "string", "metadata": "ObjectMeta"}


class Definition:
    """A kind of a CRD, in one of its versions. `schema` is None where there is none to go by."""

    __slots__ = ("api_version", "is_cluster_scoped", "is_served", "kind", "schema")

    def __init__(
        self,
        api_version: str,
        kind: str,
        schema: Schema | None,
        *,
        is_cluster_scoped: bool,
        is_served: bool,
    ) -> None:
        self.api_version, self.kind, self.schema = api_version, kind, schema
        self.is_cluster_scoped, self.is_served = is_cluster_scoped, is_served


def definitions_of(crd: Object) -> Iterator[Definition]:
    """
    The kinds of a CRD, one for each version; none for an object of another kind or shape. There is
    no schema to go by where fields that it lacks are kept, as v1beta1 does by default.
    """
    if crd.get("kind") != CRD or not str(crd.get("apiVersion")).startswith(_GROUP):
        return
    spec = _mapping(crd.get("spec"))
    kind, group = get(spec, ("names", "kind")), spec.get("group")
    if not isinstance(kind, str) or not isinstance(group, str):
        return
    keeps_all = spec.get("preserveUnknownFields", crd["apiVersion"] == f"{_GROUP}v1beta1")
    shared = get(spec, ("validation", "openAPIV3Schema"))
    versions = spec.get("versions")
    for version in versions if isinstance(versions, list) else [{"name": spec.get("version")}]:
        name = get(version, ("name",))
        if not isinstance(name, str):
            continue
        schema = get(version, ("schema", "openAPIV3Schema")) or shared
        is_known = isinstance(schema, dict) and keeps_all is False
        yield Definition(
            f"{group}/{name}",
            kind,
            schema if is_known and schema.get("properties") else None,
            is_cluster_scoped=spec.get("scope") == "Cluster",
            is_served=version.get("served", True) is not False,
        )


def types_in(objects: Iterable[Object]) -> Types:
    """The types of a run whose stream has these objects; all but CRDs are passed over."""
    return Types(lambda _: objects)


class Types:
    """
    The questions that `types.py` answers, with the same words; CRDs of the stream come before the
    tables. Names of their types begin with `apiVersion/Kind`.

    `crds_of` gives the CRDs of a group, and may give more objects. It is asked once for each group
    that is not Kubernetes' own, at the first question about it.
    """

    __slots__ = ("_crds_of", "_fields", "_groups", "_schemas")

    def __init__(self, crds_of: Callable[[str], Iterable[Object]]) -> None:
        self._crds_of = crds_of
        self._groups: dict[str, dict[str, dict[str, Kind]]] = {}
        self._schemas: dict[str, Schema] = {}
        self._fields: dict[str, dict[str, Field]] = {}

    def kinds_of(self, api_version: str) -> dict[str, Kind]:
        """The kinds of an apiVersion by name. A type is `any` where a CRD has no schema."""
        if types.is_built_in(api_version):
            return types.kinds_of(api_version)
        own = self.defined(api_version.partition("/")[0]).get(api_version)
        known = types.kinds_of(api_version)
        return {**known, **own} if own else known

    def defined(self, group: str) -> dict[str, dict[str, Kind]]:
        """The kinds of a group that CRDs define, by apiVersion and name."""
        found = self._groups.get(group)
        if found is None:
            found = self._groups[group] = {}
            crds = [crd for crd in self._crds_of(group) if get(crd, ("spec", "group")) == group]
            for each in (each for crd in crds for each in definitions_of(crd)):
                name = f"{each.api_version}/{each.kind}" if each.schema else ANY
                if each.schema:
                    self._schemas[name] = each.schema
                kind = Kind(name, each.is_cluster_scoped, FIRST, NEWEST)
                found.setdefault(each.api_version, {})[each.kind] = kind
        return found

    def type_of(self, api_version: str, kind: str) -> str:
        """The type of a kind; empty where it is not known, `any` where only its fields are not."""
        found = self.kinds_of(api_version).get(kind)
        return found.type if found else ""

    def fields_of(self, type_name: str) -> dict[str, Field]:
        """The fields of a type by name; KeyError if there is no such type."""
        schema = self._schemas.get(type_name)
        if schema is None:
            return types.fields_of(type_name)
        found = self._fields.get(type_name)
        if found is None:
            is_root = type_name.count("/") == 2
            found = self._fields[type_name] = fields_in(schema, type_name, is_root=is_root)
            for name, child in _mapping(schema.get("properties")).items():
                inner = _innermost(child)
                if inner is not None:
                    self._schemas[f"{type_name}/{name}"] = inner
        return found

    def values_of(self, enumeration: str) -> list[str]:
        """The values of an enumeration, named with or without its `=`."""
        schema = self._schemas.get(enumeration.removeprefix("="))
        return schema["enum"] if schema else types.values_of(enumeration)

    def is_type(self, shape: str) -> bool:
        """Whether a shape is a mapping with known fields."""
        return shape in self._schemas or types.is_type(shape)

    def shape_at(self, shape: str, path: Path) -> str:
        """The shape at a path below a shape; empty where nothing is known to be there."""
        return types.shape_at(shape, path, self)


def fields_in(schema: Schema, type_name: str, *, is_root: bool = False) -> dict[str, Field]:
    """
    The fields of an object's schema by name. What is below a field, a type or an enumeration, is
    called as the type, a slash, and the field.
    """
    required = schema.get("required")
    needed = required if isinstance(required, list) else []
    found = {}
    for name, child in _mapping(schema.get("properties")).items():
        shape = shape_of(child, f"{type_name}/{name}")
        keys = child.get("x-kubernetes-list-map-keys") if isinstance(child, dict) else None
        texts = tuple(map(str, keys)) if isinstance(keys, list) else ()
        found[name] = _field(name, shape, keys=texts, required=name in needed)
    if is_root or schema.get("x-kubernetes-embedded-resource") is True:
        for name, shape in _OBJECT.items():
            found[name] = _field(name, shape, required=name in needed)
    return found


def _field(name: str, shape: str, *, keys: tuple[str, ...] = (), required: bool) -> Field:
    return Field(name, shape, required, f"key={','.join(keys)}" if keys else "")


def shape_of(schema: Data, name: str) -> str:
    """A schema as a shape. An object with properties is the type `name`, an enumeration `=name`."""
    if not isinstance(schema, dict) or schema.get("x-kubernetes-preserve-unknown-fields") is True:
        return ANY
    if _is_int_or_string(schema):
        return "quantity" if str(schema.get("pattern")).startswith(_QUANTITY) else "int-or-string"
    kind, form = str(schema.get("type")), str(schema.get("format"))
    if kind == "array":
        return f"[]{shape_of(schema.get('items'), name)}"
    if kind == "object":
        if _mapping(schema.get("properties")):
            return name
        inner = schema.get("additionalProperties")
        return f"{{}}{shape_of(inner, name)}" if isinstance(inner, dict) else ANY
    if kind == "string" and _texts(schema.get("enum")):
        return f"={name}"
    return _SCALARS.get((kind, form)) or _SCALARS.get((kind, ""), ANY)


def _is_int_or_string(schema: Schema) -> bool:
    if schema.get("x-kubernetes-int-or-string") is True:
        return True
    choices = schema.get("anyOf")
    if not isinstance(choices, list) or schema.get("type"):
        return False
    kinds = [choice.get("type") for choice in choices if isinstance(choice, dict)]
    return sorted(map(str, kinds)) == ["integer", "string"]


def _innermost(schema: Data) -> Schema | None:
    """The schema of the mapping or enumeration in a field: below its lists and maps."""
    while isinstance(schema, dict):
        if schema.get("type") == "array":
            schema = schema.get("items")
        elif schema.get("type") == "object" and not schema.get("properties"):
            schema = schema.get("additionalProperties")
        else:
            return schema if schema.get("properties") or schema.get("enum") else None
    return None


def _texts(values: Data) -> bool:
    """Whether these are texts, and some."""
    return isinstance(values, list) and bool(values) and all(isinstance(x, str) for x in values)


def _mapping(data: Data) -> Object:
    return data if isinstance(data, dict) else {}
