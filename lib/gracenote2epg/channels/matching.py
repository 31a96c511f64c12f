"""Which station a player's channel means, how that was found, and how sure it is. Pure.

Evidence is a station id, a call sign, a number and a name, alone or together. What contradicts it
(another call sign, sub-channel or feed) makes a doubt of it, and so does a tie: a wrong guide is
worse than a question.
"""

from collections import defaultdict
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from ..models import Station
from . import call_signs
from .call_signs import ChannelClues, StationClues

MIN_CONFIDENCE = 50  # the confidence from which a match counts; below, the station is a doubt
NO_STATION = "-"  # an override that says: no station
_DOUBT, _NEAR, _MOST = 30, 3, 3  # a doubt's least confidence, distance to the best, and number
_TWIN = 16  # so far below the best, the SD or HD twin that the name asks for is still preferred


class PlayerChannel(NamedTuple):
    """A channel as a player has it."""

    name: str
    number: str = ""  # as "5.1"; "" = none
    ids: Tuple[str, ...] = ()  # XMLTV ids, tvg-id
    hd: Optional[bool] = None  # None = not told

    @property
    def label(self) -> str:
        return f"{self.number} {self.name}".strip()

    @property
    def keys(self) -> Tuple[str, ...]:
        """What it may be called, the plainest first."""
        return tuple(normalize_name(text) for text in (self.label, self.name, self.number) if text)


class Match(NamedTuple):
    """What a channel means.

    station_id: "" = none that is sure enough. confidence: 0 to 100. how: override, station id,
    number and call sign, call sign, number and name, number, name; "" = not at all.
    doubts: ids of stations that may be meant instead.
    """

    wanted: PlayerChannel
    station_id: str
    confidence: int
    how: str
    doubts: Tuple[str, ...] = ()


def match(
    wanted: Sequence[PlayerChannel],
    stations: Iterable[Station],
    overrides: Optional[Mapping[str, str]] = None,
) -> List[Match]:
    """One match for each channel of a list, in its order.

    overrides: station ids, or NOTHING, by a channel's label, name or number. The numbers of a list
    are believed unless they contradict its call signs more often than not: many playlists just
    count.
    """
    lineup = _Lineup(stations)
    asked = [call_signs.channel_clues(*one) for one in wanted]
    votes = [vote for vote in map(lineup.number_agrees, asked) if vote is not None]
    if 2 * sum(votes) < len(votes):
        asked = [one._replace(number="") for one in asked]
    own = {normalize_name(text): station_id for text, station_id in (overrides or {}).items()}
    return [
        _overridden(one, own, lineup) or lineup.match(one, ask) for one, ask in zip(wanted, asked)
    ]


def normalize_name(text: str) -> str:
    """How names of channels are compared."""
    return " ".join(text.split()).casefold()


def _overridden(one: PlayerChannel, own: Mapping[str, str], lineup: "_Lineup") -> Optional[Match]:
    chosen = next((own[text] for text in one.keys if text in own), "")
    found = chosen if chosen in lineup.stations else ""
    sure = 100 if found or chosen == NO_STATION else 0
    return Match(one, found, sure, "override") if chosen else None


class _Candidate(NamedTuple):
    """A station, and what speaks for it."""

    confidence: int
    how: str
    station: Station
    known: StationClues
    by_number: bool

    @property
    def kind(self) -> Tuple[str, int]:
        """Equal for the SD and the HD twin of a station."""
        return self.known.call or self.known.forms[0][0], self.known.sub


