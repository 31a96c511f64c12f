"""The stand-in is the ground that all other end-to-end tests stand on, so it is tested first.

Grids are read here by a reader of this file's own, never by the product's parser.
"""

import ast
import gzip
import html
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from calendar import timegm
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from gracenote2epg.demo import DemoServer, Faults, World, answers, rules
from gracenote2epg.demo.rules import Seen
from support import LIB

NOW = 1789257600  # 2026-09-13T00:00Z, a Sunday
HOUR, DAY = 3600, 86400
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0"
ANTENNA = {
    "aid": "orbebb",
    "lineupId": "USA-lineupId-DEFAULT",
    "headendId": "lineupId",
    "country": "USA",
    "device": "-",
    "postalCode": "90210",
    "isOverride": "true",
    "time": str(NOW),
    "timespan": "6",
}
PROVIDERS = "/gapzap_webapi/api/Providers/getPostalCodeProviders"

TEXT, MAYBE, LIST, DICT = (str,), (str, type(None)), (list,), (dict,)
CHANNEL = {
    "callSign": TEXT,
    "affiliateName": MAYBE,
    "affiliateCallSign": TEXT,
    "channelId": TEXT,
    "channelNo": MAYBE,
    "events": LIST,
    "id": TEXT,
    "stationGenres": LIST,
    "stationFilters": LIST,
    "thumbnail": MAYBE,
}
EVENT = {
    "callSign": TEXT,
    "duration": TEXT,
    "startTime": TEXT,
    "endTime": TEXT,
    "thumbnail": MAYBE,
    "channelNo": MAYBE,
    "filter": LIST,
    "seriesId": TEXT,
    "rating": MAYBE,
    "flag": LIST,
    "tags": LIST,
    "program": DICT,
}
PROGRAM = {
    "title": TEXT,
    "id": TEXT,
    "tmsId": TEXT,
    "shortDesc": MAYBE,
    "season": MAYBE,
    "releaseYear": MAYBE,
    "episode": MAYBE,
    "episodeTitle": MAYBE,
    "seriesId": TEXT,
    "isGeneric": TEXT,
}
DETAILS = {
    "seriesTitle": TEXT,
    "seriesDescription": MAYBE,
    "seriesImage": TEXT,
    "backgroundImage": MAYBE,
    "releaseYear": TEXT,
    "seriesGenres": MAYBE,
    "totalTMSIDs": TEXT,
    "overviewTab": DICT,
    "upcomingEpisodeTab": (list, type(None)),
}
PERSON = dict.fromkeys(("priority", "type", "role", "characterName", "assetId", "name"), TEXT)
ENTRY = {
    **dict.fromkeys(("tmsID", "episodeTitle", "originalAirDate", "synopsis"), TEXT),
    **dict.fromkeys(("displayRating", "programGenres"), TEXT),
    **dict.fromkeys(("isNew", "isLive", "isPremier", "isFinale"), (bool, str)),
}


def fits(value, shape):
    """Return whether a JSON object has exactly these keys, each with one of its types."""
    return set(value) == set(shape) and all(isinstance(value[k], t) for k, t in shape.items())


def epoch(text):
    return timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def readable(text):
    return text and re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", html.unescape(text))


def rows_of(grid):
    """Read a grid as a client would: one truth row per airing, by (station, start)."""
    rows = {}
    for channel in grid["channels"]:
        for event in channel["events"]:
            program = event["program"]
            start = epoch(event["startTime"])
            rows[channel["channelId"], start] = {
                "channelId": channel["channelId"],
                "start": start,
                "stop": epoch(event["endTime"]),
                "title": readable(program["title"]),
                "episodeTitle": readable(program["episodeTitle"]),
                "season": program["season"],
                "episode": program["episode"],
                "seriesId": program["seriesId"],
                "tmsId": program["tmsId"],
                "description": readable(program["shortDesc"]),
                "new": "New" in event["flag"],
            }
    return rows


def window(world, begin=NOW, hours=6, **changes):
    return world.grid({**ANTENNA, "time": str(begin), "timespan": str(hours), **changes})


def events_of(grid):
    return [event for channel in grid["channels"] for event in channel["events"]]


@pytest.fixture(scope="module")
def world():
    return World(now=NOW)


@pytest.fixture(scope="module")
def week(world):
    """All events of the antenna in a week."""
    return [e for n in range(28) for e in events_of(window(world, NOW + n * 6 * HOUR))]


@pytest.fixture(scope="module")
def series_id(world):
    """An ordinary series."""
    ids = {row["seriesId"] for row in world.truth(NOW, NOW + HOUR)} - {world.giant}
    return min(series_id for series_id in ids if series_id.startswith("SH09"))


@pytest.fixture
def server(world):
    world.tba_after = None
    with DemoServer(world) as running:
        yield running


class Client:
    """A browser with one connection; an answer is (status, headers, body)."""

    def __init__(self, server, timeout=5.0, context=None):
        if context:
            self.http = http.client.HTTPSConnection(
                "127.0.0.1", server.port, timeout=timeout, context=context
            )
        else:
            self.http = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)

    def send(self, method, target, body=None, agent=BROWSER, squeezed=False):
        headers = {"User-Agent": agent, "Accept-Encoding": "gzip" if squeezed else "identity"}
        self.http.request(method, target, body=body, headers=headers)

    def answer(self):
        response = self.http.getresponse()
        return response.status, response.headers, response.read()

    def ask(self, method, target, **more):
        self.send(method, target, **more)
        return self.answer()

    def grid(self, agent=BROWSER, squeezed=False, **changes):
        target = "/api/grid?" + urlencode({**ANTENNA, **changes})
        return self.ask("GET", target, agent=agent, squeezed=squeezed)

    def details(self, series_id):
        form = urlencode({"programSeriesID": series_id})
        return self.ask("POST", "/api/program/overviewDetails", body=form)

    def close(self):
        self.http.close()


@contextmanager
def client_of(server, **more):
    with closing(Client(server, **more)) as client:
        yield client


@pytest.fixture
def client(server):
    with client_of(server) as one:
        yield one


def in_background(task):
    """Run a task in a thread whose end and result can be waited for."""
    results = []
    thread = threading.Thread(target=lambda: results.append(task()))
    thread.start()

    def result():
        thread.join(5)
        return results[0]

    return result


