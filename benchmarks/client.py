"""The downloading side, a process of its own: ``client.py strategy|cold URL FOLDER WORD``.

Prints what it saw as JSON; what it cost is for its parent to see.
"""

import json
import sys
import time
from typing import Any, Dict, List, NamedTuple

from gracenote2epg import config as settings
from gracenote2epg import grab, plan
from gracenote2epg.config import Config
from gracenote2epg.downloader.monitor import Statistics
from gracenote2epg.downloader.tasks import TYPES
from gracenote2epg.gracenote.lineups import over_the_air
from gracenote2epg.guide import Guide
from gracenote2epg.store import Store

POSTAL_CODE, DAYS, HOURS = "90210", 7, 6
DETAILS = 120


class Paced(NamedTuple):
    """What the limiter allowed while work waited, and what was sent meanwhile. seconds: of it."""

    sent: int
    allowed: float
    seconds: float


def paced(samples: List[Statistics], kind: str) -> Paced:
    """From the first request of a type, which is free, to the one that left none waiting."""
    sent, allowed, seconds = 0, 0.0, 0.0
    for before, after in zip(samples, samples[1:]):
        own = before.of(kind)
        if own.active and 0 < own.requests < own.tasks:
            passed = after.at - before.at
            allowed += passed * own.pace.rate
            seconds += passed
            sent += after.of(kind).requests - own.requests
    return Paced(sent, allowed, seconds)


def strategy(url: str, folder: str, name: str) -> Dict[str, Any]:
    """A guide of 7 days and 120 details with a strategy, through the manager alone."""
    config = _config(url, folder, worker_strategy=name)
    lineup, now = over_the_air(POSTAL_CODE), time.time()
    span = plan.span(now, DAYS, 0)
    samples: List[Statistics] = []
    began = time.perf_counter()
    with Store(folder) as store, grab.source(config, store) as way:
        way.manager.monitor.listeners.append(samples.append)
        way.manager.download_guide_blocks(plan.windows(lineup, span, HOURS, now))
        showings = Guide(store, [lineup], span).showings(now)
        way.manager.download_series_details(plan.due_details(showings, {}, now)[:DETAILS])
    last = samples[-1]
    return {
        **{kind: paced(samples, kind)._asdict() for kind in TYPES},
        "wall": time.perf_counter() - began,
        "good": last.guide.good + last.series.good,
        **_seen(samples),
    }


def cold(url: str, folder: str, seconds: str) -> Dict[str, Any]:
    """A first run with ``balanced``, given so many seconds to download."""
    config = _config(url, folder, time_budget=int(seconds))
    samples: List[Statistics] = []
    report = grab.run(config, listen=samples.append)
    series = report.statistics.series
    return {
        "first_guide": report.first_guide,
        "seconds": report.seconds,
        "due": series.tasks,
        "good": series.good,
        "took": series.elapsed,
        "rate": series.pace.rate,
        "programmes": report.summary.programmes,
        **_seen(samples),
    }


def _config(url: str, folder: str, **given: Any) -> Config:
    return settings.with_places(Config(base_url=url, postal_code=POSTAL_CODE, **given), folder)


def _seen(samples: List[Statistics]) -> Dict[str, Any]:
    """Over a whole run; largest: size of the pool."""
    return {
        "requests": samples[-1].requests,
        "refusals": samples[-1].refusals,
        "largest": max(seen.of(kind).pace.workers for seen in samples for kind in TYPES),
    }


if __name__ == "__main__":
    measured = {"strategy": strategy, "cold": cold}[sys.argv[1]](*sys.argv[2:])
    sys.stdout.write(json.dumps(measured))
