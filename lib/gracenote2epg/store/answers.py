"""What is kept between runs, in one SQLite file: answers by key and age, learned limits, history.

A guide answer is one compressed row per station and window, so that the writer can hold one station
at a time. One commit per answer: a run that is stopped anywhere goes on from there.
"""

import functools
import json
import logging
import secrets
import zlib
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from ..clock import DAY
from ..models import Airing, Credit, Details, Episode, GuideBlock, Lineup, Provider, Station
from .database import Database

log = logging.getLogger(__name__)

_KEPT_DETAILS = 180 * DAY  # a movie keeps its details for months
_KEPT_RUNS = 400
_PAST_EPISODES = 20  # of a series


class StoredWindow(NamedTuple):
    """A stored guide window. start, fetched: seconds since the epoch; tba: airings unknown yet."""

    start: int
    hours: int
    fetched: float
    tba: int

    @property
    def stop(self) -> int:
        return self.start + 3600 * self.hours


class Store(Database):
    """The answers and what was learned from them. One thread at a time."""

    # Guide windows

    def save_guide(
        self, lineup: Lineup, start: int, hours: int, block: GuideBlock, at: float
    ) -> None:
        """Keep an answered window. at: the time of the answer, seconds since the epoch.

        What an older answer held of a station that this one lacks stays: it is not contradicted.
        """
        tba = sum(airing.is_tba for _, own in block.airings for airing in own)
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

    def windows(self, lineup: Lineup) -> List[StoredWindow]:
        rows = self._rows(
            "SELECT start, hours, fetched, tba FROM windows WHERE lineup=? ORDER BY start, hours",
            (lineup.key,),
        )
        return [StoredWindow(*row) for row in rows]

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

    def save_details(self, details: Details, at: float) -> None:
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

    def set_fact(self, name: str, value: Any, at: float) -> None:
        """Remember a JSON value under a name."""
        with self._writing() as db:
            db.execute("REPLACE INTO facts VALUES (?,?,?)", (name, at, _with_checksum(value)))

    def delete_fact(self, name: str) -> None:
        with self._writing() as db:
            db.execute("DELETE FROM facts WHERE name=?", (name,))

    def fact(self, name: str) -> Tuple[Any, float]:
        """The remembered value and when it was learned; (None, 0.0) = nothing."""
        rows = self._rows("SELECT value, at FROM facts WHERE name=?", (name,))
        return (_unmarked(rows[0][0]), rows[0][1]) if rows else (None, 0.0)

    def facts(self, prefix: str) -> Dict[str, Any]:
        """The remembered values whose names begin so, by the rest of the name."""
        rows = self._rows(
            "SELECT name, value FROM facts WHERE substr(name, 1, ?)=?", (len(prefix), prefix)
        )
        return {name[len(prefix) :]: _unmarked(value) for name, value in rows}

    def installation_id(self) -> int:
        """A random number of this installation's own, made when it is first asked for."""
        number, _ = self.fact("installation")
        if number is None:
            number = secrets.randbelow(1 << 31)
            self.set_fact("installation", number, self.clock.now())
        return int(number)

    def providers(self, country: str, postal_code: str) -> Tuple[Tuple[Provider, ...], float]:
        """The lineups of a postal code as last listed, and when."""
        rows, at = self.fact(f"providers {country} {postal_code}")
        return tuple(Provider(Lineup(*row[0]), *row[1:]) for row in rows or ()), at

    def save_providers(
        self, country: str, postal_code: str, found: Iterable[Provider], at: float
    ) -> None:
        self.set_fact(f"providers {country} {postal_code}", list(found), at)

    def postal_codes(self) -> Set[str]:
        """All that were ever asked for."""
        listed = (name.split()[-1] for name in self.facts("providers "))
        kept = self._rows("SELECT DISTINCT lineup FROM windows")
        return {*listed, *(key.rpartition("|")[2] for (key,) in kept)} - {"", "-"}

    # Runs

    def add_run(self, at: float, value: Dict[str, Any]) -> None:
        with self._writing() as db:
            db.execute("REPLACE INTO runs VALUES (?,?)", (at, _with_checksum(value)))

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
                    f"DELETE FROM {table} WHERE start+hours*3600<?", (now - past_days * DAY,)
                )
            db.execute("DELETE FROM details WHERE fetched<?", (now - _KEPT_DETAILS,))
            db.execute(
                "DELETE FROM runs WHERE at NOT IN (SELECT at FROM runs ORDER BY at DESC LIMIT ?)",
                (_KEPT_RUNS,),
            )


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


def _with_checksum(value: Any) -> str:
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
