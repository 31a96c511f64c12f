"""The players' channel lists that the settings name, and the stations that they mean.

A list that is unavailable, or suddenly short, is replaced by the stored one. The stations that the
user assigned to single channels are stored too.
"""

import hashlib
import json
import logging
import threading
from types import MappingProxyType
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from ..config.settings import Config
from ..errors import (
    ChannelError,
    NoChannelMatches,
    PlayerError,
    PlayerHasNoChannels,
    SettingError,
    TvheadendForbidden,
    TvheadendLogin,
    format_time,
)
from ..store.answers import Store
from ..store.choices import ASSIGNED_STATIONS, MEANT_STATIONS
from ..util.format import join_names
from ..util.redact import redact_playlist_url
from . import matching, playlist
from .choosing import choose, problems, select
from .matching import NO_STATION, Match, PlayerChannel, normalize_name
from .playlist import Playlist
from .stations import GuideStation

log = logging.getLogger(__name__)

_MAX_NAMES = 3  # channels in a note
# Seconds until a short list is believed: long enough for a second run where one runs daily.
DISTRUST_FOR = 36 * 3600


class ChannelList(NamedTuple):
    """One player's list of channels."""

    name: str
    channels: Tuple[PlayerChannel, ...]
    note: str = ""  # a sentence for the user; "" = none
    skipped: str = ""  # entries that are no channels, as in Playlist


class ChannelLists(NamedTuple):
    """The lists that the settings name; None = not set, or not needed."""

    playlist: Optional[ChannelList] = None
    tvheadend: Optional[ChannelList] = None
    assigned: Mapping[str, str] = MappingProxyType({})  # station id or NO_STATION, by channel
    # By place, the station's id of channels, and of words of ``channels``, in the last guide.
    meant: Mapping[str, Mapping[str, str]] = MappingProxyType({})

    @property
    def all(self) -> List[ChannelList]:
        return [player for player in (self.tvheadend, self.playlist) if player]

    @property
    def fingerprint(self) -> str:
        """Equal for lists of the same channels, whatever their stations; "" = no list."""
        if not self.all:
            return ""
        channels = [sorted(map(repr, player.channels)) for player in self.all]
        return hashlib.sha256(json.dumps([channels, dict(self.assigned)]).encode()).hexdigest()

    def matches(self, player: ChannelList, stations: Sequence[GuideStation]) -> List[Match]:
        """One match per channel of the player, in the same order."""
        latest = {former: row.station.station_id for row in stations for former in row.former}
        assigned, meant = (
            {channel: latest.get(key, key) for channel, key in known.items()}
            for known in (self.assigned, self.meant_at(stations))
        )
        return matching.match(player.channels, [row.station for row in stations], assigned, meant)

    def meant_at(self, stations: Sequence[GuideStation]) -> Mapping[str, str]:
        """What channels and words meant in the lineups of these stations."""
        return self.meant.get(_place(stations), {})

    def station_ids(self, player: ChannelList, stations: Sequence[GuideStation]) -> Set[str]:
        """The ids of the stations that the player's channels match."""
        return {match.station_id for match in self.matches(player, stations)} - {""}


def load(
    config: Config,
    store: Store,
    stop: Optional[threading.Event] = None,
    everything: bool = False,
    now: bool = False,
) -> ChannelLists:
    """Load the lists that limit the guide.

    stop: aborts a hanging request. everything: load Tvheadend's list even if tvh_filter is off.
    now: return a suddenly short list as it is, without storing it.

    Raises PlayerError for a list that is neither available nor stored, SettingError and Stopped.
    """
    if config.tvh_filter and not config.tvh_url:
        raise config.invalid("tvh_filter", "on", "off, or on with a tvh_url")
    tvheadend = listed = None
    address, place = config.tvh_url, config.channels_from
    if address and (config.tvh_filter or everything):
        name = f"Tvheadend at {address}"
        tvheadend = _load(config, store, now, name, address, lambda: of_tvheadend(config, stop))
    if place:
        name = redact_playlist_url(place)
        listed = _load(config, store, now, name, place, lambda: playlist.read(place, stop))
    assigned: Dict[str, str] = store.choices.get(ASSIGNED_STATIONS, {})
    meant: Dict[str, Dict[str, str]] = store.choices.get(MEANT_STATIONS, {})
    return ChannelLists(listed, tvheadend, assigned, meant)


def _load(
    config: Config,
    store: Store,
    now: bool,
    name: str,
    place: str,
    read: Callable[[], Playlist],
) -> ChannelList:
    """The current list, or the stored one if it is unavailable or, at an address, suddenly much
    shorter: an HDHomeRun lists few channels while it scans.

    now: as in ``load``. name: for messages. place: the file or address that ``read`` reads.
    """
    fact = f"channels of {hashlib.sha256(place.encode()).hexdigest()[:16]}"
    rows, at = store.fact(fact)
    stored = tuple(map(_from_json, rows or ()))
    is_remote = "://" in place
    if stored and config.offline and is_remote:
        return ChannelList(name, stored)
    try:
        channels, skipped = Playlist(()) if config.offline and is_remote else read()
        if not channels:
            raise PlayerHasNoChannels(name)
    except PlayerError as error:
        if not stored:
            raise
        log.warning("%s", error)
        note = f"{error.what}; using its channels as of {format_time(at)}."
        return ChannelList(name, stored, note)
    is_short = is_remote and 100 * len(channels) < config.worse_below * len(stored)
    if is_short and 0 <= store.clock.now() - at < DISTRUST_FOR:
        note = (
            f"{name} went from {len(stored)} channels to {len(channels)}: the guide keeps the"
            f" {len(stored)} until {format_time(at + DISTRUST_FOR)}, or until --force."
        )
        log.warning("%s", note)
        return ChannelList(name, channels if now else stored, note, skipped)
    if not store.read_only:
        store.set_fact(fact, channels, store.clock.now())
    return ChannelList(name, channels, skipped=skipped)


