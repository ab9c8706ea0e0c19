"""The command: see scripts/fuzz."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from datetime import date

from corpus import workloads
from oracle import GoReader
from proof import say, write_section

from fuzzing import regressions
from fuzzing.rounds import Count, fuzz
from fuzzing.shrinking import shrunk


def main() -> int:
    """Runs until the time is over; fails where something was found."""
    parser = argparse.ArgumentParser(description="Fuzz the text editor and the program against Go.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=sys.maxsize, help="at most so many")
    parser.add_argument("--seed", default=str(time.time_ns()), help="a run can be repeated with it")
    parser.add_argument(
        "--write-docs", action="store_true", help="write the table of docs/proof.md"
    )
    given = parser.parse_args()
    count = Count()
    begin = time.monotonic()
    # Nothing here makes cycles that are worth looking for all the time.
    gc.disable()
    say(f"seed {given.seed}, {len(workloads())} objects to work on")
    with GoReader() as go:
        for number in range(given.rounds):
            seed = f"{given.seed}/{number}"
            for why, case in fuzz(seed, go, count):
                file = regressions.write(why, shrunk(case, go))
                say(f"FAILED {file.name}: {why.splitlines()[-1][:200]} (seed {seed})")
            spent = time.monotonic() - begin
            if number % 40 == 0:
                gc.collect()
                say(f"{spent:.0f} s, round {number}: {count}")
            if spent > given.seconds:
                break
    say(f"{spent:.0f} s, all: {count}")
    if given.write_docs:
        write_section(
            "fuzz", [f"Seed {given.seed}, {spent:,.0f} s, {date.today()}.", "", *count.table()]
        )
    return 1 if count.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
