"""The image of Argo CD's plugin and the sidecar from it, as fixtures."""

from __future__ import annotations

import functools
import itertools
import os
import shutil
import subprocess
import sys
import time
from datetime import date
from typing import TYPE_CHECKING

import pytest
import releases
from argoimage import image as building
from argoimage import page, sidecar
from argoimage.image import BUILT
from e2e import podman
from hosts.programs import CHART
from paths import ROOT
from tools import find, path_of, reason, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from argoimage.sidecar import Sidecar
    from e2e.room import Room

LIBRARY = """
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-library}
data: {version: "{{ .Chart.Version }}", kubernetes: "{{ .Capabilities.KubeVersion }}"}
"""

SERVER = """
import http.server, pathlib, sys, time

port, folder, seconds, ready = sys.argv[1:]

class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        time.sleep(int(seconds))
        super().do_GET()

server = http.server.ThreadingHTTPServer(
    ("127.0.0.1", int(port)), lambda *args: Handler(*args, directory=folder)
)
pathlib.Path(ready).touch()
server.serve_forever()
"""
_SEEN, _MEASURED = "seen in Argo CD's plugin server", "measured in Argo CD's plugin server"

# So scripts/e2e --argocd says; else what is missing is left out.
ASKED = bool(os.environ.get("KMOD_ARGOCD"))
_WRITE = "KMOD_WRITE_ARGOCD_DOCS"


@functools.cache
def _when() -> str:
    """The commit that is tested, also if something is committed while tests run, and the date."""
    words = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return f"{done.stdout.strip()} {date.today()}"


def pytest_configure() -> None:
    """Looks at the commit before the first test."""
    if os.environ.get(_WRITE):
        _when()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what was measured; writes all into docs/argocd.md if that is asked for."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    noted = [
        note
        for report in terminalreporter.stats.get("passed", [])
        for note in report.user_properties
        if report.when == "call"
    ]
    measures = [page.Measure(*value) for name, value in noted if name == _MEASURED]
    if measures:
        terminalreporter.section("measured in Argo CD's plugin server")
    for measure in measures:
        terminalreporter.write_line(str(measure))
    if os.environ.get(_WRITE):
        seen = dict.fromkeys((str(value) for name, value in noted if name == _SEEN), _when())
        page.write(seen, measures, f"{_when()}, {os.cpu_count()} cores")


@pytest.fixture
def saw(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Notes a limit that was seen."""
    names = {limit.name for limit in page.LIMITS}

    def note(name: str) -> None:
        assert name in names
        request.node.user_properties.append((_SEEN, name))

    return note


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[[page.Measure], None]:
    """Notes a measure."""
    return lambda measure: request.node.user_properties.append((_MEASURED, list(measure)))


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room in which podman has the image."""
    if not (building.MADE / "python.tar").exists():
        unavailable(
            "the bases of the image are missing; get them with scripts/tools argocd", required=ASKED
        )
    folder = tmp_path_factory.mktemp("argocd")
    with podman.running(folder, required=ASKED) as room:
        building.build(room, find("helm4"), folder / "image")
        yield room


@pytest.fixture(scope="session")
def released(room: Room, dist: Path) -> str:
    """The release's image, in that room."""
    room.output("podman", "load", "--quiet", "--input", releases.image(dist, releases.SIDECAR))
    return str(sidecar.CONTAINER["image"])


@pytest.fixture
def image(request: pytest.FixtureRequest) -> str:
    """The image that is built from the plugin's Containerfile, or that of the release."""
    if request.param == "Containerfile":
        return BUILT
    released: str = request.getfixturevalue("released")
    return released


@pytest.fixture(scope="session")
def charts(room: Room, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a chart repository with the chart `library` 1.2.3."""
    folder = tmp_path_factory.mktemp("charts")
    chart = folder / "library"
    (chart / "templates").mkdir(parents=True)
    (chart / "templates" / "map.yaml").write_text(LIBRARY)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: library\nversion: 1.2.3\n")
    room.output(find("helm4"), "package", chart, "--destination", folder / "stable")
    room.output(find("helm4"), "repo", "index", folder / "stable")
    return folder / "stable"


@pytest.fixture(scope="session")
def slow_repository(
    room: Room, charts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[int], str]:
    """The URL of a chart repository in the room that waits so many seconds with each answer."""
    ports = itertools.count(8879)  # the room's own loopback
    folder = tmp_path_factory.mktemp("ready")

    def serve(seconds: int) -> str:
        port = next(ports)
        ready = folder / str(port)
        room.start(sys.executable, "-c", SERVER, str(port), str(charts), str(seconds), str(ready))
        for _ in range(200):
            if ready.exists():
                return f"http://127.0.0.1:{port}"
            time.sleep(0.05)
        raise OSError("the chart repository does not start")

    return serve


@pytest.fixture(scope="session")
def chart_repository(slow_repository: Callable[[int], str]) -> str:
    """The URL of a chart repository in the room."""
    return slow_repository(0)


@pytest.fixture
def start(room: Room, tmp_path: Path) -> Callable[..., AbstractContextManager[Sidecar]]:
    """Starts the sidecar."""
    if path_of("cmpserver") is None:
        unavailable(reason("cmpserver"), required=ASKED)
    client = find("cmpserver")
    folders = (tmp_path / f"sidecar-{number}" for number in itertools.count())
    return lambda **how: sidecar.running(room, client, next(folders), **how)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the example chart and its rules in apps/web."""
    root = tmp_path / "repository"
    shutil.copytree(CHART, root / "apps" / "web")
    shutil.copy(CHART / "kmod" / "entrypoint.yaml", root / "apps" / "web" / "kmod.yaml")
    return root
