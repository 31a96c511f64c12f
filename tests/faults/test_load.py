"""Large lineups, many of them, onlookers, and a year of daily runs. Speed is for `make bench`."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from typing import Any, Dict, Iterator, List, NamedTuple

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.clock import SYSTEM, Clock
from gracenote2epg.config import settings as config_settings
from gracenote2epg.grab import refresh
from gracenote2epg.gracenote.lineup_ids import over_the_air
from gracenote2epg.guide import span as guide_span
from gracenote2epg.net.server import MAX_CLIENTS, WebServer
from gracenote2epg.store import answers as store_answers
from gracenote2epg.store import database
from gracenote2epg.web.status import RunStatus
from support import guides
from support.builders import DAY
from support.machine import ROOT

from . import child

KIND = "Load"
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
    ended = subprocess.run(
        [sys.executable, "-B", "-c", MEASURED, "--postal", "90210", "--quiet"],
        env=environment, cwd=str(folder), capture_output=True, timeout=1800, check=True,
    )  # fmt: skip
    told = json.loads(ended.stderr)
    assert told["code"] == 0
    return float(told["peak"])


@linux
@pytest.mark.parametrize("size", [SHARE, PROMISED, LARGEST])
def test_a_large_lineup_is_whole_and_takes_little_memory(size, clock, tmp_path, torture, tried):
    if size != SHARE and not torture:
        pytest.skip("takes minutes: make torture")
    world = World(size.stations, size.series, now=clock.now())
    with FakeGracenote(world) as server:
        peak = measured(server, tmp_path, clock, size)
        asked = server.counts.details
    span = guide_span.span(clock.now(), size.days, 0)
    assert set(guides.programmes(str(tmp_path / "xmltv.xml"))) == guides.on(world, span)
    print(f"{size}: {peak:.0f} MiB, {asked:,} details")
    assert peak < size.most
    if size == LARGEST:
        assert asked > 12_000
    details = f", {asked:,} details" if size.details else ""
    tried(
        KIND,
        f"{size.stations} stations, {size.days} days{details}",
        f"the guide is the truth; less than {size.most} MiB",
    )


def test_four_lineups_at_once_are_one_guide(clock, tmp_path, torture, tried):
    (stations, days), now = ((200, 7) if torture else (40, 1)), clock.now()
    world = World(stations, 600, now=now)
    rows, span = world.lineups(), guide_span.span(now, days, 0)
    with FakeGracenote(world, clock=clock.monotonic) as server:
        lineups = ",".join(row["lineupId"] for row in rows)
        report = guides.grab(settings(server, tmp_path, lineup=lineups, days=days), clock)
        assert server.counts.grid == 4 * len(refresh.windows(HERE, span, 6, now))
    true = set().union(*(guides.on(world, span, row) for row in rows))
    assert set(guides.programmes(report.path)) == true
    tried(
        KIND,
        f"four lineups at once, {len(report.summary.stations)} stations",
        "one guide, the truth",
    )


# Onlookers

# Looks at an address with so many clients until it is told to end; prints how often it was
# answered with each status, 0 = the connection was closed.
AUDIENCE = """
import collections, json, sys, threading, urllib.error, urllib.request
url, clients = sys.argv[1], int(sys.argv[2])
answers, end = collections.Counter(), threading.Event()
def look():
    while not end.is_set():
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                json.load(answer)
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            status = 0
        answers[status] += 1
threads = [threading.Thread(target=look) for _ in range(clients)]
for thread in threads:
    thread.start()
sys.stdin.read()
end.set()
for thread in threads:
    thread.join()
print(json.dumps(answers))
"""


@contextlib.contextmanager
def audience(port: int, clients: int) -> Iterator[Dict[str, int]]:
    """Lookers in a process of their own; at the end how often each status was told."""
    url = f"http://127.0.0.1:{port}/stats"
    command = [sys.executable, "-I", "-c", AUDIENCE, url, str(clients)]
    answers: Dict[str, int] = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield answers
        out, _ = process.communicate(b"", timeout=60)
        answers.update(json.loads(out))


@contextlib.contextmanager
def counting(name: str) -> Iterator[List[int]]:
    """How many threads of that name there are, time and again."""
    seen: List[int] = [0]
    end = threading.Event()

    def count() -> None:
        while not end.wait(0.02):
            seen.append(sum(one.name == name for one in threading.enumerate()))

    counter = threading.Thread(target=count)
    counter.start()
    yield seen
    end.set()
    counter.join(10)


def test_onlookers_are_bounded_and_change_nothing(tmp_path, torture, tried):
    clock = child.Hurried(SYSTEM.now())  # the page is served by the real clock
    days, details = (7, True) if torture else (2, False)
    clients = 3 * MAX_CLIENTS
    with FakeGracenote(World(40, 600 if torture else 80, now=clock.now())) as server:
        took, asked, reports = [], [], []
        for looked_at in (False, True):
            made = settings(server, tmp_path / str(looked_at), days=days, details=details)
            status = RunStatus(made, clock)
            server.reset_counts()
            with contextlib.ExitStack() as closing:
                if looked_at:
                    page = closing.enter_context(_page(status))
                    seen = closing.enter_context(counting("web client"))
                    answers = closing.enter_context(audience(page, clients))
                began = time.monotonic()
                reports.append(status.run(threading.Event(), lambda statistics: None))
                took.append(time.monotonic() - began)
            asked.append(server.counts.requests)
    assert asked[0] == asked[1]
    assert reports[0].summary == reports[1].summary
    assert set(answers) <= {"200", "503", "0"}
    assert answers["200"]
    assert max(seen) <= MAX_CLIENTS
    print(f"alone {took[0]:.1f} s, with {clients} onlookers {took[1]:.1f} s; answers: {answers}")
    assert took[1] < 5 * took[0] + 5
    tried(
        KIND,
        f"{clients} onlookers during a run",
        f"{MAX_CLIENTS} at once; the same requests and guide",
    )


@contextlib.contextmanager
def _page(status: RunStatus) -> Iterator[int]:
    with WebServer("127.0.0.1", 0, status.routes()) as server:
        yield server.port


# A year


def test_a_store_grows_for_a_month_and_no_more(clock, tmp_path, torture, tried):
    """Daily runs, each at the same hour."""
    last = 365 if torture else 30
    seconds: List[float] = []
    sizes: List[int] = []
    with FakeGracenote(World(12, 80, now=clock.now), clock=clock.monotonic) as server:
        made, first = settings(server, tmp_path, days=3, details=True), clock.now()
        for day in range(1, last + 1):
            began = time.process_time()
            guides.grab(made, clock)
            seconds.append(time.process_time() - began)
            names = [name for name in os.listdir(tmp_path) if name.startswith(database.FILE)]
            sizes.append(sum(os.path.getsize(tmp_path / name) for name in names))
            clock.set(first + day * DAY)
    print(f"bytes by day: { {day: sizes[day - 1] for day in (1, 7, 30, 180, 365) if day <= last} }")
    assert max(sizes) < 1.5 * max(sizes[:30])
    with store_answers.Store(str(tmp_path), clock) as opened:
        windows = opened.windows(HERE)
        assert min(window.stop for window in windows) >= clock.now() - DAY - 3 * DAY
        assert len(opened.runs(9999)) == last
    # From the second week on details are asked again.
    second, latest = (sorted(some)[3] for some in (seconds[8:15], seconds[-7:]))
    print(f"seconds of a run: {second:.2f} in the second week, {latest:.2f} in the last one")
    assert latest < 3 * second + 0.5
    tried(KIND, f"{last} daily runs", "the store is as large as after a month, and a run as fast")
