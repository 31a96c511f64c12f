"""The made-up world has the shape of the service's answers: API reference, sections 3, 5 and 6.

Grids are read here without the product's parser.
"""

import html
import json
import os
import re
import time
from calendar import timegm
from datetime import datetime, timezone
from pathlib import Path

import pytest

from fake_gracenote import World
from support.builders import DAY, HOUR, NOW

ANTENNA = {
    "lineupId": "USA-lineupId-DEFAULT",
    "headendId": "lineupId",
    "country": "USA",
    "device": "-",
    "postalCode": "90210",
}
TYPES = {
    "texts": (str,),
    "maybe": (str, type(None)),
    "lists": (list,),
    "dicts": (dict,),
    "bools": (bool, str),
    "tabs": (list, type(None)),
}


def shape(**types):
    return {name: TYPES[kind] for kind, names in types.items() for name in names.split()}


CHANNEL = shape(
    texts="callSign affiliateCallSign channelId id",
    maybe="affiliateName channelNo thumbnail",
    lists="events stationGenres stationFilters",
)
EVENT = shape(
    texts="callSign duration startTime endTime seriesId",
    maybe="thumbnail channelNo rating",
    lists="filter flag tags",
    dicts="program",
)
PROGRAM = shape(
    texts="title id tmsId seriesId isGeneric",
    maybe="shortDesc season releaseYear episode episodeTitle",
)
DETAILS = shape(
    texts="seriesTitle seriesImage releaseYear totalTMSIDs",
    maybe="seriesDescription backgroundImage seriesGenres",
    dicts="overviewTab",
    tabs="upcomingEpisodeTab",
)
PERSON = shape(texts="priority type role characterName assetId name")
COMING = shape(
    texts="tmsID episodeTitle originalAirDate synopsis displayRating programGenres",
    bools="isNew isLive isPremier isFinale",
)


def fits(value, fields):
    """Whether a JSON object has exactly these keys, each with one of its types."""
    return set(value) == set(fields) and all(isinstance(value[k], t) for k, t in fields.items())


def epoch(text):
    return timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def readable(text):
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", html.unescape(text))


def window(world, begin=NOW, hours=6, **changes):
    return world.grid({**ANTENNA, "time": str(begin), "timespan": str(hours), **changes})


def events_of(grid):
    return [event for channel in grid["channels"] for event in channel["events"]]


def truth_in(*grids):
    """Return the programmes of grids in the form of ``World.truth``."""
    rows = {}
    for channel in [channel for grid in grids for channel in grid["channels"]]:
        for event in channel["events"]:
            key = (channel["channelId"], epoch(event["startTime"]))
            title = readable(event["program"]["title"])
            rows[key] = (*key, epoch(event["endTime"]), title, event["seriesId"])
    names = ("channelId", "start", "stop", "title", "seriesId")
    return [dict(zip(names, row)) for row in sorted(rows.values())]


@pytest.fixture(name="world", scope="module")
def _world():
    return World(now=NOW)


@pytest.fixture(name="week", scope="module")
def _week(world):
    return [e for n in range(28) for e in events_of(window(world, NOW + n * 6 * HOUR))]


@pytest.fixture(name="series", scope="module")
def _series(world, week):
    """The details of all but the largest series of the week, by id."""
    ids = {event["seriesId"] for event in week} - {world.giant}
    return {series_id: world.details(series_id) for series_id in sorted(ids)}


# The shape


def test_every_field_has_the_services_name_and_type(world, series):
    for channel in window(world)["channels"]:
        assert fits(channel, CHANNEL), channel
        assert channel["stationGenres"] == [False]
        assert channel["affiliateCallSign"] == "null"
    for event in events_of(window(world)):
        assert fits(event, EVENT), event
        program = event["program"]
        assert fits(program, PROGRAM), event
        assert (program["id"], program["seriesId"]) == (program["tmsId"], event["seriesId"])
    for series_id, details in series.items():
        assert fits(details, DETAILS), details
        assert all(fits(entry, COMING) for entry in details["upcomingEpisodeTab"] or ())
        overview = details["overviewTab"]
        assert all(fits(person, PERSON) for person in overview["cast"] + overview["crew"])
        assert details["releaseYear"] == "0" or series_id.startswith("MV")


