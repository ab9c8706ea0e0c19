from __future__ import annotations

from typing import Any

import pytest

from postrender.errors import RulesError
from postrender.kubernetes.objects import OwnKind
from postrender.rules.layers import merge_values, read_values
from postrender.rules.load import load
from postrender.rules.model import Rules

A_RULE = "a rule's name and below it the rule"
AN_OBJECT = "an object with apiVersion, kind and metadata.name"
A_VERB = "match: and a verb below the rule's name"
NO_MATCH = (
    "it has no match; add match: {kind: Deployment, name: web}, or match: {} for every workload"
)
NO_RULE = "it is null, which takes away a rule of a lower layer, and none has this name"
NO_VERB = "it has no verb and so does nothing; add one, such as sidecars: or containers:"


class Text:
    """A verb that takes text."""

    def __init__(self, *, alone: bool = False) -> None:
        self.alone = alone

    def read(self, check: Any, value: Any, path: Any) -> Any:
        """The text."""
        return check.text(value, path)


VERBS = {"first": Text(), "second": Text(), "last": Text(alone=True)}


def rules(text: str) -> Rules:
    """The rules of a file; there are three verbs, applied in this order."""
    return load(read_values(text, "kmod.yaml"), VERBS, str)


def test_a_rule() -> None:
    """A rule has its name, its place, what it matches and expects, and its verbs in order."""
    found = rules(
        """\
rules:
  web:
    description: a rule
    second: b
    match: {kind: Job}
    first: a
    expect: 2
"""
    )

    (rule,) = found.rules
    assert (rule.name, str(rule.where), rule.description) == ("web", "kmod.yaml:2:3", "a rule")
    assert rule.verbs == (("first", "a"), ("second", "b"))
    assert (str(rule.match), str(rule.expect)) == ("Job", "2")
    assert (found.resources, found.workloads) == ((), {})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(
            "rules: {b: {first: x, match: {}}, a: {first: x, match: {}}}",
            ["b", "a"],
            id="in the file's order",
        ),
        pytest.param("rules: {a: {first: x, enabled: false, match: {}}}", [], id="switched off"),
        pytest.param("rules: {a: {first: x, enabled: true, match: {}}}", ["a"], id="switched on"),
        pytest.param(
            "rules: {a: {first: x, expect: null, match: {}}}", ["a"], id="null is the default"
        ),
        pytest.param(
            "rules: {a: {first: x, second: null, match: {}}}", ["a"], id="null for a verb"
        ),
        pytest.param("rules: {}", [], id="no rules"),
        pytest.param("rules:", [], id="an empty key"),
        pytest.param("kinds: {}", [], id="only kinds"),
        pytest.param(
            "{apiVersion: kmod/v1, kind: KmodRules, metadata: {name: x}, rules: {a: {first: x, match: {}}}}",
            ["a"],
            id="a document",
        ),
        pytest.param(
            f"rules: {{{'a' * 40}: {{first: x, match: {{}}}}}}", ["a" * 40], id="a name of 40 signs"
        ),
        pytest.param(
            "rules: {0: {first: x, match: {}}, 1-a: {first: x, match: {}}}",
            ["0", "1-a"],
            id="digits",
        ),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    """The rules that count, in their order."""
    assert [rule.name for rule in rules(text).rules] == names


def test_the_default_is_one_or_more() -> None:
    """A rule that does not say otherwise expects to match, and objects with pods."""
    (rule,) = rules("rules: {a: {first: x, match: {}}}").rules

    assert str(rule.expect) == "at least 1"
    assert str(rule.match) == "object with a pod template"


def test_a_verb_that_stands_alone() -> None:
    """Such a verb takes no other beside it."""
    with pytest.raises(RulesError) as caught:
        rules("rules: {a: {match: {name: x}, first: x, last: y}, b: {match: {name: x}, last: y}}")

    assert str(caught.value) == (
        'kmod.yaml:1:41: rule "a": it stands alone in its rule; remove the other verbs'
    )


