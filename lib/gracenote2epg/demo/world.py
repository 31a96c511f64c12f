"""The made-up world: its lineup, what is on when, and the service's answers about it.

Everything follows from the seed: the same seed gives the same bytes, for any day of any year, on
every Python and under every PYTHONHASHSEED.
"""

from functools import lru_cache
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from ..clock import SYSTEM
from . import details, json_format
from .day_schedule import Slot, carry, plan
from .programmes import Airing, Catalogue, Series
from .stations import Position, Station, antenna_numbers, antenna_row, build_stations

Json = Dict[str, Any]

HOUR, DAY = 3600, 86400  # seconds
BACK, AHEAD = 48 * HOUR, 14 * DAY  # how far the service's listings reach from now


class World:
    """Stations, series and an endless schedule.

    count: of the antenna's stations, the first of ``stations``. series: how many different series
    and movies they show, beside paid programming, sign-off and TBA. now: the moment (seconds since
    the epoch), or a function that returns it.
    """

    def __init__(
        self,
        count: int = 40,
        series: int = 80,
        seed: int = 1,
        *,
        now: Union[float, Callable[[], float]] = SYSTEM.now,
        stations: Sequence[Station] = (),
    ) -> None:
        self.seed, self._now = seed, now
        self.stations = stations or build_stations(count, seed)
        self._by_id = {station.station_id: station for station in self.stations}
        self.catalogue = Catalogue(series, seed, self.stations, count)
        self._shown_on = self.catalogue.shown_on(range(count))
        self._slots = lru_cache(maxsize=1 << 13)(self._plan)

    @property
    def now(self) -> int:
        """The moment of this world, seconds since the epoch."""
        return int(self._now() if callable(self._now) else self._now)

    def lineups(self, postal_code: str) -> List[Dict[str, str]]:
        """Return the rows of the Providers answer."""
        return [antenna_row("USA", postal_code)]

    def positions(self, params: Mapping[str, str]) -> Sequence[Position]:
        """Return the stations of a grid request in the order of the answer."""
        numbers = antenna_numbers(len(self.stations))
        return [Position(number, each, number) for number, each in zip(numbers, self.stations)]

    def airings(self, station_id: str, begin: int, end: int) -> List[Airing]:
        """Return what a station shows in [begin, end), unclipped, by start.

        Contiguous, except on the station that is gone and the one with a few hours a day.
        """
        shown_by = self._by_id[station_id].shows
        airings: List[Airing] = []
        for day in range(begin // DAY - 1, (end - 1) // DAY + 1):
            midnight = day * DAY
            if midnight + DAY + carry(self.seed, shown_by, day + 1) * 60 <= begin:
                continue  # ends before the window: not worth planning
            for slot in self._slots(shown_by, day):
                start, stop = midnight + slot.start * 60, midnight + slot.stop * 60
                if start < end and stop > begin:
                    airings.append(self._airing(station_id, start, stop, slot))
        return airings

    def details(self, series_id: str, now: Optional[int] = None) -> Optional[Json]:
        """Return the overviewDetails answer of a series or movie; None when there is none.

        upcomingEpisodeTab: the airings on the antenna from ``now`` for 14 days; beyond the first
        40 of them only episodes not listed yet.
        """
        series = self.catalogue.by_id.get(series_id)
        if series is None:
            return None
        coming = self._coming(series, self.now if now is None else now)
        return details.answer(self.seed, series, coming)

    def grid(self, params: Mapping[str, str]) -> Json:
        """Return the grid answer to a request's parameters, which must be valid.

        Every event that overlaps the window, unclipped; channels without events if the window is
        wholly before now - 48 h or beyond now + 14 days.
        """
        begin = int(params["time"])
        end = begin + int(params["timespan"]) * HOUR
        listed = self.within(begin, end)
        return {
            "channels": [
                json_format.channel(
                    position,
                    row,
                    self.airings(position.station.station_id, begin, end) if listed else (),
                )
                for row, position in enumerate(self.positions(params))
            ]
        }

    def within(self, begin: int, end: int) -> bool:
        """Return whether the service has listings in a window."""
        return end > self.now - BACK and begin < self.now + AHEAD

    def _plan(self, station: int, day: int) -> Tuple[Slot, ...]:
        repertoire = self.catalogue.repertoires[station]
        return plan(self.seed, self.stations[station], repertoire, day)

    def _coming(self, series: Series, begin: int) -> List[Airing]:
        """Return the airings of a series on the antenna from ``begin`` for 14 days, by start."""
        airings: List[Airing] = []
        for index in self._shown_on.get(series.place, ()):
            station_id = self.stations[index].station_id
            for day in range(begin // DAY - 1, (begin + AHEAD) // DAY + 1):
                for slot in self._slots(index, day):
                    start = day * DAY + slot.start * 60
                    if slot.series is series and begin <= start < begin + AHEAD:
                        stop = day * DAY + slot.stop * 60
                        airings.append(self._airing(station_id, start, stop, slot))
        listed = [airing for airing in airings if airing.programme.series is series]  # not TBA
        return sorted(listed, key=lambda airing: (airing.start, airing.station_id))

    def _airing(self, station_id: str, start: int, stop: int, slot: Slot) -> Airing:
        programme = self.catalogue.programme(slot.series, slot.episode, slot.generic)
        return Airing(station_id, start, stop, programme, slot.flags)