# The world ---------------------------------------------------------------------------------------


def test_every_field_of_a_grid_has_the_services_name_and_type(world):
    for channel in window(world)["channels"]:
        assert fits(channel, CHANNEL), channel
        assert channel["stationGenres"] == [False]
        assert channel["affiliateCallSign"] == "null"
        for event in channel["events"]:
            assert fits(event, EVENT), event
            assert fits(event["program"], PROGRAM), event
            assert event["program"]["id"] == event["program"]["tmsId"]
            assert event["program"]["seriesId"] == event["seriesId"]


def test_every_field_of_the_details_has_the_services_name_and_type(world, week):
    for series_id in sorted({event["seriesId"] for event in week}):
        details = world.details(series_id)
        assert fits(details, DETAILS), details
        assert all(fits(entry, ENTRY) for entry in details["upcomingEpisodeTab"] or ())
        overview = details["overviewTab"]
        assert all(fits(person, PERSON) for person in overview["cast"] + overview["crew"])
        assert details["releaseYear"] == "0" or series_id.startswith("MV")


def test_the_keys_are_those_of_the_captured_answers(world):
    folder = os.environ.get("GRACENOTE_TEST_CAPTURES")
    if not folder:
        pytest.skip("GRACENOTE_TEST_CAPTURES names no folder")
    captured = json.loads((Path(folder) / "grid_ota_2026-09-12.json").read_text("utf-8"))
    ours = window(world)
    assert set(captured) == set(ours)
    assert {frozenset(c) for c in captured["channels"]} == {frozenset(CHANNEL)}
    assert {frozenset(e) for e in events_of(captured)} == {frozenset(EVENT)}
    assert {frozenset(e["program"]) for e in events_of(captured)} == {frozenset(PROGRAM)}
    start = (Path(folder) / "overviewDetails_partial.json.txt").read_text("utf-8")
    assert re.findall(r'"(\w+)":', start)[:8] == list(DETAILS)[:8]
    assert re.findall(r'"(\w+)":', start)[9:15] == list(PERSON)


def test_the_values_are_those_of_the_service(week):
    assert {f for e in week for f in e["flag"]} == {"New", "Live", "Premiere", "Finale"}
    filters = {"filter-news", "filter-sports", "filter-movie", "filter-family", "filter-talk"}
    assert {f for e in week for f in e["filter"]} == filters
    assert {t for e in week for t in e["tags"]} == {"CC", "Stereo", "DVS"}
    assert all(re.fullmatch(r"(EP|SH|MV)\d{12}", e["program"]["tmsId"]) for e in week)
    assert all(re.fullmatch(r"(SH|MV)\d{8}", e["seriesId"]) for e in week)
    assert max(len(e["program"]["shortDesc"] or "") for e in week) <= 260


def test_ids_are_station_and_row_and_filters_are_the_union_in_order(world):
    channels = window(world)["channels"]
    assert [c["id"] for c in channels] == [f"{c['channelId']}{i}" for i, c in enumerate(channels)]
    assert len({c["id"] for c in channels}) == len(channels)
    for channel in channels:
        every = [name for event in channel["events"] for name in event["filter"]]
        assert channel["stationFilters"] == list(dict.fromkeys(every))


def digest_of_a_world(hash_seed):
    code = (
        "import zlib, json; from gracenote2epg.demo import World\n"
        f"w = World(12, 40, now={NOW}); g = w.grid({ANTENNA!r})\n"
        "d = [w.details(i) for i in sorted({e['seriesId'] for c in g['channels']"
        " for e in c['events']})]\n"
        "print(zlib.crc32(json.dumps([g, d, w.lineups(), w.channels('USA-ZZ00001-DEFAULT')])"
        ".encode()))"
    )
    lib = LIB
    env = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": lib}
    return subprocess.run([sys.executable, "-c", code], env=env, check=True, stdout=-1).stdout


def test_the_same_seed_gives_the_same_bytes_under_any_hash_seed():
    assert digest_of_a_world(1) == digest_of_a_world(2) != b""


def test_another_seed_is_another_world():
    assert window(World(5, 20, seed=1, now=NOW)) != window(World(5, 20, seed=2, now=NOW))


def test_a_day_is_the_same_whether_or_not_other_days_were_made_before(world):
    fresh = World(now=NOW)
    assert window(fresh, NOW + 5 * DAY) == window(world, NOW + 5 * DAY)


@pytest.mark.parametrize("year", [1999, 2024, 2026, 2038, 2077])
def test_any_day_of_any_year_has_a_schedule_without_gap_or_overlap(year):
    begin = int(datetime(year, 2, 27, 22, 17, tzinfo=timezone.utc).timestamp())
    world = World(12, 40, now=begin)
    odd = {c["channelId"] for c in world.channels() if c["callSign"].endswith(("GONE", "PART"))}
    for station in {c["channelId"] for c in world.channels()} - odd:
        airings = world.airings(station, begin, begin + 3 * DAY)
        assert airings[0].start <= begin
        assert airings[-1].stop >= begin + 3 * DAY
        assert all(a.stop == b.start for a, b in zip(airings, airings[1:]))
        assert all(a.start < a.stop and a.start % 60 == 0 == a.stop % 60 for a in airings)


@pytest.mark.parametrize(("stations", "series"), [(1, 1), (2, 3), (9, 4), (16, 400)])
def test_small_worlds_work_too(stations, series):
    world = World(stations, series, now=NOW)
    assert len({c["channelId"] for c in world.channels()}) == stations
    assert events_of(window(world))
    for lineup in world.lineups():
        assert world.truth(NOW, NOW + 6 * HOUR, lineup)


def test_most_lengths_are_round_and_some_are_not(week):
    lengths = [int(event["duration"]) for event in week]
    round_ones = sum(n in (30, 60, 90, 120) for n in lengths)
    assert 0.6 < round_ones / len(lengths) < 0.95
    assert {2, 4, 5, 12, 28, 29, 31, 35, 94} <= set(lengths)
    assert all(
        (epoch(e["endTime"]) - epoch(e["startTime"])) // 60 == int(e["duration"]) for e in week
    )
    assert any(epoch(e["startTime"]) % HOUR == 31 * 60 for e in week)


