"""The players' channel lists, and the stations that they mean.

Lists that the settings name limit the guide. Others only give their channels' names to it: that of
a Tvheadend without tvh_filter, and those that Kodi's set-up found. A list that is unavailable, or
suddenly short, is replaced by the stored one. The stations that the user assigned to single
channels are stored too.
"""

import dataclasses
import functools
import hashlib
import json
import logging
import threading
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple
from urllib.parse import urlsplit

from ..clock import DAY, HOUR, TWO_RUNS
from ..config.settings import Config
from ..config.types import LOOPBACK
from ..errors import (
    NoChannelMatches,
    PlayerError,
    PlayerHasNoChannels,
    Sentence,
    SettingError,
    TvheadendForbidden,
    TvheadendLogin,
)
from ..store.answers import Store
from ..store.choices import ASSIGNED_STATIONS, MATCHED_STATIONS, PLAYER_CHANNELS, Choices
from ..util.format import Moment, did_you_mean, join_names
from ..util.redact import redact_playlist_url
from . import matching, playlist
from .choosing import choose, problems, select_one, unclear
from .kept_channels import KeptChannel, kept_channels, with_station_ids
from .matching import NO_STATION, Match, PlayerChannel, normalize_name
from .playlist import Playlist
from .stations import GuideStation

log = logging.getLogger(__name__)

MAX_REMEMBERED = 3000  # channels of a player that no setting names
_MAX_NAMES = 3  # channels in a note
_KEPT = "{what}; using its channels as of {at}"
_SHORT = (
    "{name} went from {before} channels to {count}: the guide keeps the {before} until {at}, or"
    " until --force"
)


class ChannelList(NamedTuple):
    """One player's list of channels."""

    name: str
    channels: Tuple[PlayerChannel, ...]
    note: Optional[Sentence] = None
    skipped: str = ""  # entries that are not channels, as in Playlist


@dataclasses.dataclass(frozen=True)
class ChannelLists:
    """The lists that the settings name; None = not set, or not needed. named: those that only give
    names."""

    playlist: Optional[ChannelList] = None
    tvheadend: Optional[ChannelList] = None
    # station id or NO_STATION, by channel
    assigned: Mapping[str, str] = dataclasses.field(default_factory=dict)
    # By place, the station's id of channels, and of words of ``channels``, in the last guide.
    meant: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    named: Tuple[ChannelList, ...] = ()
    kept: Tuple[KeptChannel, ...] = ()  # of an earlier guide
    _matched: Dict[ChannelList, Tuple[List[GuideStation], List[Match]]] = dataclasses.field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @property
    def all(self) -> List[ChannelList]:
        """The lists that limit the guide."""
        return [player for player in (self.tvheadend, self.playlist) if player]

    @property
    def everyone(self) -> List[ChannelList]:
        """All lists, also those that only give names."""
        return [*self.all, *self.named]

    @property
    def fingerprint(self) -> str:
        """Equal for lists of the same channels, whatever their stations; "" = no list."""
        return self._hash(self.all)

    @property
    def state(self) -> str:
        """The same with the lists that only give names, and an earlier guide's."""
        return self._hash(self.everyone, self.kept)

    def _hash(self, players: Sequence[ChannelList], kept: Sequence[KeptChannel] = ()) -> str:
        if not (players or kept):
            return ""
        channels = [sorted(map(repr, player.channels)) for player in players]
        text = json.dumps([channels, dict(self.assigned), *kept])
        return hashlib.sha256(text.encode()).hexdigest()

    def matches(self, player: ChannelList, stations: Sequence[GuideStation]) -> List[Match]:
        """One match per channel of the player, in the same order; made once: it takes seconds."""
        of_stations, matches = self._matched.get(player, ([], []))
        if of_stations != list(stations) or not matches:
            latest = {former: row.station.station_id for row in stations for former in row.former}
            assigned, meant = (
                {channel: latest.get(key, key) for channel, key in known.items()}
                for known in (self.assigned, self.meant_at(stations))
            )
            known_stations = [row.station for row in stations]
            channels = with_station_ids(player.channels, self.kept)
            countries = {row.station.station_id: row.lineup.country for row in stations}
            matches = matching.match(channels, known_stations, assigned, meant, countries)
            self._matched[player] = list(stations), matches
        return matches

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
    quick: bool = False,
) -> ChannelLists:
    """Load the lists.

    stop: aborts a hanging request. everything: read Tvheadend's list now, also without tvh_filter.
    now: return a suddenly short list as it is, without storing it. quick: of a playlist at an
    address, and of what gives names only, the stored list will do.

    Raises PlayerError for a list that limits the guide and is neither available nor stored,
    SettingError and Stopped.
    """
    if config.tvh_filter and not config.tvh_url:
        raise config.invalid("tvh_filter", "on", "off, or on with a tvh_url")
    tvheadend = listed = None
    named = [channels for _, channels in remembered_players(store.choices).values()]
    address, place = config.tvh_url, config.channels_from
    if address:
        name = f"Tvheadend at {address}"
        read = functools.partial(of_tvheadend, config, stop)
        if config.tvh_filter or everything:
            tvheadend = _load(config, store, now, name, address, read)
        else:
            named += _names_only(config, store, quick, name, address, read)
    if place:
        name = redact_playlist_url(place)
        offline = config.offline or (quick and "://" in place and bool(_stored(store, place)[0]))
        listed = _load(
            dataclasses.replace(config, offline=offline),
            store,
            now,
            name,
            place,
            functools.partial(playlist.read, place, stop),
        )
    assigned: Dict[str, str] = store.choices.get(ASSIGNED_STATIONS, {})
    meant: Dict[str, Dict[str, str]] = store.choices.get(MATCHED_STATIONS, {})
    return ChannelLists(listed, tvheadend, assigned, meant, tuple(named), kept_channels(store))


