"""
Strategic merge: what `kubectl patch --local --type strategic` makes of an object and a patch.

The rules are those of mergeMap and mergeSlice in k8s.io/apimachinery,
pkg/util/strategicpatch/patch.go. So are the places of list entries when an object is merged: those
that the patch names come in the patch's order, new ones before those that only the object has. In
the parts of a pod, entries that are there keep their places, and new ones come last.

Inputs are never changed. What stays equal (also in type) comes back as the same object, and the
whole target if nothing changes; what comes from the patch is a copy. Names of fields are text.

Where kubectl loses or garbles content, or makes what no API server accepts, this module does not
follow it:

- Of fields that exclude each other (`unions.py`), the patch's takes the place of the object's:
  another probe handler, another volume source, `valueFrom` of a variable with a `value`, a
  `Recreate` that allows no `rollingUpdate`. kubectl leaves both. A patch that gives both, or leaves
  its own as it is, takes nothing away; `note` is told what was taken.
- `volumeClaimTemplates` are merged by `metadata.name`, and the `versions` of a CRD by `name`;
  kubectl replaces these lists. `$patch: replace` as an entry does so here.
- What only deletes adds nothing: `securityContext: {runAsUser: null}` makes no empty mapping where
  there is none. Where a deletion empties a mapping of the object, `{}` stays, as in kubectl.
- In `env` the object's variables keep their order. New ones come last, or before the first that
  uses them (`environment.py`).
- Ports with different protocols (default TCP) are different, as in server-side apply. For kubectl,
  53/TCP and 53/UDP are one port (kubernetes#103544, kubernetes#105610). A patch entry without
  protocol means the TCP port with that number, or else the first one, as in kubectl.
- Ports of one number are told apart by `name`, also those to delete. Other entries of one key are
  matched in turn, first with first, second with second. All stay where they are. kubectl merges all
  into the first, moves them together, and deletes all of them.
- If `env` has several variables with one name, a patch changes the last, which is the effective one
  (kubernetes pkg/api/pod/warnings.go: it "hides previous definition"). kubectl changes the first.
- `$patch: replace` for a field that the object lacks gives the patch's content; kubectl drops it.
- No null and no directive reaches the result. kubectl leaves them in new entries of lists and in
  lists that are replaced as a whole.
- `$patch: merge` is the default; kubectl refuses it.
- Two things are errors: fields next to `$patch: replace` in a list entry (kubectl drops them and
  empties the list), and `$patch: delete` or `merge` in a list without merge keys (kubectl writes
  them out).
- The key `$$ref` of a patch is the field `$ref`.

A custom kind has no schema here. A field of it that is called like a merged list of pod spec or
container, or `volumeClaimTemplates`, is merged by that list's key if all its entries have the key;
other lists are replaced. Fields called like a probe or hook are taken for one.
"""

from __future__ import annotations

from postrender.data import frozen, same
from postrender.kubernetes.directives import (
    DEFAULT,
    LIST_OPERATIONS,
    LOWER,
    TEXT_OPERATIONS,
    field_of,
    is_directive,
    is_operation,
)
from postrender.kubernetes.directives import DELETE as _DELETE
from postrender.kubernetes.directives import ORDER as _ORDER
from postrender.kubernetes.directives import key_of as key_in_patch
from postrender.kubernetes.entries import (
    MergeError,
    identity,
    is_complete,
    key_of,
    label,
    meant_by,
    named,
    numbered,
)
from postrender.kubernetes.types import (
    element,
    fields_of,
    is_built_in,
    is_list,
    is_type,
    type_of,
)
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeAlias, TypeGuard

    from postrender.kubernetes.entries import Identity

    Mapping: TypeAlias = dict[str, Any]
    Path: TypeAlias = tuple[str | int, ...]
    # What a field holds, as a merge sees it: a mapping of that type ("": of no known one), a list
    # of mappings of that type merged by these keys (none: a set of scalars), or, None, a mapping
    # that is replaced whole. The type of what has it in a custom kind by its name only begins
    # with "*".
    Field: TypeAlias = str | tuple[str, ...] | None
    Note: TypeAlias = Callable[["Replaced | Lost"], None]
    Seek: TypeAlias = Callable[["Sought"], None]

