"""The store's SQLite file: opened, checked, set aside if unusable, and locked during a run."""

import contextlib
import functools
import logging
import os
import pathlib
import re
import sqlite3
import time
from typing import Any, Iterable, Iterator, List, Set, Type, TypeVar

from ..clock import SYSTEM, Clock
from ..errors import AlreadyRunning, OutputError, StoreCorrupted

log = logging.getLogger(__name__)

FILE = "gracenote2epg.db"
VERSION = 1  # of the tables below; PRAGMA user_version
APPLICATION_ID = 0x67326570  # "g2ep": tells our file from another program's

_TABLES = """
CREATE TABLE IF NOT EXISTS windows (
    lineup TEXT NOT NULL, start INTEGER NOT NULL, hours INTEGER NOT NULL,
    fetched REAL NOT NULL, tba INTEGER NOT NULL, stations BLOB NOT NULL,
    PRIMARY KEY (lineup, start, hours)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS airings (
    station TEXT NOT NULL, lineup TEXT NOT NULL, start INTEGER NOT NULL, hours INTEGER NOT NULL,
    fetched REAL NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (station, lineup, start, hours)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS details (
    series TEXT PRIMARY KEY, fetched REAL NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, at REAL NOT NULL, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (at REAL PRIMARY KEY, value TEXT NOT NULL);
"""
_TABLE_NAMES = set(re.findall(r"EXISTS (\w+)", _TABLES))
_MAX_SET_ASIDE = 2  # stores
_LOG_SUFFIXES = ("-wal", "-journal")  # such a file exists during a write and after a crash
_SUFFIXES = ("-wal", "-shm", "-journal", "")  # of all files of a store; the database last

Self = TypeVar("Self", bound="Database")