@pytest.mark.parametrize("edge", [NOW + 3 * HOUR, NOW + 6 * HOUR, NOW + DAY])
def test_what_crosses_an_edge_is_in_both_windows_with_its_full_length(world, edge):
    before = {
        (e["callSign"], e["startTime"]): e for e in events_of(window(world, edge - 3 * HOUR, 3))
    }
    after = {(e["callSign"], e["startTime"]): e for e in events_of(window(world, edge, 3))}
    crossing = [e for e in before.values() if epoch(e["endTime"]) > edge]
    assert len(crossing) > 5
    assert all(after[e["callSign"], e["startTime"]] == e for e in crossing)
    assert all(epoch(e["endTime"]) > edge - 3 * HOUR for e in before.values())
    assert all(epoch(e["startTime"]) < edge for e in before.values())


def test_the_truth_is_what_the_windows_say_together(world):
    read = {}
    for number in range(4):
        read.update(rows_of(window(world, NOW + number * 6 * HOUR)))
    truth = world.truth(NOW, NOW + DAY)
    assert truth == [read[key] for key in sorted(read)]


@pytest.mark.parametrize("row", [1, 2, 3])
def test_the_truth_of_the_other_lineups_is_in_their_windows(world, row):
    lineup = world.lineups()[row]
    grid = window(world, hours=3, lineupId=lineup["lineupId"], headendId=lineup["headendId"])
    assert world.truth(NOW, NOW + 3 * HOUR, lineup) == [v for _, v in sorted(rows_of(grid).items())]


def test_awkward_numbers_occur(world):
    channels = world.channels()
    numbers = [c["channelNo"] for c in channels]
    stations = [c["channelId"] for c in channels]
    assert len(set(stations)) == 40
    assert len(stations) == 41  # one of them on two numbers
    assert max(map(numbers.count, numbers)) == 2  # two of them on one number
    assert "" in numbers
    assert any(re.fullmatch(r"\d+-\d+", n) for n in numbers)
    assert any(n.startswith("0") for n in numbers)
    assert None in [c["channelNo"] for c in world.channels(world.lineups()[1])]
    assert all(re.fullmatch(r"\d{5,6}", s) for s in stations)
    assert {len(s) for s in stations} == {5, 6}


def test_the_second_position_of_a_station_repeats_the_first_ones_number(world):
    second = next(c for c in window(world)["channels"] if c["channelNo"] == "70.1")
    first = next(c for c in window(world)["channels"] if c["channelId"] == second["channelId"])
    assert second["events"] == first["events"]
    assert second["id"] != first["id"]


def test_one_station_never_shows_anything_and_one_only_sometimes(world):
    by_sign = {}
    for number in range(8):
        for channel in window(world, NOW + number * 6 * HOUR)["channels"]:
            by_sign.setdefault(channel["callSign"], []).append(bool(channel["events"]))
    assert [sign for sign, seen in by_sign.items() if not any(seen)] == ["ZAIGONE"]
    assert [sign for sign, seen in by_sign.items() if 0 < sum(seen) < len(seen)] == ["ZAJPART"]
    gone = next(c for c in world.channels() if c["callSign"] == "ZAIGONE")
    assert gone["affiliateName"] == "Channel No Longer Available"


def test_cable_has_the_antennas_stations_and_pairs_in_sd_and_hd(world):
    cable = world.channels(world.lineups()[1])
    assert {c["channelId"] for c in world.channels()} < {c["channelId"] for c in cable}
    numbers = [int(c["channelNo"]) for c in cable if c["channelNo"]]
    assert min(numbers) == 2
    assert max(numbers) <= 999
    by_sign = {c["callSign"]: c for c in cable}
    pairs = [(by_sign[s[:-2]], c) for s, c in by_sign.items() if s.endswith("HD")]
    assert {sd["channelNo"] == hd["channelNo"] for sd, hd in pairs} == {True, False}
    sd, hd = (world.airings(c["channelId"], NOW, NOW + DAY) for c in pairs[0])
    assert [a[1:] for a in sd] == [a[1:] for a in hd]


def test_big_line_ups_stay_below_1000(world):
    big = World(300, 300, now=NOW)
    for lineup in big.lineups()[1:]:
        numbers = [int(c["channelNo"]) for c in big.channels(lineup) if c["channelNo"]]
        assert 2 <= min(numbers) <= max(numbers) <= 999
    assert len({c["channelNo"] for c in big.channels()}) > 290


def test_another_postal_code_has_other_stations_under_the_same_lineup_id(world):
    home, away = world.lineups()[0], world.lineups("10001")[0]
    assert home["lineupId"] == away["lineupId"]
    here = [c["channelId"] for c in world.channels(home)]
    there = [c["channelId"] for c in world.channels(away)]
    assert 20 < len(there) < len(here)
    assert set(there) < set(here)


def kinds_in(week):
    programs = [(e, e["program"]) for e in week]
    return {
        "numbers and title": [p for _, p in programs if p["episode"] and p["episodeTitle"]],
        "title only": [
            p
            for e, p in programs
            if p["episodeTitle"] and not p["episode"] and e["filter"] == ["filter-talk"]
        ],
        "numbers only": [p for _, p in programs if p["episode"] and not p["episodeTitle"]],
        "two segments": [p for _, p in programs if "; " in (p["episodeTitle"] or "")],
        "news without episode": [
            p
            for e, p in programs
            if e["filter"] == ["filter-news"]
            and p["tmsId"].startswith("SH")
            and "New" in e["flag"]
            and p["isGeneric"] == "0"
        ],
        "daily count": [
            p
            for e, p in programs
            if e["filter"] == ["filter-news"] and int(p["episode"] or 0) > 100
        ],
        "game": [
            p
            for e, p in programs
            if e["flag"] == ["Live", "New"]
            and re.search(" at | vs. ", p["episodeTitle"] or "")
            and p["tmsId"].startswith("EP")
            and p["season"] is None is p["episode"]
        ],
        "movie": [
            p
            for _, p in programs
            if p["tmsId"].startswith("MV") and p["releaseYear"] and p["episode"] is None
        ],
        "special": [
            p
            for e, p in programs
            if re.match("SH.*0000", p["tmsId"])
            and not e["filter"]
            and p["isGeneric"] == "0"
            and p["shortDesc"]
        ],
        "to be announced": [p for _, p in programs if p["title"] == "To Be Announced"],
        "tba": [p for _, p in programs if p["title"] == "TBA" and p["isGeneric"] == "1"],
        "paid": [p for _, p in programs if p["tmsId"] == "SH000000010000"],
        "sign off": [p for _, p in programs if p["seriesId"] == "SH00019112"],
        "generic": [
            p
            for _, p in programs
            if p["isGeneric"] == "1" and p["seriesId"] > "SH09" and p["episode"] is None
        ],
        "no description": [p for _, p in programs if p["shortDesc"] is None],
    }


