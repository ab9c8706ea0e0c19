"""
Images that a rule leaves behind: references to a registry that its `images` replaces, in places
that the rule does not reach: objects that it does not match, words of `args`, variables, fields of
custom resources, texts of ConfigMaps. On a cluster without that registry they fail only when they
are used.

Only what the rule would rewrite counts. `anywhere: true` says that the registries of an entry are
replaced, all of them where its glob leaves open which. Without it, such a glob replaces all
registries in pods; then the fields that are certain to hold an image count.
"""

from __future__ import annotations

import re

from postrender.data import dotted, get
from postrender.errors import listed
from postrender.kubernetes.imageplaces import (
    FIELD,
    host_pattern,
    is_certain,
    mention_of,
    pattern_of,
    references,
)
from postrender.kubernetes.images import DEFAULT_HOST, images_in, normalised, parse
from postrender.kubernetes.objects import CRD, identity, pod_kinds, pod_places, texts_of
from postrender.value import Value
from postrender.verbs.generated_names import MARK
from postrender.verbs.images import entry_for, has_exact_host, rewritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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


class _Sought(Value):
    """
    What counts as left: references to these hosts, and what the regular expression `mention` finds
    (empty: nothing); `is_any`: references to any host; `is_any_field`: those in fields that are
    certain to hold an image.
    """

    hosts: frozenset[str]
    mention: str
    is_any: bool
    is_any_field: bool


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


def _advice(left: list[Left], changes: list[ImageChange]) -> str:
    """What else reaches what is left, with a comma behind it."""
    if not any(change.anywhere for change in changes):
        return 'add anywhere: true (see recipe "mirror-all-images"), '
    hosts = [host_of(one.reference.image) for one in left if one.is_open]
    if hosts:
        return f'add an entry "{hosts[0]}/*" above the others, '
    for one in left:
        change = entry_for(one.reference.image, changes)
        if change is not None and not change.anywhere:
            return f'add anywhere: true to "{change.globs}", '
    return ""


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
    hosts = _replaced(befores, changes, workloads)
    anywhere = [change for change in changes if change.anywhere]
    hosts |= {host_of(str(change.globs)) for change in anywhere if has_exact_host(change)}
    is_any = not all(map(has_exact_host, anywhere))
    is_any_field = is_any or any(
        (change.registry or change.new_name) and not has_exact_host(change) for change in changes
    )
    if hosts or is_any_field:
        mention = mention_of(hosts) if anywhere else ""
        sought = _Sought(frozenset(hosts), mention, is_any=is_any, is_any_field=is_any_field)
        yield from _left(sought, changes, manifests, workloads)


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
    sought: _Sought,
    changes: list[ImageChange],
    manifests: Manifests,
    workloads: Workloads,
) -> Iterator[Left]:
    """
    The references that are left. Where the rule is for more than pods, a name without a host counts
    in fields too, not only in pods.
    """
    reference = re.compile(pattern_of(None if sought.is_any_field else sought.hosts))
    mentioned = re.compile(sought.mention) if sought.mention else None
    for home in _homes(sought, manifests, workloads):
        for _, subject in manifests.subjects_of(home):
            obj = subject.obj
            if MARK in texts_of(obj, "annotations"):
                continue
            for one in references(obj, workloads, reference, mentioned):
                is_short = one.role == FIELD and not parse(one.image).host
                if is_short and not sought.mention:
                    continue
                if _is_meant(sought, obj, one) and _is_moved(one.image, changes):
                    yield Left(home, obj, one, _is_open(obj, one, changes))


def _is_meant(sought: _Sought, obj: Object, one: Reference) -> bool:
    """Whether a reference is one of those that count."""
    if sought.is_any or host_of(one.image) in sought.hosts:
        return True
    is_field = one.role == FIELD and parse(one.image).host != ""
    return sought.is_any_field and is_field and is_certain(obj, one)


def _is_open(obj: Object, one: Reference, changes: list[ImageChange]) -> bool:
    """Whether a reference would be rewritten if the glob of its entry named the host."""
    from postrender.verbs.images_anywhere import STRICT, needs_host

    change = entry_for(one.image, changes)
    if change is None or not change.anywhere:
        return False
    return one.role in (*STRICT, FIELD) and needs_host(obj, one, change)


def _homes(sought: _Sought, manifests: Manifests, workloads: Workloads) -> Iterator[Home]:
    """
    The documents that may name such an image: where the rule is for more than pods, any. Short
    names are Docker Hub's.
    """
    known: dict[tuple[int, int, int], Home] = {}
    data = manifests.stream.data
    hosts = None if sought.is_any_field else sought.hosts
    value = re.compile(_VALUE.replace(b"{0}", host_pattern(hosts).encode()))
    for home in manifests.all:
        start, end = home.document.body, home.document.end
        is_named = any(data.find(f"{host}/".encode(), start, end) >= 0 for host in sought.hosts)
        if home.document.kind == CRD:
            is_named = (sought.is_any or is_named) and value.search(data, start, end) is not None
        elif sought.mention or sought.is_any:
            is_named = True
        elif sought.is_any_field:
            is_named = is_named or value.search(data, start, end) is not None
        if is_named:
            known[home.place] = home
    if DEFAULT_HOST in sought.hosts and not sought.mention:
        kinds = pod_kinds(workloads) & manifests.by_kind.keys()
        known.update((home.place, home) for home in manifests.candidates(kinds))
    known.update((home.place, home) for home in manifests.resources)
    for place in sorted(known):
        yield known[place]
