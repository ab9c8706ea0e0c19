"""
A kustomization with the folders and files that it names: resources, bases and components.

One of its resources is what a wrapper script writes there: the render of the chart. That is a file
that is not there, or one that Helm has written.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from postrender.data import same
from postrender.errors import KmodError
from postrender.importing.fields import spelled_out
from postrender.importing.files import Files, is_remote
from postrender.importing.kustomization import generate, transform
from postrender.importing.model import Reading, Resources, Step
from postrender.importing.part import Part, absent
from postrender.importing.pointers import PatchError
from postrender.importing.reference import done
from postrender.importing.texts import Page, pages, read_bytes
from postrender.kubernetes.objects import identity, is_list, text_of

if TYPE_CHECKING:
    from postrender.data import Data, Object

# kustomize/api/konfig/general.go, RecognizedKustomizationFileNames
NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_DEEPEST = 10


class Folder(NamedTuple):
    """A kustomization as it was read; `has_render`: the render is among its resources."""

    reading: Reading
    has_render: bool


def kustomization_in(folder: str) -> str:
    """The kustomization file of a folder; empty where there is none."""
    found = (os.path.normpath(os.path.join(folder, name)) for name in NAMES)
    return next((path for path in found if os.path.isfile(path)), "")


def read_kustomization(file: str, render: list[Object] | None) -> Reading:
    """A kustomization with all that it names. Raises KmodError."""
    return _read(file, render, 0).reading


def _read(file: str, render: list[Object] | None, depth: int) -> Folder:
    found = pages(file, read_bytes(file))
    if not found:
        return Folder(Reading([], [], [], []), has_render=False)
    if len(found) != 1 or not isinstance(found[0].data, dict):
        raise KmodError(f"{file}: it is no kustomization", "name a kustomization.yaml")
    if depth > _DEEPEST:
        raise KmodError(f"{file}: folders name each other", "correct its resources")
    page = found[0]
    files = Files(os.path.dirname(file) or ".")
    data = spelled_out(page.data)
    generators, part = Part(page, (), data, files), Part(page, (), data, files)
    before: list[Reading] = []
    has_render = _resources(part, before, render, depth)
    generate(generators)
    before.append(_reading(generators))
    for i, name in part.items("components"):
        _component(part, ("components", i), str(name), before, render, depth)
    transform(part)
    before.append(_reading(part))
    whole = Reading(
        [step for reading in before for step in reading.steps],
        [one for reading in before for one in reading.problems],
        [one for reading in before for one in reading.notes],
        [[layer for reading in before for run in reading.runs for layer in run]],
    )
    return Folder(whole, has_render)


def _reading(part: Part) -> Reading:
    return Reading(part.steps, part.problems, part.notes, [[part.plain]] if part.plain else [])


def _resources(part: Part, before: list[Reading], render: list[Object] | None, depth: int) -> bool:
    """Reads the resources into `before`; whether the render is among them."""
    has_render = False
    for key in ("resources", "bases"):
        for i, entry in part.items(key):
            name, place = str(entry), part.place(key, i)
            if is_remote(name):
                part.refuse(
                    place, f"{name} is not on this machine", "download it, and name the file"
                )
            elif part.files.is_folder(name):
                has_render |= _base(part, place, name, before, render, depth)
            elif not part.files.has(name) and has_render:
                part.refuse(
                    place,
                    f"{name}: no such file, and another resource is the render",
                    "put it there, and import again",
                )
            elif not part.files.has(name):
                has_render = True
                part.note(place, f"{name} is not there; taken for what the chart renders")
            else:
                has_render |= _file(part, place, name, before, render)
    return has_render


def _file(
    part: Part, place: str, name: str, before: list[Reading], render: list[Object] | None
) -> bool:
    """Reads a file of resources; whether it is the render."""
    content = part.files.read(name) or b""
    found = pages(part.files.path(name), content)
    objects = objects_in(found)
    if _is_render(content, objects, render):
        part.note(place, f"{name} is what the chart renders; left out")
        return True
    for page in found:
        fault = _fault_of(page.data)
        if fault:
            part.refuse(place, f"{name}:{page.line}: {fault}", "correct it")
            return False
    steps = [Step(place, Resources(objects))]
    if render is None:
        part.note(
            place,
            f"{name} becomes resources:",
            "if it is what the chart renders, give it as --render",
        )
    before.append(Reading(steps, [], [], [[{"resources": objects}]]))
    return False


def _fault_of(data: Data) -> str:
    """Why kustomize does not take a document for objects; empty if it does."""
    if data is None:
        return ""
    if not isinstance(data, dict):
        return "it is no object"
    if is_list(data):
        return next(filter(None, map(_fault_of, data["items"])), "")
    field = absent(data)
    return f"it has no {field}" if field else ""


def _is_render(content: bytes, objects: list[Object], render: list[Object] | None) -> bool:
    """Whether a file is a render of a chart: Helm wrote it, or the render has its objects."""
    if b"\n# Source: " in b"\n" + content:
        return True
    return bool(objects) and all(any(_is_same(one, obj) for one in render or ()) for obj in objects)


def _is_same(one: Object, other: Object) -> bool:
    return same(one.get("apiVersion"), other.get("apiVersion")) and identity(one) == identity(other)


def _base(
    part: Part,
    place: str,
    name: str,
    before: list[Reading],
    render: list[Object] | None,
    depth: int,
) -> bool:
    """Reads a folder of resources; whether it has the render."""
    file = kustomization_in(part.files.path(name))
    if not file:
        part.refuse(place, f"{name} has no kustomization.yaml", "name a folder that has one")
        return False
    reading, has_render = _read(file, render, depth + 1)
    if has_render:
        before.append(reading)
        return True
    objects: list[Object] = []
    try:
        for step in reading.steps:
            objects = done(step, objects)
    except PatchError as error:
        part.refuse(place, f"{name}: {error}", "correct it")
        return False
    steps = [Step(place, Resources(objects))] if objects else []
    before.append(Reading(steps, reading.problems, reading.notes, [[{"resources": objects}]]))
    return False


def _component(
    part: Part,
    path: tuple[str, int],
    name: str,
    before: list[Reading],
    render: list[Object] | None,
    depth: int,
) -> None:
    """Reads a component, which changes all resources."""
    place = part.place(*path)
    if is_remote(name):
        part.refuse(place, f"{name} is not on this machine", "download it, and name the folder")
        return
    file = kustomization_in(part.files.path(name))
    if not file:
        part.refuse(place, f"{name} has no kustomization.yaml", "name a folder that has one")
        return
    before.append(_read(file, render, depth + 1).reading)


def objects_in(found: list[Page]) -> list[Object]:
    """The objects of some documents, those of Lists one by one."""
    objects: list[Object] = []
    for page in found:
        data = page.data
        if isinstance(data, dict) and is_list(data):
            objects += [one for one in data["items"] if isinstance(one, dict)]
        elif isinstance(data, dict) and text_of(data, "kind"):
            objects.append(data)
    return objects
