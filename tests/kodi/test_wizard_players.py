"""The set-up's questions about channels and players. What they propose and take is the engine's."""

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
from support.kodi_addon import CHANNELS, HERE, SEEN, TO_A_FILE, WAY, ours

YES, LEAVE, BACK = 1, 1, 0  # buttons
TO_SAVED = {"postal_code": HERE}  # what TO_A_FILE saves
ACCOUNT = {"tvh_username": "viewer", "tvh_password": "pass:word"}
FIRST = "PUBLIC MEADOW KIDS HD · WZAADT 2.1"


def choose_channels(kodi, *answers):
    """The set-up with these answers to the question about channels."""
    kodi.set_up(*TO_A_FILE[:CHANNELS], *answers, *TO_A_FILE[WAY:], SEEN)


def choose_player(kodi, *answers):
    """The set-up with these answers from the question about the player on."""
    kodi.set_up(*TO_A_FILE[:WAY], *answers)


def marked(kodi):
    """The labels of the channels that were marked."""
    (picker,) = [dialog for dialog in kodi.asked if dialog.kind == "multiselect"]
    return [picker.rows[at][0] for at in picker.marked]


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
    assert len(marked(home)) == 8
    names = home.saved()["channels"].split(",")
    (confirmed,) = [text for text in home.texts("yesnocustom") if "[CR]Save this" in text]
    assert f"[CR]Channels: {len(names)}[CR]" in confirmed
    assert {programme.station for programme in guides.programmes(home.guide)} == set(names)
    home.set_up(*TO_A_FILE[:CHANNELS], NOTHING, LEAVE)
    question = home.asked_for("Channels of the guide")[-1]
    assert question.rows[question.marked][0] == "Choose by hand"


def test_a_long_list_begins_unmarked_and_has_rows_for_all_and_none(home, monkeypatch):
    wizard = ours("ui.wizard")
    monkeypatch.setattr(wizard, "MAX_DETAILED", 7)
    monkeypatch.setattr(wizard, "LANGUAGES", ())  # the hours of an evening may tell none
    monkeypatch.setattr(steps, "MAX_MARKED", 7)
    choose_channels(home, 1, [0, 8], [1], [2], [5, 7])
    lists = home.asked_for("Channels of the guide")[1:]
    above = ["Mark all", "Mark none", "Mark those in HD", FIRST]
    assert [label for label, _ in lists[0].rows[:4]] == above
    assert [dialog.marked for dialog in lists] == [[], list(range(3, 11)), [], [3]]
    assert len(home.saved()["channels"].split(",")) == 2


def test_stations_can_be_marked_by_language(home):
    stations = [
        {
            "name": name,
            "station": GuideStation(builders.station(language=language), builders.lineup()),
        }
        for name, language in (("ABC HD", "en"), ("CBS", "en"), ("TVA HD", "fr"), ("Univision", ""))
    ]
    assert dict(ours("ui.wizard")._kinds(stations)) == {
        "mark_all": {0, 1, 2, 3}, "mark_none": set(), "mark_hd": {0, 2}, "mark_en": {0, 1},
        "mark_fr": {2},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ((1, [], SEEN, list(range(8))), "Choose at least one channel."),
        ((3, "ftp://192.0.2.1/x", SEEN, NOTHING, BACK, 0), "ftp://192.0.2.1/x is not an address."),
        ((3, "/no/list.m3u", SEEN, NOTHING, BACK, 0), "The list of channels cannot be read: "),
        ((2, "{list}", SEEN, NOTHING, BACK, 0), "None of its channels is in this lineup."),
        ((3, NOTHING, BACK, 0), ""),
    ],
)
def test_an_answer_that_is_refused_is_asked_again(home, tmp_path, answers, text):
    nobodys = playlist(tmp_path / "list.m3u", "Nobody's")
    choose_channels(home, *(nobodys if answer == "{list}" else answer for answer in answers))
    assert "".join(home.texts("ok")).startswith(text)
    assert len(home.texts("ok")) == bool(text)
    assert home.saved() == TO_SAVED


# Channels that a player has


@pytest.mark.parametrize("broken", ["<settings", ""])
def test_broken_settings_of_an_instance_do_not_hide_the_others(home, tmp_path, broken):
    iptv = Iptv(home, "21.0.0")
    path = playlist(tmp_path / "list.m3u", "WZAADT", "ZADMOVI", "Nobody's")
    iptv.write("instance-settings-1.xml", broken)
    iptv.write("instance-settings-2.xml", OLD.replace("/tv/list.m3u", path))
    choose_channels(home, 2, [0])
    assert marked(home) == [FIRST, "HARBOR BROADCASTING COMPANY · ZADMOVI 4.1"]
    assert set(home.saved()) == {*TO_SAVED, "channels"}


