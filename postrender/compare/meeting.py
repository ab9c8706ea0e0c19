"""
Where what a rule adds meets something new of the chart: ports, mounts, names of other objects,
other images, and objects and containers that look like those that the rule is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.containers import named, other_names
from postrender.compare.finding import Finding
from postrender.compare.likeness import features, likeness, repositories, repository
from postrender.compare.mounts import mounts
from postrender.compare.places import MISSING, differing
from postrender.compare.side import subject_of
from postrender.data import same
from postrender.kubernetes.images import normalised, parse
from postrender.kubernetes.objects import identity, is_hook, mappings, pod_places, text_of
from postrender.reports.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postrender.compare.matching import Matched, Met
    from postrender.compare.pairing import Pair
    from postrender.compare.side import Side, Thing
    from postrender.data import Data, Object
    from postrender.kubernetes.objects import Workloads
    from postrender.rules.model import Rule

_ALIKE = 0.6
# Verbs for which it matters which program a container runs.
_BASE = ("image", "imagePullPolicy")


def meetings(found: Matched, new: Side, pairs: Sequence[Pair]) -> Iterator[Finding]:
    """All that is to be said of what a rule meets in the new render."""
    rule = found.rule
    workloads = new.rules.workloads
    for met, touched in zip(found.met, found.containers, strict=True):
        if met.old and met.new and met.new.after is not None and met.old.after is not None:
            yield from _ports(rule, met, workloads)
            yield from mounts(rule.name, met, new)
            yield from _images(rule, met, touched, workloads)
            yield from _new_containers(rule, met, touched, workloads)
    yield from _alike(found, new, pairs)


# Ports


def _ports(rule: Rule, met: Met, workloads: Workloads) -> Iterator[Finding]:
    """Ports of the chart that containers of the rule use too, and did not before."""
    before = _shared_ports(met.old.before, met.old.after, workloads) if met.old else {}
    now = _shared_ports(met.new.before, met.new.after, workloads) if met.new else {}
    for (container, port), other in now.items():
        if (container, port) not in before:
            text = f"the rule's container {container} and the chart's {other} both use port {port}"
            yield Finding("port-taken", rule.name, _subject(met), "", text)


def _shared_ports(
    before: Object, after: Object | None, workloads: Workloads
) -> dict[tuple[str, str], str]:
    """Ports that a rule adds, with the chart's container that has the same."""
    found = {}
    charts = named(before, workloads)
    for name, (_, container) in named(after or {}, workloads).items():
        known = _ports_of(charts[name][1]) if name in charts else set()
        for port in _ports_of(container) - known:
            for other, (_, theirs) in charts.items():
                if other != name and port in _ports_of(theirs):
                    found[name, port] = other
    return found


def _ports_of(container: Object) -> set[str]:
    """The ports of a container, by number and by name."""
    ports = mappings(container.get("ports"))
    numbers = {f"{one.get('containerPort')}/{one.get('protocol') or 'TCP'}" for one in ports}
    return numbers | {str(one["name"]) for one in ports if one.get("name")}


# Images


def _images(
    rule: Rule, met: Met, touched: frozenset[str], workloads: Workloads
) -> Iterator[Finding]:
    """Containers that the rule changes, and that run another program now."""
    if met.pair.old is None or met.pair.new is None:
        return
    if met.pair.old.start is None or met.pair.new.start is None:
        return
    old, new = met.pair.old.start, met.pair.new.start
    names = {now: before for before, now in other_names(old, new).items()}
    olds = named(old, workloads)
    originals = _originals(rule)
    for name, (_, container) in named(new, workloads).items():
        known = olds.get(names.get(name, name))
        if name not in touched or known is None or met.new is None:
            continue
        changed = _changed(met.new.before, met.new.after, name, workloads)
        for own, beside in (("args", "command"), ("command", "args")):
            is_alone = own in changed and beside not in changed
            if is_alone and not same(known[1].get(beside), container.get(beside)):
                text = f"container {name}: the chart has changed its {beside}, the rule its {own}"
                values = (_words(one, beside) for one in (known[1], container))
                yield Finding("command-changed", rule.name, _subject(met), "", text, *values)
        one, other = known[1].get("image"), container.get("image")
        if not (isinstance(one, str) and isinstance(other, str)) or _program(one) == _program(
            other
        ):
            continue
        if changed <= {*_BASE}:
            continue
        key = "original-outdated" if any(name in globs for globs in originals) else "image-replaced"
        text = f"container {name} runs another image now"
        yield Finding(key, rule.name, _subject(met), "", text, one, other)


