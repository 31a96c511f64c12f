"""What speaks for a station: the number, call sign and names of a player's channel. Pure.

A name counts whole: each of its words is a part of the station's name, its call sign, its number or
its city. "ESPN 2" is not ESPN, "ABC 7 Chicago" is no station of New York.
"""

import functools
from typing import Dict, FrozenSet, Iterable, Mapping, NamedTuple, Tuple

from ..models import Station
from . import brands
from .call_signs import (
    ENGLISH_WORDS,
    FEEDS,
    FILLERS,
    ChannelClues,
    NameClues,
    StationClues,
    Words,
    brand_key,
    brand_language,
    is_known,
    key_of,
    station_clues,
    without_digits,
)

# What a name says of a station: it is another one, nothing, a part, an abbreviation, or its name.
CONTRADICTS, NOTHING, PART, ABBREVIATED, WHOLE = -1, 0, 1, 2, 3
# Words that, beside a call sign, name another channel of its owner.
_OTHER_CHANNELS = frozenset({"PLUS", "SPORTS", "DEPORTES", "RADIO", "WEATHER", "MUSIC"})
# Networks of which each city has its own station.
_LOCAL = frozenset({
    "ABC", "CBS", "CW", "FOX", "NBC", "PBS", "MYNETWORKTV", "CBC", "CTV", "GLOBAL", "CITYTV", "TVA",
    "ICITELE",
})  # fmt: skip
_FITTING_FEEDS = {"": ("", "?", "E?"), "E": ("", "E", "?", "E?"), "W": ("W", "?")}


class StationNames(NamedTuple):
    """A station and its names."""

    station: Station
    clues: StationClues
    # Brand keys, each with its feed: E, W, "" = none; "?" = not known; "E?" = East, the usual one.
    names: Dict[str, str]
    exact: FrozenSet[str]  # names that include the feed
    nicknames: FrozenSet[str]  # that count only beside its number: PIX 11, My 9
    words: FrozenSet[str]  # of its names
    long_words: Words  # of these, those that may be the beginning of a list's word
    brand: str  # its brand key, if that is a known brand
    markets: FrozenSet[int]  # the cities where it may be
    country: str  # of its lineup: US, CA, MX; "" = not known
    form: str  # the call sign without HD and feed
    feed: str  # as in ``names``
    identity: Tuple[object, ...]  # equal for the SD and the HD twin of a station
    # Its call sign, and what lists may write as its number: 7 of 7.1, and of 1007.
    explained: FrozenSet[str]

    @property
    def is_local(self) -> bool:
        """Whether it is the station of one city of a network that has one in each."""
        return bool(self.clues.call_sign) and not _LOCAL.isdisjoint(self.names)

    @property
    def is_on_cable(self) -> bool:
        """Whether it is a broadcaster's first channel on another number than that of its antenna.
        Not of PBS: a city may have several."""
        is_first = self.clues.call_sign and self.clues.subchannel == 1 and "PBS" not in self.names
        return bool(is_first) and not any("." in number for number in self.station.numbers)


def station_names(
    stations: Iterable[Station], countries: Mapping[str, str]
) -> Dict[str, StationNames]:
    """The stations, by id. countries: of their lineups, by id: USA, CAN, MEX."""
    clues = {station: station_clues(station) for station in stations}
    forms = {row.form: row.network for row in clues.values()}
    markets = frozenset(market for row in clues.values() for market in row.markets)
    known = {key: brands.COUNTRIES.get(country, "") for key, country in countries.items()}
    rows = [
        _station_names(station, row, forms, markets, known.get(station.station_id, ""))
        for station, row in clues.items()
    ]
    plain = {key for row in rows for key, feed in row.names.items() if not feed}
    for row in rows:
        for key, feed in row.names.items():
            if feed == "E" and key not in plain:
                row.names[key] = "E?"
    return {row.station.station_id: row for row in rows}


