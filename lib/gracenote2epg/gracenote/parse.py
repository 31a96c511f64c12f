"""Bytes of the source to models. Pure; lenient about types, strict about what is an answer.

Source: gracenote-api reference, sections 3 and 5; there is no public description.
"""

import calendar
import functools
import html
import logging
import re
import sys
from typing import Any, Dict, List, Optional, Tuple

from ..harmless import read_json
from ..language import detect
from ..models import (
    Airing,
    Credit,
    Details,
    Episode,
    GuideBlock,
    Lineup,
    Provider,
    Station,
)

log = logging.getLogger(__name__)

# What XML 1.0 forbids, C1 controls and the replacement character, which validators refuse, and
# Unicode's non-characters. White space is not here: str.split() takes care of it.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd\ufffe\uffff"
    + "".join(
        chr(plane + end) for plane in range(0x10000, 0x110000, 0x10000) for end in (65534, 65535)
    )
    + "]"
)
_DATE = r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T"
_AIR_DATE = re.compile(_DATE, re.ASCII)
_TIME = re.compile(_DATE + r"(\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?Z", re.ASCII)
_ENDLESS = re.compile(r"&#\d{9,};?")  # names no character, and Python refuses to read it
_ASSET = re.compile(r"[A-Za-z0-9_]{3,64}")
_ID = re.compile(r"[A-Z]{2}\d{8,12}")
_STATION_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_LINEUP_ID = re.compile(r"[A-Za-z0-9_.:-]{0,64}")  # of a lineup, its head-end, its device
_LEAST_TEXT, _ENOUGH_TEXT = 200, 600  # characters that tell a station's language
_NOT_ENGLISH = (" de ", " la ", " le ", " el ", " les ", " que ")  # no such text has none of them
_LONGEST = 7 * 86400  # seconds; what is longer has a wrong time, and would hide all that follows
_MOST_TEXT = 10_000  # characters; the longest description known has 1,200
_MOST_CREDITS = 40  # of a kind; what the guide writes is fewer still


class BadAnswer(ValueError):
    """The body is not what was asked for."""


def guide(body: bytes) -> GuideBlock:
    """Return one guide window: stations in the lineup's order, each one's airings by start.

    A station on several numbers is one station. An airing that cannot be (no title, no length, a
    time that is none) is left out and logged: a player shows it as an empty cell or chokes on it.
    Raises BadAnswer when the body is no JSON object with channels, or holds no airing at all: a
    guide without programmes must never pass for an answer.
    """
    rows = _object(body).get("channels")
    if not isinstance(rows, list):
        raise BadAnswer("no guide in it")
    if not rows:
        raise BadAnswer("no channels in it")
    stations: Dict[str, Station] = {}
    airings: Dict[str, Dict[int, Airing]] = {}
    left_out = 0
    rows.reverse()
    while rows:  # what is read is let go: beside its airings a window's JSON is large
        row = rows.pop()
        name = clean(row.get("channelId")) if isinstance(row, dict) else ""
        if not _STATION_ID.fullmatch(name):
            left_out += 1
            continue
        shown = ("callSign", "affiliateName", "thumbnail")
        number = clean(row.get("channelNo")) or clean(row.get("channel"))
        station = _station(name, number, *(clean(row.get(key)) for key in shown))
        before = stations.get(station.station_id)
        if before:
            extra = tuple(number for number in station.numbers if number not in before.numbers)
            station = before._replace(numbers=before.numbers + extra)
        stations[station.station_id] = station
        own = airings.setdefault(station.station_id, {})
        for event in _list(row.get("events")):
            airing = _airing(event) if isinstance(event, dict) else None
            if airing is None:
                left_out += 1
            else:
                own.setdefault(airing.start, airing)
    if left_out:
        log.info("%d entries of a guide window make no sense and are left out", left_out)
    if not any(airings.values()):
        raise BadAnswer("no programme on any station")
    return GuideBlock(
        tuple(_spoken(station, airings[name]) for name, station in stations.items()),
        tuple(
            (station_id, tuple(own[start] for start in sorted(own)))
            for station_id, own in airings.items()
            if own
        ),
    )


def _spoken(station: Station, airings: Dict[int, Airing]) -> Station:
    """The station with the language of its texts, of which some are enough."""
    text = ""
    for own in airings.values():
        text += f"{own.title} {own.subtitle} {own.description} "
        if len(text) > _ENOUGH_TEXT:
            break
    # Most are English, which costs less to see than which language it is.
    if len(text) > _LEAST_TEXT and not any(word in text for word in _NOT_ENGLISH):
        return station._replace(language="en")
    return station._replace(language=detect(text))


