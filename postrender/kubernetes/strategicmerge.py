"""
Strategic merge: what `kubectl patch --local --type strategic` makes of an object and a patch.

The rules are those of mergeMap and mergeSlice in k8s.io/apimachinery,
pkg/util/strategicpatch/patch.go. So are the places of list entries: those that the patch names
come in the patch's order, new ones before those that only the object has.

Inputs are never changed. What stays equal (also in type) comes back as the same object, and the
whole target if nothing changes; what comes from the patch is a copy. Names of fields are text.

Where kubectl loses or garbles content, this module does not follow it:

- Ports with different protocols (default TCP) are different, as in server-side apply. For kubectl,
  53/TCP and 53/UDP are one port (kubernetes#103544, kubernetes#105610). A patch entry without
  protocol means the TCP port with that number, or else the first one, as in kubectl.
- Entries of one key (two names for port 8080) are matched in turn, first with first, second with
  second, and stay where they are. kubectl merges all into the first, and moves them together.
- If `env` has several variables with one name, a patch changes the last, which is the effective one
  (kubernetes pkg/api/pod/warnings.go: it "hides previous definition"). kubectl changes the first.
- `$patch: replace` for a field that the object lacks gives the patch's content; kubectl drops it.
- No null and no directive reaches the result. kubectl leaves them in new entries of lists and in
  lists that are replaced as a whole.
- `$patch: merge` is the default; kubectl refuses it.
- Two things are errors: fields next to `$patch: replace` in a list entry (kubectl drops them and
  empties the list), and `$patch: delete` in a list without merge keys (kubectl writes it out).

A custom kind has no schema here. A field of it that is called like a merged list of pod spec or
container is merged by that list's key if all its entries have the key; other lists are replaced.
"""

from __future__ import annotations