__all__ = [
    "Lost",
    "MergeError",
    "Note",
    "Replaced",
    "Seek",
    "Sought",
    "merge_container",
    "merge_object",
    "merge_pod_spec",
    "merge_pod_template",
    "merge_text",
    "merge_volume",
    "plain",
]

# Any mapping of a custom kind, and a built-in kind that the table does not have.
_CUSTOM, _OBJECT = "*", "Object"
_merge_fields: dict[str, dict[str, Field]] = {"": {}, _OBJECT: {"metadata": "ObjectMeta"}}
# Lists that kubectl replaces, by the type that has them. Whoever writes one entry of them means
# that one.
_CLAIM_TEMPLATES = {"volumeClaimTemplates": ("PersistentVolumeClaim", "metadata.name")}
_BY_KEY: dict[str, dict[str, Field]] = {
    "CustomResourceDefinitionSpec": {"versions": ("CustomResourceDefinitionVersion", "name")},
    "StatefulSetSpec": {**_CLAIM_TEMPLATES},
}
# Fields of a custom kind that tell by their names what they hold.
_TOLD_BY_NAME: dict[str, Field] = {
    "env": ("*EnvVar", "name"),
    "livenessProbe": "Probe",
    "metadata": "ObjectMeta",
    "postStart": "LifecycleHandler",
    "preStop": "LifecycleHandler",
    "readinessProbe": "Probe",
    "startupProbe": "Probe",
    "volumeClaimTemplates": ("*", "metadata.name"),
    "volumes": ("*Volume", "name"),
}
# Lists of whose entries the object's stay where they are, whatever else is merged as by kubectl.
_STEADY = ("env", "versions", "volumeClaimTemplates")


class Replaced(Value):
    """
    A field of the object that a merge has taken away: `old` of a mapping of a `type`, at a `path`
    in the patch. The patch sets the field `new`; or, where `decided_by` names a field, it sets that
    to the value `new`, which does not allow `old`.
    """

    type: str
    path: Path
    old: str
    new: str
    decided_by: str


class Lost(Value):
    """
    A list of the object, without keys to merge it by, that a patch replaces by another one: its
    `path` in the patch, the items that are lost, and how many there were.
    """

    path: Path
    items: list[Any]
    count: int


class Sought(Value):
    """
    Something that a patch takes out: a field or a key by null, an entry of a list or what is in a
    mapping by `$patch: delete`, a value of a plain list. `path` is its place in the patch, with the
    key of an entry, or the value, as its last part. `there` is what it is looked for among: the
    names of fields, keys of entries, or values that the object has; all of them, or none where it
    is found.
    """

    path: Path
    is_entry: bool
    is_found: bool
    there: tuple[str, ...]


class _How(Value):
    """
    How to merge: what to tell of replaced fields and of what the patch takes out, and whether new
    entries of lists come last.
    """

    note: Note
    seek: Seek
    are_new_last: bool


def _ignore(_: Replaced | Lost | Sought) -> None:
    """Notes nothing."""


_QUIET = _How(_ignore, _ignore, are_new_last=True)


def _sought(
    path: Path, *, is_found: bool, is_entry: bool = False, there: Iterable[str] = ()
) -> Sought:
    """The same, with what `there` is only where it is not found."""
    return Sought(path, is_entry, is_found, () if is_found else tuple(there))


