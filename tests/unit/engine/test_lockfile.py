"""The lock file, and the command that writes it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry.content import Content, image, index, top
from registry.server import Server, server

from postrender.commands.lock import to_ask
from postrender.commands.main import main
from postrender.engine import run as engine
from postrender.engine.inputs import argv_from, beside, file_values, rules_of
from postrender.engine.lockfile import Config, Entry, Lock, key_of, lock_text, open_lock, read_lock
from postrender.errors import LockError
from postrender.kubernetes.images import Locked
from postrender.stream.text import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import KmodPost
    from oracle import GoReader

DIGEST = f"sha256:{7:064}"
WEB = "docker.io/library/web:1"
START = Config(("/entry.sh",), ("web", "-g", "daemon off;"), "101", "/srv")
BATCH = Config(("/batch",), (), "", "")

TEXT = f"""\
version: 1
images:
  a.io/team/batch@{DIGEST}:
    digest: {DIGEST}
    configs:
      - platforms: [linux/amd64]
        entrypoint: [/batch]
        cmd: []
        user: ""
        workingDir: ""
  docker.io/library/web:1:
    digest: {DIGEST}
    configs:
      - platforms: [linux/amd64, linux/s390x]
        entrypoint: [/entry.sh]
        cmd: [web, -g, daemon off;]
        user: "101"
        workingDir: /srv
      - platforms: [linux/arm64]
        entrypoint: [/batch]
        cmd: []
        user: ""
        workingDir: ""
