"""Several processes: readers beside a writer, one run at a time, and a killed writer."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
import threading

import pytest

from gracenote2epg.errors import AlreadyRunning, OutputError, StoreCorrupted
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import FILE, LOCK_FILE, RunLock, is_running, let_others_read
from support.builders import HOUR, NOW, airing, block, details, lineup
from support.machine import as_nobody, root_only

HERE = lineup()

# Reading only


@pytest.mark.parametrize("busy", [False, True])
def test_a_store_can_be_read_whether_in_use_or_not_and_stays_as_it_is(folder, busy):
    with Store(folder) as writer:
        writer.set_fact("a fact", [1], 5.0)
        if not busy:
            writer.close()
        before = sorted(os.listdir(folder))
        with Store.open_read_only(folder) as reader:
            assert reader.fact("a fact") == ([1], 5.0)
            assert sorted(os.listdir(folder)) == before
            with pytest.raises(OutputError, match="readonly"):
                reader.set_fact("a fact", [2], 6.0)
            if busy:
                writer.set_fact("a fact", [3], 7.0)
                assert reader.fact("a fact") == ([3], 7.0)
        assert sorted(os.listdir(folder)) == before


@root_only
@pytest.mark.slow
@pytest.mark.parametrize("busy", [False, True])
def test_a_store_of_another_user_can_be_read_and_not_written(busy):
    with tempfile.TemporaryDirectory() as folder, Store(folder) as writer:
        os.chmod(folder, 0o755)  # all may read it, and its owner may write
        writer.set_fact("a fact", [1], 5.0)
        if not busy:
            writer.close()
        let_others_read(folder)
        before = sorted(os.listdir(folder))

        def look():
            with Store.open_read_only(folder) as store:
                try:
                    store.set_fact("a fact", [2], 6.0)
                except OutputError as error:
                    return store.fact("a fact"), str(error)

        fact, message = as_nobody(look)
        assert fact == [[1], 5.0]
        assert "readonly" in message
        assert sorted(os.listdir(folder)) == before


@pytest.mark.parametrize("content", [None, b"", b"not a database, by far" * 1000])
def test_a_file_that_is_no_store_cannot_be_read_and_stays(folder, file, content):
    os.makedirs(folder)
    if content is not None:
        file.write(content)
    with pytest.raises((OutputError, StoreCorrupted)):
        Store.open_read_only(folder)
    assert os.listdir(folder) == ([] if content is None else [FILE])
    assert content is None or file.content == content


def test_a_reader_leaves_damage_to_the_owner(folder, file):
    with Store(folder) as store:
        store.set_fact("a fact", "x" * 100_000, 5.0)
    file.overwrite(4096, b"\xa5" * (os.path.getsize(file.path) - 4096))
    with pytest.raises((OutputError, StoreCorrupted)), Store.open_read_only(folder) as store:
        store.fact("a fact")
    assert os.listdir(folder) == [FILE]


def test_a_run_that_begins_while_a_reader_reads_is_no_damage(folder):
    """The reader opened the file without a log beside it; then pages move."""
    with Store(folder) as writer:
        for number in range(300):
            writer.set_fact(f"old {number}", "x" * 3000, 1.0)
    with Store.open_read_only(folder) as reader:
        assert reader.fact("old 5")
        with Store(folder) as writer:
            for number in range(299):
                writer.delete_fact(f"old {number}")
            for number in range(100):
                writer.set_fact(f"new {number}", "y" * 5000, 2.0)
            writer._db.execute("VACUUM")
            writer._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            assert len(reader.facts("old ")) == 1
            assert len(reader.facts("new ")) == 100


def test_a_store_of_another_version_is_not_read(folder, file):
    Store(folder).close()
    with file.database() as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(OutputError, match="another version"):
        Store.open_read_only(folder)


# Two stores of one folder


def test_a_reader_and_a_writer_do_not_wait_for_each_other(folder):
    with Store(folder) as writer, Store(folder) as reader:
        writer.set_fact("fact", 0, 0.0)

        def write():
            for number in range(50):
                writer.set_fact("fact", number, 0.0)

        thread = threading.Thread(target=write)
        thread.start()
        while thread.is_alive():
            assert reader.fact("fact")[0] in range(50)
        thread.join()
        assert reader.fact("fact") == (49, 0.0)
        reader.save_details(details("SH2"), 2.0)
        assert writer.details_ages() == {"SH2": 2.0}


# The run lock


def test_a_folder_has_one_lock_which_leaves_the_store_usable(folder, tmp_path):
    with pytest.raises(RuntimeError), RunLock(folder):
        raise RuntimeError
    assert not is_running(folder)
    with RunLock(folder), RunLock(str(tmp_path / "other")), Store(folder) as store:
        store.set_fact("fact", 1, 1.0)
        assert [is_running(each) for each in (folder, str(tmp_path))] == [True, False]
        with pytest.raises(AlreadyRunning, match="Another run") as caught:
            RunLock(folder)
    assert folder in str(caught.value)
    assert caught.value.exit_code == 8


def test_who_asks_whether_there_is_a_run_does_not_prevent_one(folder):
    with RunLock(folder):
        pass
    path = os.path.join(folder, LOCK_FILE)
    with contextlib.closing(sqlite3.connect(path, check_same_thread=False)) as asking:
        asking.execute("BEGIN")
        asking.execute("SELECT 1 FROM sqlite_master")
        threading.Timer(0.01, asking.rollback).start()
        with RunLock(folder):
            pass


def test_a_foreign_lock_file_is_an_error_that_names_it(folder):
    os.makedirs(folder)
    with open(os.path.join(folder, "lock"), "wb") as file:
        file.write(b"no database at all" * 100)
    with pytest.raises(OutputError, match="lock"):
        RunLock(folder)


@root_only
def test_a_folder_of_somebody_else_is_told_by_the_systems_reason():
    """SQLite would say "unable to open database file"."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)

        def said():
            try:
                return RunLock(folder).__class__.__name__
            except OutputError as error:
                return str(error)

        assert "(Permission denied)" in as_nobody(said)


