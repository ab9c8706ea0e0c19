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
from postrender.kubernetes.imageplaces import (
    FIELD,
    host_pattern,
    mention_of,
    pattern_of,
    references,
)
from postrender.kubernetes.images import DEFAULT_HOST, images_in, normalised, parse
from postrender.kubernetes.objects import CRD, identity, pod_kinds, pod_places, texts_of
from postrender.value import Value
from postrender.verbs.generated_names import MARK
from postrender.verbs.images import entry_for, rewritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from postrender.data import Object
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
_VALUE = rb"""[:\[{,-]\s*["']?(?:{0})/[^\s"',}]+["']?\s*(?:[\n,}\]]|\Z)"""


class Left(Value):
    """
    A reference that a rule leaves: the document, the object in it, and whether it is left because
    the glob of its entry leaves the host open.
    """

    home: Home
    obj: Object
    reference: Reference
    is_open: bool


def left_images(steps: Sequence[Step], manifests: Manifests, workloads: Workloads) -> list[Message]:
    """A warning for each rule that has left images of a registry that it replaces."""
    rules: dict[str, tuple[Rule, list[Object]]] = {}
    for step in steps:
        rules.setdefault(step.rule.name, (step.rule, []))[1].append(step.before)
    found = []
    for rule, own in rules.values():
        changes = dict(rule.verbs).get("images", [])
        left = [*left_by(changes, own, manifests, workloads)]
        if left:
            hosts = sorted({host_of(one.reference.image) for one in left})
            places = [f"{identity(one.obj)} {dotted(one.reference.path)}" for one in left]
            places = list(dict.fromkeys(places))  # a text may have several
            is_one = len(places) == 1
            images = "an image" if is_one else f"{len(places)} images"
            stay = "stays as it is" if is_one else "stay as they are"
            found.append(
                rule.message(
                    "images",
                    f"{images} of {' and '.join(hosts)} {stay}: {listed(places)}",
                    f"match those objects too, {_advice(left, changes)}or change the fields with "
                    "merge: or jsonPatch:",
                    id="images-left-behind",
                )
            )
    return found


def _advice(left: Iterable[Left], changes: Iterable[ImageChange]) -> str:
    """What else reaches what is left, with a comma behind it."""
    if not any(change.anywhere for change in changes):
        return 'add anywhere: true (see recipe "mirror-all-images"), '
    hosts = [host_of(one.reference.image) for one in left if one.is_open]
    return f'add an entry "{hosts[0]}/*" above the others, ' if hosts else ""


def left_by(
    changes: list[ImageChange],
    befores: Iterable[Object],
    manifests: Manifests,
    workloads: Workloads,
) -> Iterator[Left]:
    """
    What a rule with these changes leaves, in the order of the stream; `befores` are the objects
    that it has changed as they were before.
    """
    replaced = _replaced(befores, changes, workloads)
    is_anywhere = any(change.anywhere for change in changes)
    if not is_anywhere:
        if replaced:
            yield from _left(replaced, changes, manifests, workloads)
        return
    named = _named(changes)
    mention = mention_of(replaced | (named or set()))
    hosts = None if named is None else named | replaced
    yield from _left(hosts, changes, manifests, workloads, mention)


def _named(changes: Iterable[ImageChange]) -> set[str] | None:
    """The registries of the entries with `anywhere`; None where a glob leaves open which."""
    from postrender.verbs.images_anywhere import has_exact_host

    own = [change for change in changes if change.anywhere]
    if not all(map(has_exact_host, own)):
        return None
    return {host_of(str(change.globs)) for change in own}


def _replaced(
    befores: Iterable[Object], changes: list[ImageChange], workloads: Workloads
) -> set[str]:
    """The registries of which the changes have moved images of pods to another one."""
    images = {
        image
        for before in befores
        for place in pod_places(before, workloads)
        for _, image in images_in(get(before, place.spec))
    }
    return {host_of(image) for image in images if _is_moved(image, changes)}


def _is_moved(image: str, changes: list[ImageChange]) -> bool:
    """Whether the changes move an image to another registry."""
    return host_of(rewritten(image, changes)) != host_of(image)


def host_of(image: str) -> str:
    """The registry of an image."""
    return normalised(parse(image)).host


def _left(
    hosts: Collection[str] | None,
    changes: list[ImageChange],
    manifests: Manifests,
    workloads: Workloads,
    mention: str = "",
) -> Iterator[Left]:
    """
    The references to these hosts that are left. Where the rule is for more than pods, there is a
    `mention`: what counts as one of a registry. Then also a name without a host counts in fields,
    not only in pods.
    """
    reference = re.compile(pattern_of(hosts))
    mentioned = re.compile(mention) if mention else None
    for home in _homes(hosts, manifests, workloads, is_anywhere=bool(mention)):
        for _, subject in manifests.subjects_of(home):
            obj = subject.obj
            if MARK in texts_of(obj, "annotations"):
                continue
            for one in references(obj, workloads, reference, mentioned):
                is_short = one.role == FIELD and not parse(one.image).host
                is_meant = hosts is None or host_of(one.image) in hosts
                if is_meant and (mention or not is_short) and _is_moved(one.image, changes):
                    yield Left(home, obj, one, bool(mention) and _is_open(one, changes))


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
    value = _VALUE.replace(b"{0}", host_pattern(hosts).encode())
    for home in manifests.all:
        start, end = home.document.body, home.document.end
        is_named = hosts is None or any(
            data.find(f"{host}/".encode(), start, end) >= 0 for host in hosts
        )
        if home.document.kind == CRD:
            is_named = is_named and re.compile(value).search(data, start, end) is not None
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
