"""The entries of an m3u playlist, read as players read them: only what cannot be read is left out.

Source: IPTV Simple's PlaylistLoader.cpp, Tvheadend's iptv_auto.c, and playlists in the wild.
"""

import contextlib
import re
from collections import Counter
from typing import Dict, Iterable, Iterator, List, Match, NamedTuple, Tuple

from ..util.sanitize import channel_number
from .matching import PlayerChannel

# Why an entry is not a channel
FILM, RADIO, SEPARATOR, NAMELESS = "film", "radio station", "separator", "entry without a name"
MIN_FILM = 60.0  # seconds; some playlists give each channel a duration of a second

_START = re.compile(r"#EXT(?:M3U|INF)", re.IGNORECASE)
_ENTRY = re.compile(r"#EXTINF\s*:?\s*(-?\d*\.?\d*)", re.IGNORECASE)
_GROUP = re.compile(r"#EXTGRP\s*:", re.IGNORECASE)
# With its value, if that is in quotes without others inside: this is quicker than _quoted.
_KEY = re.compile(r"""(?<![\w-])([A-Za-z][\w-]*)\s*=\s*(?:"([^"\\]*)"(?=[\s,]|$))?""")
_NEXT_KEY = re.compile(r"[A-Za-z][\w-]*\s*=")
_UNQUOTED_END = re.compile(r"(?<=\s)[A-Za-z][\w-]*\s*=|,|$")
# By opening quote: what may end its value, a quote or the beginning of another attribute.
_VALUE_ENDS = {
    opening: re.compile(rf"""\\?[{closing}]|\s(?=[A-Za-z][\w-]*\s*=\s*["'“‘])""")
    for opening, closing in {
        '"': '"', "'": "'", "“": "”", "”": "”", "„": "“”", "‘": "’", "’": "’"
    }.items()
}  # fmt: skip
_QUOTED = re.compile(r'"[^"]*"')
_FILM_FILE = re.compile(r"\.(?:mkv|mp4|m4v|avi|mov|divx|webm|vob)$", re.IGNORECASE)
_AUDIO_FILE = re.compile(r"\.(?:mp3|aac|ogg|opus|flac|m4a)$", re.IGNORECASE)
_PATH_END = re.compile("[?#|]")
_VOD = re.compile(r"\bVOD\b", re.IGNORECASE)
# "##### SPORTS #####", "---- USA ----", "## NEWS"
_SEPARATOR = re.compile(r"#{2}|([^\w\s])\1\1.*([^\w\s])\2\2$|[\W_]*$")
_TRUE = ("true", "1", "yes")
_NUMBER_KEYS = ("tvg-chno", "channel-number", "ch-number", "tvh-chnum")


class NoList(ValueError):
    """Neither a playlist nor a lineup. lineup: where an HDHomeRun says that its lineup is."""

    def __init__(self, lineup: str = "") -> None:
        super().__init__("it is neither an m3u playlist nor an HDHomeRun's lineup")
        self.lineup = lineup


class Entry(NamedTuple):
    """An ``#EXTINF`` line. attributes: values by lower-case name."""

    duration: float
    attributes: Dict[str, str]
    title: str
    is_quoted: bool  # some value has quotes


def channels(lines: Iterable[str], skipped: "Counter[str]") -> Iterator[PlayerChannel]:
    """The channels of a playlist. skipped: counts the other entries by what they are.

    Raises NoList.
    """
    head = None  # of an entry whose address follows
    group = ""
    is_playlist = False
    for line in map(str.strip, lines):
        if line.startswith("#"):
            is_playlist = is_playlist or bool(_START.match(line))
            if _ENTRY.match(line):
                skipped[SEPARATOR] += head is not None  # it has no address
                head, group = _ENTRY.match(line), ""
            elif _GROUP.match(line):
                group = line.partition(":")[2]
        elif line and head:
            yield from _channel(head, group, line, skipped)
            head = None
    if head:  # the last line is missing
        yield from _channel(head, group, "", skipped)
    if not is_playlist:
        raise NoList()


def _parse(head: Match[str]) -> Entry:
    """Parse an ``#EXTINF`` line, of which ``head`` is the beginning."""
    text = head.string[head.end() :]
    attributes: Dict[str, str] = {}
    spans = []
    key = _KEY.search(text)
    while key:
        name, value = key.groups()
        name, end = name.lower(), key.end()
        if value is None and text[end : end + 1] in _VALUE_ENDS:
            value, end = _quoted(text, end)
        elif value is None and ("-" in name or name in ("radio", "media")):
            value, end = _unquoted(text, end, name)
        if value is not None:  # else the key may be a part of the title
            attributes[name] = attributes.get(name) or value.strip()
            spans.append((key.start(), end))
        key = _KEY.search(text, end)
    duration = -1.0
    with contextlib.suppress(ValueError):
        duration = float(head.group(1))
    return Entry(duration, attributes, _title(text, spans), '"' in text)


