"""The guide as JSON, read from the stored answers: what is on, programmes, the lineup."""

import contextlib
from typing import Any, Dict, Iterator, List, Optional, Tuple

from ..clock import DAY, HOUR, Clock
from ..config.settings import Config
from ..grab import listing
from ..guide import span as guide_span
from ..guide.builder import Guide
from ..guide.changes import open_store
from ..models import Airing, Details, Station
from ..net.http_handler import BadQuery, Query
from ..store.answers import Store
from ..xmltv import options

MAX_HOURS = 24  # of one answer
MAX_FOUND = 200  # programmes of one search
MAX_PEOPLE = 12  # of a programme
_KINDS = ("sports", "news", "movie", "family")
_MARKS = {"New": "new", "Live": "live", "Premiere": "premiere", "Finale": "finale"}

Json = Dict[str, Any]


class Listings:
    """Answers queries about the guide; any thread may ask. Times are seconds since the epoch.

    Its methods raise BadQuery, and GrabError when there is no guide yet.
    """

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config, self._clock = config, clock
        self._style = options.from_config(config)

    def grid(self, query: Query) -> Json:
        """The programmes of ``hours`` (6) hours from ``from`` (now) on, station by station."""
        begin = _number(query, "from", int(self._clock.now()))
        end = begin + HOUR * min(_number(query, "hours", 6), MAX_HOURS)
        with self._guide(guide_span.TimeSpan(begin, end)) as (guide, _):
            stations = [
                {
                    **self._station(row.station),
                    "programmes": [
                        _programme(airing) for airing in guide.airings(row.station.station_id)
                    ],
                }
                for row in guide.stations
            ]
        return {"from": begin, "to": end, "stations": stations}

    def programme(self, query: Query) -> Json:
        """All that is known of the programme of ``station`` that begins at ``start``; {} = none."""
        start = _number(query, "start", 0)
        with self._guide(guide_span.TimeSpan(start, start + 60)) as (guide, store):
            ids = {row.station.station_id for row in guide.stations}
            station_id = query.get("station", "")
            airings = guide.airings(station_id) if station_id in ids else []
            for airing in airings:
                if airing.start == start:
                    details = store.details(airing.series_id) if airing.series_id else None
                    return self._whole(airing, details)
        return {}

    def search(self, query: Query) -> Json:
        """The coming programmes with all words of ``q`` in their title or sub-title."""
        words = query.get("q", "").casefold().split()
        found: List[Json] = []
        span = guide_span.span(self._clock.now(), self._config.days, self._config.offset)
        with self._guide(span) as (guide, _):
            for row in guide.stations if words else []:
                station = self._station(row.station)
                for airing in guide.airings(row.station.station_id):
                    text = f"{airing.title} {airing.subtitle}".casefold()
                    if airing.stop > self._clock.now() and all(word in text for word in words):
                        found.append({**_programme(airing), "station": station})
        found.sort(key=lambda programme: int(programme["start"]))
        return {"programmes": found[:MAX_FOUND], "count": len(found)}

    def lineup(self, query: Query) -> Json:
        """The stations of the guide: their ids in the guide, names, numbers and logos."""
        now = int(self._clock.now())
        with self._guide(guide_span.TimeSpan(now, now + DAY)) as (guide, _):
            return {"stations": [self._station(row.station) for row in guide.stations]}

    def playlist(self) -> str:
        """The lineup as an m3u without streams, for programs that match channels by it."""
        lines = ["#EXTM3U"]
        for station in self.lineup({})["stations"]:
            attributes = {
                "channel-id": station["channel_id"],
                "tvg-id": station["channel_id"],
                "tvg-name": station["call_sign"],
                "tvg-chno": station["number"],
                "tvg-logo": station["logo"],
                "tvc-guide-stationid": station["id"],
            }
            text = " ".join(f'{name}="{value}"' for name, value in attributes.items() if value)
            lines += [f"#EXTINF:-1 {text},{station['number']} {station['call_sign']}".rstrip(), ""]
        return "\n".join(lines) + "\n"

    @contextlib.contextmanager
    def _guide(self, span: guide_span.TimeSpan) -> Iterator[Tuple[Guide, Store]]:
        with open_store(self._config, self._clock) as store:
            yield listing.stored_guide(self._config, store, span), store

    def _station(self, station: Station) -> Json:
        return {
            "id": station.station_id,
            "channel_id": self._style.channel_id(station),
            "call_sign": station.call_sign,
            "name": station.name,
            "number": station.numbers[0] if station.numbers else "",
            "numbers": station.numbers,
            "logo": station.logo,
        }

    def _whole(self, airing: Airing, details: Optional[Details]) -> Json:
        series = details or Details(airing.series_id, airing.title, "", "", "", "", (), (), (), ())
        people = [
            {"role": person.role, "name": person.name, "character": person.character}
            for person in (*series.cast, *series.crew)
        ]
        art = airing.image or series.image
        return {
            **_programme(airing),
            "description": airing.description or series.description,
            "season": airing.season,
            "episode": airing.episode,
            "year": airing.year or series.year,
            "rating": airing.rating,
            "genres": series.genres,
            "people": people[:MAX_PEOPLE],
            "picture": f"https://{self._config.image_host}/assets/{art}.jpg" if art else "",
        }


def _programme(airing: Airing) -> Json:
    return {
        "start": airing.start,
        "stop": airing.stop,
        "title": airing.title,
        "subtitle": airing.subtitle,
        "marks": [_MARKS[flag] for flag in airing.flags if flag in _MARKS],
        "kind": next((kind for kind in _KINDS if kind in airing.filters), ""),
    }


def _number(query: Query, name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or len(text) > 12:
        raise BadQuery(f"{name} must be a whole number.")
    return int(text)