"""
ENTRIES = {
    WEB: Entry(DIGEST, {"linux/s390x": START, "linux/arm64": BATCH, "linux/amd64": START}),
    f"a.io/team/batch@{DIGEST}": Entry(DIGEST, {"linux/amd64": BATCH}),
}

# The file


def test_text() -> None:
    """Images and platforms are sorted, and platforms that have all in common stand together."""
    head, text = lock_text(ENTRIES).split("version:")
    assert f"version:{text}" == TEXT
    assert all(line.startswith("#") for line in head.splitlines())
    assert "kmod-post lock" in head
    assert read_lock(TEXT).entries == ENTRIES


def test_empty() -> None:
    """No images are a file, too, and so is an empty one."""
    assert lock_text({}).endswith("\nversion: 1\nimages: {}\n")
    for text in (lock_text({}), "", "# nothing\n", "version: 1\n", "version: 1\nimages:\n"):
        assert read_lock(text).entries == {}


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
configs = st.builds(
    Config,
    st.lists(texts, max_size=3).map(tuple),
    st.lists(texts, max_size=3).map(tuple),
    texts,
    texts,
)
platforms = st.sampled_from(["linux/amd64", "linux/arm64", "linux/arm/v7", "windows/amd64"])
entries = st.dictionaries(
    st.sampled_from([WEB, "localhost:5000/a:b", f"a.io/b@{DIGEST}"]),
    st.builds(Entry, st.just(DIGEST), st.dictionaries(platforms, configs, min_size=1)),
    max_size=3,
)


@given(entries)
def test_what_is_written_is_read(written: dict[str, Entry]) -> None:
    """Whatever an image says, the file gives it back, and the same file comes of it again."""
    text = lock_text(written)
    assert read_lock(text).entries == written
    assert lock_text(read_lock(text).entries) == text


def test_other_readers(go: GoReader) -> None:
    """Other readers of YAML see the same texts."""
    words = ["yes", "0x10", "1e3", "~", "a: b", "#", "\t", "é\u2028", "\0"]
    told = Config(tuple(words), ("a\nb", "'", '"', "{{ .x }}"), "0", "null")
    data = go.read(lock_text({WEB: Entry(DIGEST, {"linux/amd64": told})}))
    (config,) = data["images"][WEB]["configs"]
    assert config == {
        "platforms": ["linux/amd64"],
        "entrypoint": words,
        "cmd": ["a\nb", "'", '"', "{{ .x }}"],
        "user": "0",
        "workingDir": "null",
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("version: 1", "version: 2", "1:10: not a lock file of", id="newer"),
        pytest.param("version: 1\n", "", "1:1: not a lock file of version 1", id="no version"),
        pytest.param("version: 1", "version: true", "1:10: not a lock file of", id="true"),
        pytest.param("version: 1", "version: 1.0", "1:10: not a lock file of", id="1.0"),
        pytest.param("version: 1", 'version: "1"', "1:10: not a lock file of", id="text"),
        pytest.param("version: 1", "version: 0x1", "1:10: not a lock file of", id="0x1"),
        pytest.param("version: 1", "version: [1]", "1:10: not a lock file of", id="list of 1"),
        pytest.param("version: 1", "version: 2\nnew: 3", "1:10: not a lock file", id="much newer"),
        pytest.param(
            "version: 1", "version: 1\nversion: 2", "2:1: version is set twice, first at line 1",
            id="version twice",
        ),
        pytest.param("version: 1", "version: 1\nnew: 3", '2:1: unknown key "new"; ', id="top key"),
        pytest.param("version: 1", "- 1", '2:1: YAML expects a list item ("- ") here', id="no YAML"),
        pytest.param("images:", "<<<<<<< HEAD\nimages:", "fix the YAML", id="merge conflict"),
        pytest.param("  a.io", "  - a.io", "fix the YAML", id="list"),
        pytest.param(
            "images:", "images: {}\nimages:", "3:1: images is set twice, first at line 2",
            id="images twice",
        ),
        pytest.param("digest: sha256", "digest: sha", "4:13: a.io/team/batch", id="digest"),
        pytest.param("    digest: ", "    # ", "5:5: a.io/team/batch", id="no digest"),
        pytest.param("digest: sha256", "digesd: sha256", 'unknown key "digesd"', id="other key"),
        pytest.param("digest: sha256", "digest:\n    digest: sha256", "at line 4", id="key twice"),
        pytest.param("cmd: []", "cmd: echo", "cmd must be a list of texts", id="text as cmd"),
        pytest.param("cmd: []", "cmd: [yes]", "cmd must be a list of texts", id="a bool in cmd"),
        pytest.param("cmd: []", "", "cmd must be a list of texts", id="no cmd"),
        pytest.param("cmd: []", "cmd: []\n        cmd: [a]", "cmd is set twice", id="cmd twice"),
        pytest.param("cmd: []", "cmd: []\n        env: []", 'unknown key "env"', id="key of config"),
        pytest.param('user: "101"', "user: 101", "17:15: docker.io/lib", id="a number as user"),
        pytest.param("linux/arm64", "arm64", '"arm64" is not a platform', id="no platform"),
        pytest.param("linux/arm64", "linux/arm64/v8", "is not a platform", id="another spelling"),
        pytest.param("linux/arm64", "linux/amd64", "is listed twice", id="platform twice"),
        pytest.param("[linux/amd64]", "[]", "it names no platform", id="no platforms"),
        pytest.param(
            "docker.io/library/web:1", "web:1",
            "11:3: web:1 is not the full name of an image; write docker.io/library/web:1", id="short name",
        ),
        pytest.param("docker.io/library/web:1", "1", "11:3: 1 is not the full name", id="number"),
    ],
)  # fmt: skip
def test_broken_file(old: str, new: str, message: str) -> None:
    """A file that was damaged is refused in one line: the place, what is wrong, what to do."""
    with pytest.raises(LockError) as caught:
        read_lock(TEXT.replace(old, new, 1), "l.yaml")
    (line,) = map(str, caught.value.messages)
    assert re.match(r"l\.yaml:\d+:\d+: ", line)
    assert message in line
    assert "; " in line


@pytest.mark.parametrize("images", ["0", "[]", "false", '""', "web", "[a]", "0.0"])
def test_images_that_are_no_mapping(images: str) -> None:
    """Only nothing at all may stand for no images."""
    with pytest.raises(LockError) as caught:
        read_lock(f"version: 1\nimages: {images}\n", "l.yaml")
    assert str(caught.value).startswith("l.yaml:2:9: images must be a mapping; ")


def test_a_union_merge_is_found() -> None:
    """
    What `merge=union` of Git makes of two branches that lock the same image: it stands twice. Each
    is a line with both places, and so is every other mistake.
    """
    text = TEXT + TEXT.partition("images:\n")[2].replace("[linux/amd64]", "[amd64]")
    with pytest.raises(LockError) as caught:
        read_lock(text + "  web:\n", "l.yaml")
    advice = 'keep one of them, or take both out and run "kmod-post lock"'
    assert tuple(map(str, caught.value.messages)) == (
        f"l.yaml:24:3: a.io/team/batch@{DIGEST} is set twice, first at line 3; {advice}",
        f"l.yaml:32:3: {WEB} is set twice, first at line 11; {advice}",
        "l.yaml:45:3: web is not the full name of an image; write docker.io/library/web:latest",
    )


# What rendering asks for


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        pytest.param("web", "docker.io/library/web:latest", id="short"),
        pytest.param("web:1", WEB, id="tag"),
        pytest.param("library/web:1", WEB, id="library"),
        pytest.param("docker.io/web:1", WEB, id="host"),
        pytest.param("index.docker.io/library/web:1", WEB, id="old host"),
        pytest.param("team/web:1", "docker.io/team/web:1", id="team"),
        pytest.param("a.io/web", "a.io/web:latest", id="other host"),
        pytest.param("localhost:5000/web:1", "localhost:5000/web:1", id="port"),
        pytest.param(f"web@{DIGEST}", f"docker.io/library/web@{DIGEST}", id="digest"),
        pytest.param(f"web:1@{DIGEST}", f"{WEB}@{DIGEST}", id="tag and digest"),
    ],
)
def test_spellings(spelling: str, key: str) -> None:
    """An image is found under all spellings of its reference."""
    assert key_of(spelling) == key
    assert key_of(key) == key
    lock = Lock({key: Entry(DIGEST, {"linux/amd64": START})})
    assert lock.argv_of(spelling) == Locked(START.entrypoint, START.cmd, DIGEST)
    assert lock.argv_of("other") is None


def test_platforms_that_differ() -> None:
    """Where platforms start differently, and only there, one has to be named."""
    lock = Lock(ENTRIES)
    with pytest.raises(LockError) as caught:
        lock.argv_of("web:1")
    assert str(caught.value) == (
        "web:1 does not start the same on all platforms (linux/amd64 [/entry.sh, web, -g, "
        "daemon off;], linux/arm64 [/batch]); choose one below entrypoint:, such as "
        "platform: linux/amd64"
    )
    assert lock.argv_of("web:1", "linux/arm64") == Locked(("/batch",), (), DIGEST)
    assert lock.argv_of("web:1", "linux/s390x") == Locked(START.entrypoint, START.cmd, DIGEST)

    other_user = START.replaced(user="0", working_dir="/")
    same = Lock({WEB: Entry(DIGEST, {"linux/amd64": START, "linux/arm64": other_user})})
    assert same.argv_of("web:1") == Locked(START.entrypoint, START.cmd, DIGEST)


def test_platform_that_is_not_there() -> None:
    """A platform that the file does not know is said, with those it knows."""
    with pytest.raises(LockError) as caught:
        Lock(ENTRIES).argv_of("web:1", "linux/riscv64")
    assert str(caught.value) == (
        "kmod.lock.yaml has web:1 for linux/amd64, linux/arm64, linux/s390x, not for "
        'linux/riscv64; name one of those, or run "kmod-post lock --platform linux/riscv64"'
    )


def test_file_is_read_when_it_is_needed(tmp_path: Path) -> None:
    """Only a question opens the file; without it nothing in it matters."""
    file = tmp_path / "kmod.lock.yaml"
    argv_of = argv_from(str(file), must_exist=False)
    file.write_text(TEXT, encoding="utf-8")
    assert argv_of("web:1", "linux/arm64") == Locked(("/batch",), (), DIGEST)
    file.unlink()
    assert argv_of("web:1", "linux/arm64") == Locked(("/batch",), (), DIGEST)

    assert argv_from(str(file), must_exist=False)("web:1", "") is None
    with pytest.raises(LockError, match=r'lock.yaml: not there; run "kmod-post lock"'):
        argv_from(str(file), must_exist=True)
    file.mkdir()
    with pytest.raises(LockError, match=r"cannot be read \(is a directory\)"):
        argv_from(str(file), must_exist=True)("web:1", "")


def test_not_utf8(tmp_path: Path) -> None:
    """A file of another encoding is refused."""
    file = tmp_path / "l.yaml"
    file.write_bytes(b"# \xff\n")
    with pytest.raises(LockError, match=r"not UTF-8 \(byte 2\)"):
        open_lock(str(file))


def test_place() -> None:
    """The lock file lies beside the first rules file."""
    assert beside(["a/kmod.yaml", "b/kmod.yaml"]) == os.path.join("a", "kmod.lock.yaml")
    assert beside(["kmod.yaml"]) == "kmod.lock.yaml"
    assert beside([]) == "kmod.lock.yaml"


# The command


RULES = """\
rules:
  script:
    match: {}
    containers:
      "*":
        entrypoint: {script: "echo hello"}
