"""The store is lost and the source gives little: the better old guide stays."""

import contextlib
import os
import sqlite3
from typing import Any, Dict

import pytest

from fake_gracenote import FakeGracenote
from gracenote2epg.store.database import FILE
from support.clock import VirtualClock

from .conftest import slow
from .machine import Machine


@pytest.fixture(name="machine")
def _machine(server: FakeGracenote, clock: VirtualClock, tmp_path: Any) -> Machine:
    return Machine(server, tmp_path, clock, fixed=False, days=3, details=False)


def damaged(path: str) -> None:
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(b"Z" * (os.path.getsize(path) - 4096))


def of_an_older_version(path: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version=0")


def of_a_newer_version(path: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version=99")


def refuses(server: FakeGracenote) -> Dict[str, Any]:
    """After three windows."""
    left = iter(range(3))
    server.faults.refuse(403, on="grid", when=lambda _: next(left, None) is None)
    return {"time_budget": 60}


def fails(server: FakeGracenote) -> Dict[str, Any]:
    """For every third window, for good."""

    def is_bad(params: Any) -> bool:
        return int(params["time"]) // (6 * 3600) % 3 == 0

    server.faults.refuse(500, on="grid", when=is_bad)
    return {}


def has_no_budget(server: FakeGracenote) -> Dict[str, Any]:
    return {"request_budget": 5}


@pytest.mark.parametrize(
    "loss", [os.remove, *slow(damaged, of_an_older_version, of_a_newer_version)]
)
@pytest.mark.parametrize("trouble", [refuses, *slow(fails, has_no_budget)])
def test_a_good_guide_outlives_its_store(machine, loss, trouble):
    assert machine.run() is None
    before = machine.guide
    loss(os.path.join(machine.folder, FILE))
    failure = machine.run(**trouble(machine.server))
    assert failure
    assert " kept" in str(failure)
    assert machine.guide == before
    machine.server.faults.clear()
    machine.recover()


def test_other_channels_replace_a_guide_whose_store_is_lost(machine):
    assert machine.run() is None
    before = machine.shown()
    os.remove(os.path.join(machine.folder, FILE))
    station = sorted(before)[0].station
    assert machine.run(channels=station) is None
    assert machine.shown() == {shown for shown in before if shown.station == station}


@pytest.mark.parametrize("byte", [b"\xff", b"0"], ids=["no text", "another text"])
def test_damaged_facts_and_runs_stop_no_run(machine, byte):
    assert machine.run(days=1) is None
    before = machine.guide
    with contextlib.closing(sqlite3.connect(os.path.join(machine.folder, FILE))) as db, db:
        db.create_function("rot", 1, lambda old: old[:-9] + byte + old[-8:])
        db.execute("UPDATE facts SET value=CAST(rot(CAST(value AS BLOB)) AS TEXT)")
        db.execute("UPDATE runs SET value=CAST(rot(CAST(value AS BLOB)) AS TEXT)")
    for _ in range(2):
        assert machine.run(days=1) is None
        assert machine.guide == before
