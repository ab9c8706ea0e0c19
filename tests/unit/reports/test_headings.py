"""The heading of a line in a document, however the keys above it are written."""

from __future__ import annotations

import pytest

from postrender.reports.headings import Headings
from postrender.reports.textdiff import lines_of


def heading(text: str, marked: str = "HERE") -> str:
    """The heading of the first line that contains a text."""
    lines = lines_of(text)
    number = next(number for number, line in enumerate(lines) if marked in line)
    return Headings(text, lines).of(number)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a:\n  b:\n    HERE: x\n", "a.b"),
        ("a: \n  b:\t\n    c:   # d:\n      HERE: x\n", "a.b.c"),
        ("a:\r\n  b: \r\n    HERE: x\r\n", "a.b"),
        ("'a':\n  \"b\": # c\n    HERE: x\n", "a.b"),
        ("a.b/c:\n  d:e:\n    HERE: x\n", '["a.b/c"]["d:e"]'),
        ("? a\n: b:\n    HERE: x\n", "a.b"),
        ("? a\n:\n  b:\n    HERE: x\n", "a.b"),
        ("? - a\n  - b\n: HERE: x\n", ""),
        ("1:\n  true:\n    HERE: x\n", "1.true"),
        ("a: &n\n  b: !!map # c\n    c: &x !!map\n      HERE: x\n", "a.b.c"),
        ("a: {b: {c: 1,\n  HERE: x}}\n", "a.b"),
        ("a: [{name: b, c: 1,\n  HERE: x}]\n", "a[b]"),
        ("a:\n- b:\n    c: x\n- d:\n    HERE: x\n", "a[1].d"),
        ("a:\n-   name: b\n    c:\n    - HERE\n", "a[b].c"),
        ("a:\n- c:\n  - x\n  HERE: x\n  name: b\n", "a[b]"),
        ("a:\n- name: b\n- name: HERE\n", "a"),
        ("a:\n-\n  name: b\n  HERE: x\n", "a[b]"),
        ("a:\n- # b\n  name: b\n  HERE: x\n", "a[b]"),
        ("a:\n- - x\n  - HERE\n- x\n", "a[0]"),
        ("a:\n- - - b: x\n      HERE: x\n", "a[0][0][0]"),
        ("env:\n- name: A\n  HERE: x\n- name: A\n", "env[0]"),
        ("ports:\n- containerPort: 53\n  protocol: UDP\n  HERE: x\n", "ports[53/UDP]"),
        ("items:\n- metadata:\n    name: web\n  spec:\n    HERE: x\n", "items[web].spec"),
        ("a: |\n  b:\n    c:\n    HERE: x\nd: x\n", "a"),
        ("a: >-\n\n  b:\n\n  HERE: x\n", "a"),
        ("a: 'b:\n  c:\n  HERE: x'\n", "a"),
        ("a: b\n  c\n  HERE\n", "a"),
        ("a:\n  b: |\n    c:\n      d: x\n  HERE: x\n", "a"),
        ("a:\n  # b:\n    # c:\n  HERE: x\n", "a"),
        ("a:\n  b: x\n  # HERE\n  c: x\n", "a"),
        ("a:\n  b: x\n\n  HERE: x\n", "a"),
        ("a:\n  b: x\nHERE: x\n", ""),
        ("# Source: a\n---\na:\n  HERE: x\n", "a"),
        ("<<:\n  a:\n    HERE: x\n", ""),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  d:\n    HERE: x\n", "c.d"),
        ("a: *elsewhere\nc:\n  HERE: x\n", "c"),
        ("a:\n  b: x\n  b:\n    HERE: x\n", "a.b"),
        ("a:\n  b:\n  - c:\n      HERE: x\n  b: []\n", "a.b"),
        ("a:\n  b:\n    HERE: x\n   c: x\n", ""),
    ],
)
def test_the_heading_is_the_path(text: str, wanted: str) -> None:
    """Keys are found as a parser finds them."""
    assert heading(text) == wanted


def test_the_heading_holds_no_secrets() -> None:
    """Keys inside of a value that is masked are not in it."""
    text = "kind: Secret\nstringData:\n  a:\n    hunter2:\n      HERE: x\n"

    assert "hunter2" not in heading(text)
