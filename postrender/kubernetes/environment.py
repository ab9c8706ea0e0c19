"""
The order of a container's environment.

`$(NAME)` in a variable's value is replaced by the value of NAME if NAME is defined earlier in the
list (k8s.io/api core/v1 types.go, EnvVar.Value: "using the previously defined environment variables
in the container"; kubernetes pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def in_order(entries: list[Any], known: int) -> list[Any]:
    """
    The variables, of which the first `known` are the object's, each new one before its first user.

    The object's never move, and of the new ones only those that another uses. Those that use each
    other in a circle stay as they are. Gives the same list if nothing moves.
    """
    new: dict[Any, int] = {}
    for i, entry in enumerate(entries[known:], known):
        new.setdefault(_text(entry, "name"), i)
    if not new or not any("$(" in _text(entry, "value") for entry in entries):
        return entries
    used = [
        sorted({new[name] for name in references(_text(entry, "value")) if name in new} - {i})
        for i, entry in enumerate(entries)
    ]
    order: list[int] = []
    for i in range(len(entries)):
        _add(i, used, order)
    return [entries[i] for i in order] if order != sorted(order) else entries


def references(value: str) -> Iterator[str]:
    """
    The names that a value uses as `$(NAME)`; `$$(NAME)` is text. Source: Expand and
    tryReadVariableName in kubernetes third_party/forked/golang/expansion/expand.go.
    """
    at = value.find("$")
    while at >= 0:
        end = value.find(")", at) if value[at + 1 : at + 2] == "(" else -1
        if end > 0:
            yield value[at + 2 : end]
        at = value.find("$", max(end, at + 1) + 1)


def _add(place: int, used: list[list[int]], order: list[int]) -> None:
    """Adds an entry to the order, those that it uses before it."""
    if place in order:
        return
    for other in used[place]:
        if place not in _needed(other, used):
            _add(other, used, order)
    order.append(place)


def _needed(place: int, used: list[list[int]]) -> set[int]:
    """All entries that one uses, and those that these use."""
    found: set[int] = set()
    rest = [place]
    while rest:
        rest += [other for other in used[rest.pop()] if other not in found]
        found.update(rest)
    return found


def _text(entry: Any, field: str) -> str:
    """A text of an entry; empty where it has none."""
    value = entry.get(field) if isinstance(entry, dict) else None
    return value if isinstance(value, str) else ""