def _quoted(text: str, start: int) -> Tuple[str, int]:
    """The value behind the quote at ``start``, and where it ends.

    Quotes within do not end it: This is "News 4" live. One that is not closed ends where the next
    attribute begins, or at the last comma.
    """
    depth = 0
    start += 1
    for token in _VALUE_ENDS[text[start - 1]].finditer(text, start):
        at, end = token.span()
        if token.group().isspace():
            return text[start:at], at
        following = text[end : end + 1]
        begins_attribute = _NEXT_KEY.match(text, end)
        is_escaped = end - at == 2
        is_opening = (
            (at == start or text[at - 1] in " \t([{")
            and following not in ("", " ", "\t", ",")
            and not begins_attribute
        )
        is_apostrophe = following.isalnum() and not begins_attribute
        if is_escaped or (is_apostrophe and not is_opening):
            continue
        if not (is_opening or depth):
            return re.sub(r"\\(.)", r"\1", text[start:at]), end
        depth += 1 if is_opening else -1
    end = text.rfind(",", start)
    end = end if end >= 0 else len(text)
    return text[start:end], end


def _unquoted(text: str, start: int, name: str) -> Tuple[str, int]:
    """The value from ``start`` on, and where it ends. Only names and groups contain blanks."""
    match = _UNQUOTED_END.search(text, start)
    end = match.start() if match else len(text)
    value = text[start:end]
    return value if name in ("tvg-name", "group-title") else "".join(value.split()[:1]), end


def _title(text: str, spans: List[Tuple[int, int]]) -> str:
    """What follows the comma behind the attributes; else the last comma outside quotes; else the
    last comma. spans: of the attributes."""
    rest = text[spans[-1][1] if spans else 0 :].lstrip()
    if rest.startswith(","):
        return rest[1:].strip()
    begins = [0, *(end for _, end in spans)]
    ends = [*(begin for begin, _ in spans), len(text)]
    between = [text[begin:end] for begin, end in zip(begins, ends)]  # the attributes
    unquoted = [_QUOTED.sub(lambda match: "." * len(match.group()), part) for part in between]
    for searched in (unquoted, between):
        for part, original in zip(reversed(searched), reversed(between)):
            if "," in part:
                return original[part.rindex(",") + 1 :].strip()
    return ""


def _channel(
    head: Match[str], group: str, address: str, skipped: "Counter[str]"
) -> Iterator[PlayerChannel]:
    """The channel, unless the entry is something else, which is counted.

    head: the beginning of its line. group: of a line of its own.
    """
    path = _PATH_END.split(address, 1)[0]
    if _FILM_FILE.search(path):  # before the rest is parsed: there may be a hundred thousand
        skipped[FILM] += 1
        return
    entry = _parse(head)
    attributes = entry.attributes
    group = attributes.get("group-title", group)
    tvg_id, tvg_name = attributes.get("tvg-id", ""), attributes.get("tvg-name", "")
    # Gracenote's own id, in playlists for Channels DVR; the second spelling is a typo in the wild.
    station_id = attributes.get("tvc-guide-stationid") or attributes.get("tvc-guide-stationed", "")
    plain_name = tvg_name.replace("_", " ")
    name = entry.title or plain_name
    number = next(filter(None, map(attributes.get, _NUMBER_KEYS)), "")
    reason = _why_no_channel(entry, group, name, bool(tvg_id or station_id))
    reason = RADIO if _AUDIO_FILE.search(path) else reason
    if reason:
        skipped[reason] += 1
        return
    # tvc-guide-stationid is surer than another guide's id.
    other_id = "" if station_id and re.search(r"\d{5}", tvg_id) else tvg_id
    ids = tuple(text for text in (station_id, other_id, plain_name) if text not in ("", name))
    names = [tvg_name]
    if "," in name and not entry.is_quoted:  # IPTV Simple takes the last comma then
        names.append(name.rpartition(",")[2].strip())
    more_names = tuple(text for text in names if text not in ("", name))
    yield PlayerChannel(name, channel_number(number), ids, None, more_names, tvg_id)


def _why_no_channel(entry: Entry, group: str, name: str, has_id: bool) -> str:
    """What the entry is instead; "" = a channel."""
    if entry.attributes.get("radio", "").lower() in _TRUE:
        return RADIO
    is_media = entry.attributes.get("media", "").lower() in _TRUE
    if is_media or entry.duration >= MIN_FILM or _VOD.search(group):
        return FILM
    if not (name or has_id):
        return NAMELESS
    return SEPARATOR if not has_id and _SEPARATOR.match(name) else ""
