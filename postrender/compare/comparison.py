"""
The whole comparison: two runs, what each rule met and did, and how the results differ. Pure, except
for what `Inputs` reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.compare.finding import Finding
from postrender.compare.kinds import KINDS, LOOK
from postrender.compare.locks import of_locks
from postrender.compare.looking import look
from postrender.compare.masks import Masks
from postrender.compare.matching import matched
from postrender.compare.meeting import meetings
from postrender.compare.messages import of_messages
from postrender.compare.pairing import pairs
from postrender.compare.references import ports, references
from postrender.compare.results import results, unread
from postrender.compare.selecting import lost_selectors
from postrender.compare.side import side_of
from postrender.data import same
from postrender.kubernetes.objects import identity, text_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from postrender.compare.matching import Matched
    from postrender.compare.pairing import Pair
    from postrender.compare.results import Differing
    from postrender.compare.side import Side, Thing
    from postrender.engine.inputs import Inputs
    from postrender.rules.model import Rule


class Ruled(NamedTuple):
    """
    What became of one rule: the objects that it matched before and matches now, how many of its
    effects are the same (none of a rule that fails), its findings. `place` is where it is.
    """

    name: str
    place: str
    description: str
    before: list[str]
    now: list[str]
    same: int
    findings: list[Finding]


class Comparison(NamedTuple):
    """
    The comparison: the rules in their order, findings that are no rule's, the objects that differ,
    and the two sides in pairs of objects. Rules that fail are left out of the objects.
    """

    rules: list[Ruled]
    findings: list[Finding]
    differing: list[Differing]
    pairs: list[Pair]
    new: Side

    @property
    def every(self) -> list[Finding]:
        """All findings."""
        return [*(one for rule in self.rules for one in rule.findings), *self.findings]

    @property
    def looks(self) -> list[Finding]:
        """The findings that are something to look at."""
        return [one for one in self.every if KINDS[one.id].level == LOOK]


def compare(
    old_inputs: Inputs,
    new_inputs: Inputs,
    files: tuple[str, str] = ("-", "-"),
    *,
    show_scripts: bool = False,
) -> Comparison:
    """
    Compares two renders with their rules. Raises KmodError where one cannot be read; `files` are
    the names of the two.
    """
    seen = look(old_inputs.stream, new_inputs.stream)
    others = set(seen.pairs.values())
    unlike = (
        _left(len(old_inputs.stream.documents), seen.pairs),
        _left(len(new_inputs.stream.documents), others),
    )
    old, new = _sides((old_inputs, new_inputs), unlike, files)
    masks = Masks(show_scripts)
    found = pairs(old, new, seen.pairs)
    failing = {one.rule for side in (old, new) for one in side.failures}
    # A rule that was left out is still compared, as far as that is possible without its effects.
    olds = {rule.name: rule for rule in old_inputs.rules.rules}
    news = {rule.name: rule for rule in new_inputs.rules.rules}
    loose = _of_no_object(old, new, found)
    services = _gone_services(found)
    ruled = []
    for rule in news.values():
        own = [one for one in loose if one.rule == rule.name]
        if rule.name not in olds:
            text = "the old rules do not have it"
            own.insert(0, Finding("rule-new", rule.name, "", "", text))
            ruled.append(_ruled(rule, None, new, 0, own))
            continue
        met = matched(rule, old, new, found, masks)
        findings = [*own, *met.findings, *meetings(met, new, found)]
        findings += _references(rule, met, (old, new), services)
        count = 0 if rule.name in failing else met.same
        ruled.append(_ruled(rule, met, new, count, _reduced(findings)))
    names = {one.name for one in ruled}
    rest = [one for one in loose if one.rule not in names]
    rest += _gone(olds, news)
    if failing:
        passing = _without(old_inputs, failing), _without(new_inputs, failing)
        old, new = _sides(passing, unlike, files)
        found = pairs(old, new, seen.pairs)
    differing = [*results(old, new, found, masks), *unread(old, new, seen)]
    return Comparison(ruled, rest, differing, found, new)


def _sides(
    inputs: tuple[Inputs, Inputs], unlike: tuple[list[int], list[int]], files: tuple[str, str]
) -> tuple[Side, Side]:
    return (
        side_of(inputs[0], unlike[0], files[0]),
        side_of(inputs[1], unlike[1], files[1]),
    )


def _without(inputs: Inputs, failing: Container[str]) -> Inputs:
    """The inputs without the rules of these names; the empty name is that of `resources`."""
    rules = inputs.rules
    return inputs.replaced(
        rules=rules.replaced(
            rules=tuple(rule for rule in rules.rules if rule.name not in failing),
            resources=() if "" in failing else rules.resources,
        )
    )


def _left(count: int, taken: Container[int]) -> list[int]:
    """The numbers of the documents that are not among these."""
    return [i for i in range(count) if i not in taken]


def _of_no_object(old: Side, new: Side, found: list[Pair]) -> list[Finding]:
    """Findings of the runs as a whole."""
    loose = [*of_messages(old, new), *of_locks(old, new), *lost_selectors(old, new, found)]
    gone = _gone_services(found)
    for pair in found:
        if pair.new is None or pair.new.end is None or pair.new.start is not None:
            continue
        rules = [one.rule for one in new.result.changes if one.home == pair.new.spot]
        name = (rules[0] or "resources") if rules else ""
        loose += references(name, {}, pair.new.end, (old, new), gone)
    return [*loose, *_resources(old, new, found)]


def _resources(old: Side, new: Side, found: list[Pair]) -> Iterator[Finding]:
    """Objects of `resources` that are added in one of the runs only, or with other content."""
    if any(not one.rule for side in (old, new) for one in side.failures):
        return  # they were left out
    added = [
        {one.home for one in side.result.changes if not one.rule and one.before is None}
        for side in (old, new)
    ]
    for pair in found:
        was = pair.old is not None and pair.old.spot in added[0]
        now = pair.new is not None and pair.new.spot in added[1]
        text = "the rules add it now" if now else "the rules no longer add it"
        if was and now and pair.old and pair.new:
            if same(pair.old.end, pair.new.end):
                continue
            text = "the rules add it with other content"
        if was or now:
            subject = identity(pair.things[0].obj)
            yield Finding("effect-differs", "resources", subject, "", text)


def _gone(olds: dict[str, Rule], news: dict[str, Rule]) -> Iterator[Finding]:
    for name in olds:
        if name not in news:
            yield Finding("rule-gone", name, "", "", "the new rules do not have it")


def _ruled(
    rule: Rule, met: Matched | None, new: Side, count: int, findings: list[Finding]
) -> Ruled:
    """A rule with the number of its effects that are the same, and its findings."""
    before = [identity(m.pair.old.obj) for m in met.met if m.old and m.pair.old] if met else []
    now = (
        [identity(m.pair.new.obj) for m in met.met if m.new and m.pair.new]
        if met
        else [identity(hit.before) for hit in new.hits.get(rule.name, {}).values()]
    )
    return Ruled(rule.name, str(rule.where), rule.description, before, now, count, findings)


def _gone_services(found: list[Pair]) -> set[str]:
    """The names of Services that the chart no longer has."""
    olds, news = (
        {text_of(one.start, "name") for one in some if one and one.start and _is_service(one)}
        for some in ([pair.old for pair in found], [pair.new for pair in found])
    )
    return {name for name in olds - news if name}


def _is_service(thing: Thing) -> bool:
    return text_of(thing.obj, "kind") == "Service"


def _references(
    rule: Rule, met: Matched, sides: tuple[Side, Side], gone: set[str]
) -> Iterator[Finding]:
    """What the rule's changes refer to and the chart no longer has."""
    for one in met.met:
        if one.new and one.new.after is not None:
            yield from references(rule.name, one.new.before, one.new.after, sides, gone)
            yield from ports(rule.name, one, sides[1].rules.workloads)


def _reduced(findings: list[Finding]) -> list[Finding]:
    """The findings without those that another one explains."""
    ids = {one.id for one in findings}
    kept = []
    for one in findings:
        field = one.place.rpartition(".")[2]
        is_start = one.id == "effect-differs" and field in ("args", "command", "image")
        if is_start and ids & {"starts-otherwise", "locked-anew"}:
            continue
        if one.id == "accepts-more" and "items-lost" in ids and "list-replaced" in one.text:
            continue
        kept.append(one)
    return list({_identity(one): one for one in kept}.values())


def _identity(one: Finding) -> tuple[str, ...]:
    return one.id, one.rule, one.subject, one.place, one.text
