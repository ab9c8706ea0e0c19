"""Messages as values, and what a stranger wrote as they show it."""

from __future__ import annotations

import re
import unicodedata

import pytest

from postrender.errors import (
    UNPRINTABLE,
    KmodError,
    Message,
    RulesError,
    UsageError,
    Where,
    message,
    one_line,
    printable,
)

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
    """The quick look at ASCII lets none of the list pass, and no control is missing."""
    for code in range(0x110000):
        char = chr(code)
        listed = _LIST.match(char) is not None
        assert not (listed and char.isascii() and char.isprintable()), f"{code:x}"
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


# Messages


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        pytest.param(Where("kmod.yaml", 7, 5), "kmod.yaml:7:5", id="line and column"),
        pytest.param(Where("kmod.yaml", 0, 0), "kmod.yaml", id="all of a file"),
        pytest.param(Where("--set", 0, 0), "--set", id="an option"),
        pytest.param(Where("C:\\kmod.yaml", 1, 1), "C:\\kmod.yaml:1:1", id="a name with a colon"),
    ],
)
def test_a_place(where: Where, shown: str) -> None:
    """A place is shown as editors and terminals understand it."""
    assert str(where) == shown


@pytest.mark.parametrize(
    ("found", "what", "line"),
    [
        pytest.param(message("wrong"), "wrong", "wrong", id="text alone"),
        pytest.param(message("wrong", "fix it"), "wrong", "wrong; fix it", id="advice"),
        pytest.param(
            message("wrong", where=Where("a.yaml", 1, 2)), "wrong", "a.yaml:1:2: wrong", id="place"
        ),
        pytest.param(
            message("wrong", "fix it", where=Where("a.yaml", 0, 0)),
            "wrong",
            "a.yaml: wrong; fix it",
            id="a file without a line",
        ),
        pytest.param(
            message("wrong", "fix it", rule="web"),
            'rule "web": wrong',
            'rule "web": wrong; fix it',
            id="rule",
        ),
        pytest.param(
            message("wrong", subject="Pod/a"), "Pod/a: wrong", "Pod/a: wrong", id="subject"
        ),
        pytest.param(
            message("wrong; so", "fix it", where=Where("a", 1, 2), rule="web", subject="Pod/a"),
            'rule "web": Pod/a: wrong; so',
            'a:1:2: rule "web": Pod/a: wrong; so; fix it',
            id="everything",
        ),
    ],
)
def test_a_message_as_a_line(found: Message, what: str, line: str) -> None:
    """`where: rule: subject: what is wrong; what to do`, without the parts that it does not have."""
    assert found.what == what
    assert str(found) == line


@pytest.mark.parametrize(
    ("found", "line"),
    [
        pytest.param(
            message("odd", "fix it", id="native-sidecar"),
            "odd; fix it (warning: native-sidecar)",
            id="warning",
        ),
        pytest.param(
            message("odd", id="native-sidecar").replaced(is_strict=True),
            "odd (warning: native-sidecar, an error with --strict)",
            id="strict",
        ),
        pytest.param(
            message("wrong", id="unknown-field"), "wrong (error: unknown-field)", id="error"
        ),
    ],
)
def test_the_id_of_a_finding_is_at_its_end(found: Message, line: str) -> None:
    """With its severity; what is wrong is without it."""
    assert str(found) == line
    assert found.what == found.text


def test_findings_with_different_ids_differ() -> None:
    """So that one of them cannot hide the other."""
    assert message("odd", id="native-sidecar") != message("odd", id="sidecar-in-job")


def test_messages_with_equal_parts_are_equal() -> None:
    """So that a message which several files lead to is shown once."""
    one, other = (message("wrong", "fix it", where=Where("a", 1, 2)) for _ in range(2))

    assert one == other
    assert list(dict.fromkeys([one, other])) == [one]
    assert one != one.replaced(advice="")
    assert one != one.replaced(where=Where("a", 1, 3))


