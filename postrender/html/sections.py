"""What the page shows of each document that the rules change: its pods, then its diff."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.html.markup import SIGNS, WORDS, items, mark, plural, text
from postrender.html.picture import picture
from postrender.html.pods import pairs
from postrender.reports.diff import document_diffs
from postrender.reports.textdiff import compared
from postrender.stream.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postrender.engine.changes import Change
    from postrender.engine.run import Result
    from postrender.html.pods import Container, Pair, Pod
    from postrender.kubernetes.objects import Workloads
    from postrender.reports.diff import DocumentDiff, Hunk
    from postrender.reports.textdiff import Parts
    from postrender.stream.text import Stream

    # How a rule's name is shown.
    Shown = Callable[[str], str]


class Section(NamedTuple):
    """
    A document that differs: its id on the page, its diff, the line of the stream where it begins
    (None if the rules add it), the names of the objects in it, and their pods, each with the name
    of its object.
    """

    ident: str
    diff: DocumentDiff
    line: int | None
    objects: list[str]
    pods: list[tuple[str, Pair]]


_STYLES = {"+": "added", "-": "removed"}


def sections(
    stream: Stream, result: Result, workloads: Workloads, *, show_scripts: bool = False
) -> list[Section]:
    """The documents that differ, in the order of the stream."""
    changes: dict[int, dict[tuple[str | int, ...], list[Change]]] = {}
    for change in result.changes:
        home, path = change.home
        changes.setdefault(id(home), {}).setdefault(path, []).append(change)
    found = []
    diffs = document_diffs(stream, result, show_scripts=show_scripts)
    for number, (edit, diff) in enumerate(zip(result.edits, diffs, strict=True), 1):
        line = edit.home.line if isinstance(edit.home, Manifest) else None
        by_path = changes.get(id(edit.home), {})
        pods = [
            (own[0].identity, pair)
            for own in by_path.values()
            for pair in pairs(own, workloads, show_scripts=show_scripts)
        ]
        names = list(dict.fromkeys(own[0].identity for own in by_path.values()))
        found.append(Section(f"document-{number}", diff, line, names, pods))
    return found


def row(section: Section, rule: Shown) -> str:
    """The row of a document in the table of all documents."""
    diff = section.diff
    rules = " ".join(map(rule, diff.rules))
    return (
        f'<tr><th scope="row"><a href="#{section.ident}">{text(diff.name)}</a>'
        f"<small>{text(diff.source)}</small></th><td>{mark(diff.what)}</td><td>{rules}</td>"
        f'<td class="number">{_count("added", diff.added)} '
        f"{_count('removed', diff.removed)}</td></tr>"
    )


def _count(what: str, count: int) -> str:
    """The number of lines that are added or removed; empty for none."""
    return f'<span class="{what}">{SIGNS[what]}{count}</span>' if count else ""


def article(section: Section, rule: Shown) -> str:
    """The article on a document: its pods and its diff."""
    diff = section.diff
    line = f", line {section.line}" if section.line else ""
    rules = "".join(f" {rule(name)}" for name in diff.rules)
    origin = [f"{text(diff.source)}{line}".removeprefix(", "), f"by{rules}" if rules else ""]
    pods = "".join(
        pods_of(name, pair, f"{section.ident}-{i}", several=len(section.pods) > 1)
        for i, (name, pair) in enumerate(section.pods, 1)
    )
    lines = f"{plural(diff.added, 'line')} added, {diff.removed} removed"
    return (
        f'<article id="{section.ident}"><h3>{text(diff.name)} {mark(diff.what)}</h3>'
        f'<p class="quiet">{" · ".join(filter(None, origin))}'
        f'<a class="up" href="#documents">all documents</a></p>{pods}'
        f'<details class="diff" open><summary>Diff <small>{lines}</small></summary>'
        f"{''.join(_hunk(hunk, rule) for hunk in diff.hunks)}</details></article>"
    )


def pods_of(
    name: str,
    pair: Pair,
    ident: str,
    *,
    several: bool,
    titles: tuple[str, str] = ("Before", "After"),
) -> str:
    """One pod before and after, as a drawing and in words, under these titles."""
    title = f"<h4>{text(name)} <code>{text(pair.path)}</code></h4>" if several else ""
    states = dict(zip(("before", "after"), titles, strict=True))
    figures = "".join(
        f'<figure><figcaption>{states[when]}</figcaption><div class="scroll" tabindex="0" '
        f'role="group" aria-label="{text(name)}, {when}">'
        f"{picture(pod, f'Pod of {name}, {when}', f'{ident}-{when}')}</div></figure>"
        for when, pod in (("before", pair.before), ("after", pair.after))
        if pod
    )
    words = "".join(
        f"<p><b>{states[when]}</b></p>{_in_words(pod)}"
        for when, pod in (("before", pair.before), ("after", pair.after))
        if pod
    )
    return (
        f'{title}<div class="pods">{figures}</div>'
        f'<details class="words"><summary>The pod in words</summary><div>{words}</div></details>'
    )


def _in_words(pod: Pod) -> str:
    volumes = [
        f"volume <b>{text(volume.name)}</b> {text(volume.type or 'not in this pod')}"
        f"{_state(volume.state, volume.rules)}"
        for volume in pod.volumes
    ]
    lists = [*map(_container_in_words, pod.containers), *volumes]
    notes = [f"{SIGNS[note.state]} <code>{text(note.path)}</code>" for note in pod.notes]
    return items([*notes, *lists])


def _container_in_words(container: Container) -> str:
    kinds = {"init": "init container", "sidecar": "native sidecar", "ephemeral": "ephemeral"}
    kind = kinds.get(container.kind, "container")
    head = f"{kind} <b>{text(container.name)}</b> <code>{text(container.image)}</code>"
    return head + _state(container.state, container.rules) + items(_details(container))


def _details(container: Container) -> Iterator[str]:
    for note in container.notes:
        yield f"{WORDS[note.state]}: <code>{text(note.path)}</code>"
    for mount in container.mounts:
        detail = f" ({text(mount.detail)})" if mount.detail else ""
        state = f" {mark(mount.state)}" if mount.state else ""
        yield f"<code>{text(mount.path)}</code> has volume {text(mount.volume)}{detail}{state}"


def _state(state: str, rules: list[str]) -> str:
    by = f" by {text(', '.join(rules))}" if rules else ""
    return f" {mark(state)}{by}" if state else ""


# Diffs


def _hunk(hunk: Hunk, rule: Shown) -> str:
    """One hunk with the rules that caused it."""
    where = hunk.header()
    place = f" <span>{text(hunk.place)}</span>" if hunk.place else ""
    rules = "".join(f" {rule(name)}" for name in hunk.rules)
    lines = "".join(_lines(hunk))
    return (
        f'<div class="hunk"><p class="where"><code>{where}{place}</code>{rules}</p>'
        f'<div class="scroll" tabindex="0" role="group" aria-label="Lines {text(where)}">'
        f"<pre>{lines}</pre></div></div>"
    )


def _lines(hunk: Hunk) -> Iterator[str]:
    """The lines with their numbers, which are not part of the text that a reader copies."""
    old, new = hunk.old, hunk.new
    for line, removed, added in hunk.runs():
        if line:
            yield _line(" ", (line, "", ""), f"{old:>5} {new:>5}")
            old, new = old + 1, new + 1
            continue
        olds, news = compared(removed, added)
        yield from (_line("-", row, f"{at:>5} {'':>5}") for at, row in enumerate(olds, old))
        yield from (_line("+", row, f"{'':>5} {at:>5}") for at, row in enumerate(news, new))
        old, new = old + len(olds), new + len(news)


def _line(sign: str, parts: Parts, numbers: str) -> str:
    """A line, with what differs in it emphasised."""
    start, differing, end = map(text, parts)
    shown = f"{start}<em>{differing}</em>{end}" if differing else f"{start}{end}"
    if not shown.endswith("\n"):
        shown += "\n\\ No newline at end of file\n"
    style = f' class="{_STYLES[sign]}"' if sign != " " else ""
    return f'<span{style} data-n="{numbers}">{sign}{shown}</span>'
