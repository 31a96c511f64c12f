"""A clock that jumps, and the nights in which it is changed."""

import json
import time
from typing import Any, Iterator, List, Optional

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.cli import guide_reports
from gracenote2epg.errors import GrabError
from gracenote2epg.guide import backups
from gracenote2epg.guide.published import published
from gracenote2epg.store.answers import Store
from support.builders import DAY, HOUR
from support.clock import VirtualClock

from .conftest import slow
from .machine import Machine


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
def test_a_jump_between_runs_makes_no_hole(machine, clock, jumps, interval):
    is_right(machine, machine.run(min_interval=interval, details=False))
    for seconds in jumps:
        jump(clock, seconds)
        is_right(machine, machine.run(min_interval=interval, details=False))


@pytest.mark.parametrize("seconds", [DAY, -DAY, *slow(HOUR, -HOUR)], ids=lambda s: f"{s // HOUR} h")
@pytest.mark.parametrize("endpoint", ["providers", "grid", "details"])
def test_a_jump_in_a_run_makes_no_hole_in_the_next(machine, clock, seconds, endpoint):
    jumps, details = [seconds], endpoint == "details"

    def jumped(params: Any) -> bool:
        while jumps:
            jump(clock, jumps.pop())
        return False

    machine.server.faults.refuse(on=endpoint, when=jumped)
    machine.run(details=details)
    assert jumps == []
    is_right(machine, machine.run(details=details))


@pytest.mark.slow
@pytest.mark.parametrize("days", [5, 400])
def test_backups_survive_a_clock_that_was_ahead(machine, clock, days):
    def dates() -> List[str]:
        with Store(machine.folder, clock) as store:
            return [
                backup.date for backup in backups.list_backups(store, machine.folder, machine.path)
            ]

    def today() -> str:
        return time.strftime("%Y-%m-%d", time.localtime(clock.now()))

    is_right(machine, machine.run(backups=3))
    jump(clock, days * DAY)
    for _ in range(3):
        is_right(machine, machine.run(backups=3))
        jump(clock, DAY)
    jump(clock, -(days + 3) * DAY)
    dates_kept: List[str] = []
    for _ in range(3):
        jump(clock, DAY)
        is_right(machine, machine.run(backups=3))
        dates_kept.insert(0, today())
        assert dates()[: len(dates_kept)] == dates_kept
    report = json.loads(guide_reports.diff(machine.settings(), True, clock))
    assert report["before"]["date"] == dates_kept[1]
    guide_reports.restore(machine.settings(), "", clock)
    with Store(machine.folder, clock) as store:
        fact = published(store, machine.path)
    assert fact
    assert time.strftime("%Y-%m-%d", time.localtime(fact["made"])) == dates_kept[1]
