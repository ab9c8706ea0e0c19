"""
The stream of manifests: bytes to documents and back, without changing a byte.

A document is a slice of the input. Lines that begin with `---` separate documents, as in Helm and
kubectl (apimachinery's YAMLReader); an indented `---`, in a block scalar, does not. Splitting also
finds each document's `kind` cheaply, so that documents no rule can match are never parsed.
"""

from __future__ import annotations

from bisect import bisect_right

from postrender.errors import STDIN, StreamError, Where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BOM = b"\xef\xbb\xbf"
# Small enough that Python uses the same memory for each.
_CHUNK = 1 << 16
# What may hide a word from a search: an escape, an alias, `!!binary`.
_HIDING = (b"\\", b"*", b"!")
# An alias or a tag is at the beginning of a node: after a space, a line break (some of which end in
# the last three bytes), an indicator or a byte order mark. Elsewhere these characters are text.
_BEFORE_NODE = frozenset(b" \t\r\n[{,:\xbf\x85\xa8\xa9")
# Next to one of these, a word is only a part of a longer one.
_OF_WORDS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")

# The lines that part documents, those that give a kind, and those that begin with anything a root
# mapping written the usual way does not begin with.
_ODD = b"\"'?!&*{[<%@`|>\xef"
_TOLD = (b"---", b"kind ", b"kind\t", b"kind:", *(bytes([sign]) for sign in _ODD))
_MAY_BE_TOLD = frozenset(b"-k" + _ODD)
# The same as a pattern, in one pass. The look ahead makes it twice as fast: it passes over most
# lines by their first sign alone.
_LINE = rb"\n(?=[^ a-jl-zA-Z#\r\n])(?:---|kind[ \t:]|[\"'?!&*{\[<%@`|>\xef])"
_SHORTEST = 5  # bytes that tell whether a line is such a one
# Up to so many bytes, to look at each line takes less time than to load `re`.
_FEW_BYTES = 1 << 20
_AFTER_DASHES = (b"", b" ", b"\t", b"\r", b"\n")
# The patterns below are seldom needed: `re` is loaded when they are.
# A value that goes on below, indented, is none that a look can tell.
_KIND = (
    rb"kind:[ \t]+([\"']?)([A-Za-z][A-Za-z0-9]*)\1[ \t]*(?:[ \t]#[^\n]*)?\r?"
    rb"(?:\n(?!\s*[ \t][^\s#])|\Z)"
)
_BARE_SEPARATOR = rb"---[ \t]*(?:[ \t]#[^\n]*)?\r?(?:\n|\Z)"
_SOURCE = "# Source: "
# Line breaks to a YAML 1.1 reader, though not to _LINE: next line, line and paragraph separator.
_RARE_BREAKS = "\x85\u2028\u2029"


class Document:
    """
    One document: a slice of the stream's bytes.

    `start` is where its separator line begins, `body` where its own text does, `end` where the next
    one starts. `kind` is what the cheap look found: the kind's name, empty where there is certainly
    none, None where only parsing can tell.
    """

    __slots__ = ("body", "end", "is_taken", "kind", "start")

    def __init__(self, start: int, body: int, end: int, kind: str | None) -> None:
        self.start = start
        self.body = body
        self.end = end
        self.kind = kind
        self.is_taken = False


