"""What is kept between runs: exactly what was given, and nothing of it lost."""

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading

import pytest

from support import TESTS
from support.machine import as_nobody, root_only
from support.builders import (
    DAY,
    HOUR,
    NOW,
    airing,
    block,
    credit,
    details,
    episode,
    lineup,
    provider,
    station,
)
from gracenote2epg import store as module
from gracenote2epg.errors import Busy, OutputError, StoreDamaged
from gracenote2epg.models import GuideBlock
from gracenote2epg.store import FILE, Lock, Store, Window

HERE = lineup()


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "data")


@pytest.fixture
def store(folder):
    with Store(folder) as opened:
        yield opened


def a_child(code, *arguments):
    """A Python process that runs ``code``; it has printed its first line when this returns."""
    child = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        universal_newlines=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return child, child.stdout.readline().strip()


@contextlib.contextmanager
def running(code, *arguments):
    child, line = a_child(code, *arguments)
    try:
        yield child, line
    finally:
        child.kill()
        child.communicate()


# Reading what is another's


@pytest.fixture(name="others")
def _others():
    """A folder that all may read, and one may write."""
    found = tempfile.mkdtemp()
    os.chmod(found, 0o755)
    yield found
    shutil.rmtree(found)


def test_to_read_a_store_at_rest_leaves_no_trace(folder):
    with Store(folder) as own:
        own.learn("a fact", [1], 5.0)
    before = sorted(os.listdir(folder))
    with Store.to_read(folder) as seen:
        assert seen.known("a fact") == ([1], 5.0)
        assert sorted(os.listdir(folder)) == before
    assert sorted(os.listdir(folder)) == before


def test_to_read_a_store_that_another_writes_sees_all_that_is_there(folder, store):
    store.learn("a fact", [1], 5.0)
    with Store.to_read(folder) as seen:
        store.learn("a fact", [2], 6.0)
        assert seen.known("a fact") == ([2], 6.0)


@root_only
@pytest.mark.parametrize("busy", [False, True])
def test_a_store_of_another_user_can_be_read_and_not_written(others, busy):
    with contextlib.ExitStack() as closing:
        own = closing.enter_context(Store(others))
        own.learn("a fact", [1], 5.0)
        if not busy:
            closing.close()
        before = sorted(os.listdir(others))

        def look():
            with Store.to_read(others) as seen:
                try:
                    seen.learn("a fact", [2], 6.0)
                except OutputError as error:
                    return seen.known("a fact"), str(error)

        known, said = as_nobody(look)
        assert known == [[1], 5.0]
        assert "readonly" in said
        assert sorted(os.listdir(others)) == before


@pytest.mark.parametrize("text", [None, b"", b"not a database, by far" * 1000])
def test_what_is_no_store_is_not_read_and_stays(folder, text):
    os.makedirs(folder)
    path = os.path.join(folder, FILE)
    if text is not None:
        with open(path, "wb") as file:
            file.write(text)
    with pytest.raises((OutputError, StoreDamaged)):
        Store.to_read(folder)
    if text is not None:
        with open(path, "rb") as file:
            assert file.read() == text
    assert len(os.listdir(folder)) == (text is not None)


def test_damage_met_while_reading_is_left_to_its_owner(folder):
    with Store(folder) as own:
        own.learn("a fact", "x" * 100_000, 5.0)
    path = os.path.join(folder, FILE)
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(os.path.getsize(path) - 4096))
    with pytest.raises((OutputError, StoreDamaged)), Store.to_read(folder) as seen:
        seen.known("a fact")
    assert os.listdir(folder) == [FILE]


def test_a_store_of_another_version_is_not_read(folder):
    Store(folder).close()
    with contextlib.closing(sqlite3.connect(os.path.join(folder, FILE))) as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(OutputError, match="another version"):
        Store.to_read(folder)


def test_facts_are_found_by_how_their_names_begin(store):
    store.learn("published /a_b", 1, 5.0)
    store.learn("published /axb", 2, 5.0)
    store.learn("wall", 3, 5.0)
    assert store.all_known("published /a_") == {"b": 1}
    assert store.all_known("published ") == {"/a_b": 1, "/axb": 2}


# Round trips


