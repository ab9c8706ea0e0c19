"""
Our own messages for a text that libyaml refuses.

libyaml's messages differ between versions, so this module uses only its positions: where it
stopped, where the thing that it was reading began, and which collections were open there.
"""

from __future__ import annotations

import re
from collections import namedtuple

# A collection that is open: the offset where it begins, its column, whether it is written with
# braces or brackets, whether it is a mapping.
Open = namedtuple("Open", "start column flow mapping")

# What libyaml's reader.c does not take: control characters, surrogates, two that are no characters.
_FORBIDDEN = "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
_TAG = "a tag (!) that YAML does not allow; put the text in quotes"
_NAME = "needs a name of letters, digits, - and _; put the text in quotes"
# What cannot be finished, by the sign that it begins with.
_UNFINISHED = {
    "&": f"an anchor (&) {_NAME}",
    "*": f"an alias (*) {_NAME}",
    "!": _TAG,
    "|": 'only +, -, a digit or a comment can follow "|" in its line',
    ">": 'only +, -, a digit or a comment can follow ">" in its line',
    "%": "a directive (%) that YAML does not know",
}
# What cannot stand where it is, by its first sign.
_MISPLACED = {
    "\t": "a tab where YAML needs spaces",
    "@": 'a text cannot begin with "@"; put it in quotes',
    "`": "a text cannot begin with a backtick; put it in quotes",
    "%": 'a text cannot begin with "%"; put it in quotes',
    ":": 'a ":" that cannot stand here; check the indentation, or put the text in quotes',
    "!": _TAG,
    "*": 'an alias ("*") that cannot stand here',
    "&": 'an anchor ("&") that cannot stand here',
    ",": 'a text cannot begin with ","; put it in quotes',
    "]": 'a "]" without a "[" before it',
    "}": 'a "}" without a "{" before it',
}


def forbidden_character(text: str) -> tuple[str, int] | None:
    """What is wrong with the first character that YAML does not allow, and its offset."""
    found = re.search(_FORBIDDEN, text)
    if found is None:
        return None
    return f"YAML does not allow the character U+{ord(found[0]):04X}", found.start()


def problem_at(text: str, at: int, began: int | None, parent: Open | None, *, ended: bool) -> str:
    """
    What is wrong at the offset `at`, without the place. `began` is the offset of what libyaml was
    reading, `parent` the innermost collection that is open; `ended`: "..." has ended the document.
    """
    sign = text[at : at + 1]
    is_end = not text[at:].strip()
    first = "" if began is None else text[began : began + 1]
    flow = parent if parent is not None and parent.flow else None
    if parent is None and ended:
        return 'text after the end of the document ("..."), which Helm would lose'
    if began is not None and first in {"'", '"'}:
        if first == '"' and "\\" in text[max(began, at - 2) : at + 1]:
            return r"a backslash that starts no YAML escape; write \\ for a backslash"
        if is_end or text.startswith(("---", "..."), at):
            return f"the quote ({first}) {_above(text, began, at)} is not closed"
    if began is not None and began < at and first in _UNFINISHED and sign != "\t":
        return _UNFINISHED[first]
    if flow and (is_end or sign in ":,]}"):
        return _in_flow(text, at, flow.start, is_end=is_end)
    if sign == "-" and not text[at + 1 : at + 2].strip() and not flow:
        return 'a list item ("- ") that cannot stand here; check the indentation'
    if sign in _MISPLACED:
        return _MISPLACED[sign]
    if flow:
        return _in_flow(text, at, flow.start, is_end=is_end)
    if not is_end and (quote := text[:at].rstrip(" ")[-1:]) in {"'", '"'}:
        return f"text after the closing quote ({quote}); put the whole text in quotes"
    if parent is None:
        return "text after the end of the document; check the indentation"
    if began is not None and parent.start < began < at:
        return f'a text {_above(text, began, at)} that needs a ":" or a "- "; check the indentation'
    column = at - (text.rfind("\n", 0, at) + 1)
    if column != parent.column and not text[at - column : at].strip(" "):
        return "the indentation of this line matches no line above it; check the indentation"
    what = "a key (NAME:)" if parent.mapping else 'a list item ("- ")'
    return f"YAML expects {what} here; check the indentation"


def _in_flow(text: str, at: int, start: int, *, is_end: bool) -> str:
    """What is wrong inside of brackets or braces."""
    opening = re.search(r"[\[{]", text[start:])
    sign = opening[0] if opening else "["
    close = "]" if sign == "[" else "}"
    where = _above(text, start, at)
    if is_end or text[at] in "]}":
        return f'the "{sign}" {where} is not closed; add "{close}"'
    if text[at] == ",":
        return "a value is missing before this comma"
    return f'"," or "{close}" is missing after an entry of the "{sign}" {where}'


def _above(text: str, began: int, at: int) -> str:
    """How far above the place something stands, as only the caller knows the line's number."""
    lines = text.count("\n", began, at)
    return ("in this line", "one line above")[lines] if lines < 2 else f"{lines} lines above"
