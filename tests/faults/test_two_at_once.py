"""Two processes at once: one works, the other ends or prints the existing guide."""

import os

import pytest

from .machine import HANGS, Machine, Process

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forks"),
]


def requested_once(machine: Machine) -> bool:
    requests = [(entry.endpoint, sorted(entry.params.items())) for entry in machine.server.log]
    return all(requests.count(each) == 1 for each in requests)


def test_a_second_run_that_prints_sends_the_existing_guide(machine):
    assert machine.run() is None
    old = machine.guide
    machine.server.reset_counts()
    process = Process(machine, GRACENOTE_MIN_INTERVAL="0")
    machine.server.faults.hold("grid")
    first = process.start()
    assert machine.server.faults.wait_held(1, HANGS)
    second = Process(machine, name="second").run("--output", "-")
    assert second.out.encode() == old
    assert second.code == 8
    assert machine.guide == old
    machine.server.faults.release_all()
    assert process.ended(first).code == 0
    assert machine.shown() == machine.truth()
    assert requested_once(machine)


@pytest.mark.parametrize("filled", [False, True])
def test_four_runs_at_once_send_no_request_twice(machine, filled):
    if filled:
        assert machine.run(details=False) is None
        machine.server.reset_counts()
    processes = [Process(machine, name=str(number)) for number in range(4)]
    running = [process.start() for process in processes]
    codes = [process.ended(started).code for process, started in zip(processes, running)]
    assert set(codes) <= {0, 8}
    assert 0 in codes
    assert machine.shown() == machine.truth()
    assert requested_once(machine)
