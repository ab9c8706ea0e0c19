"""
The command: renders from standard input to standard output, or starts the chart helper.

Helm starts this program for every release, so it imports nothing before it needs it. Only this
module turns errors into exit codes; it writes nothing to standard output unless everything has
succeeded.
"""

from __future__ import annotations

import os
import sys

from postrender.commands import interrupts
from postrender.errors import KmodError, UsageError, grouped, message, one_line, reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from postrender.engine.changes import Change

EXIT_BUG = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Runs with these arguments (default: the process's own) and returns the exit code."""
    log = _Log()
    try:
        interrupts.running()
        return _main(sys.argv[1:] if argv is None else argv, log)
    except KmodError as error:
        log.fail(*map(str, error.messages))
        return error.exit_code
    except KeyboardInterrupt:
        log.fail(interrupts.interruption())
        return interrupts.EXIT_INTERRUPTED
    except MemoryError:
        log.fail("<stdin>: too large for the available memory; give the process more")
        return KmodError.exit_code
    except Exception as error:  # noqa: BLE001 - the one boundary: what gets here is a bug of ours
        log.fail(*_bug(error))
        return EXIT_BUG


class _Log:
    """
    Messages to standard error, and to a log file if one is named: Helm 4 discards standard error.
    """

    def __init__(self) -> None:
        self.file = os.environ.get("KMOD_POST_LOG_FILE", "")

    def use(self, given: dict[str, list[str]]) -> None:
        """
        Uses the log file that the options name. Raises UsageError if it is a file of the run.
        """
        file = given.get("log_file", [self.file])[-1]
        self.file = ""
        if file:
            from postrender.commands.overwriting import refuse_overwriting

            refuse_overwriting("--log-file", file, given, but="log")
        self.file = file

    def say(self, *messages: str) -> None:
        """Prints messages, one line each, with control characters shown as text."""
        if not messages:
            return
        text = _lines(messages)
        for write in (self._to_stderr, self._to_file):
            try:
                write(text)
            except (OSError, ValueError, AttributeError):  # closed: Python has None then
                continue  # a message that cannot be shown must not hide the outcome

    def fail(self, *messages: str) -> None:
        """Prints why the run has failed, also to Helm's own standard error under Helm 4."""
        self.say(*messages)
        if "HELM_PLUGIN_NAME" in os.environ:
            from postrender.commands import log as pasthelm

            if pasthelm.is_plugin():
                pasthelm.show(_lines(messages))

    def _to_stderr(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()

    def _to_file(self, text: str) -> None:
        if self.file:
            try:
                with open(self.file, "a", encoding="utf-8") as opened:
                    opened.write(text)
            except OSError as error:
                reason = reason_of(error)
                lost = message(
                    f"{self.file}: cannot be written ({reason})",
                    "name another log file",
                    id="log-not-written",
                )
                self._to_stderr(_lines([str(lost)]))


def _lines(messages: Sequence[str]) -> str:
    return "".join(f"{one_line(message)}\n" for message in messages)


def _main(argv: Sequence[str], log: _Log) -> int:
    from postrender.commands.options import COMPLETE, parse

    if os.environ.get(COMPLETE):
        from postrender.commands import app

        return app.complete(os.environ[COMPLETE])
    given = parse(argv)
    log.use(given)
    if "version" in given:
        from postrender import __version__
        from postrender.commands.console import show

        show(f"kmod-post {__version__}\n")
        return 0
    if "help" in given or "command" in given:
        from postrender.commands import helper

        return helper.run(argv)
    if sys.stdin is None:
        raise UsageError("kmod-post: standard input is closed", "pipe rendered manifests into it")
    if sys.stdin.isatty():
        from postrender.commands import app

        app.help_on_stderr()
        raise UsageError(
            "kmod-post: standard input is a terminal", "pipe rendered manifests into it"
        )
    return _render(given, log)


def _render(given: dict[str, list[str]], log: _Log) -> int:
    """Standard input to standard output."""
    import gc

    # A short process with many small values and hardly any cycles: collecting only costs time.
    gc.disable()
    from postrender.yamltext import libyaml

    libyaml.load()
    data = sys.stdin.buffer.read()
    if "report" in given:
        from postrender.commands.reporting import run_reported

        result = run_reported(data, given)
    else:
        from postrender.engine.inputs import read_inputs, run

        result = run(read_inputs(data, given))
    if "quiet" not in given:
        log.say(*map(str, grouped(result.warnings)))
    if "verbose" in given:
        log.say(*map(_change_line, result.changes), *map(_reformatted_line, result.reformatted))
    _write(result.pieces)
    return 0


def _write(pieces: Sequence[bytes | memoryview]) -> None:
    """
    Writes everything to standard output, at the very end. Raises KmodError, also if the reader has
    closed the pipe: nobody must mistake half of a chart for all of it.
    """
    try:
        interrupts.write(sys.stdout.buffer, pieces)
    except (OSError, AttributeError) as error:
        from postrender.commands.console import not_written

        raise not_written(error) from None


def _change_line(change: Change) -> str:
    """What a rule, or `resources:`, did to an object."""
    lead = f'rule "{change.rule}"' if change.rule else "resources"
    return f"{lead}: {change.what} {change.identity}"


def _reformatted_line(reformatted: tuple[str, tuple[str | int, ...]]) -> str:
    """Which field could not be edited in place."""
    from postrender.data import dotted

    name, path = reformatted
    return f"{name}: {dotted(path) or 'the document'} was reformatted, without its comments"


def _bug(error: Exception) -> list[str]:
    """What to report, without the error's own text, which could hold a Secret's value."""
    from postrender import __version__

    lines = [
        f"kmod-post: a bug ({type(error).__name__}); nothing was written; report these lines:",
        f"  kmod-post {__version__}, Python {sys.version.split()[0]}, {sys.platform}",
    ]
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"  {os.path.basename(code.co_filename)}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return lines
