"""`kmod-post lock` as a process, against registries that want its memory, its threads, its time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from registry.asking import ask
from registry.content import CONFIG, INDEX, MANIFEST, Content, digest, image, index
from registry.server import server

from postrender.engine.lockfile import open_lock
from postrender.errors import LockError
from postrender.registry import images
from postrender.registry.client import Client
from postrender.registry.pool import PER_GROUP, THREADS
from postrender.registry.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from registry.server import Handler, Server

MIB = 1 << 20
# What docs/lock.md and SECURITY.md promise.
LARGEST = 512 * MIB
WEB = image(["/web"])
RULES = """{rules: {script: {containers: {"*": {entrypoint: {script: echo hello}}}, match: {}}}}"""


# The program, and then the most memory that it had: ru_maxrss would count what its parent has.
RUN = """
import sys
from postrender.commands.main import main
code = main(sys.argv[2:])
with open("/proc/self/status") as status, open(sys.argv[1], "w") as file:
    file.write(next(line.split()[1] for line in status if line.startswith("VmHWM")))
sys.exit(code)
"""


class Done(NamedTuple):
    """A finished run; `memory` is in bytes."""

    code: int
    lines: list[str]
    locked: set[str]
    memory: int


class Run:
    """`kmod-post lock` of some images, in a folder of its own."""

    def __init__(self, folder: Path, references: Sequence[str]) -> None:
        containers = [{"name": f"c{i}", "image": image} for i, image in enumerate(references)]
        meta = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}
        pod = {**meta, "spec": {"containers": containers}}
        (folder / "in.yaml").write_text(json.dumps(pod), encoding="utf-8")
        (folder / "kmod.yaml").write_text(RULES, encoding="utf-8")
        self.folder = folder
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUN, "memory", "lock", "-f", "kmod.yaml", "in.yaml"],
                stderr=log,
                env={"PATH": os.environ["PATH"], "HOME": str(folder)},
                cwd=folder,
            )

    def end(self) -> Done:
        """Waits for its end."""
        try:
            code = self.process.wait(300)
        finally:
            self.process.kill()
            self.process.wait()
        size = int((self.folder / "memory").read_text()) * 1024
        lines = (self.folder / "log").read_text(encoding="utf-8").splitlines()
        locked = set(open_lock(str(self.folder / "kmod.lock.yaml")).entries)
        return Done(code, lines, locked, size)


@pytest.fixture
def registries() -> Iterator[list[Server]]:
    """As many registries as it takes to keep every thread busy."""
    with ExitStack() as stack:
        yield [stack.enter_context(server()) for _ in range(THREADS // PER_GROUP)]


def texts(size: int, piece: bytes) -> bytes:
    """A JSON list of one text of about that size."""
    return b'["' + piece * (size // len(piece)) + b'"]'


def manifest_of(blob: bytes) -> bytes:
    """A manifest for a configuration."""
    item = {"mediaType": CONFIG["oci"], "digest": digest(blob), "size": len(blob)}
    return json.dumps(
        {"schemaVersion": 2, "mediaType": MANIFEST["oci"], "config": item, "layers": []}
    ).encode()


def index_of(bodies: Sequence[bytes], **further: Any) -> tuple[str, bytes]:
    """An index of manifests whose platforms it does not name, so that each must be read."""
    items = [{"mediaType": MANIFEST["oci"], "digest": digest(body)} for body in bodies]
    top = {"schemaVersion": 2, "mediaType": INDEX["oci"], "manifests": items, **further}
    return INDEX["oci"], json.dumps(top).encode()


BLOB = json.dumps({"os": "linux", "architecture": "amd64", "config": {"Cmd": ["x"]}}).encode()


def sixty(fill: bytes) -> Content:
    """An index of 4 MiB whose sixty items are manifests of 4 MiB, in which `fill` is repeated."""
    start = manifest_of(BLOB)[:-1] + b', "x": ['
    many = fill * ((4 * MIB - 999) // len(fill))
    bodies = [start + many + b"%d]}" % i for i in range(60)]
    parts = [("", BLOB), *((MANIFEST["oci"], body) for body in bodies)]
    return Content([*parts, index_of(bodies, x=" " * (4 * MIB - 9999))], None)


def one(cmd: bytes) -> Content:
    """An image with this as its CMD."""
    blob = BLOB.replace(b'["x"]', cmd)
    return Content([("", blob), (MANIFEST["oci"], manifest_of(blob))], None)


EIGHT = 8 * MIB - 999


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda: sixty(b'{"":0},'), id="sixty manifests of many mappings"),
        pytest.param(lambda: sixty(b'"' + "\U0001f600".encode() * 250_000 + b'",'), id="sixty manifests of long texts"),
        pytest.param(lambda: one(texts(EIGHT, b"\xff")), id="not UTF-8"),
        pytest.param(lambda: one(texts(EIGHT, b"\xff" + b"a" * 9999)), id="some bytes that are not UTF-8"),
        pytest.param(lambda: one(texts(EIGHT, "a\U0001f600".encode())), id="wide characters"),
        pytest.param(lambda: one(texts(EIGHT, b"\\ud800")), id="halves of pairs"),
        pytest.param(lambda: one(texts(EIGHT, b"a")), id="a long word"),
        pytest.param(lambda: one(b"[" + b'{"":0},' * 49_000 + b"0]"), id="many mappings"),
        pytest.param(lambda: one(b'["' + b'ab","' * 99_000 + b'"]'), id="many words"),
        pytest.param(lambda: one(b"[" * EIGHT), id="deep"),
        pytest.param(lambda: one(b'"' * EIGHT), id="quotes"),
    ],
)  # fmt: skip
def test_memory(content: Callable[[], Content], tmp_path: Path, registries: list[Server]) -> None:
    """Hostile images for every thread: each has its line, and the one good image is locked."""
    hostile = content()
    bad = [registry.put(f"bad{i}:1", hostile) for registry in registries for i in range(PER_GROUP)]
    good = registries[0].put("good:1", WEB)
    done = Run(tmp_path, [*bad, good]).end()
    assert done.memory < LARGEST
    assert done.code == 1
    assert done.locked == {good}
    assert [line.split(": ")[0] for line in done.lines] == [good, *sorted(bad)]


def test_memory_of_all_threads_at_once(tmp_path: Path, registries: list[Server]) -> None:
    """Nor is it more when the largest answers of all registries end in the same moment."""
    content = one(texts(EIGHT, "a\U0001f600".encode()))
    barrier = threading.Barrier(THREADS)
    ended = []

    def together(handler: Handler) -> bool | None:
        if "/blobs/" not in handler.path or "/bad" not in handler.path:
            return None
        body = handler.server.content[handler.path][1]
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:-1])
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(20)
            ended.append(handler.path)
        handler.wfile.write(body[-1:])
        return True

    bad = []
    for registry in registries:
        registry.misbehave = together
        bad += [registry.put(f"bad{i}:1", content) for i in range(2 * PER_GROUP)]
    good = registries[0].put("good:1", WEB)
    done = Run(tmp_path, [*bad, good]).end()
    assert len(ended) >= THREADS
    assert done.memory < LARGEST
    assert done.locked == {good}


def test_memory_of_what_is_locked(tmp_path: Path, registries: list[Server]) -> None:
    """What many images start is kept until the end of the run, but not without a limit."""
    content = one(texts(MIB - 999, b"a"))
    some = [registry.put(f"long{i}:1", content) for registry in registries for i in range(8)]
    done = Run(tmp_path, some).end()
    assert done.memory < LARGEST
    assert len(done.locked) == 8
    failed = [line for line in done.lines if "added" not in line]
    assert len(failed) == len(some) - 8
    assert all("all images start more than 8 MiB of words" in line for line in failed)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads in /proc")
def test_threads(tmp_path: Path) -> None:
    """Three thousand images share a few threads."""
    started: list[Run] = []
    most = [0]
    ready = threading.Event()

    def count(_: Handler) -> None:
        ready.wait(60)
        most[0] = max(most[0], len(os.listdir(f"/proc/{started[0].process.pid}/task")))

    with server(count) as registry:
        references = [registry.put(f"web{i}:1", WEB) for i in range(3000)]
        started.append(Run(tmp_path, references))
        ready.set()
        done = started[0].end()
    assert done.locked == set(references)
    assert 1 < most[0] <= THREADS + 2  # and the main one, and the one that parses


@pytest.mark.parametrize("images", [1, 300])
def test_ctrl_c(tmp_path: Path, images: int) -> None:
    """Ctrl-C ends a run whose registries hang, at once and with nothing written."""
    asked = threading.Event()

    def hang(handler: Handler) -> bool:
        asked.set()
        return handler.stream(b"HTTP/1.1 200 OK\r\n", b"x", 0.05)

    with server(hang) as registry:
        run = Run(tmp_path, [f"{registry.host}/web{i}:1" for i in range(images)])
        assert asked.wait(60)
        run.process.send_signal(signal.SIGINT)
        done = run.end()
    assert (done.code, done.locked) == (130, set())
    assert done.lines == ["interrupted; nothing was written"]


@pytest.mark.parametrize(
    "name",
    [
        "[:::::]/x:1",
        "[]/x:1",
        "[::1]:99999/x:1",
        "[1::2::3]:5000/x:1",
        "localhost:0/x:1",
        "localhost:99999/x:1",
        "localhost:/x:1",
        "a..b/x:1",
        "-a.b/x:1",
        f"{'a' * 64}.b/x:1",
        f"{'a.' * 200}b/x:1",
        "user:password@host.example/x:1",
        f"localhost/{'a' * 300}:1",
        "localhost/x@sha256:1",
        "localhost\\@host.example/x:1",
        "host.example/\u202e:1",
        "/x:1",
        ":",
        "@",
    ],
)
def test_references_that_are_none(tmp_path: Path, name: str) -> None:
    """A reference that cannot be asked for has its line; the image beside it is locked."""
    with server() as registry:
        good = registry.put("good:1", WEB)
        done = Run(tmp_path, [name, good]).end()
    assert done.locked == {good}
    assert done.code == 1
    assert len(done.lines) == 2
    assert done.lines[1].endswith(": no image reference; write it as HOST/PATH:TAG")


def test_an_index_of_a_wrong_shape(tmp_path: Path) -> None:
    """So has an image whose index is none."""
    with server() as registry:
        media_type, body = index(WEB).parts[-1]
        data = json.loads(body)
        data["manifests"][0]["mediaType"] = []
        odd = Content([*WEB.parts, (media_type, json.dumps(data).encode())], None)
        bad, good = registry.put("bad:1", odd), registry.put("good:1", WEB)
        done = Run(tmp_path, [bad, good]).end()
    assert (done.code, done.locked) == (1, {good})
    assert done.lines[1] == f"{bad}: what its registry sends is no image; try again later"


# One image


def refusal(registry: Server, content: Content, *platforms: str) -> str:
    """Why an image is not locked, and how many requests it took."""
    registry.requests.clear()
    with pytest.raises(LockError) as caught:
        ask(registry.put("web:1", content), *platforms, patience=60.0)
    return str(caught.value)


def many(count: int, **further: Any) -> Content:
    """An index of so many different images."""
    return index(*(image([f"/{i}"]) for i in range(count)), **further)


def test_long_index() -> None:
    """Of an index with too many items nothing is asked for; its items may also be one and the same."""
    with server() as registry:
        for content in (many(1001), index(*[WEB] * 1001), index(*[index(*[WEB] * 40)] * 40)):
            assert "more than 1000 images" in refusal(registry, content)
            assert len(registry.requests) < 10


def test_many_documents() -> None:
    """An index that leaves hundreds of platforms to the configurations is not read to its end."""
    with server() as registry:
        content = index(*(Content(image([f"/{i}"]).parts, None) for i in range(150)))
        assert "it is made of more than 200 documents" in refusal(registry, content)
        assert len(registry.requests) <= images.DOCUMENTS + 2


def test_only_what_is_wanted_is_read() -> None:
    """Of a large index only the platforms that are asked for are read."""
    with server() as registry:
        others = [
            Content(image([f"/{i}"]).parts, {"os": "linux", "architecture": f"a{i}"})
            for i in range(500)
        ]
        reference = registry.put("web:1", index(WEB, *others))
        assert ask(reference, "linux/amd64").configs.keys() == {"linux/amd64"}
        assert len([path for path, _ in registry.requests if "/web/" in path]) == 3


def test_large_documents() -> None:
    """All documents of an image together have a limit, and no more is read than that and one."""
    with server() as registry:
        assert "more than 32 MiB" in refusal(registry, sixty(b'"' + b"a" * 1000 + b'",'))
        sizes = [len(registry.content[path][1]) for path, _ in registry.requests if "/web/" in path]
        assert sum(sizes) <= images.IMAGE_SIZE + images.CONFIG_SIZE


def test_long_command() -> None:
    """What an image starts has a limit."""
    with server() as registry:
        assert "what it starts is longer than 1 MiB" in refusal(registry, one(texts(MIB, b"a")))
        assert "longer than 1 MiB" in refusal(registry, one(b'["' + b'","' * 17_000 + b'"]'))


def test_limit_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """All images together read so much, and then each of the others has its line."""
    monkeypatch.setattr(images, "RUN_SIZE", 20 * sum(len(body) for _, body in WEB.parts))
    with server() as registry:
        wanted = {registry.put(f"web{i}:1", WEB): set[str]() for i in range(30)}
        client = Client(Transport(), lambda *_: None)
        found = images.ask_all(client, wanted)
    failed = [str(answer) for answer in found.values() if isinstance(answer, LockError)]
    assert 10 <= len(failed) < 30
    assert all("not asked further, for all images took" in line for line in failed)


def test_time_of_a_run() -> None:
    """A run whose registry is slow ends; what was not asked for says so, the rest is locked."""
    with server(lambda handler: handler.server.ended.wait(0.2) or None) as registry:
        wanted = {registry.put(f"web{i}:1", WEB): set[str]() for i in range(100)}
        client = Client(Transport(read_timeout=1.0), lambda *_: None)
        found = images.ask_all(client, wanted, run_patience=3.0)
    failed = [str(answer) for answer in found.values() if isinstance(answer, LockError)]
    assert found.keys() == wanted.keys()
    assert 0 < len(failed) < 100
    assert any("not asked, for others took all of 3 s; run it again" in line for line in failed)


def test_a_bug_is_one_image_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a fault of ours has its line, without the text of the error; the others are locked."""
    real = images.read_config

    def broken(body: bytes) -> Any:
        return real(body) if b"/web" in body else {}["secret"]

    monkeypatch.setattr(images, "read_config", broken)
    with server() as registry:
        bad, good = registry.put("bad:1", image(["/bad"])), registry.put("good:1", WEB)
        found = images.ask_all(Client(Transport(), lambda *_: None), {bad: set(), good: set()})
    assert str(found[bad]).startswith(f"{bad}: a bug in kmod-post (KeyError, test_limits.py:")
    assert "secret" not in str(found[bad])
    assert not isinstance(found[good], LockError)
