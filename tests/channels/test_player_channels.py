"""The channels of players: what is asked, remembered and noted, and which stations they mean."""

import time

import pytest

from gracenote2epg import errors
from gracenote2epg.channels import player_channels
from gracenote2epg.channels.matching import PlayerChannel
from gracenote2epg.channels.player_channels import (
    DISTRUST_FOR,
    ChannelList,
    ChannelLists,
    assign,
    notes,
    selected_stations,
)
from gracenote2epg.channels.stations import GuideStation
from gracenote2epg.config import settings as config_settings
from gracenote2epg.config import sources
from gracenote2epg.store.answers import Store
from support.builders import DAY, lineup, station
from support.fake_tvheadend import TvhStandIn

LINEUP = tuple(
    GuideStation(station(name, call_sign=sign, name=network, numbers=(number,)), lineup())
    for name, sign, network, number in (
        ("20000", "WZAADT", "NBC", "2.1"),
        ("20007", "WZBBDT", "CBS", "5.1"),
        ("20014", "WZCCDT", "ABC", "7.1"),
    )
)
SECRET = "pass:word"
ODD = ("Odd", "99")  # a channel that matches no station


@pytest.fixture(name="tvh")
def _tvh():
    with TvhStandIn() as tvh:
        yield tvh


@pytest.fixture(name="store")
def _store(tmp_path, clock):
    with Store(str(tmp_path), clock) as store:
        yield store


def listing(*channels):
    return ChannelList("the list", tuple(PlayerChannel(*channel) for channel in channels))


def with_tvh(tvh, **changes):
    given = {"tvh_url": tvh.url, "tvh_username": "viewer", "tvh_password": SECRET}
    return sources.override(config_settings.Config(), {"tvh_filter": "on", **given, **changes})


# Which stations


def test_named_stations_and_those_of_a_playlist_are_chosen_less_what_tvheadend_lacks():
    named, every = config_settings.Config(channels=("2.1",)), config_settings.Config()
    both = ChannelLists(listing(("WZBB", "5.1")), listing(("WZBB", "5.1"), ("WZCC", "7.1")))
    assert selected_stations(every, ChannelLists(), LINEUP) is None  # all of them
    assert selected_stations(named, both._replace(tvheadend=None), LINEUP) == {"20000", "20007"}
    assert selected_stations(named, both, LINEUP) == {"20007"}
    assert selected_stations(every, both._replace(playlist=None), LINEUP) == {"20007", "20014"}


def test_no_station_at_all_is_an_error_and_no_empty_guide():
    for lists in (
        ChannelLists(listing(ODD)),
        ChannelLists(None, listing(ODD)),
        ChannelLists(listing(("WZAA", "2.1")), listing(("WZBB", "5.1"))),
    ):
        with pytest.raises(errors.NoChannelMatches, match=r"--match.* kept"):
            selected_stations(config_settings.Config(), lists, LINEUP)


def test_channels_that_match_no_station_are_noted_with_their_names():
    lists = ChannelLists(None, listing(("WZAA", "2.1"), *[(f"Odd {n}", f"9{n}") for n in range(5)]))
    (note,) = notes(lists, LINEUP)
    assert note.startswith("5 of 6 channels of the list match no station (90 Odd 0, 91 Odd 1, ")
    assert note.endswith("...): see --match.")
    assert notes(ChannelLists(None, listing(("WZAA", "2.1"), ODD), {"Odd": "-"}), LINEUP) == []


def test_a_channel_stays_with_its_assigned_station_when_that_gets_a_new_id():
    moved = GuideStation(
        station("20099", call_sign="WZAADT", numbers=("2.1",)), lineup(), ("20000",)
    )
    lists = ChannelLists(listing(("My channel", "")), assigned={"My channel": "20000"})
    assert selected_stations(config_settings.Config(), lists, [moved]) == {"20099"}


