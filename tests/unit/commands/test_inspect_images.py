"""`inspect --images`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import KmodPost

OPERATOR = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: operator
spec:
  template:
    spec:
      containers:
        - name: operator
          image: quay.io/example/operator:1.4
          env:
            - {name: WORKER_IMAGE, value: "quay.io/example/worker:1.4"}
            - {name: PROXY_IMAGE, value: "ghcr.io/example/proxy:3"}
"""
MIRROR = """\
rules:
  mirror:
    match: {}
    images: {"quay.io/*": {registry: mirror.example.com%s}}
"""
LISTED = """\
ghcr.io
└── ghcr.io/example/proxy:3
    └── Deployment/operator spec.template.spec.containers[0].env[1].value

quay.io
├── quay.io/example/operator:1.4
│   └── Deployment/operator spec.template.spec.containers[0].image
└── quay.io/example/worker:1.4
    └── Deployment/operator spec.template.spec.containers[0].env[0].value

images: 3, places: 3
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A folder with an operator and two rules files."""
    (tmp_path / "operator.yaml").write_text(OPERATOR)
    (tmp_path / "mirror.yaml").write_text(MIRROR % "")
    (tmp_path / "anywhere.yaml").write_text(MIRROR % ", anywhere: true")
    return tmp_path


def test_all_images(kmod_post: KmodPost, chart: Path) -> None:
    """By registry, each with its places."""
    done = kmod_post("inspect", "--images", "operator.yaml", cwd=chart)

    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, LISTED, b"")


def test_what_rules_leave_behind(kmod_post: KmodPost, chart: Path) -> None:
    """Marked; nothing is where the rules reach it."""
    left = kmod_post("inspect", "--images", "-f", "mirror.yaml", "operator.yaml", cwd=chart)
    assert left.stdout.decode() == LISTED.replace(
        "env[0].value", "env[0].value  left by mirror"
    ).replace("places: 3", "places: 3, left behind: 1")

    none = kmod_post("inspect", "--images", "-f", "anywhere.yaml", "operator.yaml", cwd=chart)
    assert none.stdout.decode() == LISTED.replace("places: 3", "places: 3, left behind: 0")


def test_for_programs(kmod_post: KmodPost, chart: Path) -> None:
    """The same data."""
    words = ("inspect", "--images", "--json", "-f", "mirror.yaml", "operator.yaml")
    found = json.loads(kmod_post(*words, cwd=chart).stdout)

    assert (found["apiVersion"], found["kind"]) == ("kmod/v1", "KmodImages")
    assert found["images"][1] == {
        "image": "quay.io/example/worker:1.4",
        "registry": "quay.io",
        "role": "variable",
        "path": "spec.template.spec.containers[0].env[0].value",
        "object": {
            "apiVersion": "apps/v1", "kind": "Deployment", "name": "operator", "line": 1,
        },
        "leftBy": ["mirror"],
    }  # fmt: skip
    assert [one["leftBy"] for one in found["images"]] == [[], ["mirror"], []]


def test_a_place_that_shifts(kmod_post: KmodPost, chart: Path) -> None:
    """Containers that rules add do not hide what is left."""
    rules = MIRROR % "" + "    sidecars: {a: {image: b, position: first}}\n"
    (chart / "mirror.yaml").write_text(rules)
    done = kmod_post("inspect", "--images", "-f", "mirror.yaml", "operator.yaml", cwd=chart)

    assert "containers[0].env[0].value  left by mirror" in done.stdout.decode()
    assert "left behind: 1" in done.stdout.decode()


def test_a_registry_alone(kmod_post: KmodPost, chart: Path) -> None:
    """What the warning counts is listed."""
    with (chart / "operator.yaml").open("a") as file:
        file.write("---\nkind: ConfigMap\nmetadata: {name: c}\ndata: {hub: quay.io/example}\n")
    words = ("inspect", "--images", "--json", "-f", "anywhere.yaml", "operator.yaml")
    found = json.loads(kmod_post(*words, cwd=chart).stdout)

    assert [one["role"] for one in found["images"] if one["leftBy"]] == ["mention"]


def test_secrets_are_not_shown(kmod_post: KmodPost) -> None:
    """A place in a Secret, and a variable with the name of one."""
    stream = (
        "kind: Secret\nmetadata: {name: s}\nstringData: {a: 'quay.io/a/b:1'}\n---\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
        "spec: {containers: [{name: a, env: [{name: TOKEN, value: 'quay.io/a/c:1'}]}]}\n"
    )
    text = kmod_post("inspect", "--images", stdin=stream).stdout.decode()
    assert "quay.io" not in text
    assert "Secret/s stringData.a" in text

    found = json.loads(kmod_post("inspect", "--images", "--json", stdin=stream).stdout)
    assert [(one["image"], one["registry"]) for one in found["images"]] == [(None, None)] * 2


def test_rules_that_fail(kmod_post: KmodPost, chart: Path) -> None:
    """What they leave behind cannot be said."""
    (chart / "mirror.yaml").write_text((MIRROR % "").replace("quay", "gcr"))
    done = kmod_post("inspect", "--images", "-f", "mirror.yaml", "operator.yaml", cwd=chart)

    assert (done.returncode, done.stdout) == (1, b"")
    assert b"finds-nothing" in done.stderr


def test_nothing_there(kmod_post: KmodPost) -> None:
    """An empty stream is said to have none."""
    assert kmod_post("inspect", "--images").stdout == b"no images\n"


def test_not_with_all(kmod_post: KmodPost) -> None:
    """Two lists are not one."""
    done = kmod_post("inspect", "--images", "--all")

    assert done.returncode == 2
    assert b"--all and --images exclude each other" in done.stderr


def test_a_registry_that_a_new_version_brings(kmod_post: KmodPost, chart: Path) -> None:
    """A field of a custom resource that an entry for all registries leaves is counted."""
    toy = "---\napiVersion: example.com/v1\nkind: Toy\nmetadata: {name: toy}\nspec: {image: 'g.example/a:1'}\n"
    entries = MIRROR % ', anywhere: true}, "*": {registry: mirror.example.com'
    (chart / "open.yaml").write_text(entries, encoding="utf-8")
    done = kmod_post("inspect", "--images", "-f", "open.yaml", stdin=OPERATOR + toy, cwd=chart)
    assert "Toy/toy spec.image  left by mirror" in done.stdout.decode()
