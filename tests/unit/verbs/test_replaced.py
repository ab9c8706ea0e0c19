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
