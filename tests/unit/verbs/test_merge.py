from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import VerbError

if TYPE_CHECKING:
    from conftest import ApplyVerb

ROLLOUT = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
spec:
  paused: true
  template: {spec: {containers: [{name: a, image: a:1}, {name: b, image: b:1}]}}
"""


@pytest.mark.parametrize(
    ("containers", "after"),
    [
        pytest.param(
            "[{name: b, image: 'b:2'}]",
            [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:2"}],
            id="merged by name",
        ),
        pytest.param("[{name: a, $patch: delete}]", [{"name": "b", "image": "b:1"}], id="delete"),
        pytest.param("[{$patch: replace}, {name: c}]", [{"name": "c"}], id="replace"),
        pytest.param("null", None, id="null"),
        pytest.param(
            "[{name: a, image: null}]", [{"name": "a"}, {"name": "b", "image": "b:1"}], id="a field"
        ),
    ],
)
def test_custom_kinds(apply_verb: ApplyVerb, containers: str, after: object) -> None:
    """Containers of a custom kind merge by name, with Kubernetes' directives."""
    value = f"spec: {{template: {{spec: {{containers: {containers}}}}}}}"

    done = apply_verb("merge", value, ROLLOUT).data

    assert done["spec"]["template"]["spec"].get("containers") == after
    assert done["spec"]["paused"] is True


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("{}", id="nothing"),
        pytest.param("spec: {paused: yes}", id="a field"),
        pytest.param("spec: {replicas: null}", id="null for what is not there"),
        pytest.param("spec: {template: {spec: {containers: [{name: b}]}}}", id="an entry"),
        pytest.param(
            "spec: {template: {spec: {containers: [{name: c, $patch: delete}]}}}", id="gone"
        ),
    ],
)
def test_no_op(apply_verb: ApplyVerb, value: str) -> None:
    """What is there already leaves the very same object."""
    before = apply_verb("merge", "{}", ROLLOUT).data

    assert apply_verb("merge", value, before).data is before


@pytest.mark.parametrize(
    ("kind", "version", "data"),
    [
        pytest.param("ConfigMap", "v1", {"a": "0755", "b": "true", "c": "x"}, id="ConfigMap"),
        pytest.param("Secret", "v1", {"a": "0755", "b": "true", "c": "x"}, id="Secret"),
        pytest.param("ConfigMap", "example.com/v1", {"a": 493, "b": True, "c": "x"}, id="custom"),
    ],
)
def test_data_of_texts(
    apply_verb: ApplyVerb, kind: str, version: str, data: dict[str, object]
) -> None:
    """The `data` of a ConfigMap takes only text; that of other kinds is as Go reads it."""
    obj = f"{{apiVersion: {version}, kind: {kind}, metadata: {{name: a}}, data: {{c: x, d: y}}}}"

    done = apply_verb("merge", "data: {a: 0755, b: true, d: null}", obj, obj=obj).data["data"]

    assert [(key, type(done[key]), done[key]) for key in sorted(done)] == [
        (key, type(value), value) for key, value in data.items()
    ]


@pytest.mark.parametrize(
    ("containers", "message"),
    [
        pytest.param(
            "[{image: c}]",
            r'web: merge\.spec\.template\.spec\.containers\[0\]: an entry .* in the patch has no "name"',
            id="entry without its key",
        ),
        pytest.param("[{image: c, $patch: delete}]", 'has no "name"', id="delete without its key"),
        pytest.param("[{name: a, $patch: drop}]", "is merge, replace or delete", id="directive"),
    ],
)
def test_refused(apply_verb: ApplyVerb, containers: str, message: str) -> None:
    """A patch that does not say what it means changes nothing, on custom kinds neither."""
    with pytest.raises(VerbError, match=message):
        apply_verb("merge", f"spec: {{template: {{spec: {{containers: {containers}}}}}}}", ROLLOUT)
