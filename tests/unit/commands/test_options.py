from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrender.commands.options import OPTIONS, parse
from postrender.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

FLAGS = sorted(flag for option in OPTIONS for flag in option.flags)


@pytest.mark.parametrize(
    ("argv", "given"),
    [
        pytest.param([], {}, id="nothing"),
        pytest.param(["-f", "a"], {"rules": ["a"]}, id="short"),
        pytest.param(["-fa"], {"rules": ["a"]}, id="short, joined"),
        pytest.param(["-f=a"], {"rules": ["a"]}, id="short, equals sign, as Helm's own"),
        pytest.param(["--rules", "a"], {"rules": ["a"]}, id="long"),
        pytest.param(["-f=a b"], {"rules": ["a b"]}, id="a blank in a value"),
        pytest.param(["--rules=a=b"], {"rules": ["a=b"]}, id="long, equals sign"),
        pytest.param(["--rules="], {"rules": [""]}, id="an empty value"),
        pytest.param(["-f", "a", "--rules", "b", "-fc"], {"rules": ["a", "b", "c"]}, id="repeated"),
        pytest.param(["-f", "-q"], {"rules": ["-q"]}, id="a value that looks like an option"),
        pytest.param(["-f", "-"], {"rules": ["-"]}, id="a dash for a value"),
        pytest.param(["-q", "-v"], {"quiet": [""], "verbose": [""]}, id="switches"),
        pytest.param(["-qv"], {"quiet": [""], "verbose": [""]}, id="switches, joined"),
        pytest.param(["-qvfa"], {"quiet": [""], "verbose": [""], "rules": ["a"]}, id="all joined"),
        pytest.param(["-qq"], {"quiet": ["", ""]}, id="a switch twice"),
        pytest.param(["", "-q", ""], {"quiet": [""]}, id="empty words, as Helm may pass them"),
        pytest.param(["check", "-f", "a"], {"command": ["check", "-f", "a"]}, id="a command"),
        pytest.param(
            ["-q", "check", "-h"],
            {"quiet": [""], "command": ["check", "-h"]},
            id="options before a command",
        ),
        pytest.param(["--set", "a=b", "--set=c=d"], {"set": ["a=b", "c=d"]}, id="--set"),
        pytest.param(["-h"], {"help": [""]}, id="help"),
        pytest.param(["--version"], {"version": [""]}, id="version"),
    ],
)
def test_parse(argv: list[str], given: dict[str, list[str]]) -> None:
    """Words become options with their values in order."""
    assert parse(argv) == given


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        pytest.param(["--rulez"], "--rulez: unknown option; did you mean --rules?", id="misspelt"),
        pytest.param(
            ["--rulez=a"], "--rulez: unknown option; did you mean --rules?", id="with a value"
        ),
        pytest.param(["--x"], "--x: unknown option; see kmod-post --help", id="nothing near"),
        pytest.param(["-x"], "-x: unknown option", id="short"),
        pytest.param(["-qx"], "-x: unknown option", id="short, joined"),
        pytest.param(["--"], "--: unknown option", id="two dashes"),
        pytest.param(["-f"], "-f: needs a value; write -f FILE", id="no value"),
        pytest.param(
            ["-f a.yaml"],
            "'-f FILE' arrived as one argument; write -f=FILE",
            id="two words in one",
        ),
        pytest.param(
            ["--set a=b c"],
            "'--set KEY=VALUE' arrived as one argument; write --set=KEY=VALUE",
            id="two words in one, long",
        ),
        pytest.param(
            ["--rules"], "--rules: needs a value; write --rules FILE", id="no value, long"
        ),
        pytest.param(
            ["--quiet=yes"],
            "--quiet: takes no value; write --quiet alone",
            id="a value for a switch",
        ),
        pytest.param(
            ["--log-file", "a", "--log-file=b"],
            "--log-file: given more than once; keep one",
            id="twice",
        ),
    ],
)
def test_mistakes(argv: list[str], message: str) -> None:
    """A wrong option is said with what to write."""
    with pytest.raises(UsageError) as caught:
        parse(argv)

    assert str(caught.value).startswith(message)


def test_options_are_declared_once() -> None:
    """No flag and no key comes twice; every option has a help that does not end like a sentence."""
    assert len(set(FLAGS)) == len(FLAGS)
    assert len({option.key for option in OPTIONS}) == len(OPTIONS)
    assert all(option.help and not option.help.endswith(".") for option in OPTIONS)


# The parser is for the render path; behind a command Typer reads the same options. Both must
# understand the same words alike.


def by_typer(argv: Sequence[str]) -> dict[str, Any] | None:
    """The options as a command gets them from Typer; None where it refuses them."""
    import typer

    from postrender.commands.app import for_typer
    from postrender.commands.arguments import takes

    found: list[dict[str, list[str]]] = []
    app = typer.Typer(add_completion=False)

    @app.command(context_settings={"help_option_names": []})
    @for_typer
    @takes(*(option.key for option in OPTIONS if option.key != "help"))
    def command(given: dict[str, list[str]]) -> None:
        found.append(given)

    with contextlib.redirect_stderr(None):
        try:
            app(args=list(argv), standalone_mode=False)
        except Exception:  # noqa: BLE001 - it has a private tree of errors
            return None
    return found[0]


def by_parse(argv: Sequence[str]) -> dict[str, Any] | None:
    """The options as the render path reads them; a switch given twice is as once."""
    try:
        given = parse(argv)
    except UsageError:
        return None
    switches = {option.key for option in OPTIONS if not option.metavar}
    return {key: value[:1] if key in switches else value for key, value in given.items()}


WORDS = st.one_of(
    st.sampled_from([flag for flag in FLAGS if flag not in ("-h", "--help")]),
    st.sampled_from(["-qv", "-vq", "-qf", "-vfx", "-fx", "--rules=a=b", "--set=", "--verbos"]),
    st.sampled_from(["--log-file=x", "--default-namespace=y", "--quiet=1", "-qx", "--set=a=b,c"]),
)
VALUES = st.text("abc=.,-", min_size=1, max_size=4).filter(lambda text: not text.startswith("-"))


@given(st.lists(st.tuples(WORDS, VALUES), max_size=4))
def test_typer_reads_the_same(pairs: list[tuple[str, str]]) -> None:
    """Options mean the same with and without a command behind them."""
    argv: list[str] = []
    for word, value in pairs:
        takes = any(word in option.flags and option.metavar for option in OPTIONS)
        argv += [word, value] if takes or word == "-qf" else [word]
    once = [option.key for option in OPTIONS if option.metavar and not option.many]
    keys = [
        option.key for word in argv for option in OPTIONS if word.partition("=")[0] in option.flags
    ]
    if any(keys.count(key) > 1 for key in once):
        return  # Typer takes the last one, we refuse it

    assert by_parse(argv) == by_typer(argv)
