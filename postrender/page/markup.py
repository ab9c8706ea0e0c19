"""Text of a chart as HTML shows it, and the small pieces that all parts of the page are made of."""

from __future__ import annotations

import re
from html import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# What does not show as itself: control characters but tab and line break, marks that turn the
# direction of the text round (which can make a change read as another), half a character.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
SIGNS = {"added": "+", "removed": "\N{MINUS SIGN}", "changed": "~", "": ""}
WORDS = {"added": "new", "removed": "removed", "changed": "changed", "": ""}


def text(value: object) -> str:
    r"""A text as HTML, in a tag or an attribute; characters that hide are shown as `\u202e`."""
    return escape(_UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", str(value)))


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
