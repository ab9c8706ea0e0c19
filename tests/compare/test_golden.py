from __future__ import annotations

import re
from pathlib import Path

import pytest
from paths import ROOT

from postrender.compare.comparison import compare
from postrender.engine.inputs import read_inputs
from postrender.errors import KmodError

FOLDERS = [
    pytest.param(folder, id=folder.name)
    for folder in sorted((ROOT / "tests" / "golden").iterdir())
    if (folder / "rules.yaml").exists() and (folder / "input.yaml").exists()
]


def backwards(text: str) -> str:
    """The documents in the reverse order, if they are parted in the usual way."""
    documents = re.split(r"(?m)^---\n", text)
    return "---\n".join(one for one in reversed(documents) if one.strip())


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_chart_is_as_itself(folder: Path) -> None:
    """Whatever rules do, they do the same again; the order of documents does not matter."""
    text = (folder / "input.yaml").read_bytes().decode()
    rules = {"rules": [str(folder / "rules.yaml")]}
    usual = "\ufeff" not in text and "\r" not in text and text.count("\n---\n") > 0
    for other in (text, backwards(text)) if usual else (text,):
        try:
            found = compare(*(read_inputs(one.encode(), rules) for one in (text, other)))
        except KmodError:
            return  # what the folder is about
        looks = [one for one in found.looks if one.id != "run-fails"]

        assert looks == []
        assert found.differing == []
