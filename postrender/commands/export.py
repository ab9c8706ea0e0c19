"""`kmod-post export`: the changes as kustomize patches."""

from __future__ import annotations

from typing import Annotated

from postrender.commands.arguments import RUN, File, Given, places_in, read_stream, takes
from postrender.commands.console import show, warn
from postrender.commands.parameters import option
from postrender.commands.reporting import write
from postrender.engine.inputs import read_inputs, run
from postrender.errors import KmodError
from postrender.kubernetes.objects import identity
from postrender.reports.kustomize import net_changes, objects_text, patches, patches_text
from postrender.stream.manifests import Manifests
from postrender.stream.text import Stream
from postrender.yamltext.reader import read

EXAMPLES = (
    ("patches for a kustomization", "helm template web ./chart | kmod-post export -f kmod.yaml"),
    ("patches for a Flux HelmRelease", "kmod-post export -f kmod.yaml --flux rendered.yaml"),
    (
        "patches, and the objects that patches cannot add",
        "kmod-post export -f kmod.yaml --resources new.yaml rendered.yaml",
    ),
)


@takes(*RUN)
def export(
    file: File = "-",
    *,
    flux: Annotated[
        bool, option("--flux", help="Print postRenderers of a Flux HelmRelease")
    ] = False,
    resources: Annotated[
        str | None,
        option(metavar="FILE", help="File for new objects, which patches cannot add"),
    ] = None,
    given: Given,
) -> int:
    """
    Print the changes as kustomize patches, for Flux and other hosts that run no executables.

    The patches fit the chart as it was rendered: regenerate them when the chart or its values
    change.
    """
    with places_in(file):
        data = read_stream(file, "export")
        inputs = read_inputs(data, given)
        result = run(inputs)
    changed, added = net_changes(result.changes)
    stream = inputs.stream
    taken = [read(stream.text(document)) for document in stream.documents if document.is_taken]
    changed += [(rules.data, None) for rules in taken if rules]
    if added and resources is None:
        names = ", ".join(map(identity, added))
        raise KmodError(
            f"export: patches cannot add {names}", "give --resources FILE, and apply that file too"
        )
    chart = [subject.obj for subject in Manifests(Stream(data), inputs.namespace, {}).subjects()]
    text = patches_text(patches(changed, [*chart, *added]), flux=flux)
    if added and resources is not None:
        write("--resources", resources, objects_text(added), given, file)
    warn(result.warnings, file)
    show(text)
    return 0
