"""The page of `kmod-post compare`: findings, rules, and the objects that differ, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.kinds import KINDS, LOOK
from postrender.compare.report import grouped
from postrender.compare.results import CHART, HIDDEN
from postrender.compare.values import sides, values_of
from postrender.engine.changes import Change
from postrender.html.frame import frame
from postrender.html.markup import items, mark, plural, text
from postrender.html.pods import pairs
from postrender.html.sections import pods_of
from postrender.kubernetes.objects import identity
from postrender.reports.masking import legend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.compare.comparison import Comparison, Ruled
    from postrender.compare.finding import Finding
    from postrender.compare.pairing import Pair
    from postrender.compare.results import Difference, Differing
    from postrender.html.pods import Pair as Pods
    from postrender.html.pods import Pod

_BY = {CHART: "chart", HIDDEN: "chart, hidden by rules"}


def page_of(found: Comparison, old: str, new: str, *, show_scripts: bool) -> str:
    """The page. `old` and `new` are the names of the files."""
    from postrender import __version__

    looks = grouped(found.looks)
    notes = grouped(one for one in found.every if KINDS[one.id].level != LOOK)
    title = plural(len(looks), "finding") + " to look at" if looks else "The same effects"
    known = {rule.name for rule in found.rules}
    parts = [
        _header(found, title, f"{old} → {new}", len(looks), len(notes)),
        _list("findings", "To look at", looks, known),
        _list("notes", "Notes", notes, known),
        _rules(found.rules),
        _objects(found, show_scripts=show_scripts),
    ]
    body = "\n".join(part for part in parts if part)
    about = legend(show_scripts=show_scripts)
    return frame(f"kmod-post compare: {title}", body, about, __version__)


def _header(found: Comparison, title: str, files: str, looks: int, notes: int) -> str:
    """The title, the files, and links to the sections with their counts."""
    links = [
        ("findings", "warnings", plural(looks, "finding"), looks),
        ("notes", "documents", plural(notes, "note"), notes),
        ("rules", "rules", plural(len(found.rules), "rule"), len(found.rules)),
        ("objects", "documents", plural(len(found.differing), "object"), len(found.differing)),
    ]
    entries = "".join(
        f'<li class="{style}"><a href="#{ident}"><b>{words.split()[0]}</b> '
        f"{words.split()[1]}</a></li>"
        for ident, style, words, count in links
        if count
    )
    return (
        f'<header><p class="brand">kmod-post compare</p><h1>{text(title)}</h1>'
        f"<p><code>{text(files)}</code></p>"
        f'<nav aria-label="On this page"><ul>{entries}</ul></nav></header>\n'
        '<main id="main" tabindex="-1">'
    )


def _list(
    ident: str, title: str, findings: list[tuple[Finding, list[str]]], known: set[str]
) -> str:
    """Findings as a section; empty without any. `known` are the rules of the page."""
    found = items((_finding(*one, known) for one in findings), "messages")
    return f'<section id="{ident}"><h2>{title}</h2>{found}</section>' if found else ""


def _finding(one: Finding, subjects: list[str], known: set[str]) -> str:
    """A finding with its objects, its values and what to do."""
    kind = KINDS[one.id]
    rule = f"{text(one.rule)}: " if one.rule else ""
    if one.rule in known:
        rule = f'<a class="rule" href="#rule-{text(one.rule)}">{text(one.rule)}</a> '
    place = f"<code>{text(one.place)}</code>" if one.place else ""
    names = ", ".join(text(name) for name in subjects if name)
    values = values_of(one)
    shown = f"<code>{text(values)}</code>" if values else ""
    about = f" <span>{names}</span>" if names else ""
    return (
        f"{rule}{text(one.text)} <small>{text(one.id)}</small>{about}{place}{shown}"
        f"<i>{text(kind.act)}</i>"
    )


def _rules(rules: list[Ruled]) -> str:
    """A table of the rules."""
    rows = "".join(
        f'<tr id="rule-{text(rule.name)}"><th scope="row">{text(rule.name)}'
        f"<small>{text(rule.description or rule.place)}</small></th>"
        f'<td class="number">{len(rule.before)}</td><td class="number">{len(rule.now)}</td>'
        f'<td class="number">{rule.same}</td><td class="number">{len(rule.findings)}</td></tr>'
        for rule in rules
    )
    if not rows:
        return ""
    heads = "".join(
        f'<th scope="col" class="number">{head}</th>'
        for head in ("Objects before", "Now", "Same effects", "Findings")
    )
    return (
        '<section id="rules"><h2>Rules</h2><div class="scroll" tabindex="0" role="group" '
        f'aria-label="All rules"><table><thead><tr><th scope="col">Rule</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _objects(found: Comparison, *, show_scripts: bool) -> str:
    """The objects that differ: their values side by side, and their pods."""
    if not found.differing:
        return ""
    by_name = {identity(pair.things[0].obj): pair for pair in found.pairs}
    articles = "\n".join(
        _object(one, by_name.get(one.name), f"object-{i}", found, show_scripts=show_scripts)
        for i, one in enumerate(found.differing, 1)
    )
    return f'<section id="objects"><h2>Objects that differ</h2>{articles}</section>'


def _object(
    one: Differing, pair: Pair | None, ident: str, found: Comparison, *, show_scripts: bool
) -> str:
    was = f" <small>was {text(one.was)}</small>" if one.was else ""
    state = mark(one.what if one.what != "renamed" else "changed")
    by = "chart" if one.by == CHART else f"rules {', '.join(one.rules)}"
    rows = "".join(map(_row, one.differences))
    table = (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{text(one.name)}"><table>'
        '<thead><tr><th scope="col">Field</th><th scope="col">Old</th><th scope="col">New</th>'
        f'<th scope="col">By</th></tr></thead><tbody>{rows}</tbody></table></div>'
        if rows
        else "<p>Its text differs.</p>" * (one.what == "changed")
    )
    pods = "".join(
        pods_of(one.name, pods, f"{ident}-{i}", several=True, titles=("Old result", "New result"))
        for i, pods in enumerate(_pods(pair, found, show_scripts=show_scripts) if pair else (), 1)
    )
    return (
        f'<article id="{ident}"><h3>{text(one.name)} {state}{was}</h3>'
        f'<p class="quiet">by {text(by)}</p>{table}{pods}</article>'
    )


def _row(one: Difference) -> str:
    by = _BY.get(one.by) or f"rules {', '.join(one.rules)}"
    old, new = sides(one.old, one.new)
    return (
        f'<tr><th scope="row"><code>{text(one.place)}</code></th>'
        f'<td class="removed"><code>{text(old)}</code></td>'
        f'<td class="added"><code>{text(new)}</code></td><td>{text(by)}</td></tr>'
    )


def _pods(pair: Pair, found: Comparison, *, show_scripts: bool) -> Iterator[Pods]:
    """The pods of an object in the old result and in the new one."""
    old = pair.old.end if pair.old else None
    new = pair.new.end if pair.new else None
    if old is None and new is None:
        return
    change = Change("", old, new, pair.things[0].spot)
    for pods in pairs([change], found.new.rules.workloads, show_scripts=show_scripts):
        before, after = (_without_rules(pod) for pod in (pods.before, pods.after))
        yield pods._replace(before=before, after=after)


def _without_rules(pod: Pod | None) -> Pod | None:
    """The pod; who has caused what is told beside it."""
    if pod is None:
        return None
    return pod._replace(
        containers=[one._replace(rules=[]) for one in pod.containers],
        volumes=[one._replace(rules=[]) for one in pod.volumes],
    )
