"""How files are read and written: whole or not at all, and only those that are meant."""

from __future__ import annotations

import os
import re
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from postrender import files
from postrender.files import LIMIT, read_file, write_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import KmodPost

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, pipes and modes of POSIX")

STREAM = "kind: A\nmetadata: {name: a}\n"
RULES = "rules: {a: {match: {kind: A}, labels: {b: c}}}\n"
is_root = os.geteuid() == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with rules, a lock file and a stream."""
    (tmp_path / "kmod.yaml").write_text(RULES)
    (tmp_path / "kmod.lock.yaml").write_text("version: 1\n")
    (tmp_path / "in.yaml").write_text(STREAM)
    return tmp_path


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


# Writing


def test_a_new_file_has_the_mode_of_the_umask(tmp_path: Path) -> None:
    """As any program that opens a file gives it."""
    before = os.umask(0o027)
    try:
        write_file(str(tmp_path / "a"), b"1")
        write_file(str(tmp_path / "b"), b"1", executable=True)
        write_file(str(tmp_path / "c"), b"1", must_be_new=True)
    finally:
        os.umask(before)
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names(tmp_path)}
    assert modes == {"a": 0o640, "b": 0o750, "c": 0o640}


def test_the_mode_of_an_old_file_is_kept(tmp_path: Path) -> None:
    """A reader of the old text goes on reading it."""
    file = tmp_path / "a"
    file.write_text("old text")
    file.chmod(0o604)
    with file.open() as reader:
        write_file(str(file), b"new")
        assert reader.read() == "old text"
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o604)
    assert names(tmp_path) == ["a"]


@pytest.mark.skipif(not is_root, reason="only root gives files away")
def test_the_owner_of_an_old_file_is_kept(tmp_path: Path) -> None:
    """Root in a container does not take a user's file away."""
    file = tmp_path / "a"
    file.write_text("old")
    os.chown(file, 12345, 54321)
    write_file(str(file), b"new")
    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 54321)


# Writes the file of the first argument as a user who is not root, if need be, and may write `limit`
# bytes at most.
WRITE = """
import os, resource, signal, sys
from postrender.files import write_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
if os.geteuid() == 0: os.setgid(12345); os.setuid(12345)
write_file(sys.argv[1], b"x" * int(sys.argv[2]))
"""


def written(file: Path, size: int) -> str:
    """What a process says that writes a file, at its end."""
    done = subprocess.run(
        [sys.executable, "-c", WRITE, file, str(size)], capture_output=True, text=True, check=False
    )
    return done.stderr.rpartition("\n")[0].rpartition("\n")[2]


def test_nothing_is_left_of_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """The disk is full, say: the old file is as it was, and no part of the new one is there."""
    folder = tmp_path / "a"
    folder.mkdir()
    folder.chmod(0o777)
    for parent in (tmp_path, *tmp_path.parents):
        if is_root and not parent.stat().st_mode & 0o001:  # pytest keeps its folders to itself
            parent.chmod(parent.stat().st_mode | 0o001)
    assert "File too large" in written(folder / "new", 200)
    assert names(folder) == []
    (folder / "old").write_text("old")
    (folder / "old").chmod(0o666)
    assert "File too large" in written(folder / "old", 200)
    assert (names(folder), (folder / "old").read_text()) == (["old"], "old")

    (folder / "old").chmod(0o444)
    assert "Permission denied" in written(folder / "old", 10)
    folder.chmod(0o555)
    assert "Permission denied" in written(folder / "new", 10)
    assert (names(folder), (folder / "old").read_text()) == (["old"], "old")


def test_the_file_beside_it_cannot_be_foreseen(tmp_path: Path) -> None:
    """Two writes use two names, which are hidden, open to their owner only and soon gone."""
    file = tmp_path / "a.yaml"
    file.write_text("old")
    code = (
        "import os, sys\nfrom postrender.files import write_file\nseen = []\n"
        "sys.addaudithook(lambda event, args: seen.append(args) if event == 'open' else None)\n"
        "for _ in range(2): write_file(sys.argv[1], b'x')\n"
        "print(*(f'{args[0]} {args[2]}' for args in seen if sys.argv[2] in str(args[0])), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, file, tmp_path], capture_output=True, text=True, check=True
    )
    opened = [line.rsplit(" ", 1) for line in done.stdout.splitlines()]
    assert len({name for name, _ in opened}) == 2
    for name, flags in opened:
        assert Path(name).parent == tmp_path
        assert len(Path(name).name) > 30
        for flag in (os.O_CREAT, os.O_EXCL, os.O_NOFOLLOW):
            assert int(flags) & flag
    assert names(tmp_path) == ["a.yaml"]


