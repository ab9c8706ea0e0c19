"""
Which object of the new render goes on from which of the old one: the same kind and name, else the
nearest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.compare.likeness import features, likeness
from postrender.compare.side import Thing
from postrender.kubernetes.objects import group, is_hook, pod_places, text_of, texts_of
from postrender.verbs.generated_names import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from postrender.compare.side import Side, Spot

# A renamed object has so much in common with the old one; of more objects, none is compared.
_ALIKE = 0.5
_ALIKE_BY_TEMPLATE = 0.25
_MOST = 300


class Pair(NamedTuple):
    """An object in both renders; None where it is not there."""

    old: Thing | None
    new: Thing | None

    @property
    def things(self) -> tuple[Thing, ...]:
        """The objects that there are, the new one first."""
        return tuple(thing for thing in (self.new, self.old) if thing is not None)

    @property
    def is_renamed(self) -> bool:
        """
        Whether the object has another name or namespace. Charts often begin to name the namespace
        of the release, which is the same.
        """
        if self.old is None or self.new is None:
            return False
        (space, name), (other_space, other) = _name(self.old), _name(self.new)
        return name != other or bool(space and other_space and space != other_space)

    @property
    def is_of_other_kind(self) -> bool:
        """Whether the object is of another kind."""
        if self.old is None or self.new is None:
            return False
        return text_of(self.old.obj, "kind") != text_of(self.new.obj, "kind")


def pairs(old: Side, new: Side, twins: dict[int, int]) -> list[Pair]:
    """All objects in pairs, in the order of the new render, then those that are gone."""
    found, olds, news = _by_twins(old, new, twins)
    every = {**{spot: thing for spot, (_, thing) in found.items()}, **news}
    matched = {spot: one for spot, (one, _) in found.items()}
    for key in (_exact, _of_any_group, _of_any_namespace, _generated):
        _match(olds, news, key, matched)
    _match_nearest(olds, news, matched)
    order = sorted(every, key=lambda spot: (spot[0].place, [str(step) for step in spot[1]]))
    paired = [Pair(matched.get(spot), every[spot]) for spot in order]
    return [*paired, *(Pair(thing, None) for thing in olds.values())]


def _by_twins(
    old: Side, new: Side, twins: dict[int, int]
) -> tuple[dict[Spot, tuple[Thing, Thing]], dict[Spot, Thing], dict[Spot, Thing]]:
    """
    The objects of documents that are the same in both streams, by the spots of the new ones; and
    what is left of both sides. Rules may have met only one of two: then none has changed the other.
    """
    olds, news = dict(old.things), dict(new.things)
    found: dict[Spot, tuple[Thing, Thing]] = {}
    back = {twin: number for number, twin in twins.items()}
    wanted = [
        *(
            (spot[0].place[0], twins[spot[0].place[0]], spot[1])
            for spot in olds
            if _is_of(spot, twins)
        ),
        *(
            (back[spot[0].place[0]], spot[0].place[0], spot[1])
            for spot in news
            if _is_of(spot, back)
        ),
    ]
    for number, twin, path in dict.fromkeys(wanted):
        spots: list[Spot] = [(old.manifests.all[number], path), (new.manifests.all[twin], path)]
        one, other = (
            things.pop(spot) if spot in things else _untouched(spot)
            for things, spot in zip((olds, news), spots, strict=True)
        )
        found[spots[1]] = (one, other)
    return found, olds, news


def _is_of(spot: Spot, twins: dict[int, int]) -> bool:
    index, is_document, _ = spot[0].place
    return is_document == 1 and index in twins


def _untouched(spot: Spot) -> Thing:
    """An object that no rule has met."""
    obj = spot[0].current(spot[1])
    return Thing(obj, obj, spot[0].source, spot)


def _match(
    olds: dict[Spot, Thing],
    news: dict[Spot, Thing],
    key: Callable[[Thing], Hashable],
    found: dict[Spot, Thing],
) -> None:
    """Pairs the objects that have the same key, and takes them out of both."""
    known: dict[Hashable, list[Spot]] = {}
    for spot, thing in reversed(olds.items()):
        known.setdefault(key(thing), []).append(spot)
    for spot, thing in [*news.items()]:
        spots = known.get(key(thing)) if key(thing) is not None else None
        if spots:
            found[spot] = olds.pop(spots.pop())
            news.pop(spot)


def _exact(thing: Thing) -> Hashable:
    return group(thing.obj), *_of_kind(thing), *_name(thing), thing.start is None


def _of_any_group(thing: Thing) -> Hashable:
    return *_of_kind(thing), *_name(thing), thing.start is None


def _of_any_namespace(thing: Thing) -> Hashable:
    return *_of_kind(thing), text_of(thing.obj, "name"), thing.start is None


def _generated(thing: Thing) -> Hashable:
    """What rules have generated: its name ends in a checksum of its content."""
    rule = texts_of(thing.obj, "annotations").get(MARK)
    return (rule, text_of(thing.obj, "name").rpartition("-")[0]) if rule else None


def _of_kind(thing: Thing) -> tuple[str, ...]:
    return (text_of(thing.obj, "kind"),)


def _name(thing: Thing) -> tuple[str, str]:
    return text_of(thing.obj, "namespace"), text_of(thing.obj, "name")


def _match_nearest(
    olds: dict[Spot, Thing], news: dict[Spot, Thing], found: dict[Spot, Thing]
) -> None:
    """Pairs what is left with what is most alike, if it is alike enough."""
    ranked = []
    for kind in {_family(thing) for thing in news.values()}:
        some = [one for one in olds.items() if _family(one[1]) == kind]
        others = [one for one in news.items() if _family(one[1]) == kind]
        if not kind or len(some) * len(others) > _MOST**2:
            continue
        ranked += list(_scores(some, others))
    ranked.sort(key=lambda entry: -entry[0])
    for _, one, other in ranked:
        if one in olds and other in news:
            found[other] = olds.pop(one)
            news.pop(other)


def _scores(
    some: list[tuple[Spot, Thing]], others: list[tuple[Spot, Thing]]
) -> Iterable[tuple[float, Spot, Spot]]:
    """How alike each pair is, for those that are alike enough."""
    known = {spot: features(thing.obj) for spot, thing in (*some, *others)}
    for spot, thing in some:
        for place, other in others:
            if is_hook(thing.obj) != is_hook(other.obj):
                continue
            same_kind = _of_kind(thing) == _of_kind(other)
            same_name = _name(thing) == _name(other)
            if not same_kind and not same_name:
                continue
            is_template = bool(thing.source) and thing.source == other.source
            score = likeness(known[spot], known[place])
            least = _ALIKE_BY_TEMPLATE if is_template or same_name else _ALIKE
            if score >= least:
                yield score + is_template + same_name, spot, place


def _family(thing: Thing) -> str:
    """What an object may go on as: its kind; any workload as another one."""
    if thing.start is None:
        return ""
    return "pods" if pod_places(thing.obj, {}) else text_of(thing.obj, "kind")
