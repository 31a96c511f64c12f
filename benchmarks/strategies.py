"""The strategies side by side, against a server at 130 ms: calm, and with a request limit.

All runs are at the same time, each with its own server: they mostly wait.
"""

import functools
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Tuple

import measure
from answers import POSTAL_CODE
from measure import Row, Table

from fake_gracenote import FakeGracenote, World
from gracenote2epg.clock import SYSTEM
from gracenote2epg.config import paths
from gracenote2epg.config.settings import Config
from gracenote2epg.grab.run import run

STRATEGIES = ("conservative", "balanced", "aggressive", "auto")  # the longest runs first
STATIONS, SERIES, DAYS = 40, 120, 7
LATENCY = 0.13  # seconds, as measured on the real service
LIMIT, BLOCKED = 100, 20  # requests a minute, then seconds of refusals
COLUMNS = ("seconds to the first guide", "to all details", "requests", "refused", "connections")


def table() -> Table:
    """Six refusals by a limit are allowed: the first, those under way then, and two probes."""
    measure.say("running every strategy, calm and limited")
    jobs = [(strategy, limited) for limited in (False, True) for strategy in STRATEGIES]
    world = World(STATIONS, SERIES)  # shared, so that its schedule is made once
    with ThreadPoolExecutor(len(jobs)) as pool:
        return Table(list(pool.map(functools.partial(_row, world), jobs)), COLUMNS)


def _row(world: World, job: Tuple[str, bool]) -> Row:
    strategy, limited = job
    with tempfile.TemporaryDirectory() as home, FakeGracenote(world) as server:
        server.faults.latency = LATENCY
        if limited:
            server.faults.block_after(LIMIT, per=60, closed=BLOCKED)
        config = Config(
            base_url=server.url, postal_code=POSTAL_CODE, days=DAYS, worker_strategy=strategy
        )
        report = run(paths.with_paths(config, home), threading.Event(), lambda _: None, SYSTEM)
        connections = server.counts.connections
    series, refusals = report.statistics.series, report.statistics.refusals
    complete, allowed = series.good == series.tasks, 6 if limited else 0
    title = f"{LIMIT} requests in 60 s, then refused for {BLOCKED} s" if limited else "no limit"
    figures = (
        f"{report.first_guide:.1f}",
        f"{report.seconds:.1f}" if complete else "never",
        *(str(count) for count in (report.statistics.requests, refusals, connections)),
    )
    met = complete and refusals <= allowed
    return Row(f"{title}: {strategy}", figures, f"all details, <= {allowed} refused", met)
