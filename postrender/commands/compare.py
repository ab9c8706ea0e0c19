"""`kmod-post compare`: what a chart's next version means for the rules."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from postrender.commands.arguments import RULES, Color, Given, places_in, read_stream, takes
from postrender.commands.compare_text import text_of
from postrender.commands.console import Screen, note, show
from postrender.commands.overwriting import refuse_overwriting
from postrender.commands.parameters import argument, option
from postrender.commands.reporting import json_of, write
from postrender.compare.comparison import compare as compared
from postrender.engine.inputs import beside, read_inputs, rules_files
from postrender.errors import UsageError
from postrender.reports.masking import MASK, legend

if TYPE_CHECKING:
    from postrender.compare.comparison import Comparison
    from postrender.engine.inputs import Inputs

EXAMPLES = (
    (
        "show what a new version of a chart means for the rules",
        "kmod-post compare old.yaml new.yaml -f kmod.yaml",
    ),
    (
        "write a comment for a merge request, and fail if there is something to look at",
        "kmod-post compare old.yaml new.yaml -f kmod.yaml --format markdown --exit-code",
    ),
    (
        "compare two sets of rules",
        "kmod-post compare rendered.yaml -f kmod.yaml --rules-before old-kmod.yaml",
    ),
)


class Format(StrEnum):
    """The formats of `--format`."""

    text = "text"
    json = "json"
    markdown = "markdown"


_Files = list[str] | None


@takes(*RULES, "lock", "default_namespace")
def compare(
    old: Annotated[str, argument(metavar="OLD", help="Manifests of the old version")],
    new: Annotated[
        str,
        argument(
            metavar="NEW",
            help="Manifests of the new version. Leave it out to compare two rules files on OLD",
        ),
    ] = "",
    *,
    rules_before: Annotated[
        _Files, option(metavar="FILE", help="Rules file for OLD, instead of -f; repeatable")
    ] = None,
    lock_before: Annotated[
        str, option(metavar="FILE", help="Lock file for OLD, instead of --lock")
    ] = "",
    format_: Annotated[
        Format, option("--format", metavar="text|json|markdown", help="How to print it")
    ] = Format.text,
    json: Annotated[bool, option("--json", help="The same as --format json")] = False,
    html: Annotated[
        str, option(metavar="FILE", help="Write a page for a browser, with pictures")
    ] = "",
    exit_code: Annotated[
        bool, option("--exit-code", help="Exit with 1 if there is something to look at")
    ] = False,
    show_scripts: Annotated[
        bool, option("--show-scripts", help="Show scripts and files; Secrets stay masked")
    ] = False,
    color: Color = "auto",
    given: Given,
) -> int:
    """
    Compare two renders of a chart, and what the rules do to each: what they match, which effects
    are the same, what the chart has changed where they change it.

    Values of Secrets are masked, and so are the texts of scripts without --show-scripts.
    """
    screen = Screen(color)
    way = Format.json if json else format_
    _check(old, new, html, way, has_other_rules=bool(rules_before or lock_before))
    if html and html != "-":
        _refuse(html, old, new, rules_before or [], lock_before, given)
    found = compared(
        _inputs(old, _given_before(given, rules_before, lock_before)),
        _inputs(new or old, given),
        (old, new or old),
        show_scripts=show_scripts,
    )
    if html:
        from postrender.html.comparison import page_of

        page = page_of(found, old, new or old, show_scripts=show_scripts)
        if html == "-":
            show(page)
        else:
            write("--html", html, page, given, new or old)
    if not html or json:
        _print(found, way, screen, show_scripts=show_scripts)
    return int(exit_code and bool(found.looks))


def _check(old: str, new: str, html: str, way: Format, *, has_other_rules: bool) -> None:
    """Raises UsageError where the arguments do not go together."""
    if not new and not has_other_rules:
        raise UsageError(
            "kmod-post compare: NEW is missing",
            "name a second file, or give --rules-before or --lock-before",
        )
    if old == new == "-":
        raise UsageError(
            "kmod-post compare: OLD and NEW both want standard input", "name a file for one"
        )
    if html == "-" and way is not Format.text:
        raise UsageError(
            f"kmod-post compare: --html - and {way.value} both want standard output",
            "name a file for one",
        )


def _refuse(
    html: str, old: str, new: str, rules: list[str], lock: str, given: dict[str, list[str]]
) -> None:
    """Raises UsageError where the page would replace a file that is read."""
    before = {**given, **({"rules": rules} if rules else {}), **({"lock": [lock]} if lock else {})}
    for stream in dict.fromkeys((old, new or old)):
        for options in (given, before):
            refuse_overwriting("--html", html, options, stream)


def _given_before(
    given: dict[str, list[str]], rules: list[str] | None, lock: str
) -> dict[str, list[str]]:
    """The options for the old render: other rules and another lock file, if they are given."""
    before = {**given}
    if lock:
        before["lock"] = [lock]
    elif rules and "lock" not in given:
        import os

        known = beside(rules_files(given))
        if os.path.exists(known):
            before["lock"] = [known]
    if rules:
        before["rules"] = rules
    return before


def _inputs(file: str, given: dict[str, list[str]]) -> Inputs:
    with places_in(file):
        return read_inputs(read_stream(file, "compare"), given)


def _print(found: Comparison, way: Format, screen: Screen, *, show_scripts: bool) -> None:
    """Prints the comparison in a format."""
    if way is Format.json:
        from postrender.compare.report import report

        show(json_of(report(found)))
        return
    if way is Format.markdown:
        from postrender.compare.markdown import markdown

        text = markdown(found)
    else:
        text = text_of(found, screen)
    show(text)
    if MASK in text:
        note(f"kmod-post compare: {legend(show_scripts=show_scripts)}")
