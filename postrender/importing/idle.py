"""
What of a step finds nothing in a render, where kustomize says nothing: a rule for it can be written
but not proved. Where kustomize fails, `reference` does too.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from postrender.errors import listed
from postrender.importing import reference
from postrender.importing.copying import is_target, selector
from postrender.importing.model import (
    Images,
    Namespace,
    Operations,
    Pairs,
    Replacement,
    Strategic,
    Target,
)
from postrender.importing.selecting import nearest, no_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Object
    from postrender.importing.model import Change


def idle(change: Change, objects: list[Object]) -> Iterator[str]:
    """Sentences, one for each part of a change that finds nothing. Raises PatchError."""
    if isinstance(change, Strategic | Operations):
        if not reference.hits(change, objects):
            yield no_object(change.target, objects)
    elif isinstance(change, Images):
        names = (reference.image_name(one["image"]) for one in reference.with_images(objects))
        there = [*dict.fromkeys(names)]
        for entry in idle_images(change, objects):
            near = listed(nearest(str(entry["name"]), there)) or "none"
            yield f"no image of the render is {entry['name']} (there: {near})"
    elif isinstance(change, Replacement):
        for i, target in enumerate(change.targets):
            if not any(is_target(obj, target) for obj in objects):
                yield f"targets[{i}]: {no_object(_selected(target), objects)}"
    elif isinstance(change, Pairs | Namespace) and not objects:
        yield "the render has no objects"


def _selected(target: Object) -> Target:
    """What a target of a replacement selects, as it is written."""
    given = target.get("select")
    texts = given if isinstance(given, dict) else {}
    return selector(given)._replace(
        kind=str(texts.get("kind") or ""), name=str(texts.get("name") or "")
    )


def idle_images(change: Images, objects: list[Object]) -> list[Object]:
    """The entries of `images` whose image no container has, at their turn."""
    found, containers = [], deepcopy([*reference.with_images(objects)])
    for entry in change.entries:
        name = entry.get("name")
        if all(reference.image_name(one["image"]) != name for one in containers):
            found.append(entry)
        for one in containers:
            one["image"] = reference.image_after(one["image"], [entry])
    return found
