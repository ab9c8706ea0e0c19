"""
How the commands print: colours only where they are wanted, no control characters from a chart, and
everything at once, after the command has succeeded.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from postrender.commands import interrupts
from postrender.errors import KmodError, UsageError, grouped, one_line, printable, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from postrender.errors import Message

COLORS = ("auto", "always", "never")
# Styles by what they are for, in the sixteen colours that every terminal lets its user choose.
STYLES = {
    "added": "green",
    "removed": "red",
    "added.strong": "bold green",
    "removed.strong": "bold red",
    "changed": "yellow",
    "heading": "bold",
    "place": "cyan",
    "place.quiet": "dim cyan",
    "rule": "magenta",
    "quiet": "dim",
    "quiet.strong": "bold dim",
    "error": "bold red",
    "warning": "yellow",
}
# How a terminal is told them (ECMA-48, SGR); `rich` takes longer to load than to write a diff.
_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "magenta": "35",
    "cyan": "36",
}


class Screen:
    """
    How to draw: `color` says whether to use colours, `width` is the number of columns, None if
    lines must not wrap.
    """

    def __init__(self, color: str = "auto", stream: Any = None) -> None:
        if color not in COLORS:
            raise UsageError(f"--color {color}: must be one of {', '.join(COLORS)}")
        stream = sys.stdout if stream is None else stream
        is_terminal = stream is not None and stream.isatty()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        self.color = color == "always" or (color == "auto" and is_terminal and not plain)
        is_set = os.environ.get("COLUMNS", "").isdigit()
        self.width = shutil.get_terminal_size().columns if is_terminal or is_set else None
        self.is_for_people = is_terminal or self.color

    def safe(self, text: str) -> str:
        """A text of the chart with control characters shown; unchanged for a file or a program."""
        return shown(text) if self.is_for_people else text

    def paint(self, text: str, style: str) -> str:
        """The text in a style, without its line breaks."""
        if not self.color or not text or not style:
            return text
        if "\n" in text:
            return "\n".join(self.paint(line, style) for line in text.split("\n"))
        codes = ";".join(_CODES[word] for word in STYLES[style].split())
        return f"\x1b[{codes}m{text}\x1b[0m"

    def draw(self, *parts: RenderableType) -> str:
        """The parts as rich renders them."""
        from rich.console import Console
        from rich.theme import Theme

        buffer = io.StringIO()
        console = Console(
            file=buffer,
            force_terminal=self.color,
            color_system="standard" if self.color else None,
            no_color=not self.color,
            width=self.width or 1 << 16,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            theme=Theme(STYLES),
        )
        console.print(*parts, sep="\n", soft_wrap=self.width is None)
        return "".join(f"{line.rstrip()}\n" for line in buffer.getvalue().split("\n")[:-1])


def shown(text: str) -> str:
    """A text of the chart in its lines, with control characters shown."""
    return printable(text).replace("\\u000d\n", "\n")


def without_value(word: str) -> str:
    """
    A word of the command line as messages show it: without the value after `=`, which may be a
    secret.
    """
    name, equals, _ = word.partition("=")
    return f"{name}{equals}…" if equals else name


def show(text: str) -> None:
    """Prints a command's output. Raises KmodError if it cannot be written."""
    try:
        interrupts.write(
            sys.stdout.buffer, [text.encode(sys.stdout.encoding or "utf-8", "replace")]
        )
    except (OSError, AttributeError) as error:
        check_written(error)


def check_written(error: OSError | AttributeError) -> None:
    """
    Raises KmodError for standard output that could not be written, unless its reader, such as a
    pager, has closed the pipe.
    """
    failure = not_written(error)
    if not isinstance(error, BrokenPipeError):
        raise failure from None


def not_written(error: OSError | AttributeError) -> KmodError:
    """Why standard output could not be written. Nothing more is written to it."""
    # Python would try once more at exit, and complain.
    os.dup2(_nowhere(), 1)
    reason = reason_of(error) if isinstance(error, OSError) else "closed"
    return KmodError(
        f"<stdout>: cannot be written ({reason})", "keep it open and writable until kmod-post ends"
    )


def _nowhere() -> int:
    """A file descriptor whose data nobody reads."""
    try:
        return os.open(os.devnull, os.O_WRONLY)
    except OSError:  # an image of the executable alone has no /dev
        return os.memfd_create("nowhere")


def warn(warnings: Iterable[Message], file: str) -> None:
    """Prints warnings about a stream that was read from this file, each in one line."""
    note(*(one_line(str(warning.in_file(file))) for warning in grouped(warnings)))


def note(*lines: str) -> None:
    """Prints to standard error what is not part of the output."""
    try:
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return  # as in main: a message that cannot be shown must not hide the outcome
