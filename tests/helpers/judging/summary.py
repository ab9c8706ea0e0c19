"""What came of many cases: counted, grouped by reason, with an example of each group."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from judging.comparing import AGREED, BEYOND, FAULTS, REPAIRED, STRICTER, WARNED_OF
from judging.verdicts import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from judging.comparing import Compared

ORDER = (*FAULTS, WARNED_OF, STRICTER, BEYOND, REPAIRED)
_WIDTH = 220


class Summary:
    """Counts; each group keeps its first case as its example."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self.groups: Counter[tuple[str, str, str]] = Counter()
        self.examples: dict[tuple[str, str, str], Compared] = {}

    def add(self, compared: Iterable[Compared]) -> None:
        """More cases."""
        for one in compared:
            self.totals["cases"] += 1
            self.totals[f"server: {one.meant.word}"] += 1
            self.totals[f"kmod-post: {one.ours.word}"] += 1
            self.totals[one.difference] += 1
            if one.difference != AGREED:
                key = (one.difference, one.case.mistake, one.why)
                self.groups[key] += 1
                self.examples.setdefault(key, one)

    def faults(self) -> int:
        """How many cases are faults of ours."""
        return sum(self.totals[name] for name in FAULTS)

    def lines(self, most: int) -> list[str]:
        """For people: the totals, and of each kind of difference the largest groups."""
        found = [f"{count:7,} {name}" for name, count in sorted(self.totals.items())]
        for name in ORDER:
            groups = [(key, count) for key, count in self.groups.most_common() if key[0] == name]
            if not groups:
                continue
            found += ["", f"{name}: {self.totals[name]:,} in {len(groups):,} groups"]
            for key, count in groups[:most]:
                found += [f"{count:7,} {key[1]}: {key[2]}", *_example(self.examples[key])]
            if groups[most:]:
                rest = sum(count for _, count in groups[most:])
                found.append(f"{rest:7,} in {len(groups) - most:,} more groups")
        return found

    def as_data(self) -> dict[str, Any]:
        """For programs: all groups."""
        return {
            "totals": dict(sorted(self.totals.items())),
            "groups": [
                {
                    "difference": key[0],
                    "mistake": key[1],
                    "reason": key[2],
                    "count": count,
                    "example": {
                        "seed": (one := self.examples[key]).seed,
                        "place": one.case.place,
                        "object": one.case.base["kind"],
                        "rules": one.case.rules(),
                        "server": (one.made or one.meant).message,
                        "kmod-post": [*one.ours.messages],
                    },
                }
                for key, count in self.groups.most_common()
            ],
        }


def _example(one: Compared) -> list[str]:
    """A case in few lines."""
    case = one.case
    value = json.dumps({case.verb: case.value}, ensure_ascii=False)
    found = [f"seed {one.seed}, {case.base['kind']}, {case.place}", value]
    found += [f"kmod-post: {message}" for message in one.ours.messages[:1]]
    said = one.meant if one.made is None or one.made.word == ACCEPTED else one.made
    found += [f"server: {said.message}"] * (said.message != "")
    return [f"          {line if len(line) < _WIDTH else line[:_WIDTH] + ' …'}" for line in found]
