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
from typing import TYPE_CHECKING, NamedTuple

from postrender.data import get
from postrender.importing.files import Files
from postrender.importing.kustomization import read
from postrender.importing.model import Reading, Remark
from postrender.importing.part import Part
from postrender.importing.releases import chosen
from postrender.importing.texts import At, pages
from postrender.kubernetes.objects import mappings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object, Path
    from postrender.importing.texts import Page


class Field(NamedTuple):
    """A field of a release, and where it is written."""

    page: Page
    path: Path


_FIELDS = ("strategicMergePatches", "jsonPatches", "transformers")
_OTHERS = {
    "bases": "import the output of helmfile build",
    "helmfiles": "import each of them",
}
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
_MARK = "KMOD-TEMPLATE"


def read_helmfile(file: str, content: bytes, release: str) -> Reading:
    """The patches of one release of a helmfile. Raises KmodError."""
    text = content.decode()
    has_templates = "{{" in text
    found = [page for page in pages(file, _plain(text).encode()) if isinstance(page.data, dict)]
    entries = [
        (_name(one), fields)
        for page in found
        for i, one in _releases(page)
        if (fields := _fields(found, page, i, one))
    ]
    name = chosen(file, [name for name, _ in entries], release)
    reading = Reading([], [], [], [])
    for known, fields in entries:
        if known == name:
            _release(fields, Files(os.path.dirname(file) or "."), reading)
    for page in found:
        for i, one in _releases(page):
            if _name(one) == name or not entries:
                reading.problems.extend(_missing(found, page, i, one))
    if has_templates and not entries:
        _whole(found, file, reading)
    reading.notes.extend(_not_read(found))
    return reading


def _not_read(found: list[Page]) -> Iterator[Remark]:
    """The fields that bring in other helmfiles, which may have releases and templates."""
    for page in found:
        for key, advice in _OTHERS.items():
            if page.data.get(key):
                yield Remark(page.place((key,)), "files that it names are not read", advice)


def _releases(page: Page) -> Iterator[tuple[int, Object]]:
    """The releases of a page, with their numbers."""
    for i, one in enumerate(_list(page.data.get("releases"))):
        if isinstance(one, dict):
            yield i, one


def _missing(found: list[Page], page: Page, i: int, one: Object) -> Iterator[Remark]:
    """The templates that a release inherits from and that the file does not have."""
    known = {name for other in found for name in other.data.get("templates") or ()}
    for n, inherit in enumerate(mappings(one.get("inherit"))):
        name = str(inherit.get("template"))
        if name not in known:
            yield Remark(
                page.place(("releases", i, "inherit", n)),
                f"the file has no template {name.replace(_MARK, '{{ }}')}, which may have patches",
                "import the output of helmfile build",
            )


def _list(value: Data) -> list[Data]:
    return value if isinstance(value, list) else []


def _name(release: Object) -> str:
    return str(release.get("name")).replace(_MARK, "{{ }}")


def _fields(found: list[Page], page: Page, i: int, one: Object) -> dict[str, Field]:
    """
    The fields with patches of a release: its own, and others from the templates that it inherits
    from, of which the last one counts (pkg/state/state_exec_tmpl.go).
    """
    fields = {key: Field(page, ("releases", i, key)) for key in _FIELDS if one.get(key)}
    for inherit in reversed(mappings(one.get("inherit"))):
        name, left_out = str(inherit.get("template")), _list(inherit.get("except"))
        for other in found:
            template = get(other.data, ("templates", name))
            for key in template if isinstance(template, dict) else ():
                if key in _FIELDS and key not in left_out:
                    fields.setdefault(key, Field(other, ("templates", name, key)))
    return fields


def _plain(text: str) -> str:
    """The text with marks in place of templates; lines of nothing else are empty."""
    lines = []
    for line in text.split("\n"):
        bare = _TEMPLATE.sub("", line).strip()
        is_control = "{{" in line and (not bare or bare.startswith("#"))
        lines.append("" if is_control else _TEMPLATE.sub(_MARK, line))
    return "\n".join(lines)


def _whole(found: list[Page], file: str, reading: Reading) -> None:
    place = found[0].place(("releases",)) if found else file
    reading.notes.append(
        Remark(
            place,
            "it is a Go template, and no release has patches",
            "import the output of helmfile build",
        )
    )


def _release(fields: dict[str, Field], files: Files, reading: Reading) -> None:
    plain: Object = {}
    for ours, theirs in (
        ("patchesStrategicMerge", "strategicMergePatches"),
        ("patchesJson6902", "jsonPatches"),
        ("transformers", "transformers"),
    ):
        if theirs not in fields:
            continue
        page, path = fields[theirs]
        for n, item in enumerate(_list(get(page.data, path))):
            inner = Part(At(page.place((*path, n)), page), (), {ours: [item]}, files)
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
                plain.setdefault(key, []).extend(value)
    reading.runs.append([plain])


def _has_mark(data: Data) -> bool:
    if isinstance(data, dict):
        return any(_has_mark(key) or _has_mark(value) for key, value in data.items())
    if isinstance(data, list):
        return any(map(_has_mark, data))
    return isinstance(data, str) and _MARK in data
