"""How soon /stats answers: while a guide is downloaded, and while a long one is written."""

import json
import statistics
from typing import Dict, List, Sequence

import lanes
import measure
import strategies
from lanes import Job, Seen
from measure import Row
from writer import Prepared

from gracenote2epg.demo.server import DemoServer

NAME = "looking at /stats"
PHASES = ("guide", "details")


def job() -> Job:
    def runs(server: DemoServer, home: str) -> List[Seen]:
        return [lanes.client(server, home, "watched", worker_strategy="aggressive")]

    return Job(NAME, strategies.SERIES, runs)


def downloading(seen: Seen) -> List[Row]:
    took = [seconds for phase in PHASES for seconds in seen[phase]]
    return _rows("stats: downloading", took, 5)


def writing(ready: Prepared) -> List[Row]:
    """300 stations, 14 days, and a map of the last guide to be told."""
    measure.say("looking at /stats while a guide is written")
    given = {"offline": True, "days": 14}
    used = measure.child([lanes.CLIENT, "watched", json.dumps(given)], ready.home)
    told: Dict[str, List[float]] = json.loads(used.stdout)
    return _rows("stats: writing 300 stations", [one for own in told.values() for one in own], 50)


def _rows(name: str, took: Sequence[float], target: float) -> List[Row]:
    ordered = sorted(1000 * seconds for seconds in took)
    late = ordered[int(0.95 * len(ordered))]
    return [
        measure.at_most(f"{name}, median ms", statistics.median(ordered), target, "{:.1f}"),
        Row(f"{name}, answers, 95th percentile ms", f"{len(ordered)}, {late:.1f}"),
    ]
