"""Parse channel names, call signs and XMLTV channel ids. Pure.

Shapes of call signs and ids: gracenote-api reference, sections 3.1 and 5; xmltv reference, 2.6.
"""

import re
import unicodedata
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Sequence, Tuple

from ..models import Station
from ..util.sanitize import channel_number

# US (also low-power), Canadian and Mexican call signs; not CNN or CMT.
_LOW_POWER = r"[KW]\d\d[A-Z]{2}"
_CALL_SIGN = rf"(?:[KW][A-Z]{{2,3}}|C[BFHIJK][A-Z]{{2}}|X[EH][A-Z]{{1,3}}|{_LOW_POWER})"
_SUFFIX = r"DT|TV|(?<=[A-Z0-9]{4})(?:LD|CD|LP|CA)"
_STATION_SIGN = re.compile(rf"({_LOW_POWER}(?=D)|{_CALL_SIGN}(?!D\d?$))(?:{_SUFFIX}|HD|D)?(\d\d?)?")
_SIGN_IN_NAME = re.compile(
    rf"(?<![A-Z0-9])(\(?)({_CALL_SIGN})"
    rf"(?:(-(?:DT|TV|LD|CD|LP|CA|HD|D)|{_SUFFIX})(?:-?(\d\d?))?)?(?![A-Z0-9])"
)
_STATION_ID = re.compile(r"(?:^|[.:_-])I?(\d{5,6})(?=$|[.:@_-])")
_ZAP2IT_ID = re.compile(r"C(\d+)([a-z]+)\.zap2it\.com")
_NAMELESS_ID = re.compile(r"[IC]?\d+[a-z]*|EPG123|[0-9a-f-]{32,36}")
_COUNTRY_PREFIX = re.compile(r"^\W*(?:USA?|CAN?|MX)\s*[:|\])-]+\s*")
_HD = re.compile(r"\b(?:HD|FHD|UHD|4K|HEVC|1080[PI]?|720P?)\b")
_SD = re.compile(r"\bSD\b")
_FEED = re.compile(r"\b(EAST|WEST|PACIFIC)\b|\(([EWP])\)|(?<=[A-Z0-9] )([EWP])$")
_NUMBER = re.compile(r"(?<![\w.])\d{1,4}(?:[._-]\d{1,3})?(?![\w.])")
_FILLER_WORDS = frozenset({
    "THE", "OF", "TV", "CHANNEL", "NETWORK", "TELEVISION", "BROADCASTING", "COMPANY", "CORPORATION",
    "SYSTEM", "SERVICE", "LE", "LA", "TELE", "SOCIETE", "CHAINE", "RESEAU", "ICI",
})  # fmt: skip
_NO_NETWORK = ("INDEPENDENT", "CHANNEL NO LONGER AVAILABLE")


class ChannelClues(NamedTuple):
    """What a player's channel reveals about its station."""

    ids: Tuple[str, ...]  # numbers in its XMLTV ids that may be station ids
    number: str  # as "5.1"; "" = none
    name_numbers: FrozenSet[str]
    signs: Dict[str, Optional[int]]  # call signs in its name, each with its sub-channel if given
    certain: bool  # these are call signs, not words that look like one
    only_sign: bool  # the name is a call sign in capitals and nothing else
    compact: FrozenSet[str]  # the name as one word, with and without filler words
    words: FrozenSet[str]
    initials: str
    feed: str  # E, W; "" = not given
    hd: Optional[bool]  # None = not given


class StationClues(NamedTuple):
    """What a station's call sign and network reveal."""

    compact: str  # the call sign as one word
    call_sign: str  # of a broadcaster: WXYZ of WXYZDT3; "" = none
    subchannel: int  # 3 of WXYZDT3; 1 if not given
    forms: Tuple[Tuple[str, str], ...]  # (name, feed): HBOHDP is HBOP, or feed W of HBO
    hd: bool
    network: str  # as one word; "" = none
    words: FrozenSet[str]
    initials: str


def number_sort_key(name: str) -> Tuple[List[int], str]:
    """A sort key: "2.1 WABC" before "10.1 WXYZ", names without a leading number last."""
    parts = [int(part) for part in name.split(" ")[0].split(".") if part.isdecimal()]
    return parts or [99999], name


