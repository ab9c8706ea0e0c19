"""What `kmod-post init --list` prints: all recipes, or what one of them does and asks."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from postrender.commands.recipes import GROUPS, OF_STREAM, recipes
from postrender.commands.texts import example_of, wanted

if TYPE_CHECKING:
    from postrender.commands.recipes import Ask, Recipe

_WIDTH = 96


def listing() -> str:
    """All recipes, a line for each, by group."""
    width = max(map(len, recipes()))
    lines = []
    for group in GROUPS:
        lines += [group]
        lines += [
            f"  {one.name:{width}}  {one.summary}"
            for one in recipes().values()
            if one.group == group
        ]
        lines += [""]
    lines += ["What one of them does and asks: kmod-post init --list --recipe NAME"]
    return "\n".join(lines) + "\n"


def about(recipe: Recipe) -> str:
    """What a recipe does, when not to use it, and what it asks, as options of `init`."""
    rows = [row for ask in recipe.asks for row in _rows(ask)]
    width = max((len(option) for option, _ in rows), default=0)
    asks = [f"  {option:{width}}  {text}" for option, text in rows]
    lines = [
        recipe.name,
        *_wrapped(f"{recipe.summary}."),
        "",
        "When not to use it:",
        *_wrapped(recipe.when_not),
        "",
        *(["What it asks:", *asks] if asks else ["It asks nothing."]),
    ]
    return "\n".join(lines) + "\n"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )


def _rows(ask: Ask) -> list[tuple[str, str]]:
    """What is asked, as options of `init`, each with the question."""
    if ask.of in OF_STREAM:
        workload = ("--workload KIND/NAME", "The object to change; default: the only one")
        container = ("--container NAME", "The container to change; default: the only one")
        return [workload] if ask.of == "workload" else [workload, container]
    if ask.of[0].isupper():
        return [(f"--answer {ask.name}=VALUE", f"The {ask.of} to change; default: the only one")]
    option = f"--answer {ask.name}=VALUE"
    if ask.default:
        return [(option, f"{ask.question}; default: {ask.default}")]
    example = example_of(ask)
    return [(option, f"{ask.question}{f', such as {example}' if example else f': {wanted(ask)}'}")]
