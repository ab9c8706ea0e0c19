"""The whole of an import: from files to the text of a rules file, with what is to be said of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from postrender.importing.choice import chosen
from postrender.importing.model import Reading, joined
from postrender.importing.proof import proof
from postrender.importing.sources import read_source
from postrender.importing.trial import objects_of
from postrender.importing.writing import text_of_rules

if TYPE_CHECKING:
    from collections.abc import Sequence


class Imported(NamedTuple):
    """
    The rules file; lines about it; whether everything became a rule, and with the render did what
    it did before.
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
    reading = Reading([], [], [], [])
    for file in files:
        one = read_source(file, objects, release)
        reading = joined(reading, one)
    found = chosen(reading, render)
    names = ", ".join(os.path.basename(os.path.abspath(file)) for file in files)
    head = [f"Imported from {names} by kmod-post import."]
    head += [f"Not imported: {problem}" for problem in found.problems]
    text = text_of_rules(found.written._replace(head=tuple(head)))
    said = [f"{remark} (note)" for remark in found.notes]
    said += [f"{remark} (not imported)" for remark in found.problems]
    is_same = True
    if render is not None:
        layers = reading.kustomizations if with_kustomize and not found.problems else None
        compared = proof(text, found.steps, layers, render)
        said += [f"{line} (differs)" for line in compared.differences]
        said += [f"{line} (note)" for line in compared.faults]
        said += compared.said
        is_same = not compared.differences
    return Imported(text, said, is_same and not found.problems)
