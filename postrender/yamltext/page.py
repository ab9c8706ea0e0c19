"""A document's text and the manner in which it is written, found once before it is edited."""

from __future__ import annotations

from postrender.yamltext.nodes import Collection, Mapping, Node, Scalar, Sequence
from postrender.yamltext.positions import column, dash_before
from postrender.yamltext.writer import Layout


class Page:
    """
    The page on which the document `root` stands: `newline` is the line break in use, `layout` the
    indentation, `is_json` says that the whole document is JSON.
    """

    __slots__ = ("is_json", "layout", "newline", "text")

    def __init__(self, text: str, root: Node) -> None:
        self.text = text
        self.newline = "\r\n" if text.find("\r\n") == text.find("\n") - 1 >= 0 else "\n"
        self.layout = _layout(text, root)
        self.is_json = _is_json(root)


def layout_in(page: Page, node: Mapping) -> Layout:
    """The layout of new entries in a mapping: lists as its other lists stand."""
    for key, value in node.pairs:
        if isinstance(value, Sequence) and not value.flow:
            offset = column(page.text, _dash(page.text, value)) - column(page.text, key.start)
            return Layout(page.layout.indent, max(offset, 0))
    return page.layout


def is_json(page: Page, node: Node) -> bool:
    """Whether the document, or the flow collection at hand, is written as JSON."""
    return page.is_json or _is_json(node)


def _is_json(node: Node) -> bool:
    """Whether the first key or text in a flow collection stands in double quotes."""
    while isinstance(node, Collection) and node.flow:
        if isinstance(node, Mapping):
            if not node.pairs:
                return False
            node = node.pairs[0][0]
        elif isinstance(node, Sequence):
            if not node.items:
                return False
            node = node.items[0]
    return isinstance(node, Scalar) and node.style == '"'


def _layout(text: str, root: Node) -> Layout:
    """How the document indents, from the first nested mapping and the first list below a key."""
    indent = dash = -1
    todo = [root]
    for node in todo:
        if isinstance(node, Mapping) and not node.flow:
            for key, value in node.pairs:
                if not isinstance(value, Collection) or value.flow:
                    continue
                offset = column(text, key.start)
                if isinstance(value, Mapping) and indent < 0:
                    indent = column(text, value.pairs[0][0].start) - offset
                elif isinstance(value, Sequence) and dash < 0:
                    dash = column(text, _dash(text, value)) - offset
                todo.append(value)
        elif isinstance(node, Sequence) and not node.flow:
            todo += node.items
        if indent > 0 and dash >= 0:
            break
    return Layout(indent if indent > 0 else 2, max(dash, 0))


def _dash(text: str, node: Sequence) -> int:
    return max(dash_before(text, node.items[0].start), 0)
