"""CustomResourceDefinitions of a stream as types."""

from __future__ import annotations

from typing import Any

import pytest

from postrender.kubernetes import types
from postrender.kubernetes.crds import Types, types_in

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer"},
                "small": {"type": "integer", "format": "int32"},
                "ratio": {"type": "number", "format": "double"},
                "on": {"type": "boolean"},
                "mode": {"type": "string", "enum": ["Fast", "Slow"]},
                "modes": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
                "level": {"type": "integer", "enum": [1, 2]},
                "until": {"type": "string", "format": "date-time"},
                "blob": {"type": "string", "format": "byte"},
                "host": {"type": "string", "format": "hostname"},
                "port": {"x-kubernetes-int-or-string": True},
                "old": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
                "memory": {
                    "anyOf": [{"type": "integer"}, {"type": "string"}],
                    "pattern": r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$",
                    "x-kubernetes-int-or-string": True,
                },
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "half": {
                    "type": "object",
                    "properties": {"a": {"type": "string"}},
                    "x-kubernetes-preserve-unknown-fields": True,
                },
                "bare": {"type": "object"},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "parts": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name", "zone"],
                    "items": {
                        "type": "object",
                        "required": ["name", "zone"],
                        "properties": {"name": {"type": "string"}, "zone": {"type": "string"}},
                    },
                },
                "groups": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "array",
                        "items": {"type": "object", "properties": {"a": {"type": "boolean"}}},
                    },
                },
                "inner": {
                    "type": "object",
                    "x-kubernetes-embedded-resource": True,
                    "properties": {"spec": {"type": "object"}},
                },
            },
        },
    },
}


def crd(**spec: Any) -> dict[str, Any]:
    """A CRD of Widget."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [
                {"name": "v1", "served": True, "schema": {"openAPIV3Schema": SCHEMA}},
            ],
            **spec,
        },
    }


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        (("metadata",), "ObjectMeta"),
        (("apiVersion",), "string"),
        (("spec", "size"), "int64"),
        (("spec", "small"), "int32"),
        (("spec", "ratio"), "number"),
        (("spec", "on"), "boolean"),
        (("spec", "mode"), "=example.com/v1/Widget/spec/mode"),
        (("spec", "modes"), "[]=example.com/v1/Widget/spec/modes"),
        (("spec", "level"), "int64"),
        (("spec", "until"), "time"),
        (("spec", "blob"), "bytes"),
        (("spec", "host"), "string"),
        (("spec", "port"), "int-or-string"),
        (("spec", "old"), "int-or-string"),
        (("spec", "memory"), "quantity"),
        (("spec", "free", "x", 1), "any"),
        (("spec", "half", "b"), "any"),
        (("spec", "bare"), "any"),
        (("spec", "labels", "x"), "string"),
        (("spec", "parts", 0, "name"), "string"),
        (("spec", "parts", 0, "nome"), ""),
        (("spec", "groups", "x", 0, "a"), "boolean"),
        (("spec", "inner", "metadata", "labels"), "{}string"),
        (("spec", "sice"), ""),
    ],
)
def test_shapes(path: tuple[str | int, ...], shape: str) -> None:
    """What a schema says stands at a path."""
    known = types_in([crd()])
    assert known.shape_at(known.type_of("example.com/v1", "Widget"), path) == shape


def test_fields() -> None:
    """What is required, the keys of lists, the values of enumerations, the scope."""
    known = types_in([crd(scope="Cluster")])
    spec = known.fields_of(known.shape_at(known.type_of("example.com/v1", "Widget"), ("spec",)))
    assert known.kinds_of("example.com/v1")["Widget"].is_cluster_scoped
    assert [field.name for field in spec.values() if field.required] == ["size"]
    assert spec["parts"].keys == ("name", "zone")
    assert spec["parts"].merge is None
    assert known.values_of(spec["mode"].shape) == ["Fast", "Slow"]
    assert known.values_of("=PullPolicy") == types.values_of("PullPolicy")


def test_kubernetes_own_kinds() -> None:
    """The tables answer where no CRD does; the CRDs are not even asked for Kubernetes' own."""
    asked = []
    known = Types(lambda group: asked.append(group) or [])
    assert known.type_of("apps/v1", "Deployment") == "Deployment"
    assert known.shape_at("Deployment", ("spec", "replicas")) == "int32"
    assert asked == []
    assert known.type_of("keda.sh/v1alpha1", "ScaledJob")
    assert known.type_of("keda.sh/v1", "ScaledJob") == ""
    assert asked == ["keda.sh"]
    assert types_in([crd()]).type_of("keda.sh/v1alpha1", "ScaledJob") == "keda.sh/ScaledJob"
    assert types_in([]).type_of("example.com/v1", "Widget") == ""


