"""
The Typer application: help, and the commands of the chart helper, each loaded when it is used.
"""

from __future__ import annotations

import inspect
import sys
from difflib import get_close_matches
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

import typer
from typer.main import get_command

from postrender.commands.arguments import takes
from postrender.commands.console import check_written, show
from postrender.commands.help import Command, Group, named
from postrender.commands.names import COMMANDS, function_of, module_of, spelt_out, words_of
from postrender.commands.options import OPTIONS, parse
from postrender.commands.parameters import Parameter
from postrender.commands.suggestions import split, suggestions
from postrender.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

EXAMPLES = (
    ("apply the rules to a chart", "helm template web ./chart | kmod-post -f kmod.yaml"),
    ("show what rules can change", "helm template web ./chart | kmod-post inspect"),
    ("show what the rules change", "helm template web ./chart | kmod-post diff -f kmod.yaml"),
)
_INTERRUPTED = 130
# Typer's error for a wrong command line, whichever Click it comes with.
_Mistake: Any = typer.BadParameter.__mro__[1]


@takes(*(option.key for option in OPTIONS if option.key != "help"))
def kmod_post(given: dict[str, list[str]]) -> None:
    """
    Change any Helm chart and any container image without forking the chart or rebuilding the image.

    Reads rendered manifests (the stream) from standard input, applies the rules of kmod.yaml, and
    writes the changed manifests to standard output. The commands help you to write and check rules.
    """


def show_help() -> int:
    """Prints the help of the program, and returns the exit code."""
    return _call(_app(COMMANDS), ["--help"], "kmod-post")


def call(name: str, words: list[str]) -> int:
    """Calls a command, and returns its exit code. Raises KmodError."""
    return _call(_app([name]), [name, *words], f"kmod-post {name}")


def complete(line: str) -> int:
    """
    Prints the completions of a command line for a shell, and returns the exit code. `line` is the
    part before the cursor.
    """
    show("".join(f"{answer}\n" for answer in _answers(*split(line))))
    return 0


def help_on_stderr() -> None:
    """Prints the help to standard error, where nobody mistakes it for manifests."""
    stdout, sys.stdout = sys.stdout, sys.stderr
    try:
        show_help()
    finally:
        sys.stdout = stdout


def _app(names: Iterable[str]) -> typer.Typer:
    """The application with these commands."""
    app = typer.Typer(
        cls=Group,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        subcommand_metavar="[COMMAND] [ARGS]...",
    )
    app.callback(invoke_without_command=True, epilog=_shown(EXAMPLES))(for_typer(kmod_post))
    for name in names:
        module = module_of(name)
        epilog = _shown(getattr(module, "EXAMPLES", ()))
        decorate = app.command(name, cls=Command, epilog=epilog, short_help=COMMANDS[name])
        decorate(for_typer(function_of(name)))
    return app


def for_typer(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command as Typer takes it."""

    def command(**values: Any) -> Any:
        return function(**values)

    parameters = [
        parameter.replace(annotation=_annotation(parameter.annotation))
        for parameter in inspect.signature(function, eval_str=True).parameters.values()
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__doc__ = function.__doc__
    return command


def _annotation(annotation: Any) -> Any:
    """The annotation of a parameter, with Typer's own declaration."""
    declared = get_args(annotation)[-1] if get_origin(annotation) is Annotated else None
    if not isinstance(declared, Parameter):
        return annotation
    make = typer.Option if declared.is_option else typer.Argument
    return Annotated[get_args(annotation)[0], make(*declared.flags, **declared.settings)]


def _call(app: typer.Typer, words: list[str], name: str) -> int:
    try:
        code = app(args=words, prog_name="kmod-post", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except OSError as error:
        if "--help" not in words and "-h" not in words:
            raise
        check_written(error)  # the help is the one thing that Typer prints
        return 0
    except _Mistake as error:
        raise UsageError(f"{name}: {_sentence(error, words)}", f"{_way_out(error, name)}") from None
    if code == _INTERRUPTED:
        raise KeyboardInterrupt  # Typer has turned it into this exit code
    return code if isinstance(code, int) else 0


def _answers(words: list[str], last: str) -> list[str]:
    """The completions, as `suggestions` describes them. A shell cannot show messages."""
    # The last word may be an option that still waits for its value.
    known = words[:-1] if words and words[-1].startswith("-") else words
    try:
        given = parse(known)
    except UsageError:
        return []
    name, *rest = given.get("command", [""])
    if name and name not in COMMANDS:
        return []
    root: Any = get_command(_app([name] if name else COMMANDS))
    if not name:
        return suggestions(root, [*map(spelt_out, words)], last)
    rest += words[len(known) :]
    return suggestions(root.commands[name], [*words_of(given), *map(spelt_out, rest)], last)


def _shown(examples: Iterable[tuple[str, str]]) -> str | None:
    """Examples as the help shows them: the purpose, and below it the command."""
    return "\n".join(f"# {what}\n{command}" for what, command in examples) or None


def _sentence(error: Any, words: list[str]) -> str:
    """
    What is wrong with the arguments of a command. Click's own sentence differs between releases,
    and may quote a secret.
    """
    option = getattr(error, "option_name", None)
    if option and hasattr(error, "possibilities"):
        return f"{option}: unknown option"
    if option:
        has_value = any(word.startswith(f"{option}=") for word in words)
        return f"{option}: {'takes no value' if has_value else 'needs a value'}"
    parameter = getattr(error, "param", None)
    if parameter is None:
        return "it cannot be called like this"
    if hasattr(error, "param_type"):
        return f"{named(parameter)} is missing"
    choices = ", ".join(_choices(words[0], parameter.name))
    what = f"must be one of {choices}" if choices else "has a value that it cannot have"
    return f"{named(parameter)} {what}"


def _choices(command: str, parameter: str) -> list[str]:
    """The values that a parameter accepts, if its type is an enumeration."""
    function = function_of(command)
    annotation = inspect.signature(function, eval_str=True).parameters[parameter].annotation
    kind = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return [one.value for one in kind] if issubclass(kind, Enum) else []


def _way_out(error: Any, name: str) -> str:
    """What to do about it: the nearest option, or where all options are listed."""
    option = getattr(error, "option_name", None) or ""
    near = get_close_matches(option, getattr(error, "possibilities", None) or (), n=1)
    return f"did you mean {near[0]}?" if near else f"see {name} --help"
