"""
`memo`: remembers what a function has returned, as `functools.lru_cache` does.

Importing `functools` also loads `collections`: a tenth of the time of a run on a small chart.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])

# Results that one function keeps.
_MOST = 128


def memo(function: Function) -> Function:
    """
    A pure function of hashable arguments that computes each result once, as long as there are few.
    """
    known: dict[Any, Any] = {}

    def remembered(*given: Any) -> Any:
        try:
            return known[given]
        except KeyError:
            if len(known) >= _MOST:
                known.clear()
            known[given] = result = function(*given)
            return result

    return remembered  # type: ignore[return-value]
