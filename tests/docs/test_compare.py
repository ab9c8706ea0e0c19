from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from paths import ROOT

from postrender.compare.kinds import KINDS

PAGE = (ROOT / "docs" / "compare.md").read_text()
CASES = yaml.safe_load(Path(ROOT / "tests" / "compare" / "cases.yaml").read_text())
SOURCES = "".join(
    path.read_text()
    for path in (ROOT / "postrender" / "compare").glob("*.py")
    if path.name != "kinds.py"
)


@pytest.mark.parametrize("key", KINDS)
def test_the_page_lists_every_finding(key: str) -> None:
    """With its level, what it means and what to do; the source has it, and nothing else."""
    kind = KINDS[key]

    assert f"| `{kind.id}` | {kind.level} | {kind.means} | {kind.act} |" in PAGE
    assert f'"{kind.id}"' in SOURCES
    assert list(KINDS) == sorted(KINDS)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_the_page_lists_every_pair(case: dict[str, list[str] | str]) -> None:
    """With what is found."""
    ids = dict.fromkeys(line.split(" ")[0] for line in case["finds"])
    found = ", ".join(f"`{key}`" for key in ids) or "nothing"

    assert f"| {case['name']} | {found} |" in PAGE


def test_the_pairs_cover_the_findings() -> None:
    """Each finding that is something to look at has a pair."""
    known = {line.split(" ")[0] for case in CASES for line in case["finds"]}

    assert {key for key, kind in KINDS.items() if kind.level == "look"} == known
