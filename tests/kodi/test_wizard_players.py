"""The set-up's questions about channels and players."""

import json
import os

import pytest

from gracenote2epg.channels.stations import GuideStation
from gracenote2epg.grab import schedule
from gracenote2epg.setup import steps
from gracenote2epg.store.answers import Store
from support import builders, guides
from support.fake_iptv_simple import OLD, Iptv
from support.fake_kodi import NOTHING
from support.fake_tvheadend import TvhStandIn
from support.kodi_addon import CHANNELS, HERE, SEEN, TO_A_FILE, TONIGHT, WAY, ours

YES, LEAVE, BACK = 1, 1, 0  # buttons
AGAIN = (SEEN, NOTHING, BACK)  # after an address that was refused
TO_SAVED = {"postal_code": HERE}  # what TO_A_FILE saves
ACCOUNT = {"tvh_username": "viewer", "tvh_password": "pass:word"}


def choose_channels(kodi, *answers):
    """The set-up with these answers to the question about channels."""
    kodi.set_up(*TO_A_FILE[:CHANNELS], *answers, *TO_A_FILE[WAY:], SEEN)


def choose_player(kodi, *answers):
    """The set-up with these answers from the question about the player on."""
    kodi.set_up(*TO_A_FILE[:WAY], *answers)


def picker(kodi):
    (dialog,) = [dialog for dialog in kodi.asked if dialog.kind == "multiselect"]
    return dialog


FIRST = "PUBLIC MEADOW KIDS HD · WZAADT 2.1"


def marked(kodi):
    """The labels of the channels that were marked."""
    return [picker(kodi).rows[at][0] for at in picker(kodi).marked]


def playlist(path, *names):
    lines = [f"#EXTINF:-1,{name}\nhttp://192.0.2.1/{name}" for name in names]
    path.write_text("#EXTM3U\n" + "\n".join(lines))
    return str(path)


@pytest.fixture(name="server")
def _server():
    """A Tvheadend."""
    with TvhStandIn() as server:
        yield server


# Channels by hand


def test_channels_are_chosen_by_hand_from_all_of_them(home):
    choose_channels(home, 1, [0, 2, 3])
    assert picker(home).marked == list(range(8))
    names = home.saved()["channels"].split(",")
    assert len(names) == 3
    guide = guides.programmes(home.guide)
    assert {programme.station for programme in guide} == set(names)
    home.asked.clear()
    home.set_up(*TO_A_FILE[:CHANNELS], 1, NOTHING, NOTHING, LEAVE)
    assert picker(home).marked == [0, 2, 3]  # of the same lineup


def test_a_long_list_begins_unmarked_and_has_rows_for_all_and_none(home, monkeypatch):
    wizard = ours("ui.wizard")
    monkeypatch.setattr(wizard, "MAX_DETAILED", 7)
    monkeypatch.setattr(wizard, "LANGUAGES", ())  # the hours of an evening may tell none
    monkeypatch.setattr(steps, "MAX_MARKED", 7)
    names = ("all", "none", "those in HD")
    many, count = [f"Mark {name}" for name in names], len(names)
    choose_channels(home, 1, [0, count + 5], [1], [2], [count + 2, count + 4])
    lists = home.asked_for("Channels of the guide")[1:]
    assert [label for label, _ in lists[0].rows[: count + 1]] == [
        *many,
        "PUBLIC MEADOW KIDS HD · WZAADT 2.1",
    ]
    marked = [[number - count for number in dialog.marked] for dialog in lists]
    assert marked == [[], list(range(8)), [], [0]]
    assert len(home.saved()["channels"].split(",")) == 2


def test_stations_can_be_marked_by_language(home):
    names = ("ABC HD", "CBS", "TVA HD", "Univision")
    stations = [
        {
            "name": name,
            "station": GuideStation(builders.station(language=language), builders.lineup()),
        }
        for name, language in zip(names, ("en", "en", "fr", ""))
    ]
    kinds = dict(ours("ui.wizard")._kinds(stations))
    assert kinds == {
        "mark_all": {0, 1, 2, 3}, "mark_none": set(), "mark_hd": {0, 2}, "mark_en": {0, 1},
        "mark_fr": {2},
    }  # fmt: skip


