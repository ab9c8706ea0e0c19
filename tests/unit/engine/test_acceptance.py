from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from runs import rules_in, run_text

from postrender.engine import run as engine
from postrender.errors import ExpectationError, VerbError
from postrender.stream.text import Stream
from postrender.verbs import object_labels

if TYPE_CHECKING:
    from conftest import KmodPost

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers: [{name: web, image: nginx}]
"""
HOOK = "containers: {web: {postStart: x}}"
UNUSED = "{} has excused nothing; remove it (warning: accept-unused)"


def run(rules: str, stream: str = WEB) -> list[str]:
    """The warnings of a run, without their places."""
    return [str(warning).partition(": ")[2] for warning in run_text(rules, stream).warnings]


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        pytest.param(
            f"rules: {{a: {{accept: [post-start-race], {HOOK}, match: {{}}}}}}",
            [],
            id="by the rule",
        ),
        pytest.param(
            f"accept: [post-start-race]\nrules: {{a: {{{HOOK}, match: {{}}}}}}",
            [],
            id="for the whole file",
        ),
        pytest.param(
            f"accept: [post-start-race]\nrules: {{a: {{accept: [post-start-race], {HOOK}, match: {{}}}}}}",
            [],
            id="by both: each excused it",
        ),
        pytest.param(
            "rules: {a: {labels: {x: '1'}, match: {}}, b: {accept: [rules-conflict], labels: {x: '2'}, match: {}}}",
            [],
            id="by the later of two rules, which is the one to blame",
        ),
        pytest.param(
            "rules: {a: {accept: [native-sidecar], labels: {x: '1'}, match: {}}}",
            ['rule "a": accept: ' + UNUSED.format("native-sidecar")],
            id="unused",
        ),
        pytest.param(
            "accept: [native-sidecar]\nrules: {a: {labels: {x: '1'}, match: {}}}",
            ["accept: " + UNUSED.format("native-sidecar")],
            id="unused by all rules",
        ),
        pytest.param(
            "rules: {a: {accept: [native-sidecar, accept-unused], labels: {x: '1'}, match: {}}}",
            [],
            id="that it is unused is accepted",
        ),
        pytest.param(
            "accept: [native-sidecar, accept-unused]\n"
            "rules: {a: {accept: [hook-replaced], labels: {x: '1'}, match: {}}}",
            [],
            id="that all are unused is accepted for the whole file",
        ),
        pytest.param(
            "accept: [native-sidecar]\nrules: {a: {accept: [accept-unused], labels: {x: '1'}, match: {}}}",
            ["accept: " + UNUSED.format("native-sidecar")],
            id="a rule does not accept for the whole file",
        ),
        pytest.param(
            "rules: {a: {accept: [accept-unused], labels: {x: '1'}, match: {}}}",
            [],
            id="accept-unused is never unused",
        ),
        pytest.param(
            "rules: {a: {match: {name: other}, expect: any, accept: [native-sidecar], remove: true}}",
            [],
            id="the rule matches nothing",
        ),
        pytest.param(
            "accept: [native-sidecar]\nrules: {a: {match: {name: x}, expect: any, remove: true}}",
            [],
            id="no rule matches anything",
        ),
        pytest.param(
            "rules: {a: {accept: [native-sidecar], remove: true, match: {}}}",
            ['rule "a": accept: ' + UNUSED.format("native-sidecar")],
            id="a rule that removes",
        ),
        pytest.param(
            f"rules: {{a: {{accept: [native-sidecar], {HOOK}, match: {{}}}}, b: {{enabled: false, {HOOK}, match: {{}}}}}}",
            [
                (
                    'rule "a": Deployment/web: container web: its postStart hook and its ENTRYPOINT '
                    "start together, in no particular order; put what must come first into "
                    "entrypoint: or an init container (warning: post-start-race)"
                ),
                'rule "a": accept: ' + UNUSED.format("native-sidecar"),
            ],
            id="another id excuses nothing",
        ),
    ],
)
def test_accepted_warnings(rules: str, found: list[str]) -> None:
    """What is accepted is not said; an id that excused nothing is."""
    assert run(rules) == found


@pytest.mark.parametrize("accept", ["post-start-race", "native-sidecar, post-start-race"])
def test_a_second_run_is_silent(accept: str) -> None:
    """Over their own output rules change nothing, and an accepted warning is not missed."""
    rules = rules_in(f"rules: {{a: {{accept: [{accept}], {HOOK}, match: {{}}}}}}")
    first = engine.run(Stream(WEB.encode()), rules)

    second = engine.run(Stream(b"".join(first.pieces)), rules)

    assert (second.warnings, second.edits) == ([], [])


def test_rules_that_undo_each_other_miss_nothing() -> None:
    """Over their own output both change something, but nothing in the end."""
    text = (
        "rules: {a: {labels: {x: '1'}, match: {}}, "
        "b: {accept: [rules-conflict], labels: {x: '2'}, match: {}}}"
    )
    rules = rules_in(text)
    first = engine.run(Stream(WEB.encode()), rules)

    assert engine.run(Stream(b"".join(first.pieces)), rules).warnings == []


def test_the_same_rules_can_be_run_again() -> None:
    """What one run has excused is nothing that another knows of."""
    rules = rules_in(f"rules: {{a: {{accept: [post-start-race], {HOOK}, match: {{}}}}}}")
    engine.run(Stream(WEB.encode()), rules)

    other = WEB.replace("name: web,", "name: web, lifecycle: {postStart: {sleep: {seconds: 1}}},")
    assert [one.id for one in engine.run(Stream(other.encode()), rules).warnings] == [
        "hook-replaced"
    ]


# Errors


@pytest.fixture
def excusable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verb `labels` fails with an excusable error, and goes on if a rule accepts it."""
    apply = object_labels.apply

    def failing(obj: Any, value: Any, context: Any) -> Any:
        context.fail("found nothing", "fix it", id="unknown-field")
        return apply(obj, value, context)

    monkeypatch.setattr(object_labels, "apply", failing)


