"""Players' channel lists: loading, storing, assignments, and the stations they select."""

import dataclasses

import pytest

from gracenote2epg import errors
from gracenote2epg.channels import matching, player_channels
from gracenote2epg.channels.matching import PlayerChannel
from gracenote2epg.channels.player_channels import (
    MAX_REMEMBERED,
    ChannelList,
    ChannelLists,
    assign,
    load,
    notes,
    remember_player,
    remembered_players,
    selected_stations,
)
from gracenote2epg.channels.stations import GuideStation
from gracenote2epg.clock import TWO_RUNS
from gracenote2epg.config import sources
from gracenote2epg.config.settings import Config
from gracenote2epg.store.answers import Store
from gracenote2epg.store.choices import ASSIGNED_STATIONS, PLAYER_CHANNELS
from support.builders import DAY, HOUR, lineup, station
from support.fake_tvheadend import TvhStandIn
from support.tables import not_refused, wrong

LINEUP = tuple(
    GuideStation(station(key, call_sign=sign, name=network, numbers=(number,)), lineup())
    for key, sign, network, number in (
        ("20000", "WZAADT", "NBC", "2.1"),
        ("20007", "WZBBDT", "CBS", "5.1"),
        ("20014", "WZCCDT", "ABC", "7.1"),
    )
)
SECRET = "pass:word"
WZAA, WZBB, WZCC = ("WZAA", "2.1"), ("WZBB", "5.1"), ("WZCC", "7.1")
ODD = ("Odd", "99")  # matches no station


@pytest.fixture(name="store")
def _store(tmp_path, clock):
    with Store(str(tmp_path), clock) as store:
        yield store


def listing(*channels):
    return ChannelList("the list", tuple(PlayerChannel(*channel) for channel in channels))


def with_tvh(tvh, **changes):
    given = {"tvh_url": tvh.url, "tvh_username": "viewer", "tvh_password": SECRET}
    return sources.override(Config(), {"tvh_filter": "on", **given, **changes})


def playlist(path, *names):
    rows = "".join(f"#EXTINF:-1,{name}\nx\n" for name in names)
    path.write_text(f"#EXTM3U\n{rows}")
    return Config(channels_from=str(path))


# Selection


def test_named_and_listed_stations_add_up_and_tvheadend_limits_them():
    listed, served = listing(WZBB), listing(WZBB, WZCC)
    assert wrong(lambda named, *lists: selected_stations(named, ChannelLists(*lists), LINEUP), [
        (Config(), None),  # all of them
        (Config(channels=("2.1",)), listed, {"20000", "20007"}),
        (Config(channels=("2.1",)), listed, served, {"20007"}),
        (Config(), None, served, {"20007", "20014"}),
        (Config(channels=("!20014",)), served, {"20007"}),  # the playlist's, but
        (Config(channels=("!20014",)), None, served, {"20007"}),
        (Config(channels=("!20014", "2.1")), listed, {"20000", "20007"}),
    ]) == []  # fmt: skip


def test_a_selection_without_stations_is_an_error():
    lists = ((listing(ODD),), (None, listing(ODD)), (listing(WZAA), listing(WZBB)))
    rows = [(Config(), ChannelLists(*row), LINEUP) for row in lists]
    assert not_refused(selected_stations, rows, errors.NoChannelMatches, r"--match.* kept") == []


def test_of_named_channels_that_may_be_missing_some_must_remain():
    """Exclusions alone would mean all stations."""
    rows = [(Config(channels=words), ChannelLists(), LINEUP, True)
            for words in (("99.9",), ("99.9", "!20014"))]  # fmt: skip
    assert not_refused(selected_stations, rows, errors.ChannelError, "99.9 is not a station") == []
    assert selected_stations(Config(channels=("99.9", "2.1")), *rows[0][1:]) == {"20000"}


def test_channels_without_a_station_are_noted():
    (note,) = notes(
        ChannelLists(None, listing(WZAA, *[(f"Odd {n}", f"9{n}") for n in range(5)])), LINEUP
    )
    assert note == (
        "5 of 6 channels of the list match no station (90 Odd 0, 91 Odd 1, 92 Odd 2 and 2 more):"
        " see --match."
    )
    assert notes(ChannelLists(None, listing(WZAA, ODD), {"Odd": "-"}), LINEUP) == []


def test_an_assigned_station_is_followed_to_its_new_id():
    moved = LINEUP[0]._replace(
        station=LINEUP[0].station._replace(station_id="20099"), former=("20000",)
    )
    lists = ChannelLists(listing(("Mine", "")), assigned={"Mine": "20000"})
    assert selected_stations(Config(), lists, [moved]) == {"20099"}


def test_the_fingerprint_changes_with_channels_and_assignments_but_not_their_order():
    lists = ChannelLists(None, listing(WZAA, WZBB))
    assert lists.fingerprint == ChannelLists(None, listing(WZBB, WZAA)).fingerprint
    assert ChannelLists().fingerprint == ""
    others = (ChannelLists(None, listing(WZAA)), dataclasses.replace(lists, assigned={"WZAA": "1"}))
    assert len({lists.fingerprint, *(other.fingerprint for other in others)}) == 3


