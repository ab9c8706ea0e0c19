from __future__ import annotations

from typing import Any

import pytest

from postrender.errors import RulesError, Where
from postrender.rules.layers import Values, merge_values, read_values


def values(text: str, file: str = "kmod.yaml") -> Values:
    """The values of a rules file."""
    return read_values(text, file)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param("# a comment\n", {}, id="comments"),
        pytest.param("---\n", {}, id="separator"),
        pytest.param("null", {}, id="null"),
        pytest.param("\ufeffrules: {}", {"rules": {}}, id="byte order mark"),
        pytest.param(
            "--- # rules\nrules: {a: 0644, b: yes}",
            {"rules": {"a": 420, "b": True}},
            id="as Go reads",
        ),
        pytest.param("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}, id="aliases"),
        pytest.param(
            "image: x\nimage: y\nkmod: {rules: {a: 1}}",
            {"rules": {"a": 1}},
            id="a key of the chart's twice, which Helm lets pass",
        ),
        pytest.param("kmod: {rules: {a: 1}}\nimage: x", {"rules": {"a": 1}}, id="values file"),
        pytest.param("kmod: {}", {}, id="values file without rules"),
        pytest.param(
            "kmod: {a: 1}\nrules: {}",
            {"kmod": {"a": 1}, "rules": {}},
            id="rules file with a stray key",
        ),
    ],
)
def test_read(text: str, data: dict[str, Any]) -> None:
    """A rules file's values, or those below `kmod` in a values file."""
    assert values(text).data == data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "- a", 'kmod.yaml:1:1: a rules file is a mapping; begin it with "rules:"', id="list"
        ),
        pytest.param(
            "rules", 'kmod.yaml:1:1: a rules file is a mapping; begin it with "rules:"', id="text"
        ),
        pytest.param(
            "a: 1\nkmod: x\n",
            'kmod.yaml:2:7: "kmod" must be a mapping with "rules:" in it',
            id="kmod is text",
        ),
        pytest.param(
            "a: 1\nkmod:\n",
            'kmod.yaml:2:6: "kmod" must be a mapping with "rules:" in it',
            id="kmod is empty",
        ),
        pytest.param("a:\n\tb: 1", "kmod.yaml:2:1: a tab where YAML needs spaces", id="tab"),
        pytest.param(
            "a: *b", "kmod.yaml:1:4: an alias (*) without an anchor before it", id="alias"
        ),
        pytest.param("a: 1\n---\nb: 2", "kmod.yaml:2:1: ", id="two documents"),
    ],
)
def test_what_is_no_rules_file(text: str, message: str) -> None:
    """What cannot be read is said with its place."""
    with pytest.raises(RulesError) as caught:
        values(text)

    assert str(caught.value).startswith(message)


def test_places() -> None:
    """Every key and value is known by line and column, below `kmod` too."""
    found = values("image: x\nkmod:\n  rules:\n    web: {expect: '2+'}\n")

    assert found.where(("rules", "web", "expect")) == Where("kmod.yaml", 4, 11)
    assert found.where(("rules", "web", "expect"), value=True) == Where("kmod.yaml", 4, 19)
    assert found.where(("rules", "web", "unknown", 3)) == Where("kmod.yaml", 4, 5)
    assert found.where(()) == Where("kmod.yaml", 2, 1)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("0644", "0644", id="octal"),
        pytest.param("1e3", "1e3", id="exponent"),
        pytest.param("yes", "yes", id="bool"),
        pytest.param("'yes'", "yes", id="quoted"),
        pytest.param("!!int '5'", "5", id="tag"),
    ],
)
def test_written(text: str, written: str) -> None:
    """A scalar is remembered as it was written."""
    found = values(f"a: {text}")

    assert found.written(("a",), found.data["a"]) == written


