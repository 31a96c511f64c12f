"""Several at once: readers beside a writer, one run at a time, and what a killed one leaves."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading

import pytest

from gracenote2epg.errors import AlreadyRunning, OutputError, StoreCorrupted
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import FILE, RunLock
from support import TESTS
from support.builders import HOUR, NOW, airing, block, details, lineup
from support.machine import as_nobody, root_only

HERE = lineup()

# Reading only


@pytest.mark.parametrize("busy", [False, True])
def test_a_store_can_be_read_at_rest_or_at_work_and_stays_as_it_is(folder, busy):
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
        before = sorted(os.listdir(folder))

        def look():
            with Store.open_read_only(folder) as store:
                try:
                    store.set_fact("a fact", [2], 6.0)
                except OutputError as error:
                    return store.fact("a fact"), str(error)

        fact, said = as_nobody(look)
        assert fact == [[1], 5.0]
        assert "readonly" in said
        assert sorted(os.listdir(folder)) == before


@pytest.mark.parametrize("content", [None, b"", b"not a database, by far" * 1000])
def test_a_file_that_is_no_store_is_not_read_and_stays(folder, content):
    os.makedirs(folder)
    path = os.path.join(folder, FILE)
    if content is not None:
        with open(path, "wb") as file:
            file.write(content)
    with pytest.raises((OutputError, StoreCorrupted)):
        Store.open_read_only(folder)
    assert len(os.listdir(folder)) == (content is not None)
    if content is not None:
        with open(path, "rb") as file:
            assert file.read() == content


def test_damage_met_while_reading_is_left_to_the_owner(folder):
    with Store(folder) as store:
        store.set_fact("a fact", "x" * 100_000, 5.0)
    path = os.path.join(folder, FILE)
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (os.path.getsize(path) - 4096))
    with pytest.raises((OutputError, StoreCorrupted)), Store.open_read_only(folder) as store:
        store.fact("a fact")
    assert os.listdir(folder) == [FILE]


def test_a_store_of_another_version_is_not_read(folder):
    Store(folder).close()
    with contextlib.closing(sqlite3.connect(os.path.join(folder, FILE))) as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(OutputError, match="another version"):
        Store.open_read_only(folder)


# Two at work


def test_two_stores_of_one_folder_see_each_others_answers(folder):
    with Store(folder) as first, Store(folder) as other:
        first.save_details(details("SH1"), 1.0)
        other.save_details(details("SH2"), 2.0)
        first.set_fact("fact", 1, 1.0)
        assert other.fact("fact") == (1, 1.0)
        assert first.details_ages() == other.details_ages() == {"SH1": 1.0, "SH2": 2.0}


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


# The lock


def test_a_second_holder_is_told_that_the_first_is_at_work(folder):
    with RunLock(folder), pytest.raises(AlreadyRunning, match="Another run") as caught:
        RunLock(folder)
    assert folder in str(caught.value)
    assert caught.value.exit_code == 8


def test_the_lock_is_of_the_folder_and_of_runs_only_and_free_again_afterwards(folder, tmp_path):
    with pytest.raises(RuntimeError), RunLock(folder):
        raise RuntimeError
    with RunLock(folder), RunLock(str(tmp_path / "other")), Store(folder) as store:
        store.set_fact("fact", 1, 1.0)
        assert store.fact("fact") == (1, 1.0)


def test_a_lock_file_that_is_no_lock_is_an_error_that_names_it(folder):
    os.makedirs(folder)
    with open(os.path.join(folder, "lock"), "wb") as file:
        file.write(b"no database at all" * 100)
    with pytest.raises(OutputError, match="lock"):
        RunLock(folder)


@contextlib.contextmanager
def child(code, *arguments):
    """A Python process that runs ``code``, and the first line that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        universal_newlines=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, TESTS])},
    )
    with process:
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


HOLD = """
import sys
from gracenote2epg.errors import AlreadyRunning
from gracenote2epg.store.database import RunLock
try:
    lock = RunLock(sys.argv[1])
    print("held", flush=True)
    sys.stdin.read()
except AlreadyRunning as busy:
    print(busy.exit_code)
"""


@pytest.mark.slow
def test_a_lock_holds_between_processes_and_goes_with_its_holder(folder):
    with RunLock(folder), child(HOLD, folder) as (_, said):
        assert said == "8"
    with child(HOLD, folder) as (process, said):
        assert said == "held"
        with pytest.raises(AlreadyRunning):
            RunLock(folder)
        process.kill()
        process.wait()
        with RunLock(folder):
            pass


# Killed in the middle


def whole_answers(folder, stations):
    """The hours of which a killed writer's store has the answer; none is half there."""
    with Store(folder) as store:
        assert store.notice == ""
        hours = [(window.start - NOW) // HOUR for window in store.windows(HERE)]
        for hour in hours:
            begin = NOW + hour * HOUR
            for name in range(stations):
                assert len(store.airings([str(name)], [HERE], begin, begin + HOUR)) == 1
    return hours


def test_a_writer_killed_before_any_statement_has_all_answers_kept_before(
    folder, tmp_path, monkeypatch
):
    """A kill leaves the files as they are: they are copied before each of its statements."""
    real, kept, copies = sqlite3.connect, [], []

    def copy(statement):
        if kept:
            copies.append((str(tmp_path / f"killed {len(copies)}"), kept[-1], statement))
            shutil.copytree(folder, copies[-1][0])

    def connect(*args, **named):
        db = real(*args, **named)
        db.set_trace_callback(copy)
        return db

    monkeypatch.setattr(sqlite3, "connect", connect)
    with Store(folder) as store:
        for number in range(3):
            shown = {str(name): [airing(NOW + number * HOUR)] for name in range(3)}
            store.save_guide(HERE, NOW + number * HOUR, 1, block(shown), 1.0)
            kept.append(number)
    monkeypatch.undo()
    assert sum(statement == "COMMIT" for _, _, statement in copies) == 2  # one for each answer
    for killed, last, statement in copies:
        assert whole_answers(killed, 3) == list(range(last + 1)), statement


WRITE = """
import sys
from support.builders import HOUR, NOW, airing, block, lineup
from gracenote2epg.store.answers import Store
store = Store(sys.argv[1])
for number in range(100000):
    shown = {str(name): [airing(NOW + number * HOUR, description="x" * 500)] for name in range(20)}
    store.save_guide(lineup(), NOW + number * HOUR, 1, block(shown), 1.0)
    print(number, flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_a_killed_writer_loses_no_answer_that_was_kept(folder):
    with child(WRITE, folder) as (process, said):
        while int(said) < 40:
            said = process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        rest = process.communicate()[0].split()  # what it had said before it died
    last = int(rest[-1]) if rest else int(said)
    assert whole_answers(folder, 20)[: last + 1] == list(range(last + 1))