def test_kinds() -> None:
    """Kinds with the paths of their pods, one or a list, and their scope; by group or without."""
    found = rules(
        "kinds: {A: {podTemplate: spec.template}, B.x.com: {podSpec: [a.b, 'c[*].d']}, "
        "B: {scope: Cluster, podSpec: null}, C: null}"
    )

    assert found.workloads == {
        "A": (OwnKind(None, ("spec.template",), (), ""),),
        "B": (OwnKind("x.com", (), ("a.b", "c[*].d"), ""), OwnKind(None, (), (), "Cluster")),
    }


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        pytest.param("", ['1:1: there are no rules; begin with "rules:"'], id="empty"),
        pytest.param(
            "rulez: {}", ['1:1: unknown key "rulez"; did you mean "rules"?'], id="unknown key"
        ),
        pytest.param(
            "image: nginx\nservice: {port: 80}",
            ['1:1: there are no rules; begin with "rules:"'],
            id="a file of something else",
        ),
        pytest.param(
            "resources: {x: text}",
            [f"1:16: resources.x: must be a mapping, not text; write {AN_OBJECT}"],
            id="a resource that is no object",
        ),
        pytest.param(
            "resources: {a: {<<: &x {apiVersion: v1, kind: A, metadata: {name: on}}}, b: *x}",
            ["1:74: resources: A/on is listed twice; keep one"],
            id="a resource twice",
        ),
        pytest.param(
            "rules: []",
            [f"1:8: rules: must be a mapping, not a list; write {A_RULE}"],
            id="a list of rules",
        ),
        pytest.param(
            "rules: {a: x}",
            [f'1:12: rule "a": must be a mapping, not text; write {A_VERB}'],
            id="text for a rule",
        ),
        pytest.param(
            "rules: {a: {match: {}}}",
            [f'1:9: rule "a": {NO_VERB}'],
            id="empty rule",
        ),
        pytest.param(
            "rules: {a: {first: x}, b: {first: x, match: null}, c: {first: x, match: {}}}",
            [f'1:9: rule "a": {NO_MATCH}', f'1:24: rule "b": {NO_MATCH}'],
            id="no match, and none of a lower layer that is meant",
        ),
        pytest.param(
            "rules: {a: {first: x, match: {}}, b: null}",
            [f'1:38: rule "b": {NO_RULE}; remove it'],
            id="null for nothing",
        ),
        pytest.param(
            "rules: {a: {expect: 1, match: {}}}",
            [f'1:9: rule "a": {NO_VERB}'],
            id="no verb",
        ),
        pytest.param(
            "rules: {a: {frist: x, match: {}}}",
            ['1:13: rule "a": unknown key "frist"; did you mean "first"?'],
            id="unknown verb",
        ),
        pytest.param(
            "rules: {a: {first: [x], match: {}}}",
            ['1:20: rule "a": first: must be text, not a list'],
            id="a verb's mistake",
        ),
        pytest.param(
            "rules: {a: {first: x, expect: some, match: {}}}",
            ['1:31: rule "a": expect: must be a number, "2+", "1-3" or any'],
            id="expect",
        ),
        pytest.param(
            "rules: {a: {first: x, enabled: maybe, match: {}}}",
            ['1:32: rule "a": enabled: must be true or false, not text'],
            id="enabled",
        ),
        pytest.param(
            "rules: {a: {first: x, description: [x], match: {}}}",
            ['1:36: rule "a": description: must be text, not a list'],
            id="description",
        ),
        pytest.param(
            "rules: {a: {first: [x], enabled: false, match: {}}}",
            ['1:20: rule "a": first: must be text, not a list'],
            id="a rule that is switched off is checked",
        ),
        pytest.param(
            "kinds: {A: {podSpec: {b: c}}, B: {}, .c: {scope: cluster}, D: a.b}",
            [
                "1:22: kinds.A.podSpec: must be a path or a list of paths, not a mapping",
                "1:31: kinds: it says nothing of the kind; add podTemplate:, podSpec: or scope:",
                '1:38: kinds: ".c" is no kind; write it as Kind or Kind.group',
                '1:50: kinds..c.scope: must be one of Cluster, Namespaced; did you mean "Cluster"?',
                "1:63: kinds.D: must be a mapping, not text; write {podTemplate: spec.template}",
            ],
            id="kinds",
        ),
        pytest.param(
            "workloads: {A: spec.template}\nkinds: {B: {scope: Cluster}}",
            [
                "1:1: workloads is written kinds: now; write kinds: {KIND: {podTemplate: PATH}}",
            ],
            id="workloads",
        ),
    ],
)
def test_mistakes(text: str, messages: list[str]) -> None:
    """All mistakes are said, in the order of the file."""
    with pytest.raises(RulesError) as caught:
        rules(text)

    assert list(map(str, caught.value.messages)) == [f"kmod.yaml:{message}" for message in messages]


LOWER = """
rules: {shop-nodes: {match: {}, first: x}}
resources: {settings: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}}
"""


@pytest.mark.parametrize(
    ("upper", "messages"),
    [
        pytest.param(
            "rules: {shop-node: {first: y}}",
            ['2.yaml:1:9: rule "shop-node": it has no match; did you mean "shop-nodes"?'],
            id="a rule",
        ),
        pytest.param(
            "rules: {shop-node: {first: y}, shop-nodes: {second: y}}",
            ['2.yaml:1:9: rule "shop-node": it has no match; did you mean "shop-nodes"?'],
            id="beside the one that is meant",
        ),
        pytest.param(
            "rules: {shop-node: null}",
            [f'2.yaml:1:20: rule "shop-node": {NO_RULE}; did you mean "shop-nodes"?'],
            id="a null",
        ),
        pytest.param(
            "rules: {shop-nodes: {match: null}}",
            [f'2.yaml:1:9: rule "shop-nodes": {NO_MATCH}'],
            id="a match that is taken away",
        ),
        pytest.param(
            "resources: {seting: null}",
            [
                (
                    "2.yaml:1:21: resources.seting: it is null, which takes away an object of a "
                    'lower layer, and none has this name; did you mean "settings"?'
                )
            ],
            id="a resource",
        ),
    ],
)
def test_a_mistyped_name_changes_nothing_else(upper: str, messages: list[str]) -> None:
    """What only a later layer has cannot be a rule for everything; the nearest name is offered."""
    layers = [read_values(text, f"{i}.yaml") for i, text in ((1, LOWER), (2, upper))]

    with pytest.raises(RulesError) as caught:
        load(merge_values(layers), VERBS, str)

    assert list(map(str, caught.value.messages)) == messages


def test_a_later_layer_takes_away() -> None:
    """A null for a rule that there is; what the lower layer lacks the later one may give."""
    lower = read_values("rules: {a: {match: {}, first: x}, b: {first: x}}", "1.yaml")
    upper = read_values("rules: {a: null, b: {match: {}}}", "2.yaml")

    assert [rule.name for rule in load(merge_values([lower, upper]), VERBS, str).rules] == ["b"]


@pytest.mark.parametrize("name", ["Web", "a_b", "-a", "a-", "a.b", "a" * 41, "é", "''", "a b"])
def test_names_that_no_rule_can_have(name: str) -> None:
    """A rule's name becomes part of names in the cluster."""
    with pytest.raises(RulesError, match=r"a rule's name is made of a-z, 0-9 and -"):
        rules(f"rules: {{{name}: {{first: x, match: {{}}}}}}")