def test_airings_come_back_equal(store):
    own = [
        airing(
            NOW, title="A & <B> \U0001f600", flags=("New", "Live"), filters=("news",), generic=True
        ),
        airing(NOW + HOUR, season="", episode="", tags=(), subtitle='"', image=""),
    ]
    store.keep_guide(HERE, NOW, 6, block({"90001": own, "90002": own[1:]}), 5.5)
    assert store.airings(["90001"], [HERE], NOW, NOW + DAY) == [(5.5, own)]
    assert store.airings(["90002"], [HERE], NOW, NOW + DAY) == [(5.5, own[1:])]
    assert store.airings(["90003"], [HERE], NOW, NOW + DAY) == []
    found = store.airings(["90001"], [HERE], NOW, NOW + DAY)[0][1][0]
    assert type(found) is type(own[0])
    assert {type(found.flags), type(found.filters), type(found.tags)} == {tuple}
    assert found.generic is True


def test_stations_come_back_equal(store):
    stations = [station("1", numbers=("2.1", "1002")), station("2", numbers=(), logo="", name="É")]
    store.keep_guide(HERE, NOW, 6, GuideBlock(tuple(stations), ()), NOW)
    assert store.station_answers(HERE) == [stations]
    assert store.station_answers(lineup(postal_code="10001")) == []


@pytest.mark.parametrize(
    "given",
    [
        details(),
        details("MV09000300", cast=(), crew=(), episodes=(), genres=(), year="2019"),
        details(
            cast=(credit(), credit("host", "É")),
            episodes=(episode(), episode(tms_id="EP2", flags=(), genres=())),
        ),
    ],
)
def test_details_come_back_equal(store, given):
    store.keep_details(given, 7.0)
    found = store.details(given.series_id)
    assert found == given
    assert hash(found) == hash(given)  # tuples all the way down
    assert store.details_ages() == {given.series_id: 7.0}
    assert store.details("SH00000000") is None


def test_details_that_come_again_replace_the_older(store):
    store.keep_details(details(), 1.0)
    store.keep_details(details(title="New"), 2.0)
    assert store.details("SH09000100").title == "New"
    assert store.details_ages() == {"SH09000100": 2.0}


def test_episodes_that_are_no_longer_to_come_stay_for_a_while_the_latest_last(store):
    def kept(*numbers):
        own = tuple(episode(tms_id=f"EP{number}", synopsis=f"of {numbers}") for number in numbers)
        store.keep_details(details(episodes=own), 1.0)
        return [one.tms_id for one in store.details("SH09000100").episodes]

    assert kept(1, 2, 3) == ["EP1", "EP2", "EP3"]
    assert kept(3, 4) == ["EP1", "EP2", "EP3", "EP4"]
    assert [own.synopsis for own in store.details("SH09000100").episodes][1:3] == [
        "of (1, 2, 3)",
        "of (3, 4)",
    ]
    kept(*range(100, 140))
    assert kept(139) == [f"EP{number}" for number in (*range(119, 139), 139)]


def test_providers_come_back_equal(store):
    given = (provider(), provider(kind="OTA", place="", name="É"))
    store.keep_providers("USA", "10001", given, 9.0)
    assert store.providers("USA", "10001") == (given, 9.0)
    assert store.providers("USA", "10002") == ((), 0.0)
    assert store.providers("CAN", "10001") == ((), 0.0)


@pytest.mark.parametrize("value", [None, 0, "x", [1, "a", None], {"a": {"b": [1.5]}}, "É"])
def test_facts_come_back_equal(store, value):
    store.learn("a fact", "before", 1.0)
    store.learn("a fact", value, 2.0)
    assert store.known("a fact") == (value, 2.0)
    assert store.known("another") == (None, 0.0)


def test_runs_come_back_the_latest_first(store):
    for at in (2.0, 1.0, 3.0):
        store.add_run(at, {"at": at})
    assert store.runs(2) == [(3.0, {"at": 3.0}), (2.0, {"at": 2.0})]


def test_everything_is_there_when_the_store_is_opened_again(folder):
    with Store(folder) as store:
        store.keep_guide(HERE, NOW, 6, block({"1": [airing()]}), 1.0)
        store.keep_details(details(), 2.0)
        store.learn("fact", 3, 3.0)
        store.add_run(4.0, {})
    with Store(folder) as store:
        assert store.notice == ""
        assert store.windows(HERE) == [Window(NOW, 6, 1.0, 0)]
        assert len(store.airings(["1"], [HERE], NOW, NOW + 1)) == 1
        assert store.details("SH09000100") == details()
        assert store.known("fact") == (3, 3.0)
        assert store.runs() == [(4.0, {})]


