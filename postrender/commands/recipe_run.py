"""The rules of a recipe for a stream, tried on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.commands.answers import known_of
from postrender.commands.recipe_text import Case, filled, layer_file, rules_text
from postrender.commands.unreached import unreached
from postrender.commands.written import Written, any_argv
from postrender.engine.inputs import rules_of
from postrender.engine.run import run
from postrender.errors import ExpectationError, KmodError, message
from postrender.rules.layers import read_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postrender.commands.prompts import Asker
    from postrender.commands.recipes import Recipe
    from postrender.errors import Message
    from postrender.stream.text import Stream


def by_recipe(
    recipe: Recipe, stream: Stream, given: Mapping[str, str], to: str, asker: Asker
) -> Written:
    """
    The files of a recipe; `to` is the name of the first, `given` are the answers of the command
    line. What rules the recipe permits is accepted where the stream has it. Raises KmodError.
    """
    known = known_of(recipe, stream, given, asker)
    found: dict[str, list[str]] = {}
    case = Case(recipe, known, stream, to, found)
    for _ in range(2):  # the second time with what the first has found
        files = {to: rules_text(case)}
        if recipe.layer:
            ending, template = recipe.layer
            files[layer_file(case, ending)] = filled(case, template)
        layers = [read_values(text, path) for path, text in files.items()]
        try:
            result = run(stream, rules_of(layers), argv_of=any_argv)
        except ExpectationError as error:
            what = error.messages[0].replaced(rule="").what
            hint = "correct the answers, or " if recipe.asks else ""
            raise KmodError(
                f"--recipe {recipe.name}: it does not fit the stream: {what}",
                f'{hint}choose another recipe, see "kmod-post init --list"',
            ) from None
        except KmodError as error:
            raise KmodError(_of_recipe(recipe, one, files) for one in error.messages) from None
        for warning in result.warnings:
            found.setdefault(warning.rule, []).append(warning.id)
    after = ["lock"] if "# original:" in files[to] else [*recipe.after]
    remarks = [*known.remarks, *unreached(recipe, stream)]
    return Written(files, after, remarks, result.warnings, is_idle=not result.changes)


def _of_recipe(recipe: Recipe, one: Message, files: Mapping[str, str]) -> Message:
    """A failure of rules that are not written, without their place in the file."""
    if not one.where or one.where.file not in files:
        return one
    return message(f"--recipe {recipe.name}: {one.replaced(rule='').what}", one.advice)
