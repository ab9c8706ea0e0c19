"""
Reads the text of one YAML document as nodes, with libyaml's positions and with scalars as Go reads
them.

Helm, kubectl and Argo CD read YAML with sigs.k8s.io/yaml (goyaml.v2): duplicate keys are allowed
and the last one wins, a merge key counts as if its entries were in its place, keys become text.
goyaml is a port of libyaml, which parses here, so the syntax is the same; `scalars.py` knows what
scalars mean.
"""

from __future__ import annotations

from yaml._yaml import CParser
from yaml.error import YAMLError
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from postrender.yamltext.lines import read_lines
from postrender.yamltext.nodes import (
    Alias,
    Mapping,
    Node,
    Scalar,
    Sequence,
    is_merge,
    merge_sources,
    scalar,
)
from postrender.yamltext.positions import column
from postrender.yamltext.scalars import key_text, resolve, resolve_tagged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Mapping as MappingType
    from typing import Any

    from postrender.data import Data
    from postrender.yamltext.problems import Open

# Deeper than any object Kubernetes accepts, and well within what recursion over the result needs.
_BLOCK_STYLES = frozenset("|>")
MAX_DEPTH = 200
# Aliases may make a small text stand for a huge one; Go refuses such documents too (goyaml.v2
# decode.go, allowedAliasRatio).
MAX_EXPANSION = 1_000_000

_as_go = resolve
_FRAMES = (StreamStartEvent, StreamEndEvent, DocumentStartEvent, DocumentEndEvent)

# Not compiled before it is needed: few texts hold that sign.
_INNER_MARK = r"(?:\A|[\n\r\x85\u2028\u2029])\ufeff"


