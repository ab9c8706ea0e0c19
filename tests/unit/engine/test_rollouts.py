"""Pods that keep old data: which uses count, and which workloads."""

from __future__ import annotations

import pytest
from runs import output, run_text

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata: {a: '1', b: '1'}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: shop}\nstringData: {a: '1'}\n"
RULE = "rules: {r: {match: {kind: [ConfigMap, Secret]}, merge: {%s}}}"
CHANGE = "data: {a: '2'}"


def workload(spec: str, kind: str = "apps/v1 Deployment", metadata: str = "") -> str:
    """A workload whose pod has something of a pod spec."""
    version, kind = kind.split()
    return (
        f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: web{metadata}}}\n"
        f"spec: {{template: {{spec: {{{spec}}}}}}}\n"
    )


def said(stream: str, change: str = CHANGE) -> list[str]:
    """The warnings; over its own output a rule has none."""
    done = run_text(RULE % change, stream)
    assert run_text(RULE % change, output(done)).warnings == []
    return [str(warning).split(": ", 2)[2] for warning in done.warnings]


def container(fields: str) -> str:
    """A pod spec with one container."""
    return f"containers: [{{name: web, image: a, {fields}}}]"


USES = [
    pytest.param(container("envFrom: [{configMapRef: {name: shop}}]"), id="envFrom"),
    pytest.param(
        container("env: [{name: A, valueFrom: {configMapKeyRef: {name: shop, key: a}}}]"), id="env"
    ),
    pytest.param(
        "initContainers: [{name: i, image: a, envFrom: [{configMapRef: {name: shop}}]}]",
        id="an init container",
    ),
    pytest.param("volumes: [{name: v, configMap: {name: shop}}]", id="a volume"),
    pytest.param(
        "volumes: [{name: v, configMap: {name: shop, items: [{key: a, path: a}]}}]", id="items"
    ),
    pytest.param(
        "volumes: [{name: v, projected: {sources: [{configMap: {name: shop}}]}}]", id="projected"
    ),
]


@pytest.mark.parametrize("spec", USES)
@pytest.mark.parametrize(
    "kind",
    ["apps/v1 Deployment", "apps/v1 StatefulSet", "apps/v1 DaemonSet", "argoproj.io/v1 Rollout"],
)
def test_workloads_that_use_it_are_named(spec: str, kind: str) -> None:
    """Each kind that replaces its pods, each way to use a ConfigMap."""
    (text,) = said(f"{CONFIG}---\n{workload(spec, kind)}")
    assert text == (
        f"ConfigMap/shop: {kind.split()[1]}/web uses it, and its pods are not replaced when only "
        "this data changes; write rollout: true in the rule "
        "(warning: config-without-rollout)"
    )


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(container("envFrom: [{secretRef: {name: shop}}]"), id="envFrom"),
        pytest.param(
            container("env: [{name: A, valueFrom: {secretKeyRef: {name: shop, key: a}}}]"), id="env"
        ),
        pytest.param("volumes: [{name: v, secret: {secretName: shop}}]", id="a volume"),
        pytest.param(
            "volumes: [{name: v, projected: {sources: [{secret: {name: shop}}]}}]", id="projected"
        ),
    ],
)
def test_secrets_too(spec: str) -> None:
    """A Secret is used in the same ways."""
    (text,) = said(f"{SECRET}---\n{workload(spec)}", "stringData: {a: '2'}")
    assert text.startswith("Secret/shop: Deployment/web uses it")


FROM = container("envFrom: [{configMapRef: {name: shop}}]")


@pytest.mark.parametrize(
    ("stream", "change"),
    [
        pytest.param(workload(FROM), "metadata: {labels: {a: b}}", id="no data changes"),
        pytest.param(
            workload("volumes: [{name: v, configMap: {name: shop, items: [{key: b, path: b}]}}]"),
            CHANGE,
            id="another key of a volume",
        ),
        pytest.param(
            workload(
                container("env: [{name: A, valueFrom: {configMapKeyRef: {name: shop, key: b}}}]")
            ),
            CHANGE,
            id="another key of a variable",
        ),
        pytest.param(
            workload(container("envFrom: [{configMapRef: {name: other}}]")), CHANGE, id="another"
        ),
        pytest.param(
            workload(container("envFrom: [{secretRef: {name: shop}}]")), CHANGE, id="a Secret"
        ),
        pytest.param(workload(FROM, metadata=", namespace: other"), CHANGE, id="elsewhere"),
        pytest.param(workload(FROM, "batch/v1 Job"), CHANGE, id="a Job"),
        pytest.param(workload(FROM, "apps/v1 ReplicaSet"), CHANGE, id="a ReplicaSet"),
        pytest.param(
            workload(FROM, metadata=", annotations: {reloader.stakater.com/auto: 'true'}"),
            CHANGE,
            id="reloaded",
        ),
        pytest.param(
            workload(
                FROM, metadata=", annotations: {configmap.reloader.stakater.com/reload: shop}"
            ),
            CHANGE,
            id="reloaded for one",
        ),
    ],
)
def test_others_are_not(stream: str, change: str) -> None:
    """What stays as it is, what is not replaced, what a reloader replaces."""
    assert said(f"{CONFIG}---\n{stream}", change) == []


def test_the_rule_that_has_changed_the_data_is_blamed() -> None:
    """Of several rules the last one; many workloads are counted."""
    rules = (
        "rules: {a: {match: {kind: ConfigMap}, merge: {data: {a: '2'}}}, "
        "b: {match: {kind: ConfigMap}, merge: {data: {b: '2'}}}, "
        "c: {match: {kind: ConfigMap}, labels: {c: d}}}"
    )
    users = [workload(FROM).replace("name: web", f"name: web-{i}", 1) for i in range(5)]
    (warning,) = run_text(rules, "---\n".join([CONFIG, *users])).warnings
    assert 'rule "b": ConfigMap/shop: Deployment/web-0, Deployment/web-1, ' in str(warning)
    assert "Deployment/web-2 and 2 more use it, and their pods" in str(warning)