def test_the_keys_are_those_of_the_captured_answers(world):
    folder = os.environ.get("GRACENOTE_TEST_CAPTURES")
    if not folder:
        pytest.skip("GRACENOTE_TEST_CAPTURES names no folder")
    captured = json.loads((Path(folder) / "grid_ota_2026-09-12.json").read_text("utf-8"))
    assert set(captured) == set(window(world))
    assert {frozenset(c) for c in captured["channels"]} == {frozenset(CHANNEL)}
    assert {frozenset(e) for e in events_of(captured)} == {frozenset(EVENT)}
    assert {frozenset(e["program"]) for e in events_of(captured)} == {frozenset(PROGRAM)}
    start = (Path(folder) / "overviewDetails_partial.json.txt").read_text("utf-8")
    keys = re.findall(r'"(\w+)":', start)
    assert {*keys[:8], "upcomingEpisodeTab"} == set(DETAILS)
    assert set(keys[9:15]) == set(PERSON)


def test_the_values_are_those_of_the_service(week):
    assert {f for e in week for f in e["flag"]} == {"New", "Live", "Premiere", "Finale"}
    filters = {"filter-news", "filter-sports", "filter-movie", "filter-family", "filter-talk"}
    assert {f for e in week for f in e["filter"]} == filters
    assert {t for e in week for t in e["tags"]} == {"CC", "Stereo", "DVS"}
    assert all(re.fullmatch(r"(EP|SH|MV)\d{12}", e["program"]["tmsId"]) for e in week)
    assert all(re.fullmatch(r"(SH|MV)\d{8}", e["seriesId"]) for e in week)
    assert max(len(e["program"]["shortDesc"] or "") for e in week) <= 260


# The schedule


def test_a_world_depends_on_its_seed_only(world):
    assert window(World(5, 20, seed=1, now=NOW)) != window(World(5, 20, seed=2, now=NOW))
    assert window(World(now=NOW), NOW + 5 * DAY) == window(world, NOW + 5 * DAY)


def test_any_day_of_any_year_has_a_schedule_without_gap_or_overlap():
    for year in (1999, 2024, 2026, 2038, 2077):
        begin = int(datetime(year, 2, 27, 22, 17, tzinfo=timezone.utc).timestamp())
        world = World(12, 40, now=begin)
        odd = {c["channelId"] for c in world.channels() if c["callSign"].endswith(("GONE", "PART"))}
        for station in {c["channelId"] for c in world.channels()} - odd:
            airings = world.airings(station, begin, begin + 3 * DAY)
            assert airings[0].start <= begin
            assert airings[-1].stop >= begin + 3 * DAY
            assert all(a.stop == b.start for a, b in zip(airings, airings[1:]))
            assert all(a.start < a.stop and a.start % 60 == 0 == a.stop % 60 for a in airings)


def test_the_truth_is_the_sum_of_the_windows(world):
    quarters = [window(world, NOW + n * 6 * HOUR) for n in range(4)]
    assert world.truth(NOW, NOW + DAY) == truth_in(*quarters)
    for lineup in world.lineups()[1:]:
        names = {name: lineup[name] for name in ("lineupId", "headendId")}
        assert world.truth(NOW, NOW + 3 * HOUR, lineup) == truth_in(window(world, NOW, 3, **names))


def test_windows_beyond_the_listings_have_stations_without_events(world):
    for begin, shown in (
        (NOW - 54 * HOUR, False),
        (NOW - 48 * HOUR, True),
        (NOW + 14 * DAY - HOUR, True),
        (NOW + 14 * DAY, False),
    ):
        grid = window(world, begin)
        assert (len(grid["channels"]), bool(events_of(grid))) == (41, shown)


# The pitfalls of the reference's section 5, by its numbers


def test_stations_and_numbers_are_awkward(world):
    """2, 3, 4, 6, 7."""
    channels = world.channels()
    numbers = [c["channelNo"] for c in channels]
    stations = [c["channelId"] for c in channels]
    assert len(stations) == 41 == len(set(stations)) + 1  # one of them is on two numbers
    assert max(map(numbers.count, numbers)) == 2  # two of them are on one number
    assert "" in numbers
    assert any(re.fullmatch(r"\d+-\d+", n) for n in numbers)
    assert any(n.startswith("0") for n in numbers)
    assert None in [c["channelNo"] for c in world.channels(world.lineups()[1])]
    assert {len(s) for s in stations if s.isdecimal()} == {5, 6}
    grid = window(world)["channels"]
    second = next(c for c in grid if c["channelNo"] == "70.1")
    first = next(c for c in grid if c["channelId"] == second["channelId"])
    assert second["events"] == first["events"]
    assert second["id"] != first["id"]


