"""Files that are not ours or not whole: set aside and told, or passed over, and never a crash."""

import contextlib
import os
import random
import shutil
import sqlite3
import time

import pytest

from gracenote2epg.errors import OutputError, StoreCorrupted
from gracenote2epg.store import database as store_database
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import FILE, RunLock
from support.builders import DAY, HOUR, NOW, airing, block, details, lineup

HERE = lineup()
NO_DATABASE = b"no database at all " * 500


def written(folder, content):
    """A file in the store's place."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, FILE), "wb") as file:
        file.write(content)


def overwritten(folder, offset, content):
    with open(os.path.join(folder, FILE), "r+b") as file:
        file.seek(offset)
        file.write(content)


def database(path):
    return contextlib.closing(sqlite3.connect(path))


def ours(folder, statement=""):
    """A store of ours with an answer in it, changed by this statement."""
    with Store(folder) as store:
        store.save_guide(HERE, NOW, 6, block({"1": [airing()]}), 1.0)
    with database(os.path.join(folder, FILE)) as db, db:
        db.execute(statement)


def names_aside(folder):
    """The files that were set aside."""
    names = [name for name in os.listdir(folder) if name.startswith(f"{FILE}.")]
    return [name for name in names if not name.endswith(("-wal", "-shm", "-journal"))]


def stamp(moment):
    return f"{FILE}.{time.strftime('%Y%m%d-%H%M%S', time.localtime(moment))}"


@pytest.fixture(name="set_aside")
def _set_aside(folder, clock):
    """The store cannot be used for this reason; a new one is begun. The path of the old one."""

    def set_aside(why):
        with Store(folder, clock) as store:
            assert why in store.notice
            assert store.path in store.notice
            assert store.windows(HERE) == []
            store.set_fact("fact", 1, 1.0)
        (name,) = names_aside(folder)
        assert name == stamp(clock.now())
        with Store(folder) as store:
            assert (store.notice, store.fact("fact")) == ("", (1, 1.0))
        return os.path.join(folder, name)

    return set_aside


def test_a_file_that_is_no_database_is_set_aside(folder, set_aside):
    written(folder, NO_DATABASE)
    with open(set_aside("damaged"), "rb") as file:
        assert file.read() == NO_DATABASE


def test_forgetting_the_store_forgets_those_set_aside_too(folder, clock):
    written(folder, NO_DATABASE)
    Store(folder, clock).close()
    assert names_aside(folder)
    store_database.delete_store(folder)
    assert not [name for name in os.listdir(folder) if name.startswith(FILE)]


def test_another_programs_database_is_set_aside_whole(folder, set_aside):
    os.makedirs(folder)
    with database(os.path.join(folder, FILE)) as db, db:
        db.execute("CREATE TABLE recipes (name TEXT)")
        db.execute("INSERT INTO recipes VALUES ('soup')")
    with database(set_aside("another program")) as db:
        assert db.execute("SELECT * FROM recipes").fetchall() == [("soup",)]


@pytest.mark.parametrize(("version", "why"), [(store_database.VERSION + 1, "newer"), (0, "older")])
def test_a_store_of_another_version_is_set_aside_with_its_content(folder, set_aside, version, why):
    ours(folder, f"PRAGMA user_version={version}")
    with database(set_aside(why)) as db:
        assert db.execute("SELECT count(*) FROM windows").fetchone() == (1,)


def test_of_the_stores_that_were_set_aside_the_newest_two_are_kept(folder, clock):
    """And the one of just now, also when the clock has been ahead."""
    now = clock.now()
    others = [f"{FILE}.mine", f"{FILE}.2020"]
    old = [f"{FILE}.20200101-000000{ending}" for ending in ("", "-wal", "-journal")]
    for name in (*old, *others):
        written(folder, b"mine")
        os.rename(os.path.join(folder, FILE), os.path.join(folder, name))
    for moment in (now, now + 30 * DAY, now + 7260, now + 7320):
        clock.set(moment)
        written(folder, NO_DATABASE)
        Store(folder, clock).close()
    kept = {stamp(now + 7320), stamp(now + 30 * DAY)}
    assert set(os.listdir(folder)) == {FILE, *kept, *others}


def test_an_empty_file_or_one_that_another_run_is_just_beginning_is_a_new_store(folder):
    written(folder, b"")
    with Store(folder) as store:
        assert store.notice == ""
        store.set_fact("fact", 1, 1.0)
    os.remove(os.path.join(folder, FILE))
    with database(os.path.join(folder, FILE)) as begun:
        begun.execute("PRAGMA journal_mode=WAL")
        with Store(folder) as store:
            assert store.notice == ""


@pytest.mark.parametrize("seeds", [range(9), pytest.param(range(9, 90), marks=pytest.mark.slow)])
def test_a_file_damaged_anywhere_is_used_or_set_aside_and_never_a_crash(tmp_path, clock, seeds):
    healthy, folder, aside = str(tmp_path / "healthy"), str(tmp_path / "data"), 0
    with Store(healthy) as store:
        for start in range(NOW, NOW + 30 * HOUR, HOUR):
            shown = {str(name): [airing(start)] for name in range(20)}
            store.save_guide(HERE, start, 1, block(shown), 1.0)
    size = os.path.getsize(os.path.join(healthy, FILE))
    for seed in seeds:
        chance = random.Random(seed)
        shutil.copytree(healthy, folder)
        if seed % 3 == 0:
            os.truncate(os.path.join(folder, FILE), chance.randrange(1, size))
        else:
            length = chance.choice([1, 99, 4096])
            noise = bytes(chance.randrange(256) for _ in range(length))
            overwritten(folder, chance.randrange(size), noise)
        with contextlib.suppress(StoreCorrupted), Store(folder, clock) as store:  # or the next time
            store.set_fact("fact", seed, 1.0)
        with Store(folder, clock) as store:
            store.set_fact("fact", seed, 1.0)
            assert store.fact("fact") == (seed, 1.0)
        aside += bool(names_aside(folder))
        shutil.rmtree(folder)
    assert aside > len(seeds) // 4


def test_a_store_that_turns_out_damaged_at_work_is_set_aside_when_it_is_closed(folder, clock):
    with Store(folder) as store:
        store.set_fact("fact", "x" * 100_000, 1.0)
    with database(os.path.join(folder, FILE)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name='facts'").fetchone()
    overwritten(folder, 4096 * (page - 1), b"\xa5" * 4096)
    for use in (lambda store: store.fact("fact"), lambda store: store.set_fact("fact", 1, 1.0)):
        shutil.copytree(folder, f"{folder}.copy")
        with pytest.raises(StoreCorrupted), Store(f"{folder}.copy", clock) as store:
            use(store)
        assert sorted(os.listdir(f"{folder}.copy")) == [stamp(clock.now())]
        shutil.rmtree(f"{folder}.copy")


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
def test_a_store_with_a_damaged_head_is_set_aside(folder, set_aside, healthy, damaged):
    ours(folder)
    with open(os.path.join(folder, FILE), "rb") as file:
        content = file.read()
    overwritten(folder, content.index(healthy) if type(healthy) is bytes else healthy, damaged)
    set_aside("it is damaged")


@pytest.mark.parametrize("body", [b"", b"no zlib", b"\x78\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_damaged_row_is_as_if_it_were_not_there(folder, body):
    with Store(folder) as store:
        store.save_guide(HERE, NOW, 6, block({"1": [airing()]}), 1.0)
        store.save_guide(HERE, NOW, 3, block({"1": [airing()]}), 2.0)
        store.save_details(details(), 1.0)
    with database(os.path.join(folder, FILE)) as db, db:
        db.execute("UPDATE airings SET body=? WHERE hours=6", (body,))
        db.execute("UPDATE windows SET stations=? WHERE hours=6", (body,))
        db.execute("UPDATE details SET body=?", (body,))
    with Store(folder) as store:
        rows = store.airings(["1"], [HERE], NOW, NOW + DAY)
        assert [each for _, airings in rows for each in airings] == [airing()]
        assert [len(answer) for answer in store.station_answers(HERE)] == [0, 1]
        assert store.details("SH09000100") is None


ROT = {
    "facts": "UPDATE facts SET value=CAST(change(CAST(value AS BLOB)) AS TEXT)",
    "runs": "UPDATE runs SET value=CAST(change(CAST(value AS BLOB)) AS TEXT)",
    "windows": "UPDATE windows SET lineup=CAST(change(CAST(lineup AS BLOB)) AS TEXT)",
}
CHANGES = {
    "no text": lambda old: old[:20] + b"\xff" + old[21:],
    "another key": lambda old: old.replace(b"made", b"mace"),
    "another figure": lambda old: old.replace(b"7", b"3"),
    "another type": lambda old: old.replace(b"{", b"[").replace(b"}", b"]").replace(b":", b","),
    "cut": lambda old: old[:-5],
    "nothing": lambda old: b"",
}


def rot(folder, table, change):
    """Change the bytes of a table's texts, as a disk does."""
    with database(os.path.join(folder, FILE)) as db, db:
        db.create_function("change", 1, CHANGES[change])
        db.execute(ROT[table])


