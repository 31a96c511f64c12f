"""Two processes at once: one works, the other says so or serves the guide that is there."""

import os

import pytest

from . import child
from .machine import FORKS, HANGS, Machine, Process, read

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forks"),
]
ONCE = "no request is sent twice; {}"


def asked_once(machine: Machine) -> bool:
    asked = [(entry.endpoint, sorted(entry.params.items())) for entry in machine.server.log]
    return all(asked.count(one) == 1 for one in asked)


def test_the_second_run_ends_at_once_and_says_why(machine, tried):
    process = Process(machine)
    machine.server.faults.hold("grid")
    first = process.start()
    assert machine.server.faults.wait_held(1, HANGS)
    second = Process(machine, name="second").run()
    assert second.code == 8
    assert "Another run is in progress in " in second.err
    assert second.err.count("\n") == 1
    machine.server.faults.release_all()
    assert process.ended(first).code == 0
    assert machine.shown() == machine.truth()
    assert asked_once(machine)
    tried("Two at once", "a second run of the command line", ONCE.format("exit code 8, a sentence"))


def test_a_second_run_that_prints_sends_the_guide_that_is_there(machine, tried):
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
    assert asked_once(machine)
    tried(
        "Two at once", "a second run that prints", ONCE.format("it prints the guide that is there")
    )


@pytest.mark.parametrize("filled", [False, True])
def test_four_that_start_together_ask_for_each_thing_once(machine, filled, tried):
    if filled:
        assert machine.run(details=False) is None
        machine.server.reset_counts()
    processes = [Process(machine, name=str(number)) for number in range(4)]
    running = [process.start() for process in processes]
    codes = [process.ended(one).code for process, one in zip(processes, running)]
    assert set(codes) <= {0, 8}
    assert 0 in codes
    assert machine.shown() == machine.truth()
    assert asked_once(machine)
    tried("Two at once", "four runs that start together", ONCE.format("the guide is whole"))


def test_two_data_directories_leave_one_guide_whole(tmp_path, torture, tried):
    """No lock keeps them apart."""
    path, times = str(tmp_path / "guide.xml"), 500 if torture else 50
    running = [
        FORKS.Process(target=child.publish_often, args=(str(tmp_path / name), path, name, times))
        for name in "ab"
    ]
    for one in running:
        one.start()
    seen = set()
    while any(one.is_alive() for one in running):
        seen.add(read(path))
    assert [one.exitcode for one in running] == [0, 0]
    guides = {f"<tv>\n{name * 9999 * 50}</tv>\n".encode() for name in "ab"}
    assert {read(path)} < guides
    assert seen <= {*guides, None}
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "guide.xml"]
    tried(
        "Two at once", "two data directories, one guide", "it is whole, of one or the other", times
    )
