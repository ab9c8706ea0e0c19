from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from postrender.commands.names import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import KmodPost


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(
            ["inspct"],
            'kmod-post: unknown command "inspct"; did you mean "inspect"?',
            id="a command, nearly",
        ),
        pytest.param(
            ["xyz"], 'kmod-post: unknown command "xyz"; there are inspect, init, ', id="no command"
        ),
        pytest.param(
            ["diff", "--sta"],
            "kmod-post diff: --sta: unknown option; did you mean --stat?",
            id="an option, nearly",
        ),
        pytest.param(
            ["diff", "--xyz"],
            "kmod-post diff: --xyz: unknown option; see kmod-post diff --help",
            id="no option",
        ),
        pytest.param(
            ["diff", "-f"],
            "kmod-post diff: -f: needs a value; see kmod-post diff --help",
            id="no value",
        ),
        pytest.param(
            ["diff", "a", "b=secret"],
            'kmod-post diff: "b=…" is one argument too many; see kmod-post diff --help',
            id="one too many",
        ),
        pytest.param(
            ["diff", "--stat=x"],
            "kmod-post diff: --stat: takes no value; see kmod-post diff --help",
            id="a value too many",
        ),
        pytest.param(
            ["completion"],
            "kmod-post completion: bash|zsh|fish is missing; see kmod-post completion --help",
            id="one too few",
        ),
        pytest.param(
            ["plugin", "helm"],
            "kmod-post plugin: --to is missing; see kmod-post plugin --help",
            id="an option too few",
        ),
        pytest.param(
            ["plugin", "nomad", "--to", "x"],
            "kmod-post plugin: HOST must be one of helm, argocd, helmfile, kustomize; see ",
            id="not one of the choices",
        ),
        pytest.param(
            ["diff", "--color", "pink", "x"],
            "--color pink: must be one of auto, always, never",
            id="no choice",
        ),
        pytest.param(
            ["diff", "no.yaml"],
            "no.yaml: cannot be read (no such file or directory); name a file that is there",
            id="no file",
        ),
        pytest.param(["diff", "."], ".: cannot be read (is a directory); name a file", id="folder"),
    ],
)
def test_a_mistake_is_one_line(kmod_post: KmodPost, args: list[str], message: str) -> None:
    """What is wrong and what to do; exit code 2, but for a file that cannot be read."""
    done = kmod_post(*args)

    said = done.stderr.decode()
    assert said.startswith(message)
    assert said.count("\n") == 1
    assert (done.returncode, done.stdout) == (1 if "cannot be read" in message else 2, b"")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(kmod_post: KmodPost, command: str) -> None:
    """What it is for, how it is used, its options; `-h` is the same."""
    done = kmod_post(command, "--help")

    said = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert f"Usage: kmod-post {command} " in said
    assert "-h" in said
    assert "\x1b" not in said
    assert kmod_post(command, "-h").stdout == done.stdout
    assert all(len(line) <= 100 for line in said.splitlines())


def test_the_root_lists_the_commands(kmod_post: KmodPost) -> None:
    """`--help` names each with a line; `help` in front of a command is the root's."""
    said = kmod_post("--help").stdout.decode()

    for name, told in COMMANDS.items():
        assert any(line.split() == [name, *told.split()] for line in said.splitlines())
    assert kmod_post("--help", "diff").stdout.decode() == said


def test_options_before_the_command_are_its_own(kmod_post: KmodPost, folder: Path) -> None:
    """`kmod-post -f FILE diff` is `kmod-post diff -f FILE`; what a command has no use for it says."""
    (folder / "other.yaml").write_text("rules: {a: {match: {kind: Service}, labels: {a: b}}}")
    before = kmod_post("-f", "other.yaml", "diff", "rendered.yaml", cwd=folder)
    after = kmod_post("diff", "-f", "other.yaml", "rendered.yaml", cwd=folder)

    assert before.stdout == after.stdout != b""
    done = kmod_post("-q", "diff", "rendered.yaml", cwd=folder)
    assert done.stderr.startswith(b"kmod-post diff: --quiet: unknown option")


def test_an_equals_sign_behind_a_command(kmod_post: KmodPost, folder: Path) -> None:
    """`-f=FILE`, as Helm has to be given it, is the same before a command and behind it."""
    (folder / "other.yaml").write_text("rules: {a: {match: {kind: Service}, labels: {a: b}}}")
    before = kmod_post("-f=other.yaml", "diff", "rendered.yaml", cwd=folder)
    behind = kmod_post("diff", "-f=other.yaml", "--color=never", "rendered.yaml", cwd=folder)

    assert (behind.returncode, behind.stdout) == (0, before.stdout), behind.stderr
    assert before.stdout != b""


def test_messages_of_commands_go_to_the_log_file(kmod_post: KmodPost, folder: Path) -> None:
    """As those of the render path."""
    done = kmod_post("--log-file", "log", "diff", "no.yaml", cwd=folder)

    assert (folder / "log").read_bytes() == done.stderr != b""


@pytest.mark.parametrize("command", ["inspect", "diff", "explain", "init"])
def test_a_terminal_is_not_waited_for(
    on_terminal: Callable[..., tuple[int, str]], command: str
) -> None:
    """Without a stream and without a file there is nothing to do."""
    args = ["--to", "new.yaml"] if command == "init" else []

    code, seen = on_terminal(command, *args)

    assert code == 2
    assert seen.startswith(f"kmod-post {command}: standard input is a terminal; name a file")


