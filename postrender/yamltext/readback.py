"""
Reads edited text back, only as far as it was edited, and says whether it holds the intended data.

Reading the changed lines is as good as reading the document, for these reasons. The lines are those
of one block collection that begins a line, from there to the line before the next that says
something. Where they begin, libyaml is in the same state whatever they say: outside quotes and flow
collections, with an indentation smaller than theirs; that is all it keeps of the text before, apart
from anchors and tags. If the new lines on their own are a collection of the same kind at the same
column, it is in the old state again where they end: what begins further to the left ends that
collection and whatever it ends with, as plain and block scalars go on in deeper lines only. What
follows is the old text in the old state, and says what it said.
"""

from __future__ import annotations

from postrender.data import same
from postrender.yamltext.nodes import Collection, Mapping, Node, Sequence
from postrender.yamltext.positions import column, line_start, next_line, starts_line
from postrender.yamltext.reader import MAX_DEPTH, read_simple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postrender.data import Data
    from postrender.yamltext.positions import Edit

# What gives lines a meaning beyond them: anchors and aliases, tags (by their handles), and a line
# break that libyaml and these functions may see differently.
_FAR_REACHING = ("&", "*", "!", "\r")

# As deep as the collection may be in the document, and what it holds in it.
_DEEP = MAX_DEPTH // 2 - 1
_ABSENT = object()


def reads_back(
    text: str,
    root: Node,
    new: Data,
    edits: list[Edit],
    result: str,
    resolve: Callable[[str], Data],
) -> bool:
    """
    Whether `result`, which `edits` have made of `text` (read as `root`), is sure to hold `new`.
    False also where only reading all of it can tell.
    """
    if not edits:
        return False
    first, last = min(edit[0] for edit in edits), max(edit[1] for edit in edits)
    for node, data in reversed(_around_changes(text, root, new)):
        start, end = line_start(text, node.start), _end_of_lines(text, node.end)
        if start <= first and last <= end:
            lines = result[start : len(result) - (len(text) - end)]
            return (
                _is_plain(text[start:end])
                and _is_plain(lines)
                and _hold(lines, isinstance(node, Mapping), node.start - start, data, resolve)
            )
    return False


def _around_changes(text: str, root: Node, new: Data) -> list[tuple[Collection, Data]]:
    """
    The collections that hold all that changes, from the outermost on, with their new data. Only
    block collections that begin a line, and not at its first column, as a document may.
    """
    found: list[tuple[Collection, Data]] = []
    node = root
    for _ in range(_DEEP):
        if not isinstance(node, Collection) or node.flow or type(new) is not type(node.data):
            break
        if column(text, node.start) and starts_line(text, node.start):
            found.append((node, new))
        changed = list(_changed(node, new))
        if len(changed) != 1:
            break
        [(node, new)] = changed
    return found


def _changed(node: Collection, new: Data) -> Iterator[tuple[Node, Data]]:
    """The nodes right below a collection that change, with their new data; none if some go."""
    old = node.data
    if len(new) != len(old):
        return
    if isinstance(node, Sequence):
        for item, data in zip(node.items, new, strict=True):
            if data is not item.data:
                yield item, data
    elif isinstance(node, Mapping) and not node.merges and len(node.pairs) == len(old):
        for (_, value), name in zip(node.pairs, old, strict=True):
            if (data := new.get(name, _ABSENT)) is not value.data:
                yield value, data


def _end_of_lines(text: str, end: int) -> int:
    """Where the next line begins that is neither blank nor a comment."""
    place = next_line(text, end)
    while place < len(text):
        following = next_line(text, place + 1) if text[place] != "\n" else place + 1
        bare = text[place:following].lstrip(" ")
        if bare.strip() and not bare.startswith("#"):
            break
        place = following
    return place


def _is_plain(lines: str) -> bool:
    """Whether lines mean what they mean by themselves, and are whole."""
    return (
        lines[-1:] == "\n" and lines.isascii() and not any(sign in lines for sign in _FAR_REACHING)
    )


def _hold(
    lines: str, is_mapping: bool, at: int, data: Data, resolve: Callable[[str], Data]
) -> bool:
    """Whether plain lines are one block collection at this column, of this kind, with this data."""
    found = read_simple(lines, resolve, _DEEP)
    return found is not None and found[:2] == (is_mapping, at) and same(found[2], data)
