"""Debian's podman: loads the images of the chart, and runs pods with `podman kube play`."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import time
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from e2e import images, manifests, pods
from e2e.registry import REGISTRY
from e2e.room import Room
from tools import path_of, reason, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

# crun fails where cgroups are hybrid; the limits are none that this process may not give away;
# docker.io is never asked, and what is on loopback is asked without TLS.
_SETTINGS = {
    "CONTAINERS_CONF": """\
[containers]
default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
infra_image = "{pause}"
""",
    "CONTAINERS_STORAGE_CONF": """\
[storage]
driver = "vfs"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
""",
    "CONTAINERS_REGISTRIES_CONF": """\
unqualified-search-registries = ["docker.io"]
[[registry]]
location = "docker.io"
blocked = true
[[registry]]
location = "{registry}"
insecure = true
""",
}
_ENOUGH = 1024  # open files, and processes, of a container
_STATUS = {"running": pods.RUNNING, "exited": pods.ENDED, "stopped": pods.ENDED}


def environment(folder: Path) -> dict[str, str]:
    """What podman must find in its environment; its settings are written into the folder."""
    files, processes = (
        _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
        for _, hard in map(resource.getrlimit, (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC))
    )
    variables = {"HOME": str(folder)}
    for name, text in _SETTINGS.items():
        file = folder / f"{name.lower()}.conf"
        filled = {"files": files, "processes": processes}
        file.write_text(text.format(**filled, pause=images.PAUSE, registry=REGISTRY))
        variables[name] = str(file)
    return variables


@contextmanager
def running(folder: Path, *, required: bool) -> Iterator[Room]:
    """A room in which podman runs containers. Where there can be none, the test is skipped."""
    for program in ("busybox-static", "podman", "runc", "unshare"):
        if path_of(program) is None:
            unavailable(reason(program), required=required)
    if os.geteuid() != 0:
        unavailable("containers need root; run the tests as root", required=required)
    try:
        room = Room(environment(folder))
    except OSError as problem:
        unavailable(
            f"this machine allows no namespaces for containers: {problem}", required=required
        )
    with closing(room):
        yield room


class Podman:
    """podman in a room, with the images of the chart. OSError where no container runs."""

    runs_hooks = False  # no version does
    lets_pods_end = True

    def __init__(self, room: Room) -> None:
        self.room = room
        version = room.output("podman", "version", "--format", "{{.Client.Version}}")
        self.name = f"podman {version.strip()}"
        for image in images.all_images():
            room.output("podman", "load", "--quiet", stdin=image.archive)
        room.output("podman", "run", "--rm", "--network", "host", images.BUSYBOX, "true")

    @contextmanager
    def play(self, stream: str, folder: Path, *, timeout: int = 30) -> Iterator[PodmanPod]:
        """
        The pod of the stream's Deployment, started; removed in the end. TimeoutExpired if
        `kube play` has not ended after `timeout` seconds.
        """
        objects = [obj for obj in yaml.safe_load_all(stream) if obj]
        deployment = manifests.for_podman(objects, folder)
        text = yaml.safe_dump(deployment)
        name = f"{deployment['metadata']['name']}-pod-0"
        remove_all(
            self.room
        )  # what the last play could not: this one's exit code would not tell of it
        try:
            # Its exit code says whether all containers were started: the tests ask each of them.
            self.room.run("podman", "kube", "play", "-", stdin=text, timeout=timeout)
            yield PodmanPod(self.room, name, manifests.hooks(objects))
        finally:
            remove_all(self.room)


def remove_all(room: Room) -> None:
    """
    Removes all pods and containers, and the cgroups that podman leaves behind where they are
    hybrid. OSError if podman has not removed them after 30 seconds.
    """
    made = room.output("podman", "pod", "ls", "--no-trunc", "--quiet").split()
    end = time.monotonic() + 30
    # A container that is started again meanwhile mounts /dev/shm of the pod's infra container,
    # which podman then cannot remove, and an empty pod stays. Trying again helps.
    while problem := _try_to_remove(room):
        if time.monotonic() > end:
            raise OSError(problem)
    for pod in made:
        for left in Path("/sys/fs/cgroup").glob(f"*/libpod_parent/{pod}"):
            subprocess.run(
                ["find", left, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"], check=True
            )


def _try_to_remove(room: Room) -> str:
    """What was there to be removed, and what podman said of it; nothing if nothing was."""
    containers = room.output("podman", "ps", "--all", "--external", "--quiet").split()
    left = [*room.output("podman", "pod", "ls", "--quiet").split(), *containers]
    if not left:
        return ""
    room.run("podman", "kill", "--all")
    time.sleep(0.3)  # what is still in a pod's cgroup when podman removes it costs 3 seconds
    force = ("rm", "--force", "--ignore", "--time", "0")
    in_pods = room.run("podman", "pod", *force, "--all")
    # A play that was killed may leave containers in no pod, whose names the next play needs.
    others = room.run("podman", *force, *containers)
    return f"podman was to remove {' '.join(left)}: {in_pods.stderr}{others.stderr}"


class PodmanPod(pods.Pod):
    """A pod from `podman kube play`."""

    def __init__(self, room: Room, name: str, hooks: list[manifests.Hook]) -> None:
        super().__init__(room)
        self._name = name
        self._hooks = hooks

    def state_now(self, container: str) -> pods.State:
        """As `podman inspect` tells it."""
        name = self._full(container)
        text = self.room.output("podman", "inspect", "--type", "container", name)
        (found,) = json.loads(text)
        state: dict[str, Any] = found["State"]
        started, finished = (_time(state[key]) for key in ("StartedAt", "FinishedAt"))
        status = _STATUS.get(state["Status"], pods.WAITING)
        code = state["ExitCode"] if status == pods.ENDED else None
        return pods.State(status, code, started, finished, found["RestartCount"])

    def log(self, container: str) -> str:
        """As `podman logs` prints it."""
        done = self.room.run("podman", "logs", self._full(container))
        return done.stdout + done.stderr

    def run(self, container: str, *command: str) -> str:
        """By `podman exec`."""
        return self.room.output("podman", "exec", self._full(container), *command)

    def start_hooks(self) -> list[subprocess.Popen[bytes]]:
        """By `podman exec`, as a kubelet runs them, for podman runs none."""
        return [
            self.room.start("podman", "exec", self._full(container), *command)
            for container, command in self._hooks
        ]

    def stop(self, *, grace: int) -> float:
        """By `podman pod stop`."""
        begin = time.monotonic()
        pod, _, _ = self._full("").rpartition("-")
        self.room.output("podman", "pod", "stop", "--time", str(grace), pod)
        return time.monotonic() - begin

    def _full(self, container: str) -> str:
        return f"{self._name}-{container}"


def _time(text: str) -> datetime | None:
    """A time of podman; its zero is none."""
    moment = datetime.fromisoformat(text)
    return moment if moment.year > 1 else None