class Stream:
    """The input: its bytes and the documents in them."""

    __slots__ = ("_hiding", "_lines", "data", "documents", "newline")

    def __init__(self, data: bytes) -> None:
        unsure = _check_text(data)
        self._hiding: set[int] | None = None
        # The lines on which documents begin, of as many documents as were asked for.
        self._lines = [1]
        self.data = data
        self.documents = list(_split(data, unsure=unsure))
        first = data.find(b"\n")
        self.newline = "\r\n" if first > 0 and data[first - 1] == 13 else "\n"

    def text(self, document: Document) -> str:
        """A document's own text, without its separator line and without byte order mark."""
        return self.data[document.body : document.end].decode()

    def has_mark(self, document: Document) -> bool:
        """Whether there is a byte order mark between a document's separator and its text."""
        start = document.body - len(BOM)
        return start > document.start and self.data.startswith(BOM, start)

    def line_of(self, offset: int) -> int:
        """
        The line of the stream, from 1, that an offset is on. Each document is counted only once, so
        that asking for one line after the other takes the time of one pass through the stream.
        """
        data, documents, lines = self.data, self.documents, self._lines
        index = max(bisect_right(documents, offset, key=_start) - 1, 0)
        while len(lines) <= index:
            before = documents[len(lines) - 1]
            lines.append(lines[-1] + data.count(b"\n", before.start, before.end))
        start = documents[index].start if documents else 0
        return lines[index] + data.count(b"\n", start, offset)

    def of_kind(self, kind: str) -> list[Document]:
        """The documents that may be of a kind, as the look or the word itself says."""
        found = [document for document in self.documents if document.kind in {kind, None}]
        word = kind.encode()
        if not found or word not in self.data:
            return []
        return [d for d in found if d.kind or self.mentions(d, [word])]

    def mentions(self, document: Document, words: Iterable[bytes]) -> bool:
        """
        Whether a document may have all words among its scalars. Sound: where the answer is no, no
        plain, quoted or aliased scalar of it is one of them. A backslash may hide a word (as an
        escape), an alias name one that stands elsewhere, `!!binary` encode it.
        """
        data, body, end = self.data, document.body, document.end
        for word in words:
            if _word(data, word, body, end) < 0:
                return any(_sign(data, sign, body, end) >= 0 for sign in _HIDING)
        return True

    def mentioning(self, words: Iterable[bytes]) -> set[int]:
        """
        The indices of all documents that mention the words, as in `mentions`.

        For many documents this is faster: it goes through the stream once for each word.
        """
        if self._hiding is None:
            self._hiding = set().union(*(self._holding(_sign, sign) for sign in _HIDING))
        return self._hiding | set.intersection(*(self._holding(_word, word) for word in words))

    def _holding(self, find: Callable[[bytes, bytes, int, int], int], what: bytes) -> set[int]:
        """The indices of the documents in which something is found."""
        data, documents = self.data, self.documents
        starts = [document.start for document in documents]
        found = set()
        place = find(data, what, 0, len(data))
        while place >= 0:
            index = max(bisect_right(starts, place) - 1, 0)
            found.add(index)
            place = find(data, what, documents[index].end, len(data)) if documents else -1
        return found


def _start(document: Document) -> int:
    return document.start


def _word(data: bytes, word: bytes, start: int, end: int) -> int:
    """The offset of a word that is not part of a longer one; -1 if there is none."""
    place = data.find(word, start, end)
    while place >= 0:
        neighbours = {
            *data[max(place - 1, 0) : place],
            *data[place + len(word) : place + len(word) + 1],
        }
        if not neighbours & _OF_WORDS:
            break
        place = data.find(word, place + 1, end)
    return place


def _sign(data: bytes, sign: bytes, start: int, end: int) -> int:
    """Where a sign stands that may hide a word; -1 for nowhere."""
    place = data.find(sign, start, end)
    while place > 0 and sign != b"\\" and data[place - 1] not in _BEFORE_NODE:
        place = data.find(sign, place + 1, end)
    return place


