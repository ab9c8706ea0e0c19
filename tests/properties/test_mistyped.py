"""A word of the rules that is mistyped, and a layer that is missing: nothing passes unsaid."""

from __future__ import annotations

from random import Random

import pytest
from fuzzing.mistyping import (
    GOLDEN,
    REFUSED,
    WARNED,
    WRITTEN,
    Case,
    cases,
    explanation,
    in_two_layers,
    mistyped,
    of_layers,
    outcome,
    typos,
    what_comes_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_mistyped_word_is_noticed(seed: int) -> None:
    """
    The run fails, warns, or writes the word as it is; or the reason why not is one of those that
    docs/proof.md lists.
    """
    random = Random(seed)
    unsaid = [
        (case.name, typo, comes)
        for case in cases()
        for typo in typos(case, random)
        if (comes := what_comes_of(case, typo)) not in (REFUSED, WARNED, WRITTEN)
        and not explanation(case, typo, comes)
    ]
    assert unsaid == []


LAYERED = [
    pytest.param(case, name, lower, upper, id=f"{case.name}-{name}-{number}")
    for case in cases()
    for number, (name, lower, upper) in enumerate(in_two_layers(case))
]


@pytest.mark.parametrize(("case", "name", "lower", "upper"), LAYERED)
def test_a_mistyped_name_in_an_upper_layer_is_refused(
    case: Case, name: str, lower: object, upper: dict[str, dict[str, object]]
) -> None:
    """It makes no rule of its own. Typed well, both layers are the whole."""
    assert of_layers(case, lower, upper) is not None

    wrong = mistyped(name, Random(name))
    if wrong not in (name, "") and wrong not in case.rules["rules"]:
        assert of_layers(case, lower, {"rules": {wrong: upper["rules"][name]}}) is None


@pytest.mark.parametrize(("case", "name", "lower", "upper"), LAYERED)
def test_a_missing_layer(
    case: Case, name: str, lower: object, upper: dict[str, dict[str, object]]
) -> None:
    """
    Without the lower layer the rule has no match and is refused; without the upper one what it says
    is not done.
    """
    assert of_layers(case, {}, upper) is None

    done = outcome(case.stream, lower, GOLDEN / case.name)
    whole = of_layers(case, lower, upper)
    is_accepted = "finds-nothing" in str(lower)  # what is deleted may be missing
    assert done is None or done[0] != whole or whole == case.stream or is_accepted
