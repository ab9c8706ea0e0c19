"""Each row is a command line, the flags that a rule asks for, and what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrender.kubernetes.entries import MergeError
from postrender.kubernetes.flags import is_shell_script, with_flags

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postrender.data import Path


def changed(words: list[str], flags: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The words after `$flags`, and the flags that found nothing."""
    missing: list[str] = []

    def tell(path: Path, *, is_found: bool, there: Iterable[str] = ()) -> None:
        del there
        missing.extend([] if is_found else [str(path[-1])])

    return with_flags(words, flags, ("$flags",), tell), missing


@pytest.mark.parametrize(
    ("words", "flags", "expected"),
    [
        pytest.param("--a=1 --b=2", {"--a": "3"}, "--a=3 --b=2", id="in place"),
        pytest.param("--a 1 --b", {"--a": "3"}, "--a 3 --b", id="the word behind it"),
        pytest.param("--a --b", {"--a": "3"}, "--a=3 --b", id="a bare flag has no word behind it"),
        pytest.param("run --a", {"--a": "3"}, "run --a=3", id="a bare flag at the end"),
        pytest.param("--a=1", {"--b": "2"}, "--a=1 --b=2", id="new"),
        pytest.param("", {"--b": "2"}, "--b=2", id="new in an empty list"),
        pytest.param("--a 1", {"--b": "2"}, "--a 1 --b 2", id="new as two words"),
        pytest.param("--a 1 --c=3", {"--b": "2"}, "--a 1 --c=3 --b=2", id="new, both forms there"),
        pytest.param("--a=1 -- x", {"--b": "2"}, "--a=1 --b=2 -- x", id="before a bare --"),
        pytest.param("-- --a=1", {"--a": "2"}, "--a=2 -- --a=1", id="nothing behind it is touched"),
        pytest.param("--a=1 --a=2", {"--a": ["2", "3"]}, "--a=2 --a=3", id="repeated"),
        pytest.param("--a=1 --b", {"--a": ["1", "3"]}, "--a=1 --a=3 --b", id="one more"),
        pytest.param("--a 1 --b", {"--a": ["1", "3"]}, "--a 1 --a 3 --b", id="one more, as words"),
        pytest.param("--a=1 --b --a=2", {"--a": ["2"]}, "--a=2 --b", id="one less"),
        pytest.param("--b", {"--a": ["1", "2"]}, "--b --a=1 --a=2", id="new and repeated"),
        pytest.param("--b", {"--a": True}, "--b --a", id="a new bare flag"),
        pytest.param("--a run", {"--a": True}, "--a run", id="a bare flag that is there"),
        pytest.param("--a=false run", {"--a": True}, "--a run", id="switched on"),
        pytest.param("--a=true", {"--a": True}, "--a=true", id="on already"),
        pytest.param("--a run", {"--a": False}, "--a=false run", id="switched off"),
        pytest.param("--a=true", {"--a": False}, "--a=false", id="switched off in place"),
        pytest.param("run", {"--a": False}, "run --a=false", id="off is new"),
        pytest.param("--a=1 --b", {"--a": None}, "--b", id="taken out"),
        pytest.param("--a --b", {"--a": None}, "--b", id="a bare flag before a flag"),
        pytest.param("--b --a", {"--a": None}, "--b", id="a bare flag at the end goes"),
        pytest.param("--a=1 --b --a=2", {"--a": None}, "--b", id="all of them"),
        pytest.param("--ab=1", {"--a": "2"}, "--ab=1 --a=2", id="another flag that begins like it"),
        pytest.param("--a=x=y", {"--a": "z=w"}, "--a=z=w", id="values with ="),
    ],
)
def test_flags(words: str, flags: dict[str, Any], expected: str) -> None:
    """A command line as the flags want it; a second run changes nothing."""
    new, missing = changed(words.split(), flags)
    assert (new, missing) == (expected.split(), [])
    again = {name: value for name, value in flags.items() if value is not None}
    assert changed(new, again) == (new, [])


