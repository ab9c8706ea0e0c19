"""
Writes data as new YAML lines, in the layout of the document that they go into.

Every text is written so that Go, YAML 1.1 and YAML 1.2 readers all read it as that text: plain only
if no reader can mistake it for something else, otherwise quoted, and as a literal block (`|`) if it
has several lines.
"""

from __future__ import annotations

from postrender.yamltext.nodes import Collection, Mapping, Node, Scalar, Sequence
from postrender.yamltext.positions import column, dash_before
from postrender.yamltext.scalars import double_quoted, is_plain_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data

# What a literal block can hold as it is: no control characters, nothing a reader takes for a line
# break but "\n". Not compiled before it is needed: that takes as long as a small document.
_NOT_LITERAL = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"


class Layout:
    """
    How a document is laid out: `indent` of nested mappings, `dash`, the columns from a key to the
    `-` of its list. Without `blocks` texts of several lines are quoted.
    """

    __slots__ = ("blocks", "dash", "indent")

    def __init__(self, indent: int = 2, dash: int = 0, *, blocks: bool = True) -> None:
        self.indent = indent
        self.dash = dash
        self.blocks = blocks

    def without_blocks(self) -> Layout:
        """The same, but texts of several lines are quoted: nothing can run into them."""
        return Layout(self.indent, self.dash, blocks=False)


# For values on one line, which have no indentation.
_ANY = Layout()


def is_literal(text: str) -> bool:
    """Whether a text can be written as a literal block, and is better read so."""
    if "\n" not in text or text[0] in " \t\n":
        return False
    is_plain = text.replace("\n", "").replace("\t", "").isprintable()  # which is quickly seen
    if not is_plain:
        import re

        if re.search(_NOT_LITERAL, text):
            return False
    # A blank last line would need "|+", whose blank lines Helm 4 before 4.2.4 eats (helm issue
    # 32326).
    body = text.removesuffix("\n")
    return bool(body.rpartition("\n")[2].strip(" \t"))


def scalar(value: Data, *, flow: bool = False, json: bool = False) -> str:
    """One scalar on one line. `flow`: inside braces or brackets; `json`: as JSON writes it."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        is_written = type(value) is not str  # see literal.py
        if is_written or (not json and is_plain_safe(value, flow=flow)):
            return str(value)
        return double_quoted(value)
    if isinstance(value, float):
        return _float(value)
    return str(value)


def _float(value: float) -> str:
    """
    A float as both Go and JSON read it: 1e+16 has no dot, which YAML 1.1 readers need, so it gets
    one.
    """
    text = repr(value)
    mantissa, exponent, power = text.partition("e")
    if exponent and "." not in mantissa:
        mantissa += ".0"
    if exponent and power[0] not in "+-":
        power = "+" + power
    return mantissa + exponent + power


def flow(value: Data, *, json: bool = False) -> str:
    """Any value on one line, in flow style."""
    if isinstance(value, dict):
        entries = (
            f"{scalar(key, flow=True, json=json)}: {flow(item, json=json)}"
            for key, item in value.items()
        )
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item, json=json) for item in value) + "]"
    return scalar(value, flow=True, json=json)


def value_lines(lead: str, value: Data, column: int, layout: Layout) -> list[str]:
    """
    The lines of `lead` (a key with its colon, or nothing) and the value after it.

    `column` is where the key stands. The first line comes without indentation, the others with
    theirs; no line breaks.
    """
    if isinstance(value, dict) and value:
        return [lead, *mapping_lines(value, column + layout.indent, layout)]
    if isinstance(value, list) and value:
        return [lead, *sequence_lines(value, column + layout.dash, layout)]
    if layout.blocks and isinstance(value, str) and is_literal(value):
        first, *rest = literal_lines(value, column + layout.indent)
        return [f"{lead} {first}", *rest]
    return [f"{lead} {scalar(value) if isinstance(value, str) else flow(value)}"]


def _is_indented(value: Data) -> bool:
    """Whether a value stands in lines of its own."""
    return bool(value) and (
        isinstance(value, dict | list) or (isinstance(value, str) and is_literal(value))
    )


def literal_lines(text: str, column: int) -> list[str]:
    """A literal block: its header, its lines at `column`."""
    header, body = ("|", text[:-1]) if text.endswith("\n") else ("|-", text)
    pad = " " * column
    return [header, *(pad + line if line else "" for line in body.split("\n"))]


def mapping_lines(value: dict[str, Data], column: int, layout: Layout) -> list[str]:
    """The entries of a mapping, each line indented to `column`."""
    pad = " " * column
    lines = []
    for key, item in value.items():
        first, *rest = value_lines(f"{scalar(key)}:", item, column, layout)
        lines.append(pad + first)
        lines += rest
    return lines


def item_lines(value: Data, column: int, layout: Layout) -> list[str]:
    """
    A list's item as it stands after its dash: the first line bare, the others at `column`, where
    the first begins.
    """
    if isinstance(value, dict) and value:
        lines = mapping_lines(value, column, layout)
    elif isinstance(value, list) and value:
        lines = sequence_lines(value, column, layout)
    elif layout.blocks and isinstance(value, str) and is_literal(value):
        return literal_lines(value, column)
    else:
        return [scalar(value) if isinstance(value, str) else flow(value)]
    return [lines[0][column:], *lines[1:]]


def sequence_lines(value: list[Data], column: int, layout: Layout) -> list[str]:
    """The items of a list, each dash at `column`."""
    lines = []
    for item in value:
        first, *rest = item_lines(item, column + 2, layout)
        lines.append(f"{' ' * column}- {first}")
        lines += rest
    return lines


class Style:
    """
    The text of the document `root` and how it is written: `newline` is the line break in use,
    `layout` the indentation, `is_json` says that the whole document is JSON.
    """

    __slots__ = ("_layout", "is_json", "newline", "root", "text")

    def __init__(self, text: str, root: Node) -> None:
        self.text = text
        self.root = root
        has_cr = "\r" in text and text.find("\r\n") == text.find("\n") - 1 >= 0
        self.newline = "\r\n" if has_cr else "\n"
        self.is_json = _is_json(root)
        self._layout: Layout | None = None

    @property
    def layout(self) -> Layout:
        """The indentation, looked for when it is asked for: many edits need none."""
        if self._layout is None:
            self._layout = _layout(self.text, self.root)
        return self._layout


def layout_in(style: Style, node: Mapping, entries: dict[str, Data]) -> Layout:
    """The layout of new entries in a mapping: lists as its other lists stand."""
    if not any(map(_is_indented, entries.values())):
        return _ANY
    for key, value in node.pairs:
        if isinstance(value, Sequence) and not value.flow:
            offset = column(style.text, _dash(style.text, value)) - column(style.text, key.start)
            return Layout(style.layout.indent, max(offset, 0))
    return style.layout


def is_json(style: Style, node: Node) -> bool:
    """Whether the document, or the flow collection at hand, is written as JSON."""
    return style.is_json or _is_json(node)


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
                if isinstance(value, Mapping):
                    if indent < 0:
                        first = value.pairs[0][0]
                        indent = column(text, first.start) - column(text, key.start)
                elif isinstance(value, Sequence) and dash < 0:
                    dash = column(text, _dash(text, value)) - column(text, key.start)
                todo.append(value)
        elif isinstance(node, Sequence) and not node.flow:
            todo += node.items
        if indent > 0 and dash >= 0:
            break
    return Layout(indent if indent > 0 else 2, max(dash, 0))


def _dash(text: str, node: Sequence) -> int:
    return max(dash_before(text, node.items[0].start), 0)
