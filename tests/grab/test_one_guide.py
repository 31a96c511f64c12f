"""One guide out of several lineups, languages and days: whole runs against the stand-in."""

import json
import time

import pytest

from gracenote2epg import grab, plan
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.demo.stations import build_stations
from gracenote2epg.gracenote import parse
from gracenote2epg.gracenote.lineups import over_the_air
from gracenote2epg.store import Store
from support import guides

ANTENNA, CABLE = "USA-lineupId-DEFAULT", "USA-ZZ00001-DEFAULT"


@pytest.fixture(name="server", scope="module")
def _server():
    with DemoServer(World()) as server:
        yield server


def truth(server, lineup, days=1):
    span = plan.span(time.time(), days, 0)
    rows = server.world.truth(span.begin, span.end, lineup)
    return {guides.Programme(r["channelId"], r["start"], r["stop"], r["title"]) for r in rows}


def names(path):
    return {
        node.get("id").split(".")[0]: [name.text for name in node.findall("display-name")]
        for node in guides.read(path).iter("channel")
    }


def test_two_lineups_are_one_guide_with_nothing_twice(server, tmp_path):
    report = grab.run(guides.settings(server, tmp_path, lineup=(ANTENNA, CABLE)))
    found = guides.programmes(report.path)
    assert len(found) == len(set(found))
    assert set(found) == truth(server, ANTENNA) | truth(server, CABLE)
    assert len(guides.channels(report.path)) == len(set(guides.channels(report.path)))


def test_a_station_of_two_lineups_has_the_numbers_of_both_the_first_ones_last(server, tmp_path):
    alone = {
        lineup: names(grab.run(guides.settings(server, tmp_path / lineup, lineup=(lineup,))).path)
        for lineup in (ANTENNA, CABLE)
    }
    both = names(grab.run(guides.settings(server, tmp_path, lineup=(ANTENNA, CABLE))).path)
    common = set(alone[ANTENNA]) & set(alone[CABLE])
    assert common
    for station in common:
        assert {*alone[ANTENNA][station], *alone[CABLE][station]} >= set(both[station])
        assert both[station][0] == alone[ANTENNA][station][0]
        if len(alone[ANTENNA][station]) > 1:  # it has a number; shared ones are never alone
            assert both[station][-1].startswith(alone[ANTENNA][station][-1].split(" ")[0])


def test_french_and_spanish_stations_have_their_language_and_no_other_has_one(server, tmp_path):
    path = grab.run(guides.settings(server, tmp_path, days=2)).path
    languages = {own.station_id: own.language for own in build_stations(40, server.world.seed)}
    tagged = {}
    for node in guides.read(path).iter("programme"):
        station = node.get("channel").split(".")[0]
        tagged.setdefault(station, []).append(node.find("title").get("lang", "en"))
    assert {languages[station] for station in tagged} == {"en", "fr", "es"}
    for station, found in tagged.items():
        assert max(set(found), key=found.count) == languages[station]
        assert set(found) <= {"en", languages[station]}


def test_past_days_come_from_the_store_and_cost_no_request(server, tmp_path):
    lineup, now = over_the_air("90210"), time.time()
    yesterday = plan.span(now - plan.DAY, 1, 0)
    with Store(str(tmp_path)) as store:
        for task in plan.windows(lineup, yesterday, 6, now):
            asked = {
                "lineupId": lineup.lineup_id, "headendId": lineup.headend_id, "device": "-",
                "country": "USA", "postalCode": "90210", "time": str(task.start), "timespan": "6",
            }  # fmt: skip
            block = parse.guide(json.dumps(server.world.grid(asked)).encode())
            store.keep_guide(lineup, task.start, 6, block, now - plan.DAY)
    before = server.counts.requests
    report = grab.run(guides.settings(server, tmp_path, past_days=1))
    asked_for = server.counts.requests - before
    span = plan.span(now, 1, 0)
    rows = server.world.truth(yesterday.begin, span.end)
    assert set(guides.programmes(report.path)) == {
        guides.Programme(r["channelId"], r["start"], r["stop"], r["title"]) for r in rows
    }
    before = server.counts.requests
    grab.run(guides.settings(server, tmp_path / "plain"))
    assert server.counts.requests - before == asked_for + 1  # the window that both days touch
    again = grab.run(guides.settings(server, tmp_path, past_days=1, offline=True))
    assert again.summary.begin < yesterday.begin + plan.HOUR


def test_two_antennas_may_be_at_two_postal_codes(tmp_path):
    with DemoServer(World(postal_codes=("10001",))) as server:
        both = (ANTENNA, "USA-OTA10001-DEFAULT")
        report = grab.run(guides.settings(server, tmp_path, lineup=both))
        found = guides.programmes(report.path)
        assert len(found) == len(set(found)) > 100
        assert {entry.params.get("postalCode") for entry in server.log} >= {"90210", "10001"}
