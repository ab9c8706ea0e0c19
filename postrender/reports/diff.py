"""
What a run changes in the stream, document by document: hunks, each with the rules that caused it.

Only documents that a rule changed are compared. Line numbers are those of the whole stream before
and after, so that all hunks together are a patch of it, except that secrets are masked (see
`reports.secrets`).
"""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from postrender.data import put
from postrender.kubernetes.objects import identity, is_list, text_of
from postrender.reports.headings import Headings
from postrender.reports.masking import MASK, masked_text
from postrender.reports.textdiff import CONTEXT, blocks, grouped, lines_of
from postrender.stream.manifest import source_of
from postrender.stream.text import BOM
from postrender.yamltext.reader import ReadError, read
from postrender.yamltext.rewrite import RewriteError, rewrite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data
    from postrender.engine.changes import Change
    from postrender.engine.run import Result
    from postrender.reports.textdiff import Block
    from postrender.stream.manifests import Edit
    from postrender.stream.text import Stream


class DocumentDiff(NamedTuple):
    """
    One document that differs: `what` is `added`, `removed` or `changed`, `name` names the object,
    `source` is its template, `rules` are the rules that changed it, in their order (none for the
    document of the rules themselves, and for what a KRM function reports).
    """

    name: str
    what: str
    source: str
    rules: list[str]
    hunks: list[Hunk]

    @property
    def added(self) -> int:
        """How many lines are added."""
        return sum(hunk.signs.count("+") for hunk in self.hunks)

    @property
    def removed(self) -> int:
        """How many lines are removed."""
        return sum(hunk.signs.count("-") for hunk in self.hunks)


class Hunk(NamedTuple):
    """
    Lines that differ, with some context. It begins at the lines `old` and `new` of the streams,
    counted from 1; `place` is the path of the field they are in; each of `lines` is a sign (space,
    `-`, `+`) and the masked text with its line break.
    """

    old: int
    new: int
    place: str
    rules: list[str]
    lines: list[tuple[str, str]]

    @property
    def signs(self) -> str:
        """The signs of all lines."""
        return "".join(sign for sign, _ in self.lines)

    def header(self) -> str:
        """The lines of the streams before and after: `@@ -8,7 +8,9 @@`, as `diff -u` writes it."""
        added, removed = self.signs.count("+"), self.signs.count("-")
        old, new = len(self.lines) - added, len(self.lines) - removed
        return f"@@ -{_range(self.old, old)} +{_range(self.new, new)} @@"

    def runs(self) -> Iterator[tuple[str, list[str], list[str]]]:
        """
        The lines in order: each line that stays with two empty lists; between these, an empty text
        with the removed lines and the lines that replace them.
        """
        removed: list[str] = []
        added: list[str] = []
        for sign, line in (*self.lines, (" ", "")):
            if sign == " ":
                if removed or added:
                    yield "", removed, added
                    removed, added = [], []
                if line:
                    yield line, [], []
            else:
                (removed if sign == "-" else added).append(line)


def _range(start: int, count: int) -> str:
    """Lines of a stream; an empty range is written with the line before it."""
    return str(start) if count == 1 else f"{start if count else start - 1},{count}"


class _Line(NamedTuple):
    """
    A line of a later state: the number of the same line in the first state (-1: it is new), and
    the rules that wrote it.
    """

    origin: int
    rules: frozenset[str]


RESOURCES = "resources"
# Stands in a List for an item that a rule has removed, so that paths stay valid.
_REMOVED = object()


def document_diffs(
    stream: Stream, result: Result, *, show_scripts: bool = False
) -> Iterator[DocumentDiff]:
    """Every document that differs, in the order of the stream."""
    changes: dict[int, list[Change]] = {}
    for change in result.changes:
        changes.setdefault(id(change.home[0]), []).append(change)
    shift = 0
    for edit in result.edits:
        line = stream.line_of(edit.start)
        before = stream.data[edit.start : edit.end].decode()
        own, lines = changes.get(id(edit.home), []), (line, line + shift)
        found = _document_diff(edit, before, own, lines, show_scripts=show_scripts)
        has_mark = before and edit.text and stream.data.endswith(BOM, 0, edit.start)
        yield _with_mark(found, line) if has_mark else found
        shift += edit.text.count("\n") - before.count("\n")


