"""
Masks secrets (see `reports.secrets`) in data and in text that people or reports show.

Data keep their structure: keys and lists stay, a hidden value becomes `•••`. Text keeps its lines:
each line of a hidden value becomes `•••` after its indentation, so that line numbers stay the same.
Comments next to a hidden value are masked too.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from postrender.data import get, put
from postrender.reports.secrets import SECRET, hidden, may_hide
from postrender.yamltext.nodes import (
    Alias,
    Mapping,
    Scalar,
    Sequence,
    is_merge,
    merge_sources,
    scalar,
)
from postrender.yamltext.reader import ReadError, UnknownAnchor, read
from postrender.yamltext.scalars import key_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postrender.data import Data, Path
    from postrender.reports.secrets import Hidden
    from postrender.yamltext.nodes import Node

    # Ranges of text that may hold comments; a node with the ranges next to it.
    Gaps = tuple[tuple[int, int], ...]
    Found = tuple[Node, Gaps]
    Keys = dict[str, list[int]]
    Values = dict[tuple[str, ...], set[str]]

MASK = "•••"


def legend(*, show_scripts: bool) -> str:
    """What is masked and why, for people who see the mask."""
    scripts = "" if show_scripts else ", and for scripts and files (--show-scripts shows these)"
    return f"{MASK} stands for values of Secrets or with the name of a secret{scripts}"


class Region(NamedTuple):
    """A part of a text that is masked, and what is shown instead."""

    start: int
    end: int
    shown: str


_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\r\n]*")
_WORDS = re.compile(r"[^\s][^\r\n]*")
# Aliases of anchors in other documents (Helm 4 separates them): the text is read again for each of
# them, at most so many times.
_FEW = 50


# Data


def masked(data: Data) -> Data:
    """The data with its secrets masked. Parts without secrets are shared."""
    return _masked(data, hidden(data), {})


def masked_pair(before: Data, after: Data, *, show_scripts: bool = False) -> tuple[Data, Data]:
    """Two states of the data, masked; values that differ still differ."""
    found = [hidden(data, show_scripts=show_scripts) for data in (before, after)]
    olds, news = _values(before, found[0]), _values(after, found[1])
    return (
        _masked(before, found[0], news, "before"),
        _masked(after, found[1], olds, "after"),
    )


def _values(data: Data, found: Iterable[Hidden]) -> Values:
    """The hidden values by their places, in a form in which 1 is not true."""
    values: Values = {}
    for one in found:
        values.setdefault(one.place, set()).add(repr(get(data, one.path)))
    return values


def _masked(data: Data, found: list[Hidden], others: Values, state: str = "") -> Data:
    """
    The data, masked. `others` holds the values of another state by their places: a value that is
    not among them is marked with the name of this `state`.
    """
    shown: dict[Path, dict[str | int, str]] = {}
    for one in found:
        value = get(data, one.path)
        known = others.get(one.place)
        notes = [state] if known is not None and repr(value) not in known else []
        if one.what != SECRET and isinstance(value, str):
            notes.append(f"{len(value.encode('utf-8', 'surrogatepass'))} bytes")
        suffix = f" ({', '.join(notes)})" if notes else ""
        shown.setdefault(one.path[:-1], {})[one.path[-1]] = f"{one.prefix}{MASK}{suffix}"
    for path, parts in shown.items():
        old = get(data, path)
        new: Data = [*old] if isinstance(old, list) else {**old}
        for step, text in parts.items():
            new[step] = text
        data = put(data, path, new)
    return data


# Texts


def masked_text(text: str, *, show_scripts: bool = False) -> str:
    """The text of a YAML document, masked, line by line."""
    return replaced(text, regions(text, show_scripts=show_scripts))


def replaced(text: str, masks: Iterable[Region]) -> str:
    """The text with these regions masked; they are in order and do not overlap."""
    parts: list[str] = []
    done = 0
    for start, end, shown in masks:
        parts += (text[done:start], shown)
        done = end
    return "".join([*parts, text[done:]])


def regions(text: str, *, show_scripts: bool = False) -> list[Region]:
    """What is masked in a text, in order, without overlaps; all of it if it is not YAML."""
    if not may_hide(text):
        return []
    try:
        root = read_alone(text)
        return [] if root is None else apart(text, _found(text, root, show_scripts=show_scripts))
    except ReadError:
        return [Region(0, len(text), dots(text))]


def apart(text: str, found: Iterable[Region]) -> list[Region]:
    """The regions in order; of two that overlap, the later one is shortened."""
    masks: list[Region] = []
    done = 0
    for region in sorted(set(found)):
        if region.start >= done:
            masks.append(region)
        elif region.end > done:
            masks.append(Region(done, region.end, dots(text[done : region.end])))
        done = max(done, region.end)
    return masks


def read_alone(text: str) -> Node | None:
    """The root node; aliases of anchors in other documents are empty. Raises ReadError."""
    outer: dict[str, Node] = {}
    while True:
        try:
            return read(text, outer)
        except UnknownAnchor as error:
            if len(outer) == _FEW:
                raise
            outer[error.anchor] = scalar(0, 0, "", "", None, None, None)


def _found(text: str, root: Node, *, show_scripts: bool) -> Iterator[Region]:
    """The regions of all secrets. Raises ReadError if one cannot be found in the text."""
    seen: set[int] = set()
    known: dict[int, Keys] = {}
    for one in hidden(root.data, show_scripts=show_scripts):
        nodes = list(_at(root, one.path, (), known))
        if not nodes:
            raise ReadError("a hidden value that is not in the text", 0, 0)
        for node, gaps in nodes:
            yield from _covered(text, node, one.prefix, seen)
            for start, end in gaps:
                yield from comments(text, start, end)
            yield from _comments_behind(text, node.end, root)
    for mapping in _mappings(root):
        for places in _keys(mapping).values():
            # The data that was searched has only the last of several values of one key.
            for i in places[:-1]:
                yield from _covered(text, mapping.pairs[i][1], "", seen)
        if mapping.data.get("kind") == "Secret":
            for key, value in mapping.pairs:
                if key.data in ("data", "stringData"):
                    yield from comments(text, key.end, max(key.end, value.start))
                    yield from _comments_behind(text, value.end, root)


def comments(text: str, start: int, end: int) -> Iterator[Region]:
    """The comments in a part of a text that otherwise holds only blanks and punctuation."""
    for comment in _COMMENT.finditer(text, start, end):
        yield Region(comment.start(), comment.end(), f"# {MASK}")


def _comments_behind(text: str, start: int, root: Node) -> Iterator[Region]:
    """The comments after a value: on its line, where other values may follow, and below it."""
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
    The nodes at a path; more than one if a merge key (`<<`) adds a value that this mapping
    replaces. `known` caches the keys of mappings.
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
        around = (min(begin, key.start), key.start), (key.end, value.start)
        found = list(_at(value, rest, (*gaps[-1:], *around), known))
        yield from found or [(value, around)]
    for merged in _merged(node):
        # A value that is replaced may have other entries, so all of it is masked.
        yield from _at(merged, (step,) if own else path, (), known)


def _keys(node: Mapping) -> Keys:
    """The indices of a mapping's own entries by their keys."""
    keys: Keys = {}
    for i, (key, _) in enumerate(node.pairs):
        if not is_merge(key):
            with suppress(ValueError):  # no reader accepts such a key
                keys.setdefault(key_text(key.data), []).append(i)
    return keys


def _merged(node: Mapping) -> Iterator[Node]:
    """The mappings that a merge key (`<<`) adds to a mapping."""
    if node.merges:
        for key, value in node.pairs:
            if is_merge(key):
                yield from merge_sources(value)


def _covered(text: str, node: Node, prefix: str, seen: set[int]) -> Iterator[Region]:
    """The regions of a value and of the anchors its aliases name; each node once (`seen`)."""
    if id(node) in seen:
        return
    seen.add(id(node))
    begin = node.start
    if isinstance(node, Scalar) and node.style in ("|", ">"):
        # The header stays, so that the masked text is still a block scalar.
        begin = min(text.find("\n", begin) % (len(text) + 1), node.end)
        yield from comments(text, node.start, begin)
    if begin < node.end:
        shown = dots(text[begin : node.end])
        yield Region(begin, node.end, prefix + shown if begin == node.start else shown)
    for target in _aliased(node):
        yield from _covered(text, target, "", seen)


def _aliased(node: Node) -> Iterator[Node]:
    """The anchored nodes that aliases inside this node name."""
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
    """The end of the line and of the comment lines directly below it."""
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
    """A text with the same lines, of which only the indentation is shown."""
    return _WORDS.sub(MASK, text)
