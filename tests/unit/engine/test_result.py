"""What rules bring about is found once, and blamed on them; what the chart had is not."""

from __future__ import annotations

import re

import pytest
from paths import ROOT
from runs import output, run_text

from postrender.errors import RulesError, VerbError
from postrender.findings import ERROR, FINDINGS
from postrender.yamltext.reader import read
from postrender.yamltext.writer import flow


def run(rules: str, stream: str) -> list[str]:
    """What a run says: its errors, or else its warnings."""
    try:
        result = run_text(rules, stream)
    except VerbError as error:
        return [str(message) for message in error.messages]
    return [str(warning) for warning in result.warnings]


def ids(said: list[str]) -> list[str]:
    """The ids at the ends of messages."""
    return [re.findall(r": ([a-z-]+)\)$", one)[0] for one in said]


def obj(text: str, kind: str = "Pod", version: str = "v1", **metadata: str) -> str:
    """An object as a document, with the fields of a text in flow style."""
    data = read(f"{{{text}}}")
    assert data is not None
    whole = {"apiVersion": version, "kind": kind, "metadata": {"name": "web", **metadata}}
    return f"{flow({**whole, **data.data})}\n"


def pod(container: str = "", spec: str = "") -> str:
    """A pod with one container."""
    return obj(f"spec: {{containers: [{{name: web, image: a{container}}}]{spec}}}")


def add(path: str, value: str) -> str:
    """A step of jsonPatch, which puts anything anywhere."""
    return f"{{op: add, path: {path}, value: {value}}}"


