"""Our verdict on a case beside the server's, and what their difference is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from judging.covering import covered
from judging.verdicts import ACCEPTED, DECODING, Verdict, reasons
from postrender.engine import run as engine
from postrender.engine.inputs import rules_of
from postrender.errors import KmodError
from postrender.rules.layers import read_values
from postrender.stream.text import Stream
from postrender.yamltext.writer import flow

if TYPE_CHECKING:
    from judging.cases import Case
    from judging.openapi import Types
    from judging.verdicts import Judge
    from postrender.stream.manifests import Manifests

REFUSED, WARNED, PASSED = "refused", "warned", "passed"

# Both say the same, or both may.
AGREED = "agreed"
# What is meant is refused, what we write is not: quotes around a number, one probe in place of another.
REPAIRED = "repaired"
# The server accepts what we only warn of: not a fault, but somebody should look at it.
WARNED_OF = "warned of what the server accepts"
# The server's refusal comes from validation that its description of the types does not tell: rules
# for several fields, texts of a certain form. See covering.py.
BEYOND = "passed, refused by validation beyond the table"
# We refuse it, whatever the server says: see _ON_PURPOSE.
STRICTER = "refused on purpose"
FAULTS = (
    (TOO_STRICT := "refused what the server accepts"),
    (SPOILED := "the server accepts what is meant, and not what we write"),
    (TOO_LOOSE := "passed what the server cannot decode"),
    (COVERED := "passed what the table or the checks of results cover"),
    (BUG := "a bug"),
)


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


# What we refuse although the server takes it.
_ON_PURPOSE = _any_of(
    r"\[\d+\]: it has no (name|port|containerPort|mountPath|devicePath|ip|topologyKey|uid); ",  # a merge needs the key of the list
    "it is new and has no source",  # an emptyDir by the server's default is never meant
    "it leaves the object without",
    "above already; keep one",  # the rule says two things
    "is there twice; ",  # so does a patch with two entries of one key, which kubectl merges
    # Fields that the server drops while their feature gate is off.
    "an init container that ends cannot have lifecycle",
    r"(lifecycle\.stopSignal|grpc\.mode|httpGet\.protocol): must be one of",
    r"spec\.scheduling\.",
    r"dataSourceRef: it has no",  # one with a namespace
)
# Findings that do not say that the result is wrong: docs/messages.md has them all.
_ADVICE = frozenset(
    (
        *("empty-dir-hides-files", "field-replaced", "hook-replaced", "immutable-field"),
        "mount-replaced",
        *("native-sidecar", "original-with-args", "post-start-race", "sidecar-in-job"),
        *("sub-path-not-updated", "volume-source-replaced", "write-to-read-only"),
    )
)


class Ours(NamedTuple):
    """
    What kmod-post says: one of its three words, or BUG; its messages, without mere advice; the
    object that it makes.
    """

    word: str
    messages: tuple[str, ...]
    made: Any


class Compared(NamedTuple):
    """A case with all that was said of it. `why` is the reason to group by."""

    seed: str
    case: Case
    ours: Ours
    meant: Verdict
    made: Verdict | None
    difference: str
    why: str


def compare(judge: Judge, types: Types, cases: list[tuple[str, Case]]) -> list[Compared]:
    """The cases, each with its seed, judged by both."""
    ours = [ask_us(case) for _, case in cases]
    asked = [case.meant for _, case in cases]
    made = [number for number, one in enumerate(ours) if one.made is not None]
    verdicts = judge.all_verdicts([*asked, *(ours[number].made for number in made)])
    of_made = dict(zip(made, verdicts[len(cases) :], strict=True))
    found = []
    for number, (seed, case) in enumerate(cases):
        meant, own = verdicts[number], of_made.get(number)
        difference, why = _difference(types, ours[number], meant, own)
        found.append(Compared(seed, case, ours[number], meant, own, difference, why))
    return found


def ask_us(case: Case) -> Ours:
    """What kmod-post does with the case."""
    seen: list[Manifests] = []
    try:
        rules = rules_of([read_values(flow(case.rules(), json=True), "kmod.yaml")])
        stream = Stream(f"{flow(case.base, json=True)}\n".encode())
        result = engine.run(stream, rules, finish=lambda found, *_: seen.append(found))
    except KmodError as error:
        return Ours(REFUSED, tuple(map(str, error.messages)), None)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is to be found
        return Ours(BUG, (repr(error),), None)
    (manifest,) = seen[0].all
    made = manifest.data if manifest.is_parsed else case.base
    warnings = tuple(str(each) for each in result.warnings if each.id not in _ADVICE)
    return Ours(WARNED if warnings else PASSED, warnings, made)


def _difference(types: Types, ours: Ours, meant: Verdict, made: Verdict | None) -> tuple[str, str]:
    """The difference between our verdict and the server's, and why the one that refuses does."""
    if ours.word == BUG:
        return BUG, ours.messages[0]
    if ours.word == REFUSED:
        if meant.word != ACCEPTED:
            return AGREED, ""
        difference = STRICTER if _ON_PURPOSE.search(ours.messages[0]) else TOO_STRICT
        return difference, our_reason(ours.messages[0])
    assert made is not None
    if made.word == ACCEPTED:
        if meant.word != ACCEPTED:
            return REPAIRED, _first(meant)
        return (WARNED_OF, our_reason(ours.messages[0])) if ours.messages else (AGREED, "")
    if ours.word == WARNED:
        return AGREED, ""
    if made.word == DECODING:
        return TOO_LOOSE, _first(made)
    why = covered(types, ours.made, made)
    if why:
        return COVERED, why
    return SPOILED if meant.word == ACCEPTED else BEYOND, _first(made)


def _first(verdict: Verdict) -> str:
    return reasons(verdict)[0]


_OURS = re.compile(r'"[^"]*"|\[\d+\]|\b\d[\w.]*\b')


def our_reason(message: str) -> str:
    """A message of ours without the place, the object and the names in it."""
    text = re.sub(r"^kmod\.yaml(:\d+)*: ", "", message)
    text = re.sub(r'^rule "judged": ', "", text)
    text = re.sub(r"^[A-Z]\w+/\S+: ", "", text)
    return " ".join(_OURS.sub("…", text).split()[:18])