def merge_object(
    target: Mapping, patch: Mapping, note: Note = _ignore, seek: Seek = _ignore
) -> Mapping:
    """
    Merge a patch into a Kubernetes object, by the merge keys of the target's apiVersion and kind.

    `note` is told of each field that another one takes the place of, here and below, and `seek` of
    each thing that the patch takes out, found or not. Raises MergeError, also where the patch takes
    apiVersion or kind away.
    """
    version = str(target.get("apiVersion"))
    how = _How(note, seek, are_new_last=False)
    kind = _CUSTOM
    if is_built_in(version):
        kind = type_of(version, str(target.get("kind"))) or _OBJECT
    merged = _mapping(target, patch, kind, (), how)
    for name in ("apiVersion", "kind"):
        if name in target and name not in merged:
            message = f'the patch takes "{name}" away from the object'
            raise MergeError(message, ())
    return merged


def merge_pod_spec(
    target: Mapping, patch: Mapping, note: Note = _ignore, seek: Seek = _ignore
) -> Mapping:
    """Merge a patch into a pod spec. Raises MergeError."""
    return _mapping(target, patch, "PodSpec", (), _How(note, seek, are_new_last=True))


def merge_pod_template(
    target: Mapping, patch: Mapping, note: Note = _ignore, seek: Seek = _ignore
) -> Mapping:
    """Merge a patch into a pod template (`metadata` and `spec`). Raises MergeError."""
    return _mapping(target, patch, "PodTemplateSpec", (), _How(note, seek, are_new_last=True))


def merge_container(
    target: Mapping, patch: Mapping, note: Note = _ignore, seek: Seek = _ignore
) -> Mapping:
    """Merge a patch into one container of a pod spec. Raises MergeError."""
    return _mapping(target, patch, "Container", (), _How(note, seek, are_new_last=True))


def merge_volume(
    target: Mapping, patch: Mapping, note: Note = _ignore, seek: Seek = _ignore
) -> Mapping:
    """Merge a patch into one volume of a pod spec. Raises MergeError."""
    return _mapping(target, patch, "Volume", (), _How(note, seek, are_new_last=True))


def merge_text(
    old: str, patch: Mapping, path: Path, note: Note = _ignore, seek: Seek = _ignore
) -> str:
    """A text as operations at a path in a patch want it. Raises MergeError."""
    how = _How(note, seek, are_new_last=True)
    merged: str = _operated(old, patch, "", path, how, {})
    return merged


def plain(patch: Any) -> Any:
    """
    What a patch gives where there was nothing: a copy without nulls and directives.

    None stands for nothing at all, as from `$patch: delete`. Raises MergeError.
    """
    return _value(None, patch, "", (), _QUIET)


def _mapping(target: Mapping, patch: Mapping, kind: str, path: Path, how: _How) -> Mapping:
    """Merge two mappings; source: mergeMap."""
    directive = _directive(patch, path)
    if directive == "delete":
        how.seek(_sought(path, is_found=bool(target)))
        return {} if target else target
    if directive == "replace":
        content = {name: value for name, value in patch.items() if name != "$patch"}
        quiet = how.replaced(seek=_ignore)  # all that was there goes
        replaced: Mapping = _settled(target, _mapping({}, content, kind, path, quiet))
        return replaced
    given, target = target, _with_defaults(target, patch, kind)
    retained = _retained(patch, path)
    result = {name: target[name] for name in target if retained is None or name in retained}
    fields = _fields(kind)
    for name in _names(patch, path):
        field = fields.get(name, _CUSTOM if kind == _CUSTOM else "")
        key, value = key_in_patch(name), result.get(name)
        if _ORDER + name in patch:
            value = _in_order(value, patch, field, (*path, name), how)
        elif key in patch:
            if patch[key] is None:
                is_found = name in target
                how.seek(_sought((*path, key), is_found=is_found, there=target))
            if is_operation(patch[key]):
                value = _operated(value, patch[key], field, (*path, key), how, target)
            else:
                value = _value(value, patch[key], field, (*path, key), how)
        if _DELETE + name in patch:
            value = _without(value, patch[_DELETE + name], (*path, _DELETE + name), how)
            value = _settled(result.get(name), value)
        if value is None and _is_bare_volume(kind, name, patch, result):
            value = {}
        if value is not None:
            result[name] = value
        elif result.get(name) is not None or patch.get(key) is None:
            result.pop(name, None)
    for lost in _excluded(kind, target, patch, result, path):
        del result[lost.old]
        how.note(lost)
    same_fields = len(result) == len(given) and all(
        name in result and result[name] is value for name, value in given.items()
    )
    return given if same_fields else result


