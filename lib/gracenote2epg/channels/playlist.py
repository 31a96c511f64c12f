"""Channels of an m3u playlist, or of an HDHomeRun's lineup.json: from a file or an address."""

import re
import threading
from typing import Any, Dict, Iterator, List, Optional, Tuple
from urllib.parse import urlsplit

from ..errors import PlaylistError, os_error_text
from ..util.files import read_limited
from ..util.redact import redact_playlist_url
from ..util.sanitize import as_str, parse_json_as_text
from . import call_signs
from .matching import PlayerChannel

MOST = 5 << 20  # bytes
SECONDS = 10.0
_HEAD = re.compile(r"#EXTINF:\s*-?[\d.]*([\s,]*)", re.IGNORECASE)
_VALUE = re.compile(r"""([\w-]+)=(?:"([^"]*)"|'([^']*)'|([^\s,"']*))\s*""")


def read(where: str, stop: Optional[threading.Event] = None) -> Tuple[PlayerChannel, ...]:
    """Return the channels listed in a file or at an address; an HDHomeRun's own address will do.

    Raises PlaylistError, and Stopped.
    """
    try:
        body = _fetched(where, stop) if "://" in where else read_limited(where, MOST)
        return parse(body)
    except (OSError, ValueError) as error:
        raise PlaylistError(redact_playlist_url(where), os_error_text(error)) from None


def parse(body: bytes) -> Tuple[PlayerChannel, ...]:
    """Return the channels of a playlist or a lineup. Raises ValueError, in words."""
    text = _text(body).lstrip()
    if text.startswith("["):
        found = tuple(_lineup(text))
    elif text[:4].upper() == "#EXT":
        found = tuple(_entries(text))
    else:
        raise ValueError("it is neither an m3u playlist nor an HDHomeRun's lineup")
    if not found:
        raise ValueError("it lists no channel")
    return found


def _fetched(where: str, stop: Optional[threading.Event]) -> bytes:
    from ..net.client import HttpClient, RequestFailed  # a file needs none of it

    if urlsplit(where).path in ("", "/"):
        where = f"{where.rstrip('/')}/lineup.json"
    try:
        with HttpClient(stop=stop, total_timeout=SECONDS) as reader:
            answer = reader.get(where, max_bytes=MOST)
    except RequestFailed as error:
        raise ValueError(str(error)) from None
    if answer.status != 200:
        raise ValueError(f"HTTP {answer.status}")
    return answer.body


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _entries(text: str) -> Iterator[PlayerChannel]:
    """The channels of a playlist; source of the attributes: Kodi's IPTV Simple."""
    for line in text.splitlines():
        found = _entry(line.strip())
        if not found:
            continue
        values, shown = found
        own = values.get("tvg-name", "").replace("_", " ")
        name = shown or own
        channel = values.get("tvg-chno") or values.get("channel-number") or ""
        ids = tuple(text for text in (values.get("tvg-id", ""), own) if text and text != name)
        if name or ids:
            yield PlayerChannel(name, call_signs.number(channel), ids)


def _entry(line: str) -> Optional[Tuple[Dict[str, str], str]]:
    """The attributes and the name, which begins behind the comma after them; None when the line is
    no entry. Piece by piece: an expression for a whole line would try some lines for ever.
    """
    head = _HEAD.match(line)
    if not head:
        return None
    values: Dict[str, str] = {}
    value = _VALUE.match(line, head.end())
    at = head.end()
    while value:
        name, *texts = value.groups("")
        values[name.lower()] = "".join(texts).strip()
        at = value.end()
        value = _VALUE.match(line, at)
    if values and line[at : at + 1] == ",":
        return values, line[at + 1 :].strip()
    return ({}, line[head.end() :].strip()) if "," in head.group(1) else None


def _lineup(text: str) -> Iterator[PlayerChannel]:
    rows: List[Any] = parse_json_as_text(text)
    for row in rows:
        if not isinstance(row, dict):
            continue
        name, channel = as_str(row.get("GuideName")), as_str(row.get("GuideNumber"))
        if name or channel:
            hd = True if row.get("HD") in ("1", True) else None
            yield PlayerChannel(name, call_signs.number(channel), (), hd)
