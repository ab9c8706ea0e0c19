"""`kmod-post import`: rules from kustomize patches and what else hosts have."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from postrender.commands.arguments import read_stream
from postrender.commands.console import note, show
from postrender.errors import KmodError, UsageError, one_line, reason_of
from postrender.files import write_file
from postrender.importing.choice import chosen
from postrender.importing.model import Reading
from postrender.importing.proof import proof
from postrender.importing.sources import read_source
from postrender.importing.trial import objects_of
from postrender.importing.writing import text_of_rules

EXAMPLES = (
    ("rules from a kustomization", "kmod-post import kustomization.yaml --render rendered.yaml --to kmod.yaml"),
    ("rules from a Flux HelmRelease", "kmod-post import release.yaml --render rendered.yaml"),
    ("one release of a helmfile", "kmod-post import helmfile.yaml --release web --render rendered.yaml"),
)


def import_rules(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="What to import; a folder is its kustomization.yaml", show_default=False),
    ],
    *,
    render: Annotated[
        str,
        typer.Option(metavar="RENDERED", help="What the chart renders, as the patches see it; - for standard input", show_default=False),
    ] = "",
    release: Annotated[
        str, typer.Option(metavar="NAME", help="The release or Application to import, where a file has several", show_default=False)
    ] = "",
    to: Annotated[
        str, typer.Option(metavar="FILE", help="Rules file to write, or - for standard output")
    ] = "-",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file")] = False,
) -> int:
    """
    Write rules that do what patches of kustomize do.

    It reads kustomization.yaml with all files it names, and the patches of a Flux HelmRelease
    (spec.postRenderers), a helmfile.yaml and an Argo CD Application. Several files become one rules
    file, in their order.

    Give --render: then the rules name containers and list entries instead of counting them, each
    rule is tried, and the result is compared with that of the patches, and with kustomize's own
    where it is installed. Without it, patches that count entries stay jsonPatch.

    What cannot become a rule is listed with its place, and the exit code is 1. The rest is written
    all the same.
    """
    if to != "-" and os.path.exists(to) and not force:
        raise UsageError(f"--to {to}: already exists; name another file, or give --force")
    data = read_stream(render, "import") if render else None
    objects = None if data is None else objects_of(data)
    reading = Reading([], [], [], [])
    for file in files:
        one = read_source(file, objects, release)
        reading = Reading(*(a + b for a, b in zip(reading, one, strict=True)))
    found = chosen(reading, data)
    source = ", ".join(os.path.basename(os.path.abspath(file)) for file in files)
    head = [f"Imported from {source} by kmod-post import."]
    head += [f"Not imported: {one_line(str(problem))}" for problem in found.problems]
    text = text_of_rules(found.written._replace(head=tuple(head)))
    if to == "-":
        show(text)
    else:
        _write(to, text, force=force)
    note(*(one_line(f"{remark} (note)") for remark in found.notes))
    note(*(one_line(f"{remark} (not imported)") for remark in found.problems))
    is_equal = True
    if data is not None:
        compared = proof(text, reading, data)
        note(*(one_line(f"{line} (differs)") for line in compared.differences))
        note(*(one_line(f"{line} (note)") for line in compared.faults))
        note(*(one_line(line) for line in compared.said))
        is_equal = not compared.differences
    count = len(found.written.rules)
    note(f"{one_line(to) if to != '-' else 'written'}: {count} rule{'s' * (count != 1)} from {len(reading.steps) + len(reading.problems)} changes")
    return 0 if is_equal and not found.problems else 1


def _write(to: str, text: str, *, force: bool) -> None:
    try:
        write_file(to, text.encode(), must_be_new=not force)
    except FileExistsError:
        raise UsageError(f"--to {to}: already exists; name another file, or give --force") from None
    except OSError as error:
        reason = reason_of(error)
        raise KmodError(f"--to {to}: cannot be written ({reason})", "name another file") from None