def test_a_link_to_a_file_is_refused(tmp_path: Path) -> None:
    """Also where its file is not there; only who asks for it writes through."""
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to("target")
    for _ in range(2):
        with pytest.raises(OSError, match="a symbolic link"):
            write_file(str(link), b"new")
        assert not target.exists() or target.read_text() == "old"
        target.write_text("old")
    write_file(str(link), b"new", through_link=True)
    assert (link.is_symlink(), target.read_text()) == (True, "new")
    target.unlink()
    with pytest.raises(FileExistsError):
        write_file(str(link), b"new", must_be_new=True)
    assert names(tmp_path) == ["link"]


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    """A folder and a socket are refused; a device stays a device."""
    with pytest.raises(IsADirectoryError):
        write_file(str(tmp_path), b"x")
    with socket.socket(socket.AF_UNIX) as made:
        os.chdir(tmp_path)  # a socket's path must be short
        made.bind("s")
        with pytest.raises(OSError, match="Invalid argument"):
            write_file("s", b"x")
    write_file(os.devnull, b"x")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_pipes_are_written_to(tmp_path: Path) -> None:
    """A named one, one behind a link, and one that is known by its descriptor."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("fifo")
    reading, writing = os.pipe()
    for file in (tmp_path / "fifo", tmp_path / "link"):
        thread = threading.Thread(target=write_file, args=(str(file), b"x" * 100_000), daemon=True)
        thread.start()
        assert len((tmp_path / "fifo").read_bytes()) == 100_000
        thread.join(60)
    (tmp_path / "mine").symlink_to(f"/dev/fd/{writing}")
    write_file(f"/dev/fd/{writing}", b"one ")
    write_file(str(tmp_path / "mine"), b"two")
    assert os.read(reading, 100) == b"one two"
    os.close(reading)
    os.close(writing)
    assert names(tmp_path) == ["fifo", "link", "mine"]


# Reading


@pytest.mark.parametrize("file", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_devices_are_not_read(file: str) -> None:
    """They may have no end."""
    with pytest.raises(OSError, match="a device"):
        read_file(file)


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    """Not even where it takes no room on the disk."""
    file = tmp_path / "a"
    with file.open("wb") as made:
        made.truncate(LIMIT)
    assert len(read_file(str(file))) == LIMIT
    with file.open("wb") as made:
        made.truncate(1 << 40)
    with pytest.raises(OSError, match="larger than 16 million bytes"):
        read_file(str(file))


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    """Also one whose writer comes late, and one that ends only when it is too much."""
    os.mkfifo(tmp_path / "fifo")

    def write(pause: threading.Event, text: bytes, times: int) -> None:
        pause.wait(0.2)
        try:
            with (tmp_path / "fifo").open("wb", buffering=0) as opened:
                for _ in range(times):
                    opened.write(text)
                    pause.wait(0.1 if times < 5 else 0)
        except BrokenPipeError:
            return

    for times, text in ((3, b"abc"), (1 << 20, b"x" * (1 << 16))):
        thread = threading.Thread(target=write, args=(threading.Event(), text, times), daemon=True)
        thread.start()
        if times < 5:
            assert read_file(str(tmp_path / "fifo")) == text * times
        else:
            with pytest.raises(OSError, match="larger than 16 million bytes"):
                read_file(str(tmp_path / "fifo"))
        thread.join(60)


def test_a_silent_pipe_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With or without a writer at its other end."""
    monkeypatch.setattr(files, "PATIENCE", 0.2)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match=r"nothing came for 0\.2 s"):
        read_file(str(tmp_path / "fifo"))
    reading, writing = os.pipe()
    os.write(writing, b"some")
    with pytest.raises(OSError, match=r"nothing came for 0\.2 s"):
        read_file(f"/dev/fd/{reading}")
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("option", ["-f", "--lock", "--set-file=rules.a.description"])
def test_endless_files_are_refused_in_one_line(
    kmod_post: KmodPost, folder: Path, option: str
) -> None:
    """What rendering reads beside the stream is bounded."""
    with (folder / "big").open("wb") as made:
        made.truncate(1 << 40)
    (folder / "kmod.yaml").write_text(
        "rules: {a: {match: {kind: Pod}, containers: {b: {entrypoint: {script: a}}}}}"
    )
    stream = "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: b, image: c}]}\n"
    for file, reason in (("/dev/zero", "a device"), ("big", "larger than 16 million bytes")):
        words = [f"{option}={file}"] if "=" in option else [option, file]
        done = kmod_post(*words, stdin=stream, cwd=folder)
        assert done.returncode in (1, 2)
        assert done.stdout == b""
        (line,) = done.stderr.decode().splitlines()
        assert f"cannot be read ({reason}); " in line


