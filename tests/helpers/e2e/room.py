"""
An isolated room for containers on this machine: its network has only a loopback, its mounts and
processes are invisible from outside, and it changes no kernel setting. When its first process ends,
the kernel ends all others and removes every mount, so nothing is left behind, whatever happens to
the tests.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where podman and its helpers write; in the room these are in memory.
_FOLDERS = ("/run", "/dev/shm", "/var/tmp", "/var/lib/containers")
# What podman and containerd make around the containers' cgroups and leave there, from the bottom up.
# It is removed outside, after the room's end, also when the tests were killed; what somebody else's
# containers are in stays. An empty one that another room has just made is made again by its kubelet.
_OUTSIDE = """
unshare "$@"
for name in 'k8s.io/*' k8s.io libpod_parent/conmon libpod_parent; do
    for left in /sys/fs/cgroup/*/$name /sys/fs/cgroup/$name; do
        [ ! -d "$left" ] || rmdir "$left" 2>/dev/null
    done
done
exit 0
"""
# The first process reads until its standard input is closed, on purpose or by this process' death.
# It ignores SIGCHLD so that the kernel reaps what is orphaned in the room.
_FIRST_PROCESS = """
set -e
more=$1
shift
for folder do
    mkdir -p "$folder"
    mount -t tmpfs -o mode=1777 tmpfs "$folder"
done
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
busybox ip link set lo up
eval "$more"
echo open
exec env --ignore-signal=CHLD cat
"""
_OWN = ("--net", "--mount", "--pid")
_KILLED = {128 + 9, -9}


class Room:
    """
    Runs programs in the room; `environment` is added to what each is given, `folders` are in
    memory too, the shell commands `more` make further things of the room's own. OSError where this
    machine lets nobody have a room.
    """

    def __init__(
        self, environment: Mapping[str, str], folders: tuple[str, ...] = (), more: str = ""
    ) -> None:
        self.environment = environment
        options = [*_OWN, "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
        inside = ["sh", "-c", _FIRST_PROCESS, "room", more, *_FOLDERS, *folders]
        self._outside = subprocess.Popen(
            ["sh", "-c", _OUTSIDE, "room", *options, *inside],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C ends the tests, which then end this
        )
        self._started: list[subprocess.Popen[bytes]] = []
        assert self._outside.stdout
        if (answer := self._outside.stdout.readline()) != "open\n":
            self.close()
            raise OSError(answer.strip() or "unshare does not answer")
        first = _child(_child(self._outside.pid))
        self._enter = ["nsenter", "--target", str(first), *_OWN, "--"]
        self._enter += ["env", *(f"{name}={value}" for name, value in environment.items())]

    def close(self) -> None:
        """Ends everything in the room, and the room."""
        assert self._outside.stdin
        assert self._outside.stdout
        self._outside.stdin.close()
        self._outside.wait(timeout=30)
        self._outside.stdout.close()
        for process in self._started:
            process.wait(timeout=30)

    def run(
        self, *command: str | Path, stdin: str | bytes = b"", timeout: int = 60
    ) -> subprocess.CompletedProcess[str]:
        """
        Runs a program to its end, which is the caller's to judge. After `timeout` seconds it is
        killed: subprocess.TimeoutExpired.
        """
        done = subprocess.run(
            [*self._enter, "timeout", "--signal=KILL", str(timeout), *command],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            check=False,
        )
        if done.returncode in _KILLED:
            raise subprocess.TimeoutExpired(command, timeout)
        return subprocess.CompletedProcess(
            command, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def output(self, *command: str | Path, stdin: str | bytes = b"", timeout: int = 60) -> str:
        """What a program prints. OSError if it fails."""
        done = self.run(*command, stdin=stdin, timeout=timeout)
        if done.returncode:
            raise OSError(f"{' '.join(map(str, command[:2]))}: {done.stderr.strip()}")
        return done.stdout

    def start(self, *command: str | Path, log: Path | None = None) -> subprocess.Popen[bytes]:
        """Starts a program and does not wait for it; what it says goes to the log."""
        with Path(log or "/dev/null").open("ab") as target:
            process = subprocess.Popen([*self._enter, *command], stdout=target, stderr=target)
        self._started.append(process)
        return process

    def get(self, url: str) -> str:
        """The page at a place in the room; what wget says of it where there is none."""
        done = self.run("busybox", "wget", "-qO-", url)
        return done.stderr.strip() if done.returncode else done.stdout


def _child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
