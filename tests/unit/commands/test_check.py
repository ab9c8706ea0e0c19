from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paths import ROOT

if TYPE_CHECKING:
    from conftest import KmodPost

BAD = """\
rules:
  web:
    match: {kind: Deployment, nam: web}
    initContainer:
      first: {image: busybox}
    labels: {a: b}
"""


@pytest.fixture
def bad(folder: Path) -> Path:
    """A folder with two mistakes in its rules."""
    (folder / "kmod.yaml").write_text(BAD)
    return folder


def test_no_mistakes(kmod_post: KmodPost, folder: Path) -> None:
    """How many rules there are."""
    done = kmod_post("check", cwd=folder)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"kmod.yaml: 2 rules, no mistakes\n"


@pytest.mark.parametrize(
    ("match", "meant"),
    [
        pytest.param("{kind: Deploymnet, name: web}", "Deployment", id="two letters swapped"),
        pytest.param(
            "{kind: [Toy, ServiceMontor]}", "ServiceMonitor", id="a custom kind, in a list"
        ),
        pytest.param(
            "{kind: Deploymnet, apiVersion: example.com/v1}", "", id="with its apiVersion"
        ),
        pytest.param("{kind: Deploymen*}", "", id="a glob"),
        pytest.param("{kind: Deploymint}", "", id="said by kinds:"),
        pytest.param("{kind: [Pot, PrometheusRule]}", "", id="too short, and known"),
    ],
)
def test_a_kind_that_may_be_mistyped(
    kmod_post: KmodPost, folder: Path, match: str, meant: str
) -> None:
    """A warning: a custom kind may have such a name."""
    rules = f"kinds: {{Deploymint: {{podSpec: spec}}}}\nrules: {{r: {{match: {match}, labels: {{a: b}}}}}}\n"
    (folder / "kmod.yaml").write_text(rules, encoding="utf-8")
    done = kmod_post("check", cwd=folder)

    assert (done.returncode, done.stdout) == (0, b"kmod.yaml: 1 rule, no mistakes\n")
    assert (f'is not a known kind; did you mean "{meant}"?' in done.stderr.decode()) == bool(meant)
    assert bool(done.stderr) == bool(meant)


def test_every_mistake_with_its_line(kmod_post: KmodPost, bad: Path) -> None:
    """Place, what is wrong, what to do; the line, and under it where."""
    done = kmod_post("check", cwd=bad)

    assert (done.returncode, done.stdout) == (1, b"")
    assert (
        done.stderr.decode()
        == """\
kmod.yaml:3:31: rule "web": match: unknown key "nam"; did you mean "name"?
    3 |     match: {kind: Deployment, nam: web}
      |                               ^^^
kmod.yaml:4:5: rule "web": unknown key "initContainer"; did you mean "initContainers"?
    4 |     initContainer:
      |     ^^^^^^^^^^^^^
"""
    )


def test_the_messages_are_those_of_a_run(kmod_post: KmodPost, bad: Path) -> None:
    """The same words, in the same order."""
    checked = kmod_post("check", cwd=bad).stderr.decode().splitlines()
    rendered = kmod_post(stdin=b"", cwd=bad).stderr.decode().splitlines()

    assert [line for line in checked if not re.match(r"\s*\d* \|", line)] == rendered


def test_json(kmod_post: KmodPost, bad: Path) -> None:
    """For programs, on standard output, with mistakes and without."""
    done = kmod_post("check", "--format", "json", cwd=bad)

    assert (done.returncode, done.stderr) == (1, b"")
    found = json.loads(done.stdout)
    assert found["kind"] == "KmodFindings"
    assert found["findings"][0] == {
        "message": 'kmod.yaml:3:31: rule "web": match: unknown key "nam"; did you mean "name"?',
        "file": "kmod.yaml",
        "line": 3,
        "column": 31,
        "what": 'rule "web": match: unknown key "nam"',
        "hint": 'did you mean "name"?',
        "id": "",
    }
    (bad / "kmod.yaml").write_text("rules: {}")
    done = kmod_post("check", "--format", "json", cwd=bad)
    assert (done.returncode, json.loads(done.stdout)["findings"]) == (0, [])


