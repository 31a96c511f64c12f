"""Foreign and damaged files are set aside, damaged rows ignored; neither is a crash."""

import contextlib
import os
import random
import shutil
import sqlite3
import time

import pytest

from gracenote2epg.errors import OutputError, StoreCorrupted
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import FILE, VERSION, RunLock, delete_store
from support.builders import DAY, HOUR, NOW, airing, block, details, lineup

HERE = lineup()
NO_DATABASE = b"no database at all " * 500


def save(folder):
    with Store(folder) as store:
        store.save_guide(HERE, NOW, 6, block({"1": [airing()]}), 1.0)


def dated_name(moment):
    return f"{FILE}.{time.strftime('%Y%m%d-%H%M%S', time.localtime(moment))}"


@pytest.fixture(name="set_aside")
def _set_aside(folder, file, clock):
    """Check that the store is set aside for this reason and replaced; return the old one's path."""

    def set_aside(reason):
        with Store(folder, clock) as store:
            assert reason in store.notice
            assert store.path in store.notice
            assert store.windows(HERE) == []
            store.set_fact("fact", 1, 1.0)
        assert file.names_set_aside == [dated_name(clock.now())]
        with Store(folder) as store:
            assert (store.notice, store.fact("fact")) == ("", (1, 1.0))
        return os.path.join(folder, dated_name(clock.now()))

    return set_aside


def test_a_file_that_is_no_database_is_set_aside_and_deleted_with_the_store(
    folder, file, set_aside
):
    file.write(NO_DATABASE)
    with open(set_aside("damaged"), "rb") as old:
        assert old.read() == NO_DATABASE
    delete_store(folder)
    assert os.listdir(folder) == []


def test_another_programs_database_is_set_aside_unchanged(file, set_aside):
    file.write(b"")
    with file.database() as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
        db.execute("INSERT INTO recipes VALUES ('soup')")
    before = file.content
    with open(set_aside("another program"), "rb") as old:
        assert old.read() == before


def change_version(file, version):
    with file.database() as db:
        db.execute(f"PRAGMA user_version={version}")


def test_an_older_store_keeps_its_facts_and_runs(folder, file, clock):
    save(folder)
    with Store(folder, clock) as store:
        store.set_fact("fact", "old", 1.0)
        store.add_run(1.0, {"seconds": 2})
    for statement in ("DROP TABLE windows", "ALTER TABLE windows ADD COLUMN x TEXT"):
        with file.database() as db:
            db.execute(statement)
        change_version(file, 0)
        with Store(folder, clock) as store:
            assert (store.notice, store.windows(HERE)) == ("", [])
            assert (store.fact("fact"), store.runs()) == (("old", 1.0), [(1.0, {"seconds": 2})])
            store.save_guide(HERE, NOW, 6, block({"1": [airing()]}), 1.0)
    assert file.names_set_aside == []


def test_a_newer_store_stays_beside_whatever_comes_after(folder, file, clock):
    """A downgrade keeps both; damage and further upgrades do not push it out."""
    newer = f"{FILE}.v{VERSION + 1}"
    save(folder)
    change_version(file, VERSION + 1)
    with Store(folder, clock) as store:
        assert "a newer version" in store.notice
        assert newer in store.notice
        store.set_fact("fact", 1, 1.0)
    for day in range(4):
        clock.advance(DAY)
        file.write(NO_DATABASE)
        Store(folder, clock).close()
        change_version(file, 0)
        Store(folder, clock).close()
        assert len(file.names_set_aside) == min(day + 1, 2) + 1
    with contextlib.closing(sqlite3.connect(os.path.join(folder, newer))) as db:
        assert db.execute("SELECT count(*) FROM windows").fetchone() == (1,)
    delete_store(folder)
    assert os.listdir(folder) == []


def test_the_two_newest_stores_that_were_set_aside_are_kept(folder, file, clock):
    """And the present one, even after the clock has been ahead."""
    now = clock.now()
    foreign = [f"{FILE}.mine", f"{FILE}.2020"]
    old = [f"{FILE}.20200101-000000{suffix}" for suffix in ("", "-wal", "-journal")]
    for name in (*old, *foreign):
        file.write(b"mine")
        os.rename(file.path, os.path.join(folder, name))
    for moment in (now, now + 30 * DAY, now + 7260, now + 7320):
        clock.set(moment)
        file.write(NO_DATABASE)
        Store(folder, clock).close()
    kept = {dated_name(now + 7320), dated_name(now + 30 * DAY)}
    assert set(os.listdir(folder)) == {FILE, *kept, *foreign}


def test_a_file_that_is_empty_or_just_being_created_is_a_new_store(folder, file):
    file.write(b"")
    with Store(folder) as store:
        assert store.notice == ""
        store.set_fact("fact", 1, 1.0)
    os.remove(file.path)
    with file.database() as db:
        db.execute("PRAGMA journal_mode=WAL")
        with Store(folder) as store:
            assert store.notice == ""


@pytest.mark.parametrize("seeds", [range(9), pytest.param(range(9, 90), marks=pytest.mark.slow)])
def test_a_file_damaged_anywhere_is_used_or_set_aside(tmp_path, folder, file, clock, seeds):
    healthy, count = str(tmp_path / "healthy"), 0
    with Store(healthy) as store:
        for start in range(NOW, NOW + 30 * HOUR, HOUR):
            airings = {str(name): [airing(start)] for name in range(20)}
            store.save_guide(HERE, start, 1, block(airings), 1.0)
    for seed in seeds:
        chance = random.Random(seed)
        shutil.copytree(healthy, folder)
        size = os.path.getsize(file.path)
        if seed % 3 == 0:
            os.truncate(file.path, chance.randrange(1, size))
        else:
            length = chance.choice([1, 99, 4096])
            noise = bytes(chance.randrange(256) for _ in range(length))
            file.overwrite(chance.randrange(size), noise)
        with contextlib.suppress(StoreCorrupted), Store(folder, clock) as store:
            store.set_fact("fact", seed, 1.0)
        with Store(folder, clock) as store:
            store.set_fact("fact", seed, 1.0)
            assert store.fact("fact") == (seed, 1.0)
        count += bool(file.names_set_aside)
        shutil.rmtree(folder)
    assert count > len(seeds) // 4


