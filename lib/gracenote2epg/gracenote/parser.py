"""Bytes of the source to models. Pure; lenient about types, strict about what is an answer.

Source: gracenote-api reference, sections 3 and 5; there is no public description.
"""

import logging
import re
import sys
from typing import Any, Dict, Optional, Tuple

from ..models import Airing, Credit, Details, Episode, GuideBlock, Lineup, Provider, Station
from ..util.language import detect
from ..util.sanitize import parse_json_as_text
from .fields import (
    AIR_DATE,
    as_list,
    asset_id,
    cached,
    channel_number,
    clean,
    filter_names,
    genre_names,
    is_true,
    logo_address,
    plain_number,
    programme_id,
    rating_name,
    series_id_of,
    text_list,
    utc_seconds,
    year_of,
)

log = logging.getLogger(__name__)

_STATION_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_LINEUP_ID = re.compile(r"[A-Za-z0-9_.:-]{0,64}")  # of a lineup, its head-end, its device
_LEAST_TEXT, _ENOUGH_TEXT = 200, 600  # characters that tell a station's language
_NOT_ENGLISH = (" de ", " la ", " le ", " el ", " les ", " que ")  # no such text has none of them
_LONGEST = 7 * 86400  # seconds; what is longer has a wrong time, and would hide all that follows
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
        for event in as_list(row.get("events")):
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
    entries = [*as_list(answer.get("upcomingEpisodeTab")), overview.get("upcomingEpisode")]
    episodes: Dict[str, Episode] = {}
    for entry in entries:
        if isinstance(entry, dict) and clean(entry.get("tmsID")):
            episode = _episode(entry)
            episodes.setdefault(episode.tms_id, episode)
    return Details(
        series_id=series_id,
        title=clean(answer.get("seriesTitle")),
        description=clean(answer.get("seriesDescription")),
        image=asset_id(clean(answer.get("seriesImage"))),
        backdrop=asset_id(clean(answer.get("backgroundImage"))),
        year=year_of(clean(answer.get("releaseYear"))),
        genres=genre_names(answer.get("seriesGenres")),
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


def _object(body: bytes) -> Dict[str, Any]:
    try:
        answer = parse_json_as_text(body)
    except ValueError as error:
        raise BadAnswer(clean(f"no JSON: {error}")[:120]) from error
    if not isinstance(answer, dict):
        raise BadAnswer("a JSON value, but no object")
    return answer


@cached
def _station(station_id: str, number: str, call_sign: str, name: str, logo: str) -> Station:
    numbers = (channel_number(number),) if number else ()
    return Station(station_id, call_sign or station_id, name, numbers, logo_address(logo))


def _airing(event: Dict[str, Any]) -> Optional[Airing]:
    program = event.get("program")
    program = program if isinstance(program, dict) else {}
    title = clean(program.get("title"))
    start = utc_seconds(event.get("startTime"))
    stop = utc_seconds(event.get("endTime"))
    if not stop:
        minutes = clean(event.get("duration"))
        stop = start + 60 * int(minutes) if re.fullmatch(r"\d{1,4}", minutes) else 0
    if not title or not start or not start < stop <= start + _LONGEST:
        return None
    tms_id = programme_id(clean(program.get("tmsId")) or clean(program.get("id")))
    return Airing(
        start=start,
        stop=stop,
        title=title,
        tms_id=tms_id,
        series_id=series_id_of(
            clean(event.get("seriesId")) or clean(program.get("seriesId")), tms_id
        ),
        subtitle=clean(program.get("episodeTitle")),
        description=clean(program.get("shortDesc")),
        season=plain_number(clean(program.get("season"))),
        episode=plain_number(clean(program.get("episode"))),
        year=year_of(clean(program.get("releaseYear"))),
        rating=rating_name(clean(event.get("rating"))),
        image=asset_id(clean(event.get("thumbnail"))),
        filters=filter_names(text_list(event.get("filter"))),
        flags=text_list(event.get("flag")),
        tags=text_list(event.get("tags")),
        generic=is_true(program.get("isGeneric")),
    )


def _credits(value: Any) -> Tuple[Credit, ...]:
    """In billing order."""
    entries = [entry for entry in as_list(value) if isinstance(entry, dict)]
    entries.sort(key=_billed)
    return tuple(
        Credit(
            role=clean(entry.get("role")).lower(),
            name=clean(entry.get("name")).replace("|", "/"),  # Tvheadend makes two of A|B
            character=clean(entry.get("characterName")),
            image=asset_id(clean(entry.get("assetId"))),
        )
        for entry in entries[:_MOST_CREDITS]
        if clean(entry.get("name"))
    )


def _billed(entry: Dict[str, Any]) -> int:
    """The place that a credit is given; those without one come last, as they are."""
    text = str(entry.get("priority"))[:9]
    return int(text) if re.fullmatch("[0-9]+", text) else sys.maxsize


def _episode(entry: Dict[str, Any]) -> Episode:
    date = AIR_DATE.match(clean(entry.get("originalAirDate")))
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
        rating=rating_name(clean(entry.get("displayRating"))),
        genres=genre_names(entry.get("programGenres")),
        flags=tuple(flag for flag, key in named if is_true(entry.get(key))),
    )
