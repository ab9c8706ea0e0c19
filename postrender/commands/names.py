"""The commands of the chart helper by their names, and the words that they are called with."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from postrender.commands.options import OPTIONS

# Each is a function in the module of the same name, or that of `_MODULES`. The module may have
# EXAMPLES: pairs of a purpose and a command line, which the tests run.
COMMANDS = {
    "inspect": "Show the objects, containers and images that rules can change",
    "init": "Write first rules for a chart, in one of four ways or by a recipe",
    "import": "Write rules that do what kustomize patches do",
    "check": "Check rules files; needs no manifests",
    "diff": "Show what the rules change",
    "explain": "Show for each rule what it changed, what it skipped, and why",
    "compare": "Show what a chart's next version means for the rules",
    "export": "Print the changes as kustomize patches, for hosts such as Flux",
    "lock": "Read from registries what images start, and write the lock file",
    "schema": "Print the JSON Schema of the rules file",
    "plugin": "Write the files that a host needs to run kmod-post",
    "completion": "Print the completion script for a shell",
}
# Commands whose name is a word of Python's: their module and function.
_MODULES = {"import": "import_rules"}
# Options that the root reads itself; all others before a command belong to the command.
_ROOTS_OWN = ("command", "log_file", "help", "version")


def words_of(given: dict[str, list[str]]) -> list[str]:
    """The options before the command, as arguments after it."""
    flags = {option.key: (option.flags[-1], option.metavar) for option in OPTIONS}
    return [
        f"{flags[key][0]}={value}" if flags[key][1] else flags[key][0]
        for key, values in given.items()
        if key not in _ROOTS_OWN
        for value in values
    ]


def spelt_out(word: str) -> str:
    """`-f=FILE` as `--rules=FILE`, because Typer would read `-f=FILE` as the file `=FILE`."""
    flag, equals, value = word.partition("=")
    for option in OPTIONS:
        if equals and option.metavar and flag in option.flags:
            return f"{option.flags[-1]}={value}"
    return word


def module_of(command: str) -> Any:
    """The module of a command."""
    return import_module(f"postrender.commands.{_MODULES.get(command, command)}")


def function_of(command: str) -> Any:
    """The function of a command."""
    return getattr(module_of(command), _MODULES.get(command, command))
