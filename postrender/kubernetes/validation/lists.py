"""Entries of lists that are there twice."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeVar

    T = TypeVar("T")


def repeated(values: Iterable[T]) -> list[T]:
    """The values that are there more than once, each once, in their order."""
    seen: set[T] = set()
    found: dict[T, None] = {}
    for value in values:
        if value in seen:
            found[value] = None
        seen.add(value)
    return [*found]
