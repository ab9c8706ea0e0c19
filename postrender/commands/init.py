"""`kmod-post init`: first rules for a chart, in one of the four ways."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from postrender.commands.arguments import File, places_in, read_stream
from postrender.commands.candidates import complete_container, complete_way, complete_workload
from postrender.commands.console import note, show
from postrender.commands.prompts import chosen, terminal
from postrender.commands.starters import WAYS, starter
from postrender.commands.targets import chosen_target, chosen_workload
from postrender.engine import run as engine
from postrender.engine.inputs import rules_of
from postrender.errors import KmodError, UsageError, one_line, reason_of
from postrender.files import write_file
from postrender.kubernetes.images import Locked
from postrender.reports.inventory import workloads_of
from postrender.rules.layers import read_values
from postrender.stream.text import Stream

EXAMPLES = (
    (
        "a sidecar for a chart's only workload",
        "helm template web ./chart | kmod-post init --way sidecar --to kmod.yaml",
    ),
    (
        "an init container for one of several",
        "kmod-post init --way init-container --workload Deployment/web --to a.yaml rendered.yaml",
    ),
)


def init(
    file: File = "-",
    *,
    way: Annotated[
        str,
        typer.Option(
            metavar="WAY",
            help="init-container, post-start, sidecar or entrypoint",
            autocompletion=complete_way,
        ),
    ] = "",
    workload: Annotated[
        str,
        typer.Option(
            metavar="KIND/NAME", help="The object to change", autocompletion=complete_workload
        ),
    ] = "",
    container: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="The container to change", autocompletion=complete_container
        ),
    ] = "",
    to: Annotated[
        str, typer.Option(metavar="FILE", help="Rules file to write, or - for standard output")
    ] = "kmod.yaml",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file")] = False,
) -> None:
    """
    Write first rules for a container of the chart: a commented rules file that works at once.

    If there is only one workload or container, init takes it; otherwise it asks on a terminal.

      init-container  runs before the application; any image, its own log
      post-start      runs when the application starts, in its container
      sidecar         runs next to the application; any image, its own log
      entrypoint      runs before the application, in its container
    """
    if to != "-" and os.path.exists(to) and not force:
        raise UsageError(_there(to))
    with places_in(file):
        stream = Stream(read_stream(file, "init"))
        subjects = workloads_of(stream)
    asked = terminal()
    way = chosen("--way", way, list(WAYS), asked)
    target = chosen_target(*chosen_workload(subjects, workload, asked), container, asked)
    text = starter(way, target, "kmod.yaml" if to == "-" else to)
    with places_in(file):
        engine.run(stream, rules_of([read_values(text, to)]), argv_of=_any_argv)
    if to == "-":
        show(text)
        return
    _write(to, text, force=force)
    source = "helm template NAME CHART | " if file == "-" else ""
    behind = "" if file == "-" else f" {one_line(file)}"
    to = one_line(to)
    note(f"{to}: written; next:")
    if way == "entrypoint" and not target.has_command:
        note(f"  {source}kmod-post lock -f {to}{behind}")
    note(f"  {source}kmod-post diff -f {to}{behind}")


def _any_argv(image: str, platform: str) -> Locked:  # noqa: ARG001 - asked as a lock file is
    """Replaces the lock file, which `kmod-post lock` writes only when there are rules."""
    return Locked(("(not locked)",), (), f"sha256:{0:064}")


def _write(to: str, text: str, *, force: bool) -> None:
    try:
        write_file(to, text.encode(), must_be_new=not force)
    except FileExistsError:
        raise UsageError(_there(to)) from None
    except OSError as error:
        reason = reason_of(error)
        raise KmodError(f"--to {to}: cannot be written ({reason})", "name another file") from None


def _there(to: str) -> str:
    return f"--to {to}: already exists; name another file, or give --force"
