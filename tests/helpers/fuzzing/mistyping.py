"""
One word of a rules file is mistyped: what becomes of it? The run should fail, or warn, or write the
mistyped word where the right one was. What it must not do is to go on as if the rule were not there.
`explanation` knows the reasons why a typo may pass.

The rules are those of the golden cases, each over its own input.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from datetime import date
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from paths import ROOT
from proof import row, say, write_section

from postrender.engine.inputs import rules_of
from postrender.engine.run import run
from postrender.errors import KmodError
from postrender.rules.layers import read_values
from postrender.stream.text import Stream
from postrender.verbs import VERBS
from postrender.yamltext.reader import read
from postrender.yamltext.writer import flow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GOLDEN = ROOT / "tests" / "golden"

# What can come of a mistyped word.
REFUSED, WARNED, WRITTEN, SAME, LOST, OTHER = (
    "the run fails",
    "a new warning",
    "the mistyped word is written",
    "the same output",
    "as if the entry were not there",
    "another output",
)


class Case(NamedTuple):
    """Rules and their input, with what comes out: text and warnings."""

    name: str
    stream: str
    rules: dict[str, Any]
    output: str
    warnings: frozenset[str]


class Typo(NamedTuple):
    """A word at a place in the rules, as a key or a value, and what it has become."""

    path: tuple[Any, ...]
    is_key: bool
    right: str
    wrong: str


@cache
def cases() -> list[Case]:
    """The golden cases with one rules file that come out."""
    found = []
    for folder in sorted(GOLDEN.iterdir()):
        if not (folder / "expected.yaml").exists() or (folder / "args.txt").exists():
            continue
        root = read((folder / "rules.yaml").read_text(encoding="utf-8"))
        stream = (folder / "input.yaml").read_text(encoding="utf-8")
        done = outcome(stream, root.data, folder) if root is not None else None
        if done is not None and root is not None:
            found.append(Case(folder.name, stream, root.data, *done))
    return found


def outcome(stream: str, rules: Any, folder: Path) -> tuple[str, frozenset[str]] | None:
    """What rules make of a stream: its text, and the warnings; None where the run fails."""
    try:
        text = flow(rules, json=True)
        result = run(
            Stream(stream.encode()), rules_of([read_values(text, str(folder / "rules.yaml"))])
        )
    except KmodError:
        return None
    said = frozenset(str(warning).partition(": ")[2] for warning in result.warnings)
    return b"".join(result.pieces).decode(), said


def typos(case: Case, random: Random) -> Iterator[Typo]:
    """A typo for each word of a case's rules."""
    for path, is_key, word in _words(case.rules, ()):
        wrong = mistyped(word, random)
        if wrong != word:
            yield Typo(path, is_key, word, wrong)


def mistyped(word: str, random: Random) -> str:
    """A word with two signs swapped, one lost, one doubled, or in another case."""
    at = random.randrange(max(len(word) - 1, 1))
    ways = (
        word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
        word[:at] + word[at + 1 :],
        word[: at + 1] + word[at:],
        word[:at] + word[at : at + 1].swapcase() + word[at + 1 :],
    )
    return random.choice(ways)


def what_comes_of(case: Case, typo: Typo) -> str:
    """One of the six."""
    done = outcome(case.stream, changed(case.rules, typo, typo.wrong), GOLDEN / case.name)
    if done is None:
        return REFUSED
    output, warnings = done
    if warnings - case.warnings:
        return WARNED
    if output == case.output:
        return SAME
    without = outcome(case.stream, changed(case.rules, typo, None), GOLDEN / case.name)
    if without is not None and without[0] == output:
        return LOST
    new = _words_of(output) - _words_of(case.output)
    # In args, what is not to be a variable is written with two dollars.
    wrong = typo.wrong.replace("$", "")
    if typo.path[-1] == "path" and "jsonPatch" in typo.path:
        wrong = wrong.rpartition("/")[2]  # the key that it ends with
    return WRITTEN if any(wrong in word.replace("$", "") for word in new) else OTHER


def explanation(case: Case, typo: Typo, comes: str) -> str:
    """Why a typo may pass unsaid; empty where it must not."""
    rules = case.rules.get("rules", {})
    place = typo.path
    rule = rules.get(place[1], {}) if place[0] == "rules" and len(place) > 1 else {}
    accepted = [*case.rules.get("accept", ()), *(rule.get("accept") or ())]
    if "rules" not in case.rules or place[-2:-1] in (("rules",), ("resources",)):
        return "a name of one's own" if typo.is_key else "not of the rules"
    if place[-1] == "description":
        return "a description"
    if rule.get("enabled") is False or not case.stream.count("kind:"):
        return "nothing is applied"
    if "expect" in rule or (case.output == case.stream and "helm.sh/hook" in case.stream):
        return "the rule says that it may match nothing, or that many"
    if place[2:3] == ("match",):
        return "the rule still matches, or matches others"
    if "finds-nothing" in accepted:
        return "the rule accepts what is not found"
    if "position" in place:
        return "a position in the list of a container that is there already"
    if "original" in place:
        return "the script is there already, and what it hands over to is taken from the object"
    if typo.is_key and "*" in typo.right and comes == SAME:
        return "a glob that finds the same"
    if "data" in place and "Secret" in str(rule.get("match")):
        return "it is written, in base64"
    if "images" in place:
        return "an entry of images with a glob, beside one that fits"
    if place[0] == "workloads":
        return "a place of pods that no object has"
    without = outcome(case.stream, changed(case.rules, typo, None), GOLDEN / case.name)
    if comes == SAME and without is not None and without[0] == case.output:
        return "another rule or verb says the same, or overrides it"
    return ""


