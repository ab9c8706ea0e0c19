"""
The gate over real charts: every verb over every workload, in both Helm forms, read back by Go.

What was run and what came of it is in docs/proof.md, which scripts/proof writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import corpus
import pytest
from fuzzing.rules import Rendered
from gate import case_of, gate, together, verbs

from postrender.verbs import VERBS

if TYPE_CHECKING:
    from pathlib import Path

    from oracle import GoReader

CHARTS = [pytest.param(path, id=f"{path.parent.name}-{path.stem}") for path in corpus.files()]


@corpus.needed
@pytest.mark.parametrize("names", together(), ids=lambda names: names[0])
@pytest.mark.parametrize("path", CHARTS)
def test_every_verb_over_a_real_chart(path: Path, names: tuple[str, ...], go: GoReader) -> None:
    """
    Go reads what the rules meant, by way of Helm 3 and of Helm 4; what no rule changes is there
    byte for byte, no other line is lost, and the rules change nothing in their own output.
    """
    assert gate(path, names, go)[1] is None


@corpus.needed
@pytest.mark.parametrize("path", CHARTS)
def test_a_rule_that_matches_nothing(path: Path) -> None:
    """The chart comes out byte for byte."""
    case = case_of(path, "nothing")
    done = case.outcome()
    assert isinstance(done, Rendered)
    assert done.after == case.text


def test_the_gate_is_for_all_verbs() -> None:
    """No verb is left out."""
    named: set[str] = set()
    named.update(*(rule for rule in verbs().values()))
    assert named >= VERBS.keys()


@pytest.mark.parametrize("verb", [verb for verb in verbs() if verb != "nothing"])
def test_the_gate_lets_something_through(verb: str) -> None:
    """A gate through which nothing goes would say nothing: each rule changes objects of a chart."""
    path = corpus.ROOT / "charts" / "example-nginx" / "rendered" / "helm3.yaml"
    done = case_of(path, verb).outcome()
    assert isinstance(done, Rendered)
    assert done.changed > 0
