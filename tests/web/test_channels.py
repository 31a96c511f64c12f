"""The stations to tick and the players' channels to assign, from the answers of a real run."""

import json
import threading

import pytest

from gracenote2epg.channels import player_channels
from gracenote2epg.channels.matching import PlayerChannel
from gracenote2epg.config.keeper import FileKeeper
from gracenote2epg.config.sources import override
from gracenote2epg.errors import GrabError, SettingError
from gracenote2epg.net.http_handler import BadQuery
from gracenote2epg.web import app
from gracenote2epg.web.channels import Channels, kinds_of
from gracenote2epg.web.status import RunStatus
from support import guides
from support.tables import wrong


@pytest.fixture(name="settings")
def _settings(server, tmp_path):
    settings = guides.settings(server, tmp_path)
    playlist = tmp_path / "tv.m3u"
    playlist.write_text('#EXTM3U\n#EXTINF:-1 tvg-chno="2.1",2.1\nhttp://tv/1\n')
    return settings


@pytest.fixture(name="status")
def _status(settings, clock):
    status = RunStatus(settings, clock)
    status.run(threading.Event(), lambda statistics: None)
    return status


@pytest.fixture(name="page")
def _page(status, settings, clock):
    """The page's stations with these changes of the settings."""
    return lambda **changes: Channels(override(settings, changes), clock)


def numbers(page, state="chosen"):
    return [row["number"] for row in page.stations({})["stations"] if row[state]]


def test_all_stations_are_listed_in_the_lineups_order_with_the_chosen_ones(page, tmp_path):
    every = ["2.1", "2.2", "2.3", "4.1", "4.2", "4.3", "5.1", "5.2"]
    playlist = str(tmp_path / "tv.m3u")

    def told(**changes):
        answer = page(**changes).stations({})
        assert [row["number"] for row in answer["stations"]] == every
        return [row["number"] for row in answer["stations"] if row["chosen"]], answer["later"]

    assert wrong(
        lambda changes: told(**changes),
        [
            ({}, (every, True)),
            ({"channels": ("2.1", "4-5")}, (["2.1", "4.1", "4.2", "4.3", "5.1", "5.2"], False)),
            ({"channels": ("!2.1",)}, (every[1:], True)),
            ({"channels": ("99",)}, ([], False)),
            ({"channels_from": playlist}, (["2.1"], True)),
            ({"channels_from": playlist, "channels": ("4.1",)}, (["2.1", "4.1"], True)),
        ],
    ) == []  # fmt: skip


def test_the_words_choose_what_is_ticked(page, tmp_path):
    ids = {row["number"]: row["id"] for row in page().stations({})["stations"]}
    every, playlist = list(ids), str(tmp_path / "tv.m3u")
    rows = [
        ({}, every, True, 0),
        ({}, every[1:], True, 1),
        ({}, ["2.1"], False, 1),
        ({"channels": ("2.1",)}, every[:3], True, 5),
        ({"channels_from": playlist}, ["2.1"], True, 0),
        ({"channels_from": playlist}, ["2.2"], True, 2),  # one more, one fewer
    ]
    for changes, ticked, later, count in rows:
        words = page(**changes).words([ids[number] for number in ticked], later)
        assert len(words.split(",")) - (not words) == count, (changes, ticked)
        assert numbers(page(**{**changes, "channels": words})) == ticked
        assert page(**{**changes, "channels": words}).stations({})["later"] is later
    with pytest.raises(GrabError, match="No station is ticked"):
        page().words(["99999"], True)


def test_a_players_channel_gets_another_station_at_once(page, settings, clock):
    with guides.Store(settings.data_dir, clock) as store:
        named = [("5.2", "5.2"), ("Home movies", "77"), ("Weather", "4.2")]
        named = [PlayerChannel(*row) for row in named]
        player_channels.remember_player(store, "Kodi", named)
    channels = page()

    def means(name):
        (player,) = channels.players({})["players"]
        rows = {row["channel"]: row for row in player["channels"]}
        return rows[name]["station"], rows[name]["how"]

    rows = channels.players({})["players"][0]["channels"]
    assert [(row["channel"], row["how"], row["is_doubtful"]) for row in rows] == [
        ("4.2 Weather", "number", True),
        ("77 Home movies", "", False),
        ("5.2", "number", False),  # it has no name that could say more
    ]
    (station,) = [row["id"] for row in channels.stations({})["stations"] if row["number"] == "4.1"]
    assert means("77 Home movies") == ("", "")
    for assigned, now in ((station, (station, "your assignment")), ("-", ("", "your assignment"))):
        channels.assign("77 Home movies", assigned)
        assert means("77 Home movies") == now
    channels.assign("77 Home movies", "")
    assert means("77 Home movies") == ("", "")
    for word, message in (("", "from the page"), ("@/etc/passwd", "a station, not a list")):
        with pytest.raises(SettingError, match=message):
            channels.assign("77 Home movies", word)


def test_what_is_ticked_is_saved_unless_a_variable_fixes_it(status, settings, clock):
    keeper = guides.keeper(settings, clock)
    controls, changed = app.Controls(keeper, None, None), []
    keeper.changed = lambda: changed.append(keeper.texts().get("channels"))
    actions, routes = app.actions(status, controls), app.routes(status, controls)
    answer = json.loads(routes["/stations.json"]({}).body)
    first = answer["stations"][0]["id"]
    assert answer["fixed"] == ""
    assert actions["/channels"]({"stations": [first], "later": False}) == {}
    assert changed == [first]
    for nonsense in (first, [[first]], None, []):
        with pytest.raises((BadQuery, GrabError)):
            actions["/channels"]({"stations": nonsense})
    environ = {"HOME": settings.data_dir, "GRACENOTE_CHANNELS": "2.1"}
    fixed = FileKeeper({}, environ, None, {}, clock)
    controls = app.Controls(fixed, None, None)
    answer = json.loads(app.routes(status, controls)["/stations.json"]({}).body)
    assert answer["fixed"] == "the variable GRACENOTE_CHANNELS"
    with pytest.raises(SettingError, match="GRACENOTE_CHANNELS, which comes first"):
        app.actions(status, controls)["/channels"]({"stations": [first]})


def test_before_the_first_run_it_says_that_there_is_no_guide(settings, clock):
    answer = app.routes(RunStatus(settings, clock))["/stations.json"]({})
    assert (answer.status, list(json.loads(answer.body))) == (404, ["error", "error_said"])


def test_kinds_of_stations():
    assert wrong(
        lambda row: kinds_of(row[0], row[1], row[2:]),
        [
            (("WABCDT", "AMERICAN BROADCASTING COMPANY", "7.1"), ["main"]),
            (("WABCDT2", "LOCALISH", "7.2"), ["sub"]),
            (("ESPNHD", "ESPN HD", "206"), ["hd", "sports"]),
            (("QVC", "QVC", "275"), ["shopping"]),
            (("CNN", "CABLE NEWS NETWORK", "202"), ["news"]),
            (("MC15", "MUSIC CHOICE JAZZ", "815"), ["music"]),
            (("NIK", "NICKELODEON", "299"), ["children"]),
            (("HBOP", "HOME BOX OFFICE", "504"), ["movies"]),
        ],
    ) == []  # fmt: skip
