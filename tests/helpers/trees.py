"""A tree of nodes as plain values, to compare two readings of one text."""

from __future__ import annotations

from typing import Any

from postrender.yamltext.nodes import Mapping, Node, Scalar, Sequence


def tree(node: Node) -> tuple[Any, ...]:
    """All that a node knows, and those below it."""
    known = (type(node), node.start, node.end, node.anchor, node.tag, repr(node.data))
    if isinstance(node, Scalar):
        return (*known, node.text, node.style)
    if isinstance(node, Mapping):
        pairs = [(tree(key), tree(value)) for key, value in node.pairs]
        assert all(
            any(value.data is other for _, other in node.data.items()) or not node.is_plain()
            for _, value in node.pairs
        )
        return (*known, node.flow, node.merges, pairs)
    assert isinstance(node, Sequence)
    assert all(item.data is data for item, data in zip(node.items, node.data, strict=True))
    return (*known, node.flow, [*map(tree, node.items)])
