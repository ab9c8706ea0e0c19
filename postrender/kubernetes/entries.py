"""
What tells the entries of a merged list apart: its keys, and `name` where these are ambiguous.

An *identity* is the value of each key with its type (True is not 1). With its number at the end, it
is one entry of several that have the same keys.
"""

from __future__ import annotations

from postrender.data import KEY_DEFAULTS, repeated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Protocol, TypeAlias

    Path: TypeAlias = tuple[str | int, ...]
    Identity: TypeAlias = tuple[tuple[type, Any], ...]

    class Tell(Protocol):
        """Is told of what the operations of a patch look for."""

        def __call__(self, path: Path, *, is_found: bool, there: Iterable[str] = ()) -> None:
            """At a path in the patch, whose last part says what; and what there is to find."""


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
        further = (entry.get(key) or KEY_DEFAULTS[key] for key in keys[1:])
        values = [key_of(entry, keys[0]), *further]
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


def label(id_: Identity, entry: Any) -> str:
    """An entry as messages name it: `web`, `/data`, `53/UDP`, `8080 (debug)`."""
    values = [str(value) for _, value in id_ if value != KEY_DEFAULTS["protocol"]]
    text = "/".join(values)
    name = entry.get("name") if isinstance(entry, dict) else None
    return f"{text} ({name})" if name and isinstance(id_[0][1], int) else text


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
    also be one that is not TCP, unless the patch has two of that number.
    """
    ids = [identity(entry, keys, at, "patch") for entry, at in added]
    complete = {id_ for id_, (entry, _) in zip(ids, added, strict=True) if is_complete(entry, keys)}
    known_here, repeated_ones = {*here}, {*repeated(ids)}
    others = [id_ for id_ in here if id_ not in complete]
    known = numbered(here)
    meant: dict[int, Identity] = {}
    for i, (entry, _) in enumerate(added):
        if not _has_telling_name(entry, keys):
            continue
        twins = [x for j, (x, _) in enumerate(added) if ids[j][0] == ids[i][0]]
        if len(_of_its_name(entry, twins)) > 1:
            continue
        exact = [place for place, id_ in enumerate(here) if id_ == ids[i]]
        is_told = ids[i] in complete or ids[i] in repeated_ones
        places = exact if is_told else exact + _of_another_protocol(ids[i], here, complete)
        its = [known[place] for place in places if place in _of_its_name(entry, old)]
        free = [id_ for id_ in its if id_ not in meant.values()]
        meant |= {i: free[0]} if free else {}
    rest = [i for i in range(len(ids)) if i not in meant]
    in_turn = _numbered_around(
        (
            ids[i]
            if ids[i] in complete or ids[i] in known_here or ids[i] in repeated_ones
            else next((x for x in others if x[0] == ids[i][0]), ids[i])
            for i in rest
        ),
        set(meant.values()),
    )
    meant.update(zip(rest, in_turn, strict=True))
    return [meant[i] for i in range(len(ids))]


def _of_another_protocol(id_: Identity, here: list[Identity], complete: set[Identity]) -> list[int]:
    """The places of the ports of a number whose protocol no entry of the patch gives."""
    return [
        place
        for place, other in enumerate(here)
        if other[0] == id_[0] and other not in (id_, *complete)
    ]


def meant_by(
    entry: Any, id_: Identity, keys: Sequence[str], old: list[Any], here: list[Identity]
) -> list[int]:
    """
    The places of the old entries that one of a patch means when it deletes: of ports, with its
    name if it gives one, so that it does not take the next port of that number on the next run.
    """
    places = _places(entry, id_, keys, here)
    if not _has_telling_name(entry, keys):
        return places
    return [place for place in _of_its_name(entry, old) if place in places]


def _places(entry: Any, id_: Identity, keys: Sequence[str], here: list[Identity]) -> list[int]:
    """The places of the old entries with the keys that an entry gives."""
    given = id_ if is_complete(entry, keys) else id_[:1]
    return [i for i, old in enumerate(here) if old[: len(given)] == given]


def _has_telling_name(entry: Any, keys: Sequence[str]) -> bool:
    """Whether an entry has a name besides its key: a port; that of a mount is its volume's."""
    return keys[:1] in (["containerPort"], ["port"]) and entry.get("name") is not None


def _of_its_name(entry: Any, entries: list[Any]) -> list[int]:
    """The places of the entries with an entry's name."""
    return [i for i, other in enumerate(entries) if other.get("name") == entry["name"]]