def _station_names(
    station: Station,
    clues: StationClues,
    forms: Mapping[str, Words],
    lineup_markets: FrozenSet[int],
    country: str,
) -> StationNames:
    """forms: the networks of the lineup's stations by call sign without HD."""
    base, feed = _feed(station.call_sign, clues, forms)
    names: Dict[str, str] = {}
    country = "MX" if clues.call_sign[:1] == "X" else country
    key = brand_key(clues.network)
    is_other = is_known(base) and brand_language(key) is not None  # COMEDY of CTV Comedy
    if not clues.call_sign and not (is_other and brand_key((base,)) != key):
        names[brand_key((base,))] = feed
        if feed in ("E", "W") and base not in forms and not is_known(base):
            names[clues.form] = ""  # the letter may be a part of the name
    exact = {clues.compact} if clues.call_sign else {clues.compact, clues.form}
    if clues.feed and brand_language(key) is None:  # Sportsnet West is a channel of its own
        exact.add(key)
        key = brand_key(tuple(word for word in clues.network if word not in FEEDS))
        feed = clues.feed
    if key:
        names[key] = feed
        initials = "".join(word[0] for word in clues.network)
        if len(initials) > 2 and not is_known(initials):  # CBC News Network is no CNN
            names.setdefault(initials, feed)
    known = [name for name in (key, *names) if name and brand_language(name) is not None]
    majors = {
        number.split(".")[0]
        for number in station.numbers
        if clues.subchannel == 1 or "." not in number
    }
    if clues.call_sign:  # cable systems put channel 7 on 507, 1007
        majors |= {major[-2:].lstrip("0") for major in majors if len(major) > 2}
    words = (frozenset(clues.network) - FILLERS) | names.keys()
    return StationNames(
        station,
        clues,
        names,
        frozenset(exact),
        frozenset({clues.call_sign[1:], *(["MY"] if "MYNETWORKTV" in names else [])} - {""}),
        words,
        tuple(word for word in words if len(word) > 3),
        known[0] if known else "",
        clues.markets or lineup_markets if clues.call_sign else frozenset(),
        country,
        base,
        feed,
        (clues.call_sign or key or brand_key((base,)), clues.subchannel, feed, clues.is_translator),
        frozenset(majors | {clues.call_sign}),
    )


def _feed(sign: str, clues: StationClues, forms: Mapping[str, Words]) -> Tuple[str, str]:
    """The call sign without its feed's letter, and that feed: HBOP is HBO, W."""
    form = clues.form
    base, letter = form[:-1], form[-1:]
    if sign[-1:] in ("e", "p", "w") and sign[:-1].isupper():  # STZe is no STZE
        return base, "E" if letter == "E" else "W"
    if clues.call_sign or letter not in ("E", "P", "W") or is_known(form):
        return form, ""
    if clues.network and _abbreviates(form, clues.network):  # CNBCW is CNBC World
        return form, ""
    feed = "E" if letter == "E" else "W"
    if base in forms and (not (clues.network and forms[base]) or clues.network == forms[base]):
        return base, feed
    if len(base) < 2:
        return form, ""
    if not clues.network:
        return (base, feed) if len(base) > 2 else (form, "")
    if brand_key(clues.network) == brand_key((base,)):
        return base, feed
    return form, "" if letter == "E" else "?"


def number_score(channel: ChannelClues, numbers: Iterable[str]) -> int:
    """2 = the channel's number is one of the station's; 1 = its number, or one in its name, may
    mean one of them; 0 = neither."""
    if channel.number and channel.number in numbers:
        return 2
    if not channel.number and not channel.name_numbers:
        return 0
    possible = channel.name_numbers | {channel.number} - {""}
    for number in numbers:
        major, _, minor = number.partition(".")
        if number in possible or (minor == "1" and major in possible) or f"{number}.1" in possible:
            return 1
    return 0


