"""Which station a player's channel means, on what evidence, and with what confidence. Pure.

Evidence is a station id, call sign, number or name, alone or combined. A contradiction (another
call sign, sub-channel or feed) or a tie makes the station a doubt: a wrong guide is worse than a
question.
"""

from collections import defaultdict
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from ..models import Station
from . import call_signs, evidence
from .call_signs import ChannelClues
from .evidence import ABBREVIATED, PART, WHOLE, StationNames

MIN_CONFIDENCE = 50  # of a match; a station below it is a doubt
NO_STATION = "-"  # the override for "no station"
_MIN_DOUBT = 30  # confidence of a doubt; a station below it is ignored
_DOUBT_MARGIN = 3  # how far below the best match's confidence a doubt may be
_MAX_DOUBTS = 3
_TWIN_MARGIN = 20  # how far below it the HD or SD twin for which the name asks may be


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
        return self.name if self.name == self.number else f"{self.number} {self.name}".strip()

    @property
    def keys(self) -> Tuple[str, ...]:
        """The names by which a user may refer to it, normalized, most specific first."""
        return tuple(normalize_name(text) for text in (self.label, self.name, self.number) if text)


class Match(NamedTuple):
    """The station of a channel.

    station_id: "" = none with enough confidence. confidence: 0 to 100. how: your assignment,
    station id, number and call sign, call sign, number and name, number, name; "" = not matched.
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
    before: Optional[Mapping[str, str]] = None,
    countries: Optional[Mapping[str, str]] = None,
) -> List[Match]:
    """Return one match per channel, in the same order.

    overrides: station ids or NO_STATION by a channel's label, name or number. before: the station
    ids that the channels meant before, by the same; they decide between equally good stations.
    countries: of the stations' lineups, by station id: USA, CAN, MEX.

    The numbers of a list with a dot count unless most of them contradict its names, and so do those
    without, if they agree with one at least: many playlists just count upwards.
    """
    meant = {normalize_name(text): station_id for text, station_id in (before or {}).items()}
    lineup = _Lineup(stations, meant, countries or {})
    clues = [call_signs.channel_clues(*channel[:4]) for channel in channels]
    similar = [lineup.with_words(channel) for channel in clues]
    # By whether the number has a dot: how many agree (True) and how many do not.
    votes: Dict[bool, Dict[Optional[bool], int]] = {True: defaultdict(int), False: defaultdict(int)}
    for channel, station_ids in zip(clues, similar):
        votes["." in channel.number][lineup.number_agrees(channel, station_ids)] += 1
    clues = [_believed(channel, votes["." in channel.number]) for channel in clues]
    assigned = {normalize_name(text): station_id for text, station_id in (overrides or {}).items()}
    return [
        _override(channel, assigned, lineup) or lineup.match(channel, channel_clues, station_ids)
        for channel, channel_clues, station_ids in zip(channels, clues, similar)
    ]


def _believed(channel: ChannelClues, votes: Mapping[Optional[bool], int]) -> ChannelClues:
    """The channel with the number that its list's votes allow; one vote against does not count."""
    if votes[True] < votes[False] > 1:
        return channel._replace(number="")
    if "." in channel.number or votes[True] or not channel.number:
        return channel
    return channel._replace(number="", name_numbers=channel.name_numbers | {channel.number})


def normalize_name(text: str) -> str:
    """Fold case and white space, so that names of channels compare equal."""
    return " ".join(text.split()).casefold()


def _override(
    channel: PlayerChannel, assigned: Mapping[str, str], lineup: "_Lineup"
) -> Optional[Match]:
    keys = channel.keys if assigned else ()
    chosen = next((assigned[key] for key in keys if key in assigned), "")
    station_id = chosen if chosen in lineup.stations else ""
    confidence = 100 if station_id or chosen == NO_STATION else 0
    return Match(channel, station_id, confidence, "your assignment") if chosen else None


class _Candidate(NamedTuple):
    """A station, and the evidence for it. how: as in Match."""

    confidence: int
    how: str
    row: StationNames
    same_number: bool

    @property
    def station_id(self) -> str:
        return self.row.station.station_id


