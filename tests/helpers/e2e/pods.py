"""Running pods: what a test can ask of one, independent of what runs it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import namedtuple
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from e2e.room import Room

# Of a container: "waiting", "running" or "ended"; the exit code, where it has ended; when it was
# last started and when it last ended, as datetime; how often it was started again.
State = namedtuple("State", "status code started finished restarts")

WAITING, RUNNING, ENDED = "waiting", "running", "ended"
T = TypeVar("T")

PAGE = "http://127.0.0.1/"


class Pod(ABC):
    """A pod whose network is the room's."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def page(self, expected: str, *, within: float = 60) -> str:
        """The page as soon as it is the expected one, else what it was when time was up."""
        return _when(lambda: self.room.get(PAGE), lambda page: page == expected, within)

    def state(
        self, container: str, until: Callable[[State], bool] = bool, *, within: float = 60
    ) -> State:
        """The container's state as soon as it is as wanted, else what it was when time was up."""
        return _when(lambda: self.state_now(container), until, within)

    @abstractmethod
    def state_now(self, container: str) -> State:
        """The container's state."""

    @abstractmethod
    def log(self, container: str) -> str:
        """What the container has written to standard output and error, in all its starts."""

    @abstractmethod
    def run(self, container: str, *command: str) -> str:
        """What a program in the container prints. OSError if it fails."""

    @abstractmethod
    def start_hooks(self) -> list[subprocess.Popen[bytes]]:
        """The postStart hooks that the runtime left to be started, started."""

    @abstractmethod
    def stop(self, *, grace: int) -> float:
        """Ends the pod, by force after `grace` seconds. The seconds that it took."""


def wait(until: Callable[[], bool], what: str, *, within: float = 30) -> None:
    """Returns as soon as it is so. OSError when time is up."""
    if not _when(until, bool, within):
        raise OSError(f"{what}: not after {within} seconds")


def _when(get: Callable[[], T], good: Callable[[T], bool], within: float) -> T:
    end = time.monotonic() + within
    while not good(found := get()) and time.monotonic() < end:
        time.sleep(0.1)
    return found
