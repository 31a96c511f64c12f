"""The guide as JSON, read from the stored answers: what is on, programmes, the lineup."""

import dataclasses
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from ..channels.stations import GuideStation, network_of, station_label
from ..clock import HOUR, Clock
from ..config.settings import Config
from ..grab import listing
from ..guide import span as guide_span
from ..guide.builder import station_airings
from ..guide.changes import open_store
from ..guide.published import file_stamp, output_path
from ..guide.span import TimeSpan
from ..models import Airing, Details, Lineup, Station
from ..net.http_handler import BadQuery, Query
from ..store.answers import Store
from ..xmltv import options

MAX_HOURS = 24  # of one answer
MAX_GRIDS = 8  # kept for the next queries
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
        # Its categories are not shown, and their file may be the user's mistake.
        self._style = options.from_config(dataclasses.replace(config, category_map=""))
        self._path = output_path(config)
        self._stations: Tuple[List[int], List[GuideStation]] = ([], [])  # and the guide's stamp
        self._ids: Dict[str, str] = {}  # of the guide's channels, by station id
        self._grids: Dict[Tuple[int, ...], Json] = {}  # by the guide's stamp and the span

    def grid(self, query: Query) -> Json:
        """The programmes of ``hours`` (6) hours from ``from`` (now) on, station by station."""
        begin = _number(query, "from", int(self._clock.now()))
        end = begin + HOUR * min(_number(query, "hours", 6), MAX_HOURS)
        stamp = file_stamp(self._path)
        key = (*stamp, begin, end)
        grid = self._grids.get(key)
        if grid is None:
            stations = [
                {**self._station(row.station), "programmes": list(map(_programme, airings))}
                for row, airings in self._on(TimeSpan(begin, end))
            ]
            grid = {"from": begin, "to": end, "stations": stations}
            if len(self._grids) >= MAX_GRIDS:
                self._grids.clear()
            if stamp:
                self._grids[key] = grid
        return grid

    def programme(self, query: Query) -> Json:
        """All that is known of the programme of ``station`` that begins at ``start``; {} = none."""
        start, station_id = _number(query, "start", 0), query.get("station", "")
        with open_store(self._config, self._clock) as store:
            stations = self._chosen(store)
            for row in stations:
                if row.station.station_id == station_id:
                    span = TimeSpan(start, start + 60)
                    for airing in station_airings(store, row, _lineups(stations), span):
                        if airing.start == start:
                            return self._whole(airing, store.details(airing.series_id))
        return {}

    def search(self, query: Query) -> Json:
        """The coming programmes with all words of ``q`` in their title or sub-title."""
        words = query.get("q", "").casefold().split()
        found: List[Json] = []
        now = int(self._clock.now())
        end = guide_span.span(now, self._config.days, self._config.offset).end
        for row, airings in self._on(TimeSpan(now, end)) if words else ():
            for airing in airings:
                text = f"{airing.title} {airing.subtitle}".casefold()
                if all(word in text for word in words):
                    found.append({**_programme(airing), "station": self._station(row.station)})
        found.sort(key=lambda programme: int(programme["start"]))
        return {"programmes": found[:MAX_FOUND], "count": len(found)}

    def lineup(self, query: Query) -> Json:
        """The stations of the guide: their ids in the guide, names, numbers and logos."""
        with open_store(self._config, self._clock) as store:
            return {"stations": [self._station(row.station) for row in self._chosen(store)]}

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

    def _on(self, span: TimeSpan) -> Iterator[Tuple[GuideStation, List[Airing]]]:
        """The stations by number, each with its airings in the span."""
        with open_store(self._config, self._clock) as store:
            stations = self._chosen(store)
            lineups = _lineups(stations)
            for row in stations:
                yield row, station_airings(store, row, lineups, span)

    def _chosen(self, store: Store) -> List[GuideStation]:
        """The stations of the guide; looked up once for each guide, as that takes a while."""
        stamp = file_stamp(self._path)
        if stamp != self._stations[0] or not stamp:
            self._ids = listing.stored_guide(self._config, store).channel_ids(self._style)
            self._stations = (stamp, listing.chosen_stations(self._config, store))
        return self._stations[1]

    def _station(self, station: Station) -> Json:
        return {
            "id": station.station_id,
            "channel_id": self._ids.get(station.station_id, ""),
            "label": station_label(station),
            "call_sign": station.call_sign,
            "name": station.name,
            "network": network_of(station),
            "number": station.number,
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


def _lineups(stations: Sequence[GuideStation]) -> List[Lineup]:
    return list(dict.fromkeys(row.lineup for row in stations))


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