@pytest.mark.parametrize(
    ("words", "flags", "message"),
    [
        pytest.param("--a=1 --a=2", {"--a": "3"}, "give all its values as a list", id="repeated"),
        pytest.param(
            "--a 1", {"--a": None}, r"$remove: [[--a, WORD]] to take out both", id="a value?"
        ),
        pytest.param("-a=1", {"--a": "2"}, 'there is "-a", not "--a"', id="dashes"),
        pytest.param("--no-a", {"--a": True}, 'there is "--no-a", not "--a"', id="no-"),
        pytest.param("--a", {"--no-a": True}, 'there is "--a", not "--no-a"', id="without no-"),
        pytest.param("--logLevel=1 --log-level=2", {"--loglevel": None}, "--log-level", id="near"),
    ],
)
def test_nothing_is_guessed(words: str, flags: dict[str, Any], message: str) -> None:
    """What words alone cannot tell is an error, at the flag."""
    with pytest.raises(MergeError) as raised:
        changed(words.split(), flags)
    assert message in str(raised.value)
    assert raised.value.path == ("$flags", next(iter(flags)))


def test_a_flag_that_is_not_there_is_told() -> None:
    """A flag to take out that is not there is reported."""
    assert changed(["--b"], {"--a": None}) == (["--b"], ["--a"])


def test_an_unchanged_list_is_the_same_object() -> None:
    """Nothing is copied where nothing changes."""
    words = ["--a=1", "--b"]
    assert changed(words, {"--a": "1", "--b": True})[0] is words


WORDS = st.lists(st.sampled_from(["--a", "--b", "--a=1", "--b=2", "run", "x", "--", "-c"]))
VALUES = st.one_of(
    st.booleans(), st.sampled_from(["1", "2", "x=y"]), st.lists(st.sampled_from(["1", "2"]))
)


@given(WORDS, st.dictionaries(st.sampled_from(["--a", "--b"]), VALUES, min_size=1))
def test_a_second_run_changes_nothing(words: list[str], flags: dict[str, Any]) -> None:
    """Other words stay in their order, nothing behind `--` is touched."""
    try:
        new, _ = changed(words, flags)
    except MergeError:
        return
    assert changed(new, flags) == (new, [])
    if "--" in words:
        behind = words[words.index("--") :]
        assert new[-len(behind) :] == behind


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sh", "-c", "x"], True),
        (["/bin/bash", "-ec", "x"], True),
        (["/bin/sh", "-e", "-c", "x"], True),
        (["busybox", "sh", "-c", "x"], True),
        (["/tini", "--", "sh", "-c", "x"], True),
        (["sh", "/run.sh"], False),
        (["/app", "-c", "conf"], False),
        (["bash", "--rcfile", "x"], False),
        ([], False),
    ],
)
def test_shells(words: list[str], expected: bool) -> None:
    """A shell with a script is known by its words."""
    assert is_shell_script(words) is expected


@pytest.mark.parametrize(
    ("words", "flag", "wanted"),
    [
        pytest.param("--cpu-request=1 --x", "--cpu-reqest", ["--cpu-request"], id="with a value"),
        pytest.param("--cpu-request 1", "--cpu-reqest", ["--cpu-request"], id="bare"),
        pytest.param("--cpu=1 --memory=2", "--reload", [], id="none is near"),
        pytest.param("-- --cpu-request", "--cpu-reqest", [], id="no flag"),
        pytest.param("-psecret --word", "-psecre", [], id="a short one may hold its value"),
    ],
)
def test_a_flag_to_take_out_that_is_mistyped(words: str, flag: str, wanted: list[str]) -> None:
    """The one that is near is named, without its value."""
    told: list[list[str]] = []

    def tell(_path: Path, *, is_found: bool, there: Iterable[str] = ()) -> None:
        assert not is_found
        told.append([*there])

    with_flags(words.split(), {flag: None}, ("$flags",), tell)
    assert told == [wanted]
