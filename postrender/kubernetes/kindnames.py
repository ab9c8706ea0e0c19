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


def near_to(text: str) -> str:
    """The known kind that a text may mean, mistyped; empty where it is known itself, or none."""
    from postrender.kubernetes.types import all_kinds

    return next((kind for kind in all_kinds() if is_mistyped_for(text, kind)), "")


def is_mistyped_for(text: str, kind: str) -> bool:
    """Whether a text is no known kind, and a letter or two away from this one."""
    from postrender.kubernetes.spelling import distance
    from postrender.kubernetes.types import versions_of

    if text == kind or len(kind) <= _SHORT:
        return False
    most = 2 if len(kind) > _LONG else 1
    return distance(text, kind) <= most and not versions_of(text)


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
