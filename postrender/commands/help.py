"""
The text of `--help`: what a command is for, its options, examples. It is the same with every
release of Typer.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup

from postrender.commands.console import Screen, without_value
from postrender.errors import UsageError, printable

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_WIDTH = 100


class Command(TyperCommand):
    """A command with our help, and our message for too many arguments."""

    allow_extra_args = True  # for Click, so that parse_args below can refuse them

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads the arguments of the command. Raises UsageError if there is one too many."""
        extra = super().parse_args(ctx, args)
        if extra and not ctx.resilient_parsing:
            word = printable(without_value(extra[0]))
            raise UsageError(
                f'{ctx.command_path}: "{word}" is one argument too many',
                f"see {ctx.command_path} --help",
            )
        return extra

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help."""
        formatter.write(_help(self, ctx))


class Group(TyperGroup):
    """The root, with our help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help."""
        formatter.write(_help(self, ctx))


def _help(command: Any, ctx: Any) -> str:
    screen = Screen()
    screen.width = min(screen.width or _WIDTH, _WIDTH)
    parts: list[RenderableType] = []
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        parts += [_paragraph(paragraph), ""]
    usage = " ".join(command.collect_usage_pieces(ctx)).replace("[[", "[").replace("]]", "]")
    parts.append(f"Usage: {ctx.command_path} {usage}")
    commands = getattr(command, "commands", {})
    if commands:
        rows = [(name, found.get_short_help_str(_WIDTH)) for name, found in commands.items()]
        parts += ["", _heading("Commands"), _table(rows)]
    rows = [row for row in map(_row, command.get_params(ctx)) if row]
    parts += ["", _heading("Options"), _table(rows)]
    if command.epilog:
        parts += ["", _heading("Examples"), *map(_example, command.epilog.split("\n"))]
    return screen.draw(*parts)


def _paragraph(text: str) -> RenderableType:
    """Text to be wrapped; indented lines and commands stay as they are."""
    from rich.text import Text

    if text.startswith((" ", "kmod-post ", "helm ", "#")):
        lines = text.split("\n")
        indent = "" if text.startswith(" ") else "  "
        return Text("\n".join(indent + line for line in lines), style="place", no_wrap=True)
    return " ".join(text.split())


def _heading(text: str) -> RenderableType:
    from rich.text import Text

    return Text(f"{text}:", style="heading")


def _example(line: str) -> RenderableType:
    from rich.text import Text

    style = "quiet" if line.startswith("#") else "place"
    return Text(f"  {line}", style=style, no_wrap=True, overflow="ignore")


def named(parameter: Any) -> str:
    """What users call a parameter: `--to`, `FILE`."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper()).strip("[]")
    return str(max(parameter.opts, key=len))


def _row(parameter: Any) -> tuple[str, str] | None:
    """An option, or an argument with a help text, and what it means."""
    if not getattr(parameter, "help", None):
        return None
    if parameter.param_type_name == "argument":
        return named(parameter), parameter.help
    if "--help" in parameter.opts:
        return "-h, --help", "Print this help"
    flags = ", ".join(sorted(parameter.opts, key=len))
    metavar = "" if parameter.is_flag else f" {parameter.metavar or 'TEXT'}"
    return f"{flags}{metavar}", parameter.help


def _table(rows: list[tuple[str, str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, text in rows:
        table.add_row(Text(f"  {name}", style="place"), text)
    return table
