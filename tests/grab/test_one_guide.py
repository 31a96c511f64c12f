"""One guide of several lineups, languages and days: whole runs against the fake service."""

import functools

from fake_gracenote import FakeGracenote, World
from fake_gracenote.lineups import build_stations
from gracenote2epg.clock import DAY, HOUR
from gracenote2epg.gracenote.lineup_ids import over_the_air
from support import guides
from support.guides import User

WINDOW = 6 * HOUR
ANTENNA, CABLE = "USA-lineupId-DEFAULT", "USA-ZZ00001-DEFAULT"


def names(path):
    return {
        node.get("id").split(".")[0]: [name.text for name in node.findall("display-name")]
        for node in guides.read(path).iter("channel")
    }


def test_two_lineups_are_one_guide_without_duplicates(user):
    user.grab(lineup=(ANTENNA, CABLE))
    truth = {*user.truth(lineup=ANTENNA), *user.truth(lineup=CABLE)}
    assert guides.programmes(user.guide) == sorted(truth)
    stations = guides.channels(user.guide)
    assert len(stations) == len(set(stations)) > len({show.station for show in user.truth()})


def test_a_station_of_two_lineups_has_the_numbers_of_both(user):
    alone = {lineup: names(user.grab(lineup=(lineup,)).path) for lineup in (ANTENNA, CABLE)}
    both = names(user.grab(lineup=(ANTENNA, CABLE)).path)
    common = set(alone[ANTENNA]) & set(alone[CABLE])
    assert len(common) > 4
    for station in common:
        assert {*alone[ANTENNA][station], *alone[CABLE][station]} >= set(both[station])
        assert both[station][0] == alone[ANTENNA][station][0]
        if len(alone[ANTENNA][station]) > 1:  # it has a number; shared ones are never alone
            assert both[station][-1].startswith(alone[ANTENNA][station][-1].split(" ")[0])


def test_only_french_and_spanish_stations_have_a_language(tmp_path, clock):
    with FakeGracenote(World(8, 80, now=clock.now)) as server:  # most have a language
        user = User(server, tmp_path, clock)
        user.grab(days=2)
    languages = {own.station_id: own.language for own in build_stations(8, server.world.seed)}
    tagged = {}
    for node in guides.read(user.guide).iter("programme"):
        station = node.get("channel").split(".")[0]
        tagged.setdefault(station, []).append(node.find("title").get("lang", "en"))
    assert {languages[station] for station in tagged} == {"en", "fr", "es"}
    for station, tags in tagged.items():
        assert max(set(tags), key=tags.count) == languages[station]
        assert set(tags) <= {"en", languages[station]}


def test_past_days_come_from_the_store_without_requests(user, server, tmp_path):
    lineup, yesterday = over_the_air("90210"), user.span(1, -1)
    answer = functools.partial(guides.grid, server.world, lineup)
    with user.store() as store:
        guides.keep(store, lineup, answer, yesterday, at=user.clock.now() - DAY)
    begin, now = user.span().begin, user.clock.now()
    user.grab(past_days=1)
    requests = server.counts.requests
    assert guides.programmes(user.guide) == user.truth(days=2, offset=-1)
    user._replace(folder=tmp_path / "plain").grab()
    both = begin % WINDOW > 0 and begin - begin % WINDOW + WINDOW <= now  # one of both days is over
    assert server.counts.requests - requests == requests + both
    again = user.grab(past_days=1, offline=True)
    assert again.summary.begin < yesterday.begin + HOUR


def test_two_antennas_can_have_different_postal_codes(tmp_path, clock):
    with FakeGracenote(World(8, 24, postal_codes=("10001",), now=clock.now)) as server:
        user = User(server, tmp_path, clock)
        user.grab(lineup=(ANTENNA, "USA-OTA10001-DEFAULT"))
        shows = guides.programmes(user.guide)
        assert len(shows) == len(set(shows)) > 100
        assert {entry.params.get("postalCode") for entry in server.log} >= {"90210", "10001"}
