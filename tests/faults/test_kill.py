"""Killed at any moment: the guide is the old or the new one, few requests are repeated."""

import os
import random
import shutil
import signal
import time
from typing import Any, Iterator, List, Optional, Set, Tuple

import pytest

from fake_gracenote import FakeGracenote
from gracenote2epg.clock import Clock
from gracenote2epg.store.answers import Store

from .machine import HANGS, Machine, Process, still_world

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="there is no kill -9"),
]
KILLS, SHARE = 200, 20
WORKERS = 3
WRITES = 0.1  # seconds after the last request in which the guide is written


class Case:
    """A machine as it is before the run that is killed, and the guides that may be there after."""

    def __init__(self, server: FakeGracenote, folder: Any, clock: Clock, filled: bool) -> None:
        self.server, self.folder, self.clock = server, os.fspath(folder), clock
        self._template = os.path.join(self.folder, "template")
        os.makedirs(self._template)
        before = Machine(server, self._template, clock, details=False)
        if filled:
            assert before.run() is None
        self.guides: List[Optional[bytes]] = [before.guide]
        whole = self.machine("whole")
        process = self.process(whole)
        server.faults.hold("details")
        running = process.start()
        assert server.faults.wait_held(1, HANGS)
        self._note(whole)  # the early guide, where it publishes one
        server.faults.release_all()
        assert (process.ended(running).code, process.ended(running).err) == (0, "")
        self.whole = self._note(whole)
        server.reset_counts()
        again = self.machine("again")
        assert self.process(again).run().code == 0
        assert again.guide == self.whole
        times = [entry.at for entry in server.log]
        self.seconds = times[-1] - times[0]  # from the first request to the last

    def _note(self, machine: Machine) -> Optional[bytes]:
        guide = machine.guide
        self.guides += [] if guide in self.guides else [guide]
        return guide

    def machine(self, name: str) -> Machine:
        """A copy of it."""
        folder = os.path.join(self.folder, name)
        shutil.copytree(self._template, folder)
        return Machine(self.server, folder, self.clock)

    @staticmethod
    def process(machine: Machine) -> Process:
        return Process(machine, GRACENOTE_DAYS="2", GRACENOTE_MAX_WORKERS=str(WORKERS))


@pytest.fixture(name="server")
def _server(clock: Clock) -> Iterator[FakeGracenote]:
    with FakeGracenote(still_world(clock.now())) as server:
        server.faults.latency = 0.03
        yield server


@pytest.mark.parametrize("filled", [False, True], ids=["a first run", "a daily run"])
def test_a_killed_run_harms_nothing(
    server, clock, filled, torture, record_property, tmp_path, request
):
    case = Case(server, tmp_path, clock, filled)
    rng = random.Random(filled)
    kills, number = 0, 0
    while kills < (KILLS if torture else SHARE) // 2:
        number += 1
        machine = case.machine(str(number))
        process = case.process(machine)
        server.reset_counts()
        victim = process.start()
        wait_for_a_request(server, victim)
        time.sleep(rng.uniform(0.0, case.seconds + WRITES))
        victim.kill()
        kills += process.ended(victim).code == -signal.SIGKILL
        assert machine.guide in case.guides
        with Store(machine.folder, clock) as store:
            assert store.notice == ""
        answered = requests_of(server, answered=True)
        server.reset_counts()
        result = process.run()
        assert (result.code, result.err) == (0, "")
        assert machine.guide == case.whole
        assert len(answered & requests_of(server)) <= WORKERS
        shutil.rmtree(machine.folder)
    record_property("cases", kills)


def wait_for_a_request(server: FakeGracenote, process: Any) -> None:
    due = time.monotonic() + HANGS
    while not server.counts.requests and process.is_alive():
        assert time.monotonic() < due
        time.sleep(0.005)


def requests_of(
    server: FakeGracenote, answered: bool = False
) -> Set[Tuple[str, Tuple[Tuple[str, str], ...]]]:
    """Return the logged requests, or those that were answered."""
    return {
        (entry.endpoint, tuple(sorted(entry.params.items())))
        for entry in server.log
        if entry.status == 200 or not answered
    }