"""


def stream(**containers: str) -> str:
    """A Deployment with containers, by name and image, and what is put after the image."""
    lines = "".join(f"\n      - name: {n}\n        image: {i}" for n, i in containers.items())
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n"
        f"    spec:\n      containers:{lines}\n"
    )


class Place:
    """A folder with rules and a stream, and a registry to ask."""

    def __init__(self, folder: Path, registry: Server, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.registry = registry
        self.capsys = capsys
        self.rules(RULES)

    def rules(self, text: str) -> None:
        """Writes the rules file."""
        (self.folder / "kmod.yaml").write_text(text, encoding="utf-8")

    def stream(self, text: str) -> None:
        """Writes the stream."""
        (self.folder / "in.yaml").write_text(text, encoding="utf-8")

    def push(self, path: str, content: Content) -> str:
        """Puts an image into the registry."""
        return self.registry.put(path, content)

    def lock(self, *words: str, code: int = 0) -> str:
        """Runs the command; what it says, with HOST for the registry."""
        files = ("-f", str(self.folder / "kmod.yaml"), str(self.folder / "in.yaml"))
        assert main(["lock", *words, *files]) == code
        out, said = self.capsys.readouterr()
        assert out == ""
        return said.replace(self.registry.host, "HOST").replace(f"{self.folder}/", "")

    @property
    def locked(self) -> dict[str, Entry]:
        """What the lock file has, with HOST for the registry."""
        found = open_lock(str(self.folder / "kmod.lock.yaml")).entries
        return {key.replace(self.registry.host, "HOST"): entry for key, entry in found.items()}


@pytest.fixture
def place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """A place to lock images in; nobody is logged in anywhere."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KMOD_POST_RULES", raising=False)
    with server() as registry:
        yield Place(tmp_path, registry, capsys)


