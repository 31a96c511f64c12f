"""One station's day: what is shown when, without the texts, which are made on demand.

A day begins where the last programme of the day before ends: ``carry`` minutes past midnight UTC,
a number that follows from station and day alone. So each day is independent, and
programmes still run across midnight without a gap.
"""

import random
import zlib
from typing import List, NamedTuple, Sequence, Set, Tuple

from .programme_kinds import DAILY, MOVIE, NEWS, SHOPPING, SPECIAL, SPORTS
from .programmes import ANNOUNCED_LATER, GAMES, NOT_YET_KNOWN, PAID_PROGRAMMING, SIGNED_OFF, Series
from .stations import Station

DAY = 1440  # minutes
NIGHT = (480, 660)  # 08:00 … 11:00 UTC, the small hours in America
_CARRIES = (0, 0, 0, 30, 0, 60, 15, 0, 90, 31, 5, 45)  # minutes
_SHORT = (2, 4, 5, 12)  # minutes


class Showing(NamedTuple):
    """What may be shown next, and for how many minutes."""

    series: Series
    episode: int
    flags: Tuple[str, ...]
    minutes: int


class Slot(NamedTuple):
    """start, stop: minutes after the day's midnight UTC. open: still "TBA" days before."""

    start: int
    stop: int
    series: Series
    episode: int
    flags: Tuple[str, ...] = ()
    generic: bool = False
    open: bool = False


def carry(seed: int, station: int, day: int) -> int:
    """Return how many minutes the last programme of the day before runs into this day."""
    return _CARRIES[zlib.crc32(f"{seed}/{station}/{day}".encode()) % len(_CARRIES)]


def plan(seed: int, station: Station, repertoire: Sequence[Series], day: int) -> Tuple[Slot, ...]:
    """Return the day's slots, ordered, whole minutes, without gap or overlap.

    The exceptions: a station that is gone has none, a part-time one is on the air for six hours
    of every other day.
    """
    if station.role == "gone" or (station.role == "parttime" and day % 2):
        return ()
    start, stop = carry(seed, station.place, day), DAY + carry(seed, station.place, day + 1)
    if station.role == "parttime":
        start, stop = 720, 1080
    return tuple(_Day(seed, station, repertoire, day).fill(start, stop))


class _Day:
    """The state of one day's making."""

    def __init__(self, seed: int, station: Station, share: Sequence[Series], day: int) -> None:
        self._rng = random.Random(f"{seed}/{station.place}/{day}")
        self._station, self._share, self._day = station, share, day
        self._turn = day * 23 + station.place
        self._new: Set[int] = set()  # series whose new episode was shown today
        self._games = 0
        self._slots: List[Slot] = []

    def fill(self, start: int, stop: int) -> List[Slot]:
        minute = start
        while minute < stop:
            for showing in self._next(minute):
                minute = self._add(minute, stop, showing)
                if minute >= stop:
                    break
        return self._slots

    def _next(self, minute: int) -> List[Showing]:
        """Return the next showings: one, a double bill, or a new one that is repeated."""
        rng, role = self._rng, self._station.role
        if NIGHT[0] <= minute < NIGHT[1] and role in ("general", "spanish", "french"):
            if self._station.place % 9 == 0:
                return [Showing(SIGNED_OFF, 0, (), NIGHT[1] - minute)]
            if rng.random() < 0.3:
                return [Showing(PAID_PROGRAMMING, 0, (), 30)]
        if rng.random() < 0.005:
            return [Showing(rng.choice((ANNOUNCED_LATER, NOT_YET_KNOWN)), 0, (), 60)]
        series = self._share[self._turn % len(self._share)]
        self._turn += 1
        episode, flags = self._episode(series)
        minutes = self._minutes(series.minutes, minute)
        first = Showing(series, episode, flags, minutes)
        roll = rng.random()
        if series.kind in (MOVIE, SPORTS, SPECIAL, SHOPPING) or roll > 0.3:
            return [first]
        if "New" in flags and minutes in (30, 60) and roll < 0.2:
            other = self._share[self._turn % len(self._share)]
            between = [] if minutes == 60 else [Showing(other, self._old(other), (), 30)]
            return [first, *between, first._replace(flags=())]
        episode, flags = self._episode(series)
        return [first, Showing(series, episode, flags, minutes)]

    def _episode(self, series: Series) -> Tuple[int, Tuple[str, ...]]:
        """Return which episode is shown, and its flags."""
        rng, day = self._rng, self._day
        if series.place < 0:  # paid programming, where a station has nothing else
            return 0, ()
        if series.kind == SPORTS:
            self._games += 1
            live = rng.random() < 0.6
            game = (day if live else day - 1) * GAMES + self._games
            return game, (("Live", "New") if live else ())
        if series.kind == MOVIE:
            return 0, (("Premiere",) if rng.random() < 0.02 else ())
        if series.kind == NEWS:
            return series.newest(day), (("Live", "New") if rng.random() < 0.3 else ("New",))
        if series.kind in (SPECIAL, SHOPPING):
            return series.newest(day), (("New",) if rng.random() < 0.3 else ())
        if series.place in self._new or not series.is_new_on(day):
            return self._old(series), ()
        self._new.add(series.place)
        episode = series.newest(day)
        edge = {0: ("New", "Premiere"), series.season - 1: ("New", "Finale")}
        if series.kind == DAILY:
            return episode, ("New",)
        return episode, edge.get(episode % series.season, ("New",))

    def _old(self, series: Series) -> int:
        return series.newest(self._day) - self._rng.randrange(1, 25)

    def _minutes(self, usual: int, minute: int) -> int:
        """Return the length: mostly so that it ends on the half hour, sometimes odd."""
        roll = self._rng.random()
        if roll < 0.02:
            return self._rng.choice(_SHORT)
        if roll < 0.05:
            return usual + self._rng.choice((1, -1, -2, 5))
        over = (minute + usual) % 30
        if over and roll < 0.85:
            return usual - over if over <= 15 and usual - over >= 10 else usual + 30 - over
        return usual

    def _add(self, minute: int, stop: int, showing: Showing) -> int:
        """Put a showing at ``minute``; return when it ends: never a stub before the day's end."""
        series, episode, flags, minutes = showing
        end = minute + minutes
        if end > stop and end - stop > minutes // 2:  # too little is left for this one
            series, episode, flags = PAID_PROGRAMMING, 0, ()
        if stop - end < 10:
            end = stop
        roll = self._rng.random()
        episodic = series.place >= 0 and series.kind not in (MOVIE, SPORTS)
        generic = episodic and not flags and roll < 0.02
        self._slots.append(Slot(minute, end, series, episode, flags, generic, 0.1 < roll < 0.13))
        return end
