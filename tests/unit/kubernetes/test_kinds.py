from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from postrender.kubernetes import kinds
from postrender.kubernetes.kinds import CLAIM_TEMPLATES, OVERLAYS, POD_SPECS, SELECTORS, WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    Key = tuple[str, str]

TABLES = [
    pytest.param(WORKLOADS, id="WORKLOADS"),
    pytest.param(POD_SPECS, id="POD_SPECS"),
    pytest.param(SELECTORS, id="SELECTORS"),
    pytest.param(CLAIM_TEMPLATES, id="CLAIM_TEMPLATES"),
]
POD_PATHS = {**WORKLOADS, **POD_SPECS}
NAME = r"[a-z][A-Za-z0-9]*"
SEGMENT = rf"(?:{NAME}(?:\[\*\])?|\*)"
PATH = re.compile(rf"{NAME}(?:\.{SEGMENT})*")


# What the objects look like: the parts of each kind that matter here, as its schema has them.


def spec(*names: str) -> dict[str, Any]:
    """A PodSpec with containers of these names."""
    return {"containers": [{"name": name, "image": f"example/{name}"} for name in names]}


def pod(*names: str) -> dict[str, Any]:
    """A pod template with containers of these names."""
    return {"metadata": {"labels": {"app": names[0]}}, "spec": spec(*names)}


def claim(name: str) -> dict[str, Any]:
    """A PersistentVolumeClaim as templates have it."""
    return {"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"]}}


def selector(app: str) -> dict[str, Any]:
    """A LabelSelector."""
    return {"matchLabels": {"app": app}, "matchExpressions": [{"key": "x", "operator": "Exists"}]}


def jobs(*names: str) -> list[dict[str, Any]]:
    """The replicated jobs of a JobSet."""
    return [
        {"name": name, "template": {"spec": {"selector": selector(name), "template": pod(name)}}}
        for name in names
    ]


def with_selector(**more: Any) -> dict[str, Any]:
    """An object that is made like a Deployment."""
    return {"spec": {"selector": selector("web"), "template": pod("web", "proxy"), **more}}


RAY = {
    "headGroupSpec": {"template": pod("head")},
    "workerGroupSpecs": [{"template": pod("small")}, {"template": pod("large")}],
}
ANALYSIS = {
    "spec": {
        "metrics": [
            {"provider": {"prometheus": {"query": "up"}}},
            {"provider": {"job": {"spec": {"selector": selector("a"), "template": pod("a")}}}},
        ]
    }
}
VOLCANO = {"spec": {"tasks": [{"template": pod("ps")}, {"template": pod("worker")}]}}
CLAIMS = {"volumeClaimTemplates": [claim("data"), claim("logs")]}

