from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import ApplyVerb

TEMPLATE = {"metadata": {"annotations": {"a": "1", "b": "2"}}, "spec": {}}


@pytest.mark.parametrize(
    ("value", "annotations"),
    [
        pytest.param("c: 0755", {"a": "1", "b": "2", "c": "0755"}, id="added, as written"),
        pytest.param("a: 'x'", {"a": "x", "b": "2"}, id="changed"),
        pytest.param("a: null", {"b": "2"}, id="removed"),
        pytest.param(
            "{'on': y}", {"a": "1", "b": "2", "on": "y"}, id="words that Go takes for bools"
        ),
    ],
)
def test_pod_annotations(apply_verb: ApplyVerb, value: str, annotations: dict[str, str]) -> None:
    """Annotations are put on the pod template."""
    done = apply_verb("podAnnotations", value, TEMPLATE)

    assert done.data == {"metadata": {"annotations": annotations}, "spec": {}}


def test_a_selector_does_not_use_annotations(apply_verb: ApplyVerb) -> None:
    """An annotation may be called like a label of the selector."""
    obj = "{kind: Deployment, apiVersion: apps/v1, spec: {selector: {matchLabels: {app: web}}}}"

    done = apply_verb("podAnnotations", "app: other", {}, obj=obj)

    assert done.data == {"metadata": {"annotations": {"app": "other"}}}


def test_no_op(apply_verb: ApplyVerb) -> None:
    """Annotations that are there leave the very same template."""
    assert apply_verb("podAnnotations", "{b: 2, c: null}", TEMPLATE).data is TEMPLATE
