"""Builders with healthy defaults: a test names only what it is about.

Models (airing, station, …) and answers of the source (event, channel_row, …_body) in the shape of
the API reference, section 6. All content is made up. ``GONE`` as a value leaves the key out.
"""

import json
from typing import Any, Dict, Mapping, Optional, Sequence

from gracenote2epg.models import (
    Airing,
    Credit,
    Details,
    Episode,
    GuideBlock,
    Lineup,
    Provider,
    Station,
)

MINUTE, HOUR, DAY = 60, 3600, 86400
NOW = 1789257600  # 2026-09-13T00:00Z, a Sunday; 20:00 of the day before in New York
GONE = object()


# Models


def lineup(**changes: str) -> Lineup:
    return Lineup("USA", "USA-lineupId-DEFAULT", "lineupId", "-", "90210")._replace(**changes)


def provider(**changes: Any) -> Provider:
    cable = Lineup("USA", "USA-ZZ00001-DEFAULT", "ZZ00001", "L", "10001")
    plain = Provider(cable, "CABLE", "Example Cable - Sampletown", "Sampletown")
    return plain._replace(**changes)


def station(station_id: str = "90001", **changes: Any) -> Station:
    logo = f"https://zpmc.tmsimg.com/h3/NowShowing/{station_id}/s{station_id}_ll_h15_aa.png"
    plain = Station(station_id, "WZZZDT", "EXAMPLE BROADCASTING COMPANY", ("4.1",), logo)
    return plain._replace(**changes)


def airing(start: int = NOW, stop: Optional[int] = None, **changes: Any) -> Airing:
    """An episode with numbers, half an hour long, and a repeat."""
    plain = Airing(
        start=start, stop=start + 30 * MINUTE if stop is None else stop, title="Harbor Night Show",
        tms_id="EP090001000017", series_id="SH09000100", subtitle="Low Tide; High Tide",
        description="A host & a band visit the harbor.", season="3", episode="17", year="",
        rating="TV-14", image="p900100_b_v13_aa", filters=(), flags=(), tags=("Stereo", "CC"),
        generic=False,
    )  # fmt: skip
    return plain._replace(**changes)


def credit(role: str = "actor", name: str = "Bo Sample", **changes: str) -> Credit:
    return Credit(role, name, "", "990002_v9_aa")._replace(**changes)


def episode(**changes: Any) -> Episode:
    plain = Episode(
        tms_id="EP090001000017", air_date="20260912",
        synopsis="The band misses the boat and plays on the pier.", rating="TV-14",
        genres=("Talk", "Comedy"), flags=("New",),
    )  # fmt: skip
    return plain._replace(**changes)


def details(series_id: str = "SH09000100", **changes: Any) -> Details:
    plain = Details(
        series_id=series_id, title="Harbor Night Show",
        description="A late talk show set in a harbor that does not exist.",
        image="p900100_b_h10_aa", backdrop="p900100_i_h9_aa", year="",
        genres=("Talk", "Comedy", "Entertainment"),
        cast=(credit("host", "Ada Example"), credit(character="The Captain")),
        crew=(credit("director", "Di Madeup"),), episodes=(episode(),),
    )  # fmt: skip
    return plain._replace(**changes)


def block(
    airings: Mapping[str, Sequence[Airing]], stations: Optional[Sequence[Station]] = None
) -> GuideBlock:
    """A guide window with these airings by station id; the stations are the plain ones."""
    if stations is None:
        stations = [station(name, call_sign=f"W{name}", numbers=()) for name in airings]
    rows = tuple((name, tuple(own)) for name, own in airings.items() if own)
    return GuideBlock(tuple(stations), rows)


# Answers of the source


def program(**changes: Any) -> Dict[str, Any]:
    plain = {
        "title": "Harbor Night Show", "id": "EP090001000017", "tmsId": "EP090001000017",
        "shortDesc": "A host & a band visit the harbor.", "season": "3", "releaseYear": None,
        "episode": "17", "episodeTitle": "Low Tide; High Tide", "seriesId": "SH09000100",
        "isGeneric": "0",
    }  # fmt: skip
    return _changed(plain, changes)


def event(**changes: Any) -> Dict[str, Any]:
    """An event of the grid; what is not a key of its own is one of its program's."""
    plain = {
        "callSign": "WZZZDT", "duration": "94", "startTime": "2026-09-13T03:29:00Z",
        "endTime": "2026-09-13T05:03:00Z", "thumbnail": "p900100_b_v13_aa", "channelNo": "4.1",
        "filter": [], "seriesId": "SH09000100", "rating": "TV-14", "flag": ["New"],
        "tags": ["Stereo", "CC"], "program": None,
    }  # fmt: skip
    inner = {key: value for key, value in changes.items() if key not in plain}
    outer = {key: value for key, value in changes.items() if key in plain}
    return _changed({**plain, "program": program(**inner)}, outer)


