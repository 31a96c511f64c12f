"""``--match`` and ``--assign``: which stations the players' channels match."""

import json
import re

import pytest

from gracenote2epg.store.database import RunLock
from support.fake_tvheadend import TvhStandIn
from support.machine import Terminal


@pytest.fixture(name="tvh")
def _tvh():
    with TvhStandIn() as tvh:
        names = {"WZAA-DT": "2.1", "Two on it": "2.1", "Nowhere": "88.1", "KZAG": "5.1"}
        for name, number in names.items():
            tvh.channel(name, number)
        yield tvh


@pytest.fixture(name="settings")
def _settings(tvh):
    return {
        "GRACENOTE_POSTAL_CODE": "90210",
        "GRACENOTE_TVH_URL": tvh.url,
        "GRACENOTE_TVH_USERNAME": tvh.user,
        "GRACENOTE_TVH_PASSWORD": tvh.password,
    }


@pytest.fixture(name="viewer")
def _viewer(terminal, settings):
    terminal.environment.update(settings)
    return terminal


HARBOR = "HARBOR BROADCASTING COMPANY"


def rows_of(result):
    return [re.split(r"\s{2,}", line) for line in result.out.splitlines()[1:-1]]


def test_match_shows_the_station_of_each_channel_doubts_first(
    large_server, settings, tmp_path, clock
):
    """In the large world, where two stations share 2.1."""
    terminal = Terminal(large_server, tmp_path, clock)
    result = terminal.run("--match", **settings)
    assert (result.code, result.err) == (0, "")
    assert rows_of(result) == [
        ["2.1 Two on it", "-", f"{HARBOR} · WZAADT 2.1 (20006), WZAKDT2 2.1 (20387)"],
        ["2.1 WZAA-DT", f"{HARBOR} · WZAADT 2.1 (20006)", "number and call sign", "95%"],
        ["5.1 KZAG", "PUBLIC MEADOW KIDS HD · KZAGDT 5.1 (20242)", "number and call sign", "92%"],
        ["88.1 Nowhere", "-"],
    ]
    assert "2 of 4 channels match a station; doubtful: 1." in result.out
    first, second, *_ = json.loads(terminal.run("--match", "--json", **settings).out)
    assert first == {
        "list": f"Tvheadend at {settings['GRACENOTE_TVH_URL']}",
        "name": "WZAA-DT",
        "number": "2.1",
        "station_id": "20006",
        "call_sign": "WZAADT",
        "confidence": 95,
        "how": "number and call sign",
        "doubts": [],
    }
    assert (second["station_id"], second["call_sign"]) == ("", "")
    assert (second["confidence"], second["doubts"]) == (0, ["20006", "20387"])


def test_an_assignment_is_shown_remembered_and_forgotten(viewer):
    given = viewer.run("--assign", "Nowhere=4.1", "--assign", "Two on it=-")
    station = f"{HARBOR} · ZADMOVI 4.1 (20122)"
    assert ["88.1 Nowhere", station, "your assignment", "100%"] in rows_of(given)
    assert rows_of(given)[-1] == ["2.1 Two on it", "-", "your assignment", "100%"]
    assert rows_of(viewer.run("--match")) == rows_of(given)
    forgotten = viewer.run("--match", "--assign", "88.1=")
    assert rows_of(forgotten)[-1] == ["88.1 Nowhere", "-"]


def test_an_assignment_names_the_link_that_tvheadend_keeps(viewer, tvh):
    for channel in tvh.channels[:2]:
        tvh.source("20006.gracenote2epg", channel)
    given = ("--assign", "Two on it=4.1", "--assign", "WZAA-DT=20006")
    lines = viewer.run(*given).out.splitlines()
    said = [line for line in lines if "does not change" in line]
    assert len(said) == 1
    assert "link of 2.1 Two on it to 20006.gracenote2epg: after its next grab" in said[0]
    assert "to 20122 in Configuration, Channel / EPG, EPG Grabber Channels" in said[0]


def test_match_downloads_once_and_then_works_offline(viewer, server, tvh):
    first = viewer.run("--match")
    requests = server.counts.requests
    assert requests > 0
    assert rows_of(viewer.run("--match")) == rows_of(first)
    calls = len(tvh.calls)
    assert rows_of(viewer.run("--match", "--offline")) == rows_of(first)
    assert (server.counts.requests, len(tvh.calls)) == (requests, calls)


def test_match_reads_beside_a_run_and_an_assignment_waits_for_its_end(viewer, unclear):
    alone = viewer.run("--match").out, viewer.run("--list-stations").out
    with RunLock(viewer.data):
        assert (viewer.run("--match").out, viewer.run("--list-stations").out) == alone
        words = (["--assign", "Nowhere=2.1"], 8, "Try this again when it is over")
        assert unclear(viewer.run, [words]) == []


def test_match_shows_the_present_channels_and_a_playlist_beside_them(viewer, tvh, tmp_path):
    (tmp_path / "tv.m3u").write_text("#EXTM3U\n#EXTINF:-1,KZAG-DT\nx\n")
    result = viewer.run("--match", "--channels-from", str(tmp_path / "tv.m3u"))
    assert "tv.m3u: 1 of 1 channels match a station" in result.out
    assert "3 of 4 channels match a station" in result.out
    tvh.channels = tvh.channels[:1]
    result = viewer.run("--match")
    assert len(rows_of(result)) == 1
    assert "went from 4 channels to 1: the guide keeps the 4 until" in result.err


def test_an_impossible_match_is_one_clear_line_and_an_exit_code(viewer, server, unclear):
    no_tvh, wrong = {"GRACENOTE_TVH_URL": ""}, {"GRACENOTE_TVH_PASSWORD": "geheim"}
    secret = {"GRACENOTE_TVH_URL": "http://me:geheim@x"}
    rows = [
        (["--match"], 2, "--match needs --channels-from or --tvh-url", no_tvh),
        (["--assign", "88.1=2.1"], 2, "--assign needs --channels-from", no_tvh),
    ]
    assert unclear(viewer.run, rows) == []
    assert server.counts.requests == 0
    rows = [
        (["--match", "--offline"], 5, "No stored answer covers this"),
        (["--match"], 9, "Check tvh_password", wrong),
        (["--match"], 2, "tvh_url: 'http://(user)@x'", secret),
        (["--assign", "Else=2.1"], 2, "a channel that --match shows"),
        (["--assign", "88.1 Nowere=2.1"], 2, "--match shows (did you mean 88.1 Nowhere?)"),
        (["--assign", "Nowhere=NOSUCH"], 2, "NOSUCH is not a station"),
        (["--serve", "--assign", "Nowhere=2.2"], 2, "--assign goes with --match"),
        (["--tvh-filter"], 2, "on with a tvh_url", no_tvh),
        (["--channels-from", "/none.m3u"], 9, "No channels can be read from /none.m3u"),
    ]
    assert unclear(viewer.run, rows) == []
    for more in (wrong, secret):
        assert "geheim" not in viewer.run("--match", **more).err


def test_no_log_holds_the_password(viewer, tvh):
    result = viewer.grab("--debug", "--console", GRACENOTE_TVH_FILTER="yes")
    assert re.findall(r'<channel id="(\d+)', result.out) == ["20006", "20242"]
    tvh.statuses["channel/grid"] = 401
    result = viewer.run("--match", "--debug", "--console")
    assert tvh.password not in viewer.log + result.err + result.out
