from __future__ import annotations

import pytest

from postrender.data import same
from postrender.rules.checker import Checker
from postrender.rules.content import read_content
from postrender.rules.layers import read_values


@pytest.mark.parametrize(
    ("text", "content"),
    [
        pytest.param(
            "labels: {a: 0755, b: yes, c: 1e3}",
            {"labels": {"a": "0755", "b": "yes", "c": "1e3"}},
            id="labels",
        ),
        pytest.param("matchLabels: {a: 1}", {"matchLabels": {"a": "1"}}, id="matchLabels"),
        pytest.param("nodeSelector: {a: 1}", {"nodeSelector": {"a": "1"}}, id="nodeSelector"),
        pytest.param(
            "metadata: {annotations: {a: 22:22, b: null}}",
            {"metadata": {"annotations": {"a": "22:22", "b": None}}},
            id="annotations; null stays",
        ),
        pytest.param("command: [sleep, 5]", {"command": ["sleep", "5"]}, id="command"),
        pytest.param(
            "spec: {containers: [{args: [0x10, on, '5']}]}",
            {"spec": {"containers": [{"args": ["0x10", "on", "5"]}]}},
            id="args, deep inside",
        ),
        pytest.param(
            "env: [{name: A, value: 1_000}]", {"env": [{"name": "A", "value": "1_000"}]}, id="env"
        ),
        pytest.param(
            "env: [{name: A, valueFrom: {resourceFieldRef: {divisor: 1}}}]",
            {"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"divisor": 1}}}]},
            id="other fields of env",
        ),
        pytest.param(
            "tolerations: [{key: a, value: yes}]",
            {"tolerations": [{"key": "a", "value": "yes"}]},
            id="tolerations",
        ),
        pytest.param(
            "httpGet: {port: 80, httpHeaders: [{name: a, value: 1.10}]}",
            {"httpGet": {"port": 80, "httpHeaders": [{"name": "a", "value": "1.10"}]}},
            id="headers",
        ),
        pytest.param(
            "dnsConfig: {options: [{name: ndots, value: 2}]}\noptions: [{name: a, value: 2}]",
            {
                "dnsConfig": {"options": [{"name": "ndots", "value": "2"}]},
                "options": [{"name": "a", "value": 2}],
            },
            id="options of the resolver only",
        ),
        pytest.param(
            "matchExpressions: [{key: a, operator: In, values: [1, no]}]\nvalues: [1]",
            {
                "matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "no"]}],
                "values": [1],
            },
            id="labels to match",
        ),
        pytest.param(
            "csi: {driver: a, readOnly: yes, volumeAttributes: {b: yes}}",
            {"csi": {"driver": "a", "readOnly": True, "volumeAttributes": {"b": "yes"}}},
            id="volumeAttributes",
        ),
        pytest.param(
            "metadata: {name: on, namespace: 1e3, generation: 010}",
            {"metadata": {"name": "on", "namespace": "1e3", "generation": 8}},
            id="names",
        ),
        pytest.param(
            "a: {replicas: 010, on: yes, x: 1e3, z: null}",
            {"a": {"replicas": 8, "on": True, "x": 1000.0, "z": None}},
            id="all else as Go reads it",
        ),
        pytest.param("data: {a: '010'}", {"data": {"a": "010"}}, id="quoted text is text"),
    ],
)
def test_content(text: str, content: object) -> None:
    """Where Kubernetes takes only text, what was written is the text; else Go's reading counts."""
    values = read_values(text, "rules.yaml")
    check = Checker(values, lambda _file, name: name)

    read = read_content(check, values.data, ())

    check.finish()
    assert read == content
    assert [type(value) for value in read.values()] == [type(value) for value in content.values()]


@pytest.mark.parametrize(
    "text",
    ["labels: {a: [1]}", "args: [{a: b}]", "command: [a, null]", "env: [{name: A, value: [1]}]"],
)
def test_names_that_may_mean_something_else(text: str) -> None:
    """Where the type is not known, a mapping or list is none of our business."""
    values = read_values(text, "rules.yaml")
    check = Checker(values, lambda _file, name: name)

    assert read_content(check, values.data, ()) == values.data
    assert check.found == []


def mistakes(shape: str, text: str, *, is_new: bool = False) -> list[str]:
    """What is wrong with the value of `it` where Kubernetes wants a shape."""
    values = read_values(f"it: {text}", "rules.yaml")
    check = Checker(values, lambda _file, name: name)
    read_content(check, values.data["it"], ("it",), shape, is_new=is_new)
    return [str(found).removeprefix("rules.yaml:") for _, found in check.found]


@pytest.mark.parametrize(
    ("shape", "text", "content"),
    [
        pytest.param("string", "007", "007", id="text"),
        pytest.param("bytes", "0755", "0755", id="base64"),
        pytest.param("time", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", id="a time"),
        pytest.param("=PullPolicy", "''", "", id="an empty text stands for the default"),
        pytest.param("=Protocol", "SCTP", "SCTP", id="a value of an enumeration"),
        pytest.param("int32", "2147483647", 2147483647, id="the largest"),
        pytest.param("int32", "3.0", 3.0, id="a whole number"),
        pytest.param("number", "1.5", 1.5, id="a number"),
        pytest.param("int-or-string", "http", "http", id="a port by name"),
        pytest.param("int-or-string", "'80'", "80", id="a number as text"),
        pytest.param("quantity", "' 1Gi '", " 1Gi ", id="spaces around a quantity"),
        pytest.param("quantity", "-.5e+3", -500.0, id="a quantity that is a number"),
        pytest.param("quantity", "12E", "12E", id="exabytes"),
        pytest.param("quantity", "'1e3'", "1e3", id="an exponent"),
        pytest.param("Container", "{image: null, name: null}", {"image": None, "name": None},
                     id="null deletes, what is required too"),
        pytest.param("PodSpec", "{$retainKeys: [a], $setElementOrder/containers: [{name: a}]}",
                     {"$retainKeys": ["a"], "$setElementOrder/containers": [{"name": "a"}]},
                     id="directives"),
        pytest.param("PodSpec", "{containers: [{name: a, $patch: delete}, {$patch: replace}]}",
                     {"containers": [{"name": "a", "$patch": "delete"}, {"$patch": "replace"}]},
                     id="directives in a list"),
        pytest.param("PodSpec", "{tolerations: [{value: yes}]}", {"tolerations": [{"value": "yes"}]},
                     id="an entry of which nothing is required"),
        pytest.param("ContainerPort", "{hostIP: '', containerPort: 80}",
                     {"hostIP": "", "containerPort": 80}, id="empty text"),
        pytest.param("KeyToPath", "{key: a, path: a, mode: 0777}",
                     {"key": "a", "path": "a", "mode": 511}, id="the largest file mode"),
        pytest.param("EnvVar", "{name: A, value: '', valueFrom: {fieldRef: {fieldPath: a}}}",
                     {"name": "A", "value": "", "valueFrom": {"fieldRef": {"fieldPath": "a"}}},
                     id="an empty value beside a source"),
        pytest.param("Deployment", "{metadata: {name: 1, labels: {a: on}}}",
                     {"metadata": {"name": "1", "labels": {"a": "on"}}}, id="names and labels"),
        pytest.param("CustomResourceDefinitionVersion",
                     "{name: 1, schema: {openAPIV3Schema: {default: {labels: {a: 1}}}}}",
                     {"name": "1", "schema": {"openAPIV3Schema": {"default": {"labels": {"a": 1}}}}},
                     id="data in a schema"),
    ],
)  # fmt: skip
def test_right_values(shape: str, text: str, content: object) -> None:
    """What an API server takes stays, with texts as written."""
    values = read_values(f"it: {text}", "rules.yaml")
    check = Checker(values, lambda _file, name: name)

    read = read_content(check, values.data["it"], ("it",), shape)

    check.finish()
    assert same(read, content)


@pytest.mark.parametrize(
    ("shape", "text", "message"),
    [
        pytest.param("string", "{a: b}", "it: must be text, not a mapping", id="text"),
        pytest.param("int64", "9223372036854775808",
                     "it: must be from -9223372036854775808 to 9223372036854775807, not "
            "9223372036854775808", id="too large"),
        pytest.param("int32", "1.5", "it: must be a whole number, not 1.5", id="not whole"),
        pytest.param("int32", "yes", "it: must be a number, not true or false", id="a flag"),
        pytest.param("boolean", "'yes'", "it: must be true or false, not text", id="a text"),
        pytest.param("quantity", "1gi", 'it: "1gi" is not a quantity; write 1Gi', id="1gi"),
        pytest.param("quantity", "2Gigabytes", 'it: "2Gigabytes" is not a quantity; '
                     "write it as 512Mi or 1Gi", id="no quantity"),
        pytest.param("quantity", "''", 'it: "" is not a quantity; write it as 512Mi or 1Gi',
                     id="an empty quantity"),
        pytest.param("quantity", "[1]", "it: must be a quantity, not a list", id="a list"),
        pytest.param("[]string", "a", "it: must be a list, not text", id="no list"),
        pytest.param("[]string", "[a, null]", "it[1]: must be text, not empty", id="null"),
        pytest.param("{}string", "[a]", "it: must be a mapping, not a list", id="no mapping"),
        pytest.param("Container", "a", "it: must be a mapping, not text", id="no type"),
        pytest.param("ConfigMapVolumeSource", "{defaultMode: '0755'}",
                     "it.defaultMode: must be a number, not text; write 0755 without quotes",
                     id="a mode as text"),
        pytest.param("ConfigMapVolumeSource", "{defaultMode: 899}",
                     "it.defaultMode: 899 is not a file mode, as the largest is 0777; "
                     "write it as 0644", id="no octal"),
        pytest.param("ConfigMapVolumeSource", "{defaultMode: on}",
                     "it.defaultMode: must be a number, not true or false", id="a mode as a flag"),
        pytest.param("PodSpec", "{image: a}",
                     'it: unknown field "image"; it belongs under containers or '
                     "ephemeralContainers or initContainers or volumes (error: unknown-field)",
                     id="one level deeper"),
        pytest.param("DeploymentSpec", "{containers: []}",
                     'it: unknown field "containers"; it belongs under template.spec '
                     "(error: unknown-field)", id="deeper"),
        pytest.param("PodSpec", "{containers: [{name: a, nodeSelector: {}}]}",
                     'it.containers[0]: unknown field "nodeSelector"; it belongs beside '
                     "containers, one level higher (error: unknown-field)", id="higher"),
        pytest.param("DeploymentStrategy", "{type: Recreate, rollingUpdate: {}}",
                     "it: with type Recreate it cannot have rollingUpdate; keep one of them",
                     id="excluded by another's value"),
    ],
)  # fmt: skip
def test_wrong_values(shape: str, text: str, message: str) -> None:
    """What an API server would refuse is a mistake."""
    (found,) = mistakes(shape, text)
    assert found.partition(": ")[2] == message


@pytest.mark.parametrize(
    ("shape", "text", "lacking"),
    [
        ("[]Container", "[{image: a}]", "name"),
        ("[]ServicePort", "[{name: http}]", "port"),
        ("[]TopologySpreadConstraint", "[{maxSkew: 1, topologyKey: a}]", "whenUnsatisfiable"),
        ("SecretKeySelector", "{name: a}", "key"),
        ("Volume", "{name: a, nfs: {path: /}}", "server"),
    ],
)
def test_new_ones_are_complete(shape: str, text: str, lacking: str) -> None:
    """What is new has all that an API server asks for."""
    (found,) = mistakes(shape, text, is_new=True)
    assert found.endswith(f"it has no {lacking}; add {lacking}:")


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ("[]HTTPHeader", "[{name: a}]"),
        ("[]CustomResourceDefinitionVersion", "[{name: v1}]"),
        ("[]PreferredSchedulingTerm", "[{weight: 1}]"),
        ("SleepAction", "{}"),
        ("RoleRef", "{kind: Role, name: a}"),
        ("StatefulSetSpec", "{}"),
    ],
)
def test_new_ones_without_what_has_a_default(shape: str, text: str) -> None:
    """The API server takes them, though its description requires more."""
    assert mistakes(shape, text, is_new=True) == []
