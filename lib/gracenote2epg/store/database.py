"""The store's SQLite file: opened, checked, migrated, set aside if unusable, locked in a run."""

import contextlib
import functools
import logging
import os
import pathlib
import re
import secrets
import sqlite3
import tempfile
import time
from typing import Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple, Type, TypeVar

from ..clock import SYSTEM, Clock
from ..errors import AlreadyRunning, OutputError, StoreCorrupted, os_error_text
from ..util import files
from .choices import Choices

log = logging.getLogger(__name__)

IN_MEMORY = ":memory:"  # instead of a path
FILE, LOCK_FILE = "gracenote2epg.db", "lock"
USUAL_SIZE = 16 << 20  # bytes, of the store of an antenna
LOCK_WAIT = 0.1  # seconds: ``is_running`` shares the lock for some microseconds
VERSION = 1  # of the tables below and of the rows in them; PRAGMA user_version
APPLICATION_ID = 0x67326570  # "g2ep": tells our file from another program's

_TABLES = """
CREATE TABLE windows (
    lineup TEXT NOT NULL, start INTEGER NOT NULL, hours INTEGER NOT NULL,
    fetched REAL NOT NULL, tba INTEGER NOT NULL, stations BLOB NOT NULL,
    PRIMARY KEY (lineup, start, hours)) WITHOUT ROWID;
CREATE TABLE airings (
    station TEXT NOT NULL, lineup TEXT NOT NULL, start INTEGER NOT NULL, hours INTEGER NOT NULL,
    fetched REAL NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (station, lineup, start, hours)) WITHOUT ROWID;
CREATE TABLE details (
    series TEXT PRIMARY KEY, fetched REAL NOT NULL, body BLOB NOT NULL);
CREATE TABLE facts (name TEXT PRIMARY KEY, at REAL NOT NULL, value TEXT NOT NULL);
CREATE TABLE runs (at REAL PRIMARY KEY, value TEXT NOT NULL);
"""
_CREATE: Dict[str, str] = {
    statement.split()[2]: statement.strip() for statement in _TABLES.split(";")[:-1]
}
_MIGRATED = ("facts", "runs")  # the other tables can be downloaded again
_MAX_SET_ASIDE = 2  # damaged and foreign stores
_LOG_SUFFIXES = ("-wal", "-journal")  # such a file exists during a write and after a crash
_SUFFIXES = ("-wal", "-shm", "-journal", "")  # of all files of a store; the database last

Self = TypeVar("Self", bound="Database")


class Database:
    """The open file; for one thread at a time.

    A file that is damaged or foreign is set aside under a dated name and replaced, one of a newer
    version under a name with its version; ``notice`` says so. One of an older version is migrated:
    it keeps its facts and runs. Raises OutputError if the folder is not writable or the disk full.
    """

    notice = ""
    read_only = False
    _damaged = False

    def __init__(self, data_dir: str, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self.path = os.path.join(data_dir, FILE)
        with _translate_errors(self.path):
            files.make_private_folder(data_dir)
            reason, version = _why_unusable(self.path)
            if reason:
                self._set_aside(reason, version)
            self._db = _connect(self.path)
        self.choices = Choices(data_dir, clock)

    @classmethod
    def open_read_only(cls: "Type[Self]", data_dir: str, clock: Clock = SYSTEM) -> "Self":
        """Open another user's store, or one in use, without writing, checking or setting aside.

        Raises OutputError or StoreCorrupted if it cannot be read.
        """
        self = cls.__new__(cls)
        self.clock, self.path, self.read_only = clock, os.path.join(data_dir, FILE), True
        with _translate_errors(self.path, read_only=True):
            self._db = _connect_read_only(self.path)
        self.choices = Choices(data_dir, clock, read_only=True)
        return self

    @classmethod
    def in_memory(cls: "Type[Self]", clock: Clock = SYSTEM) -> "Self":
        """An empty store without a file."""
        self = cls.__new__(cls)
        self.clock, self.path = clock, ""
        self._db = _connect(IN_MEMORY)
        self.choices = Choices("")
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

    def _set_aside(self, reason: str, version: int = VERSION) -> None:
        date = time.strftime("%Y%m%d-%H%M%S", time.localtime(self.clock.now()))
        target = f"{self.path}.{f'v{version}' if version > VERSION else date}"
        if version > VERSION:
            _remove(target)
        for suffix in reversed(_SUFFIXES):
            if os.path.exists(self.path + suffix):
                os.replace(self.path + suffix, target + suffix)
        older = sorted(_stores_set_aside(self.path, _DATED) - {target})
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
        parameters = tuple(values)
        try:
            with _translate_errors(self.path):
                return self._db.execute(query, parameters).fetchall()
        except StoreCorrupted:
            self._damaged = True
            if not self.read_only:
                raise
        # A run may have begun since this was opened, and ``immutable`` does not see its log.
        with _translate_errors(self.path, read_only=True):
            self._db.close()
            self._db = _connect_read_only(self.path)
            return self._db.execute(query, parameters).fetchall()


def delete_store(data_dir: str) -> None:
    """Remove the store and those that were set aside; the caller holds the RunLock.

    Raises OutputError.
    """
    path = os.path.join(data_dir, FILE)
    with _translate_errors(path):
        for store in (*_stores_set_aside(path, f"{_DATED}|{_VERSIONED}"), path):
            _remove(store)


def _remove(path: str) -> None:
    for suffix in _SUFFIXES:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + suffix)


