"""The line of a rules file that a message is about, without what may be a secret in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postrender.reports.masking import MASK, Region, apart, comments, dots, regions, replaced
from postrender.reports.secrets import is_secret_name, names_secret
from postrender.rules.checker import first_word
from postrender.yamltext.nodes import Mapping, Scalar, Sequence
from postrender.yamltext.reader import ReadError, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postrender.errors import Where
    from postrender.yamltext.nodes import Node


# Words that are not secrets: letters, few digits. In text that is not YAML a key ends in a colon.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z_/-]{0,23}|[\d.]{1,6}|[-|>~*&!#=]{1,3}")
_PART = re.compile(r"[^\s,\[\]{}\"']+")
_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s:,\[\]{}]+")

# Fields of rules whose values are names, places and numbers.
_SHOWN = frozenset(
    (
        *("kind", "apiVersion", "name", "namespace", "source", "image", "hooks", "expect"),
        *("enabled", "position", "before", "after", "native", "remove", "op", "path", "from"),
        *("file", "mode", "shell", "platform", "pin", "volume", "subPath", "readOnly"),
        *("registry", "prefix", "newName", "newTag", "digest"),
    )
)


def excerpt(text: str, where: Where, message: str = "") -> tuple[str, int, int]:
    """
    The masked line of the file that a message is about, and where in it the wrong word begins (from
    0) and how long it is. The line is empty if all of it is masked. A value that the message quotes
    is not masked there, unless it has the name of a secret or is one for another reason.
    """
    if where.line > text.count("\n") + 1:
        return "", where.column - 1, 1
    offset = sum(len(line) + 1 for line in text.split("\n")[: where.line - 1])
    offset += where.column - 1
    masks = apart(text, list(_values(text, offset, message)))
    offset = next((mask.start for mask in masks if mask.start <= offset < mask.end), offset)
    before = replaced(text[:offset], [mask for mask in masks if mask.end <= offset])
    line = replaced(text, masks).split("\n")[where.line - 1].rstrip("\r")
    line = "" if line.strip() == MASK else line
    start = min(len(before) - (before.rfind("\n") + 1), len(line))
    word = _WORD.match(line, start)
    return line, start, len(word[0]) if word else 1


def _values(text: str, place: int, message: str) -> Iterator[Region]:
    """
    What may be a secret; a secret in the wrong place may be the mistake. Only keys of one word,
    plain words, values of fields that never hold secrets, and one at the place that the message
    quotes are shown.
    """
    try:
        root = read(text)
    except ReadError:
        yield from _parts(text)
        return
    yield from regions(text)

    def quoted(node: Scalar) -> bool:
        return node.start == place and f'"{node.text}"' in message

    done = 0
    for start, end, is_shown in _scalars(root, "", quoted) if root else ():
        yield from comments(text, done, start)
        if not is_shown:
            yield Region(start, end, dots(text[start:end]))
        done = end
    yield from comments(text, done, len(text))


def _parts(text: str) -> Iterator[Region]:
    """The same word by word, in a text that is not YAML; all of it if it may contain a Secret."""
    if "Secret" in text or "stringData" in text:
        yield Region(0, len(text), dots(text))
        return
    start = 0
    for line in text.splitlines(keepends=True):
        is_secret = names_secret(line)
        for found in _PART.finditer(line):
            word = found[0]
            is_key = word.endswith(":") and _PLAIN.fullmatch(word[:-1])
            if not is_key and (is_secret or not _PLAIN.fullmatch(word)):
                yield Region(start + found.start(), start + found.end(), dots(word))
        start += len(line)


def _scalars(
    node: Node, field: str, quoted: Callable[[Scalar], bool]
) -> Iterator[tuple[int, int, bool]]:
    """The scalars and aliases of a rules file with their places, and whether they may be shown."""
    if isinstance(node, Mapping):
        for key, value in node.pairs:
            yield key.start, key.end, isinstance(key, Scalar) and first_word(key.text) == key.text
            yield from _scalars(value, str(key.data), quoted)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _scalars(item, field, quoted)
    elif node.end > node.start:
        is_word = isinstance(node, Scalar) and len(node.text.split()) < 2
        is_plain = isinstance(node, Scalar) and _PLAIN.fullmatch(node.text) is not None
        is_open = is_plain or (isinstance(node, Scalar) and quoted(node))
        is_shown = (is_word and field in _SHOWN) or (is_open and not is_secret_name(field))
        yield node.start, node.end, is_shown
