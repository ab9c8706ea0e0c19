"""Questions on a terminal, for what the command line does not say."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

from postrender.commands.console import Screen, note
from postrender.commands.starters import COLUMNS, WAYS
from postrender.errors import UsageError, in_line, listed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from rich.console import RenderableType

_SHOWN = 6
_WIDE = 130


class Asker:
    """
    Who answers what the command line leaves open: a terminal, or nobody. `taken` are the options
    that were chosen without a question although there was a choice, each with the reason.
    """

    def __init__(self, answers: TextIO | None) -> None:
        self.answers = answers
        self.taken: dict[str, str] = {}


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


def chosen(flag: str, given: str, choices: list[str], asker: Asker) -> str:
    """
    The given choice if it exists, the only choice, or else the answer. `flag` is the option,
    `--container` or `--answer key`. Raises UsageError.
    """
    if given:
        if given not in choices:
            what = flag.removeprefix("--answer ").removeprefix("--")
            hint = _did_you_mean(given, choices) or there_are(choices)
            raise UsageError(f"{flag} {given}: no such {what}", hint)
        return given
    if len(choices) == 1:
        return choices[0]
    if asker.answers is None:
        raise UsageError(f"{flag}: not given", there_are(choices))
    return _asked(flag, choices, asker.answers)


def _did_you_mean(given: str, choices: list[str]) -> str:
    """The choices that are near to one that does not exist, as a question; or nothing."""
    near = get_close_matches(given, choices, n=1)
    if not near:  # the kind, or the release in front of the name, may be missing
        names = {name: name.rpartition("/")[2] for name in choices}
        word = given.rpartition("/")[2]
        close = get_close_matches(word, names.values(), n=1)
        near = [
            name for name, own in names.items() if (len(word) > 2 and word in own) or own in close
        ]
    return f"did you mean {' or '.join(near)}?" if 0 < len(near) <= _SHOWN else ""


def there_are(names: list[str]) -> str:
    """The first of the names that can be chosen, and how many more there are."""
    return f"there {'is' if len(names) == 1 else 'are'} {listed(names, _SHOWN)}"


def answered(
    question: str,
    default: str,
    what: str,
    there: str,
    is_right: Callable[[str], bool],
    doubt: Callable[[str], str],
    answers: TextIO,
) -> str:
    """
    Asks until the answer is right; an empty one is the default, if there is one. `there` says what
    the stream has. An answer that there is a doubt about becomes the default, so that Return
    confirms it.
    """
    screen = Screen(stream=sys.stderr)
    hint = f"Return for {in_line(default)}" if default else what
    note(f"{screen.paint(f'{question}?', 'heading')} {screen.paint(f'({hint})', 'quiet')}")
    if there:
        note(screen.paint(in_line(there), "quiet"))
    while True:
        answer = _line(answers) or default
        if not is_right(answer):
            note(f"write {what}")
        elif answer == default or not (said := doubt(answer)):
            return answer
        else:
            note(in_line(said), f"write another, or Return for {in_line(answer)}")
            default = answer


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
        meant = [name for name in choices if answer in (name, name.rpartition("/")[2])]
        if len(meant) == 1:
            return meant[0]
        note(f"write a number from 1 to {len(choices)}, or one of the names")


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