def test_every_kind_of_programme_occurs_in_a_week(week):
    assert [kind for kind, programs in kinds_in(week).items() if not programs] == []


def test_a_movie_never_has_numbers(week):
    movies = [e["program"] for e in week if e["seriesId"].startswith("MV")]
    assert {(m["season"], m["episode"], m["episodeTitle"]) for m in movies} == {(None, None, None)}


def test_a_new_airing_is_repeated_an_hour_later_without_the_flag(world):
    repeats = 0
    for station in {c["channelId"] for c in world.channels()}:
        shown = {a.start: a for a in world.airings(station, NOW, NOW + 3 * DAY)}
        for start, airing in shown.items():
            later = shown.get(start + HOUR)
            if later and "New" in airing.flags and later.programme == airing.programme:
                repeats += "New" not in later.flags
    assert repeats > 10


def test_awkward_texts_occur_and_mean_what_the_truth_says(world, week):
    sent = [t for e in week for t in (e["program"]["title"], e["program"]["shortDesc"]) if t]
    for text in ("&", "<", '"', "&amp;", "&#39;", "\x0b", "é", "ñ", "“", "–", "🎉", " -- "):
        assert any(text in s for s in sent), text
    plain = [
        r[k] for r in world.truth(NOW, NOW + 2 * DAY) for k in ("title", "description") if r[k]
    ]
    assert not any(re.search(r"&\w+;|&#|[\x00-\x1f]", text) for text in plain)


def test_spanish_and_french_stations_speak_so(world):
    for start, words in (("KZ", r"¿|¡| y | un | el |ñ"), ("CZ", r" et |’| un | le |À")):
        station = next(c["channelId"] for c in world.channels() if c["callSign"].startswith(start))
        texts = [a.programme.description or "" for a in world.airings(station, NOW, NOW + DAY)]
        assert sum(bool(re.search(words, text)) for text in texts) > len(texts) / 2


def test_what_is_to_be_announced_becomes_a_programme_later():
    world = World(now=NOW, tba_after=NOW + 3 * DAY)
    day = (NOW + 5 * DAY, NOW + 6 * DAY)
    before = world.truth(*day)
    world.tba_after = NOW + 6 * DAY
    after = world.truth(*day)
    resolved = [(a, b) for a, b in zip(before, after) if a != b]
    assert len(resolved) > 5
    assert {a["title"] for a, _ in resolved} == {"To Be Announced"}
    assert all((a["start"], a["stop"]) == (b["start"], b["stop"]) for a, b in resolved)
    assert not {b["title"] for _, b in resolved} & {"To Be Announced", "TBA"}


@pytest.mark.parametrize(
    ("begin", "shown"),
    [
        (NOW - 48 * HOUR - 6 * HOUR, False),
        (NOW - 48 * HOUR, True),
        (NOW + 14 * DAY - HOUR, True),
        (NOW + 14 * DAY, False),
    ],
)
def test_windows_too_old_or_too_far_have_stations_without_events(world, begin, shown):
    grid = window(world, begin)
    assert len(grid["channels"]) == 41
    assert bool(events_of(grid)) is shown


@pytest.mark.parametrize(
    ("stations", "series", "days"), [(40, 80, 3), (40, 600, 7)], ids=["small", "usual"]
)
def test_about_as_many_series_occur_as_were_asked_for(stations, series, days):
    world = World(stations, series, now=NOW)
    rows = world.truth(NOW, NOW + days * DAY)
    ids = {row["seriesId"] for row in rows}
    assert series * 0.95 <= len(ids) <= series * 1.06
    assert 0.1 < sum(i.startswith("MV") for i in ids) / len(ids) < 0.35


def test_an_unknown_series_has_no_details(world):
    assert world.details("SH99999999") is None


