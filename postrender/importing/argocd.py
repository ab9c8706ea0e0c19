"""
Argo CD: `kustomize` of the sources of an Application, or of the template of an ApplicationSet.

Source: github.com/argoproj/argo-cd pkg/apis/application/v1alpha1/types.go
(ApplicationSourceKustomize) and util/kustomize/kustomize.go: it edits them into the kustomization
of the source, which is in git and not read here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from postrender.data import get
from postrender.importing.files import Files
from postrender.importing.kustomization import read
from postrender.importing.model import Reading, Remark
from postrender.importing.part import Part
from postrender.importing.releases import chosen
from postrender.kubernetes.objects import mappings, text_of

if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.importing.texts import Page

# Fields that are kustomize's own.
_SAME = ("namePrefix", "nameSuffix", "namespace", "patches", "replicas", "commonAnnotations")
# How kustomize is called, or what of the program matters here not.
_SILENT = (
    "version",
    "forceCommonLabels",
    "forceCommonAnnotations",
    "commonAnnotationsEnvsubst",
    "labelWithoutSelector",
    "labelIncludeTemplates",
    "commonLabels",
    "images",
    "apiVersions",
    "kubeVersion",
    "ignoreMissingComponents",
)


def read_argocd(file: str, found: list[Page], release: str) -> Reading:
    """The kustomize of the sources of one Application. Raises UsageError."""
    apps = [
        page for page in found if isinstance(page.data, dict) and any(True for _ in _sources(page))
    ]
    name = chosen(file, [text_of(page.data, "name") for page in apps], release)
    reading = Reading([], [], [], [])
    for page in apps:
        if text_of(page.data, "name") != name:
            continue
        if get(page.data, ("spec", "templatePatch")):
            place = page.place(("spec", "templatePatch"))
            advice = "import an Application that the ApplicationSet has made"
            reading.problems.append(Remark(place, "it is not read", advice))
        for path, data in _sources(page):
            part = Part(page, path, {}, Files(os.path.dirname(file) or "."))
            _source(part, dict(data))
            read(part)
            reading.steps.extend(part.steps)
            reading.problems.extend(part.problems)
            reading.notes.extend(part.notes)
            reading.runs.append([part.plain])
    return reading


def _sources(page: Page) -> list[tuple[Path, Object]]:
    """The places of `kustomize` in an Application."""
    start: Path = (
        ("spec", "template", "spec") if page.data.get("kind") == "ApplicationSet" else ("spec",)
    )
    spec: Data = get(page.data, start)
    if not isinstance(spec, dict):
        return []
    places: list[Path] = [(*start, "source", "kustomize")]
    places += [(*start, "sources", i, "kustomize") for i in range(len(_list(spec.get("sources"))))]
    return [(path, found) for path in places if isinstance(found := get(page.data, path), dict)]


def _list(value: Data) -> list[Data]:
    return value if isinstance(value, list) else []


def _source(part: Part, data: Object) -> None:
    """Fills in the kustomization that Argo CD makes of it."""
    for key, value in [*data.items()]:
        if "{{" in str(value):
            part.refuse(
                part.place(key),
                f"{key} has templates, whose values are not known here",
                "import an Application that the ApplicationSet has made",
            )
            del data[key]
        elif key in _SAME:
            part.data[key] = value
        elif key == "components":
            part.refuse(
                part.place(key), "components are in git, not here", "import their kustomization"
            )
        elif key not in _SILENT:
            part.refuse_unknown((key,), (*_SAME, *_SILENT, "components"))
    if data.get("images"):
        part.data["images"] = [_image(str(text)) for text in _list(data["images"])]
    if data.get("replicas"):
        part.data["replicas"] = [
            {**one, "count": _number(one["count"])} if "count" in one else one
            for one in mappings(data["replicas"])
        ]
    labels = data.get("commonLabels")
    if labels and data.get("labelWithoutSelector"):
        templates = bool(data.get("labelIncludeTemplates"))
        part.data["labels"] = [{"pairs": labels, "includeTemplates": templates}]
    elif labels:
        part.data["commonLabels"] = labels
    if data.get("commonAnnotationsEnvsubst"):
        part.note(
            part.place("commonAnnotationsEnvsubst"), "Argo CD's variables stay as they are written"
        )


def _number(value: Data) -> Data:
    """A number, which Argo CD also takes as text."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _image(text: str) -> Object:
    """`name=new:tag`, `name:tag` or `name@digest` (kustomize edit set image)."""
    name, equals, new = text.partition("=")
    new = new if equals else name
    rest, _, digest = new.partition("@")
    start = rest.rfind("/") + 1
    colon = rest.find(":", start)
    path, tag = (rest[:colon], rest[colon + 1 :]) if colon >= 0 else (rest, "")
    found = {
        "name": name if equals else path,
        "newName": path if equals else "",
        "newTag": tag,
        "digest": digest,
    }
    return {
        key: value
        for key, value in found.items()
        if value and not (key == "newName" and value == "*")
    }
