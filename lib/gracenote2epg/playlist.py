"""Channels of an m3u playlist, or of an HDHomeRun's lineup.json: from a file or an address."""

import json
import os
import re
import threading
from typing import Any, Dict, Iterator, List, Optional, Tuple
from urllib.parse import urlsplit

from . import names
from .errors import PlaylistError
from .kinds import without_secrets
from .matching import Wanted

MOST = 5 << 20  # bytes
SECONDS = 10.0
_ATTRIBUTE = r"""[\w-]+=(?:"[^"]*"|'[^']*'|[^\s,"']*)"""
_ENTRY = re.compile(rf"#EXTINF:\s*-?[\d.]*[\s,]*((?:{_ATTRIBUTE}[\s,]*?)*)\s*,(.*)", re.IGNORECASE)
_VALUE = re.compile(r"""([\w-]+)=(?:"([^"]*)"|'([^']*)'|([^\s,"']*))""")


def read(where: str, stop: Optional[threading.Event] = None) -> Tuple[Wanted, ...]:
    """Return the channels listed in a file or at an address; an HDHomeRun's own address will do.

    Raises PlaylistError, and Stopped.
    """
    try:
        body = _fetched(where, stop) if "://" in where else _read(where)
        return parse(body)
    except (OSError, ValueError) as error:
        detail = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PlaylistError(without_secrets(where), detail) from None


def parse(body: bytes) -> Tuple[Wanted, ...]:
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
    from .fetch import Reader, Unreachable  # a file needs none of it

    if urlsplit(where).path in ("", "/"):
        where = f"{where.rstrip('/')}/lineup.json"
    try:
        with Reader(stop=stop, whole=SECONDS) as reader:
            answer = reader.get(where, most=MOST)
    except Unreachable as error:
        raise ValueError(str(error)) from None
    if answer.status != 200:
        raise ValueError(f"HTTP {answer.status}")
    return answer.body


def _read(path: str) -> bytes:
    if os.path.getsize(path) > MOST:
        raise ValueError(f"more than {MOST >> 20} MB")
    with open(path, "rb") as file:
        return file.read(MOST)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _entries(text: str) -> Iterator[Wanted]:
    """The channels of a playlist; source of the attributes: Kodi's IPTV Simple."""
    for line in text.splitlines():
        found = _ENTRY.match(line.strip())
        if not found:
            continue
        values: Dict[str, str] = {
            name.lower(): "".join(value).strip() for name, *value in _VALUE.findall(found.group(1))
        }
        own = values.get("tvg-name", "").replace("_", " ")
        name = found.group(2).strip() or own
        channel = values.get("tvg-chno") or values.get("channel-number") or ""
        ids = tuple(text for text in (values.get("tvg-id", ""), own) if text and text != name)
        if name or ids:
            yield Wanted(name, names.number(channel), ids)


def _lineup(text: str) -> Iterator[Wanted]:
    rows: List[Any] = json.loads(text)
    for row in rows:
        if isinstance(row, dict) and (row.get("GuideNumber") or row.get("GuideName")):
            channel = names.number(str(row.get("GuideNumber") or ""))
            hd = True if row.get("HD") in (1, "1", True) else None
            yield Wanted(str(row.get("GuideName") or ""), channel, (), hd)
