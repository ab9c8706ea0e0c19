"""
Which objects a target of kustomize selects.

Sources: sigs.k8s.io/kustomize/api types/selector.go (regular expressions match whole values),
resource/resource.go (MatchesLabelSelector), k8s.io/apimachinery pkg/labels/selector.go (Parse).
"""

from __future__ import annotations

import re
import warnings
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from postrender.errors import listed
from postrender.kubernetes.objects import group, identity, text_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from postrender.data import Object
    from postrender.importing.model import Target

_REQUIREMENT = re.compile(
    r"\s*(?:(?P<not>!)\s*(?P<absent>[^\s=!,()]+)"
    r"|(?P<key>[^\s=!,()]+)\s*"
    r"(?:(?P<sign>==|=|!=)\s*(?P<value>[^\s,()]*)|(?P<word>in|notin)\s*\((?P<values>[^)]*)\))?)"
    r"\s*(?:,|$)"
)


# Where `reference` keeps the namespaces that an object had: targets select by them, too.
FORMER = "$former"


class Requirement(NamedTuple):
    """One part of a selector: `in`, `notin`, `exists` or `absent`, with the values of the first."""

    key: str
    operator: str
    values: tuple[str, ...]

    def is_met(self, texts: dict[str, str]) -> bool:
        """Whether labels meet it."""
        has = self.key in texts
        if self.operator in ("exists", "absent"):
            return has == (self.operator == "exists")
        is_in = has and texts[self.key] in self.values
        return is_in == (self.operator == "in")


def requirements(selector: str) -> list[Requirement]:
    """The parts of a selector as kubectl writes it. Raises ValueError where it is none."""
    found, place = [], 0
    while place < len(selector):
        part = _REQUIREMENT.match(selector, place)
        if part is None or part.end() == place:
            raise ValueError(selector)
        place = part.end()
        if part["not"]:
            found.append(Requirement(part["absent"], "absent", ()))
        elif part["sign"]:
            operator = "notin" if part["sign"] == "!=" else "in"
            found.append(Requirement(part["key"], operator, (part["value"],)))
        elif part["word"]:
            values = tuple(value.strip() for value in part["values"].split(","))
            found.append(Requirement(part["key"], part["word"], values))
        else:
            found.append(Requirement(part["key"], "exists", ()))
    return found


def is_selected(obj: Object, target: Target) -> bool:
    """Whether a target selects an object. Raises ValueError where an expression is none."""
    version = text_of(obj, "apiVersion").rpartition("/")[2]
    if target.is_exact:
        named = (group(obj), version, text_of(obj, "kind"), text_of(obj, "name"))
        asked = (target.group, target.version, target.kind, target.name)
        return named == asked and (target.namespace or "default") in (
            space or "default" for space in _namespaces(obj)
        )
    return (
        all(
            _fits(wanted, value)
            for wanted, value in (
                (target.group, group(obj)),
                (target.version, version),
                (target.kind, text_of(obj, "kind")),
                (target.name, text_of(obj, "name")),
            )
        )
        and any(_fits(target.namespace, space) for space in _namespaces(obj))
        and all(one.is_met(texts_of(obj, "labels")) for one in requirements(target.labels))
        and all(
            one.is_met(texts_of(obj, "annotations")) for one in requirements(target.annotations)
        )
    )


def _namespaces(obj: Object) -> list[str]:
    """The namespace of an object, and those that it had."""
    return [text_of(obj, "namespace"), *obj.get(FORMER, ())]


def no_object(target: Target, objects: Sequence[Object]) -> str:
    """Says that a target selects nothing, and which objects it may mean."""
    shown = ("kind", "name", "namespace", "labels", "annotations", "group", "version")
    texts = (f"{key} {getattr(target, key)}" for key in shown if getattr(target, key))
    what = f"no object of the render matches its target: {', '.join(texts) or 'any object'}"
    there = [obj for obj in objects if target.kind and _fits(target.kind, text_of(obj, "kind"))]
    near = listed(nearest(f"{target.kind}/{target.name}", map(identity, there)))
    return f"{what} (there: {near})" if near else what


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Names, the most alike first."""
    return sorted(names, key=lambda other: -SequenceMatcher(None, name, other).ratio())


def _fits(expression: str, value: str) -> bool:
    """Whether an expression of a target matches a value; an empty one matches all."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return not expression or bool(re.fullmatch(expression, value))
    except re.error:
        raise ValueError(expression) from None
