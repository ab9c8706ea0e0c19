"""Real Helm, real containers: what the tests of this folder share."""

from __future__ import annotations

import itertools
import os
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from cluster.pods import Cluster
from e2e import kubelet, podman
from e2e.chart import CHART, ROOT
from e2e.registry import Registry
from e2e.room import Room
from tools import find, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from conftest import KmodPost
    from e2e.pods import Pod

SEEN = "seen"
Machine = podman.Podman | kubelet.Kubelet | Cluster


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what the tests saw, and in which runtime."""
    seen = {
        str(text): None
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, text in getattr(report, "user_properties", [])
        if name == SEEN
    }
    if seen:
        terminalreporter.section("seen in containers")
        terminalreporter.write_line("\n".join(sorted(seen)))


@pytest.fixture(scope="session")
def packages() -> None:
    """What must be installed for any container to run."""
    for program in ("busybox-static", "nginx", "podman", "runc", "unshare"):
        find(program)
    if os.geteuid() != 0:
        unavailable("containers need root; run the tests as root", required=True)


@pytest.fixture(scope="session")
def podman_machine(
    packages: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[podman.Podman]:
    """The machine that is podman, in a room of its own."""
    try:
        room = Room(podman.environment(tmp_path_factory.mktemp("podman")))
    except OSError as problem:
        unavailable(f"this machine allows no namespaces for containers: {problem}", required=True)
    with closing(room):
        try:
            machine = podman.Podman(room)
        except OSError as problem:
            unavailable(f"podman does not run on this machine: {problem}", required=True)
        yield machine


@pytest.fixture(scope="session")
def kubelet_machine(
    packages: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[kubelet.Kubelet]:
    """The machine that is a kubelet, in a room of its own; nobody must have one."""
    program = find("kubelet")
    find("containerd")
    folder = tmp_path_factory.mktemp("kubelet")
    with closing(Room({"HOME": str(folder)}, kubelet.FOLDERS)) as room:
        yield kubelet.Kubelet(room, program, folder)


@pytest.fixture(scope="session")
def cluster_machine(packages: None, cluster: Room) -> Cluster:
    """The machine that is a cluster, where scripts/e2e --cluster asks for one."""
    return Cluster(cluster)


@pytest.fixture(scope="session", params=["podman", "kubelet", "cluster"])
def machine(request: pytest.FixtureRequest) -> Machine:
    """What plays pods: each in turn."""
    running: Machine = request.getfixturevalue(f"{request.param}_machine")
    return running


@pytest.fixture
def play(machine: Machine, tmp_path: Path) -> Callable[..., AbstractContextManager[Pod]]:
    """Plays the Deployment of a stream."""
    numbers = itertools.count(1)

    def play(stream: str, *, timeout: int = 30) -> AbstractContextManager[Pod]:
        return machine.play(stream, tmp_path / f"volumes-{next(numbers)}", timeout=timeout)

    return play


@pytest.fixture(scope="session")
def registry(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """An empty registry on the loopback of the machine's room."""
    for program in ("docker-registry", "skopeo"):
        find(program)
    return Registry(machine.room, tmp_path_factory.mktemp("registry"))


@pytest.fixture
def saw(request: pytest.FixtureRequest, machine: Machine) -> Callable[..., None]:
    """Notes what a way did, for the summary; docs/ways.md must say the same."""

    def note(way: str, *texts: str) -> None:
        for text in texts:
            how = documented(way, text, machine.name)
            assert how in {"yes", "by hand"}, f"docs/ways.md: {way}, {machine.name}: {text}"
            line = f"{machine.name}: {way}: {text}" + (f" ({how})" if how != "yes" else "")
            request.node.user_properties.append((SEEN, line))

    return note


def documented(way: str, text: str, machine: str) -> str | None:
    """What the table in docs/ways.md says of it, under the name of the machine's program."""
    rows = [line.split(" | ") for line in (ROOT / "docs" / "ways.md").read_text().splitlines()]
    (heads,) = (row for row in rows if row[:2] == ["| way", "what was seen"])
    (column,) = (at for at, head in enumerate(heads) if head.startswith(machine.split()[0]))
    found = (row[column] for row in rows if row[:2] == [f"| {way}", text])
    return next(found, "").removesuffix(" |") or None


@pytest.fixture(scope="session")
def helm() -> str:
    """Helm 3."""
    return find("helm3")


class Render(Protocol):
    """Rules files in, the chart's stream out."""

    def __call__(
        self,
        *rules: Path | str,
        values: tuple[str, ...] = (),
        options: tuple[str | Path, ...] = (),
    ) -> str:
        """
        The chart as Helm renders it with `values` (`key=value`), through kmod-post with the rules
        files one over the other and further options; text is a rules file too. Without rules, as
        Helm renders it.
        """


@pytest.fixture
def render(helm: str, kmod_post: KmodPost, tmp_path: Path) -> Render:
    """Renders the example chart with real Helm, and lets kmod-post change it."""

    def render(
        *rules: Path | str, values: tuple[str, ...] = (), options: tuple[str | Path, ...] = ()
    ) -> str:
        settings = [word for value in values for word in ("--set", value)]
        command = [helm, "template", "example", str(CHART), "--no-hooks", *settings]
        stream = subprocess.run(command, capture_output=True, check=False)
        assert stream.returncode == 0, stream.stderr.decode()
        if not rules:
            return stream.stdout.decode()
        layers: list[str | Path] = []
        for number, given in enumerate(rules):
            file = given if isinstance(given, Path) else tmp_path / f"layer-{number}.yaml"
            if isinstance(given, str):
                file.write_text(given)
            layers += ["--rules", file]
        changed = kmod_post(*layers, *options, stdin=stream.stdout)
        assert changed.returncode == 0, changed.stderr.decode()
        return changed.stdout.decode()

    return render