LINUX = image(["/web"], ["run"])
ARM = image(["/web"], ["run"], platform="linux/arm64")
WEB_START = Config(("/web",), ("run",), "", "")


def test_lock(place: Place) -> None:
    """Images that a rule has to know are locked; once they are, nothing is asked or written."""
    web = place.push("web:1", index(LINUX, ARM))
    place.stream(stream(web=web, other=web))
    assert place.lock() == f"HOST/web:1: added, {top(index(LINUX, ARM))}\n"
    assert place.locked == {
        "HOST/web:1": Entry(
            top(index(LINUX, ARM)), {"linux/amd64": WEB_START, "linux/arm64": WEB_START}
        )
    }
    before = (place.folder / "kmod.lock.yaml").stat()
    place.registry.requests.clear()
    assert place.lock() == "kmod.lock.yaml: has all that is needed\n"
    assert place.registry.requests == []
    assert (place.folder / "kmod.lock.yaml").stat() == before


def test_only_what_is_needed(place: Place) -> None:
    """An image whose argv is known from the chart or the rule is not asked for, unless by --all."""
    web, known = place.push("web:1", LINUX), place.push("known:1", LINUX)
    place.rules(RULES.replace('"*"', "web") + "      known: {entrypoint: {script: a, original: "
                "[b]}}\n      told: {entrypoint: {script: a}}\n")  # fmt: skip
    place.stream(stream(web=web, known=known, told=f"{known}\n        command: [c]"))
    place.lock()
    assert place.locked.keys() == {"HOST/web:1"}
    place.lock("--all")
    assert place.locked.keys() == {"HOST/web:1", "HOST/known:1"}


