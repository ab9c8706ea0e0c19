"""
Prints a value in place of a node, in the node's style or in a new one. Text before and after it
stays.

A slot is the kind of place: below a key in a block mapping (the key's node), or one of ROOT, ITEM
(of a block list) and FLOW (inside braces or brackets).
"""

from __future__ import annotations

from postrender.yamltext.nodes import Collection, Node, Scalar
from postrender.yamltext.positions import (
    NotInPlace,
    blanks_end,
    colon_after,
    column,
    dash_before,
    line_start,
    next_line,
    starts_line,
)
from postrender.yamltext.scalars import double_quoted, single_quoted
from postrender.yamltext.writer import (
    flow,
    is_json,
    is_literal,
    item_lines,
    literal_lines,
    scalar,
    value_lines,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data
    from postrender.yamltext.positions import Edit
    from postrender.yamltext.writer import Layout, Style

    Slot = Node | str

ROOT, ITEM, FLOW = "root", "item", "flow"


def respelled(style: Style, node: Scalar, new: Data, slot: Slot) -> str | None:
    """The text of a scalar in the style of the old one; None where that style cannot say it."""
    if node.start == node.end or isinstance(new, dict | list):
        return None
    is_block = node.style in {"|", ">"}
    if isinstance(new, str) and is_literal(new) and (is_block or not node.style):
        return _literal(style, node, new) if is_block else None
    if is_block:
        return None
    text = None
    is_text = type(new) is str  # and no literal
    if is_text and node.style == "'":
        text = single_quoted(new)
    elif is_text and node.style == '"':
        text = double_quoted(new)
    return text or scalar(new, flow=slot is FLOW, json=slot is FLOW and is_json(style, node))


def _literal(style: Style, node: Scalar, new: str) -> str | None:
    """A literal block whose lines stand in the column of the old ones, its comment kept."""
    header, *old = style.text[node.start : node.end].split("\n")
    columns = [len(line) - len(line.lstrip(" ")) for line in old if line.strip()]
    if not columns:
        return None
    first, *rest = literal_lines(new, columns[0])
    _, sign, comment = header.rstrip("\r").partition(" #")
    return style.newline.join([first + sign + comment, *rest, ""])


def printed(style: Style, node: Node, new: Data, slot: Slot, layout: Layout) -> list[Edit]:
    """The edits that print `new` where `node` stands. Raises NotInPlace."""
    if slot is FLOW:
        return _in_flow(style, node, new)
    if slot is ITEM:
        return _after_dash(style, node, new, layout)
    if isinstance(slot, Node):
        return _after_colon(style, slot, node, new, layout)
    return _as_root(style, node, new, layout)


def _after_colon(style: Style, key: Node, node: Node, new: Data, layout: Layout) -> list[Edit]:
    text = style.text
    colon = colon_after(text, key.end)
    if colon < 0:
        raise NotInPlace
    start = colon + 1
    lines = value_lines("", new, column(text, key.start), layout)
    same_line, line_break, _ = text[start : max(start, node.start)].partition("\n")
    if line_break and same_line.lstrip().startswith("#"):
        # The key's own comment stays on its line.
        body = "".join(line + style.newline for line in lines[1:])
        below = (next_line(text, start), next_line(text, node.end))
        return [(start, start, lines[0], 0), (*below, body, 0)]
    return _lines(style, start, node, lines)


def _after_dash(style: Style, node: Node, new: Data, layout: Layout) -> list[Edit]:
    text, start = style.text, node.start
    if node.start == node.end:
        start = dash_before(text, start) + 1
        lines = item_lines(new, column(text, start) + 1, layout)
        lines[0] = " " + lines[0]
    else:
        lines = item_lines(new, column(text, start), layout)
    return _lines(style, start, node, lines)


def _lines(style: Style, start: int, node: Node, lines: list[str]) -> list[Edit]:
    """
    Lines in place of a value: the first on the line of its key or dash, the others below. A comment
    stays on the first line.
    """
    text, newline, end = style.text, style.newline, node.end
    if (isinstance(node, Collection) and not node.flow) or text[end - 1] == "\n":
        return [(start, next_line(text, end), newline.join([*lines, ""]), 0)]
    if not lines[0]:
        end = blanks_end(text, end)
    edits: list[Edit] = [(start, end, lines[0], 0)]
    if len(lines) > 1:
        place = next_line(text, end)
        deep = len(lines[1]) - len(lines[1].lstrip(" "))
        edits.append((place, place, newline.join([*lines[1:], ""]), deep))
    return edits


def _in_flow(style: Style, node: Node, new: Data) -> list[Edit]:
    value = flow(new, json=is_json(style, node))
    if node.start == node.end:
        if style.text[node.start - 1] not in ":,[ ":
            raise NotInPlace
        value = " " + value
    return [(node.start, node.end, value, 0)]


def _as_root(style: Style, root: Node, new: Data, layout: Layout) -> list[Edit]:
    text = style.text
    after_marker = not starts_line(text, root.start)  # a "---"
    start = root.start if after_marker else line_start(text, root.start)
    lines = [*([""] if after_marker else []), *item_lines(new, 0, layout), ""]
    return [(start, next_line(text, root.end), style.newline.join(lines), 0)]
