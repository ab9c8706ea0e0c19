from __future__ import annotations

from typing import Any

import pytest

from postrender.commands.check import _annotation, _entry, _shown
from postrender.commands.console import Screen
from postrender.errors import Message, Where, message
from postrender.reports.excerpt import excerpt


@pytest.mark.parametrize(
    ("found", "entry"),
    [
        pytest.param(
            message(
                'unknown key "a"', 'did you mean "b"?', where=Where("kmod.yaml", 7, 5), rule="web"
            ),
            {
                "message": 'kmod.yaml:7:5: rule "web": unknown key "a"; did you mean "b"?',
                "file": "kmod.yaml",
                "line": 7,
                "column": 5,
                "what": 'rule "web": unknown key "a"',
                "hint": 'did you mean "b"?',
                "id": "",
            },
            id="place, what, what to do",
        ),
        pytest.param(
            message("must be text", where=Where("C:\\kmod.yaml", 7, 5), subject="match.name"),
            {
                "message": "C:\\kmod.yaml:7:5: match.name: must be text",
                "file": "C:\\kmod.yaml",
                "line": 7,
                "column": 5,
                "what": "match.name: must be text",
                "hint": "",
                "id": "",
            },
            id="nothing to do but what is said",
        ),
        pytest.param(
            message(
                "cannot be read (no; not: there)", "name another", where=Where("kmod.yaml", 0, 0)
            ),
            {
                "message": "kmod.yaml: cannot be read (no; not: there); name another",
                "file": "kmod.yaml",
                "line": 0,
                "column": 0,
                "what": "cannot be read (no; not: there)",
                "hint": "name another",
                "id": "",
            },
            id="a file without a line",
        ),
        pytest.param(
            message("wrong", "fix it", where=Where("--set", 0, 0)),
            {
                "message": "--set: wrong; fix it",
                "file": "",
                "line": 0,
                "column": 0,
                "what": "--set: wrong",
                "hint": "fix it",
                "id": "",
            },
            id="an option",
        ),
        pytest.param(
            message("--set: wrong", "fix it"),
            {
                "message": "--set: wrong; fix it",
                "file": "",
                "line": 0,
                "column": 0,
                "what": "--set: wrong",
                "hint": "fix it",
                "id": "",
            },
            id="no place",
        ),
        pytest.param(
            message("wrong", "fix it", where=Where("kmod.yaml", 7, 5), id="unknown-field"),
            {
                "message": "kmod.yaml:7:5: wrong; fix it (error: unknown-field)",
                "file": "kmod.yaml",
                "line": 7,
                "column": 5,
                "what": "wrong",
                "hint": "fix it",
                "id": "unknown-field",
            },
            id="a finding",
        ),
    ],
)
def test_a_message_in_its_parts(found: Message, entry: dict[str, Any]) -> None:
    """Where, what is wrong, what to do: as `check --format json` lists them."""
    assert _entry(found, {"kmod.yaml"}) == entry


def test_an_annotation_has_the_id_at_its_end() -> None:
    """As the message has it elsewhere."""
    found = message("wrong", "fix it", where=Where("kmod.yaml", 7, 5), id="unknown-field")

    assert _annotation(_entry(found, {"kmod.yaml"}), found.tail) == (
        "::error file=kmod.yaml,line=7,col=5::wrong; fix it (error: unknown-field)"
    )


def test_a_finding_is_shown_with_its_id() -> None:
    """For people, behind what to do."""
    found = message("wrong", "fix it", id="unknown-field")

    assert _shown(found, Screen("never")) == ["wrong; fix it (error: unknown-field)"]


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        pytest.param("rules:\n  web: 1\n", 2, 3, ("  web: 1", 2, 3), id="a key"),
        pytest.param('a: {"b": 1}\r\n', 1, 5, ('a: {"b": 1}', 4, 3), id="in quotes"),
        pytest.param("a: [1]", 1, 4, ("a: [1]", 3, 1), id="a bracket"),
        pytest.param("expect: x # 5", 1, 9, ("expect: x # •••", 8, 1), id="a field that is shown"),
        pytest.param("{echo x: 1}", 1, 2, ("{•••: 1}", 1, 3), id="a key that may be a script"),
        pytest.param("a: x1-y2z", 1, 1, ("a: •••", 0, 1), id="what is no plain word"),
        pytest.param("a_token: x", 1, 1, ("a_token: •••", 0, 7), id="a name of a secret"),
        pytest.param("a: {b: x\nc: d", 2, 2, ("c: d", 1, 1), id="no YAML"),
        pytest.param("a: {b: x\nc: x1-y2z", 2, 2, ("c: •••", 1, 1), id="no YAML, no plain word"),
        pytest.param("a: {b: x\nc: token x", 2, 2, ("c: ••• •••", 1, 1), id="no YAML, a secret"),
        pytest.param("a: 1", 9, 4, ("", 3, 1), id="a line that is not there"),
        pytest.param(
            "kind: Secret\ndata: {a: geheim}\n", 2, 7, ("data: {a: •••}", 6, 1), id="a Secret's"
        ),
        pytest.param(
            "kind: Secret\ndata: {a: geheim, b: geheim}\n",
            2,
            23,
            ("data: {a: •••, b: •••}", 18, 3),
            id="behind a Secret's",
        ),
        pytest.param("kind: Secret\ndata: {a: geheim}\nx: [", 1, 1, ("", 0, 1), id="broken"),
        pytest.param("kind: Secret\ndata:\n- geheim\n", 3, 3, ("", 0, 1), id="nothing but a value"),
    ],
)
def test_the_line_that_is_at_fault(
    text: str, line: int, column: int, expected: tuple[str, int, int]
) -> None:
    """The line, and where the word begins and how long it is; a Secret's values stay hidden."""
    assert excerpt(text, Where("kmod.yaml", line, column)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: 1GB", "a: 1GB", id="said already"),
        pytest.param("a: '1GB'", "a: '1GB'", id="in quotes"),
        pytest.param("a: 1GB7", "a: •••", id="more than the message says"),
        pytest.param("[ 1GB, 1GB]", "[ 1GB, •••]", id="only in that place"),
        pytest.param("a_token: 1GB", "a_token: •••", id="a name of a secret"),
    ],
)
def test_a_value_that_the_message_quotes(text: str, expected: str) -> None:
    """Hiding it on the next line hides nothing."""
    place = Where("kmod.yaml", 1, text.index(" ") + 2)
    assert excerpt(text, place, '"1GB" is not a quantity')[0] == expected
