"""
The chart helper: its commands, and calling one. Typer is loaded for the help, for mistakes, and for
commands that ask or need more than plain arguments.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from postrender.commands.console import without_value
from postrender.commands.names import COMMANDS, function_of, spelt_out, words_of
from postrender.commands.options import parse
from postrender.errors import UsageError
from postrender.yamltext import libyaml

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(argv: Sequence[str]) -> int:
    """
    Runs the chart helper with these arguments and returns its exit code. Raises KmodError.
    """
    gc.disable()  # as on the render path, and for the same reason
    libyaml.load()
    given = parse(argv)
    word, *rest = given.get("command", [""])
    if not word or "help" in given:
        from postrender.commands.app import show_help

        return show_help()
    if word not in COMMANDS:
        raise UsageError(f'kmod-post: unknown command "{without_value(word)}"{_hint(word)}')
    from postrender.commands import quick

    words = [*words_of(given), *map(spelt_out, rest)]
    code = quick.call(function_of(word), words)
    if code is not None:
        return code
    from postrender.commands.app import call

    return call(word, words)


def _hint(word: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, COMMANDS, n=1)
    return f'; did you mean "{near[0]}"?' if near else f"; there are {', '.join(COMMANDS)}"
