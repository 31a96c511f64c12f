"""The pool with real threads: a download waits until the test lets it go."""

import threading
from typing import Any, List

import pytest

from gracenote2epg.downloader.worker_pool import WorkerPool
from gracenote2epg.gracenote.tasks import Outcome, Verdict

OK = Outcome(Verdict.OK)


class Gate:
    """A download that the test steps."""

    def __init__(self) -> None:
        self.started = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.fetched: List[Any] = []

    def fetch(self, task: Any) -> Outcome:
        self.started.release()
        assert self.go.acquire(timeout=5)
        self.fetched.append(task)
        return OK

    def open(self, count: int) -> None:
        for _ in range(count):
            self.go.release()

    def wait_started(self, count: int) -> None:
        for _ in range(count):
            assert self.started.acquire(timeout=5)


@pytest.fixture(name="gate")
def _gate() -> Gate:
    return Gate()


def all_finished(pool: WorkerPool, count: int) -> List[Any]:
    finished: List[Any] = []
    while len(finished) < count:
        more = pool.finished(5)
        assert more, "nothing finished"
        finished += more
    return finished


def download_threads() -> int:
    return sum(thread.name.startswith("download") for thread in threading.enumerate())


def test_it_starts_no_more_than_its_size(gate):
    pool = WorkerPool(gate.fetch, 2)
    assert [pool.start(n) for n in range(3)] == [True, True, False]
    gate.wait_started(2)
    assert (pool.busy, pool.size) == (2, 2)
    gate.open(2)
    assert sorted(task for task, _ in all_finished(pool, 2)) == [0, 1]
    assert pool.busy == 0
    pool.close()


def test_a_smaller_pool_starts_nothing_until_the_surplus_is_done(gate):
    pool = WorkerPool(gate.fetch, 4)
    for task in range(4):
        pool.start(task)
    gate.wait_started(4)
    pool.resize(2)
    assert (pool.busy, pool.size) == (4, 2)
    gate.open(2)
    all_finished(pool, 2)
    assert not pool.start("too early")
    gate.open(2)
    all_finished(pool, 2)
    assert pool.start("now")
    gate.open(1)
    all_finished(pool, 1)
    pool.close()
    assert sorted(map(str, gate.fetched)) == ["0", "1", "2", "3", "now"]


def test_fifty_resizes_lose_and_repeat_nothing_and_leave_no_thread(gate):
    pool = WorkerPool(gate.fetch, 1)
    task, done = 0, []
    for turn in range(50):
        pool.resize(1 + turn * 7 % 10)
        assert pool.size == pool._executor._max_workers == 1 + turn * 7 % 10
        while pool.start(task):
            task += 1
        gate.open(1)
        done += all_finished(pool, 1)
    gate.open(pool.busy)
    done += all_finished(pool, pool.busy)
    assert sorted(number for number, _ in done) == list(range(task))
    pool.close()
    assert download_threads() == 0


def test_exceptions_of_a_download_are_raised():
    def broken(task: Any) -> Outcome:
        raise KeyError(task)

    pool = WorkerPool(broken, 1)
    pool.start("a bug")
    with pytest.raises(KeyError):
        pool.finished(5)
    pool.close()
    assert pool.busy == 0
