"""The image of Argo CD's plugin and the sidecar from it, as fixtures."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from argoimage import image, sidecar
from e2e import podman
from e2e.room import Room
from hosts.programs import CHART
from tools import find, path_of, reason, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from argoimage.sidecar import Sidecar

PORT = 8879  # of the room's own loopback
LIBRARY = """
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-library}
data: {version: "{{ .Chart.Version }}", kubernetes: "{{ .Capabilities.KubeVersion }}"}
"""

# So scripts/e2e --argocd says; else what is missing is left out.
ASKED = bool(os.environ.get("KMOD_ARGOCD"))


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room in which podman has the image."""
    for program in ("busybox-static", "podman", "runc", "unshare"):
        if path_of(program) is None:
            unavailable(reason(program), required=ASKED)
    if not (image.MADE / "python.tar").exists():
        unavailable("the bases of the image are missing; get them with scripts/tools argocd", required=ASKED)
    if os.geteuid() != 0:
        unavailable("containers need root; run the tests as root", required=ASKED)
    folder = tmp_path_factory.mktemp("argocd")
    try:
        room = Room(podman.environment(folder))
    except OSError as problem:
        unavailable(f"this machine allows no namespaces for containers: {problem}", required=ASKED)
    with closing(room):
        image.build(room, find("helm4"), sidecar.CONTAINER["image"], folder / "image")
        yield room


@pytest.fixture(scope="session")
def chart_repository(room: Room, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a chart repository in the room, with the chart `library` 1.2.3."""
    folder = tmp_path_factory.mktemp("charts")
    chart = folder / "library"
    (chart / "templates").mkdir(parents=True)
    (chart / "templates" / "map.yaml").write_text(LIBRARY)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: library\nversion: 1.2.3\n")
    url = f"http://127.0.0.1:{PORT}/stable"
    for words in (
        ("package", chart, "--destination", folder / "stable"),
        ("repo", "index", folder / "stable"),
    ):
        room.output(find("helm4"), *words)
    server = ("http.server", str(PORT), "--bind=127.0.0.1", f"--directory={folder}")
    room.start(sys.executable, "-m", *server)
    for _ in range(200):
        if "library-1.2.3" in room.get(f"{url}/index.yaml"):
            return url
        time.sleep(0.05)
    raise OSError("the chart repository does not answer")


@pytest.fixture
def start(room: Room, tmp_path: Path) -> Callable[..., AbstractContextManager[Sidecar]]:
    """Starts the sidecar."""
    if path_of("cmpserver") is None:
        unavailable(reason("cmpserver"), required=ASKED)
    client = find("cmpserver")
    return lambda **how: sidecar.running(room, client, tmp_path / "sidecar", **how)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the example chart and its rules in apps/web."""
    root = tmp_path / "repository"
    shutil.copytree(CHART, root / "apps" / "web")
    shutil.copy(CHART / "kmod" / "entrypoint.yaml", root / "apps" / "web" / "kmod.yaml")
    return root
