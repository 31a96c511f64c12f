"""What channel names, call signs and channel ids say, taken apart. Pure.

Shapes of call signs and ids: gracenote-api reference, sections 3.1 and 5; xmltv reference, 2.6.
"""

import re
import unicodedata
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Sequence, Tuple

from ..models import Station

# US (also low-power), Canadian and Mexican call signs. CNN, CMT and their like are none.
_LOW = r"[KW]\d\d[A-Z]{2}"
_CALL = rf"(?:[KW][A-Z]{{2,3}}|C[BFHIJK][A-Z]{{2}}|X[EH][A-Z]{{1,3}}|{_LOW})"
_SUFFIX = r"DT|TV|(?<=[A-Z0-9]{4})(?:LD|CD|LP|CA)"
_SIGN = re.compile(rf"({_LOW}(?=D)|{_CALL}(?!D\d?$))(?:{_SUFFIX}|HD|D)?(\d\d?)?")
_IN_NAME = re.compile(
    rf"(?<![A-Z0-9])(\(?)({_CALL})"
    rf"(?:(-(?:DT|TV|LD|CD|LP|CA|HD|D)|{_SUFFIX})(?:-?(\d\d?))?)?(?![A-Z0-9])"
)
_ID = re.compile(r"(?:^|[.:_-])I?(\d{5,6})(?=$|[.:@_-])")
_OLD_ID = re.compile(r"C(\d+)([a-z]+)\.zap2it\.com")
_NO_NAME = re.compile(r"[IC]?\d+[a-z]*|EPG123|[0-9a-f-]{32,36}")
_COUNTRY = re.compile(r"^\W*(?:USA?|CAN?|MX)\s*[:|\])-]+\s*")
_HD = re.compile(r"\b(?:HD|FHD|UHD|4K|HEVC|1080[PI]?|720P?)\b")
_SD = re.compile(r"\bSD\b")
_FEED = re.compile(r"\b(EAST|WEST|PACIFIC)\b|\(([EWP])\)|(?<=[A-Z0-9] )([EWP])$")
_NUMBER = re.compile(r"(?<![\w.])\d{1,4}(?:[._-]\d{1,3})?(?![\w.])")
_GENERIC = frozenset(
    (
        "THE", "OF", "TV", "CHANNEL", "NETWORK", "TELEVISION", "BROADCASTING", "COMPANY",
        "CORPORATION", "SYSTEM", "SERVICE", "LE", "LA", "TELE", "SOCIETE", "CHAINE", "RESEAU",
        "ICI",
    )
)  # fmt: skip
_NO_NETWORK = ("INDEPENDENT", "CHANNEL NO LONGER AVAILABLE")


class ChannelClues(NamedTuple):
    """What a player's channel says of itself."""

    ids: Tuple[str, ...]  # numbers in its XMLTV ids that may be a station's id
    number: str  # as "5.1"; "" = none
    hints: FrozenSet[str]  # the numbers in its name
    signs: Dict[str, Optional[int]]  # call signs in its name; the sub-channel of each, where told
    sure: bool  # they are call signs, and no words that look like one
    alone: bool  # the name is nothing else, and in capitals
    joined: FrozenSet[str]  # the name as one word, with and without what says little
    words: FrozenSet[str]
    initials: str
    feed: str  # E, W; "" = not told
    hd: Optional[bool]  # None = not told


class StationClues(NamedTuple):
    """What a station's call sign and network say of it."""

    joined: str  # the call sign as one word
    call: str  # of a broadcaster: WXYZ of WXYZDT3; "" = none
    sub: int  # 3 of WXYZDT3; 1 where none is told
    forms: Tuple[Tuple[str, str], ...]  # (name, feed): HBOHDP is HBOP, or W of HBO
    hd: bool
    network: str  # as one word; "" = none
    words: FrozenSet[str]
    initials: str


def number(text: str) -> str:
    """5-1, 5_1 and 005.01 are 5.1, and 5.0 is 5; "" when it is no number."""
    found = re.fullmatch(r"\s*0*(\d{1,5})(?:[._-]0*(\d{1,4}))?\s*", text)
    if not found or found.group(1) == "0":
        return ""
    major, minor = found.groups()
    return f"{major}.{minor}" if minor and minor != "0" else major


