"""The programmes as each player shows them, from a guide with the player's profile."""

import contextlib
import os
import time
from types import ModuleType
from typing import Dict, Iterator, List, Mapping, NamedTuple, Sequence, Tuple
from xml.etree import ElementTree

from gracenote2epg.channels.matching import PlayerChannel
from gracenote2epg.config.settings import Config
from gracenote2epg.xmltv.options import Style, from_config
from gracenote2epg.xmltv.writer import HEAD, TAIL, Listing, ProgrammeWriter, channel
from support.builders import station
from support.programmes import listing

from . import channels, jellyfin, kodi, mythtv, plex, programmes, tvheadend
from .reading import FIELDS, Seen, names

PLAYERS = (tvheadend, kodi, jellyfin, mythtv, plex, channels)
WITH_IDS = (tvheadend, jellyfin, mythtv, plex)  # they know a programme again

# By names of programmes: one for the player; never one.
SAME = (("numbered episode", "repeat a day later"),)
DIFFERENT = (
    ("new game", "next game of the league"),
    ("news on Saturday", "news on Sunday"),
    ("an id that is used daily", "the same id a day later"),
)
# Two stations on one number, two of one call sign, and one that has another name in the player.
STATIONS: Sequence[Listing] = (
    listing(shared=("2.1",), station_id="1", call_sign="WZAADT", numbers=("2.1",)),
    listing(shared=("2.1",), station_id="2", call_sign="WZABDT", numbers=("2.1",)),
    listing(twin=True, station_id="3", call_sign="PPV", numbers=("5.1",)),
    listing(twin=True, station_id="4", call_sign="PPV", numbers=("5.2",)),
    listing(station_id="5", call_sign="WZACDT", numbers=("4.1",))._replace(
        player_names=("WZAC-HD",)
    ),
)
# Channels of a player, and the station whose programmes they should show: "" = none can be told.
CHANNELS = (
    (PlayerChannel("WZAADT", "2.1"), "1"),
    (PlayerChannel("WZABDT", "2.1"), "2"),
    (PlayerChannel("PPV 5.1", "5.1"), "3"),
    (PlayerChannel("PPV 5.2", "5.2"), "4"),
    (PlayerChannel("PPV", "5.1"), "3"),
    (PlayerChannel("WZACDT", "4.1"), "5"),
    (PlayerChannel("4.1 WZACDT", "4.1"), "5"),
    (PlayerChannel("WZAC-HD", "4.1"), "5"),
    (PlayerChannel("Channel 5", tvg_id="5.gracenote2epg"), "5"),
    (PlayerChannel("2.1", "2.1"), ""),
    (PlayerChannel("Another", "9.1"), ""),
)
# By player and name: it must be linked by hand.
BY_HAND = {
    *(("MythTV", name) for name in ("PPV 5.1", "PPV 5.2", "4.1 WZACDT", "WZAC-HD")),
    ("Tvheadend", "PPV"),
    ("Kodi's IPTV Simple", "PPV"),
}


class Shown(NamedTuple):
    seen: Seen
    best: Seen
    item: str


@contextlib.contextmanager
def _new_york() -> Iterator[None]:
    """The zone in which the programmes have their days."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


def style(profile: str) -> Style:
    return from_config(Config(profile=profile))


def shown(profile: str = "") -> Mapping[str, Mapping[str, Shown]]:
    """By player and programme. profile: "" = the player's own."""
    with _new_york():
        return {
            player.NAME: programmes_in(player, style(profile or player.PROFILE))
            for player in PLAYERS
        }


def programmes_in(player: ModuleType, style: Style) -> Dict[str, Shown]:
    found = {}
    for row in programmes.ROWS:
        language = {"in French": "fr", "in Spanish": "es"}.get(row.name, "")
        own = Listing(station(language=language), row.country, frozenset())
        node = _document(own, row, style).find("programme")
        found[row.name] = Shown(player.seen(node), player.best(row.wanted), player.item(node))
    return found


def _document(own: Listing, row: programmes.Programme, style: Style) -> ElementTree.Element:
    text = ProgrammeWriter(lambda series_id: row.details, style).text(own, [row.airing])
    return ElementTree.fromstring(HEAD + channel(own, style) + text + TAIL)


def links() -> List[Tuple[PlayerChannel, str, Dict[str, str]]]:
    """Each channel, its station, and the stations that the players take, by their names."""
    found = []
    for own, wanted in CHANNELS:
        taken = {}
        for player in PLAYERS:
            text = "".join(channel(each, style(player.PROFILE)) for each in STATIONS)
            ids = player.link(names(ElementTree.fromstring(HEAD + text + TAIL)), own)
            taken[player.NAME] = ", ".join(key.split(".")[0] for key in ids)
        found.append((own, wanted, taken))
    return found


def wrong_links() -> List[str]:
    return [
        f"{player}: {own.label} shows {station!r}, not {wanted!r}"
        for own, wanted, taken in links()
        for player, station in taken.items()
        if station != ("" if (player, own.name) in BY_HAND else wanted)
    ]


def are_one() -> Dict[Tuple[str, str], Dict[str, bool]]:
    """Whether a player takes both programmes of a pair for one."""
    rows = shown()
    items = {
        player.NAME: {name: row.item for name, row in rows[player.NAME].items()}
        for player in WITH_IDS
    }
    return {
        pair: {
            name: bool(own[pair[0]]) and own[pair[0]] == own[pair[1]] for name, own in items.items()
        }
        for pair in (*SAME, *DIFFERENT)
    }


def wrong_items() -> List[str]:
    return [
        f"{name}: {pair} are {'one' if is_one else 'two'}"
        for pair, by_player in are_one().items()
        for name, is_one in by_player.items()
        if is_one != (pair in SAME)
    ]


def differences() -> List[str]:
    """What is shown otherwise than it should be."""
    wrong = []
    for name, rows in shown().items():
        for programme, (seen, best, _) in rows.items():
            for field in FIELDS:
                if field not in seen and field not in best:
                    continue
                if seen.get(field) != best.get(field):
                    got = f"{seen.get(field)!r}, not {best.get(field)!r}"
                    wrong.append(f"{name}: {programme}: {field} is {got}")
    return wrong