def _from_json(row: Sequence[Any]) -> PlayerChannel:
    """The channel of a stored row, which may be of an older version."""
    fields: List[Any] = [tuple(field) if isinstance(field, list) else field for field in row]
    return PlayerChannel(*fields)


def of_tvheadend(config: Config, stop: Optional[threading.Event] = None) -> Playlist:
    """The enabled channels of the server, each with the XMLTV ids that it is linked to.

    Without the links if the user may not read them. Raises PlayerError and Stopped.
    """
    from .tvheadend import connect  # loads requests, which few runs need here

    with connect(config, stop) as server:
        channels = [channel for channel in server.channels() if channel.enabled]
        ids: Dict[str, str] = {}
        if any(channel.sources for channel in channels):
            try:
                ids = {source.uuid: source.xmltv_id for source in server.sources()}
            except (TvheadendForbidden, TvheadendLogin) as error:
                log.info("Continuing without the links of the channels: %s", error.what)
    return Playlist(
        tuple(
            PlayerChannel(
                row.name, row.number, tuple(ids[uuid] for uuid in row.sources if uuid in ids)
            )
            for row in channels
        )
    )


def selected_stations(
    config: Config, players: ChannelLists, stations: Sequence[GuideStation]
) -> Optional[Set[str]]:
    """The ids of the stations for the guide; None = all.

    Named stations and the playlist's add up; Tvheadend's list limits the result, and so do the
    exclusions of ``channels``. Raises ChannelError and InputFileError, and NoChannelMatches instead
    of returning an empty set.
    """
    choice = choose(config.channels, stations, players.meant_at(stations))
    if choice.missing:
        raise ChannelError(problems(choice.missing, stations))
    ids = choice.ids
    if players.playlist:
        ids = (ids or set()) | players.station_ids(players.playlist, stations)
    if choice.excluded:
        ids = {row.station.station_id for row in stations} if ids is None else ids
        ids = ids - choice.excluded
    if players.tvheadend:
        matched = players.station_ids(players.tvheadend, stations)
        ids = matched if ids is None else ids & matched
    if ids is not None and not ids:
        lists = [f"the {len(player.channels)} channels of {player.name}" for player in players.all]
        lists = lists or [f"channels={','.join(config.channels)}"]
        raise NoChannelMatches(f"no station matches {' and '.join(lists)}")
    return ids


def remember(
    config: Config, store: Store, players: ChannelLists, stations: Sequence[GuideStation]
) -> None:
    """Store what the channels, and the words of ``channels``, mean: it holds as long as the lineup
    has that station, whatever else gets its number or call sign."""
    before = players.meant_at(stations)
    meant = choose(config.channels, stations, before).meant
    for player in players.all:
        for match in players.matches(player, stations):
            if match.station_id:
                meant[normalize_name(match.channel.label)] = match.station_id
    if not meant.items() <= before.items():
        store.choices.put(MEANT_STATIONS, {**players.meant, _place(stations): {**before, **meant}})


def _place(stations: Sequence[GuideStation]) -> str:
    """Equal for stations of the same lineups; a hash, so it reveals no postal code."""
    keys = sorted({row.lineup.key for row in stations})
    return hashlib.sha256(json.dumps(keys).encode()).hexdigest()[:16]


def notes(players: ChannelLists, stations: Sequence[GuideStation]) -> List[str]:
    """What the user should know about the lists, as sentences."""
    texts = [player.note for player in players.all if player.note]
    texts += [
        f"{player.name} also lists what is no channel: {player.skipped}."
        for player in players.all
        if player.skipped
    ]
    for player in players.all:
        unmatched = [
            match.channel.label
            for match in players.matches(player, stations)
            if not match.station_id and not match.confidence  # a user's "no station" has confidence
        ]
        if unmatched:
            texts.append(
                f"{len(unmatched)} of {len(player.channels)} channels of {player.name} match no"
                f" station ({join_names(unmatched, _MAX_NAMES)}): see --match."
            )
    return texts


def assign(
    store: Store, players: ChannelLists, stations: Sequence[GuideStation], text: str
) -> ChannelLists:
    """Store an assignment CHANNEL=STATION; an empty station deletes it, "-" means no station.

    Return the lists with it. Raises SettingError if the text names no channel or several,
    ChannelError if it names no station.
    """
    channel, _, word = (part.strip() for part in text.rpartition("="))
    name = normalize_name(channel)
    named = [row for player in players.all for row in player.channels if name in row.keys]
    labels = sorted({row.label for row in named})
    keys = {name}.union(*(row.keys for row in named))
    assigned = {
        label: station
        for label, station in players.assigned.items()
        if normalize_name(label) not in keys
    }
    allowed = ""  # what the text has to be, if it is not that
    if not channel:
        allowed = "CHANNEL=STATION"
    elif word and not labels:
        allowed = "a channel that --match shows"
    elif word and len(labels) > 1:
        allowed = f"one of {', '.join(labels)}"
    elif not word and len(assigned) == len(players.assigned):
        allowed = "a channel with an assigned station"
    if allowed:
        raise SettingError("assign", text, "the option --assign", allowed)
    if word:
        assigned[channel] = NO_STATION if word == NO_STATION else select([word], stations).pop()
    store.choices.put(ASSIGNED_STATIONS, assigned)
    return players._replace(assigned=assigned)
