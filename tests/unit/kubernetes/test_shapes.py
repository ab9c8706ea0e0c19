"""The findings of the table of types: what two states share is passed over, the rest is not."""

from __future__ import annotations

from typing import Any

import pytest

from postrender.data import put
from postrender.kubernetes.validation.shapes import shape_findings

POD = ("spec", "template", "spec")
CONTAINER = (*POD, "containers", 0)
OLD: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "web"},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {}}],
        "template": {
            "spec": {
                "containers": [{"name": "web", "image": "nginx", "env": [{"name": "A"}]}],
                "volumes": [{"name": "v", "emptyDir": {}}],
            }
        },
    },
}


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        pytest.param((*POD, "volumes"), [{"name": "v", "csi": {}}], ["csi: it has no driver"], id="an empty mapping"),
        pytest.param((*POD, "volumes", 0), {"name": "v", "emptyDir": {}, "hostPath": {"path": "/"}}, ["emptyDir and hostPath"], id="two of one"),
        pytest.param((*CONTAINER, "livenessProbe"), {}, ["livenessProbe: it has none of"], id="an empty probe"),
        pytest.param((*CONTAINER, "env"), [{"value": "x"}], ["it has no name"], id="an entry without a name"),
        pytest.param(("spec", "selector"), {}, ["it has no selector"], id="a list of no labels"),
        pytest.param(("spec", "volumeClaimTemplates"), [{"metadata": {"labels": {"a": "b"}}}], ["metadata.name"], id="a claim without a name"),
        pytest.param((*CONTAINER, "resizePolicy"), [{"resourceName": "cpu", "restartPolicy": "NotRequired"}] * 2, ["resizePolicy[cpu] is there twice"], id="an entry twice"),
        pytest.param((*CONTAINER, "image"), "nginx:2", [], id="nothing wrong"),
    ],
)  # fmt: skip
def test_findings_of_a_change(path: tuple[str | int, ...], value: Any, found: list[str]) -> None:
    """A change is found wherever it is, and with the old state also what is new only."""
    new = put(OLD, path, value)
    every = {text for _, text, _ in shape_findings(new, {}, {})}
    before = {text for _, text, _ in shape_findings(OLD, {}, {})}

    told = {text for _, text, _ in shape_findings(new, OLD, {})}

    assert told - before == every - before
    assert all(any(part in text for text in told) for part in found)
    assert bool(told - before) == bool(found)
