"""
What a run did and why, as plain data: which objects each rule matched, which it skipped and why,
every field it changed, all warnings. `explain` shows it, `--report` writes it.

The format is documented in docs/report.md; a change that readers of it must follow needs a new
VERSION. Values of Secrets are masked.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from postrender.engine.expectation import nearest, reason
from postrender.errors import grouped
from postrender.kubernetes.objects import annotation
from postrender.reports.fields import fields
from postrender.reports.masking import masked_pair
from postrender.reports.references import reference
from postrender.stream.manifest import Manifest, source_of
from postrender.verbs.generated_names import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postrender.data import Object
    from postrender.engine.changes import Change
    from postrender.engine.run import Result
    from postrender.errors import Message
    from postrender.reports.fields import Field
    from postrender.rules.layers import Values
    from postrender.rules.model import Rule
    from postrender.stream.manifest import Home, Subject
    from postrender.stream.manifests import Manifests


VERSION = "kmod/v1"
KIND = "KmodReport"


# Of one rule. Where more are of its kinds, they are too many to be looked through.
_MOST_SKIPPED = 100


class _Seen(NamedTuple):
    """
    What one rule found in the stream: the objects it matched; those of its kinds that it skipped,
    with the reason, and how many more; what comes nearest if it matched nothing.
    """

    rule: Rule
    matched: list[Object]
    skipped: list[Object]
    more: int
    near: list[str]


class Watcher:
    """
    Records what each rule finds; the engine calls it before each rule: see `engine.run`. `file` is
    what messages call the stream, `-` for standard input; `show_scripts`: scripts and files are not
    masked.
    """

    def __init__(self, file: str = "-", *, show_scripts: bool = False) -> None:
        self.file = file
        self.show_scripts = show_scripts
        self.seen: list[_Seen] = []
        # Of each object, by its identity.
        self.refs: dict[int, tuple[Object, Object]] = {}

    def __call__(self, rule: Rule, manifests: Manifests, *_: object) -> None:
        """Records what the rule matches and what it does not."""
        matched: list[Object] = []
        skipped: list[Object] = []
        more = 0
        kinds = rule.match.kinds_among(manifests.by_kind, manifests.workloads)
        maybe = {*manifests.candidates(kinds, rule.match.globs.get("name"))}
        for home in manifests.candidates(kinds):
            if len(skipped) >= _MOST_SKIPPED and home not in maybe:
                more += 1
                continue
            for _, subject in manifests.subjects_of(home):
                misfits = rule.match.misfits(subject)
                is_own = annotation(subject.obj, MARK) is not None
                if not misfits and not is_own:
                    matched.append(self.ref(subject, home))
                elif len(skipped) >= _MOST_SKIPPED:
                    more += 1
                elif not misfits:
                    why = "kmod-post has generated it"
                    skipped.append({"object": self.ref(subject, home), "reason": why, "keys": []})
                elif "kind" not in misfits:
                    why = reason(rule.match, misfits, subject)
                    ref = self.ref(subject, home)
                    skipped.append({"object": ref, "reason": why, "keys": misfits})
        near = [] if matched else nearest(rule, list(manifests.subjects()))
        self.seen.append(_Seen(rule, matched, skipped, more, near))

    def ref(self, subject: Subject, home: Home) -> Object:
        """An object as the report names it, which many rules may have to."""
        obj = subject.obj
        if id(obj) not in self.refs:
            self.refs[id(obj)] = (obj, _ref(obj, subject.source, home))
        return self.refs[id(obj)][1]

    def report(self, result: Result, values: Values) -> Object:
        """The report of a run that has succeeded."""
        by_rule: dict[str, list[Change]] = {}
        for change in result.changes:
            by_rule.setdefault(change.rule, []).append(change)
        resources = [self.change(change) for change in by_rule.pop("", [])]
        warnings: dict[str, list[Message]] = {}
        for warning in grouped(result.warnings):
            warnings.setdefault(warning.rule, []).append(warning)
        rules = [self.rule(seen, by_rule, warnings) for seen in self.seen]
        return {
            **_head("changed" if result.edits else "unchanged"),
            "summary": _summary(result),
            "rules": rules,
            **({"resources": resources} if resources else {}),
            "disabled": disabled(values),
            "warnings": self.texts(grouped(result.warnings)),
            "printedAnew": [
                {"object": name, "path": ".".join(map(str, path))}
                for name, path in result.reformatted
            ],
            "errors": [],
        }

    def failed(self, messages: Iterable[Message]) -> Object:
        """The report of a run that has failed: what was recorded until then, and why it failed."""
        return {
            **_head("failed"),
            "rules": [self.rule(seen, {}, {}) for seen in self.seen],
            "errors": self.texts(messages),
        }

    def texts(self, messages: Iterable[Message]) -> list[str]:
        """Messages as the report has them."""
        return [str(message.in_file(self.file)) for message in messages]

    def rule(
        self, seen: _Seen, changes: dict[str, list[Change]], warnings: dict[str, list[Message]]
    ) -> Object:
        """What one rule did; changes and warnings are by rule."""
        rule = seen.rule
        return {
            "name": rule.name,
            "place": str(rule.where.in_file(self.file)),
            "description": rule.description,
            "match": str(rule.match),
            "expect": str(rule.expect),
            "verbs": [verb for verb, _ in rule.verbs],
            "matched": seen.matched,
            "changes": [self.change(change) for change in changes.get(rule.name, [])],
            "skipped": seen.skipped,
            **({"skippedMore": seen.more} if seen.more else {}),
            "nearMisses": seen.near,
            "warnings": [
                str(warning.replaced(where=None, rule=""))
                for warning in warnings.get(rule.name, ())
            ],
        }

    def change(self, change: Change) -> Object:
        """One change, field by field."""
        return _change(change, show_scripts=self.show_scripts)


def disabled(values: Values) -> list[str]:
    """The names of the rules that are switched off."""
    rules = values.data.get("rules")
    return [
        name
        for name, rule in (rules.items() if isinstance(rules, dict) else ())
        if isinstance(rule, dict) and rule.get("enabled") is False
    ]


def _ref(obj: Object, source: str, home: Home) -> Object:
    """An object as the report names it; one that rules have added has no line."""
    return reference(obj, source, home.line if isinstance(home, Manifest) else None)


def _head(outcome: str) -> Object:
    from postrender import __version__

    return {"apiVersion": VERSION, "kind": KIND, "kmodPost": __version__, "outcome": outcome}


def _summary(result: Result) -> Object:
    """How many documents are changed, added and removed."""
    counts = Counter(edit.what for edit in result.edits)
    return {what: counts[what] for what in ("changed", "added", "removed")}


def _change(change: Change, *, show_scripts: bool) -> Object:
    before, after = masked_pair(change.before, change.after, show_scripts=show_scripts)
    home, path = change.home
    sources = (source_of(one, home.source) for at, one in home.objects() if at == path)
    source = next(sources, home.source)
    return {
        "object": _ref(change.before or change.obj, source, home),
        "what": change.what,
        "fields": (
            [_field(field) for field in fields(before, after)] if change.what == "changed" else []
        ),
        **({"content": after} if change.what == "added" else {}),
    }


def _field(field: Field) -> Object:
    known: Object = {"what": field.what, "path": field.path, "pointer": field.pointer}
    if field.what != "added":
        known["before"] = field.before
    if field.what != "removed":
        known["after"] = field.after
    return known
