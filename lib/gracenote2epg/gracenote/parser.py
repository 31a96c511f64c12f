"""Parse the source's answers into models. Pure; lenient about types, strict about what an answer
has to contain.

Source: gracenote-api reference, sections 3 and 5; there is no public description.
"""

import logging
import re
import sys
from typing import Any, Dict, List, Optional, Tuple

from ..clock import DAY
from ..models import Airing, Credit, Details, Episode, GuideBlock, Lineup, Provider, Station
from ..util.language import detect
from ..util.sanitize import channel_number, parse_json_as_text
from . import fields
from .fields import as_list, clean

log = logging.getLogger(__name__)

_STATION_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_LINEUP_ID = re.compile(r"[A-Za-z0-9_.:-]{0,64}")  # of a lineup, its head-end, its device
_MIN_SAMPLE, _MAX_SAMPLE = 200, 600  # characters of text that suffice for a language
_NOT_ENGLISH = (" de ", " la ", " le ", " el ", " les ", " que ")  # other samples have one of them
_MAX_LENGTH = 7 * DAY  # of an airing; a longer one has a wrong time and would hide all that follow
_MAX_CREDITS = 40  # of a kind; the guide shows fewer
_FLAGS = {"New": "isNew", "Live": "isLive", "Premiere": "isPremier", "Finale": "isFinale"}


class BadAnswer(ValueError):
    """The body is not what was requested."""


def guide(body: bytes) -> GuideBlock:
    """Return one guide window: stations in the lineup's order, each one's airings by start.

    A station on several numbers is one station. An impossible airing (no title, no length, an
    invalid time) is left out and logged: players show it as an empty cell or fail on it.
    Raises BadAnswer if the body is no JSON object with channels, or has no airing at all.
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
    while rows:  # free each row once it is read: a window's JSON is larger than its airings
        row = rows.pop()
        station = _station_of(row)
        if station is None:
            left_out += 1
            continue
        earlier = stations.get(station.station_id)
        if earlier:
            numbers = tuple(dict.fromkeys((*earlier.numbers, *station.numbers)))
            station = earlier._replace(numbers=numbers)
        stations[station.station_id] = station
        by_start = airings.setdefault(station.station_id, {})
        for event in as_list(row.get("events")):
            airing = _airing(event) if isinstance(event, dict) else None
            if airing is None:
                left_out += 1
            else:
                by_start.setdefault(airing.start, airing)
    if left_out:
        log.info("%d entries of a guide window make no sense and are left out", left_out)
    if not any(airings.values()):
        raise BadAnswer("no programme on any station")
    return GuideBlock(
        tuple(
            _with_language(station, airings[station_id]) for station_id, station in stations.items()
        ),
        tuple(
            (station_id, tuple(by_start[start] for start in sorted(by_start)))
            for station_id, by_start in airings.items()
            if by_start
        ),
    )


def details(body: bytes, series_id: str) -> Details:
    """Return the details of a series or movie. Raises BadAnswer if the body has none."""
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
        image=fields.asset_id(clean(answer.get("seriesImage"))),
        backdrop=fields.asset_id(clean(answer.get("backgroundImage"))),
        year=fields.year_of(clean(answer.get("releaseYear"))),
        genres=fields.genre_names(answer.get("seriesGenres")),
        cast=_credits(overview.get("cast")),
        crew=_credits(overview.get("crew")),
        episodes=tuple(episodes.values()),
    )


def providers(body: bytes, country: str, postal_code: str) -> Tuple[Provider, ...]:
    """Return the lineups of a postal code, in the site's order; () if it knows none.

    Raises BadAnswer if the body is not such a list.
    """
    answer = _lower_keys(_object(body))
    if not isinstance(answer.get("providers"), list):
        raise BadAnswer("no providers in it")
    lineups: List[Provider] = []
    for row in map(_lower_keys, answer["providers"]):
        texts = {key: clean(value) for key, value in row.items()}
        ids = texts.get("lineupid", ""), texts.get("headendid", ""), texts.get("device") or "-"
        if ids[1] and all(map(_LINEUP_ID.fullmatch, ids)):
            # The head-end alone tells an antenna: its row may have another type, or none.
            type_ = texts.get("type", "").upper().replace("OTA", "")
            kind = "OTA" if ids[1].lower() == "lineupid" else type_
            lineup = Lineup(country, *ids, postal_code)
            name, place = texts.get("name", ""), texts.get("location", "")
            lineups.append(Provider(lineup, kind, name, place))
    return tuple(lineups)


def _object(body: bytes) -> Dict[str, Any]:
    """Parse the body. Raises BadAnswer if it is not a JSON object."""
    try:
        answer = parse_json_as_text(body)
    except ValueError as error:
        raise BadAnswer(clean(f"no JSON: {error}")[:120]) from error
    if not isinstance(answer, dict):
        raise BadAnswer("a JSON value, but no object")
    return answer


def _lower_keys(value: Any) -> Dict[str, Any]:
    return {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}


def _station_of(row: Any) -> Optional[Station]:
    """The station of a channel row; None if the row names none."""
    station_id = clean(row.get("channelId")) if isinstance(row, dict) else ""
    if not _STATION_ID.fullmatch(station_id):
        return None
    number = clean(row.get("channelNo")) or clean(row.get("channel"))
    texts = (clean(row.get(key)) for key in ("callSign", "affiliateName", "thumbnail"))
    return _station(station_id, number, *texts)


@fields.cached
def _station(station_id: str, number: str, call_sign: str, name: str, logo: str) -> Station:
    numbers = (channel_number(number) or number,) if number else ()
    return Station(station_id, call_sign or station_id, name, numbers, fields.logo_address(logo))


def _with_language(station: Station, airings: Dict[int, Airing]) -> Station:
    """Detect the station's language from a sample of its texts."""
    sample = ""
    for airing in airings.values():
        sample += f"{airing.title} {airing.subtitle} {airing.description} "
        if len(sample) > _MAX_SAMPLE:
            break
    # A shortcut: most are English.
    if len(sample) > _MIN_SAMPLE and not any(word in sample for word in _NOT_ENGLISH):
        return station._replace(language="en")
    return station._replace(language=detect(sample))


