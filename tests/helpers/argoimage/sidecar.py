"""
The sidecar of argocd-repo-server, by `podman kube play` of the container in the shipped sidecar.yaml,
with Argo CD's own plugin server, and the repo-server's side of the socket.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml
from argoimage.image import BUILT
from e2e import images, podman
from hosts.argocd import FILES, PLUGIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from e2e.room import Room

CONTAINER = yaml.safe_load((FILES / "sidecar.yaml").read_text())["spec"]["template"]["spec"][
    "containers"
][0]
_POD = "argocd-repo-server"
_TIMEOUT = "ARGOCD_APPLICATION_CONTROLLER_REPO_SERVER_TIMEOUT_SECONDS"
_CGROUPS = Path("/sys/fs/cgroup")
_UNIFIED = (_CGROUPS / "cgroup.controllers").exists()


class Answer(NamedTuple):
    """What one of many requests at once got: its seconds and bytes, or the error."""

    seconds: float
    size: int
    error: str


class Load(NamedTuple):
    """
    What requests at once took: the answers, the seconds until the last one, the seconds of
    processor, and the most memory that the sidecar's processes had together, in bytes.
    """

    answers: list[Answer]
    seconds: float
    cpu: float
    memory: int


class Sidecar:
    """The running container, and the folders that it shares with the repo-server."""

    def __init__(self, room: Room, client: str, folder: Path) -> None:
        self.room = room
        self.folder = folder
        self._client = client
        self._socket = folder / "plugins" / f"{PLUGIN['metadata']['name']}.sock"
        self.name = f"{_POD}-{CONTAINER['name']}"
        self.state: dict[str, Any] = {}

    def wait(self) -> None:
        """Until the plugin server listens. AssertionError with its log if it does not."""
        for _ in range(400):
            if self._socket.exists():
                break
            time.sleep(0.05)
        assert self._socket.exists(), self.log()
        (self.state,) = json.loads(self.room.output("podman", "inspect", self.name))

    def log(self) -> str:
        """What the server and the plugin have said."""
        return self.room.run("podman", "logs", self.name).stderr

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a program in the container."""
        return self.room.run("podman", "exec", self.name, *command)

    def left(self) -> list[str]:
        """What is in /tmp, besides empty folders at its top."""
        folder = self.folder / "kmod-post-tmp"
        return [
            str(each.relative_to(folder))
            for each in folder.rglob("*")
            if each.is_file() or each.parent != folder
        ]

    def programs(self) -> list[str]:
        """The programs that run. One that has ended, and that nobody waits for, does not count."""
        lines = self.room.output("podman", "top", self.name, "comm", "state").splitlines()[1:]
        return [name for name, state in map(str.split, lines) if state != "Z"]

    def ask(
        self, verb: str, repository: Path, path: str, env: Mapping[str, str], *, seconds: int = 60
    ) -> subprocess.CompletedProcess[str]:
        """`match` or `generate`, as the repo-server asks; the time that its client gives it."""
        return self._ask(verb, repository, path, env, seconds)

    def load(self, count: int, repository: Path, path: str, env: Mapping[str, str]) -> Load:
        """`generate`, as many times at once."""
        cpu, begin = self._cpu(), time.monotonic()
        with self._highest_memory() as highest:
            done = self._ask("load", repository, path, env, 60, str(count))
        assert done.returncode == 0, done.stderr
        took = time.monotonic() - begin
        answers = [_answer(line) for line in done.stdout.splitlines()]
        return Load(answers, took, self._cpu() - cpu, max(highest))

    def _ask(
        self,
        verb: str,
        repository: Path,
        path: str,
        env: Mapping[str, str],
        seconds: int,
        *more: str,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._client, verb, self._socket, repository, path, *more],
            env={_TIMEOUT: str(seconds), "TMPDIR": str(self.folder)},
            input="".join(f"{name}={value}\0" for name, value in env.items()),
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def _cpu(self) -> float:
        """Seconds of processor that the container has used."""
        if _UNIFIED:
            return int(_fields(self._cgroup("") / "cpu.stat")["usage_usec"]) / 1e6
        return int((self._cgroup("cpuacct") / "cpuacct.usage").read_text()) / 1e9

    def _memory(self) -> int:
        """Bytes that the container's processes have, without files that the kernel keeps."""
        fields = _fields(self._cgroup("memory") / "memory.stat")
        return int(fields["anon" if _UNIFIED else "total_rss"])

    def _cgroup(self, controller: str) -> Path:
        path = str(self.state["State"]["CgroupPath"]).lstrip("/")
        return _CGROUPS / path if _UNIFIED else _CGROUPS / controller / path

    @contextmanager
    def _highest_memory(self) -> Iterator[list[int]]:
        """A list of what `_memory` has said meanwhile."""
        seen, done = [self._memory()], threading.Event()

        def look() -> None:
            while not done.wait(0.02):
                seen.append(self._memory())

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield seen
        finally:
            done.set()
            thread.join()


@contextmanager
def running(
    room: Room,
    client: str,
    folder: Path,
    *,
    image: str = BUILT,
    memory: str = "",
    env: Mapping[str, str] | None = None,
) -> Iterator[Sidecar]:
    """
    The sidecar in a new folder, from an image, with a limit of memory and more environment if given.
    """
    folders = {name: folder / name for name in ("var-files", "plugins", "kmod-post-tmp")}
    for each in folders.values():
        each.mkdir(parents=True)
        each.chmod(0o777)  # as emptyDir
    # Argo CD's init container copies it there.
    shutil.copy(client, folders["var-files"] / "argocd-cmp-server")
    container = {
        **CONTAINER,
        "image": image,
        "imagePullPolicy": "Never",
        "env": [{"name": name, "value": value} for name, value in (env or {}).items()],
    }
    if memory:
        container["resources"] = {"limits": {"memory": memory}}
    volumes = [{"name": name, "hostPath": {"path": str(at)}} for name, at in folders.items()]
    spec = {"hostNetwork": True, "containers": [container], "volumes": volumes}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": _POD}, "spec": spec}
    room.output("podman", "load", "--quiet", stdin=images.pause().archive)
    try:
        room.output("podman", "kube", "play", "-", stdin=yaml.safe_dump(pod))
        sidecar = Sidecar(room, client, folder)
        sidecar.wait()
        yield sidecar
    finally:
        podman.remove_all(room)


def _answer(line: str) -> Answer:
    seconds, _, size = line.partition(" ")
    if size.isdecimal():
        return Answer(float(seconds), int(size), "")
    return Answer(0, 0, line)


def _fields(file: Path) -> dict[str, str]:
    return dict(line.split() for line in file.read_text().splitlines())
