"""
The images that a stream names, as plain data: where each stands, and which of them rules leave
behind. What may be a secret is not shown. The format is documented in docs/cli.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postrender.data import dotted
from postrender.engine.leftimages import host_of, left_by
from postrender.engine.run import run
from postrender.kubernetes.imageplaces import pattern_of, references
from postrender.kubernetes.objects import identity, text_of, texts_of
from postrender.reports.references import reference
from postrender.reports.secrets import hidden
from postrender.stream.manifest import Addition, source_of
from postrender.stream.manifests import Manifests
from postrender.verbs.generated_names import MARK

if TYPE_CHECKING:
    from collections.abc import Hashable

    from postrender.data import Object
    from postrender.engine.changes import Change
    from postrender.engine.inputs import Inputs
    from postrender.errors import Message
    from postrender.kubernetes.imageplaces import Reference
    from postrender.kubernetes.objects import Workloads
    from postrender.stream.manifest import Home
    from postrender.stream.text import Stream

    # Entries by what tells them apart.
    Entries = dict[Hashable, list[Object]]

VERSION = "kmod/v1"
KIND = "KmodImages"


def image_list(stream: Stream) -> Object:
    """The images that a stream names, in its order. Raises StreamError."""
    return _report(_entries(Manifests(stream, "", {}), {}))


def left_list(inputs: Inputs) -> Object:
    """
    The images that a stream names, each with the names of the rules that leave it behind. Raises
    KmodError, also where the rules fail.
    """
    workloads = inputs.rules.workloads
    entries = _entries(Manifests(inputs.stream, inputs.namespace, workloads), workloads)
    for found in entries.values():
        for entry in found:
            entry["leftBy"] = []

    def finish(manifests: Manifests, changes: list[Change], _: list[Message]) -> None:
        for rule in inputs.rules.rules:
            images = dict(rule.verbs).get("images", [])
            befores = [
                change.before
                for change in changes
                if change.rule == rule.name and change.before is not None
            ]
            for left in left_by(images, befores, manifests, workloads):
                one = left.reference
                key = _key(left.home, left.obj, one)
                if key not in entries:  # of an added object, or only a registry
                    entries[key] = [{**_entry(left.home, left.obj, one), "leftBy": []}]
                for entry in entries[key]:
                    if rule.name not in entry["leftBy"]:
                        entry["leftBy"].append(rule.name)

    run(inputs.stream, inputs.rules, inputs.namespace, inputs.argv_of, finish=finish)
    return _report(entries)


def _report(entries: Entries) -> Object:
    images = [entry for found in entries.values() for entry in found]
    return {"apiVersion": VERSION, "kind": KIND, "images": images}


def _entries(manifests: Manifests, workloads: Workloads) -> Entries:
    """All references in the stream, but for those in what kmod-post has generated."""
    pattern = re.compile(pattern_of(None))
    found: Entries = {}
    for home in manifests.all:
        for _, obj in home.objects():
            if text_of(obj, "kind") and MARK not in texts_of(obj, "annotations"):
                for one in references(obj, workloads, pattern):
                    found.setdefault(_key(home, obj, one), []).append(_entry(home, obj, one))
    return found


def _key(home: Home, obj: Object, one: Reference) -> Hashable:
    """What a reference keeps under rules that do not rewrite it; places in lists may shift."""
    names = tuple(part for part in one.path if isinstance(part, str))
    return home.place, identity(obj), names, one.image


def _entry(home: Home, obj: Object, one: Reference) -> Object:
    is_hidden = text_of(obj, "kind") == "Secret" or any(
        one.path[: len(secret.path)] == secret.path for secret in hidden(obj, show_scripts=True)
    )
    line = None if isinstance(home, Addition) else home.line
    return {
        "image": None if is_hidden else one.image,
        "registry": None if is_hidden else host_of(one.image),
        "role": one.role,
        "path": dotted(one.path),
        "object": reference(obj, source_of(obj, home.source), line),
    }
