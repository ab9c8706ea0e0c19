"""
The heading of a hunk: the path of the field that a line belongs to, as `explain` writes paths.

It comes from the parsed document: the text above a line does not tell keys from comments and texts.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from postrender.reports.fields import key_step, list_labels
from postrender.reports.masking import masked, read_alone
from postrender.yamltext.nodes import Mapping, Sequence
from postrender.yamltext.reader import ReadError
from postrender.yamltext.scalars import key_text

if TYPE_CHECKING:
    from postrender.data import Data
    from postrender.yamltext.nodes import Node


class Headings:
    """The headings of the lines of one document; they are empty if it cannot be read."""

    def __init__(self, text: str, lines: list[str]) -> None:
        self._text = text
        self._lines = lines
        self._starts = [*accumulate(map(len, lines), initial=0)]
        self._labels: dict[int, list[str]] = {}

    @cached_property
    def _root(self) -> Node | None:
        try:
            return read_alone(self._text)
        except ReadError:
            return None

    @cached_property
    def _data(self) -> Data:
        """Masked, because keys and names inside of a secret do not belong in a heading."""
        return masked(self._root.data) if self._root else None

    def of(self, number: int) -> str:
        """The path of the innermost field that begins above a line (from 0) and holds it."""
        begin = self._starts[number]
        line = self._lines[number]
        place = begin + len(line) - len(line.lstrip())
        node, data, path, field = self._root, self._data, "", ""
        while found := _entry(node, data, begin, place):
            step, node = found
            if isinstance(step, str):
                path += key_step(step, path)
                field = step
            else:
                if id(data) not in self._labels:
                    self._labels[id(data)] = list_labels(data, field)
                path += f"[{self._labels[id(data)][step]}]"
                field = ""
            data = data[step]
        return path


def _entry(node: Node | None, data: Data, begin: int, place: int) -> tuple[str | int, Node] | None:
    """The key or index of the entry that starts before `begin` and holds `place`, and its node."""
    if isinstance(node, Mapping) and isinstance(data, dict):
        at = bisect_left(node.pairs, begin, key=lambda pair: pair[0].start) - 1
        if at >= 0 and place < node.pairs[at][1].end:
            key, value = node.pairs[at]
            step = _text(key)
            # The data has no merge keys, and none that Go refuses.
            return (step, value) if step in data else None
    # Of a key that is there twice, the data has the last value.
    elif isinstance(node, Sequence) and isinstance(data, list) and len(data) == len(node.items):
        at = bisect_left(node.items, begin, key=lambda item: item.start) - 1
        if at >= 0 and place < node.items[at].end:
            return at, node.items[at]
    return None


def _text(key: Node) -> str:
    """A key as the data has it; empty if Go refuses it."""
    try:
        return key_text(key.data)
    except ValueError:
        return ""
