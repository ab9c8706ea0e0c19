"""A cluster that is ended in any way leaves nothing on the machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.pods import wait
from paths import TESTS

if TYPE_CHECKING:
    from e2e.room import Room

pytestmark = pytest.mark.cluster

# Prints the container's id when its pod runs.
PROGRAM = """
import sys, time
from pathlib import Path
from cluster import node
with node.running(Path(sys.argv[1])) as room:
    room.output("kubectl", "run", "pod", "--image=busybox:1.28", "--", "sleep", "9999")
    room.output("kubectl", "wait", "--for=condition=Ready", "pod/pod", "--timeout=50s")
    found = "jsonpath={.status.containerStatuses[0].containerID}"
    print(room.output("kubectl", "get", "pod", "pod", "--output", found), flush=True)
    time.sleep(600)
"""


def processes(folder: Path) -> list[str]:
    """Command lines that name the folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in words:
            found.append(words)
    return found


def cgroups(container: str) -> list[Path]:
    """What is left of a container."""
    return [*Path("/sys/fs/cgroup").glob(f"*/k8s.io/{container}")]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=str)
def test_nothing_is_left(end: signal.Signals, cluster: Room, tmp_path: Path) -> None:
    """No process, no cgroup, no mount, no bridge, while another cluster goes on."""
    folder = tmp_path / "node"
    mounts = Path("/proc/mounts").read_text()
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, folder],
        env={**os.environ, "PYTHONPATH": str(TESTS / "helpers")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # as a terminal does, for Ctrl-C
    )
    assert started.stdout
    try:
        with started.stdout:
            container = started.stdout.readline().strip().removeprefix("containerd://")
        assert container
        assert len(processes(folder)) > 5
        assert cgroups(container)
    finally:
        os.killpg(started.pid, end)
    started.wait(timeout=60)
    wait(lambda: not processes(folder) and not cgroups(container), "the end", within=60)
    assert Path("/proc/mounts").read_text() == mounts
    assert not Path("/sys/class/net/cni0").exists()
    assert cluster.run("kubectl", "get", "nodes").returncode == 0