def _airing(event: Dict[str, Any]) -> Optional[Airing]:
    """None for an impossible airing, see ``guide``."""
    program = event.get("program")
    program = program if isinstance(program, dict) else {}
    title = clean(program.get("title"))
    start = fields.utc_seconds(event.get("startTime"))
    stop = fields.utc_seconds(event.get("endTime"))
    if not stop:
        minutes = clean(event.get("duration"))
        stop = start + 60 * int(minutes) if re.fullmatch(r"\d{1,4}", minutes) else 0
    if not title or not start or not start < stop <= start + _MAX_LENGTH:
        return None
    tms_id = fields.programme_id(clean(program.get("tmsId")) or clean(program.get("id")))
    series_id = clean(event.get("seriesId")) or clean(program.get("seriesId"))
    return Airing(
        start=start,
        stop=stop,
        title=title,
        tms_id=tms_id,
        series_id=fields.series_id_of(series_id, tms_id),
        subtitle=clean(program.get("episodeTitle")),
        description=clean(program.get("shortDesc")),
        season=fields.plain_number(clean(program.get("season"))),
        episode=fields.plain_number(clean(program.get("episode"))),
        year=fields.year_of(clean(program.get("releaseYear"))),
        rating=fields.rating_name(clean(event.get("rating"))),
        image=fields.asset_id(clean(event.get("thumbnail"))),
        filters=fields.filter_names(fields.text_list(event.get("filter"))),
        flags=fields.flag_names(fields.text_list(event.get("flag"))),
        tags=fields.text_list(event.get("tags")),
        generic=fields.is_true(program.get("isGeneric")),
    )


def _credits(value: Any) -> Tuple[Credit, ...]:
    """In billing order."""
    entries = [entry for entry in as_list(value) if isinstance(entry, dict)]
    entries.sort(key=_billing)
    return tuple(
        Credit(
            role=clean(entry.get("role")).lower(),
            name=clean(entry.get("name")).replace("|", "/"),  # Tvheadend splits names at a bar
            character=clean(entry.get("characterName")),
            image=fields.asset_id(clean(entry.get("assetId"))),
        )
        for entry in entries[:_MAX_CREDITS]
        if clean(entry.get("name"))
    )


def _billing(entry: Dict[str, Any]) -> int:
    """A sort key; credits without a place come last, in their order."""
    text = str(entry.get("priority"))[:9]
    return int(text) if re.fullmatch("[0-9]+", text) else sys.maxsize


def _episode(entry: Dict[str, Any]) -> Episode:
    date = fields.AIR_DATE.match(clean(entry.get("originalAirDate")))
    return Episode(
        tms_id=clean(entry.get("tmsID")).upper(),
        air_date="".join(date.groups()) if date and date.group(1) > "1900" else "",
        synopsis=clean(entry.get("synopsis")),
        rating=fields.rating_name(clean(entry.get("displayRating"))),
        genres=fields.genre_names(entry.get("programGenres")),
        flags=tuple(flag for flag, key in _FLAGS.items() if fields.is_true(entry.get(key))),
        title=clean(entry.get("episodeTitle")),
        season=_number(entry, "seasonNumber", "season"),
        number=_number(entry, "episodeNumber", "episode"),
    )


def _number(entry: Dict[str, Any], *keys: str) -> str:
    """The first number under these keys: which of them the source uses was never seen."""
    return next(filter(None, (fields.plain_number(clean(entry.get(key))) for key in keys)), "")
