"""
A real kubelet with Debian's containerd, without a cluster: static pods from a folder. It runs hooks
and native sidecars, which podman does not.
"""

from __future__ import annotations

import itertools
import json
import time
from abc import abstractmethod
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from e2e import manifests, pods, runtime

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from e2e.room import Room

# Where a kubelet writes regardless of its options; Room provides both in memory.
FOLDERS = ("/var/lib/kubelet", "/var/log/containers")

_STATIC = """\
staticPodPath: {folder}/pods
registerNode: false
# pods and healthz, on the room's loopback
address: 127.0.0.1
readOnlyPort: 10255
fileCheckFrequency: 1s
"""
_PODS = "http://127.0.0.1:10255/pods"
_HEALTH = "http://127.0.0.1:10248/healthz"
_NODE = "node"


class Kubelet:
    """A kubelet and containerd in a room, with the images of the chart."""

    runs_hooks = True
    lets_pods_end = True

    def __init__(self, room: Room, program: str, folder: Path) -> None:
        self.room = room
        self.name = room.output(program, "--version").strip().replace("Kubernetes", "kubelet")
        self._folder = folder
        self._numbers = itertools.count(1)
        (folder / "pods").mkdir()
        runtime.show_tunables(room, folder)
        runtime.start_containerd(room, folder)
        kubelet, log = folder / "kubelet.yaml", folder / "log"
        kubelet.write_text((runtime.KUBELET + _STATIC).format(folder=folder))
        room.start(
            *(program, "--config", kubelet, "--hostname-override", _NODE),
            *("--root-dir", "/run/kubelet", "--cert-dir", "/run/kubelet/pki"),
            log=log,
        )
        pods.wait(lambda: room.get(_HEALTH) == "ok", "kubelet")

    @contextmanager
    def play(self, stream: str, folder: Path, *, timeout: int = 30) -> Iterator[KubeletPod]:
        """The pod of the stream's Deployment, known to the kubelet; removed in the end."""
        name = f"example-{next(self._numbers)}"
        objects = [obj for obj in yaml.safe_load_all(stream) if obj]
        file = self._folder / "pods" / f"{name}.yaml"
        file.write_text(yaml.safe_dump(manifests.for_kubelet(objects, name, folder)))
        pod = KubeletPod(self.room, f"{name}-{_NODE}", file, self._folder / "logs")
        try:
            pods.wait(lambda: bool(pod.status()), "the pod's status", within=timeout)
            yield pod
        finally:
            pod.stop(grace=30)


class LoggedPod(pods.Pod):
    """A pod that any kubelet runs, whose logs are in a folder of it."""

    def __init__(self, room: Room, logs: Path) -> None:
        super().__init__(room)
        self._logs = logs

    @abstractmethod
    def status(self) -> dict[str, Any]:
        """The statuses of the pod's containers by name, as the kubelet tells them."""

    @abstractmethod
    def full_name(self) -> str:
        """The namespace and the name, with `_` between them."""

    def state_now(self, container: str) -> pods.State:
        """As the kubelet tells the API server."""
        status = self.status()[container]
        state, last = status["state"], status["lastState"]
        ended = state.get("terminated") or last.get("terminated") or {}
        begun = state.get("running") or ended
        kind = next((kind for kind in (pods.RUNNING, "terminated") if kind in state), pods.WAITING)
        return pods.State(
            pods.ENDED if kind == "terminated" else kind,
            ended.get("exitCode"),
            _time(begun.get("startedAt")),
            _time(ended.get("finishedAt")),
            status["restartCount"],
        )

    def log(self, container: str) -> str:
        """As CRI writes it, a file for each start: kubernetes.io, "Logging Architecture"."""
        files = self._logs.glob(f"{self.full_name()}_*/{container}/*.log")
        texts = [file.read_text() for file in sorted(files, key=lambda file: int(file.stem))]
        return "".join(f"{line.split(' ', 3)[3]}\n" for text in texts for line in text.splitlines())

    def start_hooks(self) -> list[subprocess.Popen[bytes]]:
        """None: the kubelet has started them."""
        return []


class KubeletPod(LoggedPod):
    """A static pod of the kubelet."""

    def __init__(self, room: Room, name: str, file: Path, logs: Path) -> None:
        super().__init__(room, logs)
        self._name = name
        self._file = file

    def full_name(self) -> str:
        """In the namespace of static pods."""
        return f"default_{self._name}"

    def status(self) -> dict[str, Any]:
        """The statuses of the pod's containers by name, as the kubelet tells them."""
        found = json.loads(self.room.output("busybox", "wget", "-qO-", _PODS))
        return {
            status["name"]: status
            for pod in found["items"] or []
            if pod["metadata"]["name"] == self._name
            for field in ("initContainerStatuses", "containerStatuses")
            for status in pod["status"].get(field, [])
        }

    def run(self, container: str, *command: str) -> str:
        """By containerd, as a kubelet's exec does it."""
        task = self.status()[container]["containerID"].removeprefix("containerd://")
        name = f"exec-{time.monotonic_ns()}"
        return self.room.output(*runtime.CTR, "tasks", "exec", "--exec-id", name, task, *command)

    def stop(self, *, grace: int) -> float:
        """By taking its manifest away; the grace is the pod's own."""
        begin = time.monotonic()
        self._file.unlink(missing_ok=True)
        pods.wait(lambda: not self.status(), "the pod's end", within=30)
        running = (*runtime.CTR, "tasks", "list", "--quiet")
        pods.wait(lambda: not self.room.output(*running), "its containers' end", within=grace + 30)
        return time.monotonic() - begin


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
