"""Fields that kustomize does not know, and JSON patches that are none: nothing is made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from postrender.importing.imported import Imported, imported

if TYPE_CHECKING:
    from pathlib import Path

RENDER = b"""\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  template:
    spec:
      containers: [{name: web, image: "example/web:1"}]
"""
MERGE = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {paused: true}}"
TARGET = {"kind": "Deployment", "name": "web"}
ADD = {"op": "add", "path": "/spec/paused", "value": True}
SOURCE = {"kind": "Deployment", "name": "web", "fieldPath": "spec.replicas"}
COPY = {"select": TARGET, "fieldPaths": ["spec.minReadySeconds"]}


def import_of(folder: Path, fields: Any, name: str = "kustomization.yaml") -> Imported:
    """The import of a file with these fields."""
    (folder / name).write_text(json.dumps(fields, indent=1))
    return imported([str(folder / name)], RENDER, with_kustomize=False)


def refused(done: Imported) -> list[str]:
    """What is not imported, without the folder; the rules are empty."""
    assert not done.is_complete
    assert done.text.endswith("rules: {}\n"), done.text
    lines = [line for line in done.said if line.endswith(" (not imported)")]
    return [line.rpartition("/")[2].removesuffix(" (not imported)") for line in lines]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"patchez": []}, 'kustomization.yaml:2: unknown field "patchez"; did you mean "patches"?'),
        ({"patches": [{"target": {"nam": "web"}, "patch": MERGE}]}, 'kustomization.yaml:5: patches[0].target: unknown field "nam"; did you mean "name"?'),
        ({"patches": [{"target": {**TARGET, "kinds": "x"}, "patch": MERGE}]}, 'kustomization.yaml:7: patches[0].target: unknown field "kinds"; did you mean "kind"?'),
        ({"patches": [{"options": {"allowNameChang": True}, "patch": MERGE}]}, 'patches[0].options: unknown field "allowNameChang"; did you mean "allowNameChange"?'),
        ({"patches": [{"patchh": MERGE}]}, 'patches[0]: unknown field "patchh"; did you mean "patch"?'),
        ({"patchesJson6902": [{"target": {**TARGET, "nam": "x"}, "patch": [ADD]}]}, 'patchesJson6902[0].target: unknown field "nam"'),
        ({"replicas": [{"name": "web", "counts": 3}]}, 'replicas[0]: unknown field "counts"; did you mean "count"?'),
        ({"replicas": [{"name": "web", "count": "3"}]}, "replicas[0]: count is no number; correct it"),
        ({"images": [{"name": "example/web", "newTagg": "2"}]}, 'images[0]: unknown field "newTagg"; did you mean "newTag"?'),
        ({"labels": [{"pairs": {"a": "b"}, "includeSelector": True}]}, 'labels[0]: unknown field "includeSelector"; did you mean "includeSelectors"?'),
        ({"configMapGenerator": [{"name": "x", "filess": ["a"]}]}, 'configMapGenerator[0]: unknown field "filess"; did you mean "files"?'),
        ({"configMapGenerator": [{"name": "x", "type": "y"}]}, 'configMapGenerator[0]: unknown field "type"'),
        ({"secretGenerator": [{"name": "x", "literal": ["a=b"]}]}, 'secretGenerator[0]: unknown field "literal"; did you mean "literals"?'),
        ({"secretGenerator": [{"name": "x", "options": {"label": {}}}]}, 'secretGenerator[0].options: unknown field "label"; did you mean "labels"?'),
        ({"generatorOptions": {"immutabl": True}, "configMapGenerator": [{"name": "x", "literals": ["a=b"]}]}, 'generatorOptions: unknown field "immutabl"; did you mean "immutable"?'),
        ({"replacements": [{"source": {**SOURCE, "nam": "x"}, "targets": [COPY]}]}, 'replacements[0].source: unknown field "nam"'),
        ({"replacements": [{"source": SOURCE, "targets": [{**COPY, "rejects": []}]}]}, 'replacements[0].targets[0]: unknown field "rejects"; did you mean "reject"?'),
        ({"replacements": [{"source": SOURCE, "targets": [{**COPY, "reject": [{"nam": "x"}]}]}]}, 'replacements[0].targets[0].reject[0]: unknown field "nam"'),
        ({"replacements": [{"source": SOURCE, "targets": [{**COPY, "options": {"creat": True}}]}]}, 'replacements[0].targets[0].options: unknown field "creat"; did you mean "create"?'),
        ({"patches": [{"target": "web", "patch": MERGE}]}, "patches[0].target: it is no mapping; correct it"),
        ({"patches": ["a.yaml"]}, "patches[0]: it is no mapping; correct it"),
        ({"images": ["a"]}, "images[0]: it is no mapping; correct it"),
        ({"images": [{"newTag": "2"}]}, "images[0]: it has no name; correct it"),
        ({"replacements": [{"source": SOURCE, "targets": COPY}]}, "replacements[0].targets: it is no list; correct it"),
        ({"metadata": {"nam": "x"}}, 'metadata: unknown field "nam"; did you mean "name"?'),
        ({"sortOptions": {"orderr": "fifo"}}, 'sortOptions: unknown field "orderr"; did you mean "order"?'),
    ],
)  # fmt: skip
def test_an_unknown_field(fields: Any, said: str, tmp_path: Path) -> None:
    """Its item is not converted, and the field is named with its place and the nearest name."""
    lines = refused(import_of(tmp_path, fields))

    assert any(said in line for line in lines), lines


@pytest.mark.parametrize(
    "fields",
    [
        {"Images": [{"NAME": "example/web", "newtag": "2"}]},
        {"patches": [{"Target": {"Kind": "Deployment"}, "PATCH": MERGE}]},
        {"REPLICAS": [{"name": "web", "Count": 3}]},
    ],
)
def test_fields_in_another_case(fields: Any, tmp_path: Path) -> None:
    """Kustomize takes them, and so does an import."""
    done = import_of(tmp_path, fields)

    assert done.is_complete, done.said
    assert not done.text.endswith("rules: {}\n")


def test_a_file_of_replacements(tmp_path: Path) -> None:
    """Files that a kustomization names have the same fields."""
    one = {"source": SOURCE, "targets": [{**COPY, "option": {}}]}
    (tmp_path / "r.yaml").write_text(json.dumps([one]))

    (line,) = refused(import_of(tmp_path, {"replacements": [{"path": "r.yaml"}]}))

    assert 'replacements[0].targets[0]: unknown field "option"; did you mean "options"?' in line


@pytest.mark.parametrize(
    ("kind", "spec", "said"),
    [
        ("HelmRelease", {"postRenderers": [{"kustomize": {"patches": [{"target": {"nam": "web"}, "patch": MERGE}]}}]}, 'spec.postRenderers[0].kustomize.patches[0].target: unknown field "nam"; did you mean "name"?'),
        ("HelmRelease", {"postRenderers": [{"kustomize": {"image": []}}]}, 'spec.postRenderers[0].kustomize: unknown field "image"; did you mean "images"?'),
        ("HelmRelease", {"postRenderers": [{"kustomize": {"namespace": "x"}}]}, 'spec.postRenderers[0].kustomize: unknown field "namespace"'),
        ("Application", {"source": {"kustomize": {"patches": [{"target": {"nam": "web"}, "patch": MERGE}]}}}, 'spec.source.kustomize.patches[0].target: unknown field "nam"; did you mean "name"?'),
        ("Application", {"source": {"kustomize": {"replicas": [{"name": "web", "counts": 3}]}}}, 'replicas[0]: unknown field "counts"; did you mean "count"?'),
        ("Application", {"source": {"kustomize": {"replica": []}}}, 'spec.source.kustomize: unknown field "replica"; did you mean "replicas"?'),
    ],
)  # fmt: skip
def test_other_sources(kind: str, spec: Any, said: str, tmp_path: Path) -> None:
    """The part that is kustomize's is checked in the same way."""
    whole = {"apiVersion": "a/v1", "kind": kind, "metadata": {"name": "x"}, "spec": spec}

    lines = refused(import_of(tmp_path, whole, "source.yaml"))

    assert any(said in line for line in lines), lines


