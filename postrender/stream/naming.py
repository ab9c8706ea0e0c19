"""
What a document's object is called, by a look at its text: a rule that names one object need not
have all others of its kind read.

A look tells a name only where it is certain, which it is in what charts usually render: `metadata:`
as the only line of that kind at the first column, and below it, without quotes or brackets that go
on on another line, `name:` as the only one at the column of its entries, with a name behind it. If
such a line is a part of something else, then there is no other that could be the key.
"""

from __future__ import annotations

from postrender.yamltext.scalars import resolve

_KEY = b"metadata"
_BLANKS = b" \t\r"


def name_in(data: bytes, body: int, end: int) -> str | None:
    """
    The name in a document's text (`data` from `body` to `end`), whose root mapping is written the
    usual way, as `Document.kind` says; empty where there is none. None where only parsing can tell.
    """
    start = body if data.startswith(_KEY, body) else data.find(b"\n" + _KEY, body, end) + 1
    if not data.startswith(_KEY, start) or data.find(b"\n" + _KEY, start, end) >= 0:
        return None
    place = _line_end(data, start, end)
    if not _is_bare(data[start + len(_KEY) : place]):
        return None
    column = 0
    name = b""
    is_just_named = False
    while place < end:
        begin, place = place + 1, _line_end(data, place + 1, end)
        line = data[begin:place].rstrip(_BLANKS)
        bare = line.lstrip(b" ")
        if not bare or bare[0] == 35:  # a comment
            continue
        indent = len(line) - len(bare)
        if not indent:
            if not column or not bare[:1].isalpha():
                return None
            break
        if not _is_closed(bare):
            return None
        column = column or indent
        if indent < column or (indent > column and is_just_named):  # the name goes on
            return None
        is_just_named = False
        if indent > column:
            continue
        if not bare[:1].isalpha():
            return None
        if bare.startswith(b"name") and not bare[4:5].isalnum():
            given = None if name else _name(bare[4:])
            if given is None:
                return None
            name, is_just_named = given, True
    return name.decode()


def _line_end(data: bytes, start: int, end: int) -> int:
    place = data.find(b"\n", start, end)
    return end if place < 0 else place


def _is_closed(line: bytes) -> bool:
    """Whether what is in quotes or brackets ends on its line: else any column goes on with it."""
    has_single, has_double = b"'" in line, b'"' in line
    brackets = sum(line.count(sign) for sign in (b"{", b"}", b"[", b"]"))
    if has_single or has_double:
        is_one_kind = not (has_single and has_double) and not brackets
        quotes = line.count(b"'") + line.count(b'"')
        return is_one_kind and quotes % 2 == 0 and not (has_double and b"\\" in line)
    return not brackets or (
        line.count(b"{") == line.count(b"}") and line.count(b"[") == line.count(b"]")
    )


def _is_bare(rest: bytes) -> bool:
    """Whether a line has nothing behind its key but the colon and a comment."""
    return (
        rest[:1] == b":"
        and rest[1:2] in (b"", b" ", b"\t", b"\r")
        and (rest[1:].strip(_BLANKS)[:1] in (b"", b"#"))
    )


def _name(rest: bytes) -> bytes | None:
    """The name behind `name`: a colon, a plain or quoted scalar of a name's letters, a comment."""
    if rest[:1] != b":" or rest[1:2] not in (b" ", b"\t"):
        return None
    text = rest[1:].partition(b" #")[0].strip(_BLANKS)
    if text[:1] in (b'"', b"'") and text[:1] == text[-1:]:
        text, is_plain = text[1:-1], False
    else:
        is_plain = True
    if not text.replace(b"-", b"").replace(b".", b"").isalnum() or not text[:1].isalnum():
        return None
    return None if is_plain and not isinstance(resolve(text.decode()), str) else text
