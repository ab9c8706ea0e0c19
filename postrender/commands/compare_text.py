"""A comparison as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.commands.console import Screen, shown
from postrender.compare.kinds import KINDS, LOOK
from postrender.compare.report import grouped
from postrender.compare.results import CHART, HIDDEN
from postrender.compare.values import change, values_of
from postrender.errors import in_line, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postrender.compare.comparison import Comparison, Ruled
    from postrender.compare.finding import Finding
    from postrender.compare.results import Difference, Differing

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "renamed": "~"}
_STYLES = {"added": "added", "removed": "removed", "changed": "changed", "renamed": "changed"}
# JSON and the page have the rest.
_FIELDS = 20


def text_of(found: Comparison, screen: Screen) -> str:
    """The rules with their findings, then the objects that differ, then the counts."""
    lines = [line for rule in found.rules for line in (*_rule(rule, screen), "")]
    rest = list(_findings(found.findings, screen))
    lines += [*rest, ""] if rest else []
    objects = [line for one in found.differing for line in _object(one, screen)]
    lines += [*objects, ""] if objects else []
    lines.append(_summary(found))
    return "".join(f"{line}\n" for line in lines)


def _summary(found: Comparison) -> str:
    looks = len(grouped(found.looks))
    notes = len(grouped(found.every)) - looks
    own = sum(one.by != CHART for one in found.differing)
    objects = f"objects that differ: {len(found.differing)}"
    by = f", {own} of them by rules" if own else ""
    what = f"{looks} to look at" if looks else "the rules have the same effects"
    note = f", {notes} note{'s' * (notes != 1)}" if notes else ""
    return f"{what}{note}; {objects}{by}"


def _rule(rule: Ruled, screen: Screen) -> Iterator[str]:
    """A rule: what it matches, how many effects are the same or that it fails, its findings."""
    title = screen.paint(f'rule "{in_line(rule.name)}"', "heading")
    yield f"{title}  {screen.paint(in_line(rule.place), 'quiet')}"
    before, now = len(rule.before), len(rule.now)
    matches = f"matches {now}" if before == now else f"matched {before}, matches {now}"
    ids = {one.id for one in rule.findings}
    fails = "fails" if "run-fails" in ids else "failed before" if "old-run-fails" in ids else ""
    yield f"  {matches}; {fails or f'effects that are the same: {rule.same}'}"
    yield from _findings(rule.findings, screen)


def _findings(findings: Iterable[Finding], screen: Screen) -> Iterator[str]:
    """Findings with their values and what to do; equal ones about several objects as one."""
    for one, subjects in grouped(findings):
        kind = KINDS[one.id]
        style = "warning" if kind.level == LOOK else "quiet"
        names = [name for name in subjects if name]
        about = " ".join(filter(None, (listed(names) if names else "", one.place)))
        rule = f'rule "{one.rule}": ' if one.id == "rule-gone" else ""
        lead = f"{rule}{in_line(about)}: " if about else rule
        words = f"{lead}{in_line(one.text)}"
        yield f"  {screen.paint(f'{kind.level}:', style)} {words} ({one.id})"
        values = values_of(one)
        if values:
            yield f"      {shown(values)}"
        if kind.level == LOOK and one.id not in ("run-fails", "warning-new"):
            yield f"      {screen.paint(kind.act, 'quiet')}"


def _object(one: Differing, screen: Screen) -> Iterator[str]:
    """An object that differs, and the values in it."""
    sign = screen.paint(_SIGNS[one.what], _STYLES[one.what])
    was = f", was {in_line(one.was)}" if one.was else ""
    what = "" if one.what in ("changed", "renamed") else f" is {one.what}"
    by = "chart" if one.by == CHART else f"rules {in_line(listed(one.rules))}"
    yield f"{sign} {in_line(one.name)}{was}{what}  {screen.paint(by, 'quiet')}"
    for field in one.differences[:_FIELDS]:
        yield _field(field, screen)
    if one.what == "changed" and not one.differences:
        yield "    its text differs"
    if one.differences[_FIELDS:]:
        yield f"    and {len(one.differences) - _FIELDS} more"


def _field(field: Difference, screen: Screen) -> str:
    """A value that differs, and by whom."""
    values = shown(change(field.old, field.new))
    by = {CHART: "chart", HIDDEN: "chart, hidden by rules"}.get(field.by)
    by = by or f"rules {in_line(listed(field.rules))}"
    return f"    {in_line(field.place)}: {values}  {screen.paint(by, 'quiet')}"