def test_a_helmfile(tmp_path: Path) -> None:
    """JSON patches of a helmfile have targets, too."""
    release = {"name": "a", "jsonPatches": [{"target": {"nam": "web"}, "patch": [ADD]}]}

    (line,) = refused(import_of(tmp_path, {"releases": [release]}, "helmfile.yaml"))

    assert 'releases[0].jsonPatches[0]: unknown field "nam"; did you mean "name"?' in line


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        ([{"opp": "add", "path": "/a", "value": 1}], "entry 1 has no op"),
        ([ADD, {"opp": "add", "path": "/a", "value": 1}], "entry 2 has no op"),
        ([ADD, "x"], "entry 2 is no operation"),
        ([{**ADD, "op": "addd"}], 'entry 1: "addd" is no operation'),
        ([{"op": "add", "pathh": "/a", "value": 1}], "entry 1 has no path"),
        ([{"op": "replace", "path": "/spec/replicas", "valuee": 1}], "entry 1 has no value"),
        ([{"op": "move", "path": "/a"}], "entry 1 has no from"),
        ([json.loads(json.dumps({"kind": "Deployment"}))], "entry 1 has no op"),
        ([], "it has no operations"),
        ({"op": "add", "path": "/a", "value": 1}, "it has no kind, so kustomize takes it for no patch"),
        ({"kind": "Deployment", "spec": {}}, "it has no metadata.name, so kustomize takes it for no patch"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["patches", "patchesJson6902"])
