"""What is read line by line is what libyaml reads, node by node."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from trees import tree

from postrender.yamltext.lines import read_lines
from postrender.yamltext.reader import read_events

KEYS = (
    *("a", "b", "name", "a1", "x_", "A-b", "a.b/c", "app.kubernetes.io/name", '"a.b/c"', "'q'"),
    *("on", "y", "null", "1", "_x", "~", "<<", '"<<"', '""', '"on"', '"a: b"', "k k", "?", "a:b"),
    *("-a", "0x1", "1e3", "é", "", "a" * 1023, "@x", "%a", "!a", "&a", "*a"),
)
VALUES = (
    *("x", "1", "true", "web-1", "nginx:1.19", "/var/run", "a b", '"q"', "'q'", "{}", "[]", "0644"),
    *("1.5", "-1", "--f=x", "- x", "-", "--- x", "...", "./a", ".5", ".inf", ".nan", "on", "~", ""),
    *('""', "''", '"a\\n"', "'it''s'", '"a" b', '"a: b"', "'a # b'", "a  b", "a: b", "a :b", "a:b"),
    *(
        "a:",
        "a #c",
        "a#c",
        "#c",
        "x # c",
        "{a: b}",
        "[a]",
        "{} ",
        "{ }",
        "|",
        ">",
        "|-",
        "a |",
        "é",
    ),
    *("&x", "&a x", "*a", "!t x", "!!str 1", "@x", "`x", "%x", "a%", "$(X)", "(x)", "x,y", ",x"),
    *("=", "=x", "a=b", "? x", "2020-01-01", "1_000", "0b1", "1e3", "+1", "\t", "a\tb", "a\x7f"),
    *(" x", "x ", '"a', "'a", "1.2.3", "0x1F", "9223372036854775808", ".", "_", "-.5", "^a", "a;b"),
    *("[a, b]", '["a", b]', "[a,b ]", "[ a , 1]", "[a,]", "[,]", "[a b]", '["a,b"]', "[-a]"),
    *("[a: b]", "[*]", '[""]', "[a, [b]]", "[on]", "[.5]", "[a]x", "[a", "[a, #b]", " [a]", "[é]"),
)
ODD = (
    *("", " ", "    ", "\t", "\r", "# c", "#", "# \t", "  # é", "# \x07", "---", "...", "--- a"),
    *("%YAML 1.1", "- - x", "-  x", "-\tx", "- ", "-", "-a", "? x", ": x", "- # c", "- - a: b"),
    *("-   a: b", "a:b", "a:  # c", "a:\tb"),
)


def simple_lines(random: Random, column: int = 0, depth: int = 0) -> list[str]:
    """The lines of a mapping, most of them simple."""
    pad = " " * column
    lines = []
    for _ in range(random.randint(1, 3)):
        key = random.choice(KEYS[:10])
        kind = random.random()
        if kind < 0.55 or depth > 3:
            lines.append(
                f"{pad}{key}: {random.choice(VALUES[: random.choice((12, 12, 12, 12, len(VALUES)))])}"
            )
        elif kind < 0.65:
            lines.append(f"{pad}{key}:")
        elif kind < 0.85:
            below = column + random.choice((1, 2, 2, 2, 4))
            lines += [f"{pad}{key}:", *simple_lines(random, below, depth + 1)]
        else:
            lines.append(f"{pad}{key}:")
            dash = column + random.choice((0, 0, 2, 4))
            for _ in range(random.randint(1, 3)):
                entry = simple_lines(random, dash + 2, depth + 1)
                if random.random() < 0.4:
                    entry = [random.choice(VALUES)]
                lines += [f"{' ' * dash}- {entry[0].lstrip(' ')}", *entry[1:]]
    return lines


def any_line(random: Random) -> str:
    """A line that may stand anywhere and may mean anything."""
    if random.random() < 0.3:
        return random.choice(ODD)
    key, value = random.choice(KEYS), random.choice(VALUES)
    line = random.choice((f"{key}: {value}", f"{key}:", f"- {value}", f"- {key}: {value}"))
    return " " * random.choice((0, 0, 2, 2, 4, 1, 3)) + line


def document(random: Random) -> str:
    """A document, most often with a line that is out of place."""
    lines = simple_lines(random)
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        i = random.randrange(len(lines))
        lines[i : i + random.choice((0, 1))] = [any_line(random)]
        i = random.randrange(len(lines))
        lines[i] = random.choice((lines[i], f" {lines[i]}", lines[i].removeprefix(" ")))
    end = random.choice(("\n", "\n", "\r\n"))
    return end.join(lines) + random.choice(("\n", "\n\n", "\n  \n"))


def is_simple(text: str) -> bool:
    """Whether a text is read line by line; then it says the same to libyaml."""
    found = read_lines(text)
    if found is None:
        return False
    known: Any = read_events(text)
    assert tree(found) == tree(known), text
    return True


@settings(max_examples=2000)
@given(st.randoms(use_true_random=False))
def test_lines_say_what_they_say_to_libyaml(random: Random) -> None:
    """Or they are left to it."""
    is_simple(document(random))


@settings(max_examples=1000)
@given(st.lists(st.sampled_from((*ODD, *(f"a: {x}" for x in VALUES), *(f"{x}: b" for x in KEYS)))))
def test_lines_below_each_other(lines: list[str]) -> None:
    """Of all kinds, at the first column."""
    is_simple("\n".join((*lines, "")))


def test_many_are_simple() -> None:
    """The test above compares what is read, not only what is refused."""
    random = Random(1)
    assert sum(is_simple(document(random)) for _ in range(1000)) > 200
