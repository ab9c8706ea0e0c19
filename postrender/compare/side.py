"""
One side of a comparison: a render with its rules, what each rule found and did, and the objects
before and after all rules. Rules that fail are passed over, so that the others can be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.engine import run as engine
from postrender.errors import KmodError
from postrender.findings import FINDINGS
from postrender.kubernetes.objects import text_of
from postrender.rules.model import Accept, Expect
from postrender.stream.manifest import Manifest, Subject, source_of
from postrender.stream.manifests import Manifests

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from postrender.data import Object, Path
    from postrender.engine.inputs import Inputs
    from postrender.errors import Message, Where
    from postrender.kubernetes.images import Locked
    from postrender.rules.model import Rule, Rules
    from postrender.stream.manifest import Home

    # A document and the path of an object in it.
    Spot = tuple[Home, Path]


class Thing(NamedTuple):
    """
    An object of one side: as the chart has it (None: rules have added it) and as the rules leave it
    (None: they have removed it); its template and the document that it is in.
    """

    start: Object | None
    end: Object | None
    source: str
    spot: Spot

    @property
    def obj(self) -> Object:
        """The object, in the state that there is."""
        return self.start or self.end or {}


class Hit(NamedTuple):
    """What a rule found an object to be, and what it made of it (None: it removed it)."""

    before: Object
    after: Object | None


class Side(NamedTuple):
    """
    One side. `things` are the objects that may matter, `hits` what each rule matched, by the places
    of the objects; `asked` is what the lock file said to a rule of an image. `failures` are why
    rules have failed, `relaxed` are those that were then applied without their expectations,
    `dropped` those that were left out.
    """

    rules: Rules
    things: dict[Spot, Thing]
    hits: dict[str, dict[Spot, Hit]]
    asked: dict[tuple[str, str, str], Locked | None]
    result: engine.Result
    failures: list[Message]
    relaxed: frozenset[str]
    dropped: frozenset[str]
    manifests: Manifests


def side_of(inputs: Inputs, unlike: Collection[int], file: str) -> Side:
    """
    Applies the rules to the stream. `unlike` are the documents that have no twin: all their objects
    are looked at. Raises KmodError where not even a part of the rules can be applied; `file` is
    what messages call the stream.
    """
    rules = inputs.rules
    failures: list[Message] = []
    relaxed, dropped = set[str](), set[str]()
    while True:
        eyes = _Eyes(inputs, unlike)
        try:
            result = engine.run(
                inputs.stream, rules, inputs.namespace, eyes.argv_of, inputs.finish, eyes.watch
            )
        except KmodError as error:
            failing = {one.rule for one in error.messages} & {rule.name for rule in rules.rules}
            if not failing and not (rules.resources and any(m.id == "" for m in error.messages)):
                raise type(error)(one.in_file(file) for one in error.messages) from None
            failures += [one for one in error.messages if one not in failures]
            again = failing & relaxed
            relaxed |= failing - again
            dropped |= again
            rules = _without(rules, error.messages, failing - again, again)
        else:
            return eyes.side(rules, result, failures, relaxed, dropped)


def _without(
    rules: Rules, messages: Iterable[Message], relaxed: set[str], dropped: set[str]
) -> Rules:
    """The rules; some accept what they failed for and expect nothing, some are left out."""
    if not relaxed and not dropped:
        return rules.replaced(resources=())
    ids = {one.rule: {m.id for m in messages if m.rule == one.rule} for one in messages}
    return rules.replaced(
        rules=tuple(
            _relaxed(rule, ids.get(rule.name, set())) if rule.name in relaxed else rule
            for rule in rules.rules
            if rule.name not in dropped
        )
    )


def _relaxed(rule: Rule, ids: set[str]) -> Rule:
    """The rule, accepting these findings and any number of matches."""
    more: dict[str, Where] = {
        key: rule.where for key in ids if key in FINDINGS and FINDINGS[key].is_acceptable
    }
    accept = Accept({**rule.accept.own, **more}, rule.accept.everywhere)
    return rule.replaced(expect=Expect(0, None), accept=accept)


class _Eyes:
    """Sees a run: what the engine tells it before each rule, and what the lock file is asked."""

    def __init__(self, inputs: Inputs, unlike: Collection[int]) -> None:
        self.inputs = inputs
        self.unlike = unlike
        self.manifests: Manifests | None = None
        self.rule = ""
        self.starts: dict[Spot, tuple[Object, str]] = {}
        self.seen: dict[str, dict[Spot, Object]] = {}
        self.asked: dict[tuple[str, str, str], Locked | None] = {}

    def argv_of(self, image: str, platform: str = "") -> Locked | None:
        """Answers from the lock file, and notes the answer."""
        found = self.inputs.argv_of(image, platform)
        self.asked[self.rule, image, platform] = found
        return found

    def watch(self, rule: Rule, manifests: Manifests, hits: Sequence[engine.Hit]) -> None:
        """Notes what the rule matches."""
        self.look_at(manifests)
        self.rule = rule.name
        self.seen[rule.name] = {(hit.manifest, hit.path): hit.obj for hit in hits}
        for hit in hits:
            spot = hit.manifest, hit.path
            if isinstance(hit.manifest, Manifest) and spot not in self.starts:
                self.starts[spot] = hit.obj, source_of(hit.obj, hit.manifest.source)

    def look_at(self, manifests: Manifests) -> None:
        """Notes the objects of documents without a twin, before any rule is applied."""
        if self.manifests is not None:
            return
        self.manifests = manifests
        for i in self.unlike:
            home = manifests.all[i]
            for path, subject in manifests.subjects_of(home):
                if text_of(subject.obj, "kind"):
                    self.starts[home, path] = (subject.obj, subject.source)

    def side(
        self,
        rules: Rules,
        result: engine.Result,
        failures: list[Message],
        relaxed: set[str],
        dropped: set[str],
    ) -> Side:
        """What was seen, after the run."""
        if self.manifests is None:
            inputs = self.inputs
            self.look_at(Manifests(inputs.stream, inputs.namespace, inputs.rules.workloads))
        afters: dict[tuple[str, Spot], Object | None] = {}
        added: dict[Spot, Object] = {}
        for change in result.changes:
            if change.before is None:
                added[change.home] = change.obj
            elif isinstance(change.home[0], Manifest):
                self.starts.setdefault(change.home, (change.before, change.home[0].source))
            afters[change.rule, change.home] = change.after
        hits = {
            rule: {spot: Hit(obj, afters.get((rule, spot), obj)) for spot, obj in seen.items()}
            for rule, seen in self.seen.items()
        }
        things = {
            spot: Thing(obj, spot[0].current(spot[1]), source, spot)
            for spot, (obj, source) in self.starts.items()
        }
        for spot in added:
            end = spot[0].current(spot[1])
            if spot not in things and end is not None:
                things[spot] = Thing(None, end, "", spot)
        assert self.manifests is not None  # noqa: S101 - look_at has set it
        return Side(
            rules,
            things,
            hits,
            self.asked,
            result,
            failures,
            frozenset(relaxed),
            frozenset(dropped),
            self.manifests,
        )


def subject_of(side: Side, thing: Thing) -> Subject:
    """A chart's object as `match` sees it."""
    manifests = side.manifests
    return Subject(
        thing.start or {}, thing.source, manifests.default_namespace, manifests.workloads
    )
