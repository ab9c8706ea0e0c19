"""`kmod-post init`: first rules for a chart, in one of the four ways or by a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from postrender.commands.arguments import File, places_in, read_stream
from postrender.commands.candidates import (
    complete_container,
    complete_recipe,
    complete_way,
    complete_workload,
)
from postrender.commands.console import note, show, warn
from postrender.commands.parameters import option
from postrender.commands.prompts import chosen, terminal
from postrender.commands.rulesfile import refuse_existing, write_rules
from postrender.commands.starters import WAYS, starter
from postrender.commands.targets import chosen_target, chosen_workload
from postrender.commands.written import Written, any_argv
from postrender.engine import run as engine
from postrender.engine.inputs import rules_of
from postrender.errors import UsageError, one_line
from postrender.reports.inventory import workloads_of
from postrender.rules.layers import read_values
from postrender.stream.text import Stream

if TYPE_CHECKING:
    from typing import TextIO


EXAMPLES = (
    (
        "a sidecar for a chart's only workload",
        "helm template web ./chart | kmod-post init --way sidecar --to kmod.yaml",
    ),
    (
        "an init container for one of several",
        "kmod-post init --way init-container --workload Deployment/web --to a.yaml rendered.yaml",
    ),
    ("show the recipes", "kmod-post init --list"),
    (
        "rules of a recipe",
        "kmod-post init --recipe pull-secret --answer secret=regcred --to b.yaml rendered.yaml",
    ),
)


def init(
    file: File = "-",
    *,
    way: Annotated[
        str,
        option(
            metavar="WAY",
            help="init-container, post-start, sidecar or entrypoint",
            autocompletion=complete_way,
        ),
    ] = "",
    recipe: Annotated[
        str,
        option(
            metavar="NAME",
            help="Rules for a job; --list shows all",
            autocompletion=complete_recipe,
        ),
    ] = "",
    listed: Annotated[bool, option("--list", help="Show the recipes; reads no manifests")] = False,
    answer: Annotated[
        list[str] | None,
        option(metavar="KEY=VALUE", help="What a recipe asks; repeat for each"),
    ] = None,
    workload: Annotated[
        str,
        option(metavar="KIND/NAME", help="The object to change", autocompletion=complete_workload),
    ] = "",
    container: Annotated[
        str,
        option(metavar="NAME", help="The container to change", autocompletion=complete_container),
    ] = "",
    to: Annotated[
        str,
        option(
            metavar="FILE", help="Rules file to write, or - for standard output. Default: kmod.yaml"
        ),
    ] = "kmod.yaml",
    force: Annotated[bool, option("--force", help="Replace an existing file")] = False,
) -> None:
    """
    Write first rules for a chart: a commented rules file that works at once.

    --way adds something to one container. If there is only one workload or container, init takes
    it; otherwise it asks on a terminal.

      init-container  runs before the application; any image, its own log
      post-start      runs when the application starts, in its container
      sidecar         runs next to the application; any image, its own log
      entrypoint      runs before the application, in its container

    --recipe writes the rules for a job, such as pull-secret or mirror-all-images. What it must know
    it asks on a terminal, or takes from --workload, --container and --answer; if something is
    missing, the message says what. --list shows the recipes.
    """
    if listed:
        from postrender.commands.recipes import listing

        show(listing())
        return
    asked = terminal()
    _check(way, recipe, answer, is_asked=asked is not None)
    given = {"workload": workload, "container": container}
    if recipe:
        from postrender.commands.recipe_run import by_recipe
        from postrender.commands.recipes import recipe_of

        made = recipe_of(recipe)
        given = {key: value for key, value in given.items() if value} | _pairs(answer or [])
        if to == "-" and made.layer:
            raise UsageError(f"--to -: recipe {made.name} writes two files", "name a file")
    refuse_existing(to, force=force)
    with places_in(file):
        stream = Stream(read_stream(file, "init"))
    name = "kmod.yaml" if to == "-" else to
    if recipe:
        with places_in(file):
            written = by_recipe(made, stream, given, name, asked)
    else:
        written = _by_way(way, stream, given, name, file, asked)
    if to == "-":
        show("".join(written.files.values()))
    else:
        for path in written.files:
            refuse_existing(path, force=force)
        for path, text in written.files.items():
            write_rules(path, text, force=force)
        _say_next(written, file)
    warn(written.warnings, file)


def _by_way(
    way: str, stream: Stream, given: dict[str, str], to: str, file: str, asked: TextIO | None
) -> Written:
    """Rules in one of the four ways. Raises KmodError."""
    with places_in(file):
        subjects = workloads_of(stream)
    way = chosen("--way", way, list(WAYS), asked)
    chosen_one = chosen_workload(subjects, given["workload"], asked)
    target = chosen_target(*chosen_one, given["container"], asked)
    text = starter(way, target, to)
    with places_in(file):
        engine.run(stream, rules_of([read_values(text, to)]), argv_of=any_argv)
    is_locked = way == "entrypoint" and not target.has_command
    return Written({to: text}, ["lock"] if is_locked else [], [], is_idle=False)


def _check(way: str, recipe: str, answer: list[str] | None, *, is_asked: bool) -> None:
    """One of the two is to be given. Raises UsageError."""
    if way and recipe:
        raise UsageError("init: --way and --recipe exclude each other", "give one of them")
    if answer and not recipe:
        raise UsageError("--answer: is for a recipe", "give --recipe NAME too")
    if not (way or recipe or is_asked):
        raise UsageError(
            "--way: not given",
            f"there are {', '.join(WAYS)}; for a job give --recipe NAME, which "
            '"kmod-post init --list" shows',
        )


def _pairs(answers: list[str]) -> dict[str, str]:
    """Answers by name; the last of a name wins. Raises UsageError."""
    pairs = {}
    for answer in answers:
        name, equals, value = answer.partition("=")
        if not equals or not value:
            raise UsageError(f"--answer {name}: has no value", f"write --answer {name}=VALUE")
        pairs[name] = value
    return pairs


def _say_next(written: Written, file: str) -> None:
    """What was written, and the commands that come next."""
    source = "helm template NAME CHART | " if file == "-" else ""
    behind = "" if file == "-" else f" {one_line(file)}"
    rules = " ".join(f"-f {one_line(path)}" for path in written.files)
    but = ", but the rules change nothing in this stream" if written.is_idle else ""
    note(f"{', '.join(map(one_line, written.files))}: written{but}; next:")
    note(*(f"  {source}kmod-post {command} {rules}{behind}" for command in written.after))
    note(f"  {source}kmod-post diff {rules}{behind}")
