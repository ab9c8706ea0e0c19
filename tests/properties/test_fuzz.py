"""
A short run of what scripts/fuzz does for hours, and every failure that it ever found.

The long runs and their results are in docs/proof.md.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
import randomrules
from corpus import workloads
from fuzzing import merging, regressions
from fuzzing.rounds import Count, fuzz
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import GoReader, GoRefuses, same
from styles import STYLES, decorate, some_styles, write
from tools import find

from postrender.verbs import VERBS
from postrender.yamltext.reader import read

if TYPE_CHECKING:
    from pathlib import Path


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_random_changes_in_random_styles(seed: int, go: GoReader) -> None:
    """Nothing is misread, no line is lost; `scripts/fuzz --seed` makes a failure small."""
    assert fuzz(str(seed), go, Count(), objects=30, streams=10, spoiled=100) == []


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in regressions.files()])
def test_what_was_wrong_once_is_right(file: Path, go: GoReader) -> None:
    """Each failure that a run has found stays mended."""
    assert regressions.load(file).verdict(go) is None


def test_patches_merge_as_by_kubectl() -> None:
    """Random patches of real objects; `scripts/fuzz kubectl` merges tens of thousands."""
    find("go")
    pairs = [merging.some_pair(random.Random(f"tests/{number}")) for number in range(500)]
    usable = [pair for pair in pairs if not merging.is_left_out(pair)]
    assert len(usable) > 400
    assert [*merging.differences(usable)] == []


# The styles say the same

# What some styles need, which few workloads have.
ODD = {
    "kind": "ConfigMap",
    "data": {"8080": "a", "true": "b", "one": {"pair": [{"k": None}]}},
    "script": "a\nb\n",
    "page": "  a\n\nb\n\n\n",
    "words": "some words that could as well be written on more than one or two lines of their own",
}
# Styles that show where another one is.
WITHIN = {
    "long flow": "flow",
    "comments in flow": "flow",
    "single pairs": "flow",
    "empty in flow": "flow",
    "indentation indicator": "literal",
    "kept line breaks": "literal",
}
DATA = [ODD, *(workload.data for workload in workloads()[::8])]


@pytest.mark.parametrize("style", STYLES)
def test_a_style_changes_no_data(style: str, go: GoReader) -> None:
    """What this style writes, Go reads as the data it was made of, and so do we."""
    random_ = random.Random(style)
    base = {WITHIN[style]: 1.0} if style in WITHIN else {}
    texts = [write(data, random_, {**base, style: 1.0}) for data in DATA]
    assert texts != [write(data, random.Random(style), base) for data in DATA]
    assert_same(DATA, texts, go)


def test_styles_together_change_no_data(go: GoReader) -> None:
    """The same for mixtures, and for what is added to a text without writing it anew."""
    random_ = random.Random(1)
    data, texts = [], []
    for workload in workloads():
        data += [workload.data, workload.data]
        texts += [write(workload.data, random_, some_styles(random_))]
        texts += [decorate(workload.text, random_, some_styles(random_))]
    # One in a thousand mixtures is no YAML, or not this data: an anchor that holds itself.
    assert_same(data, texts, go, but=len(texts) // 100)


def assert_same(data: list[object], texts: list[str], go: GoReader, but: int = 0) -> None:
    """Go reads this data out of these texts, `but` so many; what Go reads, we read so, too."""
    answers = go.read_all(texts, "stream")
    meant = [same([one], answer) for one, answer in zip(data, answers, strict=True)]
    assert meant.count(False) <= but
    for text, answer in zip(texts, answers, strict=True):
        if not isinstance(answer, GoRefuses):
            root = read(text)
            assert root is not None
            assert same([root.data], answer)


def test_random_rules_have_all_verbs() -> None:
    """No verb is left out, but `remove`, after which nothing is left to look at."""
    assert randomrules.VERBS.keys() == VERBS.keys() - {"remove"}
