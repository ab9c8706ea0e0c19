from __future__ import annotations

import pytest

from postrender.rules.model import parse_expect


@pytest.mark.parametrize(
    ("value", "text", "met"),
    [
        pytest.param(1, "1", [1], id="number"),
        pytest.param("2", "2", [2], id="number as text"),
        pytest.param(0, "0", [0], id="none"),
        pytest.param("0+", "at least 0", [0, 1, 2, 3, 99], id="zero or more"),
        pytest.param("2+", "at least 2", [2, 3, 99], id="two or more"),
        pytest.param("1-3", "1 to 3", [1, 2, 3], id="range"),
        pytest.param("2-2", "2", [2], id="range of one"),
        pytest.param("any", "at least 0", [0, 1, 2, 3, 99], id="any"),
    ],
)
def test_expect(value: object, text: str, met: list[int]) -> None:
    """An `expect` says which counts are met, and how messages call it."""
    expect = parse_expect(value)

    assert expect is not None
    assert str(expect) == text
    assert [count for count in (0, 1, 2, 3, 99) if expect.met(count)] == met


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(value, id=repr(value))
        for value in (
            *("", "+", "-", "3-1", "1-", "-1", "1+2", "1-2-3", "1 - 3", "one", "Any", "1.0", "²"),
            *(-1, 1.5, True, None, [1], {}, "++1", "+1", " 1", "1\n"),
        )
    ],
)
def test_what_is_no_expect(value: object) -> None:
    """Anything else is none."""
    assert parse_expect(value) is None
