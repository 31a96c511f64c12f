"""Parse channel names, call signs and XMLTV channel ids. Pure.

Shapes of call signs: gracenote-api reference, sections 3.1 and 5; of ids: xmltv reference, 2.6."""

import functools
import itertools
import re
import unicodedata
from typing import Dict, FrozenSet, List, Mapping, Match, NamedTuple, Optional, Sequence, Set, Tuple

from ..models import Station
from ..util.sanitize import channel_number
from . import brands

Words = Tuple[str, ...]
City = Tuple[int, int, FrozenSet[int]]  # indices of its first word, after its last; its markets

# US (also low-power), Canadian and Mexican call signs; not CNN, CMT or CBC.
_LOW_POWER = r"[KW]\d\d[A-Z]{2}"
_CALL_SIGN = rf"(?:[KW][A-Z]{{2,3}}|CK[XY]|C[BFHIJK][A-Z]{{2,3}}|X[EH][A-Z]{{1,3}}|{_LOW_POWER})"
_SUFFIX = r"DT|TV|(?<=[A-Z0-9]{4})(?:LD|CD|LP|CA)"
_STATION_SIGN = re.compile(
    rf"({_LOW_POWER}(?=D)|CITY|{_CALL_SIGN}(?!D\d?$))(?:{_SUFFIX}|HD|D)?(\d\d?)?"
)
_TRANSLATOR = re.compile(rf"{_LOW_POWER}|[KW][A-Z]{{3}}(?:LD|CD|LP|CA)\d*$")
# With its sub-channel: WXYZ-DT2, WXYZ DT2, WXYZHD2, WXYZ-D2, WXYZ-DT 2, WXYZ.2, WXYZ-2, WXYZ 2.
_SIGN_IN_NAME = re.compile(
    rf"(?<![A-Z0-9])(?=[(CKWX])(\(?)({_CALL_SIGN})(?:([- ]?)("
    r"DT|TV|HD|(?:(?<=[- ])|(?<=[A-Z0-9]{4}))(?:LD|CD|LP|CA)"
    r"|(?:(?<=[- ])|(?<=\d[A-Z]{2}))D|D(?=\d))(?![A-Z]))?"
    r"(?:([-. ]*)(\d\d?)(?![\d.]|[-_]\d))?(?![A-Z0-9])"
)
_STATION_ID = re.compile(r"(?:^|[.:_-])I?(\d{5,6})(?=$|[.:@_-])")
_ZAP2IT_ID = re.compile(r"C(\d+)([a-z]+)\.zap2it\.com")
_ID_END = re.compile(r"\.([A-Za-z]{2})\d?(?:_[a-z]+\d?)?$")
_NAMELESS_ID = re.compile(r"[IC]?\d+[a-z]*|EPG123|[0-9a-f-]{32,36}")
_GROUPS = "(?:SPORTS?|NEWS|KIDS|MOVIES|ENTERTAINMENT|ENT)"
# What lists write before a name. French and Spanish lists may be of another continent.
_PREFIX = re.compile(
    r"^\W*(?:(?:(USA?|CAN?|QC|MX|LAT|FR|ES)|ENG?|PRIME|VIP|LOCALS?|[FU]?HD|SD|4K"
    rf"|{_GROUPS}(?= *[:|]))\b(?: *\(?(?:ENG?|FR|ES|LOCALS?|{_GROUPS})\b)?"
    r"(?: *[:|\])>/-]+\W*| *\((?=\w{2,3}\) *[:|])))+"  # US (CA): is Canada's
)
_HD = re.compile(r"\b(?:[FU]?HD|HDTV|HDR(?:10)?|[48]K|HEVC|(?:720|1080|2160|3840)[PI]?)\b\+?")
_GLUED_HD = re.compile(r"\b([A-Z0-9&]{2,})HD([PWE]?)\b")
_SD = re.compile(r"\bSD\b")
_NOISE = re.compile(
    r"\b(?:BACKUP|ALT)(?: ?\d)?\b|\bGEO[ -]?BLOCKED\b|\b\d{2,3} ?FPS\b|\bRAW\b"
    r"|(?<=.)\b(?:NOT )?24/7\b|\b[HX]\.?26[45]\b|\b(?:480|576)[PI]?\b"
    r"|(?<!SPORTS )(?<!SHOP )\b[LH]Q\b|\bMULTI-\w+|[\[(](?:USA?|VIP|[ABDFGHIKLNORSTVX])[\])]|^US "
)
_AT_END = re.compile(r" USA?\W*$")
_FEED = re.compile(
    r"\b(EAST|WEST|PACIFIC)(?:(?:ERN)? FEED)?\b(?! PALM| VIRGINIA)"
    r"|\(([EWP])\)|(?<=[A-Z0-9] )([EWP])$"
)
_NUMBER = re.compile(r"(?<![\w.])\d{1,3}[._-]\d{1,2}(?![\w.])")
_UNDERSCORE = re.compile(r"_(?!\d)|(?<!\d)_")  # 2_1 is a number
_EARLIER = re.compile(r"(?<= )-(?=[1-3](?: ?H\w*)?$)")  # a feed that is an hour behind
_WORD = re.compile(rf"{_LOW_POWER}D?(?![A-Z])|[A-Z]+|\d+")
FILLERS = frozenset({
    "THE", "OF", "TV", "CHANNEL", "NETWORK", "TELEVISION", "BROADCASTING", "COMPANY", "CORPORATION",
    "SYSTEM", "SERVICE", "LE", "L", "AND",
})  # fmt: skip
_SYNONYMS = {"ONE": "1", "TWO": "2", "JR": "JUNIOR", "BALLY": "FANDUEL"}
FEEDS = frozenset({"EAST", "WEST", "PACIFIC"})
# Words of names that look like call signs.
ENGLISH_WORDS = frozenset({
    "WEST", "WILD", "WORD", "WINE", "WILL", "WISH", "WIDE", "WEIRD", "KIDS", "KING", "KISS", "CITY",
    "CHEF",
})  # fmt: skip
_ONLY_SIGN = re.compile(rf"(?:[\d._-]+ )?{_CALL_SIGN}")
_OTHER_SIGN = re.compile(r"\b[KW][A-Z]{2,3}\b")
# Each text that _HD or _NOISE matches has one of these, which are quicker to look for.
_OF_HD = ("HD", "4K", "8K", "HEVC", "720", "1080", "2160", "3840")
_OF_NOISE = (
    "BACKUP", "ALT", "MULTI", "BLOCKED", "24/7", "FPS", "RAW", "26", "480", "576", "Q", "[", "(",
    " US", "US ",
)  # fmt: skip
_EMPTY_BRACKETS = re.compile(r"[\[(]\W*[\])]")


