"""Many jobs in a few threads: what hangs holds up nobody else, and everything ends."""

from __future__ import annotations

import threading
import time
from collections import Counter

from postrender.errors import LockError
from postrender.registry.pool import PER_GROUP, REPLACED, THREADS, Times, run

QUICK = Times(job=1.0, run=60.0, grace=0.5)
LONG = Times(job=60.0, run=60.0, grace=1.0)


def test_three_thousand_jobs() -> None:
    """They share a fixed number of threads, and each has its own result."""
    threads: set[int] = set()

    def do(job: str, _: float) -> str:
        threads.add(threading.get_ident())
        return job.upper()

    before = threading.active_count()
    found = {}
    most = 0
    for job, result in run(do, {f"a{i}": str(i % 7) for i in range(3000)}, LONG):
        found[job] = result
        most = max(most, threading.active_count() - before)
    assert found == {f"a{i}": f"A{i}" for i in range(3000)}
    assert len(threads) <= THREADS
    assert most <= THREADS


def test_a_few_of_each_group() -> None:
    """However many jobs a group has, it is asked for a few at a time."""
    lock = threading.Lock()
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()

    def do(job: str, _: float) -> None:
        with lock:
            now[job[0]] += 1
            most[job[0]] = max(most[job[0]], now[job[0]])
        time.sleep(0.005)
        with lock:
            now[job[0]] -= 1

    jobs = {f"{group}{i}": group for group in "abcdef" for i in range(20)}
    assert len(dict(run(do, jobs, LONG))) == len(jobs)
    assert max(most.values()) <= PER_GROUP


def test_groups_take_turns() -> None:
    """A group with many jobs does not keep another one waiting until it is done."""
    order: list[str] = []

    def do(job: str, _: float) -> None:
        order.append(job)
        time.sleep(0.001)

    jobs = {**{f"a{i}": "a" for i in range(500)}, "b": "b"}
    list(run(do, jobs, LONG))
    assert order.index("b") < 100


def test_what_hangs_holds_up_its_own_group_only() -> None:
    """Every job of a group that hangs has its line; the others are done."""
    over = threading.Event()

    def do(job: str, _: float) -> str:
        if job.startswith("hang"):
            over.wait()
        return job

    jobs = {f"hang{i}": f"hang{i % 5}" for i in range(60)}
    jobs |= {f"good{i}": f"good{i % 3}" for i in range(60)}
    found = dict(run(do, jobs, QUICK))
    over.set()
    assert {job for job, result in found.items() if result == job} == {
        f"good{i}" for i in range(60)
    }
    lines = {str(found[f"hang{i}"]) for i in range(60)}
    assert lines == {"no answer within 1 s; try again later"}


def test_threads_that_hang_are_limited() -> None:
    """When a hundred groups hang, no thread is left behind for each; the rest is not asked."""
    over = threading.Event()
    before = threading.active_count()
    most = 0
    found = {}
    for job, result in run(lambda *_: over.wait(), {str(i): str(i) for i in range(100)}, QUICK):
        most = max(most, threading.active_count() - before)
        found[job] = str(result)
    over.set()
    assert most <= THREADS + REPLACED
    assert Counter(found.values()) == {
        "no answer within 1 s; try again later": THREADS + REPLACED,
        "not asked, for too many registries hang; try again later": 100 - THREADS - REPLACED,
    }


def test_a_late_thread_works_again() -> None:
    """A thread that comes back late goes on with other jobs; its late result counts no more."""

    def do(job: str, until: float) -> str:
        if job == "late":
            time.sleep(2.5)
        elif job.startswith("next"):
            time.sleep(0.3)
        return job

    jobs = {"late": "a", **{f"next{i}": "b" for i in range(40)}}
    found = dict(run(do, jobs, QUICK))
    assert isinstance(found.pop("late"), LockError)
    assert all(job == result for job, result in found.items())


def test_the_whole_run_ends() -> None:
    """When its time is up, what was not begun is not begun any more."""

    def do(job: str, until: float) -> str:
        time.sleep(0.05)
        return job

    found = dict(run(do, {str(i): "a" for i in range(200)}, Times(5.0, 0.3, 0.2)))
    results = Counter(
        str(result) if isinstance(result, LockError) else "" for result in found.values()
    )
    assert len(found) == 200
    assert set(results) == {"", "not asked, for others took all of 0.3 s; run it again"}


def test_threads_end() -> None:
    """Nobody is left when all is done."""
    before = set(threading.enumerate())
    list(run(lambda *_: None, {str(i): str(i) for i in range(50)}, LONG))
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
