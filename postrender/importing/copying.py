"""
`replacements` of kustomize: a value of one object goes into others.

Source: sigs.k8s.io/kustomize/api/filters/replacement/replacement.go. Fields with a dot are written
in brackets, entries of lists by index, by `[name=web]`, or `*` for all.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

from postrender.importing.model import Target
from postrender.importing.pointers import PatchError
from postrender.importing.selecting import is_selected
from postrender.kubernetes.objects import mappings

if TYPE_CHECKING:
    from postrender.data import Data, Object
    from postrender.importing.model import Replacement

_PART = re.compile(r"\[([^\]]*)\]|((?:[^.\[\\]|\\.)+)")


def copied(change: Replacement, objects: list[Object]) -> list[Object]:
    """The objects with the value copied. Raises PatchError."""
    source = change.source
    if not source:
        raise PatchError("it has no source")
    found = [obj for obj in objects if is_selected(obj, selector(source))]
    if len(found) != 1:
        raise PatchError(f"{len(found)} objects match the source of the replacement")
    value = _one(found[0], str(source.get("fieldPath") or "metadata.name"))
    cut = source.get("options")
    value = _cut_out(value, cut if isinstance(cut, dict) else {})
    new = deepcopy(objects)
    for target in change.targets:
        paths, options = target.get("fieldPaths"), target.get("options")
        for obj in [one for one in new if is_target(one, target)]:
            for path in paths if isinstance(paths, list) else ["metadata.name"]:
                _write(obj, str(path), value, options if isinstance(options, dict) else {})
    return new


def is_target(obj: Object, target: Object) -> bool:
    """
    Whether a target means an object. Each entry of `reject` does by its names, and by its selectors
    of labels and annotations. Raises PatchError where a selector is none.
    """
    try:
        return _is_target(obj, target)
    except ValueError as error:
        raise PatchError(f'the selector "{error}" cannot be read', "correct it") from None


def _is_target(obj: Object, target: Object) -> bool:
    if not is_selected(obj, selector(target.get("select"))):
        return False
    for one in map(selector, mappings(target.get("reject"))):
        named = one._replace(labels="", annotations="")
        labelled = Target(labels=one.labels, annotations=one.annotations)
        if any(any(part) and is_selected(obj, part) for part in (named, labelled)):
            return False
    return True


def selector(data: Data) -> Target:
    """What selects objects in a replacement: the whole of each text, and selectors of labels."""
    given = data if isinstance(data, dict) else {}

    def text(key: str) -> str:
        return re.escape(str(given[key])) if given.get(key) else ""

    return Target(
        *(text("group"), text("version"), text("kind"), text("name"), text("namespace")),
        labels=str(given.get("labelSelector") or ""),
        annotations=str(given.get("annotationSelector") or ""),
    )


def parts_of(path: str) -> list[str]:
    """The parts of a field path; those in brackets keep an opening bracket."""
    found = []
    for bracketed, plain in _PART.findall(path):
        found.append(f"[{bracketed}" if bracketed else plain.replace("\\.", "."))
    return found


def _one(obj: Object, path: str) -> Data:
    value: Data = obj
    for part in parts_of(path):
        near = _inside(value, part)
        if len(near) != 1:
            raise PatchError(f"the source has no single {path}")
        value = value[near[0]]
    return value


def _inside(value: Data, part: str) -> list[str | int]:
    """The keys or indices that a part means."""
    name = part.removeprefix("[")
    if isinstance(value, dict):
        return [name] if name in value else []
    if not isinstance(value, list):
        return []
    if name == "*":
        return list(range(len(value)))
    if name.isdigit():
        return [int(name)] if int(name) < len(value) else []
    key, equals, wanted = name.partition("=")
    if not equals:
        return []
    return [i for i, item in enumerate(value) if isinstance(item, dict) and item.get(key) == wanted]


def _write(obj: Object, path: str, value: Data, options: Object) -> None:
    holders: list[Data] = [obj]
    *parents, last = parts_of(path) or [""]
    for part in parents:
        if options.get("create"):
            for holder in holders:
                if isinstance(holder, dict):
                    holder.setdefault(part.removeprefix("["), {})
        holders = [holder[key] for holder in holders for key in _inside(holder, part)]
    written = False
    for holder in holders:
        keys = _inside(holder, last)
        if not keys and isinstance(holder, dict) and options.get("create"):
            keys = [last.removeprefix("[")]
        for key in keys:
            old = holder[key] if not isinstance(holder, dict) or key in holder else None
            holder[key] = _put_in(old, value, options)
            written = True
    if not written:
        raise PatchError(f"there is no {path}")


def _cut_out(value: Data, options: Object) -> Data:
    """The part of a value that the options of the source name."""
    if not options.get("delimiter"):
        return value
    parts = str(value).split(str(options["delimiter"]))
    index = _index(options)
    if not 0 <= index < len(parts):
        raise PatchError("the value has no part of this index")
    return parts[index]


def _index(options: Object) -> int:
    found = options.get("index")
    return found if isinstance(found, int) else 0


def _put_in(old: Data, value: Data, options: Object) -> Data:
    """The new value of a field, which the options may make a part of the old one."""
    if not options.get("delimiter"):
        return deepcopy(value)
    mark = str(options["delimiter"])
    parts = str(old).split(mark)
    index = _index(options)
    if index < 0:
        parts.insert(0, str(value))
    elif index >= len(parts):
        parts.append(str(value))
    else:
        parts[index] = str(value)
    return mark.join(parts)
