from __future__ import annotations

from typing import Any

import pytest

from postrender.errors import RulesError
from postrender.rules.layers import Values, merge_values, read_values
from postrender.rules.load import load
from postrender.rules.model import Rules
from postrender.rules.sets import with_sets

FAULT = "kind of field; correct it (error: unknown-field)"


class Verb:
    """A verb with a field that Kubernetes does not know, which is an excusable mistake."""

    alone = False

    def read(self, check: Any, value: Any, path: Any) -> Any:
        """The value, which is a mistake."""
        check.add(path, "kind of field", "correct it", id="unknown-field", value=True)
        return value


class Silent:
    """A verb without mistakes."""

    alone = False

    def read(self, check: Any, value: Any, path: Any) -> Any:
        """The value."""
        return value


VERBS = {"odd": Verb(), "even": Silent()}


def rules(text: str, *layers: str, sets: tuple[str, ...] = ()) -> Rules:
    """The rules of these layers, with what `--set` says."""
    values = merge_values([read_values(one, "kmod.yaml") for one in (text, *layers)])
    return load(_with(values, sets), VERBS, str)


def _with(values: Values, sets: tuple[str, ...]) -> Values:
    return with_sets(values, {"set": list(sets)}) if sets else values


def mistakes(text: str, *layers: str, sets: tuple[str, ...] = ()) -> list[str]:
    """The messages about these layers."""
    with pytest.raises(RulesError) as caught:
        rules(text, *layers, sets=sets)
    return [str(message) for message in caught.value.messages]


def test_without_accept_an_excusable_mistake_is_a_mistake() -> None:
    """With its id at its end."""
    assert mistakes("rules: {a: {odd: 1, match: {}}}") == [
        f'kmod.yaml:1:18: rule "a": odd: {FAULT}'
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("rules: {a: {odd: 1, accept: [unknown-field], match: {}}}", id="in the rule"),
        pytest.param(
            "rules: {a: {accept: [unknown-field], odd: 1, match: {}}}", id="before the mistake"
        ),
        pytest.param(
            "rules: {a: {odd: 1, match: {}}}\naccept: [unknown-field]", id="for the whole file"
        ),
    ],
)
def test_an_accepted_mistake_is_none(text: str) -> None:
    """It is noted that the id excused something."""
    assert rules(text).excused == {("a", "unknown-field")}


def test_a_rule_accepts_for_itself() -> None:
    """Another rule with the same mistake still has it."""
    text = "rules: {a: {odd: 1, accept: [unknown-field], match: {}}, b: {odd: 1, match: {}}}"

    assert mistakes(text) == [f'kmod.yaml:1:67: rule "b": odd: {FAULT}']


def test_other_mistakes_are_not_excused() -> None:
    """Neither those without id nor those with another."""
    assert len(mistakes("rules: {a: {odd: 1, accept: [native-sidecar], nix: 1, match: {}}}")) == 2


def test_what_is_accepted_is_known_with_its_places() -> None:
    """Those of the rule and those of the whole file apart."""
    found = rules(
        "accept: [native-sidecar]\nrules: {a: {even: 1, accept: [hook-replaced], match: {}}}"
    )

    (rule,) = found.rules
    assert {key: str(place) for key, place in rule.accept.own.items()} == {
        "hook-replaced": "kmod.yaml:2:31"
    }
    assert rule.accept.everywhere == found.accept
    assert {key: str(place) for key, place in found.accept.items()} == {
        "native-sidecar": "kmod.yaml:1:10"
    }
    assert "hook-replaced" in rule.accept
    assert "native-sidecar" in rule.accept
    assert "mount-replaced" not in rule.accept


@pytest.mark.parametrize(
    ("layers", "sets", "own", "everywhere"),
    [
        pytest.param((), (), ["hook-replaced"], ["native-sidecar"], id="alone"),
        pytest.param(
            ("rules: {a: {accept: [mount-replaced]}}",),
            (),
            ["mount-replaced"],
            ["native-sidecar"],
            id="a layer replaces the rule's",
        ),
        pytest.param(
            ("accept: [mount-replaced]",),
            (),
            ["hook-replaced"],
            ["mount-replaced"],
            id="a layer replaces the file's",
        ),
        pytest.param(("{accept: null, rules: {a: {accept: null}}}",), (), [], [], id="null"),
        pytest.param(("{accept: [], rules: {a: {accept: []}}}",), (), [], [], id="an empty list"),
        pytest.param(
            (),
            ("rules.a.accept={mount-replaced,post-start-race}",),
            ["mount-replaced", "post-start-race"],
            ["native-sidecar"],
            id="--set",
        ),
        pytest.param(
            (), ("accept=null", "rules.a.accept=null"), [], [], id="--set withdraws with null"
        ),
    ],
)
def test_layers(
    layers: tuple[str, ...], sets: tuple[str, ...], own: list[str], everywhere: list[str]
) -> None:
    """A later layer replaces the list, and null withdraws it."""
    base = "accept: [native-sidecar]\nrules: {a: {even: 1, accept: [hook-replaced], match: {}}}"

    found = rules(base, *layers, sets=sets)

    assert list(found.rules[0].accept.own) == own
    assert list(found.accept) == everywhere


@pytest.mark.parametrize(
    ("accept", "message"),
    [
        pytest.param(
            "[native-sidcar]",
            'accept[0]: unknown id "native-sidcar"; did you mean "native-sidecar"?',
            id="mistyped",
        ),
        pytest.param(
            "[nativeSidecar]",
            'accept[0]: unknown id "nativeSidecar"; did you mean "native-sidecar"?',
            id="camel case",
        ),
        pytest.param(
            "['*']",
            'accept[0]: unknown id "*"; write the id in full, as it stands behind its message',
            id="a glob",
        ),
        pytest.param(
            "['']",
            'accept[0]: unknown id ""; write the id in full, as it stands behind its message',
            id="nothing",
        ),
        pytest.param(
            "[log-not-written]",
            "accept[0]: log-not-written cannot be accepted; remove it",
            id="what is no rule's business",
        ),
        pytest.param("[null]", "accept[0]: must be text, not empty", id="null in the list"),
        pytest.param("[[]]", "accept[0]: must be text, not a list", id="a list in the list"),
        pytest.param(
            "native-sidecar", "accept: must be a list of ids, not text; write [ID]", id="text"
        ),
        pytest.param(
            "{a: b}", "accept: must be a list of ids, not a mapping; write [ID]", id="map"
        ),
    ],
)
def test_a_wrong_accept(accept: str, message: str) -> None:
    """In a rule and at the top level, each is one mistake."""
    (in_rule,) = mistakes(f"rules: {{a: {{even: 1, accept: {accept}, match: {{}}}}}}")
    (on_top,) = mistakes(f"accept: {accept}\nrules: {{a: {{even: 1, match: {{}}}}}}")

    assert in_rule.partition(": ")[2] == f'rule "a": {message}'
    assert on_top.partition(": ")[2] == message
