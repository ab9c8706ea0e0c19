"""Text of a chart as HTML shows it, and the small pieces that all parts of the page are made of."""

from __future__ import annotations

from html import escape

from postrender.errors import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SIGNS = {"added": "+", "removed": "\N{MINUS SIGN}", "changed": "~", "": ""}
WORDS = {"added": "new", "removed": "removed", "changed": "changed", "": ""}


def text(value: object) -> str:
    r"""A text as HTML, in a tag or an attribute; characters that hide are shown as `\u202e`."""
    return escape(printable(value))


def plural(count: int, word: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{count} {word}{'s' * (count != 1)}"


def mark(state: str) -> str:
    """What has become of something, as a word in its colour; nothing where nothing has."""
    return f'<b class="mark {state}">{WORDS[state]}</b>' if state else ""


def items(entries: Iterable[str], style: str = "") -> str:
    """A list of what is HTML already; nothing where it is empty."""
    found = "".join(f"<li>{entry}</li>" for entry in entries)
    kind = f' class="{style}"' if style else ""
    return f"<ul{kind}>{found}</ul>" if found else ""