def _with_defaults(target: Mapping, patch: Mapping, kind: str) -> Mapping:
    """The target with the fields of `$default` that it has not."""
    if patch.get(DEFAULT) is None:
        return target
    from postrender.kubernetes.defaults import with_defaults

    merged: Mapping = with_defaults(target, plain(patch[DEFAULT]), kind, merge_keys)
    return merged


def _operated(old: Any, patch: Mapping, field: Field, path: Path, how: _How, owner: Mapping) -> Any:
    """
    A list or a text as operations want it: that of the target, where `owner` has it, or that of a
    lower layer, which then takes the place of the target's.
    """

    def tell(path: Path, *, is_found: bool, there: Iterable[str] = ()) -> None:
        how.seek(_sought(path, is_found=is_found, there=there))

    def merge(item: Any, fields: Any, at: Path) -> Any:
        of = field[0] if isinstance(field, tuple) else ""
        if is_operation(fields):
            return _operated(item, fields, "", at, how, {})
        return _value(item, fields, of, at, how)

    def add_by_key(items: list[Any], entries: list[Any], at: Path) -> list[Any]:
        assert isinstance(field, tuple)  # noqa: S101 - only called for such lists
        return _list(items, entries, [], field, at, how.replaced(are_new_last=True))

    is_list = not patch.keys().isdisjoint(LIST_OPERATIONS)
    base = patch.get(LOWER, old)
    new: Any
    if not is_list:
        if base is None:
            if any(patch.get(name) for name in TEXT_OPERATIONS):
                tell((*path, next(iter(patch))), is_found=False, there=owner)
            return None
        from postrender.kubernetes.texts import changed_text

        new = changed_text(base, patch, path, merge, tell)
    else:
        if not isinstance(base, list | None):
            raise MergeError("it is no list", path)
        from postrender.kubernetes.lists import changed_list, refuse_script

        items = base or []
        refuse_script(owner, patch, path)
        is_keyed = isinstance(field, tuple) and _mergeable(field, [*items, *_added(patch)])
        new = changed_list(items, patch, path, merge, tell, add_by_key if is_keyed else None)
        if old is None and not new:
            return None
    return _value(old, new, field, path, how) if LOWER in patch else new


def _added(patch: Mapping) -> list[Any]:
    """The items of `$add`."""
    given = patch.get("$add") or []
    return list(given.values()) if isinstance(given, dict) else given


def _is_bare_volume(kind: str, name: str, patch: Mapping, result: Mapping) -> bool:
    """
    Whether a patch names `emptyDir` where a volume has no source, though only to delete fields in
    it: it is the one source that needs none.
    """
    given = patch.get(name) if kind == "Volume" and name == "emptyDir" else None
    return isinstance(given, dict) and given.get("$patch") != "delete" and result.keys() <= {"name"}


def _excluded(
    kind: str, target: Mapping, patch: Mapping, result: Mapping, path: Path
) -> list[Replaced]:
    """
    The fields of the target that cannot stand beside what the patch has changed.

    An empty text beside another member is nothing to Kubernetes (ValidateEnvVar takes `value: ""`
    with `valueFrom`); a patch that gives it means it.
    """
    changed = [name for name in patch if result.get(name) is not target.get(name)]
    if (not changed and "" not in patch.values()) or target.keys() <= patch.keys():
        return []
    from postrender.kubernetes.unions import union_of

    union = union_of(kind)
    kept = [name for name in union.members if name not in patch and name in result] if union else []
    if union is None or not kept:
        return []
    if union.decided_by:
        value = result.get(union.decided_by)
        if not isinstance(value, str) or value == target.get(union.decided_by):
            return []
        member = union.allowed.get(value)
        others = [name for name in kept if name != member]
        return [Replaced(kind, path, name, value, union.decided_by) for name in others]
    for name in union.members:
        value = result.get(name)
        if name in patch and value is not None and (value is not target.get(name) or value == ""):
            return [Replaced(kind, path, other, name, "") for other in kept]
    return []


