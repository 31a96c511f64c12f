"""Whatever the source or the way to it does: no run crashes, hangs or keeps what it should not,
and two runs later the guide is as if nothing had happened."""

import inspect
import random
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple

import pytest

from gracenote2epg import plan
from gracenote2epg.demo import DemoServer, answers
from gracenote2epg.demo.faults import Faults
from gracenote2epg.store import Store

from .conftest import Tried
from .machine import Machine, small_world
from .mishaps import (
    ALWAYS,
    ENDPOINTS,
    LATER,
    MISHAPS,
    MOMENTS,
    NOW_AND_THEN,
    ONCE,
    PLACED,
    TIMED,
    Mishap,
)

pytestmark = pytest.mark.usefixtures("morning")
NO_FAULT = ("add", "clear", "release", "release_all", "held", "wait_held", "clock", "met")
FOR_THE_SERVER = ("judge", "connected", "knows", "delay", "detain", "close")
WHOLE = "the run ends well or with one sentence; two runs later nothing of it is left"
HANDS, MIXTURES = 10, 200
Happening = Tuple[Mishap, Optional[str], str]  # what, at which endpoint (None = any), and when
UNSURE = ("scatter", "latency", "affiliates")  # left to chance; not counted; learned from
EVERYWHERE = (
    ("grid", ONCE),
    ("grid", NOW_AND_THEN),
    ("details", ALWAYS),
    ("details", LATER),
    ("providers", ALWAYS),
)


@pytest.fixture(name="source", scope="module")
def _source() -> Iterator[DemoServer]:
    with DemoServer(small_world()) as server:
        yield server


@pytest.fixture(name="server")
def _server(source: DemoServer) -> Iterator[DemoServer]:
    yield source
    source.faults.clear()


@pytest.fixture(name="undisturbed", scope="module")
def _undisturbed(source: DemoServer, tmp_path_factory: Any) -> Callable[[], bytes]:
    """The guide of a machine to which nothing happens, made when it is first asked for."""
    machine = Machine(source, tmp_path_factory.mktemp("undisturbed"))

    def guide() -> bytes:
        assert machine.guide or machine.run() is None
        return machine.guide or b""

    return guide


def test_every_fault_of_the_stand_in_is_tried() -> None:
    there = {name for name in dir(Faults()) if not name.startswith("_")}
    assert {mishap.method for mishap in MISHAPS} == there - {*NO_FAULT, *FOR_THE_SERVER}


def test_every_answer_of_the_stand_in_that_is_none_is_tried() -> None:
    made = {
        name
        for name, function in vars(answers).items()
        if inspect.isfunction(function) and function.__annotations__.get("return") is answers.Answer
    }
    in_use = {"json_answer", "giant_details", "refusal"}  # the last is refuse()'s
    source = inspect.getsource(inspect.getmodule(Mishap))
    unused = {name for name in made - in_use if f"answers.{name}(" not in source}
    assert {name for name in unused if not name.startswith("_")} == set()


def survive(machine: Machine, undisturbed: bytes, mixture: Sequence[Happening]) -> None:
    """A run to which it happens, two without at most, then one to which it happens again, over a
    good guide whose answers are all old."""
    met = [disturbed(machine, mixture)]
    machine.recover()
    machine.forget_what_was_in_vain()
    assert machine.run() is None
    assert machine.guide == undisturbed
    grow_old(machine)
    met.append(disturbed(machine, mixture))
    assert machine.shown() == machine.truth()  # what is there does not get worse meanwhile
    assert all(met) or mixture[0][0].method in UNSURE


def disturbed(machine: Machine, mixture: Sequence[Happening]) -> int:
    """A run to which all of that happens; return to how many requests something did."""
    faults = machine.server.faults
    for mishap, place, moment in mixture:
        mishap.happen(machine.server, place, moment)
    machine.run(min(mishap.timeout for mishap, _, _ in mixture))
    met = faults.met
    faults.clear()
    return met


def grow_old(machine: Machine) -> None:
    """As if all answers had come so long ago that they are asked for again."""
    with Store(machine.folder) as store, store._db as db:
        db.execute("UPDATE windows SET fetched=1")
        db.execute("UPDATE airings SET fetched=1")
        db.execute("UPDATE details SET fetched=fetched-?", (plan.MOVIES_LAST + 1,))
        db.execute("UPDATE facts SET at=1 WHERE name LIKE 'providers %'")


def moments(mishap: Mishap) -> List[Happening]:
    """It at every endpoint and moment, though not each at each, where a run asks often enough to
    meet it."""
    every: Sequence[Tuple[Optional[str], str]] = [(None, ALWAYS)]
    if mishap.method in TIMED:
        every = EVERYWHERE
    elif mishap.method == "hold":
        every = [(place, ALWAYS) for place in ENDPOINTS]
    elif mishap.method in PLACED:  # most of these count requests
        every = [(None, ALWAYS), ("details", ALWAYS)]
    return [(mishap, place, moment) for place, moment in every]


@pytest.mark.parametrize("mishap", MISHAPS, ids=[mishap.name for mishap in MISHAPS])
def test_one_fault_costs_two_runs_at_most(
    server: DemoServer,
    undisturbed: Callable[[], bytes],
    mishap: Mishap,
    torture: bool,
    tried: Tried,
    tmp_path: Any,
) -> None:
    whole, every = undisturbed(), moments(mishap)
    for one in every if torture else [random.Random(mishap.name).choice(every)]:
        machine = Machine(server, tmp_path / str(every.index(one)))
        survive(machine, whole, [one])
        tried("The source, one fault at a time", mishap.name, WHOLE)


@pytest.mark.parametrize("hand", range(HANDS))
def test_mixed_faults_cost_two_runs_at_most(
    server: DemoServer,
    undisturbed: Callable[[], bytes],
    hand: int,
    torture: bool,
    tried: Tried,
    tmp_path: Any,
) -> None:
    whole = undisturbed()
    for seed in range(hand, MIXTURES if torture else HANDS, HANDS):
        rng = random.Random(seed)
        first, *others = rng.sample(MISHAPS, rng.randint(2, 5))
        mixture = [rng.choice(moments(first))]
        for mishap in others:
            mixture.append((mishap, rng.choice((None, *ENDPOINTS)), rng.choice(MOMENTS)))
        survive(Machine(server, tmp_path / str(seed)), whole, mixture)
        tried("The source, faults in mixtures", f"{len(mixture)} of these faults at once", WHOLE)