class _Lineup:
    """The stations, indexed by number and word."""

    def __init__(
        self, stations: Iterable[Station], before: Mapping[str, str], countries: Mapping[str, str]
    ) -> None:
        self.stations = {station.station_id: station for station in stations}
        self._before = before
        self._rows = evidence.station_names(self.stations.values(), countries)
        self._by_number: Dict[str, List[str]] = defaultdict(list)
        self._by_word: Dict[str, List[str]] = defaultdict(list)
        self._by_sign: Dict[str, List[StationNames]] = defaultdict(list)
        self._by_letter: Dict[str, List[StationNames]] = defaultdict(list)  # of known brands
        # (word, station id) by the word's first four letters; a list's word may begin with it.
        self._by_beginning: Dict[str, List[Tuple[str, str]]] = defaultdict(list)
        for station_id, row in self._rows.items():
            for number in row.station.numbers:
                self._by_number[number].append(station_id)
            words = {*row.exact, *row.words, *row.names, row.clues.form}
            if row.clues.call_sign:
                self._by_sign[row.clues.call_sign].append(row)
                words |= {row.clues.call_sign, row.clues.call_sign[1:]}
            elif not row.clues.network:
                letter = f"{row.clues.form[:1]}*"
                if row.brand and not row.nicknames:
                    self._by_letter[letter].append(row)
                else:
                    words.add(letter)
            for word in words - {""}:
                self._by_word[word].append(station_id)
            for word in row.long_words:
                self._by_beginning[word[:4]].append((word, station_id))
        self._rated_before: Dict[Tuple[object, ...], List[_Candidate]] = {}
        # What of a channel's names and numbers can matter.
        self._forms = {row.clues.compact for row in self._rows.values()} | self._by_word.keys()
        self._numbers = {
            text
            for number in self._by_number
            for text in (number, f"{number}.1", number[:-2] if number.endswith(".1") else number)
        }

    def number_agrees(self, channel: ChannelClues, similar: Set[str]) -> Optional[bool]:
        """Whether the number belongs to a station of the channel's name; None = cannot tell.
        similar: from ``with_words``."""
        if not channel.number:
            return None
        numbers: Set[str] = set()
        for station_id in similar:
            row = self._rows[station_id]
            sign = 0
            if row.clues.call_sign in channel.signs:
                sign = evidence.sign_score(channel, row, self._by_sign[row.clues.call_sign], True)
            if sign > 1 or evidence.name_score(channel, row, 0) == WHOLE:
                numbers.update(row.station.numbers)
        return evidence.number_score(channel, numbers) > 0 if numbers else None

    def match(self, channel: PlayerChannel, clues: ChannelClues, similar: Set[str]) -> Match:
        """The match for one channel. clues: of that channel. similar: from ``with_words``."""
        rated = self._rated(clues, similar)
        if not rated:
            return Match(channel, "", 0, "")
        top = rated[0].confidence
        tied = [row for row in rated if row.confidence == top]
        chosen = self._preferred(tied, channel, clues) if top >= MIN_CONFIDENCE else None
        best = _best_twin(rated, chosen or rated[0], clues)
        doubts = [
            row
            for row in rated
            if row is not best
            and not (chosen and row in tied and _is_repeated(row, best))
            and (
                (row.same_number and not best.same_number)
                or (row.confidence >= top - _DOUBT_MARGIN and row.row.identity != best.row.identity)
                or (row.confidence == top and clues.hd is None)
            )
        ]
        if not chosen:
            return Match(channel, "", 0, "", _ids([best, *doubts]))
        return Match(channel, best.station_id, best.confidence, best.how, _ids(doubts))

    def _preferred(
        self, tied: Sequence[_Candidate], channel: PlayerChannel, clues: ChannelClues
    ) -> Optional[_Candidate]:
        """Of equally good stations: what the channel meant before; else, if all send the same
        programme, a full-power one before a translator. None = a tie."""
        keys = channel.keys if self._before else ()
        before = {self._before[key] for key in keys if key in self._before}
        known = [row for row in tied if row.station_id in before]
        if known or len({row.row.identity for row in tied}) == 1:
            return (known or tied)[0]
        if any(name.cities for name in clues.names):  # the one that is known to be there
            in_city = [row for row in tied if row.row.clues.markets]
            tied = in_city if in_city and len(in_city) < len(tied) else tied
        same_feed = [row for row in tied if clues.feed and row.row.feed == clues.feed]
        if same_feed and len({row.row.identity for row in same_feed}) == 1:
            return same_feed[0]
        full = [row for row in tied if not row.row.clues.is_translator]
        if len({row.row.identity for row in full}) > 1:
            return None
        order = list(self.stations)
        first = min(full or tied, key=lambda row: order.index(row.station_id))
        return first if all(_is_repeated(row, first) for row in tied) else None

    def _with_number(self, channel: ChannelClues) -> Set[str]:
        numbers = {channel.number, channel.number.split(".")[0]} if channel.number else set()
        numbers |= channel.name_numbers & self._numbers
        numbers |= {f"{number}.1" for number in numbers if "." not in number}
        return {station_id for number in numbers for station_id in self._by_number.get(number, ())}

    def with_words(self, channel: ChannelClues) -> Set[str]:
        """The ids of the stations of which a name may say something."""
        words: Set[str] = set().union(*(name.index_words(channel.signs) for name in channel.names))
        similar: Set[str] = set().union(
            *(self._by_word[word] for word in words & self._by_word.keys())
        )
        begun = self._with_beginnings(channel)
        major = channel.number.split(".")[0]
        has_own_number = any(name.plain[:1] == (major,) for name in channel.names)
        for letter in words & self._by_letter.keys():
            similar.update(
                row.station.station_id
                for row in self._by_letter[letter]
                # Else nothing is left out of the name, and no word of it is one of the station's.
                if has_own_number
                or row.station.station_id in begun
                or any(not row.explained.isdisjoint(name.plain) for name in channel.names)
            )
        return similar

    def _with_beginnings(self, channel: ChannelClues) -> Set[str]:
        """The ids of the stations with a word by which one of the channel's begins."""
        return {
            station_id
            for name in channel.names
            for word in name.telling
            for beginning, station_id in self._by_beginning.get(word[:4], ())
            if word.startswith(beginning)
        }

    def _rated(self, channel: ChannelClues, similar: Set[str]) -> List[_Candidate]:
        """The stations that the channel may mean, the best first. Computed once for all channels
        with the same clues, such as the qualities of one channel."""
        by_id = self.stations.keys() & channel.ids
        said = (
            tuple(by_id),
            channel.number,
            channel.name_numbers & self._numbers,
            tuple(channel.signs.items()),
            channel.certain,
            channel.only_sign,
            *((name.words, name.plain, name.compact & self._forms) for name in channel.names),
            channel.feed,
            channel.language,
            channel.country,
            channel.other_signs,
        )
        rated = self._rated_before.get(said)
        if rated is None:
            others = (self._with_number(channel) - similar) | by_id
            if others:
                begun = self._with_beginnings(channel)
                similar = similar | {
                    key for key in others if key in begun or self._may_be_meant(channel, key)
                }
            rows = (self._rate(channel, self._rows[station_id]) for station_id in sorted(similar))
            rated = sorted(filter(None, rows), key=lambda row: -row.confidence)
            self._rated_before[said] = rated
        return rated

    def _may_be_meant(self, channel: ChannelClues, station_id: str) -> bool:
        """Whether a station of which no word is in the channel's names may be meant: by its id or
        its number as the player has it, or by what several digits or cities leave of a name."""
        row = self._rows[station_id]
        return (
            station_id in channel.ids
            or channel.number in row.station.numbers
            or row.clues.call_sign in channel.signs
            or not all(name.is_simple for name in channel.names)
        )

    def _rate(self, channel: ChannelClues, row: StationNames) -> Optional[_Candidate]:
        """The station as a candidate; None = the channel does not mean it."""
        number = evidence.number_score(channel, row.station.numbers)
        sign = 0
        if row.clues.call_sign in channel.signs:
            siblings = self._by_sign[row.clues.call_sign]
            sign = evidence.sign_score(channel, row, siblings, number == 2)
        name = evidence.name_score(channel, row, number)
        if row.station.station_id in channel.ids:
            confidence = 97 + (sign > 1) + (number == 2) + (name > 0)
            return _Candidate(confidence, "station id", row, number == 2)
        if not (sign or name or number == 2):
            return None
        by_form = (
            evidence.form_score(channel, row) if name == WHOLE and not row.clues.call_sign else 0
        )
        if max(sign, by_form) > 1:
            confidence = (82, 88, 92)[number] + 3 * (max(sign, by_form) > 2)
            how = "call sign"
        elif sign == 1:
            confidence, how = (58, 72, 86)[number], "call sign"
        elif name == WHOLE:
            confidence, how = (65, 78, 90)[number], "name"
            if not number and "." in channel.number and row.is_local:
                confidence = _MIN_DOUBT  # the network's station of another city
        elif name == ABBREVIATED:
            confidence, how = (58, 72, 88)[number], "name"
        elif name == PART:
            confidence, how = (40, 40, 86)[number], "name"
        else:
            confidence, how = (0, 0, 60)[number], ""
        elsewhere = channel.names[0].words and row.clues.call_sign not in channel.names[0].words
        if sign < 0 or (name < 0 and (sign < 1 or elsewhere)):
            confidence = _MIN_DOUBT
        elif sign < 1 and (channel.certain or (channel.only_sign and not name)):
            confidence = min(confidence, _MIN_DOUBT)
        if confidence < _MIN_DOUBT:
            return None
        how = " and ".join(filter(None, ("number" if number or not how else "", how)))
        return _Candidate(confidence, how, row, number == 2)