def test_nothing_needed(place: Place) -> None:
    """Rules that need no image make no file."""
    place.rules("rules: {a: {podLabels: {b: c}, match: {}}}")
    place.stream(stream(web="web:1"))
    assert place.lock() == "kmod.lock.yaml: nothing to lock; no rule asks for an image\n"
    assert not (place.folder / "kmod.lock.yaml").exists()


def test_args_need_the_entrypoint(place: Place) -> None:
    """A container with args alone needs its image's ENTRYPOINT."""
    web = place.push("web:1", LINUX)
    place.stream(stream(web=f"{web}\n        args: [b]"))
    place.lock()
    assert place.locked.keys() == {"HOST/web:1"}


def test_failing_images(place: Place) -> None:
    """An image that fails names itself; the others are locked, and what was locked stays."""
    web = place.push("web:1", LINUX)
    place.stream(stream(web=web))
    place.lock()
    other = place.push("other:1", ARM)
    place.registry.content.pop("/v2/web/manifests/1")
    place.stream(stream(a=web, b=other, c=f"{place.registry.host}/not-there:1", d="Bad Name:1"))
    assert place.lock("--update", "*/web*", code=1).splitlines() == [
        f"HOST/other:1: added, {top(ARM)}",
        "HOST/not-there:1: HOST does not have it (404); check its name and tag, or log in",
        "HOST/web:1: HOST does not have it (404); check its name and tag, or log in",
        "docker.io/library/Bad Name:1: no image reference; write it as HOST/PATH:TAG",
    ]
    assert place.locked.keys() == {"HOST/web:1", "HOST/other:1"}


MOVED = index(image(["/new"]), image(["/new"], platform="linux/arm64"))


def test_update(place: Place) -> None:
    """A tag that has moved is locked anew when that is asked for, and not before."""
    web = place.push("web:1", LINUX)
    other = place.push("other:1", LINUX)
    place.stream(stream(a=web, b=other))
    place.lock()
    for path in ("web:1", "other:1"):
        place.push(path, MOVED)
    assert place.lock() == "kmod.lock.yaml: has all that is needed\n"
    assert place.lock("--update", web) == f"HOST/web:1: changed, {top(MOVED)}\n"
    assert place.locked["HOST/other:1"].digest == top(LINUX)
    assert place.lock("--update", "*other*", "--update", "*web*") == (
        f"HOST/other:1: changed, {top(MOVED)}\n"
    )
    assert "--update nginx: no such image in the stream or in kmod.lock.yaml" in place.lock(
        "--update", "nginx", code=2
    )


@pytest.mark.parametrize("words", [(), ("--platform", "linux/amd64")])
def test_update_keeps_all_platforms(place: Place, words: tuple[str, ...]) -> None:
    """An update asks for all platforms that are locked, also those that do not run Linux."""
    windows = "windows/amd64"
    web = place.push("web:1", index(LINUX, ARM, image(["w.exe"], platform=windows)))
    place.stream(stream(web=web))
    place.lock("--platform", "linux/arm64", "--platform", windows)
    moved = index(
        image(["/new"]),
        image(["/new"], platform="linux/arm64"),
        image(["new.exe"], platform=windows),
    )
    place.push("web:1", moved)
    place.lock("--update", web, *words)
    entry = place.locked["HOST/web:1"]
    assert entry.digest == top(moved)
    assert entry.configs.keys() >= {"linux/arm64", windows}
    assert entry.configs[windows].entrypoint == ("new.exe",)
    assert ("linux/amd64" in entry.configs) == bool(words)


def test_update_of_an_image_that_lacks_a_platform_by_now(place: Place) -> None:
    """The platform is not lost without a word: the update fails, and the entry stays."""
    web = place.push("web:1", index(LINUX, ARM))
    place.stream(stream(web=web))
    place.lock()
    before = place.locked
    place.push("web:1", image(["/new"]))
    said = place.lock("--update", web, code=1)
    assert said.startswith("HOST/web:1: it is not made for linux/arm64, but for linux/amd64; ")
    assert place.locked == before


