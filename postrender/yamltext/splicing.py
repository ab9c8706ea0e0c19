"""
Adds and removes entries of a collection: deletes the lines of removed ones, inserts lines for new
ones.

New entries come with the position of the entry that they follow, -1 for none; each is a mapping or
a list, like the collection, with one entry.
"""

from __future__ import annotations

from itertools import pairwise

from postrender.value import memo
from postrender.yamltext.nodes import Mapping, Sequence
from postrender.yamltext.positions import (
    NotInPlace,
    after_entry,
    before_entry,
    column,
    dash_before,
    line_start,
    question_before,
    starts_line,
)
from postrender.yamltext.writer import (
    Layout,
    flow,
    is_json,
    layout_in,
    mapping_lines,
    sequence_lines,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data
    from postrender.yamltext.positions import Edit
    from postrender.yamltext.writer import Style

    Span = tuple[int, int]
    Added = list[tuple[int, Data]]


def spliced(style: Style, node: Mapping | Sequence, removed: set[int], added: Added) -> list[Edit]:
    """The edits that take entries out and put new ones in. Raises NotInPlace."""
    spans = _spans(style, node)
    if len(removed) == len(spans):
        raise NotInPlace
    return (_in_flow if node.flow else _in_block)(style, node, spans, removed, added)


def _spans(style: Style, node: Mapping | Sequence) -> list[Span]:
    """Where each entry begins and ends, with the dash of a list's item."""
    if isinstance(node, Mapping):
        text = style.text
        if "?" not in text:
            return [(key.start, max(key.end, value.end)) for key, value in node.pairs]
        return [
            (question_before(text, key.start), max(key.end, value.end)) for key, value in node.pairs
        ]
    if node.flow:
        return [(item.start, item.end) for item in node.items]
    spans = [(dash_before(style.text, item.start), item.end) for item in node.items]
    if min(spans)[0] < 0:
        raise NotInPlace
    return spans


def _in_block(
    style: Style, node: Mapping | Sequence, spans: list[Span], removed: set[int], added: Added
) -> list[Edit]:
    text, newline = style.text, style.newline
    start = spans[0][0]
    indent = column(text, start)
    edits: list[Edit] = []
    first = 0
    if not starts_line(text, start):  # after a dash, where the whole line cannot be removed
        first = _first_kept(spans, removed)
        if first:
            edits.append(_removed_after_dash(style, spans[: first + 1], indent))
    for i in removed:
        if i >= first:
            begin, end = line_start(text, spans[i][0]), after_entry(text, spans[i][1], indent)
            if isinstance(node, Sequence):
                floor = after_entry(text, spans[i - 1][1], indent) if i else 0
                begin = _above(text, begin, floor, indent)
            edits.append((begin, end, "", 0))
    for after, entry in added:
        lines = _entry_lines(style, node, entry, indent)
        if after >= first:
            place = after_entry(text, spans[after][1], indent)
        elif starts_line(text, start):
            place = before_entry(text, start)
        else:  # the new entry goes after the dash, the old first entry to a separate line
            block = newline.join([*lines, " " * indent])[indent:]
            edits.append((start, start, block, indent))
            continue
        edits.append((place, place, newline.join([*lines, ""]), indent))
    return edits


def _above(text: str, start: int, floor: int, indent: int) -> int:
    """Where the comment right above an item begins, which goes with it; else the item's start."""
    while start > floor:
        line = line_start(text, start - 1)
        bare = text[line:start].lstrip(" \t")
        if not bare.startswith("#") or start - line - len(bare) < indent:
            break
        start = line
    return start


def _removed_after_dash(style: Style, spans: list[Span], indent: int) -> Edit:
    """Removes all entries but the last, which moves after the dash or below its comments."""
    text, start, stop = style.text, spans[0][0], spans[-1][0]
    comments = "".join(
        text[after_entry(text, end, indent) : line_start(text, begin)]
        for (_, end), (begin, _) in pairwise(spans)
    )
    if not comments.strip():
        return (start, stop, "", 0)
    dash = len(text[:start].rstrip(" \t"))
    return (dash, line_start(text, stop), style.newline + comments, 0)


def _entry_lines(style: Style, node: Mapping | Sequence, entry: Data, indent: int) -> list[str]:
    if isinstance(node, Sequence):
        return sequence_lines(entry, indent, style.layout)
    [(name, value)] = entry.items()
    if type(value) is str and type(name) is str and "\n" not in value:
        return [_line(name, value, indent)]
    return mapping_lines(entry, indent, layout_in(style, node, entry))


# A rule writes the same entry into many documents.
@memo
def _line(name: str, value: str, indent: int) -> str:
    """An entry whose value is a text of one line."""
    [line] = mapping_lines({name: value}, indent, Layout())
    return line


def _in_flow(
    style: Style, node: Mapping | Sequence, spans: list[Span], removed: set[int], added: Added
) -> list[Edit]:
    text = style.text
    comma = _comma(text, node, spans)
    first = _first_kept(spans, removed)
    # With an entry goes the comma before it; with those before the first kept one, the comma after.
    commas = {i - 1 if i > first else i for i in removed}
    if any("#" in text[spans[i][1] : spans[i + 1][0]] for i in commas):
        raise NotInPlace
    edits: list[Edit] = [(spans[0][0], spans[first][0], "", 0)]
    edits += [(spans[i - 1][1], spans[i][1], "", 0) for i in removed if i > first]
    for after, entry in added:
        new = flow(entry, json=is_json(style, node))[1:-1]
        if after >= first:
            edits.append((spans[after][1], spans[after][1], comma + new, 0))
        else:
            edits.append((spans[0][0], spans[0][0], new + comma, 0))
    return edits


def _comma(text: str, node: Mapping | Sequence, spans: list[Span]) -> str:
    """
    What stands between two entries of a flow collection: a comma and, in JSON over several lines, a
    line break.
    """
    if len(spans) > 1:
        gap = text[spans[0][1] : spans[1][0]]
        return gap if gap.strip() == "," else ", "
    opening = text[node.start + 1 : spans[0][0]]
    return "," + opening if opening[:1] in "\r\n" and opening.isspace() else ", "


def _first_kept(spans: list[Span], removed: set[int]) -> int:
    return next(i for i in range(len(spans)) if i not in removed)