def test_one_series_is_a_giant_and_the_others_are_of_usual_size():
    world = World(40, 600, now=NOW)
    ids = {row["seriesId"] for row in world.truth(NOW, NOW + 6 * HOUR)}
    sizes = sorted(
        len(json.dumps(world.details(i), ensure_ascii=False)) for i in ids - {world.giant}
    )
    assert 1.4e6 < len(json.dumps(world.details(world.giant))) < 1.8e6
    assert 2000 < sizes[len(sizes) // 2] < 20000
    assert sizes[-1] < 60000


def test_details_list_every_coming_episode_from_now_on(world, week):
    listed = {}
    for event in week:
        series_id = event["seriesId"]
        if not series_id.startswith("SH09") or epoch(event["startTime"]) < NOW:
            continue
        if series_id not in listed:
            tab = world.details(series_id)["upcomingEpisodeTab"]
            listed[series_id] = {entry["tmsID"].upper() for entry in tab}
        assert event["program"]["tmsId"] in listed[series_id]


def test_details_have_the_services_oddities(world, week):
    ids = sorted({event["seriesId"] for event in week if event["seriesId"] != world.giant})
    large = World(40, 600, now=NOW)
    large_ids = sorted({row["seriesId"] for row in large.truth(NOW, NOW + DAY)} - {large.giant})
    every = [large.details(series_id) for series_id in large_ids]
    tabs = [entry for d in map(world.details, ids) for entry in d["upcomingEpisodeTab"] or ()]
    assert {type(e["isNew"]) for e in tabs} == {bool, str}
    assert {e["originalAirDate"] for e in tabs} > {"", "1000-01-01T00:00Z"}
    assert all(re.fullmatch(r"|\d{4}-\d\d-\d\dT00:00Z", e["originalAirDate"]) for e in tabs)
    assert any(e["tmsID"].startswith("ep") for e in tabs)
    genres = {d["seriesGenres"] for d in every}
    assert {None, ""} < genres
    assert any("noImage" in d["seriesImage"] for d in every)
    roles = {p["role"] for d in every for p in d["overviewTab"]["cast"]}
    assert {"Actor", "Host", "Guest Star", "Voice", "Judge", "Contestant"} <= roles
    assert {"Director", "Executive Producer", "Writer"} <= {
        p["role"] for d in every for p in d["overviewTab"]["crew"]
    }
    casts = {len(d["overviewTab"]["cast"]) for d in every}
    assert (min(casts), max(casts)) == (0, 15)


def test_the_demo_imports_nothing_of_the_product_and_nothing_from_outside():
    folder = Path(LIB) / "gracenote2epg" / "demo"
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level <= 1, path
                assert not (node.module or "").startswith("gracenote2epg"), path
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            assert not set(names) & {"requests", "urllib3", "xmltodict", "gracenote2epg"}, path


# The service -------------------------------------------------------------------------------------

NO_LINEUPS = answers.no_lineups().body


@pytest.mark.parametrize(
    ("changes", "status", "body"),
    [
        ({"aid": "gapzap"}, 400, NO_LINEUPS),
        ({"aid": ""}, 400, NO_LINEUPS),
        ({"aid": "lat"}, 200, answers.oops().body),
        ({"isOverride": ""}, 400, b""),
        ({"timespan": "7"}, 400, b""),
        ({"timespan": "0"}, 400, b""),
        ({"timespan": "x"}, 400, b""),
        ({"time": "now"}, 400, b""),
        ({"timezone": "-240"}, 400, b""),
        ({"postalCode": ""}, 400, NO_LINEUPS),
        ({"postalCode": "-"}, 400, NO_LINEUPS),
        ({"postalCode": "00000"}, 400, NO_LINEUPS),
        ({"country": "CAN"}, 400, NO_LINEUPS),
        ({"country": "CAN", "lineupId": "CAN-lineupId-DEFAULT"}, 400, NO_LINEUPS),
    ],
)
def test_a_wrong_parameter_is_refused_as_the_service_does(client, changes, status, body):
    answer = client.grid(**changes)
    assert (answer[0], answer[2]) == (status, body)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aid": "chi"},
        {"AffiliateID": "lat", "TMSID": "", "pref": "-", "userId": "-"},
        {"timezone": ""},
        {"lineupId": "USA-OTA90210-DEFAULT"},
        {"lineupId": ""},
        {"postalCode": "10001"},
        {"country": "CAN", "lineupId": "CAN-OTAJ3B1M4-DEFAULT", "postalCode": "J3B1M4"},
        {"lineupId": "USA-ZZ00001-DEFAULT", "headendId": "ZZ00001", "device": "X"},
        {"lineupId": "USA-ZZ00001-X", "headendId": "ZZ00001", "postalCode": "-"},
        {"lineupId": "USA-YOUTUBE-X", "headendId": "YOUTUBE", "isOverride": ""},
        {"time": str(NOW + 137), "timespan": "1"},
    ],
)
def test_every_way_to_name_a_lineup_is_answered(client, changes):
    status, headers, body = client.grid(**changes)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert events_of(json.loads(body))


def test_the_same_cable_lineup_is_found_by_every_name(client, world):
    cable = {c["channelId"] for c in world.channels(world.lineups()[1])}
    for name in ("USA-ZZ00001-DEFAULT", "USA-ZZ00001-X", "USA-ZZ00001", ""):
        body = client.grid(lineupId=name, headendId="ZZ00001")[2]
        assert {c["channelId"] for c in json.loads(body)["channels"]} == cable


def test_a_wrong_headend_gives_a_default_lineup_without_a_word(client, world):
    status, _, body = client.grid(lineupId="USA-ZZ00001-DEFAULT", headendId="lineupId")
    given = {c["channelId"] for c in json.loads(body)["channels"]}
    assert status == 200
    assert 0 < len(given) < len(world.channels(world.lineups()[1]))
    assert not given & {c["channelId"] for c in world.channels()}


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Python-urllib/3.8",
        "python-requests/2.25.1",
        "curl/8.1",
        "Go-http-client/1.1",
        "Mozilla/4.0 (compatible)",
        "gracenote2epg/1.0",
    ],
)
def test_what_is_no_browser_is_forbidden(client, agent):
    status, _, body = client.grid(agent=agent)
    assert status == 403
    assert b"<title>403 Forbidden</title>" in body


def test_the_lineups_of_a_postal_code(client):
    for path in (PROVIDERS, PROVIDERS.replace("Providers", "providers")):
        status, _, body = client.ask("GET", path + "/USA/90210/gapzap/en")
        answer = json.loads(body)
        assert status == 200
        assert answer["StdUTCOffset"] == "-300"
        assert (answer["DSTStart"], answer["DSTEnd"]) == ("2026-03-08T02:00Z", "2026-11-01T02:00Z")
        rows = answer["Providers"]
        assert [row["type"] for row in rows] == ["OTA", "CABLE", "SATELLITE", "CABLE"]
        assert all(isinstance(value, str) for row in rows for value in row.values())
        assert list(rows[0]) == [
            "type",
            "device",
            "lineupId",
            "name",
            "location",
            "timezone",
            "postalCode",
            "headendId",
        ]


def test_canadian_postal_codes_have_canadian_lineups(client):
    rows = json.loads(client.ask("GET", PROVIDERS + "/CAN/J3B1M4/gapzap/en-us")[2])["Providers"]
    assert {row["lineupId"][:4] for row in rows} == {"CAN-"}
    assert {len(row["headendId"]) for row in rows[1:]} == {7}


@pytest.mark.parametrize("place", ["USA/00000", "CAN/90210", "USA/J3B1M4"])
def test_where_nobody_lives_there_are_no_lineups(client, place):
    status, _, body = client.ask("GET", f"{PROVIDERS}/{place}/gapzap")
    assert (status, json.loads(body)["Providers"]) == (200, [])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api/program/overviewDetails"),
        ("POST", "/api/grid"),
        ("PUT", "/x"),
        ("GET", "/gapzap_webapi/api/Providers/getPostalCodeProviders/USA/90210"),
    ],
)
def test_anything_else_is_not_found(client, method, path):
    assert client.ask(method, path)[0] == 404


