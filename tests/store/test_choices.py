"""What the user said outlives the store, an upgrade, a downgrade and damage."""

import functools
import json
import os
import stat
import threading

import pytest

from gracenote2epg.errors import OutputError
from gracenote2epg.store.answers import Store
from gracenote2epg.store.choices import AFFILIATE, ASSIGNED_STATIONS, FILE, FORMER_IDS, Choices
from gracenote2epg.store.database import delete_store
from gracenote2epg.util import files
from support.machine import as_nobody, held_by_another_process, root_only

SAID = {ASSIGNED_STATIONS: {"KZAG É": "20007"}, FORMER_IDS: {"1": "2"}, AFFILIATE: "orbebb"}


@pytest.fixture(name="path")
def _path(folder):
    return os.path.join(folder, FILE)


def said(folder, clock):
    with Store(folder, clock) as store:
        return {key: store.choices.get(key, type(value)()) for key, value in SAID.items()}


def put_all(folder, clock):
    with Store(folder, clock) as store:
        for key, value in SAID.items():
            store.choices.put(key, value)


def test_facts_of_an_older_version_are_taken_over_once(folder, clock):
    with Store(folder, clock) as store:
        for key, value in SAID.items():
            store.set_fact(key, value, 1.0)
    assert said(folder, clock) == SAID
    with Store(folder, clock) as store:
        store.choices.put(ASSIGNED_STATIONS, {})  # the user takes it back
    assert said(folder, clock) == {**SAID, ASSIGNED_STATIONS: {}}


def test_a_damaged_a_newer_and_a_cleared_store_leave_them(folder, file, clock):
    put_all(folder, clock)
    file.write(b"no database at all " * 500)
    assert said(folder, clock) == SAID
    with file.database() as db:
        db.execute("PRAGMA user_version=99")
    assert said(folder, clock) == SAID
    delete_store(folder)
    assert said(folder, clock) == SAID


def test_keys_of_another_version_are_kept(folder, path, clock):
    put_all(folder, clock)
    with open(path, encoding="utf-8") as file:
        values = json.load(file)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**values, "of tomorrow": [1], AFFILIATE: 7}, file)
    Choices(folder, clock).put("x", 1)
    assert Choices(folder, clock).get("of tomorrow", []) == [1]
    assert Choices(folder, clock).get(AFFILIATE, "default") == "default"  # of another type


def test_a_change_waits_for_another_process_and_loses_nothing_of_it(folder, path, clock):
    Choices(folder, clock).put("a", {"x": 1, "y": 1})
    merge = functools.partial(Choices(folder, clock).merge, "a", {"x": 2, "gone": None})
    with held_by_another_process(folder):
        work = threading.Thread(target=merge)
        work.start()
        work.join(0.05)
        assert work.is_alive()
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"a": {"x": 1, "y": 3, "gone": 4}, "b": 5}, file)
    work.join(5)
    choices = Choices(folder, clock)
    assert (choices.get("a", {}), choices.get("b", 0)) == ({"x": 2, "y": 3}, 5)


def test_a_lock_that_another_program_keeps_stops_no_change(folder, clock, monkeypatch, caplog):
    """As of ``flock FOLDER gracenote2epg``."""
    monkeypatch.setattr(files, "LOCK_TRIES", 1)
    choices = Choices(folder, clock)
    choices.put("a", 1)
    with held_by_another_process(folder):
        choices.put("a", 2)
    assert (choices.get("a", 0), f"keeps {folder} locked" in caplog.text) == (2, True)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"[1]", b'{"a": 1', b"x" * (2 << 20)])
def test_a_damaged_file_is_set_aside_and_its_copy_used(folder, path, clock, content):
    put_all(folder, clock)
    if content is None:
        os.remove(path)
    else:
        with open(path, "wb") as file:
            file.write(content)
    with Store.open_read_only(folder, clock) as store:
        assert store.choices.get(AFFILIATE, "") == "orbebb"
    with Store(folder, clock) as store:
        assert path in store.notice
        assert "its copy of the last change is used" in store.notice
    assert said(folder, clock) == SAID
    with Store(folder, clock) as store:
        assert store.notice == ""
    if content is not None:
        with open(f"{path}.damaged", "rb") as file:
            assert file.read() == content


def test_without_a_copy_the_user_is_told_what_is_lost(folder, path, clock):
    put_all(folder, clock)
    for damaged in (path, f"{path}.bak"):
        with open(damaged, "wb") as file:
            file.write(b"{")
    with Store(folder, clock) as store:
        assert "--assign" in store.notice
        store.choices.put(AFFILIATE, "new")
    assert said(folder, clock) == {ASSIGNED_STATIONS: {}, FORMER_IDS: {}, AFFILIATE: "new"}


def test_the_file_is_private(folder, path, clock):
    put_all(folder, clock)
    modes = {stat.S_IMODE(os.stat(each).st_mode) for each in (path, f"{path}.bak")}
    assert modes == {0o600}


def test_a_reader_writes_nothing_and_memory_has_no_file(folder, path, clock):
    put_all(folder, clock)
    with Store.open_read_only(folder, clock) as store, pytest.raises(OutputError, match="reading"):
        store.choices.put("x", 1)
    with Store.in_memory(clock) as store:
        store.choices.put("x", (1, 2))
        assert ("x" in store.choices, store.choices.get("x", [])) == (True, [1, 2])


@root_only
def test_another_user_reads_the_store_without_them(folder, clock, tmp_path):
    put_all(folder, clock)
    os.chmod(tmp_path, 0o755)
    values = as_nobody(lambda: Choices(folder, clock, read_only=True).get(FORMER_IDS, {}))
    assert values == {}
