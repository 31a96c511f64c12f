"""Lineups of every kind: their stations and numbers, and which one a request means."""

import random
import re
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from gracenote2epg.demo import stations, text_generator
from gracenote2epg.demo.stations import Position, Station

# The antenna's stations with odd numbers.
TWO_NUMBERS, SHARED_NUMBER, NO_NUMBER, DASHED, LEADING_ZERO = 1, 10, 13, 14, 15
_CABLE_ROLES = ("general", "movie", "sports", "general", "kids", "news", "movie", "spanish")
_STREAMING = frozenset(
    ("YOUTUBE", "HULUTV", "SLINGTV", "PHILO", "PLUTOTV", "DTVNOW", "AMZPV", "GNSTR")
)
_HEADENDS = {  # cable, a second cable, satellite
    "USA": ("ZZ00001", "ZZ00002", "ZSAT501"),
    "CAN": ("0090001", "0090002", "0090501"),
}
HOME = "90210"
Numbered = List[Tuple[Optional[str], Station]]


def build_stations(count: int, seed: int) -> List[Station]:
    """Return ``count`` stations of the antenna, then those that only cable and satellite have."""
    rng = random.Random(f"{seed}/stations")
    only_cable = max(4, count // 2)
    twins = range(count, count + only_cable, 3)
    roles = stations.antenna_roles(count)
    roles += [_CABLE_ROLES[i % len(_CABLE_ROLES)] for i in range(only_cable)]
    roles += [roles[i] for i in twins]
    ids = stations.station_ids(rng, len(roles))
    single = roles[: count + only_cable]
    built = [stations.station(rng, i, role, ids[i]) for i, role in enumerate(single)]
    for index, first in enumerate(twins, len(single)):
        twin = built[first]
        sign = twin.call_sign + "HD"
        built.append(twin._replace(place=index, station_id=ids[index], call_sign=sign))
    return built


def postal(text: str) -> str:
    return "".join(text.split()).upper()


def country_of(postal_code: str) -> str:
    return "CAN" if postal_code[:1].isalpha() else "USA"


class Lineup(NamedTuple):
    """The stations of a request. key: the name of their list; town: a postal code of an antenna
    that is not at home."""

    key: str
    town: str = ""


class Lineups:
    """Antenna, two cables, satellite and streaming, at home and by these postal codes."""

    def __init__(self, count: int, seed: int, postal_codes: Sequence[str]) -> None:
        """count: how many of the stations the antenna receives, the first ones."""
        self._count, self._seed = count, seed
        self.stations = build_stations(count, seed)
        self._postal_codes = {HOME, *map(postal, postal_codes)}
        self._positions: Dict[Lineup, Tuple[Position, ...]] = {}

    def rows(self, postal_code: str) -> List[Dict[str, str]]:
        """Return the lineups of a postal code, the antenna first; [] if unknown."""
        code = postal(postal_code)
        if code not in self._postal_codes:
            return []
        country = country_of(code)
        town = text_generator.place(random.Random(f"{self._seed}/{code}"))
        antenna = stations.antenna_row(country, code)
        cable, cable2, satellite = _HEADENDS[country]
        return [antenna] + [
            {**antenna, "type": kind, "device": device, "lineupId": f"{country}-{headend}-DEFAULT",
             "name": f"{name} {town}", "location": town, "headendId": headend}
            for kind, device, headend, name in (
                ("CABLE", "X", cable, "Example Cable -"),
                ("SATELLITE", "X", satellite, "Example Sat"),
                ("CABLE", "L", cable2, "Sample Fibre & Cable -"),
            )
        ]  # fmt: skip

    def find(self, params: Mapping[str, str]) -> Optional[Lineup]:
        """Return the lineup that a grid request means; None = "No lineups are available".

        The antenna and streaming need a known postal code; cable and satellite do not look at
        it. A wrong head-end gives a default lineup silently, as the service does.
        """
        country = params.get("country", "USA")
        lineup_id, headend = params.get("lineupId", ""), params.get("headendId", "")
        code = postal(params.get("postalCode", "")).strip("-")
        is_known = code in self._postal_codes
        if lineup_id and not lineup_id.startswith(country + "-"):
            return None
        if is_known and country_of(code) != country:
            return None
        if is_antenna(lineup_id, headend):
            return Lineup("ota", "" if code == HOME else code) if is_known else None
        if not is_known and (code or is_streaming(lineup_id)):
            return None
        headends = ("lineupId", *_HEADENDS.get(country, ()))
        for key, known in zip(("ota", "cable", "cable2", "satellite"), headends):
            if headend == known and headend in (lineup_id or headend):
                return Lineup(key)
        return Lineup("default")

    def positions(self, lineup: Lineup) -> Tuple[Position, ...]:
        if lineup not in self._positions:
            numbered = getattr(self, f"_{lineup.key}")()
            if lineup.town:  # it receives other stations
                rng = random.Random(f"{self._seed}/{lineup.town}/antenna")
                numbered = [pair for pair in numbered if rng.random() < 0.75] or numbered
            self._positions[lineup] = _rows(numbered)
        return self._positions[lineup]

    def _ota(self) -> Numbered:
        numbers = stations.antenna_numbers(self._count)
        pairs: Numbered = list(zip(numbers, self.stations))
        odd: Dict[int, Optional[str]] = {
            SHARED_NUMBER: numbers[0],
            NO_NUMBER: "",
            DASHED: numbers[min(DASHED, len(numbers) - 1)].replace(".", "-"),
            LEADING_ZERO: "0009",
        }
        pairs = [(odd.get(i, number), station) for i, (number, station) in enumerate(pairs)]
        if self._count > TWO_NUMBERS:
            pairs.append(("70.1", self.stations[TWO_NUMBERS]))
        return pairs

    def _cable(self) -> Numbered:
        single = [station for station in self.stations if station.shows == station.place]
        step = max(1, 490 // max(1, len(single)))
        pairs: Numbered = [(str(2 + i * min(step, 3)), station) for i, station in enumerate(single)]
        number = {station.place: int(text or "0") for text, station in pairs}
        pairs += [(str(500 + number[station.place]), station) for station in single[:5]]
        for i, twin in enumerate(s for s in self.stations if s.shows != s.place):
            pairs.append((str(number[twin.shows] + (0 if i % 2 else 500)), twin))
        if self._count > NO_NUMBER:
            pairs[NO_NUMBER] = (None, pairs[NO_NUMBER][1])
        return pairs

    def _cable2(self) -> Numbered:
        return [(str(int(number or "900") + 1), station) for number, station in self._cable()[::2]]

    def _satellite(self) -> Numbered:
        chosen = self.stations[:10] + self.stations[self._count :]
        return [(str(100 + i), station) for i, station in enumerate(chosen)]

    def _default(self) -> Numbered:
        chosen = self.stations[self._count :][:20]
        return [(str(2 + i), station) for i, station in enumerate(chosen)]


def _rows(numbered: Numbered) -> Tuple[Position, ...]:
    """In the order of a lineup: by major and minor number, no number last."""
    first: Dict[str, Optional[str]] = {}
    for number, station in numbered:
        first.setdefault(station.station_id, number)
    parts = [[int(part) for part in re.findall(r"\d+", number or "")] for number, _ in numbered]
    order = sorted(range(len(numbered)), key=lambda at: (not parts[at], parts[at]))
    rows = [numbered[at] for at in order]
    return tuple(Position(number, s, first[s.station_id]) for number, s in rows)


def is_antenna(lineup_id: str, headend: str) -> bool:
    if not lineup_id:
        return headend in ("lineupId", "lineup", "")
    return re.match(r"[A-Z]{3}-(lineupId|OTA\w*)(-DEFAULT|-X)?$", lineup_id) is not None


def is_streaming(lineup_id: str) -> bool:
    """Lineups like USA-YOUTUBE-X, which need no isOverride."""
    parts = lineup_id.split("-")
    return len(parts) == 3 and parts[1] in _STREAMING
