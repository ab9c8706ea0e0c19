"""
The gate of `import`: patches as people write them, over real charts. What is written does what the
patch did, by names, and changes nothing in its own output; nothing is left as a literal jsonPatch.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import corpus
import pytest

from postrender.data import get
from postrender.importing.imported import imported
from postrender.importing.trial import objects_of
from postrender.kubernetes.objects import pod_places, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Larger renders take seconds for each patch.
LARGEST = 60_000
CHARTS = [
    pytest.param(path, id=path.stem)
    for path in corpus.files()
    if path.parent.name == "helm3" and path.stat().st_size < LARGEST
]
SIDECAR = {"name": "new", "image": "example/new:1", "args": ["run"]}


def nested(path: Any, value: Any) -> Any:
    """A value below some keys."""
    for part in reversed(path):
        value = {part: value}
    return value


def appended(spec: Any, path: str, name: str, entry: Any) -> dict[str, Any]:
    """The operation that adds to a list, or makes it."""
    if spec.get(name):
        return {"op": "add", "path": f"{path}/{name}/-", "value": entry}
    return {"op": "add", "path": f"{path}/{name}", "value": [entry]}


def operations(obj: Any, spec: Any, base: str) -> Iterator[list[Any]]:
    """Operations on a pod, by index."""
    at = f"{base}/containers/0"
    first = spec["containers"][0]
    context = {"runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}}
    yield [{"op": "add", "path": f"{at}/securityContext", "value": context}]
    yield [{"op": "replace", "path": f"{at}/image", "value": "example.com/new:1"}]
    yield [appended(first, at, "args", "--verbose-new")]
    yield [appended(first, at, "env", {"name": "NEW", "value": "1"})]
    yield [
        appended(spec, base, "volumes", {"name": "new", "emptyDir": {}}),
        appended(first, at, "volumeMounts", {"name": "new", "mountPath": "/new"}),
    ]
    for name in first:
        if name not in ("name", "image"):
            yield [{"op": "remove", "path": f"{at}/{name}"}]
    for i, word in enumerate(first.get("args") or ()):
        if isinstance(word, str) and "\n" not in word:
            yield [{"op": "remove", "path": f"{at}/args/{i}"}]
    yield [{"op": "add", "path": "/metadata/annotations/owner", "value": text_of(obj, "name")}]


def patches(obj: Any) -> Iterator[str]:
    """Patches for an object with pods."""
    places = [place for place in pod_places(obj, {}) if place.template]
    if not places or not get(obj, (*places[0].spec, "containers")):
        return
    spec = get(obj, places[0].spec)
    base = "/" + "/".join(map(str, places[0].spec))
    yield from map(json.dumps, operations(obj, spec, base))
    head = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": {"name": "any"}}
    name = spec["containers"][0]["name"]
    for pod in (
        {"containers": [{"name": name, "env": [{"name": "NEW", "value": "1"}]}]},
        {"containers": [SIDECAR], "volumes": [{"name": "new", "emptyDir": {}}]},
        {"initContainers": [SIDECAR]},
        {"nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "a", "operator": "Exists"}]},
    ):
        yield json.dumps({**head, **nested(places[0].spec, pod)})


@corpus.needed
@pytest.mark.parametrize("path", CHARTS)
def test_import_over_a_real_chart(path: Path, tmp_path: Path) -> None:
    """Every patch of the first workload of a kind."""
    data = path.read_bytes()
    seen = set()
    for obj in objects_of(data):
        if text_of(obj, "kind") in seen:
            continue
        seen.add(text_of(obj, "kind"))
        target = {"kind": obj["kind"], "name": text_of(obj, "name")}
        for patch in patches(obj):
            file = tmp_path / "kustomization.yaml"
            whole = {"resources": ["all.yaml"], "patches": [{"target": target, "patch": patch}]}
            file.write_text(json.dumps(whole))

            done = imported([str(file)], data, with_kustomize=False)

            assert done.is_complete, (patch, done.said)
            assert "jsonPatch" not in done.text, patch
