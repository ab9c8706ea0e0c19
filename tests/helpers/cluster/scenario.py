"""The life of a release with one of the four ways: all jobs of cells.py."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cluster.cells import WAYS
from cluster.release import NAME
from e2e.chart import PAGES, RULES
from e2e.images import STOCK_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cluster.release import Release

_CHANGED = "Page that was changed"
_SOON = "--timeout=20s"
TEST_POD = "example-nginx-test-connection"


def life(release: Release, way: str, helm: str, folder: Path, saw: Callable[[str], None]) -> None:
    """Does all jobs one after the other; `saw` gets each that went as cells.py says."""
    text, page = RULES[way].read_text(), PAGES[way]
    changed, failing = folder / "changed.yaml", folder / "failing.yaml"
    changed.write_text(text.replace(page.strip(), _CHANGED))
    failing.write_text(re.sub(r"(?m)^( +)(?=echo )", r"\1exit 3\n\1", text, count=1))

    release.install(RULES[way])
    release.gives(page)
    saw("install")
    said = release.do("test", NAME, "--logs")
    assert page in said
    saw("test")

    first = set(release.pods())
    release.upgrade(RULES[way])
    assert set(release.pods()) == first
    saw("same rules")

    release.upgrade(changed)
    release.gives(f"{_CHANGED}\n")
    second = set(release.pods())
    assert not second & first
    saw("changed script")
    release.upgrade(changed, "--set=nginx.gzip=false")
    release.gives(f"{_CHANGED}\n")
    assert not set(release.pods()) & second
    saw("changed value")
    release.do("rollback", NAME, "1", "--wait")
    release.gives(page)
    saw("rollback")

    release.upgrade(None)
    release.gives(STOCK_PAGE)
    assert {name for name in release.objects() if name.startswith("configmap/")} == {
        "configmap/example-nginx"
    }
    saw("without rules")
    release.upgrade(RULES[way])
    release.gives(page)
    saw("with rules again")
    other = WAYS[(WAYS.index(way) + 1) % len(WAYS)]
    release.upgrade(RULES[other])
    release.gives(PAGES[other])
    saw("another way")
    release.upgrade(RULES[way])
    release.gives(page)

    failed = release.helm(*release.words("upgrade", failing, _SOON))
    assert failed.returncode != 0
    assert "UPGRADE FAILED" in failed.stderr, failed.stderr
    assert release.service_page() == page
    saw("failing script")
    undo = "--atomic" if helm == "helm3" else "--rollback-on-failure"
    failed = release.helm(*release.words("upgrade", failing, _SOON, undo))
    assert failed.returncode != 0
    assert "has been rolled back" in failed.stderr, failed.stderr
    release.gives(page)
    saw("failing, undone")

    release.kubectl("delete", "pod", TEST_POD)  # a hook, which Helm leaves behind
    release.uninstall()
    saw("uninstall")
