"""
`import` over random objects and patches: what is written does what the patch did, and is listed
where it does not. Kustomize itself is asked about the reference, where it is installed.
"""

from __future__ import annotations

import contextlib
import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paths import TESTS

from postrender.errors import KmodError
from postrender.importing import pointers, proof
from postrender.importing.imported import imported
from postrender.importing.likeness import are_alike
from postrender.importing.model import Operations, Strategic, Target
from postrender.importing.model import Step as Change
from postrender.importing.reference import done
from postrender.importing.trial import objects_of

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = sorted((TESTS / "imports").glob("*/source/*.yaml"))
NAMES = st.sampled_from(["a", "b", "c", "d/e", "f~g"])
TEXTS = st.sampled_from(
    ["x", "y z", "--flag=1", "--bare", "*", "[q]", "1", "true", "multi\nline\n"]
)
SCALARS = st.one_of(TEXTS, st.integers(0, 9), st.booleans())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
SPECS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)
CONTAINERS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["web", "proxy", "logs"]), "image": st.just("example/web:1")},
        optional={
            "args": st.lists(
                st.sampled_from(["--a=1", "--b", "run", "--c=x", "word"]), min_size=1, max_size=4
            ),
            "env": st.lists(
                st.fixed_dictionaries(
                    {"name": st.sampled_from(["A", "B", "C"]), "value": st.sampled_from("xyz")}
                ),
                min_size=1,
                max_size=3,
                unique_by=lambda one: one["name"],
            ),
            "imagePullPolicy": st.sampled_from(["Always", "Never"]),
            "resources": st.just({"limits": {"cpu": "1", "memory": "1Gi"}}),
            "securityContext": st.just({"runAsUser": 1, "readOnlyRootFilesystem": True}),
        },
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one["name"],
)


def widget(spec: Any) -> Any:
    """An object of a custom kind."""
    return {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": spec,
    }


def deployment(containers: Any, name: str = "web") -> Any:
    """A Deployment with these containers."""
    labels = {"app": name}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": labels}, "template": pod},
    }


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All paths in a value."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    return [path, *(place for key in keys for place in places(value[key], (*path, key)))]


def pointer(path: tuple[Any, ...]) -> str:
    """A path as JSON 6902 writes it."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


@st.composite
def operations(draw: Any, obj: Any, below: int) -> list[Any]:
    """Operations that can be applied, on places that are `below` the top at least."""
    found, state = [], deepcopy(obj)
    for _ in range(draw(st.integers(1, 3))):
        known = [path for path in places(state) if len(path) > below and path[0] == "spec"]
        if not known:
            break
        path = draw(st.sampled_from(known))
        holder: Any = state
        for part in path[:-1]:
            holder = holder[part]
        name = draw(st.sampled_from(["replace", "remove", "append"]))
        operation: Any = {"op": name, "path": pointer(path)}
        if name == "replace":
            operation["value"] = draw(VALUES)
        elif name == "append":
            last = "-" if isinstance(holder, list) else "new"
            place = pointer((*path[:-1], last))
            operation = {"op": "add", "path": place, "value": draw(VALUES)}
        state = pointers.one(state, deepcopy(operation))
        found.append(operation)
    return found


@st.composite
def widgets(draw: Any) -> tuple[Any, Any]:
    """A custom object and operations on it."""
    obj = widget(draw(SPECS))
    return obj, draw(operations(obj, 1))


@st.composite
def merges(draw: Any) -> tuple[Any, Any]:
    """A Deployment and a strategic merge patch for it."""
    obj = deployment(draw(CONTAINERS))
    patch = draw(CONTAINERS)
    for entry in patch:
        if draw(st.booleans()):
            entry["env"] = [{"name": "A", "$patch": "delete"}]
        if draw(st.booleans()):
            entry["resources"] = draw(
                st.sampled_from([None, {"$patch": "replace"}, {"limits": {"cpu": None}}])
            )
    whole = deployment(patch)
    del whole["spec"]["selector"], whole["spec"]["template"]["metadata"]
    return obj, whole


def import_of(folder: Path, obj: Any, patch: Any) -> Any:
    """The import of one patch for the object."""
    file = folder / "kustomization.yaml"
    target = {"kind": obj["kind"]}
    patches = [{"target": target, "patch": json.dumps(patch)}]
    file.write_text(json.dumps({"resources": ["all.yaml"], "patches": patches}))
    return imported([str(file)], json.dumps(obj).encode(), with_kustomize=False)


JUNK = (
    *(None, 1, True, "x", "", [], {}, [1], {"a": 1}, [[]], ["/a"], {"kind": "Deployment"}),
    *("*", "[", "http://x", {"$patch": "delete"}, "-1"),
)


def broken(draw: Any, data: Any) -> Any:
    """The data with one value replaced by something else, in the text of a patch too."""
    path = draw(st.sampled_from([path for path in places(data) if path]))
    *parents, last = path
    holder = data
    for part in parents:
        holder = holder[part]
    inner = holder[last]
    if isinstance(inner, str) and "\n" in inner:
        holder[last] = json.dumps(broken(draw, yaml.safe_load(inner)))
    else:
        holder[last] = draw(st.sampled_from(JUNK))
    return data


SLOW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SLOW
@given(data=st.data(), source=st.sampled_from(SOURCES), has_render=st.booleans())
def test_strange_sources(data: Any, source: Path, has_render: bool, tmp_path: Path) -> None:
    """What a source has that it should not is listed, or an error of ours; never a bug."""
    documents = list(yaml.safe_load_all(source.read_text()))
    i = data.draw(st.integers(0, len(documents) - 1))
    documents[i] = broken(data.draw, documents[i])
    file = tmp_path / source.name
    file.write_text(yaml.safe_dump_all(documents))
    render = (TESTS / "imports" / "render.yaml").read_bytes()

    with contextlib.suppress(KmodError):
        imported([str(file)], render if has_render else None, with_kustomize=False)


@SLOW
@given(case=widgets())
def test_operations_on_a_custom_object(case: Any, tmp_path: Path) -> None:
    """The result is that of the operations."""
    obj, patch = case

    found = import_of(tmp_path, obj, patch)

    assert found.is_complete, (found.said, found.text)


@SLOW
@given(case=merges())
def test_a_merge_into_containers(case: Any, tmp_path: Path) -> None:
    """The result is that of the merge."""
    obj, patch = case

    found = import_of(tmp_path, obj, patch)

    assert found.is_complete, (found.said, found.text)
    assert found.is_complete, (found.said, found.text)


@pytest.mark.skipif(proof.program() is None, reason="kustomize is not installed")
@settings(SLOW, max_examples=15)
@given(widget_case=widgets(), merge_case=merges())
def test_the_reference_is_kustomize(widget_case: Any, merge_case: Any) -> None:
    """What our reading of patches gives, kustomize gives too."""
    (custom, patch), (obj, merge) = widget_case, merge_case
    steps = [
        Change("", Operations(Target(kind="Widget"), patch)),
        Change("", Strategic(Target(kind="Deployment"), merge)),
    ]
    stream = f"{json.dumps(custom)}\n---\n{json.dumps(obj)}\n"
    layer = {
        "patches": [
            {"target": {"kind": "Widget"}, "patch": json.dumps(patch)},
            {"target": {"kind": "Deployment"}, "patch": json.dumps(merge)},
        ]
    }
    ours = objects_of(stream.encode())
    for step in steps:
        ours = done(step, ours)

    theirs = objects_of(proof.built(proof.program() or [], [layer], stream.encode()))

    assert are_alike(ours, theirs)
