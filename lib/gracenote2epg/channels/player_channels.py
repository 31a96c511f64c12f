"""The channels that players have, as the settings name them, and the stations that they mean.

A list that cannot be had now, or is short all at once, is the one remembered. What the user says of
single channels is kept.
"""

import hashlib
import json
import logging
import threading
import time
from types import MappingProxyType
from typing import Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from ..config.settings import Config
from ..errors import (
    NoChannelMatches,
    PlayerError,
    PlayerHasNoChannels,
    SettingError,
    TvheadendForbidden,
    TvheadendLogin,
)
from ..store.answers import Store
from ..util.redact import redact_playlist_url
from . import matching
from . import playlist as channels_playlist
from .matching import NO_STATION, Match, PlayerChannel, normalize_name
from .stations import GuideStation, select

log = logging.getLogger(__name__)


ASSIGNED_FACT = "assigned stations"  # the store's name for what the user says of single channels
_TOLD = 3  # channels that a note names
# Seconds after which a list that is still short is believed: who runs once a day does so once more.
DISTRUST_FOR = 36 * 3600


class ChannelList(NamedTuple):
    """One list of channels."""

    name: str
    wanted: Tuple[PlayerChannel, ...]
    note: str = ""  # what the user may want to know of it, a sentence; "" = nothing


class ChannelLists(NamedTuple):
    """The lists that the settings ask for; None = not that one."""

    playlist: Optional[ChannelList] = None
    tvheadend: Optional[ChannelList] = None
    assigned: Mapping[str, str] = MappingProxyType({})  # station ids, or NOTHING, by channel

    @property
    def all(self) -> List[ChannelList]:
        return [one for one in (self.tvheadend, self.playlist) if one]

    @property
    def fingerprint(self) -> str:
        """Differs when other channels are asked for, whatever stations match them; "" = none."""
        if not self.all:
            return ""
        asked = [sorted(map(repr, one.wanted)) for one in self.all]
        return hashlib.sha256(json.dumps([asked, dict(self.assigned)]).encode()).hexdigest()

    def matches(self, player: ChannelList, known: Sequence[GuideStation]) -> List[Match]:
        now = {old: own.station.station_id for own in known for old in own.former}
        assigned = {channel: now.get(name, name) for channel, name in self.assigned.items()}
        return matching.match(player.wanted, [own.station for own in known], assigned)


def load(
    config: Config,
    store: Store,
    stop: Optional[threading.Event] = None,
    everything: bool = False,
    now: bool = False,
) -> ChannelLists:
    """The lists that a guide is limited to; with ``everything`` Tvheadend's without the filter too.

    now: a list that is short all at once is shown as it is, and not remembered either.

    Raises PlayerError for a list that can be had neither from the player nor from the store,
    SettingError and Stopped.
    """
    if config.tvh_filter and not config.tvh_url:
        raise config.invalid("tvh_filter", "on", "off, or on with a tvh_url")
    server = listed = None
    if config.tvh_url and (config.tvh_filter or everything):
        name = f"Tvheadend at {config.tvh_url}"
        server = _player(
            config, store, now, name, config.tvh_url, lambda: of_tvheadend(config, stop)
        )
    where = config.channels_from
    if where:
        name = redact_playlist_url(where)
        listed = _player(
            config, store, now, name, where, lambda: channels_playlist.read(where, stop)
        )
    assigned, _ = store.fact(ASSIGNED_FACT)
    return ChannelLists(listed, server, assigned or {})


def _player(
    config: Config,
    store: Store,
    now: bool,
    name: str,
    where: str,
    ask: Callable[[], Tuple[PlayerChannel, ...]],
) -> ChannelList:
    """The list that is there now, else the one remembered: also for a while where the one at an
    address is much shorter, for an HDHomeRun that scans or a provider in trouble lists a few."""
    fact = f"channels of {hashlib.sha256(where.encode()).hexdigest()[:16]}"
    rows, at = store.fact(fact)
    known = tuple(PlayerChannel(own, number, tuple(ids), hd) for own, number, ids, hd in rows or ())
    if known and config.offline and "://" in where:
        return ChannelList(name, known)
    try:
        wanted = () if config.offline and "://" in where else ask()
        if not wanted:
            raise PlayerHasNoChannels(name)
    except PlayerError as error:
        if not known:
            raise
        log.warning("%s", error)
        when = time.strftime("%d %b %H:%M", time.localtime(at))
        return ChannelList(name, known, f"{error.what}; its channels as of {when} are used.")
    short = "://" in where and 100 * len(wanted) < config.worse_below * len(known)
    if short and 0 <= store.clock.now() - at < DISTRUST_FOR:
        until = time.strftime("%d %b %H:%M", time.localtime(at + DISTRUST_FOR))
        note = (
            f"{name} went from {len(known)} channels to {len(wanted)}: the guide has the"
            f" {len(known)} until {until}, or until --force."
        )
        log.warning("%s", note)
        return ChannelList(name, wanted if now else known, note)
    if not store.read_only:
        store.set_fact(fact, wanted, store.clock.now())
    return ChannelList(name, wanted)


