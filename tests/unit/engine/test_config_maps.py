from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from postrender.engine.inputs import load_rules, render
from postrender.errors import VerbError

if TYPE_CHECKING:
    from pathlib import Path

RULES = """
rules:
  greet:
    match: {kind: Deployment}
    containers:
      web: {files: {/etc/motd: {text: %s, carrier: %s}}}
"""
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: nginx}]}}}
"""


def changed(folder: Path, stream: str, text: str, carrier: str = "configMap") -> str:
    """The stream after a rule that brings a file with this text."""
    file = folder / "kmod.yaml"
    file.write_text(RULES % (text, carrier))
    return render(stream, load_rules(file))


def objects(stream: str) -> list[Any]:
    """The objects of a stream, those of Lists among them."""
    found = [document for document in yaml.safe_load_all(stream) if document]
    return [one for document in found for one in document.get("items", [document])]


def names(stream: str) -> list[str]:
    """What the objects are called."""
    return [f"{obj['kind']}/{obj['metadata']['name']}" for obj in objects(stream)]


def test_another_text_is_another_config_map(tmp_path: Path) -> None:
    """What comes out is what a run over the chart gives: the old one is replaced in its place."""
    first = changed(tmp_path, WEB, "one")

    second = changed(tmp_path, first, "two")

    assert names(first)[0] != names(second)[0]
    assert objects(second) == objects(changed(tmp_path, WEB, "two"))


def test_in_a_list(tmp_path: Path) -> None:
    """An old ConfigMap is found in a List, is renamed there, and is taken out of it."""
    first = changed(tmp_path, WEB, "one")
    listed = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": objects(first)})

    assert objects(changed(tmp_path, listed, "one")) == objects(first)
    assert objects(changed(tmp_path, listed, "two")) == objects(changed(tmp_path, WEB, "two"))
    assert objects(changed(tmp_path, listed, "one", "pod")) == objects(
        changed(tmp_path, WEB, "one", "pod")
    )


def test_of_another_namespace(tmp_path: Path) -> None:
    """Two objects of one name in two namespaces have ConfigMaps of their own."""
    text = WEB.replace("{name: web}\nspec", "{name: web, namespace: %s}\nspec")
    first = changed(tmp_path, f"{text % 'a'}---\n{text % 'b'}", "one")

    found = [obj["metadata"]["namespace"] for obj in objects(changed(tmp_path, first, "two"))]

    assert found == ["a", "a", "b", "b"]


def test_the_charts_own_are_left_alone(tmp_path: Path) -> None:
    """A ConfigMap without the rule's mark stays, even if a generated volume names it."""
    first = changed(tmp_path, WEB, "one")
    for mark in ("kmod-post/rule: other", "a: b"):
        known = first.replace("kmod-post/rule: greet", mark)

        done = changed(tmp_path, known, "two")

        assert names(done)[0] == names(first)[0]
        assert len(names(done)) == 3


def test_what_is_not_there_is_made(tmp_path: Path) -> None:
    """The stream may lack the ConfigMap that an earlier run made, as a part of a stream does."""
    first = changed(tmp_path, WEB, "one")
    alone = first[first.index("apiVersion: apps/v1") :]

    assert objects(changed(tmp_path, alone, "one")) == objects(first)
    assert objects(changed(tmp_path, alone, "two")) == objects(changed(tmp_path, WEB, "two"))


def test_a_text_that_was_changed_by_hand_is_put_back(tmp_path: Path) -> None:
    """The name says what it must hold."""
    first = changed(tmp_path, WEB, "one")

    assert objects(changed(tmp_path, first.replace("motd: one", "motd: two"), "one")) == objects(
        first
    )


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    """The chart's own ConfigMap is never written over."""
    first = changed(tmp_path, WEB, "one")
    taken = first.replace("kmod-post/rule: greet", "a: b")

    with pytest.raises(VerbError, match=f"the chart has a {names(first)[0].replace('/', ' ')}"):
        changed(tmp_path, taken, "one")