class Database:
    """The open file; for one thread at a time.

    A file that is damaged, foreign or of another version is set aside under a dated name and
    replaced; ``notice`` says so. Raises OutputError if the folder is not writable or the disk full.
    """

    notice = ""
    read_only = False
    _damaged = False

    def __init__(self, data_dir: str, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self.path = os.path.join(data_dir, FILE)
        with _translate_errors(self.path):
            os.makedirs(data_dir, exist_ok=True)
            reason = _why_unusable(self.path)
            if reason:
                self._set_aside(reason)
            self._db = _connect(self.path)

    @classmethod
    def open_read_only(cls: "Type[Self]", data_dir: str, clock: Clock = SYSTEM) -> "Self":
        """Open another user's store, or one in use, without writing, checking or setting aside.

        Raises OutputError or StoreCorrupted if it cannot be read.
        """
        self = cls.__new__(cls)
        self.clock, self.path, self.read_only = clock, os.path.join(data_dir, FILE), True
        with _translate_errors(self.path):
            self._db = _connect_read_only(self.path)
        return self

    @classmethod
    def in_memory(cls: "Type[Self]", clock: Clock = SYSTEM) -> "Self":
        """An empty store without a file."""
        self = cls.__new__(cls)
        self.clock, self.path = clock, ""
        self._db = _connect(":memory:")
        return self

    def close(self) -> None:
        self._db.close()
        if self._damaged and self.path and not self.read_only:
            with _translate_errors(self.path):
                self._set_aside("it is damaged")

    def __enter__(self: "Self") -> "Self":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _set_aside(self, reason: str) -> None:
        date = time.strftime("%Y%m%d-%H%M%S", time.localtime(self.clock.now()))
        target = f"{self.path}.{date}"
        for suffix in reversed(_SUFFIXES):
            if os.path.exists(self.path + suffix):
                os.replace(self.path + suffix, target + suffix)
        older = sorted(_stores_set_aside(self.path) - {target})
        for store in older[: len(older) - _MAX_SET_ASIDE + 1]:
            with contextlib.suppress(OSError):  # in use
                _remove(store)
        self.notice = (
            f"The store {self.path} cannot be used: {reason}. It was renamed to {target}, and a new"
            " store was created."
        )
        log.warning(self.notice)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what the block does, or nothing. Raises OutputError and StoreCorrupted."""
        try:
            with _translate_errors(self.path), self._db:
                yield self._db
        except StoreCorrupted:
            self._damaged = True
            raise

    def _execute(self, query: str, *values: Any) -> None:
        with self._transaction() as db:
            db.execute(query, values)

    def _rows(self, query: str, values: Iterable[Any] = ()) -> List[Any]:
        with self._transaction() as db:
            return db.execute(query, tuple(values)).fetchall()


def delete_store(data_dir: str) -> None:
    """Remove the store and those that were set aside; the caller holds the RunLock.

    Raises OutputError.
    """
    path = os.path.join(data_dir, FILE)
    with _translate_errors(path):
        for store in (*_stores_set_aside(path), path):
            _remove(store)


def _remove(path: str) -> None:
    for suffix in _SUFFIXES:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + suffix)


def _stores_set_aside(path: str) -> Set[str]:
    folder, name = os.path.split(path)
    dated = re.compile(re.escape(name) + r"\.\d{8}-\d{6}")
    return {os.path.join(folder, file) for file in os.listdir(folder) if dated.fullmatch(file)}


class RunLock:
    """One run per data directory. The system releases the lock when the process dies.

    Raises AlreadyRunning if another process, or another part of this one, holds it.
    """

    def __init__(self, data_dir: str) -> None:
        path = os.path.join(data_dir, "lock")
        with _translate_errors(path):
            os.makedirs(data_dir, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None)
            try:
                self._db.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as error:
                self._db.close()
                if "locked" in str(error):
                    raise AlreadyRunning(data_dir) from error
                if os.path.isfile(path):
                    advice = "Delete this file; it contains no data"
                    raise OutputError(path, str(error), advice) from error
                raise

    def __enter__(self) -> "RunLock":
        return self

    def __exit__(self, *exc: object) -> None:
        self._db.close()


@contextlib.contextmanager
def _translate_errors(path: str) -> Iterator[None]:
    """Raise StoreCorrupted and OutputError instead of SQLite's and the system's errors."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if type(error) is sqlite3.DatabaseError:  # its subclasses mean: locked, full, …
            raise StoreCorrupted(path, str(error)) from error
        raise OutputError(path, str(error)) from error


def _open(path: str, **options: Any) -> sqlite3.Connection:
    db: sqlite3.Connection = sqlite3.connect(path, timeout=5, **options)
    # Damaged text must not raise here: a wrong checksum or key reveals it.
    db.text_factory = functools.partial(str, encoding="utf-8", errors="replace")
    return db


def _connect(path: str) -> sqlite3.Connection:
    db = _open(path, check_same_thread=False)
    try:
        # Some network drives do not support WAL: SQLite then keeps the journal.
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            with db:
                db.executescript(
                    f"BEGIN IMMEDIATE;{_TABLES}PRAGMA application_id={APPLICATION_ID};"
                    f"PRAGMA user_version={VERSION};COMMIT;"
                )
    except (sqlite3.Error, UnicodeDecodeError):
        db.close()
        raise
    return db


def _has_log(path: str) -> bool:
    """Whether a writer is at work or has crashed."""
    return any(os.path.exists(path + suffix) for suffix in _LOG_SUFFIXES)


def _connect_read_only(path: str) -> sqlite3.Connection:
    """Open the file so that nothing is written. Raises sqlite3.Error.

    Without ``immutable``, SQLite creates the files that it shares with writers, and fails in a
    folder of another user.
    """
    uri = pathlib.Path(os.path.abspath(path)).as_uri()
    db = _open(f"{uri}?mode=ro{'' if _has_log(path) else '&immutable=1'}", uri=True)
    try:
        if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            raise sqlite3.OperationalError("another version of gracenote2epg wrote it")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _why_unusable(path: str) -> str:
    """Why the file cannot be used; "" = usable, or missing. Changes nothing in the file.
    Raises OSError and sqlite3.OperationalError.

    Only a file with a log, as a crash leaves it, is checked as a whole: that can take seconds on an
    SD card.
    """
    if not os.path.exists(path) or not os.path.getsize(path):
        return ""
    check_all = _has_log(path)
    db = _open(path)
    try:
        if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return ""  # another run is creating it, or was killed meanwhile
        if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            return "it belongs to another program"
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version != VERSION:
            age = "a newer" if version > VERSION else "an older"
            return f"it was written by {age} version of gracenote2epg"
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
        intact = not check_all or db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        return "" if intact and tables >= _TABLE_NAMES else "it is damaged"
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # OperationalError means locked, full or not permitted, with one exception.
        operational = isinstance(error, sqlite3.OperationalError)
        if operational and "unsupported file format" not in str(error):
            raise
        return f"it is damaged ({error})"
    finally:
        db.close()