@pytest.mark.parametrize("method", ["fact", "set_fact"])
def test_damage_found_by_a_query_sets_the_store_aside_when_it_is_closed(
    folder, file, clock, method
):
    with Store(folder) as store:
        store.set_fact("fact", "x" * 100_000, 1.0)
    with file.database() as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name='facts'").fetchone()
    file.overwrite(4096 * (page - 1), b"\xa5" * 4096)
    with pytest.raises(StoreCorrupted), Store(folder, clock) as store:
        getattr(store, method)("fact", *([1, 1.0] if method == "set_fact" else []))
    assert os.listdir(folder) == [dated_name(clock.now())]


@pytest.mark.parametrize(
    ("healthy", "damaged"),
    [
        (b"CREATE TABLE windows", b"CREATE TABLE w\xffndows"),
        (b"CREATE TABLE windows", b"CREATE TABEL windows"),
        (b"lineup TEXT", b"lin\xff\xff\xff TEXT"),
        (b"SQLite format 3\x00", b"SQLite format 4\x00"),
        (b"tablewindowswindows", b"tablew\xe8\x80\xffwswindows"),
        (100, b"\xff" * 3000),
        (44, b"\x00\x00\x00\x63"),  # an unknown format
    ],
)
def test_a_store_with_a_damaged_head_is_set_aside(folder, file, set_aside, healthy, damaged):
    save(folder)
    offset = file.content.index(healthy) if type(healthy) is bytes else healthy
    file.overwrite(offset, damaged)
    set_aside("it is damaged")


@pytest.mark.parametrize("body", [b"", b"no zlib", b"\x78\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_damaged_row_is_ignored(folder, file, body):
    with Store(folder) as store:
        store.save_guide(HERE, NOW, 6, block({"1": [airing()]}), 1.0)
        store.save_guide(HERE, NOW, 3, block({"1": [airing()]}), 2.0)
        store.save_details(details(), 1.0)
    with file.database() as db:
        db.execute("UPDATE airings SET body=? WHERE hours=6", (body,))
        db.execute("UPDATE windows SET stations=? WHERE hours=6", (body,))
        db.execute("UPDATE details SET body=?", (body,))
    with Store(folder) as store:
        rows = store.airings(["1"], [HERE], NOW, NOW + DAY)
        assert [row for _, airings in rows for row in airings] == [airing()]
        assert [len(answer) for answer in store.station_answers(HERE)] == [0, 1]
        assert store.details("SH09000100") is None


CHANGES = {
    "no text": lambda old: old[:20] + b"\xff" + old[21:],
    "another key": lambda old: old.replace(b"made", b"mace"),
    "another figure": lambda old: old.replace(b"7", b"3"),
    "another type": lambda old: old.replace(b"{", b"[").replace(b"}", b"]").replace(b":", b","),
    "cut": lambda old: old[:-5],
    "nothing": lambda old: b"",
}


DAMAGE = [
    "UPDATE facts SET value=CAST(change(CAST(value AS BLOB)) AS TEXT)",
    "UPDATE runs SET value=CAST(change(CAST(value AS BLOB)) AS TEXT)",
    "UPDATE windows SET lineup=CAST(change(CAST(lineup AS BLOB)) AS TEXT)",
]


def damage(file, change):
    with file.database() as db:
        db.create_function("change", 1, CHANGES[change])
        for statement in DAMAGE:
            db.execute(statement)


@pytest.mark.parametrize("change", CHANGES)
def test_a_damaged_fact_is_none(folder, file, change):
    with Store(folder) as store:
        store.set_fact("published x", {"made": 7, "of": "Z\u00fcrich"}, 5.0)
        store.add_run(5.0, {"made": 7, "of": "Z\u00fcrich"})
    damage(file, change)
    for opened in (Store(folder), Store.open_read_only(folder)):
        with opened as store:
            assert store.notice == ""
            assert store.fact("published x") == (None, 5.0)
            assert store.facts("published ") == {"x": None}
            assert store.runs() == []


def test_a_damaged_lineup_key_is_another_lineup(folder, file):
    save(folder)
    damage(file, "no text")
    with Store(folder) as store:
        assert store.windows(HERE) == []
        assert len(store.postal_codes()) == 1
        store.save_guide(HERE, NOW, 6, block({"1": [airing()]}), 2.0)
        assert [window.fetched for window in store.windows(HERE)] == [2.0]


def test_an_impossible_folder_is_an_error_that_names_it(tmp_path):
    (tmp_path / "file").write_text("x")
    for make in (Store, RunLock):
        with pytest.raises(OutputError, match=str(tmp_path / "file")) as caught:
            make(str(tmp_path / "file" / "data"))
        assert caught.value.exit_code == 7


def test_a_store_that_another_program_locks_is_an_error_and_not_set_aside(
    folder, file, monkeypatch
):
    save(folder)
    with file.database() as db:
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute("BEGIN EXCLUSIVE")
        real = sqlite3.connect
        monkeypatch.setattr(
            sqlite3, "connect", lambda *args, **named: real(*args, **{**named, "timeout": 0.05})
        )
        with pytest.raises(OutputError, match="locked"):
            Store(folder)
    assert file.names_set_aside == []
