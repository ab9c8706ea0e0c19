"""
Trees for a terminal. They look as `rich` draws them, which is much slower for thousands of objects.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postrender.commands.console import Screen

    # Parts of a line, each with its style.
    Line = list[tuple[str, str]]


class Tree(NamedTuple):
    """A node: its label is one line, or facts: names, each with its lines."""

    label: Line | dict[str, list[str]]
    below: list[Tree]

    def add(self, label: Line | dict[str, list[str]]) -> Tree:
        """A new node below this one."""
        self.below.append(Tree(label, []))
        return self.below[-1]


_FORK, _LAST, _PAST, _NOTHING = "├── ", "└── ", "│   ", "    "
# Between the name of a fact and its lines.
_GAP = 2
# A text gets at least so many columns: on a narrower screen it is better to leave the column.
_NARROWEST = 16
_WORD = re.compile(r"\s*\S+\s*")


def drawn(trees: Iterable[Tree], end: str, screen: Screen) -> str:
    """Trees and a last line, if there is one, each with an empty line between."""
    lines = [line for tree in trees for line in (*_drawn(tree, "", "", screen), "")]
    lines += _drawn(Tree([(end, "")], []), "", "", screen) if end else []
    return "".join(f"{line}\n" for line in lines)


def _drawn(tree: Tree, first: str, rest: str, screen: Screen) -> Iterator[str]:
    """The lines of a node behind `first`, and behind `rest` the further ones and those below it."""
    room = None if screen.width is None else screen.width - len(first)
    guide = first
    for line in _label(tree.label, room):
        text = "".join(screen.paint(part, style) for part, style in line)
        yield f"{screen.paint(guide, 'quiet')}{text}".rstrip()
        guide = rest
    for node in tree.below:
        is_last = node is tree.below[-1]
        begin, go_on = (_LAST, _NOTHING) if is_last else (_FORK, _PAST)
        yield from _drawn(node, rest + begin, rest + go_on, screen)


def _label(label: Line | dict[str, list[str]], room: int | None) -> Iterator[Line]:
    """The lines of a label, broken to fit in as many columns."""
    if isinstance(label, list):
        yield from _broken(label, room)
        return
    column = max(map(_cells, label)) + _GAP
    left = None if room is None else room - column
    for name, lines in label.items():
        head = name + " " * (column - _cells(name))
        for line in lines:
            for part in _broken([(line, "")], left):
                yield [(head, "quiet"), *part]
                head = " " * column


def _broken(line: Line, room: int | None) -> Iterator[Line]:
    """A line in parts of at most as many columns: between words, in words that are too long."""
    line = [(text.expandtabs(), style) for text, style in line]
    if room is None or sum(_cells(text) for text, _ in line) <= room:
        yield line
        return
    ends = [*_breaks("".join(text for text, _ in line), max(room, _NARROWEST))]
    part: Line = []
    done = 0
    for text, style in line:
        start = 0
        while ends and ends[0] <= done + len(text):
            end = ends.pop(0) - done
            yield [*part, (text[start:end], style)]
            part, start = [], end
        part.append((text[start:], style))
        done += len(text)
    yield part


def _breaks(text: str, room: int) -> Iterator[int]:
    """Where a text is broken."""
    used = 0
    for found in _WORD.finditer(text):
        start, word = found.start(), found[0]
        if _cells(word.rstrip()) <= room - used:
            used += _cells(word)
        elif _cells(word.rstrip()) <= room:
            yield start
            used = _cells(word)
        else:
            from rich.cells import chop_cells

            parts = chop_cells(word, room)
            for part in parts:
                if start:
                    yield start
                start += len(part)
            used = _cells(parts[-1])


def _cells(text: str) -> int:
    """How many columns a text takes; some characters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
