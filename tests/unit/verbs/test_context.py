from __future__ import annotations

import pytest

from postrender.errors import VerbError, Where
from postrender.rules.model import Rule
from postrender.verbs.context import Context, GeneratedFile


def context() -> Context:
    """A rule applied to a Deployment."""
    obj = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}},
    }
    rule = Rule("rule", Where("kmod.yaml", 7, 3), "", None, None, ())
    return Context(rule, obj, "web-rule", lambda _image, _platform: None)


def test_what_a_verb_may_know() -> None:
    """The object's name in messages, and the labels that its selector uses."""
    found = context()

    assert found.identity == "Deployment/shop/web"
    assert found.selected == {"app"}
    assert found.is_overlay is False


def test_messages_begin_with_rule_and_object() -> None:
    """Errors and warnings say which rule, in which file, on which object."""
    found = context()
    found.warn("something surprising")

    with pytest.raises(VerbError) as caught:
        found.fail("something wrong", "fix it")

    lead = 'kmod.yaml:7:3: rule "rule": Deployment/shop/web: '
    assert str(caught.value) == f"{lead}something wrong; fix it"
    assert [str(warning) for warning in found.warnings] == [f"{lead}something surprising"]


def test_one_key_one_file() -> None:
    """The same file twice is one; two different ones under one key are refused."""
    found = context()
    found.add_file("a", GeneratedFile("x", 0o644), "x")
    found.add_file("a", GeneratedFile("x", 0o644), "w")

    assert found.files == {"a": GeneratedFile("x", 0o644)}
    with pytest.raises(VerbError, match='x and y differ, but would both be "a"'):
        found.add_file("a", GeneratedFile("x", 0o755), "y")
