"""`kmod-post import`: rules from kustomize patches and what else hosts have."""

from __future__ import annotations

from typing import Annotated

from postrender.commands.arguments import places_in, read_stream
from postrender.commands.console import note, show
from postrender.commands.parameters import argument, option
from postrender.commands.rulesfile import refuse_existing, write_rules
from postrender.errors import UsageError, one_line
from postrender.files import is_same_file
from postrender.importing.imported import imported

EXAMPLES = (
    (
        "rules from a kustomization",
        "kmod-post import kustomization.yaml --render rendered.yaml --to kmod.yaml",
    ),
    ("rules from a Flux HelmRelease", "kmod-post import release.yaml --render rendered.yaml"),
    (
        "one release of a helmfile",
        "kmod-post import helmfile.yaml --release web --render rendered.yaml",
    ),
)


def import_rules(
    files: Annotated[
        list[str],
        argument(
            metavar="FILE",
            help="What to import; a folder is its kustomization.yaml",
            show_default=False,
        ),
    ],
    *,
    render: Annotated[
        list[str] | None,
        option(
            metavar="RENDERED",
            help="What the chart renders, as the patches see it; - for standard input",
            show_default=False,
        ),
    ] = None,
    release: Annotated[
        str,
        option(
            metavar="NAME",
            help="The release or Application to import, where a file has several",
            show_default=False,
        ),
    ] = "",
    to: Annotated[
        str,
        option(metavar="FILE", help="Rules file to write. Default: -, which is standard output"),
    ] = "-",
    force: Annotated[bool, option("--force", help="Replace an existing file")] = False,
) -> int:
    """
    Write rules that do what patches of kustomize do.

    It reads kustomization.yaml with all files it names, and the patches of a Flux HelmRelease
    (spec.postRenderers), a helmfile.yaml and an Argo CD Application. Several files become one rules
    file, in their order.

    Give --render: then the rules name containers and list entries instead of counting them, each
    rule is tried, and the result is compared with that of kustomize, where it is installed.
    Without it, patches that count entries stay jsonPatch.

    What cannot become a rule, and what finds nothing in the render, is listed with its place, and
    the exit code is 1. The rest is written all the same.
    """
    refuse_existing(to, force=force)
    renders = render or []
    if len(renders) > 1:
        raise UsageError(
            f"--render: it is given {len(renders)} times",
            "import with one render, and try the rules on the others with kmod-post diff",
        )
    if to != "-" and any(is_same_file(to, file) for file in [*files, *renders]):
        raise UsageError(f"--to {to}: it is what is read", "name another file")
    data = read_stream(renders[0], "import") if renders else None
    with places_in(renders[0] if renders else "-"):
        done = imported(files, data, release)
    if to == "-":
        show(done.text)
    else:
        write_rules(to, done.text, force=force)
    note(*map(one_line, done.said))
    if to != "-":
        note(f"{one_line(to)}: written")
    return 0 if done.is_complete else 1
