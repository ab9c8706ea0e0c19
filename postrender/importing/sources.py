"""What a file is, and how it is read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from postrender.errors import UsageError
from postrender.importing.argocd import read_argocd
from postrender.importing.flux import read_flux
from postrender.importing.folders import NAMES, kustomization_in, read_kustomization
from postrender.importing.helmfile import read_helmfile
from postrender.importing.texts import pages, read_bytes

if TYPE_CHECKING:
    from postrender.data import Object
    from postrender.importing.model import Reading


def file_of(path: str) -> str:
    """The file that is meant by a file or a folder. Raises UsageError."""
    if not os.path.isdir(path):
        return path
    inside = kustomization_in(path)
    if not inside:
        raise UsageError(f"{path}: it has no kustomization.yaml", "name the file to import")
    return inside


def read_source(file: str, render: list[Object] | None, release: str) -> Reading:
    """
    What a file says. `render` are the objects of the chart, if they are known; `release` is the one
    that is meant, where a file has several. Raises KmodError.
    """
    name = os.path.basename(file)
    if name in NAMES:
        return read_kustomization(file, render)
    content = read_bytes(file)
    if name.startswith("helmfile") or b"\nreleases:" in b"\n" + content:
        return read_helmfile(file, content, release)
    found = pages(file, content)
    kinds = [
        (str(page.data.get("apiVersion")), str(page.data.get("kind")))
        for page in found
        if isinstance(page.data, dict)
    ]
    if any(
        kind in ("Kustomization", "Component") and "kustomize.config" in version
        for version, kind in kinds
    ):
        return read_kustomization(file, render)
    if any(kind == "HelmRelease" for _, kind in kinds):
        return read_flux(file, found, release)
    if any(kind in ("Application", "ApplicationSet") for _, kind in kinds):
        return read_argocd(file, found, release)
    if any(
        isinstance(page.data, dict) and {"patches", "resources", "images"} & page.data.keys()
        for page in found
    ):
        return read_kustomization(file, render)
    raise UsageError(
        f"{file}: it is nothing that can be imported",
        "name a kustomization.yaml, a Flux HelmRelease, a helmfile.yaml or an Argo CD Application",
    )
