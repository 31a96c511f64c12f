"""The front door, called as the specification calls it, against the fake source."""

import json
import os
import re
import threading

import pytest

from gracenote2epg.downloader import learned_limit
from gracenote2epg.downloader.jobs import Job
from gracenote2epg.downloader.parallel import UnifiedDownloadManager
from gracenote2epg.downloader.strategies import STRATEGIES
from gracenote2epg.errors import OutputError
from gracenote2epg.gracenote.lineup_ids import over_the_air
from gracenote2epg.gracenote.tasks import SERIES, GuideTask, Outcome, Verdict
from gracenote2epg.store.answers import Store
from support.browser import ask, free_port

ANTENNA = over_the_air("90210")


@pytest.fixture(autouse=True)
def _environment(monkeypatch, server, tmp_path):
    monkeypatch.setenv("GRACENOTE_BASE_URL", server.url)
    monkeypatch.setenv("GRACENOTE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("GRACENOTE_MONITORING_PORT", str(free_port()))


def tasks(count, clock):
    now = int(clock.now())
    start = now - now % 21_600
    return [GuideTask(ANTENNA, start + 21_600 * n, 6) for n in range(count)]


def some_series(server, clock, count):
    now = int(clock.now())
    rows = server.world.truth(now, now + 86_400)
    return sorted({row["seriesId"] for row in rows})[:count]


def get_stats():
    return json.loads(ask(int(os.environ["GRACENOTE_MONITORING_PORT"]), "/stats"))


def test_the_blocks_of_the_specification_run_to_the_letter(server, clock, capsys):
    guide_tasks, series_list = tasks(5, clock), some_series(server, clock, 6)

    manager = UnifiedDownloadManager(
        max_workers=6, worker_strategy="balanced", enable_adaptive=True, enable_monitoring=True,
        clock=clock,
    )  # fmt: skip

    # Download guide blocks
    results = manager.download_guide_blocks(guide_tasks)
    assert [result.outcome.verdict for result in results] == [Verdict.OK] * 5

    # Download series details
    results = manager.download_series_details(series_list)
    assert [result.task.series_id for result in results] == series_list

    stats = manager.get_detailed_statistics()

    # Worker pool status
    for task_type, pool_info in stats["active_pools"].items():
        print(f"{task_type}: {pool_info['current_workers']} workers active")
        print(f"Success rate: {pool_info['success_rate']:.1%}")
        print(f"Throughput: {pool_info['throughput_mbps']:.1f} MB/s")

    printed = capsys.readouterr().out
    assert printed.startswith(f"series: {manager.pool.size} workers active\nSuccess rate: 100.0%\n")
    assert re.search(r"Throughput: \d+\.\d MB/s\n$", printed)
    assert get_stats().keys() == stats.keys()
    keys = {"active_workers", "success_rate", "avg_response_time", "adaptive_status",
            "rate_limited_count"}  # fmt: skip
    assert keys <= set(stats["guide_downloads"])
    assert keys <= set(stats["series_downloads"])
    manager.close()
    with Store(os.environ["GRACENOTE_DATA_DIR"], clock) as store:
        assert len(store.windows(ANTENNA)) == 5
        assert set(store.details_ages()) == set(series_list)


def test_active_pools_show_the_pool_from_its_first_download_until_it_is_closed(server, clock):
    pools, started = [], []

    def note(_):
        active = manager.get_detailed_statistics()["active_pools"]
        pools.append({kind: pool["current_workers"] for kind, pool in active.items()})
        assert not active or manager.pool.size in pools[-1].values()
        started.append((manager.pool.busy, manager.pool.size))

    with UnifiedDownloadManager(worker_strategy="aggressive", clock=clock) as manager:
        assert manager.get_detailed_statistics()["active_pools"] == {}
        manager.monitor.listeners.append(note)
        manager.download_guide_blocks(tasks(3, clock))
        manager.download_series_details(some_series(server, clock, 3))
    assert list(dict.fromkeys(tuple(pool) for pool in pools)) == [("guide",), ("series",), ()]
    assert [row for row in started if row[0] > row[1]] == []


def test_a_store_that_fails_at_the_end_leaves_no_thread(server, clock):
    before = set(threading.enumerate())
    manager = UnifiedDownloadManager(worker_strategy="auto", enable_monitoring=True, clock=clock)
    manager.download_guide_blocks(tasks(1, clock))
    manager.download_series_details(some_series(server, clock, 25))
    manager._store.close()
    with pytest.raises(OutputError):
        manager.close()
    server.close()
    assert [t for t in set(threading.enumerate()) - before if t.name != "demo-server"] == []


def test_a_taken_port_does_not_stop_the_downloads(server, clock, monkeypatch, caplog):
    monkeypatch.setenv("GRACENOTE_MONITORING_PORT", str(server.port))
    with UnifiedDownloadManager(enable_monitoring=True, clock=clock) as manager:
        assert manager.download_guide_blocks(tasks(1, clock))[0].outcome.ok
    assert re.search(rf"port {server.port} is not available", caplog.text)


def test_reported_workers_are_the_actual_workers_after_each_resize(server, clock):
    """/stats' busy = requests held = unfinished futures; workers = the executor's max_workers."""
    wanted = []

    def resize(_):
        """On the coordinator's thread, as every change of pace."""
        if wanted:
            pace = coordinator._pace["series"]._replace(workers=wanted.pop(), rate=1000.0)
            coordinator._apply(pace, clock.monotonic())

    def held_and_busy(size):
        held = server.faults.held == size
        return held and get_stats()["active_pools"]["series"]["busy"] == size

    manager = UnifiedDownloadManager(10, "aggressive", False, True, clock=clock)
    coordinator = manager._coordinator
    manager.download_guide_blocks(tasks(1, clock))
    manager.monitor.listeners.append(resize)
    server.faults.hold("details")
    series = some_series(server, clock, 20) * 20
    work = threading.Thread(target=manager.download_series_details, args=(series,))
    work.start()
    assert server.faults.wait_held(STRATEGIES["aggressive"][SERIES].initial, 5)  # and no more
    reported, sizes = [], [1 + 7 * n % 10 for n in range(8)]
    tick = threading.Event()
    for size in sizes:
        wanted.append(size)
        server.faults.release(max(1, server.faults.held - size))
        for _ in range(2000):
            if held_and_busy(size):
                break
            tick.wait(0.002)
        stats = get_stats()
        reported.append(
            (
                stats["series_downloads"]["active_workers"],
                stats["active_pools"]["series"]["current_workers"],
                manager.pool._executor._max_workers,
                sum(not future.done() for future in list(manager.pool._in_flight)),
            )
        )
    coordinator._stop.set()
    work.join(10)
    manager.close()
    assert reported == [(size, size, size, size) for size in sizes]


def test_closing_ends_what_is_in_flight(clock):
    ended = threading.Event()

    class Hanging:
        stop = ended.set

        def fetch(self, task):
            ended.wait(5)
            return Outcome(Verdict.STOPPED)

    manager = UnifiedDownloadManager(client=Hanging(), clock=clock)
    manager.pool.start(Job(tasks(1, clock)[0], 0))
    manager.close()
    assert ended.is_set()
    assert manager.pool.busy == 0


def test_a_learned_limit_slows_the_next_manager_which_trusts_it_a_little_less(server, clock):
    folder = os.environ["GRACENOTE_DATA_DIR"]
    met = learned_limit.observed(300, 60.0, 20.0, certain=True)
    with Store(folder, clock) as store:
        learned_limit.store_after_run(store, met, 0, 5.0)
    with UnifiedDownloadManager(clock=clock) as manager:
        manager.download_guide_blocks(tasks(1, clock))
        statistics = manager.get_detailed_statistics()
        assert statistics["learned_limit"]["rate"] == statistics["guide_downloads"]["rate"] == 2.0
        assert statistics["guide_downloads"]["adaptive_reason"] == "an earlier run met a limit"
    manager.close()  # once more
    with Store(folder, clock) as store:
        assert learned_limit.stored(store) == met._replace(rate=2.5)


def test_auto_begins_at_the_rate_that_the_last_run_found(server, clock):
    runs = []
    for _ in range(2):
        rates = []
        with UnifiedDownloadManager(worker_strategy="auto", clock=clock) as manager:
            manager.monitor.listeners.append(
                lambda now, rates=rates: rates.append(now.series.pace.rate)
            )
            manager.download_series_details(some_series(server, clock, 60))
        runs.append(rates)
    first, second = runs
    assert (first[0], second[0]) == (5.0, first[-1])
    assert first[-1] > 5.0


# fetch_once

LONG = 200.0  # seconds, a tenth of them real


def test_fetch_once_sends_one_request_and_stores_a_good_response(server, clock):
    (task,) = tasks(1, clock)
    verdicts = []
    for fault in (
        lambda: server.faults.refuse(429),
        lambda: server.faults.refuse(503),
        server.faults.drop,
        lambda: None,
    ):
        server.faults.clear()
        fault()
        with UnifiedDownloadManager(clock=clock) as manager:
            verdicts.append(manager.fetch_once(task, LONG).verdict)
    assert verdicts == [
        Verdict.RATE_LIMITED,
        Verdict.OVERLOADED,
        Verdict.UNREACHABLE,
        Verdict.OK,
    ]
    assert server.counts.requests == 4
    with Store(os.environ["GRACENOTE_DATA_DIR"], clock) as store:
        assert store.windows(task.lineup)


def test_fetch_once_gives_up_in_time(server, clock):
    server.faults.hold()
    began = clock.monotonic()
    with UnifiedDownloadManager(clock=clock) as manager:
        outcome = manager.fetch_once(tasks(1, clock)[0], 2.0)
    assert (outcome.verdict, outcome.detail) == (Verdict.OVERLOADED, "no answer within 2 s")
    assert clock.monotonic() - began >= 2.0


def test_a_stop_ends_fetch_once(server, clock):
    server.faults.hold()
    stop = threading.Event()
    stopper = threading.Thread(target=lambda: server.faults.wait_held(1, 5) and stop.set())
    stopper.start()
    with UnifiedDownloadManager(stop=stop, clock=clock) as manager:
        assert manager.fetch_once(tasks(1, clock)[0], LONG).verdict is Verdict.STOPPED
    stopper.join(5)
