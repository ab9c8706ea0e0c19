"""
Completion in real bash, zsh and fish on a pseudo-terminal: what Tab makes of a command line, and
that names which strangers wrote never run.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from shells import HOSTILE, SHELLS, Shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Start = Callable[[Path], Shell]


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shells keep their settings; for zsh, what compinit found too, which takes time."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(params=SHELLS)
def start(
    request: pytest.FixtureRequest, homes: Path, program: Path, environment: dict[str, str]
) -> Iterator[Start]:
    """Starts the shell in a folder. A program in the folder's `bin` is found first."""
    started = []

    def start(folder: Path) -> Shell:
        path = os.pathsep.join([str(folder / "bin"), str(program.parent), environment["PATH"]])
        home = homes / request.param
        home.mkdir(exist_ok=True)
        started.append(Shell(request.param, home, folder, environment, path))
        return started[-1]

    yield start
    for shell in started:
        shell.close()


COMPLETED = {
    "a command": ("kmod-post insp", "kmod-post inspect "),
    "an option": ("kmod-post diff --sta", "kmod-post diff --stat "),
    "the common part of options": ("kmod-post diff --se", "kmod-post diff --set"),
    "an option before the command": ("kmod-post --stri", "kmod-post --strict "),
    "a choice": ("kmod-post diff --color al", "kmod-post diff --color always "),
    "a shell": ("kmod-post completion fi", "kmod-post completion fish "),
    "a host": ("kmod-post plugin arg", "kmod-post plugin argocd "),
    "a way": ("kmod-post init --way si", "kmod-post init --way sidecar "),
    "a workload": (
        "kmod-post init rendered.yaml --workload ",
        "kmod-post init rendered.yaml --workload Deployment/web ",
    ),
    "a workload after =": (
        "kmod-post init rendered.yaml --workload=",
        "kmod-post init rendered.yaml --workload=Deployment/web ",
    ),
    "a workload in quotes": (
        "kmod-post init 'rendered.yaml' --workload \"Dep",
        "kmod-post init 'rendered.yaml' --workload \"Deployment/web\" ",
    ),
    "a container": (
        "kmod-post init rendered.yaml --container ",
        "kmod-post init rendered.yaml --container nginx ",
    ),
    "rules, without a blank": ("kmod-post diff --set ru", "kmod-post diff --set rules."),
    "more of rules": ("kmod-post diff --set rules.", "kmod-post diff --set rules."),
    "a rule, without a blank": (
        "kmod-post diff --set rules.te",
        "kmod-post diff --set rules.team.",
    ),
    "a rule after =": ("kmod-post diff --set=rules.te", "kmod-post diff --set=rules.team."),
    "a rule before the command": (
        "kmod-post -f kmod.yaml --set rules.te",
        "kmod-post -f kmod.yaml --set rules.team.",
    ),
    "a field, without a blank": (
        "kmod-post diff --set rules.team.lab",
        "kmod-post diff --set rules.team.labels",
    ),
    "a field after =": (
        "kmod-post diff --set=rules.team.lab",
        "kmod-post diff --set=rules.team.labels",
    ),
    "no value of a field": (
        "kmod-post diff --set rules.team.enabled=",
        "kmod-post diff --set rules.team.enabled=",
    ),
    "a file": ("kmod-post diff rend", "kmod-post diff rendered.yaml "),
    "a file of an option": ("kmod-post diff -f km", "kmod-post diff -f kmod.yaml "),
    "a file after =": ("kmod-post diff --lock=km", "kmod-post diff --lock=kmod.yaml "),
    "a file after a field": (
        "kmod-post diff --set-file rules.team.labels.a=km",
        "kmod-post diff --set-file rules.team.labels.a=kmod.yaml ",
    ),
    "a file after a field after =": (
        "kmod-post diff --set-file=rules.team.labels.a=km",
        "kmod-post diff --set-file=rules.team.labels.a=kmod.yaml ",
    ),
    "a folder": ("kmod-post plugin --to bi", "kmod-post plugin --to bin/"),
    "no files for a name": ("kmod-post init --container kmod", "kmod-post init --container kmod"),
    "after a pipe": (
        "cat rendered.yaml | kmod-post diff --sta",
        "cat rendered.yaml | kmod-post diff --stat ",
    ),
    "after a variable": ("A='b c' kmod-post diff --sta", "A='b c' kmod-post diff --stat "),
    "after other letters": (
        "echo é; kmod-post diff 'é' --sta",
        "echo é; kmod-post diff 'é' --stat ",
    ),
}


def test_a_line_is_completed(start: Start, folder: Path) -> None:
    """Commands, options, names from the files on the line, and files, with a blank where one is done."""
    shell = start(folder)

    found = {what: shell.complete(typed) for what, (typed, _) in COMPLETED.items()}

    assert found == {what: line for what, (_, line) in COMPLETED.items()}


def test_candidates_are_listed(start: Start, folder: Path) -> None:
    """Where there are several, they are shown; zsh and fish have descriptions too."""
    shell = start(folder)

    # On a busy machine bash may take the two tabs for two single ones.
    for _ in range(5):
        assert shell.complete("kmod-post init --way ", tabs=2).startswith("kmod-post init --way ")
        if "init-container" in shell.shown():
            break
    for way in ("init-container", "post-start", "sidecar", "entrypoint"):
        assert way in shell.shown()
    if shell.name != "bash":
        assert "work that" in shell.shown()


