from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrender.reports.textdiff import blocks, compared, grouped, lines_of

LINES = st.lists(st.sampled_from("abcd{}\n"), max_size=30)


def patched(old: list[str], new: list[str]) -> list[str]:
    """The old lines with the blocks replaced."""
    result, done = [], 0
    for i, old_end, j, new_end in blocks(old, new):
        assert i >= done
        assert (i, j) != (old_end, new_end)
        result += [*old[done:i], *new[j:new_end]]
        done = old_end
    return result + old[done:]


@given(LINES, LINES)
def test_blocks_make_the_new_text(old: list[str], new: list[str]) -> None:
    """Old lines, with each block replaced, are the new ones."""
    assert patched(old, new) == new


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("a b c", "a b c", [], id="nothing"),
        pytest.param("a b c", "a x c", [(1, 2, 1, 2)], id="replaced"),
        pytest.param("a b", "a b c", [(2, 2, 2, 3)], id="added at the end"),
        pytest.param("a b c", "b c", [(0, 1, 0, 0)], id="removed at the beginning"),
        pytest.param("", "a", [(0, 0, 0, 1)], id="from nothing"),
    ],
)
def test_blocks(old: str, new: str, expected: list[tuple[int, int, int, int]]) -> None:
    """Where two texts differ."""
    assert blocks(old.split(), new.split()) == expected


def test_a_block_begins_where_it_reads_best() -> None:
    """An added entry of a list begins with its dash, not in the middle of the one before it."""
    old = ["- name: a", "  x: 1", "end"]
    new = ["- name: a", "  x: 1", "- name: b", "  x: 1", "end"]

    assert blocks(old, new) == [(2, 2, 2, 4)]


def test_a_block_does_not_slide_over_another() -> None:
    """Two blocks keep their order, however alike their lines are."""
    old = ["x", " y", "x", " y"]
    new = [" y", "x", " y", "x", " y", "x", " y"]

    assert patched(old, new) == new


def test_long_texts_with_few_changes_are_quick() -> None:
    """A CRD of 60,000 lines that are all alike but a few is no matter of minutes."""
    old = ["type: string", "description: |"] * 30_000
    new = ["first", *old[:20_000], "middle", *old[20_000:], "last"]

    assert patched(old, new) == new


def test_near_blocks_share_their_context() -> None:
    """Blocks no further apart than twice the context are shown together."""
    found = [(0, 1, 0, 1), (7, 8, 7, 8), (15, 16, 15, 16)]

    assert list(grouped(found)) == [found[:2], found[2:]]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("a\n", ["a\n"], id="one"),
        pytest.param("a\nb", ["a\n", "b"], id="no final line break"),
        pytest.param("a\r\n\u2028\x85\n", ["a\r\n", "\u2028\x85\n"], id="only line feeds break"),
    ],
)
def test_lines(text: str, lines: list[str]) -> None:
    """Lines as everything that shows a file counts them."""
    assert lines_of(text) == lines


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        pytest.param("a: oz\n", "a: uz\n", ("a: ", "u", "z\n"), id="between"),
        pytest.param("a: oz", "a: uz\r\n", ("a: ", "u", "z\r\n"), id="line breaks do not count"),
        pytest.param("  a\n", "  b\n", ("  b\n", "", ""), id="only blanks in common"),
        pytest.param("a: a\n", "a: aa\n", ("a: a", "a", "\n"), id="each character counts once"),
    ],
)
def test_lines_are_compared_in_pairs(old: str, new: str, parts: tuple[str, str, str]) -> None:
    """What differs between two lines is between what they begin and what they end with."""
    assert compared([old], [new])[1] == [parts]
    assert compared([old], [new, "x"])[1] == [(new, "", ""), ("x", "", "")]
