from __future__ import annotations

import pytest

from postrender.reports.excerpt import Finding, excerpt, finding_of


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(
            'kmod.yaml:7:5: rule "web": unknown key "a"; did you mean "b"?',
            ("kmod.yaml", 7, 5, 'rule "web": unknown key "a"', 'did you mean "b"?'),
            id="place, what, what to do",
        ),
        pytest.param(
            "C:\\kmod.yaml:7:5: must be text",
            ("C:\\kmod.yaml", 7, 5, "must be text", ""),
            id="nothing to do but what is said",
        ),
        pytest.param(
            "kmod.yaml: cannot be read (no; not: there); name another",
            ("kmod.yaml", 0, 0, "cannot be read (no; not: there)", "name another"),
            id="a file without a line",
        ),
        pytest.param("--set: wrong; mend it", ("", 0, 0, "--set: wrong", "mend it"), id="no file"),
    ],
)
def test_a_message_in_its_parts(message: str, expected: tuple[str, int, int, str, str]) -> None:
    """Where, what is wrong, what to do."""
    assert finding_of(message, ["kmod.yaml"]) == Finding(message, *expected)


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
    finding = Finding("", "kmod.yaml", line, column, "", "")

    assert excerpt(text, finding) == expected