def channel_clues(name: str, channel: str, ids: Sequence[str], hd: Optional[bool]) -> ChannelClues:
    """Take a player's channel apart. channel: its number; hd: what the player says of it."""
    text = _COUNTRY.sub("", _folded(name))
    hd = True if _HD.search(text) else False if _SD.search(text) else hd
    text = " ".join(_SD.sub(" ", _HD.sub(" ", text)).split())
    old = [found.groups() for one in ids for found in [_OLD_ID.fullmatch(one)] if found]
    told = [text, *(_folded(sign) for _, sign in old), *filter(None, map(_of_id, ids))]
    feeds = [mark for one in told for found in _FEED.findall(one) for mark in found if mark]
    told = [" ".join(_FEED.sub(" ", one).split()) for one in told]
    numbers = [number(found) for found in _NUMBER.findall(told[0])]
    words = _words(told[0])
    named = _words(re.sub(r"^[\d._-]+ ", "", told[0]))
    joined = {"".join(_words(one)) for one in told} | {"".join(named)}
    joined.add("".join(word for word in named if word not in _GENERIC))
    plain = {_plain(one) for one in joined}
    signs, sure = _signs(told)
    return ChannelClues(
        tuple(found for one in ids for found in _ID.findall(one)),
        number(channel) or next((found for found in numbers if "." in found), ""),
        frozenset(numbers) | {number(major) for major, _ in old},
        signs,
        sure,
        len(named) == 1 and named[0] in signs and name == name.upper(),
        frozenset(joined | {one for one, _ in plain}) - {""},
        frozenset(word for word in _words(text) if not word.isdigit()) - _GENERIC,
        "".join(word[0] for word in words if not word.isdigit()),
        "" if not feeds else "E" if feeds[0] in ("EAST", "E") else "W",
        True if any(high for _, high in plain) else hd,
    )


def station_clues(station: Station) -> StationClues:
    """Take a station's call sign and network apart."""
    joined = "".join(_words(_folded(station.call_sign)))
    sign = _SIGN.fullmatch(joined)
    plain, high = _plain(joined)
    forms = [(plain, "")]
    if len(plain) > 3 and plain[-1] in "PWE":
        forms.append((plain[:-1], "E" if plain[-1] == "E" else "W"))
    network = _HD.sub(" ", _folded(station.name)).strip()
    words = [] if network in _NO_NETWORK else _words(network)
    return StationClues(
        joined,
        sign.group(1) if sign else "",
        int(sign.group(2) or 1) if sign else 1,
        tuple(forms),
        high or bool(sign and joined == f"{sign.group(1)}DT"),  # beside its SD twin, on cable
        "".join(words),
        frozenset(words) - _GENERIC,
        "".join(word[0] for word in words) if len(words) > 2 else "",
    )


def _folded(text: str) -> str:
    """Upper case, without accents."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()


def _words(text: str) -> List[str]:
    return re.findall(r"[A-Z0-9]+", text.replace("'", ""))


def _plain(sign: str) -> Tuple[str, bool]:
    """The call sign without its HD, and whether it has one."""
    found = re.fullmatch(r"(.{2,}?)HD([PWE]?)", sign)
    return (found.group(1) + found.group(2), True) if found else (sign, False)


def _signs(texts: Sequence[str]) -> Tuple[Dict[str, Optional[int]], bool]:
    signs: Dict[str, Optional[int]] = {}
    sure = False
    for found in (found for text in texts for found in _IN_NAME.finditer(text)):
        bracket, sign, suffix, sub = found.groups()
        signs[sign] = int(sub) if sub else signs.get(sign)
        sure = sure or bool(bracket or suffix)
    return signs, sure


def _of_id(text: str) -> str:
    """The name that an id such as HBOWest.us@HD holds; "" = none."""
    head = re.split(r"[.@]", text)[0]
    if _NO_NAME.fullmatch(head):
        return ""
    return _folded(re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", head))


def number_sort_key(name: str) -> Tuple[List[int], str]:
    """Sort "2.1 WABC" before "10.1 WXYZ" and names without a leading number last."""
    parts = [int(part) for part in name.split(" ")[0].split(".") if part.isdecimal()]
    return parts or [99999], name
