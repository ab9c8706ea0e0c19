"""What becomes of a document's anchors while it is edited: do its aliases still say the same?"""

from __future__ import annotations

from postrender.data import same
from postrender.yamltext.nodes import Alias, Mapping, Node, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from postrender.data import Data


class Anchors:
    """
    The anchors of one document. It must be told of changes in the order of the text, in which an
    anchor comes before its aliases.

    `shared` says whether there are aliases at all: then an edit can show at another place, and no
    part of the document may be passed over. Rare, and dearer.
    """

    __slots__ = ("_gone", "_now", "shared")

    def __init__(self, text: str, root: Node, outer: Iterable[Node]) -> None:
        self.shared = "*" in text and _has_alias(root)
        # By identity of the anchored node: no longer there; there with other data.
        self._gone = {id(node) for node in outer}
        self._now: dict[int, Data] = {}

    def change(self, node: Node, new: Data) -> None:
        """A node is edited in place and stays what its aliases name."""
        if node.anchor is not None:
            self._now[id(node)] = new

    def remove(self, node: Node) -> None:
        """The text of a node goes, and with it all anchors in it."""
        if not self.shared:
            return
        if node.anchor is not None:
            self._gone.add(id(node))
        for child in _children(node):
            self.remove(child)

    def keeps(self, alias: Alias, meant: Data) -> bool:
        """Whether an alias, left as it is, says what is meant."""
        target = alias.target
        return id(target) not in self._gone and same(self._now.get(id(target), target.data), meant)

    def is_touched(self, node: Node) -> bool:
        """Whether an alias, or one in this node, stands for something else than before."""
        if isinstance(node, Alias):
            return not self.keeps(node, node.data)
        return any(map(self.is_touched, _children(node)))


def last_anchored(node: Node, anchor: str) -> Node | None:
    """The node that an alias after this one would name."""
    found = node if node.anchor == anchor else None
    for child in _children(node):
        found = last_anchored(child, anchor) or found
    return found


def _has_alias(node: Node) -> bool:
    return isinstance(node, Alias) or any(map(_has_alias, _children(node)))


def _children(node: Node) -> Iterable[Node]:
    if isinstance(node, Mapping):
        return [child for pair in node.pairs for child in pair]
    return node.items if isinstance(node, Sequence) else ()
