"""
Layers with operations: a later layer's operations of a list or a text are for that of a lower
layer, or are added to the lower layer's operations.

Strategies for deepmerge. Where lists are joined, their items get other places, so that the origins
of these have to follow: `moved`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postrender.kubernetes.directives import (
    FILE,
    LIST_OPERATIONS,
    LOWER,
    TEXT_OPERATIONS,
    is_operation,
)

if TYPE_CHECKING:
    from typing import Protocol

    from postrender.data import Path

    Origins = dict[Path, Any]
    Moves = dict[Path, Path]

    class Merger(Protocol):
        """deepmerge's, as far as it is needed here."""

        def value_strategy(self, path: list[Any], base: Any, nxt: Any) -> Any:
            """Merges two values."""


# Of an operation that has them as a list, or as a mapping by name.
_PARTS = ("$remove", "$change", "$add")
# All in these is data.
_RESOURCES = ("resources",)


class Layering:
    """
    How two layers become one. `layered` are the places of operations for a list or a text of a
    lower layer. A strategy returns `pass_on` for what it is not for.
    """

    def __init__(self, pass_on: object) -> None:
        self._pass_on = pass_on
        self.layered: set[Path] = set()
        self._lower: Moves = {}
        self._upper: Moves = {}

    def conflict(self, _merger: Merger, path: list[Any], base: Any, upper: Any) -> Any:
        """Operations over a list or a text, which they keep; other values of two kinds."""
        place = tuple(path)
        if not is_operation(upper) or place[:1] == _RESOURCES or FILE in upper:
            return self._pass_on
        if path[-1:] and path[-1] in _PARTS and isinstance(base, list | dict):
            return self._pass_on
        is_list = isinstance(base, list) and not upper.keys().isdisjoint(LIST_OPERATIONS)
        is_scalar = isinstance(base, str | int | float)
        if not is_list and not (is_scalar and not upper.keys().isdisjoint(TEXT_OPERATIONS)):
            return self._pass_on
        self.layered.add(place)
        self._lower[place] = (*place, LOWER)
        return {LOWER: base, **upper}

    def operations(self, merger: Merger, path: list[Any], base: Any, upper: Any) -> Any:
        """Operations over operations: lists of them are joined, mappings are merged."""
        place = tuple(path)
        if not (is_operation(base) and is_operation(upper)) or place[:1] == _RESOURCES:
            return self._pass_on
        if FILE in upper:
            return upper
        for key, value in upper.items():
            old = base.get(key)
            if key in _PARTS and isinstance(old, list | dict) and isinstance(value, list | dict):
                base[key] = self._joined(merger, [*path, key], old, value)
            elif key in base:
                base[key] = merger.value_strategy([*path, key], old, value)
            else:
                base[key] = value
        return base

    def _joined(self, merger: Merger, path: list[Any], base: Any, upper: Any) -> Any:
        if isinstance(base, dict) and isinstance(upper, dict):
            return merger.value_strategy(path, base, upper)
        place = tuple(path)
        lower, later = _given(base), _given(upper)
        self._lower |= {(*place, key): (*place, i) for i, (key, _) in enumerate(lower)}
        self._upper |= {(*place, key): (*place, len(lower) + i) for i, (key, _) in enumerate(later)}
        return [item for _, item in (*lower, *later)]

    def moved(self, lower: Origins, upper: Origins) -> tuple[Origins, Origins]:
        """The origins in the layers that were merged last, at the places of their values now."""
        found = _moved(lower, self._lower), _moved(upper, self._upper)
        self._lower, self._upper = {}, {}
        return found


def _given(parts: Any) -> list[tuple[Any, Any]]:
    """The items of a list, or of a mapping without those that were withdrawn, with their keys."""
    if isinstance(parts, dict):
        return [(key, item) for key, item in parts.items() if item is not None]
    return list(enumerate(parts))


def _moved(origins: Origins, moves: Moves) -> Origins:
    if not moves:
        return origins
    return {_to(path, moves): origin for path, origin in origins.items()}


def _to(path: Path, moves: Moves) -> Path:
    for end in range(len(path), 0, -1):
        new = moves.get(path[:end])
        if new is not None:
            return (*new, *path[end:])
    return path