_DATED, _VERSIONED = r"\d{8}-\d{6}", r"v\d+"  # the last parts of their names


def _stores_set_aside(path: str, names: str) -> Set[str]:
    folder, name = os.path.split(path)
    pattern = re.compile(rf"{re.escape(name)}\.({names})")
    return {os.path.join(folder, file) for file in os.listdir(folder) if pattern.fullmatch(file)}


class RunLock:
    """One run per data directory. The system releases the lock when the process dies.

    Raises AlreadyRunning if another process, or another part of this one, holds it; OutputError if
    there can be no lock.
    """

    def __init__(self, data_dir: str) -> None:
        path = os.path.join(data_dir, LOCK_FILE)
        with _translate_errors(path):
            files.make_private_folder(data_dir)
            self._db = sqlite3.connect(path, timeout=LOCK_WAIT, isolation_level=None)
            try:
                self._db.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as error:
                self._db.close()
                if not _has_locks(data_dir):
                    what = "the file system of this folder has no locks"
                    advice = "Set data_dir to a folder on a disk of this machine; nothing was lost"
                    raise OutputError(path, what, advice) from error
                if "locked" in str(error):
                    raise AlreadyRunning(data_dir) from error
                if os.path.isfile(path) and not files.is_disk_full(error):
                    advice = "Delete this file; it contains no data"
                    raise OutputError(path, str(error), advice) from error
                raise

    def __enter__(self) -> "RunLock":
        return self

    def __exit__(self, *exc: object) -> None:
        self._db.close()


def _has_locks(folder: str) -> bool:
    """Whether a file that nobody else has can be locked. Some network shares refuse every lock,
    which SQLite does not tell from a lock that another process holds."""
    path = os.path.join(folder, f"lock.{secrets.token_hex(4)}")
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as db:
            db.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        return not re.search("lock|I/O", str(error))
    finally:
        with contextlib.suppress(OSError):
            os.remove(path)
    return True


def is_running(data_dir: str) -> bool:
    """Whether someone holds the RunLock."""
    path = os.path.abspath(os.path.join(data_dir, LOCK_FILE))
    try:
        with contextlib.closing(
            sqlite3.connect(f"{pathlib.Path(path).as_uri()}?mode=ro", uri=True, timeout=0)
        ) as db:
            db.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.Error as error:
        return "locked" in str(error)
    return False


