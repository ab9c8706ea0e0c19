"""The documents of one kind by their names, for many rules that name their objects."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol

    from postrender.stream.manifest import Manifest

    class Globs(Protocol):
        """What names may be, of `match`."""

        def __contains__(self, name: str, /) -> bool:
            """Whether a name is one of them."""

        def exact(self) -> Sequence[str]:
            """The names, if none of them is a glob; else none."""

        def among(self, ordered: Sequence[str], /) -> Iterable[str]:
            """Those of the names, which are in order, that match."""


class Names:
    """Documents of one kind, by what a look says of their names."""

    __slots__ = ("by_name", "ordered", "unsure")

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self.unsure: list[Manifest] = []
        self.by_name: dict[str, list[Manifest]] = {}
        for manifest in manifests:
            name = manifest.looks_named()
            known = self.unsure if name is None else self.by_name.setdefault(name, [])
            known.append(manifest)
        self.ordered: list[str] = []

    def matching(self, globs: Globs) -> list[Manifest]:
        """Those whose name may match; sound, not exact."""
        if not self.ordered:
            self.ordered = sorted(self.by_name)
        found = [one for name in globs.among(self.ordered) for one in self.by_name[name]]
        return self.unsure + found

    def among(self, names: Iterable[str]) -> list[Manifest]:
        """Those whose name may be one of these; sound, not exact."""
        return [*self.unsure, *(one for name in names for one in self.by_name.get(name, ()))]