def test_the_platform_of_a_rule_is_locked_at_once(place: Place) -> None:
    """The first run locks all platforms that run Linux, and that which a rule names."""
    windows = image(["w.exe"], platform="windows/amd64")
    web = place.push("web:1", index(LINUX, ARM, windows))
    place.stream(stream(web=web))
    place.rules(RULES.replace("{script", "{platform: windows/amd64, script"))
    place.lock()
    assert place.locked["HOST/web:1"].configs.keys() == {
        "linux/amd64", "linux/arm64", "windows/amd64",
    }  # fmt: skip
    assert place.lock() == "kmod.lock.yaml: has all that is needed\n"
    assert place.lock("--check") == ""


@pytest.mark.parametrize(
    "word", ["web:1", "web", "library/web:1", "docker.io/library/web", "*web:1"]
)
def test_update_by_any_spelling(place: Place, word: str) -> None:
    """An image to update is written as people write it, or as a glob."""
    place.stream(stream(web="web:1"))
    place.registry.misbehave = lambda handler: handler.answer(404)
    (place.folder / "kmod.lock.yaml").write_text(TEXT, encoding="utf-8")
    old = open_lock(str(place.folder / "kmod.lock.yaml"))
    assert to_ask(old, {}, set(), [word]) == {WEB: ENTRIES[WEB].configs.keys()}


def test_platforms(place: Place) -> None:
    """Only the platforms that are named are locked, more are added, and rules may name some."""
    web = place.push("web:1", index(LINUX, ARM))
    place.stream(stream(web=web))
    place.lock("--platform", "linux/arm64/v8")
    assert place.locked["HOST/web:1"].configs.keys() == {"linux/arm64"}
    place.rules(RULES.replace("{script", "{platform: linux/amd64, script"))
    assert place.lock("--check", code=1) == (
        'HOST/web:1: not in kmod.lock.yaml; run "kmod-post lock"\n'
    )
    place.lock()
    assert place.locked["HOST/web:1"].configs.keys() == {"linux/arm64", "linux/amd64"}
    assert place.lock("--platform", "linux/s390x", code=1) == (
        "HOST/web:1: it is not made for linux/s390x, but for linux/amd64, linux/arm64; name one of those\n"
    )
    assert "--platform arm64: no platform; write one such as" in place.lock(
        "--platform", "arm64", code=2
    )


def test_check(place: Place) -> None:
    """The check fails if a registry has something else now, and never writes."""
    web = place.push("web:1", LINUX)
    place.stream(stream(web=web))
    assert place.lock("--check", code=1) == (
        'HOST/web:1: not in kmod.lock.yaml; run "kmod-post lock"\n'
    )
    assert not (place.folder / "kmod.lock.yaml").exists()
    place.lock()
    before = (place.folder / "kmod.lock.yaml").read_bytes()
    assert place.lock("--check") == ""

    run = 'run "kmod-post lock --update HOST/web:1"\n'
    for how, moved in (
        ("the same", image(["/web"], ["run"], Env=["A=b"])),
        ("something else", image(["/other"])),
    ):
        place.push("web:1", moved)
        assert place.lock("--check", code=1) == (
            f"HOST/web:1: its registry has {top(moved)} now, which starts {how}; {run}"
        )
    place.registry.content.clear()
    assert "HOST/web:1: HOST does not have it (404)" in place.lock("--check", code=1)
    assert (place.folder / "kmod.lock.yaml").read_bytes() == before

    place.push("web:1", LINUX)
    edited = before.replace(b"[run]", b"[walk]")
    (place.folder / "kmod.lock.yaml").write_bytes(edited)
    assert place.lock("--check", code=1) == (
        f"HOST/web:1: kmod.lock.yaml has other commands for this digest than its registry; {run}"
    )
    assert "--check" in place.lock("--check", "--update", "web:1", code=2)


