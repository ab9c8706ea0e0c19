from __future__ import annotations

import pytest

from postrender import value as module
from postrender.value import memo


def test_a_result_is_computed_once() -> None:
    """The same arguments give the very same result."""
    calls = []

    @memo
    def pair(one: str, other: int) -> list[str | int]:
        calls.append(one)
        return [one, other]

    assert pair("a", 1) is pair("a", 1)
    assert pair("a", 2) == ["a", 2]
    assert calls == ["a", "a"]


def test_not_all_results_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """With many arguments it starts again, instead of filling the memory."""
    monkeypatch.setattr(module, "_MOST", 2)
    calls = []

    @memo
    def same(text: str) -> str:
        calls.append(text)
        return text

    assert [same(text) for text in "abca"] == [*"abca"]
    assert calls == [*"abca"]
    assert same("a") == "a"
    assert calls == [*"abca"]


def test_a_failure_is_not_kept() -> None:
    """A function that raises is asked again."""

    @memo
    def fails(text: str) -> str:
        raise ValueError(text)

    for _ in range(2):
        with pytest.raises(ValueError, match="a"):
            fails("a")