def test_a_list_is_a_json_patch(field: str, operations: Any, said: str, tmp_path: Path) -> None:
    """What is no operation is refused instead of merged."""
    patch = {"target": TARGET, "patch": json.dumps(operations)}

    (line,) = refused(import_of(tmp_path, {field: [patch]}))

    assert f"{field}[0]: {said}" in line


def test_operations_that_the_next_one_overwrites(tmp_path: Path) -> None:
    """The rule passes over its own output, where the replaced field is gone."""
    place = {"path": "/spec/replicas"}
    patch = [{"op": "replace", **place, "value": 3}, {"op": "remove", **place}]

    done = import_of(tmp_path, {"patches": [{"target": TARGET, "patch": json.dumps(patch)}]})

    assert done.is_complete, done.said
    assert "replace" not in done.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: ConfigMap\nmetadata: ''\n", "more.yaml:1: it has no metadata.name"),
        ("metadata: {name: web}\n", "more.yaml:1: it has no kind"),
        ("kind: ConfigMap\nmetadata: {generateName: a-}\n", "it has no metadata.name"),
    ],
)
def test_resources_that_are_no_objects(text: str, said: str, tmp_path: Path) -> None:
    """Kustomize refuses what has no kind and name, and so does an import."""
    (tmp_path / "more.yaml").write_text(f"apiVersion: v1\n{text}")

    done = import_of(tmp_path, {"resources": ["more.yaml"], "namespace": "tools"})

    assert not done.is_complete
    assert any(said in line for line in done.said), done.said


def test_metadata_that_is_no_mapping(tmp_path: Path) -> None:
    """A render may have anything; what kustomize cannot change is said."""
    file = tmp_path / "kustomization.yaml"
    file.write_text("resources: [all.yaml]\nnamespace: tools\n")
    render = b"apiVersion: v1\nkind: ConfigMap\nmetadata: text\n"

    done = imported([str(file)], render, with_kustomize=False)

    assert not done.is_complete
    assert any("an object has a metadata that is no mapping" in line for line in done.said)
