"""
Places in a text, and edits to it. In the tables `^` marks a place; marks are no part of the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrender.yamltext.positions import (
    after_entry,
    apply,
    before_entry,
    blanks_end,
    colon_after,
    column,
    dash_before,
    line_start,
    next_line,
    question_before,
    starts_line,
)

if TYPE_CHECKING:
    from postrender.yamltext.positions import Edit


def marked(text: str) -> tuple[str, list[int]]:
    """A text without its marks, and where they were."""
    *parts, last = text.split("^")
    offsets = []
    done = 0
    for part in parts:
        done += len(part)
        offsets.append(done)
    return "".join((*parts, last)), offsets


@pytest.mark.parametrize(
    ("edits", "after"),
    [
        pytest.param([], "abcdef", id="none"),
        pytest.param([(1, 3, "X", 0)], "aXdef", id="replaced"),
        pytest.param([(2, 2, "X", 0)], "abXcdef", id="put in"),
        pytest.param([(4, 6, "", 0), (0, 1, "X", 0)], "Xbcd", id="in any order"),
        pytest.param(
            [(2, 2, "outer", 0), (2, 2, "inner", 4)], "abinneroutercdef", id="deeper first"
        ),
        pytest.param(
            [(2, 2, "1", 0), (2, 2, "2", 0)], "ab12cdef", id="equally deep in their order"
        ),
        pytest.param([(2, 4, "", 0), (2, 2, "X", 0)], "abXef", id="put in where a deletion begins"),
        pytest.param([(2, 4, "", 0), (4, 4, "X", 0)], "abXef", id="put in where a deletion ends"),
    ],
)
def test_apply(edits: list[Edit], after: str) -> None:
    """All edits are meant for the old text; of two at one place the deeper one comes first."""
    assert apply("abcdef", edits) == after


def test_overlapping_edits_are_refused() -> None:
    """What two edits want at once is nobody's to decide."""
    with pytest.raises(ValueError, match="overlap"):
        apply("abcdef", [(0, 3, "", 0), (2, 4, "", 0)])


@given(
    st.text("ab\n", max_size=20), st.lists(st.tuples(st.integers(0, 20), st.text("xy", max_size=3)))
)
def test_inserts_lose_nothing(text: str, inserts: list[tuple[int, str]]) -> None:
    """What is put in takes nothing away."""
    edits = [(min(place, len(text)), min(place, len(text)), new, 0) for place, new in inserts]
    after = apply(text, edits)
    assert after.translate({ord("x"): None, ord("y"): None}) == text
    assert len(after) == len(text) + sum(len(new) for _, new in inserts)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("a: 1\n^b: ^2\n", 3, id="column"),
        pytest.param("^a: ^1\n", 3, id="on the first line"),
        pytest.param("a:\n^\t^b\n", 1, id="a tab is one column"),
    ],
)
def test_lines_and_columns(text: str, found: int) -> None:
    """A line begins after a line break, a column counts from there."""
    text, (begin, offset) = marked(text)
    assert line_start(text, offset) == begin
    assert column(text, offset) == found


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        pytest.param("^a", True, id="at the start"),
        pytest.param("a\n  ^b", True, id="after blanks"),
        pytest.param("- ^a", False, id="after a dash"),
        pytest.param("a: ^b", False, id="after a key"),
    ],
)
def test_starts_line(text: str, starts: bool) -> None:
    """Whether only blanks are before a place."""
    text, (offset,) = marked(text)
    assert starts_line(text, offset) is starts


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: ^1 # c\n^b: 2\n", id="the rest of a line"),
        pytest.param("a: ^1^", id="the end of the text"),
        pytest.param("a: |\n  x\n^^b: 2\n", id="after a block scalar: where it ends"),
    ],
)
def test_next_line(text: str) -> None:
    """From the first mark, the next line begins at the second."""
    text, (offset, found) = marked(text)
    assert next_line(text, offset) == found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: x^  ^\nb: 1\n", id="blanks"),
        pytest.param("a: x^ \t^\r\nb: 1\n", id="before a line break of Windows"),
        pytest.param("a: x^^\n", id="nothing"),
        pytest.param("a: x^^ # c\n", id="a comment"),
    ],
)
def test_blanks_end(text: str) -> None:
    """Blanks at the end of a line are passed over, those before a comment not."""
    text, (offset, found) = marked(text)
    assert blanks_end(text, offset) == found


