"""`--report FILE`: the report of a run as JSON, of one that fails too."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress

from postrender.errors import KmodError, UsageError, reason_of
from postrender.inputs import read_inputs, run
from postrender.report import Watcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from postrender.engine import Result
    from postrender.inputs import Given


def run_reported(data: bytes, given: Given) -> Result:
    """
    What the rules make of the stream, told in the report file as well. Raises KmodError, also where
    the report cannot be written.
    """
    file = given["report"][-1]
    if file == "-":
        raise UsageError("--report -: standard output is the chart; name a file")
    watcher = Watcher()
    try:
        inputs = read_inputs(data, given)
        result = run(inputs, watcher)
    except KmodError as error:
        with beside(error):
            write("--report", file, json_of(watcher.failed(error.messages)))
        raise
    write("--report", file, json_of(watcher.report(result, inputs.values)))
    return result


@contextmanager
def beside(error: KmodError) -> Iterator[None]:
    """Where telling of a failure fails too, both are raised: the run's own comes first."""
    try:
        yield
    except KmodError as another:
        raise type(error)([*error.messages, *another.messages]) from None


def json_of(data: Any) -> str:
    """The data as the JSON that people and programs read."""
    import json

    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def write(flag: str, file: str, text: str) -> None:
    """Writes the file that an option names. Raises KmodError, and leaves no half of a new one."""
    is_left = os.path.lexists(file)
    try:
        with open(file, "w", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
        is_left = True
    except OSError as error:
        reason = reason_of(error)
        message = f"{flag} {file}: cannot be written ({reason}); name another file"
        raise KmodError(message) from None
    finally:
        if not is_left:
            with suppress(OSError):
                os.remove(file)