def _words(container: Object, field: str) -> Data:
    """The `command` or `args` of a container, masked."""
    argv = {key: container[key] for key in ("command", "args") if key in container}
    shown = masked(argv)
    return shown.get(field, MISSING)


def _program(image: str) -> str:
    """The name of an image, whatever registry it lies in: mirrors keep the path."""
    return normalised(parse(image)).path.removeprefix("docker/").removeprefix("library/")


def _originals(rule: Rule) -> list[Data]:
    """The globs of containers whose entrypoint has an `original`."""
    return [
        entry.globs
        for verb, value in rule.verbs
        if verb == "containers"
        for entry in value
        if entry.change is not None
        and entry.change.entrypoint is not None
        and entry.change.entrypoint.original is not None
    ]


def _changed(before: Object, after: Object | None, name: str, workloads: Workloads) -> set[str]:
    """The fields of a container that the rule changes; none of one that it adds or removes."""
    olds, news = named(before, workloads), named(after or {}, workloads)
    if name not in olds or name not in news:
        return set()
    return {place[0] for place in differing(olds[name][1], news[name][1])}


def _new_containers(
    rule: Rule, met: Met, touched: frozenset[str], workloads: Workloads
) -> Iterator[Finding]:
    """New containers with the image of one that the rule changes, which it does not change."""
    if met.old is None or met.new is None:
        return
    names = set(other_names(met.old.before, met.new.before).values())
    olds, news = named(met.old.before, workloads), named(met.new.before, workloads)
    for name, (field, container) in news.items():
        if name in olds or name in touched or name in names or not container.get("image"):
            continue
        like = [
            other
            for other in sorted(touched)
            if other in news
            and news[other][0] == field
            and news[other][1].get("image")
            and repository(str(news[other][1]["image"])) == repository(str(container["image"]))
        ]
        if like:
            text = f"container {name} is new, and looks like {like[0]}, which the rule changes"
            yield Finding("looks-alike", rule.name, _subject(met), "", text)


# Objects


def _alike(found: Matched, new: Side, pairs: Sequence[Pair]) -> Iterator[Finding]:
    """New objects that the rule does not match, and that look like one that it matches."""
    met = {id(one.pair): one for one in found.met}
    models = [thing for one in found.met for thing in one.pair.things[:1] if thing.start]
    known: dict[int, frozenset[tuple[str, str]]] = {}
    for pair in pairs:
        if pair.new is None or pair.old is not None or pair.new.start is None or id(pair) in met:
            continue
        misfits = found.rule.match.misfits(subject_of(new, pair.new))
        if "not" in misfits or "hooks" in misfits:
            continue
        like = next((one for one in models if _is_alike(pair.new, one, known, new)), None)
        if like is not None:
            text = f"it is new, and looks like {identity(like.obj)}, which the rule matches"
            yield Finding("looks-alike", found.rule.name, identity(pair.new.obj), "", text)


def _is_alike(
    thing: Thing, model: Thing, known: dict[int, frozenset[tuple[str, str]]], new: Side
) -> bool:
    workloads = new.rules.workloads
    one, other = thing.start or {}, model.start or {}
    if is_hook(one) != is_hook(other):
        return False
    if pod_places(one, workloads) and pod_places(other, workloads):
        own = repositories(one, workloads)
        if own & repositories(other, workloads):
            return True
    if text_of(one, "kind") != text_of(other, "kind"):
        return False
    for obj in (one, other):
        if id(obj) not in known:
            known[id(obj)] = features(obj)
    return likeness(known[id(one)], known[id(other)]) >= _ALIKE


def _subject(met: Met) -> str:
    return identity(met.pair.things[0].obj)
