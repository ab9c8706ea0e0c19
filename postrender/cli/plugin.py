"""`kmod-post plugin`: the files by which Helm 4, Argo CD and others come to know kmod-post."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import postrender
from postrender.cli.console import show
from postrender.errors import KmodError, reason_of

EXAMPLES = (
    ("the plugin of Helm 4", 'kmod-post plugin helm --to "$(helm env HELM_PLUGINS)/kmod-post"'),
    ("image, plugin and sidecar for Argo CD", "kmod-post plugin argocd --to argocd"),
    ("a base for helmfile.yaml", "kmod-post plugin helmfile --to ."),
    ("a transformer for kustomization.yaml", "kmod-post plugin kustomize --to ."),
)
PLUGINS = Path(postrender.__file__).parent / "plugins"
_EXECUTABLE = 0o755


class Host(StrEnum):
    """The hosts that need files: each a folder of plugins/."""

    HELM = "helm"
    ARGOCD = "argocd"
    HELMFILE = "helmfile"
    KUSTOMIZE = "kustomize"


def plugin(
    host: Annotated[Host, typer.Argument(show_default=False, help="What the files are for")],
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", show_default=False, help="Folder to write into")
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace files that differ")] = False,
) -> None:
    """
    Write the files that a host needs, and print their names. docs/hosts.md says what to do with
    them.
    """
    show("".join(f"{file}\n" for file in write_files(host, to, force=force)))


def write_files(host: Host, to: Path, *, force: bool = False) -> list[Path]:
    """
    Writes a host's files into a folder and returns their paths; those that are there and equal stay
    as they are. Raises KmodError, and has written nothing then, where one is there and differs, or
    cannot be written.
    """
    source = PLUGINS / host
    files = sorted(file for file in source.rglob("*") if file.is_file())
    targets = [to / file.relative_to(source) for file in files]
    try:
        if not force:
            differing = [
                f"{target}: is there and differs; keep it elsewhere, or give --force"
                for file, target in zip(files, targets, strict=True)
                if target.exists() and target.read_bytes() != file.read_bytes()
            ]
            if differing:
                raise KmodError(differing)
        for file, target in zip(files, targets, strict=True):
            content = file.read_bytes()
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            if content.startswith(b"#!"):
                target.chmod(_EXECUTABLE)
    except OSError as error:
        reason = reason_of(error)
        raise KmodError(
            f"{error.filename}: cannot be written ({reason}); choose another folder"
        ) from None
    return targets
