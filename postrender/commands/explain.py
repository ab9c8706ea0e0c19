"""`kmod-post explain`: what each rule matched, changed and skipped."""

from __future__ import annotations

import re
import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

from postrender.commands.arguments import (
    RUN,
    Color,
    File,
    Given,
    places_in,
    read_stream,
    takes,
)
from postrender.commands.console import Screen, note, show, shown
from postrender.commands.parameters import option
from postrender.commands.reporting import beside, json_of, write
from postrender.engine.inputs import read_inputs, run
from postrender.errors import KmodError, UsageError, in_line
from postrender.html.page import page, page_of_failure
from postrender.reports.masking import MASK, legend
from postrender.reports.references import key_of, name_of
from postrender.reports.report import Watcher
from postrender.yamltext.writer import Layout, flow, is_literal, mapping_lines, sequence_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Object


EXAMPLES = (
    (
        "show what each rule does, and why",
        "helm template web ./chart | kmod-post explain -f kmod.yaml",
    ),
    (
        "write the same as JSON",
        "kmod-post explain -f kmod.yaml --json rendered.yaml > report.json",
    ),
    (
        "write a page for a review",
        "kmod-post explain -f kmod.yaml --html report.html rendered.yaml",
    ),
)
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_SHORT = 60
# Of more objects that a rule leaves as they are, only their kinds are counted.
_MOST_SAME = 10
_CODES = re.compile("\x1b[^m]*m")


@takes(*RUN)
def explain(
    file: File = "-",
    *,
    json: Annotated[bool, option("--json", help="Print JSON, the same as --report writes")] = False,
    html: Annotated[
        str,
        option(metavar="FILE", help="Write a page for a browser, with pictures and the diff"),
    ] = "",
    show_scripts: Annotated[
        bool, option("--show-scripts", help="Show scripts and files; Secrets stay masked")
    ] = False,
    color: Color = "auto",
    given: Given,
) -> None:
    """
    Show for each rule the objects it matched, the fields it changed, what it skipped, and why.

    If a run fails, what it has found so far goes to standard error. Values of Secrets are
    masked, and so are the texts of scripts without --show-scripts.
    """
    if html == "-" and json:
        raise UsageError(
            "kmod-post explain: --html - and --json both want standard output",
            "name a file for one",
        )
    data = read_stream(file, "explain")
    watcher = Watcher(file, show_scripts=show_scripts)
    with places_in(file):
        inputs = read_inputs(data, given)
        try:
            result = run(inputs, watcher)
        except KmodError as error:
            report = watcher.failed(error.messages)
            text = _text(report, Screen(color, sys.stderr)).rstrip("\n")
            note(*[text, ""] * bool(text))
            if html:
                with beside(error):
                    _write(html, page_of_failure(report, error.messages, file), given, file)
            raise
    report = watcher.report(result, inputs.values)
    if html:
        workloads = inputs.rules.workloads
        text = page(report, inputs.stream, result, workloads, file, show_scripts=show_scripts)
        _write(html, text, given, file)
    if html and not json:
        return
    text = json_of(report) if json else _text(report, Screen(color))
    show(text)
    if MASK in text and not json:
        note(f"kmod-post explain: {legend(show_scripts=show_scripts)}")


def _write(html: str, text: str, given: Given, file: str) -> None:
    """Writes the page. Raises KmodError."""
    if html == "-":
        show(text)
    else:
        write("--html", html, text, given, file)


def _text(report: Object, screen: Screen) -> str:
    done = report["outcome"] != "failed"
    lines = [line for rule in report["rules"] for line in (*_rule(rule, screen, done=done), "")]
    for change in report.get("resources", []):
        lines += ["resources", *_changes([change], screen), ""]
    for name in report.get("disabled", []):
        title = screen.paint(f'rule "{in_line(name)}"', "heading")
        lines += [f"{title} is disabled", ""]
    for entry in report.get("printedAnew", []):
        what = in_line(f"{entry['object']}: {entry['path'] or 'all of it'}")
        lines += [f"{what} was reformatted, without its comments", ""]
    if done:
        lines.append(_summary(report))
    return "".join(f"{line}\n" for line in lines)


def _summary(report: Object) -> str:
    counts = [f"{count} {what}" for what, count in report["summary"].items() if count]
    warnings = len(report["warnings"])
    text = f"documents: {', '.join(counts)}" if counts else "the rules change nothing"
    return f"{text}; {warnings} warning{'s' * (warnings != 1)}" if warnings else text


def _may_be_none(expect: str) -> bool:
    """Whether a rule that expects so many may match nothing."""
    return expect.removeprefix("at least ").partition(" ")[0] == "0"


