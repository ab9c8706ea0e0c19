"""A kustomization while it is read: what it says, where, and what was found in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.importing.fields import KUSTOMIZATION, misshapen, shape_at, unknown
from postrender.importing.model import Remark, Step
from postrender.kubernetes.objects import text_of
from postrender.rules.checker import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object, Path
    from postrender.importing.fields import Fields
    from postrender.importing.files import Files
    from postrender.importing.model import Change
    from postrender.importing.texts import Page


class Part:
    """
    A kustomization that is read: its data, the page that it stands on and where there, and the
    files it may name; `fields` are those that it may have. `steps`, `problems` and `notes` are what
    is found; `plain` is the same kustomization with all files written into it.
    """

    def __init__(
        self, page: Page, path: Path, data: Object, files: Files, fields: Fields = KUSTOMIZATION
    ) -> None:
        self.page = page
        self.path = path
        self.data = data
        self.files = files
        self.fields = fields
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

    def is_known(self, *path: str | int, data: Data) -> bool:
        """Whether what stands at a path has only known fields; refuses the others."""
        shape = shape_at(self.fields, path)
        fields, shapes = [*unknown(data, shape, path)], [*misshapen(data, shape, path)]
        for at, names in fields:
            self.refuse_unknown(at, names)
        for at, what in shapes:
            self.refuse(self.place(*at), f"it is no {what}", "correct it")
        return not fields and not shapes

    def refuse_unknown(self, path: Path, names: tuple[str, ...]) -> None:
        """Writes down an unknown field; `names` are those that are known there."""
        *parents, field = path
        place = self.page.place((*self.path, *parents), field=str(field))
        self.refuse(place, f'unknown field "{field}"', nearest(str(field), names) or "correct it")

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
        """The items of a list of the kustomization, without those that have unknown fields."""
        found = self.data.get(key)
        if not isinstance(found, list | None):
            self.refuse(self.place(key), "it is no list", "correct it")
        for i, item in enumerate(found if isinstance(found, list) else []):
            if self.is_known(key, i, data=item):
                yield i, item

    def entries(self, key: str) -> Iterator[tuple[int, Object]]:
        """The items of a list that has to have mappings."""
        for i, item in self.items(key):
            if isinstance(item, dict):
                yield i, item
            else:
                self.refuse(self.place(key, i), "it is no mapping", "correct it")


def absent(obj: Object) -> str:
    """What of `kind` and `metadata.name`, without which kustomize takes no object, is not there."""
    if not text_of(obj, "kind"):
        return "kind"
    return "" if text_of(obj, "name") else "metadata.name"
