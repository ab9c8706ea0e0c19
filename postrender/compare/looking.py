"""
Which documents of two streams belong together, by a look at their text: those that are the same,
and those of one object that differ. Reading a document takes a hundred times as long.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from postrender.compare.noise import without_noise

if TYPE_CHECKING:
    from postrender.stream.text import Document, Stream

    Name = tuple[str, str, str]

# So many bytes of documents that differ and that no rule matches are read, the shortest first: a
# second's work. CRDs are the long ones.
BUDGET = 1_000_000
# `metadata` in block style; its own keys have the indentation of the first one.
_METADATA = re.compile(
    rb"^metadata:[ ]*\r?\n(?P<body>(?:(?P<indent>[ ]+)\S[^\n]*\n)(?:[ ]+[^\n]*\n)*)", re.MULTILINE
)
_PLAIN = rb"[\"']?([a-z0-9][a-z0-9.:-]*)[\"']?[ ]*\r?$"


class Look(NamedTuple):
    """
    Documents of the old stream with those of the new one: `twins` are the same apart from what
    means nothing; `unread` differ, and are not read unless a rule matches them, with the names of
    their objects.
    """

    twins: dict[int, int]
    unread: dict[int, int]
    names: dict[int, str]

    @property
    def pairs(self) -> dict[int, int]:
        """All documents that belong together."""
        return {**self.twins, **self.unread}


def look(old: Stream, new: Stream, budget: int = BUDGET) -> Look:
    """Looks at both streams. Of documents that differ, so many bytes are left to be read."""
    twins = _twins(old, new)
    taken = set(twins.values())
    olds = _named(old, [i for i in range(len(old.documents)) if i not in twins])
    news = _named(new, [i for i in range(len(new.documents)) if i not in taken])
    sizes = {name: _size(old, olds[name]) + _size(new, news[name]) for name in olds if name in news}
    unread: dict[int, int] = {}
    names: dict[int, str] = {}
    for name, size in sorted(sizes.items(), key=lambda entry: entry[1]):
        budget -= size
        if budget < 0:
            unread[olds[name]] = news[name]
            names[news[name]] = "/".join(part for part in name if part)
    return Look(twins, unread, names)


def _twins(old: Stream, new: Stream) -> dict[int, int]:
    """Documents that are the same in both streams."""
    known: dict[bytes, list[int]] = {}
    for i, text in reversed([*enumerate(map(_text, [old] * len(old.documents), old.documents))]):
        known.setdefault(text, []).append(i)
    found = {}
    for j, document in enumerate(new.documents):
        text = _text(new, document)
        if text and known.get(text):
            found[known[text].pop()] = j
    return found


def _text(stream: Stream, document: Document) -> bytes:
    """A document's text without what means nothing; empty for one that is taken out."""
    if document.is_taken:
        return b""
    return without_noise(stream.data[document.body : document.end]).strip()


def _named(stream: Stream, numbers: list[int]) -> dict[Name, int]:
    """The documents whose object a look can tell, and that are the only ones of their name."""
    found = [(name, i) for i in numbers if (name := _name(stream, stream.documents[i]))]
    counts = Counter(name for name, _ in found)
    return {name: i for name, i in found if counts[name] == 1}


def _name(stream: Stream, document: Document) -> Name | None:
    """Kind, namespace and name of a document's object; None where only reading can tell."""
    kind = document.kind
    if document.is_taken or not kind or kind.endswith("List"):
        return None
    found = [*_METADATA.finditer(stream.data, document.body, document.end)]
    if len(found) != 1:
        return None
    fields = {}
    for key in (b"namespace", b"name"):
        lines = re.findall(
            rb"^" + found[0]["indent"] + key + rb":[ ]+" + _PLAIN, found[0]["body"], re.MULTILINE
        )
        if len(lines) > 1:
            return None
        fields[key] = lines[0].decode() if lines else ""
    return (kind, fields[b"namespace"], fields[b"name"]) if fields[b"name"] else None


def _size(stream: Stream, number: int) -> int:
    document = stream.documents[number]
    return document.end - document.body
