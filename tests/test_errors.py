"""What a stranger wrote, as messages show it."""

from __future__ import annotations

import re
import unicodedata

import pytest

from postrender.errors import UNPRINTABLE, one_line, printable

_LIST = re.compile(f"[{UNPRINTABLE}]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("web: not there", "web: not there", id="ordinary text"),
        pytest.param(
            "café 中文 אב ⚠️ e\u0301", "café 中文 אב ⚠️ e\u0301", id="other languages, emoji"
        ),
        pytest.param("a\tb\nc", "a\tb\nc", id="tab and line break"),
        pytest.param("\x1b[2J\x1b]0;t\x07", "\\u001b[2J\\u001b]0;t\\u0007", id="escape sequences"),
        pytest.param("\r\b\0\x7f", "\\u000d\\u0008\\u0000\\u007f", id="C0 and DEL"),
        pytest.param("\x9b2J\x85", "\\u009b2J\\u0085", id="C1"),
        pytest.param(
            "\u202egnp\u2066\u2069\u061c", "\\u202egnp\\u2066\\u2069\\u061c", id="direction"
        ),
        pytest.param("a\u2028b\u2029", "a\\u2028b\\u2029", id="separators"),
        pytest.param("a\u200bb\u200d\u2060\xad", "a\\u200bb\\u200d\\u2060\\u00ad", id="no width"),
        pytest.param("\ufeffa", "\\ufeffa", id="byte order mark"),
        pytest.param("\ud83d", "\\ud83d", id="half a character"),
        pytest.param("a\U000e0041\U000e007f", "a\\U000e0041\\U000e007f", id="tags"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    """Characters that do not show as themselves are shown by their numbers; all others stay."""
    assert printable(text) == shown
    assert printable(shown) == shown


def test_the_list_of_characters() -> None:
    """The quick look (`str.isprintable`) lets none of the list pass, and no control is missing."""
    for code in range(0x110000):
        char = chr(code)
        listed = _LIST.match(char) is not None
        assert not (listed and char.isprintable()), f"{code:x}"
        if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} and char not in "\t\n":
            assert listed, f"{code:x}"
        if unicodedata.bidirectional(char) in {
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        }:
            assert listed, f"{code:x}"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("a: b; c", "a: b; c"),
        ("a\nb: fine", "a\\nb: fine"),
        ("a\r\nb", "a\\u000d\\nb"),
        ("https://u:secret@a.io/x: no", "https://u:•••@a.io/x: no"),
        ("https://u:sec@ret@a.io/x", "https://u:•••@a.io/x"),
        ("https://u:s3/cret@a.io", "https://u:•••@a.io"),
        ("https://u:s\"'<c>ret@a.io", "https://u:•••@a.io"),
        ("https://:secret@a.io", "https://:•••@a.io"),
        ("<http://u:secret@p:1> and ftp://v:secret@b", "<http://u:•••@p:1> and ftp://v:•••@b"),
        ('"https://a.io:5000/x", "b@c"', '"https://a.io:5000/x", "b@c"'),
        ("oci://a.io:5000/x@sha256:1", "oci://a.io:5000/x@sha256:1"),
        ("https://a.io/x@y: no", "https://a.io/x@y: no"),
    ],
)
def test_one_line(message: str, shown: str) -> None:
    """A message is one line, and the passwords of addresses are not in it."""
    assert one_line(message) == shown


def test_long_messages() -> None:
    """A message of a megabyte, of what looks like addresses, is no more work than it is long."""
    for part in ("://a:", "://", "x", ":/@", "a@"):
        one_line("@" + part * 200_000)
        one_line("://" + part * 200_000 + "@")