class ReadError(ValueError):
    """A text that is not one YAML document Go would read. `line` and `column` count from 0."""

    def __init__(self, problem: str, line: int, column: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.column = column


class UnknownAnchor(ReadError):
    """An alias whose anchor is not before it in its document. `anchor` is its name."""

    def __init__(self, anchor: str, line: int, column: int) -> None:
        # Not by its name: a password that begins with "*", unquoted, is an alias to YAML.
        super().__init__("an alias (*) without an anchor before it", line, column)
        self.anchor = anchor


def read(
    text: str,
    outer: MappingType[str, Node] | None = None,
    resolve: Callable[[str], Data] = resolve,
) -> Node | None:
    """
    The root node of the document in `text` (without byte order mark), or None where it holds only
    comments and blanks. A text without final line break is read as with one, as kubectl and Helm 3
    do (k8s.io/apimachinery pkg/util/yaml/decoder.go, YAMLReader).

    `outer` are anchors of other documents that aliases here may name: Helm 4 splits a `List` into
    its items and so can part an alias from its anchor (helm issue 32203). `resolve` says what a
    plain scalar means. Raises ReadError.
    """
    if not text.endswith("\n"):
        text += "\n"
    if resolve is _as_go:
        simple = read_lines(text)
        if simple is not None:
            return simple
    return read_events(text, outer, resolve)


def read_events(
    text: str,
    outer: MappingType[str, Node] | None = None,
    resolve: Callable[[str], Data] = resolve,
) -> Node | None:
    """The same by libyaml's events, for a text that ends with a line break."""
    if "\ufeff" in text:
        _check_marks(text)
    try:
        parser = CParser(text)
        root = _Builder(text, outer or {}, resolve).document(parser)
        event = parser.get_event()
        if isinstance(event, DocumentStartEvent):
            raise ReadError("a second document", *_place(event.start_mark))
    except YAMLError as error:
        if text.startswith("...") and not text.strip(". \n"):
            return None  # its separator line, which is not part of the text, began the document
        raise _refusal(error, text) from None
    return root


def read_simple(
    text: str, resolve: Callable[[str], Data], depth: int
) -> tuple[bool, int, Data] | None:
    """
    The data of a text that is one block collection, for who does not need its nodes: whether it is
    a mapping, its column, its data, the same as `read` finds. None where `read` refuses the text or
    has to think: of tags, anchors, aliases, merge keys, keys that are none, and what is nested
    deeper than `depth`.
    """
    try:
        events = _content(CParser(text))
        begin: Any = next(events, None)
        is_mapping = type(begin) is MappingStartEvent
        if not (is_mapping or type(begin) is SequenceStartEvent) or begin.flow_style:
            return None
        data = _simple_data(begin, events, resolve, depth)
        return (is_mapping, begin.start_mark.column, data) if next(events, None) is None else None
    except (YAMLError, ValueError):
        return None


def _content(parser: Any) -> Iterator[Any]:
    """Libyaml's events for what documents hold."""
    for event in iter(parser.get_event, None):
        if not isinstance(event, _FRAMES):
            yield event


def _simple_data(
    begin: Any, events: Iterator[Any], resolve: Callable[[str], Data], depth: int
) -> Data:
    """
    The data of a collection, up to the event that ends it. Raises ValueError for what needs more
    thought.
    """
    stack: list[tuple[Data, str | None]] = []
    parent: Data = {} if type(begin) is MappingStartEvent else []
    key: str | None = None
    if begin.anchor is not None or begin.tag is not None:
        raise ValueError
    for event in events:
        kind = type(event)
        if kind is MappingEndEvent or kind is SequenceEndEvent:
            value = parent
            if not stack:
                return value
            parent, key = stack.pop()
        elif event.anchor is not None or event.tag is not None:
            raise ValueError
        elif kind is ScalarEvent:
            value = event.value if event.style else resolve(event.value)
            if key is None and type(parent) is dict:
                key = key_text(value)
                if key == "<<":
                    raise ValueError
                continue
        else:
            if len(stack) >= depth or (key is None and type(parent) is dict):
                raise ValueError
            stack.append((parent, key))
            parent, key = {} if kind is MappingStartEvent else [], None
            continue
        if key is None:
            parent.append(value)
        else:
            parent[key], key = value, None
    raise ValueError


def _check_marks(text: str) -> None:
    """Refuses what libyaml passes over and Go takes for a letter: U+FEFF where a line begins."""
    import re

    found = re.search(_INNER_MARK, text)
    if found:
        before = text[: found.end() - 1]
        problem = "a byte order mark (U+FEFF) within the text"
        raise ReadError(problem, len(re.findall(r"\r\n|[\n\r\x85\u2028\u2029]", before)), 0)


def _place(mark: Any) -> tuple[int, int]:
    return mark.line, mark.column


def _refusal(error: YAMLError, text: str) -> ReadError:
    """
    Why libyaml refuses a text, in our words: its sentences, its own limit on depth and what it
    notices first are different in each of its versions, so only its places are used.
    """
    from postrender.yamltext.problems import forbidden_character, problem_at

    forbidden = forbidden_character(text)
    if forbidden:
        problem, at = forbidden
        return ReadError(problem, text.count("\n", 0, at), column(text, at))
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return ReadError("this is not YAML", 0, 0)
    context = getattr(error, "context_mark", None)
    parents, ended = _open_before(text, mark.index)
    while parents and not parents[-1].flow and parents[-1].column > mark.column:
        parents.pop()
    problem = problem_at(
        text,
        mark.index,
        None if context is None else context.index,
        parents[-1] if parents else None,
        ended=ended,
    )
    return ReadError(problem, *_place(mark))


def _open_before(text: str, end: int) -> tuple[list[Open], bool]:
    """
    The collections that are open at an offset, outermost first, and whether "..." has ended the
    document there. Raises ReadError if there are too many: libyaml looks ahead, so it may have
    stopped before it reported them.
    """
    from postrender.yamltext.problems import Open

    parents: list[Open] = []
    ended = False
    parser: Any = CParser(text[:end])
    try:
        while event := parser.get_event():
            kind = type(event)
            mark = event.start_mark
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                if len(parents) > MAX_DEPTH:
                    raise _too_deep(event)
                is_mapping = kind is MappingStartEvent
                parents.append(Open(mark.index, mark.column, event.flow_style, is_mapping))
            elif (kind is MappingEndEvent or kind is SequenceEndEvent) and mark.index < end:
                parents.pop()  # at the end of this part libyaml closes all that is open
            elif kind is DocumentEndEvent:
                ended = event.explicit
    except YAMLError:
        pass
    return parents, ended


def _too_deep(event: Any) -> ReadError:
    return ReadError(f"nested deeper than {MAX_DEPTH} levels", *_place(event.start_mark))


class _Builder:
    """Builds the nodes of one document from libyaml's events, without recursion."""

    def __init__(
        self, text: str, outer: MappingType[str, Node], resolve: Callable[[str], Data]
    ) -> None:
        self.text = text
        self.resolve = resolve
        self.anchors: dict[str, Node] = dict(outer)
        self.open: set[int] = set()
        # For how many values the aliases stand so far, and the nodes that they name.
        self.expanded = 0
        self.sizes: dict[int, int] = {}

    def document(self, parser: Any) -> Node | None:
        """
        The root of the document. Most of a run's time passes in this loop, so that the plain case
        of each event is written out in it.
        """
        # Parents still open, and the key of each that waits for its value.
        stack: list[tuple[Mapping | Sequence | None, Node | None]] = []
        parent: Mapping | Sequence | None = None
        key: Node | None = None
        node: Node
        get_event, text, resolve = parser.get_event, self.text, self.resolve
        is_marked = "&" in text or "!" in text
        get_event()  # the start of the stream
        if type(get_event()) is not DocumentStartEvent:
            return None
        while True:
            event = get_event()
            kind = type(event)
            if kind is ScalarEvent:
                style = event.style
                if (style and style in _BLOCK_STYLES) or (
                    is_marked and (event.tag is not None or event.anchor is not None)
                ):
                    node = self.scalar(event)
                else:
                    node = Scalar()
                    node.start = event.start_mark.index
                    node.end = event.end_mark.index
                    node.anchor = node.tag = None
                    node.style = style
                    node.text = node.data = value = event.value
                    if not style:
                        try:
                            node.data = resolve(value)
                        except ValueError as error:
                            self.fail(event, str(error))
                        if not value and key is not None and text[node.start - 1] != ":":
                            # `? key` without a value: the mark stands where the next token begins.
                            node.start = node.end = key.end
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                assert parent is not None  # noqa: S101 - libyaml's events are balanced
                node = parent
                if node.flow:
                    node.end = event.end_mark.index
                elif isinstance(node, Mapping):
                    last_key, last = node.pairs[-1]
                    node.end = max(last.end, last_key.end)
                else:
                    node.end = node.items[-1].end
                if node.anchor is not None:
                    self.open.discard(id(node))
                parent, key = stack.pop()
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if len(stack) > MAX_DEPTH:
                    raise _too_deep(event)
                stack.append((parent, key))
                make = Mapping if kind is MappingStartEvent else Sequence
                parent = make(event.start_mark.index, event.anchor, event.tag, event.flow_style)
                key = None
                if event.anchor is not None:
                    self.anchors[event.anchor] = parent
                    self.open.add(id(parent))
                continue
            else:
                node = self.alias(event)
            if type(parent) is Mapping:
                if key is None:
                    key = node
                    continue
                parent.pairs.append((key, node))
                name = key.data
                if type(name) is str and name != "<<":
                    parent.data[name] = node.data
                else:
                    self.enter(parent, key, node)
                key = None
            elif type(parent) is Sequence:
                parent.items.append(node)
                parent.data.append(node.data)
            else:
                get_event()  # the end of the document
                return node

    def enter(self, parent: Mapping, key: Node, value: Node) -> None:
        """Puts an entry into a mapping's data whose key is not simply a text."""
        if is_merge(key):
            parent.merges = True
            self.merge(parent.data, value)
        elif isinstance(key.data, dict | list):
            self.fail_at(key, "a mapping or a list as a mapping key, which has no JSON")
        else:
            try:
                parent.data[key_text(key.data)] = value.data
            except ValueError as error:
                self.fail_at(key, str(error))

    def fail(self, event: Any, problem: str) -> None:
        raise ReadError(problem, event.start_mark.line, event.start_mark.column)

    def fail_at(self, node: Node, problem: str) -> None:
        raise ReadError(
            problem, self.text.count("\n", 0, node.start), column(self.text, node.start)
        )

    def scalar(self, event: Any) -> Scalar:
        start = event.start_mark.index
        style = event.style or ""
        value = event.value
        tag = event.tag
        end = event.end_mark.index
        if style == "|" or style == ">":
            end = self.block_scalar_end(start, end)
        node = scalar(start, max(start, end), value, style, value, event.anchor, tag)
        if tag is not None:
            self.check_tag(event, start, end)
            try:
                node.data = resolve_tagged(tag, value, not style)
            except ValueError as error:
                self.fail(event, str(error))
        elif not style:
            try:
                node.data = self.resolve(value)
            except ValueError as error:
                self.fail(event, str(error))
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def check_tag(self, event: Any, start: int, end: int) -> None:
        """
        Refuses `[!!str, a]`: to Go the comma is a part of the tag (goyaml.v2 scannerc.go,
        yaml_parser_scan_tag_uri), to libyaml it parts two items.
        """
        is_empty = not (event.value or event.style)
        if is_empty and self.text[end : end + 1] == "," and "!" in self.text[start:end].split()[-1]:
            self.fail(event, "a tag right before a comma, which Go takes for a part of the tag")

    def block_scalar_end(self, start: int, end: int) -> int:
        """
        Where a block scalar's own lines end. libyaml's mark stands after the blank lines that
        follow it; they are content only with the indicator `+`, or where they hold blanks.
        """
        text = self.text
        header = text[start : text.find("\n", start)]
        if "+" in header.partition("#")[0]:
            return end
        while True:
            before = end - 1
            if before > start and text[before - 1] == "\r":
                before -= 1
            if text[before - 1] != "\n" or before <= start:
                return end
            end = before

    def alias(self, event: Any) -> Alias:
        target = self.anchors.get(event.anchor)
        if target is None:
            raise UnknownAnchor(event.anchor, *_place(event.start_mark))
        if id(target) in self.open:
            self.fail(event, "an anchor (&) that contains itself")
        node = Alias(event.start_mark.index, event.end_mark.index, target)
        self.expanded += self.size_of(target)
        if self.expanded > MAX_EXPANSION:
            self.fail(event, f"its aliases stand for more than {MAX_EXPANSION} values")
        return node

    def size_of(self, node: Node) -> int:
        """How many nodes a node stands for, itself among them."""
        if isinstance(node, Alias):
            node = node.target
        if id(node) not in self.sizes:
            self.sizes[id(node)] = 1 + sum(map(self.size_of, node.children()))
        return self.sizes[id(node)]

    def merge(self, data: dict[str, Any], value: Node) -> None:
        """
        The entries that `<<` brings in: the first of several mappings wins, and all win over
        earlier entries; an alias must name a mapping (goyaml.v2 decode.go, merge).
        """
        for source in merge_sources(value):
            if not isinstance(source.data, dict):
                self.fail_at(value, "a merge key (<<) needs a mapping or a list of mappings")
            data.update(source.data)
