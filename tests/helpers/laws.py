"""
The laws of every rewrite, in a form that a person can check.

1. Go reads the new text as the intended data.
2. Every line that the change does not concern is there, in its order.
3. A second rewrite changes nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from oracle import same

from postrender.data import align, get
from postrender.yamltext.nodes import Alias, Mapping, Node, Sequence, is_merge
from postrender.yamltext.positions import question_before
from postrender.yamltext.reader import read
from postrender.yamltext.rewrite import rewrite
from postrender.yamltext.scalars import key_text
from postrender.yamltext.writer import flow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from oracle import GoReader

    Path = tuple[str | int, ...]


class Rewritten(NamedTuple):
    """A text as it was read, the intended data, and the result."""

    before: str
    root: Node
    new: Any
    after: str
    reformatted: list[Path]


def rewritten(before: str, change: Callable[[Any], Any]) -> Rewritten:
    """Rewrites a text after a change of its data. Raises RewriteError, or any bug's exception."""
    root = read(before)
    assert root is not None
    new = change(root.data)
    return Rewritten(before, root, new, *rewrite(before, root, new))


def broken(done: Rewritten) -> str | None:
    """The first broken law of those that need no Go; None if there is none."""
    root = read(done.after)
    if root is None or not same(root.data, done.new):
        return "it reads back as something else"
    again, anew = rewrite(done.after, root, done.new)
    if again != done.after or anew:
        return "a second rewrite changes something"
    if not done.after.endswith("\n") and done.before.endswith("\n"):
        return "the final line break is lost"
    lost = lost_lines(done.before, done.new, done.after, done.reformatted)
    return f"a line is lost: {lost[0]!r}" if lost else None


def misread(done: list[Rewritten], go: GoReader) -> list[tuple[Rewritten, Any]]:
    """The rewrites that Go, as in Helm 3 and kubectl, does not read as the intended data."""
    answers = go.read_all([_ended(one.after) for one in done], "stream")
    return [
        (one, answer)
        for one, answer in zip(done, answers, strict=True)
        if not (isinstance(answer, list) and same([one.new], answer))
    ]


def _ended(text: str) -> str:
    """
    The text, with a line break where Go would lose its last line: one without line break that has
    4,096 bytes or a multiple (apimachinery pkg/util/yaml, LineReader).
    """
    last = text.rpartition("\n")[2].encode()
    return f"{text}\n" if last and len(last) % 4096 == 0 else text


def misread_by_helm_4(done: list[Rewritten], go: GoReader) -> tuple[list[Rewritten], int]:
    """
    The rewrites that reach the cluster as different data through Helm 4, and how many were compared.

    Helm 4 parses and prints all documents, before us and after us, and changes some data on the way.
    So the result is compared with what it makes of the same data as JSON. A text that is not as
    Helm 4 prints it, or that it changes even without us, is not compared. It needs annotations to
    keep the name of the template.
    """
    count = len(done)
    texts = [
        *(one.before for one in done),
        *(flow(one.root.data, json=True) for one in done),
        *(one.after for one in done),
        *(flow(one.new, json=True) for one in done),
    ]
    answers = go.read_all(texts, "h4")
    old, old_json, new, new_json = (answers[i * count : (i + 1) * count] for i in range(4))
    usable = [
        i
        for i, text in enumerate(go.read_all(texts[:count], "h4text"))
        if text == done[i].before
        and isinstance(new_json[i], list)
        and isinstance(old[i], list)
        and same(old[i], old_json[i])
        # Helm 4 removes its own annotation, and then annotations if they are empty.
        and isinstance(get(done[i].new, ("metadata", "annotations")) or None, dict)
    ]
    return [done[i] for i in usable if not same(new_json[i], new[i])], len(usable)


# Lines


def lost_lines(before: str, new: Any, after: str, anew: list[Path]) -> list[str]:
    """
    The lines of the old text that the change does not concern and that the new text lacks. After
    the first such line, all lines are returned.
    """
    root = read(before)
    assert root is not None
    walk = _Walk(before, set(anew))
    walk.node(root, new, (), root.start)
    kept = [line for i, line in enumerate(before.splitlines()) if i not in walk.concerned]
    there = iter(after.splitlines())
    return [line for line in kept if not _is_next(line, there)]


def _has_alias(node: Node) -> bool:
    if isinstance(node, Mapping):
        return any(_has_alias(child) for pair in node.pairs for child in pair)
    return isinstance(node, Alias) or (
        isinstance(node, Sequence) and any(map(_has_alias, node.items))
    )


def _is_next(line: str, lines: Iterable[str]) -> bool:
    return any(line == other for other in lines)


