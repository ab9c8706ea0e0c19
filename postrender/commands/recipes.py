"""
The recipes: rules for jobs as people name them, each a file of `postrender/recipes/`. They are the
one source of docs/recipes.md and of `kmod-post init --recipe`.

A recipe is a mapping:

    heading    the job; in lower case with `-` the recipe's name, and the name of its file
    group      where docs/recipes.md and `init --list` show it, one of GROUPS
    summary    what the rules do, in one line
    when-not   when not to use it
    asks       what it must know of the user, see `answers.py`; in the order of the questions
    kinds      the kinds of workloads that it is for; all if it does not say
    unless     the kinds of objects that a workload must not be selected by, such as an autoscaler
    objects    the kinds of other objects that it is for, of which the stream must have one
    names      names that it gives to what it adds: made free in the pod of the stream at hand
    accepts    findings that rules may accept, each with a comment; written where a run has them
    rules      the rules file, with `{{…}}` for what is filled in, see `recipe_text.py`
    layer      a second file, for a recipe that needs one: its name's ending and its rules
    example    what docs/recipes.md shows: the chart's name, its render (in the corpus, or in
               `charts/`), and answers
    after      the commands to run next, before `diff`
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from postrender.errors import UsageError
from postrender.yamltext.reader import read

# In the order of docs/recipes.md.
GROUPS = (
    "Images",
    "Containers",
    "Pods",
    "Configuration",
    "Network and monitoring",
    "Objects and releases",
)

# What a recipe asks that `init` has options for.
OF_STREAM = ("workload", "container", "flags")


class Ask(NamedTuple):
    """
    What a recipe asks: the answer's name, what it must be, the kind of the object whose name it is,
    the answer that it must not be less than, the question, a default and an example. What does not
    apply is empty.
    """

    name: str
    of: str
    kind: str
    least: str
    question: str
    default: str
    example: str


class Example(NamedTuple):
    """A run that docs/recipes.md shows: a chart, its render, and what `init` is given."""

    chart: str
    render: str
    answers: dict[str, str]


class Recipe(NamedTuple):
    """A recipe, as the module describes it."""

    name: str
    heading: str
    group: str
    summary: str
    when_not: str
    asks: tuple[Ask, ...]
    kinds: tuple[str, ...]
    unless: tuple[str, ...]
    objects: tuple[str, ...]
    names: dict[str, str]
    accepts: dict[str, str]
    rules: str
    layer: tuple[str, str] | None
    example: Example
    after: tuple[str, ...]


@cache
def recipes() -> dict[str, Recipe]:
    """All recipes by name, in the order of their groups."""
    found = [
        _recipe(path.name.removesuffix(".yaml"), path.read_text(encoding="utf-8"))
        for path in files("postrender").joinpath("recipes").iterdir()
        if path.name.endswith(".yaml")
    ]
    found.sort(key=lambda recipe: (GROUPS.index(recipe.group), recipe.name))
    return {recipe.name: recipe for recipe in found}


def name_of(heading: str) -> str:
    """A heading in lower case with `-`, as `--recipe` takes it."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def recipe_of(word: str) -> Recipe:
    """The recipe of this name, or the only one that begins so. Raises UsageError."""
    known = recipes()
    name = name_of(word)
    meant = [one for one in known if one == name] or [
        one for one in known if name and one.startswith(name)
    ]
    if len(meant) == 1:
        return known[meant[0]]
    if meant:
        raise UsageError(
            f"--recipe {word}: several recipes begin so", f"write one of {', '.join(meant)}"
        )
    parts = [one for one in known if name and name in one]
    starts = {one[: len(name)]: one for one in known}  # as a name can be shortened
    near = " or ".join(
        parts or [starts[one] for one in get_close_matches(name, starts, n=1, cutoff=0.7)]
    )
    hint = f"did you mean {near}?" if near else 'see "kmod-post init --list"'
    raise UsageError(f"--recipe {word}: no such recipe", hint)


def _recipe(name: str, text: str) -> Recipe:
    root = read(text)
    data: Any = root and root.data
    layer = data.get("layer")
    example = data["example"]
    return Recipe(
        name=name,
        heading=data["heading"],
        group=data["group"],
        summary=data["summary"],
        when_not=data["when-not"],
        asks=tuple(_ask(key, ask or {}) for key, ask in data.get("asks", {}).items()),
        kinds=tuple(data.get("kinds", ())),
        unless=tuple(data.get("unless", ())),
        objects=tuple(data.get("objects", ())),
        names=data.get("names", {}),
        accepts=data.get("accepts", {}),
        rules=data["rules"],
        layer=(layer["ending"], layer["rules"]) if layer else None,
        example=Example(example["chart"], example["render"], example.get("answers", {})),
        after=tuple(data.get("after", ())),
    )


def _ask(name: str, ask: dict[str, str]) -> Ask:
    return Ask(
        name=name,
        of=ask.get("of", name),
        kind=ask.get("kind", ""),
        least=ask.get("least", ""),
        question=ask.get("question", ""),
        default=ask.get("default", ""),
        example=ask.get("example", ""),
    )
