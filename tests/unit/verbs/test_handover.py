"""What a script of `entrypoint` hands over to stays, whichever verb would change it."""

from __future__ import annotations

import pytest
from runs import output, run_text

from postrender.errors import VerbError

POD = """
apiVersion: v1
kind: Pod
metadata: {name: one}
spec:
  containers:
    - {name: a, image: "example/a:1", args: [--all]}
    - {name: b, image: "example/b:1", command: [/b], args: [--x]}
"""
SCRIPT = "containers: {a: {entrypoint: {script: echo hi, original: [/run]}}}"
AT = "/spec/containers/0"
REFUSED = (
    'rule "r": Pod/one: container a: /kmod-post/first/a.sh starts it, and has taken over its '
    "command and args; set them in a rule before that one"
)


def render(rules: str, stream: str = POD) -> str:
    """What comes of rules in flow style."""
    return output(run_text(f"rules: {{{rules}}}", stream))


def rule(name: str, verbs: str) -> str:
    """A rule for the pod."""
    return f"{name}: {{match: {{kind: Pod}}, {verbs}}}"


def all_verbs(field: str, value: str) -> list[str]:
    """A rule for a field of the container, by every verb that can have it."""
    return [
        f"containers: {{a: {{{field}: {value}}}}}",
        f"containers: {{'*': {{{field}: {value}}}}}",
        f"sidecars: {{a: {{{field}: {value}}}}}",
        f"pod: {{containers: [{{name: a, {field}: {value}}}]}}",
        f"merge: {{spec: {{containers: [{{name: a, {field}: {value}}}]}}}}",
        f"jsonPatch: [{{op: replace, path: {AT}/{field}, value: {value}}}]",
    ]


@pytest.mark.parametrize(
    "verbs",
    [
        *all_verbs("args", "null"),
        *all_verbs("args", "[]"),
        *all_verbs("args", "[--few]"),
        *all_verbs("command", "null"),
        *all_verbs("command", "[/other]"),
        f"jsonPatch: [{{op: remove, path: {AT}/args}}]",
        f"jsonPatch: [{{op: remove, path: {AT}/args/1}}]",
        f"jsonPatch: [{{op: replace, path: {AT}/args/1, value: --few}}]",
        "merge: {spec: {containers: [{name: a, $deleteFromPrimitiveList/args: [--all]}]}}",
        "merge: {spec: {containers: [{name: a, $retainKeys: [name, image]}]}}",
    ],
)
def test_a_later_rule_changes_no_command(verbs: str) -> None:
    """The script would hand over to something else, or to nothing."""
    with pytest.raises(VerbError) as caught:
        render(f"{rule('first', SCRIPT)}, {rule('r', verbs)}")
    assert str(caught.value).partition(": ")[2] == REFUSED


@pytest.mark.parametrize(
    "verbs",
    [
        *all_verbs("args", "null")[:-1],
        *all_verbs("args", "[--few]"),
        *all_verbs("command", "[/other]")[:-1],
        f"jsonPatch: [{{op: remove, path: {AT}/args}}]",
    ],
)
def test_an_earlier_rule_may(verbs: str) -> None:
    """And over its own output, where the script has taken it over, it changes nothing."""
    rules = f"{rule('r', verbs)}, {rule('first', SCRIPT)}"
    once = render(rules)
    assert render(rules, once) == once
    taken = f"{rule('r', SCRIPT)[:-1]}, {verbs}}}"
    if verbs.startswith(("pod", "merge")):  # before the script, wherever they stand in the rule
        assert render(taken, render(taken)) == render(taken)


@pytest.mark.parametrize("step", ["remove", "replace, value: [--few]"])
def test_a_patch_comes_behind_the_script_of_its_own_rule(step: str) -> None:
    """`jsonPatch` is applied last in a rule, and would find what the script hands over to."""
    patch = f"jsonPatch: [{{path: {AT}/args, op: {step}}}]"
    with pytest.raises(VerbError, match="starts it, and has taken over"):
        render(f"{rule('r', SCRIPT)[:-1]}, {patch}}}")


@pytest.mark.parametrize(
    "verbs",
    [
        pytest.param("containers: {a: {args: [--all]}}", id="the args that it hands over to"),
        pytest.param("containers: {a: {args: [/run, --all]}}", id="all of it"),
        pytest.param("containers: {b: {args: null, command: [/c]}}", id="another container"),
        pytest.param("containers: {a: {env: {A: b}}}", id="another field"),
        pytest.param(
            f"jsonPatch: [{{op: add, path: {AT}/args/-, value: --more}}]", id="one more word"
        ),
    ],
)
def test_what_takes_nothing_away(verbs: str) -> None:
    """What the script hands over to is still there."""
    out = render(f"{rule('first', SCRIPT)}, {rule('r', verbs)}")
    assert "command: [/kmod-post/first/a.sh], args: [/run, --all" in out