def of_tvheadend(
    config: Config, stop: Optional[threading.Event] = None
) -> Tuple[PlayerChannel, ...]:
    """The enabled channels of the server, each with the XMLTV ids that it is linked to.

    The links are left out where the user may not see them. Raises PlayerError and Stopped.
    """
    from .tvheadend import connect  # who has none goes without requests

    with connect(config, stop) as server:
        channels = [one for one in server.channels() if one.enabled]
        ids: Dict[str, str] = {}
        if any(one.sources for one in channels):
            try:
                ids = {source.uuid: source.xmltv_id for source in server.sources()}
            except (TvheadendForbidden, TvheadendLogin) as error:
                log.info("The links of the channels are not known: %s", error.what)
    return tuple(
        PlayerChannel(one.name, one.number, tuple(ids[uuid] for uuid in one.sources if uuid in ids))
        for one in channels
    )


def selected_stations(
    config: Config, players: ChannelLists, known: Sequence[GuideStation]
) -> Optional[Set[str]]:
    """The ids of the stations for the guide; None = all.

    Those that are named and those of the playlist; with the filter only what Tvheadend has of them.
    Raises ChannelError, and NoMatch rather than return none.
    """
    ids = select(config.channels, known) if config.channels else None
    if players.playlist:
        ids = (ids or set()) | _matched(players, players.playlist, known)
    if players.tvheadend:
        own = _matched(players, players.tvheadend, known)
        ids = own if ids is None else ids & own
    if ids is not None and not ids:
        lists = " and ".join(f"the {len(one.wanted)} channels of {one.name}" for one in players.all)
        raise NoChannelMatches(f"no station is what is chosen by {lists}")
    return ids


def notes(players: ChannelLists, known: Sequence[GuideStation]) -> List[str]:
    """What the user may want to know of the lists, a sentence each."""
    found = [one.note for one in players.all if one.note]
    for player in players.all:
        open_ones = [one.wanted.label for one in players.matches(player, known) if _is_open(one)]
        if open_ones:
            named = ", ".join(open_ones[:_TOLD]) + (", ..." if len(open_ones) > _TOLD else "")
            count = f"{len(open_ones)} of {len(player.wanted)}"
            found.append(
                f"{count} channels of {player.name} match no station ({named}): see --match."
            )
    return found


def _matched(players: ChannelLists, player: ChannelList, known: Sequence[GuideStation]) -> Set[str]:
    return {one.station_id for one in players.matches(player, known)} - {""}


def _is_open(one: Match) -> bool:
    """Whether it matches nothing, and not because the user says so."""
    return not one.station_id and not one.confidence


def assign(
    store: Store, players: ChannelLists, known: Sequence[GuideStation], text: str
) -> ChannelLists:
    """Remember CHANNEL=STATION; nothing after the sign forgets, a hyphen says: no station.

    Return the players with it. Raises SettingError when the text names no channel, or several, and
    ChannelError when it names no station.
    """
    channel, _, word = (part.strip() for part in text.rpartition("="))
    named = [
        one
        for player in players.all
        for one in player.wanted
        if normalize_name(channel) in one.keys
    ]
    labels = sorted({one.label for one in named})
    keys = {normalize_name(channel)}.union(*(one.keys for one in named))
    assigned = {
        own: station for own, station in players.assigned.items() if normalize_name(own) not in keys
    }
    problem = "" if channel else "CHANNEL=STATION"
    if word and not labels:
        problem = problem or "a channel that --match shows"
    elif word and len(labels) > 1:
        problem = f"one of {', '.join(labels)}"
    elif not word and len(assigned) == len(players.assigned):
        problem = problem or "a channel that has a station of its own"
    if problem:
        raise SettingError("assign", text, "the option --assign", problem)
    if word:
        assigned[channel] = NO_STATION if word == NO_STATION else select([word], known).pop()
    store.set_fact(ASSIGNED_FACT, assigned, store.clock.now())
    return players._replace(assigned=assigned)
