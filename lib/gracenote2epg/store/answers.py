"""Answers of the source, facts and the history of runs, kept in one SQLite file.

Listings are one compressed row per station and window, so that the writer can hold one station at
a time. Each answer is one commit: an interrupted run continues where it stopped.

Times are seconds since the epoch, UTC.
"""

import contextlib
import functools
import json
import logging
import re
import secrets
import zlib
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple, TypeVar

from ..clock import DAY, HOUR, SYSTEM, Clock
from ..errors import StoreCorrupted
from ..models import (
    Airing,
    Credit,
    Details,
    Episode,
    GuideBlock,
    Lineup,
    Provider,
    Station,
    placeholder_starts,
)
from .choices import AFFILIATE, ASSIGNED_STATIONS, FORMER_IDS
from .database import Database

log = logging.getLogger(__name__)

INSTALLATION = "installation"  # fact: see installation_id
_JUST_NAMED = 14 * DAY  # no stored airing may name the series of such new details yet
_SERIES_ID = re.compile(rb'"((?:SH|MV)\d+)"')  # in the body of a row
_PAST_DAYS_FACT = "past days"  # by number of past days: when a run last kept that many
_PAST_DAYS_KEPT_FOR = 30 * DAY
_MAX_RUNS = 400
_Value = TypeVar("_Value")
_MAX_PAST_EPISODES = 20  # of a series


class StoredWindow(NamedTuple):
    """A stored guide window. fetched: when it came; tba: how many airings are to be announced."""

    start: int
    hours: int
    fetched: float
    tba: int

    @property
    def stop(self) -> int:
        return self.start + HOUR * self.hours


