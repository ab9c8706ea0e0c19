"""The command: see scripts/judge."""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corpus
from oracle import GoReader
from proof import row, say

from judging import apiserver, openapi, renders
from judging.cases import objects, some_case
from judging.comparing import compare
from judging.summary import Summary
from judging.verdicts import ACCEPTED, DECODING, UNKNOWN, VALIDATION, Judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from judging.openapi import Types

_BATCH = 200


def main() -> int:
    """Runs one of the two; fails where there is a difference that nobody has explained."""
    parser = argparse.ArgumentParser(description="Compare verdicts with a real kube-apiserver.")
    commands = parser.add_subparsers(required=True, metavar="corpus|random")
    each = commands.add_parser("corpus", help="all charts of the corpus, before and after rules")
    each.set_defaults(run=_corpus)
    each.add_argument("--rule", action="append", help="only this rule of renders.yaml")
    each = commands.add_parser("random", help="random content, valid and not")
    each.set_defaults(run=_random)
    each.add_argument("--count", type=int, default=10_000, help="how many cases (10000)")
    each.add_argument("--seed", default=str(time.time_ns()), help="a run can be repeated with it")
    each.add_argument("--case", metavar="SEED", help="show one case, by the seed printed with it")
    each.add_argument("--most", type=int, default=12, help="print so many groups of a kind (12)")
    each.add_argument("--json", type=Path, metavar="FILE", help="write all groups there")
    given = parser.parse_args()
    gc.disable()  # nothing here makes cycles that are worth looking for all the time
    run = given.run
    return int(run(given))


@contextmanager
def _judge() -> Iterator[tuple[Judge, Types]]:
    """A judge, and the types as its server describes them."""
    begin = time.monotonic()
    with apiserver.running() as server, Judge(server) as judge:
        connection = server.connect()
        version = connection.get("/version")["gitVersion"]
        types = openapi.read_types(connection)
        connection.close()
        say(f"kube-apiserver {version}, ready after {time.monotonic() - begin:.0f} s")
        yield judge, types


def _corpus(given: argparse.Namespace) -> int:
    if not corpus.files():
        say("no corpus of real renders; KMOD_CORPUS may name one")
        return 2
    unexplained = 0
    with _judge() as (judge, _), GoReader() as go:
        found = renders.documents(corpus.files(), go)
        count = renders.as_rendered(found, judge)
        say(
            f"as rendered: {count.total():,} objects, {count[ACCEPTED]:,} accepted, "
            f"{count[DECODING] + count[VALIDATION]:,} refused, {count[UNKNOWN]:,} of unknown kinds"
        )
        say(row("rule", *_COLUMNS))
        say(row("---", *("--:" for _ in _COLUMNS)))
        total: Counter[str] = Counter()
        changed = []
        for name in given.rule or renders.rules():
            count, now = renders.after(name, found, go, judge)
            total += count
            changed += [(name, one) for one in now]
            say(row(f"`{name}`", *_figures(count)))
        say(row("all", *_figures(total)))
    groups: dict[tuple[str, str], list[Any]] = {}
    for name, one in changed:
        groups.setdefault((name, one.reason), []).append(one)
    for (name, reason), ones in groups.items():
        why = renders.explanation(reason)
        unexplained += 0 if why else len(ones)
        say(f"\n{name}: {reason}: {len(ones)} ({why or 'UNEXPLAINED'})")
        for one in ones:
            say(f"    {one.chart}: {one.identity}: {one.message[:300]}")
    return 1 if unexplained else 0


_COLUMNS = (
    "changed or new",
    "not taken before either",
    "accepted",
    "refused",
    "refused by kmod-post",
)


def _figures(count: Counter[str]) -> list[int]:
    return [
        count["changed"] + count["new"],
        count["not taken before either"],
        count[ACCEPTED],
        count[DECODING] + count[VALIDATION],
        count["refused by kmod-post"],
    ]


def _random(given: argparse.Namespace) -> int:
    with _judge() as (judge, types):
        for obj, verdict in zip(objects(), judge.all_verdicts(objects()), strict=True):
            if verdict.word != ACCEPTED:
                raise SystemExit(f"objects.yaml: {obj['kind']}: {verdict.message}")
        if given.case:
            return _show(judge, types, given.case)
        say(f"seed {given.seed}")
        begin = time.monotonic()
        summary = Summary()
        for first in range(0, given.count, _BATCH):
            seeds = [f"{given.seed}/{i}" for i in range(first, min(first + _BATCH, given.count))]
            summary.add(compare(judge, [(seed, some_case(types, seed)) for seed in seeds]))
            gc.collect()
        spent = time.monotonic() - begin
    say("\n".join(summary.lines(given.most)))
    say(f"\n{given.count:,} cases in {spent:.0f} s, seed {given.seed}: {summary.faults():,} faults")
    if given.json:
        given.json.write_text(json.dumps(summary.as_data(), indent=1) + "\n")
    return 1 if summary.faults() else 0


def _show(judge: Judge, types: Types, seed: str) -> int:
    """One case with all that is said of it."""
    case = some_case(types, seed)
    (one,) = compare(judge, [(seed, case)])
    say(f"{case.mistake} at {case.place}\n\n# kmod.yaml\n{json.dumps(case.rules(), indent=2)}")
    say(f"\n# rendered.yaml\n{json.dumps(case.base, indent=2)}")
    say(f"\nkmod-post: {one.ours.word}\n" + "\n".join(one.ours.messages))
    say(f"\nserver on what is meant: {one.meant.word} {one.meant.message}")
    if one.made is not None:
        say(f"server on what kmod-post makes: {one.made.word} {one.made.message}")
    say(f"\n{one.difference}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
