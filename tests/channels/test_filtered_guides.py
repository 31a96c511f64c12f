"""Whole runs limited to the channels of players."""

import time

import pytest

from gracenote2epg import errors
from gracenote2epg.channels import player_channels, playlist
from gracenote2epg.channels.matching import PlayerChannel
from gracenote2epg.clock import TWO_RUNS
from gracenote2epg.store.answers import Store
from gracenote2epg.store.choices import ASSIGNED_STATIONS
from players import kodi, reading, tvheadend
from support import guides
from support.fake_tvheadend import TvhStandIn

NO_TVHEADEND = {"tvh_filter": "off", "tvh_url": ""}
# The stations of the made-up source on 2.1, 5.1, 5.2 and 4.1: see its world.channels().
WZAA, KZAG, CZAH, ZADM = "20006", "20242", "20262", "20122"


def names_of(path):
    """The display names of a guide's channels, by channel id."""
    return reading.names(guides.read(path))


def in_tvheadend(path, names):
    """The ids of the guide's channels that Tvheadend links, by the names of its own."""
    return {name: tvheadend.link(names_of(path), PlayerChannel(name)) for name in names}


@pytest.fixture(name="tvh")
def _tvh():
    """Three channels with a station, one without, one disabled."""
    with TvhStandIn() as tvh:
        tvh.channel("WZAA-DT", "2.1")
        tvh.channel("KZAG-DT", "5.1")
        tvh.source(f"I{CZAH}.json.schedulesdirect.org", tvh.channel("Ours"))
        tvh.channel("Nowhere", "88.1")
        tvh.channel("ZADMOVI", "4.1", enabled=False)
        yield tvh


@pytest.fixture(name="clock")
def _clock(clock):
    """Keep all runs of a test on one day, even just before midnight."""
    if time.localtime(clock.now()).tm_mday != time.localtime(clock.now() + 60).tm_mday:
        clock.advance(60)
    return clock


@pytest.fixture(name="settings")
def _settings(server, tvh, tmp_path):
    """Settings of a run limited to Tvheadend's channels."""

    def settings(**changes):
        given = {"tvh_url": tvh.url, "tvh_username": "viewer", "tvh_password": tvh.password}
        return guides.settings(server, tmp_path, **{"tvh_filter": "on", **given, **changes})

    return settings


@pytest.fixture(name="grab")
def _grab(settings, clock):
    return lambda **changes: guides.grab(settings(**changes), clock)


def stations(report):
    return set(guides.channels(report.path))


def test_the_guide_has_only_tvheadends_stations(server, grab, clock):
    report = grab()
    assert stations(report) == {WZAA, KZAG, CZAH}
    truth = {row for row in guides.truth(server, 1, clock) if row.station in (WZAA, KZAG, CZAH)}
    assert set(guides.programmes(report.path)) == truth
    assert [note for note in report.notes if "1 of 4 channels" in note and "88.1 Nowhere" in note]
    server.reset_counts()
    grab()  # within min_interval, with the filter too
    assert server.counts.requests == 0


def test_details_are_downloaded_for_tvheadends_stations_only(server, tvh, grab, clock):
    tvh.channels, now = tvh.channels[:1], int(clock.now())
    report = grab(details=True)
    series = {
        entry.params["programSeriesID"] for entry in server.log if entry.endpoint == "details"
    }
    shown = server.world.airings(WZAA, now, report.summary.end)
    assert series
    assert series <= {airing.programme.series.series_id for airing in shown}


def test_the_guide_has_the_playlists_stations(grab, tmp_path):
    lines = ["#EXTM3U", '#EXTINF:-1 tvg-chno="5.1",KZAG-DT', "x"]
    lines += [f'#EXTINF:-1 tvg-id="{CZAH}.zap2epg",A', "x", "#EXTINF:-1,## NEWS", "x"]
    lines += ["#EXTINF:5400,A film", "x"]
    (tmp_path / "tv.m3u").write_text("\n".join(lines))
    report = grab(tvh_filter="off", channels_from=str(tmp_path / "tv.m3u"))
    assert stations(report) == {KZAG, CZAH}
    assert [
        note
        for note in report.notes
        if "entries that are not channels: 1 film, 1 separator." in note
    ]


def test_the_guide_has_an_assigned_station(grab, settings, clock):
    with Store(settings().data_dir, clock) as store:
        store.choices.put(ASSIGNED_STATIONS, {"Nowhere": ZADM, "WZAA-DT": "-"})
    assert stations(grab()) == {KZAG, CZAH, ZADM}


def test_a_station_is_found_by_its_number_in_any_lineup(server, tvh, grab):
    tvh.channels = []
    tvh.channel("WZAA", "2")
    tvh.channel("On cable", "11")
    cable = server.world.lineups()[1]["lineupId"]
    assert stations(grab(lineup=("OTA", cable))) == {WZAA, ZADM}


