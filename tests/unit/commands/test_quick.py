"""Commands that are called without Typer get what Typer would give them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from postrender.commands import app, quick
from postrender.commands.names import COMMANDS, function_of

WORDS = st.sampled_from(
    (
        *("-", "a.yaml", "b.yaml", "", "-f", "-f=c.yaml", "--rules", "--rules=d.yaml", "--rules="),
        *("--set", "--set=a=b", "a=b", "--strict", "--strict=x", "--color", "--color=never"),
        *(
            "--json",
            "--html",
            "--html=p.html",
            "--stat",
            "-y",
            "-ys",
            "--exit-code",
            "--",
            "--help",
        ),
        *("--all", "--images", "--format", "--format=json", "--flux", "--resources=r.yaml", "-1"),
        *("helm", "--to", "--to=x", "--format=markdown", "--rules-before=e.yaml", "--way=sidecar"),
        *("--show-scripts", "--default-namespace=x", "--lock", "--release", "--unknown", "-q"),
    )
)


def recorded(name: str) -> tuple[Any, list[dict[str, Any]]]:
    """A command with the arguments of another one that notes what it is called with."""
    calls: list[dict[str, Any]] = []

    def record(**values: Any) -> int:
        calls.append(values)
        return 0

    function = function_of(name)
    record.__signature__ = inspect.signature(function, eval_str=True)  # type: ignore[attr-defined]
    return record, calls


def by_typer(function: Any, words: list[str]) -> None:
    """Calls a command as the program does if `quick` leaves it to Typer."""
    root = typer.Typer(add_completion=False)
    root.command()(app.for_typer(function))
    root(args=words, standalone_mode=False)


@pytest.mark.parametrize("name", sorted(COMMANDS))
@settings(max_examples=150)
@given(st.data())
def test_quick_calls_agree_with_typer(name: str, data: st.DataObject) -> None:
    """Whatever the words: what is read without Typer is what Typer reads."""
    words = data.draw(st.lists(WORDS, max_size=5))
    function, calls = recorded(name)

    if quick.call(function, words) is not None:
        by_typer(function, words)

        ours, theirs = calls
        assert ours == theirs


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("diff", ["-f", "a.yaml", "--stat", "rendered.yaml"], id="diff"),
        pytest.param("explain", ["--html=page.html", "-f", "a.yaml", "-f", "b.yaml"], id="explain"),
        pytest.param("check", ["a.yaml", "b.yaml", "--format", "github"], id="check"),
        pytest.param("inspect", ["--all", "--json"], id="inspect"),
        pytest.param("export", ["--flux"], id="export"),
    ],
)
def test_plain_calls_are_quick(name: str, words: list[str]) -> None:
    """Usual command lines do not wait for Typer."""
    function, calls = recorded(name)

    assert quick.call(function, words) == 0
    assert len(calls) == 1


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--help"], id="help"),
        pytest.param(["--stta"], id="mistyped"),
        pytest.param(["--rules"], id="no value"),
        pytest.param(["a.yaml", "b.yaml"], id="two files"),
        pytest.param(["--stat=yes"], id="a value of a switch"),
        pytest.param(["--color", "--stat"], id="an option as value"),
    ],
)
def test_the_rest_is_left_to_typer(words: list[str]) -> None:
    """Help and mistakes are Typer's."""
    function, calls = recorded("diff")

    assert quick.call(function, words) is None
    assert not calls
