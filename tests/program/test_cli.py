"""The program from outside: a process with arguments, an environment and standard streams."""

from __future__ import annotations

import errno
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paths import ROOT

import postrender

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import KmodPost

CHART = ROOT / "charts" / "example-nginx"
RENDERED = (CHART / "rendered" / "helm3.yaml").read_bytes()
SIDECAR = CHART / "kmod" / "sidecar.yaml"
LABEL = "rules: {a: {match: {kind: Deployment}, podLabels: {added: b}}}\n"
# Written by hand: what the label rule makes of the stream.
LABELLED = RENDERED.replace(
    b"        app.kubernetes.io/managed-by: Helm\n    spec:\n",
    b"        app.kubernetes.io/managed-by: Helm\n        added: b\n    spec:\n",
)


@pytest.fixture
def label(tmp_path: Path) -> Path:
    """A rules file that adds a pod label."""
    file = tmp_path / "label.yaml"
    file.write_text(LABEL)
    return file


def test_the_expected_output_differs() -> None:
    """What these tests expect is not what they put in."""
    assert LABELLED != RENDERED


# Where rules come from


def test_rules_from_the_option(kmod_post: KmodPost, label: Path) -> None:
    """`-f FILE` names the rules."""
    done = kmod_post("-f", label, stdin=RENDERED)

    assert (done.returncode, done.stdout, done.stderr) == (0, LABELLED, b"")


def test_later_files_win(kmod_post: KmodPost, label: Path, tmp_path: Path) -> None:
    """Files are layered in the order in which they are given."""
    (tmp_path / "off.yaml").write_text("rules: {a: {enabled: false}}")

    done = kmod_post("-f", label, "--rules", tmp_path / "off.yaml", stdin=RENDERED)

    assert (done.returncode, done.stdout) == (0, RENDERED)


def test_rules_from_the_environment(kmod_post: KmodPost, label: Path, tmp_path: Path) -> None:
    """KMOD_POST_RULES names files as PATH names folders; an option takes its place."""
    off = tmp_path / "off.yaml"
    off.write_text("rules: {a: {enabled: false}}")
    both = {"KMOD_POST_RULES": f"{label}{os.pathsep}{os.pathsep}{off}"}

    assert kmod_post(stdin=RENDERED, env={"KMOD_POST_RULES": str(label)}).stdout == LABELLED
    assert kmod_post(stdin=RENDERED, env=both).stdout == RENDERED
    assert kmod_post("-f", label, stdin=RENDERED, env=both).stdout == LABELLED


def test_rules_from_the_folder(kmod_post: KmodPost, label: Path, tmp_path: Path) -> None:
    """Without either, ./kmod.yaml is taken."""
    label.rename(tmp_path / "kmod.yaml")

    assert kmod_post(stdin=RENDERED, cwd=tmp_path).stdout == LABELLED
    assert kmod_post(stdin=RENDERED, cwd=tmp_path, env={"KMOD_POST_RULES": ""}).stdout == LABELLED


