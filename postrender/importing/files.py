"""The files that a source names, by their paths from its folder; nothing is fetched."""

from __future__ import annotations

import os

from postrender.files import read_file


class Files:
    """Files by the paths that a source in a folder has for them."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def path(self, name: str) -> str:
        """Where a file is."""
        return os.path.normpath(os.path.join(self.folder, name))

    def read(self, name: str) -> bytes | None:
        """What is in a file; None where it cannot be read."""
        try:
            return read_file(self.path(name))
        except (OSError, ValueError):
            return None

    def why(self, name: str) -> str:
        """Why a file cannot be read."""
        if is_remote(name):
            return "it is not on this machine"
        return "cannot be read" if os.path.exists(self.path(name)) else "no such file"

    def has(self, name: str) -> bool:
        """Whether there is such a file or folder."""
        return os.path.exists(self.path(name))

    def is_folder(self, name: str) -> bool:
        """Whether it is a folder."""
        return os.path.isdir(self.path(name))


def is_remote(name: str) -> bool:
    """Whether kustomize would fetch it (api/internal/git/repospec.go)."""
    return "://" in name or name.startswith(("git@", "github.com/")) or "?ref=" in name
