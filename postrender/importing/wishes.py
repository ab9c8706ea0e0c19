"""
What a patch wants of an object, in the words of the verb `merge`: a *wish*.

A wish is a mapping as `merge` takes it. Operations by index become names where the object tells
them: an entry of a keyed list by its key, another mapping by `$change` with a `match`, a word of a
command by `$remove`, `$add` or `$flags`. `POSITION` in a new container says where it goes; only
`initContainers` and `sidecars` can do that.
"""

from __future__ import annotations

import re
from copy import deepcopy
from itertools import pairwise
from typing import TYPE_CHECKING

from postrender.data import KEY_DEFAULTS, same
from postrender.importing import pointers
from postrender.importing.shapes import below, entry_of, is_whole, keys_of, pod_patterns, root_of
from postrender.kubernetes.directives import is_operation
from postrender.kubernetes.directives import key_of as key_in_patch
from postrender.kubernetes.entries import key_of

if TYPE_CHECKING:
    from postrender.data import Data, Object, Path

POSITION = "position"
_CONTAINERS = ("containers", "initContainers")
_WORDS = ("args", "command")
_FLAG = re.compile(r"--?[A-Za-z][\w.-]*")
# What best tells the entries of a list without merge keys apart.
_TELLING = ("name", "port", "key", "host", "type", "path", "kind", "id", "targetPort", "weight")


class NoWish(ValueError):
    """An operation that `merge` has no words for; the text says why."""


def of_operations(obj: Object, operations: list[Object]) -> Object:
    """What operations want of an object. Raises NoWish, and PatchError."""
    state = deepcopy(obj)
    wish: Object = {}
    for operation in operations:
        after = pointers.one(deepcopy(state), operation)
        if operation.get("op") != "test":
            wish = combined(wish, _of_one(state, after, operation), root_of(obj), obj, ())
        state = after
    return wish


def of_difference(before: Object, after: Object) -> Object:
    """What makes one object of another. Raises NoWish."""
    return _changed(before, after, root_of(before), before, ())


def with_whole_lists(wish: Object, after: Data) -> Object:
    """The wish with the lists that are to come out in place of operations on them."""
    found: Object = {}
    for key, value in wish.items():
        new = after.get(key) if isinstance(after, dict) else None
        if is_operation(value) and isinstance(new, list):
            found[key] = as_patch(new)
        elif isinstance(value, dict):
            found[key] = with_whole_lists(value, new)
        elif isinstance(value, list) and isinstance(new, list):
            found[key] = [_with_whole_lists_in(entry, new) for entry in value]
        else:
            found[key] = value
    return found


def _with_whole_lists_in(entry: Data, items: list[Data]) -> Data:
    """The same for an entry of a list with merge keys, whose first field is its key."""
    if not isinstance(entry, dict) or not entry or "$patch" in entry:
        return entry
    key = next(iter(entry))
    new = next(
        (one for one in items if isinstance(one, dict) and same(one.get(key), entry[key])), None
    )
    return with_whole_lists(entry, new)


def _of_one(before: Object, after: Object, operation: Object) -> Object:
    """What one operation wants, at its place."""
    parts = pointers.parts_of(str(operation.get("path", "")))
    if operation.get("op") in ("copy", "move") or not parts:
        return _changed(before, after, root_of(before), before, ())
    return _at(before, after, parts, root_of(before), before, (), operation)


def _at(
    old: Data, new: Data, parts: list[str], shape: str, obj: Object, path: Path, operation: Object
) -> Object:
    """The wish for the mapping `old`, of what an operation does below it."""
    shape = shape_at(shape, obj, path)
    name = parts[0]
    if not isinstance(old, dict):
        raise NoWish(f"/{'/'.join(map(str, path))} is no mapping")
    if len(parts) == 1:
        if operation["op"] == "remove":
            return {key_in_patch(name): None}
        return {key_in_patch(name): _set(old.get(name), new[name], shape, name, obj, path)}
    inner, inner_new = old.get(name), new.get(name)
    if inner is None and inner_new is not None:
        inner = {}
    if is_whole(shape, name):
        return {key_in_patch(name): as_patch(inner_new)}
    if isinstance(inner, list):
        return {
            key_in_patch(name): _in_list(
                inner, inner_new, parts[1:], shape, name, obj, path, operation
            )
        }
    return {
        key_in_patch(name): _at(
            inner, inner_new, parts[1:], below(shape, name), obj, (*path, name), operation
        )
    }


