"""The values of objects as people may see them: secrets are masked, see `reports.secrets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.places import MISSING, at
from postrender.reports.masking import masked_pair

if TYPE_CHECKING:
    from postrender.compare.places import Place
    from postrender.data import Data, Object


class Masks:
    """Masked copies of objects, each made once. `show_scripts`: scripts and files are not masked."""

    def __init__(self, *, show_scripts: bool = False) -> None:
        self.show_scripts = show_scripts
        self._known: dict[tuple[int, int], tuple[tuple[Data, Data], tuple[Data, Data]]] = {}

    def pair(self, before: Object | None, after: Object | None) -> tuple[Data, Data]:
        """Two states of an object, masked so that what differs still differs."""
        key = id(before), id(after)
        if key not in self._known:
            shown = masked_pair(before, after, show_scripts=self.show_scripts)
            # The originals are kept, so that no other object gets their ids.
            self._known[key] = (shown, (before, after))
        return self._known[key][0]

    def values(
        self, before: Object | None, after: Object | None, place: Place, old_place: Place
    ) -> tuple[Data, Data]:
        """What stands at a place of two states, masked."""
        one, other = self.pair(before, after)
        return (
            MISSING if before is None else at(one, old_place),
            MISSING if after is None else at(other, place),
        )
