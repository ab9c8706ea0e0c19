"""
Images that a rule leaves behind: references to a registry that its `images` replaces, in places
that the rule does not reach: objects that it does not match, words of `args`, variables, fields of
custom resources, texts of ConfigMaps. On a cluster without that registry they fail only when they
are used.

Only what the rule would rewrite counts. Fields of CustomResourceDefinitions are descriptions.
"""

from __future__ import annotations

import re

from postrender.data import dotted, get
from postrender.errors import listed
from postrender.kubernetes.images import DEFAULT_HOST, normalised, parse
from postrender.kubernetes.objects import CRD, identity, pod_kinds, pod_places, text_of, texts_of
from postrender.verbs.generated_names import MARK
from postrender.verbs.images import images_in, rewritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from postrender.data import Data, Object, Path
    from postrender.engine.changes import Step
    from postrender.errors import Message
    from postrender.kubernetes.objects import Workloads
    from postrender.rules.model import Rule
    from postrender.stream.manifest import Home
    from postrender.stream.manifests import Manifests
    from postrender.verbs.images import ImageChange

# Fields whose value is an image, also without tag and digest.
_FIELDS = ("image", "repository")
# github.com/distribution/reference regexp.go: path, tag, digest. What stands before the host is no
# part of a longer name or address.
_REFERENCE = r"(?<![\w./:@-])(?:{0})/[a-z0-9._/-]*[a-z0-9](:\w[\w.-]*)?(@sha256:[0-9a-f]{{64}})?"


def left_images(steps: Sequence[Step], manifests: Manifests, workloads: Workloads) -> list[Message]:
    """A warning for each rule that has left images of a registry that it replaces."""
    rules: dict[str, tuple[Rule, list[Step]]] = {}
    for step in steps:
        rules.setdefault(step.rule.name, (step.rule, []))[1].append(step)
    found = []
    for rule, own in rules.values():
        changes = dict(rule.verbs).get("images")
        hosts = _replaced(own, changes, workloads) if changes else set()
        left = [*_left(hosts, changes, manifests, workloads)] if changes and hosts else []
        if left:
            images = "an image" if len(left) == 1 else f"{len(left)} images"
            found.append(
                rule.message(
                    "images",
                    f"{images} of {' and '.join(sorted(hosts))} stay as they are: {listed(left)}",
                    "match those objects too, or change the fields with merge: or jsonPatch:",
                    id="images-left-behind",
                )
            )
    return found


def _replaced(steps: Iterable[Step], changes: list[ImageChange], workloads: Workloads) -> set[str]:
    """The registries of which steps have moved images to another one."""
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
    hosts: Collection[str], changes: list[ImageChange], manifests: Manifests, workloads: Workloads
) -> Iterator[str]:
    """The places of the images that are left, in the order of the stream."""
    reference = re.compile(_REFERENCE.format("|".join(map(re.escape, sorted(hosts)))))
    for home in _homes(hosts, manifests, workloads):
        for _, subject in manifests.subjects_of(home):
            obj = subject.obj
            if text_of(obj, "kind") == CRD or MARK in texts_of(obj, "annotations"):
                continue
            for path in _places(obj, hosts, reference, changes, workloads):
                yield f"{identity(obj)} {dotted(path)}"


def _homes(hosts: Collection[str], manifests: Manifests, workloads: Workloads) -> Iterator[Home]:
    """The documents that may name such an image. Short names are Docker Hub's."""
    known: dict[tuple[int, int, int], Home] = {}
    data = manifests.stream.data
    for home in manifests.all:
        start, end = home.document.body, home.document.end
        is_named = any(data.find(f"{host}/".encode(), start, end) >= 0 for host in hosts)
        if is_named and home.document.kind != CRD:
            known[home.place] = home
    if DEFAULT_HOST in hosts:
        kinds = pod_kinds(workloads) & manifests.by_kind.keys()
        known.update((home.place, home) for home in manifests.candidates(kinds))
    known.update((home.place, home) for home in manifests.resources)
    for place in sorted(known):
        yield known[place]


def _places(
    obj: Object,
    hosts: Collection[str],
    reference: re.Pattern[str],
    changes: list[ImageChange],
    workloads: Workloads,
) -> Iterator[Path]:
    """Where an object still names an image of one of the hosts."""
    of_pods = {
        (*place.spec, *path): image
        for place in pod_places(obj, workloads)
        for path, image in images_in(get(obj, place.spec))
    }
    for path, image in of_pods.items():
        if _host(image) in hosts and _is_moved(image, changes):
            yield path
    for path, text in _texts(obj, ()):
        if path in of_pods or not any(host in text for host in hosts):
            continue
        is_image = str(path[-1]).lower().endswith(_FIELDS)
        for match in reference.finditer(text):
            is_full = match[1] or match[2] or (is_image and match[0] == text)
            if is_full and _is_moved(match[0], changes):
                yield path
                break


def _texts(data: Data, path: Path) -> Iterator[tuple[Path, str]]:
    """All texts of an object with their paths."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, dict):
        for key, item in data.items():
            yield from _texts(item, (*path, key))
    elif isinstance(data, list):
        for i, item in enumerate(data):
            yield from _texts(item, (*path, i))
