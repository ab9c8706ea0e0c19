"""
Messages in their parts, and the line of the rules file that one is about.

Every message has one form, `where: what is wrong; what to do`; so it can be taken apart for those
who show it otherwise.
"""

from __future__ import annotations

import re
from collections import namedtuple

from postrender.masking import MASK, hidden_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# A message and its parts. `line` and `column` count from 1; 0: it names none. `hint` says what to
# do, and may be empty.
Finding = namedtuple("Finding", "message file line column what hint")

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?P<rest>.*)", re.DOTALL)
_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s:,\[\]{}]+")


def finding_of(message: str, files: Sequence[str] = ()) -> Finding:
    """A message in its parts. `files` are those that it may name without a line."""
    placed = _PLACE.fullmatch(message)
    if placed:
        file, line, column = placed["file"], int(placed["line"]), int(placed["column"])
        rest = placed["rest"]
    else:
        file = next((name for name in files if message.startswith(f"{name}: ")), "")
        line = column = 0
        rest = message.removeprefix(f"{file}: ") if file else message
    what, _, hint = rest.rpartition("; ")
    return Finding(message, file, line, column, what or hint, hint if what else "")


def excerpt(text: str, finding: Finding) -> tuple[str, int, int]:
    """
    The line of the file's text that a finding is about, without a Secret's value; where in it the
    word at fault begins (from 0) and how long it is.
    """
    lines = text.split("\n")
    line = lines[finding.line - 1].rstrip("\r") if finding.line <= len(lines) else ""
    start = finding.column - 1
    if finding.line - 1 in hidden_lines(text):
        key, colon, value = line.partition(":")
        line = f"{key}: {MASK}" if colon and value.strip() else line if colon else MASK
        start = min(start, len(line))
    word = _WORD.match(line, start)
    return line, start, len(word[0]) if word else 1