def test_choosing_no_channel_repeats_the_question_and_all_saves_no_list(home):
    choose_channels(home, 1, [], SEEN, list(range(8)))
    assert home.texts("ok") == ["Choose at least one channel."]
    assert home.saved() == TO_SAVED


def test_channels_of_the_setting_are_marked_except_missing_ones(home):
    home.set(postal_code=HERE, channels="4.1, WZAADT 99999999")
    choose_channels(home, 1, [0])
    (question, *_) = home.asked_for("Channels of the guide")
    assert question.rows[question.marked][0] == "Choose by hand"
    assert marked(home) == [FIRST, "HARBOR BROADCASTING COMPANY · ZADMOVI 4.1"]


def test_another_lineup_starts_with_all_channels_marked(home):
    choose_channels(home, 1, [0, 2])
    home.asked.clear()
    home.set_up(0, HERE, 1, *TO_A_FILE[TONIGHT:CHANNELS], 1, NOTHING, NOTHING, LEAVE)
    assert picker(home).marked == list(range(len(picker(home).rows)))


# Channels that a player has


def test_the_channels_of_iptv_simples_playlist_are_marked(home, tmp_path):
    path = playlist(tmp_path / "list.m3u", "WZAADT", "ZADMOVI", "Nobody's")
    Iptv(home, "20.6.1").write("settings.xml", OLD.replace("/tv/list.m3u", path))
    choose_channels(home, 2, [0, 4])
    assert marked(home) == [FIRST, "HARBOR BROADCASTING COMPANY · ZADMOVI 4.1"]
    assert len(home.saved()["channels"].split(",")) == 2
    assert "channels_from" not in home.saved()


@pytest.mark.parametrize("broken", ["<settings", ""])
def test_broken_settings_of_an_instance_do_not_hide_the_others(home, tmp_path, broken):
    iptv = Iptv(home, "21.0.0")
    path = playlist(tmp_path / "list.m3u", "WZAADT")
    iptv.write("instance-settings-1.xml", broken)
    iptv.write("instance-settings-2.xml", OLD.replace("/tv/list.m3u", path))
    choose_channels(home, 2, [0])
    assert marked(home) == [FIRST]


@pytest.mark.parametrize(("picked", "count"), [((1,), 8), ((2, [5]), 1)])
def test_the_guide_has_the_confirmed_channels(home, tmp_path, picked, count):
    home.set(channels_from=playlist(tmp_path / "list.m3u", "WZAADT"), tvh_filter="true")
    choose_channels(home, *picked)
    (confirmed,) = [text for text in home.texts("yesnocustom") if "[CR]Save this" in text]
    assert f"[CR]Channels: {count}[CR]" in confirmed
    guide = guides.programmes(home.guide)
    assert len({programme.station for programme in guide}) == count
    assert set(home.saved()) <= {"postal_code", "channels"}


def test_a_playlist_on_a_share_is_read_by_kodi(home, tmp_path):
    settings = OLD.replace("/tv/list.m3u", "smb://nas/list.m3u")
    Iptv(home, "20.6.1").write("settings.xml", settings)
    playlist(tmp_path / "list.m3u", "WZAADT")
    home.shares["smb://nas/list.m3u"] = (tmp_path / "list.m3u").read_bytes()
    choose_channels(home, 2, [0])
    assert marked(home) == [FIRST]
    assert not os.path.exists(os.path.join(home.userdata, "temp"))  # addresses hold passwords


