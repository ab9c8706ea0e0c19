"""The tables of well-known custom kinds."""

from __future__ import annotations

import subprocess
import sys

import pytest
from paths import ROOT

from postrender.kubernetes import customkinds, customtable, kinds, table
from postrender.kubernetes.types import (
    fields_of,
    is_built_in,
    is_type,
    kinds_of,
    shape_at,
    type_of,
    values_of,
    versions_of,
)

SCALARS = {
    *("any", "boolean", "bytes", "int-or-string", "int32", "int64", "number", "quantity"),
    *("string", "time"),
}
ENDPOINT = ("spec", "endpoints", 0)


def test_table_is_closed() -> None:
    """Every type and enumeration that a field names is in one of the tables."""
    for name in customtable.TYPES:
        for field in fields_of(name).values():
            shape = field.shape
            while shape.startswith(("[]", "{}")):
                shape = shape[2:]
            is_known = values_of(shape) if shape.startswith("=") else is_type(shape)
            assert is_known or shape in SCALARS, f"{name}.{field.name}"


def test_the_two_tables_have_no_name_in_common() -> None:
    """Types of custom kinds have a `/` in their name, and the others have none."""
    for names in (customtable.TYPES, customtable.ENUMERATIONS):
        assert all("/" in name for name in names)
    for names in (table.TYPES, table.ENUMERATIONS):
        assert not any("/" in name for name in names)
    assert not any(map(is_built_in, customkinds.KINDS))


@pytest.mark.parametrize("version", customkinds.KINDS)
def test_every_kind_has_a_type(version: str) -> None:
    """Every kind names a type of the table that has metadata."""
    assert kinds_of(version)
    for kind in kinds_of(version).values():
        assert fields_of(kind.type)["metadata"].shape == "ObjectMeta"


@pytest.mark.parametrize(
    ("kind", "path", "shape"),
    [
        pytest.param("monitoring.coreos.com/v1 ServiceMonitor", (*ENDPOINT, "honorLabels"), "boolean", id="flag"),
        pytest.param("monitoring.coreos.com/v1 ServiceMonitor", (*ENDPOINT, "targetPort"), "int-or-string", id="int or text"),
        pytest.param("monitoring.coreos.com/v1 ServiceMonitor", (*ENDPOINT, "honorLables"), "", id="nothing"),
        pytest.param("monitoring.coreos.com/v1 ServiceMonitor", ("spec", "selector"), "LabelSelector", id="Kubernetes' own"),
        pytest.param("monitoring.coreos.com/v1 Prometheus", ("spec", "containers", 0), "Container", id="of an older release"),
        pytest.param("ray.io/v1 RayCluster", ("spec", "headGroupSpec", "template"), "PodTemplateSpec", id="a pod"),
        pytest.param("apps.kruise.io/v1alpha1 CloneSet", ("spec", "template", "spec"), "any", id="a pod without schema"),
        pytest.param("argoproj.io/v1alpha1 Application", ("spec", "source", "helm", "valuesObject", "a"), "any", id="anything"),
        pytest.param("cert-manager.io/v1 Certificate", ("spec", "dnsNames", 0), "string", id="list"),
        pytest.param("traefik.io/v1alpha1 IngressRoute", ("spec", "routes", 0, "match"), "string", id="text"),
        pytest.param("keda.sh/v1alpha1 ScaledObject", ("spec", "triggers", 0, "metadata", "x"), "string", id="map"),
    ],
)  # fmt: skip
def test_shapes(kind: str, path: tuple[str | int, ...], shape: str) -> None:
    """What stands at a path of a well-known custom kind."""
    assert shape_at(type_of(*kind.split()), path) == shape


def test_facts_of_fields() -> None:
    """Scope, what is required, enumerations, and the keys of lists."""
    assert kinds_of("cert-manager.io/v1")["ClusterIssuer"].is_cluster_scoped
    assert not kinds_of("cert-manager.io/v1")["Issuer"].is_cluster_scoped
    assert fields_of(type_of("cert-manager.io/v1", "Certificate"))["spec"].required is False
    certificate = fields_of(shape_at(type_of("cert-manager.io/v1", "Certificate"), ("spec",)))
    assert certificate["secretName"].required
    gateway = fields_of(shape_at(type_of("gateway.networking.k8s.io/v1", "Gateway"), ("spec",)))
    assert gateway["listeners"].keys == ("name",)
    shape = shape_at(type_of("monitoring.coreos.com/v1", "Prometheus"), ("spec", "logLevel"))
    assert "debug" in values_of(shape)


def test_kinds_of_many_groups() -> None:
    """A kind of Kubernetes' own comes first."""
    versions = versions_of("Service")
    assert versions[0] == "v1"
    assert "serving.knative.dev/v1" in versions
    assert "networking.istio.io/v1" in versions_of("Gateway")


# Kinds of kinds.py whose CRDs no Go module has, or that are no CRDs.
WITHOUT = {
    *("Fleet", "GameServer", "DeploymentConfig", "CassandraDatacenter", "DataPlane", "Grafana"),
    *("JAXJob", "HealthCheck", "SeldonDeployment", "RabbitmqCluster", "RayCronJob", "JobTemplate"),
    *("TemporalWorkerDeployment", "WorkerDeployment", "Notebook", "LLMInferenceService"),
}
WITHOUT_GROUPS = {"batch.volcano.sh", "agones.dev"}


@pytest.mark.parametrize(("group", "kind"), {**kinds.WORKLOADS, **kinds.POD_SPECS})
def test_kinds_with_pods(group: str, kind: str) -> None:
    """Kinds with pods are in a table, but for a few."""
    known = {version.rpartition("/")[0] for version in versions_of(kind)}
    assert (group in known) == (kind not in WITHOUT and group not in WITHOUT_GROUPS)


def test_is_loaded_when_asked_for() -> None:
    """Questions about Kubernetes' own kinds load no table of custom ones."""
    program = """
import sys
from postrender.kubernetes import types
types.shape_at(types.type_of("apps/v1", "Deployment"), ("spec", "template"))
assert not [name for name in sys.modules if "custom" in name]
types.type_of("example.com/v1", "Widget")
assert "postrender.kubernetes.customtable" not in sys.modules
types.fields_of(types.type_of("keda.sh/v1alpha1", "ScaledJob"))
assert "postrender.kubernetes.customtable" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