def source(text: str) -> str | None:
    """The template path in Helm 3's `# Source:` comment above a document."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        line = text[start:end]
        path = line.removeprefix(_SOURCE).rstrip(" \t\r") if line.startswith(_SOURCE) else ""
        if path and not path[0].isspace():
            return path
        bare = line.lstrip(" \t")
        if bare not in ("", "\r") and bare[0] != "#":
            break
        start = end + 1
    return None


def _check_text(data: bytes) -> bool:
    """
    Refuses what is not text, with the place: Helm and kubectl read UTF-8 only.

    Returns whether there are line breaks that only some readers know: then no look is sure.
    """
    if b"\x00" in data:
        raise _not_text(data, data.index(b"\x00"), "a NUL byte")
    lone = b"\r" in data and data.count(b"\r") != data.count(b"\r\n")
    if data.isascii():
        return lone
    begin = 0
    while begin < len(data):
        end = min(begin + _CHUNK, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:  # inside a character
            end += 1
        chunk = data[begin:end]
        if not chunk.isascii():
            try:
                text = chunk.decode()
            except UnicodeDecodeError as error:
                raise _not_text(data, begin + error.start, "not UTF-8") from None
            lone = lone or any(sign in text for sign in _RARE_BREAKS)
        begin = end
    return lone


def _not_text(data: bytes, offset: int, what: str) -> StreamError:
    line = data.count(b"\n", 0, offset) + 1
    column = offset - data.rfind(b"\n", 0, offset)
    advice = "give YAML as Helm renders it"
    return StreamError(what, advice, where=Where(STDIN, line, column))


def _split(data: bytes, *, unsure: bool) -> Iterable[Document]:
    """
    The documents of a stream, in order. Text before the first separator is one too, unless there is
    none. `unsure`: there may be lines that _LINE does not see, so that no look at a kind is sure.

    Go takes a byte order mark for one only where a document begins. To YAMLReader, a separator with
    nothing before it is a part of the document, so that a mark behind it is within the text.
    """
    start = body = len(BOM) if data.startswith(BOM) else 0
    ends_one = True  # whether the last separator ended a document
    kinds: list[int] = []
    odd = unsure
    for place in _lines(data, start):
        if data.startswith(b"---", place) and data[place + 3 : place + 4] in _AFTER_DASHES:
            if place > start:
                yield Document(start, body, place, _kind(data, body, place, kinds, odd))
            start = place
            ends_one = place > body or not ends_one
            body = _behind(data, place)
            kinds = []
            odd = unsure
            if ends_one and data.startswith(BOM, body):
                body += len(BOM)
                odd = True  # the first line does not begin where _LINE looks
        elif data.startswith(b"kind", place):
            kinds.append(place)
        elif place >= body:
            odd = True
    if len(data) > start:
        yield Document(start, body, len(data), _kind(data, body, len(data), kinds, odd))


def _lines(data: bytes, start: int) -> Iterable[int]:
    """Where the lines begin that _split must look at."""
    if len(data) > _FEW_BYTES:
        import re

        pattern = re.compile(_LINE)
        if pattern.match(b"\n" + data[start : start + _SHORTEST]):
            yield start
        for found in pattern.finditer(data, start):
            yield found.start() + 1
        return
    for line in data[start:].split(b"\n"):
        if line and line[0] in _MAY_BE_TOLD and line.startswith(_TOLD):
            yield start
        start += len(line) + 1


def _behind(data: bytes, place: int) -> int:
    """Where the text behind a separator begins: at the separator if it has text on its own line."""
    if data.startswith(b"---\n", place):
        return place + 4
    import re

    bare = re.compile(_BARE_SEPARATOR).match(data, place)
    return bare.end() if bare else place


def _kind(data: bytes, body: int, end: int, kinds: list[int], odd: bool) -> str | None:
    """What the lines found say of a document's kind: see Document."""
    if odd or len(kinds) > 1:
        return None
    first = _first_said(data, body, end)
    if not data[first : min(first + 1, end)].isalpha():
        return "" if first == end and not kinds else None
    if not kinds:
        return ""
    place = kinds[0]
    line_end = data.find(b"\n", place, end - 1)
    name = data[place + 6 : line_end] if line_end >= 0 else b""  # behind `kind: `
    if name.isalpha() and data[place + 5] == 32 and data[line_end + 1 : line_end + 2].isalpha():
        return name.decode()
    import re

    found = re.compile(_KIND).match(data, place, end)
    return found[2].decode() if found else None


def _first_said(data: bytes, body: int, end: int) -> int:
    """Where a document's first line begins that is neither blank nor a comment."""
    while body < end:
        line_end = data.find(b"\n", body, end)
        bare = data[body : end if line_end < 0 else line_end].lstrip(b" \t")
        if bare and bare[0] != 35 and (bare != b"\r" or line_end < 0):  # 35: "#"
            break
        body = end if line_end < 0 else line_end + 1
    return body
