"""
Calls a command whose arguments are plain, without Typer: it takes longer to load than `diff` takes
for a chart. Everything else, the help and all mistakes among them, is Typer's.
"""

from __future__ import annotations

import inspect
from enum import Enum
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from postrender.commands.parameters import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def call(function: Callable[..., Any], words: Sequence[str]) -> int | None:
    """Calls a command with these arguments; its exit code, or None where Typer has to read them."""
    parameters = inspect.signature(function, eval_str=True).parameters
    values = _values(parameters, list(words))
    if values is None:
        return None
    code = function(**values)
    return code if isinstance(code, int) else 0


class _Known:
    """A parameter that this parser can read."""

    def __init__(self, name: str, parameter: inspect.Parameter) -> None:
        annotation = parameter.annotation
        kind, declared = (
            get_args(annotation) if get_origin(annotation) is Annotated else (None, None)
        )
        kinds = {*get_args(kind)} - {type(None)} if isinstance(kind, UnionType) else {kind}
        self.name = name
        self.default = parameter.default
        self.is_option = isinstance(declared, Parameter) and declared.is_option
        self.is_switch = kinds == {bool}
        self.is_many = kinds == {list[str]}
        flags = declared.flags if isinstance(declared, Parameter) else ()
        self.flags = flags or (f"--{name.replace('_', '-')}",)
        [choices] = kinds if len(kinds) == 1 else [None]
        self.choices = choices if isinstance(choices, type) and issubclass(choices, Enum) else None
        is_plain = self.is_switch or self.is_many or kinds == {str} or self.choices is not None
        self.is_known = (
            isinstance(declared, Parameter) and is_plain and not (self.is_switch and not flags)
        )


def _values(parameters: Mapping[str, inspect.Parameter], words: list[str]) -> dict[str, Any] | None:
    """The arguments by the names of their parameters; None where it takes more to read them."""
    every = [_Known(name, parameter) for name, parameter in parameters.items()]
    if not all(one.is_known for one in every):
        return None
    options = {flag: one for one in every if one.is_option for flag in one.flags}
    arguments = [one for one in every if not one.is_option]
    found: dict[str, Any] = {}
    while words:
        word = words.pop(0)
        flag, equals, value = word.partition("=")
        if word[:1] != "-" or word == "-":
            if not arguments:
                return None
            known, value = arguments[0], word
            if not known.is_many:
                arguments.pop(0)
        elif (option := options.get(flag)) is None or (equals and flag[:2] != "--"):
            return None
        else:
            known = option
            if known.is_switch:
                if equals:
                    return None
                found[known.name] = True
                continue
            if not equals:
                if not words or (words[0][:1] == "-" and words[0] != "-"):
                    return None
                value = words.pop(0)
        if known.choices is not None:
            if value not in [one.value for one in known.choices]:
                return None
            found[known.name] = known.choices(value)
        elif known.is_many:
            found.setdefault(known.name, []).append(value)
        else:
            found[known.name] = value
    missing = {one.name: one.default for one in every if one.name not in found}
    return None if inspect.Parameter.empty in missing.values() else {**missing, **found}
