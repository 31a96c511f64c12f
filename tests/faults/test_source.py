"""Whatever the source or the way to it does: no run crashes, hangs or keeps what it should not,
and two runs later the guide is as if nothing had happened."""

import inspect
import itertools
import random
from typing import Any, Callable, Iterator, List, Optional, Tuple

import pytest

from gracenote2epg.demo import DemoServer, answers
from gracenote2epg.demo.faults import Faults

from .conftest import Tried
from .machine import Machine, small_world
from .mishaps import ALWAYS, ENDPOINTS, MISHAPS, MOMENTS, PLACED, TIMED, Mishap

pytestmark = pytest.mark.usefixtures("morning")
NO_FAULT = ("add", "clear", "release", "release_all", "held", "wait_held", "clock")
FOR_THE_SERVER = ("judge", "connected", "delay", "detain", "close")
WHOLE = "the run ends well or with one sentence; two runs later nothing of it is left"
HANDS, MIXTURES = 10, 200


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


def survive(machine: Machine, undisturbed: bytes, timeout: float) -> None:
    """A run with what was set up, two without at most, then one with it again over a good guide."""
    faults = machine.server.faults
    machine.run(timeout)
    rules = faults._rules[:], faults._walls[:], faults._holding[:]
    faults.clear()
    machine.recover()
    machine.forget_what_was_in_vain()
    assert machine.run() is None
    assert machine.guide == undisturbed
    faults._rules, faults._walls, faults._holding = rules
    machine.run(timeout)
    assert machine.shown() == machine.truth()  # what is there does not get worse meanwhile
    faults.clear()


def moments(mishap: Mishap, torture: bool) -> List[Tuple[Optional[str], str]]:
    """Where and when it happens: at every endpoint and moment, though not each at each; or once."""
    places = ENDPOINTS if mishap.method in (*PLACED, "answer") else (None,)
    times = MOMENTS if mishap.method in TIMED else (ALWAYS,)
    number = max(len(places), len(times))
    every = list(itertools.islice(zip(itertools.cycle(places), itertools.cycle(times)), number))
    return every if torture else [random.Random(mishap.name).choice(every)]


@pytest.mark.parametrize("mishap", MISHAPS, ids=[mishap.name for mishap in MISHAPS])
def test_one_fault_costs_two_runs_at_most(
    server: DemoServer,
    undisturbed: Callable[[], bytes],
    mishap: Mishap,
    torture: bool,
    tried: Tried,
    tmp_path: Any,
) -> None:
    whole = undisturbed()
    for number, (place, moment) in enumerate(moments(mishap, torture)):
        machine = Machine(server, tmp_path / str(number))
        mishap.happen(server, place, moment)
        survive(machine, whole, mishap.timeout)
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
        mixture = rng.sample(MISHAPS, rng.randint(2, 5))
        for mishap in mixture:
            mishap.happen(server, rng.choice((None, *ENDPOINTS)), rng.choice(MOMENTS))
        machine = Machine(server, tmp_path / str(seed))
        survive(machine, whole, min(mishap.timeout for mishap in mixture))
        tried("The source, faults in mixtures", f"{len(mixture)} of these faults at once", WHOLE)