def test_details_are_asked_by_form(client, world, week):
    series_id = next(e["seriesId"] for e in week if e["seriesId"].startswith("MV"))
    status, headers, body = client.details(series_id)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body) == world.details(series_id)
    assert client.details("SH99999999")[0] == 404


def test_gzip_is_sent_to_those_who_accept_it_and_its_length_is_right(client):
    _, plain_headers, plain = client.grid()
    _, headers, body = client.grid(squeezed=True)
    assert plain_headers["Content-Encoding"] is None
    assert headers["Content-Encoding"] == "gzip"
    assert int(headers["Content-Length"]) == len(body) < len(plain) / 4
    assert gzip.decompress(body) == plain


def test_many_requests_need_one_connection_and_no_waiting(server, client):
    client.grid()
    started = time.monotonic()
    for _ in range(50):
        client.grid()
    assert time.monotonic() - started < 1.5  # delayed acknowledgements would make it 2 s
    assert server.counts.connections == 1


def test_requests_are_counted_and_logged_in_order(server, client, series_id):
    client.grid()
    client.details(series_id)
    client.ask("GET", PROVIDERS + "/USA/90210/gapzap/en")
    client.grid(agent="curl")
    client.ask("GET", "/")
    counts = server.counts
    assert counts[:6] == (5, 2, 1, 1, 1, 1)
    assert (counts.open_now, counts.max_open, counts.refusals, counts.ok) == (0, 1, 1, 3)
    asked = [(entry.endpoint, entry.status) for entry in server.log]
    assert asked == [
        ("grid", 200),
        ("details", 200),
        ("providers", 200),
        ("grid", 403),
        ("other", 404),
    ]
    assert server.log[0].params["time"] == str(NOW)
    assert server.log[1].params == {"programSeriesID": series_id}
    assert [e.at for e in server.log] == sorted(e.at for e in server.log)
    server.reset_counts()
    assert server.counts == (0,) * 10
    assert server.log == []


# Faults ------------------------------------------------------------------------------------------


def test_refusals_have_the_services_very_bytes(server, client):
    expected = {
        429: b'{\n"error":"Access Denied. Too many requests"\n}',
        403: b"<title>403 Forbidden</title>",
        405: b"<title>Human Verification</title>",
        202: b"",
        500: b"500 Internal Server Error",
        503: b"503 Service Temporarily Unavailable",
        504: b"504 Gateway Time-out",
    }
    for status, part in expected.items():
        server.faults.refuse(status, times=1)
        got, headers, body = client.grid()
        assert (got, part in body) == (status, True)
        waf = {405: "captcha", 202: "challenge"}.get(status)
        assert headers["x-amzn-waf-action"] == waf
    assert len(expected[429]) == 46
    assert len(NO_LINEUPS) == 112
    assert client.grid()[0] == 200


def test_a_refusal_can_be_limited_in_number_and_say_when_to_come_back(server, client):
    server.faults.refuse(429, times=2, retry_after="2")
    seen = [client.grid() for _ in range(3)]
    assert [(status, headers["Retry-After"]) for status, headers, _ in seen] == [
        (429, "2"),
        (429, "2"),
        (200, None),
    ]
    assert server.counts.refusals == 2


def test_one_endpoint_or_one_window_can_fail_alone(server, client, series_id):
    server.faults.answer("grid", answers.bad_request(), when=lambda q: q["time"] == str(NOW))
    server.faults.refuse(500, on="details")
    assert client.grid()[0] == 400
    assert client.grid(time=NOW + 6 * HOUR)[0] == 200
    assert client.details(series_id)[0] == 500
    server.faults.clear()
    assert client.grid()[0] == client.details(series_id)[0] == 200


@pytest.mark.parametrize(
    ("answer", "status", "is_json"),
    [
        (answers.oops(), 200, False),
        (answers.malformed(), 200, False),
        (answers.nothing(), 200, False),
        (answers.wrong_shape(), 200, True),
        (answers.empty_guide(), 200, True),
        (answers.html_page(), 200, False),
        (answers.giant_details("SH09000001"), 200, True),
    ],
    ids=["oops", "malformed", "nothing", "wrong shape", "empty guide", "html", "giant"],
)
def test_a_wrong_answer_replaces_the_good_one(server, client, answer, status, is_json):
    server.faults.answer("grid", answer, times=1)
    got, _, body = client.grid()
    assert (got, body) == (status, answer.body)
    try:
        json.loads(body)
    except ValueError:
        assert not is_json
    else:
        assert is_json


def test_the_giant_answer_is_as_large_as_asked_for():
    assert 1_500_000 <= len(answers.giant_details("SH09000001").body) < 1_510_000


def test_latency_is_set_for_all_or_by_endpoint(server, client):
    client.grid()

    def seconds(ask):
        started = time.monotonic()
        ask()
        return time.monotonic() - started

    server.faults.latency = 0.1
    assert seconds(client.grid) >= 0.1
    server.faults.latency = {"details": 0.1}
    assert seconds(client.grid) < 0.1
    assert seconds(lambda: client.details("SH99999999")) >= 0.1
    assert server.faults.latency == {"details": 0.1}


def test_affiliates_die_and_come_back(server, client):
    server.faults.affiliates = frozenset(["chi"])
    assert client.grid()[2] == NO_LINEUPS
    assert client.grid(aid="chi")[0] == 200
    server.faults.clear()
    assert client.grid()[0] == 200


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def switchboard():
    clock = Clock()
    faults = Faults(clock)

    def ask(number=1, endpoint="details", open_now=1, params=()):
        """Return the statuses of this many requests at this moment; 200 = nothing special."""
        acts = [
            faults.judge(Seen(endpoint, dict(params), clock.now, open_now)) for _ in range(number)
        ]
        return [act.answer.status if act.answer else 200 for act in acts]

    return faults, clock, ask


