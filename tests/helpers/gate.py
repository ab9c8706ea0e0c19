"""
The gate: applies every verb to every workload of every real chart, as rendered by Helm 3 and Helm 4.

`gate.yaml` has the rules. fuzzing/rules.py checks each stream; if the chart was rendered by Helm 4,
what reaches the cluster through Helm 4 is compared too.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuzzing import rules as whole
from fuzzing.rules import Rendered, RulesCase
from oracle import same

from postrender.kubernetes.objects import identity
from postrender.stream.text import Stream
from postrender.yamltext.reader import read
from postrender.yamltext.writer import flow

if TYPE_CHECKING:
    from oracle import GoReader


@cache
def verbs() -> dict[str, Any]:
    """The rules by the name of what they show."""
    root = read(Path(__file__).with_name("gate.yaml").read_text())
    assert root is not None
    found: dict[str, Any] = root.data
    return found


def together() -> list[tuple[str, ...]]:
    """
    All verbs in as few runs as can be: an entrypoint takes over what another rule has set, and of
    what is removed nothing is left.
    """
    alone = ("entrypoint", "carried", "remove")
    return [tuple(verb for verb in verbs() if verb not in alone), *((verb,) for verb in alone)]


def case_of(path: Path, *names: str) -> RulesCase:
    """One render and some of the rules."""
    # A prefix that no chart has: the name of a generated ConfigMap contains that of its rule.
    rules = {f"gate-{name.lower()}": {"expect": "any", **verbs()[name]} for name in names}
    # Not every chart has what the rules delete.
    return RulesCase(path.read_bytes().decode(), {"accept": ["finds-nothing"], "rules": rules})


def gate(path: Path, names: tuple[str, ...], go: GoReader) -> tuple[Counter[str], str | None]:
    """What some of the rules did to one render, in figures; and what is wrong with it."""
    case = case_of(path, *names)
    done = case.outcome()
    if not isinstance(done, Rendered):
        return Counter(), done or "the rules are refused"
    count = figures(case, done)
    wrong = whole.wrong([done], go)[0]
    if wrong is None and path.parent.name == "helm4":
        compared, wrong = by_way_of_helm_4(case.text, done, go)
        count["by way of Helm 4"] += compared
    return count, wrong


def figures(case: RulesCase, done: Rendered) -> Counter[str]:
    """What was changed: objects, values, lines."""
    before, after = Counter(case.text.splitlines()), Counter(done.after.splitlines())
    return Counter(
        {
            "documents": len(Stream(case.text.encode()).documents),
            "objects changed": done.changed,
            "values changed": done.edits,
            "lines": before.total(),
            "lines come": (after - before).total(),
            "lines gone": (before - after).total(),
        }
    )


def by_way_of_helm_4(before: str, done: Rendered, go: GoReader) -> tuple[int, str | None]:
    """
    How many objects were compared, and what is wrong.

    Helm 4 parses and prints all documents and changes some data on the way, so the result is
    compared with what it makes of the same objects as JSON. Objects in which it changes more than
    that without any rule, such as folded texts, are not compared.
    """
    objects = [one for one in go.read_all([before], "stream")[0] if one is not None]
    texts = [before, as_json(objects), done.after, as_json(done.objects)]
    old, old_meant, after, meant = go.read_all(texts, "h4")
    if not isinstance(meant, list):
        return 0, f"Helm 4 refuses the objects: {meant}"
    if not isinstance(after, list) or len(after) != len(meant):
        return 0, f"Helm 4 reads other objects: {after}"
    spoiled = {identity(a) for a, b in zip(old, old_meant, strict=True) if not same(a, b)}
    pairs = [(a, b) for a, b in zip(after, meant, strict=True) if identity(b) not in spoiled]
    wrong = [identity(b) for a, b in pairs if not same(a, b)]
    return len(pairs), f"Helm 4 reads something else: {wrong}" if wrong else None


def as_json(objects: list[Any]) -> str:
    """Objects as a stream of JSON documents."""
    return "".join(f"---\n{flow(one, json=True)}\n" for one in objects)