CONTAINER = "/spec/containers/0"
NO_IMAGE = (
    'container wob: it is new and has no image; add "image:", or is it web? (error: no-image)'
)
NAMED = "{name: web, image: b}"
SERVICE = obj("spec: {ports: [{name: http, port: 80}]}", "Service")
JOB = obj(
    "spec: {template: {spec: {restartPolicy: Never, containers: [{name: web, image: a}]}}}",
    "Job",
    "batch/v1",
)
DEPLOYMENT = obj(
    "spec: {template: {spec: {containers: [{name: web, image: a}]}}}", "Deployment", "apps/v1"
)
CASES = [
    ("duplicate-name", pod(), add("/spec/containers/-", NAMED)),
    ("duplicate-name", pod(), add("/spec/initContainers", f"[{NAMED}]")),
    (
        "duplicate-name",
        pod(spec=", volumes: [{name: a}]"),
        add("/spec/volumes/-", "{name: a, emptyDir: {}}"),
    ),
    (
        "duplicate-name",
        obj("data: {a: b}", "ConfigMap"),
        add("/binaryData", "{a: YQ==}"),
    ),
    ("duplicate-port", SERVICE, add("/spec/ports/-", "{name: http, port: 81}")),
    ("duplicate-port", SERVICE, add("/spec/ports/-", "{name: other, port: 80}")),
    (
        "duplicate-port",
        pod(", ports: [{name: a, containerPort: 1}]"),
        add(f"{CONTAINER}/ports/-", "{name: a, containerPort: 2}"),
    ),
    (
        "duplicate-port",
        pod(", ports: [{containerPort: 1, hostPort: 9}]"),
        add(f"{CONTAINER}/ports/-", "{containerPort: 2, hostPort: 9}"),
    ),
    (
        "host-port-differs",
        pod(", ports: [{containerPort: 1, hostPort: 9}]"),
        add("/spec/hostNetwork", "true"),
    ),
    (
        "duplicate-mount",
        pod(", volumeMounts: [{name: a, mountPath: /a}]", ", volumes: [{name: a}]"),
        add(f"{CONTAINER}/volumeMounts/-", "{name: a, mountPath: /a}"),
    ),
    ("duplicate-entry", pod(", env: [{name: A}]"), add(f"{CONTAINER}/env/-", "{name: A}")),
    (
        "privilege-conflict",
        pod(", securityContext: {privileged: true}"),
        add(f"{CONTAINER}/securityContext/allowPrivilegeEscalation", "false"),
    ),
    (
        "privilege-conflict",
        pod(", securityContext: {capabilities: {add: [CAP_SYS_ADMIN]}}"),
        add(f"{CONTAINER}/securityContext/allowPrivilegeEscalation", "false"),
    ),
    (
        "invalid-name",
        pod(", resources: {limits: {cpu: 1}}"),
        add(f"{CONTAINER}/resources/limits/memmory", "1Gi"),
    ),
    (
        "probe-on-init-container",
        pod(spec=", initContainers: [{name: i, image: i}]"),
        add("/spec/initContainers/0/livenessProbe", "{exec: {command: [a]}}"),
    ),
    (
        "mount-without-volume",
        pod(", volumeMounts: [{name: a, mountPath: /a}]", ", volumes: [{name: a}]"),
        "{op: remove, path: /spec/volumes/0}",
    ),
    ("restart-policy", JOB, add("/spec/template/spec/restartPolicy", "Always")),
    ("restart-policy", DEPLOYMENT, add("/spec/template/spec/restartPolicy", "Never")),
    ("restart-policy", DEPLOYMENT, add("/spec/template/spec/activeDeadlineSeconds", "9")),
    ("missing-field", pod(), f"{{op: remove, path: {CONTAINER}/image}}"),
    (
        "missing-field",
        obj("spec: {ports: [{port: 80}]}", "Service"),
        add("/spec/ports/-", "{name: b, port: 81}"),
    ),
    (
        "missing-field",
        pod(", volumeMounts: [{name: a, mountPath: /a}]", ", volumes: [{name: a}]"),
        f"{{op: remove, path: {CONTAINER}/volumeMounts/0/mountPath}}",
    ),
    (
        "two-of-one",
        pod(", livenessProbe: {exec: {command: [a]}}"),
        add(f"{CONTAINER}/livenessProbe/httpGet", "{port: 80}"),
    ),
    (
        "invalid-encoding",
        obj("type: a, data: {a: YQ==}", "Secret"),
        "{op: copy, from: /metadata/name, path: /data/b}",
    ),
    ("invalid-name", pod(), f"{add('/metadata/labels', '{a: -b}')}"),
    ("invalid-name", pod(), f"{add('/metadata/labels', '{a/b/c: b}')}"),
    ("invalid-name", pod(), f"{add('/metadata/annotations', '{-a: b}')}"),
    ("invalid-name", pod(), add("/spec/volumes", "[{name: A_b, emptyDir: {}}]")),
    ("invalid-name", pod(), add(f"{CONTAINER}/ports", "[{name: a--b, containerPort: 1}]")),
    ("invalid-name", obj("data: {}", "ConfigMap"), add("/data/..a", "b")),
    ("field-of-other-type", SERVICE, add("/spec/ports/0/nodePort", "30000")),
]
NAMES = [f"{i}-{key}" for i, (key, *_) in enumerate(CASES)]


@pytest.mark.parametrize(("key", "stream", "step"), CASES, ids=NAMES)
def test_what_a_rule_brings_is_found(key: str, stream: str, step: str) -> None:
    """With its id, and blamed on the rule."""
    said = run(f"rules: {{r: {{match: {{kind: '*'}}, jsonPatch: [{step}]}}}}", stream)

    assert ids(said) == [key]
    assert said[0].startswith('kmod.yaml:1:9: rule "r": ')


@pytest.mark.parametrize(("key", "stream", "step"), CASES, ids=NAMES)
def test_what_the_chart_had_is_silent(key: str, stream: str, step: str) -> None:
    """A chart that has it already, whose object a rule changes elsewhere."""
    accept = f"rules: {{r: {{match: {{kind: '*'}}, accept: [{key}], jsonPatch: [{step}]}}}}"
    done = run_text(accept, stream)
    assert key not in ids([str(warning) for warning in done.warnings])

    chart = output(done)
    other = "{op: add, path: /metadata/ownerReferences, value: []}"
    assert run(f"rules: {{r: {{match: {{kind: '*'}}, jsonPatch: [{other}]}}}}", chart) == []
    assert (
        run(f"rules: {{r: {{match: {{kind: '*'}}, jsonPatch: [{other}, {other}]}}}}", chart) == []
    )


