"""Killed at any moment: the guide is the old one or the new one, and nothing is asked twice."""

import os
import random
import shutil
import signal
import time
from typing import Any, Iterator, List, Optional, Set, Tuple

import pytest

from gracenote2epg.demo import DemoServer
from gracenote2epg.store import Store

from .conftest import Tried
from .machine import HANGS, Machine, Process, read, small_world

pytestmark = [
    pytest.mark.usefixtures("morning"),
    pytest.mark.skipif(os.name == "nt", reason="there is no kill -9"),
]
KILLS, SHARE = 200, 20
WORKERS = 3
WRITES = 0.2  # seconds after the last request in which the guide is written
OUTCOME = (
    "the guide is an old or a new one, byte for byte; the store opens;"
    f" at most {WORKERS} requests, those in flight, are asked again"
)


class Case:
    """A machine as it is before the run that is killed, and the guides that may be there after."""

    def __init__(self, server: DemoServer, folder: Any, filled: bool) -> None:
        self.server, self.folder = server, os.fspath(folder)
        self._template = os.path.join(self.folder, "template")
        os.makedirs(self._template)
        if filled:
            assert Machine(server, self._template, details=False).run() is None
        self.guides: List[Optional[bytes]] = [read(os.path.join(self._template, "xmltv.xml"))]
        whole = self.machine("whole")
        server.reset_counts()
        process = self.process(whole)
        running = process.start()
        while running.is_alive():  # on its way it may publish an early guide
            found = read(whole.path)
            if found not in self.guides:
                self.guides.append(found)
        assert (process.ended(running).code, process.ended(running).err) == (0, "")
        asked_at = [entry.at for entry in server.log]
        self.seconds = asked_at[-1] - asked_at[0]  # from the first request to the last
        found = read(whole.path)
        self.guides += [] if found in self.guides else [found]
        self.whole = found

    def machine(self, name: str) -> Machine:
        """A copy of it."""
        folder = os.path.join(self.folder, name)
        shutil.copytree(self._template, folder)
        return Machine(self.server, folder)

    @staticmethod
    def process(machine: Machine) -> Process:
        return Process(machine, GRACENOTE_DAYS="2", GRACENOTE_MAX_WORKERS=str(WORKERS))


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[DemoServer]:
    with DemoServer(small_world()) as server:
        server.faults.latency = 0.03
        yield server


@pytest.mark.parametrize("filled", [False, True], ids=["a first run", "a daily run"])
def test_a_run_that_is_killed_harms_nothing(
    server: DemoServer, filled: bool, torture: bool, tried: Tried, tmp_path: Any, request: Any
) -> None:
    case = Case(server, tmp_path, filled)
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
        with Store(machine.folder) as store:
            assert store.notice == ""
        answered = asked(server, answered=True)
        server.reset_counts()
        ended = process.run()
        assert (ended.code, ended.err) == (0, "")
        assert machine.guide == case.whole
        assert len(answered & asked(server)) <= WORKERS
        shutil.rmtree(machine.folder)
    tried("Kill -9", f"at a random moment of {request.node.callspec.id}", OUTCOME, kills)


def wait_for_a_request(server: DemoServer, process: Any) -> None:
    due = time.monotonic() + HANGS
    while not server.counts.requests and process.is_alive():
        assert time.monotonic() < due
        time.sleep(0.005)


def asked(
    server: DemoServer, answered: bool = False
) -> Set[Tuple[str, Tuple[Tuple[str, str], ...]]]:
    """The requests of the log, or those that had their answer."""
    return {
        (entry.endpoint, tuple(sorted(entry.params.items())))
        for entry in server.log
        if entry.status == 200 or not answered
    }
