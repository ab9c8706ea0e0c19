"""
Which way to write a step: with a render, the first whose result is the reference's, and which
changes nothing on its own output; without one, the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.data import same
from postrender.findings import FINDINGS
from postrender.importing import matching, reference
from postrender.importing.drafts import copy_of, resources_of, ways
from postrender.importing.idle import idle, idle_images
from postrender.importing.likeness import are_alike, unlike
from postrender.importing.matching import NoMatch
from postrender.importing.model import Draft, Images, Namespace, Remark, Replacement
from postrender.importing.naming import name_of
from postrender.importing.pointers import PatchError
from postrender.importing.selecting import FORMER
from postrender.importing.trial import objects_of, tried
from postrender.importing.wishes import as_glob
from postrender.importing.writing import Written
from postrender.kubernetes.objects import group, text_of
from postrender.kubernetes.types import kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postrender.data import Object
    from postrender.errors import Message
    from postrender.importing.model import Reading, Step, Way

_ROUNDS = 4
# Findings that a rule can accept, so that it does what the patch did.
_ACCEPTABLE = tuple(id_ for id_, finding in FINDINGS.items() if finding.severity == "error")


class Chosen(NamedTuple):
    """
    The rules for a source, the steps that became rules, what could not, and what did, but finds
    nothing in the render, so that nothing is proved of it.
    """

    written: Written
    steps: list[Step]
    problems: list[Remark]
    unproved: list[Remark]
    notes: list[Remark]


class _Trial(NamedTuple):
    """
    A way with names and what it needs, what it made, what it found nothing for, and whether the
    result is right and steady.
    """

    way: Way
    missed: tuple[Message, ...]
    data: bytes
    objects: list[Object]
    is_right: bool
    is_steady: bool


class Chooser:
    """Writes steps one after the other; `stream` is the render, None where there is none."""

    def __init__(self, stream: bytes | None) -> None:
        self.start = self.stream = stream
        self.objects = None if stream is None else objects_of(stream)
        self.rules: list[Draft] = []
        self.resources: dict[str, tuple[Object, str]] = {}
        self.kinds: Object = {}
        self.problems: list[Remark] = []
        self.unproved: list[Remark] = []
        self.notes: list[Remark] = []
        self.done: list[Step] = []

    def write(self, step: Step) -> None:
        """Writes a step, or says why not."""
        try:
            self._write(step)
            self.done.append(step)
        except PatchError as error:
            self.problems.append(Remark(step.place, str(error), error.advice))
        except NoMatch:
            what = "no match tells its objects from others"
            self.problems.append(Remark(step.place, what, "write a rule by hand"))

    def _write(self, step: Step) -> None:
        added = resources_of(step)
        if added:
            self._add(step, added)
            return
        before = self.objects
        if before is None:
            way = next(ways(step, None), None)
            if way is None:
                raise PatchError("only a render tells what it changes", "give --render")
            self.rules += self._named(way, step)
            return
        after = reference.done(step, before)
        if isinstance(step.change, Namespace):
            self._know_kinds(before)
        refusals: list[Message] = []
        best = self._best(step, before, after, refusals)
        is_same = are_alike(before, after)
        nothing = [*idle(step.change, before)]
        self.unproved += [Remark(step.place, text, reference.ADVICE) for text in nothing]
        if best is None and not is_same:
            raise PatchError(refusals[0].what if refusals else "no rule says it")
        is_left_out = best is None or (is_same and not best.is_right)
        if not nothing:
            missed = () if best is None else best.missed
            self._say_missed(step, missed, not unlike(before, after), is_left_out)
        if best is not None and not is_left_out:
            self._refuse_images(step, best.way, before)
            if isinstance(step.change, Namespace):
                for name, (obj, place) in self.resources.items():
                    moved = reference.done(step, [obj])[0]
                    moved.pop(FORMER, None)
                    self.resources[name] = (moved, place)
            if isinstance(step.change, Replacement):
                advice = "change the rule when the value changes there"
                self.notes.append(Remark(step.place, copy_of(step.change), advice))
            self._keep(best, before, after)

    def _best(
        self, step: Step, before: list[Object], after: list[Object], refusals: list[Message]
    ) -> _Trial | None:
        """The first way that is right and steady, or the one that comes nearest."""
        best: _Trial | None = None
        for way in ways(step, before):
            trial = self._try(self._named(way, step), after, refusals)
            if trial is None:
                continue
            if trial.is_right and trial.is_steady:
                return trial
            if best is None or (trial.is_right and not best.is_right):
                best = trial
        return best

    def _say_missed(
        self, step: Step, missed: Iterable[Message], is_same: bool, is_left_out: bool
    ) -> None:
        """Notes what matches in the render, but has nothing to do there."""
        texts = [*dict.fromkeys(message.text for message in missed)]
        if (is_same or is_left_out) and not texts:
            texts = ["it changes nothing in the render" + "; there is no rule for it" * is_left_out]
        self.notes += [Remark(step.place, text) for text in texts]

    def _refuse_images(self, step: Step, way: Way, before: list[Object]) -> None:
        """Writes down the unused entries of `images` that no rule has."""
        if isinstance(step.change, Images):
            known = {name for draft in way for name in draft.body.get("images", {})}
            for entry in idle_images(step.change, before):
                if entry["name"] not in known:
                    name = entry["name"]
                    what = f"no rule for {name}: it would change images that kustomize does not"
                    self.problems.append(Remark(step.place, what, "write a rule by hand"))

    def _keep(self, best: _Trial, before: list[Object], after: list[Object]) -> None:
        """
        Adds rules; one that does what the rule before it does becomes part of that. The next step
        sees what kustomize makes of this one: an index means an entry in kustomize's order.
        """
        new = list(best.way)
        if self.rules and len(new) == 1:
            both = _as_one(self.rules[-1], new[0], before)
            if both is not None:
                taken = {draft.name for draft in self.rules[:-1]}
                name = name_of(both.body["match"], both.body, taken)
                self.rules[-1:] = []
                new = [both._replace(name=name)]
        self.rules += new
        self.stream, self.objects = best.data, after if best.is_right else best.objects

    def settle(self) -> None:
        """
        Lets rules match nothing in their own output, where a later rule takes away what they match.
        """
        if self.start is None:
            return
        rules = self.rules
        for _ in range(len(rules) + 1):  # a run may tell of one rule only
            outcome = tried(Written(rules, self.resources, self.kinds), self.start)
            if outcome.errors:
                return
            again = tried(Written(rules, self.resources, self.kinds), outcome.data)
            if not again.errors:
                self.rules = rules
                return
            rules = [_with_accept(_loosened(draft, again.errors), again.errors) for draft in rules]

    def _add(self, step: Step, objects: list[Object]) -> None:
        for obj in objects:
            name, number = f"{text_of(obj, 'kind')}-{text_of(obj, 'name')}".lower(), 2
            base = name
            while name in self.resources:
                name, number = f"{base}-{number}", number + 1
            self.resources[name] = (obj, step.place)
            self.rules = [_sparing(draft, obj) for draft in self.rules]
        if self.stream is not None:
            only = {f"r{i}": (obj, "") for i, obj in enumerate(objects)}
            outcome = tried(Written([], only, {}), self.stream)
            if outcome.errors:
                for message in outcome.errors:
                    self.problems.append(Remark(step.place, message.what, message.advice))
            else:
                self.stream, self.objects = outcome.data, reference.done(step, self.objects or [])

    def _know_kinds(self, objects: list[Object]) -> None:
        """Says of custom kinds that nobody knows that they have a namespace, as kustomize does."""
        defined = {
            obj.get("spec", {}).get("names", {}).get("kind")
            for obj in objects
            if text_of(obj, "kind") == "CustomResourceDefinition"
        }
        for obj in objects:
            kind, version = text_of(obj, "kind"), text_of(obj, "apiVersion")
            if kind not in kinds_of(version) and kind not in defined:
                name = f"{kind}.{group(obj)}" if group(obj) else kind
                self.kinds[name] = {"scope": "Namespaced"}

    def _named(self, way: Way, step: Step) -> Way:
        taken = {draft.name for draft in self.rules}
        found = []
        for draft in way:
            match = draft.body.get("match", {})
            name = name_of(match, draft.body, taken)
            taken.add(name)
            found.append(draft._replace(name=name, comments=(step.place, *draft.comments)))
        return found

    def _try(self, way: Way, after: list[Object], refusals: list[Message]) -> _Trial | None:
        """A way as it runs; None where it does not."""
        assert self.stream is not None  # noqa: S101 - asked before
        missed: tuple[Message, ...] = ()
        for _ in range(_ROUNDS):
            outcome = tried(Written(way, {}, self.kinds), self.stream)
            if not outcome.errors:
                break
            changed = _accepting(way, outcome.errors)
            if changed is None:
                refusals += outcome.errors
                return None
            way, missed = changed, (*missed, *outcome.errors)
        else:
            return None
        made = objects_of(outcome.data)
        is_right = are_alike(made, after)
        for _ in range(_ROUNDS):
            again = tried(Written(way, {}, self.kinds), outcome.data)
            if not again.errors:
                is_steady = again.data == outcome.data
                return _Trial(way, missed, outcome.data, made, is_right, is_steady)
            changed = _accepting(way, again.errors)
            if changed is None:
                changed = _with_hooks(way)
                if changed is None:
                    break
                outcome = tried(Written(changed, {}, self.kinds), self.stream)
                if outcome.errors:
                    return None
                made = objects_of(outcome.data)
                is_right = are_alike(made, after)
            way = changed
        return _Trial(way, missed, outcome.data, made, is_right, is_steady=False)


def _sparing(draft: Draft, obj: Object) -> Draft:
    """The rule without an object that comes after it in kustomize, but before all rules here."""
    match = draft.body["match"]
    if not matching.selects(match, obj):
        return draft
    return draft._replace(body={**draft.body, "match": matching.without(match, obj)})


def _with_hooks(way: Way) -> Way | None:
    """The way for hooks too, as a rule may make one; None where it is already."""
    if all("hooks" in draft.body["match"] for draft in way):
        return None
    return [
        draft._replace(body={**draft.body, "match": {**draft.body["match"], "hooks": "include"}})
        for draft in way
    ]


def _accepting(way: Way, errors: tuple[Message, ...]) -> Way | None:
    """The way with rules that accept what they failed for; None where that cannot be."""
    if not all(error.id in _ACCEPTABLE for error in errors):
        return None
    found = [_with_accept(draft, errors) for draft in way]
    return found if any(new is not old for new, old in zip(found, way, strict=True)) else None


def _with_accept(draft: Draft, errors: tuple[Message, ...]) -> Draft:
    known = draft.body.get("accept", [])
    ids = sorted(
        {error.id for error in errors if error.rule == draft.name and error.id in _ACCEPTABLE}
        - set(known)
    )
    return draft._replace(body={**draft.body, "accept": [*known, *ids]}) if ids else draft


def _loosened(draft: Draft, errors: tuple[Message, ...]) -> Draft:
    """The rule with `expect: any`, if it failed because it matches too few objects."""
    if draft.body.get("expect") == "any" or not any(
        error.rule == draft.name and not error.id for error in errors
    ):
        return draft
    comment = "A later rule changes what this one looks for, so it may find nothing."
    body = {**draft.body, "expect": "any"}
    return draft._replace(body=body, comments=(*draft.comments, comment))


def _as_one(one: Draft, other: Draft, objects: list[Object]) -> Draft | None:
    """Two rules that do the same to objects that both name, as one rule; None for others."""
    bodies = [
        {key: value for key, value in draft.body.items() if key not in ("match", "expect")}
        for draft in (one, other)
    ]
    counts = [draft.body.get("expect") for draft in (one, other)]
    numbers = [count for count in counts if isinstance(count, int)]
    if not same(*bodies) or len(numbers) < len(counts):
        return None
    matches = [draft.body["match"] for draft in (one, other)]
    hit = [obj for obj in objects if any(matching.selects(match, obj) for match in matches)]
    if len(hit) != sum(numbers):
        return None
    kinds = list(dict.fromkeys(text_of(obj, "kind") for obj in hit))
    names = list(dict.fromkeys(as_glob(text_of(obj, "name")) for obj in hit))
    plain = {
        "kind": kinds[0] if len(kinds) == 1 else kinds,
        "name": names[0] if len(names) == 1 else names,
    }
    match = matching.fitted(plain, hit, objects)
    if match is None:
        return None
    body = {"match": match, "expect": len(hit), **bodies[0]}
    return Draft(one.name, body, (*one.comments, *other.comments))


def chosen(reading: Reading, stream: bytes | None) -> Chosen:
    """The rules for what was read."""
    chooser = Chooser(stream)
    for step in reading.steps:
        chooser.write(step)
    chooser.settle()
    return Chosen(
        Written(chooser.rules, chooser.resources, chooser.kinds),
        chooser.done,
        [*reading.problems, *chooser.problems],
        chooser.unproved,
        [*reading.notes, *chooser.notes],
    )
