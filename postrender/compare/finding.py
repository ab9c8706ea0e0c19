"""What a comparison finds, as one value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.compare.places import MISSING

if TYPE_CHECKING:
    from postrender.data import Data


class Finding(NamedTuple):
    """
    One finding: its id (see `kinds.KINDS`), the rule (empty for none), the object, the place in it
    (empty for all of it), and what is so, as a sentence without values. The values are masked, and
    MISSING where there are none: what the chart `had` at the place, what it `has` now, and what the
    rule has `made` of it.
    """

    id: str
    rule: str
    subject: str
    place: str
    text: str
    had: Data = MISSING
    has: Data = MISSING
    made: Data = MISSING
