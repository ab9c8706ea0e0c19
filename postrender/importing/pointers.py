"""
JSON 6902 as kustomize applies it: operations on plain data.

Sources: RFC 6902, RFC 6901; gopkg.in/evanphx/json-patch.v4, which kustomize uses. It takes some
things easier than the RFC: `replace` sets a key that is not there, a negative index counts from the
end. Every object has annotations, because kustomize keeps its own there, and they are text.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from postrender.data import same

if TYPE_CHECKING:
    from postrender.data import Data, Object


_ANNOTATIONS = ("metadata", "annotations")


class PatchError(ValueError):
    """A patch that cannot be followed; the text says why, `advice` what to do."""

    def __init__(self, text: str, advice: str = "write a rule by hand") -> None:
        super().__init__(text)
        self.advice = advice


def parts_of(pointer: str) -> list[str]:
    """The parts of a pointer, without its escapes."""
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise PatchError(f'"{pointer}" does not begin with "/"')
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def applied(obj: Object, operations: list[Object]) -> Data:
    """A copy of the object with the operations done. Raises PatchError."""
    new: Data = deepcopy(obj)
    for operation in operations:
        new = one(new, operation)
    return new


def one(obj: Data, operation: Object) -> Data:
    """The object, which may change, after one operation. Raises PatchError."""
    name, pointer = operation.get("op"), operation.get("path", "")
    parts = parts_of(str(pointer))
    if name in ("add", "replace"):
        if tuple(parts[:2]) == _ANNOTATIONS and len(parts) > len(_ANNOTATIONS):
            metadata = obj["metadata"]
            metadata["annotations"] = metadata.get("annotations") or {}
        value = deepcopy(operation.get("value"))
        if tuple(parts[: len(_ANNOTATIONS)]) == _ANNOTATIONS:
            value = _texts(value)
        return _put(obj, parts, value, is_new=name == "add")
    if name == "remove":
        return _cut(obj, parts)
    if name == "test":
        if not same(look(obj, parts), operation.get("value")):
            raise PatchError(f"test {pointer}: the value is another one")
        return obj
    if name in ("copy", "move"):
        source = parts_of(str(operation.get("from", "")))
        value = deepcopy(look(obj, source))
        if name == "move":
            obj = _cut(obj, source)
        return _put(obj, parts, value, is_new=True)
    raise PatchError(f'"{name}" is no operation')


def _texts(value: Data) -> Data:
    """Annotations as text."""
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def look(obj: Data, parts: list[str]) -> Data:
    """What is at a place. Raises PatchError where there is nothing."""
    for i, part in enumerate(parts):
        key = key_in(obj, part, parts[: i + 1])
        obj = obj[key]
    return obj


def key_in(holder: Data, part: str, parts: list[str]) -> str | int:
    """A part as the key or the index of what is there. Raises PatchError."""
    if isinstance(holder, dict) and part in holder:
        return part
    if isinstance(holder, list) and part.removeprefix("-").isdigit():
        place = int(part) + (len(holder) if part[0] == "-" else 0)
        if 0 <= place < len(holder):
            return place
    raise PatchError(f"there is nothing at /{'/'.join(parts)}")


def _put(obj: Data, parts: list[str], value: Data, *, is_new: bool) -> Data:
    if not parts:
        return value
    holder, last = look(obj, parts[:-1]), parts[-1]
    if isinstance(holder, list) and is_new:
        place = _place(holder, last)
        if not 0 <= place <= len(holder):
            raise PatchError(f"there is no place /{'/'.join(parts)}")
        holder.insert(place, value)
    elif isinstance(holder, dict):
        holder[last] = value
    else:
        holder[key_in(holder, last, parts)] = value
    return obj


def _place(items: list[Data], part: str) -> int:
    """Where a new item goes; -1 where no index says it."""
    if part == "-":
        return len(items)
    if not part.removeprefix("-").isdigit():
        return -1
    return int(part) + (len(items) + 1 if part[0] == "-" else 0)


def _cut(obj: Data, parts: list[str]) -> Data:
    if not parts:
        raise PatchError("the whole object cannot be removed")
    holder = look(obj, parts[:-1])
    del holder[key_in(holder, parts[-1], parts)]
    return obj
