"""
Reads a document of simple lines, as most objects of a chart are, in half the time that libyaml and
its events in Python take. What is not simple is left to libyaml.

A simple line means one thing, whatever stands around it: it is blank or a comment, `key:` or
`key: value`, also behind the dash of an item, or `- value`. A key is a word, or in quotes. A value
ends on its line: it is plain and without signs that may be indicators, or in quotes and without
quotes and backslashes, or `{}`, or a list of such words and quotes in brackets. A line stands at
the column of an open collection, or begins one where a key waits for its value. So no value goes on
in the next line, and libyaml has no choice left. tests/properties/test_lines.py compares the two.
"""

from __future__ import annotations

from postrender.yamltext.nodes import Mapping, Node, Scalar, Sequence, scalar
from postrender.yamltext.scalars import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Ends of lines that begin a block scalar: not simple, but perhaps far below.
_BLOCKS = ("|\n", "|-\n", ">\n", ">-\n")
# Signs that plain values may have, and those that may be their first.
_SIGNS = " -_./:@+=,%$()~^;"
_FIRST = frozenset("-_./$(")
_AS_LETTERS = str.maketrans(_SIGNS, "a" * len(_SIGNS))
_IN_WORDS = str.maketrans("-_./", "aaaa")
_QUOTES = ("'", '"')
_LONGEST_KEY = 1000  # libyaml takes 1024: scanner.c, yaml_parser_stale_simple_keys
_DEEPEST = 50
# Words that were found to be keys.
_KEYS: set[str] = set()
_MOST_KEYS = 4096


def read_lines(text: str) -> Mapping | None:
    """
    The root node of a document of simple lines, as `reader.read` finds it; None for all others.
    """
    if not text.isascii() or any(end in text for end in _BLOCKS):
        return None
    root = Mapping(0, None, None, False)
    # The innermost open collection with its column, and those around it.
    top: Any = root
    column = 0
    outer: list[tuple[Any, int]] = []
    key: Scalar | None = None  # one that waits for its value
    following = 0
    for line in text.split("\n"):
        content = line.lstrip(" ")
        indent = len(line) - len(content)
        start = following + indent
        following += len(line) + 1
        if not content:
            continue
        if content[-1] == " ":
            content = content.rstrip(" ")
        if content[0] == "#":
            if not content.isprintable():
                return None
            continue
        is_item = content[0] == "-"
        if key is not None and (indent > column or (is_item and indent == column)):
            new: Mapping | Sequence = (Sequence if is_item else Mapping)(start, None, None, False)
            top.pairs.append((key, new))
            top.data[key.text] = new.data
            key = None
            outer.append((top, column))
            top, column = new, indent
        else:
            if key is not None:
                _add_null(top, key)
                key = None
            kind = Sequence if is_item else Mapping
            while outer and (column > indent or type(top) is not kind):
                _close(top)
                top, column = outer.pop()
            if column != indent or type(top) is not kind:
                return None
        if is_item:
            if content[1:2] != " ":
                return None
            start += 2
            content = content[2:]
        name, colon, value = content.partition(": ")
        if is_item:
            if not colon and content[-1:] != ":":
                node = _value(content, start)
                if node is None:
                    return None
                top.items.append(node)
                top.data.append(node.data)
                continue
            new = Mapping(start, None, None, False)
            top.items.append(new)
            top.data.append(new.data)
            outer.append((top, column))
            top, column = new, indent + 2
        if not colon:
            if content[-1:] != ":":
                return None
            name = content[:-1]
        key = Scalar()
        key.start = start
        key.end = start + len(name)
        key.anchor = key.tag = None
        key.style = ""
        if name not in _KEYS and not _is_key(name):
            inner = _quoted(name)
            if inner is None:
                return None
            key.style, name = name[0], inner
        key.text = key.data = name
        if colon:
            at = key.end + 2
            if value[0] == " ":
                at += len(value) - len(value.lstrip(" "))
                value = value.lstrip(" ")
            node = _value(value, at)
            if node is None:
                return None
            top.pairs.append((key, node))
            top.data[name] = node.data
            key = None
        if len(outer) > _DEEPEST:
            return None
    if key is not None:
        _add_null(top, key)
    if not root.pairs:
        return None
    _close(top)
    for node, _ in reversed(outer):
        _close(node)
    root.start = root.pairs[0][0].start
    return root


def _is_key(name: str) -> bool:
    """Whether a name is a word that Go takes for a key as it is; it is known from then on."""
    if len(name) > _LONGEST_KEY or not name[:1].isalpha() or not _is_word(name):
        return False
    if resolve(name) is not name:
        return False
    if len(_KEYS) == _MOST_KEYS:
        _KEYS.clear()
    _KEYS.add(name)
    return True


def _is_word(text: str) -> bool:
    """Whether a text has only letters, digits and `-_./`."""
    return text.isalnum() or text.translate(_IN_WORDS).isalnum()


def _quoted(text: str) -> str | None:
    """The text in simple quotes; None for all others."""
    inner = text[1:-1]
    if text[:1] not in _QUOTES or len(text) == 1 or text[-1] != text[0] or len(text) > _LONGEST_KEY:
        return None
    if text[0] in inner or "\\" in inner or not inner.isprintable():
        return None
    return inner


def _value(text: str, start: int) -> Node | None:
    """The node of a simple value; None for all others."""
    first = text[:1]
    node = Scalar()
    node.start = start
    node.end = start + len(text)
    node.anchor = node.tag = None
    if first in _QUOTES:
        inner = _quoted(text)
        if inner is None:
            return None
        node.style = first
        node.text = node.data = inner
        return node
    if first == "[":
        return _list(text, start)
    if text == "{}":
        empty = Mapping(start, None, None, True)
        empty.end = start + 2
        return empty
    if not text.isalnum() and not _is_plain(text):
        return None
    node.style = ""
    node.text = node.data = text
    try:
        node.data = resolve(text)
    except ValueError:
        return None
    return node


def _list(text: str, start: int) -> Sequence | None:
    """The node of a list of words and quotes in brackets; None for all others."""
    if text[-1] != "]":
        return None
    node = Sequence(start, None, None, True)
    node.end = start + len(text)
    at = start + 1
    for part in text[1:-1].split(",") if text != "[]" else ():
        bare = part.strip(" ")
        if bare[:1] not in _QUOTES and not (bare[:1].isalnum() and _is_word(bare)):
            return None
        item = _value(bare, at + len(part) - len(part.lstrip(" ")))
        if item is None:
            return None
        node.items.append(item)
        node.data.append(item.data)
        at += len(part) + 1
    return node


def _is_plain(text: str) -> bool:
    """Whether a text is a plain scalar and nothing else, without a colon or blank at its end."""
    return (
        (text[:1].isalnum() or text[:1] in _FIRST)
        and text.translate(_AS_LETTERS).isalnum()
        and text[-1] not in ": "
        and text != "-"
        and ": " not in text
        and not text.startswith(("- ", "---", "..."))
    )


def _add_null(parent: Mapping, key: Scalar) -> None:
    """An entry without value: libyaml finds it behind the colon."""
    parent.pairs.append((key, scalar(key.end + 1, key.end + 1, "", "", None, None, None)))
    parent.data[key.text] = None


def _close(node: Mapping | Sequence) -> None:
    """The end of a collection is that of the last thing in it."""
    if isinstance(node, Mapping):
        node.end = node.pairs[-1][1].end
    else:
        node.end = node.items[-1].end
