"""
The completions of a command line, as lines for the scripts in shells/:

    WORD                a word that can come next
    WORD<Tab>TEXT       the same, with a description
    :files              file names, which the shell finds and quotes itself; with one `=` for each
                        `=` before the name: `:files=` for `--lock=na`
    :nospace            the words are not complete: add no space after them

Strangers write the names in manifests and rules, and a shell might run what it is offered. So this
module returns only words that are plain text to every shell, and drops all others.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

# Letters, digits, `_`, `-`, `.` and `/` mean nothing to bash, zsh and fish. A word that begins with
# `-` could be taken for an option, and one that is longer than any name is no help.
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,399}")


def split(line: str) -> tuple[list[str], str]:
    """
    The words of a command line up to the cursor: the complete ones, without the program's name, and
    the one at the cursor. Quotes are removed; nothing is expanded.
    """
    # The `x` stands for the text not typed yet. So there is always a last word, even after a space,
    # and a backslash has a character to quote.
    lexer = shlex.shlex(line.replace("\\\n", "") + "x", posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words += iter(lexer.get_token, None)
    except ValueError:  # the last word begins with a quote that does not end
        words.append(lexer.token)
    *words, last = words
    while words and "=" in words[0]:
        del words[0]  # NAME=value before the command
    return words[1:], last[:-1]


def suggestions(command: Any, words: list[str], last: str) -> list[str]:
    """
    The lines for the shell: what can come next after this Typer command and `words`, with `last` at
    the cursor.
    """
    flag, equals, value = last.partition("=")
    prefix = ""
    if equals and flag.startswith("-"):
        words, last, prefix = [*words, flag], value, f"{flag}="
    waiting = _option(command, words[-1]) if words else None
    if prefix and waiting is None:
        return []
    words = words[:-1] if waiting else [*words]
    ctx = command.make_context(None, words, resilient_parsing=True)
    of = waiting or (None if last.startswith("-") else _argument(command, ctx))
    if of is None:
        return [_line(item.value, item.help) for item in command.shell_complete(ctx, last)]
    kind = of.metavar or ""
    if kind in ("FILE", "DIR") or (kind == "KEY=FILE" and "=" in last):
        return [":files" + "=" * (bool(prefix) + (kind == "KEY=FILE"))]
    if "|" in kind:
        found = [(word, None) for word in kind.split("|") if word.startswith(last)]
    else:
        found = [(item.value, item.help) for item in of.shell_complete(ctx, last)]
    lines = [_line(prefix + word, text) for word, text in found if _PLAIN.fullmatch(word)]
    return [":nospace", *lines] if kind.startswith("KEY=") else lines


def _option(command: Any, flag: str) -> Any:
    """The option of a command that has this spelling, if it takes a value."""
    for parameter in command.params:
        if parameter.param_type_name == "option" and flag in parameter.opts:
            return None if parameter.is_flag else parameter
    return None


def _argument(command: Any, ctx: Any) -> Any:
    """The first argument of a command that can still be given."""
    for parameter in command.params:
        if parameter.param_type_name == "argument" and (
            parameter.nargs == -1 or ctx.get_parameter_source(parameter.name).name != "COMMANDLINE"
        ):
            return parameter
    return None


def _line(word: str, text: str | None) -> str:
    return f"{word}\t{' '.join(text.split())}" if text else word
