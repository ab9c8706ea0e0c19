"""What each rule matched before and matches now: objects that came, went or were renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.compare.effects import effects, remains
from postrender.compare.finding import Finding
from postrender.compare.side import Hit, subject_of
from postrender.engine.expectation import nearest, reason
from postrender.kubernetes.objects import identity, is_hook, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postrender.compare.masks import Masks
    from postrender.compare.pairing import Pair
    from postrender.compare.side import Side
    from postrender.rules.model import Rule


class Met(NamedTuple):
    """A pair of objects of which a rule matches one at least; a hit is None where it does not."""

    pair: Pair
    old: Hit | None
    new: Hit | None


class Matched(NamedTuple):
    """
    What a rule met: the objects, the number of effects that are the same, the findings, and the
    containers that it changes, by the number of the object.
    """

    rule: Rule
    met: list[Met]
    same: int
    findings: list[Finding]
    containers: list[frozenset[str]]


def matched(rule: Rule, old: Side, new: Side, pairs: Sequence[Pair], masks: Masks) -> Matched:
    """Compares what a rule of both sides matched and did."""
    met = [one for pair in pairs if (one := _met(rule, old, new, pair)).old or one.new]
    is_dropped = rule.name in new.dropped or rule.name in old.dropped
    found: list[Finding] = []
    touched: list[frozenset[str]] = []
    same = 0
    for one in met:
        found += _of_object(rule, old, new, one)
        touched.append(frozenset())
        if one.old and is_dropped:
            found += remains(rule.name, one.pair, one.old, masks)
        elif one.old and one.new:
            done = effects(rule.name, one.pair, one.old, one.new, masks)
            found += done.findings
            same += done.same
            touched[-1] = done.containers
    return Matched(rule, met, same, found, touched)


def _met(rule: Rule, old: Side, new: Side, pair: Pair) -> Met:
    one = old.hits.get(rule.name, {}).get(pair.old.spot) if pair.old else None
    other = new.hits.get(rule.name, {}).get(pair.new.spot) if pair.new else None
    if rule.name in new.dropped and pair.new and pair.new.start is not None:
        fits = not rule.match.misfits(subject_of(new, pair.new))
        other = Hit(pair.new.start, pair.new.start) if fits else None
    if rule.name in old.dropped and pair.old and pair.old.start is not None:
        fits = not rule.match.misfits(subject_of(old, pair.old))
        one = Hit(pair.old.start, pair.old.start) if fits else None
    return Met(pair, one, other)


def _instead(rule: Rule, new: Side) -> str:
    """What a rule that matches nothing now may mean, unless the failure of the run tells it."""
    if new.hits.get(rule.name) or any(one.rule == rule.name for one in new.failures):
        return ""
    near = nearest(rule, list(new.manifests.subjects()))
    return f"; nearest: {', '.join(near)}" if near else ""


def _of_object(rule: Rule, old: Side, new: Side, met: Met) -> list[Finding]:
    """What has become of an object as a whole."""
    one, other = met.pair.old, met.pair.new
    if other is None:
        text = f"the rule matched it, and it is gone{_instead(rule, new)}"
        return [Finding("object-gone", rule.name, identity(one.obj if one else {}), "", text)]
    subject = identity(other.obj)
    if one is None:
        if other.start is None:
            return []  # rules have added it
        text = "the rule matches it, and it is new"
        return [Finding("object-new", rule.name, subject, "", text)]
    before = identity(one.obj)
    lost = "" if met.new else f", and the rule no longer matches it ({_why(rule, new, met)})"
    if met.pair.is_of_other_kind and met.old:
        return [Finding("kind-changed", rule.name, subject, "", f"it was {before}{lost}")]
    if met.pair.is_renamed and met.old and met.new:
        return []  # the rule does not mean it by its old name
    if met.pair.is_renamed and met.old:
        return [Finding("object-renamed", rule.name, subject, "", f"it was {before}{lost}")]
    found = []
    versions = text_of(one.obj, "apiVersion"), text_of(other.obj, "apiVersion")
    if met.old and versions[0] != versions[1]:
        text = f"its apiVersion is {versions[1]} now, it was {versions[0]}"
        place = "apiVersion"
        found.append(Finding("api-version-changed", rule.name, subject, place, text, *versions))
    if not met.new:
        text = f"the rule no longer matches it: {_why(rule, new, met)}"
        found.append(Finding("match-lost", rule.name, subject, "", text))
    elif not met.old:
        why = reason(rule.match, rule.match.misfits(subject_of(old, one)), subject_of(old, one))
        why = why or "an earlier rule has changed it"
        text = f"the rule matches it now, and did not before: {why}"
        found.append(Finding("match-won", rule.name, subject, "", text))
    return found


def _why(rule: Rule, new: Side, met: Met) -> str:
    """Why the rule does not match the new object."""
    if met.pair.new is None or met.pair.new.start is None:
        return "it is not there"
    subject = subject_of(new, met.pair.new)
    misfits = rule.match.misfits(subject)
    if misfits == ["hooks"] and is_hook(subject.obj):
        return "it is a hook now"
    return reason(rule.match, misfits, subject) or "an earlier rule has changed it"
