from __future__ import annotations

import pytest

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
    ("text", "message"),
    [
        pytest.param("labels: {a: [1]}", "1:13: labels.a: must be text, not a list", id="label"),
        pytest.param("args: [{a: b}]", "1:8: args[0]: must be text, not a mapping", id="argument"),
        pytest.param("command: [a, null]", "1:14: command[1]: must be text, not empty", id="null"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    """What cannot be text is a mistake with its place."""
    values = read_values(text, "rules.yaml")
    check = Checker(values, lambda _file, name: name)

    read_content(check, values.data, ())

    assert [str(found) for _, found in check.found] == [f"rules.yaml:{message}"]
