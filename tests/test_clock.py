"""The system's clock, the tests' clock, and the worker pool's waits."""

import threading
import time

from gracenote2epg.clock import Clock
from gracenote2epg.downloader.worker_pool import WorkerPool
from gracenote2epg.gracenote.tasks import Outcome, Verdict

DAY = 86400.0
OK = Outcome(Verdict.OK)


def set_event():
    event = threading.Event()
    event.set()
    return event


def test_the_systems_clock():
    system = Clock()
    before = time.time(), time.monotonic()
    now = system.now(), system.monotonic()
    after = time.time(), time.monotonic()
    assert all(first <= at <= last for first, at, last in zip(before, now, after))
    for wait in (system.wait, system.watch):
        assert wait(set_event(), 60.0) is True
        assert wait(threading.Event(), 0.001) is False


def test_the_tests_clock_advances_by_waits_only(clock):
    began = clock.now()
    assert (clock.now(), clock.monotonic()) == (began, 0.0)
    assert clock.wait(threading.Event(), 5.0) is False
    assert (clock.now() - began, clock.monotonic()) == (5.0, 5.0)
    assert clock.watch(threading.Event(), 5.0) is False
    assert clock.wait(set_event(), 60.0) is True
    assert clock.monotonic() == 10.0
    clock.advance(DAY)
    assert (clock.now() - began, clock.monotonic()) == (DAY + 10.0, DAY + 10.0)
    clock.set(1_800_000_000.0)  # which changes no duration
    assert (clock.now(), clock.monotonic()) == (1_800_000_000.0, DAY + 10.0)
    assert clock.watch(set_event(), 3600.0) is True
    assert clock.monotonic() < DAY + 60.0


def test_an_idle_pool_lets_time_pass_and_a_short_request_uses_up_no_budget(clock):
    timer = threading.Event()
    pool = WorkerPool(lambda task: timer.wait(0.05) or OK, 1, clock)
    assert pool.finished(60.0) == []
    assert clock.monotonic() == 60.0
    pool.start("a window")
    while not pool.finished(0.25):
        pass
    assert clock.monotonic() < 75.0
    pool.close()


def test_a_busy_pool_waits_for_its_tasks(clock):
    answers = threading.Event()
    pool = WorkerPool(lambda task: OK if answers.wait(5) else None, 1, clock)
    pool.start("a window")
    assert pool.finished(0.1) == []
    answers.set()
    assert pool.finished(60.0) == [("a window", OK)]
    assert (pool.busy, pool.finished(0.0)) == (0, [])
    pool.close()


def test_no_result_is_lost_or_waited_for_in_vain(clock):
    """A call that returns nothing has let all of its time pass."""
    pool, results, early = WorkerPool(lambda task: OK, 8, clock), [], []
    for task in range(400):
        while not pool.start(task):
            before = clock.monotonic()
            finished = pool.finished(60.0)
            results += finished
            if not finished and clock.monotonic() - before < 60.0:
                early.append(task)
    while pool.busy:
        results += pool.finished(60.0)
    pool.close()
    assert sorted(task for task, _ in results) == list(range(400))
    assert early == []
