"""`kmod-post import` as it is called: where it writes, what it refuses, what it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.importing.proof import program

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import KmodPost

RENDER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: example/web:1.0
"""
KUSTOMIZATION = """\
resources: [all.yaml]
patches:
  - target: {kind: Deployment, name: web}
    patch: '[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "a:1"}]'
"""
RELEASES = """\
releases:
  - name: a
    strategicMergePatches: [{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: ClusterIP}}]
  - name: b
    strategicMergePatches: [{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {type: ClusterIP}}]
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a kustomization and a render."""
    (tmp_path / "kustomization.yaml").write_text(KUSTOMIZATION)
    (tmp_path / "rendered.yaml").write_text(RENDER)
    (tmp_path / "helmfile.yaml").write_text(RELEASES)
    return tmp_path


def test_it_writes_a_file_once(kmod_post: KmodPost, here: Path) -> None:
    """A new file is written; one that is there only with --force; never what is read."""
    words = ("import", ".", "--render", "rendered.yaml", "--to", "kmod.yaml")
    done = kmod_post(*words, cwd=here)
    assert (done.returncode, done.stdout) == (0, b"")
    text = (here / "kmod.yaml").read_text()
    assert "web: {image: a:1}" in text.replace('"', "")

    again = kmod_post(*words, cwd=here)
    forced = kmod_post(*words, "--force", cwd=here)
    itself = kmod_post(
        "import", ".", "--to", "rendered.yaml", "--render", "rendered.yaml", "--force", cwd=here
    )

    assert (again.returncode, forced.returncode, itself.returncode) == (2, 0, 2)
    assert b"already exists" in again.stderr
    assert b"it is what is read" in itself.stderr
    assert (here / "rendered.yaml").read_text() == RENDER


def test_it_prints_and_reads_a_render_from_standard_input(kmod_post: KmodPost, here: Path) -> None:
    """Without --to the rules go to standard output, what is said to standard error."""
    done = kmod_post("import", "kustomization.yaml", "--render", "-", stdin=RENDER, cwd=here)

    assert done.returncode == 0
    assert done.stdout.startswith(
        b"# Imported from kustomization.yaml by kmod-post import.\nrules:"
    )
    assert b"kmod-post's result for the render equals" in done.stderr


def test_what_finds_nothing(kmod_post: KmodPost, here: Path) -> None:
    """It is said with its place and what is there, and the exit code is 1."""
    (here / "rendered.yaml").write_text(RENDER.replace("name: web}", "name: shop-web}"))

    done = kmod_post("import", ".", "--render", "rendered.yaml", cwd=here)

    assert done.returncode == 1
    assert (
        b"kustomization.yaml:3: patches[0]: no object of the render matches its target: kind "
        b"Deployment, name web (there: Deployment/shop-web); give the render that it is for, or "
        b"delete it (not proved)\n"
    ) in done.stderr
    assert b"# Not proved: nothing in the render matches it, so it fails there.\n" in done.stdout


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}\n", "kind: Kustomization\n"])
def test_a_kustomization_that_says_nothing(kmod_post: KmodPost, here: Path, text: str) -> None:
    """It is one all the same."""
    (here / "kustomization.yaml").write_text(text)

    done = kmod_post("import", ".", "--render", "rendered.yaml", cwd=here)

    assert (done.returncode, done.stdout.endswith(b"rules: {}\n")) == (0, True)
    assert b"kustomization.yaml: there is nothing in it to import (note)\n" in done.stderr


def test_a_render_that_is_none(kmod_post: KmodPost, here: Path) -> None:
    """It is refused before anything is compared, and messages name the file."""
    (here / "hello.yaml").write_text("hello: 1\n")
    (here / "bad.yaml").write_text("a: [\n")
    (here / "empty.yaml").write_text("")

    done = [
        kmod_post("import", ".", "--render", file, cwd=here)
        for file in ("hello.yaml", "bad.yaml", "gone.yaml", "empty.yaml")
    ]

    assert [(one.returncode, one.stdout) for one in done] == [(1, b"")] * 4
    hello, bad, gone, empty = done
    assert hello.stderr.startswith(b"hello.yaml:1:1: not a Kubernetes object")
    assert b"--render: it has no Kubernetes objects" in empty.stderr
    assert bad.stderr.startswith(b"bad.yaml:2:1: ")
    assert b"gone.yaml: cannot be read" in gone.stderr


def test_the_object_that_a_patch_fails_for(kmod_post: KmodPost, here: Path) -> None:
    """It is named."""
    file = here / "kustomization.yaml"
    file.write_text(KUSTOMIZATION.replace("containers/0", "containers/7"))

    done = kmod_post("import", ".", "--render", "rendered.yaml", cwd=here)

    assert done.returncode == 1
    assert b"nothing at /spec/template/spec/containers/7 in Deployment/web; " in done.stderr


