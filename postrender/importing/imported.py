"""The whole of an import: from files to the text of a rules file, with what is to be said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.errors import KmodError
from postrender.importing.choice import chosen
from postrender.importing.model import Reading, Remark, joined
from postrender.importing.proof import proof
from postrender.importing.sources import file_of, read_source
from postrender.importing.trial import objects_of
from postrender.importing.writing import text_of_rules

if TYPE_CHECKING:
    from collections.abc import Sequence


class Imported(NamedTuple):
    """
    The rules file; lines about it; whether everything became a rule, and with a render found
    something there and did what it did before.
    """

    text: str
    said: list[str]
    is_complete: bool


def imported(
    files: Sequence[str],
    render: bytes | None = None,
    release: str = "",
    *,
    with_kustomize: bool = True,
) -> Imported:
    """
    The rules for what some files say, in their order. `render` is what the chart renders;
    `with_kustomize`: its own result is compared too, where it is installed. Raises KmodError.
    """
    objects = None if render is None else objects_of(render)
    if objects == []:
        raise KmodError(
            "--render: it has no Kubernetes objects", "give it what helm template prints"
        )
    reading = Reading([], [], [], [])
    files = [file_of(path) for path in files]
    for file in files:
        one = read_source(file, objects, release)
        if not (one.steps or one.problems):
            one.notes.append(Remark(file, "there is nothing in it to import"))
        reading = joined(reading, one)
    found = chosen(reading, render)
    head = [f"Imported from {', '.join(files)} by kmod-post import."]
    head += [f"Not imported: {problem}" for problem in found.problems]
    text = text_of_rules(found.written._replace(head=tuple(head)))
    said = [f"{remark} (note)" for remark in found.notes]
    said += [f"{remark} (not proved)" for remark in found.unproved]
    said += [f"{remark} (not imported)" for remark in found.problems]
    is_same = True
    if render is None:
        said.append("no rule is proved, because there is no render to try it on; give --render")
    else:
        runs = reading.runs if with_kustomize and not found.problems else None
        left_out = ["not imported"] * bool(found.problems) + ["not proved"] * bool(found.unproved)
        compared = proof(found.written, found.steps, runs, render, left_out)
        said += [f"{line} (differs)" for line in compared.differences]
        said += [f"{line} (note)" for line in compared.faults]
        said += compared.said
        if found.problems:
            said.append("kustomize's result was not compared, as not everything became a rule")
        is_same = not compared.differences
    return Imported(text, said, is_same and not found.problems and not found.unproved)
