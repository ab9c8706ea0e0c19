"""
Reads edited text back, only as far as it was edited, and says whether it holds the intended data.

Reading the changed lines is as good as reading the document, for these reasons. The lines are those
of some entries of one block collection, from the line that the first begins to the line of the
entry after them, or to the next that says something below the collection. Where they begin, libyaml
is in the same state whatever they say: outside quotes and flow collections, in this collection or
about to begin it; their first line stands at its column and so ends whatever the entry before it
ends with, as plain and block scalars go on in deeper lines only. That is all libyaml keeps of the
text before, apart from anchors and tags. If the new lines on their own are a collection of the same
kind at the same column, libyaml is in the old state again where they end, for the same reason: the
next entry stands at the column, and what is below the collection further to the left. What follows
is the old text in the old state, and says what it said.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from postrender.data import same
from postrender.value import memo
from postrender.yamltext.nodes import Mapping, Node, Sequence
from postrender.yamltext.positions import column, dash_before, line_start, next_line
from postrender.yamltext.reader import MAX_DEPTH, read_simple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from postrender.data import Data
    from postrender.yamltext.positions import Edit

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
    first, last = edits[0][:2]
    if len(edits) > 1:
        first, last = min(edit[0] for edit in edits), max(edit[1] for edit in edits)
    for node, data, at in reversed(_around_changes(text, root, new)):
        entries = _Entries(text, node, at)
        i, j = entries.around(first, last)
        start, end = entries.line(i), entries.line(j)
        if not 0 <= start <= first <= last <= end:
            continue
        old, lines = text[start:end], result[start : len(result) - (len(text) - end)]
        meant = entries.others(i, j, data)
        if meant is None or not (_is_plain(old) and _is_plain(lines)):
            return False
        if lines:
            return _hold(lines, isinstance(node, Mapping), entries.column, meant, resolve)
        return not meant and entries.count > j - i  # an empty collection is written in another way
    return False


def _around_changes(text: str, root: Node, new: Data) -> list[tuple[Mapping | Sequence, Data, int]]:
    """
    The collections that hold all that changes, from the outermost on, with their new data and their
    columns. Only block collections without merge keys and duplicates, and not at the first column,
    as a document may be.
    """
    found: list[tuple[Mapping | Sequence, Data, int]] = []
    node = root
    for _ in range(_DEEP):
        if isinstance(node, Mapping):
            if not node.is_plain():
                break
        elif not isinstance(node, Sequence):
            break
        if node.flow or type(new) is not type(node.data):
            break
        at = column(text, node.start)
        if at:
            found.append((node, new, at))
        changed = _changed(node, new)
        if changed is None:
            break
        node, new = changed
    return found


def _changed(node: Mapping | Sequence, new: Data) -> tuple[Node, Data] | None:
    """The one node right below a collection that changes, with its new data; else None."""
    if len(new) != len(node.data):
        return None
    if isinstance(node, Sequence):
        places = [i for i, old in enumerate(node.data) if new[i] is not old]
        return (node.items[places[0]], new[places[0]]) if len(places) == 1 else None
    # Each entry of a plain mapping is in its data, in the same order.
    entries = enumerate(node.data.items())
    found = [(i, name) for i, (name, old) in entries if new.get(name, _ABSENT) is not old]
    if len(found) != 1 or found[0][1] not in new:
        return None
    [(i, name)] = found
    return node.pairs[i][1], new[name]


class _Entries:
    """The entries of a block collection and the lines that they begin."""

    def __init__(self, text: str, node: Mapping | Sequence, at: int) -> None:
        self.text = text
        self.node = node
        self.column = at
        self.starts = (
            [key.start for key, _ in node.pairs]
            if isinstance(node, Mapping)
            else [item.start for item in node.items]
        )
        self.count = len(self.starts)
        self.below = _end_of_lines(text, node.end)

    def around(self, first: int, last: int) -> tuple[int, int]:
        """The entries from one to before another that have all between two offsets."""
        i = bisect_right(self.starts, first)
        if i == self.count or self.line(i) > first:
            i -= 1
        if i == self.count - 1 and self.below <= first:
            i += 1
        return i, max(i, bisect_left(self.starts, last))

    def line(self, at: int) -> int:
        """
        Where the line of an entry begins, or the line below all; -1 where an entry does not begin
        its line.
        """
        text = self.text
        if at == self.count:
            return self.below
        start = self.starts[at]
        if isinstance(self.node, Sequence):
            start = max(dash_before(text, start), 0)
        line = line_start(text, start)
        is_first = start - line == self.column and text.startswith(" " * self.column, line)
        return line if is_first else -1

    def others(self, i: int, j: int, new: Data) -> Data:
        """
        The new data without that of the entries outside of these; None where those change, too.
        """
        old, after = self.node.data, self.count - j
        if isinstance(self.node, Sequence):
            end = len(new) - after
            outside = zip((*old[:i], *old[j:]), (*new[:i], *new[max(end, 0) :]), strict=False)
            is_kept = end >= i and all(one is other or same(one, other) for one, other in outside)
            return new[i:end] if is_kept else None
        names = [*old]
        kept = {*names[:i], *names[j:]}
        for name in kept:
            value = new.get(name, _ABSENT)
            if value is not old[name] and not same(value, old[name]):
                return None
        return {name: value for name, value in new.items() if name not in kept}


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
    if not lines.isascii() or lines[-1:] not in ("", "\n"):
        return False
    # Anchors and aliases, tags (by their handles), and a line break that libyaml and these
    # functions may see differently.
    return not ("&" in lines or "*" in lines or "!" in lines or "\r" in lines)


def _hold(
    lines: str, is_mapping: bool, at: int, data: Data, resolve: Callable[[str], Data]
) -> bool:
    """Whether plain lines are one block collection at this column, of this kind, with this data."""
    if lines[:at].strip(" ") or lines[at] in " \t\n#":
        return False
    found = _read(lines, resolve)
    return found is not None and found[:2] == (is_mapping, at) and same(found[2], data)


# A rule writes the same lines into many documents.
@memo
def _read(lines: str, resolve: Callable[[str], Data]) -> tuple[bool, int, Data] | None:
    return read_simple(lines, resolve, _DEEP)
