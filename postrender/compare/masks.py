"""The values of objects as people may see them: secrets are masked, see `reports.secrets`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.compare.places import MISSING, at, entry_of
from postrender.reports.masking import masked_pair

if TYPE_CHECKING:
    from postrender.compare.places import Place
    from postrender.data import Data, Object

# Parts of a mapping that may say that something else in it is a secret.
_TELLING = frozenset(("metadata", "match", "command", "args", "original"))


class Masks(NamedTuple):
    """How values are masked: `show_scripts` leaves scripts and files as they are."""

    show_scripts: bool

    def values(
        self, before: Object | None, after: Object | None, place: Place, old_place: Place
    ) -> tuple[Data, Data]:
        """What stands at a place of two states, masked so that what differs still differs."""
        one, other = masked_pair(
            None if before is None else around(before, old_place),
            None if after is None else around(after, place),
            show_scripts=self.show_scripts,
        )
        return (
            MISSING if before is None else at(one, old_place),
            MISSING if after is None else at(other, place),
        )


def around(data: Data, place: Place, field: str = "") -> Data:
    """
    The data with all that stands at a place and all that may tell whether that is a secret: the
    values beside it and beside what holds it. Masking it takes a part of the time of the whole.
    """
    if not place:
        return data
    step, rest = place[0], place[1:]
    if isinstance(data, dict):
        return {
            key: around(value, rest, key) if key == step else value
            for key, value in data.items()
            if key == step or key in _TELLING or not isinstance(value, dict | list)
        }
    if isinstance(data, list) and step[:2] == "[#":
        return [around(item, rest) if f"[#{i}]" == step else {} for i, item in enumerate(data)]
    if isinstance(data, list):
        return [around(item, rest) for item in data if entry_of(item, field) == step]
    return data
