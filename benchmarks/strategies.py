"""The strategies side by side, against a near source: calm, and with a wall.

Of the calm runs it is also told whether they send as fast as the limiter allows, and politely.
"""

from typing import Any, Dict, List

import lanes
import measure
from lanes import Job, Seen
from measure import Row, Table

from gracenote2epg.demo.server import DemoServer

STRATEGIES = ("conservative", "balanced", "aggressive", "auto")  # the longest runs first
SERIES = 120  # so that it stays short
WALL = 100  # requests a minute; the 300 of the real one are more than there are
CLOSED = 20  # seconds
REACHED = 0.95  # share of the allowed rate
COLUMNS = (
    "first guide s", "full details s", "requests", "refusals", "connections", "peak MiB",
)  # fmt: skip
Results = Dict[str, List[Seen]]


def jobs(walled: bool) -> List[Job]:
    return [_job(name, walled) for name in STRATEGIES]


def _job(strategy: str, walled: bool) -> Job:
    def runs(server: DemoServer, home: str) -> List[Seen]:
        if walled:
            server.faults.wall(WALL, per=60, closed=CLOSED)
        return [lanes.client(server, home, "plain", worker_strategy=strategy)]

    return Job(_title(strategy, walled), SERIES, runs)


def _title(strategy: str, walled: bool) -> str:
    return f"{strategy}, wall {WALL}/60 s then {CLOSED} s" if walled else f"{strategy}, calm"


def table(results: Results) -> Table:
    """Promised are six refusals of a wall: the first, what is under way then, and two probes."""
    rows = []
    for walled in (False, True):
        for strategy in STRATEGIES:
            title = _title(strategy, walled)
            rows.append(_side(f"strategies: {title}", results[title][0], 6 if walled else 0))
    return Table(rows, COLUMNS)


def _side(title: str, seen: Seen, most: int) -> Row:
    figures = (
        f"{seen['first_guide']:.1f}",
        f"{seen['seconds']:.1f}" if seen["good"] == seen["due"] else "never",
        *(str(seen[name]) for name in ("requests", "refusals", "connections")),
        f"{seen['peak']:.1f}",
    )
    met = seen["refusals"] <= most and seen["good"] == seen["due"] and seen["peak"] <= 100
    return Row(title, figures, f"all, <= {most} refused, 100 MiB", met)


def paced(results: Results) -> List[Row]:
    return [row for name in STRATEGIES for row in _paced(name, results[_title(name, False)][0])]


def _paced(name: str, seen: Dict[str, Any]) -> List[Row]:
    title = f"download, {name}:"
    found = []
    for kind, what in (("guide", "windows"), ("series", "details")):
        own = seen[kind]
        reached, allowed = own["sent"] / own["seconds"], own["allowed"] / own["seconds"]
        found.append(Row(f"{title} {what}/s, allowed", f"{reached:.2f}, {allowed:.2f}"))
        ratio = reached / allowed
        found.append(measure.at_least(f"{title} {what}, of allowed", ratio, REACHED, "{:.3f}"))
    return [*found, *polite(title, seen), Row(f"{title} wall s", f"{seen['seconds']:.1f}")]


def polite(title: str, seen: Seen) -> List[Row]:
    """Connections, requests and refusals of a run."""
    return [
        measure.at_most(f"{title} connections, largest pool", seen["connections"], seen["largest"]),
        Row(f"{title} requests", str(seen["requests"])),
        measure.at_most(f"{title} refusals", seen["refusals"], 0),
    ]
