"""
Two objects of one identity: Helm refuses to install them, and kubectl keeps the last. What the
chart has twice already is its own business. Loaded only where rules add or rename objects.
"""

from __future__ import annotations

from postrender.errors import VerbError, message
from postrender.kubernetes.objects import group, identity, text_of
from postrender.stream.manifest import Addition

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from postrender.data import Object, Path
    from postrender.engine.changes import Change
    from postrender.errors import Message
    from postrender.kubernetes.crds import Types
    from postrender.rules.model import Rules
    from postrender.stream.manifest import Home
    from postrender.stream.manifests import Manifests

    Place = tuple[Home, Path]


def check_identities(
    manifests: Manifests, changes: Sequence[Change], rules: Rules, types: Types
) -> None:
    """Raises VerbError where rules have given an object the identity that another one has."""
    began: dict[Place, Object | None] = {}
    named_by: dict[Place, Change] = {}
    for change in changes:
        began.setdefault(change.home, change.before)
        if change.before is None or manifests.key(change.before) != manifests.key(change.obj):
            named_by.pop(change.home, None)
            named_by[change.home] = change
    named = [obj for home, path in named_by for obj in [home.current(path)] if obj is not None]
    named = [obj for obj in named if text_of(obj, "name")]  # none: Kubernetes makes one
    known = _by_name(named, manifests, began)
    found: dict[tuple[str, ...], Message] = {}
    for obj in named:
        twins = [
            (twin, other)
            for twin, other in known[_name_key(obj)]
            if _are_one(obj, other, manifests, types)
        ]
        origins = {
            manifests.key(before) if before else (str(i),)
            for i, (twin, other) in enumerate(twins)
            for before in [began.get(twin, other)]
        }
        if len(origins) > 1:
            last = [named_by[home] for home in named_by if home in dict(twins)][-1]
            names = " and ".join(_named(twin, began.get(twin, other)) for twin, other in twins)
            found.setdefault(manifests.key(obj), _message(obj, names, last, rules))
    if found:
        raise VerbError(found.values())


def _by_name(
    named: Sequence[Object], manifests: Manifests, began: Iterable[Place]
) -> dict[tuple[str, str, str], list[tuple[Place, Object]]]:
    """
    The objects that may have the group, kind and name of one of these, which are among them, by
    these three, with their places.
    """
    kinds = {text_of(obj, "kind") for obj in named} & manifests.by_kind.keys()
    homes = manifests.candidates_of(kinds, {text_of(obj, "name") for obj in named})
    # What rules have added or changed may have had another kind or name in the stream.
    places = {(home, path): each for home in homes for path, each in home.objects()}
    for home, path in began:
        each = home.current(path)
        if each is not None:
            places[home, path] = each
    found: dict[tuple[str, str, str], list[tuple[Place, Object]]] = {}
    for place in sorted(places, key=lambda one: (one[0].place, [*map(str, one[1])])):
        found.setdefault(_name_key(places[place]), []).append((place, places[place]))
    return found


def _name_key(obj: Object) -> tuple[str, str, str]:
    return group(obj), text_of(obj, "kind"), text_of(obj, "name")


def _are_one(obj: Object, other: Object, manifests: Manifests, types: Types) -> bool:
    """
    Whether two objects of one name are also of one namespace. Kinds without namespaces ignore what
    an object says of one.
    """
    if manifests.key(obj) == manifests.key(other):
        return True
    kind = types.kinds_of(text_of(obj, "apiVersion")).get(text_of(obj, "kind"))
    return kind is not None and kind.is_cluster_scoped


def _named(place: Place, before: Object | None) -> str:
    """How a message names one of two objects: as it was before the rules."""
    if before is not None:
        return f"{identity(before)} of the chart"
    home = place[0]
    is_generated = isinstance(home, Addition) and home.is_generated
    return "one that is generated" if is_generated else "one of resources:"


def _message(obj: Object, names: str, change: Change, rules: Rules) -> Message:
    """The mistake, blamed on the last change that gave an object this identity."""
    name = text_of(obj, "name")
    places = [("", place) for place, each in rules.resources if text_of(each, "name") == name]
    places += [(rule.name, rule.where) for rule in rules.rules]
    return message(
        f"several objects would have this kind and name: {names}",
        "give them different names",
        where=dict(places)[change.rule],
        rule=change.rule,
        subject=identity(obj),
    )