def test_fewer_channels_are_believed_after_a_while_or_with_force(tvh, grab, clock):
    grab()
    everything, tvh.channels = tvh.channels, tvh.channels[1:2]
    report = grab()
    assert stations(report) == {WZAA, KZAG, CZAH}
    assert [note for note in report.notes if "from 4 channels to 1" in note]
    clock.advance(TWO_RUNS)
    assert stations(grab()) == {KZAG}
    tvh.channels = everything
    grab()
    tvh.channels = everything[1:2]
    assert stations(grab(worse_below=0)) == stations(grab()) == {KZAG}
    tvh.__exit__()  # and it survives a Tvheadend that is off
    report = grab()
    assert stations(report) == {KZAG}
    assert any("cannot be reached" in note for note in report.notes)


def test_switching_the_filter_is_no_worse_guide(grab):
    counts = [len(stations(grab(tvh_filter=filter_))) for filter_ in ("off", "on", "off")]
    assert counts == [8, 3, 8]


def test_fewer_stations_of_the_same_channels_are_a_worse_guide(grab, settings, clock):
    path = grab().path
    with Store(settings().data_dir, clock) as store:
        fact, at = store.fact(f"published {path}")
        rows = fact["summary"]["stations"]
        rows.update({f"3000{n}": row for n, row in enumerate(list(rows.values()))})
        store.set_fact(f"published {path}", fact, at)  # as if the source had listed more then
    with pytest.raises(errors.WorseGuide):
        grab()


def test_without_channels_the_guide_is_kept(server, tvh, grab, settings):
    before = guides.programmes(grab(**NO_TVHEADEND).path)
    tvh.channels = tvh.channels[3:]
    with pytest.raises(errors.NoChannelMatches):  # none of them matches
        grab()
    server.reset_counts()
    with pytest.raises(errors.TvheadendUnreachable):  # nothing is stored of that address
        grab(tvh_url="http://127.0.0.1:1")
    assert guides.programmes(settings().output) == before
    assert server.counts.requests == 0


# The players' names in the guide


def test_tvheadend_links_its_channels_by_name_with_and_without_the_filter(tvh, grab):
    names = [row["name"] for row in tvh.channels]
    linked = {
        "WZAA-DT": (f"{WZAA}.gracenote2epg",),
        "KZAG-DT": (f"{KZAG}.gracenote2epg",),
        "Ours": (f"{CZAH}.gracenote2epg",),
        "Nowhere": (),
        "ZADMOVI": (f"{ZADM}.gracenote2epg",),  # disabled, but it has our name
    }
    without = {"Ours": (), "WZAA-DT": (), "KZAG-DT": ()}
    assert in_tvheadend(grab(**NO_TVHEADEND).path, names) == {**linked, **without}
    for filter_ in ("off", "on"):
        path = grab(tvh_filter=filter_).path
        assert in_tvheadend(path, names[:4]) == {key: linked[key] for key in names[:4]}
        names_of_wzaa = names_of(path)[f"{WZAA}.gracenote2epg"]
        assert names_of_wzaa == ("WZAADT", "2.1 WZAADT", "2.1", "WZAA-DT")
    mythtv = names_of(grab(profile="mythtv").path)
    assert mythtv[f"{WZAA}.gracenote2epg"] == ("WZAADT", "WZAADT", "2.1")


def test_iptv_simple_finds_its_channels(grab, tmp_path):
    lines = ["#EXTM3U", '#EXTINF:-1 tvg-id="One.us" tvg-chno="5.1" tvg-name="K_1",KZAG-DT', "x"]
    lines += ['#EXTINF:-1 tvg-id="Two.us",WZAA-DT', "x", '#EXTINF:-1 tvg-chno="4.1",Movies!', "x"]
    (tmp_path / "tv.m3u").write_text("\n".join(lines))
    channels = playlist.read(str(tmp_path / "tv.m3u")).channels
    given = {**NO_TVHEADEND, "channels_from": str(tmp_path / "tv.m3u")}
    right = {"KZAG-DT": KZAG, "WZAA-DT": WZAA, "Movies!": ZADM}
    for scheme, ids in (
        ("gracenote2epg", {key: f"{value}.gracenote2epg" for key, value in right.items()}),
        ("player", {"KZAG-DT": "One.us", "WZAA-DT": "Two.us", "Movies!": f"{ZADM}.gracenote2epg"}),
    ):
        report = grab(**given, channel_id=scheme)
        guide = names_of(report.path)
        assert {own.name: next(iter(kodi.link(guide, own)), "") for own in channels} == ids
        found = guides.read(report.path)
        assert {node.get("channel") for node in found.iter("programme")} == set(ids.values())


def test_a_station_assigned_to_a_channel_gets_its_name(grab, settings, clock):
    names = ["Nowhere", "WZAA-X"]
    with Store(settings().data_dir, clock) as store:
        player_channels.remember_player(store, "Kodi", list(map(PlayerChannel, names)))
        store.choices.put(ASSIGNED_STATIONS, {"Nowhere": ZADM, "WZAA-X": "-"})
    report = grab(**NO_TVHEADEND)
    ids = in_tvheadend(report.path, names)
    assert ids == {"Nowhere": (f"{ZADM}.gracenote2epg",), "WZAA-X": ()}
    assert len(stations(report)) > 3  # it is no filter