def test_replaced() -> None:
    """Other values in some fields; the rest, and the message itself, stay."""
    found = message("wrong", "fix it", where=Where("a", 1, 2), rule="web", subject="Pod/a")

    assert str(found.replaced(where=None, rule="")) == "Pod/a: wrong; fix it"
    assert str(found) == 'a:1:2: rule "web": Pod/a: wrong; fix it'
    with pytest.raises(AttributeError, match=r"^Message\.text cannot be changed$"):
        found.text = "right"  # type: ignore[misc] # what a type checker sees, too


@pytest.mark.parametrize(
    ("file", "where", "named"),
    [
        pytest.param("a.yaml", Where("<stdin>", 1, 2), "a.yaml:1:2", id="the stream's"),
        pytest.param("a.yaml", Where("<stdin>", 0, 0), "a.yaml", id="without a line"),
        pytest.param("-", Where("<stdin>", 1, 2), "<stdin>:1:2", id="standard input"),
        pytest.param("a.yaml", Where("kmod.yaml", 1, 2), "kmod.yaml:1:2", id="another file's"),
        pytest.param("a.yaml", Where("x <stdin>", 1, 2), "x <stdin>:1:2", id="part of a name"),
    ],
)
def test_in_file(file: str, where: Where, named: str) -> None:
    """A place in the stream is one in its file; nothing else of a message is changed."""
    found = message("a <stdin>", "see <stdin>", where=where, rule="<stdin>", subject="<stdin>")

    assert str(where.in_file(file)) == named
    assert found.in_file(file) == found.replaced(where=where.in_file(file))
    assert str(found.in_file(file)) == f'{named}: rule "<stdin>": <stdin>: a <stdin>; see <stdin>'


def test_in_file_without_a_place() -> None:
    """A message of no place stays as it is."""
    found = message("the <stdin> is empty")

    assert found.in_file("a.yaml") == found


def test_an_error_of_one_message() -> None:
    """It is raised with the parts of the message, and reads as its line."""
    error = UsageError("wrong", "fix it", where=Where("a", 1, 2), subject="--flag")

    assert error.messages == (message("wrong", "fix it", where=Where("a", 1, 2), subject="--flag"),)
    assert str(error) == "a:1:2: --flag: wrong; fix it"
    assert error.exit_code == 2


def test_an_error_of_a_text_alone() -> None:
    """Nothing is guessed from the text, whatever signs it has."""
    error = KmodError("a:1:2: wrong; fix it")

    assert error.messages == (message("a:1:2: wrong; fix it"),)
    assert str(error) == "a:1:2: wrong; fix it"
    assert error.exit_code == 1


def test_an_error_of_several_messages() -> None:
    """It is raised with them, also as they are made, and has a line for each, in their order."""
    wrong = [message("second", "fix it", where=Where("a", 2, 1)), message("first")]

    for error in (RulesError(wrong), RulesError(one for one in wrong)):
        assert error.messages == tuple(wrong)
        assert str(error) == "a:2:1: second; fix it\nfirst"


@pytest.mark.parametrize(
    "sign",
    [
        "\u034f",
        "\u115f",
        "\u3164",
        "\ufe00",
        "\uffa0",
        "\U0001d173",
        "\U000e0100",
        "\u202e",
        "\x9b",
    ],
)
def test_characters_that_hide_are_escaped(sign: str) -> None:
    """Fillers, variation selectors and the like make two names look the same."""
    assert printable(
        f"a{sign}b"
    ) == f"a{sign.encode('ascii', 'backslashreplace').decode()}b".replace("\\x9b", "\\u009b")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:secret@h/x", "https://u:•••@h/x"),
        ("https://me@corp.com:secret@h/x", "https://me@corp.com:•••@h/x"),
        ("https://u:12345/secret@h/x", "https://u:•••@h/x"),
        ("oci://host:5000/web@sha256:abc", "oci://host:5000/web@sha256:abc"),
    ],
)
def test_passwords_of_addresses(text: str, shown: str) -> None:
    """They are never shown, also where the user has an @ or the password looks like a port."""
    assert one_line(text) == shown