def test_a_wall_shuts_for_a_while_and_then_counts_from_zero():
    faults, clock, ask = switchboard()
    faults.wall(3, per=60, closed=20)
    assert ask(5) == [200, 200, 200, 429, 429]
    clock.now += 19.9
    assert ask() == [429]
    clock.now += 0.1
    assert ask(4) == [200, 200, 200, 429]


def test_a_wall_forgets_what_is_longer_ago_than_its_window():
    faults, clock, ask = switchboard()
    faults.wall(3, per=60, closed=20)
    assert ask(3) == [200] * 3
    clock.now += 60
    assert ask(3) == [200] * 3


def test_a_wall_says_how_long_in_seconds_or_as_a_date():
    faults, clock, _ = switchboard()
    faults.wall(0, per=60, closed=20, retry_after="seconds", on="details")
    faults.wall(0, per=60, closed=20, retry_after="date", on="grid", status=503)

    def header(endpoint):
        answer = faults.judge(Seen(endpoint, {}, clock.now, 1)).answer
        return answer.status, dict(answer.headers)["Retry-After"]

    assert header("details") == (429, "20")
    clock.now += 15.5
    assert header("details") == (429, "5")
    status, date = header("grid")
    assert status == 503
    assert 18 <= parsedate_to_datetime(date).timestamp() - time.time() <= 20


def test_a_sliding_window_counts_what_it_refuses():
    faults, clock, ask = switchboard()
    faults.sliding_window(2, per=10)
    assert ask(3) == [200, 200, 429]
    clock.now += 9
    assert ask() == [429]
    clock.now += 9.5  # only the request before is still within the window
    assert ask() == [200]
    assert ask() == [429]


def test_a_token_bucket_refills():
    faults, clock, ask = switchboard()
    faults.token_bucket(2, rate=1.0)
    assert ask(3) == [200, 200, 429]
    clock.now += 1
    assert ask(2) == [200, 429]
    clock.now += 100
    assert ask(3) == [200, 200, 429]


def test_new_connections_in_quick_succession_are_punished():
    faults, clock, ask = switchboard()
    faults.churn_limit(2, per=60, closed=5)
    for _ in range(2):
        faults.connected()
    assert ask(10) == [200] * 10
    faults.connected()
    assert ask() == [429]
    clock.now += 5
    assert ask() == [200]


def test_a_crowd_at_the_grid_is_refused():
    faults, _, ask = switchboard()
    faults.crowd_limit(20)
    assert ask(endpoint="grid", open_now=20) == [200]
    assert ask(endpoint="grid", open_now=21) == [503]
    assert ask(endpoint="details", open_now=21) == [200]


def test_every_rule_can_be_limited_in_number():
    for name, given in (
        ("wall", {"after": 0, "per": 1, "closed": 9}),
        ("sliding_window", {"limit": 0, "per": 1}),
        ("token_bucket", {"burst": 0, "rate": 0.0}),
        ("crowd_limit", {"limit": 0, "on": None}),
        ("scatter", {"chance": 1.0, "acts": [rules.Act(answers.refusal(429))]}),
        ("refuse", {}),
    ):
        faults, _, ask = switchboard()
        getattr(faults, name)(**given, times=2)
        assert [status != 200 for status in ask(3)] == [True, True, False], name


def test_walls_see_also_what_other_faults_decide():
    faults, _, ask = switchboard()
    faults.refuse(500, times=2)
    faults.wall(2, per=60, closed=20)
    assert ask(3) == [500, 500, 429]


def test_scattered_faults_are_the_same_in_whatever_order_the_requests_come():
    def outcome(order):
        faults, _, ask = switchboard()
        faults.scatter(0.3, seed=7, on="details", acts=[rules.Act(answers.refusal(500))])
        return {n: ask(params={"programSeriesID": str(n)}) for n in order}

    there, back = outcome(range(200)), outcome(reversed(range(200)))
    assert there == back
    assert 30 < list(there.values()).count([500]) < 90


def test_a_scattered_fault_may_be_gone_at_the_second_asking():
    faults, _, ask = switchboard()
    faults.scatter(0.5, seed=7, acts=[rules.Act(answers.refusal(500))])
    assert 30 < ask(100, params={"programSeriesID": "SH09000001"}).count(500) < 70


def test_a_real_wall_over_sockets(server, client):
    server.faults.wall(3, per=60, closed=60, retry_after="seconds")
    seen = [client.grid() for _ in range(5)]
    assert [status for status, _, _ in seen] == [200, 200, 200, 429, 429]
    assert seen[3][1]["Retry-After"] == "60"
    assert server.counts.connections == 1


def test_a_real_crowd_and_its_size(server):
    server.faults.crowd_limit(2)
    server.faults.hold("grid")
    with client_of(server) as first, client_of(server) as second, client_of(server) as third:
        waiting = [in_background(first.grid), in_background(second.grid)]
        assert server.faults.wait_held(2, timeout=2)
        assert server.counts.open_now == 2
        late = in_background(third.grid)
        assert server.faults.wait_held(3, timeout=2)
        server.faults.release_all()
        assert [result()[0] for result in waiting] == [200, 200]
        assert late()[0] == 503
    assert (server.counts.max_open, server.counts.open_now) == (3, 0)


def test_real_churn_over_sockets(server):
    server.faults.churn_limit(3, per=60, closed=60)
    statuses = []
    for _ in range(5):
        with client_of(server) as client:
            statuses.append(client.grid()[0])
    assert statuses == [200, 200, 200, 429, 429]
    assert server.counts.connections == 5


def test_a_dropped_connection_ends_without_an_answer(server, client):
    server.faults.drop(times=1)
    with pytest.raises(http.client.RemoteDisconnected):
        client.grid()
    client.close()
    assert client.grid()[0] == 200
    assert [entry.status for entry in server.log] == [0, 200]


def test_a_reset_connection_ends_with_a_reset(server, client):
    server.faults.reset(times=1)
    client.send("GET", "/")
    with pytest.raises(ConnectionResetError):
        client.http.sock.recv(1)


def test_a_cut_body_is_shorter_than_its_length(server, client):
    server.faults.cut("grid", times=1)
    with pytest.raises(http.client.IncompleteRead) as caught:
        client.grid()
    assert 0 < len(caught.value.partial) <= caught.value.expected + 1


