"""
Flux: `spec.postRenderers` of a HelmRelease.

Source: github.com/fluxcd/helm-controller api v2, v2beta2 and v2beta1, helmrelease_types.go
(PostRenderer, Kustomize), and internal/postrender/kustomize.go: each entry is a kustomization of
its own; the older APIs also have patchesStrategicMerge and patchesJson6902.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from postrender.data import get
from postrender.importing.fields import FLUX
from postrender.importing.files import Files
from postrender.importing.kustomization import read
from postrender.importing.model import Reading
from postrender.importing.part import Part
from postrender.importing.releases import chosen
from postrender.kubernetes.objects import text_of

if TYPE_CHECKING:
    from postrender.data import Data
    from postrender.importing.texts import Page


def read_flux(file: str, found: list[Page], release: str) -> Reading:
    """The postRenderers of one HelmRelease of a file. Raises UsageError."""
    releases = [
        page
        for page in found
        if isinstance(page.data, dict) and page.data.get("kind") == "HelmRelease" and _entries(page)
    ]
    name = chosen(file, [text_of(page.data, "name") for page in releases], release)
    reading = Reading([], [], [], [])
    for page in releases:
        if text_of(page.data, "name") == name:
            _release(page, Files(os.path.dirname(file) or "."), reading)
    return reading


def _entries(page: Page) -> list[Data]:
    found = get(page.data, ("spec", "postRenderers"))
    return found if isinstance(found, list) else []


def _release(page: Page, files: Files, reading: Reading) -> None:
    for i, one in enumerate(_entries(page)):
        path = ("spec", "postRenderers", i, "kustomize")
        data = one.get("kustomize") if isinstance(one, dict) else None
        whole = Part(page, path, data if isinstance(data, dict) else {}, files, FLUX)
        if not whole.data:
            whole.refuse(page.place(path[:-1]), "it has no kustomize", "correct it")
        read(whole)
        reading.steps.extend(whole.steps)
        reading.problems.extend(whole.problems)
        reading.notes.extend(whole.notes)
        reading.runs.append([whole.plain])
