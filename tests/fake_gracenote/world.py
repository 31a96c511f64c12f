"""The demo's world with every kind of lineup, the details of a giant, and the truth to compare."""

from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

from gracenote2epg.demo import world as demo_world
from gracenote2epg.demo.day_schedule import Slot
from gracenote2epg.demo.programmes import ANNOUNCED_LATER, Airing
from gracenote2epg.demo.stations import Position, channel_row

from .lineups import HOME, Lineup, Lineups

Json = Dict[str, Any]
LineupRef = Union[None, str, Mapping[str, str]]


class World(demo_world.World):
    """See demo's World; postal_codes have reception beside 90210, which is home.

    stations: those of the antenna at home; cable has these and half as many again; antennas
    elsewhere receive three quarters. tba_after: resolvable airings that start later are still
    "To Be Announced"; may be changed while a server runs.

    Distinct seriesIds on the antenna, measured: 84 of World() in 3 days, 604 of World(40, 600)
    in 7, 5,004 of World(300, 5000) in 14; one in five is a movie. Those last are 99,000 airings,
    made in about 4 s of processor time; a window of 6 hours and 40 stations takes 10 to 25 ms.
    """

    def __init__(
        self,
        stations: int = 40,
        series: int = 80,
        seed: int = 1,
        *,
        postal_codes: Tuple[str, ...] = ("10001", "J3B1M4"),
        **more: Any,
    ) -> None:
        self.tba_after: Optional[int] = None
        self.made_of = (stations, series, seed, postal_codes)
        self._lineups = Lineups(stations, seed, postal_codes)
        super().__init__(stations, series, seed, stations=self._lineups.stations, **more)

    @property
    def giant(self) -> str:
        """The seriesId whose details answer is 1.5 MB."""
        return self.catalogue.all[0].series_id

    def lineups(self, postal_code: str = HOME) -> List[Dict[str, str]]:
        """Return the rows of the Providers answer: antenna, cable, satellite, a second cable."""
        return self._lineups.rows(postal_code)

    def find(self, lineup: LineupRef = None) -> Optional[Lineup]:
        """Return the lineup of a Providers row, of the parameters of a grid request or of a
        lineupId; None means the antenna at home. Returns None when the service has none."""
        if lineup is None or isinstance(lineup, str):
            lineup = next(row for row in self.lineups() if lineup in (None, row["lineupId"]))
        return self._lineups.find({"country": lineup.get("lineupId", "")[:3], **lineup})

    def channels(self, lineup: LineupRef = None) -> List[Json]:
        """Return the rows of a lineup as in the grid, without id, events and stationFilters."""
        return [channel_row(position) for position in self.positions(lineup)]

    def positions(self, lineup: LineupRef = None) -> Tuple[Position, ...]:
        resolved = self.find(lineup)
        assert resolved, f"no such lineup in this world: {lineup!r}"
        return self._lineups.positions(resolved)

    def details(self, series_id: str, now: Optional[int] = None) -> Optional[Json]:
        answer = super().details(series_id, now)
        if answer and series_id == self.giant:
            tab = answer["upcomingEpisodeTab"]
            tab += [{**tab[0], "tmsID": f"EP{series_id[2:]}{9999 - n}"} for n in range(4900)]
        return answer

    def truth(self, begin: int, end: int, lineup: LineupRef = None) -> List[Json]:
        """Return every airing that touches [begin, end), each once, by channelId and start.

        Texts are what a person reads: entities decoded, control characters removed.
        """
        stations = sorted({row.station.station_id for row in self.positions(lineup)})
        return [
            {
                "channelId": station_id,
                "start": airing.start,
                "stop": airing.stop,
                "title": airing.programme.title,
                "seriesId": airing.programme.series.series_id,
            }
            for station_id in stations
            for airing in self.airings(station_id, begin, end)
        ]

    def _airing(self, station_id: str, start: int, stop: int, slot: Slot) -> Airing:
        if slot.open and self.tba_after is not None and start > self.tba_after:
            tba = self.catalogue.programme(ANNOUNCED_LATER, 0, True)
            return Airing(station_id, start, stop, tba, ())
        return super()._airing(station_id, start, stop, slot)
