"""Trees as they are drawn."""

from __future__ import annotations

import pytest

from postrender.commands.console import Screen
from postrender.commands.tree import Tree, drawn


def screen(monkeypatch: pytest.MonkeyPatch, columns: int, color: str = "never") -> Screen:
    """A screen with as many columns; 0: lines are not broken."""
    monkeypatch.setenv("COLUMNS", str(columns) if columns else "")
    return Screen(color)


def tree() -> Tree:
    """A tree with lines that are too long for a narrow screen."""
    root = Tree([("web", "heading")], [])
    node = root.add([("container ", "quiet"), ("nginx", "heading"), ("  example.com/nginx", "")])
    node.add(
        {"env": ["A, B, C, DDDD, EEEE, FFFF"], "mounts": ["/a ← b", "/0123456789012345678901"]}
    )
    root.add([("漢字漢字漢字漢字漢字漢字", "")])
    return root


def test_lines_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing limits them."""
    assert (
        drawn([tree(), Tree([("db", "")], [])], "2 trees", screen(monkeypatch, 0))
        == """\
web
├── container nginx  example.com/nginx
│   └── env     A, B, C, DDDD, EEEE, FFFF
│       mounts  /a ← b
│               /0123456789012345678901
└── 漢字漢字漢字漢字漢字漢字

db

2 trees
"""
    )


def test_lines_are_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between words, in long words, and by the columns that characters take."""
    assert (
        drawn([tree()], "", screen(monkeypatch, 34))
        == """\
web
├── container nginx
│   example.com/nginx
│   └── env     A, B, C, DDDD,
│               EEEE, FFFF
│       mounts  /a ← b
│               /01234567890123456
│               78901
└── 漢字漢字漢字漢字漢字漢字

"""
    )
    assert "└── 漢字漢字漢字漢字漢\n    字漢字\n" in drawn([tree()], "", screen(monkeypatch, 22))


def test_colours_go_on_in_the_next_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part has its own style, the lines between nodes are quiet."""
    node = Tree([("a", "")], [])
    node.add([("0123456789 0123456789", "heading"), (" b", "warning")])

    assert (
        drawn([node], "", screen(monkeypatch, 20, "always"))
        == """\
a
\x1b[2m└── \x1b[0m\x1b[1m0123456789 \x1b[0m
\x1b[2m    \x1b[0m\x1b[1m0123456789\x1b[0m\x1b[33m b\x1b[0m

"""
    )


def test_nothing_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without trees there is only the last line."""
    assert drawn([], "no objects", screen(monkeypatch, 80)) == "no objects\n"
