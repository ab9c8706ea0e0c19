"""
Real patches and what kustomize made of them: `import` writes rules with that result, that name
containers and entries instead of counting them, and that change nothing in their own output.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import corpus
import pytest
from paths import ROOT

from postrender.importing.imported import imported
from postrender.importing.likeness import are_alike
from postrender.importing.trial import objects_of, tried_text

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = corpus.FOLDER.parent / "cases" / "kustomize"
CASES = [pytest.param(path, id=path.name) for path in sorted(FOLDER.glob("u*"))]
needed = pytest.mark.skipif(not CASES, reason="the cases of kustomize are not there")


@needed
@pytest.mark.parametrize("case", CASES)
def test_a_real_patch(case: Path) -> None:
    """The result as data is kustomize's, a second run changes nothing."""
    before = (case / "in.yaml").read_bytes()

    done = imported([str(case / "kustomize")], before, with_kustomize=False)

    assert done.is_complete, done.said
    assert "jsonPatch" not in done.text
    outcome = tried_text(done.text, before)
    assert are_alike(objects_of(outcome.data), objects_of((case / "kustomize.out").read_bytes()))
    assert tried_text(done.text, outcome.data).data == outcome.data


@needed
@pytest.mark.parametrize("case", CASES)
def test_a_real_patch_without_a_render(case: Path) -> None:
    """What a patch alone tells is written, and what it does not tell is listed."""
    done = imported([str(case / "kustomize")])

    assert done.is_complete == ("Not imported" not in done.text)
    if done.is_complete:
        outcome = tried_text(done.text, (case / "in.yaml").read_bytes())
        wanted = objects_of((case / "kustomize.out").read_bytes())
        assert not outcome.errors or all(error.id for error in outcome.errors)
        assert outcome.errors or are_alike(objects_of(outcome.data), wanted)


@needed
def test_the_figures_in_the_docs_are_those() -> None:
    """`scripts/imports` has been run since the last change."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "imports", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
