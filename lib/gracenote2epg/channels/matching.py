"""Which station a player's channel means, on what evidence, and with what confidence. Pure.

Evidence is a station id, call sign, number or name, alone or combined. A contradiction (another
call sign, sub-channel or feed) or a tie makes the station a doubt: a wrong guide is worse than a
question.
"""

from collections import defaultdict
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from ..models import Station
from . import call_signs
from .call_signs import ChannelClues, StationClues

MIN_CONFIDENCE = 50  # of a match; a station below it is a doubt
NO_STATION = "-"  # the override for "no station"
_MIN_DOUBT = 30  # confidence of a doubt; a station below it is ignored
_DOUBT_MARGIN = 3  # how far below the best match's confidence a doubt may be
_MAX_DOUBTS = 3
_TWIN_MARGIN = 16  # how far below it the HD or SD twin that the name asks for may be


class PlayerChannel(NamedTuple):
    """A channel as a player has it.

    names, tvg_id: by what else the player looks for the channel's guide, in its spelling.
    """

    name: str
    number: str = ""  # as "5.1"; "" = none
    ids: Tuple[str, ...] = ()  # XMLTV ids, tvg-id
    hd: Optional[bool] = None  # None = not known
    names: Tuple[str, ...] = ()
    tvg_id: str = ""

    @property
    def label(self) -> str:
        return f"{self.number} {self.name}".strip()

    @property
    def keys(self) -> Tuple[str, ...]:
        """The names by which a user may refer to it, normalized, most specific first."""
        return tuple(normalize_name(text) for text in (self.label, self.name, self.number) if text)


class Match(NamedTuple):
    """The station of a channel.

    station_id: "" = none with enough confidence. confidence: 0 to 100. how: override, station id,
    number and call sign, call sign, number and name, number, name; "" = not matched.
    doubts: ids of stations that may be meant instead.
    """

    channel: PlayerChannel
    station_id: str
    confidence: int
    how: str
    doubts: Tuple[str, ...] = ()


def match(
    channels: Sequence[PlayerChannel],
    stations: Iterable[Station],
    overrides: Optional[Mapping[str, str]] = None,
) -> List[Match]:
    """Return one match per channel, in the same order.

    overrides: station ids or NO_STATION by a channel's label, name or number. The numbers of a list
    count unless most of them contradict its names: many playlists just count upwards.
    """
    lineup = _Lineup(stations)
    clues = [call_signs.channel_clues(*channel[:4]) for channel in channels]
    votes = [vote for vote in map(lineup.number_agrees, clues) if vote is not None]
    if 2 * sum(votes) < len(votes):
        clues = [channel._replace(number="") for channel in clues]
    assigned = {normalize_name(text): station_id for text, station_id in (overrides or {}).items()}
    return [
        _override(channel, assigned, lineup) or lineup.match(channel, channel_clues)
        for channel, channel_clues in zip(channels, clues)
    ]


def normalize_name(text: str) -> str:
    """Fold case and white space, so that names of channels compare equal."""
    return " ".join(text.split()).casefold()


def _override(
    channel: PlayerChannel, assigned: Mapping[str, str], lineup: "_Lineup"
) -> Optional[Match]:
    chosen = next((assigned[key] for key in channel.keys if key in assigned), "")
    station_id = chosen if chosen in lineup.stations else ""
    confidence = 100 if station_id or chosen == NO_STATION else 0
    return Match(channel, station_id, confidence, "override") if chosen else None


class _Candidate(NamedTuple):
    """A station, and the evidence for it. how: as in Match."""

    confidence: int
    how: str
    station_id: str
    clues: StationClues
    same_number: bool

    @property
    def identity(self) -> Tuple[str, int]:
        """Call sign and sub-channel: equal for the SD and the HD twin of a station."""
        return self.clues.call_sign or self.clues.forms[0][0], self.clues.subchannel


