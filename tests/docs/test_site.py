"""The site of the docs: it has all pages, and it builds in strict mode."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

GENERATOR = ROOT / ".venv-site" / "bin" / "zensical"


def pages(nav: list[dict[str, Any]]) -> Iterator[str]:
    """The pages of the navigation, in its order."""
    for entry in nav:
        for value in entry.values():
            if isinstance(value, str):
                yield value
            else:
                yield from pages(value)


def test_the_navigation_has_all_pages() -> None:
    """Each page of docs/ once, and SECURITY.md."""
    config = tomllib.loads((ROOT / "scripts" / "site.toml").read_text())

    found = [*pages(config["project"]["nav"])]

    assert sorted(found) == sorted(
        ["SECURITY.md", *(page.name for page in (ROOT / "docs").glob("*.md"))]
    )


@pytest.mark.skipif(not GENERATOR.exists(), reason="Zensical is missing; run scripts/site")
def test_the_site_builds() -> None:
    """Without a warning, so all links and headings are there; code blocks are none of the text."""
    done = subprocess.run(
        [ROOT / "scripts" / "site"], cwd=ROOT, env={**os.environ, "NO_COLOR": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    for page in (ROOT / ".site" / "html").glob("*.html"):
        article = re.search(r"<article.*?</article>", page.read_text(), re.DOTALL)
        if article:
            prose = re.sub(r"<(pre|code).*?</\1>", "", article[0], flags=re.DOTALL)
            assert not re.search(r"```|\]\(|^- |\*\*", prose, re.MULTILINE), page.name