def test_one_station_is_always_empty_and_one_sometimes(world):
    """4."""
    shown = {}
    for number in range(8):
        for channel in window(world, NOW + number * 6 * HOUR)["channels"]:
            shown.setdefault(channel["callSign"], []).append(bool(channel["events"]))
    assert [sign for sign, some in shown.items() if not any(some)] == ["ZAIGONE"]
    assert [sign for sign, some in shown.items() if any(some) and not all(some)] == ["ZAJPART"]
    gone = next(c for c in world.channels() if c["callSign"] == "ZAIGONE")
    assert gone["affiliateName"] == "Channel No Longer Available"


KINDS = {
    "season and title (11)": lambda p: p["season"] and p["episodeTitle"],
    "title only (11)": lambda p: p["episodeTitle"] and not p["episode"],
    "numbers only (11)": lambda p: p["episode"] and not p["episodeTitle"],
    "two segments (11)": lambda p: "; " in (p["episodeTitle"] or ""),
    "new news": lambda p: p["filter"] == ["filter-news"] and "New" in p["flag"],
    "counted news": lambda p: p["filter"] == ["filter-news"] and int(p["episode"] or 0) > 100,
    "game": lambda p: p["flag"] == ["Live", "New"] and " at " in (p["episodeTitle"] or ""),
    "movie": lambda p: p["tmsId"].startswith("MV") and p["releaseYear"],
    "special": lambda p: p["tmsId"][:2] == "SH" and not p["filter"] and p["isGeneric"] == "0",
    "to be announced": lambda p: p["title"] == "To Be Announced",
    "TBA": lambda p: p["title"] == "TBA" and p["isGeneric"] == "1",
    "paid programming": lambda p: p["tmsId"] == "SH000000010000",
    "sign off": lambda p: p["seriesId"] == "SH00019112",
    "no episode": lambda p: p["isGeneric"] == "1" and p["seriesId"] > "SH09",
    "no description (6)": lambda p: p["shortDesc"] is None,
}
TEXTS = ("&", "<", '"', "&amp;", "&#39;", "\x0b", "é", "ñ", "¿", "À", "“", "–", "🎉", " -- ")


def test_every_kind_of_programme_and_of_text_occurs_in_a_week(week):
    rows = [{**event, **event["program"]} for event in week]
    assert [name for name, is_one in KINDS.items() if not any(map(is_one, rows))] == []
    sent = "".join(f"{row['title']}\n{row['shortDesc']}" for row in rows)
    assert [text for text in TEXTS if text not in sent] == []
    movies = [row for row in rows if row["seriesId"].startswith("MV")]
    assert {(m["season"], m["episode"], m["episodeTitle"]) for m in movies} == {(None, None, None)}


def test_details_list_every_coming_episode(series, week):
    coming = {
        name: {entry["tmsID"].upper() for entry in details["upcomingEpisodeTab"] or ()}
        for name, details in series.items()
    }
    ours = [e for e in week if e["seriesId"].startswith("SH09") and e["seriesId"] in coming]
    ours = [e for e in ours if epoch(e["startTime"]) >= NOW]
    assert len(ours) > 100
    assert [e for e in ours if e["program"]["tmsId"] not in coming[e["seriesId"]]] == []


def test_details_have_the_services_oddities():
    large = World(40, 600, now=NOW)
    ids = {row["seriesId"] for row in large.truth(NOW, NOW + 12 * HOUR)} - {large.giant}
    every = [large.details(series_id) for series_id in sorted(ids)]
    tabs = [entry for details in every for entry in details["upcomingEpisodeTab"] or ()]
    assert {type(e["isNew"]) for e in tabs} == {bool, str}
    dates = {e["originalAirDate"] for e in tabs}
    assert dates > {"", "1000-01-01T00:00Z"}
    assert all(re.fullmatch(r"|\d{4}-\d\d-\d\dT00:00Z", date) for date in dates)
    assert any(e["tmsID"].startswith("ep") for e in tabs)
    assert {None, ""} < {details["seriesGenres"] for details in every}
    assert any("noImage" in details["seriesImage"] for details in every)
    casts = [details["overviewTab"]["cast"] for details in every]
    crews = [details["overviewTab"]["crew"] for details in every]
    roles = {person["role"] for people in casts for person in people}
    assert {"Actor", "Host", "Guest Star", "Voice", "Judge", "Contestant"} <= roles
    jobs = {person["role"] for people in crews for person in people}
    assert {"Director", "Executive Producer", "Writer"} <= jobs
    assert (min(map(len, casts)), max(map(len, casts))) == (0, 15)