def remember_player(store: Store, name: str, channels: Sequence[PlayerChannel]) -> None:
    """Keep the channels of a player that no setting names, so that the guide has their names.

    name: of the player, for messages; its earlier channels are replaced. channels: () = forget it.
    """
    # As one text, since the file has a line for each value.
    text = json.dumps(channels[:MAX_REMEMBERED], ensure_ascii=False)
    new = {"at": store.clock.now(), "channels": text} if channels else None
    store.choices.merge(PLAYER_CHANNELS, {name: new})


def remembered_players(choices: Choices) -> Dict[str, Tuple[float, ChannelList]]:
    """The lists that ``remember_player`` kept, by name, and when: once a day is enough."""
    players: Dict[str, Tuple[float, ChannelList]] = {}
    rows: Dict[str, Any] = choices.get(PLAYER_CHANNELS, {})
    for name, row in rows.items():
        try:
            channels = tuple(map(_from_json, json.loads(row["channels"])))
            players[name] = float(row["at"]), ChannelList(name, channels)
        except (KeyError, TypeError, ValueError):
            log.warning("choices.json: the channels of %s are read anew", name)
    return players


def _names_only(
    config: Config, store: Store, quick: bool, name: str, place: str, read: Callable[[], Playlist]
) -> List[ChannelList]:
    """The list, read once a day, on this machine once an hour: others may sleep. [] = none."""
    channels, at = _stored(store, place)
    lasts = HOUR if urlsplit(place).hostname in LOOPBACK else DAY
    if quick or (channels and (config.offline or 0 <= store.clock.now() - at < lasts)):
        return [ChannelList(name, channels)] if channels else []
    try:
        return [_load(config, store, False, name, place, read)]
    except PlayerError as error:
        log.info("Continuing without the names of its channels: %s", error)
        return []


def _load(
    config: Config, store: Store, now: bool, name: str, place: str, read: Callable[[], Playlist]
) -> ChannelList:
    """The current list, or the stored one if it is unavailable or, at an address, suddenly much
    shorter: an HDHomeRun lists few channels while it scans.

    now: as in ``load``. name: for messages. place: the file or address that ``read`` reads.
    """
    stored, at = _stored(store, place)
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
        kept = {"what": error.what, "name": name, "at": Moment(at)}
        return ChannelList(name, stored, Sentence("seen_list_kept", _KEPT, kept))
    is_short = is_remote and 100 * len(channels) < config.worse_below * len(stored)
    if is_short and 0 <= store.clock.now() - at < TWO_RUNS:
        values = {"name": name, "before": len(stored), "count": len(channels)}
        until = Moment(at + TWO_RUNS)
        note = Sentence("seen_list_short", _SHORT, {**values, "at": until})
        log.warning("%s", note)
        return ChannelList(name, channels if now else stored, note, skipped)
    if not store.read_only:
        store.set_fact(_fact_name(place), channels, store.clock.now())
    return ChannelList(name, channels, skipped=skipped)


