"""Data to lines: the layout, and that Go reads back what was meant."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from hazards import HAZARDS
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import GoReader, same

from postrender.yamltext.reader import read
from postrender.yamltext.writer import (
    Layout,
    flow,
    is_literal,
    item_lines,
    literal_lines,
    mapping_lines,
    scalar,
    sequence_lines,
    value_lines,
)

SPEC = {
    "replicas": 2,
    "paused": None,
    "containers": [
        {"name": "web", "args": ["-c", "set -e\nrun\n"], "env": [], "ports": [{"port": 80}]},
        ["a", ["b"], {}],
    ],
    "selector": {"app": "web", "tier": {"x": True}},
}

LAYOUTS = [
    pytest.param(
        Layout(),
        """
        replicas: 2
        paused: null
        containers:
        - name: web
          args:
          - -c
          - |
            set -e
            run
          env: []
          ports:
          - port: 80
        - - a
          - - b
          - {}
        selector:
          app: web
          tier:
            x: true
        """,
        id="as Helm 4 prints",
    ),
    pytest.param(
        Layout(indent=4, dash=2),
        """
        replicas: 2
        paused: null
        containers:
          - name: web
            args:
              - -c
              - |
                set -e
                run
            env: []
            ports:
              - port: 80
          - - a
            - - b
            - {}
        selector:
            app: web
            tier:
                x: true
        """,
        id="wider",
    ),
    pytest.param(
        Layout().without_blocks(),
        """
        replicas: 2
        paused: null
        containers:
        - name: web
          args:
          - -c
          - "set -e\\nrun\\n"
          env: []
          ports:
          - port: 80
        - - a
          - - b
          - {}
        selector:
          app: web
          tier:
            x: true
        """,
        id="without blocks",
    ),
]


@pytest.mark.parametrize(("layout", "text"), LAYOUTS)
def test_mappings_follow_the_layout(layout: Layout, text: str) -> None:
    """Mappings, lists and blocks are indented as their document does."""
    assert "\n".join(mapping_lines(SPEC, 0, layout)) == textwrap.dedent(text).strip("\n")


@pytest.mark.parametrize(("layout", "text"), LAYOUTS)
def test_lines_stand_at_the_column(layout: Layout, text: str) -> None:
    """The same deeper: each line moves by as many columns."""
    moved = textwrap.indent(textwrap.dedent(text).strip("\n"), "      ")
    assert "\n".join(mapping_lines(SPEC, 6, layout)) == moved


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        pytest.param("x", ["k: x"], id="text"),
        pytest.param("1e3", ['k: "1e3"'], id="hazard"),
        pytest.param({}, ["k: {}"], id="no entries"),
        pytest.param([], ["k: []"], id="no items"),
        pytest.param({"a": 1}, ["k:", "    a: 1"], id="mapping"),
        pytest.param([1], ["k:", "  - 1"], id="list"),
        pytest.param("a\nb", ["k: |-", "    a", "    b"], id="several lines"),
        pytest.param("a\n\nb\n", ["k: |", "    a", "", "    b"], id="a blank line within"),
        pytest.param("a\n\n", ['k: "a\\n\\n"'], id="a blank line at the end"),
    ],
)
def test_a_value_stands_below_its_key(value: Any, lines: list[str]) -> None:
    """The first line comes without indentation, for the caller to put where the key is."""
    assert value_lines("k:", value, 2, Layout()) == lines


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        pytest.param("x", ["x"], id="text"),
        pytest.param({"a": 1, "b": [2]}, ["a: 1", "  b:", "  - 2"], id="mapping"),
        pytest.param([1, 2], ["- 1", "  - 2"], id="list"),
        pytest.param([], ["[]"], id="no items"),
        pytest.param("a\nb\n", ["|", "  a", "  b"], id="several lines"),
        pytest.param(None, ["null"], id="null"),
    ],
)
def test_an_item_stands_beside_its_dash(value: Any, lines: list[str]) -> None:
    """The first line comes bare, as it stands after the dash, the others at its column."""
    assert item_lines(value, 2, Layout()) == lines
    assert sequence_lines([value], 0, Layout()) == [f"- {lines[0]}", *lines[1:]]


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        pytest.param("a\nb", True, id="two lines"),
        pytest.param("a\nb\n", True, id="with a break at the end"),
        pytest.param("a\n\n  b\n", True, id="deeper lines"),
        pytest.param("a", False, id="one line"),
        pytest.param("", False, id="nothing"),
        pytest.param("a\n", True, id="one line with its break"),
        pytest.param("\na", False, id="a blank first line"),
        pytest.param(" a\nb", False, id="a blank at the start"),
        pytest.param("a\nb\n\n", False, id="a blank line at the end"),
        pytest.param("a\n  ", False, id="blanks at the end"),
        pytest.param("a\tb\nc", True, id="a tab within"),
        pytest.param("a\r\nb", False, id="a line break of Windows"),
        pytest.param("a\x85b\n", False, id="a next line"),
        pytest.param("a\u2028b\nc", False, id="a line separator"),
        pytest.param("a\ufeff\nb", False, id="a byte order mark"),
        pytest.param("a\x07\nb", False, id="a control character"),
        pytest.param("é \U0001f600\nb", True, id="beyond ASCII"),
    ],
)
def test_blocks_hold_what_no_reader_takes_for_more(text: str, literal: bool) -> None:
    """A literal block is for texts of several lines that every reader leaves as they are."""
    assert is_literal(text) is literal


@pytest.mark.parametrize("text", [text for text in HAZARDS if is_literal(text)])
def test_blocks_read_back(text: str) -> None:
    """What is written as a block is read as that text."""
    root = read("\n".join(["a:", "  b: " + literal_lines(text, 6)[0], *literal_lines(text, 6)[1:]]))
    assert root is not None
    assert root.data == {"a": {"b": text}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "null", id="null"),
        pytest.param(True, "true", id="true"),
        pytest.param(False, "false", id="false"),
        pytest.param(0, "0", id="int"),
        pytest.param(2**63, "9223372036854775808", id="large int"),
        pytest.param(0.5, "0.5", id="float"),
        pytest.param(1.0, "1.0", id="whole float"),
        pytest.param(1e16, "1.0e+16", id="float with an exponent"),
        pytest.param(1.5e-7, "1.5e-07", id="small float"),
        pytest.param(1e-7, "1.0e-07", id="small float without a dot"),
    ],
)
def test_scalars_that_are_no_text(value: Any, text: str) -> None:
    """Numbers are written so that Go, YAML 1.1 and JSON read them as the same number."""
    assert scalar(value) == text
    root = read(text)
    assert root is not None
    assert same(value, root.data)


@pytest.mark.parametrize(
    ("value", "yaml", "json"),
    [
        pytest.param({"a": "b c"}, "{a: b c}", '{"a": "b c"}', id="mapping"),
        pytest.param(["a,b", "c"], '["a,b", c]', '["a,b", "c"]', id="list"),
        pytest.param({"a": {"b": []}}, "{a: {b: []}}", '{"a": {"b": []}}', id="nested"),
        pytest.param("a\nb", '"a\\nb"', '"a\\nb"', id="several lines"),
        pytest.param([1, None], "[1, null]", "[1, null]", id="no texts"),
        pytest.param({"1": "y"}, '{"1": "y"}', '{"1": "y"}', id="hazards"),
    ],
)
def test_flow_is_one_line(value: Any, yaml: str, json: str) -> None:
    """Inside braces everything is on one line; in a JSON document it is JSON."""
    assert flow(value) == yaml
    assert flow(value, json=True) == json


# Any data that an object can hold.
KEYS = st.one_of(
    st.sampled_from([text for text in HAZARDS if len(text) < 1000]), st.text(max_size=9)
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(HAZARDS),
    st.text(),
)
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)
LAYOUT = st.builds(Layout, indent=st.integers(1, 6), dash=st.integers(0, 6), blocks=st.booleans())


@settings(max_examples=300, deadline=None)
@given(data=DATA, layout=LAYOUT)
def test_go_reads_back_what_was_written(data: Any, layout: Layout, go: GoReader) -> None:
    """In blocks and in braces, with whatever layout, Go reads the data, and so do we."""
    try:
        texts = [
            "\n".join(mapping_lines({"data": data}, 0, layout)) + "\n",
            flow({"data": data}) + "\n",
            flow({"data": data}, json=True) + "\n",
        ]
    except ValueError:  # half of a surrogate pair
        return
    for text, answer in zip(texts, go.read_all(texts, "stream"), strict=True):
        assert same([{"data": data}], answer)
        root = read(text)
        assert root is not None
        assert same(root.data, {"data": data})
