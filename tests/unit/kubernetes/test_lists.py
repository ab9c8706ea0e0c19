"""`$remove`, `$change` and `$add` over plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postrender.kubernetes.entries import MergeError
from postrender.kubernetes.lists import added, changed, changed_list, fits, parts_of, removed, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postrender.data import Data, Path


class Missing:
    """Notes what nothing fits."""

    def __init__(self) -> None:
        self.found: list[Path] = []

    def __call__(self, path: Path, *, is_found: bool, there: Iterable[str] = ()) -> None:
        """As `Tell`."""
        del there
        self.found += [] if is_found else [path]


def merge(item: Data, fields: Data, _: Path) -> Data:
    """A plain merge of two mappings; the same item if nothing changes."""
    if not isinstance(item, dict) or not isinstance(fields, dict):
        return fields
    new = {**item, **fields}
    new = {name: value for name, value in new.items() if value is not None}
    return item if new == item else new


@pytest.mark.parametrize(
    ("item", "wanted", "expected"),
    [
        ("--log-level=debug", "--log-level=*", True),
        ("a[1]", "a[[]1]", True),
        ("a*", "a[*]", True),
        ("ab", "a[*]", False),
        (8080, 8080, True),
        (8080, "8080", False),
        (True, 1, False),
        ({"port": "http", "path": "/"}, {"port": "ht*"}, True),
        ({"a": {"b": "c", "d": "e"}}, {"a": {"b": "c"}}, True),
        ({"a": {"b": "c"}}, {"a": {"b": "c", "d": "e"}}, False),
        ({"verbs": ["get", "list"]}, {"verbs": ["get", "l*"]}, True),
        ({"verbs": ["get", "list"]}, {"verbs": ["get"]}, False),
        ("text", {"a": "b"}, False),
        ({"a": None}, {"a": None}, True),
        ({}, {"a": None}, False),
    ],
)
def test_fits(item: Data, wanted: Data, expected: bool) -> None:
    """Texts fit by glob, mappings by the fields that are named."""
    assert fits(item, wanted) is expected


def test_remove() -> None:
    """All that fits goes; what nothing fits is told."""
    missing = Missing()
    items: list[Any] = ["a", "b=1", {"name": "x"}, "b=2"]
    assert removed(items, ["b=*", {"name": "x"}, "c"], ("$remove",), missing) == ["a"]
    assert missing.found == [("$remove", "c")]
    assert removed(items, ["c"], (), missing) is items


def test_change_texts() -> None:
    """A text that fits becomes another one."""
    missing = Missing()
    items = ["run", "--level=info", "--port=80"]
    change = {"--level=*": "--level=debug", "--colour=*": "--colour=no"}
    new = changed(items, change, ("$change",), merge, missing)
    assert new == ["run", "--level=debug", "--port=80"]
    assert missing.found == [("$change", "--colour=*")]


def test_a_text_that_is_the_new_one_counts_as_found() -> None:
    """So that a second run finds it."""
    missing = Missing()
    items = ["web"]
    assert changed(items, {"old": "web"}, (), merge, missing) == items
    assert not missing.found


def test_change_mappings() -> None:
    """Fields are merged into each item that fits."""
    missing = Missing()
    items = [{"port": "http", "path": "/a"}, {"port": "admin"}, {"port": "http"}]
    change = [{"match": {"port": "http"}, "set": {"scheme": "https"}}]
    new = changed(items, change, (), merge, missing)
    assert new == [
        {"port": "http", "path": "/a", "scheme": "https"},
        {"port": "admin"},
        {"port": "http", "scheme": "https"},
    ]
    assert new[1] is items[1]
    every = changed(items, [{"match": {}, "set": {"a": "b"}}], (), merge, missing)
    assert [item["a"] for item in every] == ["b", "b", "b"]
    assert not missing.found


@pytest.mark.parametrize(
    "fields", [{"port": "https"}, {"port": None}, {"port": "https", "path": "/"}]
)
def test_a_second_run_finds_what_it_has_changed(fields: dict[str, Any]) -> None:
    """What is as it would be counts as found."""
    missing = Missing()
    change = [{"match": {"port": "http", "kind": "a"}, "set": fields}]
    once = changed([{"port": "http", "kind": "a"}], change, (), merge, missing)
    assert changed(once, change, (), merge, missing) == once
    assert not missing.found


def test_what_nothing_fits_is_told() -> None:
    """By what was looked for; what a layer withdrew is not."""
    missing = Missing()
    change = {"mine": {"match": {"port": "http"}, "set": {"port": "https"}}, "gone": None}
    assert changed([{"port": "admin"}], change, ("$change",), merge, missing) == [{"port": "admin"}]
    assert missing.found == [("$change", "{port: http}")]


@pytest.mark.parametrize(
    ("items", "add", "expected"),
    [
        (["a"], ["b", "a"], ["a", "b"]),
        (["a"], {"mine": "b", "gone": None}, ["a", "b"]),
        (["-c", "a=1"], [["-c", "b=2"]], ["-c", "a=1", "-c", "b=2"]),
        (["-c", "b=2"], [["-c", "b=2"]], ["-c", "b=2"]),
        (["x"], ["-c", "b=2"], ["x", "-c", "b=2"]),
        ([{"a": 1}], [{"a": 1}, {"a": True}], [{"a": 1}, {"a": True}]),
        ([["a"]], [["a"], ["b"]], [["a"], ["b"]]),
        ([], [["-c", "x"]], ["-c", "x"]),
    ],
)
def test_add(items: list[Any], add: Any, expected: list[Any]) -> None:
    """What is not there is appended, a run of words as a whole."""
    new = added(items, parts_of(add, ("$add",)))
    assert new == expected
    assert added(new, parts_of(add, ("$add",))) is new


def test_a_flag_that_is_there_leaves_no_word_alone() -> None:
    """Its new word would stand alone at the end."""
    with pytest.raises(MergeError, match=r"\[\[-c, b=2\]\]") as raised:
        added(["-c", "a=1"], parts_of(["-c", "b=2"], ("$add",)))
    assert raised.value.path == ("$add", 1)


@pytest.mark.parametrize(
    ("items", "wanted", "expected"),
    [
        (["-c", "a=1", "-c", "b=2"], [["-c", "a=*"]], ["-c", "b=2"]),
        (["a", "b", "a"], [["b", "a"]], ["a"]),
        ([["a"], ["b"]], [["a"]], [["b"]]),
    ],
)
def test_a_run_of_words_goes(items: list[Any], wanted: list[Any], expected: list[Any]) -> None:
    """All of its words, one after the other; in a list of lists a list is an item."""
    assert removed(items, wanted, ("$remove",), Missing()) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("--password=hunter2", "--password=…"),
        ("--level=*", "--level=*"),
        ({"name": "A", "value": "hunter2"}, "{name: A, value: …}"),
        (["-p", "hunter2"], "-p …"),
        ("first\nsecond", "first…"),
    ],
)
def test_shown(wanted: Any, expected: str) -> None:
    """A message never shows what may be secret or long."""
    assert shown(wanted) == expected


def test_flags_are_for_words() -> None:
    """A list of a custom kind may hold anything."""
    with pytest.raises(MergeError, match="not all items of the list are texts"):
        changed_list(["--a", 80], {"$flags": {"--b": "1"}}, (), merge, Missing())