class Store(Database):
    """Queries of the store; for one thread at a time."""

    def __init__(self, data_dir: str, clock: Clock = SYSTEM) -> None:
        super().__init__(data_dir, clock)
        with contextlib.suppress(StoreCorrupted):  # closing sets it aside
            for key in (ASSIGNED_STATIONS, FORMER_IDS, AFFILIATE):
                if key not in self.choices:  # older versions kept them as facts
                    value, _ = self.fact(key)
                    if value is not None:
                        self.choices.put(key, value)
        self.notice = " ".join(filter(None, (self.notice, self.choices.notice)))

    # Guide windows

    def save_guide(
        self, lineup: Lineup, start: int, hours: int, block: GuideBlock, at: float
    ) -> None:
        """Save the answer to a window. at: when it came.

        Airings of stations that this answer lacks stay as an older answer has them.
        """
        tba = sum(airing.is_tba for _, airings in block.airings for airing in airings)
        tba += sum(self._placeholders(lineup, *station) for station in block.airings)
        rows = [
            (station_id, lineup.key, start, hours, at, _pack(list(map(_row, airings))))
            for station_id, airings in block.airings
        ]
        with self._transaction() as db:
            db.execute(
                "REPLACE INTO windows VALUES (?,?,?,?,?,?)",
                (lineup.key, start, hours, at, tba, _pack(block.stations)),
            )
            db.executemany("REPLACE INTO airings VALUES (?,?,?,?,?,?)", rows)

    def _placeholders(self, lineup: Lineup, station_id: str, airings: Sequence[Airing]) -> int:
        """How many of the station's airings are placeholders: one title that fills a day."""
        if len({airing.title for airing in airings}) > 1 or not airings:
            return 0  # most stations
        begin, end = airings[0].start, airings[-1].stop
        around = self.airings([station_id], [lineup], begin - DAY, end + DAY)
        by_start = {
            airing.start: airing
            for _, own in reversed(around)  # the latest answer counts
            for airing in own
            if airing.stop <= begin or airing.start >= end
        }
        by_start.update((airing.start, airing) for airing in airings)
        starts = placeholder_starts([by_start[start] for start in sorted(by_start)])
        return sum(airing.start in starts and not airing.is_tba for airing in airings)

    def windows(self, lineup: Lineup) -> List[StoredWindow]:
        """The lineup's stored windows, by start."""
        rows = self._rows(
            "SELECT start, hours, fetched, tba FROM windows WHERE lineup=? ORDER BY start, hours",
            (lineup.key,),
        )
        return [StoredWindow(*row) for row in rows]

    def station_answers(self, lineup: Lineup) -> List[Sequence[Station]]:
        """The stations in each of the lineup's stored windows, the latest answer last."""
        rows = self._rows(
            "SELECT stations FROM windows WHERE lineup=? ORDER BY fetched, start", (lineup.key,)
        )
        return [_stations(body) for (body,) in rows]

    def airings(
        self,
        station_ids: Sequence[str],
        lineups: Iterable[Lineup],
        begin: int,
        end: int,
        most: int = -1,
    ) -> List[Tuple[float, List[Airing]]]:
        """A station's airings in each window that touches [begin, end): (fetched, airings), latest
        first.

        station_ids: its present and former ids. most: windows to return at most; -1 = all.
        """
        keys = [lineup.key for lineup in lineups]
        rows = self._rows(
            f"SELECT fetched, body FROM airings WHERE station IN ({_question_marks(station_ids)})"
            f" AND start<? AND start+hours*3600>? AND lineup IN ({_question_marks(keys)})"
            " ORDER BY fetched DESC, start, hours, lineup LIMIT ?",
            (*station_ids, end, begin, *keys, most),
        )
        return [(fetched, [_airing(row) for row in _unpack(body) or ()]) for fetched, body in rows]

    def silent_stations(self, lineups: Iterable[Lineup], since: float) -> Set[str]:
        """The ids of stations with stored airings in windows that were fetched again since then,
        but with none in the new answers.
        """
        keys = [lineup.key for lineup in lineups]
        in_lineups = f"lineup IN ({_question_marks(keys)})"
        rows = self._rows(
            "SELECT a.station FROM airings a JOIN windows w USING (lineup, start, hours)"
            f" WHERE w.fetched>=? AND a.fetched<? AND {in_lineups}"
            f" EXCEPT SELECT station FROM airings WHERE fetched>=? AND {in_lineups}",
            (since, since, *keys, since, *keys),
        )
        return {station for (station,) in rows}

    # Details

    def save_details(self, details: Details, at: float) -> None:
        """Save series details, and keep some earlier episodes: the source lists only coming ones,
        but the guide still contains today's. at: when they came.
        """
        stored = self.details(details.series_id)
        if stored:
            coming = {episode.tms_id for episode in details.episodes}
            past = [episode for episode in stored.episodes if episode.tms_id not in coming]
            details = details._replace(episodes=(*past[-_MAX_PAST_EPISODES:], *details.episodes))
        self._execute("REPLACE INTO details VALUES (?,?,?)", details.series_id, at, _pack(details))

    def details(self, series_id: str) -> Optional[Details]:
        """The stored details; None = there are none, or the disk has damaged them."""
        rows = self._rows("SELECT body FROM details WHERE series=?", (series_id,))
        values = _unpack(rows[0][0]) if rows else None
        if not values:
            return None
        *head, genres, cast, crew, episodes = values
        people = (tuple(map(Credit._make, credits)) for credits in (cast, crew))
        fields = (*head, _same(tuple(genres)), *people, tuple(map(_episode, episodes)))
        return Details._make(fields)

    def details_ages(self) -> Dict[str, float]:
        """When the details of each series were fetched."""
        return dict(self._rows("SELECT series, fetched FROM details"))

    # Facts: small JSON values by name

    def set_fact(self, name: str, value: Any, at: float) -> None:
        """Store a JSON value, or replace it. at: the time that ``fact`` returns with it."""
        self._execute("REPLACE INTO facts VALUES (?,?,?)", name, at, _with_checksum(value))

    def delete_fact(self, name: str) -> None:
        self._execute("DELETE FROM facts WHERE name=?", name)

    def fact(self, name: str) -> Tuple[Any, float]:
        """The value and when it was set; (None, 0.0) if there is none."""
        rows = self._rows("SELECT value, at FROM facts WHERE name=?", (name,))
        return (_checked(rows[0][0]), rows[0][1]) if rows else (None, 0.0)

    def facts(self, prefix: str) -> Dict[str, Any]:
        """The values of all names with this prefix, by the rest of the name."""
        rows = self._rows(
            "SELECT name, value FROM facts WHERE substr(name, 1, ?)=?", (len(prefix), prefix)
        )
        return {name[len(prefix) :]: _checked(value) for name, value in rows}

    def installation_id(self) -> int:
        """A random number, the same for the life of this store."""
        number, _ = self.fact(INSTALLATION)
        if number is None:
            number = secrets.randbelow(1 << 31)
            self.set_fact(INSTALLATION, number, self.clock.now())
        return int(number)

    def providers(self, country: str, postal_code: str) -> Tuple[Tuple[Provider, ...], float]:
        """The lineups of a postal code as last listed, and when."""
        rows, at = self.fact(f"providers {country} {postal_code}")
        return tuple(Provider(Lineup(*row[0]), *row[1:]) for row in rows or ()), at

    def save_providers(
        self, country: str, postal_code: str, providers: Iterable[Provider], at: float
    ) -> None:
        """Store the lineups of a postal code. at: when they came."""
        self.set_fact(f"providers {country} {postal_code}", list(providers), at)

    def postal_codes(self) -> Set[str]:
        """All postal codes with stored answers."""
        listed = (name.split()[-1] for name in self.facts("providers "))
        keys = self._rows("SELECT DISTINCT lineup FROM windows")
        return {*listed, *(key.rpartition("|")[2] for (key,) in keys)} - {"", "-"}

    # Runs

    def add_run(self, at: float, value: Dict[str, Any]) -> None:
        """Store the result of a run. at: when it began."""
        self._execute("REPLACE INTO runs VALUES (?,?)", at, _with_checksum(value))

    def runs(self, most: int = 20) -> List[Tuple[float, Dict[str, Any]]]:
        """The last runs, at most ``most``, latest first: when each began, and its result."""
        rows = self._rows("SELECT at, value FROM runs ORDER BY at DESC LIMIT ?", (most,))
        results = [(at, _checked(value)) for at, value in rows]
        return [(at, value) for at, value in results if value is not None]

    def remove_offline_runs(self) -> None:
        """Remove runs without requests: they say nothing of the source. A failed one stays until
        the next run."""
        for at, run in self.runs():
            if run.get("offline"):
                self._execute("DELETE FROM runs WHERE at=?", at)

    def prune(self, now: float, past_days: int = 2) -> None:
        """Delete windows that ended over ``past_days`` ago, the details of series that no stored
        airing names, and old runs.

        Where several settings share the store, the most ``past_days`` of the last month count.
        """
        known, _ = self.fact(_PAST_DAYS_FACT)
        used = {**(known or {}), str(past_days): now}
        used = {days: at for days, at in used.items() if at > now - _PAST_DAYS_KEPT_FOR}
        self.set_fact(_PAST_DAYS_FACT, used, now)
        oldest = now - max(map(int, used)) * DAY
        with self._transaction() as db:
            for table in ("windows", "airings"):
                db.execute(f"DELETE FROM {table} WHERE start+hours*3600<?", (oldest,))
            db.execute(
                "DELETE FROM runs WHERE at NOT IN (SELECT at FROM runs ORDER BY at DESC LIMIT ?)",
                (_MAX_RUNS,),
            )
            rows = db.execute("SELECT series FROM details WHERE fetched<?", (now - _JUST_NAMED,))
            unnamed = {series_id for (series_id,) in rows}
            for (body,) in db.execute("SELECT body FROM airings") if unnamed else ():
                with contextlib.suppress(zlib.error):  # a damaged row names nothing
                    named = _SERIES_ID.findall(zlib.decompress(body))
                    unnamed.difference_update(map(bytes.decode, named))
            db.executemany("DELETE FROM details WHERE series=?", [(each,) for each in unnamed])


