"""
Old text and new data to new text: each style of YAML that Helm accepts, and what an edit makes of
it.

The cases are in `rewrites/`, to be read there: the text before, the data that is meant, the text
after to the letter, and the paths of what had to be printed anew. That Go reads the data out of
that text is asked of Go itself.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from laws import Rewritten, broken, misread, rewritten
from oracle import GoReader

from postrender.yamltext.reader import read
from postrender.yamltext.rewrite import RewriteError, rewrite


class Case(NamedTuple):
    """A case of `rewrites/`."""

    name: str
    before: str
    data: Any
    after: str
    anew: list[list[str | int]] = []  # noqa: RUF012 - never changed

    def done(self) -> Rewritten:
        """What the rewrite makes of it."""
        return rewritten(self.before, lambda _: self.data)


def cases() -> list[Any]:
    """All cases as parameters, named after their file and themselves."""
    found = []
    for file in sorted((Path(__file__).parent / "rewrites").glob("*.yaml")):
        root = read(file.read_text())
        assert root is not None
        found += [
            pytest.param(Case(**case), id=f"{file.stem}: {case['name']}") for case in root.data
        ]
    return found


in_every_case = pytest.mark.parametrize("case", cases())


@in_every_case
def test_changes_only_what_must_change(case: Case) -> None:
    """
    What changes is written in the style of what is there, all else keeps its bytes; where that
    cannot be, the smallest node around it is printed anew, and said.
    """
    done = case.done()
    assert done.after == case.after
    assert [list(path) for path in done.reformatted] == case.anew


@in_every_case
def test_the_same_data_is_the_same_text(case: Case) -> None:
    """Data that says the same, in whatever order of keys, leaves every byte as it is."""
    done = rewritten(
        case.before, lambda data: {key: copy.deepcopy(data[key]) for key in reversed(data)}
    )
    assert (done.after, done.reformatted) == (case.before, [])


@in_every_case
def test_holds_the_laws(case: Case) -> None:
    """No line is lost that the change does not concern; a second rewrite changes nothing."""
    assert broken(case.done()) is None


def test_go_reads_what_was_meant(go: GoReader) -> None:
    """Helm 3 and kubectl read the data that was meant out of every text."""
    assert misread([param.values[0].done() for param in cases()], go) == []


# Text, what stands in another document, data meant, text after.
OUTER = [
    pytest.param(
        "data: *x\n", "a: &x {k: v}\n", {"data": {"k": "v"}}, "data:\n  k: v\n", id="value"
    ),
    pytest.param(
        "data:\n  <<: *x\n  l: w\n",
        "a: &x {k: v}\n",
        {"data": {"k": "v", "l": "w"}},
        "data:\n  k: v\n  l: w\n",
        id="merge key",
    ),
    pytest.param(
        "l:\n- *x # why\n- b\n", "a: &x a\n", {"l": ["a", "b"]}, "l:\n- a # why\n- b\n", id="item"
    ),
    pytest.param(
        "a: *x\nb: 1\n", "a: &x 1\n", {"a": 1, "b": 2}, "a: 1\nb: 2\n", id="with a change"
    ),
    pytest.param(
        "a: *x\nb: &x 2\nc: *x\n",
        "a: &x 1\n",
        {"a": 1, "b": 2, "c": 2},
        "a: 1\nb: &x 2\nc: *x\n",
        id="beside an anchor of its own",
    ),
]


@pytest.mark.parametrize(("text", "other", "new", "after"), OUTER)
def test_aliases_to_other_documents_are_written_out(
    text: str, other: str, new: Any, after: str
) -> None:
    """An alias whose anchor stands in another document says nothing where it is."""
    elsewhere = read(other)
    assert elsewhere is not None
    outer = {"x": elsewhere.pairs[0][1]}  # type: ignore[attr-defined]
    root = read(text, outer)
    assert root is not None
    assert rewrite(text, root, new, outer)[0] == after


@pytest.mark.parametrize(
    "new",
    [
        pytest.param({"a": "\ud800"}, id="half a surrogate pair"),
        pytest.param({"k" * 1025: 1}, id="a key that no reader takes"),
        pytest.param({"a": 2**64}, id="a whole number beyond what Go reads as one"),
        pytest.param({"a": float("inf")}, id="infinity"),
    ],
)
def test_what_yaml_cannot_say_is_refused(new: Any) -> None:
    """No text is better than one that says something else."""
    with pytest.raises(RewriteError, match="cannot be changed safely"):
        rewritten("a: 1\n", lambda _: new)
