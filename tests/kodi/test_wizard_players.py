"""The set-up's questions about channels and players."""

import json
import os

import pytest

from gracenote2epg.grab import schedule
from gracenote2epg.store.answers import Store
from support import guides
from support.fake_iptv_simple import OLD, Iptv
from support.fake_kodi import NOTHING
from support.fake_tvheadend import TvhStandIn
from support.kodi_addon import CHANNELS, HERE, PREVIEW, SEEN, TO_A_FILE, WAY, ours

YES, LEAVE, STAY = 1, 1, 2  # buttons
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
    monkeypatch.setattr(ours("ui.wizard"), "MAX_MARKED", 7)
    choose_channels(home, 1, [0, 5], [1], [2, 4])
    first, all_marked, none_marked = home.asked_for("Channels of the guide")[1:]
    assert (first.marked, all_marked.marked, none_marked.marked) == ([], list(range(2, 10)), [])
    assert [label for label, _ in first.rows[:2]] == ["Mark all", "Mark none"]
    assert first.rows[2] == ("PUBLIC MEADOW KIDS HD · WZAADT 2.1", "")
    assert len(home.saved()["channels"].split(",")) == 2


def test_choosing_no_channel_repeats_the_question_and_all_saves_no_list(home):
    choose_channels(home, 1, [], SEEN, 1, list(range(8)))
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
    home.set_up(0, HERE, 1, *TO_A_FILE[PREVIEW:CHANNELS], 1, NOTHING, NOTHING, LEAVE)
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


@pytest.mark.parametrize(("picked", "count"), [((0,), 8), ((1, [5]), 1)])
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
    choose_channels(home, 2, SEEN, STAY, 0)
    assert "smb://nas/list.m3u (more than" in home.texts("ok")[0]


def test_a_playlist_on_a_share_that_is_off_is_an_error_message(home):
    settings = OLD.replace("/tv/list.m3u", "smb://robin:pw@nas/list.m3u")
    Iptv(home, "20.6.1").write("settings.xml", settings)
    choose_channels(home, 2, SEEN, STAY, 0)
    (message,) = home.texts("ok")
    assert message.startswith("The list of channels cannot be read: ")
    assert "smb://nas/list.m3u (Kodi cannot read it)" in message


def test_the_channels_of_an_hdhomerun_are_marked_and_its_last_address_is_proposed(home, tmp_path):
    lineup = [{"GuideNumber": "2.1", "GuideName": "WZAA"}, {"GuideNumber": "4.1"}]
    (tmp_path / "lineup.json").write_text(json.dumps(lineup))
    home.set(channels_from="/tv/before.json")
    choose_channels(home, 2, str(tmp_path / "lineup.json"), [0])
    (question,) = home.asked_for("Address of the HDHomeRun")
    assert question.text == "/tv/before.json"
    assert FIRST in marked(home)


def test_the_channels_of_tvheadend_are_marked_and_its_account_is_saved(home, server):
    for name in ("WZAA", "ZADMOVI"):
        server.channel(name, "")
    answers = (3, server.url, *ACCOUNT.values(), [0])
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
    choose_channels(home, 2, playlist(tmp_path / "list.m3u", "Nobody's"), SEEN, 0)
    assert home.texts("ok") == ["None of its channels are in this lineup."]


@pytest.mark.parametrize(
    ("typed", "after"),
    [(NOTHING, ()), ("/nowhere/list.m3u", (SEEN, STAY)), ("ftp://192.0.2.1/x", (SEEN,))],
)
def test_a_player_that_cannot_be_read_repeats_the_question(home, typed, after):
    choose_channels(home, 2, typed, *after, 0)
    assert home.saved() == TO_SAVED


def test_name_and_password_are_in_no_log_line(home, server):
    home.set_up(*TO_A_FILE[:CHANNELS], 3, server.url, "viewer", "wr0ng-one", SEEN, LEAVE)
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


def test_the_line_for_tvheadends_cron_is_shown(home, server):
    choose_player(home, 1, server.url, *ACCOUNT.values(), YES, SEEN, False, SEEN)
    (help_text,) = home.asked_for("TV guide: Tvheadend")
    with Store(home.profile, home.clock) as store:
        assert f"\n    {schedule.cron_line(store.installation_id())}\n" in help_text.text
    assert home.kinds()[-2:] == ["yesno", "select"]
    expected = {**TO_SAVED, "profile": "tvheadend", "tvh_url": server.url, **ACCOUNT}
    assert home.saved() == expected


def test_the_doctor_checks_tvheadend_if_the_user_wants_it(home, server):
    choose_player(home, 1, server.url, "viewer", "wrong", YES, SEEN, True, SEEN, SEEN)
    (report,) = home.asked_for("TV guide: Why is my guide empty?")[-1:]
    assert report.rows[0][0] == "Tvheadend"  # the verdict


@pytest.mark.parametrize("typed", [["viewer"], []])
def test_back_at_the_name_or_the_password_keeps_both(home, server, typed):
    before = {"tvh_url": server.url, **ACCOUNT}
    home.set(**before)
    again = [*before.values(), YES, SEEN, False, SEEN]
    choose_player(home, 1, server.url, *typed, NOTHING, 1, *again)
    assert before.items() <= home.saved().items()


def test_a_tvheadend_without_users_needs_no_name(home, server):
    choose_player(home, 1, server.url, NOTHING, YES, SEEN, False, SEEN)
    assert set(home.saved()) == {"postal_code", "profile", "tvh_url"}


@pytest.mark.parametrize("typed", [[NOTHING], ["ftp://192.0.2.1", SEEN]])
def test_without_tvheadends_address_the_question_is_repeated(home, typed):
    choose_player(home, 1, *typed, *TO_A_FILE[WAY:], SEEN)
    assert home.saved() == TO_SAVED


def test_without_iptv_simple_the_question_is_repeated(home):
    choose_player(home, 0, SEEN, *TO_A_FILE[WAY:], SEEN)
    (ways, _) = home.asked_for("Where should the guide go?")
    assert ways.rows[0][1] == "It is not installed, or not enabled"
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
