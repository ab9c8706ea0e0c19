"""
What it means that a rule met one value before and meets another now. Pure: four values (before the
rule and after it, in the old render and in the new one) to the id of a finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.deltas import IMAGE_FIELDS, does_same, items_of
from postrender.compare.noise import is_noise, is_tag_bump
from postrender.compare.places import MISSING, equal

if TYPE_CHECKING:
    from postrender.compare.places import Place
    from postrender.data import Data

    # Before the rule and after it, in the old render, then in the new one.
    Four = tuple[Data, Data, Data, Data]


def judged(place: Place, values: Four) -> str:
    """The id of what has changed for the rule at this place; empty where it does the same."""
    a_before, a_after, b_before, b_after = values
    did, does = not equal(a_before, a_after), not equal(b_before, b_after)
    if did and does:
        return _both(place, values)
    if did:
        return _only_before(values)
    return _only_now(values) if does else ""


def _both(place: Place, values: Four) -> str:
    """The rule changed the value, and still does."""
    a_before, a_after, b_before, b_after = values
    if equal(a_before, b_before):
        return "" if equal(a_after, b_after) else "effect-differs"
    if not equal(a_after, b_after):
        return _derived(place, values)
    field = place[-1] if place else ""
    if is_noise(place, a_before, b_before):
        return ""
    if field in IMAGE_FIELDS and does_same(a_before, a_after, b_before, b_after, field):
        return ""  # another registry, which the rule replaces
    if a_after is MISSING:
        return "" if is_tag_bump(place, a_before, b_before) else "removed-changed"
    if a_before is MISSING:
        return "now-set"
    if b_before is MISSING:
        return "no-longer-set"
    if isinstance(b_before, list) and isinstance(a_before, list):
        return _of_lists(values)
    return "value-overridden"


def _of_lists(values: Four) -> str:
    """The rule makes the same list of two lists."""
    a_before, _, b_before, b_after = values
    new = items_of(a_before, b_before)[1]
    gone = items_of(b_before, a_before)[1]
    if not new and not gone:
        return ""  # only their order
    lost = items_of(b_before, b_after)[0]
    changed = {_flag(item) for item in gone}
    more = [item for item in new if _flag(item) not in changed]
    is_new = len(more) > len(gone) - (len(new) - len(more)) and any(item in lost for item in more)
    return "items-lost" if is_new else "value-overridden"


def _flag(item: Data) -> object:
    """What stays of a flag when its value changes: `--log-level`."""
    return item.partition("=")[0] if isinstance(item, str) else repr(item)


def _derived(place: Place, values: Four) -> str:
    """The rule makes another value of another value."""
    a_before, a_after, b_before, b_after = values
    if is_noise(place, a_after, b_after):
        return ""
    if does_same(a_before, a_after, b_before, b_after, place[-1] if place else ""):
        return ""
    if isinstance(b_before, list) and isinstance(b_after, list):
        old_lost, old_came = items_of(a_before, a_after)
        lost, came = items_of(b_before, b_after)
        if came == old_came:
            new = items_of(a_before, b_before)[1]
            if any(item in new and item not in old_lost for item in lost):
                return "items-lost"
            if any(item not in old_lost for item in lost):
                return "effect-differs"
            if all(item not in b_before for item in old_lost if item not in lost):
                return "no-longer-needed"
    return "effect-differs"


def _only_before(values: Four) -> str:
    """The rule changed the value, and no longer does."""
    a_before, a_after, b_before, _ = values
    if equal(b_before, a_after):
        return "no-longer-needed"
    if b_before is MISSING:
        return "effect-gone"
    if a_before is MISSING:
        return "default-superseded"
    return "effect-gone"


def _only_now(values: Four) -> str:
    """The rule did not change the value, and does now."""
    a_before, _, b_before, b_after = values
    if b_after is MISSING:
        return "items-lost" if a_before is MISSING else "effect-new"
    if not equal(a_before, b_after):
        return "effect-new"
    # The chart had what the rule wants.
    if isinstance(a_before, list) and isinstance(b_before, list):
        return _of_lists(values)
    return "no-longer-set" if b_before is MISSING else "value-overridden"
