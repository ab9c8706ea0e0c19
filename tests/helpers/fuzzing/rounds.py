"""Rounds of random cases. The same seed always makes the same round."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from laws import Rewritten
from proof import row

from fuzzing import edits, rules, texts
from postrender.kubernetes.objects import FILENAME

if TYPE_CHECKING:
    from oracle import GoReader

    from fuzzing.shrinking import Case

# How many objects are edited in a round, through how many streams the whole program goes, and how
# many texts are read.
OBJECTS, STREAMS, TEXTS = 200, 40, 300


class Count:
    """What a run has done."""

    def __init__(self) -> None:
        self.objects = self.edits = self.scalars = self.in_place = self.helm_4 = 0
        self.streams = self.refused = self.changed = self.texts = self.failures = 0

    def __str__(self) -> str:
        return "; ".join(f"{what} {number}" for what, number in self.items())

    def table(self) -> list[str]:
        """The same as the rows of a table."""
        return [row("what", "count"), row("---", "--:"), *(row(*item) for item in self.items())]

    def items(self) -> list[tuple[str, int]]:
        """What was counted."""
        return [
            ("objects edited", self.objects),
            ("of them all in place", self.in_place),
            ("of them by way of Helm 4", self.helm_4),
            ("edits", self.edits),
            ("scalars written", self.scalars),
            ("streams through rules", self.streams),
            ("of them refused", self.refused),
            ("values changed by rules", self.changed),
            ("spoiled texts read", self.texts),
            ("wrong", self.failures),
        ]


def fuzz(
    seed: str,
    go: GoReader,
    count: Count,
    objects: int = OBJECTS,
    streams: int = STREAMS,
    spoiled: int = TEXTS,
) -> list[tuple[str, Case]]:
    """One round: what was wrong, with the case."""
    random_ = random.Random(seed)
    failures = [
        *_edits(random_, go, count, objects),
        *_rules(random_, go, count, streams),
        *_texts(random_, go, count, spoiled),
    ]
    count.failures += len(failures)
    return failures


def _edits(random_: random.Random, go: GoReader, count: Count, size: int) -> list[tuple[str, Case]]:
    failures: list[tuple[str, Case]] = []
    done: list[tuple[Rewritten, edits.EditCase]] = []
    for case in edits.some_cases(random_, go, size):
        result = case.outcome()
        if isinstance(result, str):
            failures.append((result, case))
            continue
        done.append((result, case))
        count.objects += 1
        count.in_place += not result.reformatted
        count.helm_4 += FILENAME in result.before
        count.edits += len(case.changes)
        count.scalars += sum(_scalars(change.value) for change in case.changes)
    verdicts = edits.wrong([result for result, _ in done], go)
    return failures + [
        (why, case) for why, (_, case) in zip(verdicts, done, strict=True) if why is not None
    ]


def _rules(random_: random.Random, go: GoReader, count: Count, size: int) -> list[tuple[str, Case]]:
    failures: list[tuple[str, Case]] = []
    done: list[tuple[rules.Rendered, rules.RulesCase]] = []
    for case in rules.some_cases(random_, size):
        result = case.outcome()
        count.streams += 1
        if result is None:
            count.refused += 1
        elif isinstance(result, str):
            failures.append((result, case))
        else:
            done.append((result, case))
            count.changed += result.edits
    verdicts = rules.wrong([result for result, _ in done], go)
    return failures + [
        (why, case) for why, (_, case) in zip(verdicts, done, strict=True) if why is not None
    ]


def _texts(random_: random.Random, go: GoReader, count: Count, size: int) -> list[tuple[str, Case]]:
    cases = texts.some_cases(random_, size)
    count.texts += len(cases)
    return [
        (why, case)
        for why, case in zip(texts.wrong(cases, go), cases, strict=True)
        if why is not None
    ]


def _scalars(value: Any) -> int:
    if isinstance(value, dict):
        return sum(1 + _scalars(item) for item in value.values())
    return sum(map(_scalars, value)) if isinstance(value, list) else 1
