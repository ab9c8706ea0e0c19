"""
`$patch: delete` in an entry of `containers` or `volumes`, which takes that out of the pod.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker


def check_deletion(check: Checker, entry: Object, path: Path, what: str) -> None:
    """
    Notes fields beside `$patch: delete`. They have no meaning, unless a lower layer has them.
    """
    file = check.values.file((*path, "$patch"))
    for key in entry:
        if key not in ("$patch", "name") and check.values.file((*path, key)) == file:
            check.add((*path, key), f"$patch: delete takes the {what} out", "keep one of the two")


def with_list(spec: Object, field: str, left: list[Data]) -> Object:
    """The pod spec with what is left of a list; without it where that is nothing."""
    if left or field == "containers":
        return {**spec, field: left}
    return {key: value for key, value in spec.items() if key != field}
