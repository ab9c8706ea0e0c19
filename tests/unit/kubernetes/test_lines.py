"""Changes of a text by its lines and by its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrender.kubernetes.entries import MergeError
from postrender.kubernetes.lines import with_lines, with_substitutes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postrender.data import Path


class Tell:
    """Notes what is not found."""

    def __init__(self) -> None:
        self.missed: list[Path] = []

    def __call__(self, path: Path, *, is_found: bool, there: Iterable[str] = ()) -> None:
        """As `entries.Tell`."""
        del there
        self.missed += [] if is_found else [path]


INI = "[a]\nx = 1\n\n[b]\n  x = 2\ny = 3\n"


@pytest.mark.parametrize(
    ("text", "operations", "expected"),
    [
        pytest.param("a\nb\nc\n", {"$remove": ["b"]}, "a\nc\n", id="removed"),
        pytest.param("a\nb", {"$remove": ["b"]}, "a", id="the last one, without a line break"),
        pytest.param("  a = 1\n", {"$change": {"a = *": "a = 2"}}, "  a = 2\n", id="indentation"),
        pytest.param("a=1\r\nb=2\r\n", {"$change": {"a=*": "a=3"}}, "a=3\r\nb=2\r\n", id="CRLF"),
        pytest.param("a\r\nb", {"$add": ["c"]}, "a\r\nb\r\nc", id="added to CRLF without an end"),
        pytest.param("a\n", {"$add": ["b", "a"]}, "a\nb\n", id="only what is not there"),
        pytest.param("a\n\n\n", {"$add": ["b"]}, "a\nb\n\n\n", id="before blank lines at the end"),
        pytest.param("", {"$add": ["b"]}, "b\n", id="to nothing"),
        pytest.param("a\n", {"$add": {"mine": "b", "gone": None}}, "a\nb\n", id="by a name"),
        pytest.param(
            INI, {"$below": {"[a]": {"$add": ["z = 1"]}}},
            "[a]\nx = 1\nz = 1\n\n[b]\n  x = 2\ny = 3\n", id="in a section",
        ),
        pytest.param(
            INI, {"$below": {"[b]": {"$change": {"x = *": "x = 9"}}}},
            "[a]\nx = 1\n\n[b]\n  x = 9\ny = 3\n", id="only in that section",
        ),
        pytest.param(
            "[a]\n    x 1\n", {"$below": {"[a]": {"$add": ["y 2"]}}}, "[a]\n    x 1\n    y 2\n",
            id="indented as its neighbours",
        ),
        pytest.param(
            "[a]", {"$below": {"[a]": {"$add": ["x"]}}}, "[a]\nx", id="an empty section at the end"
        ),
        pytest.param(
            "server {\n  listen 80;\n}\nserver_name a;\n",
            {"$below": {"server {": {"$change": {"listen *": "listen 81;"}}}},
            "server {\n  listen 81;\n}\nserver_name a;\n", id="what is indented deeper",
        ),
        pytest.param(
            "[[a]]\n  x = 1\n  [a.b]\n    y = 2\n", {"$below": {"[[a]]": {"$add": ["z = 3"]}}},
            "[[a]]\n  x = 1\n  z = 3\n  [a.b]\n    y = 2\n", id="before a table within it",
        ),
        pytest.param("a*\nab\n", {"$remove": ["a[*]"]}, "ab\n", id="a literal star"),
        pytest.param("[x]\nx\n", {"$remove": ["[[]x]"]}, "x\n", id="a literal bracket"),
        pytest.param("a\x0bb\n", {"$add": ["c"]}, "a\x0bb\nc\n", id="other separators are text"),
    ],
)  # fmt: skip
def test_lines(text: str, operations: dict[str, Any], expected: str) -> None:
    """What comes out; a second run finds nothing to change but what is to go."""
    tell = Tell()
    assert with_lines(text, operations, ("$lines",), tell) == expected
    assert tell.missed == []
    assert with_lines(expected, operations, ("$lines",), Tell()) == expected


@pytest.mark.parametrize(
    ("operations", "message"),
    [
        ({"$remove": ["x = *"]}, "it fits lines 2 (x), 5 (x) of the text"),
        ({"$change": {"*=*": "z"}}, "it fits lines 2 (x), 5 (x), 6 (y) of the text"),
        ({"$below": {"[b]": {"$remove": ["*"]}}}, "it fits lines 5 (x), 6 (y) of the text"),
    ],
)
def test_a_glob_fits_one_line(operations: dict[str, Any], message: str) -> None:
    """Several lines are named by their numbers and first words only."""
    with pytest.raises(MergeError) as raised:
        with_lines(INI, operations, ("$lines",), Tell())
    assert message in str(raised.value)


def test_what_is_missing_is_told() -> None:
    """A line, a header; not what is to be added."""
    tell = Tell()
    operations = {"$remove": ["q"], "$change": {"q": "r"}, "$below": {"[c]": {"$add": ["x"]}}}
    assert with_lines(INI, operations, (), tell) == INI
    assert tell.missed == [("$remove", "q"), ("$change", "q"), ("$below", "[c]")]


@pytest.mark.parametrize(
    ("text", "substitutes", "expected"),
    [
        ("a b a", {"a": "c"}, "c b c"),
        ("debug", {"debug": "debug-extra"}, "debug-extra"),
        ("debug debug-extra", {"debug": "debug-extra"}, "debug-extra debug-extra"),
        ("http://a", {"http://": "https://"}, "https://a"),
        ("a.b", {".": "[.]"}, "a[.]b"),
        ("a", {"a": "\\1"}, "\\1"),
        ("a b", {"a": "x", "b": "y", "c": None}, "x y"),
    ],
)
def test_substitutes(text: str, substitutes: dict[str, Any], expected: str) -> None:
    """Every occurrence, unless it is a part of the new text already: a second run changes none."""
    tell = Tell()
    assert with_substitutes(text, substitutes, (), tell) == expected
    assert tell.missed == []
    assert with_substitutes(expected, substitutes, (), tell) == expected
    assert tell.missed == []


def test_substitutes_come_to_an_end() -> None:
    """Where two results meet, the old text could come again: that is refused."""
    with pytest.raises(MergeError, match="has the old text in it again"):
        with_substitutes("aaaa", {"aa": "a"}, (), Tell())


TEXTS = st.text(alphabet="ab \n[]", max_size=12)


@given(TEXTS, st.lists(st.sampled_from(["a", "b*", "[[]a]"])), st.lists(st.sampled_from("ab")))
def test_a_second_run_changes_nothing(text: str, remove: list[str], add: list[str]) -> None:
    """Whatever the text, what is added stays and what is removed is gone."""
    operations = {"$remove": remove, "$add": [line for line in add if line not in remove]}
    try:
        once = with_lines(text, operations, (), Tell())
        assert with_lines(once, {"$add": operations["$add"]}, (), Tell()) == once
    except MergeError:
        return
    assert once.endswith("\n") or not text.endswith("\n") or not once
