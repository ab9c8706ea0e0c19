"""The links of all pages lead to files and headings that are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = ROOT / "docs"
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/*.md", "charts/*/README.md", "tests/golden/README.md")
    for page in ROOT.glob(pattern)
)


def prose(page: Path) -> str:
    """A page without its code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "`", text)


def links(page: Path) -> Iterator[tuple[str, str]]:
    """The files and headings that a page links to; not what is elsewhere."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if not re.match(r"[a-z]+:", target):
            file, _, heading = target.partition("#")
            yield file, heading


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives the headings of a page."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    names: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        count, free = 1, name
        while free in names:
            free, count = f"{name}-{count}", count + 1
        names.add(free)
    return names


@pytest.mark.parametrize("page", [pytest.param(page, id=page.stem) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    """The file is there, and the page has the heading."""
    for file, heading in links(page):
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{file}: no such file"
        if heading:
            assert heading in anchors(target), f"{file}#{heading}: no such heading"


def test_the_start_page_leads_to_all_pages() -> None:
    """Whoever begins there finds every page."""
    found = {(DOCS / file).resolve() for file, _ in links(DOCS / "index.md")}

    assert {*DOCS.glob("*.md")} - {DOCS / "index.md"} - found == set()


def test_the_start_page_has_a_way_for_each_reader() -> None:
    """For beginners, for those who come from elsewhere, for each host, and for looking up."""
    rows = re.findall(r"^\| (.*?) \| (.*?) \|", prose(DOCS / "index.md"), re.MULTILINE)
    text = " ".join(" ".join(row) for row in rows)

    for word in (
        "new",
        "kustomize",
        "Argo CD",
        "Flux",
        "Helm",
        "upgrade a chart",
        "look something",
    ):
        assert word in text
