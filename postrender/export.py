"""
The change as kustomize patches, for hosts that run no executables.

Each changed object becomes one patch: JSON 6902 operations that make the one out of the other, and
nothing else; a removed one becomes `$patch: delete`. kustomize's patches cannot add objects: those
are given back apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jsonpatch import JsonPatch, make_patch

from postrender.errors import KmodError
from postrender.objects import group, identity, text_of
from postrender.yamltext.compare import same
from postrender.yamltext.writer import Layout, mapping_lines, sequence_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postrender.engine import Change
    from postrender.objects import Object

_BLOCK = Layout(dash=2)


def net_changes(
    changes: Sequence[Change],
) -> tuple[list[tuple[Object, Object | None]], list[Object]]:
    """
    What a run did in all: pairs of an object of the chart and what became of it, and new objects.
    """
    first: dict[object, Object | None] = {}
    last: dict[object, Object | None] = {}
    for change in changes:
        key = change.home
        first.setdefault(key, change.before)
        last[key] = change.after
    changed = [
        (before, last[key])
        for key, before in first.items()
        if before is not None and not same(before, last[key])
    ]
    added = [after for key, after in last.items() if first[key] is None and after is not None]
    return changed, added


def patches(changed: Sequence[tuple[Object, Object | None]]) -> list[Object]:
    """
    A patch of kustomize for each changed object.

    Raises KmodError where two objects of one identity are changed: a patch could not tell them
    apart.
    """
    found = []
    seen: dict[str, int] = {}
    for before, after in changed:
        name = f"{group(before)}/{identity(before)}"
        if name in seen:
            raise KmodError(
                f"export: two objects {identity(before)} are changed, which a patch cannot tell "
                "apart; match one of them"
            )
        seen[name] = 1
        found.append({"target": _target(before), "patch": _patch(before, after)})
    return found


def patches_text(found: Sequence[Object], *, flux: bool) -> str:
    """The patches as part of a kustomization, or as a HelmRelease's `postRenderers`."""
    content: Object = {"patches": list(found)}
    if flux:
        content = {"postRenderers": [{"kustomize": content}]}
    return "\n".join([*mapping_lines(content, 0, _BLOCK), ""])


def objects_text(added: Sequence[Object]) -> str:
    """New objects as a stream of manifests."""
    return "".join("\n".join(["---", *mapping_lines(obj, 0, Layout()), ""]) for obj in added)


def _target(obj: Object) -> Object:
    """Whom a patch is for. Names are regular expressions to kustomize."""
    target = {
        "group": group(obj),
        "version": text_of(obj, "apiVersion").rpartition("/")[2],
        "kind": text_of(obj, "kind"),
        "name": text_of(obj, "name").replace(".", r"\."),
        "namespace": text_of(obj, "namespace"),
    }
    return {key: value for key, value in target.items() if value}


def _patch(before: Object, after: Object | None) -> str:
    """The text of one patch."""
    if after is None:
        metadata = {"name": text_of(before, "name")}
        gone = {"$patch": "delete", "apiVersion": before["apiVersion"], "kind": before["kind"]}
        return "\n".join([*mapping_lines({**gone, "metadata": metadata}, 0, _BLOCK), ""])
    operations = make_patch(before, after).patch
    if not same(JsonPatch(operations).apply(before), after):
        # The library takes 1, 1.0 and true for one value. Then the whole says it.
        operations = [{"op": "replace", "path": "", "value": after}]
    # The path comes last: kustomize trims a patch, and a value at its end would lose its last line
    # break.
    ordered = [
        {**{k: v for k, v in op.items() if k != "path"}, "path": op["path"]} for op in operations
    ]
    return "\n".join([*sequence_lines(ordered, 0, _BLOCK), ""])