def _stored(store: Store, place: str) -> Tuple[Tuple[PlayerChannel, ...], float]:
    """The stored channels of a file or address, and when they were read."""
    rows, at = store.fact(_fact_name(place))
    return tuple(map(_from_json, rows or ())), at


def _fact_name(place: str) -> str:
    return f"channels of {hashlib.sha256(place.encode()).hexdigest()[:16]}"


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
    config: Config,
    players: ChannelLists,
    stations: Sequence[GuideStation],
    missing_ok: bool = False,
) -> Optional[Set[str]]:
    """The ids of the stations for the guide; None = all.

    missing_ok: leave out the words of ``channels`` that match no station (the last guide had it),
    if others remain.

    Named stations and the playlist's add up; Tvheadend's list limits the result, and so do the
    exclusions of ``channels``. Raises ChannelError and InputFileError, and NoChannelMatches instead
    of returning an empty set.
    """
    choice = choose(config.channels, stations, players.meant_at(stations))
    if choice.missing and not (missing_ok and choice.ids != set()):
        raise unclear(problems(choice.missing, stations))
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
        lists = [f"a channel of {player.name}" for player in players.all]
        lists = lists or [f"channels={','.join(config.channels)}"]
        raise NoChannelMatches(f"no station matches {' and '.join(lists)}")
    return ids


def remember(
    config: Config, store: Store, players: ChannelLists, stations: Sequence[GuideStation]
) -> None:
    """Store what the channels, and the words of ``channels``, mean: it holds as long as the lineup
    has that station, whatever else gets its number or call sign."""
    before = players.meant_at(stations)
    meant = dict(choose(config.channels, stations, before).meant)
    for player in players.everyone:
        for match in players.matches(player, stations):
            if match.station_id:
                meant[normalize_name(match.channel.label)] = match.station_id
    if not meant.items() <= before.items():
        store.choices.merge(MATCHED_STATIONS, {_place(stations): {**before, **meant}})


def _place(stations: Sequence[GuideStation]) -> str:
    """Equal for stations of the same lineups; a hash, so it reveals no postal code."""
    keys = sorted({row.lineup.key for row in stations})
    return hashlib.sha256(json.dumps(keys).encode()).hexdigest()[:16]


def notes(players: ChannelLists, stations: Sequence[GuideStation]) -> List[str]:
    """What the user should know about the lists, as sentences."""
    texts = [f"{player.note}." for player in players.all if player.note]
    texts += [
        f"{player.name} also lists entries that are not channels: {player.skipped}."
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
                f"{len(unmatched)} of {len(player.channels)} channels of {player.name}"
                f" match{'es' if len(unmatched) == 1 else ''} no station"
                f" ({join_names(unmatched, _MAX_NAMES)}): see --match."
            )
    return texts


def assign(
    choices: Choices,
    players: ChannelLists,
    stations: Sequence[GuideStation],
    text: str,
    origin: str = "the option --assign",
) -> ChannelLists:
    """Store an assignment CHANNEL=STATION; an empty station deletes it, "-" means no station.
    Return the lists with it. Raises SettingError if there is no such channel, else ChannelError.
    """
    channel, _, word = (part.strip() for part in text.rpartition("="))
    name = normalize_name(channel)
    named = [row for player in players.everyone for row in player.channels if name in row.keys]
    labels = sorted({row.label for row in named})
    keys = {name}.union(*(row.keys for row in named))
    before = players.assigned.items()
    assigned = {label: key for label, key in before if normalize_name(label) not in keys}
    allowed = ""  # what the text should be, if it is wrong
    if not channel:
        allowed = "CHANNEL=STATION"
    elif word and not labels:
        known = (row.label for player in players.everyone for row in player.channels)
        allowed = f"a channel that --match shows{did_you_mean(channel, known)}"
    elif word and len(labels) > 1:
        allowed = f"one of {', '.join(labels)}"
    elif not word and len(assigned) == len(players.assigned):
        allowed = "a channel with an assigned station"
    if allowed:
        raise SettingError("assign", text, origin, allowed)
    if word:
        assigned[channel] = NO_STATION if word == NO_STATION else select_one(word, stations)
    gone: Dict[str, Optional[str]] = dict.fromkeys(players.assigned.keys() - assigned.keys())
    choices.merge(ASSIGNED_STATIONS, {**gone, **dict(assigned.items() - before)})
    return dataclasses.replace(players, assigned=assigned)
