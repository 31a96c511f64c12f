"""The store's file: opened, checked, set aside, and locked by a run."""

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
APPLICATION_ID = 0x67326570  # "g2ep": tells our file from a foreign one

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
_NAMES = {"windows", "airings", "details", "facts", "runs"}
_KEPT_ASIDE = 2  # stores that could not be used
_ENDINGS = ("-wal", "-shm", "-journal", "")  # of a store's files; itself last


Self = TypeVar("Self", bound="Database")


class Database:
    """The file, open. One thread at a time.

    Opening rebuilds what an older version wrote and sets aside, under another name, what a newer
    one or another program wrote or a broken disk left; ``notice`` says so.
    Raises OutputError when the folder cannot be written or the disk is full.
    """

    def __init__(self, data_dir: str, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self.path = os.path.join(data_dir, FILE)
        self.notice = ""
        self._damaged, self._ours = False, True
        with _translate_errors(self.path):
            os.makedirs(data_dir, exist_ok=True)
            why = _why_unusable(self.path)
            if why:
                self._set_aside(why)
            self._db = _connect(self.path)

    @classmethod
    def open_read_only(cls: "Type[Self]", data_dir: str, clock: Clock = SYSTEM) -> "Self":
        """The store as it is, another user's too, also while a run is at work: nothing is written,
        checked or set aside. Raises OutputError or StoreDamaged when there is none to read.
        """
        self = cls.__new__(cls)
        self.clock, self.path = clock, os.path.join(data_dir, FILE)
        self.notice = ""
        self._damaged, self._ours = False, False
        with _translate_errors(self.path):
            self._db = _connect_to_read(self.path)
        return self

    @classmethod
    def in_memory(cls: "Type[Self]", clock: Clock = SYSTEM) -> "Self":
        """One that holds nothing yet, and nothing any more when it is closed."""
        self = cls.__new__(cls)
        self.clock, self.path, self.notice = clock, "", ""
        self._damaged, self._ours = False, False
        self._db = _connect(":memory:")
        return self

    @property
    def read_only(self) -> bool:
        return not self._ours and bool(self.path)

    def close(self) -> None:
        self._db.close()
        if self._damaged and self._ours:
            with _translate_errors(self.path):
                self._set_aside("it is damaged")

    def __enter__(self: "Self") -> "Self":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _set_aside(self, why: str) -> None:
        date = time.strftime("%Y%m%d-%H%M%S", time.localtime(self.clock.now()))
        aside = f"{self.path}.{date}"
        for ending in reversed(_ENDINGS):
            if os.path.exists(self.path + ending):
                os.replace(self.path + ending, aside + ending)
        before = sorted(_aside(self.path) - {aside})
        for old in before[: len(before) - _KEPT_ASIDE + 1]:
            with contextlib.suppress(OSError):  # somebody looks at it
                _remove(old)
        self.notice = (
            f"The store {self.path} cannot be used: {why}. It is now {aside}; a new one is begun."
        )
        log.warning(self.notice)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction."""
        try:
            with _translate_errors(self.path), self._db:
                yield self._db
        except StoreCorrupted:
            self._damaged = True
            raise

    def _rows(self, query: str, values: Iterable[Any] = ()) -> List[Any]:
        try:
            with _translate_errors(self.path):
                return self._db.execute(query, tuple(values)).fetchall()
        except StoreCorrupted:
            self._damaged = True
            raise


def delete_store(data_dir: str) -> None:
    """Remove the store, and those that were set aside. Raises OutputError. For the holder of the
    lock.
    """
    path = os.path.join(data_dir, FILE)
    with _translate_errors(path):
        for store in (*_aside(path), path):
            _remove(store)


def _remove(path: str) -> None:
    for ending in _ENDINGS:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + ending)


def _aside(path: str) -> Set[str]:
    """The stores that were set aside, by a name that ends in when that was."""
    folder, name = os.path.split(path)
    dated = re.compile(re.escape(name) + r"\.\d{8}-\d{6}")
    return {os.path.join(folder, found) for found in os.listdir(folder) if dated.fullmatch(found)}


class RunLock:
    """One run per data directory. The system releases it when its holder dies.

    Raises Busy when another process, or another part of this one, holds it.
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
                    advice = "Remove that file; it holds nothing"
                    raise OutputError(path, str(error), advice) from error
                raise

    def __enter__(self) -> "RunLock":
        return self

    def __exit__(self, *exc: object) -> None:
        self._db.close()


@contextlib.contextmanager
def _translate_errors(path: str) -> Iterator[None]:
    """Turn what the disk says into an error for the user."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if type(error) is sqlite3.DatabaseError:  # its children are no damage: locked, full, …
            raise StoreCorrupted(path, str(error)) from error
        raise OutputError(path, str(error)) from error


def _opened(path: str, **more: Any) -> sqlite3.Connection:
    """A connection that can also read text which the disk has damaged."""
    db: sqlite3.Connection = sqlite3.connect(path, timeout=5, **more)
    db.text_factory = functools.partial(str, encoding="utf-8", errors="replace")
    return db


def _connect(path: str) -> sqlite3.Connection:
    db = _opened(path, check_same_thread=False)
    try:
        # Refused on some network drives: then the journal stays.
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


def _connect_to_read(path: str) -> sqlite3.Connection:
    """A file at rest is said to be so: else SQLite makes the files that it shares with writers, and
    fails where it cannot."""
    busy = any(os.path.exists(path + ending) for ending in ("-wal", "-journal"))
    address = pathlib.Path(os.path.abspath(path)).as_uri()
    how = "mode=ro" if busy else "mode=ro&immutable=1"
    db = _opened(f"{address}?{how}", uri=True)
    try:
        if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            raise sqlite3.OperationalError("another version of gracenote2epg wrote it")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _why_unusable(path: str) -> str:
    """Why the file cannot be used; "" = it can, or there is none. Changes nothing in it.

    After an unclean end, which leaves a log beside the file, all of it is checked: that can take
    seconds on an SD card, so not each time.
    """
    if not os.path.exists(path) or not os.path.getsize(path):
        return ""
    unclean = any(os.path.exists(path + ending) for ending in ("-wal", "-journal"))
    db = _opened(path)
    try:
        if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return ""  # another run is just beginning it, or was ended while it did
        if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            return "it belongs to another program"
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version != VERSION:
            age = "a newer" if version > VERSION else "an older"
            return f"it was written by {age} version of gracenote2epg"
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
        whole = not unclean or db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        return "" if whole and tables >= _NAMES else "it is damaged"
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        busy = isinstance(error, sqlite3.OperationalError)  # or full, or not ours to open
        if busy and "unsupported file format" not in str(error):
            raise
        return f"it is damaged ({error})"
    finally:
        db.close()
