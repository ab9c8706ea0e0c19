"""
Changes of a text by its lines or by its words: `$lines` and `$substitute`.

Lines keep their indentation and their line breaks, and the text a missing last one.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from postrender.errors import listed
from postrender.kubernetes.entries import MergeError
from postrender.kubernetes.lists import parts_of, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Object, Path
    from postrender.kubernetes.entries import Tell

    # The text of a line, and its line break: "\n", "\r\n", or nothing at the end of the text.
    Line = tuple[str, str]

_BLANK = " \t"
_SHOWN = 3
_LONGEST = 20


def with_lines(text: str, operations: Object, path: Path, tell: Tell) -> str:
    """
    The text with its lines as `$remove`, `$change`, `$add` and `$below` want them. Raises
    MergeError where a glob fits several lines.
    """
    lines = _lines(text)
    newline = "\r\n" if lines and lines[0][1] == "\r\n" else "\n"
    new = _changed(lines, operations, path, tell, newline, 0)
    return "".join(line + end for line, end in new)


def with_substitutes(text: str, substitutes: dict[str, str], path: Path, tell: Tell) -> str:
    """
    The text with every occurrence of each old text replaced, unless it is a part of the new text
    already. Raises MergeError where the next run would replace more.
    """
    for old, new in substitutes.items():
        if new is None:  # withdrawn by a layer
            continue
        # Whichever begins first; the new text is looked for first, so that it stays.
        either = [re.escape(new)] if old in new else []
        pattern = "|".join([*either, re.escape(old)])
        result = _replaced(pattern, new, text)
        is_found = result != text or (bool(new) and new in text)
        tell((*path, shown(old)), is_found=is_found)
        if _replaced(pattern, new, result) != result:
            message = "what it makes has the old text in it again, where two meet; write more of it"
            raise MergeError(message, (*path, old))
        text = result
    return text


def _replaced(pattern: str, new: str, text: str) -> str:
    """The text with the new one for each part that fits."""
    return re.sub(pattern, lambda _: new, text)


def _lines(text: str) -> list[Line]:
    """The lines of a text. One without a line break at its end has a last line with none."""
    found = []
    *whole, rest = text.split("\n")
    for line in whole:
        bare = line.removesuffix("\r")
        found.append((bare, line[len(bare) :] + "\n"))
    return [*found, (rest, "")] if rest else found


def _changed(
    lines: list[Line], operations: Object, path: Path, tell: Tell, newline: str, first: int
) -> list[Line]:
    """
    Some lines of a text, the first of which has the number `first` (from 0), as the operations want
    them.
    """
    new = list(lines)
    for _, glob in parts_of(operations.get("$remove"), (*path, "$remove")):
        place = _place(new, glob, (*path, "$remove", shown(glob)), tell, first)
        if place is not None:
            del new[place]
    change = operations.get("$change") or {}
    for glob, line in change.items():
        if line is not None:
            place = _place(new, glob, (*path, "$change", shown(glob)), tell, first, line)
            if place is not None:
                new[place] = (_indent(new[place][0]) + _bare(line), new[place][1])
    for _, line in parts_of(operations.get("$add"), (*path, "$add")):
        if not any(_bare(line) == _bare(known) for known, _ in new):
            new = _with_line(new, line, newline, is_section=first > 0)
    for header, inner in (operations.get("$below") or {}).items():
        at = (*path, "$below", header)
        place = _place(new, header, at, tell, first, is_glob=False)
        if place is not None and inner:
            start, end = place + 1, _end_of(new, place)
            if start == len(new) and not new[place][1]:
                new[place] = (new[place][0], newline)
            section = _changed(new[start:end], inner, at, tell, newline, first + start)
            new = [*new[:start], *section, *new[end:]]
    return _ended_as(new, lines, newline)


def _ended_as(new: list[Line], old: list[Line], newline: str) -> list[Line]:
    """The lines with the last line break that there was, or without the one that there was not."""
    if not new or not old:
        return new
    inner = [(line, end or newline) for line, end in new[:-1]]
    return [*inner, (new[-1][0], old[-1][1])]


def _place(
    lines: list[Line],
    wanted: str,
    path: Path,
    tell: Tell,
    first: int,
    line: str | None = None,
    *,
    is_glob: bool = True,
) -> int | None:
    """
    The place of the one line that fits, or that is the new `line` already. Raises MergeError where
    there are several.
    """
    fits = fnmatchcase if is_glob else str.__eq__
    found = [i for i, (text, _) in enumerate(lines) if fits(_bare(text), _bare(wanted))]
    if not found and line is not None:
        found = [i for i, (text, _) in enumerate(lines) if _bare(text) == _bare(line)][:1]
    tell(path, is_found=bool(found))
    if len(found) > 1:
        which = listed([f"{first + i + 1} ({_name(lines[i][0])})" for i in found], _SHOWN)
        message = f"it fits lines {which} of the text, and must fit one; write more of that line"
        raise MergeError(message, path)
    return found[0] if found else None


def _end_of(lines: list[Line], header: int) -> int:
    """
    Where the section below a header ends: at the next line that begins like it, with the same sign,
    indented or not (a table of TOML may have others in it). Below a header that begins with a
    letter or a digit, at the next line that is not indented deeper.
    """
    text = lines[header][0]
    deep = len(_indent(text))
    sign = text[deep : deep + 1]
    for i in range(header + 1, len(lines)):
        other = lines[i][0]
        if sign.isalnum():
            is_next = bool(other.strip()) and len(_indent(other)) <= deep
        else:
            is_next = _bare(other)[:1] == sign
        if is_next:
            return i
    return len(lines)


def _with_line(lines: list[Line], line: str, newline: str, *, is_section: bool) -> list[Line]:
    """
    The lines with a new one: behind the last that is not blank, in a section indented like it
    unless the new line is indented itself.
    """
    end = len(lines)
    while end and not lines[end - 1][0].strip():
        end -= 1
    if is_section and end and line[:1] not in _BLANK:
        line = _indent(lines[end - 1][0]) + line
    return [*lines[:end], (line, newline), *lines[end:]]


def _name(line: str) -> str:
    """What a message says of a line: its first word. What follows may be secret."""
    return re.split(r"[\s=:]", _bare(line), maxsplit=1)[0][:_LONGEST]


def _bare(line: str) -> str:
    return line.lstrip(_BLANK)


def _indent(line: str) -> str:
    return line[: len(line) - len(_bare(line))]