@pytest.mark.skipif(program() is None, reason="kustomize is not installed")
def test_why_kustomize_fails(kmod_post: KmodPost, here: Path) -> None:
    """Its message is without the folders that only it has seen."""
    (here / "rendered.yaml").write_text(f"{RENDER}---\nhello: 1\n")

    done = kmod_post("import", ".", "--render", "rendered.yaml", cwd=here)

    message = b"kustomize fails where the rules do not: missing Resource metadata (differs)\n"
    assert (done.returncode, message in done.stderr) == (1, True)


def test_places_are_found(kmod_post: KmodPost, here: Path) -> None:
    """Files are named as they are reached from where the command runs."""
    for name in ("a", "b"):
        (here / name).mkdir()
        (here / name / "kustomization.yaml").write_text("patches: [{path: ../p.yaml}]\nvars: [x]\n")
    (here / "p.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n"
    )

    done = kmod_post("import", "a", "./b/", "--render", "rendered.yaml", cwd=here)

    assert b"# Imported from a/kustomization.yaml, b/kustomization.yaml by" in done.stdout
    assert b"# a/kustomization.yaml:1: patches[0] (p.yaml:1)\n" in done.stdout
    assert b"a/kustomization.yaml:2: vars" in done.stderr
    assert b"b/kustomization.yaml:2: vars" in done.stderr


def test_one_render(kmod_post: KmodPost, here: Path) -> None:
    """Rules are for one render; a second one is refused instead of used alone."""
    done = kmod_post(
        "import", ".", "--render", "rendered.yaml", "--render", "rendered.yaml", cwd=here
    )

    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--render: it is given 2 times" in done.stderr


def test_what_cannot_be_imported(kmod_post: KmodPost, here: Path) -> None:
    """The rest is written, what is missing is listed in it and said, and the exit code is 1."""
    file = here / "kustomization.yaml"
    file.write_text(f"{KUSTOMIZATION}namePrefix: dev-\n")

    done = kmod_post("import", ".", "--render", "rendered.yaml", cwd=here)

    assert done.returncode == 1
    assert b"# Not imported: kustomization.yaml:5: namePrefix" in done.stdout
    assert b"kustomization.yaml:5: namePrefix" in done.stderr
    assert b"web-image:" in done.stdout


def test_several_releases(kmod_post: KmodPost, here: Path) -> None:
    """One has to be named, and has to be there."""
    unsure = kmod_post("import", "helmfile.yaml", cwd=here)
    one = kmod_post("import", "helmfile.yaml", "--release", "b", cwd=here)
    wrong = kmod_post("import", "helmfile.yaml", "--release", "c", cwd=here)

    assert unsure.returncode == 2
    assert b"it has patches for several releases: a, b; import one at a time" in unsure.stderr
    assert b"match: {kind: Service, name: b}" in one.stdout
    assert b"name: a" not in one.stdout
    assert (wrong.returncode, b"there: a, b" in wrong.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        pytest.param("helmfiles: [a.yaml]", 0, ["helmfile.yaml:1: helmfiles: files that it names are not read; import each", "there is nothing in it to import"], id="other helmfiles"),
        pytest.param(f"bases: [a.yaml]\n{RELEASES.partition('  - name: b')[0]}", 0, ["helmfile.yaml:1: bases: files that it names are not read"], id="bases"),
        pytest.param("releases: [{name: a, inherit: [{template: t}]}]", 1, ["releases[0].inherit[0]: the file has no template t, which may have patches"], id="a template of another file"),
        pytest.param("releases: [{name: a}]", 0, ["helmfile.yaml: there is nothing in it to import"], id="nothing"),
    ],
)  # fmt: skip
def test_what_a_helmfile_has_elsewhere(
    kmod_post: KmodPost, tmp_path: Path, text: str, code: int, said: list[str]
) -> None:
    """It is said what was not read."""
    (tmp_path / "helmfile.yaml").write_text(text)

    done = kmod_post("import", "helmfile.yaml", cwd=tmp_path)

    assert done.returncode == code
    assert all(one.encode() in done.stderr for one in said)


@pytest.mark.parametrize(
    ("file", "text", "message", "code"),
    [
        ("values.yaml", "a: 1\n", "it is nothing that can be imported", 2),
        ("other.yaml", "a: [\n", "not valid YAML", 1),
        ("gone.yaml", None, "cannot be read (no such file or directory)", 1),
        ("empty", "", "it has no kustomization.yaml", 2),
    ],
)
def test_what_is_no_source(
    kmod_post: KmodPost, tmp_path: Path, file: str, text: str | None, message: str, code: int
) -> None:
    """It says what can be imported."""
    if text == "":
        (tmp_path / file).mkdir()
    elif text:
        (tmp_path / file).write_text(text)

    done = kmod_post("import", file, cwd=tmp_path)

    assert done.returncode == code
    assert message in done.stderr.decode()
    assert done.stdout == b""
