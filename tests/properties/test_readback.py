"""What is read back of edited text, in its lines alone, is what the whole text says."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from changes import all_applied, some_changes
from hypothesis import given, settings
from hypothesis import strategies as st
from styles import some_styles, write

from postrender.data import same
from postrender.yamltext.editor import edits_between
from postrender.yamltext.positions import NotInPlace, apply
from postrender.yamltext.readback import reads_back
from postrender.yamltext.reader import ReadError, read
from postrender.yamltext.scalars import resolve
from postrender.yamltext.writer import Style

OBJECT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web", "tier": "front"}, "annotations": {"a": "b c"}},
    "spec": {
        "replicas": 1,
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "nginx:1",
                        "args": ["--level=1", "plain words in a line", "x\ny\n"],
                        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "text\n\n"}],
                    },
                    {"name": "log", "image": "busybox", "command": ["sh", "-c", "echo a\nsleep 1\n"]},
                ],
                "volumes": [{"name": "v", "emptyDir": {}}],
            },
        },
    },
}  # fmt: skip


def quick(random: Random) -> bool | None:
    """
    Changes an object in a random style at random. Whether its lines alone were enough to read it
    back; None where it could not be edited in place. Fails where they told something wrong.
    """
    text = write(OBJECT, random, some_styles(random))
    text = text if text.endswith("\n") else f"{text}\n"
    try:
        root = read(text)
    except ReadError:  # an earlier entry of a key that is there twice may be nonsense
        return None
    assert root is not None
    new = all_applied(root.data, some_changes(root.data, random, random.choice((1, 1, 2, 3))))
    try:
        edits, _ = edits_between(Style(text, root), root, new, (), set())
        result = apply(text, edits)
    except (NotInPlace, ValueError):
        return None
    told = reads_back(text, root, new, edits, result, resolve)
    # Edits that are spoiled must not be told to be right.
    spoiled = [
        (start, end, f"{new_text}{random.choice(SPOILS)}", at) for start, end, new_text, at in edits
    ]
    for each, says in (
        (result, told),
        (broken := apply(text, spoiled), reads_back(text, root, new, spoiled, broken, resolve)),
    ):
        if says:
            try:
                found = read(each)
            except ReadError as error:
                raise AssertionError(f"{error}: {each!r}") from None
            assert found is not None
            assert same(found.data, new), each
    return told


SPOILS = (
    "",
    " ",
    "\n",
    "x",
    ": y",
    "\n  - z",
    "\n    k: v\n",
    "# c",
    "\n# c\n",
    "'",
    '"',
    "|",
    "\n\n",
    "- ",
    "\t",
    "[",
    "}",
)


@settings(max_examples=300)
@given(st.integers(0, 2**32))
def test_what_lines_tell_is_what_the_text_says(seed: int) -> None:
    """Whatever the style and the change, also where the edits are not what was meant."""
    quick(Random(seed))


def test_most_edits_are_read_back_in_their_lines() -> None:
    """In usual styles too few exceptions to notice."""
    told = [quick(Random(seed)) for seed in range(300)]

    assert sum(one is True for one in told) > 60


@pytest.mark.parametrize(
    ("text", "new", "is_told"),
    [
        pytest.param("a:\n  b: 1\n  c: x\n", {"a": {"b": 2, "c": "x"}}, True, id="a value"),
        pytest.param("a:\n  b: 1\n# c\nd: 2\n", {"a": {"b": 1, "e": 3}, "d": 2}, True, id="an entry"),
        pytest.param("a:\n  b: |\n    x\n\n  c: 1\n", {"a": {"b": "x\n", "d": 0, "c": 1}}, True, id="an entry below a block scalar"),
        pytest.param("a:\n  b: 1\n  c: x\n", {"a": {"b": 1}}, True, id="an entry less"),
        pytest.param("a:\n  - b\n  - c\n", {"a": ["b", "c", "d"]}, True, id="an item"),
        pytest.param("a:\n  - b: 1\n    c: x\n  - d\n", {"a": [{"b": 1, "c": "y"}, "d"]}, True, id="an entry of an item"),
        pytest.param("a:\n  - b: 1\n    c: x\n  - d\n", {"a": [{"b": 2, "c": "x"}, "d"]}, True, id="what follows a dash"),
        pytest.param("a:\n- b\n- c\n", {"a": ["b", "d"]}, False, id="a list at the first column"),
        pytest.param("a: {b: 1, c: x}\n", {"a": {"b": 2, "c": "x"}}, False, id="a flow mapping"),
        pytest.param("a:\n  b: &x 1\n  c: x\nd: *x\n", {"a": {"b": 2, "c": "x"}, "d": 1}, False, id="an anchor"),
        pytest.param("a:\n  b: 1\n  b: 2\n", {"a": {"b": 3}}, False, id="a name twice"),
    ],
)  # fmt: skip
def test_small_texts(text: str, new: Any, is_told: bool) -> None:
    """What is told of these, and what is left to reading all."""
    root = read(text)
    assert root is not None
    kept = {
        name: root.data[name] if same(value, root.data[name]) else value
        for name, value in new.items()
    }
    edits, _ = edits_between(Style(text, root), root, kept, (), set())

    assert reads_back(text, root, kept, edits, apply(text, edits), resolve) is is_told
