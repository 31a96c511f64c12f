"""The channels of players in a run: what is asked, remembered, noted, and what the guide holds."""

import json
import time

import pytest

from support import guides
from support.builders import lineup, station
from gracenote2epg import config, errors, grab, players
from gracenote2epg.channels import Known
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.matching import Wanted
from gracenote2epg.players import Player, Players, assign, chosen, notes
from gracenote2epg.store import Store
from support.fake_tvheadend import TvhStandIn

LINEUP = tuple(
    Known(own, lineup())
    for own in (
        station("20000", call_sign="WZAADT", name="NBC", numbers=("2.1",)),
        station("20007", call_sign="WZBBDT", name="CBS", numbers=("5.1",)),
        station("20014", call_sign="WZCCDT", name="ABC", numbers=("7.1",)),
    )
)
SECRET = "pass:word"


@pytest.fixture(name="server")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="tvh")
def _tvh():
    with TvhStandIn() as tvh:
        yield tvh


@pytest.fixture(name="store")
def _store(tmp_path):
    with Store(str(tmp_path)) as store:
        yield store


def of_list(*channels, name="the list"):
    return Player(name, tuple(Wanted(*channel) for channel in channels))


def with_tvh(tvh, **changes):
    given = {"tvh_url": tvh.url, "tvh_username": "viewer", "tvh_password": SECRET}
    return config.override(config.Config(), {"tvh_filter": "on", **given, **changes})


# Which stations


def test_without_any_list_all_stations_are_chosen():
    assert chosen(config.Config(), Players(), LINEUP) is None


def test_named_stations_and_those_of_a_playlist_are_both_chosen():
    listed = Players(of_list(("WZBB", "5.1")))
    assert chosen(config.Config(channels=("2.1",)), listed, LINEUP) == {"20000", "20007"}


def test_the_filter_takes_from_them_what_tvheadend_has():
    both = Players(of_list(("WZBB", "5.1")), of_list(("WZBB", "5.1"), ("WZCC", "7.1")))
    assert chosen(config.Config(channels=("2.1",)), both, LINEUP) == {"20007"}
    alone = both._replace(playlist=None)
    assert chosen(config.Config(), alone, LINEUP) == {"20007", "20014"}


@pytest.mark.parametrize(
    "lists",
    [
        Players(of_list(("Nothing", "99"))),
        Players(None, of_list(("Nothing", "99"))),
        Players(of_list(("WZAA", "2.1")), of_list(("WZBB", "5.1"))),
    ],
)
def test_no_station_at_all_is_an_error_and_no_empty_guide(lists):
    with pytest.raises(errors.NoMatch, match=r"--match.* kept"):
        chosen(config.Config(), lists, LINEUP)


def test_what_matches_nothing_is_noted_with_its_names():
    lists = Players(None, of_list(("WZAA", "2.1"), *[(f"Odd {n}", f"9{n}") for n in range(5)]))
    (note,) = notes(lists, LINEUP)
    assert note.startswith("5 of 6 channels of the list match no station (90 Odd 0, 91 Odd 1, ")
    assert note.endswith("...): see --match.")


def test_what_the_user_decided_is_no_longer_noted():
    lists = Players(None, of_list(("WZAA", "2.1"), ("Odd", "99")), {"Odd": "-"})
    assert notes(lists, LINEUP) == []


# What the user says of single channels


def test_an_assigned_station_is_remembered(store):
    lists = Players(of_list(("Odd", "99")))
    assign(store, lists, LINEUP, "Odd=20014")
    found = players.read(config.Config(), store)._replace(playlist=lists.playlist)
    assert chosen(config.Config(), found, LINEUP) == {"20014"}


@pytest.mark.parametrize("word", ["20014", "7.1", "wzccdt"])
def test_a_station_is_named_as_everywhere(store, word):
    lists = assign(store, Players(of_list(("Odd", "99"))), LINEUP, f"99 odd = {word}")
    assert dict(lists.assigned) == {"99 odd": "20014"}


