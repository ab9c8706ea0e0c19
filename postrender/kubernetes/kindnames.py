"""
Kinds as people write them: `deployment` and `Deployments` mean Deployment, and so does the mistyped
`Deploymnet`.
"""

from __future__ import annotations

# Kinds no longer than `Role` are near to too many others; in one longer than `Service` two letters
# may be wrong.
_SHORT, _LONG = 4, 7


def is_written_for(text: str, kind: str) -> bool:
    """Whether a text is a kind in another case, or its plural, as kubectl takes them."""
    written, name = text.lower(), kind.lower()
    return text != kind and written in (name, _plural(name))


def is_mistyped_for(text: str, kind: str) -> bool:
    """Whether a text is no known kind, and a letter or two away from this one."""
    from postrender.kubernetes.types import versions_of

    if text == kind or len(kind) <= _SHORT:
        return False
    most = 2 if len(kind) > _LONG else 1
    return _distance(text, kind) <= most and not versions_of(text)


def _distance(one: str, other: str) -> int:
    """
    How many letters turn a text into another one: added, missing, replaced, or swapped with their
    neighbour.
    """
    twice: list[int] = []
    above: list[int] = []
    row: list[int] = [*range(len(other) + 1)]
    for i, letter in enumerate(one, 1):
        twice, above, row = above, row, [i]
        for j, wanted in enumerate(other, 1):
            best = min(above[j] + 1, row[-1] + 1, above[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], wanted):
                best = min(best, twice[j - 2] + 1)
            row.append(best)
    return row[-1]


def _plural(name: str) -> str:
    """Source: k8s.io/apimachinery pkg/api/meta/restmapper.go, UnsafeGuessKindToResource."""
    if name.endswith("endpoints"):
        return name
    if name.endswith("s"):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def meant_by(text: str) -> str:
    """
    The kind that a text means which is written otherwise; empty where it is a known kind itself, or
    none.
    """
    from postrender.kubernetes.types import all_kinds, versions_of

    if versions_of(text):
        return ""
    return next((kind for kind in all_kinds() if is_written_for(text, kind)), "")
