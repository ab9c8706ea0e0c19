"""A comparison as Markdown for a comment on a change: bounded, the most important first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.kinds import KINDS, LOOK
from postrender.compare.report import grouped
from postrender.compare.results import HIDDEN
from postrender.compare.values import change, values_of
from postrender.errors import in_line, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postrender.compare.comparison import Comparison
    from postrender.compare.finding import Finding
    from postrender.compare.results import Differing

# GitHub takes comments of 65,536 characters, GitLab longer ones.
MOST = 60_000
# What is kept for the lists below a list that is cut.
_FIELDS = 12
_TAIL = 200


def markdown(found: Comparison, most: int = MOST) -> str:
    """The comparison in at most so many characters."""
    looks = found.looks
    notes = [one for one in found.every if KINDS[one.id].level != LOOK]
    head = (
        "Rules have the same effects" if not looks else f"Rules: {len(grouped(looks))} to look at"
    )
    lines = [f"### kmod-post compare: {head}", ""]
    lines += _table(found)
    room = most - _length(lines) - _TAIL
    for title, findings in (("To look at", looks), ("Notes", notes)):
        if findings:
            part = _cut([_item(*one) for one in grouped(findings)], room - len(title) - 20)
            lines += [f"**{title}**", "", *part, ""]
            room = most - _length(lines) - _TAIL
    objects = [line for one in found.differing for line in _object(one)]
    if objects and room > _TAIL:
        count = len(found.differing)
        title = f"{count} object{'s' * (count != 1)} differ{'s' * (count == 1)}"
        part = _cut(objects, room - _TAIL)
        lines += [f"<details><summary>{title}</summary>", "", *part, "", "</details>", ""]
    return "\n".join(lines)


def _table(found: Comparison) -> list[str]:
    """Each rule that has something to look at, with its counts; the others in one row."""
    quiet = [rule for rule in found.rules if not rule.findings]
    rows = [
        f"| {code(rule.name)} | {len(rule.before)} | {len(rule.now)} | {rule.same} | "
        f"{len(rule.findings)} |"
        for rule in found.rules
        if rule.findings
    ][:100]
    if quiet:
        same = sum(rule.same for rule in quiet)
        before, now = (
            sum(len(names) for names in (r.before if i == 0 else r.now for r in quiet))
            for i in (0, 1)
        )
        name = f"{len(quiet)} other{'s' * (len(quiet) != 1)}" if rows else f"{len(quiet)} in all"
        rows.append(f"| {name} | {before} | {now} | {same} | 0 |")
    head = [
        "| rule | objects before | now | same effects | findings |",
        "|---|---:|---:|---:|---:|",
    ]
    return [*head, *rows, ""] if rows else []


def _item(one: Finding, subjects: list[str]) -> str:
    """A finding as an item of a list."""
    rule = f"rule {code(one.rule)}: " if one.rule else ""
    names = [name for name in subjects if name]
    about = ", ".join(map(code, names[:3])) + (f" and {len(names) - 3} more" if names[3:] else "")
    place = f" {code(one.place)}" if one.place else ""
    lead = f"{about}{place}: " if about or place else ""
    values = values_of(one)
    detail = f"<br>{code(values)}" if values else ""
    return f"- {rule}{lead}{text(one.text)} (`{one.id}`){detail}"


def _object(one: Differing) -> Iterator[str]:
    """An object that differs, with its first values."""
    was = f" (was {code(one.was)})" if one.was else ""
    by = "chart" if one.by == "chart" else f"rules {listed(one.rules)}"
    yield f"- {code(one.name)}{was} {one.what}, by {text(by)}"
    for field in one.differences[:_FIELDS]:
        how = ", hidden by rules" if field.by == HIDDEN else f", by {field.by}"
        values = change(field.old, field.new)
        yield f"  - {code(field.place)}: {code(values)}{how}"
    if one.what == "changed" and not one.differences:
        yield "  - its text differs"
    if one.differences[_FIELDS:]:
        yield f"  - and {len(one.differences) - _FIELDS} more"


def _cut(lines: list[str], room: int) -> list[str]:
    """As many lines as there is room for, and how many are left out."""
    kept: list[str] = []
    for i, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            return [*kept, f"- and {len(lines) - i} more: see `kmod-post compare`"]
        kept.append(line)
    return kept


def _length(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def code(value: str) -> str:
    """A text as code, whatever characters it has."""
    shown = in_line(value).replace("|", "\\|")
    ticks = "`"
    while ticks in shown:
        ticks += "`"
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def text(value: str) -> str:
    """A text without effect as Markdown or HTML."""
    shown = in_line(value)
    for sign in "\\`*_<>[]|#":
        shown = shown.replace(sign, f"&#{ord(sign)};" if sign in "<>" else f"\\{sign}")
    return shown
