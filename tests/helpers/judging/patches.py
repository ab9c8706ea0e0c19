"""
Random patches for an object: each sets one field at a random place to a value that fits, or makes one
mistake there. What is on the way to the place is valid.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from judging.openapi import ANY, BOOLEAN, INTEGER, LIST, MAP, OBJECT, QUANTITY, TEXT
from judging.values import UNIONS, fitting, minimal, short, wrong

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from judging.openapi import Field, Types

    Mapping = dict[str, Any]
    Mistake = Callable[["_Place"], Mapping | None]

# What no rule is meant to change, or what only a server may set.
_LEFT_ALONE = {
    "": ("apiVersion", "kind", "status"),
    "ObjectMeta": (
        *("name", "namespace", "generateName", "resourceVersion", "uid", "selfLink"),
        *("managedFields", "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences"),
    ),
}
_DEEPEST = 9
_TRIES = 60


class Patch(NamedTuple):
    """
    A strategic merge patch: the `mistake` in it (a name of MISTAKES), and the place of it as types
    and fields: `Container.ports: ContainerPort.hostIP`.
    """

    data: Mapping
    mistake: str
    place: str


class _Place(NamedTuple):
    """A mapping that is to be changed: its type and what is there now, and what may be changed."""

    random: Random
    types: Types
    type: str
    above: str
    now: Mapping
    fields: dict[str, Field]

    def some(self, *kinds: str) -> Field | None:
        """One of the fields that hold any of these."""
        found = [f for f in self.fields.values() if not kinds or f.shape.kind in kinds]
        return self.random.choice(found) if found else None

    def fitting(self, field: Field) -> Any:
        return fitting(self.random, self.types, field.shape, field.name)


def some_patch(
    random: Random, types: Types, type_: str, base: Mapping, skip: tuple[str, ...] = ()
) -> Patch:
    """A patch for a mapping of a type. `skip` are fields of it that stay as they are."""
    for name in random.sample([*MISTAKES], len(MISTAKES)):
        for _ in range(_TRIES):
            found = _at(random, types, type_, "", base, name, skip, 0)
            if found is not None:
                data, place = found
                return Patch(data, name, place)
    raise ValueError(f"nothing to change in {type_}")


def _at(
    random: Random,
    types: Types,
    type_: str,
    above: str,
    base: Mapping,
    mistake: str,
    skip: tuple[str, ...],
    depth: int,
) -> tuple[Mapping, str] | None:
    """The patch for a mapping, and the place of its mistake; None where the mistake finds none."""
    skip = skip + _LEFT_ALONE.get("" if depth == 0 else short(type_), ())
    fields = {name: field for name, field in types.fields(type_).items() if name not in skip}
    below = [f for f in fields.values() if _type_below(f)]
    further = random.random() < (0.8 if base else 0.4) and depth < _DEEPEST
    if not below or not further:
        place = _Place(random, types, type_, above, base, fields)
        made = MISTAKES[mistake](place)
        return None if made is None else (made, f"{short(type_)}.{'+'.join(made)}")
    field = random.choices(below, [6 if f.name in base else 1 for f in below])[0]

    def go_on(now: Mapping, skip: tuple[str, ...] = ()) -> tuple[Mapping, str] | None:
        """The patch for a mapping below."""
        inner = _type_below(field)
        return _at(random, types, inner, type_, now, mistake, skip, depth + 1)

    now = base.get(field.name)
    if field.shape.kind == OBJECT:
        fresh = None if isinstance(now, dict) else minimal(random, types, field.shape.type)
        found = go_on(now if fresh is None else fresh)
        if found is None:
            return None
        value = found[0] if fresh is None else completed(types, field.shape.type, fresh, found[0])
        return {field.name: value}, found[1]
    keys = field.shape.keys
    entries = now if keys and isinstance(now, list) else []
    if entries and random.random() < 0.7:
        entry = random.choice(entries)
        found = go_on(entry, keys)
        named = {key: entry[key] for key in keys if key in entry}
        return None if found is None else ({field.name: [named | found[0]]}, found[1])
    fresh = minimal(random, types, _type_below(field))
    if keys and fresh.get(keys[0]) in [entry.get(keys[0]) for entry in entries]:
        return None
    found = go_on(fresh)
    if found is None:
        return None
    value = completed(types, _type_below(field), fresh, found[0])
    return {field.name: [value] if field.shape.kind == LIST else {"a": value}}, found[1]


def _type_below(field: Field) -> str:
    """The type of a field's mapping, or of those in its list or map; empty where it has none."""
    shape = field.shape.item if field.shape.kind in (LIST, MAP) else field.shape
    return shape.type if shape else ""