@pytest.mark.parametrize(
    ("stream", "step"),
    [
        pytest.param(
            pod(spec=", initContainers: [{name: i, image: i, restartPolicy: Always}]"),
            add("/spec/initContainers/0/startupProbe", "{exec: {command: [a]}}"),
            id="a native sidecar with a probe",
        ),
        pytest.param(
            pod(", ports: [{name: a, containerPort: 1}]"),
            add(f"{CONTAINER}/ports/-", "{name: b, containerPort: 1, protocol: UDP}"),
            id="one number of two protocols",
        ),
        pytest.param(
            pod(", securityContext: {capabilities: {add: [SYS_ADMIN]}}"),
            add(f"{CONTAINER}/securityContext/allowPrivilegeEscalation", "false"),
            id="SYS_ADMIN without CAP_",
        ),
        pytest.param(
            pod(", env: [{name: A, value: ''}]"),
            add(f"{CONTAINER}/env/0/valueFrom", "{fieldRef: {fieldPath: metadata.name}}"),
            id="an empty value beside valueFrom",
        ),
        pytest.param(
            pod(), add("/metadata/annotations", "{EXAMPLE.com/Key: b}"), id="capitals in a prefix"
        ),
        pytest.param(
            SERVICE, add("/spec/ports/-", "{name: dns, port: 80, protocol: UDP}"), id="port of UDP"
        ),
        pytest.param(
            obj("data: {}", "Secret"), add("/data/a", '"YWJj\\nZGVm"'), id="base64 of two lines"
        ),
        pytest.param(
            obj(
                "roleRef: {kind: Role, name: a, apiGroup: ''}",
                "RoleBinding",
                "rbac.authorization.k8s.io/v1",
            ),
            add("/subjects", "[]"),
            id="the group of a role has a default",
        ),
        pytest.param(
            obj(
                "spec: {template: {spec: {containers: [{name: web, image: a}]}}}",
                "Rollout",
                "argoproj.io/v1alpha1",
            ),
            add("/spec/template/spec/containers/-", NAMED),
            id="a custom kind",
        ),
    ],
)
def test_what_kubernetes_takes_is_not_refused(stream: str, step: str) -> None:
    """Nor warned of."""
    assert run(f"rules: {{r: {{match: {{kind: '*'}}, jsonPatch: [{step}]}}}}", stream) == []


HALF = "containers: [{name: wob, tty: true}]"
ROLLOUT = "argoproj.io/v1alpha1"


@pytest.mark.parametrize(
    ("stream", "rule"),
    [
        pytest.param(
            DEPLOYMENT, f"merge: {{spec: {{template: {{spec: {{{HALF}}}}}}}}}", id="merge"
        ),
        pytest.param(DEPLOYMENT, f"pod: {{{HALF}}}", id="pod"),
        pytest.param(DEPLOYMENT, f"pod: {{initC{HALF[1:]}}}", id="an init container"),
        pytest.param(pod(), "pod: {containers: [{name: wob, image: ' '}]}", id="a blank image"),
        pytest.param(
            DEPLOYMENT.replace("Deployment", "Rollout").replace("apps/v1", ROLLOUT),
            f"merge: {{spec: {{template: {{spec: {{{HALF}}}}}}}}}",
            id="a custom kind whose pods are known",
        ),
        pytest.param(
            DEPLOYMENT.replace("Deployment", "Rollout").replace("apps/v1", ROLLOUT),
            f"jsonPatch: [{add('/spec/template/spec/containers/-', '{name: wob}')}]",
            id="jsonPatch",
        ),
        pytest.param(DEPLOYMENT, "sidecars: {wob: {tty: true}}", id="sidecars"),
    ],
)
def test_half_a_container_is_refused(stream: str, rule: str) -> None:
    """Nothing excuses it; the container that may be meant is named."""
    (said,) = run(f"rules: {{r: {{match: {{}}, {rule}}}}}", stream)
    assert said.endswith(f": {NO_IMAGE}")

    with pytest.raises(RulesError, match="no-image cannot be accepted"):
        run(f"rules: {{r: {{match: {{}}, accept: [no-image], {rule}}}}}", stream)


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(
            f"a: {{match: {{}}, pod: {{{HALF}}}}}, b: {{match: {{}}, containers: {{wob: "
            "{image: a}}}",
            id="a later rule brings the image",
        ),
        pytest.param("a: {match: {}, pod: {containers: [{name: web, tty: true}]}}", id="the name"),
    ],
)
def test_a_whole_container_is_taken(rules: str) -> None:
    """What counts is what is there after all rules."""
    assert run(f"rules: {{{rules}}}", DEPLOYMENT) == []


