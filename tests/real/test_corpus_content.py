"""
Content of real charts is right content in rules: nothing that an API server takes is refused, and
no value is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import corpus
import pytest
from trees import tree

from postrender.data import get, same
from postrender.kubernetes import types
from postrender.kubernetes.crds import types_in
from postrender.kubernetes.objects import pod_places
from postrender.rules.checker import Checker
from postrender.rules.content import read_object
from postrender.rules.layers import Values
from postrender.stream.manifests import Manifests
from postrender.stream.text import Stream
from postrender.verbs import VERBS
from postrender.yamltext.lines import read_lines
from postrender.yamltext.reader import read_events

if TYPE_CHECKING:
    from pathlib import Path

    from postrender.data import Object

CHARTS = [pytest.param(path, id=f"{path.parent.name}-{path.stem}") for path in corpus.files()]


def checker() -> Checker:
    """One for content without a rules file."""
    return Checker(Values({}, {}), lambda *_: "")


def complaints(check: Checker, value: object, read: object) -> list[str]:
    """The mistakes of a checker, and whether the content was changed."""
    found = [str(message) for _, message in check.found]
    return found if same(value, read) else [*found, "changed"]


def objects_of(path: Path) -> list[Object]:
    """The objects of a chart."""
    manifests = Manifests(Stream(path.read_bytes()), "", {})
    return [subject.obj for subject in manifests.subjects()]


@corpus.needed
@pytest.mark.parametrize("path", CHARTS)
def test_real_content_is_right(path: Path) -> None:
    """The whole object as a patch or as one of `resources`, its pod's fields as values of verbs."""
    found = {}
    objects = objects_of(path)
    known = types_in(objects)
    for obj in objects:
        version, kind = str(obj.get("apiVersion")), str(obj.get("kind"))
        for source in (types, known):
            for is_new in (False, True):
                check = checker()
                shape = source.type_of(version, kind)
                read = read_object(check, obj, (), shape, source, is_new=is_new)
                found[f"{kind} {obj['metadata']['name']} {is_new}"] = complaints(check, obj, read)
        for place in pod_places(obj, {}):
            spec = get(obj, place.spec)
            check = checker()
            for verb, value in (
                ("pod", spec),
                ("volumes", spec.get("volumes", [])),
                ("sidecars", spec.get("containers", [])),
                ("initContainers", spec.get("initContainers", [])),
            ):
                VERBS[verb].read(check, value, (verb,))
            found[f"pod of {kind} {obj['metadata']['name']}"] = complaints(check, 0, 0)

    assert {name: lines for name, lines in found.items() if lines} == {}


@corpus.needed
@pytest.mark.parametrize("path", CHARTS)
def test_simple_lines_are_read_as_by_libyaml(path: Path) -> None:
    """Each document of real charts that is read line by line."""
    stream = Stream(path.read_bytes())
    texts = [stream.text(document) for document in stream.documents]
    for text in texts:
        found = read_lines(text) if text.endswith("\n") else None
        known = read_events(text) if found else None
        assert found is None or (known is not None and tree(found) == tree(known))
