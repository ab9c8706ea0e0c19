from __future__ import annotations

import json
from typing import Any

import pytest
from corpus import FOLDER, files, needed

from postrender.engine.inputs import rules_of
from postrender.engine.run import run
from postrender.reports.inventory import inventory
from postrender.reports.report import Watcher
from postrender.rules.layers import read_values
from postrender.stream.text import Stream
from postrender.yamltext.writer import flow

POD = "containers: [{name: web, image: nginx}]"


def objects(text: str, namespace: str = "", **options: Any) -> list[dict[str, Any]]:
    """The objects of an inventory."""
    found: list[dict[str, Any]] = inventory(Stream(text.encode()), namespace, {}, **options)[
        "objects"
    ]
    return found


def deployment(name: str, more: str = "", labels: str = "{app: web}") -> str:
    """A Deployment as text."""
    return (
        f"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}{more}}}\n"
        f"spec: {{template: {{metadata: {{labels: {labels}}}, spec: {{{POD}}}}}}}\n"
    )


def test_a_pod_is_told_with_names_and_without_values() -> None:
    """Containers with what rules can name; of variables only their names."""
    (found,) = objects("""\
# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: shop}
spec:
  volumeClaimTemplates: [{metadata: {name: data}}]
  template:
    spec:
      initContainers:
        - {name: first, image: busybox}
        - {name: proxy, image: envoy, restartPolicy: Always}
      containers:
        - name: web
          image: nginx
          command: [nginx]
          args: [-g, daemon off;]
          ports: [{containerPort: 80, name: http}, {containerPort: 53, protocol: UDP}]
          env: [{name: A, value: geheim}, {name: B, valueFrom: {}}]
          envFrom: [{secretRef: {name: s}}, {configMapRef: {name: c}}]
          volumeMounts: [{name: data, mountPath: /data, subPath: a, readOnly: true}]
      volumes: [{name: conf, configMap: {name: c}}, {name: tmp, emptyDir: {}}]
""")

    (pod,) = found["pods"]
    assert pod["path"] == "spec.template.spec"
    assert [(c["name"], c["type"]) for c in pod["containers"]] == [
        ("first", "init"),
        ("proxy", "sidecar"),
        ("web", "container"),
    ]
    web = pod["containers"][2]
    assert web["ports"] == ["http 80/TCP", "53/UDP"]
    assert web["env"] == ["A", "B"]
    assert web["envFrom"] == ["Secret/s", "ConfigMap/c"]
    assert web["mounts"] == [{"path": "/data", "volume": "data", "subPath": "a", "readOnly": True}]
    assert pod["volumes"] == [
        {"name": "conf", "type": "configMap", "of": "c"},
        {"name": "tmp", "type": "emptyDir"},
        {"name": "data", "type": "claimTemplate"},
    ]
    assert (found["source"], found["line"], found["namespace"]) == (
        "shop/templates/web.yaml",
        1,
        "shop",
    )
    assert "geheim" not in json.dumps(found)


@pytest.mark.parametrize(
    ("volume", "shown"),
    [
        pytest.param("", {"type": "emptyDir"}, id="no source"),
        pytest.param(", configMap: null", {"type": "emptyDir"}, id="an empty source"),
        pytest.param(
            ", emptyDir: null, secret: {secretName: s}",
            {"type": "secret", "of": "s"},
            id="an empty source first",
        ),
    ],
)
def test_a_volume_without_a_source_is_an_empty_dir(volume: str, shown: dict[str, str]) -> None:
    """As Kubernetes has it, which drops what is null; the page of `explain` shows the same."""
    text = deployment("web").replace(POD, f"{POD}, volumes: [{{name: a{volume}}}]")

    ((found,),) = [pod["volumes"] for pod in objects(text)[0]["pods"]]

    assert found == {"name": "a", **shown}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        pytest.param(deployment("web"), [{}], id="alone"),
        pytest.param(
            deployment("web", ", namespace: a") + deployment("web", ", namespace: b"),
            [{"namespace": "a"}, {"namespace": "b"}],
            id="by namespace",
        ),
        pytest.param(
            deployment("web", ", namespace: a") + deployment("web"),
            [{"namespace": "a"}, {"namespace": "default-one"}],
            id="by the default namespace",
        ),
        pytest.param(
            deployment("web").replace("---", "---\n# Source: s/templates/a.yaml")
            + deployment("web").replace("---", "---\n# Source: s/templates/b.yaml"),
            [{"source": "s/templates/a.yaml"}, {"source": "s/templates/b.yaml"}],
            id="by template",
        ),
        pytest.param(
            deployment("web", ", annotations: {helm.sh/hook: test}"),
            [{"hooks": "include"}],
            id="a hook",
        ),
    ],
)
def test_the_match_means_the_object(text: str, matches: list[dict[str, str]]) -> None:
    """It is no longer than it must be."""
    found = [one["match"] for one in objects(text, "default-one")]

    assert found == [{"kind": "Deployment", "name": "web", **match} for match in matches]


