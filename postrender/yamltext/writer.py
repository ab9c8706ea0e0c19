"""
Data to new YAML lines, in the layout of the document they go into.

Every text is written so that Go (YAML 1.1 and 1.2 readers alike) reads it back as that text: plain
only where nothing can take it for anything else, otherwise quoted, and as a literal block (`|`)
where it has several lines.
"""

from __future__ import annotations

import re

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


def is_literal(text: str) -> bool:
    """Whether a text can be written as a literal block, and is better read so."""
    if "\n" not in text or text[0] in " \t\n" or re.search(_NOT_LITERAL, text):
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
        if not json and is_plain_safe(value, flow=flow):
            return value
        return double_quoted(value)
    if isinstance(value, float):
        return _float(value)
    return str(value)


def _float(value: float) -> str:
    """
    A float as both Go and JSON read it: 1e+16 has no dot, which YAML 1.1 readers want, so it gets
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
