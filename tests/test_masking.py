from __future__ import annotations

from typing import Any

import pytest
from corpus import FOLDER, files, needed
from hypothesis import given
from hypothesis import strategies as st

from postrender.masking import hidden_lines, masked, masked_pair, masked_texts
from postrender.stream import Stream
from postrender.yamltext.reader import read
from postrender.yamltext.writer import Layout, mapping_lines

SECRET = {"kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "geheim"}, "type": "Opaque"}
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
RULE = {"kind": ["Secret"]}
OPEN = "kind: ConfigMap\ndata: {a: b}\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(SECRET, {**SECRET, "data": {"a": "•••"}}, id="a Secret"),
        pytest.param(
            {"kind": "List", "items": [{"kind": "Secret", "stringData": {"a": "geheim"}}]},
            {"kind": "List", "items": [{"kind": "Secret", "stringData": {"a": "•••"}}]},
            id="in a List",
        ),
        pytest.param(
            {"spec": {"template": {"stringData": {"a": {"b": "geheim"}}}}},
            {"spec": {"template": {"stringData": {"a": "•••"}}}},
            id="any stringData",
        ),
        pytest.param(
            {"kind": "Secret", "data": "geheim"},
            {"kind": "Secret", "data": "•••"},
            id="no mapping",
        ),
        pytest.param(
            {"metadata": {"annotations": {LAST_APPLIED: "geheim"}}},
            {"metadata": {"annotations": {LAST_APPLIED: "•••"}}},
            id="what kubectl apply keeps",
        ),
        pytest.param(
            {"match": RULE, "merge": {"data": {"a": "geheim"}}, "jsonPatch": [{"value": "geheim"}]},
            {"match": RULE, "merge": {"data": "•••"}, "jsonPatch": "•••"},
            id="a rule for Secrets",
        ),
    ],
)
def test_values_of_secrets_are_hidden(data: Any, expected: Any) -> None:
    """Keys are shown, values are not, wherever a Secret stands."""
    assert masked(data) == expected


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"kind": "ConfigMap", "data": {"a": "offen"}}, id="a ConfigMap"),
        pytest.param({"kind": "Secret", "data": None}, id="no data"),
        pytest.param([1, None, {"a": []}], id="anything else"),
    ],
)
def test_all_else_is_the_very_same(data: Any) -> None:
    """What holds no values of Secrets is not even copied."""
    assert masked(data) is data


def test_values_that_differ_still_do() -> None:
    """A changed value can be told from one that stays, and from one that came."""
    after = {**SECRET, "data": {"a": "anders", "b": "neu"}}

    first, second = masked_pair(SECRET, after)

    assert first["data"] == {"a": "••• (before)"}
    assert second["data"] == {"a": "••• (after)", "b": "•••"}
    assert masked_pair(SECRET, SECRET)[0]["data"] == {"a": "•••"}


TEXT = """\
# Source: web/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: s}
data: # geheim
  # geheim
  a: geheim # geheim
  b: |
    geheim
    geheim
  # geheim
  # geheim
type: Opaque
stringData: {x: geheim, "y": 'geheim'} # geheim
"""
SHOWN = """\
# Source: web/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: s}
data:
  a: •••
  b: •••
type: Opaque
stringData: {x: •••, y: •••}
"""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(TEXT, SHOWN, id="with comments"),
        pytest.param(
            '{"kind": "Secret", "data": {"a": "geheim"}, "x": 1}\n',
            '{"kind": "Secret", "data": {a: •••}, "x": 1}\n',
            id="JSON",
        ),
        pytest.param(
            "x: &v geheim\nitems:\n- kind: Secret\n  data: {a: *v}\n",
            "x: •••\nitems:\n- kind: Secret\n  data: {a: •••}\n",
            id="an alias",
        ),
        pytest.param(
            "x: &b\n  data: {a: geheim}\nitems:\n- <<: *b\n  kind: Secret\n",
            "x: &b\n  data: {a: •••}\nitems:\n- <<: *b\n  kind: Secret\n",
            id="a merge key",
        ),
        pytest.param(
            'kind: "\\x53ecret"\ndata: {a: geheim}\n',
            'kind: "\\x53ecret"\ndata: {a: •••}\n',
            id="a kind in escapes",
        ),
        pytest.param(
            "kind: Secret\ndata:\n- geheim\n- geheim",
            "kind: Secret\ndata: •••",
            id="a list, no final line break",
        ),
        pytest.param(OPEN, OPEN, id="no Secret"),
    ],
)
def test_values_are_hidden_in_text(text: str, shown: str) -> None:
    """The rest of the text stays as it is."""
    assert masked_texts(text, text) == (shown, shown)


def test_changed_values_differ_in_text() -> None:
    """A diff of the two texts shows which value was changed, and not to what."""
    before, after = masked_texts(TEXT, TEXT.replace("a: geheim", "a: anders"))

    assert "  a: ••• (before)\n  b: •••\n" in before
    assert "  a: ••• (after)\n  b: •••\n" in after


VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=5)


@given(st.dictionaries(st.sampled_from("abc"), VALUES.map("geheim".__add__), min_size=1))
def test_no_value_is_ever_shown(values: dict[str, str]) -> None:
    """Whatever the values are, and however they are written."""
    data = {"kind": "Secret", "metadata": {"name": "s"}, "stringData": values, "x": 1}
    text = "\n".join(mapping_lines(data, 0, Layout())) + "\n"

    shown, _ = masked_texts(text, text)

    assert "geheim" not in shown
    assert read(shown).data == masked(data)  # type: ignore[union-attr]


def test_lines_of_a_rules_file() -> None:
    """A mistake beside a value must not show it: these lines are not to be shown whole."""
    text = (
        "rules:\n  a:\n    match: {kind: Secret}\n    merge:\n      data: {a: geheim}\n    x: 1\n"
    )

    assert hidden_lines(text) == {3, 4}
    assert hidden_lines(text + "  - {") == set(range(7))
    assert hidden_lines("rules: {a: {labels: {b: c}}}\n") == frozenset()


@needed
@pytest.mark.parametrize("file", files(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_real_secrets(file: Any) -> None:
    """No value of a Secret of a real chart is left in its text."""
    stream = Stream(file.read_bytes())
    for document in stream.documents:
        if document.kind == "Secret":
            text = stream.text(document)
            root = read(text)
            assert root is not None
            shown, _ = masked_texts(text, text)
            values = [
                str(value)
                for field in ("data", "stringData")
                for value in (root.data.get(field) or {}).values()
            ]
            for value in values:
                for line in filter(None, value.split("\n")):
                    assert len(line) < 5 or line not in shown
