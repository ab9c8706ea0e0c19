"""
What rules accept: findings that are left out, and an `accept` that is out of date. Loaded only
where a rules file has an `accept`.
"""

from __future__ import annotations

from postrender.errors import message
from postrender.findings import FINDINGS, WARNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from postrender.engine.changes import History
    from postrender.errors import Message, Where
    from postrender.rules.model import Rules

    # The name of a rule, empty where a finding is no rule's, and the id of a finding.
    Excused = set[tuple[str, str]]


def unexcused(messages: Sequence[Message], rules: Rules, excused: Excused) -> list[Message]:
    """The messages that no `accept` is for; those that are left out go to `excused`."""
    accepts = {rule.name: rule.accept for rule in rules.rules}
    kept = []
    for one in messages:
        if one.id in accepts.get(one.rule, rules.accept):
            excused.add((one.rule, one.id))
        else:
            kept.append(one)
    return kept


def unused(
    rules: Rules, matched: set[str], histories: Sequence[History], excused: Excused
) -> list[Message]:
    """
    A warning for each accepted id that excused nothing, although its rule matched; at the top
    level, although any rule did.

    Warnings are only about objects that change. So where a rule changed none, as over its own
    output, an accepted warning may stay: it is for the first run.
    """
    changed = _changed(histories)
    found = []
    for rule in rules.rules:
        used = {key for name, key in excused if name == rule.name}
        for key, where in _outdated(rule.accept.own, matched, changed, used, rule.name):
            found.append(_message(key, where, rule.name))
    used = {key for _, key in excused}
    for key, where in _outdated(rules.accept, matched, changed, used):
        found.append(_message(key, where))
    return found


def _outdated(
    accepted: Mapping[str, Where],
    matched: set[str],
    changed: set[str],
    used: set[str],
    rule: str = "",
) -> Iterator[tuple[str, Where]]:
    """The accepted ids that are out of date, of one rule or else of the whole file."""
    for key, where in accepted.items():
        had_cause = changed if FINDINGS[key].severity == WARNING else matched
        had_cause = had_cause & {rule} if rule else had_cause
        if key not in used and had_cause and FINDINGS[key].is_steady:
            yield key, where


def _message(key: str, where: Where, rule: str = "") -> Message:
    text = f"{key} has excused nothing"
    return message(text, "remove it", where=where, rule=rule, subject="accept", id="accept-unused")


def _changed(histories: Sequence[History]) -> set[str]:
    """The names of the rules that changed an object that is not in the end as it was before."""
    changing = (history for history in histories if not history.is_kept)
    return {step.rule.name for history in changing for step in history.steps}