def test_twins_cannot_be_told_apart() -> None:
    """Two objects of one kind, name and template have no match that means one."""
    found = objects(deployment("web") + deployment("web"))

    assert [(one["match"], one["sameName"]) for one in found] == [(None, 1), (None, 1)]


SERVICE = "v1", "Service"
POLICY = "networking.k8s.io/v1", "NetworkPolicy"
BUDGET = "policy/v1", "PodDisruptionBudget"
SCALER = "autoscaling/v2", "HorizontalPodAutoscaler"


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        pytest.param(SERVICE, "selector: {app: web}", True, id="Service"),
        pytest.param(SERVICE, "selector: {app: other}", False, id="Service of others"),
        pytest.param(SERVICE, "", False, id="Service without selector"),
        pytest.param(POLICY, "podSelector: {}", True, id="NetworkPolicy for all"),
        pytest.param(
            POLICY, "podSelector: {matchLabels: {app: x}}", False, id="NetworkPolicy for others"
        ),
        pytest.param(
            BUDGET,
            "selector: {matchExpressions: [{key: app, operator: In, values: [web]}]}",
            True,
            id="In",
        ),
        pytest.param(
            BUDGET,
            "selector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}",
            False,
            id="NotIn",
        ),
        pytest.param(
            BUDGET,
            "selector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}",
            True,
            id="DoesNotExist",
        ),
        pytest.param(
            POLICY,
            "podSelector: {matchExpressions: [{key: app, operator: In, values: 5}]}",
            False,
            id="values that are no list",
        ),
        pytest.param(
            POLICY,
            "podSelector: {matchExpressions: [{key: app, operator: In, values: webshop}]}",
            False,
            id="values that are a text with the label in it",
        ),
        pytest.param(
            POLICY,
            "podSelector: {matchExpressions: [{key: [app], operator: Exists}]}",
            False,
            id="a key that is no text",
        ),
        pytest.param(SCALER, "scaleTargetRef: {kind: Deployment, name: web}", True, id="HPA"),
        pytest.param(
            SCALER, "scaleTargetRef: {kind: StatefulSet, name: web}", False, id="HPA of another"
        ),
        pytest.param(
            ("keda.sh/v1alpha1", "ScaledObject"), "scaleTargetRef: {name: web}", True, id="KEDA"
        ),
    ],
)
def test_what_selects_it(kind: tuple[str, str], spec: str, expected: bool) -> None:
    """By labels or by name, in the same namespace."""
    selecting = f"apiVersion: {kind[0]}\nkind: {kind[1]}\nmetadata: {{name: x}}\nspec: {{{spec}}}\n"

    (found,) = objects(selecting + deployment("web"))
    (apart,) = objects(selecting + deployment("web", ", namespace: elsewhere"))

    assert found["selectedBy"] == ([{"kind": kind[1], "name": "x"}] if expected else [])
    assert apart["selectedBy"] == []


def test_objects_without_pods_are_counted_or_told() -> None:
    """Their number by kind; with `every` they are objects like the others."""
    text = deployment("web") + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

    found = inventory(Stream(text.encode()), "", {})
    assert [one["name"] for one in found["objects"]] == ["web"]
    assert found["others"] == {"ConfigMap": 1}
    every = inventory(Stream(text.encode()), "", {}, every=True)
    assert [one["name"] for one in every["objects"]] == ["web", "a"]
    assert every["others"] == {}


def test_items_of_lists_are_objects() -> None:
    """A List is opened."""
    item = json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "a"},
            "spec": {"containers": [{"name": "web"}]},
        }
    )

    (found,) = objects(f"apiVersion: v1\nkind: List\nitems: [{item}]\n")

    assert found["match"] == {"kind": "Pod", "name": "a"}


@needed
@pytest.mark.parametrize("file", files(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_matches_in_real_charts(file: Any) -> None:
    """The `match` of each object, put into a rule, matches that object and no other."""
    data = file.read_bytes()
    found = inventory(Stream(data), "", {})["objects"]
    named = [one for one in found if one["match"] is not None]
    text = "rules:\n" + "".join(
        f"  r{i}: {{match: {flow(one['match'])}, expect: any, podAnnotations: {{r{i}: x}}}}\n"
        for i, one in enumerate(named)
    )
    watcher = Watcher()
    run(Stream(data), rules_of([read_values(text, "kmod.yaml")]), watch=watcher)

    for one, seen in zip(named, watcher.seen, strict=True):
        assert [ref["line"] for ref in seen.matched] == [one["line"]]