def test_a_cut_gzip_stream_has_the_right_length_and_the_connection_lives(server, client):
    server.faults.cut_gzip("grid", times=1)
    status, headers, body = client.grid(squeezed=True)
    assert (status, int(headers["Content-Length"])) == (200, len(body))
    with pytest.raises(EOFError):
        gzip.decompress(body)
    assert client.grid()[0] == 200
    assert server.counts.connections == 1


def test_cut_chunks_never_end(server, client):
    server.faults.cut_chunks("grid", times=1)
    with pytest.raises(http.client.IncompleteRead) as caught:
        client.grid()
    assert len(caught.value.partial) > 1000


def test_a_dripping_body_arrives_slowly_but_whole(server, client):
    good = client.grid()[2]
    server.faults.drip(0.25, on="grid", times=1)
    started = time.monotonic()
    assert client.grid()[2] == good
    assert 0.25 <= time.monotonic() - started < 2
    assert server.counts.connections == 1


def test_a_late_answer_comes_whole(server, client):
    server.faults.late(0.15, times=1)
    started = time.monotonic()
    assert client.grid()[0] == 200
    assert time.monotonic() - started >= 0.15


@pytest.mark.parametrize(
    ("fault", "received"),
    [("hang", (0, 0)), ("hang_in_head", (10, 100)), ("hang_in_body", (10_000, 1_000_000))],
)
def test_a_hanging_answer_stops_where_it_should_until_the_client_leaves(server, fault, received):
    getattr(server.faults, fault)("grid")
    with client_of(server, timeout=0.25) as client:
        client.send("GET", "/api/grid?" + urlencode(ANTENNA))
        total = 0
        with suppress(socket.timeout):
            while True:
                total += len(client.http.sock.recv(65536)) or pytest.fail("closed, not hanging")
        assert received[0] <= total <= received[1]
        assert soon(lambda: server.counts.open_now == 1)  # on a busy machine it is late
    assert soon(lambda: server.counts.open_now == 0)


def soon(condition):
    """Wait until something that another thread does is done; False after 2 s."""
    pause, end = threading.Event(), time.monotonic() + 2
    while not condition() and time.monotonic() < end:
        pause.wait(0.005)
    return condition()


def test_a_mute_connection_is_accepted_and_never_answered(server):
    server.faults.mute(1)
    with client_of(server, timeout=0.2) as deaf, client_of(server) as heard:
        with pytest.raises(socket.timeout):
            deaf.grid()
        assert heard.grid()[0] == 200
    assert server.counts.connections == 2
    assert server.counts.requests == 1


def test_held_answers_go_one_by_one_when_they_are_released(server):
    server.faults.hold()
    clients = [Client(server) for _ in range(3)]
    results = [in_background(client.grid) for client in clients]
    assert server.faults.wait_held(3, timeout=2)
    assert not server.faults.wait_held(4, timeout=0.02)
    assert (server.faults.held, server.counts.open_now, server.counts.ok) == (3, 3, 0)
    server.faults.release()
    assert soon(lambda: server.counts.ok == 1)
    assert server.faults.held == 2
    server.faults.release_all()
    assert [result()[0] for result in results] == [200] * 3
    for client in clients:
        client.close()


def test_only_what_is_meant_is_held(server, client, series_id):
    server.faults.hold("details", when=lambda q: q["programSeriesID"] == series_id)
    assert client.grid()[0] == 200
    assert client.details("SH99999999")[0] == 404
    with client_of(server) as other:
        result = in_background(lambda: other.details(series_id))
        assert server.faults.wait_held(1, timeout=2)
        server.faults.clear()
        assert result()[0] == 200


def test_a_client_that_leaves_is_no_longer_held(server):
    server.faults.hold()
    with client_of(server) as client:
        client.send("GET", "/")
        assert server.faults.wait_held(1, timeout=2)
    assert soon(lambda: server.faults.held == 0)


# An end to it ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state", ["idle", "hold", "hang", "hang_in_body", "drip", "late", "latency", "mute"]
)
def test_close_ends_everything_at_once_and_leaves_no_thread(world, state):
    before = set(threading.enumerate())
    server = DemoServer(world)
    server.start()
    faults = server.faults
    if state in ("drip", "late"):
        getattr(faults, state)(60)
    elif state == "latency":
        faults.latency = 60
    elif state != "idle":
        getattr(faults, state)()
    with client_of(server) as client:
        client.send("GET", "/api/grid?" + urlencode(ANTENNA))
        count = "connections" if state == "mute" else "requests"
        assert soon(lambda: getattr(server.counts, count) == 1)
        started = time.monotonic()
        server.close()
        assert time.monotonic() - started < 1
    assert set(threading.enumerate()) == before
    server.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), 1)


def test_a_server_that_never_started_can_be_closed(world):
    server = DemoServer(world)
    assert server.url == f"http://127.0.0.1:{server.port}"
    server.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    files = (str(folder / "cert.pem"), str(folder / "key.pem"))
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-out",
        files[0],
        "-keyout",
        files[1],
    ]
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no openssl to make a certificate")
    return files


def test_over_tls_a_handshake_that_hangs_keeps_nobody_waiting(world, certificate):
    before = set(threading.enumerate())
    context = ssl.create_default_context(cafile=certificate[0])
    with DemoServer(world, tls=certificate) as server:
        assert server.url.startswith("https://")
        silent = socket.create_connection(("127.0.0.1", server.port), 2)
        with silent, client_of(server, context=context, timeout=2) as client:
            assert [client.grid()[0] for _ in range(3)] == [200] * 3
            assert server.counts.connections == 2
            started = time.monotonic()
            server.close()
            assert time.monotonic() - started < 1
    assert set(threading.enumerate()) == before


def test_over_tls_a_mute_connection_never_shakes_hands(world, certificate):
    context = ssl.create_default_context(cafile=certificate[0])
    with DemoServer(world, tls=certificate) as server:
        server.faults.mute()
        with client_of(server, context=context, timeout=0.2) as client, pytest.raises(
            socket.timeout
        ):
            client.grid()
        assert server.counts.connections == 1


def test_a_port_can_be_chosen(world):
    with DemoServer(world) as first:
        port = first.port
    with DemoServer(world, port=port) as again:
        assert again.url.endswith(f":{port}")
