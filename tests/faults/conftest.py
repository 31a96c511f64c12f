"""Fixtures of the fault suite. `make test` runs a part of it within minutes, `make torture` all.

`make torture` writes what the tests proved to dist/reliability.md. A test that causes several
faults records their number: ``record_property("cases", number)``.
"""

from typing import Any, Iterator, List

import pytest

from fake_gracenote import FakeGracenote
from support.clock import VirtualClock

from .machine import Machine, still_world

_HEAD = """# What the fault suite proved

Written by `make torture`: each row is a test that passed, its case, and how many faults it caused.

| proved | case | faults |
|---|---|---:|
"""
_ROWS: List[str] = []


def slow(*values: Any) -> List[Any]:
    """Mark parameters whose cases `make test` leaves out."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--torture", action="store_true", help="all of it: half an hour")
    parser.addoption("--reliability", help="the file to write the table of proofs to")


def pytest_runtest_logreport(report: Any) -> None:
    if report.when == "call" and report.passed:
        name, _, case = report.nodeid.rpartition("/")[2].partition("[")
        words = name.replace("test_", "").replace(".py::", ": ").replace("_", " ")
        faults = dict(report.user_properties).get("cases", 1)
        _ROWS.append(f"| {words} | {case.rstrip(']')} | {faults:,} |\n")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    path = session.config.getoption("reliability", None)
    if path and exitstatus == 0:  # a table beside failures would promise too much
        with open(path, "w", encoding="utf-8") as file:
            file.writelines([_HEAD, *sorted(_ROWS)])


@pytest.fixture
def torture(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("torture", False))


@pytest.fixture
def server(clock: VirtualClock) -> Iterator[FakeGracenote]:
    """The source, whose world does not change."""
    with FakeGracenote(still_world(clock.now()), clock=clock.monotonic) as server:
        yield server


@pytest.fixture
def machine(server: FakeGracenote, clock: VirtualClock, tmp_path: Any) -> Machine:
    return Machine(server, tmp_path / "machine", clock)
