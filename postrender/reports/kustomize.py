"""
The changes of a run as kustomize patches, for hosts that cannot run executables.

Each changed object becomes one patch with the JSON 6902 operations that make the change, and
nothing else; a removed object becomes `$patch: delete`. Patches of kustomize cannot add objects, so
new objects are returned separately.

An operation addresses a container by its index and replaces any value that is there. So `test`
operations for what it relies on precede it: if the chart changes, kustomize fails instead of
changing another container or restoring an old image.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from jsonpatch import JsonPatch, make_patch
from jsonpointer import JsonPointer

from postrender.data import keys_in, same
from postrender.errors import KmodError, printable
from postrender.kubernetes.objects import group, identity, text_of
from postrender.yamltext.writer import Layout, mapping_lines, sequence_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from postrender.data import Object
    from postrender.engine.changes import Change

_BLOCK = Layout(dash=2)


def net_changes(
    changes: Sequence[Change],
) -> tuple[list[tuple[Object, Object | None]], list[Object]]:
    """
    The result of all changes: pairs of an object of the chart and its new state (None if it was
    removed), and the new objects.
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
    A patch of kustomize for each changed object. `everything` holds all objects of the output.

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
                f"export: a patch for {identity(before)} would change all of its kind",
                "remove it from the rules",
            )
        alike = known[text_of(before, "kind"), text_of(before, "name")]
        hit = [obj for obj in alike if _is_hit(obj, target)]
        if len(hit) > 1:
            another = _other(hit[1] if same(hit[0], before) else hit[0], before)
            raise KmodError(
                f"export: a patch for {identity(before)} would change {another} too",
                "remove it from the rules",
            )
        found.append({"target": _selector(target), "patch": _patch(before, after)})
    return found


def patches_text(found: Sequence[Object], *, flux: bool) -> str:
    """The patches as part of a kustomization, or as a HelmRelease's `postRenderers`."""
    content: Object = {"patches": list(found)}
    if flux:
        content = {"postRenderers": [{"kustomize": content}]}
    return _text(mapping_lines, content, _BLOCK)


def objects_text(added: Sequence[Object]) -> str:
    """New objects as a stream of manifests."""
    return "".join(f"---\n{_text(mapping_lines, obj, Layout())}" for obj in added)


def _text(lines_of: Callable[[Any, int, Layout], list[str]], value: Any, layout: Layout) -> str:
    """
    The value as YAML. Blocks cannot have escapes, so without them if that needs some: terminals
    show what `export` prints.
    """
    text = "\n".join([*lines_of(value, 0, layout), ""])
    if printable(text) == text:
        return text
    return "\n".join([*lines_of(value, 0, layout.without_blocks()), ""])


def _target(obj: Object) -> Object:
    """The fields that select the target of a patch. A missing one matches anything."""
    target = {
        "group": group(obj),
        "version": text_of(obj, "apiVersion").rpartition("/")[2],
        "kind": text_of(obj, "kind"),
        "name": text_of(obj, "name"),
        "namespace": text_of(obj, "namespace"),
    }
    return {key: value for key, value in target.items() if value}


def _selector(target: Object) -> Object:
    """The target as a patch writes it. Names are regular expressions to kustomize."""
    return {**target, "name": target["name"].replace(".", r"\.")}


def _is_hit(obj: Object, target: Object) -> bool:
    """
    Whether kustomize applies a patch for this target to the object: a target without a group or a
    namespace matches any (kustomize api/types/selector.go, MatchGvk and MatchNamespace).
    """
    return target.items() <= _target(obj).items()


def _other(obj: Object, than: Object) -> str:
    """How an object is named where it must not be taken for the other."""
    name = identity(obj)
    another = "another " if name == identity(than) else ""
    where = f" of {obj['apiVersion']}" if obj["apiVersion"] != than["apiVersion"] else ""
    return f"{another}{name}{where}"


def _patch(before: Object, after: Object | None) -> str:
    """The text of one patch."""
    if after is None:
        metadata = {"name": text_of(before, "name")}
        deleted = {"$patch": "delete", "apiVersion": before["apiVersion"], "kind": before["kind"]}
        return _text(mapping_lines, {**deleted, "metadata": metadata}, _BLOCK)
    operations = make_patch(before, after).patch
    if not same(JsonPatch(operations).apply(before), after):
        # The library takes 1, 1.0 and true for one value: replace the whole object then.
        operations = [{"op": "replace", "path": "", "value": after}]
    operations = _guarded(before, operations)
    # The path is last: kustomize trims a patch, which would remove the final line break of a value
    # at its end.
    ordered = [
        {**{k: v for k, v in op.items() if k != "path"}, "path": op["path"]} for op in operations
    ]
    return _text(sequence_lines, ordered, _BLOCK)


def _guarded(before: Object, operations: Sequence[Object]) -> list[Object]:
    """The operations, each after tests of what it relies on, unless that is tested already."""
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
    Tests of what an operation relies on: the list items that its path leads through, and the value
    that it removes, if that is a scalar and not of a Secret.
    """
    parts = JsonPointer(operation[pointer]).parts
    at = state
    for depth, part in enumerate(parts):
        if depth == len(parts) - 1 and (pointer == "path" and operation["op"] in ("add", "move")):
            return
        is_item = isinstance(at, list)
        at = at[int(part)] if is_item else at[part]
        for key in keys_in(at, parts[depth - 1]) if is_item and depth else ():
            path = JsonPointer.from_parts([*parts[: depth + 1], key]).path
            yield {"op": "test", "value": at[key], "path": path}
    if parts and isinstance(at, str | int | float) and text_of(state, "kind") != "Secret":
        yield {"op": "test", "value": at, "path": operation[pointer]}
