"""Lists of lineups and stations to choose from."""

import dataclasses
from typing import List, Optional, Set, Tuple

from ..channels import player_channels
from ..channels.stations import GuideStation, sort_by_number, stored_stations
from ..config.settings import Config
from ..errors import SourceUnavailable
from ..guide import span
from ..guide.builder import Guide
from ..models import Lineup, Provider
from ..store.answers import Store
from .canary import canary
from .lineups import lineups_at, resolve_lineups
from .source import SourceSession


def find_lineups(session: SourceSession) -> List[Tuple[Provider, Optional[int]]]:
    """The postal code's lineups, each with its number of stations; None = unknown now.

    Raises LineupNotFound, NotConfigured and SourceError.
    """
    store, providers = session.store, lineups_at(session)
    if not providers:
        raise _unavailable(session, "cannot list the lineups now")
    unknown = {row.lineup: None for row in providers if not store.windows(row.lineup)}
    if unknown:
        session.manager.download_guide_blocks(map(session.current_hour, unknown))
    return [(row, len(stored_stations(store, [row.lineup])) or None) for row in providers]


def known_stations(config: Config, store: Store) -> List[GuideStation]:
    """The stored stations of the chosen lineups, by number; [] unless all lineups are stored."""
    lineups = resolve_lineups(config, store, None)
    if not all(map(store.windows, lineups)):
        return []
    return sort_by_number(stored_stations(store, lineups))


def stored_guide(config: Config, store: Store) -> Guide:
    """The guide as the stored answers have it, without requests. Raises GrabError."""
    lineups, players, stations, chosen = _stored(config, store)
    matches = [players.matches(player, stations) for player in players.everyone]
    shown = span.shown(store.clock.now(), config.days, config.offset, config.past_days)
    return Guide(store, lineups, shown, chosen, config.details, matches, players.kept)


def chosen_stations(config: Config, store: Store) -> List[GuideStation]:
    """The stations of the guide, by number, as the stored answers have them: without requests.

    Raises GrabError.
    """
    _, _, stations, ids = _stored(config, store)
    return sort_by_number(row for row in stations if ids is None or row.station.station_id in ids)


def _stored(
    config: Config, store: Store
) -> Tuple[List[Lineup], player_channels.ChannelLists, List[GuideStation], Optional[Set[str]]]:
    """The lineups, the players' channels, the stations, and the chosen ids; None = all."""
    lineups = resolve_lineups(config, store, None)
    players = player_channels.load(dataclasses.replace(config, offline=True), store)
    stations = stored_stations(store, lineups)
    ids = player_channels.selected_stations(config, players, stations, missing_ok=True)
    return lineups, players, stations, ids


def list_stations(session: SourceSession) -> List[GuideStation]:
    """The stations of the chosen lineups, by number. Raises as ``lineups_with_stations``."""
    return sort_by_number(stored_stations(session.store, lineups_with_stations(session)))


def lineups_with_stations(session: SourceSession) -> List[Lineup]:
    """The chosen lineups, each with a stored window: one hour is downloaded if there is none.

    Raises as ``resolve_lineups`` and ``canary``; SourceError if no station is listed.
    """
    lineups = resolve_lineups(session.config, session.store, session)
    for lineup in lineups:
        if not session.store.windows(lineup):
            canary(session, [session.current_hour(lineup)])
    if not stored_stations(session.store, lineups):
        raise session.end_error() or _unavailable(session, "lists no station now")
    return lineups


def _unavailable(session: SourceSession, what: str) -> SourceUnavailable:
    return SourceUnavailable(f"{session.client.host} {what}", "Try again later")