def _question_marks(values: Sequence[str]) -> str:
    """SQL placeholders, one for each value."""
    return ",".join("?" * len(values))


def _row(airing: Airing) -> Tuple[Any, ...]:
    """The airing as stored: each list as one text, an entry per line."""
    return (*airing[:12], *map("\n".join, airing[12:15]), airing.generic)


def _airing(row: List[Any]) -> Airing:
    row[12], row[13], row[14] = _split(row[12]), _split(row[13]), _split(row[14])
    return Airing._make(row)


def _episode(row: List[Any]) -> Episode:
    row[1:6] = _same(row[1]), row[2], _same(row[3]), _same(tuple(row[4])), _same(tuple(row[5]))
    return Episode(*row)  # no title and numbers in what an earlier version stored


@functools.lru_cache(maxsize=4096)
def _split(text: str) -> Tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()


@functools.lru_cache(maxsize=4096)
def _same(value: _Value) -> _Value:
    """One object for equal values: a guide keeps the details of all its series in memory."""
    return value


@functools.lru_cache(maxsize=64)  # the windows of 14 days; a run asks for them several times
def _stations(body: bytes) -> Sequence[Station]:
    """The stations of a window; equal ones are one object."""
    return tuple(
        _same(Station(station_id, call_sign, name, tuple(numbers), *rest))
        for station_id, call_sign, name, numbers, *rest in _unpack(body) or ()
    )


def _pack(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), 3)


def _unpack(body: bytes) -> Any:
    """The packed value; None if the disk has damaged it."""
    try:
        return json.loads(zlib.decompress(body).decode())
    except (zlib.error, ValueError):
        log.warning("Ignoring a damaged row of the store")
        return None


def _with_checksum(value: Any) -> str:
    """Checksum and JSON: what a faulty disk returns may be valid JSON of an unexpected shape."""
    text = json.dumps(value)
    return f"{zlib.crc32(text.encode()):08x} {text}"


def _checked(stored: str) -> Any:
    """The value; None if the disk has damaged it."""
    checksum, _, text = str(stored).partition(" ")
    if checksum != f"{zlib.crc32(text.encode()):08x}":
        log.info("Ignoring a damaged fact of the store")
        return None
    return json.loads(text)