def test_crds_come_before_the_tables() -> None:
    """The stream's CRD says what the cluster will have; other kinds of its group stay known."""
    own = crd(group="cert-manager.io", names={"kind": "Issuer"})
    known = types_in([own])
    assert known.fields_of(known.type_of("cert-manager.io/v1", "Issuer")).keys() == {
        *("apiVersion", "kind", "metadata", "spec")
    }
    assert (
        known.shape_at(known.type_of("cert-manager.io/v1", "Issuer"), ("spec", "size")) == "int64"
    )
    assert known.type_of("cert-manager.io/v1", "Certificate") == "cert-manager.io/Certificate"


def test_nothing_is_kept_between_runs() -> None:
    """What one run's stream defines, another run does not know."""
    assert types_in([crd()]).type_of("example.com/v1", "Widget")
    assert types_in([]).type_of("example.com/v1", "Widget") == ""
    assert types.type_of("example.com/v1", "Widget") == ""


def test_v1beta1() -> None:
    """One schema for all versions; it is to go by only where unknown fields are pruned."""
    old = crd(version="v1", versions=None, validation={"openAPIV3Schema": SCHEMA})
    old["apiVersion"] = "apiextensions.k8s.io/v1beta1"
    assert types_in([old]).type_of("example.com/v1", "Widget") == "any"
    old["spec"]["preserveUnknownFields"] = False
    known = types_in([old])
    assert known.shape_at(known.type_of("example.com/v1", "Widget"), ("spec", "size")) == "int64"


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"versions": [{"name": "v1"}]}, id="no schema"),
        pytest.param({"versions": [{"name": "v1", "schema": {"openAPIV3Schema": {}}}]}, id="empty"),
        pytest.param({"versions": [{"name": "v1", "schema": "x"}]}, id="text"),
        pytest.param(
            {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]},
            id="anything",
        ),
    ],
)  # fmt: skip
def test_without_schema(spec: dict[str, Any]) -> None:
    """The kind is known, with its scope, and nothing of its fields."""
    known = types_in([crd(**spec)])
    assert known.kinds_of("example.com/v1")["Widget"].type == "any"
    assert known.shape_at(known.type_of("example.com/v1", "Widget"), ("spec", "x")) == "any"


@pytest.mark.parametrize(
    "spec",
    [
        {"group": None}, {"names": None}, {"names": {"kind": 1}}, {"versions": None},
        {"versions": [None, 1, {"name": 1}]}, {"versions": "v1"}, {"version": 1, "versions": {}},
    ],
)  # fmt: skip
def test_odd_definitions(spec: dict[str, Any]) -> None:
    """What is no CRD that an API server would take defines nothing."""
    assert types_in([crd(**spec)]).type_of("example.com/v1", "Widget") == ""


@pytest.mark.parametrize(
    "obj",
    [
        {}, {"kind": "CustomResourceDefinition"}, {"kind": "ConfigMap", "apiVersion": "v1"},
        {"kind": "CustomResourceDefinition", "apiVersion": "example.com/v1", "spec": {}},
        {"kind": "CustomResourceDefinition", "apiVersion": "apiextensions.k8s.io/v1", "spec": []},
    ],
)  # fmt: skip
def test_other_objects(obj: dict[str, Any]) -> None:
    """Objects that are no CRDs define nothing."""
    assert types_in([obj]).defined("example.com") == {}


@pytest.mark.parametrize(
    "schema",
    [
        None, 1, "x", [], {"type": "array"}, {"type": "object", "properties": []}, {"type": ["string"]},
        {"type": "object", "properties": {"a": None}, "required": 1}, {"$ref": "#/x"}, {"anyOf": 1},
        {"type": "string", "enum": {}}, {"type": "object", "additionalProperties": True},
        {"type": "array", "items": [{"type": "string"}], "x-kubernetes-list-map-keys": 1},
    ],
)  # fmt: skip
def test_odd_schemas(schema: Any) -> None:
    """What no API server would take is unknown, and raises nothing."""
    known = types_in([crd(versions=[{
        "name": "v1",
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": schema}}},
    }])])  # fmt: skip
    shape = known.shape_at(known.type_of("example.com/v1", "Widget"), ("spec", "a", 0, "b"))
    assert shape in {"any", ""}
