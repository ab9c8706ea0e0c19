"""What kmod-post answers when a shell asks how a command line may go on."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from shells import HOSTILE, SHELLS

from postrender.commands import completion
from postrender.commands.names import COMMANDS
from postrender.verbs import VERBS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import KmodPost


def answers(kmod_post: KmodPost, folder: Path, line: str) -> list[str]:
    """What a shell is told for a command line: the lines, without descriptions."""
    done = kmod_post(cwd=folder, env={"_KMOD_POST_COMPLETE": line})
    assert (done.returncode, done.stderr) == (0, b"")
    return [answer.partition("\t")[0] for answer in done.stdout.decode().splitlines()]


def test_an_empty_question_is_none(kmod_post: KmodPost) -> None:
    """Else a render would end well, with nothing printed."""
    done = kmod_post("--version", env={"_KMOD_POST_COMPLETE": ""})
    assert done.stdout.startswith(b"kmod-post ")


WAYS = ["init-container", "post-start", "sidecar", "entrypoint"]
RULES = [":nospace", "rules.mirror.", "rules.team."]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("kmod-post ", [*COMMANDS], id="commands"),
        pytest.param("kmod-post in", ["inspect", "init"], id="some commands"),
        pytest.param("kmod-post --strict ", [*COMMANDS], id="commands after a switch"),
        pytest.param("/opt/bin/kmod-post in", ["inspect", "init"], id="a path to the program"),
        pytest.param("A=1 B='2 3' kmod-post in", ["inspect", "init"], id="variables before it"),
        pytest.param("kmod-post", [], id="only the program"),
        pytest.param("kmod-post nix ", [], id="no such command"),
        pytest.param(
            "kmod-post --se",
            ["--set", "--set-string", "--set-json", "--set-file"],
            id="options before the command",
        ),
        pytest.param("kmod-post diff --st", ["--stat", "--strict"], id="options"),
        pytest.param("kmod-post \\\n diff \\\n --st", ["--stat", "--strict"], id="several lines"),
        pytest.param("kmod-post diff --strict=", [], id="a value of a switch"),
        pytest.param("kmod-post diff --nix=", [], id="a value of no option"),
        pytest.param("kmod-post init --way ", WAYS, id="ways"),
        pytest.param("kmod-post init --way=si", ["--way=sidecar"], id="ways after ="),
        pytest.param("kmod-post init --recipe pu", ["pull-secret"], id="recipes"),
        pytest.param(
            "kmod-post init rendered.yaml --workload ", ["Deployment/web"], id="workloads"
        ),
        pytest.param(
            "kmod-post init --workload Deployment/web rendered.yaml --container ",
            ["nginx"],
            id="containers",
        ),
        pytest.param(
            "kmod-post init rendered.yaml --container ", ["nginx"], id="containers of all workloads"
        ),
        pytest.param(
            "kmod-post init 'rendered.yaml' --workload \"Depl", ["Deployment/web"], id="quotes"
        ),
        pytest.param(
            "kmod-post init rendered\\.yaml --workload Depl\\", ["Deployment/web"], id="backslashes"
        ),
        pytest.param("kmod-post init --workload ", [], id="no stream, no workloads"),
        pytest.param("kmod-post init kmod.yaml --workload ", [], id="a stream without workloads"),
        pytest.param("kmod-post init broken.yaml --workload ", [], id="a broken stream"),
        pytest.param("kmod-post init pipe --workload ", [], id="a pipe, which is not waited for"),
        pytest.param("kmod-post diff --set ", RULES, id="rules"),
        pytest.param("kmod-post diff --set rules.t", [":nospace", "rules.team."], id="some rules"),
        pytest.param(
            "kmod-post diff --set=rules.t", [":nospace", "--set=rules.team."], id="rules after ="
        ),
        pytest.param("kmod-post -f kmod.yaml --set-json ", RULES, id="rules before the command"),
        pytest.param(
            "kmod-post -f=other.yaml diff --set ",
            [":nospace", "rules.other."],
            id="rules of a file before the command",
        ),
        pytest.param(
            "kmod-post diff --set rules.team.la", [":nospace", "rules.team.labels"], id="verbs"
        ),
        pytest.param("kmod-post diff --set rules.team.enabled=", [":nospace"], id="a value"),
        pytest.param(
            "kmod-post diff -f no.yaml --set rules.", [":nospace"], id="no rules, no fields"
        ),
        pytest.param("kmod-post diff -f broken.yaml --set rules.", [":nospace"], id="broken rules"),
        pytest.param(
            "kmod-post diff -f pipe --set rules.",
            [":nospace"],
            id="a pipe with rules, which is not waited for",
        ),
        pytest.param("kmod-post completion ", [*SHELLS], id="shells"),
        pytest.param("kmod-post plugin ar", ["argocd"], id="hosts"),
        pytest.param("kmod-post diff --color a", ["auto", "always"], id="choices"),
        pytest.param("kmod-post diff rend", [":files"], id="files"),
        pytest.param("kmod-post diff rendered.yaml ", [], id="files, one too many"),
        pytest.param("kmod-post check kmod.yaml ", [":files"], id="more files"),
        pytest.param("kmod-post plugin argocd --to ", [":files"], id="folders"),
        pytest.param("kmod-post diff --lock=", [":files="], id="files after ="),
        pytest.param(
            "kmod-post diff --set-file rules.team.labels.a=", [":files="], id="files after a field"
        ),
        pytest.param(
            "kmod-post diff --set-file=rules.team.labels.a=",
            [":files=="],
            id="files after a field after =",
        ),
        pytest.param(
            "kmod-post diff --set-file rules.t",
            [":nospace", "rules.team."],
            id="a field before a file",
        ),
    ],
)
def test_what_may_come_next(
    kmod_post: KmodPost, folder: Path, line: str, expected: list[str]
) -> None:
    """Commands, options, and names from the files that are on the line."""
    (folder / "broken.yaml").write_text("kind: Pod\na: [")
    (folder / "other.yaml").write_text("rules: {other: {match: {kind: Pod}, labels: {a: b}}}")
    os.mkfifo(folder / "pipe")

    assert answers(kmod_post, folder, line) == expected


def test_all_verbs(kmod_post: KmodPost, folder: Path) -> None:
    """Of each rule, every verb and what else it may have."""
    found = answers(kmod_post, folder, "kmod-post diff -f kmod.yaml --set rules.mirror.")

    assert {f"rules.mirror.{verb}" for verb in VERBS} < set(found)
    assert "rules.mirror.enabled" in found


def test_descriptions(kmod_post: KmodPost, folder: Path) -> None:
    """After a tab, on the same line."""
    done = kmod_post(cwd=folder, env={"_KMOD_POST_COMPLETE": "kmod-post insp"})

    assert done.stdout.decode() == f"inspect\t{COMMANDS['inspect']}\n"


def deployment(name: str, *names: str) -> dict[str, Any]:
    """A Deployment with containers of these names."""
    containers = [{"name": name, "image": "x"} for name in names]
    spec = {"template": {"spec": {"containers": containers}}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def test_hostile_names_are_dropped(kmod_post: KmodPost, tmp_path: Path) -> None:
    """A name that any shell could take for more than a word is not offered, wherever it is from."""
    objects = [deployment(name, "c") for name in HOSTILE]
    objects.append(deployment("web", *HOSTILE, "-a", "a" * 500, "nginx"))
    (tmp_path / "evil.yaml").write_text("\n---\n".join(map(json.dumps, objects)))
    rule = {"match": {"kind": "Deployment"}, "labels": {"a": "b"}}
    rules = dict.fromkeys([*HOSTILE, "a.b", "team"], rule)
    (tmp_path / "kmod.yaml").write_text(json.dumps({"rules": rules}))

    def ask(line: str) -> list[str]:
        return answers(kmod_post, tmp_path, line)

    assert ask("kmod-post init evil.yaml --workload ") == ["Deployment/web"]
    assert ask("kmod-post init evil.yaml --workload Deployment/web --container ") == ["nginx"]
    assert ask("kmod-post diff --set ") == [":nospace", "rules.team."]
    assert ask("kmod-post diff --set 'rules.a$(touch MARK).") == [":nospace"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_of_an_older_release_gets_nothing(kmod_post: KmodPost, shell: str) -> None:
    """Such a script, which a shell may still hold, would evaluate the answer."""
    line = "kmod-post init evil.yaml --workload "
    done = kmod_post(
        env={
            "_KMOD_POST_COMPLETE": f"complete_{shell}",
            "_TYPER_COMPLETE_ARGS": line,
            "COMP_WORDS": line,
            "COMP_CWORD": "4",
        }
    )

    assert (done.returncode, done.stdout) == (0, b"")


def test_the_scripts_are_of_the_shells_that_are_tested() -> None:
    """A shell with a script has its tests on a terminal."""
    assert completion.SHELLS == SHELLS


def test_another_shell(kmod_post: KmodPost) -> None:
    """One that nobody has written a script for."""
    done = kmod_post("completion", "tcsh")

    assert done.returncode == 2
    assert done.stderr == b"kmod-post completion: tcsh: must be one of bash, zsh, fish\n"
