"""The stations of the lineups to tick, and the players' channels to assign, from stored answers."""

import dataclasses
import os
import re
from typing import Any, Collection, Dict, List, Optional, Sequence, Set, Tuple

from ..channels import player_channels
from ..channels.matching import Match
from ..channels.player_channels import ChannelLists
from ..channels.stations import GuideStation, network_of
from ..clock import Clock
from ..config.settings import Config, as_text
from ..errors import ChannelError, GrabError, GuideNotFound, NoChannelMatches, SettingError
from ..grab import listing
from ..guide.changes import open_store
from ..guide.published import file_stamp, output_path
from ..net.http_handler import Query
from ..store import choices
from ..store.answers import Store

# What a station's call sign and network say of its kind.
_KINDS = {
    "hd": r"HD[PWE]?\b",
    "music": r"MUSIC|STINGRAY|SIRIUS|SXM|\bMC\d|\bDMX",
    "shopping": r"QVC|HSN|SHOP|JEWELRY|\bJTV|GEMS|\bEVINE",
    "sports": r"SPORT|\bESPN|\bNFL|\bNBA\b|\bMLB|\bNHL|GOLF|TENNIS|\bFS[12]|\bTSN|\bRDS|\bTUDN",
    "news": r"NEWS|\bCNN|\bHLN|\bCNBC|MSNBC|\bMS NOW|C-?SPAN|WEATHER|BLOOMBERG|\bCPAC",
    "movies": r"\bHBO|SHOWTIME|\bSHO\b|STARZ|ENCORE|CINEMAX|MOVIE|\bCRAVE|\bTCM|MGM\+",
    "children": r"\bKIDS|\bNICK|DISNEY|CARTOON|BOOMERANG|TREEHOUSE|\bYTV|JUNIOR|\bBABY",
    "religious": r"\bEWTN|\bTBN|DAYSTAR|CHURCH|CHRIST|GOSPEL|CATHOLIC|\b3ABN|\bGOD TV",
}
_KIND_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _KINDS.items()}

Json = Dict[str, Any]


class Channels:
    """What the page *Channels* shows and saves; any thread may call it."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config, self._clock = config, clock
        self._known: Tuple[object, Optional[_Listed]] = (None, None)  # by the files' stamps

    def stations(self, query: Query) -> Json:
        """The stations by number, with those that the settings choose. Raises GrabError."""
        listed = self._listed()
        words = self._config.channels
        lineups = {row.lineup.name for row in listed.stations}
        return {
            "words": as_text(words),
            # Also those that the lineup gets later.
            "later": bool(listed.players.playlist or all(word[0] == "!" for word in words)),
            "list": " + ".join(player.name for player in listed.players.all),
            "stations": [
                {
                    **station_json(row, lineups),
                    "chosen": row.station.station_id in listed.chosen,
                    "possible": row.station.station_id in listed.possible,
                }
                for row in listed.stations
            ],
        }

    def players(self, query: Query) -> Json:
        """Each player's channels with their stations, doubts first. Raises GrabError."""
        listed = self._listed()
        return {
            "players": [
                {
                    "name": player.name,
                    "channels": [
                        _match_json(match)
                        for match in sorted(
                            listed.players.matches(player, listed.stations), key=_doubts_first
                        )
                    ],
                }
                for player in listed.players.everyone
            ]
        }

    def words(self, ticked: Collection[str], later: bool) -> str:
        """The setting ``channels`` that chooses these stations. later: also future ones.

        Raises GrabError, also if none is ticked.
        """
        listed = self._listed()
        wanted = listed.possible & set(ticked)
        if not wanted:
            raise GrabError("No station is ticked", "Tick one at least", "no_tick")
        present, base = listed.possible, listed.base
        if not (later or listed.players.playlist):
            base = set()
        ids = [row.station.station_id for row in listed.stations]
        added = [key for key in ids if key in wanted - base]
        return ",".join(added + [f"!{key}" for key in ids if key in (base & present) - wanted])

    def assign(self, channel: str, station_id: str) -> None:
        """Assign a station to a player's channel; "-" = none, "" = as found. Raises GrabError."""
        text = f"{channel}={station_id}"
        if "@" in station_id:  # a browser may not read files
            raise SettingError("assign", text, "the page", "a station, not a list")
        listed = self._listed()
        file = choices.Choices(self._config.data_dir, self._clock)
        player_channels.assign(file, listed.players, listed.stations, text, "the page")

    def _listed(self) -> "_Listed":
        """The stations; looked up once for each guide and assignment, as matching takes a while."""
        files = output_path(self._config), os.path.join(self._config.data_dir, choices.FILE)
        stamps = [file_stamp(path) for path in files]
        stamp, listed = self._known
        if listed is None or stamp != stamps:
            with open_store(self._config, self._clock) as store:
                listed = _Listed(self._config, store)
            if not listed.stations:
                raise GuideNotFound(files[0])
            self._known = (stamps, listed) if stamps[0] else (None, None)
        return listed


