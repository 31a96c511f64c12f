"""What is kept between runs, in one SQLite file: answers by key and age, learned limits, history.

A guide answer is one compressed row per station and window, so that the writer can hold one station
at a time. One commit per answer: a run that is stopped anywhere goes on from there.
"""

import contextlib
import functools
import json
import logging
import os
import pathlib
import re
import secrets
import sqlite3
import time
import zlib
from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from .clock import SYSTEM, Clock
from .errors import Busy, OutputError, StoreDamaged
from .models import Airing, Credit, Details, Episode, GuideBlock, Lineup, Provider, Station

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
_DAY = 86400
_KEPT_DETAILS = 180 * _DAY  # a movie keeps its details for months
_KEPT_RUNS = 400
_PAST_EPISODES = 20  # of a series
_KEPT_ASIDE = 2  # stores that could not be used
_ENDINGS = ("-wal", "-shm", "-journal", "")  # of a store's files; itself last


class Window(NamedTuple):
    """A stored guide window. start, fetched: seconds since the epoch; tba: airings unknown yet."""

    start: int
    hours: int
    fetched: float
    tba: int

    @property
    def stop(self) -> int:
        return self.start + 3600 * self.hours


class Store:
    """The answers and what was learned from them. One thread at a time.

    Opening rebuilds what an older version wrote and sets aside, under another name, what a newer
    one or another program wrote or a broken disk left; ``notice`` says so.
    Raises OutputError when the folder cannot be written or the disk is full.
    """

    def __init__(self, data_dir: str, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self.path = os.path.join(data_dir, FILE)
        self.notice = ""
        self._damaged, self._ours = False, True
        with _told(self.path):
            os.makedirs(data_dir, exist_ok=True)
            why = _trouble(self.path)
            if why:
                self._set_aside(why)
            self._db = _connect(self.path)

    @classmethod
    def to_read(cls, data_dir: str, clock: Clock = SYSTEM) -> "Store":
        """The store as it is, another user's too, also while a run is at work: nothing is written,
        checked or set aside. Raises OutputError or StoreDamaged when there is none to read.
        """
        self = cls.__new__(cls)
        self.clock, self.path = clock, os.path.join(data_dir, FILE)
        self.notice = ""
        self._damaged, self._ours = False, False
        with _told(self.path):
            self._db = _connect_to_read(self.path)
        return self

    @classmethod
    def empty(cls, clock: Clock = SYSTEM) -> "Store":
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
            with _told(self.path):
                self._set_aside("it is damaged")

    def __enter__(self) -> "Store":
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
            with _told(self.path), self._db:
                yield self._db
        except StoreDamaged:
            self._damaged = True
            raise

    def _rows(self, query: str, values: Iterable[Any] = ()) -> List[Any]:
        try:
            with _told(self.path):
                return self._db.execute(query, tuple(values)).fetchall()
        except StoreDamaged:
            self._damaged = True
            raise

    # Guide windows

    def keep_guide(
        self, lineup: Lineup, start: int, hours: int, block: GuideBlock, at: float
    ) -> None:
        """Keep an answered window. at: the time of the answer, seconds since the epoch.

        What an older answer held of a station that this one lacks stays: it is not contradicted.
        """
        tba = sum(airing.unknown for _, own in block.airings for airing in own)
        rows = [
            (station_id, lineup.key, start, hours, at, _pack(list(map(_row, own))))
            for station_id, own in block.airings
        ]
        with self._writing() as db:
            db.execute(
                "REPLACE INTO windows VALUES (?,?,?,?,?,?)",
                (lineup.key, start, hours, at, tba, _pack(block.stations)),
            )
            db.executemany("REPLACE INTO airings VALUES (?,?,?,?,?,?)", rows)

    def windows(self, lineup: Lineup) -> List[Window]:
        rows = self._rows(
            "SELECT start, hours, fetched, tba FROM windows WHERE lineup=? ORDER BY start, hours",
            (lineup.key,),
        )
        return [Window(*row) for row in rows]

    def station_answers(self, lineup: Lineup) -> List[List[Station]]:
        """The stations of each of the lineup's stored windows, the latest answer last."""
        rows = self._rows(
            "SELECT stations FROM windows WHERE lineup=? ORDER BY fetched, start", (lineup.key,)
        )
        return [
            [
                Station(name, call_sign, network, tuple(numbers), *rest)
                for name, call_sign, network, numbers, *rest in _unpack(body) or ()
            ]
            for (body,) in rows
        ]

    def airings(
        self,
        station_ids: Sequence[str],
        lineups: Iterable[Lineup],
        begin: int,
        end: int,
        most: int = -1,
    ) -> List[Tuple[float, List[Airing]]]:
        """A station's rows of the windows that touch [begin, end): (fetched, airings), latest
        first.

        station_ids: the one that it has and those that it had. most: rows at most; -1 = all.
        """
        keys = [lineup.key for lineup in lineups]
        rows = self._rows(
            f"SELECT fetched, body FROM airings WHERE station IN ({_marks(station_ids)})"
            f" AND start<? AND start+hours*3600>? AND lineup IN ({_marks(keys)})"
            " ORDER BY fetched DESC, start, hours, lineup LIMIT ?",
            (*station_ids, end, begin, *keys, most),
        )
        return [(fetched, [_airing(row) for row in _unpack(body) or ()]) for fetched, body in rows]

    def silent_stations(self, lineups: Iterable[Lineup], since: float) -> Set[str]:
        """Those whose programmes no answer since then repeats, though it is about their hours."""
        keys = [lineup.key for lineup in lineups]
        rows = self._rows(
            "SELECT a.station FROM airings a JOIN windows w USING (lineup, start, hours)"
            f" WHERE w.fetched>=? AND a.fetched<? AND lineup IN ({_marks(keys)})"
            f" EXCEPT SELECT station FROM airings WHERE fetched>=? AND lineup IN ({_marks(keys)})",
            (since, since, *keys, since, *keys),
        )
        return {station for (station,) in rows}

    # Details

    def keep_details(self, details: Details, at: float) -> None:
        """Keep what the source says of a series now, and of the last episodes that it said before.

        It tells of coming ones only, and the guide still has what is on and what was on today.
        """
        before = self.details(details.series_id)
        if before:
            known = {episode.tms_id for episode in details.episodes}
            past = [episode for episode in before.episodes if episode.tms_id not in known]
            details = details._replace(episodes=(*past[-_PAST_EPISODES:], *details.episodes))
        with self._writing() as db:
            db.execute(
                "REPLACE INTO details VALUES (?,?,?)", (details.series_id, at, _pack(details))
            )

    def details(self, series_id: str) -> Optional[Details]:
        rows = self._rows("SELECT body FROM details WHERE series=?", (series_id,))
        found = _unpack(rows[0][0]) if rows else None
        if not found:
            return None
        *head, genres, cast, crew, episodes = found
        return Details._make(
            (
                *head,
                tuple(genres),
                tuple(map(Credit._make, cast)),
                tuple(map(Credit._make, crew)),
                tuple(
                    Episode(tms_id, date, synopsis, rating, tuple(own), tuple(flags))
                    for tms_id, date, synopsis, rating, own, flags in episodes
                ),
            )
        )

    def details_ages(self) -> Dict[str, float]:
        """When each series' details were fetched, seconds since the epoch."""
        return dict(self._rows("SELECT series, fetched FROM details"))

    # Facts: providers, learned limits, what was published, the affiliate that works

    def learn(self, name: str, value: Any, at: float) -> None:
        """Remember a JSON value under a name."""
        with self._writing() as db:
            db.execute("REPLACE INTO facts VALUES (?,?,?)", (name, at, _marked(value)))

    def unlearn(self, name: str) -> None:
        with self._writing() as db:
            db.execute("DELETE FROM facts WHERE name=?", (name,))

    def known(self, name: str) -> Tuple[Any, float]:
        """The remembered value and when it was learned; (None, 0.0) = nothing."""
        rows = self._rows("SELECT value, at FROM facts WHERE name=?", (name,))
        return (_unmarked(rows[0][0]), rows[0][1]) if rows else (None, 0.0)

    def all_known(self, prefix: str) -> Dict[str, Any]:
        """The remembered values whose names begin so, by the rest of the name."""
        rows = self._rows(
            "SELECT name, value FROM facts WHERE substr(name, 1, ?)=?", (len(prefix), prefix)
        )
        return {name[len(prefix) :]: _unmarked(value) for name, value in rows}

    def installation(self) -> int:
        """A random number of this installation's own, made when it is first asked for."""
        number, _ = self.known("installation")
        if number is None:
            number = secrets.randbelow(1 << 31)
            self.learn("installation", number, self.clock.now())
        return int(number)

    def providers(self, country: str, postal_code: str) -> Tuple[Tuple[Provider, ...], float]:
        """The lineups of a postal code as last listed, and when."""
        rows, at = self.known(f"providers {country} {postal_code}")
        return tuple(Provider(Lineup(*row[0]), *row[1:]) for row in rows or ()), at

    def keep_providers(
        self, country: str, postal_code: str, found: Iterable[Provider], at: float
    ) -> None:
        self.learn(f"providers {country} {postal_code}", list(found), at)

    def postal_codes(self) -> Set[str]:
        """All that were ever asked for."""
        listed = (name.split()[-1] for name in self.all_known("providers "))
        kept = self._rows("SELECT DISTINCT lineup FROM windows")
        return {*listed, *(key.rpartition("|")[2] for (key,) in kept)} - {"", "-"}

    # Runs

    def add_run(self, at: float, value: Dict[str, Any]) -> None:
        with self._writing() as db:
            db.execute("REPLACE INTO runs VALUES (?,?)", (at, _marked(value)))

    def runs(self, most: int = 20) -> List[Tuple[float, Dict[str, Any]]]:
        """The last runs, latest first: when each began, and what came of it."""
        rows = self._rows("SELECT at, value FROM runs ORDER BY at DESC LIMIT ?", (most,))
        found = [(at, _unmarked(value)) for at, value in rows]
        return [(at, value) for at, value in found if value is not None]

    def prune(self, now: float, past_days: int = 2) -> None:
        """Forget windows that ended ``past_days`` ago, details fetched months ago, old runs."""
        with self._writing() as db:
            for table in ("windows", "airings"):
                db.execute(
                    f"DELETE FROM {table} WHERE start+hours*3600<?", (now - past_days * _DAY,)
                )
            db.execute("DELETE FROM details WHERE fetched<?", (now - _KEPT_DETAILS,))
            db.execute(
                "DELETE FROM runs WHERE at NOT IN (SELECT at FROM runs ORDER BY at DESC LIMIT ?)",
                (_KEPT_RUNS,),
            )


def forget(data_dir: str) -> None:
    """Remove the store, and those that were set aside. Raises OutputError. For the holder of the
    lock.
    """
    path = os.path.join(data_dir, FILE)
    with _told(path):
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


class Lock:
    """One run per data directory. The system releases it when its holder dies.

    Raises Busy when another process, or another part of this one, holds it.
    """

    def __init__(self, data_dir: str) -> None:
        path = os.path.join(data_dir, "lock")
        with _told(path):
            os.makedirs(data_dir, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None)
            try:
                self._db.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as error:
                self._db.close()
                if "locked" in str(error):
                    raise Busy(data_dir) from error
                if os.path.isfile(path):
                    advice = "Remove that file; it holds nothing"
                    raise OutputError(path, str(error), advice) from error
                raise

    def __enter__(self) -> "Lock":
        return self

    def __exit__(self, *exc: object) -> None:
        self._db.close()


@contextlib.contextmanager
def _told(path: str) -> Iterator[None]:
    """Turn what the disk says into an error for the user."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if type(error) is sqlite3.DatabaseError:  # its children are no damage: locked, full, …
            raise StoreDamaged(path, str(error)) from error
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


def _trouble(path: str) -> str:
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


def _marks(values: Sequence[str]) -> str:
    """SQL's question marks for so many values."""
    return ",".join("?" * len(values))


def _airing(row: List[Any]) -> Airing:
    row[12], row[13], row[14] = _split(row[12]), _split(row[13]), _split(row[14])
    return Airing._make(row)


def _row(airing: Airing) -> Tuple[Any, ...]:
    """The airing as it is stored: its lists, whose texts have one line each, as one text."""
    return (*airing[:12], *map("\n".join, airing[12:15]), airing.generic)


@functools.lru_cache(maxsize=4096)
def _split(text: str) -> Tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()


def _pack(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), 3)


def _marked(value: Any) -> str:
    """The value as JSON behind its checksum: what a broken disk makes of it may be JSON too, of a
    shape that nobody expects.
    """
    text = json.dumps(value)
    return f"{zlib.crc32(text.encode()):08x} {text}"


def _unmarked(found: str) -> Any:
    """The value; None where the disk has damaged it."""
    mark, _, text = str(found).partition(" ")
    if mark != f"{zlib.crc32(text.encode()):08x}":
        log.info("A damaged fact of the store is passed over")
        return None
    return json.loads(text)


def _unpack(body: bytes) -> Any:
    """What was packed; None where the disk has damaged it."""
    try:
        return json.loads(zlib.decompress(body).decode())
    except (zlib.error, ValueError):
        log.warning("A damaged row of the store is passed over")
        return None