EXAMPLES: dict[Key, dict[str, Any]] = {
    ("", "Pod"): pod("web", "proxy"),
    ("", "PodTemplate"): {"template": pod("web")},
    ("", "ReplicationController"): {"spec": {"selector": {"app": "web"}, "template": pod("web")}},
    ("actions.github.com", "AutoscalingRunnerSet"): {"spec": {"template": pod("runner", "dind")}},
    ("agent.k8s.elastic.co", "Agent"): {
        "spec": {
            "daemonSet": {"podTemplate": pod("agent")},
            "deployment": {"podTemplate": pod("agent")},
            "statefulSet": {"podTemplate": pod("agent"), **CLAIMS},
        }
    },
    ("agents.x-k8s.io", "Sandbox"): {"spec": {"podTemplate": pod("code"), **CLAIMS}},
    ("agones.dev", "Fleet"): {"spec": {"template": {"spec": {"template": pod("game")}}}},
    ("agones.dev", "GameServer"): {"spec": {"container": "game", "template": pod("game", "log")}},
    ("agones.dev", "GameServerSet"): {"spec": {"template": {"spec": {"template": pod("game")}}}},
    ("apm.k8s.elastic.co", "ApmServer"): {"spec": {"podTemplate": pod("apm-server")}},
    ("apps", "DaemonSet"): with_selector(),
    ("apps", "Deployment"): with_selector(),
    ("apps", "ReplicaSet"): with_selector(),
    ("apps", "StatefulSet"): with_selector(**CLAIMS),
    ("apps.kruise.io", "AdvancedCronJob"): {
        "spec": {
            "template": {
                "jobTemplate": {"spec": {"selector": selector("job"), "template": pod("job")}},
                "broadcastJobTemplate": {"spec": {"template": pod("everywhere")}},
            }
        }
    },
    ("apps.kruise.io", "BroadcastJob"): {"spec": {"template": pod("job")}},
    ("apps.kruise.io", "CloneSet"): with_selector(**CLAIMS),
    ("apps.kruise.io", "DaemonSet"): with_selector(),
    ("apps.kruise.io", "StatefulSet"): with_selector(**CLAIMS),
    ("apps.kruise.io", "UnitedDeployment"): {
        "spec": {
            "selector": selector("web"),
            "template": {
                "advancedStatefulSetTemplate": {"spec": {"template": pod("a"), **CLAIMS}},
                "cloneSetTemplate": {"spec": {"template": pod("b"), **CLAIMS}},
                "deploymentTemplate": {"spec": {"template": pod("c")}},
                "statefulSetTemplate": {"spec": {"template": pod("d"), **CLAIMS}},
            },
        }
    },
    ("apps.openshift.io", "DeploymentConfig"): {
        "spec": {"selector": {"app": "web"}, "template": pod("web")}
    },
    ("argoproj.io", "AnalysisRun"): ANALYSIS,
    ("argoproj.io", "AnalysisTemplate"): ANALYSIS,
    ("argoproj.io", "Experiment"): {
        "spec": {
            "templates": [
                {"name": name, "selector": selector(name), "template": pod(name)}
                for name in ("baseline", "canary")
            ]
        }
    },
    ("argoproj.io", "Rollout"): with_selector(strategy={"canary": {"steps": [{"setWeight": 5}]}}),
    ("batch", "CronJob"): {
        "spec": {"jobTemplate": {"spec": {"selector": selector("job"), "template": pod("job")}}}
    },
    ("batch", "Job"): {"spec": {"selector": selector("job"), "template": pod("job")}},
    ("batch.volcano.sh", "CronJob"): {"spec": {"jobTemplate": VOLCANO}},
    ("batch.volcano.sh", "Job"): VOLCANO,
    ("beat.k8s.elastic.co", "Beat"): {
        "spec": {
            "daemonSet": {"podTemplate": pod("filebeat")},
            "deployment": {"podTemplate": pod("heartbeat")},
        }
    },
    ("cassandra.datastax.com", "CassandraDatacenter"): {
        "spec": {"podTemplateSpec": pod("cassandra")}
    },
    ("comcast.github.io", "KuberhealthyCheck"): {"spec": {"podSpec": spec("check")}},
    ("comcast.github.io", "KuberhealthyJob"): {"spec": {"podSpec": spec("check")}},
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"): {
        "spec": {
            "nodeSets": [
                {"name": "master", "podTemplate": pod("elasticsearch"), **CLAIMS},
                {"name": "coordinating", "podTemplate": pod("elasticsearch")},
            ]
        }
    },
    ("enterprisesearch.k8s.elastic.co", "EnterpriseSearch"): {"spec": {"podTemplate": pod("ent")}},
    ("extensions", "DaemonSet"): with_selector(),
    ("extensions", "Deployment"): with_selector(),
    ("extensions", "ReplicaSet"): with_selector(),
    ("extensions.agents.x-k8s.io", "SandboxTemplate"): {
        "spec": {"podTemplate": pod("code"), **CLAIMS}
    },
    ("flow.volcano.sh", "JobTemplate"): VOLCANO,
    ("game.kruise.io", "GameServerSet"): {
        "spec": {"gameServerTemplate": {**pod("game"), **CLAIMS}}
    },
    ("gateway-operator.konghq.com", "DataPlane"): {
        "spec": {"deployment": {"podTemplateSpec": pod("proxy")}}
    },
    ("grafana.integreatly.org", "Grafana"): {
        "spec": {"deployment": {"spec": {"selector": selector("g"), "template": pod("grafana")}}}
    },
    ("jobset.x-k8s.io", "JobSet"): {
        "spec": {
            "replicatedJobs": jobs("driver", "workers"),
            "volumeClaimPolicies": [{"templates": [claim("models")]}],
        }
    },
    ("keda.sh", "ScaledJob"): {
        "spec": {"jobTargetRef": {"selector": selector("job"), "template": pod("job")}}
    },
    ("kibana.k8s.elastic.co", "Kibana"): {"spec": {"podTemplate": pod("kibana")}},
    **{
        ("kubeflow.org", kind): {
            "spec": {field: {"Master": {"template": pod("m")}, "Worker": {"template": pod("w")}}}
        }
        for kind, field in (
            ("JAXJob", "jaxReplicaSpecs"),
            ("MPIJob", "mpiReplicaSpecs"),
            ("MXJob", "mxReplicaSpecs"),
            ("PaddleJob", "paddleReplicaSpecs"),
            ("PyTorchJob", "pytorchReplicaSpecs"),
            ("TFJob", "tfReplicaSpecs"),
            ("XGBoostJob", "xgbReplicaSpecs"),
        )
    },
    ("kubeflow.org", "Notebook"): {"spec": {"template": {"spec": spec("notebook")}}},
    ("kuberhealthy.github.io", "HealthCheck"): {"spec": {"podSpec": pod("check")}},
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"): {
        "spec": {
            "leaderWorkerTemplate": {
                "leaderTemplate": pod("leader"),
                "workerTemplate": pod("worker"),
                **CLAIMS,
            }
        }
    },
    ("logstash.k8s.elastic.co", "Logstash"): {"spec": {"podTemplate": pod("logstash"), **CLAIMS}},
    ("machinelearning.seldon.io", "SeldonDeployment"): {
        "spec": {
            "predictors": [
                {"name": "a", "componentSpecs": [pod("model"), pod("transformer")]},
                {"name": "b", "graph": {"name": "prepackaged"}},
            ]
        }
    },
    ("maps.k8s.elastic.co", "ElasticMapsServer"): {"spec": {"podTemplate": pod("maps")}},
    ("packageregistry.k8s.elastic.co", "PackageRegistry"): {"spec": {"podTemplate": pod("epr")}},
    ("postgresql.cnpg.io", "Pooler"): {"spec": {"template": pod("pgbouncer")}},
    ("rabbitmq.com", "RabbitmqCluster"): {
        "spec": {
            "override": {
                "statefulSet": {
                    "spec": {"selector": selector("r"), "template": pod("rabbitmq"), **CLAIMS}
                }
            }
        }
    },
    ("ray.io", "RayCluster"): {"spec": RAY},
    ("ray.io", "RayCronJob"): {
        "spec": {"jobTemplate": {"rayClusterSpec": RAY, "submitterPodTemplate": pod("submit")}}
    },
    ("ray.io", "RayJob"): {"spec": {"rayClusterSpec": RAY, "submitterPodTemplate": pod("submit")}},
    ("ray.io", "RayService"): {"spec": {"rayClusterConfig": RAY}},
    ("serving.knative.dev", "Configuration"): {"spec": {"template": pod("user")}},
    ("serving.knative.dev", "Revision"): {"spec": spec("user")},
    ("serving.knative.dev", "Service"): {"spec": {"template": pod("user"), "traffic": []}},
    ("serving.kserve.io", "LLMInferenceService"): {
        "spec": {
            "model": {"uri": "hf://example/model"},
            "prefill": {"template": spec("main"), "worker": spec("main")},
            "router": {
                "scheduler": {"template": spec("epp"), "tokenizer": {"template": spec("tokenizer")}}
            },
            "template": spec("main"),
            "worker": spec("main"),
        }
    },
    ("sinks.knative.dev", "JobSink"): {
        "spec": {"job": {"spec": {"selector": selector("job"), "template": pod("job")}}}
    },
    ("sources.knative.dev", "ContainerSource"): {"spec": {"template": pod("source")}},
    ("temporal.io", "TemporalWorkerDeployment"): {"spec": {"template": pod("worker")}},
    ("temporal.io", "WorkerDeployment"): {"spec": {"template": pod("worker")}},
    ("trainer.kubeflow.org", "TrainingRuntime"): {
        "spec": {
            "template": {
                "spec": {
                    "replicatedJobs": jobs("node", "launcher"),
                    "volumeClaimPolicies": [{"templates": [claim("models")]}],
                }
            }
        }
    },
}


