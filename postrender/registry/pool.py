"""
Many jobs that wait for strangers, in a fixed number of threads and within a fixed time.

A thread in Python cannot be stopped, so one that hangs is left behind and another takes its place;
how many may be left behind is limited, too. Nothing waits for them at the end of the process.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter, deque
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from postrender.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    T = TypeVar("T")

# Threads that work at the same time, all of them and for one group, and how many are replaced when
# they hang.
THREADS = 16
PER_GROUP = 4
REPLACED = 8


class Times(NamedTuple):
    """
    Seconds: for one job, for all of them, and how much longer than that a thread may take to
    notice.
    """

    job: float
    run: float
    grace: float


def run(
    do: Callable[[str, float], T], groups: Mapping[str, str], times: Times
) -> Iterator[tuple[str, T | LockError]]:
    """
    Does all jobs, the keys of `groups`, and yields each with its result as it comes.

    `do` gets the job and the time at which it must be done (time.monotonic), and must not raise. A
    job that is not done by then has a LockError as its result. Of a group, the value of `groups`,
    a few jobs are done at a time, and the groups take turns.
    """
    jobs: queue.SimpleQueue[tuple[str, float] | None] = queue.SimpleQueue()
    results: queue.SimpleQueue[tuple[str, T]] = queue.SimpleQueue()

    def work() -> None:
        while (job := jobs.get()) is not None:
            results.put((job[0], do(*job)))

    end = time.monotonic() + times.run
    waiting: dict[str, deque[str]] = {}
    for job, group in groups.items():
        waiting.setdefault(group, deque()).append(job)
    running: dict[str, float] = {}  # by job, the time at which it is given up
    hanging: set[str] = set()
    threads = 0
    try:
        while waiting or running:
            now = time.monotonic()
            for job in [job for job, until in running.items() if until <= now]:
                del running[job]
                hanging.add(job)
                yield job, LockError(f"no answer within {times.job:g} s", "try again later")
            if now >= end or len(hanging) >= THREADS + REPLACED:
                for job in (job for group in waiting.values() for job in group):
                    if now >= end:
                        text = f"not asked, for others took all of {times.run:g} s"
                        yield job, LockError(text, "run it again")
                    else:
                        text = "not asked, for too many registries hang"
                        yield job, LockError(text, "try again later")
                waiting.clear()
            stuck = Counter(groups[job] for job in hanging)
            for group in [group for group in stuck if stuck[group] >= PER_GROUP]:
                for job in waiting.pop(group, ()):
                    yield job, LockError(f"no answer within {times.job:g} s", "try again later")
            busy = stuck + Counter(groups[job] for job in running)
            room = min(THREADS, THREADS + REPLACED - len(hanging)) - len(running)
            for group in _turns(waiting, busy, room):
                job = waiting[group].popleft()
                if waiting[group]:
                    waiting[group] = waiting.pop(group)  # the others come first now
                else:
                    del waiting[group]
                until = min(now + times.job, end)
                running[job] = until + times.grace
                jobs.put((job, until))
                if len(running) + len(hanging) > threads:
                    threads += 1
                    threading.Thread(target=work, daemon=True).start()
            if not running:
                continue
            try:
                job, result = results.get(timeout=max(0.0, min(running.values()) - now))
            except queue.Empty:
                continue
            if job in hanging:
                hanging.remove(job)  # too late: its result has been given
            else:
                del running[job]
                yield job, result
    finally:
        for _ in range(threads):
            jobs.put(None)


def _turns(waiting: Mapping[str, deque[str]], busy: Counter[str], room: int) -> Iterator[str]:
    """The groups of the jobs that can begin now, at most `room` of them; counts them as busy."""
    while room > 0:
        free = list(islice((group for group in waiting if busy[group] < PER_GROUP), room))
        if not free:
            return
        for group in free:
            busy[group] += 1
            yield group
        room -= len(free)
