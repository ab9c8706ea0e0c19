from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postrender.errors import UsageError
from postrender.rules.layers import read_values
from postrender.rules.sets import with_sets

if TYPE_CHECKING:
    from pathlib import Path

FILE = "a: 1\nb: {c: x}\n"


@pytest.mark.parametrize(
    ("given", "data"),
    [
        pytest.param({}, {"a": 1, "b": {"c": "x"}}, id="nothing"),
        pytest.param({"set": ["a=2,b.d=y"]}, {"a": 2, "b": {"c": "x", "d": "y"}}, id="set"),
        pytest.param({"set": ["a=2", "a=3"]}, {"a": 3, "b": {"c": "x"}}, id="the last one"),
        pytest.param({"set_string": ["a=2"]}, {"a": "2", "b": {"c": "x"}}, id="text"),
        pytest.param({"set_json": ['a={"z":[1]}']}, {"a": {"z": [1]}, "b": {"c": "x"}}, id="JSON"),
        pytest.param(
            {"set_string": ["a=3"], "set": ["a=2"], "set_json": ["a=1"]},
            {"a": "3", "b": {"c": "x"}},
            id="Helm's order",
        ),
    ],
)
def test_sets(given: dict[str, list[str]], data: dict[str, Any]) -> None:
    """What is set lies over the file, in Helm's order; the file's values stay as they are."""
    values = read_values(FILE, "kmod.yaml")

    assert with_sets(values, given).data == data
    assert values.data == {"a": 1, "b": {"c": "x"}}


def test_file(tmp_path: Path) -> None:
    """--set-file takes the text of a file, and comes last."""
    (tmp_path / "a.txt").write_text("1\n")
    given = {"set_file": [f"a={tmp_path / 'a.txt'}"], "set_string": ["a=2"]}

    assert with_sets(read_values(FILE, "kmod.yaml"), given).data["a"] == "1\n"


def test_places() -> None:
    """A value's place is the option that set it; all others keep theirs."""
    values = with_sets(read_values(FILE, "kmod.yaml"), {"set": ["b.d=1"], "set_json": ["a=2"]})

    assert values.where(("b", "d")).file.startswith("--set")
    assert values.where(("a",)).file.startswith("--set-json")
    assert str(values.where(("b", "c"))).startswith("kmod.yaml:2:")


@pytest.mark.parametrize("option", ["set", "set_string", "set_json", "set_file"])
def test_mistakes(option: str) -> None:
    """A text that Helm refuses is refused with the name of its option."""
    with pytest.raises(UsageError, match=f"^--{option.replace('_', '-')}: "):
        with_sets(read_values(FILE, "kmod.yaml"), {option: ["a"]})
