"""
What an interrupt (Ctrl-C) does: at any moment one line is printed and no traceback.

While standard output is written, the output is completed first: nobody must mistake half of a chart
for all of it. A second interrupt does not wait for that.
"""

from __future__ import annotations

# The functions of `signal`, which builds enumerations before it offers them.
import _signal  # type: ignore[import-not-found]
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

EXIT_INTERRUPTED = 130
# Bytes that are worth a system call.
_ENOUGH = 1 << 16


class _State:
    """Where the process is, which decides what an interrupt does and says."""

    is_running = False
    is_writing = False
    is_done = False
    has_waited = False
    outcome = "nothing was written"


def answer() -> None:
    """Answers interrupts from now on, instead of Python."""
    # Who starts a process in the background may have it ignore interrupts.
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _interrupted)


def ignore() -> None:
    """All is done: an interrupt changes nothing more."""
    _State.is_done = True


def running() -> None:
    """From now on an interrupt raises KeyboardInterrupt."""
    _State.is_running = True


def write(out: BinaryIO, pieces: Iterable[bytes | memoryview]) -> None:
    """
    Writes all pieces of the output. An interrupt meanwhile raises KeyboardInterrupt after that.
    Raises OSError.
    """
    _State.is_writing, _State.outcome = True, "the output is not whole"
    try:
        for piece in _joined(pieces):
            rest = memoryview(piece)
            while rest:  # an unbuffered stream writes only a part if a signal comes
                rest = rest[out.write(rest) :]
        out.flush()
    finally:
        _State.is_writing = False
    _State.outcome = "all of the output was written"
    if _State.has_waited:
        raise KeyboardInterrupt


def _joined(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """
    The same bytes in larger pieces: with PYTHONUNBUFFERED, as in many images, each is a system
    call.
    """
    small: list[bytes | memoryview] = []
    size = 0
    for piece in pieces:
        if len(piece) < _ENOUGH:
            small.append(piece)
            size += len(piece)
        if size >= _ENOUGH or len(piece) >= _ENOUGH:
            yield b"".join(small)
            small, size = [], 0
        if len(piece) >= _ENOUGH:
            yield piece
    yield b"".join(small)


def interruption() -> str:
    """What an interrupt has done."""
    return f"interrupted; {_State.outcome}"


def _interrupted(_signal_number: int, _frame: object) -> None:
    if _State.is_done:
        return
    if not _State.is_running:
        os.write(2, f"{interruption()}\n".encode())
        os._exit(EXIT_INTERRUPTED)
    if _State.is_writing and not _State.has_waited:
        _State.has_waited = True
        return
    raise KeyboardInterrupt