def test_the_last_word_on_a_channel_counts(store):
    lists = Players(of_list(("Odd", "99")))
    for text in ("Odd=20014", "99=20007"):
        lists = assign(store, lists, LINEUP, text)
    assert dict(lists.assigned) == {"99": "20007"}


def test_nothing_after_the_sign_forgets_whatever_the_channel_was_called(store):
    lists = assign(store, Players(of_list(("Odd", "99"))), LINEUP, "Odd=20014")
    assert dict(assign(store, lists, LINEUP, "99=").assigned) == {}
    assert players.read(config.Config(), store).assigned == {}


def test_a_channel_that_is_gone_can_be_forgotten(store):
    assert assign(store, Players(None, None, {"Gone": "1"}), LINEUP, "gone=").assigned == {}


def test_a_name_may_hold_the_sign(store):
    lists = assign(store, Players(of_list(("1+1=2", ""))), LINEUP, "1+1=2=20014")
    assert dict(lists.assigned) == {"1+1=2": "20014"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Odd", "CHANNEL=STATION"),
        ("=20014", "CHANNEL=STATION"),
        ("Else=20014", "a channel that --match shows"),
        ("Twin=20014", "one of 4 Twin, 5 Twin"),
        ("Odd=", "a channel that has a station of its own"),
    ],
)
def test_an_assignment_that_says_nothing_is_an_error(store, text, said):
    lists = Players(of_list(("Odd", "99"), ("Twin", "4"), ("Twin", "5")))
    with pytest.raises(errors.SettingError) as caught:
        assign(store, lists, LINEUP, text)
    assert said in str(caught.value)
    assert store.known(players.ASSIGNED) == (None, 0.0)


def test_an_assignment_to_no_station_is_an_error(store):
    with pytest.raises(errors.ChannelError, match="99999 is no station"):
        assign(store, Players(of_list(("Odd", "99"))), LINEUP, "Odd=99999")


# What is asked and what is remembered


def test_tvheadend_is_asked_only_with_the_filter(store, tvh):
    tvh.channel("WZAA-DT", "2.1")
    assert players.read(with_tvh(tvh, tvh_filter="off"), store) == Players()
    assert tvh.calls == []
    assert players.read(with_tvh(tvh), store).tvheadend.wanted == (Wanted("WZAA-DT", "2.1"),)
    every = players.read(with_tvh(tvh, tvh_filter="off"), store, everything=True)
    assert every.tvheadend.wanted == (Wanted("WZAA-DT", "2.1"),)


def test_the_filter_without_an_address_is_a_setting_error(store):
    with pytest.raises(errors.SettingError, match="tvh_filter"):
        players.read(config.Config(tvh_filter=True), store)


@pytest.mark.parametrize("trouble", ["gone", "password", "page", "empty"])
def test_a_server_in_trouble_is_noted_and_its_last_channels_are_used(store, trouble):
    with TvhStandIn() as tvh:
        linked = tvh.channel("WZAA-DT", "2.1")
        tvh.source("20000.gracenote2epg", linked)
        settings = with_tvh(tvh)
        before = players.read(settings, store).tvheadend
        if trouble == "password":
            tvh.password = "another"
        elif trouble == "page":
            tvh.body = b"<html>"
        elif trouble == "empty":
            tvh.channels = []
        if trouble != "gone":
            after = players.read(settings, store).tvheadend
    if trouble == "gone":
        after = players.read(settings, store).tvheadend
    assert after.wanted == before.wanted == (Wanted("WZAA-DT", "2.1", ("20000.gracenote2epg",)),)
    assert before.note == ""
    assert after.note.endswith("are used.")
    assert SECRET not in after.note


def test_with_nothing_remembered_the_trouble_is_an_error(store, tvh):
    with pytest.raises(errors.NoChannels):
        players.read(with_tvh(tvh), store)
    tvh.statuses["channel/grid"] = 403
    with pytest.raises(errors.TvhForbidden):
        players.read(with_tvh(tvh), store)


