"""Texts of a chart as HTML, and the small elements that all parts of the page use."""

from __future__ import annotations

from html import escape

from postrender.errors import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SIGNS = {"added": "+", "removed": "\N{MINUS SIGN}", "changed": "~", "": ""}
WORDS = {"added": "new", "removed": "removed", "changed": "changed", "": ""}


def text(value: object) -> str:
    r"""A text as HTML, for content and attributes; invisible characters become `\u202e`."""
    return escape(printable(value))


def plural(count: int, word: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{count} {word}{'s' * (count != 1)}"


def mark(state: str) -> str:
    """A state as a word in its colour; empty without a state."""
    return f'<b class="mark {state}">{WORDS[state]}</b>' if state else ""


def items(entries: Iterable[str], style: str = "") -> str:
    """A list of entries that are HTML already; empty without entries."""
    found = "".join(f"<li>{entry}</li>" for entry in entries)
    kind = f' class="{style}"' if style else ""
    return f"<ul{kind}>{found}</ul>" if found else ""
