"""The differences between two states of an object, field by field, with readable paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.data import align, labels, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data


class Field(NamedTuple):
    """
    A field that differs. `what` is `added`, `removed` or `changed`; `path` is for people, `pointer`
    (RFC 6901) is its place in the object after the change, or before it if it was removed. `before`
    is None for an added field, `after` for a removed one.
    """

    what: str
    path: str
    pointer: str
    before: Data
    after: Data


_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$")


def fields(before: Data, after: Data) -> list[Field]:
    """The smallest fields that differ between two states of an object, in the later one's order."""
    return list(_fields(before, after, "", "", ""))


def _fields(before: Data, after: Data, path: str, old_at: str, new_at: str) -> Iterator[Field]:
    """`old_at` and `new_at` are the pointers to the two values: entries of a list may move."""
    if same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**after, **before}:
            inner, step = f"{path}{key_step(key, path)}", f"/{_escaped(key)}"
            if key not in before:
                yield Field("added", inner, new_at + step, None, after[key])
            elif key not in after:
                yield Field("removed", inner, old_at + step, before[key], None)
            else:
                yield from _fields(before[key], after[key], inner, old_at + step, new_at + step)
    elif isinstance(before, list) and isinstance(after, list):
        name = new_at.rpartition("/")[2]
        olds, news = list_labels(before, name), list_labels(after, name)
        for old, new in align(before, after, name):
            if new is not None:
                inner, place = f"{path}[{news[new]}]", f"{new_at}/{new}"
                if old is not None:
                    yield from _fields(before[old], after[new], inner, f"{old_at}/{old}", place)
                else:
                    yield Field("added", inner, place, None, after[new])
            elif old is not None:
                yield Field("removed", f"{path}[{olds[old]}]", f"{old_at}/{old}", before[old], None)
    else:
        yield Field("changed", path, new_at, before, after)


def key_step(key: str, path: str) -> str:
    """A mapping's key as the next part of a path."""
    if key and set(key) <= _PLAIN:
        return f".{key}" if path else key
    return f'["{key}"]'


def list_labels(items: list[Data], field: str) -> list[str]:
    """The label in brackets for each entry of a list: what identifies it, else its index."""
    return [label or str(i) for i, label in enumerate(labels(items, field))]


def _escaped(key: str) -> str:
    """A key as part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")
