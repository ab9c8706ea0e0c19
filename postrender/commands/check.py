"""`kmod-post check`: every mistake in the rules, without a stream."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

from postrender.commands.arguments import RULES, Color, Given, takes
from postrender.commands.console import Screen, note, show
from postrender.commands.parameters import argument, option
from postrender.commands.reporting import json_of
from postrender.engine.inputs import file_values, rules_files, rules_layers, rules_of
from postrender.errors import RulesError, UsageError, in_line, one_line
from postrender.files import read_file
from postrender.kubernetes.kindnames import near_to
from postrender.reports.excerpt import excerpt
from postrender.rules.match import is_exact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from postrender.data import Object
    from postrender.errors import Message
    from postrender.rules.model import Rules

FORMATS = ("text", "github", "json")
EXAMPLES = (
    ("every mistake in ./kmod.yaml", "kmod-post check"),
    ("the mistakes in several layers", "kmod-post check -f base.yaml -f prod.yaml"),
    ("annotations in a GitHub workflow", "kmod-post check --format github kmod.yaml"),
)


@takes(*RULES)
def check(
    files: Annotated[
        list[str] | None,
        argument(
            metavar="FILE", help="Rules files to check one by one, each on top of the -f files"
        ),
    ] = None,
    *,
    format_: Annotated[
        str,
        option(
            "--format",
            metavar="text|github|json",
            help="Format of the mistakes; text and github go to standard error",
        ),
    ] = "text",
    color: Color = "auto",
    given: Given,
) -> int:
    """
    Check rules files: show every mistake with its file, line and column, the line itself, and what
    to do. Needs no manifests. The exit code is 1 if there is a mistake.
    """
    if format_ not in FORMATS:
        raise UsageError(f"--format {format_}: must be one of {', '.join(FORMATS)}")
    base = given.get("rules", [])
    runs = [[*base, file] for file in files] if files else [rules_files(given)]
    counts: dict[str, int] = {}
    messages: dict[Message, None] = {}
    for layers in runs:
        found = _mistakes({**given, "rules": layers}, counts)
        messages.update(dict.fromkeys(found))
    named = {file for layers in runs for file in layers}
    if format_ == "json":
        entries = [_entry(message, named) for message in messages]
        show(json_of({"apiVersion": "kmod/v1", "kind": "KmodFindings", "findings": entries}))
    elif format_ == "github":
        note(*(_annotation(_entry(message, named), message.tail) for message in messages))
    elif messages:
        screen = Screen(color, sys.stderr)
        note(*(line for message in messages for line in _shown(message, screen)))
    else:
        show(
            "".join(
                f"{one_line(file)}: {_counted(count)}, no mistakes\n"
                for file, count in counts.items()
            )
        )
    return int(bool(messages))


def _mistakes(given: Given, counts: dict[str, int]) -> list[Message]:
    """The mistakes in rules files that are layers of one set; if there are none, counts rules."""
    messages: list[Message] = []
    for file in given["rules"]:
        try:
            file_values(file)
        except RulesError as error:
            messages += error.messages
    if messages:
        return messages
    try:
        rules = rules_of(rules_layers(given))
    except RulesError as error:
        return list(error.messages)
    counts[", ".join(given["rules"])] = len(rules.rules)
    note(*(one_line(str(message)) for message in _doubts(rules)))
    return []


def _doubts(rules: Rules) -> Iterator[Message]:
    """Kinds that may be mistyped. They are no mistakes, as a custom kind may have that name."""
    for rule in rules.rules:
        kinds = rule.match.kind.texts if rule.match.kind else ()
        for kind in kinds if "apiVersion" not in rule.match.globs else ():
            meant = near_to(kind) if is_exact(kind) and kind not in rules.workloads else ""
            if meant:
                yield rule.message(
                    "match.kind",
                    f'"{kind}" is not a known kind',
                    f'did you mean "{meant}"? For a custom kind of that name, write its apiVersion',
                )


def _entry(message: Message, files: AbstractSet[str]) -> Object:
    """The parts of a message, for programs; `files` are the files that it may be about."""
    where = message.where
    is_placed = where is not None and (where.line or where.file in files)
    return {
        "message": str(message),
        "file": where.file if where and is_placed else "",
        "line": where.line if where else 0,
        "column": where.column if where else 0,
        "what": message.what if is_placed or not where else f"{where}: {message.what}",
        "hint": message.advice,
        "id": message.id,
    }


def _counted(count: int) -> str:
    return f"{count} rule{'s' * (count != 1)}"


def _shown(message: Message, screen: Screen) -> list[str]:
    """A message, and below it the line that it is about."""
    where = message.where
    place = f"{in_line(where)}: " if where else ""
    what = screen.paint(one_line(message.what), "error")
    advice = screen.paint(one_line(f"; {message.advice}"), "heading") if message.advice else ""
    tail = screen.paint(message.tail, "quiet")
    shown = f"{place}{what}{advice}{tail}"
    if where is None or not where.line or not os.path.isfile(where.file):
        return [shown]  # a pipe cannot be read twice
    try:
        text = read_file(where.file).decode("utf-8-sig")
    except (OSError, ValueError):
        return [shown]
    line, start, length = excerpt(text, where, message.what)
    if not line:
        return [shown]
    line, start = _cut(line, start, (screen.width or 1 << 16) - 8)
    number = screen.paint(f"{where.line:>5} | ", "quiet")
    under = screen.paint("      | ", "quiet")
    before = " " * _cells(line[:start])
    caret = screen.paint("^" * max(1, min(_cells(line[start : start + length]), length)), "error")
    return [shown, f"{number}{in_line(line)}", f"{under}{before}{caret}"]


def _cut(line: str, start: int, room: int) -> tuple[str, int]:
    """The part of a long line around a place, and the place in it."""
    line = line.expandtabs(1)
    if len(line) <= room:
        return line, start
    begin = max(0, min(start - room // 3, len(line) - room))
    return line[begin : begin + room], start - begin


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(in_line(text))


def _annotation(entry: Object, tail: str) -> str:
    """A message, with its tail, in the format of GitHub workflows (actions/toolkit command.ts)."""
    parts = {"file": entry["file"], "line": entry["line"], "col": entry["column"]}
    properties = ",".join(
        f"{key}={_escaped(str(value)).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in parts.items()
        if value
    )
    text = f"{entry['what']}; {entry['hint']}" if entry["hint"] else entry["what"]
    return f"::error {properties}::{_escaped(text + tail)}"


def _escaped(text: str) -> str:
    return one_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