def test_no_rules(kmod_post: KmodPost, tmp_path: Path) -> None:
    """Without rules nothing is passed on: that would be silent."""
    done = kmod_post(stdin=RENDERED, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == (
        b"kmod-post: no rules found; give -f FILE, set KMOD_POST_RULES or create ./kmod.yaml, "
        b'as "kmod-post init" does\n'
    )


def test_paths_in_messages_are_as_given(kmod_post: KmodPost, tmp_path: Path) -> None:
    """A message names the file as the user did, so that it can be clicked."""
    (tmp_path / "kmod.yaml").write_text("rules: {a: {match: {}}}")

    said = [
        kmod_post(stdin=b"", cwd=tmp_path).stderr,
        kmod_post("-f", "./kmod.yaml", stdin=b"", cwd=tmp_path).stderr,
        kmod_post("-f", tmp_path / "kmod.yaml", stdin=b"", cwd=tmp_path).stderr,
    ]

    leads = ["kmod.yaml", "./kmod.yaml", f"{tmp_path}/kmod.yaml"]
    for message, lead in zip(said, leads, strict=True):
        assert message.decode().startswith(f'{lead}:1:9: rule "a": ')


# Exit codes


@pytest.mark.parametrize(
    ("args", "stdin", "code", "message"),
    [
        pytest.param(
            ["-f", "label.yaml"], b"kind: Deployment\n\tx: 1\n", 1, "<stdin>:2:1: ", id="stream"
        ),
        pytest.param(
            ["-f", "label.yaml"],
            b"kind: Service\n",
            1,
            'label.yaml:1:9: rule "a": no Deployment in 1 object',
            id="expectation",
        ),
        pytest.param(["-f", "label.yaml"], b"a: \xff\n", 1, "<stdin>:1:4: not UTF-8", id="bytes"),
        pytest.param(
            ["-f", "wrong.yaml"], b"", 1, 'wrong.yaml:1:13: rule "a": unknown key', id="rules"
        ),
        pytest.param(
            ["-f", "missing.yaml"],
            b"",
            1,
            "missing.yaml: cannot be read (no such file or directory)",
            id="no such file",
        ),
        pytest.param(
            ["-f", "manifests.yaml"],
            b"",
            1,
            "manifests.yaml: this is a Kubernetes manifest, not a rules file; give the rules with",
            id="manifests as rules",
        ),
        pytest.param(["-f", "."], b"", 1, ".: cannot be read (is a directory)", id="a folder"),
        pytest.param(["-f", ""], b"", 2, "-f: needs a value; write -f FILE", id="empty name"),
        pytest.param(
            ["-f", "-"], b"", 2, "-f -: standard input is the chart", id="rules on standard input"
        ),
        pytest.param(
            ["--rulez"],
            b"",
            2,
            "--rulez: unknown option; did you mean --rules?",
            id="unknown option",
        ),
        pytest.param(["-f"], b"", 2, "-f: needs a value", id="no value"),
        pytest.param(["--quiet=1"], b"", 2, "--quiet: takes no value", id="a value too many"),
    ],
)
def test_failures(
    kmod_post: KmodPost,
    label: Path,
    tmp_path: Path,
    args: list[str],
    stdin: bytes,
    code: int,
    message: str,
) -> None:
    """A failure has its code and one line that says what to do; standard output stays empty."""
    (tmp_path / "wrong.yaml").write_text("rules: {a: {podLabel: {}, match: {}}}")
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    (tmp_path / "manifests.yaml").write_text(f"---\n{manifest}---\n{manifest}")

    done = kmod_post(*args, stdin=stdin, cwd=tmp_path)

    assert done.returncode == code
    assert done.stdout == b""
    assert done.stderr.decode().startswith(message)
    assert re.fullmatch(r".*; .+\n", done.stderr.decode()), "one line, with what to do"


def test_an_unknown_command(kmod_post: KmodPost) -> None:
    """A word that is no command is a wrong use."""
    done = kmod_post("dance", stdin=RENDERED)

    assert (done.returncode, done.stdout) == (2, b"")
    assert b"dance" in done.stderr
    assert b"Traceback" not in done.stderr


BUG = """
import sys
import postrender.engine.run

def run(*args, **kwargs):
    raise LookupError("the value of a Secret")

postrender.engine.run.run = run
from postrender.commands.main import main
sys.exit(main())
"""


def test_a_bug(label: Path, environment: dict[str, str]) -> None:
    """A bug is exit code 3, with lines to report and without what the data held."""
    done = subprocess.run(
        [sys.executable, "-c", BUG, "-f", label],
        input=RENDERED,
        capture_output=True,
        env=environment,
        check=False,
    )

    lines = done.stderr.decode().splitlines()
    assert (done.returncode, done.stdout) == (3, b"")
    assert lines[0] == ("kmod-post: a bug (LookupError); nothing was written; report these lines:")
    assert lines[1].startswith(f"  kmod-post {postrender.__version__}, Python 3.")
    assert all(re.fullmatch(r"  [\w<>]+(\.py)?:\d+ \S+", line) for line in lines[2:])
    assert b"Secret" not in done.stderr


# Options


def test_version(kmod_post: KmodPost) -> None:
    """The version is one line, and needs no rules."""
    done = kmod_post("--version", stdin=b"")

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"kmod-post {postrender.__version__}\n"


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help(kmod_post: KmodPost, flag: str) -> None:
    """Help names every option, goes to standard output and needs no rules."""
    from postrender.commands.options import OPTIONS

    done = kmod_post("-q", flag, stdin=b"", env={"COLUMNS": "200", "NO_COLOR": "1"})

    assert (done.returncode, done.stderr) == (0, b"")
    for option in OPTIONS:
        for name in option.flags:
            assert name in done.stdout.decode()


def test_python_m(label: Path, environment: dict[str, str]) -> None:
    """`python -m postrender` is the same program."""
    done = subprocess.run(
        [sys.executable, "-m", "postrender", "-f", label],
        input=RENDERED,
        capture_output=True,
        env=environment,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, LABELLED, b"")


WARNING = "rules: {a: {match: {kind: Deployment}, containers: {nginx: {mounts: {/x: {volume: y}, /etc/nginx/conf.d/example.conf: y}}}, volumes: {y: {hostPath: {path: /y}}}}}\n"


def test_warnings(kmod_post: KmodPost, tmp_path: Path) -> None:
    """What may surprise is said on standard error, unless `-q` asks for errors only."""
    (tmp_path / "kmod.yaml").write_text(WARNING)

    done = kmod_post(stdin=RENDERED, cwd=tmp_path)
    quiet = kmod_post("-q", stdin=RENDERED, cwd=tmp_path)

    assert done.returncode == quiet.returncode == 0
    assert done.stdout == quiet.stdout != RENDERED
    assert quiet.stderr == b""
    for line in done.stderr.decode().splitlines():
        assert line.startswith(
            'kmod.yaml:1:9: rule "a": Deployment/example-nginx: container nginx: '
        )
        assert line.endswith(" (warning: mount-replaced)")


def test_verbose(kmod_post: KmodPost) -> None:
    """`-v` says which rule changed what."""
    done = kmod_post("-v", "-f", CHART / "kmod" / "entrypoint.yaml", stdin=RENDERED)

    assert done.stderr.decode().splitlines() == [
        'rule "prepare-webpage": added ConfigMap/example-nginx-prepare-webpage-m8d6t2tk9g',
        'rule "prepare-webpage": changed Deployment/example-nginx',
    ]


def test_quiet_keeps_errors(kmod_post: KmodPost, tmp_path: Path) -> None:
    """`-q` hides warnings, never why nothing came out."""
    done = kmod_post("-q", stdin=b"", cwd=tmp_path)

    assert (done.returncode, done.stderr[:10]) == (2, b"kmod-post:")


def test_log_file(kmod_post: KmodPost, tmp_path: Path) -> None:
    """Messages are appended to a log file too; the option beats the environment."""
    (tmp_path / "kmod.yaml").write_text(LABEL)
    log, other = tmp_path / "a.log", tmp_path / "b.log"
    env = {"KMOD_POST_LOG_FILE": str(other)}

    first = kmod_post("-v", "--log-file", log, stdin=RENDERED, cwd=tmp_path, env=env)
    second = kmod_post(f"--log-file={log}", stdin=b"a: \xff", cwd=tmp_path, env=env)
    third = kmod_post("-v", stdin=RENDERED, cwd=tmp_path, env=env)

    assert [first.returncode, second.returncode, third.returncode] == [0, 1, 0]
    assert log.read_bytes() == first.stderr + second.stderr
    assert other.read_bytes() == third.stderr


def test_a_log_file_that_cannot_be_written(kmod_post: KmodPost, label: Path) -> None:
    """It does not hide the outcome, and is said."""
    done = kmod_post("-f", label, "--log-file", "/no/such/folder/log", "-v", stdin=RENDERED)

    assert (done.returncode, done.stdout) == (0, LABELLED)
    assert b'rule "a": changed' in done.stderr
    assert (
        b"/no/such/folder/log: cannot be written (no such file or directory); name" in done.stderr
    )


def test_default_namespace(kmod_post: KmodPost, tmp_path: Path) -> None:
    """Objects that name no namespace are in this one."""
    (tmp_path / "kmod.yaml").write_text(LABEL.replace("kind:", "namespace: demo, kind:"))

    done = kmod_post("--default-namespace", "demo", stdin=RENDERED, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, LABELLED)


def test_empty_words_are_passed_over(kmod_post: KmodPost, label: Path) -> None:
    """Helmfile hands over an empty argument where a user's variable is empty."""
    assert kmod_post("", "-f", label, "", stdin=RENDERED).stdout == LABELLED


# Standard streams


@pytest.mark.parametrize("stdin", [b"", b"\n", b"---\n", b"# only a comment\n---\n\n"])
def test_an_input_without_documents(kmod_post: KmodPost, label: Path, stdin: bytes) -> None:
    """Helm 4 refuses an empty stream: a comment line comes out, and what was there stays."""
    done = kmod_post("-f", label, stdin=stdin)

    assert done.returncode == 0
    assert done.stdout.strip()
    assert all(line[:1] in {b"#", b"-", b""} for line in done.stdout.splitlines())
    assert done.stdout == stdin or not stdin.replace(b"---", b"").strip()


def test_a_terminal_on_standard_input(
    program: Path, label: Path, environment: dict[str, str]
) -> None:
    """Somebody who starts the program by hand sees the help, and it does not wait."""
    master, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [program, "-f", label],
            stdin=terminal,
            capture_output=True,
            env=environment,
            timeout=60,
            check=False,
        )
    finally:
        os.close(terminal)
        os.close(master)

    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--rules" in done.stderr
    assert done.stderr.decode().splitlines()[-1] == (
        "kmod-post: standard input is a terminal; pipe rendered manifests into it"
    )


