"""The lineup of the antenna at 90210: its stations and their numbers."""

from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .stations import Position, Station


class Lineup(NamedTuple):
    """A lineup of one postal code; ``key`` names the list of its stations."""

    key: str
    type: str
    lineup_id: str
    headend_id: str
    device: str
    name: str
    location: str
    country: str
    postal_code: str

    def row(self) -> Dict[str, str]:
        """Return the row of the Providers answer."""
        return {
            "type": self.type,
            "device": self.device,
            "lineupId": self.lineup_id,
            "name": self.name,
            "location": self.location,
            "timezone": "",
            "postalCode": self.postal_code,
            "headendId": self.headend_id,
        }


def antenna(country: str, postal_code: str) -> Lineup:
    name = "Local Over the Air Broadcast"
    lineup_id = f"{country}-lineupId-DEFAULT"
    return Lineup("ota", "OTA", lineup_id, "lineupId", "", name, "", country, postal_code)


class Lineups:
    """All lineups of a world: here the antenna only."""

    def __init__(self, count: int, stations: Sequence[Station]) -> None:
        """count: how many of the stations the antenna receives, the first ones."""
        self.count, self.stations = count, stations
        self.by_id = {station.station_id: station for station in stations}

    def near(self, postal_code: str) -> Sequence[Lineup]:
        """Return the lineups of a postal code, the antenna first."""
        return [antenna("USA", postal_code)]

    def find(self, params: Mapping[str, str]) -> Optional[Lineup]:
        """Return the lineup that a grid request means; None = "No lineups are available"."""
        return antenna("USA", params.get("postalCode", ""))

    def positions(self, lineup: Lineup) -> Tuple[Position, ...]:
        """Return the rows of a lineup in the order of an answer."""
        return tuple(Position(n, s, n) for n, s in zip(self.antenna_numbers(), self.stations))

    def antenna_numbers(self) -> List[str]:
        """Return a number such as 2.1 for each station of the antenna."""
        majors = [major for major in range(2, 70) if major not in (3, 6, 8, 10, 12)]
        subs = max(3, -(-self.count // len(majors)))
        return [f"{majors[i // subs]}.{i % subs + 1}" for i in range(self.count)]