def test_why_a_reader_cannot_open_the_store_is_told_without_writing(folder, monkeypatch):
    os.makedirs(folder)
    monkeypatch.setattr(tempfile, "TemporaryFile", None)
    with pytest.raises(OutputError, match="No such file or directory"):
        Store.open_read_only(folder)
    assert os.listdir(folder) == []


@pytest.fixture(name="sqlite_says")
def _sqlite_says(monkeypatch):
    """Let SQLite fail with this answer to everything."""
    real = sqlite3.connect

    def say(answer):
        class Failing(sqlite3.Connection):
            def execute(self, *args):
                raise sqlite3.OperationalError(answer)

        monkeypatch.setattr(
            sqlite3, "connect", lambda *args, **named: real(*args, **named, factory=Failing)
        )

    return say


def test_a_full_disk_is_told_as_that(folder, sqlite_says):
    with RunLock(folder):
        pass
    sqlite_says("database or disk is full")
    with pytest.raises(OutputError, match=r"the disk is full: .* Free some room there"):
        RunLock(folder)


@pytest.mark.parametrize("answer", ["database is locked", "disk I/O error"])
def test_a_share_without_locks_is_not_another_run(folder, sqlite_says, answer):
    """SQLite says the former for ENOLCK, the latter for EOPNOTSUPP."""
    sqlite_says(answer)
    with pytest.raises(OutputError, match=r"has no locks\).*Set data_dir") as caught:
        RunLock(folder)
    assert caught.value.exit_code == 7
    assert os.listdir(folder) == ["lock"]


# Killed in the middle


def test_a_writer_killed_before_any_statement_keeps_all_saved_answers(
    folder, tmp_path, monkeypatch
):
    """A kill leaves the files as they are, so they are copied before each statement."""
    real, saved, copies = sqlite3.connect, [], []

    def copy(statement):
        if saved:
            copies.append((str(tmp_path / f"killed {len(copies)}"), saved[-1], statement))
            shutil.copytree(folder, copies[-1][0])

    def connect(*args, **named):
        db = real(*args, **named)
        db.set_trace_callback(copy)
        return db

    monkeypatch.setattr(sqlite3, "connect", connect)
    with Store(folder) as store:
        for number in range(3):
            airings = {str(name): [airing(NOW + number * HOUR)] for name in range(3)}
            store.save_guide(HERE, NOW + number * HOUR, 1, block(airings), 1.0)
            saved.append(number)
    monkeypatch.undo()
    assert sum(statement == "COMMIT" for _, _, statement in copies) == 2  # one for each answer
    for killed, last, statement in copies:
        with Store(killed) as store:
            assert store.notice == ""
            starts = [window.start for window in store.windows(HERE)]
            assert starts == [NOW + number * HOUR for number in range(last + 1)], statement
            for name in "012":
                rows = store.airings([name], [HERE], NOW, NOW + 3 * HOUR)
                assert len(rows) == last + 1, statement