def details(body: bytes, series_id: str) -> Details:
    """Return the details of a series or movie. Raises BadAnswer when the body holds none."""
    answer = _object(body)
    overview = answer.get("overviewTab")
    overview = overview if isinstance(overview, dict) else {}
    if not overview and not any(map(clean, map(answer.get, ("seriesTitle", "seriesDescription")))):
        raise BadAnswer("no series in it")
    entries = [*_list(answer.get("upcomingEpisodeTab")), overview.get("upcomingEpisode")]
    episodes: Dict[str, Episode] = {}
    for entry in entries:
        if isinstance(entry, dict) and clean(entry.get("tmsID")):
            episode = _episode(entry)
            episodes.setdefault(episode.tms_id, episode)
    return Details(
        series_id=series_id,
        title=clean(answer.get("seriesTitle")),
        description=clean(answer.get("seriesDescription")),
        image=_asset(clean(answer.get("seriesImage"))),
        backdrop=_asset(clean(answer.get("backgroundImage"))),
        year=_year(clean(answer.get("releaseYear"))),
        genres=_genres(answer.get("seriesGenres")),
        cast=_credits(overview.get("cast")),
        crew=_credits(overview.get("crew")),
        episodes=tuple(episodes.values()),
    )


def providers(body: bytes, country: str, postal_code: str) -> Tuple[Provider, ...]:
    """Return the lineups of a postal code, as the site lists them; () when it knows none.

    Raises BadAnswer when the body is no such list.
    """
    answer = {key.lower(): value for key, value in _object(body).items()}
    if not isinstance(answer.get("providers"), list):
        raise BadAnswer("no providers in it")
    found = []
    for item in answer["providers"]:
        if not isinstance(item, dict):
            continue
        row = {key.lower(): clean(value) for key, value in item.items()}
        device = row.get("device") or "-"
        lineup = Lineup(
            country, row.get("lineupid", ""), row.get("headendid", ""), device, postal_code
        )
        ids = (lineup.lineup_id, lineup.headend_id, lineup.device)
        if lineup.headend_id and all(map(_LINEUP_ID.fullmatch, ids)):
            kind = row.get("type", "").upper()
            found.append(Provider(lineup, kind, row.get("name", ""), row.get("location", "")))
    return tuple(found)


def clean(value: Any) -> str:
    """Return a text on one line, entities decoded once, nothing that XML forbids; "" for what is
    neither text nor number, and for "null", as which the source sends nothing in some fields.
    Numbers come as texts, see ``read_json``.
    """
    if not isinstance(value, str) or value == "null":
        return ""
    text = value[:_MOST_TEXT]
    if text.isprintable() and "  " not in text and "&" not in text and "\ufffd" not in text:
        return text.strip()  # as most texts are; printable means no white space but blanks
    if "&" in text:
        text = html.unescape(_ENDLESS.sub(" ", text))
    return " ".join(_FORBIDDEN.sub("", text).split())


def _object(body: bytes) -> Dict[str, Any]:
    try:
        answer = read_json(body)
    except ValueError as error:
        raise BadAnswer(clean(f"no JSON: {error}")[:120]) from error
    if not isinstance(answer, dict):
        raise BadAnswer("a JSON value, but no object")
    return answer


def _list(value: Any) -> List[Any]:
    return value if isinstance(value, list) else []


# Of clean texts there are few different ones, in all windows of a lineup.
_few = functools.lru_cache(maxsize=1 << 13)


@_few
def _station(station_id: str, number: str, call_sign: str, name: str, logo: str) -> Station:
    numbers = (_number(number),) if number else ()
    return Station(station_id, call_sign or station_id, name, numbers, _logo(logo))


def _number(text: str) -> str:
    """4-1 and 004.1 are 4.1: players know the dot only."""
    return ".".join(part.lstrip("0") or "0" for part in re.split(r"[-.]", text))


def _logo(text: str) -> str:
    """The address without its query: an ampersand in an attribute breaks Tvheadend's parser."""
    text = text.split("?")[0]
    text = re.sub("^(http:)?//", "https://", text)
    return text if re.fullmatch(r"https?://[\w.-]+/[\w./%~+-]+", text, re.ASCII) else ""


