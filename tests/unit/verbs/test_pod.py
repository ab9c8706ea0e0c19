from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import RulesError, VerbError

if TYPE_CHECKING:
    from conftest import ApplyVerb


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [
        pytest.param("nodeName: a", {}, {"nodeName": "a"}, id="field"),
        pytest.param(
            "nodeSelector: {disk: ssd, zone: 1}",
            {"nodeSelector": {"os": "linux"}},
            {"nodeSelector": {"os": "linux", "disk": "ssd", "zone": "1"}},
            id="mapping merged; labels are texts",
        ),
        pytest.param(
            "nodeSelector: null", {"nodeSelector": {"a": "b"}, "x": 1}, {"x": 1}, id="deleted"
        ),
        pytest.param(
            "tolerations: [{operator: Exists}]",
            {"tolerations": [{"key": "a"}]},
            {"tolerations": [{"operator": "Exists"}]},
            id="list without key, replaced",
        ),
        pytest.param(
            "volumes: [{name: a, $patch: delete}]",
            {"volumes": [{"name": "a"}, {"name": "b"}]},
            {"volumes": [{"name": "b"}]},
            id="$patch: delete",
        ),
        pytest.param(
            "securityContext: {$patch: replace, runAsUser: 1}",
            {"securityContext": {"fsGroup": 1}},
            {"securityContext": {"runAsUser": 1}},
            id="$patch: replace",
        ),
        pytest.param(
            "containers: [{name: web, args: [1], env: [{name: A, value: 2}]}]",
            {"containers": [{"name": "web", "image": "a"}]},
            {
                "containers": [
                    {
                        "name": "web",
                        "image": "a",
                        "args": ["1"],
                        "env": [{"name": "A", "value": "2"}],
                    }
                ]
            },
            id="containers merged by name; texts as written",
        ),
    ],
)
def test_pod(apply_verb: ApplyVerb, value: str, before: object, after: object) -> None:
    """Fields are merged into the pod spec by Kubernetes' strategic merge."""
    assert apply_verb("pod", value, before).data == after


def test_no_op(apply_verb: ApplyVerb) -> None:
    """A patch that says what is there leaves the very same pod."""
    before = {"nodeName": "a", "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}]}

    value = "nodeName: a\nhostAliases: [{ip: 10.0.0.1}]\nhostPID: null"
    assert apply_verb("pod", value, before).data is before


def test_a_patch_that_cannot_be_merged(apply_verb: ApplyVerb) -> None:
    """Kubernetes' merge refuses it; object and verb are named."""
    with pytest.raises(VerbError, match=r"Deployment/web: pod\.containers\[0\]: .* not 'drop'"):
        apply_verb("pod", "containers: [{name: a, $patch: drop}]", {"containers": [{"name": "a"}]})


def test_mistakes(apply_verb: ApplyVerb) -> None:
    """The value is a mapping."""
    with pytest.raises(RulesError, match=r"pod: must be a mapping, not a list; write fields of"):
        apply_verb("pod", "[nodeName]", {})
