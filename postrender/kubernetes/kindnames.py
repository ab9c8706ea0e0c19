"""
Kinds as people write them: `deployment` and `Deployments` mean Deployment.
"""

from __future__ import annotations


def is_written_for(text: str, kind: str) -> bool:
    """Whether a text is a kind in another case, or its plural, as kubectl takes them."""
    written, name = text.lower(), kind.lower()
    return text != kind and written in (name, _plural(name))


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
