"""The front door, called as the specification calls it, against the stand-in of the service."""

import http.client
import json
import os
import re
import threading
import time

import pytest

from gracenote2epg.demo import DemoServer, World
from gracenote2epg.downloader.parallel import UnifiedDownloadManager
from gracenote2epg.downloader.tasks import GuideTask, Verdict
from gracenote2epg.errors import OutputError
from gracenote2epg.gracenote.lineups import over_the_air
from gracenote2epg.store import Store


@pytest.fixture(name="server")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(autouse=True)
def _own_source(monkeypatch, server, tmp_path):
    monkeypatch.setenv("GRACENOTE_BASE_URL", server.url)
    monkeypatch.setenv("GRACENOTE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("GRACENOTE_MONITORING_PORT", str(free_port()))


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tasks(count):
    now = int(time.time())
    start = now - now % 21_600
    return [GuideTask(over_the_air("90210"), start + 21_600 * n, 6) for n in range(count)]


def some_series(server, count):
    now = int(time.time())
    rows = server.world.truth(now, now + 86_400)
    return sorted({row["seriesId"] for row in rows})[:count]


def stats_of_the_web(manager):
    port = int(os.environ["GRACENOTE_MONITORING_PORT"])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/stats")
    document = json.loads(connection.getresponse().read())
    connection.close()
    return document


def test_the_blocks_of_the_specification_run_to_the_letter(server, capsys):
    guide_tasks, series_list = tasks(5), some_series(server, 6)

    manager = UnifiedDownloadManager(
        max_workers=6, worker_strategy="balanced", enable_adaptive=True, enable_monitoring=True
    )

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

    told = capsys.readouterr().out
    assert told.startswith(f"series: {manager.pool.size} workers active\nSuccess rate: 100.0%\n")
    assert re.search(r"Throughput: \d+\.\d MB/s\n$", told)
    assert stats_of_the_web(manager).keys() == stats.keys()
    manager.close()
    with Store(os.environ["GRACENOTE_DATA_DIR"]) as store:
        assert len(store.windows(over_the_air("90210"))) == 5
        assert set(store.details_ages()) == set(series_list)


def test_the_pool_is_there_from_its_first_download_until_it_is_closed(server):
    seen = []

    def note(_):
        pools = manager.get_detailed_statistics()["active_pools"]
        seen.append({kind: pool["current_workers"] for kind, pool in pools.items()})
        assert not pools or manager.pool.size in seen[-1].values()

    with UnifiedDownloadManager(worker_strategy="aggressive") as manager:
        assert manager.get_detailed_statistics()["active_pools"] == {}
        manager.monitor.listeners.append(note)
        manager.download_guide_blocks(tasks(3))
        assert seen[-1] == {"guide": manager.pool.size}
        manager.download_series_details(some_series(server, 3))
        assert seen[-1] == {"series": manager.pool.size}
    assert seen[-1] == {}
    assert {tuple(pools) for pools in seen} == {("guide",), ("series",), ()}


def test_the_statistics_have_the_keys_of_the_specification(server):
    with UnifiedDownloadManager() as manager:
        stats = manager.get_detailed_statistics()
    keys = {
        "active_workers",
        "success_rate",
        "avg_response_time",
        "adaptive_status",
        "rate_limited_count",
    }
    assert keys <= set(stats["guide_downloads"])
    assert keys <= set(stats["series_downloads"])


def test_a_store_that_fails_at_the_end_leaves_no_thread(server):
    before = set(threading.enumerate())
    manager = UnifiedDownloadManager(worker_strategy="auto", enable_monitoring=True)
    manager.download_guide_blocks(tasks(1))
    manager.download_series_details(some_series(server, 25))
    manager._store.close()
    with pytest.raises(OutputError):
        manager.close()
    server.close()
    assert [t for t in set(threading.enumerate()) - before if t.name != "demo-server"] == []


def test_a_taken_port_does_not_stop_the_downloads(server, monkeypatch, caplog):
    monkeypatch.setenv("GRACENOTE_MONITORING_PORT", str(server.port))
    with UnifiedDownloadManager(enable_monitoring=True) as manager:
        assert manager.download_guide_blocks(tasks(1))[0].outcome.ok
    assert re.search(rf"port {server.port} cannot be had", caplog.text)


def test_reported_workers_are_the_actual_ones_fifty_resizes_up_and_down(server):
    """/stats' busy = requests held = unfinished futures; workers = the executor's max_workers."""
    sizes = [1 + 7 * n % 10 for n in range(50)]
    wanted = []

    def resize(_):
        """On the coordinator's thread, as every change of pace."""
        if wanted:
            pace = coordinator._pace["series"]._replace(workers=wanted.pop(), rate=1000.0)
            coordinator._apply(pace, time.monotonic())

    def held_and_busy(size):
        busy = stats_of_the_web(manager)["active_pools"]["series"]["busy"]
        return server.faults.held == busy == size

    manager = UnifiedDownloadManager(10, "aggressive", False, True)
    coordinator = manager._coordinator
    manager.download_guide_blocks(tasks(1))
    manager.monitor.listeners.append(resize)
    server.faults.hold("details")
    series = some_series(server, 20) * 60
    work = threading.Thread(target=manager.download_series_details, args=(series,))
    work.start()
    assert server.faults.wait_held(2, 5)
    checked = []
    for size in sizes:
        wanted.append(size)
        server.faults.release(max(1, server.faults.held - size))
        assert until(lambda size=size: held_and_busy(size)), size
        stats = stats_of_the_web(manager)
        checked.append(
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
    assert checked == [(size, size, size, size) for size in sizes]


def test_under_load_no_sample_shows_more_than_the_largest_size_of_the_last_second(server):
    server.faults.latency = 0.05
    sizes, samples = [], []

    def note(seen):
        pace = seen.series.pace if seen.series.active else seen.guide.pace
        sizes.append((time.monotonic(), pace.workers))

    manager = UnifiedDownloadManager(10, "aggressive", True, False)
    manager.monitor.listeners.append(note)

    def work():
        manager.download_guide_blocks(tasks(12))
        manager.download_series_details(some_series(server, 40))

    under_way = threading.Thread(target=work)
    under_way.start()
    while under_way.is_alive():
        now = time.monotonic()
        open_now, statistics = server.counts.open_now, manager.monitor.statistics
        busy = statistics.guide.busy + statistics.series.busy
        samples.append((now, max(open_now, busy)))
        under_way.join(0.01)
    manager.close()
    assert len(samples) > 100
    for at, busy in samples:
        known = [size for moment, size in sizes if at - 1.0 <= moment <= at + 0.1]
        assert not known or busy <= max(known)


def until(true, seconds=5.0):
    """Whether it becomes true in time."""
    end = time.monotonic() + seconds
    tick = threading.Event()
    while not true():
        if time.monotonic() > end:
            return False
        tick.wait(0.002)
    return True


# One question


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        (lambda faults: faults.refuse(429), Verdict.THROTTLED),
        (lambda faults: faults.refuse(503), Verdict.OVERLOADED),
        (lambda faults: faults.drop(), Verdict.UNREACHABLE),
    ],
)
def test_one_question_is_one_request_whatever_comes_of_it(server, fault, verdict):
    fault(server.faults)
    began = time.monotonic()
    with UnifiedDownloadManager() as manager:
        assert manager.ask_once(tasks(1)[0], 10.0).verdict is verdict
    assert server.counts.requests == 1
    assert time.monotonic() - began < 5


def test_the_answer_to_one_question_is_kept(server):
    (task,) = tasks(1)
    with UnifiedDownloadManager() as manager:
        outcome = manager.ask_once(task, 10.0)
    assert (outcome.verdict, outcome.value) == (Verdict.OK, None)
    with Store(os.environ["GRACENOTE_DATA_DIR"]) as store:
        assert store.windows(task.lineup)


def test_one_question_is_given_up_in_time(server):
    server.faults.drip(30)
    with UnifiedDownloadManager() as manager:
        outcome = manager.ask_once(tasks(1)[0], 0.5)
    assert outcome.verdict is Verdict.OVERLOADED


def test_a_stop_ends_one_question(server):
    server.faults.hold()
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    began = time.monotonic()
    with UnifiedDownloadManager(stop=stop) as manager:
        assert manager.ask_once(tasks(1)[0], 10.0).verdict is Verdict.STOPPED
    assert time.monotonic() - began < 1.3
    timer.join()