def test_a_large_list_is_matched_once(monkeypatch):
    calls = []
    match = matching.match
    monkeypatch.setattr(matching, "match", lambda *given: calls.append(1) or match(*given))
    lists = ChannelLists(listing(WZAA, ODD), listing(WZBB))
    for _ in range(3):
        notes(lists, list(LINEUP))
    assert len(calls) == 2
    lists.matches(lists.playlist, LINEUP[:2])
    assert len(calls) == 3


def test_a_lists_country_is_compared_with_the_lineups():
    history = station("20021", call_sign="HIST", name="HISTORY", numbers=("53",))
    lists = ChannelLists(listing(("CA: HISTORY", ""), ("US: HISTORY", "")))
    for country, expected in (("USA", ["", "20021"]), ("CAN", ["20021", ""])):
        row = GuideStation(history, lineup()._replace(country=country))
        found = lists.matches(lists.playlist, [row])
        assert [match.station_id for match in found] == expected, country


# Assignments


def test_an_assignment_is_stored_until_it_is_deleted(store):
    lists = assign(store.choices, ChannelLists(listing(ODD)), LINEUP, "Odd=20014")
    stored = dataclasses.replace(load(Config(), store), playlist=lists.playlist)
    assert selected_stations(Config(), stored, LINEUP) == {"20014"}
    assert dict(assign(store.choices, lists, LINEUP, "99=").assigned) == {}  # by any of its names
    assert load(Config(), store).assigned == {}


def test_an_assignment_names_channel_and_station_in_any_way(store):
    def assigned(channel, text, before):
        lists = ChannelLists(listing(channel), None, before)
        return dict(assign(store.choices, lists, LINEUP, text).assigned)

    before = {"Odd": "1"}
    assert wrong(assigned, [
        (ODD, "99 odd = 20014", before, {"99 odd": "20014"}),
        (ODD, "99 odd = 7.1", before, {"99 odd": "20014"}),
        (ODD, "99 odd = wzccdt", before, {"99 odd": "20014"}),
        (ODD, "99=20007", before, {"99": "20007"}),
        (("1+1=2", ""), "1+1=2=20014", {}, {"1+1=2": "20014"}),
        (WZAA, "gone=", {"Gone": "1"}, {}),
    ]) == []  # fmt: skip


def test_an_assignment_without_channel_or_station_is_an_error(store):
    lists = ChannelLists(listing(ODD, ("Twin", "4"), ("Twin", "5")))
    for text, kind, words in (
        ("Odd", errors.SettingError, "CHANNEL=STATION"),
        ("=20014", errors.SettingError, "CHANNEL=STATION"),
        ("Else=20014", errors.SettingError, "a channel that --match shows"),
        ("Twin=20014", errors.SettingError, "one of 4 Twin, 5 Twin"),
        ("Odd=", errors.SettingError, "a channel with an assigned station"),
        ("Odd=99999", errors.ChannelError, "99999 is not a station"),
        ("Odd=*", errors.ChannelError, rf"\* is {len(LINEUP)} stations"),
    ):
        with pytest.raises(kind, match=words):
            assign(store.choices, lists, LINEUP, text)
    assert ASSIGNED_STATIONS not in store.choices


# Loading


def test_without_the_filter_tvheadends_list_gives_names_only(store, tvh, clock, monkeypatch):
    tvh.channel("WZAA-DT", "2.1")
    off = with_tvh(tvh, tvh_filter="off")
    listed = (PlayerChannel("WZAA-DT", "2.1"),)
    for lists in (load(with_tvh(tvh), store), load(off, store, everything=True)):
        assert (lists.tvheadend.channels, lists.named) == (listed, ())
    with pytest.raises(errors.SettingError, match="tvh_filter"):
        load(Config(tvh_filter=True), store)
    tvh.channel("WZBB-DT", "5.1")
    calls = len(tvh.calls)
    # Asked again once an hour on this machine, else once a day: it may sleep.
    for advance, count, here in ((HOUR - 1, 1, ["127.0.0.1"]), (HOUR, 1, []), (1, 2, ["127.0.0.1"]),
                                 (HOUR - 1, 2, ["127.0.0.1"]), (DAY - HOUR, 2, [])):  # fmt: skip
        clock.advance(advance)
        monkeypatch.setattr(player_channels, "LOOPBACK", here)
        lists = load(off, store)
        assert [len(player.channels) for player in lists.named] == [count]
        assert (lists.all, lists.fingerprint) == ([], "")
        assert lists.state
    assert len(tvh.calls) == calls + 2  # one of them without the password
    clock.advance(DAY)
    tvh.statuses[""] = 500  # it is kept while the server is off
    assert load(off, store).named[0].channels == lists.named[0].channels
    assert load(with_tvh(tvh, tvh_filter="off", tvh_url="http://127.0.0.1:1"), store).named == ()


