"""Single fields of the source's JSON. Pure; "" or () for what is missing or makes no sense."""

import calendar
import functools
import html
import re
from html.entities import html5
from typing import Any, List, Match, Tuple

from ..util.sanitize import NOT_XML

_FORBIDDEN = re.compile(f"[{NOT_XML}]")
_DATE = r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T"
_ZONE = r"(?:Z|([+-])(0\d|1[0-4]):?([0-5]\d))"
_TIME = re.compile(_DATE + r"(\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?" + _ZONE, re.ASCII)
# With its semicolon: "rock&roll&notes" has none.
_REFERENCE = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);", re.ASCII)
_MAX_NUMBER = len("&#x0010FFFF;")  # no character has a longer one, and Python may refuse it
# An asset id, alone or in its address.
_ASSET = re.compile(r"(?:(?:https?:)?//[\w.-]+/assets/)?(\w{3,64})(?:\.jpg(?:\?.*)?)?", re.ASCII)
_TMS_ID = re.compile(r"[A-Z]{2}\d{8,12}")
_MAX_TEXT = 10_000  # characters; the longest known description has 1,200
_CACHE_SIZE = 1 << 13  # a lineup's windows hold few different texts
AIR_DATE = re.compile(_DATE, re.ASCII)
cached = functools.lru_cache(maxsize=_CACHE_SIZE)


def clean(value: Any) -> str:
    """Return text on one line, entities decoded once, without characters that XML forbids.

    "" for anything but text, and for "null", which the source sends for nothing in some fields.
    Numbers arrive as text, see ``parse_json_as_text``.
    """
    if not isinstance(value, str) or value == "null":
        return ""
    text = value[:_MAX_TEXT]
    if text.isprintable() and "  " not in text and "&" not in text and "\ufffd" not in text:
        return text.strip()  # most texts; printable means no white space but blanks
    if "&" in text:
        text = _REFERENCE.sub(_character, text)
    text = _FORBIDDEN.sub("", " ".join(text.split()))
    return " ".join(text.split())


def _character(reference: Match[str]) -> str:
    text = reference.group()
    if text[1] != "#":
        return html5.get(text[1:], text)
    return html.unescape(text) if len(text) <= _MAX_NUMBER else " "


def as_list(value: Any) -> List[Any]:
    return value if isinstance(value, list) else []


def logo_address(text: str) -> str:
    """The address without its query: an ampersand in an attribute breaks Tvheadend's parser."""
    text = re.sub("^(http:)?//", "https://", text.split("?")[0])
    return text if re.fullmatch(r"https?://[\w.-]+/[\w./%~+-]+", text, re.ASCII) else ""


@functools.lru_cache(maxsize=_CACHE_SIZE)
def _epoch(text: str) -> int:
    match = _TIME.fullmatch(text)
    if not match or not "1980" < match.group(1) < "2100":
        return 0
    *date, sign, hours, minutes = match.groups("0")
    offset = 3600 * int(hours) + 60 * int(minutes)
    utc = calendar.timegm(tuple(map(int, date)))
    return utc + offset if sign == "-" else utc - offset


def utc_seconds(value: Any) -> int:
    """Seconds since the epoch of 2026-09-12T23:30:00Z, T23:30Z, T19:30-04:00; 0 for others."""
    return _epoch(value) if isinstance(value, str) else 0


def text_list(value: Any) -> Tuple[str, ...]:
    return tuple(filter(None, map(clean, value))) if value and isinstance(value, list) else ()


@cached
def filter_names(texts: Tuple[str, ...]) -> Tuple[str, ...]:
    """Names of filters in lower case: filter-Sports becomes sports."""
    return tuple(text.lower().replace("filter-", "") for text in texts)


@cached
def flag_names(texts: Tuple[str, ...]) -> Tuple[str, ...]:
    """Flags as the source spells them: New, Live, Premiere, Finale."""
    return tuple(map(str.capitalize, texts))


@cached
def plain_number(text: str) -> str:
    """A season or episode number without prefix and leading zeros."""
    match = re.fullmatch(r"[SE]?0*(\d{1,5})", text.upper())
    return match.group(1) if match else ""


@cached
def year_of(text: str) -> str:
    match = re.fullmatch(r"(1[89]|20)\d\d", text)
    return match.group() if match else ""


@cached
def rating_name(text: str) -> str:
    """Normalize a rating: TV14 becomes TV-14; "" = not rated."""
    text = re.sub(r"^TV(?=[A-Z0-9])", "TV-", text.upper())
    return "" if text in ("NR", "NONE", "NOT RATED") else text


@cached
def asset_id(text: str) -> str:
    match = _ASSET.fullmatch(text)
    return match.group(1) if match and "noimage" not in text.lower() else ""


@cached
def programme_id(text: str) -> str:
    text = text.upper()
    return text if _TMS_ID.fullmatch(text) else ""


@cached
def series_id_of(text: str, tms_id: str) -> str:
    """``text`` if it is an id, else the series id that an EP, SH or MV id contains."""
    return programme_id(text) or programme_id(re.sub("^EP", "SH", tms_id[:10]))


def is_true(value: Any) -> bool:
    return value is True or clean(value).lower() in ("1", "true", "yes")


def genre_names(value: Any) -> Tuple[str, ...]:
    """Split at "|", and at commas, since Kodi would split there anyway."""
    return tuple(text for text in map(str.strip, re.split("[|,]", clean(value))) if text)
