"""Line-ups: who carries which station on which number, and which one a request means."""

import random
import re
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from . import text_generator
from .stations import (
    DASHED,
    LEADING_ZERO,
    NO_NUMBER,
    SHARED_NUMBER,
    TWO_NUMBERS,
    Position,
    Station,
    build_stations,
)

_STREAMING = frozenset(
    ("YOUTUBE", "HULUTV", "SLINGTV", "PHILO", "PLUTOTV", "DTVNOW", "AMZPV", "GNSTR")
)


# Cable, a second cable, satellite.
_HEADENDS = {
    "USA": ("ZZ00001", "ZZ00002", "ZSAT501"),
    "CAN": ("0090001", "0090002", "0090501"),
}


class Lineup(NamedTuple):
    """A line-up of one postal code; ``key`` names which stations it has."""

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


def postal(text: str) -> str:
    return "".join(text.split()).upper()


def country_of(postal_code: str) -> str:
    return "CAN" if postal_code[:1].isalpha() else "USA"


def sort_key(number: Optional[str]) -> Tuple[int, int, int]:
    """Order as in a line-up: by major, then minor; no number last."""
    parts = [int(part) for part in re.findall(r"\d+", number or "")]
    return (0, parts[0], parts[1] if len(parts) > 1 else 0) if parts else (1, 0, 0)


class Lineups:
    """Which stations are on which number, and which line-up a request means."""

    def __init__(self, count: int, seed: int, country: str, postal_codes: Sequence[str]) -> None:
        self.stations = build_stations(count, seed)
        self.by_id = {station.station_id: station for station in self.stations}
        self.postal_codes = tuple(postal(code) for code in postal_codes)  # the first is home
        self._count, self._seed, self._country = count, seed, country
        self._positions: Dict[Tuple[str, str], Tuple[Position, ...]] = {}

    def near(self, postal_code: str) -> List[Lineup]:
        """Return the line-ups of a postal code, the antenna first; [] where nobody lives."""
        code = postal(postal_code)
        if code not in self.postal_codes:
            return []
        country = self._country if code == self.postal_codes[0] else country_of(code)
        ids = _HEADENDS.get(country, _HEADENDS["USA"])
        town = text_generator.place(random.Random(f"{self._seed}/{code}"))
        return [
            Lineup("ota", "OTA", f"{country}-lineupId-DEFAULT", "lineupId", "",
                   "Local Over the Air Broadcast", "", country, code),
            Lineup("cable", "CABLE", f"{country}-{ids[0]}-DEFAULT", ids[0], "X",
                   f"Example Cable - {town}", town, country, code),
            Lineup("satellite", "SATELLITE", f"{country}-{ids[2]}-DEFAULT", ids[2], "X",
                   f"Example Sat {town}", town, country, code),
            Lineup("cable2", "CABLE", f"{country}-{ids[1]}-DEFAULT", ids[1], "L",
                   f"Sample Fibre & Cable - {town}", town, country, code),
        ]  # fmt: skip

    def find(self, params: Mapping[str, str]) -> Optional[Lineup]:
        """Return the line-up that a grid request means; None = "No lineups are available".

        The antenna and streaming need a known postal code; cable and satellite do not look at
        it. A wrong head-end gives a default line-up without a word, as the service does.
        """
        country = params.get("country", "USA")
        lineup_id, headend = params.get("lineupId", ""), params.get("headendId", "")
        code = postal(params.get("postalCode", "")).strip("-")
        if lineup_id and not lineup_id.startswith(country + "-"):
            return None
        near = self.near(code) if code else []
        if near and near[0].country != country:
            return None
        if is_antenna(lineup_id, headend):
            return near[0] if near else None
        if is_streaming(lineup_id):
            return near[0]._replace(key="default", type="STREAMING") if near else None
        if code and not near:
            return None
        home = self.near(self.postal_codes[0])
        for lineup in near or home:
            if (lineup.country, lineup.headend_id) == (country, headend) and headend in (
                lineup_id or headend
            ):
                return lineup
        return Lineup("default", "CABLE", lineup_id, headend, "", "", "", country, code)

    def positions(self, lineup: Lineup) -> Tuple[Position, ...]:
        """Return the rows of a line-up in the order of an answer."""
        foreign = lineup.key == "ota" and lineup.postal_code != self.postal_codes[0]
        name = (lineup.key, lineup.postal_code if foreign else "")
        if name not in self._positions:
            numbered = getattr(self, f"_{lineup.key}")()
            if foreign:  # another town receives other stations
                rng = random.Random(f"{self._seed}/{lineup.postal_code}/antenna")
                numbered = [pair for pair in numbered if rng.random() < 0.75] or numbered
            self._positions[name] = _rows(numbered)
        return self._positions[name]

    def _ota(self) -> List[Tuple[Optional[str], Station]]:
        majors = [m for m in range(2, 70) if m not in (3, 6, 8, 10, 12)]
        subs = max(3, -(-self._count // len(majors)))
        numbers = [f"{majors[i // subs]}.{i % subs + 1}" for i in range(self._count)]
        pairs: List[Tuple[Optional[str], Station]] = list(zip(numbers, self.stations))
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

    def _cable(self) -> List[Tuple[Optional[str], Station]]:
        single = [station for station in self.stations if station.shows == station.place]
        step = max(1, 490 // max(1, len(single)))
        pairs: List[Tuple[Optional[str], Station]] = [
            (str(2 + i * min(step, 3)), station) for i, station in enumerate(single)
        ]
        number = {station.place: int(text or "0") for text, station in pairs}
        pairs += [(str(500 + number[station.place]), station) for station in single[:5]]
        for i, twin in enumerate(s for s in self.stations if s.shows != s.place):
            pairs.append((str(number[twin.shows] + (0 if i % 2 else 500)), twin))
        if self._count > NO_NUMBER:
            pairs[NO_NUMBER] = (None, pairs[NO_NUMBER][1])
        return pairs

    def _cable2(self) -> List[Tuple[Optional[str], Station]]:
        return [(str(int(number or "900") + 1), station) for number, station in self._cable()[::2]]

    def _satellite(self) -> List[Tuple[Optional[str], Station]]:
        chosen = self.stations[:10] + self.stations[self._count :]
        return [(str(100 + i), station) for i, station in enumerate(chosen)]

    def _default(self) -> List[Tuple[Optional[str], Station]]:
        chosen = self.stations[self._count :][:20]
        return [(str(2 + i), station) for i, station in enumerate(chosen)]


def _rows(numbered: List[Tuple[Optional[str], Station]]) -> Tuple[Position, ...]:
    first: Dict[str, Optional[str]] = {}
    for number, station in numbered:
        first.setdefault(station.station_id, number)
    rows = sorted(numbered, key=lambda pair: sort_key(pair[0]))
    return tuple(Position(number, s, first[s.station_id]) for number, s in rows)


def is_antenna(lineup_id: str, headend: str) -> bool:
    if not lineup_id:
        return headend in ("lineupId", "lineup", "")
    return re.match(r"[A-Z]{3}-(lineupId|OTA\w*)(-DEFAULT|-X)?$", lineup_id) is not None


def is_streaming(lineup_id: str) -> bool:
    """Line-ups like USA-YOUTUBE-X, which need no isOverride."""
    parts = lineup_id.split("-")
    return len(parts) == 3 and parts[1] in _STREAMING