def test_the_list_of_a_player_that_no_setting_names_is_remembered(store, clock):
    channels = (PlayerChannel("Télé", "2.1", ("x",), True, ("T_1",), "x"), PlayerChannel("B"))
    assert (load(Config(), store).named, remembered_players(store.choices)) == ((), {})
    remember_player(store, "Kodi", channels)
    remember_player(store, "Other", channels * MAX_REMEMBERED)
    assert load(Config(), store).named[:1] == (ChannelList("Kodi", channels),)
    assert len(load(Config(), store).named[1].channels) == MAX_REMEMBERED
    assert remembered_players(store.choices)["Kodi"][0] == clock.now()
    remember_player(store, "Other", ())
    assert len(load(Config(), store).named) == 1
    store.choices.put(PLAYER_CHANNELS, {"Kodi": {"at": 1}, "Other": 3})  # of another version
    assert remembered_players(store.choices) == {}


def test_offline_sends_no_request_but_reads_files(store, tvh, tmp_path):
    tvh.channel("WZAA-DT", "2.1")
    offline = with_tvh(tvh, offline="on")
    with pytest.raises(errors.PlayerHasNoChannels):
        load(offline, store)
    assert tvh.calls == []
    online = load(with_tvh(tvh), store)
    calls = len(tvh.calls)
    assert load(offline, store) == online
    assert len(tvh.calls) == calls
    for names in ("ABCD", "A"):  # however much shorter the file is now
        settings = sources.override(playlist(tmp_path / "tv.m3u", *names), {"offline": "on"})
        assert [row.name for row in load(settings, store).playlist.channels] == [*names]


def test_a_list_that_is_unavailable_is_the_stored_one_with_a_note(store, clock):
    with TvhStandIn() as tvh:
        tvh.source("20000.gracenote2epg", tvh.channel("WZAA-DT", "2.1"))
        settings, after = with_tvh(tvh), []
        before = load(settings, store).tvheadend
        at = errors.format_time(clock.now())
        clock.advance(3 * DAY)
        for name, value in (("password", "another"), ("body", b"<html>"), ("channels", [])):
            right = getattr(tvh, name)
            setattr(tvh, name, value)
            after.append(load(settings, store).tvheadend)
            setattr(tvh, name, right)
    after.append(load(settings, store).tvheadend)  # the server is gone
    channel = PlayerChannel("WZAA-DT", "2.1", ("20000.gracenote2epg",))
    assert (before.channels, before.note) == ((channel,), None)
    assert [player.channels for player in after] == [before.channels] * 4
    texts = [str(player.note) for player in after]
    assert all(text.endswith(f"; using its channels as of {at}") for text in texts), texts
    assert SECRET not in str(texts)


def test_a_list_that_is_neither_available_nor_stored_is_an_error(store, tvh, tmp_path):
    with pytest.raises(errors.PlayerHasNoChannels):
        load(with_tvh(tvh), store)
    tvh.statuses["channel/grid"] = 403
    with pytest.raises(errors.TvheadendForbidden):
        load(with_tvh(tvh), store)
    load(playlist(tmp_path / "one.m3u", "WZAA"), store)  # stored, but another list
    with pytest.raises(errors.PlaylistError):
        load(Config(channels_from=str(tmp_path / "other.m3u")), store)


# Suddenly short lists


@pytest.fixture(name="used")
def _used(store, tvh):
    """The number of channels that a run uses when the server lists so many, and the note."""

    def used(listed, now=False, **changes):
        tvh.channels = []
        for number in range(listed):
            tvh.channel(f"Channel {number}", str(number + 2))
        player = load(with_tvh(tvh, **changes), store, now=now).tvheadend
        return len(player.channels), f"{player.note}." if player.note else ""

    return used


def test_a_short_list_is_used_once_it_has_stayed_short(used, clock):
    assert used(10) == (10, "")
    until = errors.format_time(clock.now() + TWO_RUNS)
    for _ in range(3):  # no run prolongs it
        count, note = used(8)
        assert count == 10
        assert f"from 10 channels to 8: the guide keeps the 10 until {until}" in note
        assert note.endswith(" or until --force.")
        clock.advance(TWO_RUNS / 3 - 10)
    clock.advance(29)
    assert used(8)[0] == 10
    clock.advance(1)
    assert used(8) == (8, "")
    assert used(10) == (10, "")
    clock.set(clock.now() - DAY)
    assert used(1) == (1, "")  # a list stored in the future is replaced


def test_worse_below_decides_what_is_short_and_now_shows_and_stores_nothing(used):
    for worse_below in (0, 80):
        assert used(10) == (10, "")
        count, note = used(7, now=True)
        assert (count, bool(note), used(7)[0]) == (7, True, 10)
        assert used(8, worse_below=worse_below) == (8, "")
        assert used(8) == (8, "")