class NameClues(NamedTuple):
    """What one text says: the name of a channel, or the name in an XMLTV id."""

    words: Words  # without numbers such as 5.1
    plain: Words  # without the feed too
    compact: FrozenSet[str]  # the text as one word, with and without "HD"
    cities: Tuple[City, ...]  # in ``plain``
    is_brand: bool  # ``plain`` is the name of a network, so its digits are no numbers
    whole: str  # the brand key of ``words``
    key: str  # that of ``plain``
    forms: FrozenSet[str]  # ``compact`` and ``whole``
    telling: Words  # ``plain`` without digits
    is_simple: bool  # ``index_words`` has all that may be left of ``plain``

    def index_words(self, signs: Mapping[str, object]) -> Set[str]:
        """The words, and the keys of what may be left of them, to look stations up with."""
        words = {*self.words, *self.compact, *(f"{word[0]}*" for word in self.plain)}
        words |= {self.whole, self.key}
        reasons = []  # for which a word may be left out
        if self.cities:
            reasons.append({index for begin, end, _ in self.cities for index in range(begin, end)})
        if len(self.telling) < len(self.plain):
            reasons.append({index for index, word in enumerate(self.plain) if word.isdigit()})
        if not signs.keys().isdisjoint(self.plain):
            reasons.append({index for index, word in enumerate(self.plain) if word in signs})
        for count in range(1, len(reasons) + 1):
            for chosen in itertools.combinations(reasons, count):
                out = set().union(*chosen)
                words.add(brand_key(tuple(w for i, w in enumerate(self.plain) if i not in out)))
        return words


