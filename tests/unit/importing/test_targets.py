"""Targets of kustomize: which objects they select, and the `match` that says the same."""

from __future__ import annotations

from typing import Any

import pytest

from postrender.importing import matching
from postrender.importing.model import Target
from postrender.importing.selecting import FORMER, is_selected, requirements

WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"tier": "front", "app": "web"}},
    FORMER: ["before"],
}


@pytest.mark.parametrize(
    ("target", "selected"),
    [
        (Target(), True),
        (Target(kind="Deployment", name="w.*"), True),
        (Target(kind="Deploy"), False),
        (Target(name="web|api"), True),
        (Target(group="apps", version="v1"), True),
        (Target(version="v2"), False),
        (Target(namespace="demo"), False),
        (Target(labels="tier=front,app"), True),
        (Target(labels="tier in (back, front)"), True),
        (Target(labels="tier notin (back)"), True),
        (Target(labels="!tier"), False),
        (Target(labels="other!=x"), True),
        (Target(annotations="a=b"), False),
        (Target("apps", "v1", "Deployment", "web", is_exact=True), True),
        (Target("apps", "v1", "Deployment", "web", "default", is_exact=True), True),
        (Target("apps", "v1", "Deployment", "we.", is_exact=True), False),
        (Target("apps", "v1", "Deployment", "web", "before", is_exact=True), True),
        (Target(namespace="before"), True),
    ],
)
def test_what_a_target_selects(target: Target, selected: bool) -> None:
    """Expressions match whole values; a patch that names its object means that one."""
    assert is_selected(WEB, target) is selected


@pytest.mark.parametrize(
    ("expression", "globs"),
    [
        ("web", ["web"]),
        ("^web$", ["web"]),
        ("web-.*", ["web-*"]),
        (".+-web", ["?*-web"]),
        ("(web|api)", ["web", "api"]),
        (r"a\.b", ["a.b"]),
        ("[ab]c", ["[ab]c"]),
        ("system:node", ["system:node"]),
    ],
)
def test_an_expression_as_globs(expression: str, globs: list[str]) -> None:
    """Those that a glob can say."""
    assert matching.globs_of(expression) == globs


@pytest.mark.parametrize("expression", ["a{2}", "a+", "(a|b)-c", r"\d+", "a?"])
def test_an_expression_that_no_glob_says(expression: str) -> None:
    """It needs a render, which tells names."""
    with pytest.raises(matching.NoMatch):
        matching.globs_of(expression)


@pytest.mark.parametrize(
    ("target", "match"),
    [
        (Target(kind="Deployment"), {"kind": "Deployment"}),
        (Target(group="apps", version="v1", kind="Deployment"), {"kind": "Deployment"}),
        (
            Target(group="x.io", version="v1", kind="Deployment"),
            {"kind": "Deployment", "apiVersion": "x.io/v1"},
        ),
        (Target(name=".*"), {"kind": "*"}),
        (Target(labels="a=b,!c"), {"kind": "*", "labels": {"a": "b", "c": None}}),
        (Target(labels="a!=b"), {"kind": "*", "not": [{"labels": {"a": "b"}}]}),
        (Target("", "v1", "Service", "a*", is_exact=True), {"kind": "Service", "name": "a[*]"}),
    ],
)
def test_the_match_of_a_target(target: Target, match: Any) -> None:
    """An apiVersion is only there where the kind does not say it."""
    assert matching.of_target(target) == match


@pytest.mark.parametrize("selector", ["a in b", "=a", "a=(", "!!a"])
def test_a_selector_that_is_none(selector: str) -> None:
    """It is refused, not guessed."""
    with pytest.raises(ValueError, match=r".+"):
        requirements(selector)


def test_the_match_of_objects() -> None:
    """The shortest that selects them and no others; none where nothing tells them apart."""
    other = {**WEB, "metadata": {"name": "api"}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}
    everything = [WEB, other, service]

    assert matching.of_objects([WEB, other], everything) == {"kind": "Deployment"}
    assert matching.of_objects([WEB], everything) == {"kind": "Deployment", "name": "web"}
    assert matching.of_objects(everything, everything) == {"kind": "*"}
    with pytest.raises(matching.NoMatch):
        matching.of_objects([WEB], [WEB, dict(WEB)])
