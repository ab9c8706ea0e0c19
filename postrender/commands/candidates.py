"""The completions of arguments: ways, workloads, containers, fields."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from postrender.commands.starters import WAYS
from postrender.data import get
from postrender.engine.inputs import rules_files
from postrender.errors import KmodError
from postrender.kubernetes.objects import containers, pod_places, text_of
from postrender.verbs import VERBS

if TYPE_CHECKING:
    from collections.abc import Iterable

_RULE = ("description", "enabled", "expect", "match")


def complete_way(incomplete: str) -> list[tuple[str, str]]:
    """The ways, each with when to choose it."""
    return [(way, facts[0]) for way, facts in WAYS.items() if way.startswith(incomplete)]


def complete_recipe(incomplete: str) -> list[tuple[str, str]]:
    """The recipes, each with what it does."""
    from postrender.commands.recipes import recipes

    found = recipes().values()
    return [(one.name, one.summary) for one in found if one.name.startswith(incomplete)]


def complete_workload(ctx: Any, incomplete: str) -> list[str]:
    """The objects with pods in the stream file on the command line."""
    return _beginning(incomplete, _containers(ctx))


def complete_container(ctx: Any, incomplete: str) -> list[str]:
    """The containers of the workload on the command line, or of all."""
    known = _containers(ctx)
    workload = ctx.params.get("workload")
    found = [known[workload]] if workload in known else known.values()
    return _beginning(incomplete, (name for names in found for name in names))


def complete_field(ctx: Any, incomplete: str) -> list[str]:
    """The fields that `--set` can set: the verbs and the match of each rule."""
    from postrender.engine.inputs import file_values

    found = []
    for file in filter(os.path.isfile, rules_files({"rules": ctx.params.get("rules") or []})):
        try:
            rules = file_values(file).data.get("rules")
        except KmodError:
            continue  # `check` says what is wrong; a shell cannot show it
        for name in rules if isinstance(rules, dict) else ():
            if "." in str(name):
                continue  # not a valid name, and `--set` would read it as a path
            rule = f"rules.{name}."
            inside = incomplete.startswith(rule)
            found += [rule + key for key in (*_RULE, *VERBS)] if inside else [rule]
    return _beginning(incomplete, found)


def _containers(ctx: Any) -> dict[str, list[str]]:
    """Workloads as `Kind/name`, each with its containers."""
    from postrender.reports.inventory import workloads_of
    from postrender.stream.text import Stream

    file = ctx.params["file"]
    if not os.path.isfile(file):
        return {}  # standard input or a pipe, on which a shell must not wait
    try:
        with open(file, "rb") as opened:
            subjects = workloads_of(Stream(opened.read()))
    except (OSError, KmodError):
        return {}
    return {
        f"{text_of(subject.obj, 'kind')}/{text_of(subject.obj, 'name')}": [
            str(container.get("name"))
            for place in pod_places(subject.obj, {})
            for path, container in containers(get(subject.obj, place.spec))
            if path[0] == "containers"
        ]
        for subject, _ in subjects
    }


def _beginning(incomplete: str, words: Iterable[str]) -> list[str]:
    return sorted({word for word in words if word.startswith(incomplete)})