def _airing(event: Dict[str, Any]) -> Optional[Airing]:
    program = event.get("program")
    program = program if isinstance(program, dict) else {}
    title = clean(program.get("title"))
    start = _moment(event.get("startTime"))
    stop = _moment(event.get("endTime"))
    if not stop:
        minutes = clean(event.get("duration"))
        stop = start + 60 * int(minutes) if re.fullmatch(r"\d{1,4}", minutes) else 0
    if not title or not start or not start < stop <= start + _LONGEST:
        return None
    tms_id = _tms_id(clean(program.get("tmsId")) or clean(program.get("id")))
    return Airing(
        start=start,
        stop=stop,
        title=title,
        tms_id=tms_id,
        series_id=_series_id(
            clean(event.get("seriesId")) or clean(program.get("seriesId")), tms_id
        ),
        subtitle=clean(program.get("episodeTitle")),
        description=clean(program.get("shortDesc")),
        season=_count(clean(program.get("season"))),
        episode=_count(clean(program.get("episode"))),
        year=_year(clean(program.get("releaseYear"))),
        rating=_rating(clean(event.get("rating"))),
        image=_asset(clean(event.get("thumbnail"))),
        filters=_filters(_texts(event.get("filter"))),
        flags=_texts(event.get("flag")),
        tags=_texts(event.get("tags")),
        generic=_true(program.get("isGeneric")),
    )


@functools.lru_cache(maxsize=8192)
def _epoch(text: str) -> int:
    match = _TIME.fullmatch(text)
    if not match or not "1980" < match.group(1) < "2100":
        return 0
    return calendar.timegm(tuple(int(part or 0) for part in match.groups()))


def _moment(value: Any) -> int:
    """Seconds since the epoch of 2026-09-12T23:30:00Z or T23:30Z; 0 for anything else."""
    return _epoch(value) if isinstance(value, str) else 0


def _texts(value: Any) -> Tuple[str, ...]:
    return tuple(filter(None, map(clean, value))) if value and isinstance(value, list) else ()


@_few
def _filters(texts: Tuple[str, ...]) -> Tuple[str, ...]:
    return tuple(text.replace("filter-", "").lower() for text in texts)


@_few
def _count(text: str) -> str:
    """A season or episode number: no prefix, no leading zeros; "" when it is none."""
    match = re.fullmatch(r"[SE]?0*(\d{1,5})", text.upper())
    return match.group(1) if match else ""


@_few
def _year(text: str) -> str:
    match = re.fullmatch(r"(1[89]|20)\d\d", text)
    return match.group() if match else ""


@_few
def _rating(text: str) -> str:
    """TV14 is TV-14; "" for what says that there is none."""
    text = re.sub(r"^TV(?=[A-Z0-9])", "TV-", text.upper())
    return "" if text in ("NR", "NONE", "NOT RATED") else text


@_few
def _asset(text: str) -> str:
    return text if _ASSET.fullmatch(text) and "noimage" not in text.lower() else ""


@_few
def _tms_id(text: str) -> str:
    text = text.upper()
    return text if _ID.fullmatch(text) else ""


@_few
def _series_id(text: str, tms_id: str) -> str:
    """The given one, else the one that an EP, SH or MV id contains."""
    return _tms_id(text) or _tms_id(re.sub("^EP", "SH", tms_id[:10]))


def _true(value: Any) -> bool:
    return value is True or clean(value).lower() in ("1", "true", "yes")


def _genres(value: Any) -> Tuple[str, ...]:
    """Parted by "|"; a comma parts them too, for Kodi would part them there."""
    return tuple(text for text in map(str.strip, re.split("[|,]", clean(value))) if text)


def _credits(value: Any) -> Tuple[Credit, ...]:
    """In billing order."""
    entries = [entry for entry in _list(value) if isinstance(entry, dict)]
    entries.sort(key=_billed)
    return tuple(
        Credit(
            role=clean(entry.get("role")).lower(),
            name=clean(entry.get("name")).replace("|", "/"),  # Tvheadend makes two of A|B
            character=clean(entry.get("characterName")),
            image=_asset(clean(entry.get("assetId"))),
        )
        for entry in entries[:_MOST_CREDITS]
        if clean(entry.get("name"))
    )


def _billed(entry: Dict[str, Any]) -> int:
    """The place that a credit is given; those without one come last, as they are."""
    text = str(entry.get("priority"))[:9]
    return int(text) if re.fullmatch("[0-9]+", text) else sys.maxsize


def _episode(entry: Dict[str, Any]) -> Episode:
    date = _AIR_DATE.match(clean(entry.get("originalAirDate")))
    named = (
        ("New", "isNew"),
        ("Live", "isLive"),
        ("Premiere", "isPremier"),
        ("Finale", "isFinale"),
    )
    return Episode(
        tms_id=clean(entry.get("tmsID")).upper(),
        air_date="".join(date.groups()) if date and date.group(1) > "1900" else "",
        synopsis=clean(entry.get("synopsis")),
        rating=_rating(clean(entry.get("displayRating"))),
        genres=_genres(entry.get("programGenres")),
        flags=tuple(flag for flag, key in named if _true(entry.get(key))),
    )