class ChannelClues(NamedTuple):
    """What a player's channel reveals about its station."""

    ids: Tuple[str, ...]  # numbers in its XMLTV ids that may be station ids
    number: str  # as "5.1"; "" = none
    name_numbers: FrozenSet[str]
    # Call signs in its names, each with its sub-channel if given; and whether that cannot be the
    # channel's number.
    signs: Dict[str, Tuple[Optional[int], bool]]
    certain: bool  # ``signs`` are call signs, not words that look like one
    only_sign: bool  # the name is a call sign in capitals and nothing else
    names: Tuple[NameClues, ...]  # in its name, and then in its ids
    feed: str  # E, W; "" = not given
    hd: Optional[bool]  # None = not given
    language: str  # of the list: fr, es; "" = not given
    country: str  # of the list: US, CA, MX, or of brands.ELSEWHERE; "" = not given
    other_signs: FrozenSet[str]  # words in capitals that are call signs of some station


class StationClues(NamedTuple):
    """What a station's call sign and network reveal."""

    compact: str  # the call sign as one word
    call_sign: str  # of a broadcaster: WXYZ of WXYZDT3; "" = none
    subchannel: int  # 3 of WXYZDT3; 1 if not given
    form: str  # the call sign without HD: HBOP of HBOHDP
    hd: bool
    network: Words  # () = none
    feed: str  # of the network's name: E, W; "" = not given
    markets: FrozenSet[int]  # of the call sign
    is_translator: bool


def channel_clues(name: str, number: str, ids: Sequence[str], hd: Optional[bool]) -> ChannelClues:
    """Parse the fields of a PlayerChannel. ids: XMLTV ids; hd: as the player has it."""
    whole = folded(" ".join(name.split()))
    prefix = _PREFIX.match(whole)
    text = whole[prefix.end() :] if prefix else whole
    zap2it = [match.groups() for match in map(_ZAP2IT_ID.fullmatch, ids) if match]
    texts = [text, *(folded(sign) for _, sign in zap2it), *filter(None, map(_name_of_id, ids))]
    parsed = [_text_clues(text) for text in texts]
    signs: Dict[str, Tuple[Optional[int], bool]] = {}
    for sign, subchannel in (row for clues in parsed for row in clues.signs):
        signs[sign] = subchannel if subchannel[0] is not None else signs.get(sign, subchannel)
    first, known_signs = parsed[0], brands.market_index()[1]
    origin = (prefix and prefix.group(1)) or ("US" if _AT_END.search(whole) else "")
    digits = {word for word in first.name.plain if word.isdigit()}
    is_hd = bool(prefix and _is_hd(whole)) or any(clues.is_hd for clues in parsed)
    country = brands.COUNTRIES.get(origin) or next(filter(None, map(_country_of_id, ids)), "")
    return ChannelClues(
        ids=tuple(station_id for text in ids for station_id in _STATION_ID.findall(text)),
        number=channel_number(number) or next(iter(first.numbers), ""),
        name_numbers=frozenset(
            {*first.numbers, *digits, *(channel_number(row[0]) for row in zap2it)}
        ),
        signs=signs,
        certain=any(clues.is_certain for clues in parsed)
        or any(clues.name.plain[0] in known_signs for clues in parsed[1:] if clues.is_sign),
        only_sign=name == name.upper() and bool(_ONLY_SIGN.fullmatch(_plain(text))),
        names=tuple(clues.name for clues in parsed),
        feed=next((clues.feed for clues in parsed if clues.feed), ""),
        hd=True if is_hd else False if _SD.search(text) else hd,
        language=brands.LANGUAGES.get(origin or country, ""),
        country=country,
        other_signs=frozenset(
            sign for sign in _OTHER_SIGN.findall(name) if len(sign) > 3 or sign in known_signs
        )
        - ENGLISH_WORDS,
    )


class _TextClues(NamedTuple):
    """What one text, in capitals, says. signs: each with its sub-channel, and whether that cannot
    be the channel's number, as often as it stands there."""

    is_hd: bool
    signs: Tuple[Tuple[str, Tuple[Optional[int], bool]], ...]
    is_certain: bool
    is_sign: bool  # it is a call sign and nothing else
    feed: str
    numbers: Tuple[str, ...]
    name: NameClues