@pytest.mark.parametrize(
    ("text", "indent"),
    [
        pytest.param("a: 1^\n^b: 2\n", 0, id="an entry"),
        pytest.param("a: 1^ # c\n^# d\nb: 2\n", 0, id="its comment beside it"),
        pytest.param(
            "  a: 1^\n    # deeper\n^  # about b\n  b: 2\n", 2, id="a deeper comment is its own"
        ),
        pytest.param("  a: 1^\n\n    # deeper\n^\n  b: 2\n", 2, id="over blank lines"),
        pytest.param("  a: 1^\n^# further out\n  b: 2\n", 2, id="a comment further out"),
        pytest.param("a: |\n  x\n^^\nb: 2\n", 0, id="a block scalar"),
        pytest.param("a: 1^\n^", 0, id="the last one"),
        pytest.param("a: 1^\r\n  # deeper\r\n^b: 2\r\n", 0, id="line breaks of Windows"),
    ],
)
def test_after_entry(text: str, indent: int) -> None:
    """What follows an entry stands below the comments that are deeper than it."""
    text, (end, found) = marked(text)
    assert after_entry(text, end, indent) == found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a:\n^  ^b: 1\n", id="an entry"),
        pytest.param("a:\n^  # about b\n  # more\n  ^b: 1\n", id="with its comments"),
        pytest.param("a:\n    # deeper\n^  # about b\n  ^b: 1\n", id="a deeper comment"),
        pytest.param("a: 1\n# about m\n^  ^b: 1\n", id="a comment further out"),
        pytest.param("# Source: x\n^^a: 1\n", id="the comment that begins the document"),
        pytest.param("# Source: x\n\n^# about a\n^a: 1\n", id="another one below it"),
    ],
)
def test_before_entry(text: str) -> None:
    """What comes before an entry stands above its comments, but below the document's own."""
    text, (found, start) = marked(text)
    assert before_entry(text, start) == found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("^- ^a", id="beside it"),
        pytest.param("l:\n  ^-   ^a", id="further away"),
        pytest.param("^-\n  ^a: 1", id="on the line before"),
        pytest.param("^- # why\n\n  # more\n  ^a: 1", id="over comments"),
        pytest.param("- ^- ^a", id="the nearest of two"),
        pytest.param("^- # - no dash\n  ^a: 1", id="a dash in a comment"),
    ],
)
def test_dash_before(text: str) -> None:
    """An item's dash, wherever it stands."""
    text, (dash, offset) = marked(text)
    assert dash_before(text, offset) == dash


@pytest.mark.parametrize("text", ["a: ^b", "^b", "# c\n^b"])
def test_no_dash(text: str) -> None:
    """Where something else is before a place, there is no dash to speak of."""
    text, (offset,) = marked(text)
    assert dash_before(text, offset) == -1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a^^: 1\n", id="beside it"),
        pytest.param("a^ \t^: 1\n", id="after blanks"),
        pytest.param("? a^\n^: 1\n", id="on the next line"),
        pytest.param("? a^ # why: not\n# more\n  ^: 1\n", id="over comments"),
        pytest.param('"a:b"^^: 1\n', id="after one in quotes"),
    ],
)
def test_colon_after(text: str) -> None:
    """A key's colon, wherever it stands."""
    text, (end, colon) = marked(text)
    assert colon_after(text, end) == colon


@pytest.mark.parametrize("text", ["? a^\n", "? a^\n? b\n: 1\n", "{a^, b: 1}\n", "? a^\nb: 1\n"])
def test_no_colon(text: str) -> None:
    """A key without value has none, and none of another key is taken for it."""
    text, (end,) = marked(text)
    assert colon_after(text, end) == -1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("^? ^a\n", id="beside it"),
        pytest.param("a:\n  ^?   ^b\n", id="further away"),
        pytest.param("- ^? ^a\n", id="after a dash"),
        pytest.param("^^a: 1\n", id="none"),
        pytest.param("- ^^a: 1\n", id="none, after a dash"),
    ],
)
def test_question_before(text: str) -> None:
    """The `?` of a key, or the key itself."""
    text, (question, key) = marked(text)
    assert question_before(text, key) == question