@pytest.mark.parametrize(
    ("key", "stream", "body"),
    [
        pytest.param(
            "mount-without-volume",
            obj(
                "spec: {volumeClaimTemplates: [{metadata: {name: data}}], template: {spec: "
                "{containers: [{name: web, image: a, volumeMounts: [{name: data, mountPath: /a}]}]}}}",
                "StatefulSet",
                "apps/v1",
            ),
            "merge: {spec: {volumeClaimTemplates: null}}",
            id="a claim template that is mounted",
        ),
        pytest.param(
            "restart-policy",
            JOB.replace("Never", "OnFailure"),
            "merge: {spec: {podFailurePolicy: {rules: [{action: Ignore, "
            "onExitCodes: {operator: In, values: [1]}}]}}}",
            id="a policy for pods that restart",
        ),
    ],
)
def test_what_the_pods_must_fit_is_found(key: str, stream: str, body: str) -> None:
    """Even where the pods themselves stay as they are."""
    said = run(f"rules: {{r: {{match: {{kind: '*'}}, {body}}}}}", stream)
    assert key in ids(said)


def test_pods_that_a_user_names_may_be_laid_over_others() -> None:
    """Of kinds under `kinds` nobody knows whether their containers have their images there."""
    rules = f"kinds: {{Db: {{podTemplate: spec.template}}}}\nrules: {{r: {{match: {{}}, pod: {{{HALF}}}}}}}"
    assert run(rules, DEPLOYMENT.replace("Deployment", "Db").replace("apps/v1", "a.io/v1")) == []


def test_the_last_rule_that_brings_it_is_blamed() -> None:
    """One that brings it and one that mends it are not."""
    context = "containers: {web: {securityContext: {allowPrivilegeEscalation: %s}}}"
    steps = [
        "containers: {web: {securityContext: {privileged: true}}}",
        *(context % value for value in ("false", "true", "false")),
        "labels: {a: b}",
    ]
    rules = ", ".join(f"r{i}: {{match: {{kind: Pod}}, {step}}}" for i, step in enumerate(steps))

    said = [one for one in run(f"rules: {{{rules}}}", pod()) if "privilege" in one]

    assert len(said) == 1
    assert 'rule "r3"' in said[0]


def test_a_volume_of_nearly_this_name_is_named() -> None:
    """It is mistyped, more often than it is missing."""
    stream = pod(", volumeMounts: [{name: storage, mountPath: /a}]", ", volumes: [{name: storage}]")
    rules = "a: {match: {}, containers: {web: {mounts: {/b: stroage}}}}"

    [said] = [one for one in run(f"rules: {{{rules}}}", stream) if "stroage" in one]

    assert 'which the pod does not have; did you mean "storage"? If not, add it under' in said


def test_all_objects_are_said_at_once() -> None:
    """In the order of the rules."""
    rules = "rules: {r: {match: {kind: Pod}, containers: {web: {mounts: {/a: a, /b: b}}}}}"
    two = f"{pod()}---\n{pod().replace('web', 'api', 1)}"

    assert ids(run(rules, two)) == ["mount-without-volume"] * 4


