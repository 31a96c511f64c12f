"""The program, in a process of its own: ``client.py plain|watched SETTINGS``, these as JSON.

Its data directory is ``data`` in the folder where it is started. Prints what it saw as JSON; what
it cost is for its parent to see.
"""

import json
import os
import subprocess
import sys
import threading
from typing import Any, Dict, List, NamedTuple

from gracenote2epg.clock import SYSTEM
from gracenote2epg.config import paths
from gracenote2epg.config.settings import Config
from gracenote2epg.downloader.monitor import Statistics
from gracenote2epg.grab.run import run
from gracenote2epg.gracenote.tasks import GUIDE, SERIES, TYPES
from gracenote2epg.net.server import WebServer
from gracenote2epg.web.status import RunStatus

POSTAL_CODE = "90210"
FIRST = {GUIDE: 3, SERIES: 1}  # requests until work waits: lineups, canary and one that is free
WATCHER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "watcher.py")


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
        if own.active and FIRST[kind] <= own.requests < own.tasks:
            passed = after.at - before.at
            allowed += passed * own.pace.rate
            seconds += passed
            sent += after.of(kind).requests - own.requests
    return Paced(sent, allowed, seconds)


def nobody(seen: Statistics) -> None:
    """Looks away."""


def plain(config: Config) -> Dict[str, Any]:
    """A run as a user's."""
    samples: List[Statistics] = []
    report = run(config, threading.Event(), samples.append, SYSTEM)
    series = report.statistics.series
    return {
        **{kind: paced(samples, kind)._asdict() for kind in TYPES},
        "first_guide": report.first_guide,
        "seconds": report.seconds,
        "due": series.tasks,
        "good": series.good,
        "rate": series.pace.rate,
        "programmes": report.summary.programmes,
        "requests": report.statistics.requests,
        "refusals": report.statistics.refusals,
        "largest": max(seen.of(kind).pace.workers for seen in samples for kind in TYPES),
    }


def watched(config: Config) -> Dict[str, List[float]]:
    """Runs whose page is looked at; the seconds that /stats took, by the phase that it told.

    Offline a first run goes unseen, so that there is a map of the guide to be told.
    """
    if config.offline:
        run(config, threading.Event(), nobody, SYSTEM)
    status = RunStatus(config, SYSTEM)
    with WebServer("127.0.0.1", 0, status.routes()) as server:
        command = [sys.executable, "-I", WATCHER, str(server.port)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as watcher:
            assert watcher.stdout
            watcher.stdout.readline()  # it has had its first answer
            status.run(threading.Event(), nobody)
            told, _ = watcher.communicate(b"end\n")
    found: Dict[str, List[float]] = json.loads(told)
    return found


if __name__ == "__main__":
    given = json.loads(sys.argv[2])
    asked = paths.with_paths(Config(postal_code=POSTAL_CODE, **given), "data")
    json.dump({"plain": plain, "watched": watched}[sys.argv[1]](asked), sys.stdout)