def test_messages_name_the_file(kmod_post: KmodPost, folder: Path) -> None:
    """A mistake in the stream has the name of the file that it was read from."""
    (folder / "rendered.yaml").write_text("kind: Deployment\nmetadata: {\n")

    for command in ("inspect", "diff", "explain"):
        done = kmod_post(command, "rendered.yaml", cwd=folder)
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr.decode().splitlines()[-1].startswith("rendered.yaml:")


@pytest.mark.parametrize(
    ("env", "args", "colored"),
    [
        pytest.param({}, [], False, id="no terminal"),
        pytest.param({}, ["--color", "always"], True, id="always"),
        pytest.param({"NO_COLOR": "1"}, ["--color", "always"], True, id="said so, all the same"),
        pytest.param({"FORCE_COLOR": "1"}, [], False, id="for other programs"),
    ],
)
@pytest.mark.parametrize("command", ["inspect", "diff", "explain"])
def test_colours(
    kmod_post: KmodPost,
    folder: Path,
    command: str,
    env: dict[str, str],
    args: list[str],
    colored: bool,
) -> None:
    """Only on a terminal, unless they are asked for."""
    done = kmod_post(command, "rendered.yaml", *args, cwd=folder, env=env)

    assert done.returncode == 0
    assert (b"\x1b[" in done.stdout) == colored


@pytest.mark.parametrize("command", ["inspect", "diff", "explain"])
def test_colours_on_a_terminal(
    on_terminal: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """There they are, unless they are not wanted."""
    assert "\x1b[" in on_terminal(command, "rendered.yaml")[1]
    assert "\x1b[" not in on_terminal(command, "rendered.yaml", "--color", "never")[1]


@pytest.mark.parametrize("command", ["inspect", "diff", "explain"])
def test_a_chart_cannot_write_to_the_terminal(
    kmod_post: KmodPost, folder: Path, command: str
) -> None:
    """Control characters of the chart are shown, not obeyed."""
    evil = RENDERED_EVIL
    (folder / "evil.yaml").write_text(evil)

    done = kmod_post(command, "evil.yaml", "--color", "always", cwd=folder)

    assert done.returncode == 0, done.stderr
    assert b"\x1b]0;" not in done.stdout
    assert "\u202e" not in done.stdout.decode()


RENDERED_EVIL = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: {a: "\\e]0;title\\a"} # \u202e
spec:
  template:
    spec:
      containers:
        - name: "web\\e]0;title\\a"
          image: "nginx\\u202e"
"""


SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: login}
data:
  # geheim0
  password: geheim1
stringData: {token: geheim2}
"""


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param("labels: {a: b}", id="changed"),
        pytest.param("merge: {stringData: {token: geheim3, new: geheim4}}", id="values changed"),
        pytest.param(
            "jsonPatch: [{op: replace, path: /data/password, value: geheim3}]", id="patch"
        ),
        pytest.param("remove: true", id="removed"),
        pytest.param("jsonPatch: [{op: test, path: /data/password, value: geheim3}]", id="refused"),
        pytest.param("merge: {stringData: {token: geheim3}}, nix: 1", id="a mistake"),
        pytest.param("merge: {stringData: {token: geheim3}}, nix: [", id="no YAML"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["diff"], id="diff"),
        pytest.param(["diff", "-y"], id="side by side"),
        pytest.param(["explain"], id="explain"),
        pytest.param(["explain", "--json"], id="json"),
        pytest.param(["inspect", "--all", "--json"], id="inspect"),
        pytest.param(["check"], id="check"),
    ],
)
def test_values_of_secrets_are_shown_nowhere(
    kmod_post: KmodPost, tmp_path: Path, command: list[str], rules: str
) -> None:
    """Neither the chart's nor those of the rules, whatever comes of them."""
    (tmp_path / "kmod.yaml").write_text(f"rules: {{a: {{match: {{kind: Secret}}, {rules}}}}}")
    (tmp_path / "rendered.yaml").write_text(SECRET)
    files = [] if command == ["check"] else ["rendered.yaml"]

    done = kmod_post(*command, *files, cwd=tmp_path)

    assert done.returncode in (0, 1)
    assert done.stdout + done.stderr
    assert b"geheim" not in done.stdout + done.stderr


def test_a_closed_pipe_is_no_mistake(shell: Callable[[str], object], folder: Path) -> None:
    """`kmod-post diff | head` ends quietly."""
    done = shell("kmod-post diff rendered.yaml | head -1")

    assert done.stderr == ""  # type: ignore[attr-defined]
    assert done.stdout.startswith("--- ")  # type: ignore[attr-defined]


@pytest.mark.parametrize("words", [["--version"], ["schema"]])
def test_a_pipe_that_nobody_reads_is_no_mistake(
    program: Path, environment: dict[str, str], words: list[str]
) -> None:
    """What a person only looks at may be cut off anywhere; a render may not."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [program, *words], stdout=writer, stderr=subprocess.PIPE, env=environment, check=False
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_closed_output_is_one(shell: Callable[[str], object]) -> None:
    """There is nobody to show anything to."""
    done = shell("kmod-post diff rendered.yaml >&-")

    assert done.returncode == 1  # type: ignore[attr-defined]
    assert done.stderr.startswith("<stdout>: cannot be written")  # type: ignore[attr-defined]
