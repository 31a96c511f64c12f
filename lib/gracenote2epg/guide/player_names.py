"""The players' own names and ids of stations, by which they link their channels to the guide.

Tvheadend and IPTV Simple compare whole names, and IPTV Simple a tvg-id first. A wrong name would
bring a wrong guide: only one that surely means a single station is used. Pure.
"""

import re
from collections import defaultdict
from typing import Callable, Dict, Iterable, List, Mapping, NamedTuple, Sequence, Set, Tuple

from ..channels.matching import NO_STATION, Match, PlayerChannel, normalize_name
from ..models import Station
from ..util.sanitize import channel_number

SURE = 60  # confidence above which a match is sure; one by the number alone has no more

PlayersMatches = Sequence[Sequence[Match]]  # of the channels of each player
OwnTexts = Iterable[Iterable[str]]  # of each station


class PlayerNames(NamedTuple):
    """How players call a station. tvg_id: "" = none."""

    names: Tuple[str, ...] = ()
    tvg_id: str = ""


def player_names(
    players: PlayersMatches, stations: Sequence[Station], names: OwnTexts, ids: OwnTexts
) -> List[PlayerNames]:
    """What players call each station of the guide. names, ids: the guide's own, of each station.

    Left out are bare numbers, names that the guide has anyway, and what several channels have that
    do not mean the same station.
    """
    own_names = {normalize_name(name) for of_station in names for name in of_station}
    own_ids = {normalize_name(key): at for at, of_station in enumerate(ids) for key in of_station}
    owners: Dict[str, Set[str]] = defaultdict(set)  # by number
    for station in stations:
        for number in station.numbers:
            owners[number].add(station.station_id)
    by_name = _unique(players, lambda channel: (channel.name, *channel.names))
    by_id = _unique(players, lambda channel: (channel.tvg_id,))
    return [
        PlayerNames(
            tuple(
                name
                for name in by_name.get(station.station_id, ())
                if normalize_name(name) not in own_names
                and _is_name(name, owners, station.station_id)
            ),
            next(
                (
                    key
                    for key in by_id.get(station.station_id, ())
                    if own_ids.get(normalize_name(key), at) == at
                ),
                "",
            ),
        )
        for at, station in enumerate(stations)
    ]


def is_sure(match: Match) -> bool:
    """Whether the channel may get the station's guide unasked."""
    by_number = match.how == "number" and not match.doubts  # and the list's numbers fit its names
    return bool(match.station_id) and (match.confidence > SURE or by_number)


def _unique(
    players: PlayersMatches, texts_of: Callable[[PlayerChannel], Tuple[str, ...]]
) -> Dict[str, List[str]]:
    """By station id, the texts of channels that surely mean it, and no other."""
    meanings: Dict[str, Set[str]] = defaultdict(set)  # station ids by normalized text
    spellings: Dict[str, str] = {}
    for matches in players:
        of_player: Dict[str, Set[str]] = defaultdict(set)
        for match in matches:
            unsure = NO_STATION if match.how == "your assignment" else ""
            for text in filter(None, map(str.strip, texts_of(match.channel))):
                key = normalize_name(text)
                spellings.setdefault(key, text)
                of_player[key].add(match.station_id if is_sure(match) else unsure)
        for key, station_ids in of_player.items():
            if station_ids != {""}:  # else another player may be sure
                meanings[key] |= station_ids
    unique: Dict[str, List[str]] = defaultdict(list)
    for key, station_ids in meanings.items():
        if len(station_ids) == 1:
            unique[station_ids.pop()].append(spellings[key])
    return unique


def _is_name(text: str, owners: Mapping[str, Set[str]], station_id: str) -> bool:
    """Not a number, nor begun by one of another station, for Tvheadend may link by that."""
    first_word = text.split()[0]
    others = owners.get(channel_number(first_word), set()) - {station_id}
    return not others and not re.fullmatch(r"[\d\s.,_#-]+", text)