def test_a_playlist_that_only_kodi_can_read_has_a_size_that_is_read(home, monkeypatch):
    monkeypatch.setattr("gracenote2epg.channels.playlist.MAX_BYTES", 1 << 19)
    settings = OLD.replace("/tv/list.m3u", "smb://robin:pw@nas/list.m3u")
    Iptv(home, "20.6.1").write("settings.xml", settings)
    home.shares["smb://robin:pw@nas/list.m3u"] = b"#EXTM3U\n" + bytes(1 << 20)
    choose_channels(home, 2, SEEN, 0)
    assert ": smb://nas/list.m3u." in home.texts("ok")[0]
    assert home.logged("(more than 0 MB)")


def test_a_playlist_on_a_share_that_is_off_is_an_error_message(home):
    settings = OLD.replace("/tv/list.m3u", "smb://robin:pw@nas/list.m3u")
    Iptv(home, "20.6.1").write("settings.xml", settings)
    choose_channels(home, 2, SEEN, 0)
    (message,) = home.texts("ok")
    assert message.startswith("The list of channels cannot be read: ")
    assert ": smb://nas/list.m3u." in message


def test_the_channels_of_an_hdhomerun_are_marked_and_its_last_address_is_proposed(home, tmp_path):
    lineup = [{"GuideNumber": "2.1", "GuideName": "WZAA"}, {"GuideNumber": "4.1"}]
    (tmp_path / "lineup.json").write_text(json.dumps(lineup))
    home.set(channels_from="/tv/before.json")
    choose_channels(home, 4, str(tmp_path / "lineup.json"), [0])
    (question,) = home.asked_for("Address of the HDHomeRun")
    assert question.text == "/tv/before.json"
    assert FIRST in marked(home)


def test_the_channels_of_tvheadend_are_marked_and_its_account_is_saved(home, server):
    for name in ("WZAA", "ZADMOVI"):
        server.channel(name, "")
    answers = (4, server.url, *ACCOUNT.values(), [0])
    choose_channels(home, *answers)
    assert marked(home) == [FIRST, "HARBOR BROADCASTING COMPANY · ZADMOVI 4.1"]
    assert ACCOUNT.items() < home.saved().items()
    assert home.saved()["tvh_url"] == server.url
    assert "tvh_filter" not in home.saved()
    server.channels.pop()
    home.asked.clear()
    choose_channels(home, *answers)
    assert marked(home) == [FIRST]  # those that are there now


def test_a_player_without_a_channel_of_the_lineup_is_a_message(home, tmp_path):
    choose_channels(home, 2, playlist(tmp_path / "list.m3u", "Nobody's"), SEEN, NOTHING, BACK, 0)
    assert home.texts("ok") == ["None of its channels is in this lineup."]


@pytest.mark.parametrize(
    ("typed", "after"),
    [(NOTHING, (BACK,)), ("/nowhere/list.m3u", AGAIN), ("ftp://192.0.2.1/x", AGAIN)],
)
def test_a_player_that_cannot_be_read_repeats_the_question(home, typed, after):
    choose_channels(home, 3, typed, *after, 0)
    assert home.saved() == TO_SAVED


def test_name_and_password_are_in_no_log_line(home, server):
    account = (server.url, "viewer", "wr0ng-one")
    home.set_up(*TO_A_FILE[:CHANNELS], 4, *account, SEEN, NOTHING, LEAVE)
    assert not home.logged("viewer")
    assert not home.logged("wr0ng-one")


# Where the guide goes


def test_a_file_goes_to_the_users_folder_and_can_stay_there(home, tmp_path):
    path = tmp_path / "tv" / "xmltv.xml"
    for answers, output in [
        ((2, 1, str(path.parent)), str(path)),
        ((2, 2), str(path)),  # where it is
        ((2, 0), None),  # in the profile
    ]:
        choose_player(home, *answers, YES, SEEN)
        assert home.saved().get("output") == output
    assert path.is_file()


def test_choosing_no_folder_repeats_the_question(home):
    choose_player(home, 2, 1, NOTHING, 2, 0, YES, SEEN)
    assert "output" not in home.saved()


