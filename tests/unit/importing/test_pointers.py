"""JSON 6902 as kustomize applies it."""

from __future__ import annotations

from typing import Any

import pytest

from postrender.importing.pointers import PatchError, applied

OBJECT = {"metadata": {"name": "a"}, "spec": {"list": [1, 2], "a/b~c": 1}}


@pytest.mark.parametrize(
    ("operation", "path", "value", "spec"),
    [
        ("add", "/spec/list/-", 3, {"list": [1, 2, 3], "a/b~c": 1}),
        ("add", "/spec/list/0", 3, {"list": [3, 1, 2], "a/b~c": 1}),
        ("add", "/spec/list/-1", 3, {"list": [1, 2, 3], "a/b~c": 1}),
        ("replace", "/spec/list/-1", 3, {"list": [1, 3], "a/b~c": 1}),
        ("replace", "/spec/a~1b~0c", 2, {"list": [1, 2], "a/b~c": 2}),
        ("replace", "/spec/new", 2, {"list": [1, 2], "a/b~c": 1, "new": 2}),
        ("remove", "/spec/list", None, {"a/b~c": 1}),
        ("test", "/spec/list/0", 1, {"list": [1, 2], "a/b~c": 1}),
    ],
)
def test_an_operation(operation: str, path: str, value: Any, spec: Any) -> None:
    """The object as kustomize would have it."""
    after = applied(OBJECT, [{"op": operation, "path": path, "value": value}])

    assert after["spec"] == spec


def test_annotations_are_there_and_are_text() -> None:
    """Every object has them, as kustomize keeps its own there."""
    after = applied(OBJECT, [{"op": "add", "path": "/metadata/annotations/on", "value": True}])

    assert after["metadata"] == {"name": "a", "annotations": {"on": "true"}}


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("add", "/spec/none/a"),
        ("add", "/spec/list/3"),
        ("add", "/spec/list/x"),
        ("remove", "/spec/none"),
        ("remove", "/spec/list/2"),
        ("remove", ""),
        ("test", "/spec/list/1"),
        ("frob", "/spec"),
        ("add", "spec"),
    ],
)
def test_an_operation_that_kustomize_refuses(operation: str, path: str) -> None:
    """It says why, without the values of the object."""
    with pytest.raises(PatchError):
        applied(OBJECT, [{"op": operation, "path": path, "value": 0}])
