"""The cluster as a machine that plays pods: it gets the stream as kmod-post has printed it."""

from __future__ import annotations

import itertools
import json
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2e import pods
from e2e.kubelet import LoggedPod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.room import Room

# Where the cluster's network notes the addresses of pods (settings.CNI).
_ADDRESSES = "/run/cni-ipam/room"
_POD = "app.kubernetes.io/name=nginx"
_PATIENCE = 120


class Cluster:
    """A running cluster, with the images of the chart."""

    runs_hooks = True
    lets_pods_end = False  # a Deployment takes no other restartPolicy than Always

    def __init__(self, room: Room) -> None:
        self.room = room
        version = json.loads(room.output("kubectl", "get", "--raw", "/version"))
        self.name = f"cluster {version['gitVersion']}"
        self._logs = Path(room.environment["HOME"]) / "logs"
        self._numbers = itertools.count(1)

    @contextmanager
    def play(self, stream: str, folder: Path, *, timeout: int = 30) -> Iterator[ClusterPod]:
        """The pod of the stream's Deployment, in a namespace of its own; removed in the end."""
        namespace = f"ways-{next(self._numbers)}"
        self.room.output("kubectl", "create", "namespace", namespace)
        pod = ClusterPod(self.room, namespace, self._logs)
        try:
            pod.kubectl("apply", "--filename=-", stdin=stream)
            pods.wait(lambda: bool(pod.status()), "the pod's status", within=timeout)
            yield pod
        finally:
            pod.stop(grace=_PATIENCE)
            self.room.output("kubectl", "delete", "namespace", namespace, "--wait=false")


class ClusterPod(LoggedPod):
    """The one pod of a Deployment."""

    def __init__(self, room: Room, namespace: str, logs: Path) -> None:
        super().__init__(room, logs)
        self._namespace = namespace

    def kubectl(self, *words: str, stdin: str = "") -> str:
        """What kubectl prints. OSError if it fails."""
        words = (f"--namespace={self._namespace}", *words)
        return self.room.output("kubectl", *words, stdin=stdin, timeout=_PATIENCE)

    def full_name(self) -> str:
        """As the API server has it."""
        (pod,) = self._pods()
        return f"{self._namespace}_{pod['metadata']['name']}"

    def status(self) -> dict[str, Any]:
        """The statuses of the pod's containers by name, as the API server has them."""
        return {
            status["name"]: status
            for pod in self._pods()
            for field in ("initContainerStatuses", "containerStatuses")
            for status in pod["status"].get(field, [])
        }

    def page(self, expected: str, *, within: float = 60) -> str:
        """As from any pod, at the pod's address; where there is none yet, nothing."""
        end = time.monotonic() + within
        while (found := self._page()) != expected and time.monotonic() < end:
            time.sleep(0.1)
        return found

    def run(self, container: str, *command: str) -> str:
        """By `kubectl exec`."""
        name = self.full_name().partition("_")[2]
        return self.kubectl("exec", name, f"--container={container}", "--", *command)

    def stop(self, *, grace: int) -> float:
        """By deleting the Deployment; the grace is the pod's own."""
        begin = time.monotonic()
        self.kubectl("delete", "deployments", "--all", "--cascade=foreground", "--wait=false")
        pods.wait(
            lambda: not self._pods() and not self._addresses(), "the pod's end", within=grace + 60
        )
        return time.monotonic() - begin

    def _pods(self) -> list[Any]:
        found = json.loads(self.kubectl("get", "pods", "--output=json"))["items"]
        return list(found)

    def _page(self) -> str:
        """Of the only pod that there is, in words as if it had the loopback's address."""
        # The API server gets the address only when a postStart hook has ended.
        for address in self._addresses():
            return self.room.get(f"http://{address}/").replace(address, "127.0.0.1")
        return ""

    def _addresses(self) -> list[str]:
        done = self.room.run("sh", "-c", f"cd {_ADDRESSES} && ls -d 10.*")
        return done.stdout.split()