def sign_score(
    channel: ChannelClues, row: StationNames, siblings: Iterable[StationNames], same_number: bool
) -> int:
    """3 = the same call sign; 2 = a form of it; 1 = it, and words that say nothing; 0 = none;
    -1 = of another sub-channel. siblings: the stations with this call sign."""
    sign = row.clues.call_sign
    if not sign or sign not in channel.signs:
        return 0
    name = next((name for name in channel.names if sign in name.words), channel.names[0])
    agreement = 3 if row.clues.compact in name.compact else 2
    subchannel, certain = channel.signs[sign]
    number = ""
    if not certain and any(str(subchannel) in other.explained for other in siblings):
        subchannel, number = None, str(subchannel)  # WABC 7 is the channel's: KHON 2 News
    is_number = subchannel and not certain and (subchannel > 9 or row.is_on_cable)
    if is_number and subchannel != row.clues.subchannel:
        return 1 if row.clues.subchannel == 1 else -1  # KSTC 45 on 5.2: its former number
    if subchannel is not None:
        return agreement if subchannel == row.clues.subchannel else -1
    left = tuple([word for word in left_over(channel, name, row) if word != number])
    key = brand_key(left)
    if same_number or (left and key in row.names):
        return agreement
    others = [other for other in siblings if other is not row]
    if left and any(key in other.names for other in others):
        return -1
    if left and row.words >= {*left}:
        return 1
    if not (_OTHER_CHANNELS - row.words).isdisjoint(left):
        return -1
    shared = len(row.words.intersection(left))
    if any(len(other.words.intersection(left)) > shared for other in others):  # WXYZ PBS Kids 2
        return -1
    if 1 < row.clues.subchannel < 10:
        return 0
    major, _, minor = channel.number.partition(".")
    if minor and any(number.startswith(f"{major}.") for number in row.station.numbers):
        return -1
    if key in _LOCAL and not row.clues.network and len(row.explained.intersection(name.plain)) > 1:
        return 1  # MyTV 38 WSBK
    if left and brand_language(key) is not None:  # WNED PBS Kids
        return -1
    if not left or not (row.words | {"MY"} & row.nicknames).isdisjoint(left):
        return agreement
    is_other = any(word.isdigit() for word in left)
    return -1 if is_other else 0 if sign in ENGLISH_WORDS else 1


def left_over(channel: ChannelClues, name: NameClues, row: StationNames) -> Words:
    """The words that neither the station's call sign nor its number or city explains."""
    if name.is_brand or name.key in row.names:  # the digit of Canal 5 is no number
        return name.plain
    explained = row.explained
    if channel.number and name.plain[:1] == (channel.number.split(".")[0],):  # its own number
        explained |= {name.plain[0]}
    if not name.cities and explained.isdisjoint(name.plain):
        return name.plain
    in_city = {
        index
        for begin, end, markets in name.cities
        if markets & row.markets
        for index in range(begin, end)
    }
    left = tuple(
        word
        for index, word in enumerate(name.plain)
        if word not in explained and index not in in_city
    )
    is_there = any(markets & row.clues.markets for _, _, markets in name.cities)
    if is_there and row.is_on_cable and brand_language(brand_key(left)) is None:
        return without_digits(left)  # CBS 4 Buffalo, on another number here; not CTV 2
    return left


def name_score(channel: ChannelClues, row: StationNames, number: int) -> int:
    """What the channel's name says; if that is nothing, what the names in its ids say."""
    name, *others = channel.names
    score = _name_score(channel, name, row, number)
    if score or name.is_brand or name.cities or channel.other_signs:
        return score
    return max([NOTHING, *(_name_score(channel, other, row, number) for other in others)])