# Windows


def test_windows_are_those_of_the_whole_lineup(store):
    for own in (HERE, lineup(postal_code="10001"), lineup(device="X"), lineup(headend_id="x")):
        store.keep_guide(own, NOW, 6, block({"1": [airing()]}), 1.0)
    store.keep_guide(HERE, NOW - 6 * HOUR, 3, block({}), 2.0)
    assert store.windows(HERE) == [Window(NOW - 6 * HOUR, 3, 2.0, 0), Window(NOW, 6, 1.0, 0)]
    assert store.windows(HERE)[0].stop == NOW - 3 * HOUR
    assert len(store.airings(["1"], [HERE], NOW, NOW + DAY)) == 1
    assert len(store.airings(["1"], [HERE, lineup(device="X")], NOW, NOW + DAY)) == 2
    assert store.airings(["1"], [], NOW, NOW + DAY) == []


def test_an_answer_that_comes_again_replaces_the_older(store):
    store.keep_guide(HERE, NOW, 6, block({"1": [airing(title="old")]}), 1.0)
    store.keep_guide(HERE, NOW, 6, block({"1": [airing(title="new")]}), 2.0)
    ((at, (found,)),) = store.airings(["1"], [HERE], NOW, NOW + DAY)
    assert (at, found.title) == (2.0, "new")
    assert store.windows(HERE) == [Window(NOW, 6, 2.0, 0)]


def test_what_an_older_answer_has_of_a_station_that_the_new_one_lacks_stays(store):
    store.keep_guide(HERE, NOW, 6, block({"1": [airing()], "2": [airing()]}), 1.0)
    store.keep_guide(HERE, NOW, 6, block({"1": [airing()]}), 2.0)
    assert [at for at, _ in store.airings(["2"], [HERE], NOW, NOW + DAY)] == [1.0]


def test_rows_come_the_latest_first_and_only_of_windows_that_touch(store):
    for hour, at in ((-6, 9.0), (0, 1.0), (6, 3.0), (12, 2.0), (18, 9.0)):
        own = block({"1": [airing(NOW + hour * HOUR)]})
        store.keep_guide(HERE, NOW + hour * HOUR, 6, own, at)
    begin, end = NOW, NOW + 18 * HOUR
    assert [at for at, _ in store.airings(["1"], [HERE], begin, end)] == [3.0, 2.0, 1.0]
    assert [at for at, _ in store.airings(["1"], [HERE], begin - 1, end + 1)][:2] == [9.0, 9.0]
    assert [at for at, _ in store.airings(["1"], [HERE], begin, end, most=1)] == [3.0]


@pytest.mark.parametrize(
    ("title", "tba"),
    [
        ("TBA", 1),
        ("NBA Game TBA", 1),
        ("To Be Announced", 1),
        ("TO BE ANNOUNCED", 1),
        ("Harbor Night Show", 0),
        ("Tba the Bear", 0),
    ],
)
def test_a_window_knows_how_much_of_it_is_unknown(store, title, tba):
    store.keep_guide(HERE, NOW, 6, block({"1": [airing(title=title), airing(NOW + HOUR)]}), 1.0)
    assert store.windows(HERE)[0].tba == tba


def test_the_stations_come_by_answer_the_latest_last_whatever_its_window(store):
    def keep(hour, at, *stations):
        store.keep_guide(HERE, NOW + hour * HOUR, 6, GuideBlock(stations, ()), at)

    keep(6, 3.0, station("1", call_sign="NEW"))
    keep(0, 1.0, station("1", call_sign="OLD"), station("2", call_sign="GONE"))
    keep(12, 2.0, station("1", call_sign="MIDDLE"))
    found = [[own.call_sign for own in answer] for answer in store.station_answers(HERE)]
    assert found == [["OLD", "GONE"], ["MIDDLE"], ["NEW"]]