@pytest.mark.usefixtures("excusable")
def test_an_accepted_error_becomes_nothing() -> None:
    """Otherwise the run fails, with the id at the end of the message."""
    with pytest.raises(VerbError, match=r"found nothing; fix it \(error: unknown-field\)"):
        run("rules: {a: {labels: {x: '1'}, match: {}}}")
    assert run("rules: {a: {accept: [unknown-field], labels: {x: '1'}, match: {}}}") == []
    assert run("accept: [unknown-field]\nrules: {a: {labels: {x: '1'}, match: {}}}") == []


def test_an_accepted_error_is_missed_where_the_rule_matches() -> None:
    """Also if it changes nothing: an error does not depend on that."""
    same = WEB.replace("{name: web}", "{name: web, labels: {x: '1'}}")
    rules = "rules: {a: {accept: [unknown-field], labels: {x: '1'}, match: {}}}"

    assert run(rules, same) == ['rule "a": accept: ' + UNUSED.format("unknown-field")]


def test_what_nothing_excuses_is_not_excused() -> None:
    """A container that is not there has no id."""
    with pytest.raises(ExpectationError, match='no container "x" in'):
        run("rules: {a: {accept: [hook-replaced], containers: {x: {tty: true}}, match: {}}}")


# What the commands show


def test_strict_passes_where_all_is_accepted(kmod_post: KmodPost, tmp_path: Any) -> None:
    """And fails for what is not, also for an id that excused nothing."""
    (tmp_path / "kmod.yaml").write_text(
        f"rules: {{a: {{accept: [post-start-race], {HOOK}, match: {{}}}}}}"
    )

    passed = kmod_post("--strict", stdin=WEB, cwd=tmp_path)
    withdrawn = kmod_post("--strict", "--set", "rules.a.accept=null", stdin=WEB, cwd=tmp_path)
    more = kmod_post("--strict", "--set", "accept={native-sidecar}", stdin=WEB, cwd=tmp_path)

    assert (passed.returncode, passed.stderr) == (0, b"")
    assert (withdrawn.returncode, withdrawn.stdout) == (1, b"")
    assert withdrawn.stderr.endswith(b" (warning: post-start-race, an error with --strict)\n")
    assert more.stderr == (
        b"--set: accept: native-sidecar has excused nothing; remove it "
        b"(warning: accept-unused, an error with --strict)\n"
    )


@pytest.mark.parametrize(
    "command",
    [["explain"], ["explain", "--json"], ["explain", "--html", "-"], ["diff"], ["export"]],
    ids=" ".join,
)
def test_commands_show_the_id(kmod_post: KmodPost, tmp_path: Any, command: list[str]) -> None:
    """Unless the warning is accepted."""
    (tmp_path / "kmod.yaml").write_text(f"rules: {{a: {{{HOOK}, match: {{}}}}}}")

    done = kmod_post(*command, stdin=WEB, cwd=tmp_path)
    accepted = kmod_post(*command, "--set", "accept={post-start-race}", stdin=WEB, cwd=tmp_path)

    assert done.returncode == accepted.returncode == 0
    assert b"(warning: post-start-race)" in done.stdout + done.stderr
    assert b"post-start-race" not in accepted.stdout + accepted.stderr


def test_check_reads_accept(kmod_post: KmodPost, tmp_path: Any) -> None:
    """A known id is no mistake, an unknown one is."""
    (tmp_path / "kmod.yaml").write_text(
        f"rules: {{a: {{accept: [post-start-race], {HOOK}, match: {{}}}}}}"
    )

    good = kmod_post("check", cwd=tmp_path)
    bad = kmod_post("check", "--set", "accept={post-start-rce}", cwd=tmp_path)

    assert (good.returncode, good.stdout) == (0, b"kmod.yaml: 1 rule, no mistakes\n")
    assert bad.returncode == 1
    assert b'unknown id "post-start-rce"; did you mean "post-start-race"?' in bad.stderr


def test_the_results_of_a_function_have_the_id(kmod_post: KmodPost) -> None:
    """A KRM function's host shows them to its users."""
    stream = f"""\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: kmod/v1
  kind: KmodRules
  rules: {{a: {{{HOOK}, match: {{}}}}}}
items:
- apiVersion: v1
  kind: Pod
  metadata: {{name: web}}
  spec: {{containers: [{{name: web}}]}}
"""

    done = kmod_post(stdin=stream)

    assert b'container (warning: post-start-race)"\n  severity: warning' in done.stdout