def test_other_file(place: Place) -> None:
    """--lock names another file; what cannot be written is said."""
    web = place.push("web:1", LINUX)
    place.stream(stream(web=web))
    place.lock("--lock", str(place.folder / "other.yaml"))
    assert (place.folder / "other.yaml").exists()
    assert not (place.folder / "kmod.lock.yaml").exists()
    said = place.lock("--lock", str(place.folder / "not/there.yaml"), code=1)
    assert "not/there.yaml: cannot be written (no such file or directory)" in said


def test_runs_at_once_lose_nothing(place: Place, program: Path) -> None:
    """
    Six processes that have all read the lock file before the first of them writes it, again and
    again: all they have found is in it.
    """
    place.stream(stream(web=place.push("first:1", LINUX)))
    place.lock()
    count = 6
    for turn in range(3):
        together = threading.Barrier(count)

        def wait(handler: Any, together: threading.Barrier = together) -> None:
            if "/manifests/" in handler.path:
                together.wait(60)

        runs = []
        names = [place.push(f"turn{turn}-{i}:1", LINUX) for i in range(count)]
        place.registry.misbehave = wait
        for name in names:
            run = subprocess.Popen(
                [program, "lock"], cwd=place.folder, stdin=-1, stdout=-1, stderr=-1, text=True
            )
            assert run.stdin
            run.stdin.write(stream(web=name))
            run.stdin.close()
            runs.append(run)
        for run, name in zip(runs, names, strict=True):
            assert run.wait(60) == 0
            assert run.stderr
            assert run.stderr.read() == f"{name}: added, {top(LINUX)}\n"
            for pipe in (run.stdout, run.stderr):
                assert pipe
                pipe.close()
    assert len(place.locked) == 1 + 3 * count
    assert sorted(path.name for path in place.folder.iterdir()) == [
        "in.yaml", "kmod.lock.yaml", "kmod.yaml",
    ]  # fmt: skip


def written_meanwhile(place: Place, entry: Entry) -> None:
    """Lets another run lock `web:1` while this one asks the registry."""
    file = place.folder / "kmod.lock.yaml"

    def write(handler: Any) -> None:
        if "/blobs/" in handler.path:
            file.write_text(lock_text({f"{place.registry.host}/web:1": entry}), encoding="utf-8")

    place.registry.misbehave = write


def test_runs_at_once_for_one_image(place: Place) -> None:
    """Both have locked the image, for different platforms: it stands there for both."""
    both = index(LINUX, ARM)
    web = place.push("web:1", both)
    place.stream(stream(web=web))
    written_meanwhile(place, Entry(top(both), {"linux/arm64": WEB_START}))
    place.lock("--platform", "linux/amd64")
    assert place.locked == {
        "HOST/web:1": Entry(top(both), {"linux/amd64": WEB_START, "linux/arm64": WEB_START})
    }


@pytest.mark.parametrize(
    "entry",
    [
        Entry(DIGEST, {"linux/arm64": WEB_START}),
        Entry(top(LINUX), {"linux/amd64": BATCH}),
    ],
    ids=["another digest", "another command"],
)
def test_runs_at_once_that_contradict_each_other(place: Place, entry: Entry) -> None:
    """A tag moves between two runs: the one that comes second fails, and says what to do."""
    web = place.push("web:1", LINUX)
    other = place.push("other:1", ARM)
    place.stream(stream(web=web, other=other))
    written_meanwhile(place, entry)
    assert place.lock(code=1) == (
        f"HOST/other:1: added, {top(ARM)}\n"
        "HOST/web:1: another run has locked it at the same time, and differently; "
        'run "kmod-post lock --update HOST/web:1"\n'
    )
    assert place.locked["HOST/web:1"] == entry
    assert place.locked.keys() == {"HOST/web:1", "HOST/other:1"}


