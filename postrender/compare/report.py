"""
A comparison as plain data, for JSON; docs/compare.md documents the format. A change that readers of
it must follow needs a new VERSION. Secrets are masked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.kinds import KINDS, LOOK, NOTE
from postrender.compare.places import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postrender.compare.comparison import Comparison, Ruled
    from postrender.compare.finding import Finding
    from postrender.compare.results import Difference, Differing
    from postrender.data import Data, Object

VERSION = "kmod/v1"
KIND = "KmodComparison"
SAME, LOOKS = "same", "look"


def report(found: Comparison) -> Object:
    """The comparison as data."""
    from postrender import __version__

    every = found.every
    levels = [KINDS[one.id].level for one in every]
    return {
        "apiVersion": VERSION,
        "kind": KIND,
        "kmodPost": __version__,
        "outcome": LOOKS if LOOK in levels else SAME,
        "summary": {LOOK: levels.count(LOOK), NOTE: levels.count(NOTE)},
        "rules": [_rule(rule) for rule in found.rules],
        "findings": [_finding(one) for one in found.findings],
        "objects": [_object(one) for one in found.differing],
    }


def _rule(rule: Ruled) -> Object:
    return {
        "name": rule.name,
        "place": rule.place,
        "description": rule.description,
        "before": rule.before,
        "now": rule.now,
        "sameEffects": rule.same,
        "findings": [_finding(one) for one in rule.findings],
    }


def _finding(one: Finding) -> Object:
    kind = KINDS[one.id]
    values = _known({"had": one.had, "has": one.has, "made": one.made})
    return {
        "id": one.id,
        "level": kind.level,
        "rule": one.rule,
        "object": one.subject,
        "path": one.place,
        "what": one.text,
        "advice": kind.act,
        **values,
    }


def _object(one: Differing) -> Object:
    return {
        "object": one.name,
        **({"was": one.was} if one.was else {}),
        "what": one.what,
        "by": one.by,
        "rules": list(one.rules),
        "fields": [_field(field) for field in one.differences],
    }


def _field(one: Difference) -> Object:
    values = _known({"old": one.old, "new": one.new})
    return {"path": one.place, "by": one.by, "rules": list(one.rules), **values}


def _known(values: dict[str, Data]) -> Object:
    return {key: value for key, value in values.items() if value is not MISSING}


def grouped(findings: Iterable[Finding]) -> list[tuple[Finding, list[str]]]:
    """The findings; those that differ only in the object become one, with all their objects."""
    groups: dict[str, tuple[Finding, list[str]]] = {}
    for one in findings:
        key = repr(one._replace(subject=""))
        groups.setdefault(key, (one, []))[1].append(one.subject)
    return list(groups.values())
