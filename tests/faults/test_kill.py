"""Killed at any moment: the guide is the old one or the new one, and nothing is asked twice."""

import os
import random
import shutil
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
        began = time.monotonic()
        with self.process(whole).start() as process:
            while process.poll() is None:  # on its way it may publish an early guide
                found = read(whole.path)
                if found not in self.guides:
                    self.guides.append(found)
            assert process.communicate()[1] == b""
            assert process.returncode == 0
        self.seconds = time.monotonic() - began
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
        with process.start() as victim:
            # Most of the time Python starts, in which nothing can go wrong.
            wait_for_a_request(server, victim)
            time.sleep(rng.uniform(0.0, 0.6 * case.seconds))
            victim.kill()
            victim.communicate(timeout=HANGS)
        kills += victim.returncode == -9
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
    while not server.counts.requests and process.poll() is None:
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