def merge_keys(type_name: str, field: str) -> tuple[str, ...] | None:
    """The keys by which a list of a type is merged; none for a set of scalars, None for others."""
    found = _fields(type_name).get(field)
    return found[1:] if isinstance(found, tuple) else None


def _fields(kind: str) -> dict[str, Field]:
    """The fields of a type that lead to a merge: what each holds."""
    found = _merge_fields.get(kind)
    if found is None and kind == _CUSTOM:
        lists = {**_fields("PodSpec"), **_fields("Container")}
        found = {
            name: (_CUSTOM, *field[1:]) for name, field in lists.items() if isinstance(field, tuple)
        }
        found.update(_TOLD_BY_NAME)
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
        found.update(_BY_KEY.get(kind, {}))
    _merge_fields[kind] = found
    return found


def _value(old: Any, patch: Any, field: Field, path: Path, how: _How) -> Any:
    """Merge a patch into what a field or a list entry holds; None is nothing, in and out."""
    if isinstance(patch, dict):
        directive = _directive(patch, path)
        if field is None:
            if directive == "delete":
                how.seek(_sought(path, is_found=bool(old)))
            quiet = how.replaced(seek=_ignore)  # all that was there goes
            return _settled(old, _value(None, patch, "", path, quiet))
        if not isinstance(old, dict) and directive == "delete":
            how.seek(_sought(path, is_found=False))
            return None
        target = old if isinstance(old, dict) else {}
        kind = field if isinstance(field, str) else field[0]
        kind = _CUSTOM if kind.startswith(_CUSTOM) else kind
        merged = _mapping(target, patch, kind, path, how)
        is_deletion = bool(patch.keys() - {"$patch"}) and directive != "replace"
        return None if old is None and is_deletion and not merged else merged
    if isinstance(patch, list):
        entries = old if isinstance(old, list) else []
        special = [_special(entry, (*path, i)) for i, entry in enumerate(patch)]
        if _mergeable(field, entries or patch):
            merged_list = _list(entries, patch, [], field, path, how)
        else:
            _check_unkeyed(patch, special, entries, path)
            for i, directive in enumerate(special):
                if directive == "delete":
                    how.seek(_sought((*path, i), is_found=False))
            content = [(entry, (*path, i)) for i, entry in enumerate(patch) if not special[i]]
            quiet = how.replaced(seek=_ignore)  # a new item has nothing to delete
            merged_list = _settled(old, [_entry(entry, "", at, quiet) for entry, at in content])
            if merged_list is not old and entries and "replace" not in special:
                _note_lost(entries, merged_list, path, how)
        is_deletion = bool(patch) and "replace" not in special
        return None if old is None and is_deletion and not merged_list else merged_list
    return old if same(old, patch) else patch


def _note_lost(old: list[Any], new: list[Any], path: Path, how: _How) -> None:
    """
    Tells of the items that a list had and the one in its place has not; a flag with another value
    is not lost.
    """
    flags = {_flag(item) for item in new} - {""}
    kept = set(map(frozen, new))
    lost = [item for item in old if _flag(item) not in flags and frozen(item) not in kept]
    if lost:
        how.note(Lost(path, lost, len(old)))


def _flag(item: Any) -> str:
    """The flag that a word of a command line sets: `--level` of `--level=debug`; or nothing."""
    is_flag = isinstance(item, str) and item.startswith("-") and "=" in item
    return item.partition("=")[0] if is_flag else ""


