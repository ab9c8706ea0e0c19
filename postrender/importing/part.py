"""A kustomization while it is read: what it says, where, and what was found in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.importing.model import Remark, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object, Path
    from postrender.importing.files import Files
    from postrender.importing.model import Change
    from postrender.importing.texts import Page


class Part:
    """
    A kustomization that is read: its data, the page that it stands on and where there, and the
    files it may name. `steps`, `problems` and `notes` are what is found; `plain` is the same
    kustomization with all files written into it.
    """

    def __init__(self, page: Page, path: Path, data: Object, files: Files) -> None:
        self.page = page
        self.path = path
        self.data = data
        self.files = files
        self.steps: list[Step] = []
        self.problems: list[Remark] = []
        self.notes: list[Remark] = []
        self.plain: Object = {}

    def place(self, *path: str | int) -> str:
        """A place in it."""
        return self.page.place((*self.path, *path))

    def add(self, place: str, change: Change) -> None:
        """Adds a step."""
        self.steps.append(Step(place, change))

    def refuse(self, place: str, text: str, advice: str = "") -> None:
        """Writes down what cannot become a rule."""
        self.problems.append(Remark(place, text, advice))

    def note(self, place: str, text: str, advice: str = "") -> None:
        """Writes down what is worth knowing."""
        self.notes.append(Remark(place, text, advice))

    def keep(self, key: str, value: Data) -> None:
        """Adds to what kustomize is to do itself, for the comparison."""
        if isinstance(value, list):
            self.plain.setdefault(key, []).extend(value)
        else:
            self.plain[key] = value

    def items(self, key: str) -> Iterator[tuple[int, Data]]:
        """The items of a list of the kustomization."""
        found = self.data.get(key)
        if not isinstance(found, list | None):
            self.refuse(self.place(key), "it is no list", "correct it")
        yield from enumerate(found if isinstance(found, list) else [])

    def entries(self, key: str) -> Iterator[tuple[int, Object]]:
        """The items of a list that has to have mappings."""
        for i, item in self.items(key):
            if isinstance(item, dict):
                yield i, item
            else:
                self.refuse(self.place(key, i), "it is no mapping", "correct it")


def number_of(value: Data) -> int:
    """A number, which Argo CD also takes as text."""
    return int(value) if str(value).isdigit() else 0