@functools.lru_cache(maxsize=1 << 12)  # lists repeat a channel in several qualities
def _text_clues(text: str) -> _TextClues:
    plain, signs, is_certain = _plain(text), [], False
    compact = frozenset({"".join(_words(text)), "".join(_words(plain))})
    is_hd = _is_hd(text)
    for match in _SIGN_IN_NAME.finditer(text):
        bracket, sign, before, suffix, gap, digits = match.groups()
        no_number = bool(digits and (gap == "." or (suffix and suffix != "TV" and " " not in gap)))
        signs.append((sign, (int(digits), no_number) if digits else (None, False)))
        is_marked = bool(bracket or (suffix and before != " "))
        is_certain = is_certain or (is_marked and sign not in ENGLISH_WORDS)
    if signs:
        text = _SIGN_IN_NAME.sub(_without_suffix, text)
        plain = _plain(text)
    feed = _feed_in(plain)
    numbers = tuple(map(channel_number, _NUMBER.findall(text)))
    name = _name_clues(plain, compact)
    is_sign = bool(signs) and name.plain == (signs[0][0],)
    return _TextClues(is_hd, tuple(signs), is_certain, is_sign, feed, numbers, name)


def _feed_in(text: str) -> str:
    """E, W; "" = the text has none."""
    marks = _FEED.search(text)
    return "" if not marks else "E" if marks[marks.lastindex or 0] in ("E", "EAST") else "W"


def _without_suffix(match: Match[str]) -> str:
    """A call sign without what follows it, but for HD and the sub-channel."""
    return f" {match[2]} {'HD' if match[4] == 'HD' else ''} {match[6] or ''} "


def _is_hd(text: str) -> bool:
    return any(map(text.__contains__, _OF_HD)) and bool(_HD.search(text) or _GLUED_HD.search(text))


def station_clues(station: Station) -> StationClues:
    """Parse a station's call sign and network."""
    compact = "".join(_words(folded(station.call_sign)))
    glued = re.fullmatch(r"(.+?)HD([PWE]?)", compact)
    sign = _STATION_SIGN.fullmatch(compact)
    signs = brands.market_index()[1]
    if sign and sign.group(1) not in signs:  # WETV and WEHD are no broadcasters
        is_brand = is_known(compact) or bool(glued and is_known(glued.group(1)))
        sign = None if is_brand else sign
    network = _HD.sub(" ", folded(station.name)).strip()
    base = brand_key((compact[:-1],))  # AETVH
    if brand_key(_words(network)) in ("", base) and is_known(base) and not is_known(compact):
        glued = glued or re.fullmatch(r"(.+)H()", compact)
    is_dt = bool(sign and compact == f"{sign.group(1)}DT")  # on cable, its SD twin lacks the DT
    return StationClues(
        compact=compact,
        call_sign=sign.group(1) if sign else "",
        subchannel=int(sign.group(2) or 1) if sign else 1,
        form=glued.group(1) + glued.group(2) if glued else compact,
        hd=bool(glued) or is_dt,
        network=() if network in brands.NO_NETWORK else _words(network),
        feed=_feed_in(network),
        markets=signs.get(sign.group(1), frozenset()) if sign else frozenset(),
        is_translator=is_translator(compact),
    )


def is_translator(call_sign: str) -> bool:
    """Whether it is one of a translator or another low-power station: W15AAD, KFXVLD."""
    return bool(_TRANSLATOR.match(call_sign))


def without_digits(words: Words) -> Words:
    return tuple([word for word in words if not word.isdigit()])


@functools.lru_cache(maxsize=None)
def brand_key(words: Words) -> str:
    """What the words call a channel: equal for all names of one network."""
    index, whole = _brand_index(), "".join(words)
    if whole in index:
        return index[whole][0]
    short = "".join(word for word in words if word not in FILLERS) or whole
    short = short[:-2] if len(short) > 4 and short.endswith("TV") else short  # BYUtv, BYU TV
    if short in index:
        return index[short][0]
    # Its initials and its name: HLN Headline News
    first = index[words[0]][0] if len(words) > 1 and words[0] in index else ""
    return first if first and first == brand_key(words[1:]) else short


def key_of(name: str) -> str:
    """The brand key of a name."""
    return brand_key(_words(folded(name)))


def is_known(word: str) -> bool:
    """Whether the word is a name of a network that is known by a brand."""
    return brand_language(brand_key((word,))) is not None


def brand_language(key: str) -> Optional[str]:
    """The language of a network that is known by a brand; None = no such brand."""
    return _brand_index().get(key, ("", None))[1]