@pytest.mark.parametrize("change", CHANGES)
def test_a_fact_that_the_disk_has_damaged_is_none(folder, change):
    with Store(folder) as store:
        store.set_fact("published x", {"made": 7, "of": "Z\u00fcrich"}, 5.0)
        store.add_run(5.0, {"made": 7, "of": "Z\u00fcrich"})
    for table in ("facts", "runs"):
        rot(folder, table, change)
    for opened in (Store(folder), Store.open_read_only(folder)):
        with opened as store:
            assert store.notice == ""
            assert store.fact("published x") == (None, 5.0)
            assert store.facts("published ") == {"x": None}
            assert store.runs() == []
    with Store(folder) as store:
        store.set_fact("published x", [1], 6.0)
        assert store.fact("published x") == ([1], 6.0)


def test_a_lineup_whose_name_the_disk_has_damaged_is_another(folder):
    ours(folder)
    rot(folder, "windows", "no text")
    with Store(folder) as store:
        assert store.windows(HERE) == []
        assert len(store.postal_codes()) == 1
        store.save_guide(HERE, NOW, 6, block({"1": [airing()]}), 2.0)
        assert [window.fetched for window in store.windows(HERE)] == [2.0]


def test_a_folder_that_cannot_be_is_an_error_that_names_it(tmp_path):
    (tmp_path / "file").write_text("x")
    for make in (Store, RunLock):
        with pytest.raises(OutputError, match=str(tmp_path / "file")) as caught:
            make(str(tmp_path / "file" / "data"))
        assert caught.value.exit_code == 7


def test_a_store_that_another_holds_locked_is_an_error_and_not_set_aside(folder, monkeypatch):
    ours(folder)
    with database(os.path.join(folder, FILE)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute("BEGIN EXCLUSIVE")
        real = sqlite3.connect
        monkeypatch.setattr(
            sqlite3, "connect", lambda *args, **named: real(*args, **{**named, "timeout": 0.05})
        )
        with pytest.raises(OutputError, match="locked"):
            Store(folder)
    assert names_aside(folder) == []
