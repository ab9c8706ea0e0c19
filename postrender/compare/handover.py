"""Whether a script that a rule puts before a container hands over to what the chart starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.places import equal
from postrender.data import same
from postrender.verbs.generated_names import FOLDER

if TYPE_CHECKING:
    from postrender.data import Data, Object


def hands_over(states: tuple[Data, Data, Data, Data]) -> bool:
    """
    Whether it does in both renders. The states of the container are before the rule and after it,
    in the old render and in the new one. Where the chart starts the same, what the image's
    ENTRYPOINT adds must be the same, too.
    """
    if not all(isinstance(one, dict) for one in states):
        return False
    before, after, now, then = states
    old, new = _behind(before, after), _behind(now, then)
    if old is None or new is None or not equal(after.get("command"), then.get("command")):
        return False
    return not same(_argv(before), _argv(now)) or old == new


def _argv(container: Object) -> list[Data]:
    """What a container's `command` and `args` are, together."""
    return [*(container.get("command") or ()), *(container.get("args") or ())]


def _behind(before: Object, after: Object) -> list[Data] | None:
    """
    What a script that a rule puts before a container's argv starts first, an ENTRYPOINT perhaps;
    None where no script hands over to all that there was.
    """
    was, args = _argv(before), list(after.get("args") or ())
    starts_script = str((after.get("command") or [""])[0]).startswith(f"{FOLDER}/")
    if not starts_script or str((before.get("command") or [""])[0]).startswith(f"{FOLDER}/"):
        return None
    return args[: len(args) - len(was)] if not was or args[-len(was) :] == was else None
