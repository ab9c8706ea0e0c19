from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import RulesError

if TYPE_CHECKING:
    from conftest import ApplyVerb

REST = {
    "selector": {"matchLabels": {"a": "1"}},
    "template": {"metadata": {"annotations": {"a": "1"}}},
    "volumeClaimTemplates": [{"metadata": {"annotations": {"a": "1"}}}],
}


@pytest.mark.parametrize(
    ("value", "after"),
    [
        pytest.param("b: x", {"a": "1", "b": "x"}, id="added"),
        pytest.param("a: x", {"a": "x"}, id="changed"),
        pytest.param("{a: null, b: x}", {"b": "x"}, id="null removes"),
        pytest.param(
            "{b: yes, c: 007, d: 1.10}",
            {"a": "1", "b": "yes", "c": "007", "d": "1.10"},
            id="text as written",
        ),
    ],
)
def test_annotations(apply_verb: ApplyVerb, value: str, after: object) -> None:
    """They are put on the object itself, and on nothing else in it."""
    before = {"metadata": {"name": "web", "annotations": {"a": "1"}}, "spec": REST}

    done = apply_verb("annotations", value, before).data

    assert done == {"metadata": {"name": "web", "annotations": after}, "spec": REST}
    assert apply_verb("annotations", value, done).data is done


@pytest.mark.parametrize("value", ["{}", "a: 1", "a: '1'", "b: null"])
def test_no_op(apply_verb: ApplyVerb, value: str) -> None:
    """What is there, or gone, already leaves the very same object."""
    before = {"metadata": {"name": "web", "annotations": {"a": "1"}}}

    assert apply_verb("annotations", value, before).data is before


@pytest.mark.parametrize("value", ["[a]", "a", "a: [b]", "a: {b: c}"])
def test_mistakes(apply_verb: ApplyVerb, value: str) -> None:
    """They are a mapping of texts."""
    with pytest.raises(RulesError, match="must be"):
        apply_verb("annotations", value, {})
