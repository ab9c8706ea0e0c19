"""The data files of the executable, as importlib.resources wants them."""

from __future__ import annotations

import io
from importlib.resources.abc import Traversable

from kmod_data import FILES  # path to content; scripts/executable makes this module


class Folder(Traversable):
    """A file or folder among FILES."""

    def __init__(self, path: str) -> None:
        self._path = path

    def files(self) -> Folder:
        """The folder of a package."""
        return self

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self._path.rpartition("/")[2]

    def iterdir(self):
        """What is directly in the folder."""
        start = f"{self._path}/"
        names = {path[len(start) :].partition("/")[0] for path in FILES if path.startswith(start)}
        return (Folder(start + name) for name in sorted(names))

    def is_dir(self) -> bool:
        """Whether it is a folder."""
        return any(path.startswith(f"{self._path}/") for path in FILES)

    def is_file(self) -> bool:
        """Whether it is a file."""
        return self._path in FILES

    def joinpath(self, *parts: str) -> Folder:
        """What is there in the folder."""
        return Folder("/".join((self._path, *map(str, parts))))

    __truediv__ = joinpath

    def open(self, mode: str = "r", *_args: object, **options: str):
        """The file, opened for reading."""
        raw = io.BytesIO(FILES[self._path])
        return raw if "b" in mode else io.TextIOWrapper(raw, **options)