def test_written_by_nobody() -> None:
    """A value that has no text of its own is written as YAML has it."""
    nothing = Values({}, {})

    assert [nothing.written(("a",), value) for value in (True, False, 1, 1.5, "x")] == [
        *("true", "false", "1", "1.5", "x"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x: &x 1.10\na: {b: *x}", id="alias"),
        pytest.param("x: &x {b: 1.10}\na: *x", id="in what an alias stands for"),
        pytest.param("x: &x {b: 1.10, c: 2}\na: {<<: *x, c: 3}", id="merge key"),
        pytest.param("x: &x {b: 1.10}\na: {<<: [*x, {b: 1.2}]}", id="merge keys"),
        pytest.param("x: &x {b: 1.10}\na: {<<: {<<: *x}}", id="merge key in a merge key"),
        pytest.param("x: &x {b: 1.2}\na: {<<: *x, b: 1.10}", id="over a merge key"),
    ],
)
def test_written_elsewhere(text: str) -> None:
    """What an alias or a merge key brings is remembered as it was written, too."""
    found = values(text)

    assert found.written(("a", "b"), found.data["a"]["b"]) == "1.10"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "a: 1\na: 2", 'kmod.yaml:2:1: "a" is set twice, first at line 1; keep one', id="a key"
        ),
        pytest.param(
            "rules:\n  web: {x: 1}\n  web: {y: 1}",
            'kmod.yaml:3:3: "web" is set twice, first at line 2; keep one',
            id="a rule",
        ),
        pytest.param(
            "kmod:\n  a: 1\n  a: 2",
            'kmod.yaml:3:3: "a" is set twice, first at line 2; keep one',
            id="in a values file",
        ),
    ],
)
def test_a_key_twice(text: str, message: str) -> None:
    """Of two rules with one name, one would be lost in silence."""
    with pytest.raises(RulesError) as caught:
        values(text)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("layers", "data"),
    [
        pytest.param(["a: 1"], {"a": 1}, id="one"),
        pytest.param(
            ["a: {b: 1, c: 2}", "a: {c: 3, d: 4}"],
            {"a": {"b": 1, "c": 3, "d": 4}},
            id="mappings merge",
        ),
        pytest.param(["a: [1, 2]", "a: [3]"], {"a": [3]}, id="lists are replaced"),
        pytest.param(["a: {b: 1}", "a: x"], {"a": "x"}, id="text for a mapping"),
        pytest.param(["a: x", "a: {b: 1}"], {"a": {"b": 1}}, id="mapping for text"),
        pytest.param(["a: {b: 1}", "a: null"], {"a": None}, id="null for a mapping"),
        pytest.param(["a: null", "a: {b: 1}"], {"a": {"b": 1}}, id="mapping for null"),
        pytest.param(
            ["a: 1\nb: 2", "c: 3\na: 4"], {"a": 4, "b": 2, "c": 3}, id="order of first mention"
        ),
        pytest.param(
            ["a: 1", "kmod: {a: 2}", "a: 3\nb: 4"], {"a": 3, "b": 4}, id="three, one a values file"
        ),
    ],
)
def test_merge(layers: list[str], data: dict[str, Any]) -> None:
    """Layers merge as Helm merges values files."""
    found = merge_values([values(text, f"{i}.yaml") for i, text in enumerate(layers)]).data

    assert found == data
    assert list(found) == list(data)


def test_layers_stay_as_they_are() -> None:
    """Merging changes no layer, and shares nothing that could be changed later."""
    layers = [values("a: {b: {c: 1}}"), values("a: {b: {d: [2]}}"), values("a: {b: {d: [3]}}")]
    before = [repr(layer.data) for layer in layers]

    merged = merge_values(layers)
    merged.data["a"]["b"]["c"] = 9

    assert [repr(layer.data) for layer in layers] == before


def test_a_merged_value_has_the_place_of_the_layer_that_counts() -> None:
    """Messages point to the file whose value is used."""
    merged = merge_values(
        [values("a: {b: 1, c: 01}", "base.yaml"), values("a: {b: 007}", "x.yaml")]
    )

    assert merged.where(("a", "b")) == Where("x.yaml", 1, 5)
    assert merged.where(("a", "c")) == Where("base.yaml", 1, 11)
    assert merged.written(("a", "b"), merged.data["a"]["b"]) == "007"
    assert merged.file(("a", "c", "d")) == "base.yaml"
