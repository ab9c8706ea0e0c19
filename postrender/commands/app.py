"""
The Typer application: help, and the commands of the chart helper, each loaded when it is used.
"""

from __future__ import annotations

import gc
import inspect
import sys
from difflib import get_close_matches
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

import typer
from typer.main import get_command

from postrender.commands.arguments import takes
from postrender.commands.console import check_written, show, without_value
from postrender.commands.help import Command, Group, named
from postrender.commands.options import OPTIONS, parse
from postrender.commands.suggestions import split, suggestions
from postrender.errors import UsageError
from postrender.yamltext import libyaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Each is a function in the module of the same name, or that of `_MODULES`. The module may have
# EXAMPLES: pairs of a purpose and a command line, which the tests run.
COMMANDS = {
    "inspect": "Show the objects, containers and images that rules can change",
    "init": "Write first rules for a container of a chart",
    "import": "Write rules that do what kustomize patches do",
    "check": "Check rules files without a stream",
    "diff": "Show what the rules change in a stream",
    "explain": "Show for each rule what it changed, what it skipped, and why",
    "export": "Print the changes as kustomize patches, for Flux and others",
    "lock": "Look up in registries what images start, and write the lock file",
    "schema": "Print the JSON Schema of the rules file",
    "plugin": "Write the files that a host needs to run kmod-post",
    "completion": "Print the completion script for a shell",
}
# Commands whose name is a word of Python's: their module and function.
_MODULES = {"import": "import_rules"}
EXAMPLES = (
    ("apply the rules to a chart", "helm template web ./chart | kmod-post -f kmod.yaml"),
    ("show what rules can change", "helm template web ./chart | kmod-post inspect"),
    ("show what the rules change", "helm template web ./chart | kmod-post diff -f kmod.yaml"),
)
# Options that the root reads itself; all others before a command belong to the command.
_ROOTS_OWN = ("command", "log_file", "help", "version")
_INTERRUPTED = 130
# Typer's error for a wrong command line, whichever Click it comes with.
_Mistake: Any = typer.BadParameter.__mro__[1]


@takes(*(option.key for option in OPTIONS if option.key != "help"))
def kmod_post(given: dict[str, list[str]]) -> None:
    """
    Change any Helm chart and any container image without forking the chart or rebuilding the image.

    Reads rendered manifests from standard input, applies the rules of kmod.yaml, and writes the
    changed manifests to standard output. The commands help you to write and check rules.
    """


def run(argv: Sequence[str]) -> int:
    """
    Runs the chart helper with these arguments and returns its exit code. Raises KmodError.
    """
    gc.disable()  # as on the render path, and for the same reason
    libyaml.load()
    given = parse(argv)
    word, *rest = given.get("command", [""])
    if not word or "help" in given:
        return _call(_app(COMMANDS), ["--help"], "kmod-post")
    if word not in COMMANDS:
        raise UsageError(f'kmod-post: unknown command "{without_value(word)}"{_hint(word)}')
    words = [word, *_words(given), *map(_spelt_out, rest)]
    return _call(_app([word]), words, f"kmod-post {word}")


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
        run(["--help"])
    finally:
        sys.stdout = stdout


def _app(names: Iterable[str]) -> typer.Typer:
    """The application with these commands."""
    app = typer.Typer(
        cls=Group,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True, epilog=_shown(EXAMPLES))(kmod_post)
    for name in names:
        module = module_of(name)
        epilog = _shown(getattr(module, "EXAMPLES", ()))
        decorate = app.command(name, cls=Command, epilog=epilog, short_help=COMMANDS[name])
        decorate(function_of(name))
    return app


def module_of(command: str) -> Any:
    """The module of a command."""
    return import_module(f"postrender.commands.{_MODULES.get(command, command)}")


def function_of(command: str) -> Any:
    """The function of a command."""
    return getattr(module_of(command), _MODULES.get(command, command))


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
        return suggestions(root, [*map(_spelt_out, words)], last)
    rest += words[len(known) :]
    return suggestions(root.commands[name], [*_words(given), *map(_spelt_out, rest)], last)


def _shown(examples: Iterable[tuple[str, str]]) -> str | None:
    """Examples as the help shows them: the purpose, and below it the command."""
    return "\n".join(f"# {what}\n{command}" for what, command in examples) or None


def _words(given: dict[str, list[str]]) -> list[str]:
    """The options before the command, as arguments after it."""
    flags = {option.key: (option.flags[-1], option.metavar) for option in OPTIONS}
    return [
        f"{flags[key][0]}={value}" if flags[key][1] else flags[key][0]
        for key, values in given.items()
        if key not in _ROOTS_OWN
        for value in values
    ]


def _spelt_out(word: str) -> str:
    """`-f=FILE` as `--rules=FILE`, because Typer would read `-f=FILE` as the file `=FILE`."""
    flag, equals, value = word.partition("=")
    for option in OPTIONS:
        if equals and option.metavar and flag in option.flags:
            return f"{option.flags[-1]}={value}"
    return word


def _hint(word: str) -> str:
    near = get_close_matches(word, COMMANDS, n=1)
    return f'; did you mean "{near[0]}"?' if near else f"; there are {', '.join(COMMANDS)}"


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
