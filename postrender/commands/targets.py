"""Which workload and which container of a stream `init` writes rules for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from postrender.commands.prompts import chosen
from postrender.commands.starters import Target, security_beside
from postrender.data import get
from postrender.errors import KmodError, UsageError
from postrender.kubernetes.objects import (
    claim_names,
    containers,
    group,
    identity,
    is_hook,
    mappings,
    pod_places,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import TextIO

    from postrender.data import Object
    from postrender.stream.manifest import Subject

# An object of the stream and the `match` that only it fits, None where there is none.
Matched = tuple["Object", "Object | None"]


def chosen_object(
    flag: str, given: str, known: dict[str, Matched], asked: TextIO | None
) -> tuple[Object, Object]:
    """
    The object that is given by one of its names, the only one, the only one that is no hook, or
    that of the answer; with its match. `known` is what `named` returns. Raises KmodError.
    """
    plain = [name for name, (obj, _) in known.items() if not is_hook(obj)]
    meant = [name for name, (obj, _) in known.items() if given in (name, *_spellings(obj))]
    if given and meant:
        if len(meant) > 1 and asked is None:
            which = " or ".join(meant)
            raise UsageError(f"{flag} {given}: may be {which}", "write one of these")
        known, given, plain = {name: known[name] for name in meant}, "", []
    name = chosen(flag, given, list(known), asked, plain)
    obj, match = known[name]
    if match is None:
        raise KmodError(
            f"{flag} {name}: another object has the same kind, name and template, "
            "so that no match: can tell them apart",
            "choose another",
        )
    return obj, match


def chosen_workload(
    subjects: list[tuple[Subject, Object | None]], given: str, asked: TextIO | None
) -> tuple[Object, Object]:
    """The workload to change, with its match. Raises KmodError."""
    if not subjects:
        raise KmodError(
            "kmod-post init: no object with a pod template in the stream", "pipe a chart"
        )
    return chosen_object("--workload", given, named(subjects), asked)


def chosen_target(
    obj: Object,
    match: Object,
    given: str,
    asked: TextIO | None,
    among: Collection[str] | None = None,
) -> Target:
    """
    The container of the object to change, one of these if they are given, and what its pod has.
    Raises KmodError.
    """
    known = target_of(obj, match)
    if among is not None:
        known = {name: target for name, target in known.items() if name in among}
    if not known:
        name = identity(obj)
        raise KmodError(f"--workload {name}: its pod has no containers", "choose another")
    return known[chosen("--container", given, list(known), asked)]


def named(subjects: list[tuple[Subject, Object | None]]) -> dict[str, Matched]:
    """Objects and their matches by identity, with the template if several have the same."""
    count = Counter(identity(subject.obj) for subject, _ in subjects)
    names: dict[str, Matched] = {}
    for subject, match in subjects:
        name = identity(subject.obj)
        if count[name] > 1 and subject.source:
            name = f"{name} ({subject.source})"
        names.setdefault(name, (subject.obj, match))
    return names


def _spellings(obj: Object) -> tuple[str, ...]:
    """The ways to name an object without its template."""
    name = text_of(obj, "name")
    return identity(obj), f"{text_of(obj, 'kind')}/{name}", name


def target_of(obj: Object, match: Object) -> dict[str, Target]:
    """The containers of an object, each with what its pod has. `match` matches the object."""
    found = {}
    for place in pod_places(obj, {}):
        spec = get(obj, place.spec)
        everyone = [container for _, container in containers(spec)]
        mounts = [mount for one in everyone for mount in mappings(one.get("volumeMounts"))]
        volumes = {str(volume.get("name")) for volume in mappings(spec.get("volumes"))}
        for path, container in containers(spec):
            if path[0] == "containers":
                name = str(container.get("name"))
                found[name] = Target(
                    match=match,
                    container=name,
                    names=frozenset(str(one.get("name")) for one in everyone),
                    volumes=claim_names(obj) | volumes,
                    paths=frozenset(str(mount.get("mountPath")) for mount in mounts),
                    ends=group(obj) == "batch",
                    security=security_beside(container, spec),
                    has_command=bool(container.get("command")),
                )
    return found
