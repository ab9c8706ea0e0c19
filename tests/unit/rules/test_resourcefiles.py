"""Objects of `resources:` from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.engine.inputs import load_rules, rules_of
from postrender.errors import STDIN, RulesError
from postrender.kubernetes.objects import identity
from postrender.rules.layers import read_values

if TYPE_CHECKING:
    from pathlib import Path

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"


def names(folder: Path, rules: str, **files: str) -> list[str]:
    """The objects that rules add, in a folder with these files (`a` is a.yaml)."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    (folder / "kmod.yaml").write_text(rules)
    return [identity(obj) for _, obj in load_rules(folder / "kmod.yaml").resources]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(MAP % "one", ["ConfigMap/one"], id="one"),
        pytest.param(f"# first\n---\n{MAP % 'one'}---\n---\n{MAP % 'two'}...\n",
            ["ConfigMap/one", "ConfigMap/two"], id="several, and documents without anything"),
        pytest.param('{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}',
            ["ConfigMap/one"], id="JSON"),
        pytest.param(f"\ufeff{MAP % 'one'}".replace("\n", "\r\n"), ["ConfigMap/one"], id="Windows"),
        pytest.param(
            "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: A, metadata: {name: b}}]\n",
            ["A/b"], id="a List"),
        pytest.param("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\n"
            "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]\n", ["Role/a"], id="Role"),
    ],
)  # fmt: skip
def test_what_a_file_holds(tmp_path: Path, text: str, found: list[str]) -> None:
    """Each object, by name or in a list."""
    assert names(tmp_path, "resources: {x: {file: a.yaml}}", a=text) == found
    assert names(tmp_path, "resources: [{file: a.yaml}]", a=text) == found


def test_files_of_layers(tmp_path: Path) -> None:
    """A later layer names another file, which is beside it, or withdraws it."""
    (tmp_path / "prod").mkdir()
    (tmp_path / "a.yaml").write_text(MAP % "base")
    (tmp_path / "prod" / "a.yaml").write_text(MAP % "prod")
    layers = {
        "base.yaml": "resources: {x: {file: a.yaml}, y: {file: a.yaml}}",
        "prod/kmod.yaml": "resources: {x: {file: a.yaml}, y: null}",
    }
    for name, text in layers.items():
        (tmp_path / name).write_text(text)
    found = load_rules(*(tmp_path / name for name in layers)).resources
    assert [identity(obj) for _, obj in found] == ["ConfigMap/prod"]


def test_a_place_is_that_in_the_file(tmp_path: Path) -> None:
    """Of each object, for messages about it later."""
    (tmp_path / "a.yaml").write_text(f"# one\n{MAP % 'one'}---\n{MAP % 'two'}")
    (tmp_path / "kmod.yaml").write_text("resources: {x: {file: a.yaml}}")
    found = load_rules(tmp_path / "kmod.yaml").resources
    assert [str(where) for where, _ in found] == [
        f"{tmp_path}/a.yaml:2:1",
        f"{tmp_path}/a.yaml:6:1",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "", 'kmod.yaml:1:23: resources.x.file: there is no object in "a.yaml"', id="0"
        ),
        pytest.param("- a\n", "a.yaml:1:1: must be an object, not a list", id="a list"),
        pytest.param(f"{MAP % 'a'}---\ntext\n", "a.yaml:5:1: must be an object, not", id="text"),
        pytest.param("a: \x01b\n", "a.yaml:1:4: YAML does not allow the character", id="a sign"),
        pytest.param("a: b: c\n", "a.yaml:1:5: ", id="no YAML"),
        pytest.param("a: 1\na: 2\n", 'a.yaml:2:1: "a" is set twice', id="a key twice"),
        pytest.param(
            MAP % "a" + "---\n" + MAP % "a",
            "a.yaml:5:1: resources.x: ConfigMap/a is listed twice; keep one",
            id="an object twice",
        ),
        pytest.param("kind: A\n", "a.yaml:1:1: resources.x: the object has no apiVersion", id="1"),
        pytest.param(
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  prots: []\n",
            'a.yaml:5:3: resources.x.spec: unknown field "prots"; did you mean "ports"?',
            id="an unknown field",
        ),
        pytest.param(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\n"
            "rules: [{verb: [get]}]\n",
            'a.yaml:4:10: resources.x.rules[0]: unknown field "verb"; did you mean "verbs"?',
            id="an unknown field of rules",
        ),
        pytest.param(
            "apiVersion: v1\nkind: List\nitems: [a]\n",
            "a.yaml:3:9: resources.x.items[0]: must be a mapping, not text",
            id="an item that is none",
        ),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    """They are where they were made, in the file or in the rules."""
    with pytest.raises(RulesError) as caught:
        names(tmp_path, "resources: {x: {file: a.yaml}}", a=text)
    assert message in str(caught.value).replace(f"{tmp_path}/", "")


def test_what_the_rules_accept_holds_for_files(tmp_path: Path) -> None:
    """At the top level of the rules file."""
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: []}\n"
    rules = "accept: [unknown-field]\nresources: {x: {file: a.yaml}}"
    assert names(tmp_path, rules, a=text) == ["Service/a"]


def test_rules_in_the_stream_name_no_files() -> None:
    """They have no folder."""
    values = read_values("resources: {x: {file: a.yaml}}", STDIN)
    with pytest.raises(RulesError, match="cannot name files"):
        rules_of([values])