def started(
    command: list[str | Path], before: Callable[[], None], environment: dict[str, str]
) -> tuple[int, bytes]:
    """Exit code and standard error of a process that was prepared before it started."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        preexec_fn=before,  # noqa: PLW1509 - no threads here
        env=environment,
    ) as process:
        _, said = process.communicate(RENDERED, timeout=60)
        return process.returncode, said


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        pytest.param(lambda: os.close(1), "closed", id="closed"),
        pytest.param(
            lambda: os.dup2(os.open("/dev/full", os.O_WRONLY), 1),
            os.strerror(errno.ENOSPC).lower(),
            id="full disk",
            marks=pytest.mark.skipif(
                not Path("/dev/full").exists(), reason="this system has no /dev/full"
            ),
        ),
    ],
)
def test_standard_output_that_cannot_be_written(
    program: Path, label: Path, environment: dict[str, str], before: Callable[[], None], reason: str
) -> None:
    """What could not be written is not passed over in silence."""
    code, said = started([program, "-f", label], before, environment)

    assert code == 1
    assert said.decode() == (
        f"<stdout>: cannot be written ({reason}); keep it open and writable until kmod-post ends\n"
    )


def test_a_reader_that_goes_away(program: Path, label: Path, environment: dict[str, str]) -> None:
    """A broken pipe is one line and no traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(
        [program, "-f", label],
        stdin=subprocess.PIPE,
        stdout=writer,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        os.close(writer)
        _, said = process.communicate(RENDERED, timeout=60)

    assert process.returncode == 1
    assert said.decode() == (
        "<stdout>: cannot be written (broken pipe); keep it open and writable until kmod-post ends\n"
    )


def test_standard_error_that_is_closed(
    program: Path, label: Path, environment: dict[str, str]
) -> None:
    """Messages that nobody reads do not change the outcome."""
    code, _ = started([program, "-v", "-f", label], lambda: os.close(2), environment)

    assert code == 0


def test_standard_input_that_is_closed(
    program: Path, label: Path, environment: dict[str, str]
) -> None:
    """Without standard input there is nothing to wait for."""
    for words, name in (["-f", label], "kmod-post"), (["inspect"], "kmod-post inspect"):
        code, said = started([program, *words], lambda: os.close(0), environment)

        assert code == 2
        assert said.decode().startswith(f"{name}: standard input is closed; ")
        assert said.count(b"\n") == 1


def test_interrupt(program: Path, label: Path, environment: dict[str, str], tmp_path: Path) -> None:
    """Ctrl-C while the chart is rendered: exit code 130, one line, nothing written."""
    with subprocess.Popen(
        [program, "-f", label],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(RENDERED)
        process.stdin.flush()
        wait_until_it_reads(process.pid)
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)

    assert (process.returncode, out) == (130, b"")
    assert said == b"interrupted; nothing was written\n"
    assert {path.name for path in tmp_path.iterdir()} == {"label.yaml"}


@pytest.mark.parametrize("words", [[], ["diff"]], ids=["render", "diff"])
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["", "unbuffered"])
@pytest.mark.parametrize(
    ("times", "outcome"), [(1, "all of the output was written"), (2, "the output is not whole")]
)
def test_interrupt_while_it_writes(
    program: Path,
    environment: dict[str, str],
    tmp_path: Path,
    words: list[str],
    unbuffered: str,
    times: int,
    outcome: str,
) -> None:
    """The first interrupt waits for the rest of the output, the second does not; it is said."""
    text = "x" * 3_000_000
    config = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a: {text}}}\n"
    (tmp_path / "in.yaml").write_text(config)
    rules = (
        f"rules: {{a: {{match: {{kind: ConfigMap}}, merge: {{data: {{a: {'y' * 3_000_000}}}}}}}}}"
    )
    (tmp_path / "kmod.yaml").write_text(rules)
    with (
        (tmp_path / "in.yaml").open("rb") as stream,
        subprocess.Popen(
            [program, *words],
            bufsize=0,
            stdin=stream,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env={**environment, "PYTHONUNBUFFERED": unbuffered},
        ) as process,
    ):
        assert process.stdout is not None
        size = len(process.stdout.read(10_000))
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.2)
        out, said = process.communicate(timeout=60)
    size += len(out)

    assert process.returncode == 130
    assert said.decode() == f"interrupted; {outcome}\n"
    assert (size > 3_000_000) is (times == 1)