def _in_list(
    old: list[Data],
    new: list[Data],
    parts: list[str],
    shape: str,
    name: str,
    obj: Object,
    path: Path,
    operation: Object,
) -> Data:
    """The wish for a list, of what an operation does in it."""
    if len(parts) == 1:
        return _list(old, new, shape, name, obj, path)
    index = int(pointers.key_in(old, parts[0], parts[:1]))
    keys = keys_of(shape, name)
    of = entry_of(below(shape, name))
    item = old[index]
    if isinstance(item, list):
        return deepcopy(new)
    fields = _at(item, new[index], parts[1:], of, obj, (*path, name, index), operation)
    key = _key_in(old, index, keys)
    if key is not None:
        if any(name in fields and not isinstance(key[name], dict) for name in key):
            return {"$change": [{"match": telling(old, index, {}), "set": fields}]}
        return [_joined(key, fields)]
    return {"$change": [{"match": telling(old, index, fields), "set": fields}]}


def _set(old: Data, new: Data, shape: str, name: str, obj: Object, path: Path) -> Data:
    """What sets a field to a value, whatever it was."""
    if isinstance(new, dict):
        inner = shape_at(below(shape, name), obj, (*path, name))
        if not isinstance(old, dict) or not old:
            return as_patch(new)
        if set(old) <= set(new) and same(_merged_plainly(old, new), new):
            return as_patch(new)
        del inner
        return {"$patch": "replace", **as_patch(new)}
    if isinstance(new, list):
        keys = keys_of(shape, name)
        if keys is None or not isinstance(old, list) or not old:
            return as_patch(new)
        if keys and all(_is_in(item, new, keys) for item in old) and not _has_mappings(old):
            return as_patch(new)
        if not keys:
            return _list(old, new, shape, name, obj, path)
        return [{"$patch": "replace"}, *as_patch(new)]
    return new


def _has_mappings(items: list[Data]) -> bool:
    return any(isinstance(value, dict | list) for item in items for value in item.values())


def _is_in(item: Data, new: list[Data], keys: tuple[str, ...]) -> bool:
    """Whether an entry is in a list too, with all its fields or more."""
    return isinstance(item, dict) and any(
        isinstance(one, dict)
        and all(same(key_of(one, key), key_of(item, key)) for key in keys)
        and set(item) <= set(one)
        for one in new
    )


