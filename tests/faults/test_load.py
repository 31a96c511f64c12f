"""Large lineups, many of them, onlookers, and a year of daily runs. Speed is for `make bench`."""

import collections
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, Iterator, List, NamedTuple

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.clock import SYSTEM, Clock
from gracenote2epg.config import settings as config_settings
from gracenote2epg.gracenote.lineup_ids import over_the_air
from gracenote2epg.guide import span as guide_span
from gracenote2epg.net.server import MAX_CLIENTS, WebServer
from gracenote2epg.store import answers as store_answers
from gracenote2epg.store import database
from gracenote2epg.web import app
from gracenote2epg.web.status import RunStatus
from support import guides
from support.builders import DAY
from support.machine import ROOT

from . import child

HERE = over_the_air("90210")
# What a process has used at most: of its own, while what the system tells of a child begins with
# what its parent had.
MEASURED = """
import json, sys
from faults import child
code = child.main(sys.argv[1:])
with open("/proc/self/status") as file:
    peak = [int(line.split()[1]) for line in file if line.startswith("VmHWM:")]
sys.stderr.write(json.dumps({"code": code, "peak": peak[0] / 1024}))
"""
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
pytestmark = pytest.mark.slow


class Size(NamedTuple):
    """A lineup and its guide. series: different ones, of which some are not on. most: MiB."""

    stations: int
    series: int
    days: int
    details: bool
    most: int


# What is promised is 100; in a hurry ten answers wait to be read where otherwise one or two do.
PROMISED = Size(300, 5000, 14, details=True, most=110)
LARGEST = Size(700, 12_600, 14, details=True, most=200)
SHARE = Size(300, 600, 2, details=False, most=80)


def settings(server: FakeGracenote, folder: Any, **changes: Any) -> config_settings.Config:
    return guides.settings(
        server, folder, **{"min_interval": 0, "request_budget": 99_999, **changes}
    )


def measured(server: FakeGracenote, folder: Any, clock: Clock, size: Size) -> float:
    """A run in a process of its own; the most memory that it used, MiB."""
    environment = {
        "HOME": str(folder),
        "TZ": os.environ["TZ"],
        child.NOW: str(clock.now()),
        "PYTHONPATH": os.pathsep.join(os.path.join(ROOT, name) for name in ("lib", "tests")),
        "GRACENOTE_BASE_URL": server.url,
        "GRACENOTE_DATA_DIR": str(folder),
        "GRACENOTE_DAYS": str(size.days),
        "GRACENOTE_DETAILS": "yes" if size.details else "no",
        "GRACENOTE_REQUEST_BUDGET": "99999",
        "GRACENOTE_WORKER_STRATEGY": "aggressive",
    }
    result = subprocess.run(
        [sys.executable, "-B", "-c", MEASURED, "--postal", "90210", "--quiet"],
        env=environment, cwd=str(folder), capture_output=True, timeout=1800, check=True,
    )  # fmt: skip
    report = json.loads(result.stderr)
    assert report["code"] == 0
    return float(report["peak"])


@linux
@pytest.mark.parametrize("size", [SHARE, PROMISED, LARGEST])
def test_a_large_lineup_is_whole_and_takes_little_memory(size, clock, tmp_path, torture):
    if size != SHARE and not torture:
        pytest.skip("takes minutes: make torture")
    world = World(size.stations, size.series, now=clock.now())
    with FakeGracenote(world) as server:
        peak = measured(server, tmp_path, clock, size)
        request_counts = server.counts.details
    span = guide_span.span(clock.now(), size.days, 0)
    assert set(guides.programmes(str(tmp_path / "xmltv.xml"))) == guides.on(world, span)
    print(f"{size}: {peak:.0f} MiB, {request_counts:,} details")
    assert peak < size.most
    if size == LARGEST:
        assert request_counts > 12_000


# Clients of the page


@contextlib.contextmanager
def polled(status: RunStatus, clients: int) -> Iterator[Dict[int, int]]:
    """Poll /stats with so many clients; count the statuses received, 0 = connection closed."""
    answers: Dict[int, int] = collections.Counter()
    end = threading.Event()

    def poll(url: str) -> None:
        while not end.wait(0.005):
            try:
                with urllib.request.urlopen(url, timeout=30) as answer:
                    json.load(answer)
                    answers[answer.status] += 1
            except urllib.error.HTTPError as error:
                error.close()
                answers[error.code] += 1
            except OSError:
                answers[0] += 1
            served = sum(thread.name == "web client" for thread in threading.enumerate())
            assert served <= MAX_CLIENTS

    with WebServer("127.0.0.1", 0, app.routes(status)) as web:
        url = f"http://127.0.0.1:{web.port}/stats"
        with ThreadPoolExecutor(clients) as pool:
            futures = [pool.submit(poll, url) for _ in range(clients)]
            yield answers
            end.set()
        assert [future.result() for future in futures]


def test_clients_of_stats_are_bounded_and_change_nothing(tmp_path, torture):
    clock = child.Hurried(SYSTEM.now())  # the page is served by the real clock
    days, details = (7, True) if torture else (2, False)
    with FakeGracenote(World(40, 600 if torture else 80, now=clock.now())) as server:
        request_counts, reports = [], []
        for clients in (0, 3 * MAX_CLIENTS):
            config = settings(server, tmp_path / str(clients), days=days, details=details)
            status = RunStatus(config, clock)
            server.reset_counts()
            with polled(status, clients) if clients else contextlib.nullcontext({}) as answers:
                reports.append(status.run(threading.Event(), lambda statistics: None))
            request_counts.append(server.counts.requests)
    assert request_counts[0] == request_counts[1]
    assert reports[0].summary == reports[1].summary
    assert set(answers) <= {200, 503, 0}
    assert answers[200]


# A year


def test_a_store_stops_growing_after_a_month(clock, tmp_path, torture):
    """Daily runs, each at the same hour."""
    last = 365 if torture else 30
    seconds: List[float] = []
    sizes: List[int] = []
    with FakeGracenote(World(12, 80, now=clock.now), clock=clock.monotonic) as server:
        config, first = settings(server, tmp_path, days=3, details=True), clock.now()
        for day in range(1, last + 1):
            started = time.process_time()
            guides.grab(config, clock)
            seconds.append(time.process_time() - started)
            names = [name for name in os.listdir(tmp_path) if name.startswith(database.FILE)]
            sizes.append(sum(os.path.getsize(tmp_path / name) for name in names))
            clock.set(first + day * DAY)
    print(f"bytes by day: { {day: sizes[day - 1] for day in (1, 7, 30, 180, 365) if day <= last} }")
    assert max(sizes) < 1.5 * max(sizes[:30])
    with store_answers.Store(str(tmp_path), clock) as opened:
        windows = opened.windows(HERE)
        assert min(window.stop for window in windows) >= clock.now() - DAY - 3 * DAY
        assert len(opened.runs(9999)) == last
    # From the second week on details are requested again.
    second_week, last_week = (sorted(some)[3] for some in (seconds[8:15], seconds[-7:]))
    print(
        f"seconds of a run: {second_week:.2f} in the second week, {last_week:.2f} in the last one"
    )
    assert last_week < 3 * second_week + 0.5
