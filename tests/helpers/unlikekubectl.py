"""
Comparing strategic merge with kubectl, but for where we do not follow it on purpose.

The head of postrender/kubernetes/strategicmerge.py lists these differences;
tests/unit/kubernetes/strategic/deviations.yaml has an example of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postrender.kubernetes.strategicmerge import MergeError, merge_object

if TYPE_CHECKING:
    from postrender.kubernetes.strategicmerge import Replaced

# Mappings that some types replace whole (a PodDisruptionBudget's).
_REPLACED_WHOLE = ("selector",)
# Lists that kubectl replaces, and we merge.
_MERGED_BY_US = ("volumeClaimTemplates", "versions")


def comparable(data: Any) -> Any:
    """
    A result without what may differ: the order of variables, nulls and deletions that kubectl
    leaves in new entries, and the empty mappings and lists that deletions make.
    """
    if isinstance(data, dict):
        data = {key: comparable(value) for key, value in data.items() if not key.startswith("$")}
        data = {key: value for key, value in data.items() if value not in (None, {}, [])}
        if isinstance(data.get("env"), list):
            data["env"] = sorted(data["env"], key=lambda entry: str(entry.get("name")))
        return data
    if isinstance(data, list):
        return [comparable(entry) for entry in data if not _is_directive(entry)]
    return data


def is_comparable(target: Any, patch: Any) -> bool:
    """Whether kubectl and we should make the same of an object and a patch."""
    replaced: list[Replaced] = []
    try:
        merge_object(target, patch, replaced.append)
    except MergeError:
        return True
    is_merged_by_us = any(name in (patch.get("spec") or {}) for name in _MERGED_BY_US)
    return not replaced and not is_merged_by_us and not _has_inner_directive(patch)


def _has_inner_directive(patch: Any, *, is_new: bool = False) -> bool:
    """
    Whether a patch has a mapping with a directive within what replaces something, or in an entry of
    a list, which may be new: kubectl leaves it there.
    """
    if isinstance(patch, list):
        return any(_has_inner_directive(entry, is_new=True) for entry in patch)
    if not isinstance(patch, dict):
        return False
    is_new = is_new or patch.get("$patch") == "replace"
    return any(
        (isinstance(value, dict) and "$patch" in value and (is_new or key in _REPLACED_WHOLE))
        or _has_inner_directive(value, is_new=is_new or key in _REPLACED_WHOLE)
        for key, value in patch.items()
    )


def _is_directive(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("$patch") in ("delete", "replace")