def test_github(kmod_post: KmodPost, bad: Path) -> None:
    """Annotations in a workflow; what has a meaning there is escaped."""
    (bad / "a,b.yaml").write_text("rules: {a: {labels: 1, 50%: x, match: {}}}")

    done = kmod_post("check", "--format", "github", "kmod.yaml", "a,b.yaml", cwd=bad)

    assert done.returncode == 1
    lines = done.stderr.decode().splitlines()
    assert lines[0] == (
        '::error file=kmod.yaml,line=3,col=31::rule "web": match: unknown key "nam"; '
        'did you mean "name"?'
    )
    assert lines[-1].startswith("::error file=a%2Cb.yaml,line=1,col=")
    assert 'unknown key "50%25"' in "".join(lines[2:])


def test_files_one_by_one(kmod_post: KmodPost, folder: Path) -> None:
    """Each for itself, over the files of -f: an overlay may be no rule of its own."""
    (folder / "prod.yaml").write_text("rules: {team: {expect: 1}}")

    alone = kmod_post("check", "prod.yaml", cwd=folder)
    assert alone.returncode == 1
    assert alone.stderr.startswith(b'prod.yaml:1:9: rule "team": it has no match')
    layered = kmod_post("check", "-f", "kmod.yaml", "prod.yaml", cwd=folder)
    assert (layered.returncode, layered.stdout) == (
        0,
        b"kmod.yaml, prod.yaml: 2 rules, no mistakes\n",
    )


def test_all_files_that_cannot_be_read(kmod_post: KmodPost, folder: Path) -> None:
    """One that is broken does not hide another."""
    (folder / "broken.yaml").write_text("a: [")

    done = kmod_post("check", "-f", "broken.yaml", "-f", "no.yaml", cwd=folder)

    said = done.stderr.decode()
    assert said.startswith("broken.yaml:2:1: ")
    assert "no.yaml: cannot be read (no such file or directory)" in said


def test_values_of_secrets_are_hidden(kmod_post: KmodPost, folder: Path) -> None:
    """The line of a mistake beside them too."""
    (folder / "kmod.yaml").write_text(
        "rules:\n  a:\n    match: {kind: Secret}\n    merge: {stringData: {a: geheim}}\n"
        "    jsonPatch: [{op: nix, path: /data/a, value: geheim}]\n"
    )

    done = kmod_post("check", cwd=folder)

    assert done.returncode == 1
    assert "geheim" not in done.stderr.decode()
    assert "    5 |     jsonPatch: •••" in done.stderr.decode()


def test_long_lines_are_cut(kmod_post: KmodPost, folder: Path) -> None:
    """Around the place, so that the line fits."""
    (folder / "kmod.yaml").write_text(
        f"rules: {{a: {{labels: {{a: {'x' * 300}}}, nix: 1, match: {{}}}}}}"
    )

    done = kmod_post("check", cwd=folder, env={"COLUMNS": "80"})

    _, line, caret = done.stderr.decode().splitlines()
    assert len(line) <= 80
    assert line[caret.index("^") :].startswith("nix")


def test_the_hook_finds_rules_and_no_lock_files() -> None:
    """pre-commit hands over kmod.yaml and its like."""
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    found = re.search(r"files: (.*)", text)
    assert found is not None
    pattern = re.compile(found[1])

    assert all(map(pattern.search, ["kmod.yaml", "deploy/kmod-prod.yml", "a/kmod.prod.yaml"]))
    assert not any(map(pattern.search, ["kmod.lock.yaml", "values.yaml", "kmod/a.yaml"]))
    assert "entry: kmod-post check\n" in text