class _Lineup:
    """The stations, by what a channel may say of them."""

    def __init__(self, stations: Iterable[Station]) -> None:
        self.stations = {own.station_id: own for own in stations}
        self._known = {name: call_signs.station_clues(own) for name, own in self.stations.items()}
        self._by_number: Dict[str, List[str]] = defaultdict(list)
        self._by_word: Dict[str, List[str]] = defaultdict(list)
        for name, own in self._known.items():
            for number in self.stations[name].numbers:
                self._by_number[number].append(name)
            words = {own.joined, own.call, own.network, own.initials, *own.words}
            for word in words.union(form for form, _ in own.forms) - {""}:
                self._by_word[word].append(name)

    def number_agrees(self, asked: ChannelClues) -> Optional[bool]:
        """Whether the channel's number is that of what it is called; None = it cannot be told."""
        numbers: Set[str] = set()
        for name in self._named(asked):
            known = self._known[name]
            if _sign(asked, known, True) > 1 or _name(asked, known) > 1:
                numbers.update(self.stations[name].numbers)
        return _number(asked, tuple(numbers)) > 0 if asked.number and numbers else None

    def match(self, wanted: PlayerChannel, asked: ChannelClues) -> Match:
        near = self._numbered(asked) | self._named(asked) | set(asked.ids) & set(self.stations)
        found = [self._judge(asked, name) for name in sorted(near)]
        found = sorted(
            (one for one in found if one.confidence >= _DOUBT), key=lambda one: -one.confidence
        )
        if not found:
            return Match(wanted, "", 0, "")
        best, top = _twin(found, asked), found[0].confidence
        tie = any(one.confidence == top and one.kind != best.kind for one in found)
        doubts = [
            one
            for one in found
            if one is not best
            and (
                (one.by_number and not best.by_number)
                or (one.confidence >= top - _NEAR and one.kind != best.kind)
                or (one.confidence == top and asked.hd is None)
            )
        ]
        if tie or top < MIN_CONFIDENCE:
            return Match(wanted, "", 0, "", _ids([best, *doubts]))
        return Match(wanted, best.station.station_id, best.confidence, best.how, _ids(doubts))

    def _numbered(self, asked: ChannelClues) -> Set[str]:
        numbers = asked.hints | {asked.number, asked.number.split(".")[0]}
        numbers |= {f"{number}.1" for number in numbers if "." not in number}
        return {name for number in numbers for name in self._by_number.get(number, ())}

    def _named(self, asked: ChannelClues) -> Set[str]:
        words = {*asked.signs, *asked.joined, *asked.words, asked.initials}
        return {name for word in words for name in self._by_word.get(word, ())}

    def _judge(self, asked: ChannelClues, name: str) -> _Candidate:
        station, known = self.stations[name], self._known[name]
        number = _number(asked, station.numbers)
        sign = _sign(asked, known, number == 2, station.numbers)
        named = _name(asked, known)
        both = "number and {}" if number else "{}"
        if name in asked.ids:
            agree = (sign > 1) + (number == 2) + (named > 0)
            return _Candidate(97 + agree, "station id", station, known, number == 2)
        if sign > 1:
            confidence, how = (82, 88, 92)[number] + 3 * (sign > 2), both.format("call sign")
        elif named > 1:
            confidence, how = (65, 78, 90)[number], both.format("name")
        elif named:
            confidence, how = (40, 72, 86)[number], both.format("name")
        else:
            confidence, how = (0, 0, 60)[number], "number"
        if sign < 0:
            confidence = _DOUBT
        elif sign < 1 and (asked.sure or (asked.alone and not named)):
            confidence = min(confidence, _DOUBT)
        return _Candidate(confidence, how, station, known, number == 2)


def _ids(candidates: Sequence[_Candidate]) -> Tuple[str, ...]:
    return tuple(one.station.station_id for one in candidates[:_MOST])


def _twin(found: Sequence[_Candidate], asked: ChannelClues) -> _Candidate:
    """The best; of SD and HD twins the one that the name asks for, else the better, else SD."""
    best = found[0]
    twins = [
        one for one in found if one.kind == best.kind and one.confidence >= best.confidence - _TWIN
    ]
    if asked.hd is not None and any(one.known.hd == asked.hd for one in twins):
        twins = [one for one in twins if one.known.hd == asked.hd]
    return max(twins, key=lambda one: (one.confidence, not one.known.hd))


def _number(asked: ChannelClues, numbers: Sequence[str]) -> int:
    """2 = the channel's number is one of the station's; 1 = it may mean one; 0 = no."""
    if asked.number and asked.number in numbers:
        return 2
    loose = asked.hints | {asked.number} - {""}
    for own in numbers:
        major, _, minor = own.partition(".")
        if own in loose or (minor == "1" and major in loose) or f"{own}.1" in loose:
            return 1
    return 0


def _sign(
    asked: ChannelClues, known: StationClues, at_number: bool, numbers: Sequence[str] = ()
) -> int:
    """3 = the very call sign; 2 = the same station's; 0 = none; -1 = of another sub-channel or
    feed.
    """
    exact = known.joined in asked.joined
    if known.call in asked.signs and known.call:
        sub = asked.signs[known.call]
        if sub is not None and sub != known.sub:
            return -1
        if not at_number and sub is None and known.sub > 1:
            return 0
        if not at_number and sub is None and _beside(asked.number, numbers):
            return -1
        return 3 if exact else 2
    feeds = [feed for form, feed in known.forms if form in asked.joined]
    fits = {"": ("",), "E": ("", "E"), "W": ("W",)}[asked.feed]
    if any(feed in fits for feed in feeds):
        return 3 if exact else 2
    return -1 if feeds else 0


def _beside(number: str, numbers: Sequence[str]) -> bool:
    """Whether it is another sub-channel of the station's own channel."""
    major, _, minor = number.partition(".")
    return bool(minor) and any(own.startswith(f"{major}.") for own in numbers)


def _name(asked: ChannelClues, known: StationClues) -> int:
    """2 = the network's name; 1 = a part of it, or more than it; 0 = another."""
    forms = {form for form, _ in known.forms}
    if known.network in asked.joined or (known.words and known.words == asked.words):
        return 2
    if asked.words == {known.initials} or (len(asked.initials) > 2 and asked.initials in forms):
        return 2
    if known.initials in asked.words:
        return 1
    if known.words and asked.words and (known.words <= asked.words or asked.words <= known.words):
        return 1
    long = [form for form in forms if len(form) > 3]  # DISN is a part of DISNEY
    return int(any(one.startswith(form) for form in long for one in asked.joined))
