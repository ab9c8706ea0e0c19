"""
What the commands declare of their arguments and options, once: for the parser in `quick.py`, and
for Typer, whose import takes longer than most commands.
"""

from __future__ import annotations

from typing import Any

from postrender.value import Value


class Parameter(Value):
    """
    An argument or option: the flags of an option, empty for one that is called like its parameter;
    and what Typer is to know besides.
    """

    is_option: bool
    flags: tuple[str, ...]
    settings: dict[str, Any]


def option(*flags: str, **settings: Any) -> Any:
    """An option. The settings are those of `typer.Option`."""
    return Parameter(is_option=True, flags=flags, settings=settings)


def argument(**settings: Any) -> Any:
    """A positional argument. The settings are those of `typer.Argument`."""
    return Parameter(is_option=False, flags=(), settings=settings)