def find(data: Any, path: str) -> list[Any]:
    """What stands at a path of the tables."""
    found = [data]
    for part in path.replace("[*]", ".[*]").split(".") if path else ():
        if part == "[*]":
            found = [item for value in found if isinstance(value, list) for item in value]
        elif part == "*":
            found = [item for value in found if isinstance(value, dict) for item in value.values()]
        else:
            found = [value[part] for value in found if isinstance(value, dict) and part in value]
    return found


def mappings(data: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in the data, from the outside in."""
    if isinstance(data, dict):
        yield data
        data = list(data.values())
    for value in data if isinstance(data, list) else ():
        yield from mappings(value)


def by_key(table: dict[Key, Any]) -> list[Any]:
    """The keys of a table as parameters of a test."""
    return [pytest.param(key, id="/".join(key).lstrip("/")) for key in table]


def same(found: list[Any], expected: list[Any]) -> bool:
    """Whether two lists hold the same objects (not only equal ones), in any order."""
    return sorted(map(id, found)) == sorted(map(id, expected))


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_sorted(table: dict[Key, Any]) -> None:
    """The rows stand in the order of group and kind, so that each has one obvious place."""
    assert list(table) == sorted(table)


def test_no_row_is_written_twice() -> None:
    """No key is repeated in a table: the second one would silently win."""
    tree = ast.parse(Path(kinds.__file__).read_text(encoding="utf-8"))
    literals = [node for node in ast.walk(tree) if isinstance(node, ast.Dict)]

    assert len(literals) == len(TABLES)
    for literal in literals:
        keys = [ast.literal_eval(key) for key in literal.keys if key is not None]
        assert len(keys) == len(set(keys))


def test_nothing_is_imported() -> None:
    """The table costs no import: it is on the way of every render."""
    tree = ast.parse(Path(kinds.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]

    assert [getattr(node, "module", None) for node in imports] == ["__future__"]


@pytest.mark.parametrize("table", TABLES)
def test_groups_and_kinds_are_written_as_kubernetes_writes_them(table: dict[Key, Any]) -> None:
    """A group is a lower-case DNS name, empty for the core group; a kind begins with a capital."""
    for group, kind in table:
        assert re.fullmatch(r"(?:[a-z0-9]([-a-z0-9]*[a-z0-9])?\.?)*", group), group
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", kind), kind


@pytest.mark.parametrize("key", by_key(POD_PATHS))
def test_pod_paths_parse(key: Key) -> None:
    """Every path is fields with dots, `[*]` and `*`; only a Pod is its own template."""
    paths = POD_PATHS[key]

    assert paths
    assert list(paths) == sorted(set(paths))
    for path in paths:
        assert PATH.fullmatch(path) or (key == ("", "Pod") and path == "")


@pytest.mark.parametrize("table", TABLES[2:])
def test_other_paths_parse(table: dict[Key, str]) -> None:
    """Selectors and claim templates are named by the same grammar."""
    assert [path for path in table.values() if not PATH.fullmatch(path)] == []


@pytest.mark.parametrize(
    "path", ["Spec", "spec.", ".spec", "spec..template", "spec[0]", "spec[*].[*]", "spec.a-b", "*"]
)
def test_the_grammar_refuses(path: str) -> None:
    """What is not in the grammar does not pass it."""
    assert not PATH.fullmatch(path)


def test_tables_belong_together() -> None:
    """A kind has templates or bare specs; the other tables name only such kinds."""
    both = set(WORKLOADS) & set(POD_SPECS)

    assert not both
    assert set(SELECTORS) <= set(WORKLOADS)
    assert set(CLAIM_TEMPLATES) <= set(WORKLOADS)
    assert set(POD_PATHS) >= OVERLAYS


def test_every_kind_has_an_example() -> None:
    """A new row comes with an example of what the object looks like."""
    assert set(EXAMPLES) == set(POD_PATHS)


@pytest.mark.parametrize("key", by_key(WORKLOADS))
def test_templates_are_found(key: Key) -> None:
    """The paths lead to every pod template of the object, each once, and to nothing else."""
    obj = EXAMPLES[key]
    expected = [
        mapping
        for mapping in mappings(obj)
        if isinstance(mapping.get("spec"), dict) and "containers" in mapping["spec"]
    ]

    found = [template for path in WORKLOADS[key] for template in find(obj, path)]

    assert expected
    assert all("labels" in template["metadata"] for template in found)
    assert same(found, expected)


@pytest.mark.parametrize("key", by_key(POD_SPECS))
def test_bare_specs_are_found(key: Key) -> None:
    """The paths lead to every pod spec of the object, each once, and to nothing else."""
    obj = EXAMPLES[key]
    expected = [mapping for mapping in mappings(obj) if "containers" in mapping]

    found = [spec for path in POD_SPECS[key] for spec in find(obj, path)]

    assert expected
    assert same(found, expected)


@pytest.mark.parametrize("key", by_key(POD_PATHS))
def test_nothing_is_found_in_an_empty_object(key: Key) -> None:
    """An object without these fields has no pod; only a Pod is one by itself."""
    obj: dict[str, Any] = {"apiVersion": "v1", "kind": key[1], "metadata": {}, "spec": {}}

    found = [place for path in POD_PATHS[key] for place in find(obj, f"{path}.spec".lstrip("."))]

    assert found == ([{}] if key == ("", "Pod") else [])


@pytest.mark.parametrize("key", by_key(WORKLOADS))
def test_selectors_are_found(key: Key) -> None:
    """The path leads to every selector of the object; kinds without a row have none."""
    obj = EXAMPLES[key]
    expected = [mapping["selector"] for mapping in mappings(obj) if "selector" in mapping]

    found = find(obj, SELECTORS[key]) if key in SELECTORS else []

    assert same(found, expected)


@pytest.mark.parametrize("key", by_key(WORKLOADS))
def test_claim_templates_are_found(key: Key) -> None:
    """The path leads to every list of claim templates; kinds without a row have none."""
    obj = EXAMPLES[key]
    expected = [mapping for mapping in mappings(obj) if "accessModes" in mapping.get("spec", ())]

    lists = find(obj, CLAIM_TEMPLATES[key]) if key in CLAIM_TEMPLATES else []

    assert same([claim for claims in lists for claim in claims], expected)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(("argoproj.io", "Workflow"), id="one container, no PodSpec"),
        pytest.param(("flink.apache.org", "FlinkDeployment"), id="merged by position"),
        pytest.param(("monitoring.coreos.com", "Prometheus"), id="the rest of spec is no PodSpec"),
        pytest.param(("pkg.crossplane.io", "DeploymentRuntimeConfig"), id="has no namespace"),
        pytest.param(("serving.kserve.io", "InferenceService"), id="one container or two differ"),
        pytest.param(("sparkoperator.k8s.io", "SparkApplication"), id="the first may become Spark"),
        pytest.param(("", "Service"), id="only Knative's Service has pods"),
    ],
)
def test_left_out(key: Key) -> None:
    """Kinds that seem to hold a pod template, but where a change would not do what it says."""
    assert key not in POD_PATHS


# The same against real CustomResourceDefinitions, wherever some are at hand.


def definitions(folder: str) -> Iterator[tuple[Key, str, dict[str, Any]]]:
    """Key, version and schema of each CustomResourceDefinition in the YAML files of a folder."""
    for file in sorted(Path(folder).rglob("*.y*ml")):
        for text in re.split(r"^---.*\n", file.read_text(encoding="utf-8"), flags=re.MULTILINE):
            if re.search(r"^kind: CustomResourceDefinition\s*$", text, re.MULTILINE):
                crd = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))["spec"]
                for version in crd["versions"]:
                    key = (crd["group"], crd["names"]["kind"])
                    yield key, version["name"], version["schema"]["openAPIV3Schema"]


def field(schema: dict[str, Any], path: str) -> dict[str, Any] | None:
    """The schema at a path; None where there is none, empty where it is left open."""
    for part in path.replace("[*]", ".[*]").split("."):
        if part == "[*]":
            below = schema.get("items")
        elif part == "*":
            below = schema.get("additionalProperties", {})
        else:
            below = schema.get("properties", {}).get(part)
        if below is None:
            return {} if schema.get("x-kubernetes-preserve-unknown-fields") else None
        schema = below
        if not schema:
            return {}
    return schema


def test_real_schemas_agree() -> None:
    """
    Every path leads to its type in real schemas, or to what a schema leaves open.

    KMOD_POST_CRDS names a folder of CustomResourceDefinitions; a chart's `crds/` will do.
    """
    folder = os.environ.get("KMOD_POST_CRDS")
    if not folder:
        pytest.skip("there are no real CRDs; name a folder of them in KMOD_POST_CRDS")

    seen = 0
    for key, version, schema in definitions(folder):
        templates, specs = WORKLOADS.get(key, ()), POD_SPECS.get(key, ())
        names = [f"{path}.metadata" for path in templates]
        names += [f"{path}.spec.containers[*].image" for path in templates]
        names += [f"{path}.containers[*].image" for path in specs]
        names += [table[key] for table in (SELECTORS, CLAIM_TEMPLATES) if key in table]
        for name in names:
            assert field(schema, name) is not None, f"{key} {version} has no {name}"
        seen += bool(names)

    assert seen, "no kind of the tables is in this folder"
