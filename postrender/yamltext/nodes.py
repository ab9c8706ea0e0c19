"""
The nodes of one YAML document, with their places in its text.

A node knows four things: where its own text begins and ends (`start`, `end`: offsets in the
document's text, in code points), its anchor and explicit tag, and the `data` that Go reads in it.
`end` is the end of what the node says: before trailing comments and blank lines, after the line
break that closes a block scalar.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from postrender.data import Data


class Node:
    """What all nodes have. `data` is Go's reading of the node; nothing may change it in place."""

    __slots__ = ("anchor", "data", "end", "start", "tag")

    start: int
    end: int
    anchor: str | None
    tag: str | None
    data: Data

    def children(self) -> Iterable[Node]:
        """The nodes right below this one: keys and values, or items."""
        return ()

    def last_anchored(self, anchor: str) -> Node | None:
        """The node with this anchor, here or below, that an alias behind them all would name."""
        found = self if self.anchor == anchor else None
        for child in self.children():
            found = child.last_anchored(anchor) or found
        return found


class Scalar(Node):
    """
    A scalar. `text` is its value as text, `style` one of `|`, `>`, `'`, `"` or empty for a plain
    one. The reader sets the fields one by one: a call with seven arguments takes twice as long.
    """

    __slots__ = ("style", "text")

    text: str
    style: str


def scalar(
    start: int, end: int, text: str, style: str, data: Data, anchor: str | None, tag: str | None
) -> Scalar:
    """A scalar with these fields."""
    node = Scalar()
    node.start = start
    node.end = end
    node.text = text
    node.style = style
    node.data = data
    node.anchor = anchor
    node.tag = tag
    return node


class Collection(Node):
    """A mapping or a sequence. `flow`: written with braces or brackets."""

    __slots__ = ("flow",)

    flow: bool


class Mapping(Collection):
    """A mapping. `pairs` are its entries as written: duplicates and merge keys (`<<`) included."""

    __slots__ = ("merges", "pairs")

    def __init__(self, start: int, anchor: str | None, tag: str | None, flow: bool) -> None:
        self.start = start
        self.end = start
        self.anchor = anchor
        self.tag = tag
        self.flow = flow
        self.pairs: list[tuple[Node, Node]] = []
        self.merges = False
        self.data = {}

    def is_plain(self) -> bool:
        """Whether it has entries, each name once, and no merge keys: its data has their order."""
        return 0 < len(self.pairs) == len(self.data) and not self.merges

    def children(self) -> Iterable[Node]:
        """Its keys and values, in their order."""
        return [node for pair in self.pairs for node in pair]


class Sequence(Collection):
    """A sequence and its `items`."""

    __slots__ = ("items",)

    def __init__(self, start: int, anchor: str | None, tag: str | None, flow: bool) -> None:
        self.start = start
        self.end = start
        self.anchor = anchor
        self.tag = tag
        self.flow = flow
        self.items: list[Node] = []
        self.data = []

    def children(self) -> Iterable[Node]:
        """Its items."""
        return self.items


class Alias(Node):
    """`*name`: stands for the node `target`, whose data it shares."""

    __slots__ = ("target",)

    def __init__(self, start: int, end: int, target: Node) -> None:
        self.start = start
        self.end = end
        self.anchor = None
        self.tag = None
        self.data = target.data
        self.target = target


def is_merge(key: Node) -> bool:
    """Whether a key is YAML's merge key: a plain `<<` (goyaml.v2 decode.go, isMerge)."""
    return (
        isinstance(key, Scalar)
        and key.text == "<<"
        and ((not key.style and key.tag in {None, "!"}) or key.tag == "tag:yaml.org,2002:merge")
    )


def merge_sources(value: Node) -> list[Node]:
    """
    The mappings that the value of a merge key names, with aliases followed, in the order in which
    later ones win: the first of several in the text comes last.
    """
    listed = value.items[::-1] if isinstance(value, Sequence) else [value]
    return [item.target if isinstance(item, Alias) else item for item in listed]