def channel_row(*events: Any, **changes: Any) -> Dict[str, Any]:
    plain = {
        "callSign": "WZZZDT", "affiliateName": "EXAMPLE BROADCASTING COMPANY",
        "affiliateCallSign": "null", "channelId": "90001", "channelNo": "4.1",
        "events": list(events), "id": "900010", "stationGenres": [False],
        "stationFilters": ["filter-news"],
        "thumbnail": "//zpmc.tmsimg.com/h3/NowShowing/90001/s90001_ll_h15_aa.png?w=55",
    }  # fmt: skip
    return _changed(plain, changes)


def grid_body(*rows: Any) -> bytes:
    """A guide answer with these channel rows; with none, one row with one event."""
    return _bytes({"channels": list(rows) or [channel_row(event())]})


def person(**changes: Any) -> Dict[str, Any]:
    plain = {
        "priority": "1", "type": "Cast", "role": "Actor", "characterName": "The Captain",
        "assetId": "990002_v9_aa", "name": "Bo Sample",
    }  # fmt: skip
    return _changed(plain, changes)


def coming(**changes: Any) -> Dict[str, Any]:
    """An entry of the details' upcomingEpisodeTab."""
    plain = {
        "tmsID": "EP090001000017", "episodeTitle": "Low Tide; High Tide",
        "originalAirDate": "2026-09-12T00:00Z",
        "synopsis": "The band misses the boat and plays on the pier.", "displayRating": "TV-14",
        "programGenres": "Talk|Comedy", "isNew": True, "isLive": False, "isPremier": False,
        "isFinale": False,
    }  # fmt: skip
    return _changed(plain, changes)


def details_body(**changes: Any) -> bytes:
    overview = {
        "cast": [person(role="Host", characterName="", name="Ada Example"), person(priority="2")],
        "crew": [person(type="Crew", role="Director", characterName="", name="Di Madeup")],
        "upcomingEpisode": {"tmsID": "EP090001000017", "originalAirDate": "2026-09-12T00:00Z"},
    }
    unknown = coming(tmsID="ep090001000003", episodeTitle="", synopsis="", displayRating="")
    unknown.update(originalAirDate="1000-01-01T00:00Z", programGenres="", isNew=False)
    plain = {
        "seriesTitle": "Harbor Night Show",
        "seriesDescription": "A late talk show set in a harbor that does not exist.",
        "seriesImage": "p900100_b_h10_aa", "backgroundImage": "p900100_i_h9_aa",
        "releaseYear": "0", "seriesGenres": "Talk|Comedy|Entertainment", "totalTMSIDs": "58",
        "overviewTab": overview, "upcomingEpisodeTab": [coming(), unknown],
    }  # fmt: skip
    return _bytes(_changed(plain, changes))


def movie_body(**changes: Any) -> bytes:
    marthe = person(characterName="Marthe", assetId="990010_v9_aa", name="Elle Exemple")
    crew = person(type="Crew", role="Director", characterName="", assetId="", name="Guy Fictif")
    movie: Dict[str, Any] = {
        "seriesTitle": "L’Été inventé",
        "seriesDescription": "Une famille fictive passe l'été à la ferme et y trouve un lac.",
        "seriesImage": "p900300_p_v13_ab", "backgroundImage": None, "releaseYear": "2019",
        "seriesGenres": "Drama|Comedy", "totalTMSIDs": "1",
        "overviewTab": {"cast": [marthe], "crew": [crew]}, "upcomingEpisodeTab": [],
    }  # fmt: skip
    return details_body(**{**movie, **changes})


def provider_row(**changes: Any) -> Dict[str, Any]:
    plain = {
        "type": "CABLE", "device": "X", "lineupId": "USA-ZZ00001-DEFAULT",
        "name": "Example Cable - Sampletown", "location": "Sampletown", "timezone": "",
        "postalCode": "10001", "headendId": "ZZ00001",
    }  # fmt: skip
    return _changed(plain, changes)


def providers_body(*rows: Any, **changes: Any) -> bytes:
    """The lineups of a postal code; with no rows an antenna's and a cable company's."""
    antenna = provider_row(
        type="OTA", device="", lineupId="USA-lineupId-DEFAULT", location="",
        name="Local Over the Air Broadcast", headendId="lineupId",
    )  # fmt: skip
    plain = {
        "DSTUTCOffset": "-240", "StdUTCOffset": "-300", "DSTStart": "2026-03-08T02:00Z",
        "DSTEnd": "2026-11-01T02:00Z", "primetime": "20:00",
        "Providers": list(rows) or [antenna, provider_row()],
    }  # fmt: skip
    return _bytes(_changed(plain, changes))


def _changed(plain: Dict[str, Any], changes: Mapping[str, Any]) -> Dict[str, Any]:
    return {key: value for key, value in {**plain, **changes}.items() if value is not GONE}


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()
