"""The table of Kubernetes' types."""

from __future__ import annotations

import json
import re

import pytest
from paths import ROOT

from postrender.data import LIST_KEYS
from postrender.kubernetes import table
from postrender.kubernetes.types import (
    Field,
    fields_of,
    is_built_in,
    is_list,
    is_type,
    kinds_of,
    shape_at,
    type_of,
    values_of,
    versions_of,
)
from postrender.kubernetes.unions import union_of

NAMES = re.findall(r"\n:(\S+)(?=\n)", table.TYPES)
SCALARS = {
    "any", "boolean", "bytes", "int-or-string", "int32", "int64", "number", "quantity", "string",
    "time",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_table_is_closed(name: str) -> None:
    """Every type and enumeration that a field names is in the table."""
    for field in fields_of(name).values():
        shape = re.sub(r"^(\[\]|\{\})+", "", field.shape)
        known = table.ENUMERATIONS if shape.startswith("=") else {*SCALARS, *NAMES}
        assert shape.removeprefix("=") in known
        assert table.FIRST - 1 <= field.since <= field.until <= table.NEWEST


def test_every_kind_has_a_type() -> None:
    """Every kind names a type of the table that has metadata."""
    for version in table.KINDS:
        for kind in kinds_of(version).values():
            assert fields_of(kind.type)["metadata"].shape == "ObjectMeta"


def test_field() -> None:
    """A line of the table as a Field."""
    ports = fields_of("Container")["ports"]
    keys = ("containerPort", "protocol")
    assert ports == Field("ports", "[]ContainerPort", False, "merge=containerPort,protocol")
    assert (ports.merge, ports.keys, ports.whole) == (keys, keys, False)
    assert (ports.since, ports.until) == (table.FIRST, table.NEWEST)
    assert fields_of("ContainerPort")["containerPort"].required
    assert fields_of("ObjectMeta")["finalizers"].merge == ()
    assert fields_of("Container")["args"].merge is None
    assert fields_of("ResourceRequirements")["claims"].keys == ("name",)
    assert fields_of("Volume")["image"].since == 31
    assert (fields_of("PodSpec")["workloadRef"].until) == 35


def test_kinds() -> None:
    """Kinds by their apiVersion: type and scope."""
    assert type_of("apps/v1", "Deployment") == "Deployment"
    assert type_of("apps/v1", "Gateway") == ""
    assert kinds_of("v1")["Namespace"].is_cluster_scoped
    assert not kinds_of("v1")["Service"].is_cluster_scoped
    assert versions_of("Deployment")[0] == "apps/v1"
    assert is_built_in("extensions/v1beta1")
    assert not is_built_in("serving.knative.dev/v1")
    assert (kinds_of("apps/v1beta1")["Deployment"].until) == table.FIRST - 1


def test_shape_at() -> None:
    """What stands at a path."""
    container = ("spec", "template", "spec", "containers", 0)
    assert shape_at("Deployment", container) == "Container"
    assert shape_at("Deployment", (*container, "resources", "limits", "memory")) == "quantity"
    assert shape_at("Deployment", (*container, "resources", "limts")) == ""
    assert shape_at("Deployment", (*container, "args", "x")) == ""
    assert (
        shape_at(
            "CustomResourceDefinition",
            ("spec", "versions", 0, "schema", "openAPIV3Schema", "default", "x"),
        )
        == "any"
    )


@pytest.mark.parametrize("name", NAMES)
def test_unions(name: str) -> None:
    """Every member of a union, and the field that decides, is a field of its type."""
    union = union_of(name)
    if union:
        assert {*union.members, union.decided_by} - {""} <= fields_of(name).keys()


def test_enumerations() -> None:
    """The values of an enumeration."""
    assert values_of("=PullPolicy") == ["Always", "IfNotPresent", "Never"]
    assert "" in values_of("=HostPathType")


def test_list_keys() -> None:
    """What data.py says of lists is what the table says of those that charts write."""
    written: set[str] = set()
    left = [kind.type for version in table.KINDS for kind in kinds_of(version).values()]
    found: dict[str, set[tuple[str, ...]]] = {}
    while left:
        name = left.pop()
        if name in written or not is_type(name):
            continue
        written.add(name)
        for field in fields_of(name).values():
            if field.name == "status":
                continue
            left.append(re.sub(r"^(\[\]|\{\})+", "", field.shape))
            if is_list(field.shape) and field.keys:
                found.setdefault(field.name, set()).add(field.keys)

    assert {name: keys for name, keys in found.items() if keys != {("name",)}} == {
        name: set(keys) for name, keys in LIST_KEYS.items()
    }


def test_descriptions() -> None:
    """Every description belongs to a field of the table."""
    file = ROOT / "postrender" / "kubernetes" / "descriptions.json"
    for name, texts in json.loads(file.read_text()).items():
        assert texts.keys() <= fields_of(name).keys()