def _document_diff(
    edit: Edit, before: str, changes: list[Change], first: tuple[int, int], *, show_scripts: bool
) -> DocumentDiff:
    """One edit as a diff; `first` holds the lines of both streams where it begins."""
    rules = list(dict.fromkeys(change.rule or RESOURCES for change in changes))
    texts = before, edit.text
    olds, news = map(lines_of, texts)
    found = blocks(olds, news)
    headings = Headings(before, olds), Headings(edit.text, news)
    # Masking keeps the number of lines.
    olds, news = (lines_of(masked_text(text, show_scripts=show_scripts)) for text in texts)
    removed_by, added_by = [frozenset(rules)] * len(olds), [frozenset(rules)] * len(news)
    if len(rules) > 1 and before and edit.text:
        with suppress(ReadError, RewriteError):
            removed_by, added_by = _blame(before, edit.text, changes)
    hunks = []
    for group in grouped(found):
        causes = frozenset[str]().union(
            *(removed_by[at] for i, end, _, _ in group for at in range(i, end)),
            *(added_by[at] for _, _, j, end in group for at in range(j, end)),
        )
        lines = list(_lines(olds, news, group))
        top, bottom = max(group[0][0] - CONTEXT, 0), max(group[0][2] - CONTEXT, 0)
        place = _place(group[0], headings) if edit.what == "changed" else ""
        causing = [rule for rule in rules if rule in causes]
        hunks.append(Hunk(first[0] + top, first[1] + bottom, place, causing, lines))
    return DocumentDiff(_name(edit, changes), edit.what, _source(edit), rules, hunks)


def _place(block: Block, headings: tuple[Headings, Headings]) -> str:
    """The heading of a hunk that begins with this block: of what is added, else of what goes."""
    old, _, new, new_end = block
    return headings[1].of(new) if new < new_end else headings[0].of(old)


def _with_mark(found: DocumentDiff, line: int) -> DocumentDiff:
    """The same; the first line of the document has the byte order mark that stands before it."""
    hunks = []
    for hunk in found.hunks:
        lines = [*hunk.lines]
        places = {sign: i for i, (sign, _) in reversed([*enumerate(lines)])}
        firsts = " " if lines[0][0] == " " else "-+"
        for i in (places[sign] for sign in firsts if sign in places and hunk.old == line):
            lines[i] = (lines[i][0], f"\ufeff{lines[i][1]}")
        hunks.append(hunk._replace(lines=lines))
    return found._replace(hunks=hunks)


def _lines(olds: list[str], news: list[str], group: list[Block]) -> Iterator[tuple[str, str]]:
    """The lines of one hunk with their signs."""
    done = max(group[0][0] - CONTEXT, 0)
    for i, old_end, j, new_end in group:
        yield from ((" ", line) for line in olds[done:i])
        removed, added = olds[i:old_end], news[j:new_end]
        yield from (("-", _distinct(line, "before", added)) for line in removed)
        yield from (("+", _distinct(line, "after", removed)) for line in added)
        done = old_end
    yield from ((" ", line) for line in olds[done : done + CONTEXT])


def _distinct(line: str, state: str, others: list[str]) -> str:
    """The line; with its state behind it if masking makes it look like a line it differs from."""
    if MASK not in line or line not in others:
        return line
    words = line.rstrip("\r\n")
    return f"{words} ({state}){line[len(words) :]}"


def _name(edit: Edit, changes: list[Change]) -> str:
    data = edit.home.data
    if data is None or not isinstance(data, dict):
        return changes[0].identity if changes else "a document"
    if is_list(data) and changes:
        names = list(dict.fromkeys(change.identity for change in changes))
        return f"{text_of(data, 'kind')} with {', '.join(names)}"
    return identity(data)


def _source(edit: Edit) -> str:
    source = str(edit.home.source)
    return next((source_of(obj, source) for _, obj in edit.home.objects()), source)


# Which rule


def _blame(
    before: str, after: str, changes: list[Change]
) -> tuple[list[frozenset[str]], list[frozenset[str]]]:
    """The rules that removed each line of the old text, and that added each line of the new one."""
    texts = [before]
    root = read(before)
    data: Data = root.data if root else None
    steps = []
    for i, change in enumerate(changes):
        data = put(data, change.home[1], _REMOVED if change.after is None else change.after)
        if i + 1 < len(changes) and changes[i + 1].rule == change.rule:
            continue
        steps.append(change.rule or RESOURCES)
        last = i + 1 == len(changes)
        texts.append(
            after if last or root is None else rewrite(before, root, _without_removed(data))[0]
        )
    removed_by: list[frozenset[str]] = [frozenset()] * len(lines_of(before))
    state = [_Line(i, frozenset()) for i in range(len(removed_by))]
    for rule, (old, new) in zip(steps, pairwise(texts), strict=True):
        later: list[_Line] = []
        done = 0
        for i, old_end, j, new_end in blocks(lines_of(old), lines_of(new)):
            later += state[done:i]
            lost = state[i:old_end]
            rules = frozenset([rule]).union(*(line.rules for line in lost))
            for line in lost:
                if line.origin >= 0:
                    removed_by[line.origin] |= rules
            later += [_Line(-1, rules)] * (new_end - j)
            done = old_end
        state = later + state[done:]
    return removed_by, [line.rules for line in state]


def _without_removed(data: Data) -> Data:
    """A List without the items that rules have removed."""
    if is_list(data):
        return {**data, "items": [item for item in data["items"] if item is not _REMOVED]}
    return data
