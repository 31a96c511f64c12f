"""A clock that jumps, between two runs and in a run."""

from typing import Any, Iterator, Optional

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.errors import GrabError
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
