"""
What is said of a field of the chart that a rule's takes the place of, because Kubernetes allows but
one of the two, and of a list of the chart that a rule's replaces.
"""

from __future__ import annotations

from postrender.data import dotted, get
from postrender.errors import listed
from postrender.kubernetes.strategicmerge import Lost

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


# Lists whose words may be secret; of a flag, the name is not.
_COMMANDS = ("args", "command")
_LONGEST = 40


def warn(
    replaced: Replaced | Lost, patch: Data, context: Warns, within: tuple[str, str] | None
) -> None:
    """
    Warns of what the merge of a patch has replaced. `within` is the container or volume that the
    patch is for: `("volume", "data")`.
    """
    owner, path = _owner(patch, replaced.path, within)
    if isinstance(replaced, Lost):
        # `container` says itself that its hook's command is replaced.
        if not (within and path[0] == "lifecycle" and path[-1] == "command"):
            _warn_of_lost(replaced, owner, path, context)
        return
    if replaced.type in _UNSAID:
        return
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


def _warn_of_lost(lost: Lost, owner: str, path: Path, context: Warns) -> None:
    names = [name for name in (_name(item, path[-1]) for item in lost.items) if name]
    shown = f": {listed(names)}" if names else ""
    items = "item" if lost.count == 1 else "items"
    context.warn(
        f"{owner}{dotted(path)} replaces the list of the chart, which loses {len(lost.items)} of "
        f"{lost.count} {items}{shown}",
        "repeat what must stay, or write $add, $remove or $change in its place",
        id="list-replaced",
    )


def _name(item: Data, field: str | int) -> str:
    """How a message names an item of a list; empty where its value may be a secret, or is long."""
    if isinstance(item, dict):
        item = item.get("name") or item.get("key")
        field = ""
    if not isinstance(item, str):
        return ""
    is_flag = item.startswith("-")
    text = item.partition("=")[0] if is_flag else item
    is_shown = is_flag or field not in _COMMANDS
    is_plain = all(sign.isalnum() or sign in "-_./*" for sign in text)
    return text if is_shown and is_plain and len(text) <= _LONGEST else ""


def _owner(patch: Data, path: Path, within: tuple[str, str] | None) -> tuple[str, Path]:
    """The container or volume that a place in a patch belongs to, and the rest of the path."""
    owner, start = f"{within[0]} {within[1]}: " if within else "", 0
    for i in range(1, len(path)):
        kind = "container" if path[i - 1] in _CONTAINERS else "volume"
        entry = get(patch, path[: i + 1]) if isinstance(path[i], int) else None
        if isinstance(entry, dict) and path[i - 1] in (*_CONTAINERS, "volumes"):
            owner, start = f"{kind} {entry.get('name')}: ", i + 1
    return owner, path[start:]