def _rule(rule: Object, screen: Screen, *, done: bool) -> Iterator[str]:
    """One rule; its changes are known only if the run is `done`."""
    title = screen.paint(f'rule "{rule["name"]}"', "heading")
    yield f"{title}  {screen.paint(in_line(rule['place']), 'quiet')}"
    if rule["description"]:
        lines = shown(rule["description"]).removesuffix("\n").split("\n")
        yield from (f"  {line}" for line in lines)
    found = len(rule["matched"])
    verbs = ", ".join(rule["verbs"])
    expect = f", expected {rule['expect']}" if rule["expect"] != "at least 1" else ""
    match = in_line(rule["match"])
    if match == "matching object":
        match = "objects of any kind"
    elif match.startswith("object "):
        match = match.replace("object", "objects", 1)
    if done and not found and not _may_be_none(rule["expect"]):
        expect += " (not checked: the stream is empty, or has only hooks)"
    yield f"  matches {match}: {found}{expect}; verbs: {verbs}"
    changed = {key_of(change["object"]) for change in rule["changes"]}
    for alike in _alike(rule["changes"]):
        yield from _changes(alike, screen)
    same = [ref for ref in rule["matched"] if key_of(ref) not in changed]
    if done and len(same) > _MOST_SAME:
        kinds = Counter(in_line(ref["kind"]) for ref in same)
        counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        yield f"  = {len(same)} objects are as the rule wants them: {counts}"
        same = []
    for ref in same:
        lead = "  = " if done else "  matched: "
        yield lead + _object(ref, screen, lead, " is as the rule wants it" * done)
    for entry in rule["skipped"]:
        lead = "  passed over: "
        name = _object(entry["object"], screen, lead, f": {in_line(entry['reason'])}")
        yield screen.paint(lead, "quiet") + name
    if "skippedMore" in rule:
        yield f"  {screen.paint('passed over:', 'quiet')} {rule['skippedMore']} more"
    for near in rule["nearMisses"]:
        yield f"  {screen.paint('near:', 'warning')} {in_line(near)}"
    for warning in rule["warnings"]:
        yield f"  {screen.paint('warning:', 'warning')} {in_line(warning)}"


def _object(ref: Object, screen: Screen, lead: str = "", tail: str = "") -> str:
    """`Deployment/shop/web (chart/templates/web.yaml)`; the path is below if the line is full."""
    name = in_line(name_of(ref)) + tail
    source = f"({in_line(ref['source'])})" if ref.get("source") else ""
    wide = len(lead) + len(name) + len(source) >= (screen.width or 1 << 16)
    between = f"\n{' ' * 6}" if wide else " "
    return name + (between + screen.paint(source, "quiet") if source else "")


def _alike(changes: list[Object]) -> list[list[Object]]:
    """The changes, with those grouped that do the same to several objects."""
    groups: dict[str, list[Object]] = {}
    for change in changes:
        same = [{**field, "pointer": ""} for field in change["fields"]]
        groups.setdefault(repr([change["what"], same, change.get("content")]), []).append(change)
    return list(groups.values())


def _changes(alike: list[Object], screen: Screen) -> Iterator[str]:
    """Objects that change in the same way, and each changed field."""
    change = alike[0]
    sign, style = _SIGNS[change["what"]], change["what"]
    what = "" if change["what"] == "changed" else f" is {change['what']}"
    for one in alike:
        yield screen.paint(f"  {sign} ", style) + _object(one["object"], screen, " ~  ", what)
    for field in change["fields"]:
        yield from _field(field, screen)
    content = change.get("content") or {}
    for key in ("data", "stringData"):
        for name, value in (content.get(key) or {}).items():
            yield from _value(f"      {in_line(f'{key}[{name}]')}", value, "added", screen)


def _field(field: Object, screen: Screen) -> Iterator[str]:
    """One field: its path, and its value before and after."""
    path = in_line(field["path"])
    lead = "    " + screen.paint(_SIGNS[field["what"]], field["what"]) + " " + path
    if field["what"] != "changed":
        value = field["after" if field["what"] == "added" else "before"]
        yield from _value(lead, value, field["what"], screen)
        return
    old, new = (flow(field[key]) for key in ("before", "after"))
    if "\\n" in old + new or len(path) + len(old) + len(new) > (screen.width or 1 << 16) - 14:
        yield lead
        yield from _value("      was", field["before"], "removed", screen)
        yield from _value("      is", field["after"], "added", screen)
    else:
        arrow = screen.paint(shown(old), "removed"), screen.paint(shown(new), "added")
        yield f"{lead}: {' → '.join(arrow)}"


def _value(lead: str, value: Any, style: str, screen: Screen) -> Iterator[str]:
    """A value: after its path if there is room, else below it, as YAML."""
    short = flow(value)
    room = (screen.width or 1 << 16) - len(_CODES.sub("", lead)) - 3
    if len(short) <= min(_SHORT, room) and "\\n" not in short:
        yield f"{lead}: {screen.paint(shown(short), style)}"
        return
    yield f"{lead}:"
    for line in _lines(value):
        yield f"        {screen.paint(shown(line), style)}" if line else ""


def _lines(value: Any) -> list[str]:
    """A value as YAML; a text of several lines as it is."""
    if isinstance(value, dict) and value:
        return mapping_lines(value, 0, Layout())
    if isinstance(value, list) and value:
        return sequence_lines(value, 0, Layout())
    if isinstance(value, str) and is_literal(value):
        return value.splitlines()
    return [flow(value)]
