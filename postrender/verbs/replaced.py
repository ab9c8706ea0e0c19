"""
What is said of a field of the chart that a rule's takes the place of, because Kubernetes allows but
one of the two.
"""

from __future__ import annotations

from postrender.data import dotted, get

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from postrender.data import Data, Path
    from postrender.kubernetes.strategicmerge import Replaced

    class Warns(Protocol):
        """What of the context is needed here; the context itself imports this module."""

        def warn(
            self,
            text: str,
            advice: str = "",
            *,
            id: str,  # noqa: A002 - a finding's, as in Message
        ) -> None:
            """Notes what was done and may surprise."""


_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
# Whoever sets a variable means it to have nothing else.
_UNSAID = ("EnvVar", "EnvVarSource")


def warn(replaced: Replaced, patch: Data, context: Warns, within: tuple[str, str] | None) -> None:
    """
    Warns of what the merge of a patch has replaced. `within` is the container or volume that the
    patch is for: `("volume", "data")`.
    """
    if replaced.type in _UNSAID:
        return
    owner, path = _owner(patch, replaced.path, within)
    where = f"{owner}{dotted(path)}: " if path else owner
    old, new, key = replaced.old, replaced.new, replaced.decided_by
    if replaced.type == "Volume" and not path:
        context.warn(f"{owner}its source is replaced", id="volume-source-replaced")
    elif replaced.type == "LifecycleHandler":
        hook = path[-1]
        context.warn(f"{owner}its {hook} hook is replaced", id="hook-replaced")
    elif key:
        context.warn(f"{where}{old} is removed, as {key} is now {new}", id="field-replaced")
    else:
        context.warn(f"{where}{old} is replaced by {new}", id="field-replaced")


def _owner(patch: Data, path: Path, within: tuple[str, str] | None) -> tuple[str, Path]:
    """The container or volume that a place in a patch belongs to, and the rest of the path."""
    owner, start = f"{within[0]} {within[1]}: " if within else "", 0
    for i in range(1, len(path)):
        kind = "container" if path[i - 1] in _CONTAINERS else "volume"
        entry = get(patch, path[: i + 1]) if isinstance(path[i], int) else None
        if isinstance(entry, dict) and path[i - 1] in (*_CONTAINERS, "volumes"):
            owner, start = f"{kind} {entry.get('name')}: ", i + 1
    return owner, path[start:]
