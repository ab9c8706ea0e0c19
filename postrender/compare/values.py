"""The values of findings and differences as short texts in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.places import MISSING
from postrender.yamltext.writer import flow

if TYPE_CHECKING:
    from postrender.compare.finding import Finding
    from postrender.data import Data

_LONG = 160
NONE = "nothing"


def short(value: Data) -> str:
    """A value in one line; a long one is cut."""
    if value is MISSING:
        return NONE
    text = flow(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def values_of(one: Finding) -> str:
    """The values of a finding: `chart: 1 → 2; rule: 3`; empty where it has none."""
    if one.id == "items-lost" and one.has is not MISSING:
        return f"lost: {short(one.has)}"
    if one.id in _OF_RULE:
        return f"rule, before: {short(one.had)}; now: {short(one.has)}"
    parts = []
    if one.had is not MISSING or one.has is not MISSING:
        parts.append(f"chart: {short(one.had)} → {short(one.has)}")
    if one.made is not MISSING:
        parts.append(f"rule: {short(one.made)}")
    return "; ".join(parts)


# Findings whose values are what the rule has made of the place, before and now.
_OF_RULE = ("effect-differs", "effect-gone", "default-superseded", "no-longer-needed")
