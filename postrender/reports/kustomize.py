"""
The change as kustomize patches, for hosts that run no executables.

Each changed object becomes one patch: JSON 6902 operations that make the one out of the other, and
nothing else; a removed one becomes `$patch: delete`. kustomize's patches cannot add objects: those
are given back apart.

An operation knows a container by its place only, and takes whatever value was there. So before it
stand `test` operations for what it relies on: when the chart has changed that, kustomize fails,
instead of changing another container or bringing an old image back.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from jsonpatch import JsonPatch, make_patch
from jsonpointer import JsonPointer

from postrender.data import same
from postrender.errors import KmodError
from postrender.kubernetes.objects import group, identity, text_of
from postrender.yamltext.writer import Layout, mapping_lines, sequence_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from postrender.data import Object
    from postrender.engine.changes import Change

_BLOCK = Layout(dash=2)
# What tells the items of Kubernetes' lists apart, the first that an item has.
_KEYS = ("mountPath", "name")


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


def patches(
    changed: Sequence[tuple[Object, Object | None]], everything: Sequence[Object]
) -> list[Object]:
    """
    A patch of kustomize for each changed object. `everything` are all objects that there will be.

    Raises KmodError where a patch would change other objects too, or might.
    """
    known: dict[object, list[Object]] = defaultdict(list)
    for obj in everything:
        known[text_of(obj, "kind"), text_of(obj, "name")].append(obj)
    found = []
    for before, after in changed:
        target = _target(before)
        if "name" not in target:
            raise KmodError(
                f"export: a patch for {identity(before)} would change all of its kind; take it out "
                "of the rules"
            )
        alike = known[text_of(before, "kind"), text_of(before, "name")]
        hit = [obj for obj in alike if _is_hit(obj, target)]
        if len(hit) > 1:
            another = _other(hit[1] if same(hit[0], before) else hit[0], before)
            raise KmodError(
                f"export: a patch for {identity(before)} would change {another} too; take it out "
                "of the rules"
            )
        found.append({"target": _selector(target), "patch": _patch(before, after)})
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
    """What a patch can say of whom it is for. To kustomize, what is left out may be anything."""
    target = {
        "group": group(obj),
        "version": text_of(obj, "apiVersion").rpartition("/")[2],
        "kind": text_of(obj, "kind"),
        "name": text_of(obj, "name"),
        "namespace": text_of(obj, "namespace"),
    }
    return {key: value for key, value in target.items() if value}


def _selector(target: Object) -> Object:
    """The target as a patch has it. Names are regular expressions to kustomize."""
    return {**target, "name": target["name"].replace(".", r"\.")}


def _is_hit(obj: Object, target: Object) -> bool:
    """
    Whether kustomize takes the object for the target of a patch: a Service without a group or a
    namespace is that of any (kustomize api/types/selector.go, MatchGvk and MatchNamespace).
    """
    return target.items() <= _target(obj).items()


def _other(obj: Object, than: Object) -> str:
    """An object, as one that is not the other."""
    name = identity(obj)
    another = "another " if name == identity(than) else ""
    where = f" of {obj['apiVersion']}" if obj["apiVersion"] != than["apiVersion"] else ""
    return f"{another}{name}{where}"


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
    operations = _guarded(before, operations)
    # The path comes last: kustomize trims a patch, and a value at its end would lose its last line
    # break.
    ordered = [
        {**{k: v for k, v in op.items() if k != "path"}, "path": op["path"]} for op in operations
    ]
    return "\n".join([*sequence_lines(ordered, 0, _BLOCK), ""])


def _guarded(before: Object, operations: Sequence[Object]) -> list[Object]:
    """The operations, each behind tests of what it relies on that was not tested yet."""
    state: Any = before
    found: list[Object] = []
    for operation in operations:
        for pointer in ("from", "path"):
            tests = _tests(state, operation, pointer) if pointer in operation else ()
            found += [test for test in tests if test not in found]
        found.append(operation)
        state = JsonPatch([operation]).apply(state)
    return found


def _tests(state: Any, operation: Object, pointer: str) -> Iterator[Object]:
    """
    What must be so for an operation: which items of lists its path goes through, and the value that
    it takes away, if that is one word and no Secret's.
    """
    parts = JsonPointer(operation[pointer]).parts
    at = state
    for depth, part in enumerate(parts):
        if depth == len(parts) - 1 and (pointer == "path" and operation["op"] in ("add", "move")):
            return
        is_item = isinstance(at, list)
        at = at[int(part)] if is_item else at[part]
        key = next((key for key in _KEYS if isinstance(at, dict) and key in at), None)
        if is_item and key:
            path = JsonPointer.from_parts([*parts[: depth + 1], key]).path
            yield {"op": "test", "value": at[key], "path": path}
    if parts and isinstance(at, str | int | float) and text_of(state, "kind") != "Secret":
        yield {"op": "test", "value": at, "path": operation[pointer]}