def test_what_is_remembered_of_one_list_is_not_used_for_another(store, tmp_path):
    (tmp_path / "one.m3u").write_text("#EXTM3U\n#EXTINF:-1,WZAA\nx\n")
    players.read(config.Config(channels_from=str(tmp_path / "one.m3u")), store)
    with pytest.raises(errors.PlaylistError):
        players.read(config.Config(channels_from=str(tmp_path / "other.m3u")), store)


def carry(tvh, count):
    tvh.channels = []
    for number in range(count):
        tvh.channel(f"Channel {number}", str(number + 2))


def went_by(store, seconds):
    """As if the lists had been read so much earlier."""
    for name in store.all_known("channels of "):
        rows, at = store.known(f"channels of {name}")
        store.learn(f"channels of {name}", rows, at - seconds)


def count(tvh, store, **changes):
    """The number of channels that a run uses, and whether there is a note."""
    now = changes.pop("now", False)
    found = players.read(with_tvh(tvh, **changes), store, now=now).tvheadend
    return len(found.wanted), bool(found.note)


def test_a_list_that_is_short_all_at_once_is_used_only_when_it_stays_so(store, tvh):
    carry(tvh, 10)
    assert count(tvh, store) == (10, False)
    carry(tvh, 8)
    for _ in range(3):  # no run makes it last longer
        assert count(tvh, store) == (10, True)
        went_by(store, players.DOUBTED / 3 - 10)
    went_by(store, 30)
    assert count(tvh, store) == (8, False)
    carry(tvh, 10)
    assert count(tvh, store) == (10, False)


def test_the_note_on_a_short_list_says_until_when(store, tvh):
    carry(tvh, 8)
    count(tvh, store)
    carry(tvh, 1)
    note = players.read(with_tvh(tvh), store).tvheadend.note
    until = time.strftime("%d %b %H:", time.localtime(time.time() + players.DOUBTED))
    assert f"from 8 channels to 1: the guide has the 8 until {until}" in note
    assert note.endswith(" or until --force.")


@pytest.mark.parametrize("worse_below", [0, 80])
def test_how_short_is_short_is_what_it_is_of_guides(store, tvh, worse_below):
    carry(tvh, 10)
    count(tvh, store)
    carry(tvh, 8)
    assert count(tvh, store, worse_below=worse_below) == (8, False)
    assert count(tvh, store) == (8, False)


def test_who_looks_at_a_short_list_sees_it_and_changes_nothing(store, tvh):
    carry(tvh, 10)
    count(tvh, store)
    carry(tvh, 1)
    assert count(tvh, store, now=True) == (1, True)
    assert count(tvh, store) == (10, True)


def test_a_clock_that_was_ahead_holds_no_list(store, tvh):
    carry(tvh, 10)
    count(tvh, store)
    went_by(store, -86400)
    carry(tvh, 1)
    assert count(tvh, store) == (1, False)


def test_a_file_that_the_user_shortened_is_used_at_once(store, tmp_path):
    settings = config.Config(channels_from=str(tmp_path / "tv.m3u"))
    for names in ("ABCD", "A"):
        rows = "".join(f"#EXTINF:-1,WZ{name}\nx\n" for name in names)
        (tmp_path / "tv.m3u").write_text(f"#EXTM3U\n{rows}")
        assert len(players.read(settings, store).playlist.wanted) == len(names)


def test_offline_asks_nobody(store, tvh):
    tvh.channel("WZAA-DT", "2.1")
    offline = with_tvh(tvh, offline="on")
    with pytest.raises(errors.NoChannels):
        players.read(offline, store)
    online = players.read(with_tvh(tvh), store)
    asked = len(tvh.calls)
    assert players.read(offline, store) == online
    assert len(tvh.calls) == asked


def test_offline_a_file_is_read_all_the_same(store, tmp_path):
    (tmp_path / "tv.m3u").write_text("#EXTM3U\n#EXTINF:-1,WZAA\nx\n")
    settings = config.Config(channels_from=str(tmp_path / "tv.m3u"), offline=True)
    assert players.read(settings, store).playlist.wanted == (Wanted("WZAA"),)


