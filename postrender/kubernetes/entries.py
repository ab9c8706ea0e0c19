"""
What tells the entries of a merged list apart: its keys, and `name` where these are ambiguous.

An *identity* is the value of each key with its type (True is not 1). With its number at the end, it
is one entry of several that have the same keys.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, TypeAlias

    Path: TypeAlias = tuple[str | int, ...]
    Identity: TypeAlias = tuple[tuple[type, Any], ...]

_DEFAULTS = {"protocol": "TCP"}


class MergeError(ValueError):
    """A patch that cannot be merged: a sentence, and as `path` the place in the patch."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.path = path


def identity(entry: Any, keys: Sequence[str], path: Path, owner: str) -> Identity:
    """The values of an entry's keys; a scalar by itself. Raises MergeError where it has none."""
    if not keys:
        values = [entry]
    elif not isinstance(entry, dict) or key_of(entry, keys[0]) is None:
        message = (
            f'an entry of "{path[-2]}" in the {owner} has no "{keys[0]}", the key of this list'
        )
        raise MergeError(message, path)
    else:
        values = [key_of(entry, keys[0]), *(entry.get(key) or _DEFAULTS[key] for key in keys[1:])]
    if any(isinstance(value, dict | list) for value in values):
        what = f'has a "{keys[0]}" that is not a scalar' if keys else "is not a scalar"
        message = f'an entry of "{path[-2]}" in the {owner} {what}'
        raise MergeError(message, path)
    return tuple((type(value), value) for value in values)


def key_of(entry: Any, key: str) -> Any:
    """What an entry has as key; `metadata.name` is the name within its metadata."""
    for part in key.split("."):
        entry = entry.get(part) if isinstance(entry, dict) else None
    return entry


def is_complete(entry: Any, keys: Sequence[str]) -> bool:
    """Whether an entry has its further keys (the protocol of a port), not only the first."""
    return all(entry.get(key) for key in keys[1:])


def numbered(ids: Iterable[Identity]) -> list[Identity]:
    """Identities with a number at the end, so that the second entry of a key is another one."""
    return _numbered_around(ids, set())


def _numbered_around(ids: Iterable[Identity], taken: set[Identity]) -> list[Identity]:
    """The same, without those that are taken."""
    taken = set(taken)
    found: list[Identity] = []
    for id_ in ids:
        number = 1
        while (*id_, (int, number)) in taken:
            number += 1
        found.append((*id_, (int, number)))
        taken.add(found[-1])
    return found


def named(
    added: list[tuple[Any, Path]], keys: Sequence[str], old: list[Any], here: list[Identity]
) -> list[Identity]:
    """
    The numbered identities of the entries that a patch means, among the old ones and theirs.

    Of several ports with one number, that of the same name is meant. A port without protocol may
    also be one that is not TCP.
    """
    ids = [identity(entry, keys, at, "patch") for entry, at in added]
    complete = [id_ for id_, (entry, _) in zip(ids, added, strict=True) if is_complete(entry, keys)]
    others = [id_ for id_ in here if id_ not in complete]
    known = numbered(here)
    meant: dict[int, Identity] = {}
    for i, (entry, _) in enumerate(added):
        places = _places_by_name(entry, ids[i], keys, old, here, complete)
        free = [known[place] for place in places if known[place] not in meant.values()]
        meant |= {i: free[0]} if free else {}
    rest = [i for i in range(len(ids)) if i not in meant]
    in_turn = _numbered_around(
        (
            ids[i]
            if ids[i] in complete or ids[i] in here or ids.count(ids[i]) > 1
            else next((x for x in others if x[0] == ids[i][0]), ids[i])
            for i in rest
        ),
        set(meant.values()),
    )
    meant.update(zip(rest, in_turn, strict=True))
    return [meant[i] for i in range(len(ids))]


def _places_by_name(
    entry: Any,
    id_: Identity,
    keys: Sequence[str],
    old: list[Any],
    here: list[Identity],
    complete: list[Identity],
) -> list[int]:
    """
    Where there are several ports of a number, the places of those with an entry's name: first those
    of its protocol, then, if it gives none, others whose protocol no entry of the patch gives.
    """
    places = _places(entry, id_, keys, here) if _has_telling_name(entry, keys) else []
    if len(places) < 2:
        return []
    exact = [place for place in places if here[place] == id_]
    looser = [place for place in places if here[place] not in (id_, *complete)]
    return _of_its_name(entry, old, exact + looser)


def meant_by(
    entry: Any, id_: Identity, keys: Sequence[str], old: list[Any], here: list[Identity]
) -> list[int]:
    """
    The places of the old entries that one of a patch means when it deletes: of ports, with its
    name if it gives one, so that it does not take the next port of that number on the next run.
    """
    places = _places(entry, id_, keys, here)
    return _of_its_name(entry, old, places) if _has_telling_name(entry, keys) else places


def _places(
    entry: Any, id_: Identity, keys: Sequence[str], here: list[Identity]
) -> list[int]:
    """The places of the old entries with the keys that an entry gives."""
    given = id_ if is_complete(entry, keys) else id_[:1]
    return [i for i, old in enumerate(here) if old[: len(given)] == given]


def _has_telling_name(entry: Any, keys: Sequence[str]) -> bool:
    """Whether an entry has a name besides its key: a port; that of a mount is its volume's."""
    return keys[:1] in (["containerPort"], ["port"]) and entry.get("name") is not None


def _of_its_name(entry: Any, old: list[Any], places: list[int]) -> list[int]:
    """Of several places, those with an entry's name."""
    return [i for i in places if old[i].get("name") == entry["name"]]
