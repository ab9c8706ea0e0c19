"""
A flag that a rule adds beside one that the container has and that is almost the same: often it is
that one, mistyped. The program may refuse it only when it starts.

Only a letter within one long word of the name may differ, but not its first, and not a digit or a
plural: `--cpu-reqest` and `--cpu-request`, but not `--http-port` and `--https-port`, nor
`--loglevel` and `--gloglevel`.
"""

from __future__ import annotations

from postrender.data import get
from postrender.kubernetes.objects import containers, pod_places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Object
    from postrender.engine.changes import Step
    from postrender.kubernetes.objects import Workloads

_LONG = 6


def near_flags(steps: list[Step], workloads: Workloads) -> Iterator[tuple[int, str, str, str]]:
    """The step that adds each such flag, the container, the flag, the one that it is near to."""
    before = _flags(steps[0].before, workloads)
    after = _flags(steps[-1].after or {}, workloads)
    for name, flags in after.items():
        known = before.get(name, {})
        for flag in (flag for flag in flags if flag not in known):
            other = next((one for one in known if one in flags and _is_near(flag, one)), None)
            if other is not None:
                states = [_flags(step.after or {}, workloads) for step in steps]
                at = next((i for i, one in enumerate(states) if flag in one.get(name, ())), 0)
                yield at, name, flag, other


def _flags(obj: Object, workloads: Workloads) -> dict[str, dict[str, None]]:
    """The names of long flags of each container."""
    found: dict[str, dict[str, None]] = {}
    for place in pod_places(obj, workloads):
        for _, container in containers(get(obj, place.spec)):
            flags = found.setdefault(str(container.get("name")), {})
            for field in ("command", "args"):
                words = container.get(field)
                for word in words if isinstance(words, list) else ():
                    flag = _flag_of(word) if isinstance(word, str) else ""
                    if flag:
                        flags[flag] = None
    return found


def _flag_of(word: str) -> str:
    """The name of the long flag that a word is or begins with; empty where it is none."""
    if not (word.startswith("--") and word[2:3].isalpha()):
        return ""
    name = word[2:].partition("=")[0].split(maxsplit=1)[0]
    return name if name.isascii() and name.replace("-", "").isalnum() else ""


def _is_near(flag: str, other: str) -> bool:
    """Whether two names differ in one letter of one long word."""
    from postrender.kubernetes.spelling import distance

    words, others = flag.split("-"), other.split("-")
    if len(words) != len(others):
        return False
    differ = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    if len(differ) != 1:
        return False
    one, two = differ[0]
    is_plural = one.removesuffix("s") == two.removesuffix("s")
    has_digit = any(letter.isdigit() for letter in one + two)
    if is_plural or has_digit or one[:1] != two[:1] or min(len(one), len(two)) < _LONG:
        return False
    return distance(one, two) == 1
