"""
helmfile: `strategicMergePatches`, `jsonPatches` and `transformers` of a release.

Source: github.com/helmfile/helmfile pkg/state (ReleaseSpec), github.com/helmfile/chartify
patch.go: all in one kustomization, which does strategicMergePatches first, and transformers last.

A helmfile may be a Go template. Lines that only have a template are left out, and templates in
values stand for what they would give: what uses them is named and not converted.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from postrender.importing.files import Files
from postrender.importing.kustomization import read
from postrender.importing.model import Reading
from postrender.importing.part import Part
from postrender.importing.releases import chosen
from postrender.importing.texts import At, pages

if TYPE_CHECKING:
    from postrender.data import Data, Object
    from postrender.importing.texts import Page

_FIELDS = ("strategicMergePatches", "jsonPatches", "transformers")
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
_MARK = "KMOD-TEMPLATE"


def read_helmfile(file: str, content: bytes, release: str) -> Reading:
    """The patches of one release of a helmfile. Raises KmodError."""
    text = content.decode()
    has_templates = "{{" in text
    found = [page for page in pages(file, _plain(text).encode()) if isinstance(page.data, dict)]
    entries = [
        (page, i, one)
        for page in found
        for i, one in enumerate(_list(page.data.get("releases")))
        if isinstance(one, dict) and any(one.get(key) for key in _FIELDS)
    ]
    name = chosen(file, [str(one.get("name")) for _, _, one in entries], release)
    reading = Reading([], [], [], [])
    for page, i, one in entries:
        if str(one.get("name")) == name:
            _release(page, i, one, Files(os.path.dirname(file) or "."), reading)
    if has_templates and not entries:
        _whole(found, file, reading)
    return reading


def _list(value: Data) -> list[Data]:
    return value if isinstance(value, list) else []


def _plain(text: str) -> str:
    """The text with marks in place of templates; lines of nothing else are empty."""
    lines = []
    for line in text.split("\n"):
        bare = _TEMPLATE.sub("", line).strip()
        is_control = "{{" in line and (not bare or bare.startswith("#"))
        lines.append("" if is_control else _TEMPLATE.sub(_MARK, line))
    return "\n".join(lines)


def _whole(found: list[Page], file: str, reading: Reading) -> None:
    from postrender.importing.model import Remark

    place = found[0].place(("releases",)) if found else file
    reading.notes.append(
        Remark(
            place,
            "it is a Go template, and no release has patches",
            "import the output of helmfile build",
        )
    )


def _release(page: Page, i: int, one: Object, files: Files, reading: Reading) -> None:
    part = Part(page, ("releases", i), {}, files)
    for ours, theirs in (
        ("patchesStrategicMerge", "strategicMergePatches"),
        ("patchesJson6902", "jsonPatches"),
        ("transformers", "transformers"),
    ):
        for n, item in enumerate(_list(one.get(theirs))):
            inner = Part(
                At(page.place(("releases", i, theirs, n)), page), (), {ours: [item]}, files
            )
            if _has_mark(item):
                inner.refuse(
                    inner.place(),
                    "it has Go templates, whose values are not known here",
                    "import the output of helmfile build",
                )
            elif isinstance(item, str) and item.endswith(".gotmpl"):
                inner.refuse(
                    inner.place(),
                    f"{item} is a Go template, whose values are not known here",
                    "write what it gives into a file",
                )
            else:
                read(inner)
            reading.steps.extend(inner.steps)
            reading.problems.extend(inner.problems)
            reading.notes.extend(inner.notes)
            for key, value in inner.plain.items():
                part.keep(key, value)
    reading.kustomizations.append(part.plain)


def _has_mark(data: Data) -> bool:
    if isinstance(data, dict):
        return any(_has_mark(key) or _has_mark(value) for key, value in data.items())
    if isinstance(data, list):
        return any(map(_has_mark, data))
    return isinstance(data, str) and _MARK in data