class _Lineup:
    """The stations, indexed by number and word."""

    def __init__(self, stations: Iterable[Station]) -> None:
        self.stations = {station.station_id: station for station in stations}
        self._clues = {
            station_id: call_signs.station_clues(station)
            for station_id, station in self.stations.items()
        }
        self._by_number: Dict[str, List[str]] = defaultdict(list)
        self._by_word: Dict[str, List[str]] = defaultdict(list)
        for station_id, clues in self._clues.items():
            for number in self.stations[station_id].numbers:
                self._by_number[number].append(station_id)
            words = {clues.compact, clues.call_sign, clues.network, clues.initials, *clues.words}
            for word in words.union(form for form, _ in clues.forms) - {""}:
                self._by_word[word].append(station_id)

    def number_agrees(self, channel: ChannelClues) -> Optional[bool]:
        """Whether the number belongs to a station of the channel's name; None = cannot tell."""
        numbers: Set[str] = set()
        for station_id in self._with_words(channel):
            clues = self._clues[station_id]
            if _sign_score(channel, clues, True) > 1 or _name_score(channel, clues) > 1:
                numbers.update(self.stations[station_id].numbers)
        return _number_score(channel, tuple(numbers)) > 0 if channel.number and numbers else None

    def match(self, channel: PlayerChannel, clues: ChannelClues) -> Match:
        """The match for one channel. clues: of that channel."""
        by_id = {*clues.ids} & {*self.stations}
        similar = self._with_number(clues) | self._with_words(clues) | by_id
        rated = [self._rate(clues, station_id) for station_id in sorted(similar)]
        rated = [row for row in rated if row.confidence >= _MIN_DOUBT]
        rated.sort(key=lambda row: -row.confidence)
        if not rated:
            return Match(channel, "", 0, "")
        best, top = _best_twin(rated, clues), rated[0].confidence
        tie = any(row.confidence == top and row.identity != best.identity for row in rated)
        doubts = [
            row
            for row in rated
            if row is not best
            and (
                (row.same_number and not best.same_number)
                or (row.confidence >= top - _DOUBT_MARGIN and row.identity != best.identity)
                or (row.confidence == top and clues.hd is None)
            )
        ]
        if tie or top < MIN_CONFIDENCE:
            return Match(channel, "", 0, "", _ids([best, *doubts]))
        return Match(channel, best.station_id, best.confidence, best.how, _ids(doubts))

    def _with_number(self, channel: ChannelClues) -> Set[str]:
        numbers = channel.name_numbers | {channel.number, channel.number.split(".")[0]}
        numbers |= {f"{number}.1" for number in numbers if "." not in number}
        return {station_id for number in numbers for station_id in self._by_number.get(number, ())}

    def _with_words(self, channel: ChannelClues) -> Set[str]:
        words = {*channel.signs, *channel.compact, *channel.words, channel.initials}
        return {station_id for word in words for station_id in self._by_word.get(word, ())}

    def _rate(self, channel: ChannelClues, station_id: str) -> _Candidate:
        numbers, clues = self.stations[station_id].numbers, self._clues[station_id]
        number = _number_score(channel, numbers)
        sign = _sign_score(channel, clues, number == 2, numbers)
        name = _name_score(channel, clues)
        how_format = "number and {}" if number else "{}"
        if station_id in channel.ids:
            confidence, how = 97 + (sign > 1) + (number == 2) + (name > 0), "station id"
            return _Candidate(confidence, how, station_id, clues, number == 2)
        if sign > 1:  # each tuple: by the number's score, 0 to 2
            confidence, how = (82, 88, 92)[number] + 3 * (sign > 2), how_format.format("call sign")
        elif name > 1:
            confidence, how = (65, 78, 90)[number], how_format.format("name")
        elif name:
            confidence, how = (40, 72, 86)[number], how_format.format("name")
        else:
            confidence, how = (0, 0, 60)[number], "number"
        if sign < 0:
            confidence = _MIN_DOUBT
        elif sign < 1 and (channel.certain or (channel.only_sign and not name)):
            confidence = min(confidence, _MIN_DOUBT)
        return _Candidate(confidence, how, station_id, clues, number == 2)


def _ids(candidates: Sequence[_Candidate]) -> Tuple[str, ...]:
    return tuple(row.station_id for row in candidates[:_MAX_DOUBTS])


def _best_twin(rated: Sequence[_Candidate], channel: ChannelClues) -> _Candidate:
    """The best station; of its SD and HD twins the one that the channel's name asks for, else the
    one with the higher confidence, else SD. rated: the best first."""
    best = rated[0]
    lowest = best.confidence - _TWIN_MARGIN
    twins = [row for row in rated if row.identity == best.identity and row.confidence >= lowest]
    fitting = [row for row in twins if row.clues.hd == channel.hd]
    return max(fitting or twins, key=lambda row: (row.confidence, not row.clues.hd))


def _number_score(channel: ChannelClues, numbers: Sequence[str]) -> int:
    """2 = the channel's number is one of the station's; 1 = its number, or one in its name, may
    mean one of them; 0 = neither."""
    if channel.number and channel.number in numbers:
        return 2
    possible = channel.name_numbers | {channel.number} - {""}
    for number in numbers:
        major, _, minor = number.partition(".")
        if number in possible or (minor == "1" and major in possible) or f"{number}.1" in possible:
            return 1
    return 0


def _sign_score(
    channel: ChannelClues, station: StationClues, same_number: bool, numbers: Sequence[str] = ()
) -> int:
    """3 = the same call sign; 2 = a form of it; 0 = none; -1 = another sub-channel or feed."""
    agreement = 3 if station.compact in channel.compact else 2
    if station.call_sign and station.call_sign in channel.signs:
        subchannel = channel.signs[station.call_sign]
        if subchannel is not None and subchannel != station.subchannel:
            return -1
        if not same_number and subchannel is None and station.subchannel > 1:
            return 0
        if not same_number and subchannel is None and _other_subchannel(channel.number, numbers):
            return -1
        return agreement
    feeds = [feed for form, feed in station.forms if form in channel.compact]
    fitting = {"": ("",), "E": ("", "E"), "W": ("W",)}[channel.feed]
    if any(feed in fitting for feed in feeds):
        return agreement
    return -1 if feeds else 0


def _other_subchannel(number: str, numbers: Sequence[str]) -> bool:
    """Whether the number is another sub-channel of the station's own channel."""
    major, _, minor = number.partition(".")
    return bool(minor) and any(station_number.startswith(f"{major}.") for station_number in numbers)


def _name_score(channel: ChannelClues, station: StationClues) -> int:
    """2 = the network's name; 1 = a part of it, or more than it; 0 = another name."""
    forms = {form for form, _ in station.forms}
    if station.network in channel.compact or (station.words and station.words == channel.words):
        return 2
    if channel.words == {station.initials} or (
        len(channel.initials) > 2 and channel.initials in forms
    ):
        return 2
    subset = station.words <= channel.words or channel.words <= station.words
    if station.initials in channel.words or (station.words and channel.words and subset):
        return 1
    long = tuple(form for form in forms if len(form) > 3)  # DISN is a part of DISNEY
    return int(any(text.startswith(long) for text in channel.compact))
