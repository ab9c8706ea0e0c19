from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrender.kubernetes.environment import in_order, references


def variables(*entries: str) -> list[Any]:
    """The list of variables written `NAME=value`."""
    return [
        {"name": name, "value": value} for name, value in (entry.split("=") for entry in entries)
    ]


@pytest.mark.parametrize(
    ("value", "names"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("$(A)", ["A"], id="alone"),
        pytest.param("http://$(A):$(B)/", ["A", "B"], id="two"),
        pytest.param("$$(A)", [], id="escaped"),
        pytest.param("$$$(A)", ["A"], id="behind-an-escape"),
        pytest.param("$$$$(A)", [], id="two-escapes"),
        pytest.param("$(A", [], id="not-closed"),
        pytest.param("$(A $(B)", ["A $(B"], id="not-closed-before-another"),
        pytest.param("$A ${A} $", [], id="of-the-shell"),
        pytest.param("$x$(A)", ["A"], id="behind-a-dollar"),
        pytest.param("$()", [""], id="no-name"),
    ],
)
def test_references(value: str, names: list[str]) -> None:
    """Only `$(NAME)` is a reference, as kubelet expands it."""
    assert list(references(value)) == names


@pytest.mark.parametrize(
    ("entries", "known", "order"),
    [
        pytest.param(["A=$(B)", "B=1"], 1, "BA", id="before-the-objects-user"),
        pytest.param(["A=$(B)", "B=1"], 2, "AB", id="the-objects-stay"),
        pytest.param(["A=$(B)", "B=1"], 0, "BA", id="before-a-new-user"),
        pytest.param(["A=1", "B=$(A)"], 0, "AB", id="in-order-already"),
        pytest.param(["A=1", "B=$(C)", "D=$(C)", "C=1"], 3, "ACBD", id="before-the-first-user"),
        pytest.param(["A=$(C)", "B=$(D)", "C=$(D)", "D=1"], 2, "DCAB", id="what-it-uses-too"),
        pytest.param(["A=$(D)$(C)", "B=1", "C=1", "D=1"], 2, "CDAB", id="in-the-order-of-the-rule"),
        pytest.param(["A=$(B)", "C=1", "B=1"], 0, "BAC", id="no-further-than-needed"),
        pytest.param(["A=$(B)", "B=$(A)"], 0, "AB", id="circle"),
        pytest.param(["A=$(A)"], 0, "A", id="itself"),
        pytest.param(["X=$(A)", "A=$(B)", "B=$(A)"], 1, "AXB", id="into-a-circle"),
        pytest.param(["A=$(B)", "C=$(A)", "B=$(C)"], 2, "BAC", id="the-objects-in-a-circle"),
        pytest.param(["A=$$(B)", "B=1"], 1, "AB", id="escaped"),
    ],
)
def test_order(entries: list[str], known: int, order: str) -> None:
    """A new variable comes before its first user; everything else stays."""
    assert "".join(entry["name"] for entry in in_order(variables(*entries), known)) == order


def test_nothing_moves() -> None:
    """Where nothing moves it is the same list."""
    entries = [*variables("A=$(B)"), {"name": "C", "valueFrom": {}}, "odd", {"value": 1}]
    assert in_order(entries, 2) is entries


names = st.sampled_from("ABCDE")
environments = st.lists(
    st.tuples(names, st.lists(names.map("$({})".format) | st.just("x"), max_size=3).map("".join)),
    max_size=5,
    unique_by=lambda entry: entry[0],
).map(lambda entries: [{"name": name, "value": value} for name, value in entries])


@given(environments, st.integers(0, 5))
def test_any_environment(entries: list[Any], known: int) -> None:
    """The object's variables keep their order, and each new one is before those that use it."""
    ordered = in_order(entries, known)
    old = entries[:known]
    assert [entry for entry in ordered if entry in old] == old
    assert sorted(map(str, ordered)) == sorted(map(str, entries))
    assert in_order(ordered, len(ordered)) is ordered
    new = {entry["name"]: set(references(entry["value"])) for entry in entries[known:]}
    for place, entry in enumerate(ordered):
        for later in ordered[place + 1 :]:
            if later["name"] in set(references(entry["value"])) & new.keys():
                assert entry["name"] in needed(later["name"], new)


def needed(name: str, uses: dict[str, set[str]]) -> set[str]:
    """All variables that one uses, and those that these use."""
    found: set[str] = set()
    rest = [name]
    while rest:
        more = uses.get(rest.pop(), set()) - found
        found |= more
        rest += more
    return found
