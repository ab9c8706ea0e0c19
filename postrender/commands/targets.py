"""Which workload and which container of a stream `init` writes rules for."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from postrender.commands.prompts import chosen
from postrender.commands.starters import Target, security_beside
from postrender.data import get
from postrender.errors import KmodError, UsageError
from postrender.kubernetes.flags import is_shell_script
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
    from postrender.commands.prompts import Asker
    from postrender.data import Object
    from postrender.stream.manifest import Subject

# An object of the stream and the `match` that only it fits, None where there is none.
Matched = tuple["Object", "Object | None"]


def chosen_object(
    flag: str, given: str, known: dict[str, Matched], asker: Asker
) -> tuple[Object, Object]:
    """
    The object that is given by one of its names, the only one, the only one that is no hook, or
    that of the answer; with its match. `known` is what `named` returns. Raises KmodError.
    """
    plain = [name for name, (obj, _) in known.items() if not is_hook(obj)]
    meant = [name for name, (obj, _) in known.items() if given in (name, *_spellings(obj))]
    if given and meant:
        if len(meant) > 1 and asker.answers is None:
            which = ", ".join(meant)
            raise UsageError(f"{flag} {given}: several have this name", f"write one of {which}")
        known, given = {name: known[name] for name in meant}, ""
    elif not given and len(plain) == 1 < len(known):
        given = plain[0]
        asker.taken[f"{flag}={given}"] = "the only one that is not a hook"
    name = chosen(flag, given, list(known), asker)
    obj, match = known[name]
    if match is None:
        raise KmodError(
            f"{flag} {name}: another object has the same kind, name and template, "
            "so that no match: can tell them apart",
            "choose another",
        )
    return obj, match


def chosen_workload(
    subjects: list[tuple[Subject, Object | None]], given: str, asker: Asker
) -> tuple[Object, Object]:
    """The workload to change, with its match. Raises KmodError."""
    if not subjects:
        raise KmodError(
            "kmod-post init: no object with a pod template in the stream",
            "pipe the manifests of a chart that has some",
        )
    return chosen_object("--workload", given, named(subjects), asker)


def chosen_target(
    obj: Object,
    match: Object,
    given: str,
    asker: Asker,
    among: list[str] | None = None,
) -> Target:
    """
    The container of the object to change, one of these if they are given, and what its pod has.
    Raises KmodError.
    """
    known = target_of(obj, match)
    if among is not None:
        if given in known and given not in among:
            raise UsageError(
                f"--container {given}: has no flags in args or command",
                f"choose one that has some: {', '.join(among)}",
            )
        known = {name: target for name, target in known.items() if name in among}
    if not known:
        name = identity(obj)
        raise KmodError(f"--workload {name}: its pod has no containers", "choose another")
    return known[chosen("--container", given, list(known), asker)]


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


def is_named(given: str, subjects: list[tuple[Subject, Object | None]]) -> bool:
    """Whether one of these objects can be given so."""
    return any(given in (name, *_spellings(obj)) for name, (obj, _) in named(subjects).items())


def _spellings(obj: Object) -> tuple[str, ...]:
    """The ways to name an object without its template."""
    name = text_of(obj, "name")
    return identity(obj), f"{text_of(obj, 'kind')}/{name}", name


def containers_of(obj: Object) -> dict[str, Object]:
    """The containers of an object's pods that keep running, by name."""
    return {
        str(container.get("name")): container
        for place in pod_places(obj, {})
        for path, container in containers(get(obj, place.spec))
        if path[0] == "containers"
    }


def words_of(container: Object) -> tuple[str, list[str]]:
    """The field that has a container's flags, and its words; an empty name if it has none."""
    lists = {field: container.get(field) or [] for field in ("args", "command")}
    if is_shell_script([*lists["command"], *lists["args"]]):
        return "", []
    for field, items in lists.items():
        words = [word for word in items if isinstance(word, str)]
        if any(re.match("--?[a-z]", word) for word in words):
            return field, words
    return "", []


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