def in_two_layers(case: Case) -> Iterator[tuple[str, Any, Any]]:
    """A case's rules as a lower layer, and an upper one with a verb of a rule: its name, the two."""
    for name, rule in (case.rules.get("rules") or {}).items():
        verbs = [key for key in rule if key in VERBS] if isinstance(rule, dict) else []
        for verb in verbs[1:]:
            lower = {key: value for key, value in rule.items() if key != verb}
            rules = {**case.rules, "rules": {**case.rules["rules"], name: lower}}
            yield name, rules, {"rules": {name: {verb: rule[verb]}}}


def of_layers(case: Case, lower: Any, upper: Any) -> str | None:
    """What two layers make of a case's stream; None where the run fails."""
    path = str(GOLDEN / case.name / "rules.yaml")
    layers = [read_values(flow(one, json=True), path) for one in (lower, upper)]
    try:
        result = run(Stream(case.stream.encode()), rules_of(layers))
    except KmodError:
        return None
    return b"".join(result.pieces).decode()


@cache
def _words_of(stream: str) -> Counter[str]:
    """All keys and values of a stream as texts, with how often each is there."""
    texts = re.split(r"^---.*\n", stream, flags=re.MULTILINE)
    documents = (read(text.removeprefix("\ufeff")) for text in texts)
    return Counter(text for root in documents if root for text in _texts(root.data))


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        yield from data
        data = list(data.values())
    if isinstance(data, list):
        for item in data:
            yield from _texts(item)
    elif data is not None:
        yield str(data)


def changed(data: Any, typo: Typo, wrong: str | None, at: int = 0) -> Any:
    """The rules with the wrong word; without the entry that has it where that is None."""
    if at == len(typo.path) - 1:
        last = typo.path[at]
        if isinstance(data, list):
            new = [] if wrong is None else [wrong]
            return [*data[:last], *new, *data[last + 1 :]]
        if wrong is None:
            return {key: value for key, value in data.items() if key != last}
        if typo.is_key:
            return {wrong if key == last else key: value for key, value in data.items()}
        return {**data, last: wrong}
    step = typo.path[at]
    inner = changed(data[step], typo, wrong, at + 1)
    if isinstance(data, list):
        return [*data[:step], inner, *data[step + 1 :]]
    return {**data, step: inner}


def _words(data: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], bool, str]]:
    """All keys and texts: the place, whether it is a key, the word."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*path, key), True, key
            yield from _words(value, (*path, key))
    elif isinstance(data, list):
        for i, item in enumerate(data):
            yield from _words(item, (*path, i))
    elif isinstance(data, str) and data:
        yield path, False, data


def main() -> int:
    """Counts what comes of typos; 1 where one passes without a reason."""
    parser = argparse.ArgumentParser(description="Mistype each word of the golden cases' rules.")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", default=str(time.time_ns()), help="a run can be repeated with it")
    parser.add_argument(
        "--write-docs", action="store_true", help="write the figures of docs/proof.md"
    )
    given = parser.parse_args()
    random = Random(given.seed)
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for _ in range(given.rounds):
        for case in cases():
            for typo in typos(case, random):
                comes = what_comes_of(case, typo)
                counts[comes] += 1
                if comes in (SAME, LOST, OTHER):
                    reason = explanation(case, typo, comes) or "without a reason"
                    reasons[reason] += 1
                    if reason == "without a reason":
                        say(f"{case.name}: {typo}: {comes}")
    lines = [
        f"Seed {given.seed}, {date.today()}: {counts.total():,} typos in {len(cases())} cases.",
        *("", row("what comes of a typo", "count"), row("---", "--:")),
        *(row(comes, counts[comes]) for comes in (REFUSED, WARNED, WRITTEN)),
        row("it passes", reasons.total()),
        *("", row("why it passes", "count"), row("---", "--:")),
        *(row(reason, count) for reason, count in reasons.most_common()),
    ]
    say("\n".join(lines))
    if given.write_docs:
        write_section("mistyped", lines)
    return bool(reasons["without a reason"])


if __name__ == "__main__":
    sys.exit(main())
