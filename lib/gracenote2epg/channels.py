"""Which stations: what the user names, found among those that the lineups have."""

import re
from typing import Iterable, List, Sequence, Set

from .errors import ChannelError
from .models import Station


def select(wanted: Sequence[str], stations: Iterable[Station]) -> Set[str]:
    """Return the ids of the stations that are named.

    One to four digits, or digits with a dot or a hyphen, are a number; five and more a station id;
    anything else a call sign. Raises ChannelError when a name matches none, or several.
    """
    stations = list(stations)
    chosen: Set[str] = set()
    problems: List[str] = []
    for word in wanted:
        found = sorted({station.station_id for station in stations if _matches(word, station)})
        if len(found) == 1:
            chosen.add(found[0])
        elif found:
            named = ", ".join(
                _named(station) for station in stations if station.station_id in found
            )
            problems.append(f"{word} is several stations ({named})")
        else:
            problems.append(f"{word} is no station of the lineup")
    if problems:
        raise ChannelError(problems)
    return chosen


def by_number(station: Station) -> List[int]:
    """A key that sorts 2.1, 4, 10.1, 10.2 and last what has no number."""
    first = station.numbers[0] if station.numbers else "99999"
    return [int(part) if part.isdigit() else 99999 for part in first.split(".")]


def _matches(word: str, station: Station) -> bool:
    if re.fullmatch(r"\d{5,}", word):
        return word == station.station_id
    if re.fullmatch(r"\d{1,4}|\d+[.-]\d+", word):
        number = ".".join(part.lstrip("0") or "0" for part in re.split("[.-]", word))
        return number in station.numbers
    return word.upper() == station.call_sign.upper()


def _named(station: Station) -> str:
    return f"{station.station_id} {station.call_sign}"
