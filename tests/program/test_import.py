"""
`kmod-post import`, case by case: tests/imports has a folder for each, with what is imported
(`source`), the rules file (`kmod.yaml`), what is said (`said.txt`), and what kustomize made of
`render.yaml` (`kustomize.yaml`). They read as documentation.

New ones, and those that are meant to change: `scripts/test tests/program/test_import.py -n0 -q
--update-golden`, and a look at the diff.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from paths import TESTS
from runs import output, run_text

from postrender.errors import KmodError
from postrender.importing.imported import imported
from postrender.importing.likeness import are_alike
from postrender.importing.trial import objects_of

FOLDER = TESTS / "imports"
RENDER = FOLDER / "render.yaml"
CASES = sorted(path.parent.name for path in FOLDER.glob("*/source"))
BLIND = ("without-render", "helmfile-templates")
# What docs/import.md says is not as in kustomize: names without a hash.
OTHERWISE = ("hashed-generator",)
# The render of a case stands in another folder of it.
BELOW = dict.fromkeys(("levels", "removed-later", "added-later", "former-namespace"), "base")
# Kustomize does not do these at all, or needs the network.
WITHOUT_KUSTOMIZE = ("not-supported", "unknown-fields", *BLIND)
# Some rules find nothing in the render, which fails the run.
UNPROVED = ("matches-nothing",)


def source_of(case: str) -> str:
    """What is imported: the folder of a kustomization, or the one file of another kind."""
    folder = FOLDER / case / "source"
    files = [path for path in folder.iterdir() if path.is_file()]
    return "." if (folder / "kustomization.yaml").exists() else files[0].name


@pytest.mark.parametrize("case", CASES)
def test_import_comes_out(case: str, request: Any, monkeypatch: Any) -> None:
    """The rules, and what is said, are those of the folder."""
    render = None if case in BLIND else RENDER.read_bytes()
    monkeypatch.chdir(FOLDER / case / "source")

    done = imported([source_of(case)], render, with_kustomize=False)

    said = "".join(f"{line}\n" for line in [*done.said, f"complete: {done.is_complete}"])
    rules, words = FOLDER / case / "kmod.yaml", FOLDER / case / "said.txt"
    if request.config.getoption("--update-golden"):
        rules.write_text(done.text)
        words.write_text(said)
    assert done.text == rules.read_text()
    assert said == words.read_text()


@pytest.mark.parametrize("case", [case for case in CASES if case not in BLIND])
def test_import_does_what_kustomize_did(case: str) -> None:
    """The rules give what kustomize gave, and change nothing in their own result."""
    rules = (FOLDER / case / "kmod.yaml").read_text()
    if case in UNPROVED:
        with pytest.raises(KmodError):
            run_text(rules, RENDER.read_text())
        return

    after = output(run_text(rules, RENDER.read_text()))

    theirs = FOLDER / case / "kustomize.yaml"
    if theirs.exists() and case not in OTHERWISE:
        assert are_alike(objects_of(after.encode()), objects_of(theirs.read_bytes()))
    assert output(run_text(rules, after)) == after


@pytest.mark.parametrize("case", [case for case in CASES if case not in WITHOUT_KUSTOMIZE])
def test_kustomize_still_does_it(case: str, request: Any, tmp_path: Path) -> None:
    """What the folder has of kustomize is what kustomize gives."""
    program = shutil.which("kubectl")
    folder = FOLDER / case / "source"
    if program is None or not (folder / "kustomization.yaml").exists():
        pytest.skip("kubectl is not installed, or the case is no kustomization")
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    place = tmp_path / BELOW.get(case, "") / "all.yaml"
    shutil.copy(RENDER, place)

    done = subprocess.run(
        [program, "kustomize", str(tmp_path)], capture_output=True, text=True, check=True
    )

    file = FOLDER / case / "kustomize.yaml"
    if request.config.getoption("--update-golden"):
        file.write_text(done.stdout)
    assert list(yaml.safe_load_all(done.stdout)) == list(yaml.safe_load_all(file.read_text()))
