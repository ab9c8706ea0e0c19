"""Images of a replaced registry that a rule does not reach."""

from __future__ import annotations

import re

import pytest
from runs import output, run_text

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers: [{name: web, image: "quay.io/a/web:1"%s}]
"""
POD = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: [{name: a, image: %s}]}\n"
)
TOY = "apiVersion: example.com/v1\nkind: Toy\nmetadata: {name: toy}\nspec: {%s}\n"
OTHER = POD % '"quay.io/a/b:1"'
DIGEST = f"sha256:{'0' * 64}"


def said(stream: str, images: str, match: str = "kind: Deployment") -> list[str]:
    """What is left, as the warning lists it; over its own output a rule says nothing."""
    rules = f"rules: {{r: {{match: {{{match}}}, images: {images}}}}}"
    done = run_text(rules, stream)
    assert run_text(rules, output(done)).warnings == []
    return [
        re.sub(r".* stays? as (they are|it is): |;.*", "", str(warning))
        for warning in done.warnings
    ]


MIRROR = '{"quay.io/*": {registry: m.example.com}}'


@pytest.mark.parametrize(
    ("other", "path"),
    [
        pytest.param(POD % '"quay.io/a/b:1"', "Pod/one spec.containers[0].image", id="a pod"),
        pytest.param(POD % "quay.io/a/b", "Pod/one spec.containers[0].image", id="without a tag"),
        pytest.param(TOY % 'image: "quay.io/a/b:1"', "Toy/toy spec.image", id="a field"),
        pytest.param(TOY % "sideImage: quay.io/a/b", "Toy/toy spec.sideImage", id="by its name"),
        pytest.param(TOY % f"x: 'quay.io/a/b@{DIGEST}'", "Toy/toy spec.x", id="a digest"),
        pytest.param(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
            'data: {pod.yaml: "spec:\\n- image: quay.io/a/b:1\\n"}\n',
            "ConfigMap/c data.pod.yaml",
            id="a text",
        ),
    ],
)
def test_what_names_an_image_is_found(other: str, path: str) -> None:
    """In any object of the stream."""
    assert said(f"{DEPLOYMENT % ''}---\n{other}", MIRROR) == [path]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(TOY % "x: quay.io/a/b", id="no tag, and no name of an image"),
        pytest.param(TOY % "x: 'https://quay.io/a/b:1'", id="an address"),
        pytest.param(TOY % "x: 'm.example.com/quay.io/a/b:1'", id="a path of another registry"),
        pytest.param(TOY % "x: 'my.quay.io/a/b:1'", id="another host"),
        pytest.param(TOY % "image: 'ghcr.io/a/b:1'", id="another registry"),
        pytest.param(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
            'metadata: {name: c}\nspec: {image: "quay.io/a/b:1"}\n',
            id="a CRD",
        ),
    ],
)
def test_what_is_no_image_of_it_is_not(other: str) -> None:
    """Addresses, other registries, descriptions."""
    assert said(f"{DEPLOYMENT % ''}---\n{other}", MIRROR) == []


def test_arguments_and_variables() -> None:
    """Also of the object that the rule has changed."""
    more = (
        ', args: ["--image=quay.io/a/b:1", "quay.io/a/c:1"], '
        'env: [{name: A, value: "quay.io/a/d:1"}]'
    )
    lead = "Deployment/web spec.template.spec.containers[0]."
    assert said(DEPLOYMENT % more, MIRROR) == [f"{lead}args[0], {lead}args[1], {lead}env[0].value"]


@pytest.mark.parametrize(
    "images",
    [
        pytest.param('{"quay.io/*": {newTag: "2"}}', id="another tag"),
        pytest.param('{"quay.io/*": {prefix: cache}}', id="another path"),
        pytest.param("{quay.io/a/web: {registry: m.example.com}}", id="one image"),
    ],
)
def test_what_the_rule_would_not_move_is_not_left(images: str) -> None:
    """Only a rule that replaces the registry leaves images of it."""
    assert said(f"{DEPLOYMENT % ''}---\n{OTHER}", images) == []


def test_short_names_are_of_docker_hub() -> None:
    """In pods, where a name without a host is an image."""
    stream = (DEPLOYMENT % "").replace("quay.io/a/web:1", "nginx:1")
    images = '{"*": {registry: m.example.com}}'
    job = POD.replace("kind: Pod", "kind: Pod\nx: nginx") % "nginx"
    assert said(f"{stream}---\n{job}", images) == ["Pod/one spec.containers[0].image"]
    assert said(f"{stream}---\n{TOY % 'image: nginx'}", images) == []


def test_another_rule_may_reach_it() -> None:
    """The stream after all rules counts."""
    rules = (
        f"rules: {{a: {{match: {{kind: Deployment}}, images: {MIRROR}}}, "
        f"b: {{match: {{kind: Pod}}, images: {MIRROR}}}}}"
    )
    assert run_text(rules, f"{DEPLOYMENT % ''}---\n{OTHER}").warnings == []
