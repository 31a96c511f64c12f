"""The made-up world: its line-ups, what is on when, and the service's answers about it.

Everything follows from the seed: the same seed gives the same bytes, for any day of any year, on
every Python and under every PYTHONHASHSEED. Nothing here comes from the product's own parser.
"""

from functools import lru_cache
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple, Union

from ..clock import SYSTEM
from . import details as demo_details
from . import json_format
from .day_schedule import Slot, carry, plan
from .lineups import Lineup, Lineups
from .programmes import ANNOUNCED_LATER, Airing, Catalogue, Series
from .stations import Position, channel_row

Json = Dict[str, Any]
LineupRef = Union[None, str, Mapping[str, str]]

HOUR, DAY = 3600, 86400  # seconds
BACK, AHEAD = 48 * HOUR, 14 * DAY  # how far the service looks from now


class World:
    """Stations, series and a schedule without end.

    stations: how many the antenna at ``postal_code`` receives (cable has these and half as many
    again). series: how many different series and movies they show, beside paid programming, sign
    off and TBA. postal_codes: the others where somebody lives; at those the antenna receives
    about three quarters of the stations. now: the moment, or where to read it; it bounds what the
    grid answers (48 hours back, 14 days ahead). tba_after: resolvable airings that start later
    are still "To Be Announced"; may be changed while a server runs.

    Distinct seriesIds on the antenna, measured: 84 of World() in 3 days, 604 of World(40, 600)
    in 7, 5,004 of World(300, 5000) in 14; one in five is a movie. Those last are 99,000 airings,
    made in about 4 s of processor time; a window of 6 hours and 40 stations takes 10 to 25 ms.
    """

    def __init__(
        self,
        stations: int = 40,
        series: int = 80,
        seed: int = 1,
        postal_code: str = "90210",
        country: str = "USA",
        *,
        postal_codes: Tuple[str, ...] = ("90210", "10001", "J3B1M4"),
        now: Union[float, Callable[[], float]] = SYSTEM.now,
        tba_after: Optional[int] = None,
    ) -> None:
        self.seed, self.country, self.tba_after = seed, country, tba_after
        self._now = now
        self._lineups = Lineups(stations, seed, country, (postal_code, *tuple(postal_codes)))
        self.postal_code = self._lineups.postal_codes[0]
        self._catalogue = Catalogue(series, seed, self._lineups.stations, stations)
        self._shown_on = self._catalogue.shown_on(range(stations))
        self._slots = lru_cache(maxsize=1 << 13)(self._plan)

    @property
    def now(self) -> int:
        """The moment of this world, seconds since the epoch."""
        return int(self._now() if callable(self._now) else self._now)

    @property
    def giant(self) -> str:
        """The seriesId whose details answer is 1.5 MB."""
        return self._catalogue.all[0].series_id

    def lineups(self, postal_code: Optional[str] = None) -> List[Dict[str, str]]:
        """Return the rows of the Providers answer: antenna, cable, satellite, a second cable."""
        return [lineup.row() for lineup in self._lineups.near(postal_code or self.postal_code)]

    def find(self, lineup: LineupRef = None) -> Optional[Lineup]:
        """Return the line-up meant by a Providers row, by the parameters of a grid request or by
        a lineupId; None means the antenna at home. Returns None when the service has none."""
        if lineup is None or isinstance(lineup, str):
            rows = self._lineups.near(self.postal_code)
            return next((row for row in rows if lineup in (None, row.lineup_id)), None)
        country = lineup.get("lineupId", "")[:3] or self.country
        return self._lineups.find({"country": country, **lineup})

    def channels(self, lineup: LineupRef = None) -> List[Json]:
        """Return the rows of a line-up as in the grid, without id, events and stationFilters."""
        return [channel_row(position) for position in self._positions(lineup)]

    def airings(self, station_id: str, begin: int, end: int) -> List[Airing]:
        """Return what a station shows in [begin, end), unclipped, by start.

        Contiguous, except on the station that is gone and the one with a few hours a day.
        """
        return list(self._airings(station_id, begin, end))

    def details(self, series_id: str, now: Optional[int] = None) -> Optional[Json]:
        """Return the overviewDetails answer of a series or movie; None when there is none.

        upcomingEpisodeTab: the showings on the antenna at home from ``now`` for 14 days; beyond
        the first 40 of them only episodes not listed yet.
        """
        series = self._catalogue.by_id.get(series_id)
        if series is None:
            return None
        coming = self._coming(series, self.now if now is None else now)
        return demo_details.answer(self.seed, series, coming, series_id == self.giant)

    def truth(self, begin: int, end: int, lineup: LineupRef = None) -> List[Json]:
        """Return every airing that touches [begin, end), each once, by channelId and start.

        Texts are what a person reads: entities decoded, control characters removed.
        """
        stations = sorted({row.station.station_id for row in self._positions(lineup)})
        return [
            {
                "channelId": station_id,
                "start": airing.start,
                "stop": airing.stop,
                "title": airing.programme.title,
                "episodeTitle": airing.programme.episode_title,
                "season": airing.programme.season,
                "episode": airing.programme.episode,
                "seriesId": airing.programme.series.series_id,
                "tmsId": airing.programme.tms_id,
                "description": airing.programme.description,
                "new": "New" in airing.flags,
            }
            for station_id in stations
            for airing in self._airings(station_id, begin, end)
        ]

    def grid(self, params: Mapping[str, str]) -> Json:
        """Return the grid answer to a request's parameters; they must be valid (see endpoints.py).

        Every event that overlaps the window, unclipped. Windows wholly before now - 48 h or
        beyond now + 14 days have channels without events.
        """
        begin = int(params["time"])
        end = begin + int(params["timespan"]) * HOUR
        known = self.within(begin, end)
        return {
            "channels": [
                json_format.channel(
                    position, row, self._airings(position.station.station_id, begin, end)
                )
                if known
                else json_format.channel(position, row, ())
                for row, position in enumerate(self._positions(params))
            ]
        }

    def within(self, begin: int, end: int) -> bool:
        """Return whether the service has programmes for a window: 48 h back to 14 days ahead."""
        return end > self.now - BACK and begin < self.now + AHEAD

    def knows(self, series_id: str) -> bool:
        """Return whether there are details of this series or movie."""
        return series_id in self._catalogue.by_id

    def _positions(self, lineup: LineupRef) -> Tuple[Position, ...]:
        found = self.find(lineup)
        if found is None:
            raise LookupError(f"no such line-up in this world: {lineup!r}")
        return self._lineups.positions(found)

    def _plan(self, station: int, day: int) -> Tuple[Slot, ...]:
        return plan(
            self.seed, self._lineups.stations[station], self._catalogue.repertoires[station], day
        )

    def _airings(self, station_id: str, begin: int, end: int) -> Iterator[Airing]:
        shown_by = self._lineups.by_id[station_id].shows
        for day in range(begin // DAY - 1, (end - 1) // DAY + 1):
            midnight = day * DAY
            if midnight + DAY + carry(self.seed, shown_by, day + 1) * 60 <= begin:
                continue  # all over by then: not worth planning
            for slot in self._slots(shown_by, day):
                start, stop = midnight + slot.start * 60, midnight + slot.stop * 60
                if start < end and stop > begin:
                    yield self._airing(station_id, start, stop, slot)

    def _coming(self, series: Series, begin: int) -> List[Airing]:
        """Return the showings of a series on the antenna from ``begin`` for 14 days, by start."""
        found: List[Airing] = []
        for index in self._shown_on.get(series.place, ()):
            station_id = self._lineups.stations[index].station_id
            for day in range(begin // DAY - 1, (begin + AHEAD) // DAY + 1):
                for slot in self._slots(index, day):
                    start = day * DAY + slot.start * 60
                    if slot.series is series and begin <= start < begin + AHEAD:
                        stop = day * DAY + slot.stop * 60
                        found.append(self._airing(station_id, start, stop, slot))
        known = [airing for airing in found if airing.programme.series is series]  # not "TBA"
        return sorted(known, key=lambda airing: (airing.start, airing.station_id))

    def _airing(self, station_id: str, start: int, stop: int, slot: Slot) -> Airing:
        if slot.open and self.tba_after is not None and start > self.tba_after:
            programme = self._catalogue.programme(ANNOUNCED_LATER, 0, True)
            return Airing(station_id, start, stop, programme, ())
        programme = self._catalogue.programme(slot.series, slot.episode, slot.generic)
        return Airing(station_id, start, stop, programme, slot.flags)
