"""Channels of an m3u playlist, or of an HDHomeRun's lineup.json: from a file or an address."""

import re
import threading
from typing import Any, Dict, Iterator, List, Optional, Tuple
from urllib.parse import urlsplit

from ..errors import PlaylistError, os_error_text
from ..util.files import read_limited
from ..util.redact import redact_playlist_url
from ..util.sanitize import as_str, channel_number, parse_json_as_text
from .matching import PlayerChannel

MAX_BYTES = 5 << 20  # of a file or response
TIMEOUT = 10.0  # seconds for a whole response
_HEAD = re.compile(r"#EXTINF:\s*-?[\d.]*([\s,]*)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w-]+)=(?:"([^"]*)"|'([^']*)'|([^\s,"']*))\s*""")


def read(place: str, stop: Optional[threading.Event] = None) -> Tuple[PlayerChannel, ...]:
    """Return the channels listed in a file or at an address, such as an HDHomeRun's own.

    Raises PlaylistError and Stopped.
    """
    try:
        return parse(_download(place, stop) if "://" in place else read_limited(place, MAX_BYTES))
    except (OSError, ValueError) as error:
        raise PlaylistError(redact_playlist_url(place), os_error_text(error)) from None


def parse(body: bytes) -> Tuple[PlayerChannel, ...]:
    """Return the channels of a playlist or a lineup. Raises ValueError with the reason."""
    text = _decode(body).lstrip()
    if text.startswith("["):
        channels = tuple(_lineup(text))
    elif text[:4].upper() == "#EXT":
        channels = tuple(_entries(text))
    else:
        raise ValueError("it is neither an m3u playlist nor an HDHomeRun's lineup")
    if not channels:
        raise ValueError("it lists no channels")
    return channels


def _download(address: str, stop: Optional[threading.Event]) -> bytes:
    from ..net.client import HttpClient, RequestFailed  # heavy, and files do not need it

    if urlsplit(address).path in ("", "/"):
        address = f"{address.rstrip('/')}/lineup.json"
    try:
        with HttpClient(stop=stop, total_timeout=TIMEOUT) as client:
            response = client.get(address, max_bytes=MAX_BYTES)
    except RequestFailed as error:
        raise ValueError(str(error)) from None
    if response.status != 200:
        raise ValueError(f"HTTP {response.status}")
    return response.body


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _entries(text: str) -> Iterator[PlayerChannel]:
    """The channels of a playlist, with the attributes that Kodi's IPTV Simple reads."""
    for attributes, title in filter(None, (_entry(line.strip()) for line in text.splitlines())):
        tvg_name = attributes.get("tvg-name", "").replace("_", " ")
        name = title or tvg_name
        number = attributes.get("tvg-chno") or attributes.get("channel-number") or ""
        tvg_id = attributes.get("tvg-id", "")
        ids = tuple(tvg_text for tvg_text in (tvg_id, tvg_name) if tvg_text not in ("", name))
        if name or ids:
            yield PlayerChannel(name, channel_number(number), ids)


def _entry(line: str) -> Optional[Tuple[Dict[str, str], str]]:
    """The attributes, and the title after the comma that ends them; None if the line is no entry.

    One attribute at a time: an expression for the whole line would backtrack endlessly on some.
    """
    head = _HEAD.match(line)
    if not head:
        return None
    attributes: Dict[str, str] = {}
    end = head.end()
    attribute = _ATTRIBUTE.match(line, end)
    while attribute:
        name, *texts = attribute.groups("")
        attributes[name.lower()] = "".join(texts).strip()
        end = attribute.end()
        attribute = _ATTRIBUTE.match(line, end)
    if attributes and line[end : end + 1] == ",":
        return attributes, line[end + 1 :].strip()
    return ({}, line[head.end() :].strip()) if "," in head.group(1) else None


def _lineup(text: str) -> Iterator[PlayerChannel]:
    """The channels of an HDHomeRun's lineup.json."""
    rows: List[Any] = parse_json_as_text(text)
    for row in (row for row in rows if isinstance(row, dict)):
        name, number = as_str(row.get("GuideName")), as_str(row.get("GuideNumber"))
        if name or number:
            hd = True if row.get("HD") in ("1", True) else None
            yield PlayerChannel(name, channel_number(number), (), hd)
