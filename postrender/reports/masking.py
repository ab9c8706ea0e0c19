"""
Masking what is hidden (see `hidden`) in data and in text, where a human or a report is shown them.

Data keep their shape: keys and lists stay, a hidden value becomes `•••`. Texts keep their lines:
each line of a hidden value becomes `•••` behind its indentation, so that the lines of a text and of
its masked one are the same ones. Comments beside a hidden value are masked with it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from postrender.data import get, put
from postrender.reports.secrets import hidden, may_hide
from postrender.yamltext.nodes import Alias, Mapping, Scalar, Sequence, is_merge, merge_sources
from postrender.yamltext.reader import ReadError, UnknownAnchor, read
from postrender.yamltext.scalars import key_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postrender.data import Data, Path
    from postrender.reports.secrets import Hidden
    from postrender.yamltext.nodes import Node

    # Where comments may stand, from and to; a node with those beside it.
    Gaps = tuple[tuple[int, int], ...]
    Found = tuple[Node, Gaps]
    Keys = dict[str, list[int]]
    Values = dict[tuple[str, ...], set[str]]

MASK = "•••"


class Region(NamedTuple):
    """From where to where a text is masked, and what stands there instead."""

    start: int
    end: int
    shown: str


_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\r\n]*")
_WORDS = re.compile(r"[^\s][^\r\n]*")
# Aliases that name anchors of other documents, as Helm 4 parts them from one another: more are not
# worth reading the text again for each.
_FEW = 50


# Data


def masked(data: Data) -> Data:
    """The data with what is hidden masked. Shares what holds none."""
    return _masked(data, hidden(data), {})


def masked_pair(before: Data, after: Data) -> tuple[Data, Data]:
    """Two states of the data, masked; values that differ still do."""
    found = hidden(before), hidden(after)
    olds, news = _values(before, found[0]), _values(after, found[1])
    return (
        _masked(before, found[0], news, "before"),
        _masked(after, found[1], olds, "after"),
    )


def _values(data: Data, found: Iterable[Hidden]) -> Values:
    """The hidden values by their places, as what tells 1 from true."""
    values: Values = {}
    for one in found:
        values.setdefault(one.place, set()).add(repr(get(data, one.path)))
    return values


def _masked(data: Data, found: list[Hidden], others: Values, state: str = "") -> Data:
    """
    The data, masked. `others` are the values of another state by their places: what is none of
    those at its place is said to be of this `state`.
    """
    shown: dict[Path, dict[str | int, str]] = {}
    for one in found:
        value = get(data, one.path)
        known = others.get(one.place)
        said = [state] if known is not None and repr(value) not in known else []
        if one.is_text and isinstance(value, str):
            said.append(f"{len(value.encode('utf-8', 'surrogatepass'))} bytes")
        told = f" ({', '.join(said)})" if said else ""
        shown.setdefault(one.path[:-1], {})[one.path[-1]] = f"{one.prefix}{MASK}{told}"
    for path, parts in shown.items():
        old = get(data, path)
        new: Data = [*old] if isinstance(old, list) else {**old}
        for step, text in parts.items():
            new[step] = text
        data = put(data, path, new)
    return data


# Texts


def masked_text(text: str) -> str:
    """The text of a YAML document, masked, line by line."""
    return replaced(text, regions(text))


def replaced(text: str, masks: Iterable[Region]) -> str:
    """The text with these regions masked, which are in order and apart."""
    parts: list[str] = []
    done = 0
    for start, end, shown in masks:
        parts += (text[done:start], shown)
        done = end
    return "".join([*parts, text[done:]])


def regions(text: str) -> list[Region]:
    """What is masked in a text, in order and apart. Of a text that is no YAML all is."""
    if not may_hide(text):
        return []
    try:
        root = _read(text)
        return [] if root is None else apart(text, _found(text, root))
    except ReadError:
        return [Region(0, len(text), dots(text))]


def apart(text: str, found: Iterable[Region]) -> list[Region]:
    """The regions in order; where two overlap, the later one is what is left of it."""
    masks: list[Region] = []
    done = 0
    for region in sorted(set(found)):
        if region.start >= done:
            masks.append(region)
        elif region.end > done:
            masks.append(Region(done, region.end, dots(text[done : region.end])))
        done = max(done, region.end)
    return masks


def _read(text: str) -> Node | None:
    """The root node, with nothing for what aliases name in other documents. Raises ReadError."""
    outer: dict[str, Node] = {}
    while True:
        try:
            return read(text, outer)
        except UnknownAnchor as error:
            if len(outer) == _FEW:
                raise
            outer[error.anchor] = Scalar(0, None, None, "", "")


def _found(text: str, root: Node) -> Iterator[Region]:
    """The regions of all that is hidden. Raises ReadError where something cannot be found."""
    seen: set[int] = set()
    known: dict[int, Keys] = {}
    for one in hidden(root.data):
        nodes = list(_at(root, one.path, (), known))
        if not nodes:
            raise ReadError("a value that is not to be found", 0, 0)
        for node, gaps in nodes:
            yield from _covered(text, node, one.prefix, seen)
            for start, end in gaps:
                yield from comments(text, start, end)
            yield from _comments_behind(text, node.end, root)
    for mapping in _mappings(root):
        for places in _keys(mapping).values():
            # Values that a later one of the same key replaces: nobody reads them, so nobody knows.
            for i in places[:-1]:
                yield from _covered(text, mapping.pairs[i][1], "", seen)
        if mapping.data.get("kind") == "Secret":
            for key, value in mapping.pairs:
                if key.data in ("data", "stringData"):
                    yield from comments(text, key.end, max(key.end, value.start))
                    yield from _comments_behind(text, value.end, root)


def comments(text: str, start: int, end: int) -> Iterator[Region]:
    """The comments in a part of a text that has nothing else but blanks and signs."""
    for comment in _COMMENT.finditer(text, start, end):
        yield Region(comment.start(), comment.end(), f"# {MASK}")


def _comments_behind(text: str, start: int, root: Node) -> Iterator[Region]:
    """The comments behind a value: on its line, where texts may follow, and below."""
    end = _comments_end(text, start)
    while found := _COMMENT.search(text, start, end):
        start = next((b for a, b in _scalars(root) if a <= found.start() < b), found.end())
        if start == found.end():
            yield Region(found.start(), start, f"# {MASK}")


def _scalars(node: Node) -> Iterator[tuple[int, int]]:
    """The places of all scalars."""
    if isinstance(node, Scalar):
        yield node.start, node.end
    for child in node.children():
        yield from _scalars(child)


def _at(node: Node, path: Path, gaps: Gaps, known: dict[int, Keys]) -> Iterator[Found]:
    """
    The nodes at a path; more than one where a merge key (`<<`) brings what is replaced here.
    `known` are the keys of mappings that were looked at.
    """
    if not path:
        yield node, gaps
        return
    if isinstance(node, Alias):
        yield from _at(node.target, path, (), known)
    step, rest = path[0], path[1:]
    if isinstance(node, Sequence) and isinstance(step, int):
        yield from _at(node.items[step], rest, (), known)
    if not isinstance(node, Mapping):
        return
    if id(node) not in known:
        known[id(node)] = _keys(node)
    own = known[id(node)].get(str(step), [])
    for i in own:
        key, value = node.pairs[i]
        begin = node.pairs[i - 1][1].end if i else gaps[-1][1] if gaps else key.start
        beside = (min(begin, key.start), key.start), (key.end, value.start)
        found = list(_at(value, rest, (*gaps[-1:], *beside), known))
        yield from found or [(value, beside)]
    for taken in _taken(node):
        # What is replaced may have other entries: all of it then.
        yield from _at(taken, (step,) if own else path, (), known)


def _keys(node: Mapping) -> Keys:
    """The places of a mapping's own entries by their keys."""
    keys: Keys = {}
    for i, (key, _) in enumerate(node.pairs):
        if not is_merge(key):
            with suppress(ValueError):  # which no reader lets pass
                keys.setdefault(key_text(key.data), []).append(i)
    return keys


