"""Whatever the source or the way to it does: no run crashes, hangs or keeps what it should not,
and two runs later the guide is as if nothing had happened."""

import random
from typing import List, Optional, Sequence, Tuple

import pytest

from fake_gracenote.faults import Faults
from gracenote2epg.grab import refresh
from gracenote2epg.store.answers import Store

from .machine import Machine
from .mishaps import ALWAYS, ENDPOINTS, HASTY, MISHAPS, MOMENTS, ONCE, TIMED, Mishap

NO_FAULT = ("clear", "release", "release_all", "held", "wait_held", "clock", "applied")
FOR_THE_SERVER = ("decide", "connected", "serves", "wait_released", "close")
HANDS, MIXTURES = 10, 300
Happening = Tuple[Mishap, Optional[str], str]  # what, at which endpoint (None = any), and when


def test_every_fault_of_the_fake_server_is_tried():
    methods = {name for name in dir(Faults()) if not name.startswith("_")}
    assert {mishap.method for mishap in MISHAPS} == methods - {*NO_FAULT, *FOR_THE_SERVER}


def survive(machine: Machine, mixture: Sequence[Happening]) -> None:
    """A run with the faults, at most two without, then one with them again over a good guide
    whose answers are all old."""
    disturb(machine, mixture)
    machine.recover()
    machine.forget_what_was_in_vain()
    assert machine.run() is None
    assert machine.guide == machine.calm()
    grow_old(machine)
    disturb(machine, mixture)
    assert machine.shown() == machine.truth()  # what is there does not get worse meanwhile


def disturb(machine: Machine, mixture: Sequence[Happening]) -> None:
    """A run with these faults; the first one must happen if there are enough requests."""
    faults = machine.server.faults
    machine.server.reset_counts()
    for mishap, place, moment in mixture:
        mishap.happen(machine.server, place, moment)
    machine.run(HASTY if any(mishap.hangs for mishap, _, _ in mixture) else 0.0)
    mishap, place, moment = mixture[0]
    requests = getattr(machine.server.counts, place or "requests")
    assert faults.applied or requests < mishap.needs(moment)
    faults.clear()


def grow_old(machine: Machine) -> None:
    """Age all answers so that they are requested again, and forget the lineups."""
    with Store(machine.folder) as store, store._db as db:
        db.execute("UPDATE windows SET fetched=1")
        db.execute("UPDATE airings SET fetched=1")
        db.execute("UPDATE details SET fetched=fetched-?", (refresh.MOVIE_MAX_AGE + 1,))
        db.execute("DELETE FROM facts WHERE name LIKE 'providers %'")


@pytest.mark.slow
@pytest.mark.parametrize("mishap", MISHAPS, ids=[mishap.name for mishap in MISHAPS])
def test_a_fault_costs_two_runs_and_makes_no_good_guide_worse(server, clock, mishap, tmp_path):
    mixture: List[Happening] = [(mishap, None, ALWAYS)]
    if mishap.method in TIMED:
        mixture = [(mishap, "grid", ONCE), (mishap, "details", ALWAYS)]
    survive(Machine(server, tmp_path, clock, days=2), mixture)


@pytest.mark.slow
@pytest.mark.parametrize("hand", range(HANDS))
def test_mixed_faults_cost_two_runs_at_most(
    server, clock, hand, torture, tmp_path, record_property
):
    seeds = range(hand, MIXTURES if torture else HANDS, HANDS)
    for seed in seeds:
        rng = random.Random(seed)
        mixture = [
            (mishap, rng.choice((None, *ENDPOINTS)), rng.choice(MOMENTS))
            for mishap in rng.sample(MISHAPS, rng.randint(1, 5))
        ]
        survive(Machine(server, tmp_path / str(seed), clock, days=2), mixture)
    record_property("cases", len(seeds))