def test_the_mark_changes_with_the_channels_and_not_with_their_order():
    lists = ChannelLists(None, listing(("WZAA", "2.1"), ("WZBB", "5.1")))
    turned = ChannelLists(None, listing(("WZBB", "5.1"), ("WZAA", "2.1")))
    assert lists.fingerprint == turned.fingerprint
    assert ChannelLists().fingerprint == ""
    others = (ChannelLists(None, listing(("WZAA", "2.1"))), lists._replace(assigned={"WZAA": "1"}))
    assert len({lists.fingerprint, *(other.fingerprint for other in others)}) == 3


# What the user says of single channels


def test_an_assigned_station_is_remembered_until_it_is_forgotten(store):
    lists = assign(store, ChannelLists(listing(ODD)), LINEUP, "Odd=20014")
    remembered = player_channels.load(config_settings.Config(), store)._replace(
        playlist=lists.playlist
    )
    assert selected_stations(config_settings.Config(), remembered, LINEUP) == {"20014"}
    assert dict(assign(store, lists, LINEUP, "99=").assigned) == {}  # by any of its names
    assert player_channels.load(config_settings.Config(), store).assigned == {}
    gone = ChannelLists(None, None, {"Gone": "1"})
    assert assign(store, gone, LINEUP, "gone=").assigned == {}


def test_channels_and_stations_are_named_as_everywhere(store):
    for channel, text, assigned in (
        (ODD, "99 odd = 20014", {"99 odd": "20014"}),
        (ODD, "99 odd = 7.1", {"99 odd": "20014"}),
        (ODD, "99 odd = wzccdt", {"99 odd": "20014"}),
        (ODD, "99=20007", {"99": "20007"}),
        (("1+1=2", ""), "1+1=2=20014", {"1+1=2": "20014"}),
    ):
        earlier = ChannelLists(listing(channel), None, {"Odd": "1"} if channel is ODD else {})
        assert dict(assign(store, earlier, LINEUP, text).assigned) == assigned


def test_an_assignment_that_says_nothing_or_of_no_station_is_an_error(store):
    lists = ChannelLists(listing(ODD, ("Twin", "4"), ("Twin", "5")))
    for text, said in (
        ("Odd", "CHANNEL=STATION"),
        ("=20014", "CHANNEL=STATION"),
        ("Else=20014", "a channel that --match shows"),
        ("Twin=20014", "one of 4 Twin, 5 Twin"),
        ("Odd=", "a channel that has a station of its own"),
    ):
        with pytest.raises(errors.SettingError) as caught:
            assign(store, lists, LINEUP, text)
        assert said in str(caught.value)
    with pytest.raises(errors.ChannelError, match="99999 is no station"):
        assign(store, lists, LINEUP, "Odd=99999")
    assert store.fact(player_channels.ASSIGNED_FACT) == (None, 0.0)


# What is asked


def test_tvheadend_is_asked_only_with_the_filter(store, tvh):
    tvh.channel("WZAA-DT", "2.1")
    off = with_tvh(tvh, tvh_filter="off")
    assert player_channels.load(off, store) == ChannelLists()
    assert tvh.calls == []
    for lists in (
        player_channels.load(with_tvh(tvh), store),
        player_channels.load(off, store, everything=True),
    ):
        assert lists.tvheadend.wanted == (PlayerChannel("WZAA-DT", "2.1"),)


def test_the_filter_without_an_address_is_a_setting_error(store):
    with pytest.raises(errors.SettingError, match="tvh_filter"):
        player_channels.load(config_settings.Config(tvh_filter=True), store)


def playlist(path, *names):
    rows = "".join(f"#EXTINF:-1,{name}\nx\n" for name in names)
    path.write_text(f"#EXTM3U\n{rows}")
    return config_settings.Config(channels_from=str(path))


def test_offline_no_server_is_asked_and_a_file_is_read_all_the_same(store, tvh, tmp_path):
    tvh.channel("WZAA-DT", "2.1")
    offline = with_tvh(tvh, offline="on")
    with pytest.raises(errors.PlayerHasNoChannels):
        player_channels.load(offline, store)
    assert tvh.calls == []
    online = player_channels.load(with_tvh(tvh), store)
    calls = len(tvh.calls)
    assert player_channels.load(offline, store) == online
    assert len(tvh.calls) == calls
    settings = sources.override(playlist(tmp_path / "tv.m3u", "WZAA"), {"offline": "on"})
    assert player_channels.load(settings, store).playlist.wanted == (PlayerChannel("WZAA"),)


