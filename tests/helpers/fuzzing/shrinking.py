"""Minimises a failing case, so that a person can see what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oracle import GoReader


class Case(Protocol):
    """What both kinds of case can do."""

    def verdict(self, go: GoReader) -> str | None:
        """What is wrong with its result; None where nothing is."""

    def smaller(self) -> Iterator[Self]:
        """Cases with a little less in them, the least first."""

    def as_data(self) -> dict[str, Any]:
        """The case for a file."""


def shrunk(case: Case, go: GoReader) -> Case:
    """The smallest case found that fails in the same way."""
    wanted = _kind(case.verdict(go))
    while True:
        for candidate in case.smaller():
            if _kind(candidate.verdict(go)) == wanted:
                case = candidate
                break
        else:
            return case


def _kind(why: str | None) -> str | None:
    """What a failure is called, without what was found in this one."""
    return why and why.partition(":")[0]


def shorter(items: list[Any]) -> Iterator[list[Any]]:
    """Lists with a part left out: halves first, single items last (delta debugging)."""
    size = len(items)
    while size:
        for start in range(0, len(items), size):
            yield items[:start] + items[start + size :]
        size //= 2
