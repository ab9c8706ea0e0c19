"""
Writes the table of real charts in docs/proof.md.

    scripts/proof [--write-docs]

Applies each verb alone to every chart of the corpus. scripts/fuzz writes the other table.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import corpus
from gate import gate, verbs
from oracle import GoReader
from paths import ROOT

DOCS = ROOT / "docs" / "proof.md"
COLUMNS = (
    "objects changed",
    "values changed",
    "lines come",
    "lines gone",
    "by way of Helm 4",
    "wrong",
)


def say(line: str) -> None:
    """To standard output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def write_section(name: str, lines: list[str]) -> None:
    """Puts lines between the marks of this name in docs/proof.md."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, _, rest = DOCS.read_text().partition(begin)
    _, _, after = rest.partition(end)
    DOCS.write_text(before + begin + "".join(f"{line}\n" for line in lines) + end + after)


def row(*cells: object) -> str:
    """A row of a table."""
    return (
        f"| {' | '.join(f'{cell:,}' if isinstance(cell, int) else str(cell) for cell in cells)} |"
    )


def main() -> int:
    """Runs every verb over every chart; fails where something is wrong."""
    parser = argparse.ArgumentParser(description="Every verb over every chart, read back by Go.")
    parser.add_argument(
        "--write-docs", action="store_true", help="write the table of docs/proof.md"
    )
    given = parser.parse_args()
    if not corpus.files():
        say("no corpus of real renders; KMOD_CORPUS may name one")
        return 2
    lines = [row("rule", *COLUMNS), row("---", *("--:" for _ in COLUMNS))]
    total: Counter[str] = Counter()
    with GoReader() as go:
        for verb in verbs():
            count: Counter[str] = Counter()
            for path in corpus.files():
                found, wrong = gate(path, (verb,), go)
                count += found
                if wrong:
                    count["wrong"] += 1
                    say(f"WRONG {verb} over {path.parent.name}/{path.name}: {wrong}")
            lines.append(row(f"`{verb}`", *(count[column] for column in COLUMNS)))
            say(lines[-1])
            total += count
            size = f"{len(corpus.files())} renders, {count['documents']:,} documents, {count['lines']:,} lines"
    lines.append(row("all", *(total[column] for column in COLUMNS)))
    say(lines[-1])
    if given.write_docs:
        write_section("corpus", [f"Each over {size}.", "", *lines])
    return 1 if total["wrong"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
