"""
How the two charts and the two results differ, object by object and value by value, and who has
caused each difference: the chart, or rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.compare.noise import is_noise
from postrender.compare.places import MISSING, at, differing, equal, text_of_place
from postrender.kubernetes.objects import identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postrender.compare.looking import Look
    from postrender.compare.masks import Masks
    from postrender.compare.pairing import Pair
    from postrender.compare.places import Place
    from postrender.compare.side import Side, Spot
    from postrender.data import Data, Object


class Difference(NamedTuple):
    """
    A value that differs: its place, the two values (masked, MISSING where there is none), and who
    has caused it: CHART, HIDDEN (the chart has changed it, and the result is the same), or rules.
    """

    place: str
    old: Data
    new: Data
    by: str
    rules: tuple[str, ...]


class Differing(NamedTuple):
    """
    An object that differs. `what` is `added`, `removed`, `changed` or `renamed`; `was` is its old
    name where it has another; `by` is CHART or RULES. An object that is `changed` and has no
    differences was only looked at, not read: see `looking`.
    """

    name: str
    was: str
    what: str
    by: str
    rules: tuple[str, ...]
    differences: list[Difference]


CHART, RULES, HIDDEN = "chart", "rules", "hidden"


def results(old: Side, new: Side, pairs: Sequence[Pair], masks: Masks) -> Iterator[Differing]:
    """Every object that differs in the charts or in the results."""
    touched = {one: _touched(side) for one, side in ((0, old), (1, new))}
    for pair in pairs:
        rules = [
            *(touched[1].get(pair.new.spot, {}) if pair.new else {}),
            *(touched[0].get(pair.old.spot, {}) if pair.old else {}),
        ]
        found = _pair(pair, tuple(dict.fromkeys(rules)), masks)
        if found is not None:
            yield found


def unread(old: Side, new: Side, seen: Look) -> Iterator[Differing]:
    """Objects of which only a look at the text has told that they differ: they have no values."""
    met = ({spot[0].place for spot in side.things} for side in (old, new))
    olds, news = met
    for number, twin in seen.unread.items():
        if (number, 1, 0) not in olds and (twin, 1, 0) not in news:
            yield Differing(seen.names[twin], "", "changed", CHART, (), [])


def _touched(side: Side) -> dict[Spot, dict[str, None]]:
    """The rules that have changed each object."""
    found: dict[Spot, dict[str, None]] = {}
    for change in side.result.changes:
        found.setdefault(change.home, {})[change.rule or "resources"] = None
    return found


def _pair(pair: Pair, rules: tuple[str, ...], masks: Masks) -> Differing | None:
    """What differs in one object; None where nothing does."""
    old_start = pair.old.start if pair.old else None
    new_start = pair.new.start if pair.new else None
    old_end = pair.old.end if pair.old else None
    new_end = pair.new.end if pair.new else None
    name = identity(pair.things[0].obj)
    if old_end is None or new_end is None:
        if old_end is new_end:
            return None
        what = "added" if old_end is None else "removed"
        is_charts = old_start is None or new_start is None
        is_charts = is_charts and not (old_start is None and new_start is None)
        return Differing(name, "", what, CHART if is_charts else RULES, rules, [])
    was = identity(pair.old.obj) if pair.old else ""
    found = list(_values(old_start, new_start, old_end, new_end, rules, masks))
    is_renamed = pair.is_renamed or pair.is_of_other_kind
    if not found and not is_renamed:
        return None
    by = RULES if any(one.by == RULES for one in found) else CHART
    return Differing(
        name, was if is_renamed else "", "renamed" if is_renamed else "changed", by, rules, found
    )


def _values(
    old_start: Object | None,
    new_start: Object | None,
    old_end: Object,
    new_end: Object,
    rules: tuple[str, ...],
    masks: Masks,
) -> Iterator[Difference]:
    """The values that differ, in the charts or in the results."""
    is_untouched = old_start is old_end and new_start is new_end
    charts = dict.fromkeys(differing(old_start or {}, new_start or {}))
    places = charts if is_untouched else {**charts, **dict.fromkeys(differing(old_end, new_end))}
    for place in _least(places, old_end, new_end):
        before, after = at(old_end, place), at(new_end, place)
        if equal(before, after):
            values = at(old_start, place), at(new_start, place)
            if not is_noise(place, *values):
                shown = masks.values(old_start, new_start, place, place)
                yield Difference(text_of_place(place), *shown, HIDDEN, rules)
        elif not is_noise(place, before, after):
            is_charts = equal(before, at(old_start, place)) and equal(after, at(new_start, place))
            is_charts = is_charts or _has_changed(place, old_start, new_start)
            shown = masks.values(old_end, new_end, place, place)
            by = CHART if is_charts else RULES
            yield Difference(text_of_place(place), *shown, by, () if is_charts else rules)


def _has_changed(place: Place, old: Object | None, new: Object | None) -> bool:
    """Whether the chart has changed a value that rules then change further."""
    return not equal(at(old, place), at(new, place))


def _least(places: dict[Place, None], old: Object, new: Object) -> Iterator[Place]:
    """
    The places; those in one part that is wholly new or gone become this part, and those in another
    of the places belong to it.
    """
    done: set[Place] = set()
    for place in places:
        if any(place[:end] in places for end in range(1, len(place))):
            continue
        for end in range(1, len(place)):
            part = place[:end]
            if (at(old, part) is MISSING) != (at(new, part) is MISSING):
                break
        else:
            part = place
        if part not in done:
            done.add(part)
            yield part
