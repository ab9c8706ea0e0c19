"""
What a rule looks for and finds in none of its objects: the message of `finds-nothing`, with the
nearest names. Loaded only where something was not found.
"""

from __future__ import annotations

from postrender.data import LIST_KEYS, dotted, get
from postrender.errors import listed
from postrender.kubernetes.directives import LIST_OPERATIONS, TEXT_OPERATIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from postrender.data import Data, Path
    from postrender.errors import Message
    from postrender.rules.model import Rule

    # Whether what is missed is an entry of a list, and the names of what is there.
    Missed = tuple[bool, tuple[str, ...]]

    class Seeks(Protocol):
        """What of a context is needed here; the context itself imports this module."""

        @property
        def identity(self) -> str:
            """How messages name the object."""

        found: dict[Path, None]
        missed: dict[Path, Missed]


_SHOWN = 6
# What an entry of a list is called, and a key of a mapping.
_ENTRIES = {
    "containers": "container",
    "env": "variable",
    "initContainers": "init container",
    "mounts": "mount",
    "ports": "port",
    "volumeMounts": "mount",
    "volumes": "volume",
}
_KEYS = {
    "annotations": "annotation",
    "images": "image",
    "labels": "label",
    "podAnnotations": "annotation",
    "podLabels": "label",
}
# What stands above what an operation of a list or a text looks for.
_IN_OPERATIONS = frozenset((*LIST_OPERATIONS, *TEXT_OPERATIONS, "$below")) - {"$yaml"}
# What a container's short forms stand for: a null in them is at a place without these.
_LONG_FORMS = ("valueFrom", "lifecycle")


def unfound(rule: Rule, contexts: Sequence[Seeks]) -> list[Message]:
    """
    A message for each thing that a rule looks for and none of its objects has. A null over a value
    of a lower layer looks for nothing: it withdraws that value.
    """
    found = set().union(*(context.found for context in contexts))
    places = dict.fromkeys(place for context in contexts for place in context.missed)
    return [
        _message(rule, place, [context for context in contexts if place in context.missed])
        for place in places
        if place not in found and not _is_withdrawn(rule, place)
    ]


def named(patch: Data, path: Path) -> Path:
    """A path in a patch with the keys of entries in place of their numbers."""
    parts: list[str | int] = []
    for i, part in enumerate(path):
        entry = get(patch, path[: i + 1]) if isinstance(part, int) else None
        if isinstance(entry, dict):
            keys = ("name", *(keys[0] for keys in LIST_KEYS.get(str(path[i - 1]), ())))
            part = next((str(entry[key]) for key in reversed(keys) if key in entry), part)
        parts.append(part)
    return tuple(parts)


def _is_withdrawn(rule: Rule, place: Path) -> bool:
    """Whether the rule has a null there that takes away what a lower layer says."""
    short = tuple(part for part in place if part not in _LONG_FORMS)
    return place in rule.withdrawn or short in rule.withdrawn


def _message(rule: Rule, place: Path, contexts: Sequence[Seeks]) -> Message:
    *parent, name = place
    there = dict.fromkeys(text for context in contexts for text in context.missed[place][1])
    names = [context.identity for context in contexts]
    if name in TEXT_OPERATIONS:
        return rule.message(
            dotted(tuple(parent[:-1])),
            f'no "{parent[-1]}" to change in {listed(names, _SHOWN)}',
            f"there: {_nearest(str(parent[-1]), [*there])}",
            id="finds-nothing",
        )
    if _IN_OPERATIONS.intersection(map(str, parent[-2:])):
        return rule.message(
            dotted(tuple(parent)),
            f'nothing fits "{name}" in {listed(names, _SHOWN)}',
            f"there: {_nearest(str(name), [*there])}" if there else "",
            id="finds-nothing",
        )
    is_entry = contexts[0].missed[place][0]
    key = str(parent[-1]) if parent else ""
    noun = (_ENTRIES if is_entry else _KEYS).get(key, "")
    if noun and is_entry and len(parent) > 1:
        parent.pop()  # the noun says which list it is
    is_command = key.endswith(("/args", "/command"))  # whose words may be secret
    purpose = "" if key == "images" else " to delete"
    return rule.message(
        dotted(tuple(parent)),
        f'no {noun}{" " * bool(noun)}"{name}"{purpose} in {listed(names, _SHOWN)}',
        "" if is_command else f"there: {_nearest(str(name), [*there])}",
        id="finds-nothing",
    )


def _nearest(name: str, there: list[str]) -> str:
    """The names that there are; of many, those that are most alike."""
    if len(there) > _SHOWN:
        from difflib import SequenceMatcher

        there.sort(key=lambda text: -SequenceMatcher(None, name, text).ratio())
    return listed(there, _SHOWN) or "none"
