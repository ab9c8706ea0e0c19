from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from tools import find

from postrender.cli.app import COMMANDS
from postrender.verbs import VERBS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import KmodPost


def completed(kmod_post: KmodPost, folder: Path, line: str) -> list[str]:
    """What bash is told for a command line."""
    words = line.split(" ")
    done = kmod_post(
        cwd=folder,
        env={
            "_KMOD_POST_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
        },
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().split()


def test_an_empty_question_is_none(kmod_post: KmodPost) -> None:
    """Else a render would end well, with nothing printed."""
    done = kmod_post("--version", env={"_KMOD_POST_COMPLETE": ""})
    assert done.stdout.startswith(b"kmod-post ")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("kmod-post ", [*COMMANDS], id="commands"),
        pytest.param("kmod-post in", ["inspect", "init"], id="some commands"),
        pytest.param("kmod-post diff --st", ["--stat", "--strict"], id="options"),
        pytest.param(
            "kmod-post init --way ",
            ["init-container", "post-start", "sidecar", "entrypoint"],
            id="ways",
        ),
        pytest.param(
            "kmod-post init rendered.yaml --workload ", ["Deployment/web"], id="workloads"
        ),
        pytest.param(
            "kmod-post init --workload Deployment/web rendered.yaml --container ",
            ["nginx"],
            id="containers",
        ),
        pytest.param("kmod-post init --workload ", [], id="no stream, no workloads"),
        pytest.param("kmod-post init kmod.yaml --workload ", [], id="a stream without workloads"),
        pytest.param("kmod-post diff --set rules.team.la", ["rules.team.labels"], id="verbs"),
        pytest.param("kmod-post diff -f no.yaml --set rules.", [], id="no rules, no fields"),
        pytest.param("kmod-post completion ", ["bash", "zsh", "fish"], id="shells"),
        pytest.param("kmod-post diff rend", [], id="files are the shell's own"),
    ],
)
def test_what_may_come_next(
    kmod_post: KmodPost, folder: Path, line: str, expected: list[str]
) -> None:
    """Commands, options, and names from the files that are on the line."""
    assert completed(kmod_post, folder, line) == expected


def test_all_verbs(kmod_post: KmodPost, folder: Path) -> None:
    """Of each rule, every verb and what else it may have."""
    found = completed(kmod_post, folder, "kmod-post diff -f kmod.yaml --set rules.mirror.")

    assert {f"rules.mirror.{verb}" for verb in VERBS} < set(found)
    assert "rules.mirror.enabled" in found


def test_a_broken_stream_completes_nothing(kmod_post: KmodPost, folder: Path) -> None:
    """A shell has no place for messages."""
    (folder / "rendered.yaml").write_text("kind: Pod\na: [")

    assert completed(kmod_post, folder, "kmod-post init rendered.yaml --workload ") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts(kmod_post: KmodPost, shell: str) -> None:
    """Each shell gets the one that it understands."""
    done = kmod_post("completion", shell)

    assert done.returncode == 0
    assert b"_KMOD_POST_COMPLETE=complete_" + shell.encode() in done.stdout
    program = shutil.which(shell)
    if program:
        subprocess.run([program, "-n"], input=done.stdout, check=True)


def test_bash_completes(program: Path, folder: Path, environment: dict[str, str]) -> None:
    """The script at work, as bash calls it."""
    bash = find("bash")
    line = """
eval "$(kmod-post completion bash)"
COMP_WORDS=(kmod-post init --way s); COMP_CWORD=3
_kmod_post_completion kmod-post
echo "${COMPREPLY[@]}"
"""
    done = subprocess.run(
        [bash, "-c", line],
        cwd=folder,
        env={**environment, "PATH": f"{program.parent}:{environment['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "sidecar\n", done.stderr


def test_another_shell(kmod_post: KmodPost) -> None:
    """One that nobody has written a script for."""
    done = kmod_post("completion", "tcsh")

    assert done.returncode == 2
    assert done.stderr == b"kmod-post completion: tcsh: must be one of bash, zsh, fish\n"