def test_a_playlist_on_a_share_is_read_by_kodi(home, tmp_path):
    settings = OLD.replace("/tv/list.m3u", "smb://nas/list.m3u")
    Iptv(home, "20.6.1").write("settings.xml", settings)
    playlist(tmp_path / "list.m3u", "WZAADT")
    home.shares["smb://nas/list.m3u"] = (tmp_path / "list.m3u").read_bytes()
    choose_channels(home, 2, [0])
    assert marked(home) == [FIRST]
    assert not os.path.exists(os.path.join(home.userdata, "temp"))  # addresses hold passwords


@pytest.mark.parametrize("content", [b"", b"#EXTM3U\n" + bytes(1 << 20)])
def test_a_playlist_on_a_share_that_is_off_or_too_long_is_an_error(home, monkeypatch, content):
    monkeypatch.setattr("gracenote2epg.channels.playlist.MAX_BYTES", 1 << 19)
    settings = OLD.replace("/tv/list.m3u", "smb://robin:pw@nas/list.m3u")
    Iptv(home, "20.6.1").write("settings.xml", settings)
    home.shares["smb://robin:pw@nas/list.m3u"] = content
    choose_channels(home, 2, SEEN, 0)
    (message,) = home.texts("ok")
    assert message.startswith("The list of channels cannot be read: ")
    assert ": smb://nas/list.m3u." in message
    assert bool(home.logged("(more than 0 MB)")) == bool(content)


def test_the_channels_of_tvheadend_are_marked_and_its_account_is_saved(home, server):
    for name in ("WZAA", "ZADMOVI"):
        server.channel(name, "")
    home.set(tvh_url="http://before")
    choose_channels(home, 4, server.url, *ACCOUNT.values(), [0])
    assert (
        home.asked_for("Address of Tvheadend's web page, if you know it")[0].text == "http://before"
    )
    assert marked(home) == [FIRST, "HARBOR BROADCASTING COMPANY · ZADMOVI 4.1"]
    assert {**ACCOUNT, "tvh_url": server.url}.items() < home.saved().items()
    assert "tvh_filter" not in home.saved()


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
        ((2, 1, NOTHING, 2, 0), None),  # no folder, then in the profile
    ]:
        choose_player(home, *answers, YES, SEEN)
        assert home.saved().get("output") == output
    assert path.is_file()


def test_a_file_goes_to_a_share_that_kodi_knows_and_can_stay_there(home):
    guide = "smb://nas/tv/xmltv.xml"
    for answers in ((2, 1, "smb://nas/tv/"), (2, 2)):
        choose_player(home, *answers, YES, SEEN)
        assert home.saved().get("output") == guide


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
    ends = {"pvr.hts": ("", YES, SEEN, SEEN), Iptv.NAME: (YES, SEEN, SEEN), "": (0, YES, SEEN)}
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


def test_back_at_the_password_keeps_it_and_a_tvheadend_may_need_neither(home, server):
    before = {"tvh_url": server.url, **ACCOUNT}
    home.set(**before)
    again = ACCOUNT.values()
    choose_player(home, 1, server.url, "viewer", NOTHING, BACK, *again, YES, SEEN, SEEN)
    assert before.items() <= home.saved().items()
    home.set(tvh_username="", tvh_password="")
    server.auth = "none"
    choose_player(home, 1, server.url, "", YES, SEEN, SEEN)
    assert set(home.saved()) == {"postal_code", "profile", "tvh_url"}


def test_back_at_a_user_name_is_no_answer(home, server):
    choose_player(home, 1, server.url, "", SEEN, NOTHING, LEAVE)
    (text,) = home.texts("ok")
    assert text.startswith("Tvheadend does not accept the user name or password.")
    assert home.saved() == {}


def test_tvheadends_address_may_be_left_out_but_not_be_wrong(home):
    choose_player(home, 1, "ftp://192.0.2.1", SEEN, "", YES, SEEN, SEEN)
    (_, _, again) = [dialog.text for dialog in home.asked if dialog.kind == "input"]
    assert again == "ftp://192.0.2.1"  # what was typed is proposed
    assert home.saved() == {**TO_SAVED, "profile": "tvheadend"}


def test_without_iptv_simple_the_question_is_repeated(home):
    choose_player(home, 0, SEEN, *TO_A_FILE[WAY:], SEEN)
    (ways, _) = home.asked_for("Which player?")
    assert ways.rows[0][0].endswith(" · It is not installed, or not enabled")
    assert home.texts("ok")[0].startswith("IPTV Simple is not installed")
    assert home.saved() == TO_SAVED


def test_the_players_own_names_are_in_the_guide_without_a_filter(home, tmp_path):
    path = playlist(tmp_path / "list.m3u", "WZAA-HD", "Nobody's")
    Iptv(home, "20.6.1", 2, 2).write("settings.xml", OLD.replace("/tv/list.m3u", path))
    home.set_up(*TO_A_FILE, SEEN)
    assert home.saved() == TO_SAVED
    with open(home.guide, encoding="utf-8") as file:
        assert "<display-name>WZAA-HD</display-name>" in file.read()
    assert len(guides.channels(home.guide)) == 8
