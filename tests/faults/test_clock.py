"""A clock that jumps, and the nights in which it is changed."""

import calendar
import json
import time
from typing import Any, Callable, Iterator, List, Optional

import pytest

from gracenote2epg import aftercare, backups, plan, publish
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.errors import GrabError
from gracenote2epg.store import Store

from .conftest import Tried
from .machine import Machine

HOUR, DAY = 3600, 86400
RIGHT = "the guide shows what its day shows, with no hole"


class Clock:
    """What time it is, for the product and for the made-up world; ``jump`` moves it."""

    def __init__(self, now: Optional[float] = None) -> None:
        self._real = time.time
        self.offset = 0.0 if now is None else now - self._real()

    def time(self) -> float:
        return self._real() + self.offset

    def jump(self, seconds: float) -> None:
        self.offset += seconds


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock.time)
    return clock


@pytest.fixture(name="machine")
def _machine(clock: Clock, tmp_path: Any) -> Iterator[Machine]:
    with DemoServer(World(8, 12, now=clock.time)) as server:
        yield Machine(server, tmp_path / "machine", fixed=False)


def is_right(machine: Machine, failure: Optional[GrabError]) -> None:
    assert failure is None
    assert machine.shown() == machine.truth()


@pytest.mark.usefixtures("morning")
@pytest.mark.parametrize(
    "jumps",
    [(DAY, -DAY), (-DAY, DAY), (DAY, DAY, -2 * DAY), (-DAY, -DAY, 2 * DAY), (7 * DAY, -7 * DAY)],
    ids=["forth and back", "back and forth", "twice forth", "twice back", "a week"],
)
@pytest.mark.parametrize("interval", [0, 30])
def test_a_clock_that_jumps_between_runs_makes_no_hole(
    machine: Machine, clock: Clock, jumps: Any, interval: int, tried: Tried
) -> None:
    is_right(machine, machine.run(min_interval=interval))
    for seconds in jumps:
        clock.jump(seconds)
        is_right(machine, machine.run(min_interval=interval))
        tried("The clock", "it jumps a day or more between two runs", RIGHT)


@pytest.mark.usefixtures("morning")
@pytest.mark.parametrize("seconds", [DAY, -DAY, HOUR, -HOUR], ids=lambda s: f"{s // HOUR} h")
@pytest.mark.parametrize("endpoint", ["providers", "grid", "details"])
def test_a_clock_that_jumps_in_a_run_makes_no_hole_in_the_next(
    machine: Machine, clock: Clock, seconds: float, endpoint: str, tried: Tried
) -> None:
    def jump(params: Any) -> bool:
        nonlocal seconds
        clock.jump(seconds)
        seconds = 0
        return False

    machine.server.faults.refuse(on=endpoint, when=jump)
    machine.run()
    assert seconds == 0
    is_right(machine, machine.run())
    tried("The clock", f"it jumps in the middle of a run, at {endpoint}", f"{RIGHT}, one run later")


@pytest.mark.usefixtures("morning")
@pytest.mark.parametrize("days", [5, 400])
def test_when_a_clock_that_was_ahead_is_right_again_each_days_guide_is_kept(
    machine: Machine, clock: Clock, days: int, tried: Tried
) -> None:
    def dates() -> List[str]:
        with Store(machine.folder) as store:
            return [one.date for one in backups.found(store, machine.folder, machine.path)]

    def today() -> str:
        return time.strftime("%Y-%m-%d", time.localtime(clock.time()))

    is_right(machine, machine.run(backups=3))
    clock.jump(days * DAY)
    for _ in range(3):
        is_right(machine, machine.run(backups=3))
        clock.jump(DAY)
    clock.jump(-(days + 3) * DAY)
    kept: List[str] = []
    for _ in range(3):
        clock.jump(DAY)
        is_right(machine, machine.run(backups=3))
        kept.insert(0, today())
        assert dates()[: len(kept)] == kept
    found = json.loads(aftercare.diff(machine.settings(), True))
    assert found["before"]["date"] == kept[1]
    aftercare.restore(machine.settings(), "")
    with Store(machine.folder) as store:
        fact = publish.published(store, machine.path)
    assert fact
    assert time.strftime("%Y-%m-%d", time.localtime(fact["made"])) == kept[1]
    tried("The clock", "it is ahead for days, and right again", "each day's guide is kept")


NIGHTS = {
    "spring, New York": ("America/New_York", (2027, 3, 14)),
    "autumn, New York": ("America/New_York", (2027, 11, 7)),
    "spring, St. John's": ("America/St_Johns", (2027, 3, 14)),
    "autumn, Los Angeles": ("America/Los_Angeles", (2027, 11, 7)),
}


@pytest.mark.parametrize("night", NIGHTS)
def test_the_night_in_which_the_clock_is_changed_has_no_hole(
    in_zone: Callable[[str], None], monkeypatch: Any, tmp_path: Any, night: str, tried: Tried
) -> None:
    zone, date = NIGHTS[night]
    in_zone(zone)
    noon_before = calendar.timegm((*date, 17, 0, 0)) - DAY
    clock = Clock(noon_before)
    monkeypatch.setattr(time, "time", clock.time)
    with DemoServer(World(8, 12, now=clock.time)) as server:
        machine = Machine(server, tmp_path / "machine", fixed=False, days=2)
        for hours in (0, 8, 5, 2, 2, 2, 24):  # around the change, and a day later
            clock.jump(hours * HOUR)
            is_right(machine, machine.run())
            tried("The clock", f"runs around the change of the clock, {night}", RIGHT)
    span = plan.span(noon_before, 2, 0)
    assert abs(span.end - span.begin - 2 * DAY) == HOUR