@pytest.mark.parametrize(
    ("verb", "fields", "found"),
    [
        pytest.param("sidecars", "ports: [{name: UPPER, containerPort: 1}]", ["invalid-name"], id="by the container"),
        pytest.param("sidecars", "livenessProbe: {periodSeconds: 1}", ["missing-field"], id="by the types"),
        pytest.param("initContainers", "livenessProbe: {exec: {command: [a]}}", ["probe-on-init-container"], id="by the list"),
        pytest.param("sidecars", "livenessProbe: {exec: {command: [a]}}", [], id="nothing"),
    ],
)  # fmt: skip
def test_a_container_that_a_rule_puts_into_all_pods_is_checked_in_each(
    verb: str, fields: str, found: list[str]
) -> None:
    """Each object that gets it is said, also where the same container may stand in another list."""
    rules = f"""rules:
      first: {{match: {{kind: Pod}}, sidecars: {{one: {{image: a, {fields}}}}}}}
      second: {{match: {{kind: Pod}}, {verb}: {{two: {{image: a, {fields}}}}}}}"""
    pods = "---\n".join(pod().replace("web", name, 1) for name in ("a", "b", "c"))

    said = [one for one in run(rules, pods) if 'rule "second"' in one]

    assert [re.findall("Pod/([abc])", one) for one in said] == [
        [name] for name in "abc" for _ in found
    ]
    assert ids(said) == found * 3


