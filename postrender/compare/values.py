"""The values of findings and differences as short texts in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.deltas import items_of
from postrender.compare.places import MISSING, equal
from postrender.yamltext.writer import flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from postrender.compare.finding import Finding
    from postrender.data import Data

_LONG = 160
NONE = "nothing"


def short(value: Data) -> str:
    """A value in one line; a long one is cut."""
    if value is MISSING:
        return NONE
    return _cut(flow(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def change(old: Data, new: Data) -> str:
    """What differs between two values: of lists the items, of long texts the lines."""
    if isinstance(old, list) and isinstance(new, list):
        return _signed(*items_of(old, new), flow)
    if isinstance(old, str) and isinstance(new, str) and "\n" in old and "\n" in new:
        return _signed(*items_of(old.splitlines(), new.splitlines()), str.strip)
    return f"{short(old)} → {short(new)}"


def sides(old: Data, new: Data) -> tuple[str, str]:
    """Two values side by side: of lists and long texts only what differs."""
    if isinstance(old, list) and isinstance(new, list):
        lost, came = items_of(old, new)
        return short(lost), short(came)
    if isinstance(old, str) and isinstance(new, str) and "\n" in old and "\n" in new:
        lines = items_of(old.splitlines(), new.splitlines())
        return _cut("\n".join(lines[0])), _cut("\n".join(lines[1]))
    return short(old), short(new)


def _signed(lost: list[Data], came: list[Data], shown: Callable[[Data], str]) -> str:
    """What went with a minus, what came with a plus; of many only the first ones."""
    rows = [*(f"- {shown(one)}" for one in lost), *(f"+ {shown(one)}" for one in came)]
    kept: list[str] = []
    for row in rows:
        if sum(map(len, kept)) + len(row) > 2 * _LONG and kept:
            return f"{', '.join(kept)} and {len(rows) - len(kept)} more"
        kept.append(_cut(row))
    return ", ".join(kept) or "their order"


def values_of(one: Finding) -> str:
    """The values of a finding: `chart: 1 → 2; rule: 3`; empty where it has none."""
    if one.id == "items-lost" and one.has is not MISSING:
        return f"lost: {short(one.has)}"
    if one.id in OF_RULE and (one.had is not MISSING or one.has is not MISSING):
        is_same = equal(one.had, one.has)
        return f"rule: {short(one.has) if is_same else change(one.had, one.has)}"
    parts = []
    if one.had is not MISSING or one.has is not MISSING:
        parts.append(f"chart: {change(one.had, one.has)}")
    if one.made is not MISSING:
        is_list = isinstance(one.made, list) and isinstance(one.has, list)
        made = change(one.has, one.made) if is_list else short(one.made)
        parts.append(f"rule: {made}")
    return "; ".join(parts)


# Findings whose values are what the rule has made of the place, before and now.
OF_RULE = ("effect-differs", "effect-gone", "default-superseded", "no-longer-needed")