class _Walk:
    """
    Collects the lines that a change concerns: those of changed scalars and removed entries, the
    deeper comments below a removed entry, the comment right above a removed item, the line on which an entry is added or removed, and nodes
    that are reported as reformatted.
    """

    def __init__(self, text: str, anew: set[Path]) -> None:
        self.text = text if text.endswith("\n") else text + "\n"
        self.lines = self.text.splitlines()
        self.breaks = [i for i, sign in enumerate(self.text) if sign == "\n"]
        self.anew = anew
        self.concerned: set[int] = set()

    def line(self, offset: int) -> int:
        return bisect_right(self.breaks, offset - 1)

    def mark(self, start: int, end: int) -> None:
        """The lines of a span; a span that ends at a line's begin does not concern that line."""
        last = end - 1 if end > start and self.text[end - 1] == "\n" else end
        self.concerned.update(range(self.line(start), self.line(last) + 1))

    def node(self, node: Node, new: Any, path: Path, lead: int) -> None:
        """`lead` is where what stands before the node begins: the end of its key, or its dash."""
        if path in self.anew:
            self.mark(lead, node.end)
        elif same(node.data, new):
            if "*" in self.text or any(found[: len(path)] == path for found in self.anew):
                self.inside(node, new, path)
        elif (
            isinstance(node, Mapping | Sequence)
            and node.data
            and type(node.data) is type(new)
            and new
        ):
            self.inside(node, new, path)
        else:
            self.mark(lead, node.end)

    def inside(self, node: Node, new: Any, path: Path) -> None:
        if isinstance(node, Mapping) and isinstance(new, dict):
            self.mapping(node, new, path)
        elif isinstance(node, Sequence) and isinstance(new, list):
            self.sequence(node, new, path)

    def mapping(self, node: Mapping, new: dict[str, Any], path: Path) -> None:
        names = [
            None if is_merge(key) else key.data if isinstance(key.data, str) else key_text(key.data)
            for key, _ in node.pairs
        ]
        gone = {i for i, name in enumerate(names) if name is not None and name not in new}
        for i, (key, value) in enumerate(node.pairs):
            if i not in gone and names[i] in names[i + 1 :] and _has_alias(value):
                # A duplicate that does not count may go when what its alias names goes.
                gone.add(i)
            if i in gone:
                start = question_before(self.text, key.start)
                self.removed(start, max(key.end, value.end), self.column(start))
            elif names[i] is not None and names[i] not in names[i + 1 :]:
                self.node(value, new[names[i]], (*path, names[i]), key.end)
        added = any(
            name not in names and not (name in node.data and same(node.data[name], new[name]))
            for name in new
        )
        spans = [
            (question_before(self.text, key.start), max(key.end, value.end))
            for key, value in node.pairs
        ]
        self.borders(node, spans, gone, added)

    def sequence(self, node: Sequence, new: list[Any], path: Path) -> None:
        gone = set()
        added = False
        for i, j in align(node.data, new, path[-1] if path else ""):
            if i is None:
                added = True
            elif j is None:
                gone.add(i)
                item = node.items[i]
                dash = item.start if node.flow else self.dash(item.start)
                self.removed(dash, item.end, self.column(dash))
                if not node.flow:
                    self.above(dash)
            else:
                item = node.items[i]
                self.node(
                    item, new[j], (*path, j), item.start if node.flow else self.dash(item.start)
                )
        spans = [
            (item.start if node.flow else self.dash(item.start), item.end) for item in node.items
        ]
        self.borders(node, spans, gone, added)

    def borders(
        self, node: Mapping | Sequence, spans: list[tuple[int, int]], gone: set[int], added: bool
    ) -> None:
        """Where entries go or come, the lines that say so, too."""
        if not gone and not added:
            return
        if node.flow:
            for start, end in spans:
                self.mark(start, start)
                self.mark(end, end)
            return
        first = next((span for i, span in enumerate(spans) if i not in gone), spans[0])
        if self.text[self.line_start(spans[0][0]) : spans[0][0]].strip(" "):  # beside a dash
            self.mark(spans[0][0], spans[0][0])
            self.mark(first[0], first[0])
            between = range(self.line(spans[0][0]), self.line(first[0]))
            self.concerned.update(i for i in between if not self.lines[i].strip())

    def removed(self, start: int, end: int, column: int) -> None:
        self.mark(start, end)
        last = number = self.line(end - 1 if self.text[end - 1 : end] == "\n" else end)
        while number + 1 < len(self.lines):
            number += 1
            bare = self.lines[number].lstrip(" ")
            if bare.startswith("#") and len(self.lines[number]) - len(bare) > column:
                self.concerned.update(range(last + 1, number + 1))
                last = number
            elif bare.strip():
                break

    def above(self, dash: int) -> None:
        """The comment right above a removed item goes with it."""
        number = self.line(dash) - 1
        while number >= 0:
            bare = self.lines[number].lstrip(" \t")
            is_its = len(self.lines[number]) - len(bare) >= self.column(dash)
            if not bare.startswith("#") or not is_its:
                break
            self.concerned.add(number)
            number -= 1

    def line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def column(self, offset: int) -> int:
        return offset - self.line_start(offset)

    def dash(self, offset: int) -> int:
        """The dash before an item: the last one outside of comments."""
        while True:
            begin = self.line_start(offset)
            before = self.text[begin:offset].partition("#")[0]
            if "-" in before:
                return begin + before.rindex("-")
            offset = begin - 1
