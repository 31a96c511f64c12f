"""How the service writes what is on: texts, moments and the grid's channels, field by field."""

import html
import time
from functools import lru_cache
from typing import Any, Dict, Iterable, List, Optional

from .programme_kinds import FILTERS
from .programmes import CONTROL, ESCAPED, Airing, Series
from .stations import Position, channel_row

Json = Dict[str, Any]


@lru_cache(maxsize=4096)
def moment(seconds: int) -> str:
    """Return 2026-09-13T03:29:00Z, as everywhere in the grid."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def encoded(series: Series, text: Optional[str]) -> Optional[str]:
    """Return a title as sent: some series' texts come with HTML entities, most do not."""
    if text is None or series.place % ESCAPED != 2:
        return text
    return html.escape(text).replace("&#x27;", "&#39;")


def prose(series: Series, text: Optional[str]) -> Optional[str]:
    """Return a description as sent: here and there with a character that XML 1.0 forbids."""
    if text and series.place % CONTROL == 1:
        text = text.replace(" ", "\x0b ", 1)
    return encoded(series, text)


def channel(position: Position, row: int, airings: Iterable[Airing]) -> Json:
    """Return one row of the grid. ``row``: its place in the answer, which ends its id."""
    events = [_event(position, airing) for airing in airings]
    head = channel_row(position)
    genres, thumbnail = head.pop("stationGenres"), head.pop("thumbnail")
    filters: List[str] = [name for event in events for name in event["filter"]]
    return {
        **head,
        "events": events,
        "id": f"{position.station.station_id}{row}",
        "stationGenres": genres,
        "stationFilters": list(dict.fromkeys(filters)),
        "thumbnail": thumbnail,
    }


def _event(position: Position, airing: Airing) -> Json:
    programme = airing.programme
    series = programme.series
    return {
        "callSign": position.station.call_sign,
        "duration": str((airing.stop - airing.start) // 60),
        "startTime": moment(airing.start),
        "endTime": moment(airing.stop),
        "thumbnail": programme.thumbnail,
        "channelNo": position.shown,
        "filter": list(FILTERS.get(series.kind, ())),
        "seriesId": series.series_id,
        "rating": programme.rating,
        "flag": list(airing.flags),
        "tags": list(programme.tags),
        "program": {
            "title": encoded(series, programme.title),
            "id": programme.tms_id,
            "tmsId": programme.tms_id,
            "shortDesc": prose(series, programme.description),
            "season": programme.season,
            "releaseYear": programme.release_year,
            "episode": programme.episode,
            "episodeTitle": encoded(series, programme.episode_title),
            "seriesId": series.series_id,
            "isGeneric": "1" if programme.generic else "0",
        },
    }
