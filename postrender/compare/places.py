"""
Two states of an object, compared place by place. A place is a path of names: keys of mappings, and
for entries of a list what tells them apart (`[web]`), so that it stays the same when entries move.

A list whose entries nothing tells apart, such as `args`, is one value; if they are parts with parts
of their own, and as many before as after, their numbers tell them apart (`[#0]`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from postrender.data import KEY_DEFAULTS, keys_in, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data

    Place = tuple[str, ...]


class Missing:
    """What stands at a place where nothing is."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


def entry_of(item: Data, field: str) -> str:
    """What tells an entry of a list of this name from the others: `[web]`; empty for nothing."""
    keys = keys_in(item, field)
    if not keys:
        return ""
    values = [str(item[key]) for key in keys if item[key] != KEY_DEFAULTS.get(key)]
    known = item.get("metadata")
    if "metadata" in keys or isinstance(known, dict):
        return ""
    return f"[{'/'.join(values)}]"


def entries(items: list[Data], field: str) -> dict[str, Data] | None:
    """The entries of a list by what tells them apart; None where nothing does."""
    found = {entry_of(item, field): item for item in items}
    return None if "" in found or len(found) != len(items) else found


def at(data: Data, place: Place) -> Data:
    """What stands at a place; MISSING where nothing does, or null."""
    field = ""
    for step in place:
        if isinstance(data, dict):
            if step not in data:
                return MISSING
            data = data[step]
        elif isinstance(data, list) and step[:2] == "[#":
            index = int(step[2:-1])
            data = data[index] if index < len(data) else MISSING
        elif isinstance(data, list):
            data = next((item for item in data if entry_of(item, field) == step), MISSING)
        else:
            return MISSING
        field = step
    return MISSING if data is None else data


def differing(before: Data, after: Data, place: Place = ()) -> Iterator[Place]:
    """The places of all single values in which two states differ; null is nothing."""
    before, after = (MISSING if one is None else one for one in (before, after))
    if before is after or same(before, after):
        return
    field = place[-1] if place else ""
    olds, news = _parts(before, field), _parts(after, field)
    if olds is None and news is None and _are_pods(before, after):
        olds, news = ({f"[#{i}]": item for i, item in enumerate(one)} for one in (before, after))
    if olds is None and news is None:
        yield place
        return
    if (olds is None and before is not MISSING) or (news is None and after is not MISSING):
        yield place  # another kind of value
        return
    olds, news = olds or {}, news or {}
    if not olds and not news:
        yield place
        return
    for step in {**news, **olds}:
        yield from differing(olds.get(step, MISSING), news.get(step, MISSING), (*place, step))


def _are_pods(before: Data, after: Data) -> bool:
    """Whether two lists have as many items, with no names but with parts of their own."""
    return (
        isinstance(before, list)
        and isinstance(after, list)
        and len(before) == len(after)
        and all(isinstance(item, dict) for item in (*before, *after))
        and any(isinstance(value, dict) for item in before for value in item.values())
    )


def equal(one: Data, other: Data) -> bool:
    """Whether two values, which may be MISSING, are the same."""
    if one is MISSING or other is MISSING:
        return one is other
    return same(one, other)


def _parts(data: Data, field: str) -> dict[str, Data] | None:
    """The parts of a mapping, or of a list whose entries have names; None for a single value."""
    if isinstance(data, dict):
        return data
    if isinstance(data, list) and data:
        return entries(data, field)
    return None


def text_of_place(place: Place) -> str:
    """A place as people write it: `spec.template.spec.containers[web].image`."""
    text = ""
    for step in place:
        if step[:1] == "[":
            text += step.replace("[#", "[")
        elif "." in step or "/" in step:
            text += f'["{step}"]'
        else:
            text += f".{step}" if text else step
    return text