def _merged_plainly(old: Data, new: Data) -> Data:
    """The old mapping with the new one merged in, where lists are replaced."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {
        key: _merged_plainly(old.get(key), new[key]) if key in new else old[key]
        for key in (*new, *(key for key in old if key not in new))
    }


def as_patch(value: Data) -> Data:
    """A value as a patch writes it: names with a `$` get another one."""
    if isinstance(value, dict):
        return {key_in_patch(key): as_patch(item) for key, item in value.items()}
    return [as_patch(item) for item in value] if isinstance(value, list) else value


def shape_at(shape: str, obj: Object, path: Path) -> str:
    """The shape of a mapping at a path, which may be a pod."""
    for spec, template in pod_patterns(obj):
        if path == spec:
            return "PodSpec"
        if template is not None and path == (*template, "metadata"):
            return "ObjectMeta"
    return shape


def _changed(old: Object, new: Object, shape: str, obj: Object, path: Path) -> Object:
    """What makes one mapping of another."""
    shape = shape_at(shape, obj, path)
    wish: Object = {key_in_patch(name): None for name in old if name not in new}
    for name, value in new.items():
        before = old.get(name)
        if name in old and same(before, value):
            continue
        if is_whole(shape, name):
            wish[key_in_patch(name)] = as_patch(value)
        elif isinstance(before, dict) and isinstance(value, dict) and value and before:
            found = _changed(before, value, below(shape, name), obj, (*path, name))
            wish[key_in_patch(name)] = found
        elif isinstance(before, list) and isinstance(value, list) and before:
            wish[key_in_patch(name)] = _list(before, value, shape, name, obj, path)
        else:
            wish[key_in_patch(name)] = as_patch(value)
    return wish


def _list(old: list[Data], new: list[Data], shape: str, name: str, obj: Object, path: Path) -> Data:
    """What makes one list of another."""
    keys = keys_of(shape, name)
    if keys and _are_keyed(old, keys) and _are_keyed(new, keys):
        of = entry_of(below(shape, name))
        return _keyed(old, new, keys, of, name, obj, path)
    if _are_texts(old) and _are_texts(new):
        return _words(old, new, name)
    return _others(old, new, shape, name, obj, path)


def _keyed(
    old: list[Data],
    new: list[Data],
    keys: tuple[str, ...],
    shape: str,
    name: str,
    obj: Object,
    path: Path,
) -> Data:
    """What makes one list with merge keys of another: its entries."""
    before = {_identity(item, keys): item for item in old}
    after = {_identity(item, keys): item for item in new}
    _refuse_renaming(before, after, keys)
    entries: list[Data] = []
    for id_, item in before.items():
        if id_ not in after:
            entries.append({**_full_keys(item, keys, old), "$patch": "delete"})
    kept = [id_ for id_ in after if id_ in before]
    for place, (id_, item) in enumerate(after.items()):
        if id_ not in before:
            entry = as_patch(item)
            if name in _CONTAINERS and kept and place < len(after) - 1:
                entry = {**entry, POSITION: _position(list(after), place, kept)}
            entries.append(entry)
        elif not same(before[id_], item):
            index = old.index(before[id_])
            fields = _changed(before[id_], item, shape, obj, (*path, name, index))
            entries.append(_joined(_key_fields(item, keys), fields))
    return entries


def _refuse_renaming(before: Data, after: Data, keys: tuple[str, ...]) -> None:
    """
    Raises NoWish where an entry gets another name: taken out and added anew, it would stay for ever
    as the chart has it today.
    """
    lost = [_rest(item, keys) for id_, item in before.items() if id_ not in after]
    for id_, item in after.items():
        rest = _rest(item, keys)
        if id_ not in before and len(rest) > 0 and any(same(rest, one) for one in lost):
            raise NoWish("it renames an entry of a list")


def _rest(item: Object, keys: tuple[str, ...]) -> Object:
    return {key: value for key, value in item.items() if key not in keys}


def _joined(one: Object, other: Object) -> Object:
    """Two mappings as one, with what both have below a key."""
    found = dict(one)
    for key, value in other.items():
        old = found.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        found[key] = _joined(old, value) if both else value  # type: ignore[arg-type]
    return found


def _position(ids: list[Data], place: int, kept: list[Data]) -> Data:
    """Where a new container goes."""
    behind = [id_ for id_ in ids[place + 1 :] if id_ in kept]
    if not behind:
        return "last"
    if not any(id_ in kept for id_ in ids[:place]):
        return "first" if place == 0 else {"before": behind[0][0]}
    return {"before": behind[0][0]}


def _words(old: list[str], new: list[str], name: str) -> Data:
    """What makes one list of texts of another."""
    if len(new) > len(old) and new[: len(old)] == old:
        added = new[len(old) :]
        if not set(added) & set(old) and len(set(added)) == len(added):
            return {"$add": [added] if _is_run(added) else added}
        return list(new)
    if len(new) < len(old):
        gone = _gone(old, new)
        if gone is not None and not any(old[i] in new for i in gone):
            return _without(old, gone, name)
        return list(new)
    if len(new) == len(old):
        changed = [i for i, word in enumerate(old) if word != new[i]]
        if all(old.count(old[i]) == 1 for i in changed) and changed:
            return _replaced(old, new, changed, name)
    return list(new)


def _is_run(words: list[str]) -> bool:
    """Whether words belong together: a flag and the word behind it."""
    return len(words) > 1 and any(
        word.startswith("-") and "=" not in word and not behind.startswith("-")
        for word, behind in pairwise(words)
    )


def _gone(old: list[str], new: list[str]) -> list[int] | None:
    """The places of what is missing in the new list; None where that is no part of the old."""
    gone, place = [], 0
    for i, word in enumerate(old):
        if place < len(new) and new[place] == word:
            place += 1
        else:
            gone.append(i)
    return gone if place == len(new) else None


def _without(old: list[str], gone: list[int], name: str) -> Data:
    """What takes words out."""
    if name in _WORDS and all(_is_lone_flag(old, i) for i in gone):
        return {"$flags": {old[i].partition("=")[0]: None for i in gone}}
    if gone == list(range(gone[0], gone[0] + len(gone))) and len(gone) > 1 and name in _WORDS:
        return {"$remove": [[as_glob(old[i]) for i in gone]]}
    return {"$remove": [as_glob(old[i]) for i in gone]}


def _is_lone_flag(words: list[str], place: int) -> bool:
    """Whether a word is a flag that stands there once and has nothing behind it."""
    flag, equals, _ = words[place].partition("=")
    if not _FLAG.fullmatch(flag) or sum(w.partition("=")[0] == flag for w in words) > 1:
        return False
    is_last = place + 1 == len(words) or words[place + 1].startswith("-")
    return bool(equals) or is_last


def _replaced(old: list[str], new: list[str], changed: list[int], name: str) -> Data:
    """What changes words in their places."""
    flags: Object = {}
    for i in changed:
        flag, equals, value = new[i].partition("=")
        before, sign, _ = old[i].partition("=")
        if name in _WORDS and equals and sign and flag == before and _FLAG.fullmatch(flag):
            count = sum(word.partition("=")[0] == flag for word in old)
            flags |= {flag: value} if count == 1 and value else {}
    if len(flags) == len(changed):
        return {"$flags": flags}
    return {"$change": {as_glob(old[i]): new[i] for i in changed}}


def _others(
    old: list[Data], new: list[Data], shape: str, name: str, obj: Object, path: Path
) -> Data:
    """What makes one list without keys of another."""
    if len(new) > len(old) and same(new[: len(old)], old):
        added = new[len(old) :]
        if not any(same(item, one) for item in added for one in old):
            return {"$add": [as_patch(item) for item in added]}
    if len(new) < len(old):
        gone = [i for i, item in enumerate(old) if not any(same(item, one) for one in new)]
        rest = [item for i, item in enumerate(old) if i not in gone]
        if same(rest, new) and gone:
            return {"$remove": [telling(old, i, {}) for i in gone]}
    if len(new) == len(old):
        changes = []
        for i, item in enumerate(old):
            if same(item, new[i]):
                continue
            if not isinstance(item, dict) or not isinstance(new[i], dict):
                return deepcopy(new)
            of = entry_of(below(shape, name))
            fields = _changed(item, new[i], of, obj, (*path, name, i))
            changes.append({"match": telling(old, i, fields), "set": fields})
        if changes:
            return {"$change": changes}
    return _replacing(new, shape, name)


def _replacing(new: list[Data], shape: str, name: str) -> Data:
    """A whole new list."""
    keys = keys_of(shape, name)
    plain = [as_patch(item) for item in new]
    return [{"$patch": "replace"}, *plain] if keys else plain


def telling(items: list[Data], place: int, fields: Object) -> Object:
    """The fewest fields that tell an entry from the others. Raises NoWish where none do."""
    item = items[place]
    if not isinstance(item, dict):
        if isinstance(item, str | int | float) and sum(same(item, one) for one in items) == 1:
            return as_glob(item) if isinstance(item, str) else item  # type: ignore[return-value]
        raise NoWish("nothing tells the entries of the list apart")
    known = {
        key: value for key, value in item.items() if isinstance(value, str | int | float | bool)
    }
    names = [
        *(name for name in _TELLING if name in known),
        *(n for n in known if n not in _TELLING),
    ]
    names = [name for name in names if name not in fields] + [n for n in names if n in fields]
    others = [one for i, one in enumerate(items) if i != place and isinstance(one, dict)]
    for count in range(1, len(names) + 1):
        for name in names[count - 1 :]:
            chosen = [*names[: count - 1], name]
            match = {key: known[key] for key in chosen}
            if not any(all(same(one.get(k), v) for k, v in match.items()) for one in others):
                return {k: as_glob(v) if isinstance(v, str) else v for k, v in match.items()}
    nested = {key: item[key] for key in item if isinstance(item[key], list | dict)}
    for match in ({k: v for k, v in nested.items() if k not in fields}, nested):
        if match and not any(all(same(o.get(k), v) for k, v in match.items()) for o in others):
            return {key: _as_globs(value) for key, value in match.items()}
    if not others and known:
        return dict([next(iter(known.items()))])
    raise NoWish("nothing tells the entries of the list apart")


def _as_globs(value: Data) -> Data:
    """A value whose texts fit nothing else."""
    if isinstance(value, dict):
        return {key: _as_globs(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_globs(item) for item in value]
    return as_glob(value) if isinstance(value, str) else value


def as_glob(text: str) -> str:
    """A text as a glob that fits nothing else."""
    return re.sub(r"([*?\[])", r"[\1]", text)


def _key_in(items: list[Data], place: int, keys: tuple[str, ...] | None) -> Object | None:
    """The keys of an entry of a list with merge keys; None where they do not tell it apart."""
    if not keys or not _are_keyed(items, keys):
        return None
    return _key_fields(items[place], keys)


def _key_fields(item: Object, keys: tuple[str, ...]) -> Object:
    if "." in keys[0]:
        first, _, second = keys[0].partition(".")
        return {first: {second: key_of(item, keys[0])}}
    return {key: item[key] for key in keys if key in item}


def _full_keys(item: Object, keys: tuple[str, ...], items: list[Data]) -> Object:
    """The keys of an entry, also those that have a default, where another entry has the first."""
    twins = [one for one in items if key_of(one, keys[0]) == key_of(item, keys[0])]
    defaults = {key: KEY_DEFAULTS[key] for key in keys if key in KEY_DEFAULTS}
    fields = _key_fields(item, keys)
    return (
        {**fields, **{k: v for k, v in defaults.items() if k not in fields}}
        if len(twins) > 1
        else fields
    )


def _are_keyed(items: list[Data], keys: tuple[str, ...]) -> bool:
    """Whether all entries of a list have its keys, each its own."""
    if not all(
        isinstance(item, dict) and isinstance(key_of(item, keys[0]), str | int) for item in items
    ):
        return False
    return len({_identity(item, keys) for item in items}) == len(items)


def _identity(item: Object, keys: tuple[str, ...]) -> tuple[Data, ...]:
    return tuple(key_of(item, key) or KEY_DEFAULTS.get(key) for key in keys)


def _are_texts(items: list[Data]) -> bool:
    return all(isinstance(item, str) for item in items)


def combined(one: Object, other: Object, shape: str, obj: Object, path: Path) -> Object:
    """Two wishes, one after the other, as one. Raises NoWish where they cannot be one."""
    shape = shape_at(shape, obj, path)
    found = dict(one)
    for key, value in other.items():
        old = found.get(key)
        name = key[1:] if key[:2] == "$$" else key
        if key not in found or not isinstance(value, dict | list):
            found[key] = value
        elif isinstance(old, dict) and isinstance(value, dict):
            found[key] = _both(old, value, below(shape, name), obj, (*path, name))
        elif isinstance(old, list) and isinstance(value, list):
            keys = keys_of(shape, name)
            of = entry_of(below(shape, name))
            found[key] = _both_lists(old, value, keys, of, obj, (*path, name))
        elif old is None or not isinstance(old, dict | list):
            found[key] = value
        elif isinstance(old, dict) and keys_of(shape, name) and not _has_directives(value):
            found[key] = _both(old, {"$add": value}, below(shape, name), obj, (*path, name))
        else:
            raise NoWish("operations on one list in different words")
    return found


def _has_directives(entries: Data) -> bool:
    """Whether entries do more than give fields."""
    return not isinstance(entries, list) or any("$patch" in one for one in entries)


def _both(one: Object, other: Object, shape: str, obj: Object, path: Path) -> Object:
    operations = ("$add", "$remove", "$change", "$flags")
    if other.get("$patch") == "replace":
        return other
    if not (one.keys() | other.keys()) & set(operations):
        return combined(one, other, shape, obj, path)
    found = dict(one)
    order = {"$remove": 0, "$change": 1, "$add": 2, "$flags": 3}
    for key, value in other.items():
        if key not in operations:
            raise NoWish("operations on one list in different words")
        if any(order[old] > order[key] for old in found):
            raise NoWish("operations on one list in another order")
        if key not in found:
            found[key] = value
        elif isinstance(found[key], dict) and isinstance(value, dict):
            found[key] = {**found[key], **value}
        elif isinstance(found[key], list) and isinstance(value, list):
            found[key] = _changes(found[key], value) if key == "$change" else [*found[key], *value]
        else:
            raise NoWish("operations on one list in different words")
    return found


def _changes(one: list[Data], other: list[Data]) -> list[Data]:
    """Entries of `$change`; two for one match become one."""
    found = [dict(entry) for entry in one]
    for entry in other:
        same_one = next((old for old in found if same(old["match"], entry["match"])), None)
        if same_one is None:
            found.append(entry)
        else:
            same_one["set"] = combined(same_one["set"], entry["set"], "", {}, ())
    return found


def _both_lists(
    one: list[Data],
    other: list[Data],
    keys: tuple[str, ...] | None,
    shape: str,
    obj: Object,
    path: Path,
) -> list[Data]:
    if not keys or {"$patch": "replace"} in other:
        return other
    found = [deepcopy(entry) for entry in one]
    for entry in other:
        id_ = _identity(entry, keys)
        same_one = next(
            (
                i
                for i, old in enumerate(found)
                if "$patch" not in old and _identity(old, keys) == id_
            ),
            None,
        )
        if same_one is None or "$patch" in entry:
            found.append(entry)
        else:
            found[same_one] = combined(found[same_one], entry, shape, obj, (*path, 0))
    return found
