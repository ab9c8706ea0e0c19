"""Warnings and failures of the two runs, and what `accept` hides, compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postrender.compare.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.compare.side import Side
    from postrender.errors import Message

# Words such as tags differ from version to version; a number may be a count, which matters.
_VERSION = re.compile(r"\S*[^\s\d]\d\S*|\S*\d[^\s\d]\S*")


def of_messages(old: Side, new: Side) -> Iterator[Finding]:
    """Failures, warnings that are new or gone, and an `accept` that hides more or nothing."""
    for one in new.failures:
        yield _finding("run-fails", one)
    for one in old.failures:
        if _key(one) not in map(_key, new.failures):
            yield _finding("old-run-fails", one)
    olds, news = (_warnings(side) for side in (old, new))
    yield from (_finding("warning-new", one) for key, one in news.items() if key not in olds)
    yield from (_finding("warning-gone", one) for key, one in olds.items() if key not in news)
    yield from _accepts(old, new)
    if all(any(side.hits.values()) and not side.result.changes for side in (old, new)):
        text = "the rules match objects of both renders, and change nothing in them"
        yield Finding("no-effects", "", "", "", text)
    known = {(name, path) for name, path in old.result.reformatted}
    for name, path in new.result.reformatted:
        if (name, path) not in known:
            place = ".".join(map(str, path))
            text = "it is reformatted, without its comments"
            yield Finding("reformatted", "", name, place, text)


def _warnings(side: Side) -> dict[tuple[object, ...], Message]:
    """The warnings, without those that only come from leaving a failing rule's demands out."""
    return {
        _key(one): one
        for one in side.result.warnings
        if one.id != "accept-unused" and one.rule not in side.relaxed
    }


def _key(one: Message) -> tuple[object, ...]:
    """What makes two messages the same, whatever the versions and the order of objects in them."""
    text = one.text
    if "/" not in one.subject:  # of the rule as a whole: it names objects, of many the first ones
        head, colon, rest = text.partition(": ")
        head, rest = (head, rest) if colon else text.partition(" in ")[::2]
        text = f"{head} {rest.count(',') + rest.count(' and ')}"
    return one.rule, one.id, one.subject, tuple(sorted(_VERSION.sub("#", text).split()))


def _finding(key: str, one: Message) -> Finding:
    advice = f"; {one.advice}" if one.advice else ""
    return Finding(key, one.rule, one.subject, "", f"{one.text}{advice}{one.tail}")


def _accepts(old: Side, new: Side) -> Iterator[Finding]:
    """Findings that were accepted in one of the two runs only."""
    for rule in new.rules.rules:
        if rule.name in new.relaxed:
            continue
        known = {rule_.name: rule_ for rule_ in old.rules.rules}.get(rule.name)
        for key in {**rule.accept.own, **rule.accept.everywhere}:
            did, does = ((rule.name, key) in side.result.excused for side in (old, new))
            if does and not did and known is not None and key in known.accept:
                text = f"accept: it excuses {key} now, and did not before"
                yield Finding("accepts-more", rule.name, "", "", text)
            elif did and not does and new.hits.get(rule.name):
                text = f"accept: it excuses no {key} now"
                yield Finding("accept-unneeded", rule.name, "", "", text)