@contextlib.contextmanager
def _translate_errors(path: str, read_only: bool = False) -> Iterator[None]:
    """Raise StoreCorrupted and OutputError instead of SQLite's and the system's errors."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if type(error) is sqlite3.DatabaseError:  # its subclasses mean: locked, full, …
            raise StoreCorrupted(path, str(error)) from error
        if "unable to open" in str(error):
            error = _why_not_opened(path, read_only) or error
        if files.is_disk_full(error):
            size = os.path.getsize(path) if os.path.exists(path) else 0
            detail = files.room_text(path, max(size, USUAL_SIZE))
            raise OutputError(path, detail, files.FREE_ROOM) from error
        raise OutputError(path, os_error_text(error)) from error


def _why_not_opened(path: str, read_only: bool) -> Optional[OSError]:
    """Why SQLite cannot open a file: it does not say. None = it is not for lack of permission.

    read_only: find out without writing. A reader too needs a writable file, see ``_has_log``.
    """
    try:
        if read_only:
            os.close(os.open(path, os.O_RDWR))
        else:
            tempfile.TemporaryFile(dir=os.path.dirname(path)).close()
    except OSError as error:
        return error
    return None


def _open(path: str, **options: Any) -> sqlite3.Connection:
    db: sqlite3.Connection = sqlite3.connect(path, timeout=5, **options)
    # Damaged text must not raise here: a wrong checksum or key reveals it.
    db.text_factory = functools.partial(str, encoding="utf-8", errors="replace")
    return db


def let_others_read(data_dir: str) -> None:
    """Let other users read the store: a Tvheadend that is not Kodi's user sends Kodi's guide."""
    for suffix in _SUFFIXES:
        with contextlib.suppress(OSError):
            os.chmod(os.path.join(data_dir, FILE + suffix), 0o644)


def _connect(path: str) -> sqlite3.Connection:
    if path != IN_MEMORY:  # a new one is its user's own: it holds the postal code
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = _open(path, check_same_thread=False)
    try:
        # Some network drives do not support WAL: SQLite then keeps the journal.
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        if _version(db) != VERSION:
            _migrate(db)
    except (sqlite3.Error, UnicodeDecodeError):
        db.close()
        raise
    return db


def _version(db: sqlite3.Connection) -> int:
    """0 = the file is new."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _migrate(db: sqlite3.Connection) -> None:
    """Make the tables of this version; facts and runs of an older one stay as they are."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        if _version(db) == VERSION:
            return  # another process was quicker
        present = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type='table'"))
        for name, statement in _CREATE.items():
            if name in _MIGRATED and present.get(name) == statement:
                continue
            db.execute(f"DROP TABLE IF EXISTS {name}")
            db.execute(statement)
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute(f"PRAGMA user_version={VERSION}")


def _has_log(path: str) -> bool:
    """Whether a process is writing, or has crashed while writing."""
    return any(os.path.exists(path + suffix) for suffix in _LOG_SUFFIXES)


def _connect_read_only(path: str) -> sqlite3.Connection:
    """Open the file so that nothing is written. Raises sqlite3.Error.

    Without ``immutable``, SQLite creates the files that it shares with writers, and fails in a
    folder of another user.
    """
    uri = pathlib.Path(os.path.abspath(path)).as_uri()
    db = _open(f"{uri}?mode=ro{'' if _has_log(path) else '&immutable=1'}", uri=True)
    try:
        if _version(db) != VERSION:
            raise sqlite3.OperationalError("another version of gracenote2epg wrote it")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _why_unusable(path: str) -> Tuple[str, int]:
    """Why the file cannot be used, and its version; "" = usable, or missing. Changes nothing in the
    file. Raises OSError and sqlite3.OperationalError.

    Only a file with a log, as a crash leaves it, is checked as a whole: that can take seconds on an
    SD card.
    """
    if not os.path.exists(path) or not os.path.getsize(path):
        return "", VERSION
    check_all = _has_log(path)
    db = _open(path)
    try:
        if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return "", VERSION  # another run is creating it, or was killed meanwhile
        if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            return "it belongs to another program", VERSION
        version = _version(db)
        if version > VERSION:
            return "it was written by a newer version of gracenote2epg", version
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
        intact = not check_all or db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        has_all = version < VERSION or tables >= set(_CREATE)
        return "" if intact and has_all else "it is damaged", VERSION
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # OperationalError means locked, full or not permitted, with one exception.
        operational = isinstance(error, sqlite3.OperationalError)
        if operational and "unsupported file format" not in str(error):
            raise
        return f"it is damaged ({error})", VERSION
    finally:
        db.close()