@pytest.mark.parametrize(
    ("before", "after"), [("tvheadend", None), ("kodi", None), ("plex", "plex")]
)
def test_a_file_resets_the_profile_of_another_player(home, before, after):
    home.set(profile=before)
    home.set_up(*TO_A_FILE, SEEN)
    assert home.saved().get("profile") == after


@pytest.mark.parametrize(("client", "row"), [("pvr.hts", 1), ("pvr.iptvsimple", 0), ("", 2)])
def test_the_player_that_is_there_is_proposed_and_takes_eight_presses(home, client, row):
    if client == Iptv.NAME:
        Iptv(home, "20.6.1", 2, 2).write("settings.xml")
    home.rpc.setdefault(
        "Addons.GetAddonDetails",
        lambda addonid, properties: (
            {"addon": {"version": "1", "enabled": True}} if addonid == client else {}
        ),
    )
    ends = {"pvr.hts": (NOTHING, YES, SEEN, SEEN), Iptv.NAME: (YES, SEEN, SEEN), "": (0, YES, SEEN)}
    choose_player(home, row, *ends[client])
    (question,) = home.asked_for(ours("strings").localize("ask_player"))
    assert question.marked == row
    after = [dialog for dialog in home.asked if dialog.kind != "progress"][2:]  # the postal code
    assert len(after) <= 8  # in each of them the proposal has the focus


def test_the_line_for_tvheadends_cron_is_shown(home, server):
    choose_player(home, 1, server.url, *ACCOUNT.values(), YES, SEEN, SEEN)
    (help_text,) = home.asked_for("TV guide: Tvheadend")
    with Store(home.profile, home.clock) as store:
        assert f"\n    {schedule.cron_line(store.installation_id())}\n" in help_text.text
    assert home.kinds()[-2:] == ["textviewer", "select"]
    expected = {**TO_SAVED, "profile": "tvheadend", "tvh_url": server.url, **ACCOUNT}
    assert home.saved() == expected


@pytest.mark.parametrize("typed", [["viewer"], []])
def test_back_at_the_name_or_the_password_keeps_both(home, server, typed):
    before = {"tvh_url": server.url, **ACCOUNT}
    home.set(**before)
    again = [*before.values()][len(typed) :] if typed else [*before.values()]
    choose_player(home, 1, server.url, *typed, NOTHING, BACK, *again, YES, SEEN, SEEN)
    assert before.items() <= home.saved().items()


def test_a_tvheadend_without_users_needs_no_name(home, server):
    server.auth = "none"
    choose_player(home, 1, server.url, NOTHING, YES, SEEN, SEEN)
    assert set(home.saved()) == {"postal_code", "profile", "tvh_url"}


def test_tvheadends_address_may_be_left_out_but_not_be_wrong(home):
    choose_player(home, 1, "ftp://192.0.2.1", SEEN, NOTHING, YES, SEEN, SEEN)
    assert home.saved() == {**TO_SAVED, "profile": "tvheadend"}


def test_without_iptv_simple_the_question_is_repeated(home):
    choose_player(home, 0, SEEN, *TO_A_FILE[WAY:], SEEN)
    (ways, _) = home.asked_for("Which player?")
    assert ways.rows[0][0].endswith(" · It is not installed, or not enabled")
    assert ways.marked == 2
    assert home.texts("ok")[0].startswith("IPTV Simple is not installed")
    assert home.saved() == TO_SAVED


def test_the_players_own_names_are_in_the_guide_without_a_filter(home, tmp_path):
    path = playlist(tmp_path / "list.m3u", "WZAA-HD", "Nobody's")
    Iptv(home, "20.6.1", 2, 2).write("settings.xml", OLD.replace("/tv/list.m3u", path))
    home.set_up(*TO_A_FILE, SEEN)
    assert home.saved() == TO_SAVED
    with open(home.guide, encoding="utf-8") as file:
        text = file.read()
    assert "<display-name>WZAA-HD</display-name>" in text
    assert len(guides.channels(home.guide)) == 8