def test_the_mark_changes_with_what_is_asked_for_and_not_with_its_order():
    lists = Players(None, of_list(("WZAA", "2.1"), ("WZBB", "5.1")))
    turned = Players(None, of_list(("WZBB", "5.1"), ("WZAA", "2.1")))
    assert lists.mark == turned.mark
    assert Players().mark == ""
    others = (Players(None, of_list(("WZAA", "2.1"))), lists._replace(assigned={"WZAA": "1"}))
    assert len({lists.mark, *(other.mark for other in others)}) == 3


# Whole runs: what the stand-in of the service has on these numbers is in its world.channels()

WZAA, KZAG, WZAV = "20006", "20242", "20777"  # 2.1 (with another station), 5.1 and 14.1


def stock(tvh):
    """Three channels that have a station, one that has none, one that is switched off."""
    tvh.channel("WZAA-DT", "2.1")
    tvh.channel("KZAG-DT", "5.1")
    tvh.source(f"I{WZAV}.json.schedulesdirect.org", tvh.channel("Ours"))
    tvh.channel("Nowhere", "88.1")
    tvh.channel("WZAS-DT", "13.1", enabled=False)


def filtered(server, tvh, folder, **changes):
    given = {"tvh_url": tvh.url, "tvh_username": "viewer", "tvh_password": SECRET}
    return guides.settings(server, folder, tvh_filter="on", **{**given, **changes})


def test_the_guide_holds_what_tvheadend_has_and_nothing_else(server, tvh, tmp_path):
    stock(tvh)
    report = grab.run(filtered(server, tvh, tmp_path))
    assert set(guides.channels(report.path)) == {WZAA, KZAG, WZAV}
    found = guides.programmes(report.path)
    wanted = {one for one in guides.truth(server, 1) if one.station in (WZAA, KZAG, WZAV)}
    assert set(found) == wanted
    assert [note for note in report.notes if "1 of 4 channels" in note and "88.1 Nowhere" in note]


def test_details_are_asked_only_for_what_tvheadend_has(server, tvh, tmp_path):
    tvh.channel("WZAA-DT", "2.1")
    report = grab.run(filtered(server, tvh, tmp_path, details=True))
    series = {
        entry.params["programSeriesID"] for entry in server.log if entry.endpoint == "details"
    }
    carried = {
        airing.programme.series.series_id
        for airing in server.world.airings(WZAA, int(time.time()), report.summary.end)
    }
    assert series
    assert series <= carried


def test_the_channels_of_a_playlist_are_the_guides(server, tmp_path):
    lines = [
        '#EXTM3U\n#EXTINF:-1 tvg-chno="5.1",KZAG-DT\nx',
        f'#EXTINF:-1 tvg-id="{WZAV}.zap2epg",A',
    ]
    (tmp_path / "tv.m3u").write_text("\n".join(lines))
    settings = guides.settings(server, tmp_path, channels_from=str(tmp_path / "tv.m3u"))
    assert set(guides.channels(grab.run(settings).path)) == {KZAG, WZAV}


def test_an_assigned_station_is_in_the_guide(server, tvh, tmp_path):
    stock(tvh)
    settings = filtered(server, tvh, tmp_path)
    with Store(settings.data_dir) as store:
        store.learn(players.ASSIGNED, {"Nowhere": "20668", "WZAA-DT": "-"}, time.time())
    assert set(guides.channels(grab.run(settings).path)) == {KZAG, WZAV, "20668"}


def test_a_station_is_found_by_its_number_in_any_of_the_lineups(server, tvh, tmp_path):
    tvh.channel("On cable", "2")
    cable = server.world.lineups()[1]["lineupId"]
    settings = filtered(server, tvh, tmp_path, lineup=("OTA", cable))
    assert set(guides.channels(grab.run(settings).path)) == {WZAA}


