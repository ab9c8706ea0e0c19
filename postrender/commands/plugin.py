"""`kmod-post plugin`: the files that Helm 4, Argo CD and other hosts need to run kmod-post."""

from __future__ import annotations

import os
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from postrender.commands.console import show
from postrender.commands.overwriting import refuse_overwriting
from postrender.commands.parameters import argument, option
from postrender.errors import KmodError, UsageError, Where, in_line, message, reason_of
from postrender.files import write_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

EXAMPLES = (
    ("the plugin of Helm 4", 'kmod-post plugin helm --to "$(helm env HELM_PLUGINS)/kmod-post"'),
    ("image, plugin and sidecar for Argo CD", "kmod-post plugin argocd --to argocd"),
    ("a base for helmfile.yaml", "kmod-post plugin helmfile --to ."),
    ("a transformer for kustomization.yaml", "kmod-post plugin kustomize --to ."),
)


class Host(StrEnum):
    """The hosts that need files: each a folder of plugins/."""

    HELM = "helm"
    ARGOCD = "argocd"
    HELMFILE = "helmfile"
    KUSTOMIZE = "kustomize"


def plugin(
    host: Annotated[
        Host,
        argument(metavar="HOST", show_default=False, help="helm, argocd, helmfile or kustomize"),
    ],
    to: Annotated[
        str, option("--to", metavar="DIR", show_default=False, help="Folder to write to")
    ],
    force: Annotated[bool, option("--force", help="Replace files that differ")] = False,
) -> None:
    """
    Write the files that a host needs to run kmod-post, and print their names. docs/hosts.md says
    how to use them.
    """
    _refuse_empty(host, to)
    show("".join(f"{in_line(file)}\n" for file in write_files(host, Path(to), force=force)))


def _refuse_empty(host: Host, to: str) -> None:
    """
    Raises UsageError if a folder looks as if a variable in it was empty: it has no name, or is
    directly below the root.
    """
    path = Path(os.path.normpath(to))
    if not to:
        raise UsageError("--to: it is empty", "name a folder, such as . for this one")
    if str(path.parent) != path.anchor:
        return
    if host is Host.HELM:
        raise UsageError(
            f"--to {to}: HELM_PLUGINS came out empty", 'see what "helm env HELM_PLUGINS" prints'
        )
    raise UsageError(
        f"--to {to}: the part before the last / is empty",
        'name a folder further down, or run "cd /" first and name it without the /',
    )


def _contents(folder: Traversable, to: Path) -> Iterator[tuple[Path, bytes]]:
    """The files in a folder of the package and below it: where each goes, and its content."""
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir():
            yield from _contents(each, to / each.name)
        else:
            yield to / each.name, each.read_bytes()


def write_files(host: Host, to: Path, *, force: bool = False) -> list[Path]:
    """
    Writes a host's files to a folder and returns their paths; existing files with the same content
    stay as they are. Raises KmodError, and writes nothing, if an existing file differs or is a
    symbolic link to something that differs; UsageError if one is a rules file of this folder or its
    lock file.
    """
    contents = dict(_contents(files("postrender").joinpath("plugins", host), to))
    try:
        differing = [
            target
            for target, content in contents.items()
            if os.path.lexists(target) and not _is_equal(target, content)
        ]
        for target in differing:
            refuse_overwriting("--to", str(target), {})
        links = [target for target in differing if target.is_symlink()]
        if links:
            raise KmodError(
                message(
                    "it is a symbolic link to something else",
                    "remove the link",
                    where=Where(str(target), 0, 0),
                )
                for target in links
            )
        if differing and not force:
            raise KmodError(
                message(
                    "exists and differs",
                    "move it away, or give --force",
                    where=Where(str(target), 0, 0),
                )
                for target in differing
            )
        for target, content in contents.items():
            is_script = content.startswith(b"#!")
            if _is_equal(target, content) and (not is_script or os.access(target, os.X_OK)):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            write_file(str(target), content, executable=is_script)
    except OSError as error:
        reason = reason_of(error)
        raise KmodError(
            f"{error.filename}: cannot be written ({reason})", "choose another folder"
        ) from None
    return list(contents)


def _is_equal(target: Path, content: bytes) -> bool:
    """Whether a file exists, possibly behind a link, and has this content."""
    return target.is_file() and target.read_bytes() == content