def _is_repeated(one: _Candidate, other: _Candidate) -> bool:
    """Whether a translator repeats a station: the same number, or call sign, and network."""
    same_number = not set(one.row.station.numbers).isdisjoint(other.row.station.numbers)
    same_sign = one.row.clues.call_sign == other.row.clues.call_sign
    same_network = one.row.clues.network == other.row.clues.network
    any_translator = one.row.clues.is_translator or other.row.clues.is_translator
    return one is other or (any_translator and (same_number or same_sign) and same_network)


def _ids(candidates: Sequence[_Candidate]) -> Tuple[str, ...]:
    return tuple(row.station_id for row in candidates[:_MAX_DOUBTS])


def _best_twin(rated: Sequence[_Candidate], best: _Candidate, channel: ChannelClues) -> _Candidate:
    """Of the best station's SD and HD twins the one that the channel's name asks for, else the one
    with the higher confidence, else SD. Twins of one call sign may have any numbers."""
    lowest = best.confidence - _TWIN_MARGIN
    twins = [
        row if row.confidence >= lowest else row._replace(confidence=lowest)
        for row in rated
        if row.row.identity == best.row.identity
        and (row.confidence >= lowest or row.row.clues.call_sign)
    ]
    fitting = [row for row in twins if row.row.clues.hd == channel.hd]
    return max(fitting or twins, key=lambda row: (row.confidence, not row.row.clues.hd))
