"""YAML and JSON in texts, changed without loss."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrender.kubernetes.embedded import with_yaml
from postrender.kubernetes.entries import MergeError
from postrender.kubernetes.strategicmerge import merge_text
from postrender.yamltext.literal import Literal


def changed(text: str, patch: Any) -> str:
    """The text with a patch merged into it."""
    return merge_text(text, {"$yaml": patch}, ())


@pytest.mark.parametrize(
    ("text", "patch", "expected"),
    [
        pytest.param("a: 1 # x\nb: 2\n", {"b": Literal("3")}, "a: 1 # x\nb: 3\n", id="a value"),
        pytest.param("a: 0022\n", {"a": Literal("0022")}, "a: 0022\n", id="as it is written"),
        pytest.param("a: 0022\n", {"a": Literal("18")}, "a: 18\n", id="another spelling"),
        pytest.param("a: yes\n", {"b": Literal("yes")}, "a: yes\nb: yes\n", id="a word"),
        pytest.param("a: .inf\n", {"b": "c"}, "a: .inf\nb: c\n", id="what JSON does not know"),
        pytest.param("a: 1\n", {"a": "1"}, 'a: "1"\n', id="a text that looks like a number"),
        pytest.param("'a': 'x'", {"a": Literal("2")}, "'a': 2", id="a number for a quoted text"),
        pytest.param("1: x\nyes: y\n", {"1": "z"}, "1: z\nyes: y\n", id="keys as they are written"),
        pytest.param("a: 1\nb: 2\n", {"a": None}, "b: 2\n", id="deleted"),
        pytest.param("- a\n- b # b\n", {"$remove": ["a"]}, "- b # b\n", id="a list"),
        pytest.param('{"a": 1e3}', {"b": Literal("0x10")}, '{"a": 1e3, "b": 16}', id="JSON"),
        pytest.param('{"a": [true]}', {"a": {"$add": [Literal("yes")]}}, '{"a": [true]}', id="yes"),
        pytest.param('{"a": [null]}', {"a": [[]]}, '{"a": [[]]}', id="other items"),
        pytest.param('{"a": []}', {"a": {"$add": [Literal("null")]}}, '{"a": [null]}', id="null"),
        pytest.param('{"a": "\\u00e9"}', {"b": "é"}, '{"a": "\\u00e9", "b": "é"}', id="escapes"),
        pytest.param("{\n\t\"a\": 1\n}", {"a": Literal("2")}, "{\n\t\"a\": 2\n}", id="tabs"),
        pytest.param("---\na: 1\n", {"a": Literal("2")}, "---\na: 2\n", id="a separator before it"),
        pytest.param(
            "a: &x\n  k: 1\nb: *x\nc: 1\n", {"c": Literal("2")}, "a: &x\n  k: 1\nb: *x\nc: 2\n",
            id="anchors that do not change",
        ),
        pytest.param(
            "c: &y {k: 1}\na: *y\n", {"a": {"b": "x"}}, "c: &y {k: 1}\na:\n  k: 1\n  b: x\n",
            id="an alias that becomes another value",
        ),
        pytest.param("a: 1\r\nb: 2\r\n", {"c": "d"}, "a: 1\r\nb: 2\r\nc: d\r\n", id="CRLF"),
    ],
)  # fmt: skip
def test_a_text(text: str, patch: Any, expected: str) -> None:
    """Only what changes is written anew; a second run leaves the very same text."""
    assert changed(text, patch) == expected
    if patch != {"a": None} and "$remove" not in patch:
        assert changed(expected, patch) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("just words\n", "neither a mapping nor a list"),
        ("# nothing\n", "neither a mapping nor a list"),
        ("a: [1\nb: 2\n", "of the text is neither YAML nor JSON"),
        ("a: 1\n---\nb: 2\n", "a second document"),
        ("- a\n", "the text is a list, not a mapping"),
        ("a: &x {b: c}\nd: *x\n", '"&x" is changed'),
        ("c: &y {k: 1}  # one\na: *y  # two\n", "cannot be changed in place"),
    ],
)
def test_refused(text: str, message: str) -> None:
    """What is no YAML or JSON, and what cannot be changed without changing more."""
    with pytest.raises(MergeError, match=message):
        changed(text, {"a": {"b": "x"}})


def test_nothing_to_change_is_the_same_text() -> None:
    """The very same object, so that nothing is written."""
    text = "a:   1\n"
    assert with_yaml(text, {}, (), lambda old, _patch, _path: old) is text


KEYS = st.sampled_from(["a", "b c", "yes", "1", "é"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-9, 10**18),
    st.sampled_from(["", "x", "yes", "0x1", "a: b"]),
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, DATA, min_size=1, max_size=4)


def as_rules(value: Any) -> Any:
    """Data as the reader of rules gives it: what is no text stays as it is written."""
    if isinstance(value, dict):
        return {key: as_rules(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_rules(item) for item in value]
    return value if isinstance(value, str) else Literal(json.dumps(value))


def merged(old: Any, new: Any) -> Any:
    """What a merge makes of two values."""
    if not isinstance(new, dict):
        return new
    known = old if isinstance(old, dict) else {}
    return {**known, **{key: merged(known.get(key), item) for key, item in new.items()}}


@given(OBJECTS, OBJECTS, st.sampled_from([None, 2]))
def test_random_json(old: dict[str, Any], new: dict[str, Any], indent: int | None) -> None:
    """The text has what was meant, to every reader of JSON; a second run changes nothing."""
    text = json.dumps(old, indent=indent, ensure_ascii=False)

    done = changed(text, as_rules(new))

    assert json.loads(done) == merged(old, new)
    assert changed(done, as_rules(new)) == done