def test_fewer_channels_in_tvheadend_are_no_worse_guide_once_they_are_believed(
    server, tvh, tmp_path
):
    stock(tvh)
    settings = filtered(server, tvh, tmp_path)
    grab.run(settings)
    tvh.channels = tvh.channels[1:2]
    report = grab.run(settings)
    assert set(guides.channels(report.path)) == {WZAA, KZAG, WZAV}
    assert [note for note in report.notes if "from 4 channels to 1" in note]
    assert set(guides.channels(grab.run(filtered(server, tvh, tmp_path, worse_below=0)).path)) == {
        KZAG
    }
    assert set(guides.channels(grab.run(settings).path)) == {KZAG}


def test_the_filter_itself_may_be_switched_on_and_off(server, tvh, tmp_path):
    stock(tvh)
    whole = guides.channels(grab.run(guides.settings(server, tmp_path)).path)
    grab.run(filtered(server, tvh, tmp_path))
    assert guides.channels(grab.run(guides.settings(server, tmp_path)).path) == whole


def test_the_same_channels_and_fewer_stations_are_a_worse_guide(server, tvh, tmp_path):
    stock(tvh)
    settings = filtered(server, tvh, tmp_path)
    grab.run(settings)
    with Store(settings.data_dir) as store:
        fact, _ = store.known(f"published {settings.output}")
        more = {f"3000{n}": row for n, row in enumerate(fact["summary"]["stations"].values())}
        fact["summary"]["stations"].update(more)  # as if the source had listed them then
        store.learn(f"published {settings.output}", fact, time.time())
    with pytest.raises(errors.WorseGuide):
        grab.run(settings)


def test_a_rest_is_a_rest_with_the_filter_too(server, tvh, tmp_path):
    stock(tvh)
    grab.run(filtered(server, tvh, tmp_path))
    server.reset_counts()
    grab.run(filtered(server, tvh, tmp_path))
    assert server.counts.requests == 0


def test_a_tvheadend_that_is_off_costs_a_note_and_no_guide(server, tmp_path):
    with TvhStandIn() as tvh:
        stock(tvh)
        settings = filtered(server, tvh, tmp_path)
        before = guides.programmes(grab.run(settings).path)
    report = grab.run(settings)
    assert guides.programmes(report.path) == before
    assert any("cannot be reached" in note for note in report.notes)


def test_a_tvheadend_that_never_answered_is_one_line_and_the_guide_stays(server, tmp_path):
    before = guides.programmes(grab.run(guides.settings(server, tmp_path)).path)
    with TvhStandIn() as tvh:
        settings = filtered(server, tvh, tmp_path)
    server.reset_counts()
    with pytest.raises(errors.TvhUnreachable):
        grab.run(settings)
    assert guides.programmes(settings.output) == before
    assert server.counts.requests == 0


def test_no_match_at_all_is_one_line_and_the_guide_stays(server, tvh, tmp_path):
    before = guides.programmes(grab.run(guides.settings(server, tmp_path)).path)
    tvh.channel("Nowhere", "88.1")
    settings = filtered(server, tvh, tmp_path)
    with pytest.raises(errors.NoMatch):
        grab.run(settings)
    assert guides.programmes(settings.output) == before


def test_nothing_that_is_kept_holds_the_password(server, tvh, tmp_path):
    stock(tvh)
    settings = filtered(server, tvh, tmp_path)
    grab.run(settings)
    with open(f"{settings.data_dir}/gracenote2epg.db", "rb") as file:
        assert SECRET.encode() not in file.read()
    with Store(settings.data_dir) as store:
        assert SECRET not in json.dumps(store.known(f"published {settings.output}"))


def test_what_was_assigned_to_a_station_stays_with_it_when_its_id_changes():
    moved = Known(station("20099", call_sign="WZAADT", numbers=("2.1",)), lineup(), ("20000",))
    listed = Players(of_list(("My channel", "")), assigned={"My channel": "20000"})
    assert chosen(config.Config(), listed, [moved]) == {"20099"}