def test_the_docs_have_each_check() -> None:
    """docs/kubernetes.md has a row for each id of the checks of the result."""
    page = (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([a-z-]+)`", page, re.MULTILINE))

    of_two_states = {"immutable-field", "selector-finds-nothing"}
    assert rows == {key for key, *_ in CASES} | of_two_states | {"no-image"}
    for key in rows:
        mark = "" if FINDINGS[key].severity == ERROR else " (warning)"
        assert f"| `{key}`{mark} |" in page


# Fields that cannot change

DEPLOYMENT = obj(
    "spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, "
    "spec: {containers: [{name: web, image: a}]}}}",
    "Deployment",
    "apps/v1",
)
STATEFUL_SET = obj(
    "spec: {serviceName: web, selector: {matchLabels: {app: web}}, template: {metadata: {labels: "
    "{app: web}}, spec: {containers: [{name: web, image: a}]}}}",
    "StatefulSet",
    "apps/v1",
)
BOTH_LABELS = (
    "merge: {spec: {selector: {matchLabels: {app: shop}}, "
    "template: {metadata: {labels: {app: shop}}}}}"
)
HOOK_JOB = JOB.replace("name: web", "name: web, annotations: {helm.sh/hook: pre-install}", 1)


@pytest.mark.parametrize(
    ("stream", "body", "field"),
    [
        pytest.param(JOB, "podLabels: {a: b}", "spec.template", id="a Job"),
        pytest.param(DEPLOYMENT, BOTH_LABELS, "spec.selector", id="a selector"),
        pytest.param(
            STATEFUL_SET, "merge: {spec: {serviceName: b}}", "spec.serviceName", id="a StatefulSet"
        ),
        pytest.param(
            STATEFUL_SET,
            "merge: {spec: {volumeClaimTemplates: [{metadata: {name: data}}]}}",
            "spec.volumeClaimTemplates",
            id="claim templates",
        ),
        pytest.param(
            obj("spec: {ports: [{port: 80}]}", "Service"),
            "merge: {spec: {clusterIP: None}}",
            "spec.clusterIP",
            id="a Service",
        ),
        pytest.param(
            obj("provisioner: a", "StorageClass", "storage.k8s.io/v1"),
            "merge: {parameters: {type: b}}",
            "parameters",
            id="a StorageClass",
        ),
        pytest.param(
            obj("immutable: true, data: {a: b}", "ConfigMap"),
            "merge: {data: {a: c}}",
            "data",
            id="an immutable ConfigMap",
        ),
        pytest.param(JOB, "labels: {a: b}", "", id="labels of a Job"),
        pytest.param(HOOK_JOB, "podLabels: {a: b}", "", id="a hook"),
        pytest.param(DEPLOYMENT, "podLabels: {a: b}", "", id="pods of a Deployment"),
        pytest.param(obj("data: {a: b}", "ConfigMap"), "merge: {data: {a: c}}", "", id="data"),
    ],
)
def test_fields_that_cannot_change(stream: str, body: str, field: str) -> None:
    """A warning; over its own output there is none."""
    rules = f"rules: {{r: {{match: {{kind: '*', hooks: include}}, {body}}}}}"
    said = [one for one in run(rules, stream) if "immutable-field" in one]
    assert [one.split(": ")[3].split()[0] for one in said] == ([field] if field else [])
    again = output(run_text(rules, stream))
    assert not [one for one in run(rules, again) if "immutable-field" in one]


# Selectors that find nothing any more

SERVICE_OF_PODS = obj("spec: {selector: {app: web}, ports: [{port: 80}]}", "Service")
PODS = obj("spec: {containers: [{name: web, image: a}]}").replace(
    "name: web", "name: web, labels: {app: web}", 1
)


@pytest.mark.parametrize(
    ("other", "body", "is_lost"),
    [
        pytest.param(
            SERVICE_OF_PODS, "{match: {kind: Pod}, podLabels: {app: b}}", True, id="a label"
        ),
        pytest.param(
            SERVICE_OF_PODS, "{match: {kind: Pod}, labels: {app: b}}", True, id="a Pod's own label"
        ),
        pytest.param(SERVICE_OF_PODS, "{match: {kind: Pod}, remove: true}", True, id="removed"),
        pytest.param(
            SERVICE_OF_PODS,
            "{match: {kind: Service}, merge: {spec: {selector: {app: b}}}}",
            True,
            id="its selector",
        ),
        pytest.param(
            obj("spec: {selector: {matchLabels: {app: web}}}", "PodDisruptionBudget", "policy/v1"),
            "{match: {kind: Pod}, labels: {app: null}}",
            True,
            id="a PodDisruptionBudget",
        ),
        pytest.param(
            obj(
                "spec: {podSelector: {matchLabels: {app: web}}}",
                "NetworkPolicy",
                "networking.k8s.io/v1",
            ),
            "{match: {kind: Pod}, labels: {app: b}}",
            True,
            id="a NetworkPolicy",
        ),
        pytest.param(
            SERVICE_OF_PODS, "{match: {kind: Pod}, labels: {b: c}}", False, id="another label"
        ),
        pytest.param(
            SERVICE_OF_PODS, "{match: {kind: '*'}, remove: true}", False, id="both removed"
        ),
        pytest.param(
            SERVICE_OF_PODS.replace("app: web", "app: other"),
            "{match: {kind: Pod}, labels: {app: b}}",
            False,
            id="nothing before either",
        ),
    ],
)
def test_selectors_that_find_nothing(
    other: str,
    body: str,
    is_lost: bool,
) -> None:
    """Said where something was found before the rules, and nothing is after them."""
    stream = f"{PODS}---\n{other}"
    said = [one for one in run(f"rules: {{r: {body}}}", stream) if "selector-finds" in one]
    assert bool(said) is is_lost


def test_a_service_monitor_finds_services() -> None:
    """By their own labels, not by those of pods."""
    service = obj("spec: {ports: [{port: 80}]}", "Service").replace(
        "name: web", "name: web, labels: {app: web}", 1
    )
    monitor = obj(
        "spec: {selector: {matchLabels: {app: web}}, endpoints: []}",
        "ServiceMonitor",
        "monitoring.coreos.com/v1",
    )
    rules = "rules: {r: {match: {kind: Service}, labels: {app: b}}}"
    (said,) = run(rules, f"{service}---\n{monitor}")
    assert "ServiceMonitor/web: its selector finds no Service of the chart any more" in said
