"""The made-up stations, and how the grid describes them."""

import random
from typing import Any, Dict, List, NamedTuple, Optional

Json = Dict[str, Any]

# What the first stations of the antenna are; all further ones are "general".
_ROLES = (
    "general", "general", "news", "movie", "sports", "kids", "spanish", "french", "gone",
    "parttime", "general", "spanish", "shopping", "general", "general", "general",
)  # fmt: skip

_NETWORKS = (
    "HARBOR BROADCASTING COMPANY", "NATIONAL LANTERN NETWORK", "EXAMPLE BROADCASTING COMPANY",
    "PUBLIC MEADOW KIDS HD", "PRAIRIE & COAST TELEVISION",
)  # fmt: skip


class Station(NamedTuple):
    """One station.

    place: among all stations. shows: the place of the one whose programmes it carries, which
    is itself except for the HD twin of an SD station.
    """

    place: int
    station_id: str
    call_sign: str
    affiliate: Optional[str]
    role: str
    logo: Optional[str]
    shows: int

    @property
    def language(self) -> str:
        return {"french": "fr", "spanish": "es"}.get(self.role, "en")


class Position(NamedTuple):
    """A station at a number. ``shown`` is the number that its events repeat: for the second
    position of a station it is the first one's, as in the captured answer."""

    number: Optional[str]
    station: Station
    shown: Optional[str]


def antenna_row(country: str, postal_code: str) -> Dict[str, str]:
    """Return the antenna's row of the Providers answer."""
    return {
        "type": "OTA",
        "device": "",
        "lineupId": f"{country}-lineupId-DEFAULT",
        "name": "Local Over the Air Broadcast",
        "location": "",
        "timezone": "",
        "postalCode": postal_code,
        "headendId": "lineupId",
    }


def antenna_numbers(count: int) -> List[str]:
    """Return a number such as 2.1 for each station of the antenna."""
    majors = [major for major in range(2, 70) if major not in (3, 6, 8, 10, 12)]
    subs = max(3, -(-count // len(majors)))
    return [f"{majors[i // subs]}.{i % subs + 1}" for i in range(count)]


def build_stations(count: int, seed: int) -> List[Station]:
    """Return the stations of the antenna."""
    rng = random.Random(f"{seed}/stations")
    ids = station_ids(rng, count)
    return [station(rng, i, role, ids[i]) for i, role in enumerate(antenna_roles(count))]


def antenna_roles(count: int) -> List[str]:
    return [_ROLES[i] if i < len(_ROLES) else "general" for i in range(count)]


def station_ids(rng: random.Random, count: int) -> List[str]:
    """Five digits from 2…, six digits from 1…, so that no id + row number can equal another."""
    return [
        str((100000 if i % 3 == 2 else 20000) + i * 37 + rng.randrange(37)) for i in range(count)
    ]


def station(rng: random.Random, index: int, role: str, station_id: str) -> Station:
    letters = f"{chr(65 + index // 26 % 26)}{chr(65 + index % 26)}"
    sign = {
        "french": f"CZ{letters}FT",
        "spanish": f"KZ{letters}DT",
        "general": f"WZ{letters}DT" + ("" if index % 3 == 0 else str(index % 3 + 1)),
    }.get(role, f"Z{letters}{role[:4].upper()}")
    if index >= 676:  # the letters come round again
        sign += str(index // 676)
    affiliate: Optional[str] = rng.choice(_NETWORKS)
    logo: Optional[str] = f"s{20000 + rng.randrange(5) * 7}_ll_h15_ab"  # the network's
    if index % 3:
        affiliate, logo = "INDEPENDENT", f"s{station_id}_ll_h15_aa"
    if index % 11 == 7:
        affiliate, logo = None, None
    if role == "gone":
        affiliate = "Channel No Longer Available"
    return Station(index, station_id, sign, affiliate, role, logo, index)


def channel_row(position: Position) -> Json:
    """Return the grid's row of a position, without id, events and stationFilters."""
    station = position.station
    logo = f"//zpmc.tmsimg.com/h3/NowShowing/{station.station_id}/{station.logo}.png?w=55"
    return {
        "callSign": station.call_sign,
        "affiliateName": station.affiliate,
        "affiliateCallSign": "null",
        "channelId": station.station_id,
        "channelNo": position.number,
        "stationGenres": [False],
        "thumbnail": logo if station.logo else None,
    }
