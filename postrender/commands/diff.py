"""`kmod-post diff`: what the rules change, as a unified diff or side by side."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated

from postrender.commands.arguments import (
    RUN,
    Color,
    File,
    Given,
    places_in,
    read_stream,
    takes,
)
from postrender.commands.console import Screen, note, show, warn
from postrender.commands.parameters import option
from postrender.engine.inputs import read_inputs, run
from postrender.errors import in_line, printable
from postrender.reports.diff import document_diffs
from postrender.reports.masking import MASK, legend
from postrender.reports.textdiff import compared
from postrender.stream.manifests import Manifests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.reports.diff import DocumentDiff, Hunk
    from postrender.reports.textdiff import Parts

    # One side of a row: line number, line, style.
    Cell = tuple[int, str, str] | None

EXAMPLES = (
    ("show what the rules change", "helm template web ./chart | kmod-post diff -f kmod.yaml"),
    ("count the changed lines of a file", "kmod-post diff -f kmod.yaml --stat rendered.yaml"),
    (
        "fail in CI if the rules change anything",
        "kmod-post diff -f kmod.yaml --exit-code rendered.yaml",
    ),
)
# In narrower columns, every line of a manifest would wrap.
_NARROWEST = 100
_WIDEST = 240
_GUTTER = 9
_GRAPH = 40
_SMALLEST = 5
_SIGNS = {"": " ", "added": "+", "removed": "-"}


@takes(*RUN)
def diff(
    file: File = "-",
    *,
    stat: Annotated[
        bool, option("--stat", help="Only count the added and removed lines per document")
    ] = False,
    side_by_side: Annotated[
        bool, option("-y", "--side-by-side", help="Show two columns, before and after")
    ] = False,
    exit_code: Annotated[
        bool, option("--exit-code", help="Exit with 1 if anything changes")
    ] = False,
    show_scripts: Annotated[
        bool, option("--show-scripts", help="Show scripts and files; Secrets stay masked")
    ] = False,
    color: Color = "auto",
    given: Given,
) -> int:
    """
    Show what the rules change: a diff of the stream, document by document, each part with the rule
    that caused it.

    Line numbers count from the start of the stream, before and after. Values of Secrets are
    masked, and so are the texts of scripts without --show-scripts.
    """
    screen = Screen(color)
    with places_in(file):
        inputs = read_inputs(read_stream(file, "diff"), given)
        result = run(inputs)
        found = list(document_diffs(inputs.stream, result, show_scripts=show_scripts))
    if side_by_side and screen.width is not None and screen.width < _NARROWEST:
        note(f"kmod-post diff: --side-by-side needs {_NARROWEST} columns, there are {screen.width}")
        side_by_side = False
    warn(result.warnings, file)
    if not found:
        is_empty = Manifests(inputs.stream, inputs.namespace, inputs.rules.workloads).is_empty()
        what = "there are no objects" if is_empty else "the rules change nothing"
        note(f"kmod-post diff: {what}")
    elif stat:
        show("".join(_stat(found, screen)))
    else:
        lines = _columns if side_by_side else _unified
        text = "".join(part for document in found for part in lines(document, screen))
        show(text)
        if MASK in text:
            note(f"kmod-post diff: {legend(show_scripts=show_scripts)}")
    return int(exit_code and bool(found))


def _rules(document: DocumentDiff | Hunk) -> str:
    """`rule "web"`, `rules "web", "mirror"`, `resources`."""
    names = ", ".join(f'"{rule}"' for rule in document.rules if rule != "resources")
    word = "rules" if names.count('", "') else "rule"
    parts = [f"{word} {names}"] if names else []
    return " and ".join([*(["resources"] if "resources" in document.rules else []), *parts])


# A unified diff


def _unified(document: DocumentDiff, screen: Screen) -> Iterator[str]:
    """The document as diff -u writes a file, with the object as heading."""
    source = f"  {document.source}" if document.source else ""
    name = in_line(f"{document.name}{source}")
    old = "/dev/null" if document.what == "added" else name
    new = "/dev/null" if document.what == "removed" else name
    yield screen.paint(f"--- {old}", "heading") + "\n"
    yield screen.paint(f"+++ {new}", "heading") + "\n"
    for hunk in document.hunks:
        place = f" {in_line(hunk.place)}" if hunk.place else ""
        rules = f"  {screen.paint(_rules(hunk), 'rule')}" if hunk.rules else ""
        yield f"{screen.paint(hunk.header() + place, 'place')}{rules}\n"
        for line, removed, added in hunk.runs():
            if line:
                yield _line(" ", (line, "", ""), screen)
                continue
            olds, news = compared(removed, added)
            yield from (_line("-", parts, screen) for parts in olds)
            yield from (_line("+", parts, screen) for parts in news)


def _line(sign: str, parts: Parts, screen: Screen) -> str:
    """A line of a unified diff, with what differs in it emphasised."""
    text = "".join(parts)
    end = "" if text.endswith("\n") else "\n\\ No newline at end of file"
    style = {"-": "removed", "+": "added"}.get(sign, "")
    styles = (style, f"{style}.strong", style)
    painted = "".join(
        screen.paint(screen.safe(part), how) for part, how in zip(parts, styles, strict=True)
    )
    return screen.paint(sign, style) + painted.removesuffix("\n") + f"{end}\n"


# Side by side


def _columns(document: DocumentDiff, screen: Screen) -> Iterator[str]:
    """The document before on the left and after on the right."""
    width = (min(screen.width or _WIDEST, _WIDEST) - 3) // 2
    title = screen.paint(in_line(document.name), "heading")
    what = "" if document.what == "changed" else f" ({document.what})"
    source = f"  {screen.paint(in_line(document.source), 'quiet')}" if document.source else ""
    yield f"{title}{what}{source}\n"
    for hunk in document.hunks:
        place = screen.paint(in_line(hunk.place) or "...", "place")
        rules = f"  {screen.paint(_rules(hunk), 'rule')}" if hunk.rules else ""
        yield f"{place}{rules}\n"
        old, new = hunk.old, hunk.new
        for line, removed, added in hunk.runs():
            if line:
                yield from _row((old, line, ""), (new, line, ""), width, screen)
                old, new = old + 1, new + 1
                continue
            for left, right in zip_longest(removed, added):
                yield from _row(
                    (old, left, "removed") if left is not None else None,
                    (new, right, "added") if right is not None else None,
                    width,
                    screen,
                )
                old, new = old + (left is not None), new + (right is not None)
    yield "\n"


def _row(left: Cell, right: Cell, width: int, screen: Screen) -> Iterator[str]:
    """One line of each side; long lines wrap."""
    sides = [_cell(cell, width, screen) for cell in (left, right)]
    bar = screen.paint("│", "quiet")
    for one, other in zip_longest(*sides, fillvalue=" " * width):
        yield f"{one} {bar} {other}".rstrip() + "\n"


def _cell(cell: Cell, width: int, screen: Screen) -> list[str]:
    """A line with its number, in as many rows of this width as it needs."""
    from rich.cells import chop_cells, set_cell_size

    if cell is None:
        return [" " * width]
    number, line, style = cell
    text = printable(line.rstrip("\r\n").expandtabs(4))
    room = width - _GUTTER
    rows = chop_cells(text, room) or [""]
    sign = _SIGNS[style]
    return [
        screen.paint(f"{number if not i else '':>{_GUTTER - 3}} ", "quiet")
        + screen.paint(f"{sign} {set_cell_size(row, room)}", style)
        for i, row in enumerate(rows)
    ]


# --stat


def _stat(documents: list[DocumentDiff], screen: Screen) -> Iterator[str]:
    """The number of added and removed lines, one line for each document, and their sum."""
    rows = []
    for document in documents:
        what = "" if document.what == "changed" else f" ({document.what})"
        name = f"{in_line(document.name)}{what}"
        rows.append((name, document.added, document.removed, _rules(document)))
    longest = max(len(name) for name, *_ in rows)
    room = (screen.width or 1 << 16) - longest - max(len(rules) for *_, rules in rows) - 16
    most = max(came + went for _, came, went, _ in rows)
    graph_room = min(max(room, _SMALLEST), _GRAPH, most)
    scale = min(1, graph_room / most)
    for name, came, went, rules in rows:
        pluses, minuses = (max(round(n * scale), n > 0) for n in (came, went))
        graph = screen.paint("+" * pluses, "added") + screen.paint("-" * minuses, "removed")
        counts = f"{f'+{came}' if came else '':>6}{f'-{went}' if went else '':>6}"
        rest = " " * (graph_room - pluses - minuses)
        yield f"{name:<{longest}}{counts}  {graph}{rest}  {screen.paint(rules, 'rule')}\n"
    kinds = Counter(document.what for document in documents)
    parts = [f"{kinds[what]} {what}" for what in ("changed", "added", "removed") if kinds[what]]
    came, went = sum(row[1] for row in rows), sum(row[2] for row in rows)
    yield f"documents: {', '.join(parts)}; lines: {came} added, {went} removed\n"