def _check_unkeyed(patch: list[Any], special: list[str], entries: list[Any], path: Path) -> None:
    """Raises MergeError where an entry of a list that is replaced says how to merge it."""
    for i, entry in enumerate(patch):
        is_said = isinstance(entry, dict) and "$patch" in entry
        if is_said and (not special[i] or (special[i] == "delete" and entries)):
            what = special[i] or "merge"
            message = f'"$patch: {what}" in "{path[-1]}": this list is not merged by a key'
            raise MergeError(message, (*path, i))


def _entry(patch: Any, kind: str, path: Path, how: _How) -> Any:
    """A new entry of a list; one that has only nulls is an empty mapping."""
    value = _value(None, patch, kind, path, how)
    return {} if value is None and isinstance(patch, dict) else value


def _mergeable(field: Field, entries: list[Any]) -> TypeGuard[tuple[str, ...]]:
    """
    Whether a list is merged: as its type says; in a custom kind, if all these entries have the key.

    They are those of the object, or of the patch where the object has none: a patch that forgets
    the key must not replace a list of containers.
    """
    if not isinstance(field, tuple) or not field[0].startswith(_CUSTOM):
        return isinstance(field, tuple)
    return all(
        isinstance(entry, dict)
        and (key_of(entry, field[1]) is not None or entry == {"$patch": "replace"})
        for entry in entries
    )


def _in_order(old: Any, patch: Mapping, field: Field, path: Path, how: _How) -> Any:
    """Merge a list that has a `$setElementOrder`; source: mergePatchIntoOriginal."""
    name = str(path[-1])
    key = key_in_patch(name)
    order, entries = patch[f"{_ORDER}{name}"], patch.get(key, [])
    known = [] if old is None else old
    if not all(isinstance(value, list) for value in (order, entries, known)):
        message = f'"{_ORDER}{name}" needs lists'
        raise MergeError(message, path)
    if key not in patch and old is None:
        return None
    if _mergeable(field, known or [*entries, *order]):
        return _list(known, entries, order, field, path, how)
    if key in patch:
        return _value(old, entries, "", path, how)
    return _list(old, [], order, ("",), path, how)


def _list(
    old: list[Any],
    patch: list[Any],
    order: list[Any],
    field: tuple[str, ...],
    path: Path,
    how: _How,
) -> list[Any]:
    """Merge two lists entry by entry; source: mergeSlice."""
    of, *keys = field
    of = of.removeprefix(_CUSTOM) or of
    here = [identity(entry, keys, (*path, i), "object") for i, entry in enumerate(old)]
    special = [_special(entry, (*path, i)) for i, entry in enumerate(patch)]
    added = [(entry, (*path, i)) for i, entry in enumerate(patch) if not special[i]]
    gone: set[int] = set()
    for i, entry in enumerate(patch):
        if special[i] == "delete":
            id_ = identity(entry, keys, (*path, i), "patch")
            meant = meant_by(entry, id_, keys, old, here)
            place = (*path, label(id_, entry))
            there = () if meant else map(label, here, old)
            how.seek(_sought(place, is_entry=True, is_found=bool(meant), there=there))
            gone.update(meant)
    kept = [] if "replace" in special else [i for i in range(len(old)) if i not in gone]
    ids = numbered(here[i] for i in kept)
    entries = [old[i] for i in kept]
    given = named(added, keys, entries, [here[i] for i in kept])
    is_environment = path[-1] == "env" and not order
    if is_environment:
        given = _meaning_the_last(given, ids)
    places = {id_: i for i, id_ in enumerate(ids)}
    for id_, (entry, at) in zip(given, added, strict=True):
        at_old = places.get(id_)
        if at_old is not None:
            entries[at_old] = _value(entries[at_old], entry, of, at, how)
        else:
            new = _entry(entry, of, at, how)
            if not (_has_operation(entry) and same(new, _keys_of(new, keys))):
                ids.append(id_)
                entries.append(new)

    if is_environment and len(entries) > len(kept):
        from postrender.kubernetes.environment import in_order

        entries = in_order(entries, len(kept))
    elif order or not (how.are_new_last or path[-1] in _STEADY):
        wanted, before = given, ids[: len(kept)]
        if order:
            wanted = _wanted(order, keys, ids, path)
            rest = iter(wanted)
            if not all(id_ in rest for id_ in given):
                message = f'"{path[-1]}" is not in the order of "{_ORDER}{path[-1]}"'
                raise MergeError(message, path)
            # Upstream deletes and appends in place, in an array as long as the old list; so a new
            # entry that takes the room of a deleted one has a place among the old ones.
            was = numbered(here)
            before = [id_ for id_ in ids if id_ in before or id_ not in was][: len(old)]
        entries = [entries[i] for i in _arranged(ids, wanted, before)]
    result: list[Any] = _settled(old, entries)
    return result