def test_a_station_is_silent_when_answers_about_its_hours_have_it_no_more(store):
    own = {name: [airing()] for name in "12"}
    store.keep_guide(HERE, NOW, 6, block({**own, "3": []}), 1.0)
    store.keep_guide(HERE, NOW + 6 * HOUR, 6, block({"4": [airing(NOW + 6 * HOUR)]}), 1.0)
    assert store.silent_stations([HERE], 2.0) == set()
    store.keep_guide(HERE, NOW, 6, block({"1": [airing()], "2": []}), 3.0)
    assert store.silent_stations([HERE], 2.0) == {"2"}
    assert store.silent_stations([lineup(device="X")], 2.0) == set()
    store.keep_guide(HERE, NOW + 6 * HOUR, 6, block({"2": [airing(NOW + 6 * HOUR)]}), 3.0)
    assert store.silent_stations([HERE], 2.0) == {"4"}


# Pruning


def test_old_windows_and_their_airings_go(store):
    for hour in (-55, -54, -53):
        own = block({"1": [airing(NOW + hour * HOUR)]})
        store.keep_guide(HERE, NOW + hour * HOUR, 6, own, 1.0)
    store.prune(NOW)
    assert [(own.start - NOW) // HOUR for own in store.windows(HERE)] == [-54, -53]
    assert len(store.airings(["1"], [HERE], 0, NOW + DAY)) == 2


def test_details_and_runs_go_when_they_are_very_old(store):
    store.keep_details(details("SH1"), NOW - 181 * DAY)
    store.keep_details(details("SH2"), NOW - 179 * DAY)
    for number in range(430):
        store.add_run(float(number), {})
    store.prune(NOW)
    assert set(store.details_ages()) == {"SH2"}
    kept = [at for at, _ in store.runs(1000)]
    assert kept == [float(number) for number in range(429, 29, -1)]


def test_facts_stay(store):
    store.learn("fact", 1, 0.0)
    store.prune(NOW)
    assert store.known("fact") == (1, 0.0)


# Files that are not ours, or not whole


def set_aside(folder):
    """The files that were set aside, by their content."""
    names = [name for name in os.listdir(folder) if name.startswith(f"{FILE}.")]
    return [name for name in names if not name.endswith(("-wal", "-shm", "-journal"))]


def is_new_and_said(folder, why):
    with Store(folder, now=NOW) as store:
        assert why in store.notice
        assert store.path in store.notice
        assert store.windows(HERE) == []
        store.learn("fact", 1, 1.0)
    (aside,) = set_aside(folder)
    assert aside == f"{FILE}.20260912-200000"
    with Store(folder) as store:
        assert (store.notice, store.known("fact")) == ("", (1, 1.0))
    return os.path.join(folder, aside)


def ours(folder, statement=None):
    """A store of ours with an answer in it."""
    with Store(folder) as store:
        store.keep_guide(HERE, NOW, 6, block({"1": [airing()]}), 1.0)
    if statement:
        with contextlib.closing(sqlite3.connect(os.path.join(folder, FILE))) as db:
            db.execute(statement)
            db.commit()


def test_a_file_that_is_no_database_is_set_aside(folder):
    os.makedirs(folder)
    with open(os.path.join(folder, FILE), "wb") as file:
        file.write(b"no database at all " * 500)
    aside = is_new_and_said(folder, "damaged")
    with open(aside, "rb") as file:
        assert file.read(11) == b"no database"


def test_to_forget_the_store_is_to_forget_those_that_were_set_aside_too(folder):
    os.makedirs(folder)
    with open(os.path.join(folder, FILE), "wb") as file:
        file.write(b"no database")
    Store(folder).close()
    assert set_aside(folder)
    module.forget(folder)
    assert not [name for name in os.listdir(folder) if name.startswith(FILE)]


def test_a_broken_database_is_set_aside(folder):
    ours(folder)
    with open(os.path.join(folder, FILE), "r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3000)
    is_new_and_said(folder, "damaged")


def test_another_programs_database_is_set_aside_whole(folder):
    os.makedirs(folder)
    with contextlib.closing(sqlite3.connect(os.path.join(folder, FILE))) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
        db.execute("INSERT INTO recipes VALUES ('soup')")
        db.commit()
    aside = is_new_and_said(folder, "another program")
    with contextlib.closing(sqlite3.connect(aside)) as db:
        assert db.execute("SELECT * FROM recipes").fetchall() == [("soup",)]


@pytest.mark.parametrize(("version", "why"), [(module.VERSION + 1, "newer"), (0, "older")])
def test_a_store_of_another_version_is_set_aside_with_its_content(folder, version, why):
    ours(folder, f"PRAGMA user_version={version}")
    aside = is_new_and_said(folder, why)
    with contextlib.closing(sqlite3.connect(aside)) as db:
        assert db.execute("SELECT count(*) FROM windows").fetchone() == (1,)


def test_of_the_stores_that_were_set_aside_the_newest_two_are_kept(folder):
    """And the one of just now, also when the clock has been ahead."""
    os.makedirs(folder)
    names = [f"{FILE}.20200101-000000{ending}" for ending in ("", "-wal", "-journal")]
    for name in [*names, f"{FILE}.mine", f"{FILE}.2020"]:
        with open(os.path.join(folder, name), "w") as file:
            file.write("mine")
    for now in (NOW, NOW + 30 * DAY, NOW + 60, NOW + 120):
        with open(os.path.join(folder, FILE), "wb") as file:
            file.write(b"no database at all " * 500)
        Store(folder, now=now).close()
    kept = [f"{FILE}.20260912-200200", f"{FILE}.20261012-200000"]
    assert sorted(os.listdir(folder)) == sorted([FILE, *kept, f"{FILE}.mine", f"{FILE}.2020"])


def test_an_empty_file_is_a_new_store(folder):
    os.makedirs(folder)
    open(os.path.join(folder, FILE), "w").close()
    with Store(folder) as store:
        assert store.notice == ""
        store.learn("fact", 1, 1.0)


def test_a_file_damaged_anywhere_is_used_or_set_aside_and_never_a_crash(tmp_path):
    healthy = str(tmp_path / "healthy")
    with Store(healthy) as store:
        for number in range(30):
            own = {str(name): [airing(NOW + number * HOUR)] for name in range(20)}
            store.keep_guide(HERE, NOW + number * HOUR, 1, block(own), 1.0)
    size = os.path.getsize(os.path.join(healthy, FILE))
    aside = 0
    for seed in range(36):
        random_ = random.Random(seed)
        folder = str(tmp_path / str(seed))
        shutil.copytree(healthy, folder)
        with open(os.path.join(folder, FILE), "r+b") as file:
            if seed % 3 == 0:
                file.truncate(random_.randrange(1, size))
            else:
                file.seek(random_.randrange(size))
                file.write(
                    bytes(random_.randrange(256) for _ in range(random_.choice([1, 99, 4096])))
                )
        with Store(folder) as store:
            store.learn("fact", seed, 1.0)
            assert store.known("fact") == (seed, 1.0)
            aside += bool(store.notice)
        shutil.rmtree(folder)
    assert aside > 9


@pytest.mark.parametrize(
    ("healthy", "damaged"),
    [
        (b"CREATE TABLE windows", b"CREATE TABLE w\xffndows"),
        (b"CREATE TABLE windows", b"CREATE TABEL windows"),
        (b"lineup TEXT", b"lin\xff\xff\xff TEXT"),
        (b"SQLite format 3\x00", b"SQLite format 4\x00"),
        (b"tablewindowswindows", b"tablew\xe8\x80\xffwswindows"),
    ],
)
def test_a_store_with_a_damaged_head_is_set_aside(folder, healthy, damaged):
    ours(folder)
    rewrite(folder, healthy, damaged)
    is_new_and_said(folder, "it")


def test_a_store_with_an_unknown_format_is_set_aside(folder):
    ours(folder)
    with open(os.path.join(folder, FILE), "r+b") as file:
        file.seek(44)
        file.write(b"\x00\x00\x00\x63")
    is_new_and_said(folder, "damaged")


def rewrite(folder, old, new):
    path = os.path.join(folder, FILE)
    with open(path, "rb") as file:
        content = file.read()
    assert old in content
    with open(path, "wb") as file:
        file.write(content.replace(old, new))


@pytest.mark.parametrize("body", [b"", b"no zlib", b"\x78\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_damaged_row_is_as_if_it_were_not_there(folder, body):
    with Store(folder) as store:
        store.keep_guide(HERE, NOW, 6, block({"1": [airing()]}), 1.0)
        store.keep_guide(HERE, NOW, 3, block({"1": [airing()]}), 2.0)
        store.keep_details(details(), 1.0)
    with contextlib.closing(sqlite3.connect(os.path.join(folder, FILE))) as db:
        db.execute("UPDATE airings SET body=? WHERE hours=6", (body,))
        db.execute("UPDATE windows SET stations=? WHERE hours=6", (body,))
        db.execute("UPDATE details SET body=?", (body,))
        db.commit()
    with Store(folder) as store:
        rows = store.airings(["1"], [HERE], NOW, NOW + DAY)
        assert [own for _, airings in rows for own in airings] == [airing()]
        assert [len(answer) for answer in store.station_answers(HERE)] == [0, 1]
        assert store.details("SH09000100") is None


# Folders


ROT = {
    "facts": "UPDATE facts SET value=CAST(change(CAST(value AS BLOB)) AS TEXT)",
    "runs": "UPDATE runs SET value=CAST(change(CAST(value AS BLOB)) AS TEXT)",
    "windows": "UPDATE windows SET lineup=CAST(change(CAST(lineup AS BLOB)) AS TEXT)",
}


def rot(folder, table, change):
    """Change the bytes of a table's texts, as a disk does."""
    with contextlib.closing(sqlite3.connect(os.path.join(folder, FILE))) as db, db:
        db.create_function("change", 1, change)
        db.execute(ROT[table])


CHANGES = {
    "no text": lambda old: old[:20] + b"\xff" + old[21:],
    "another key": lambda old: old.replace(b"made", b"mace"),
    "another figure": lambda old: old.replace(b"7", b"3"),
    "another type": lambda old: old.replace(b"{", b"[").replace(b"}", b"]").replace(b":", b","),
    "cut": lambda old: old[:-5],
    "nothing": lambda old: b"",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_fact_that_the_disk_has_damaged_is_none(folder, change):
    with Store(folder) as own:
        own.learn("published x", {"made": 7, "of": "Z\u00fcrich"}, 5.0)
        own.add_run(5.0, {"made": 7, "of": "Z\u00fcrich"})
    for table in ("facts", "runs"):
        rot(folder, table, CHANGES[change])
    for opened in (Store(folder), Store.to_read(folder)):
        with opened as store:
            assert store.notice == ""
            assert store.known("published x") == (None, 5.0)
            assert store.all_known("published ") == {"x": None}
            assert store.runs() == []
    with Store(folder) as store:
        store.learn("published x", [1], 6.0)
        assert store.known("published x") == ([1], 6.0)


def test_a_lineup_whose_name_the_disk_has_damaged_is_another(folder):
    with Store(folder) as own:
        own.keep_guide(HERE, NOW, 6, block({"1": [airing()]}), 1.0)
    rot(folder, "windows", CHANGES["no text"])
    with Store(folder) as store:
        assert store.windows(HERE) == []
        assert len(store.postal_codes()) == 1
        store.keep_guide(HERE, NOW, 6, block({"1": [airing()]}), 2.0)
        assert [window.fetched for window in store.windows(HERE)] == [2.0]


def test_the_folder_is_made(tmp_path):
    with Store(str(tmp_path / "a" / "b")):
        assert os.path.isfile(str(tmp_path / "a" / "b" / FILE))


def test_a_folder_that_cannot_be_is_an_error_that_names_it(tmp_path):
    (tmp_path / "file").write_text("x")
    for make in (Store, Lock):
        with pytest.raises(OutputError, match=str(tmp_path / "file")) as caught:
            make(str(tmp_path / "file" / "data"))
        assert caught.value.exit_code == 7


def test_a_store_that_another_holds_locked_is_an_error_and_not_set_aside(folder, monkeypatch):
    ours(folder)
    with contextlib.closing(sqlite3.connect(os.path.join(folder, FILE))) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute("BEGIN EXCLUSIVE")
        real = sqlite3.connect
        monkeypatch.setattr(
            sqlite3, "connect", lambda *args, **named: real(*args, **{**named, "timeout": 0.05})
        )
        with pytest.raises(OutputError, match="locked"):
            Store(folder)
    assert set_aside(folder) == []


# Several at once


def test_two_stores_of_one_folder_see_each_others_answers(folder):
    with Store(folder) as one, Store(folder) as other:
        one.keep_details(details("SH1"), 1.0)
        other.keep_details(details("SH2"), 2.0)
        one.learn("fact", 1, 1.0)
        assert other.known("fact") == (1, 1.0)
        assert one.details_ages() == other.details_ages() == {"SH1": 1.0, "SH2": 2.0}


def test_a_reader_and_a_writer_do_not_wait_for_each_other(folder):
    with Store(folder) as writer, Store(folder) as reader:
        writer.learn("fact", 0, 0.0)

        def write():
            for number in range(50):
                writer.learn("fact", number, 0.0)

        thread = threading.Thread(target=write)
        thread.start()
        while thread.is_alive():
            assert reader.known("fact")[0] in range(50)
        thread.join()
        assert reader.known("fact") == (49, 0.0)


# The lock


def test_a_lock_that_is_no_lock_is_an_error_that_names_it(folder):
    os.makedirs(folder)
    with open(os.path.join(folder, "lock"), "wb") as file:
        file.write(b"no database at all" * 100)
    with pytest.raises(OutputError, match="lock"):
        Lock(folder)


HOLD = """
import sys
from gracenote2epg.store import Lock
lock = Lock(sys.argv[1])
print("held", flush=True)
sys.stdin.read() if sys.argv[2] == "wait" else None
"""
TRY = """
import sys
from gracenote2epg.errors import Busy
from gracenote2epg.store import Lock
try:
    Lock(sys.argv[1])
    print("free")
except Busy as busy:
    print(busy.exit_code)
"""


def test_a_second_holder_is_told_that_the_first_is_at_work(folder):
    with Lock(folder), pytest.raises(Busy, match="Another run") as caught:
        Lock(folder)
    assert folder in str(caught.value)
    assert caught.value.exit_code == 8


def test_the_lock_is_free_again_afterwards(folder):
    for _ in range(3):
        with Lock(folder):
            pass
    with pytest.raises(RuntimeError), Lock(folder):
        raise RuntimeError
    with Lock(folder):
        pass


def test_the_lock_is_of_the_folder(folder, tmp_path):
    with Lock(folder), Lock(str(tmp_path / "other")):
        pass


def test_another_process_is_told_too(folder):
    with Lock(folder), running(TRY, folder) as (_, said):
        assert said == "8"
    with running(TRY, folder) as (_, said):
        assert said == "free"


def test_a_process_that_is_killed_leaves_no_lock(folder):
    with running(HOLD, folder, "wait") as (child, said):
        assert said == "held"
        with pytest.raises(Busy):
            Lock(folder)
        child.kill()
        child.wait()
        with Lock(folder):
            pass


def test_the_store_can_be_read_while_another_run_holds_the_lock(folder):
    with Store(folder) as store:
        store.learn("fact", 1, 1.0)
    with Lock(folder), Store(folder) as store:
        assert store.known("fact") == (1, 1.0)


# Killed in the middle

WRITE = """
import os, sys
sys.path[:0] = sys.argv[2].split(os.pathsep)
from support.builders import HOUR, NOW, airing, block, lineup
from gracenote2epg.store import Store
store = Store(sys.argv[1])
for number in range(100000):
    own = {str(name): [airing(NOW + number * HOUR, description="x" * 500)] for name in range(20)}
    store.keep_guide(lineup(), NOW + number * HOUR, 1, block(own), 1.0)
    print(number, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
@pytest.mark.parametrize("answers", [1, 7, 40])
def test_a_killed_writer_loses_no_answer_that_was_kept(folder, answers):
    child, said = a_child(WRITE, folder, TESTS)
    while int(said) < answers:
        said = child.stdout.readline()
    os.kill(child.pid, signal.SIGKILL)
    rest = child.communicate()[0].split()  # what it had said before it died
    last = int(rest[-1]) if rest else int(said)
    with Store(folder) as store:
        assert store.notice == ""
        kept = [(own.start - NOW) // HOUR for own in store.windows(HERE)]
        assert kept[: last + 1] == list(range(last + 1))
        for number in kept:  # and no half an answer
            begin = NOW + number * HOUR
            for name in range(20):
                assert len(store.airings([str(name)], [HERE], begin, begin + HOUR)) == 1


def test_a_store_that_another_run_is_just_beginning_is_not_set_aside(tmp_path):
    begun = sqlite3.connect(str(tmp_path / "gracenote2epg.db"))
    begun.execute("PRAGMA journal_mode=WAL")
    with Store(str(tmp_path)) as store:
        assert store.notice == ""
    begun.close()