@functools.lru_cache(maxsize=None)
def _brand_index() -> Dict[str, Tuple[str, Optional[str]]]:
    """By name, as one word: a brand's key, which is one of its names, and its language."""
    index: Dict[str, Tuple[str, Optional[str]]] = {}
    shorter: Dict[str, Tuple[str, Optional[str]]] = {}
    for language, names in brands.brand_rows():
        all_words = [_words(folded(name)) for name in names]
        brand = "".join(all_words[0]), language
        for words in all_words:
            index["".join(words)] = brand
            short = "".join(word for word in words if word not in FILLERS)
            if not short.isdigit():  # One is not TV One
                shorter.setdefault(short, brand)
    return {**shorter, **index}


def _cities(words: Words) -> Tuple[City, ...]:
    """The places among the words, each with the state that follows it."""
    places, _, states = brands.market_index()
    if places.keys().isdisjoint(words):
        return ()
    cities: List[City] = []
    begin = 0
    while begin < len(words):
        rows = [
            row
            for row in places.get(words[begin], ())
            if words[begin : begin + len(row[0])] == row[0]
        ]
        length = max((len(row[0]) for row in rows), default=0)
        rows = [row for row in rows if len(row[0]) == length]
        end = begin + length
        if rows and end < len(words) and words[end] in states:
            rows, end = [row for row in rows if row[2] == words[end]], end + 1
        if length:
            cities.append((begin, end, frozenset(market for _, market, _ in rows)))
        begin = max(end, begin + 1)
    return tuple(cities)


def folded(text: str) -> str:
    """Upper case, without accents."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return (_UNDERSCORE.sub(" ", text) if "_" in text else text).upper()


@functools.lru_cache(maxsize=1 << 12)
def _words(text: str) -> Words:
    """The words of a folded text: NBC4 is two; digits lose their leading zeros."""
    text = text.replace("'", "").replace("&", " AND ").replace("+", " PLUS ")
    text = _EARLIER.sub(" MINUS ", text) if " -" in text else text
    words = [word.lstrip("0") if word.isdigit() else word for word in _WORD.findall(text)]
    return tuple([_SYNONYMS.get(word, word) for word in words if word])


def _plain(text: str) -> str:
    """A text without HD, 1080p, backup and other marks of quality."""
    if any(map(text.__contains__, _OF_HD)):
        text = _HD.sub(" ", _GLUED_HD.sub(r"\1\2 ", text))
    text = _SD.sub(" ", text) if "SD" in text else text
    text = _NOISE.sub(" ", text) if any(map(text.__contains__, _OF_NOISE)) else text
    text = _EMPTY_BRACKETS.sub(" ", text) if "(" in text or "[" in text else text
    text = _AT_END.sub("", text) if " US" in text else text
    return " ".join(text.split())


def _name_clues(text: str, compact: FrozenSet[str]) -> NameClues:
    """The clues in a text from ``_plain``. compact: as in NameClues."""
    text = _NUMBER.sub(" ", text)
    words = plain = _words(text)
    if _FEED.search(text):
        plain = _words(_FEED.sub(" ", text))
    whole, key = brand_key(words), brand_key(plain)
    is_brand = brand_language(whole) is not None or brand_language(key) is not None
    telling = without_digits(plain)
    cities = _cities(plain)
    is_simple = len(cities) < 2 and len(plain) - len(telling) < 2 and "MY" not in plain
    return NameClues(
        words, plain, compact, cities, is_brand, whole, key, compact | {whole}, telling, is_simple
    )


@functools.lru_cache(maxsize=1 << 12)
def _country_of_id(text: str) -> str:
    """The country of ChannelClues in an id: History.pl, HBO.uk2@HD. A state after its city is none:
    ABC.Peoria.IL."""
    end = _ID_END.search(text.split("@")[0])
    code = end[1].lower() if end and not _cities(_words(_name_of_id(text))) else ""
    return brands.COUNTRIES.get(code.upper(), code if code in brands.ELSEWHERE else "")


@functools.lru_cache(maxsize=1 << 12)
def _name_of_id(text: str) -> str:
    """The name in an id such as HBOWest.us@HD or Fox.Sports.1.HD.us2; "" = none."""
    head, *parts = re.sub(r"\.[a-z]{2,3}\d?(?:_[a-z]+\d?)?$", "", text.split("@")[0]).split(".")
    if _NAMELESS_ID.fullmatch(head):
        return ""
    name = " ".join([head, *parts])
    return folded(re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name))
