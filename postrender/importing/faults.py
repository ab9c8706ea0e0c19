"""
What kustomize makes that is never meant: differences from it that are no mistake of a rule.

Each is one of kustomize's own faults; the API server refuses or ignores what it makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.data import get
from postrender.kubernetes.objects import text_of
from postrender.kubernetes.types import kinds_of

if TYPE_CHECKING:
    from postrender.data import Data, Object, Path

# Of these fields Kubernetes takes one; a patch that gives another leaves both in kustomize.
_EXCLUSIVE = (
    {"value", "valueFrom"},
    {"httpGet", "tcpSocket", "exec", "grpc"},
    {"minAvailable", "maxUnavailable"},
    {
        *("emptyDir", "configMap", "secret", "persistentVolumeClaim", "hostPath", "projected"),
        *("downwardAPI", "csi", "nfs", "ephemeral", "image"),
    },
)
# Where an empty mapping says something else than none.
_TELLING = (
    *("selector", "podSelector", "namespaceSelector", "emptyDir", "rules", "from", "to"),
    *("livenessProbe", "readinessProbe", "startupProbe"),
)
_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false")


def fault(ours: Object, theirs: Object, path: Path) -> str | None:
    """
    Why the result of kustomize (`theirs`) differs at a path, if that is its own fault: a sentence,
    empty where the difference means nothing; None where it is no fault of kustomize.
    """
    left, right = get(ours, path), get(theirs, path)
    last = str(path[-1]) if path else ""
    holder = get(theirs, path[:-1])
    directive = next((str(part) for part in path if str(part).startswith("$")), "")
    if directive:
        return f"kustomize writes {directive} into the object instead of doing it"
    if isinstance(holder, dict) and "$retainKeys" in holder and left is None:
        return "kustomize does not do $retainKeys"
    if path == ("metadata", "namespace") and left is None and is_cluster_scoped(ours):
        return "kustomize gives a namespace to a kind that has none"
    is_subject = path[:1] == ("subjects",) and last == "namespace" and left is None
    if is_subject and right == get(ours, ("metadata", "namespace")):
        return ""  # a RoleBinding means its own namespace
    if _is_word(last, holder, get(ours, path[:-1])):
        return f"kustomize reads the key {last} as text, Helm and kubectl do not"
    if _is_hollow(left) and _is_hollow(right) and last not in _TELLING:
        return ""
    if isinstance(left, bool) and isinstance(right, str) and right.lower() in _WORDS:
        return f"kustomize reads the word {right} as text, Helm and kubectl do not"
    is_bare = isinstance(left, str) and isinstance(right, bool | int | float)
    if is_bare and str(left).lower() == str(right).lower():
        return "kustomize writes a number or a bool where Kubernetes takes text"
    if isinstance(holder, dict) and left is None:
        mine = get(ours, path[:-1])
        for fields in _EXCLUSIVE:
            if last in fields and len(fields & holder.keys()) > 1 and isinstance(mine, dict):
                return f"kustomize leaves {last} beside what excludes it"
        if last == "rollingUpdate" and holder.get("type") in ("Recreate", "OnDelete"):
            return f"kustomize leaves rollingUpdate beside type: {holder['type']}"
    if last in ("containers", "initContainers"):
        return _bare(left, right)
    if last == "ports":
        return _port(left, right)
    return None


def is_cluster_scoped(obj: Object) -> bool:
    """Whether a kind is known to have no namespaces."""
    known = kinds_of(text_of(obj, "apiVersion")).get(text_of(obj, "kind"))
    return known is not None and known.is_cluster_scoped


def _is_word(key: str, theirs: Data, ours: Data) -> bool:
    """Whether a key is a word that one side reads as a bool, and the other as text."""
    if not isinstance(ours, dict) or not isinstance(theirs, dict) or key.lower() not in _WORDS:
        return False
    one, other = (theirs, ours) if key in theirs else (ours, theirs)
    return key not in other and any(k not in one and str(k).lower() in _WORDS for k in other)


def _is_hollow(value: Data) -> bool:
    """Whether a value says nothing: what a deletion leaves behind."""
    if isinstance(value, dict):
        return all(key not in _TELLING and _is_hollow(item) for key, item in value.items())
    return value is None or value == []


def _port(ours: Data, theirs: Data) -> str | None:
    """The fault of a list of ports: kustomize leaves one that a patch deletes by its number."""
    if not isinstance(theirs, list) or not isinstance(ours, list | None):
        return None
    left = [one for one in theirs if one not in (ours or [])]
    if [one for one in theirs if one not in left] != (ours or []):
        return None
    if not all(isinstance(one, dict) and "protocol" in one for one in left):
        return None
    return "kustomize deletes a port only where the patch names its protocol"


def _bare(ours: Data, theirs: Data) -> str | None:
    """The fault of a list of containers: kustomize adds one that can never run."""
    if not isinstance(ours, list) or not isinstance(theirs, list):
        return None
    names = {one.get("name") for one in ours if isinstance(one, dict)}
    added = [one for one in theirs if isinstance(one, dict) and one.get("name") not in names]
    if not added or any("image" in one for one in added):
        return None
    if [one for one in theirs if one not in added] != ours:
        return None
    return f"kustomize adds container {added[0].get('name')} without an image"
