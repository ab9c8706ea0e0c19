"""
How Go reads YAML: Python access to the libraries that Helm 3, Helm 4 and kubectl link.

Nothing here is re-implemented: `goread/` is a small Go program around those libraries, built once
and then kept running. Each test module starts its own reader:

    @pytest.fixture(scope="module")
    def go() -> Iterator[GoReader]:
        with go_reader() as reader:
            yield reader

    def test_octal(go: GoReader) -> None:
        assert go.read("a: 0o14") == {"a": 12}
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from tools import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

SOURCES = Path(__file__).parent

Mode = Literal["v2", "stream", "v3", "h4", "h4text"]
"""How to read: see the head of goread/main.go."""


class GoRefuses(Exception):
    """Go refuses this text; the message is Go's own."""


@contextmanager
def go_reader() -> Iterator[GoReader]:
    """A running GoReader; without Go the test is skipped, in CI it fails."""
    find("go")
    with GoReader() as reader:
        yield reader


class GoReader:
    """One running goread; not for several threads at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [build("goread")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def read(self, text: str, mode: Mode = "v2") -> Any:
        """
        The data that Go makes of this text.

        A whole number is an int where it fits in 64 bits, else a float. Raises GoRefuses.
        """
        self._send([text], mode)
        answer = self._receive()
        if isinstance(answer, GoRefuses):
            raise answer
        return answer

    def read_all(self, texts: Iterable[str], mode: Mode = "v2") -> list[Any]:
        """The same for many texts at once, in order; a refusal is an item, it is not raised."""
        todo = list(texts)
        # Both pipes hold little: somebody has to read answers while the requests are written.
        feeder = threading.Thread(target=self._send, args=(todo, mode))
        feeder.start()
        answers = [self._receive() for _ in todo]
        feeder.join()
        return answers

    def _send(self, texts: list[str], mode: Mode) -> None:
        assert self._process.stdin is not None
        for text in texts:
            line = json.dumps({"mode": mode, "text": text}) + "\n"
            self._process.stdin.write(line.encode())
        self._process.stdin.flush()

    def _receive(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            msg = "goread ended before it answered"
            raise RuntimeError(msg)
        answer = json.loads(line, parse_int=_whole_number)
        if "error" not in answer:
            return answer["json"]
        kind, _, message = cast("str", answer["error"]).partition(": ")
        if kind == "bad request":
            raise RuntimeError(message)
        return GoRefuses(message)


def same(ours: Any, theirs: Any) -> bool:
    """
    Whether a value of ours is what Go read: no bool for a number, no digit lost.

    Go prints the float 1000.0 as 1000, so a float of ours may equal an int of theirs.
    """
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, float) and type(theirs) in (int, float):
        return ours == float(theirs)
    return type(ours) is type(theirs) and bool(ours == theirs)


def build(program: str) -> Path:
    """
    A Go program of this folder, built, in $KMOD_TOOLS or the platform's folder for temporary files.

    Its name holds a hash of its source, so that a change builds it again.
    """
    folder = SOURCES / program
    source = b"".join((folder / name).read_bytes() for name in ("main.go", "go.mod", "go.sum"))
    name = f"{program}-{hashlib.sha256(source).hexdigest()[:12]}{'.exe' if os.name == 'nt' else ''}"
    home = Path(os.environ.get("KMOD_TOOLS") or Path(tempfile.gettempdir(), "kmod-tools"))
    built = home / name
    if not built.exists():
        home.mkdir(parents=True, exist_ok=True)
        # Built aside and moved, so that tests that run at the same time never see half a program.
        with tempfile.TemporaryDirectory(dir=home) as aside:
            new = Path(aside, name)
            command = ["go", "build", "-o", str(new), "."]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode:
                msg = f"go build of {program} failed:\n{done.stderr}"
                raise RuntimeError(msg)
            new.replace(built)
    return built


def _whole_number(digits: str) -> int | float:
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(digits)
