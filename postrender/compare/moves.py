"""Where a chart has moved a value within an object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.places import MISSING, at, differing, equal
from postrender.data import keys_in

if TYPE_CHECKING:
    from postrender.compare.places import Place
    from postrender.data import Data, Object

# A shorter text may be there twice by chance.
_DISTINCT = 8
_ALIKE = 0.6


def moved_to(old: Object, new: Object, place: Place, value: Data) -> Place:
    """
    The place of the new object that has the value which the old one had elsewhere, and which the
    old one did not have; empty where there is none. Short values must keep the name of their field.
    """
    if value is MISSING or value is None:
        return ()
    seen: set[Place] = set()
    for leaf in differing(old, new):
        if at(old, leaf) is not MISSING:
            continue
        for end in range(1, len(leaf) + 1):
            part = leaf[:end]
            if part in seen or at(old, part) is not MISSING:
                continue
            seen.add(part)
            if part[-1] == place[-1] or _is_distinct(value):
                found = at(new, part)
                if equal(found, value) or _is_like(found, value):
                    return part
            if place[-1][:1] == part[-1][:1] == "[" and place[-2] == part[-2]:
                one, other = _unnamed(value, place[-2]), _unnamed(at(new, part), place[-2])
                if one and equal(one, other) and any(map(_is_distinct, one.values())):
                    return part
    return ()


def _unnamed(entry: Data, field: str) -> dict[str, Data]:
    """An entry of a list without what tells it from the others."""
    if not isinstance(entry, dict):
        return {}
    keys = keys_in(entry, field)
    return {key: value for key, value in entry.items() if key not in keys}


def _is_distinct(value: Data) -> bool:
    if isinstance(value, str):
        return len(value) >= _DISTINCT
    return isinstance(value, dict | list) and len(value) > 1


def _is_like(one: Data, other: Data) -> bool:
    """Whether two texts of several lines have most of them in common."""
    if not (isinstance(one, str) and isinstance(other, str) and "\n" in one and "\n" in other):
        return False
    lines, others = set(one.splitlines()), set(other.splitlines())
    return len(lines & others) >= _ALIKE * max(len(lines | others), 1)
