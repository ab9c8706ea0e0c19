"""
What one rule does to one object, before and now: which of its effects are the same, and what is to
be said of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.compare.containers import other_names
from postrender.compare.deltas import items_of
from postrender.compare.finding import Finding
from postrender.compare.handover import hands_over
from postrender.compare.judging import judged
from postrender.compare.moves import moved_to
from postrender.compare.noise import is_noise, is_tag_bump
from postrender.compare.places import MISSING, at, differing, equal, text_of_place
from postrender.compare.side import Hit
from postrender.compare.values import OF_RULE
from postrender.compare.words import judged_words, picked
from postrender.errors import listed
from postrender.kubernetes.objects import CONTAINER_LISTS, identity

if TYPE_CHECKING:
    from postrender.compare.masks import Masks
    from postrender.compare.pairing import Pair
    from postrender.compare.places import Place
    from postrender.compare.words import Words
    from postrender.data import Data, Object


class Effects(NamedTuple):
    """
    What a rule does to an object: how many of its changes of single values are the `same` as
    before, and the findings about the others; `containers` are those that it changes.
    """

    same: int
    findings: list[Finding]
    containers: frozenset[str]


# Lists whose entries belong to their pod or container by name, and what an entry is.
_ENTRIES = {
    **dict.fromkeys(CONTAINER_LISTS, "container"),
    "volumes": "volume",
    "volumeMounts": "mount",
    "volumeDevices": "device",
    "ports": "port",
    "env": "variable",
    "volumeClaimTemplates": "claim template",
}
_SHOWN = 4
_TEXTS = {
    "default-superseded": "the chart sets it now, and the rule leaves it",
    "effect-differs": "the rule makes another value of it",
    "effect-gone": "the rule no longer changes it",
    "effect-new": "the rule did not change it before",
    "items-lost": "the chart has something new here, which is lost",
    "name-taken": "the chart has one of this name now, which the rule changes",
    "no-longer-needed": "the chart has it now as the rule wants it",
    "no-longer-set": "the chart no longer sets it; the rule does",
    "now-set": "the chart sets it now; the rule sets another value",
    "removed-changed": "the chart has changed what the rule removes",
    "value-overridden": "the chart has changed it; the rule replaces it",
}
# The same about words of a list.
_WORD_TEXTS = {
    "effect-differs": "the rule makes something else of {}",
    "effect-gone": "the rule no longer changes {}",
    "effect-new": "the rule did not change {} before",
    "default-superseded": "the chart has {} now, and the rule leaves it",
    "no-longer-needed": "the chart has {} now as the rule wants it",
    "no-longer-set": "the chart no longer has {}; the rule adds it",
    "now-set": "the chart has {} now; the rule sets another value",
    "removed-changed": "the chart has changed {}, which the rule takes out",
    "value-overridden": "the chart has changed {}; the rule replaces it",
}
_GONE_TEXTS = {
    "effect-gone": "the chart no longer has {}, which the rule changed",
    "no-longer-needed": "the chart no longer has {}, which the rule takes out",
}


def effects(rule: str, pair: Pair, old: Hit, new: Hit, masks: Masks) -> Effects:
    """Compares what a rule does to an object in both renders."""
    if old.after is None or new.after is None:
        return _removal(rule, old, new, masks)
    return _Comparing(rule, pair, old, new, masks).effects()


# What is still known of a rule that could not be applied to the new render.
_WITHOUT_EFFECT = ("container-gone", "container-renamed", "field-moved")


def remains(rule: str, pair: Pair, old: Hit, masks: Masks) -> list[Finding]:
    """What has become of the places that a rule changed, which now fails."""
    start = pair.new.start if pair.new else None
    if start is None:
        return []
    found = effects(rule, pair, old, Hit(start, start), masks).findings
    return [one for one in found if one.id in _WITHOUT_EFFECT]


def _removal(rule: str, old: Hit, new: Hit, masks: Masks) -> Effects:
    """A rule removes the object, in one of the renders at least."""
    subject = identity(new.before)
    if (old.after is None) != (new.after is None):
        text = "the rule removes it now" if new.after is None else "the rule no longer removes it"
        return Effects(0, [Finding("effect-differs", rule, subject, "", text)], frozenset())
    places = []
    for place in differing(old.before, new.before):
        values = at(old.before, place), at(new.before, place)
        if not (is_noise(place, *values) or is_tag_bump(place, *values) or place[0] in _OF_OBJECT):
            places.append(place)
    if not places:
        return Effects(1, [], frozenset())
    parts = list(dict.fromkeys(_change_in(place, old.before, new.before) for place in places))
    text = _TEXTS["removed-changed"]
    if len(parts) > 1:
        found = Finding("removed-changed", rule, subject, "", f"{text}: {_listed(parts)}")
    else:
        had, has = masks.values(old.before, new.before, parts[0], parts[0])
        path = text_of_place(parts[0])
        found = Finding("removed-changed", rule, subject, path, text, had, has)
    return Effects(0, [found], frozenset())


# Of a removed object its content counts; of its kind and name there are findings of their own.
_OF_OBJECT = ("apiVersion", "kind", "metadata")


def _change_in(place: Place, before: Object, after: Object) -> Place:
    """The least part around a place that only one of two states has; else the place."""
    for end in range(1, len(place)):
        if (at(before, place[:end]) is MISSING) != (at(after, place[:end]) is MISSING):
            return place[:end]
    return place


def _listed(places: list[Place]) -> str:
    """The first places, and how many more there are."""
    parts = ", ".join(map(text_of_place, places[:_SHOWN]))
    return parts + (f" and {len(places) - _SHOWN} more" if places[_SHOWN:] else "")


class _Judged(NamedTuple):
    """A place, the id of the finding (empty: none), and the least place that holds the effect."""

    place: Place
    id: str
    root: Place


class _Comparing:
    """One rule and one object of both renders, while they are compared."""

    def __init__(self, rule: str, pair: Pair, old: Hit, new: Hit, masks: Masks) -> None:
        self.rule = rule
        self.pair = pair
        self.old = old
        self.new = new
        self.masks = masks
        chart_old = pair.old.start if pair.old else None
        chart_new = pair.new.start if pair.new else None
        self.chart_old: Object = chart_old or old.before
        self.chart_new: Object = chart_new or new.before
        # The new names of containers that the chart has renamed, and the old ones.
        self.names = other_names(self.chart_old, self.chart_new)
        self.back = {name: known for known, name in self.names.items()}
        self.subject = identity(new.before)
        self.found: list[Finding] = []
        # Places of entries that are dealt with as a whole.
        self.done: set[Place] = set()

    def effects(self) -> Effects:
        """The effects, compared."""
        places = {
            **{self.renamed(place): None for place in differing(self.old.before, self.old.after)},
            **dict.fromkeys(differing(self.new.before, self.new.after)),
        }
        rows = []
        touched = set()
        now = {
            name
            for place in differing(self.new.before, self.new.after)
            for name, _ in _containers_in(place)
        }
        for place in places:
            touched |= {name for name, _ in _containers_in(place)}
            if not self.is_of_entry(place):
                if self.is_handed_over(place):
                    rows.append(_Judged(place, "", place))
                    continue
                root = self.root(place)
                key = self.judged_removal(place, root)
                rows.append(
                    _Judged(place, judged(place, self.four(place)) if key is None else key, root)
                )
        same = sum(not row.id for row in rows)
        self.report(rows)
        # A rule that still changes it does not mean it by its old name.
        self.found += [
            Finding(
                "container-renamed",
                self.rule,
                self.subject,
                "",
                f"container {old} is called {new} now",
            )
            for old, new in self.names.items()
            if new in touched - now
        ]
        return Effects(same, self.found, frozenset(touched))

    # Places and values

    def renamed(self, place: Place) -> Place:
        """A place of the old object, as the new one has it."""
        return _with_names(place, self.names)

    def old_place(self, place: Place) -> Place:
        """A place of the new object, as the old one has it."""
        return _with_names(place, self.back)

    def four(self, place: Place) -> tuple[Data, Data, Data, Data]:
        """The values at a place: before the rule and after it, in both renders."""
        known = self.old_place(place)
        return (
            at(self.old.before, known),
            at(self.old.after, known),
            at(self.new.before, place),
            at(self.new.after, place),
        )

    def is_handed_over(self, place: Place) -> bool:
        """
        Whether a place is the `command` or `args` of a container that a script of the rule starts
        in both renders: what the chart has started then stands behind it.
        """
        if place[-1] not in ("command", "args") or len(place) < 2:
            return False
        return hands_over(self.four(place[:-1]))

    def judged_removal(self, place: Place, root: Place) -> str | None:
        """The id for a place in something that the rule removes in both renders; else None."""
        a_before, a_after, b_before, b_after = self.four(root)
        if a_after is not MISSING or b_after is not MISSING:
            return None
        if a_before is MISSING or b_before is MISSING:
            return None
        known = self.four(place)
        is_same = equal(known[0], known[2]) or is_noise(place, known[0], known[2])
        return "" if is_same or is_tag_bump(place, known[0], known[2]) else "removed-changed"

    def root(self, place: Place) -> Place:
        """The least place at which the rule adds or removes all; else the place itself."""
        is_now = not equal(*self.four(place)[2:])
        for end in range(1, len(place)):
            values = self.four(place[:end])
            before, after = values[2:] if is_now else values[:2]
            if (before is MISSING) != (after is MISSING):
                return place[:end]
        return place

    # Entries that come and go as a whole

    def is_of_entry(self, place: Place) -> bool:
        """Whether a place is in an entry that is dealt with as a whole."""
        for end in range(2, len(place) + 1):
            part = place[:end]
            if part in self.done:
                return True
            what = _ENTRIES.get(part[-2], "") if part[-1][:1] == "[" else ""
            if what and self.judge_entry(part, what):
                self.done.add(part)
                return True
        return False

    def judge_entry(self, place: Place, what: str) -> bool:
        """Finds what has become of an entry as a whole; false where its fields must be compared."""
        a_before, a_after, b_before, b_after = self.four(place)
        name = place[-1][1:-1]
        if a_before is MISSING and a_after is not MISSING and b_before is not MISSING:
            if equal(b_before, a_after):
                self.add("no-longer-needed", place)
            elif equal(b_before, b_after):
                self.add("default-superseded", place)
            else:
                text = f"the chart has a {what} {name} of its own now, which the rule changes"
                self.add("name-taken", place, text)
            return True
        if what != "container":
            return False
        if a_before is MISSING and a_after is MISSING and b_before is not MISSING:
            self.add("container-new", place, f"the rule changes container {name}, which is new")
            return True
        if a_before is not MISSING and b_before is MISSING:
            gone = _with_names(place, self.back)[-1][1:-1]
            self.add("container-gone", place, f"container {gone}, which the rule changed, is gone")
            return True
        return False

    # Findings

    def report(self, rows: list[_Judged]) -> None:
        """Adds the findings; one for a place all of whose values are judged alike."""
        counts: dict[Place, int] = {}
        alike: dict[tuple[str, Place], list[Place]] = {}
        for row in rows:
            counts[row.root] = counts.get(row.root, 0) + 1
            if row.id:
                alike.setdefault((row.id, row.root), []).append(row.place)
        for (key, root), places in alike.items():
            if key == "removed-changed" and len(places) > 1:
                parts = _listed([place[len(root) :] for place in places])
                self.add(key, root, f"{_TEXTS[key]}: {parts}")
                continue
            is_whole = len(places) == counts[root] and key != "removed-changed"
            for place in [root] if is_whole and self.is_alike(root) else places:
                words = judged_words(place, self.four(place))
                for some in words:
                    self.add_words(some, place)
                if not words:
                    self.add(key, place)

    def is_alike(self, root: Place) -> bool:
        """Whether a place is new as a whole: the chart has nothing there, or what the rule made."""
        a_before, a_after, b_before, b_after = self.four(root)
        is_added = a_before is MISSING and b_after is not MISSING
        return b_before is MISSING or not is_added or equal(b_before, a_after)

    def add_words(self, some: Words, place: Place) -> None:
        """Adds the finding about words of a list."""
        known = self.old_place(place)
        starts = self.masks.values(self.old.before, self.new.before, place, known)
        ends = self.masks.values(self.old.after, self.new.after, place, known)
        a_before, a_after, b_before, b_after = (
            picked(value, indices)
            for value, indices in zip(
                (starts[0], ends[0], starts[1], ends[1]), some.indices, strict=True
            )
        )
        if some.id == "items-lost":
            has = b_before if isinstance(b_before, list) else [b_before]
            text, values = _TEXTS[some.id], (MISSING, has, MISSING)
        else:
            is_gone = b_before is MISSING and b_after is MISSING and some.id in _GONE_TEXTS
            text = (_GONE_TEXTS if is_gone else _WORD_TEXTS)[some.id].format(listed(some.names))
            text += f"; nearest: {some.near}" if some.near else ""
            values = (a_before, b_before, b_after)
            if some.id in OF_RULE:  # as in `add`; the text says what is gone
                values = (MISSING if is_gone else a_after, b_after, MISSING)
        self.found.append(
            Finding(some.id, self.rule, self.subject, text_of_place(place), text, *values)
        )

    def add(self, key: str, place: Place, text: str = "") -> None:
        """Adds a finding about a place; a value that is gone may have moved."""
        a_before, _, b_before, b_after = self.four(place)
        if key in {"no-longer-set", "effect-gone", "no-longer-needed"} and b_before is MISSING:
            goal = moved_to(self.chart_old, self.chart_new, self.old_place(place), a_before)
            if goal:
                key, text = "field-moved", f"the chart has it at {text_of_place(goal)} now"
            elif key == "no-longer-needed":
                text = "the chart no longer has what the rule removes"
        elif key == "no-longer-needed" and not equal(b_before, b_after):
            text = "the chart no longer has some of what the rule takes out"
        known = self.old_place(place)
        had, has = self.masks.values(self.old.before, self.new.before, place, known)
        if key == "removed-changed" and text:
            had = has = MISSING
        made = self.masks.values(self.old.after, self.new.after, place, known)[1]
        if key in OF_RULE:
            # What matters here is what the rule made of it before.
            had = self.masks.values(self.old.after, self.new.after, place, known)[0]
            has = made
            made = MISSING
        if key == "items-lost" and isinstance(has, list):
            has = _lost(a_before, b_before, b_after, has)
            had = MISSING
        self.found.append(
            Finding(
                key,
                self.rule,
                self.subject,
                text_of_place(place),
                text or _TEXTS[key],
                had,
                has,
                made,
            )
        )


def _lost(a_before: Data, b_before: Data, b_after: Data, shown: list[Data]) -> list[Data]:
    """The masked items of the chart's new list that are new in it and that the rule loses."""
    new = items_of(a_before, b_before)[1]
    lost = items_of(b_before, b_after)[0]
    return [
        mask
        for item, mask in zip(b_before, shown, strict=True)
        if item in lost and (item in new or not new)
    ]


def _with_names(place: Place, names: dict[str, str]) -> Place:
    """The place with the names of containers replaced."""
    if not names:
        return place
    found = list(place)
    for i in range(1, len(place)):
        if place[i - 1] in CONTAINER_LISTS and place[i][1:-1] in names:
            found[i] = f"[{names[place[i][1:-1]]}]"
    return tuple(found)


def _containers_in(place: Place) -> list[tuple[str, Place]]:
    """The container that a place is in: its name, and the rest of the place."""
    return [
        (place[i][1:-1], place[i + 1 :])
        for i in range(1, len(place))
        if place[i - 1] in CONTAINER_LISTS and place[i][:1] == "["
    ]
