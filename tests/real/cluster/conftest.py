"""A real cluster as a fixture, and the cells that were seen in it."""

from __future__ import annotations

import functools
import os
import subprocess
import time
from datetime import date
from typing import TYPE_CHECKING

import pytest
from cluster import cells
from cluster.release import Release
from e2e.chart import CHART
from paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from e2e.room import Room

_SEEN = "seen in the cluster"
_WRITE = "KMOD_WRITE_CLUSTER_DOCS"


@functools.cache
def commit() -> str:
    """What is tested, also if something is committed while tests run."""
    words = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def pytest_configure() -> None:
    """Looks at the commit before the first test."""
    if os.environ.get(_WRITE):
        commit()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints how many cells were seen, if a cluster was asked for; writes them into docs/cluster.md if that is asked for."""
    seen = {
        cells.Cell(*str(cell).split(" | ")): ""
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, cell in getattr(report, "user_properties", [])
        if name == _SEEN
    }
    if not os.environ.get("KMOD_CLUSTER") or "PYTEST_XDIST_WORKER" in os.environ:
        return
    count = f"cluster: {len(seen)} of {len(cells.all_cells())} cells of docs/cluster.md were seen"
    terminalreporter.write_line(count)
    if os.environ.get(_WRITE):
        cells.write(dict.fromkeys(seen, f"{commit()} {date.today()}"))


@pytest.fixture(params=cells.HOSTS)
def helm(request: pytest.FixtureRequest) -> str:
    """The name of each Helm in turn."""
    return str(request.param)


@pytest.fixture
def make_release(
    request: pytest.FixtureRequest, cluster: Room, helm: str
) -> Iterator[Callable[..., Release]]:
    """Makes the release of a chart, in a namespace of its own that is removed in the end."""
    made = []

    def make(chart: Path = CHART) -> Release:
        host = request.getfixturevalue(helm)
        made.append(Release(cluster, host, f"{helm}-{time.monotonic_ns()}", chart))
        return made[-1]

    yield make
    for release in made:
        words = ("delete", "namespace", release.namespace, "--ignore-not-found", "--wait=false")
        cluster.run("kubectl", *words)


@pytest.fixture
def saw(request: pytest.FixtureRequest) -> Callable[[cells.Cell], None]:
    """Notes a cell that was seen."""

    def note(cell: cells.Cell) -> None:
        request.node.user_properties.append((_SEEN, " | ".join(cell)))

    return note
