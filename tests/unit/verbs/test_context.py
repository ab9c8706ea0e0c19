from __future__ import annotations

import pytest

from postrender.errors import VerbError, Where
from postrender.kubernetes.crds import types_in
from postrender.rules.model import ACCEPTS_NOTHING, Accept, Rule
from postrender.verbs.context import Context, GeneratedFile


def context(accept: Accept = ACCEPTS_NOTHING) -> Context:
    """A rule applied to a Deployment."""
    obj = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}},
    }
    rule = Rule(
        "rule", Where("kmod.yaml", 7, 3), "", None, None, (), "", False, accept, frozenset()
    )
    return Context(rule, obj, lambda _image, _platform: None, lambda: types_in([]))


def test_what_a_verb_may_know() -> None:
    """The object's name in messages, and the labels that its selector uses."""
    found = context()

    assert found.identity == "Deployment/shop/web"
    assert found.selected == {"app"}
    assert found.is_overlay is False


def test_messages_begin_with_rule_and_object() -> None:
    """Errors and warnings say which rule, in which file, on which object."""
    found = context()
    found.warn("something surprising", id="hook-replaced")

    with pytest.raises(VerbError) as caught:
        found.fail("something wrong", "fix it")

    lead = 'kmod.yaml:7:3: rule "rule": Deployment/shop/web: '
    assert str(caught.value) == f"{lead}something wrong; fix it"
    assert [str(warning) for warning in found.warnings] == [
        f"{lead}something surprising (warning: hook-replaced)"
    ]


def test_an_excusable_error_fails_unless_the_rule_accepts_it() -> None:
    """What the rule or the file accepts is noted, and the verb goes on."""
    with pytest.raises(VerbError, match=r"something wrong; fix it \(error: unknown-field\)"):
        context().fail("something wrong", "fix it", id="unknown-field")

    place = Where("kmod.yaml", 1, 1)
    for accept in (Accept({"unknown-field": place}, {}), Accept({}, {"unknown-field": place})):
        found = context(accept)
        found.fail("something wrong", "fix it", id="unknown-field")
        assert found.excused == {"unknown-field"}


def test_what_nothing_excuses_fails_always() -> None:
    """An error without id, and one with another id than the rule accepts."""
    found = context(Accept({"hook-replaced": Where("kmod.yaml", 1, 1)}, {}))

    with pytest.raises(VerbError, match=r"wrong$"):
        found.fail("wrong")
    with pytest.raises(VerbError, match="unknown-field"):
        found.fail("wrong", id="unknown-field")
    assert found.excused == set()


def test_one_key_one_file() -> None:
    """The same file twice is one; two different ones under one key are refused."""
    found = context()
    found.add_file("a", GeneratedFile("x", 0o644, ""), "x")
    found.add_file("a", GeneratedFile("x", 0o644, ""), "w")

    assert found.files == {"a": GeneratedFile("x", 0o644, "")}
    with pytest.raises(VerbError, match='x and y differ, but would both be "a"'):
        found.add_file("a", GeneratedFile("x", 0o755, ""), "y")
