"""`--report FILE`: the report of a run as JSON, also if the run fails."""

from __future__ import annotations

from contextlib import contextmanager

from postrender.commands.overwriting import refuse_overwriting
from postrender.engine.inputs import read_inputs, run
from postrender.errors import UNPRINTABLE, KmodError, UsageError, reason_of
from postrender.files import write_file
from postrender.reports.report import Watcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from postrender.engine.inputs import Given
    from postrender.engine.run import Result


def run_reported(data: bytes, given: Given) -> Result:
    """
    Applies the rules to the stream and writes the report file. Raises KmodError, also if the report
    cannot be written.
    """
    file = given["report"][-1]
    if file == "-":
        raise UsageError("--report -: standard output is the chart", "name a file")
    watcher = Watcher()
    try:
        inputs = read_inputs(data, given)
        result = run(inputs, watcher)
    except KmodError as error:
        with beside(error):
            write("--report", file, json_of(watcher.failed(error.messages)), given)
        raise
    write("--report", file, json_of(watcher.report(result, inputs.values)), given)
    return result


@contextmanager
def beside(error: KmodError) -> Iterator[None]:
    """If reporting a failure fails too, raises both errors, the run's own first."""
    try:
        yield
    except KmodError as another:
        raise type(error)([*error.messages, *another.messages]) from None


def json_of(data: Any) -> str:
    """The data as JSON, for people and programs; characters that a terminal obeys are escaped."""
    import json
    import re

    text = json.dumps(data, indent=2, ensure_ascii=False)
    return re.sub(f"[{UNPRINTABLE}]", lambda found: json.dumps(found[0])[1:-1], text) + "\n"


def write(flag: str, file: str, text: str, given: Given, stream: str = "-") -> None:
    """
    Writes the file that an option names, as `files.write_file` does. Raises UsageError if it is a
    file of the run itself (see `refuse_overwriting`), KmodError if it cannot be written.
    """
    refuse_overwriting(flag, file, given, stream)
    try:
        write_file(file, text.encode())
    except OSError as error:
        reason = reason_of(error)
        text = f"{flag} {file}: cannot be written ({reason})"
        raise KmodError(text, "name another file") from None
