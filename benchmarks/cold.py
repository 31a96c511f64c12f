"""First runs in a fresh folder, over the air: with the default strategy, and with ``auto``."""

from typing import Dict, List

import lanes
import measure
from lanes import Job, Seen
from measure import Row
from strategies import polite

from gracenote2epg.demo.server import DemoServer

SERIES = 600
BUDGET = 45  # seconds of download: the details go on at the same rate, so not all are waited for
ALL = 3600
BALANCED, AUTO, WALLED = "a first run", "a first run with auto", "the same with a wall"


def jobs(whole: bool) -> List[Job]:
    """whole: wait for all details of the default strategy."""
    budget = ALL if whole else BUDGET

    def balanced(server: DemoServer, home: str) -> List[Seen]:
        return [lanes.client(server, home, "plain", time_budget=budget)]

    def auto(server: DemoServer, home: str) -> List[Seen]:
        return [
            lanes.client(server, home, "plain", worker_strategy="auto"),
            lanes.client(server, home, "plain", worker_strategy="auto"),
            lanes.client(server, home, "plain", worker_strategy="auto", min_interval=0),
        ]

    def walled(server: DemoServer, home: str) -> List[Seen]:
        server.faults.wall(300, per=60, closed=20)
        return [lanes.client(server, home, "plain", worker_strategy="auto")]

    return [Job(AUTO, SERIES, auto), Job(WALLED, SERIES, walled), Job(BALANCED, SERIES, balanced)]


def rows(results: Dict[str, List[Seen]]) -> List[Row]:
    return [
        *_balanced(results[BALANCED][0]),
        *_auto(*results[AUTO]),
        *_walled(results[WALLED][0]),
    ]


def _balanced(seen: Seen) -> List[Row]:
    left = seen["due"] - seen["good"]
    full = seen["seconds"] + left / seen["rate"]
    how = "" if not left else f", {left} of {seen['due']} details reckoned at {seen['rate']:.1f}/s"
    return [
        measure.at_most("cold: first guide, s", seen["first_guide"], 10, "{:.1f}"),
        Row(f"cold: full guide, s{how}", f"{full:.1f}"),
        Row("cold: programmes", f"{seen['programmes']:,}"),
        *polite("cold:", seen),
        measure.at_most("cold: peak MiB", seen["peak"], 100, "{:.1f}"),
        Row("cold: CPU s", f"{seen['cpu']:.1f}"),
    ]


def _auto(first: Seen, rested: Seen, again: Seen) -> List[Row]:
    return [
        measure.at_most("cold, auto: first guide, s", first["first_guide"], 4, "{:.1f}"),
        _all("cold, auto: all details, s", first, 36),
        *polite("cold, auto:", first),
        measure.at_most("cold, auto: peak MiB", first["peak"], 100, "{:.1f}"),
        measure.at_most("cold, auto: run again, requests", rested["requests"], 0),
        measure.at_most("cold, auto: again, no interval, requests", again["requests"], 9),
        measure.at_most("cold, auto: again, no interval, s", again["seconds"], 1.5, "{:.2f}"),
    ]


def _walled(seen: Seen) -> List[Row]:
    title = "cold, auto, wall 300/60 s then 20 s:"
    return [
        Row(f"{title} first guide, s", f"{seen['first_guide']:.1f}"),
        _all(f"{title} all details, s", seen, 110),
        measure.at_most(f"{title} refusals", seen["refusals"], 6),
        Row(f"{title} requests", str(seen["requests"])),
    ]


def _all(name: str, seen: Seen, target: float) -> Row:
    """The seconds until all was there; those of a run that left something are no success."""
    row = measure.at_most(name, seen["seconds"], target, "{:.1f}")
    missing = seen["due"] - seen["good"]
    return row._replace(name=f"{name}, {missing} missing", ok=False) if missing else row