def _taken(node: Mapping) -> Iterator[Node]:
    """The mappings that a mapping takes in (`<<`)."""
    if node.merges:
        for key, value in node.pairs:
            if is_merge(key):
                yield from merge_sources(value)


def _covered(text: str, node: Node, prefix: str, seen: set[int]) -> Iterator[Region]:
    """The regions of a value, and of what its aliases stand for; of each node once (`seen`)."""
    if id(node) in seen:
        return
    seen.add(id(node))
    begin = node.start
    if isinstance(node, Scalar) and node.style in ("|", ">"):
        # The header stays, so that what is masked is still a block.
        begin = min(text.find("\n", begin) % (len(text) + 1), node.end)
        yield from comments(text, node.start, begin)
    if begin < node.end:
        shown = dots(text[begin : node.end])
        yield Region(begin, node.end, prefix + shown if begin == node.start else shown)
    for target in _aliased(node):
        yield from _covered(text, target, "", seen)


def _aliased(node: Node) -> Iterator[Node]:
    """The nodes elsewhere whose values stand in this one."""
    if isinstance(node, Alias):
        yield node.target
    for inner in node.children():
        yield from _aliased(inner)


def _mappings(node: Node) -> Iterator[Mapping]:
    """All mappings of a document."""
    if isinstance(node, Mapping):
        yield node
    for inner in node.children():
        yield from _mappings(inner)


def _comments_end(text: str, end: int) -> int:
    """The end of the line, and of the lines below it that are comments."""
    if text[end - 1 : end] != "\n":
        end = _line_end(text, end)
    while text[end : end + 1] and (line := text[end : _line_end(text, end)]).lstrip()[:1] == "#":
        end += len(line)
    return end


def _line_end(text: str, offset: int) -> int:
    """Where the next line begins."""
    found = text.find("\n", offset)
    return len(text) if found < 0 else found + 1


def dots(text: str) -> str:
    """A text with the same lines, of which only their indentation is to be seen."""
    return _WORDS.sub(MASK, text)
