from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import RulesError, VerbError

if TYPE_CHECKING:
    from conftest import ApplyVerb

TEMPLATE = {"metadata": {"labels": {"app": "web", "tier": "front"}}, "spec": {}}
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector:
    matchLabels: {app: web}
    matchExpressions: [{key: stage, operator: NotIn, values: [test]}]
"""


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        pytest.param("a: b", {"app": "web", "tier": "front", "a": "b"}, id="added"),
        pytest.param("tier: back", {"app": "web", "tier": "back"}, id="changed"),
        pytest.param("tier: null", {"app": "web"}, id="removed"),
        pytest.param("app: web", {"app": "web", "tier": "front"}, id="the selector's, unchanged"),
        pytest.param(
            "{v: 1e3, d: on}",
            {"app": "web", "tier": "front", "v": "1e3", "d": "on"},
            id="texts as they were written",
        ),
    ],
)
def test_pod_labels(apply_verb: ApplyVerb, value: str, labels: dict[str, str]) -> None:
    """Labels are put on the pod template."""
    done = apply_verb("podLabels", value, TEMPLATE, obj=DEPLOYMENT)

    assert done.data == {"metadata": {"labels": labels}, "spec": {}}


def test_no_op(apply_verb: ApplyVerb) -> None:
    """Labels that are there leave the very same template."""
    value = "{tier: front, app: web, other: null}"

    assert apply_verb("podLabels", value, TEMPLATE, obj=DEPLOYMENT).data is TEMPLATE


@pytest.mark.parametrize(
    ("value", "key"),
    [
        pytest.param("app: other", "app", id="changed"),
        pytest.param("app: null", "app", id="removed"),
        pytest.param("stage: prod", "stage", id="of an expression"),
    ],
)
def test_labels_of_the_selector_are_refused(apply_verb: ApplyVerb, value: str, key: str) -> None:
    """A label that the selector uses cannot change, or the object would lose its pods."""
    with pytest.raises(VerbError) as caught:
        apply_verb("podLabels", value, TEMPLATE, obj=DEPLOYMENT)

    assert str(caught.value) == (
        'rules.yaml:1:1: rule "rule": Deployment/web: podLabels: '
        f'the selector uses label "{key}", which cannot change; remove it from the rule'
    )


def test_mistakes(apply_verb: ApplyVerb) -> None:
    """A label is text."""
    with pytest.raises(RulesError, match=r"rules.yaml:2:5: podLabels.a: must be text, not a list"):
        apply_verb("podLabels", "a: []", TEMPLATE)
