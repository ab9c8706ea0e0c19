from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import ApplyVerb

SPEC = """\
initContainers:
  - name: wait
    image: example/wait:1
    restartPolicy: Always
    startupProbe: {exec: {command: [ready]}}
containers:
  - name: shop
    image: example/shop:1
    readinessProbe: {httpGet: {port: 80}}
    lifecycle: {preStop: {exec: {command: [stop]}}}
    env: [{name: A, value: "1"}]
volumes:
  - {name: data, emptyDir: {}}
"""
PROBE = "container shop: readinessProbe: httpGet is replaced by grpc (warning: field-replaced)"
HOOK = "container shop: its preStop hook is replaced (warning: hook-replaced)"
VOLUME = "volume data: its source is replaced (warning: volume-source-replaced)"


@pytest.mark.parametrize(
    ("verb", "value", "warning"),
    [
        pytest.param("containers", "shop: {readinessProbe: {grpc: {port: 8}}}", PROBE),
        pytest.param("containers", '"*": {readinessProbe: {grpc: {port: 8}}}', PROBE),
        pytest.param("sidecars", "shop: {readinessProbe: {grpc: {port: 8}}}", PROBE),
        pytest.param("pod", "containers: [{name: shop, readinessProbe: {grpc: {port: 8}}}]", PROBE),
        pytest.param(
            "initContainers",
            "wait: {startupProbe: {tcpSocket: {port: 8}}}",
            "container wait: startupProbe: exec is replaced by tcpSocket (warning: field-replaced)",
        ),
        pytest.param("containers", "shop: {preStop: {sleep: {seconds: 1}}}", HOOK),
        pytest.param("containers", "shop: {preStop: other}", HOOK),
        pytest.param("containers", "shop: {lifecycle: {preStop: {sleep: {seconds: 1}}}}", HOOK),
        pytest.param(
            "pod", "containers: [{name: shop, lifecycle: {preStop: {sleep: {seconds: 1}}}}]", HOOK
        ),
        pytest.param("volumes", "data: {secret: {secretName: a}}", VOLUME),
        pytest.param("volumes", "[{name: data, secret: {secretName: a}}]", VOLUME),
        pytest.param("pod", "volumes: [{name: data, secret: {secretName: a}}]", VOLUME),
    ],
)
def test_what_is_replaced_is_said(
    apply_verb: ApplyVerb, verb: str, value: str, warning: str
) -> None:
    """Every verb and form says what it replaces, once: then it is done."""
    done = apply_verb(verb, value, SPEC)
    assert [text.partition("Deployment/web: ")[2] for text in done.warnings] == [warning]
    again = apply_verb(verb, value, done.data)
    assert not again.warnings
    assert again.data == done.data


@pytest.mark.parametrize(
    ("verb", "value"),
    [
        pytest.param("containers", "shop: {readinessProbe: {grpc: {port: 8}, httpGet: null}}"),
        pytest.param("containers", "shop: {readinessProbe: {httpGet: {port: 81}}}"),
        pytest.param("containers", "shop: {readinessProbe: null}"),
        pytest.param("containers", "shop: {env: {A: {secretKeyRef: {name: s, key: k}}}}"),
        pytest.param("containers", "shop: {preStop: {exec: {command: [stop]}}}"),
        pytest.param("containers", "new: {readinessProbe: {grpc: {port: 8}}}"),
        pytest.param("volumes", "data: {emptyDir: null, secret: {secretName: a}}"),
        pytest.param("volumes", "data: {emptyDir: {sizeLimit: 1Gi}}"),
        pytest.param("volumes", "new: {emptyDir: {sizeLimit: null}}"),
    ],
)
def test_what_is_meant_is_not_said(apply_verb: ApplyVerb, verb: str, value: str) -> None:
    """A rule that takes the other field away itself, or changes only what is there, is clear."""
    assert not apply_verb(verb, value, SPEC).warnings


def test_a_volume_that_needs_no_fields(apply_verb: ApplyVerb) -> None:
    """A layer may take the size of an emptyDir back: the volume is still one."""
    done = apply_verb("volumes", "new: {emptyDir: {sizeLimit: null}}", SPEC)
    assert done.data["volumes"][1] == {"name": "new", "emptyDir": {}}


LISTS = """\
tolerations: [{operator: Exists, effect: NoSchedule}, {key: pool, operator: Exists}]
containers:
  - name: shop
    image: example/shop:1
    args: [run, --leader-elect, --port=80, --token=abc]
    envFrom: [{configMapRef: {name: shop}}]
    livenessProbe: {exec: {command: [alive, --quick]}}
volumes:
  - {name: data, configMap: {name: shop, items: [{key: a, path: a}]}}
"""
LOST = "replaces the list of the chart, which loses"
END = "; repeat what must stay, or write $add, $remove or $change in its place (warning: list-replaced)"


@pytest.mark.parametrize(
    ("verb", "value", "warning"),
    [
        pytest.param(
            "containers",
            "shop: {args: [--verbose]}",
            f"container shop: args {LOST} 4 of 4 items: --leader-elect, --port, --token",
            id="args",
        ),
        pytest.param(
            "pod",
            "containers: [{name: shop, args: [run, --port=81, --token=b]}]",
            f"container shop: args {LOST} 1 of 4 items: --leader-elect",
            id="a flag with another value is not lost",
        ),
        pytest.param(
            "pod",
            "tolerations: [{key: pool, value: a}]",
            f"tolerations {LOST} 2 of 2 items: pool",
            id="tolerations",
        ),
        pytest.param(
            "pod",
            "tolerations: []",
            f"tolerations {LOST} 2 of 2 items: pool",
            id="an empty list",
        ),
        pytest.param(
            "containers",
            "shop: {envFrom: [{secretRef: {name: shop}}]}",
            f"container shop: envFrom {LOST} 1 of 1 item",
            id="envFrom",
        ),
        pytest.param(
            "containers",
            "shop: {livenessProbe: {exec: {command: [alive]}}}",
            f"container shop: livenessProbe.exec.command {LOST} 1 of 2 items: --quick",
            id="the command of a probe",
        ),
        pytest.param(
            "volumes",
            "data: {configMap: {items: [{key: b, path: b}]}}",
            f"volume data: configMap.items {LOST} 1 of 1 item: a",
            id="items of a volume",
        ),
    ],
)
def test_lists_that_lose_items_are_said(
    apply_verb: ApplyVerb, verb: str, value: str, warning: str
) -> None:
    """A list without a key is replaced as a whole; what a word of a command says stays unsaid."""
    done = apply_verb(verb, value, LISTS)
    assert [text.partition("Deployment/web: ")[2] for text in done.warnings] == [f"{warning}{END}"]
    again = apply_verb(verb, value, done.data)
    assert not again.warnings
    assert again.data == done.data


@pytest.mark.parametrize(
    ("verb", "value"),
    [
        pytest.param("containers", "shop: {args: null}", id="null"),
        pytest.param("pod", "tolerations: [{$patch: replace}, {key: a}]", id="$patch: replace"),
        pytest.param(
            "containers",
            "shop: {args: [new, --token=abc, --port=80, --leader-elect, run]}",
            id="nothing is lost",
        ),
        pytest.param("containers", "shop: {command: [run]}", id="there was no list"),
    ],
)
def test_lists_that_are_meant_to_go_are_not_said(
    apply_verb: ApplyVerb, verb: str, value: str
) -> None:
    """Whoever deletes a list, or says that it is replaced, means it."""
    assert apply_verb(verb, value, LISTS).warnings == []
