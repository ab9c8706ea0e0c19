"""`--report FILE`: the report of a run as JSON, of one that fails too."""

from __future__ import annotations

from postrender.errors import KmodError, UsageError
from postrender.inputs import read_inputs, run
from postrender.report import Watcher

TYPE_CHECKING = False
if TYPE_CHECKING:
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
        _write(file, watcher.failed(error.messages))
        raise
    _write(file, watcher.report(result, inputs.values))
    return result


def json_of(data: Any) -> str:
    """The data as the JSON that people and programs read."""
    import json

    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _write(file: str, report: dict[str, Any]) -> None:
    try:
        with open(file, "w", encoding="utf-8", newline="\n") as opened:
            opened.write(json_of(report))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"--report {file}: cannot be written ({reason}); name another file"
        raise KmodError(message) from None