def shell(program: Path, text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of bash, in which kmod-post is the program."""
    return subprocess.run(
        ["bash", "-c", f"kmod-post() {{ '{program}' \"$@\"; }}\n{text}"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        timeout=60,
    )


def test_rules_from_pipes(program: Path, folder: Path) -> None:
    """Process substitution, /dev/stdin and a named pipe."""
    wanted = shell(program, "kmod-post -f kmod.yaml < in.yaml", folder).stdout
    assert "b: c" in wanted
    os.mkfifo(folder / "fifo")
    for line in (
        "kmod-post -f <(sleep 0.3; cat kmod.yaml) < in.yaml",
        "cat kmod.yaml > fifo & kmod-post -f fifo < in.yaml; wait",
        "kmod-post -f fifo < in.yaml & cat kmod.yaml > fifo; wait",
        "kmod-post -f /dev/fd/7 < in.yaml 7< kmod.yaml",
    ):
        done = shell(program, line, folder)
        assert (done.stdout, done.stderr) == (wanted, ""), line
    for source in ("cat kmod.yaml |", "< kmod.yaml"):
        done = shell(program, f"{source} kmod-post diff -f /dev/stdin in.yaml", folder)
        assert "+metadata" in done.stdout or "labels" in done.stdout, done.stderr


def test_a_mistake_in_rules_from_a_pipe(program: Path, folder: Path) -> None:
    """`check` does not open a named pipe again to show the line: nobody would write to it."""
    os.mkfifo(folder / "fifo")
    done = shell(program, "echo 'rules: ]' > fifo & kmod-post check fifo; wait", folder)
    (line,) = done.stderr.splitlines()
    assert line.startswith("fifo:1:8: ")


# What the commands write


def report(*words: str) -> Callable[[str], list[str]]:
    """A command with a file to write."""
    return lambda file: [word.replace("FILE", file) for word in words]


WRITERS = {
    "--report": report("--report", "FILE"),
    "--html": report("explain", "--html", "FILE", "in.yaml"),
    "--resources": report("export", "--resources", "FILE", "in.yaml"),
}
# Ways to name the file `kmod.yaml`, from another folder or through links.
SPELLINGS = ["kmod.yaml", "./kmod.yaml", "sub/../kmod.yaml", "hard", "soft", "linked/kmod.yaml"]
NEW = "resources: {b: {apiVersion: v1, kind: B, metadata: {name: b}}}\n"


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("spelling", [*SPELLINGS, "{folder}/kmod.yaml"])
def test_rules_are_not_overwritten(
    kmod_post: KmodPost, folder: Path, writer: str, spelling: str
) -> None:
    """However the file is spelled; also where rules are found without being named."""
    rules = folder / "kmod.yaml"
    rules.write_text(RULES + NEW)
    os.link(rules, folder / "hard")
    (folder / "soft").symlink_to("kmod.yaml")
    (folder / "sub").mkdir()
    (folder / "linked").symlink_to(".")
    name = spelling.format(folder=folder)
    for words in ([], ["-f", "kmod.yaml"], ["-f", str(rules), "-f", "hard"]):
        done = kmod_post(*WRITERS[writer](name), *words, stdin=STREAM, cwd=folder)
        assert (done.returncode, done.stdout) == (2, b""), done.stderr
        assert f" {name}: it is the rules file " in done.stderr.decode()
        assert rules.read_text() == RULES + NEW
        assert rules.stat().st_nlink == 2


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("kmod.lock.yaml", "the lock file kmod.lock.yaml"),
        ("./kmod.lock.yaml", "the lock file kmod.lock.yaml"),
        ("in.yaml", "(what is read|standard input)"),
        ("out", "standard output"),
        ("err", "standard error"),
        ("log", "the log file log"),
    ],
)
def test_other_files_of_the_run_are_not_overwritten(
    program: Path, folder: Path, writer: str, name: str, what: str
) -> None:
    """The lock file, even before it is there, the stream, what the output goes to, the log."""
    (folder / "kmod.yaml").write_text(RULES + NEW)
    if name.startswith("./"):
        (folder / "kmod.lock.yaml").unlink()
    words = " ".join(WRITERS[writer](name))
    done = shell(
        program,
        f"export KMOD_POST_LOG_FILE=log; kmod-post {words} < in.yaml > out 2> err; code=$?; cat err >&2; exit $code",
        folder,
    )
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert re.search(f" {name}: it is {what}; name another file$", line)
    assert (folder / "in.yaml").read_text() == STREAM
    assert (folder / "out").read_text() == ""


@pytest.mark.parametrize("writer", WRITERS)
def test_no_command_writes_through_a_link(kmod_post: KmodPost, folder: Path, writer: str) -> None:
    """A link in a folder of somebody else's could lead anywhere."""
    (folder / "kmod.yaml").write_text(RULES + NEW)
    (folder / "precious").write_text("mine")
    (folder / "link").symlink_to("precious")
    done = kmod_post(*WRITERS[writer]("link"), stdin=STREAM, cwd=folder)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b" link: cannot be written (a symbolic link); name another file\n" in done.stderr
    assert (folder / "precious").read_text() == "mine"


@pytest.mark.parametrize("writer", WRITERS)
def test_the_standard_streams_can_be_written_to(program: Path, folder: Path, writer: str) -> None:
    """/dev/stdout and the like, which are links, whatever they stand for; nothing is cut off."""
    (folder / "kmod.yaml").write_text(RULES + NEW)
    (folder / "mine").symlink_to("/dev/stderr")
    shell(program, f"kmod-post {' '.join(WRITERS[writer]('made'))} < in.yaml > plain", folder)
    made, plain = ((folder / name).read_text() for name in ("made", "plain"))
    assert made
    for name, redirect, there in (
        ("/dev/stderr", "> out 2>> told", f"before\n{made}"),
        ("mine", "> out 2>> told", f"before\n{made}"),
        ("/dev/stderr", "2>&1 > out | cat >> told", f"before\n{made}"),
        ("/dev/fd/3", "> out 3>> told", f"before\n{made}"),
        (
            ">(cat >> told; touch done)",
            "> out; until [ -e done ]; do sleep 0.01; done",
            f"before\n{made}",
        ),
        ("/dev/stdout", ">> told; cp told out", f"before\n{made}{plain}"),
        ("/dev/null", "> out", "before\n"),
    ):
        (folder / "told").write_text("before\n")
        words = " ".join(WRITERS[writer](name))
        done = shell(program, f"kmod-post {words} < in.yaml {redirect}", folder)
        assert (done.returncode, done.stderr) == (0, ""), name
        assert (folder / "told").read_text() == there, name
        assert (folder / "out").read_text().endswith(plain), name


def test_a_log_is_not_appended_to_files_of_the_run(kmod_post: KmodPost, folder: Path) -> None:
    """Not to the rules nor to the lock file, whether the option or the environment names them."""
    for name in ("kmod.yaml", "kmod.lock.yaml"):
        before = (folder / name).read_text()
        for words, env in ((["--log-file", name], {}), ([], {"KMOD_POST_LOG_FILE": name})):
            done = kmod_post("-v", *words, stdin=STREAM, cwd=folder, env=env)
            assert (done.returncode, done.stdout) == (2, b"")
            assert f"--log-file {name}: it is the " in done.stderr.decode()
            assert (folder / name).read_text() == before


def test_first_rules_are_written_whole(kmod_post: KmodPost, tmp_path: Path) -> None:
    """`init --force` replaces a file, not what a link leads to; without it nothing is replaced."""
    stream = "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: b, image: c}]}\n"
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "soft").symlink_to("precious")
    (tmp_path / "nowhere").symlink_to("not-there")
    (tmp_path / "old").write_text("old")
    start = ["init", "--way", "sidecar", "--to"]
    for name in ("soft", "old", "nowhere"):
        assert kmod_post(*start, name, stdin=stream, cwd=tmp_path).returncode == 2
    assert kmod_post(*start, "old", "--force", stdin=stream, cwd=tmp_path).returncode == 0
    assert "rules:" in (tmp_path / "old").read_text()
    done = kmod_post(*start, "soft", "--force", stdin=stream, cwd=tmp_path)
    assert (done.returncode, done.stderr[-60:].decode()[-13:]) == (1, "another file\n")
    assert (tmp_path / "precious").read_text() == "mine"
    assert names(tmp_path) == ["nowhere", "old", "precious", "soft"]