# Mistakes, and no mistake: what each makes of a place, None where it finds nothing to do there


def _none(place: _Place) -> Mapping | None:
    field = place.some()
    return {field.name: place.fitting(field)} if field else None


def _null(place: _Place) -> Mapping | None:
    there = [name for name in place.fields if name in place.now]
    return {place.random.choice(there): None} if there else None


def _misspelt(place: _Place) -> Mapping | None:
    field = place.some()
    name = _typo(place.random, field.name) if field else ""
    if field is None or name in place.types.fields(place.type):
        return None
    return {name: place.fitting(field)}


def _of_another_level(place: _Place) -> Mapping | None:
    """A field of the mapping above, or of one below."""
    near = [place.above, *(_type_below(field) for field in place.fields.values())]
    type_ = place.random.choice([each for each in near if each] or [""])
    own = place.types.fields(place.type)
    others = [f for f in place.types.fields(type_).values() if f.name not in own] if type_ else []
    if not others:
        return None
    field = place.random.choice(others)
    return {field.name: place.fitting(field)}


def _of_another_type(place: _Place) -> Mapping | None:
    field = place.some()
    if field is None or field.shape.kind == ANY:
        return None
    return {field.name: wrong(place.random, field.shape)}


def _number_for_text(place: _Place) -> Mapping | None:
    field = place.some(TEXT)
    return {field.name: place.random.choice((1, 8080, 1.5, True))} if field else None


def _text_for_number(place: _Place) -> Mapping | None:
    field = place.some(INTEGER, BOOLEAN)
    return {field.name: place.random.choice(("1", "8080", "http", "true", ""))} if field else None


def _outside_enumeration(place: _Place) -> Mapping | None:
    enums = [field for field in place.fields.values() if field.shape.values]
    if not enums:
        return None
    field = place.random.choice(enums)
    value = place.random.choice(field.shape.values)
    other = place.random.choice(
        ("Other", value.lower(), value.upper(), value + "s", _typo(place.random, value))
    )
    return None if other in field.shape.values else {field.name: other}


def _no_quantity(place: _Place) -> Mapping | None:
    bad = place.random.choice(("lots", "1 Gi", "1gb", "128MB", "", "-", "1Gi1", "1,5", ".", "1mm"))
    for field in place.random.sample([*place.fields.values()], len(place.fields)):
        if field.shape.kind == QUANTITY:
            return {field.name: bad}
        if field.shape.kind == MAP and field.shape.item and field.shape.item.kind == QUANTITY:
            return {field.name: {place.random.choice(("cpu", "memory")): bad}}
    return None


def _out_of_range(place: _Place) -> Mapping | None:
    field = place.some(INTEGER)
    return {field.name: place.random.choice((-1, 65536, 10**6, -(2**31)))} if field else None


def _required_is_missing(place: _Place) -> Mapping | None:
    """A required field is taken away; in a new entry it is left out."""
    required = [field.name for field in place.fields.values() if field.required]
    return {place.random.choice(required): None} if required else None


def _two_members(place: _Place) -> Mapping | None:
    """Two mappings beside each other: of a union, if the type is one."""
    members = [f for f in place.fields.values() if f.shape.kind == OBJECT and not f.required]
    if len(members) < 2:
        return None
    two = place.random.sample(members, 2)
    return {f.name: minimal(place.random, place.types, f.shape.type) for f in two}


