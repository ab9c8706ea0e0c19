"""What finds nothing in a render: what is said of it, and whether that fails the import."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from postrender.errors import KmodError
from postrender.importing.imported import Imported, imported
from postrender.importing.trial import tried_text

if TYPE_CHECKING:
    from pathlib import Path

RENDER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  template:
    spec:
      containers: [{name: web, image: "example/web:1"}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: "1"}
"""
GONE = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "gone"}}
NO_ENTRY = {
    **GONE,
    "spec": {"template": {"spec": {"volumes": [{"name": "v", "$patch": "delete"}]}}},
}
SAME = {**GONE, "spec": {"replicas": 2}}
NEVER = "no object of the render matches its target"


def copy(target: Any) -> Any:
    """A replacement into a target."""
    source = {"kind": "ConfigMap", "name": "settings", "fieldPath": "data.a"}
    return [{"source": source, "targets": [target]}]


def import_of(folder: Path, fields: Any, render: str = RENDER) -> Imported:
    """The import of a kustomization with these fields."""
    file = folder / "kustomization.yaml"
    file.write_text(json.dumps({"resources": ["all.yaml"], **fields}))
    return imported([str(file)], render.encode(), with_kustomize=False)


@pytest.mark.parametrize(
    ("fields", "text", "mark"),
    [
        # Kustomize says nothing: the rule is written, and nothing is proved of it.
        (
            {"patches": [{"target": {"kind": "DaemonSet"}, "patch": json.dumps(SAME)}]},
            f"{NEVER}: kind DaemonSet;",
            "not proved",
        ),
        (
            {"patches": [{"target": {"labelSelector": "a=b"}, "patch": json.dumps(SAME)}]},
            f"{NEVER}: labels a=b;",
            "not proved",
        ),
        (
            {"images": [{"name": "example/wep", "newTag": "2"}]},
            "no image of the render is example/wep (there: example/web);",
            "not proved",
        ),
        (
            {"images": [{"name": "example/wep", "tagSuffix": "-x"}]},
            "no image of the render is example/wep (there: example/web);",
            "not proved",
        ),
        (
            {"replacements": copy({"select": {"kind": "Job"}, "fieldPaths": ["a"]})},
            f"targets[0]: {NEVER}: kind Job;",
            "not proved",
        ),
        # Kustomize fails.
        (
            {"patches": [{"patch": json.dumps(SAME)}]},
            "name gone, group apps, version v1 (there: Deployment/web), so kustomize fails;",
            "not imported",
        ),
        (
            {"replicas": [{"name": "api", "count": 1}]},
            "name api (there: Deployment/web), so kustomize fails;",
            "not imported",
        ),
        # What matches has nothing to do.
        (
            {"patches": [{"target": {"kind": "Deployment"}, "patch": json.dumps(NO_ENTRY)}]},
            'patches[0]: no volume "v" to delete in Deployment/web',
            "note",
        ),
        (
            {"patches": [{"target": {"kind": "Deployment"}, "patch": json.dumps(SAME)}]},
            "patches[0]: it changes nothing in the render",
            "note",
        ),
        (
            {"images": [{"name": "example/web", "newTag": "1"}]},
            "images: it changes nothing in the render",
            "note",
        ),
        (
            {"replacements": copy({"select": {"kind": "ConfigMap"}, "fieldPaths": ["data.a"]})},
            "replacements[0]: it changes nothing in the render; there is no rule for it",
            "note",
        ),
    ],
)
def test_what_finds_nothing(fields: Any, text: str, mark: str, tmp_path: Path) -> None:
    """It is said; only what is in the render already is no failure."""
    done = import_of(tmp_path, fields)

    assert [line for line in done.said if text in line and line.endswith(f"({mark})")], done.said
    assert done.is_complete is (mark == "note")


@pytest.mark.parametrize("render", ["", "# nothing\n", "hello: 1\n", "[a]\n"])
def test_a_render_without_objects(render: str, tmp_path: Path) -> None:
    """It proves nothing, so it is refused."""
    with pytest.raises(KmodError, match="--render: it has no Kubernetes objects"):
        import_of(tmp_path, {"namespace": "demo"}, render)


def test_images_that_are_there_stay_strict(tmp_path: Path) -> None:
    """Those that are not get a rule of their own, which is as strict."""
    entries = [{"name": "example/web", "newTag": "2"}, {"name": "gone", "newTag": "3"}]

    done = import_of(tmp_path, {"images": entries})

    proved, _, unproved = done.text.partition("  # Not proved")
    assert 'example/web: {newTag: "2"}' in proved
    assert 'images: {gone: {newTag: "3"}}' in unproved
    assert "    accept:" not in done.text
    errors = tried_text(done.text, RENDER.encode()).errors
    assert [error.id for error in errors] == ["finds-nothing"]


def test_a_rule_that_is_not_proved_is_strict(tmp_path: Path) -> None:
    """It fails where it finds nothing, as any rule does; the rest is proved all the same."""
    patches = [
        {"target": {"kind": kind}, "patch": json.dumps({**SAME, "spec": {"paused": True}})}
        for kind in ("DaemonSet", "Deployment")
    ]

    done = import_of(tmp_path, {"patches": patches})

    assert "expect: any\n" not in done.text.replace("write expect: any.\n", "")
    assert any(line.startswith("apart from what is not proved, kmod") for line in done.said)
    errors = tried_text(done.text, RENDER.encode()).errors
    assert [error.rule for error in errors] == ["daemon-sets-paused"]


def test_a_second_file_that_is_not_there(tmp_path: Path) -> None:
    """Only one can be the render."""
    done = import_of(tmp_path, {"resources": ["all.yaml", "more.yaml"]})

    assert not done.is_complete
    assert any("more.yaml: no such file" in line for line in done.said)


def test_a_replacement_says_that_it_is_a_copy(tmp_path: Path) -> None:
    """In the file, with where the value comes from, and beside it."""
    path = "spec.template.spec.containers.[name=web].image"
    target = {"select": {"kind": "Deployment"}, "fieldPaths": [path]}

    done = import_of(tmp_path, {"replacements": copy(target)})

    said = "the value was copied from data.a of ConfigMap settings; change"
    assert f"  # On import, {said} it here when it changes there.\n" in done.text
    assert any(said in line for line in done.said), done.said


@pytest.mark.parametrize(
    ("target", "is_changed"),
    [
        ({"select": {"kind": "Deployment", "labelSelector": "x=y"}}, False),
        ({"select": {"kind": "Deployment"}, "reject": [{"name": "web"}]}, False),
        ({"select": {"kind": "Deployment"}, "reject": [{"labelSelector": "!x"}]}, False),
        ({"select": {"kind": "Deployment"}, "reject": [{"name": "b", "labelSelector": "x"}]}, True),
    ],
)
def test_selectors_of_a_replacement(target: Any, is_changed: bool, tmp_path: Path) -> None:
    """Labels select and reject, too."""
    whole = {**target, "fieldPaths": ["metadata.annotations.a"], "options": {"create": True}}

    done = import_of(tmp_path, {"replacements": copy(whole)})

    assert ("annotations:" in done.text) is is_changed, done.said
