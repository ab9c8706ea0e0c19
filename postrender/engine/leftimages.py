"""
Images that a rule leaves behind: references to a registry that its `images` replaces, in places
that the rule does not reach: objects that it does not match, words of `args`, variables, fields of
custom resources, texts of ConfigMaps. On a cluster without that registry they fail only when they
are used.

Only what the rule would rewrite counts. `anywhere: true` says that the registries of an entry are
replaced, all of them where its glob leaves open which.
"""

from __future__ import annotations

import re

from postrender.data import dotted, get
from postrender.errors import listed
from postrender.kubernetes.imageplaces import FIELD, host_pattern, pattern_of, references
from postrender.kubernetes.images import DEFAULT_HOST, images_in, normalised, parse
from postrender.kubernetes.objects import CRD, identity, pod_kinds, pod_places, texts_of
from postrender.verbs.generated_names import MARK
from postrender.verbs.images import entry_for, rewritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from postrender.data import Path
    from postrender.engine.changes import Step
    from postrender.errors import Message
    from postrender.kubernetes.imageplaces import Reference
    from postrender.kubernetes.objects import Workloads
    from postrender.rules.model import Rule
    from postrender.stream.manifest import Home
    from postrender.stream.manifests import Manifests
    from postrender.verbs.images import ImageChange

# A value in a CustomResourceDefinition that may be a reference. Most of them are large and have
# none: those are not parsed.
_VALUE = rb"""[:\[{,-]\s*["']?(?:{0})/[^\s"',}]*[:@][^\s"',}]+["']?\s*(?:[\n,}\]]|\Z)"""


def left_images(steps: Sequence[Step], manifests: Manifests, workloads: Workloads) -> list[Message]:
    """A warning for each rule that has left images of a registry that it replaces."""
    rules: dict[str, tuple[Rule, list[Step]]] = {}
    for step in steps:
        rules.setdefault(step.rule.name, (step.rule, []))[1].append(step)
    found = []
    for rule, own in rules.values():
        changes = dict(rule.verbs).get("images")
        if not changes:
            continue
        is_anywhere = any(change.anywhere for change in changes)
        hosts = _named(changes) if is_anywhere else set()
        if hosts is not None:
            hosts |= _replaced(own, changes, workloads)
            if not hosts:
                continue
        left = [*_left(hosts, changes, manifests, workloads, is_anywhere=is_anywhere)]
        if left:
            images = "an image" if len(left) == 1 else f"{len(left)} images"
            names = " and ".join(sorted({host for host, *_ in left}))
            places = listed([place for _, place, _ in left])
            advice = "add anywhere: true" if not is_anywhere else ""
            opened = [host for host, _, is_open in left if is_open]
            if opened:
                advice = f'add an entry "{opened[0]}/*" above the others'
            found.append(
                rule.message(
                    "images",
                    f"{images} of {names} stay as they are: {places}",
                    f"match those objects too, {advice}{', ' * bool(advice)}or change the fields "
                    "with merge: or jsonPatch:",
                    id="images-left-behind",
                )
            )
    return found


def _named(changes: Iterable[ImageChange]) -> set[str] | None:
    """The registries of the entries with `anywhere`; None where a glob leaves open which."""
    from postrender.verbs.images_anywhere import has_exact_host

    own = [change for change in changes if change.anywhere]
    if not all(map(has_exact_host, own)):
        return None
    return {_host(str(change.globs)) for change in own}


def _replaced(steps: Iterable[Step], changes: list[ImageChange], workloads: Workloads) -> set[str]:
    """The registries of which steps have moved images of pods to another one."""
    images = {
        image
        for step in steps
        for place in pod_places(step.before, workloads)
        for _, image in images_in(get(step.before, place.spec))
    }
    return {_host(image) for image in images if _is_moved(image, changes)}


def _is_moved(image: str, changes: list[ImageChange]) -> bool:
    """Whether the changes move an image to another registry."""
    return _host(rewritten(image, changes)) != _host(image)


def _host(image: str) -> str:
    return normalised(parse(image)).host


def _left(
    hosts: Collection[str] | None,
    changes: list[ImageChange],
    manifests: Manifests,
    workloads: Workloads,
    *,
    is_anywhere: bool,
) -> Iterator[tuple[str, str, bool]]:
    """
    The registries and places of the images that are left, in the order of the stream, and whether
    one is left because its entry leaves the host open. A name without a host counts in pods, and
    where the rule is for more than pods in fields too.
    """
    reference = re.compile(pattern_of(hosts))
    for home in _homes(hosts, manifests, workloads, is_anywhere=is_anywhere):
        for _, subject in manifests.subjects_of(home):
            obj = subject.obj
            if MARK in texts_of(obj, "annotations"):
                continue
            found: dict[Path, tuple[str, bool]] = {}
            for one in references(obj, workloads, reference):
                host = _host(one.image)
                is_short = one.role == FIELD and not parse(one.image).host
                is_meant = (hosts is None or host in hosts) and (is_anywhere or not is_short)
                if is_meant and _is_moved(one.image, changes):
                    is_open = is_anywhere and _is_open(one, changes)
                    found.setdefault(one.path, (host, is_open))
            for path, (host, is_open) in found.items():
                yield host, f"{identity(obj)} {dotted(path)}", is_open


def _is_open(one: Reference, changes: list[ImageChange]) -> bool:
    """Whether a reference would be rewritten if the glob of its entry named the host."""
    from postrender.verbs.images_anywhere import STRICT, has_exact_host

    change = entry_for(one.image, changes)
    if change is None or not change.anywhere:
        return False
    return one.role in STRICT and not has_exact_host(change)


def _homes(
    hosts: Collection[str] | None,
    manifests: Manifests,
    workloads: Workloads,
    *,
    is_anywhere: bool,
) -> Iterator[Home]:
    """
    The documents that may name such an image: where the rule is for more than pods, any. Short
    names are Docker Hub's.
    """
    known: dict[tuple[int, int, int], Home] = {}
    data = manifests.stream.data
    value = re.compile(_VALUE.replace(b"{0}", host_pattern(hosts).encode()))
    for home in manifests.all:
        start, end = home.document.body, home.document.end
        is_named = hosts is None or any(
            data.find(f"{host}/".encode(), start, end) >= 0 for host in hosts
        )
        if home.document.kind == CRD:
            is_named = is_named and value.search(data, start, end) is not None
        elif is_anywhere:
            is_named = True
        if is_named:
            known[home.place] = home
    if hosts is not None and DEFAULT_HOST in hosts and not is_anywhere:
        kinds = pod_kinds(workloads) & manifests.by_kind.keys()
        known.update((home.place, home) for home in manifests.candidates(kinds))
    known.update((home.place, home) for home in manifests.resources)
    for place in sorted(known):
        yield known[place]