def rules_file(*names: str) -> str:
    """Rules of these names."""
    rule = {"match": {"kind": "Deployment"}, "labels": {"a": "b"}}
    return json.dumps({"rules": dict.fromkeys(names, rule)})


def stream(*names: str) -> str:
    """Deployments of these names, each with containers of all these names."""
    containers = [{"name": name, "image": "x"} for name in names]
    spec = {"template": {"spec": {"containers": containers}}}
    return "\n---\n".join(
        json.dumps(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": name},
                "spec": spec,
            }
        )
        for name in names
    )


def test_hostile_names_never_run(start: Start, tmp_path: Path) -> None:
    """From manifests and rules files: Tab offers none of them, and neither Tab nor Enter runs one."""
    (tmp_path / "evil.yaml").write_text(stream(*HOSTILE, "web"))
    (tmp_path / "only-evil.yaml").write_text(stream(*HOSTILE))
    (tmp_path / "kmod.yaml").write_text(rules_file(*HOSTILE, "web"))
    before = sorted(os.listdir(tmp_path))
    shell = start(tmp_path)

    for typed, added in (
        ("kmod-post init only-evil.yaml --workload ", ""),
        ("kmod-post init evil.yaml --workload ", "Deployment/web "),
        ("kmod-post init evil.yaml --container ", "web "),
        ("kmod-post diff --set rules.", "web."),
        ("kmod-post diff -f kmod.yaml --set=rules.", "web."),
    ):
        assert shell.complete(typed) == typed + added
        assert shell.words() == (typed + added).split()
        assert shell.complete(typed, tabs=2).startswith(typed)
        assert "touch" not in shell.shown()
    assert sorted(os.listdir(tmp_path)) == before


# What is typed as a name that is not complete yet: the shell has it, and hands it on.
TYPED = (
    "kmod-post diff --set 'rules.$(touch MARK)",
    "kmod-post diff --set 'rules.`touch MARK`",
    "kmod-post diff --set rules.\\$\\(touch\\ MARK\\)",
    "kmod-post init evil.yaml --workload 'Deployment/$(touch MARK)",
    "kmod-post init '$(touch MARK)' --workload ",
    'kmod-post init "$(touch MARK)" --workload ',
    "kmod-post init $(touch MARK) --workload ",
    "kmod-post init `touch MARK` --workload ",
    "kmod-post init ${A:=$(touch MARK)} --workload ",
    "kmod-post '; touch MARK; ' --st",
)


def test_what_is_typed_never_runs(start: Start, tmp_path: Path) -> None:
    """Tab runs nothing of the line, also where a rule is named so."""
    (tmp_path / "evil.yaml").write_text(stream(*HOSTILE))
    (tmp_path / "kmod.yaml").write_text(rules_file(*HOSTILE))
    shell = start(tmp_path)

    for typed in TYPED:
        shell.complete(typed, tabs=2)

    assert sorted(os.listdir(tmp_path)) == ["evil.yaml", "kmod.yaml"]


def test_the_script_evaluates_nothing(start: Start, program: Path, tmp_path: Path) -> None:
    """Even a program that answered with hostile words would run nothing at Tab."""
    (tmp_path / "answers").mkdir()
    (tmp_path / "bin").mkdir()
    answered = tmp_path / "bin" / "kmod-post"
    answered.write_text(
        f'#!/bin/sh\n[ "$_KMOD_POST_COMPLETE" ] || exec {program} "$@"\ncat answers/now\n'
    )
    answered.chmod(0o755)
    shell = start(tmp_path)

    # fish 3.6 crashes where it lists control characters, whichever program has answered them.
    words = [word for word in HOSTILE if shell.name != "fish" or word.isprintable()]
    for answer in (
        *words,
        *(f":nospace\n{word}" for word in words[:3]),
        *(f":files{word}" for word in words[:3]),
        "\n".join(words),
        "\n".join(f"word{number}\t{word}" for number, word in enumerate(words)),
    ):
        (tmp_path / "answers" / "now").write_text(f"{answer}\n")
        shell.complete("kmod-post ", tabs=2)

    assert sorted(os.listdir(tmp_path)) == ["answers", "bin"]


def test_hostile_file_names_are_only_words(start: Start, tmp_path: Path) -> None:
    """The shell completes a file of any name to one word, which it reads as this name again."""
    shell = start(tmp_path)

    for name in HOSTILE:
        (tmp_path / name).touch()
        shell.complete("kmod-post diff ")
        # For fish a description begins at a tab; bash takes a name with `~` for a folder.
        read = name.partition("\t")[0] if shell.name == "fish" else name
        assert [word.rstrip("/") for word in shell.words()] == ["kmod-post", "diff", read]
        assert "\x1b]0;title" not in shell.shown()
        assert os.listdir(tmp_path) == [name]
        (tmp_path / name).unlink()


def test_hostile_folder_names_are_only_words(start: Start, tmp_path: Path) -> None:
    """A folder's name is on the line while the files in it are completed."""
    shell = start(tmp_path)

    for name in HOSTILE[:12]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "in it").touch()
        shell.complete("kmod-post diff --lock=", tabs=2)
        *words, last = shell.words()
        assert words == ["kmod-post", "diff"]
        assert last.startswith(f"--lock={name}")
        assert os.listdir(tmp_path) == [name]
        (tmp_path / name / "in it").unlink()
        (tmp_path / name).rmdir()