class _Listed:
    """The stored stations of the lineups and the players' lists. Raises GrabError.

    chosen: ids of the guide's stations. possible: of those that can be ticked. base: of those that
    the guide would have if the setting ``channels`` were empty.
    """

    def __init__(self, config: Config, store: Store) -> None:
        self.stations: List[GuideStation] = listing.known_stations(config, store)
        offline = dataclasses.replace(config, offline=True)
        self.players: ChannelLists = player_channels.load(offline, store)
        every = {row.station.station_id for row in self.stations}
        playlist, tvheadend = (
            self.players.station_ids(player, self.stations) if player else None
            for player in (self.players.playlist, self.players.tvheadend)
        )
        self.possible: Set[str] = every if tvheadend is None else every & tvheadend
        self.base: Set[str] = every if playlist is None else playlist
        try:
            ids = player_channels.selected_stations(config, self.players, self.stations, True)
        except (ChannelError, NoChannelMatches):
            ids = set()
        self.chosen: Set[str] = every if ids is None else ids


def station_json(row: GuideStation, lineups: Collection[str] = ()) -> Json:
    """A station to tick. lineups: of all stations; its own is given if there are several."""
    station = row.station
    return {
        "id": station.station_id,
        "number": station.number,
        "numbers": station.numbers,
        "call_sign": station.call_sign,
        "name": network_of(station),
        "logo": station.logo,
        "lineup": row.lineup.name if len(lineups) > 1 else "",
        "kinds": kinds_of(station.call_sign, station.name, station.numbers),
    }


def kinds_of(call_sign: str, network: str, numbers: Sequence[str]) -> List[str]:
    """The keys of _KINDS that fit; with numbers such as 7.1 also "main" or "sub"."""
    text = f"{network} {call_sign}".upper()
    kinds = [kind for kind, pattern in _KIND_PATTERNS.items() if pattern.search(text)]
    minors = [number.partition(".")[2] for number in numbers if "." in number]
    if minors:
        kinds.append("main" if "1" in minors else "sub")
    return kinds


def _doubts_first(match: Match) -> int:
    if match.how == "your assignment":
        return 3
    return 0 if _is_doubtful(match) else 2 if match.station_id else 1


def _is_doubtful(match: Match) -> bool:
    """Whether another station may be meant, or nothing but the number says that this one is,
    although the channel has a name."""
    name_says_nothing = match.how == "number" and match.channel.name != match.channel.number
    return match.how != "your assignment" and bool(match.doubts or name_says_nothing)


def _match_json(match: Match) -> Json:
    return {
        "channel": match.channel.label,
        "number": match.channel.number,
        "name": match.channel.name,
        "station": match.station_id,
        "confidence": match.confidence,
        "how": match.how,
        "doubts": match.doubts,
        "is_doubtful": _is_doubtful(match),
    }