# What is remembered


def test_of_a_server_in_trouble_the_last_channels_are_used_and_that_is_noted(store, clock):
    with TvhStandIn() as tvh:
        tvh.source("20000.gracenote2epg", tvh.channel("WZAA-DT", "2.1"))
        settings, after = with_tvh(tvh), []
        before = player_channels.load(settings, store).tvheadend
        at = time.strftime("%d %b %H:%M", time.localtime(clock.now()))
        clock.advance(3 * DAY)
        for name, value in (("password", "another"), ("body", b"<html>"), ("channels", [])):
            right = getattr(tvh, name)
            setattr(tvh, name, value)
            after.append(player_channels.load(settings, store).tvheadend)
            setattr(tvh, name, right)
    after.append(player_channels.load(settings, store).tvheadend)  # it is gone
    assert (before.wanted, before.note) == (
        (PlayerChannel("WZAA-DT", "2.1", ("20000.gracenote2epg",)),),
        "",
    )
    assert [player.wanted for player in after] == [before.wanted] * 4
    notes = [player.note for player in after]
    assert all(note.endswith(f"; its channels as of {at} are used.") for note in notes), notes
    assert SECRET not in str(notes)


def test_with_nothing_remembered_the_trouble_is_an_error(store, tvh):
    with pytest.raises(errors.PlayerHasNoChannels):
        player_channels.load(with_tvh(tvh), store)
    tvh.statuses["channel/grid"] = 403
    with pytest.raises(errors.TvheadendForbidden):
        player_channels.load(with_tvh(tvh), store)


def test_one_lists_channels_are_not_used_for_another(store, tmp_path):
    player_channels.load(playlist(tmp_path / "one.m3u", "WZAA"), store)
    with pytest.raises(errors.PlaylistError):
        player_channels.load(
            config_settings.Config(channels_from=str(tmp_path / "other.m3u")), store
        )


# A list that is short all at once


@pytest.fixture(name="used")
def _used(store, tvh):
    """How many of the ``listed`` channels a run uses, and what is noted of them."""

    def used(listed, now=False, **changes):
        tvh.channels = []
        for number in range(listed):
            tvh.channel(f"Channel {number}", str(number + 2))
        player = player_channels.load(with_tvh(tvh, **changes), store, now=now).tvheadend
        return len(player.wanted), player.note

    return used


def test_a_short_list_is_used_only_when_it_stays_short(used, clock):
    assert used(10) == (10, "")
    until = time.strftime("%d %b %H:%M", time.localtime(clock.now() + DISTRUST_FOR))
    for _ in range(3):  # no run makes it last longer
        count, note = used(8)
        assert count == 10
        assert f"from 10 channels to 8: the guide has the 10 until {until}" in note
        assert note.endswith(" or until --force.")
        clock.advance(DISTRUST_FOR / 3 - 10)
    clock.advance(29)
    assert used(8)[0] == 10
    clock.advance(1)
    assert used(8) == (8, "")
    assert used(10) == (10, "")


def test_how_short_is_short_is_what_it_is_of_guides(used):
    for worse_below in (0, 80):
        assert used(10) == (10, "")
        assert used(8, worse_below=worse_below) == (8, "")
        assert used(8) == (8, "")


def test_looking_at_a_short_list_shows_it_and_changes_nothing(used):
    assert used(10) == (10, "")
    count, note = used(1, now=True)
    assert (count, bool(note)) == (1, True)
    assert used(1)[0] == 10


def test_a_clock_that_was_ahead_holds_no_list(used, clock):
    now = clock.now()
    clock.set(now + DAY)
    assert used(10) == (10, "")
    clock.set(now)
    assert used(1) == (1, "")


def test_a_file_that_the_user_shortened_is_used_at_once(store, tmp_path):
    for names in ("ABCD", "A"):
        settings = playlist(tmp_path / "tv.m3u", *names)
        assert len(player_channels.load(settings, store).playlist.wanted) == len(names)
