"""JSON as Go reads it. The values in the tables are what Go 1.26's encoding/json gives."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrender.registry.gojson import DAMAGED, DEPTH, VALUES, field, loads


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param(b' {"a": [1, -2.5, true, null, "x"]}\n', {"a": [1, -2.5, True, None, "x"]}, id="plain"),
        pytest.param(b'"a\xffb"', "a\ufffdb", id="a byte that is not UTF-8"),
        pytest.param(b'"\xe2\x82x"', "\ufffd\ufffdx", id="half a character, one for each byte"),
        pytest.param(b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd", id="an encoded surrogate"),
        pytest.param(b'"\\ud800x\\udc00"', "\ufffdx\ufffd", id="halves of a pair"),
        pytest.param(b'"\\ud800\\ud83d\\ude00"', "\ufffd\U0001f600", id="half a pair and a pair"),
        pytest.param(b'"\\ud800\x80"', "\ufffd\ufffd", id="half a pair and a byte"),
        pytest.param(b'[["\\ud800"]]', [["\ufffd"]], id="half a pair in lists"),
        pytest.param(b'{"\\ud800": {"a": "\\udfff"}}', {"\ufffd": {"a": "\ufffd"}}, id="half a pair in a key"),
        pytest.param(b'"a\\u0000b"', "a\0b", id="NUL"),
        pytest.param(b'{"a": 1, "b": 2, "a": 3}', {"b": 2, "a": 3}, id="a key twice"),
        pytest.param(b'{"\\udc00": 1, "\\ud800": 2}', {"\ufffd": 2}, id="keys that become one"),
        pytest.param(b"12345678901234567890", 12345678901234567890.0, id="a large number"),
        pytest.param(b"9" * 9999, math.inf, id="a number without end"),
        pytest.param(b'"' + b"[" * 999 + b'\\"{"', "[" * 999 + '"{', id="brackets in a text"),
        pytest.param(b"[" * DEPTH + b"]" * DEPTH, ..., id="as deep as may be"),
    ],
)  # fmt: skip
def test_values(text: bytes, value: Any) -> None:
    """What a text stands for."""
    found = loads(text)
    assert value is ... or found == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"[-Infinity]", id="infinity"),
        pytest.param(b"{} {}", id="two values"),
        pytest.param(b"\xef\xbb\xbf{}", id="a byte order mark"),
        pytest.param('{"a": 1}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xff{}", id="a byte that is not UTF-8, outside of texts"),
        pytest.param(b'"a\nb"', id="a line break in a text"),
        pytest.param(b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), id="too deep"),
        pytest.param(b"[" * 1_000_000, id="much too deep"),
        pytest.param(b'{"a":' * 1_000_000, id="mappings much too deep"),
        pytest.param(b"[" + b"0," * VALUES + b"0]", id="too many values"),
        pytest.param(b"[" + b'"",' * (2 * VALUES) + b'""]', id="too many texts"),
        pytest.param(b'"' + b"\xff" * (DAMAGED + 1) + b'"', id="too many bytes that are not UTF-8"),
        pytest.param(b'{"a": {}, "a": {}}', id="a mapping twice, which Go merges"),
        pytest.param(b'{"a": 1, "a": null}', id="null after a value, which Go may pass over"),
    ],
)
def test_refused(text: bytes) -> None:
    """What is no JSON, what takes too much memory, and what Go reads in more than one way."""
    with pytest.raises(ValueError):  # noqa: PT011 - no message of it is shown
        loads(text)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        pytest.param(b'{"CMD": 1}', "Cmd", 1, id="upper case"),
        pytest.param(b'{"mediatype": 1}', "mediaType", 1, id="lower case"),
        pytest.param(b'{"Cmd": 1, "cmd": 2}', "Cmd", 2, id="the last, not the exact one"),
        pytest.param(b'{"cmd": 1, "CMD": 2, "cmd": 3}', "Cmd", 3, id="the last of two spellings"),
        pytest.param('{"o\u017f": 1}'.encode(), "os", 1, id="a long s"),
        pytest.param('{"\u212aind": 1}'.encode(), "kind", 1, id="a Kelvin sign"),
        pytest.param('{"conf\u0131g": 1}'.encode(), "config", None, id="a dotless i is no i"),
        pytest.param('{"con\ufb01g": 1}'.encode(), "config", None, id="a ligature is no fi"),
        pytest.param(b"{}", "Cmd", None, id="none"),
        pytest.param(b'{"Cmd": ["a"], "cmd": []}', "Cmd", [], id="lists of texts"),
    ],
)
def test_fields(text: bytes, name: str, value: Any) -> None:
    """A key counts in any case, and the last one that does wins."""
    assert field(loads(text), name) == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'{"config": {"Cmd": ["a"]}, "Config": {}}', id="mappings"),
        pytest.param(b'{"config": ["a"], "Config": null}', id="null"),
        pytest.param(b'{"config": [{}], "Config": [{}]}', id="lists of mappings"),
    ],
)
def test_fields_that_go_merges(text: bytes) -> None:
    """Where Go would put one value on top of another, neither is taken."""
    with pytest.raises(ValueError, match="twice"):
        field(loads(text), "config")


def test_nearly_no_stack_left() -> None:
    """Even there it is a ValueError."""

    def fall(left: int) -> int:
        if left:
            return 1 + fall(left - 1)
        with pytest.raises(ValueError, match="deep"):
            loads(b"[" * DEPTH + b"]" * DEPTH)
        return 0

    limit = sys.getrecursionlimit()
    depth = 0
    frame: Any = sys._getframe()
    while frame:
        depth, frame = depth + 1, frame.f_back
    sys.setrecursionlimit(depth + 300)
    try:
        fall(150)
    finally:
        sys.setrecursionlimit(limit)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_JSON)
def test_what_was_written_is_read(value: Any) -> None:
    """Ordinary JSON is read as Python's own module reads it."""
    assert loads(json.dumps(value).encode()) == value
    assert loads(json.dumps(value, ensure_ascii=False).encode("utf-8")) == value


@given(
    st.binary()
    | st.text(alphabet='{}[]",:\\u0d8a1eE-.nNI\ud800').map(
        lambda t: t.encode("utf-8", "surrogatepass")
    )
)
def test_any_bytes(data: bytes) -> None:
    """Whatever the bytes are: a value, or a ValueError."""
    try:
        value = loads(data)
    except ValueError:
        return
    json.dumps(value, ensure_ascii=False).encode()
