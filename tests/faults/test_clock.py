"""A clock that jumps, and the nights in which it is changed."""

import calendar
import json
import time
from typing import Any, Iterator, List, Optional

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.cli import guide_reports
from gracenote2epg.errors import GrabError
from gracenote2epg.guide import backups
from gracenote2epg.guide import span as guide_span
from gracenote2epg.guide.published import published
from gracenote2epg.store.answers import Store
from support.builders import DAY, HOUR
from support.clock import VirtualClock

from .conftest import slow
from .machine import Machine

RIGHT = "the guide shows what its day shows, with no hole"


def jump(clock: VirtualClock, seconds: float) -> None:
    clock.set(clock.now() + seconds)


@pytest.fixture(name="machine")
def _machine(clock: VirtualClock, tmp_path: Any) -> Iterator[Machine]:
    with FakeGracenote(World(8, 12, now=clock.now), clock=clock.monotonic) as server:
        yield Machine(server, tmp_path / "machine", clock, fixed=False)


def is_right(machine: Machine, failure: Optional[GrabError], **changes: Any) -> None:
    assert failure is None
    assert machine.shown() == machine.truth(**changes)


@pytest.mark.parametrize(
    "jumps",
    [(DAY, -DAY), (-DAY, DAY), (DAY, DAY, -2 * DAY), (-DAY, -DAY, 2 * DAY), (7 * DAY, -7 * DAY)],
    ids=["forth and back", "back and forth", "twice forth", "twice back", "a week"],
)
@pytest.mark.parametrize("interval", [0, *slow(30)])
def test_a_jump_between_runs_makes_no_hole(machine, clock, jumps, interval, tried):
    is_right(machine, machine.run(min_interval=interval, details=False))
    for seconds in jumps:
        jump(clock, seconds)
        is_right(machine, machine.run(min_interval=interval, details=False))
        tried("The clock", "it jumps a day or more between two runs", RIGHT)


@pytest.mark.parametrize("seconds", [DAY, -DAY, HOUR, -HOUR], ids=lambda s: f"{s // HOUR} h")
@pytest.mark.parametrize("endpoint", ["providers", "grid", "details"])
def test_a_jump_in_a_run_makes_no_hole_in_the_next(machine, clock, seconds, endpoint, tried):
    jumps, details = [seconds], endpoint == "details"

    def jumped(params: Any) -> bool:
        while jumps:
            jump(clock, jumps.pop())
        return False

    machine.server.faults.refuse(on=endpoint, when=jumped)
    machine.run(details=details)
    assert jumps == []
    is_right(machine, machine.run(details=details))
    tried("The clock", f"it jumps in the middle of a run, at {endpoint}", f"{RIGHT}, one run later")


@pytest.mark.slow
@pytest.mark.parametrize("days", [5, 400])
def test_backups_survive_a_clock_that_was_ahead(machine, clock, days, tried):
    def dates() -> List[str]:
        with Store(machine.folder, clock) as store:
            return [one.date for one in backups.list_backups(store, machine.folder, machine.path)]

    def today() -> str:
        return time.strftime("%Y-%m-%d", time.localtime(clock.now()))

    is_right(machine, machine.run(backups=3))
    jump(clock, days * DAY)
    for _ in range(3):
        is_right(machine, machine.run(backups=3))
        jump(clock, DAY)
    jump(clock, -(days + 3) * DAY)
    kept: List[str] = []
    for _ in range(3):
        jump(clock, DAY)
        is_right(machine, machine.run(backups=3))
        kept.insert(0, today())
        assert dates()[: len(kept)] == kept
    found = json.loads(guide_reports.diff(machine.settings(), True, clock))
    assert found["before"]["date"] == kept[1]
    guide_reports.restore(machine.settings(), "", clock)
    with Store(machine.folder, clock) as store:
        fact = published(store, machine.path)
    assert fact
    assert time.strftime("%Y-%m-%d", time.localtime(fact["made"])) == kept[1]
    tried("The clock", "it is ahead for days, and right again", "each day's guide is kept")


NIGHTS = {
    "spring, New York": ("America/New_York", (2027, 3, 14)),
    "autumn, New York": ("America/New_York", (2027, 11, 7)),
    "spring, St. John's": ("America/St_Johns", (2027, 3, 14)),
    "autumn, Los Angeles": ("America/Los_Angeles", (2027, 11, 7)),
}


@pytest.mark.slow
@pytest.mark.parametrize("night", NIGHTS)
def test_the_night_in_which_the_clock_is_changed_has_no_hole(machine, clock, in_zone, night, tried):
    zone, date = NIGHTS[night]
    in_zone(zone)
    noon_before = calendar.timegm((*date, 17, 0, 0)) - DAY
    clock.set(noon_before)
    for hours in (0, 8, 5, 2, 2, 2, 24):  # around the change, and a day later
        jump(clock, hours * HOUR)
        is_right(machine, machine.run(days=2), days=2)
        tried("The clock", f"runs around the change of the clock, {night}", RIGHT)
    span = guide_span.span(noon_before, 2, 0)
    assert abs(span.end - span.begin - 2 * DAY) == HOUR