def test_interrupt_at_any_moment(label: Path, environment: dict[str, str], tmp_path: Path) -> None:
    """No traceback once interrupts are answered, which is the first thing that is done."""
    start = (
        "from postrender.commands import interrupts, start; interrupts.answer(); "
        "print('begin', flush=True)"
    )
    for moment in range(60):
        with subprocess.Popen(
            [sys.executable, "-c", f"{start}; start.console_script()", "-f", label],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env=environment,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begin\n"
            time.sleep((moment + 1) / 1000)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(RENDERED, timeout=60)
        assert (process.returncode, said) in (
            (0, b""),
            (130, b"interrupted; nothing was written\n"),
            (130, b"interrupted; all of the output was written\n"),
        )


def wait_until_it_reads(pid: int) -> None:
    """Waits until a process sleeps in a read, all imports behind it."""
    state = Path(f"/proc/{pid}/wchan")
    for _ in range(600):
        time.sleep(0.05)
        if not state.exists():
            time.sleep(2)
            return
        if "pipe" in state.read_text():
            return
    pytest.fail("it never came to read")


# Surroundings


def test_surroundings_that_have_nothing(
    program: Path, label: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    """No home, no writable folder, no locale, an empty environment: it runs, and leaves nothing."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    folder.chmod(0o555)
    try:
        done = subprocess.run(
            [program, "-f", label],
            input=RENDERED,
            capture_output=True,
            cwd=folder,
            env={},
            check=False,
            timeout=60,
        )
        left = list(folder.iterdir())
    finally:
        folder.chmod(0o755)

    assert (done.returncode, done.stdout, done.stderr) == (0, LABELLED, b"")
    assert left == []


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1"])
def test_locales(kmod_post: KmodPost, tmp_path: Path, locale: str) -> None:
    """Text is UTF-8 whatever the locale says, in manifests and in messages."""
    (tmp_path / "kmod.yaml").write_text(
        "rules: {a: {match: {kind: Pod, name: é}, podAnnotations: {a: 🙂}}}", encoding="utf-8"
    )
    pod = "kind: Pod\napiVersion: v1\nmetadata:\n  name: é\nspec: {}\n"
    env = {"LC_ALL": locale, "LANG": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    done = kmod_post(stdin=pod, cwd=tmp_path, env=env)
    failed = kmod_post(stdin="kind: Pod\n", cwd=tmp_path, env=env)

    assert done.stdout.decode() == pod.replace("spec", '  annotations:\n    a: "🙂"\nspec')
    assert failed.returncode == 1
    assert b"no Pod named" in failed.stderr


def test_a_folder_that_is_gone(program: Path, label: Path, tmp_path: Path) -> None:
    """The folder in which it was started may have been removed."""
    script = f'mkdir gone && cd gone && rmdir ../gone && exec "{program}" -f "{label}"'

    done = subprocess.run(
        ["/bin/sh", "-c", script], input=RENDERED, capture_output=True, cwd=tmp_path, check=False
    )

    assert (done.returncode, done.stdout) == (0, LABELLED)
