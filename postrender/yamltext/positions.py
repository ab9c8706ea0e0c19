"""
Positions in a text, and edits to it, which are collected against the old text and applied at once.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    # start and end of what goes, what comes instead, and the column that orders inserts at one
    # place
    Edit = tuple[int, int, str, int]


class NotInPlace(Exception):
    """A node cannot be edited in place, so a node around it is reformatted."""


def apply(text: str, edits: list[Edit]) -> str:
    """
    The text with all edits made. Of two inserts at one place the deeper one comes first: it belongs
    to what ends there.

    Edits must not overlap; a deletion may begin where an insert stands.
    """
    if len(edits) == 1:
        [(start, end, new, _)] = edits
        return f"{text[:start]}{new}{text[end:]}"
    parts: list[str] = []
    done = 0
    for start, end, new, _ in sorted(
        edits, key=lambda edit: (edit[0], edit[1] > edit[0], -edit[3])
    ):
        if start < done:
            raise ValueError("edits overlap")
        parts += (text[done:start], new)
        done = end
    parts.append(text[done:])
    return "".join(parts)


def line_start(text: str, offset: int) -> int:
    """Where the line of `offset` begins."""
    return text.rfind("\n", 0, offset) + 1


def column(text: str, offset: int) -> int:
    """The column of `offset`; as libyaml counts, a tab is one column."""
    return offset - line_start(text, offset)


def starts_line(text: str, offset: int) -> bool:
    """Whether only blanks stand before `offset` on its line."""
    return not text[line_start(text, offset) : offset].strip(" \t")


def next_line(text: str, offset: int) -> int:
    """
    Where the line after the one of `offset` begins; `offset` itself where a block scalar has just
    ended a line.
    """
    if offset and text[offset - 1] == "\n":
        return offset
    end = text.find("\n", offset)
    return len(text) if end < 0 else end + 1


def blanks_end(text: str, offset: int) -> int:
    """The end of a line where only blanks are left of it at `offset`; else `offset` itself."""
    rest = text[offset : text.find("\n", offset)].rstrip("\r")
    return offset if rest.strip(" \t") else offset + len(rest)


def after_entry(text: str, end: int, indent: int) -> int:
    """
    Where something new can follow an entry at column `indent` that ends at `end`: below its own,
    deeper comments.
    """
    place = next_line(text, end)
    ahead = place
    while ahead < len(text):
        following = next_line(text, ahead + 1) if text[ahead] != "\n" else ahead + 1
        line = text[ahead:following]
        bare = line.lstrip(" ")
        if bare.startswith("#"):
            if len(line) - len(bare) <= indent:
                break
            place = following
        elif bare.strip():
            break
        ahead = following
    return place


def before_entry(text: str, start: int) -> int:
    """
    Where something new can stand before an entry that begins its line: above the comments that lead
    it, but below those that begin the document, which say where it comes from.
    """
    begin = place = line_start(text, start)
    indent = start - place
    while place:
        previous = line_start(text, place - 1)
        line = text[previous:place]
        bare = line.lstrip(" ")
        if not bare.startswith("#") or len(line) - len(bare) != indent:
            break
        place = previous
    return place or begin


def dash_before(text: str, offset: int) -> int:
    """
    The offset of the dash of the list item at `offset`, across line breaks and comments; -1 if it
    is unknown.
    """
    while True:
        begin = line_start(text, offset)
        before = text[begin:offset].partition("#")[0].rstrip(" \t\r")
        if before.endswith("-"):
            return begin + len(before) - 1
        if before or not begin:
            return -1
        offset = begin - 1


def colon_after(text: str, offset: int) -> int:
    """
    Where the colon of the key that ends at `offset` stands, over line breaks and comments before
    it; -1 where there is none.
    """
    while offset < len(text):
        line = text[offset : next_line(text, offset + 1)]
        bare = line.lstrip(" \t")
        if bare.startswith(":"):
            return offset + len(line) - len(bare)
        if bare.strip() and not bare.startswith("#"):
            break
        offset += len(line)
    return -1


def question_before(text: str, offset: int) -> int:
    """Where the `?` of the key at `offset` stands; `offset` itself where there is none."""
    before = text[line_start(text, offset) : offset].rstrip(" \t")
    return line_start(text, offset) + len(before) - 1 if before.endswith("?") else offset