def channel_clues(name: str, number: str, ids: Sequence[str], hd: Optional[bool]) -> ChannelClues:
    """Parse the fields of a PlayerChannel. ids: XMLTV ids; hd: as the player has it."""
    plain_name = _COUNTRY_PREFIX.sub("", _folded(name))
    hd = True if _HD.search(plain_name) else False if _SD.search(plain_name) else hd
    plain_name = " ".join(_SD.sub(" ", _HD.sub(" ", plain_name)).split())
    zap2it = [match.groups() for match in map(_ZAP2IT_ID.fullmatch, ids) if match]
    signs_in_ids = [_folded(sign) for _, sign in zap2it]
    names = [plain_name, *signs_in_ids, *filter(None, map(_name_of_id, ids))]
    feeds = [mark for text in names for marks in _FEED.findall(text) for mark in marks if mark]
    names = [" ".join(_FEED.sub(" ", text).split()) for text in names]
    numbers = [channel_number(digits) for digits in _NUMBER.findall(names[0])]
    words = _words(names[0])
    words_after_number = _words(re.sub(r"^[\d._-]+ ", "", names[0]))
    compact = {"".join(_words(text)) for text in names} | {"".join(words_after_number)}
    compact.add("".join(word for word in words_after_number if word not in _FILLER_WORDS))
    without_hd = {_without_hd(text) for text in compact}
    signs, certain = _signs(names)
    only_word = words_after_number[0] if len(words_after_number) == 1 else ""
    return ChannelClues(
        ids=tuple(station_id for text in ids for station_id in _STATION_ID.findall(text)),
        number=channel_number(number) or next((text for text in numbers if "." in text), ""),
        name_numbers=frozenset(numbers) | {channel_number(major) for major, _ in zap2it},
        signs=signs,
        certain=certain,
        only_sign=only_word in signs and name == name.upper(),
        compact=frozenset(compact | {text for text, _ in without_hd}) - {""},
        words=frozenset(word for word in _words(plain_name) if not word.isdigit()) - _FILLER_WORDS,
        initials="".join(word[0] for word in words if not word.isdigit()),
        feed="" if not feeds else "E" if feeds[0] in ("EAST", "E") else "W",
        hd=True if any(had_hd for _, had_hd in without_hd) else hd,
    )


def station_clues(station: Station) -> StationClues:
    """Parse a station's call sign and network."""
    compact = "".join(_words(_folded(station.call_sign)))
    sign = _STATION_SIGN.fullmatch(compact)
    plain, had_hd = _without_hd(compact)
    forms = [(plain, "")]
    if len(plain) > 3 and plain[-1] in "PWE":
        forms.append((plain[:-1], "E" if plain[-1] == "E" else "W"))
    network = _HD.sub(" ", _folded(station.name)).strip()
    words = [] if network in _NO_NETWORK else _words(network)
    is_dt = bool(sign and compact == f"{sign.group(1)}DT")  # on cable, its SD twin lacks the DT
    return StationClues(
        compact=compact,
        call_sign=sign.group(1) if sign else "",
        subchannel=int(sign.group(2) or 1) if sign else 1,
        forms=tuple(forms),
        hd=had_hd or is_dt,
        network="".join(words),
        words=frozenset(words) - _FILLER_WORDS,
        initials="".join(word[0] for word in words) if len(words) > 2 else "",
    )


def _folded(text: str) -> str:
    """Upper case, without accents."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()


def _words(text: str) -> List[str]:
    return re.findall(r"[A-Z0-9]+", text.replace("'", ""))


def _without_hd(sign: str) -> Tuple[str, bool]:
    """The call sign without "HD", and whether it had that."""
    match = re.fullmatch(r"(.{2,}?)HD([PWE]?)", sign)
    return (match.group(1) + match.group(2), True) if match else (sign, False)


def _signs(texts: Sequence[str]) -> Tuple[Dict[str, Optional[int]], bool]:
    """``ChannelClues.signs`` and ``ChannelClues.certain``."""
    signs: Dict[str, Optional[int]] = {}
    certain = False
    for match in (match for text in texts for match in _SIGN_IN_NAME.finditer(text)):
        bracket, sign, suffix, subchannel = match.groups()
        signs[sign] = int(subchannel) if subchannel else signs.get(sign)
        certain = certain or bool(bracket or suffix)
    return signs, certain


def _name_of_id(text: str) -> str:
    """The name in an id such as HBOWest.us@HD; "" = none."""
    head = re.split(r"[.@]", text)[0]
    if _NAMELESS_ID.fullmatch(head):
        return ""
    return _folded(re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", head))
