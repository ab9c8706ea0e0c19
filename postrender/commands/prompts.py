"""Questions on a terminal, for what the command line does not say."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

from postrender.commands.console import Screen, note
from postrender.commands.starters import COLUMNS, WAYS
from postrender.errors import UsageError, in_line, listed

if TYPE_CHECKING:
    import re
    from typing import TextIO

    from rich.console import RenderableType

_SHOWN = 6
_WIDE = 130


def terminal() -> TextIO | None:
    """The terminal to read answers from, even if standard input is the stream."""
    if sys.stdin is not None and sys.stdin.isatty():
        return sys.stdin
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    try:
        return open("/dev/tty", encoding="utf-8")
    except OSError:
        return None


def chosen(
    flag: str,
    given: str,
    choices: list[str],
    answers: TextIO | None,
    likely: list[str] | None = None,
) -> str:
    """The given choice if it exists, the only choice, the only likely one, or else the answer."""
    there = f"there are {listed(choices, _SHOWN)}"
    if given:
        if given not in choices:
            near = get_close_matches(given, choices, n=1)
            hint = f'did you mean "{near[0]}"?' if near else there
            raise UsageError(f"{flag} {given}: not there", hint)
        return given
    for sure in (choices, likely or ()):
        if len(sure) == 1:
            return sure[0]
    if answers is None:
        raise UsageError(f"{flag}: not given", there)
    return _asked(flag, choices, answers)


def answered(
    question: str, default: str, right: re.Pattern[str], what: str, answers: TextIO
) -> str:
    """Asks until the answer is right; an empty one is the default, if there is one."""
    screen = Screen(stream=sys.stderr)
    hint = f"Return for {in_line(default)}" if default else what
    note(f"{screen.paint(f'{question}?', 'heading')} {screen.paint(f'({hint})', 'quiet')}")
    while True:
        answer = _line(answers) or default
        if right.fullmatch(answer):
            return answer
        note(f"write {what}")


def _asked(flag: str, choices: list[str], answers: TextIO) -> str:
    """Asks until the answer is one of the choices."""
    screen = Screen(stream=sys.stderr)
    if flag == "--way":
        note(_comparison(screen), "", "for other jobs: kmod-post init --list", "")
    note(screen.paint(f"Which {flag.removeprefix('--').removeprefix('answer ')}?", "heading"))
    note(*(f"{number:>3}  {in_line(name)}" for number, name in enumerate(choices, 1)))
    while True:
        answer = _line(answers)
        if answer.isdecimal() and 0 < int(answer) <= len(choices):
            return choices[int(answer) - 1]
        if answer in choices:
            return answer
        note(f"a number from 1 to {len(choices)}, or a name")


def _line(answers: TextIO) -> str:
    """One answer, without blanks around it. Raises KeyboardInterrupt if there is none."""
    sys.stderr.write("> ")
    sys.stderr.flush()
    try:
        line = answers.readline()
    except KeyboardInterrupt:
        line = ""
    if not line:
        note("")
        raise KeyboardInterrupt
    return line.strip()


def _comparison(screen: Screen) -> str:
    """A comparison of the ways, as a table, or one below the other if a table is too wide."""
    from rich.box import SIMPLE_HEAD
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    if screen.width is None or screen.width >= _WIDE:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for column in COLUMNS:
            table.add_column(column, overflow="fold", no_wrap=column == COLUMNS[0])
        for way, facts in WAYS.items():
            table.add_row(way, *facts)
        return screen.draw(table).strip("\n")
    parts: list[RenderableType] = []
    for way, facts in WAYS.items():
        grid = Table.grid(padding=(0, 2, 0, 0))
        for column, fact in zip(COLUMNS[1:], facts, strict=True):
            if fact:
                grid.add_row(Text(column, style="quiet"), fact)
        parts += [Text(way, style="heading"), Padding(grid, (0, 0, 0, 2))]
    return screen.draw(*parts).rstrip("\n")