def _twice(place: _Place) -> Mapping | None:
    """A list with two entries of one name."""
    lists = [f for f in place.fields.values() if f.shape.kind == LIST and _type_below(f)]
    if not lists:
        return None
    field = place.random.choice(lists)
    first, second = (minimal(place.random, place.types, _type_below(field)) for _ in range(2))
    known = place.types.fields(_type_below(field))
    for name in {*field.shape.keys, "name"} & first.keys() | ({"name"} & known.keys()):
        second[name] = first[name] = first.get(name, "a")
    return {field.name: [first, second]}


# By name. Nothing is wrong with the first two.
MISTAKES: dict[str, Mistake] = {
    "a value that fits": _none,
    "a null": _null,
    "a misspelt field": _misspelt,
    "a field of another level": _of_another_level,
    "a value of another type": _of_another_type,
    "a number for text": _number_for_text,
    "text for a number": _text_for_number,
    "outside an enumeration": _outside_enumeration,
    "no quantity": _no_quantity,
    "out of range": _out_of_range,
    "a required field is missing": _required_is_missing,
    "two members": _two_members,
    "an entry twice": _twice,
}


def _typo(random: Random, name: str) -> str:
    """A name with one mistake."""
    if not name:  # the key is an empty text
        return "x"
    at = random.randrange(len(name))
    return random.choice(
        (
            name[:at] + name[at + 1 :],
            name[:at] + name[at] * 2 + name[at + 1 :],
            name[:at] + "x" + name[at + 1 :],
            name[:at] + name[at:].swapcase()[:1] + name[at + 1 :],
            name + "s",
            name.lower(),
            "_".join((name[:at], name[at:])),
        )
    )


# Laying a patch over an object


def laid(types: Types, type_: str, base: Mapping, patch: Mapping) -> Mapping:
    """
    A mapping of a type with a patch laid over it. This is all of strategic merge that these patches
    need: nulls delete, lists with keys merge entry by entry, others are replaced.
    """
    found = dict(base)
    fields = types.fields(type_)
    for name, value in patch.items():
        old = found.get(name)
        shape = fields[name].shape if name in fields else None
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict) and isinstance(old, dict):
            found[name] = (
                laid(types, shape.type, old, value) if shape and shape.type else old | value
            )
        elif isinstance(value, list) and isinstance(old, list) and shape and shape.keys:
            found[name] = _entries(
                types, shape.item.type if shape.item else "", shape.keys, old, value
            )
        else:
            found[name] = copy.deepcopy(value)
    return found


def completed(types: Types, type_: str, least: Mapping, patch: Mapping) -> Mapping:
    """
    A new mapping of a type: the least that it needs, with a patch laid over. A member of a union in
    the patch takes the place of that in the least.
    """
    members = _members(types, type_)
    if any(patch.get(name) is not None for name in members):
        least = {name: value for name, value in least.items() if name not in members}
    return laid(types, type_, least, patch)


def _members(types: Types, type_: str) -> tuple[str, ...]:
    """The members of a union; none where the type is none."""
    if short(type_) in ("EnvVar", "ServiceBackendPort"):
        return {"EnvVar": ("value", "valueFrom"), "ServiceBackendPort": ("name", "number")}[
            short(type_)
        ]
    if short(type_) not in UNIONS:
        return ()
    return tuple(f.name for f in types.fields(type_).values() if f.shape.kind == OBJECT)


def _entries(
    types: Types, type_: str, keys: tuple[str, ...], old: list[Any], new: list[Any]
) -> list[Any]:
    found = list(old)
    for entry in new:
        at = next((i for i, each in enumerate(old) if _is_one(each, entry, keys)), None)
        if at is None:
            found.append(copy.deepcopy(entry))
        else:
            found[at] = laid(types, type_, found[at], entry) if type_ else entry
    return found


def _is_one(old: Any, new: Any, keys: tuple[str, ...]) -> bool:
    """Whether an entry of a patch means an entry; sets of texts have no entries to mean."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return bool(old == new)
    return all(old.get(key) == new.get(key, old.get(key)) for key in keys)