from postrender.data import same
from postrender.kubernetes.types import (
    element,
    fields_of,
    is_built_in,
    is_list,
    is_type,
    type_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, TypeAlias, TypeGuard

    Mapping: TypeAlias = dict[str, Any]
    Path: TypeAlias = tuple[str | int, ...]
    # What a field holds, as a merge sees it: a mapping of that type ("": of no known one), a list
    # of mappings of that type merged by these keys (none: a set of scalars), or, None, a mapping
    # that is replaced whole.
    Field: TypeAlias = str | tuple[str, ...] | None
    Identity: TypeAlias = tuple[tuple[type, Any], ...]  # types too: True is not 1

_ORDER = "$setElementOrder/"
_DELETE = "$deleteFromPrimitiveList/"
_DEFAULTS = {"protocol": "TCP"}
# Any mapping of a custom kind, and a built-in kind that the table does not have.
_CUSTOM, _OBJECT = "*", "Object"
_merge_fields: dict[str, dict[str, Field]] = {"": {}, _OBJECT: {"metadata": "ObjectMeta"}}


class MergeError(ValueError):
    """A patch that cannot be merged: a sentence, and as `path` the place in the patch."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.path = path


def merge_object(target: Mapping, patch: Mapping) -> Mapping:
    """
    Merge a patch into a Kubernetes object, by the merge keys of the target's apiVersion and kind.

    Raises MergeError, also where the patch takes apiVersion or kind away.
    """
    version = str(target.get("apiVersion"))
    kind = type_of(version, str(target.get("kind"))) or _OBJECT
    merged = _mapping(target, patch, kind if is_built_in(version) else _CUSTOM, ())
    for name in ("apiVersion", "kind"):
        if name in target and name not in merged:
            message = f'the patch takes "{name}" away from the object'
            raise MergeError(message, ())
    return merged


def merge_pod_spec(target: Mapping, patch: Mapping) -> Mapping:
    """Merge a patch into a pod spec. Raises MergeError."""
    return _mapping(target, patch, "PodSpec", ())


def merge_pod_template(target: Mapping, patch: Mapping) -> Mapping:
    """Merge a patch into a pod template (`metadata` and `spec`). Raises MergeError."""
    return _mapping(target, patch, "PodTemplateSpec", ())


def merge_container(target: Mapping, patch: Mapping) -> Mapping:
    """
    Merge a patch into one container of a pod spec. Raises MergeError.

    Unlike kubectl, entries that are there keep their places and new ones come last: in `env` a new
    variable can so refer to those of the chart, and a chart's first port stays the first.
    """
    merged = _mapping(target, patch, "Container", ())
    for name, field in _fields("Container").items():
        old, new = target.get(name), merged.get(name)
        if isinstance(old, list) and isinstance(new, list) and isinstance(field, tuple):
            merged = {**merged, name: _settled(old, _old_first(old, new, field[1:]))}
    settled: Mapping = _settled(target, merged)
    return settled


def _old_first(old: list[Any], new: list[Any], keys: Sequence[str]) -> list[Any]:
    """The entries of a merged list in the order that those of the old list had, the rest behind."""
    here = _numbered(_identity(entry, keys, (), "object") for entry in old)
    places = {id_: i for i, id_ in enumerate(here)}
    ids = _numbered(_identity(entry, keys, (), "object") for entry in new)
    order = sorted(range(len(new)), key=lambda i: places.get(ids[i], len(places)))
    return [new[i] for i in order]


def merge_volume(target: Mapping, patch: Mapping) -> Mapping:
    """Merge a patch into one volume of a pod spec. Raises MergeError."""
    return _mapping(target, patch, "Volume", ())


def plain(patch: Any) -> Any:
    """
    What a patch gives where there was nothing: a copy without nulls and directives.

    None stands for nothing at all, as from `$patch: delete`. Raises MergeError.
    """
    return _value(None, patch, "", ())


def _mapping(target: Mapping, patch: Mapping, kind: str, path: Path) -> Mapping:
    """Merge two mappings; source: mergeMap."""
    directive = _directive(patch, path)
    if directive == "delete":
        return {} if target else target
    if directive == "replace":
        content = {name: value for name, value in patch.items() if name != "$patch"}
        replaced: Mapping = _settled(target, _mapping({}, content, kind, path))
        return replaced
    retained = _retained(patch, path)
    result = {name: target[name] for name in target if retained is None or name in retained}
    fields = _fields(kind)
    for name in _names(patch, path):
        field = fields.get(name, _CUSTOM if kind == _CUSTOM else "")
        value = result.get(name)
        if _ORDER + name in patch:
            value = _in_order(value, patch, field, (*path, name))
        elif name in patch:
            value = _value(value, patch[name], field, (*path, name))
        if _DELETE + name in patch:
            value = _without(value, patch[_DELETE + name], (*path, _DELETE + name))
            value = _settled(result.get(name), value)
        if value is not None:
            result[name] = value
        else:
            result.pop(name, None)
    same_fields = len(result) == len(target) and all(
        name in result and result[name] is value for name, value in target.items()
    )
    return target if same_fields else result


def _fields(kind: str) -> dict[str, Field]:
    """The fields of a type that lead to a merge: what each holds."""
    found = _merge_fields.get(kind)
    if found is None and kind == _CUSTOM:
        lists = {**_fields("PodSpec"), **_fields("Container")}
        found = {
            name: (_CUSTOM, *field[1:]) for name, field in lists.items() if isinstance(field, tuple)
        }
        found["metadata"] = "ObjectMeta"
    elif found is None:
        found = {}
        for name, field in fields_of(kind).items():
            inner = element(field.shape) if is_list(field.shape) else field.shape
            if field.merge is not None:
                found[name] = (inner if is_type(inner) else "", *field.merge)
            elif field.whole:
                found[name] = None
            elif is_type(field.shape):
                found[name] = field.shape
    _merge_fields[kind] = found
    return found


def _value(old: Any, patch: Any, field: Field, path: Path) -> Any:
    """Merge a patch into what a field or a list entry holds; None is nothing, in and out."""
    if isinstance(patch, dict):
        if field is None:
            return _settled(old, _value(None, patch, "", path))
        if not isinstance(old, dict) and _directive(patch, path) == "delete":
            return None
        target = old if isinstance(old, dict) else {}
        return _mapping(target, patch, field if isinstance(field, str) else field[0], path)
    if isinstance(patch, list):
        entries = old if isinstance(old, list) else []
        if _mergeable(field, entries or patch):
            return _list(entries, patch, [], field, path)
        special = [_special(entry, (*path, i)) for i, entry in enumerate(patch)]
        if "delete" in special and entries:
            message = f'"$patch: delete" in "{path[-1]}": this list is not merged by a key'
            raise MergeError(message, (*path, special.index("delete")))
        content = [(entry, (*path, i)) for i, entry in enumerate(patch) if not special[i]]
        return _settled(old, [_value(None, entry, "", at) for entry, at in content])
    return old if same(old, patch) else patch


def _mergeable(field: Field, entries: list[Any]) -> TypeGuard[tuple[str, ...]]:
    """
    Whether a list is merged: as its type says; in a custom kind, if all these entries have the key.

    They are those of the object, or of the patch where the object has none: a patch that forgets
    the key must not replace a list of containers.
    """
    if not isinstance(field, tuple) or field[0] != "*":
        return isinstance(field, tuple)
    return all(
        isinstance(entry, dict)
        and (entry.get(field[1]) is not None or entry == {"$patch": "replace"})
        for entry in entries
    )


def _in_order(old: Any, patch: Mapping, field: Field, path: Path) -> Any:
    """Merge a list that has a `$setElementOrder`; source: mergePatchIntoOriginal."""
    name = path[-1]
    order, entries = patch[f"{_ORDER}{name}"], patch.get(str(name), [])
    known = [] if old is None else old
    if not all(isinstance(value, list) for value in (order, entries, known)):
        message = f'"{_ORDER}{name}" needs lists'
        raise MergeError(message, path)
    if name not in patch and old is None:
        return None
    if _mergeable(field, known or [*entries, *order]):
        return _list(known, entries, order, field, path)
    return _value(old, entries, "", path) if name in patch else _list(old, [], order, ("",), path)


def _list(
    old: list[Any], patch: list[Any], order: list[Any], field: tuple[str, ...], path: Path
) -> list[Any]:
    """Merge two lists entry by entry; source: mergeSlice."""
    of, *keys = field
    here = [_identity(entry, keys, (*path, i), "object") for i, entry in enumerate(old)]
    special = [_special(entry, (*path, i)) for i, entry in enumerate(patch)]
    added = [(entry, (*path, i)) for i, entry in enumerate(patch) if not special[i]]
    gone = [
        _identity(entry, keys, (*path, i), "patch")[: None if _complete(entry, keys) else 1]
        for i, entry in enumerate(patch)
        if special[i] == "delete"
    ]
    kept = [i for i, id_ in enumerate(here) if not any(id_[: len(x)] == x for x in gone)]
    if "replace" in special:
        kept = []
    ids = _numbered(here[i] for i in kept)
    named = _named(added, keys, [here[i] for i in kept])
    if path[-1] == "env" and not order:
        named = _meaning_the_last(named, ids)
    entries = [old[i] for i in kept]
    places = {id_: i for i, id_ in enumerate(ids)}
    for id_, (entry, at) in zip(named, added, strict=True):
        place = places.get(id_)
        if place is not None:
            entries[place] = _value(entries[place], entry, of, at)
        else:
            ids.append(id_)
            entries.append(_value(None, entry, of, at))

    wanted, before = named, ids[: len(kept)]
    if order:
        wanted = _wanted(order, keys, ids, path)
        rest = iter(wanted)
        if not all(id_ in rest for id_ in named):
            message = f'"{path[-1]}" is not in the order of "{_ORDER}{path[-1]}"'
            raise MergeError(message, path)
        # Upstream deletes and appends in place, in an array as long as the old list; so a new
        # entry that takes the room of a deleted one has a place among the old ones.
        was = _numbered(here)
        before = [id_ for id_ in ids if id_ in before or id_ not in was][: len(old)]
    result: list[Any] = _settled(old, [entries[i] for i in _arranged(ids, wanted, before)])
    return result


def _arranged(ids: list[Identity], wanted: list[Identity], before: list[Identity]) -> list[int]:
    """
    Places of the entries in their new order; source: normalizeElementOrder and mergeSortedSlice.

    Those that are wanted in an order come in it. Each of the others comes in front of the first
    wanted one that it stood in front of before.
    """
    rank = {id_: i for i, id_ in enumerate(wanted)}
    last = {id_[:-1]: i for i, id_ in enumerate(wanted)}
    stood = {id_: i for i, id_ in enumerate(before)}
    first = [i for i, id_ in enumerate(ids) if id_[:-1] in last]
    first.sort(key=lambda i: rank.get(ids[i], last[ids[i][:-1]]))
    others = [i for i, id_ in enumerate(ids) if id_[:-1] not in last]
    others.reverse()
    arranged = []
    for i in first:
        while others and stood[ids[others[-1]]] < stood.get(ids[i], -1):
            arranged.append(others.pop())
        arranged.append(i)
    return arranged + others[::-1]


def _numbered(ids: Iterable[Identity]) -> list[Identity]:
    """Identities with a number at the end, so that the second entry of a key is another one."""
    seen: dict[Identity, int] = {}
    numbered: list[Identity] = []
    for id_ in ids:
        seen[id_] = seen.get(id_, 0) + 1
        numbered.append((*id_, (int, seen[id_])))
    return numbered


def _identity(entry: Any, keys: Sequence[str], path: Path, owner: str) -> Identity:
    """What tells an entry from the others: the values of its keys; a scalar by itself."""
    if not keys:
        values = [entry]
    elif not isinstance(entry, dict) or entry.get(keys[0]) is None:
        message = (
            f'an entry of "{path[-2]}" in the {owner} has no "{keys[0]}", the key of this list'
        )
        raise MergeError(message, path)
    else:
        values = [entry[keys[0]], *(entry.get(key) or _DEFAULTS[key] for key in keys[1:])]
    if any(isinstance(value, dict | list) for value in values):
        what = f'has a "{keys[0]}" that is not a scalar' if keys else "is not a scalar"
        message = f'an entry of "{path[-2]}" in the {owner} {what}'
        raise MergeError(message, path)
    return tuple((type(value), value) for value in values)


def _complete(entry: Any, keys: Sequence[str]) -> bool:
    """Whether an entry has its further keys (the protocol of a port), not only the first."""
    return all(entry.get(key) for key in keys[1:])


def _named(
    added: list[tuple[Any, Path]], keys: Sequence[str], here: list[Identity]
) -> list[Identity]:
    """The entries that a patch means: a port without protocol may be one that is not TCP."""
    ids = [_identity(entry, keys, at, "patch") for entry, at in added]
    complete = [id_ for id_, (entry, _) in zip(ids, added, strict=True) if _complete(entry, keys)]
    others = [id_ for id_ in here if id_ not in complete]
    return _numbered(
        id_
        if id_ in complete or id_ in here or ids.count(id_) > 1
        else next((x for x in others if x[0] == id_[0]), id_)
        for id_ in ids
    )


def _meaning_the_last(named: list[Identity], ids: list[Identity]) -> list[Identity]:
    """The same, but where the object has more entries of a key than the patch, its last ones."""
    more = {id_[:-1]: 0 for id_ in named}
    for sign, entries in ((1, ids), (-1, named)):
        for *key, _ in entries:
            if tuple(key) in more:
                more[tuple(key)] += sign
    return [(*key, (kind, number + max(more[tuple(key)], 0))) for *key, (kind, number) in named]


def _wanted(
    order: list[Any], keys: Sequence[str], ids: list[Identity], path: Path
) -> list[Identity]:
    """The order that `$setElementOrder` asks for; a port without protocol is all of that number."""
    whole = [_identity(entry, keys, (*path, i), "patch") for i, entry in enumerate(order)]
    return [
        id_
        for entry, wanted in zip(order, _numbered(whole), strict=True)
        for id_ in ([wanted] if _complete(entry, keys) else [x for x in ids if x[0] == wanted[0]])
    ]


def _directive(patch: Mapping, path: Path) -> str:
    """The `$patch` of a mapping: merge, replace or delete."""
    directive: str = patch.get("$patch", "merge")
    if directive not in ("merge", "replace", "delete"):
        message = f'"$patch" is merge, replace or delete, not {directive!r}'
        raise MergeError(message, path)
    return directive


def _special(entry: Any, path: Path) -> str:
    """The `$patch` of a list entry that is no content: delete, or replace; else nothing."""
    directive = _directive(entry, path) if isinstance(entry, dict) else "merge"
    if directive == "replace" and len(entry) > 1:
        message = '"$patch: replace" has to be a list entry of its own, without other fields'
        raise MergeError(message, path)
    return "" if directive == "merge" else directive


def _names(patch: Mapping, path: Path) -> Iterable[str]:
    """The fields that a patch concerns, in its order."""
    names: dict[str, None] = {}
    for name in patch:
        if name in (_ORDER[:-1], _DELETE[:-1]):
            message = f'"{name}" needs the name of a list: "{name}/…"'
            raise MergeError(message, path)
        if name not in ("$patch", "$retainKeys"):
            names[name.removeprefix(_ORDER).removeprefix(_DELETE)] = None
    return names


def _retained(patch: Mapping, path: Path) -> list[Any] | None:
    """The `$retainKeys` of a patch: all other fields go. Source: applyRetainKeysDirective."""
    retained: list[Any] | None = patch.get("$retainKeys")
    if "$retainKeys" not in patch:
        return None
    if not isinstance(retained, list):
        message = '"$retainKeys" is a list of field names'
        raise MergeError(message, path)
    for name in _names(patch, path):
        if patch.get(name) is not None and name not in retained:
            message = f'"{name}" is set, but is not in "$retainKeys"'
            raise MergeError(message, path)
    return retained


def _without(old: Any, gone: Any, path: Path) -> Any:
    """A list of scalars without some of them; source: deleteFromSlice."""
    if not isinstance(gone, list) or not isinstance(old, list | None):
        message = f'"{path[-1]}" needs a list, in the patch and in the object'
        raise MergeError(message, path)
    if any(isinstance(value, dict | list) for value in gone):
        message = f'"{path[-1]}" deletes scalars only; use "$patch: delete" in the list'
        raise MergeError(message, path)
    return old and [value for value in old if not any(same(value, x) for x in gone)]


def _settled(old: Any, new: Any) -> Any:
    """The new value made of the old parts where they are equal, and in the old order of fields."""
    if same(old, new):
        return old
    if isinstance(old, dict) and isinstance(new, dict):
        fields = dict.fromkeys([*(name for name in old if name in new), *new])
        return {name: _settled(old.get(name), new[name]) for name in fields}
    if isinstance(old, list) and isinstance(new, list):
        rest = list(old)
        entries = []
        for entry in new:
            place = next((i for i, x in enumerate(rest) if same(x, entry)), None)
            entries.append(entry if place is None else rest.pop(place))
        return entries
    return new