def _name_score(channel: ChannelClues, name: NameClues, row: StationNames, number: int) -> int:
    left, key, telling = left_over(channel, name, row), name.key, name.telling
    if left is not name.plain:
        key, telling = brand_key(left), without_digits(left)
    if number and key not in row.names and not row.nicknames.isdisjoint(left):  # CW PIX 11
        key = brand_key(tuple(word for word in left if word not in row.nicknames)) or key
    if channel.country == "CA" and f"{key}CANADA" in row.names:  # CA: HGTV
        key += "CANADA"
    # The whole name, with its feed, is the station's.
    is_exact = not row.exact.isdisjoint(name.forms)
    if is_exact and channel.feed and name.words == name.plain:  # it is that of an id
        is_exact = row.feed in _FITTING_FEEDS[channel.feed]
    if is_exact or (name.whole in row.names and name.whole != name.key):
        return WHOLE if _fits_list(channel, row) else CONTRADICTS
    if left != name.plain and FILLERS.issuperset(left):
        return NOTHING
    if key in row.names or (number and key in row.nicknames):
        if channel.feed and row.clues.call_sign:  # NBC East may be WNBC
            return NOTHING if row.clues.call_sign in channel.signs else CONTRADICTS
        fits = row.names.get(key, "") in _FITTING_FEEDS[channel.feed]
        return WHOLE if fits and _fits_list(channel, row) else CONTRADICTS
    is_unknown = not (row.clues.network or row.clues.call_sign or row.brand)
    if is_unknown and row.feed in _FITTING_FEEDS[channel.feed] and _abbreviates(row.form, left):
        return ABBREVIATED
    shared = not row.words.isdisjoint(telling) or any(
        word.startswith(row.long_words) for word in telling
    )
    if not shared and number < 2:
        return NOTHING
    is_brand, bare = brand_language(key) is not None, brand_key(telling)  # FOX of FOX 5
    if number == 2 and "." in channel.number and bare in row.names and not is_brand:
        return PART
    is_other = row.brand and (is_brand or brand_language(bare) is not None)
    if number == 2 and "." in channel.number and "CRIME" in row.words.intersection(left):
        return PART  # an antenna's is True Crime Network
    if is_other or _is_elsewhere(channel, name, row):
        return CONTRADICTS
    if not shared:
        return NOTHING
    return CONTRADICTS if any(word.isdigit() for word in {*left} - row.words) else PART


def _fits_list(channel: ChannelClues, row: StationNames) -> bool:
    """Whether the station may be in such a list: other countries and languages have channels of
    their own under the same names."""
    is_abroad = channel.country and row.country and channel.country != row.country
    if channel.country in brands.ELSEWHERE or (
        is_abroad and not (row.clues.call_sign or _canadian_names().isdisjoint(row.names))
    ):
        return False
    languages = (row.station.language, brand_language(row.brand) if row.brand else "")
    is_mexican = channel.country == row.country == "MX"  # then Spanish goes without saying
    return not channel.language or is_mexican or channel.language in languages


@functools.lru_cache(maxsize=None)
def _canadian_names() -> FrozenSet[str]:
    """The brand keys of which Canada has its own channels."""
    return frozenset(map(key_of, brands.OWN_IN_CANADA))


def _is_elsewhere(channel: ChannelClues, name: NameClues, row: StationNames) -> bool:
    """Whether the name tells of another city, or has another call sign."""
    cities = (markets for _, _, markets in name.cities)
    is_other_city = any(not markets & row.markets for markets in cities)
    return is_other_city or bool(channel.other_signs - {row.clues.call_sign})


def _abbreviates(form: str, words: Words) -> bool:
    """Whether the form is made of letters of the words, in order, with the first one of each word
    but fillers: STZED is STARZ EDGE. Of a single word it is the beginning, or long."""
    telling = [word for word in words if word not in FILLERS]
    if form in telling:  # then the other words are left over
        return False
    if len(telling) == 1 and len(form) < 5:
        return len(form) > 2 and telling[0].startswith(form)
    ends = {0}  # how much of the form the words so far may have given
    for word in words:
        reached = set(ends) if word in FILLERS else set()
        for end in ends:
            if word.isdigit():
                reached |= {end + len(word)} if form.startswith(word, end) else set()
            elif form[end : end + 1] == word[0]:
                for letter in word:
                    end += form[end : end + 1] == letter
                    reached.add(end)
        ends = reached
    return len(form) > 2 and bool(telling) and len(form) in ends


def form_score(channel: ChannelClues, row: StationNames) -> int:
    """3 = the name is the call sign; 2 = a form of it; 0 = not."""
    if any(row.clues.compact in (*name.compact, "".join(name.plain)) for name in channel.names):
        return 3
    for name in channel.names:
        left = left_over(channel, name, row)
        if row.form in ("".join(left), "".join(word for word in left if word not in FILLERS)):
            return 2
    return 0