def test_folder_that_another_program_has_locked(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run does not wait for ever, and does not write."""
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr("postrender.commands.lock._WAIT", 0.2)
    place.stream(stream(web=place.push("web:1", LINUX)))
    folder = os.open(place.folder, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    assert place.lock(code=1) == (
        "kmod.lock.yaml: another program holds its folder locked; try again later\n"
    )
    assert not (place.folder / "kmod.lock.yaml").exists()
    os.close(folder)
    place.lock()
    assert place.locked


def test_lock_file_behind_a_link(place: Place) -> None:
    """A folder may share a lock file with others: the link stays, what it leads to is written."""
    shared = place.folder / "shared"
    shared.mkdir()
    (place.folder / "kmod.lock.yaml").symlink_to("shared/lock.yaml")
    for name in ("web:1", "other:1"):
        place.stream(stream(web=place.push(name, LINUX)))
        place.lock()
    assert (place.folder / "kmod.lock.yaml").is_symlink()
    assert [path.name for path in shared.iterdir()] == ["lock.yaml"]
    assert place.locked.keys() == {"HOST/web:1", "HOST/other:1"}


def test_a_planted_link_is_not_followed(place: Place) -> None:
    """Somebody who may write to the folder cannot lead the new lock file elsewhere."""
    (place.folder / "precious").write_text("mine")
    for name in ("kmod.lock.yaml.part", ".kmod.lock.yaml.part", "kmod.lock.yaml.tmp"):
        (place.folder / name).symlink_to("precious")
    place.stream(stream(web=place.push("web:1", LINUX)))
    place.lock()
    assert place.locked
    assert (place.folder / "precious").read_text() == "mine"


def test_lock_file_that_is_something_else(place: Place) -> None:
    """Rules and the stream are not written over, even where they could be read as a lock file."""
    rules = place.folder / "kmod.yaml"
    (place.folder / "link").symlink_to("kmod.yaml")
    place.stream(stream(web=place.push("web:1", LINUX)))
    for name, what in (
        ("kmod.yaml", "the rules file"),
        ("link", "the rules file"),
        ("in.yaml", "what is read"),
    ):
        before = rules.read_text()
        said = place.lock("--lock", str(place.folder / name), code=2)
        assert f"--lock {name}: it is {what}" in said
        assert rules.read_text() == before
    assert "/dev/null: cannot be read (a device)" in place.lock("--lock", "/dev/null", code=1)


def test_missing_library(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without urllib3 the command says so in one line."""
    place.stream(stream(web="web:1"))
    for name in [name for name in sys.modules if name.startswith("postrender.registry")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "urllib3", None)
    assert place.lock(code=1) == (
        "kmod-post lock: the Python package urllib3 is missing; "
        "install kmod-post again, with the packages that it needs\n"
    )


def test_process(place: Place, kmod_post: KmodPost) -> None:
    """From standard input, in a process of its own: no progress bar, nothing on standard output."""
    web = place.push("web:1", LINUX)
    done = kmod_post("lock", stdin=stream(web=web), cwd=place.folder)
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.decode() == f"{web}: added, {top(LINUX)}\n"
    assert (place.folder / "kmod.lock.yaml").exists()


def rendered(place: Place, text: str) -> str:
    """What rendering makes of a stream with the place's rules and lock file."""
    rules = rules_of([file_values(str(place.folder / "kmod.yaml"))])
    argv_of = argv_from(str(place.folder / "kmod.lock.yaml"), must_exist=True)
    return b"".join(engine.run(Stream(text.encode()), rules, "", argv_of).pieces).decode()


def test_from_registry_to_manifest(place: Place) -> None:
    """What was locked is what the container runs behind its script; the output changes no more."""
    content = image(["/web", "$HOME"], ["-c", "echo $$"])
    web = place.push("web:1", content)
    place.stream(stream(web=web))
    place.lock()
    place.registry.content.clear()
    out = rendered(place, stream(web=web))
    assert f"image: {web}\n" in out
    args = ["/web", "$$HOME", "-c", "echo $$$$"]
    assert "".join(f"        - {arg}\n" for arg in args) in out
    assert rendered(place, out) == out

    place.rules(RULES.replace("{script", "{pin: true, script"))
    pinned = rendered(place, stream(web=web))
    assert f'image: "{web}@{top(content)}"\n' in pinned
    assert rendered(place, pinned) == pinned


def test_rendering_knows_no_registry() -> None:
    """What rendering imports to read a lock file brings nothing that could ask anybody."""
    code = "import sys, postrender.engine.lockfile, postrender.verbs.container_entrypoint; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"socket", "ssl", "urllib3", "postrender.registry"} & set(done.stdout.split())