def _has_operation(entry: Any) -> bool:
    """Whether an entry of a patch changes a list or a text that is there."""
    return isinstance(entry, dict) and any(map(is_operation, entry.values()))


def _keys_of(entry: Any, keys: Sequence[str]) -> Any:
    """An entry without all but its keys."""
    return {key: value for key, value in entry.items() if key in keys}


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


def _meaning_the_last(given: list[Identity], ids: list[Identity]) -> list[Identity]:
    """The same, but where the object has more entries of a key than the patch, its last ones."""
    more = {id_[:-1]: 0 for id_ in given}
    for sign, entries in ((1, ids), (-1, given)):
        for *key, _ in entries:
            if tuple(key) in more:
                more[tuple(key)] += sign
    return [(*key, (kind, number + max(more[tuple(key)], 0))) for *key, (kind, number) in given]


def _wanted(
    order: list[Any], keys: Sequence[str], ids: list[Identity], path: Path
) -> list[Identity]:
    """The order that `$setElementOrder` asks for; a port without protocol is all of that number."""
    whole = [identity(entry, keys, (*path, i), "patch") for i, entry in enumerate(order)]
    return [
        id_
        for entry, wanted in zip(order, numbered(whole), strict=True)
        for id_ in ([wanted] if is_complete(entry, keys) else [x for x in ids if x[0] == wanted[0]])
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
        if name[:1] == "$" and name[:2] != "$$" and not is_directive(name):
            message = f'"{name}" says nothing; "${name}" is the key "{name}"'
            raise MergeError(message, path)
        if name not in ("$patch", "$retainKeys", DEFAULT):
            names[field_of(name).removeprefix(_ORDER).removeprefix(_DELETE)] = None
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
        if patch.get(key_in_patch(name)) is not None and name not in retained:
            message = f'"{name}" is set, but is not in "$retainKeys"'
            raise MergeError(message, path)
    return retained


def _without(old: Any, gone: Any, path: Path, how: _How) -> Any:
    """A list of scalars without some of them; source: deleteFromSlice."""
    if not isinstance(gone, list) or not isinstance(old, list | None):
        message = f'"{path[-1]}" needs a list, in the patch and in the object'
        raise MergeError(message, path)
    if any(isinstance(value, dict | list) for value in gone):
        message = f'"{path[-1]}" deletes scalars only; use "$patch: delete" in the list'
        raise MergeError(message, path)
    known = old or []
    for value in gone:
        is_found = any(same(value, x) for x in known)
        how.seek(_sought((*path, str(value)), is_found=is_found, there=map(str, known)))
    return old and [value for value in old if not any(same(value, x) for x in gone)]


def _settled(old: Any, new: Any) -> Any:
    """The new value made of the old parts where they are equal, and in the old order of fields."""
    if same(old, new):
        return old
    if isinstance(old, dict) and isinstance(new, dict):
        fields = dict.fromkeys([*(name for name in old if name in new), *new])
        return {name: _settled(old.get(name), new[name]) for name in fields}
    if isinstance(old, list) and isinstance(new, list):
        rest: dict[Any, list[Any]] = {}
        for entry in reversed(old):
            rest.setdefault(frozen(entry), []).append(entry)
        return [equal.pop() if (equal := rest.get(frozen(entry))) else entry for entry in new]
    return new
