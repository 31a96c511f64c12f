"""The set-up in a fake Kodi against the stand-in of the source: every way through it, and out."""

import json
import os
import shutil
import threading
import time

import pytest

from support import fake_kodi
from support import guides
from support.kodi_addon import HERE, SEEN, TO_A_FILE, ours, script, serve
from support.builders import NOW
from support.fake_kodi import NOTHING
from gracenote2epg import config, grab, lookup, plan
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.demo.answers import oops
from gracenote2epg.store import FILE as STORE
from gracenote2epg.store import Lock, Store
from support.fake_iptv_simple import OLD, Iptv
from support.fake_tvheadend import TvhStandIn

YES, NO, OTHER = 1, 0, 2  # the buttons of yesnocustom
LEAVE, BACK, STAY = YES, NO, OTHER  # after "back" was pressed

# From the country to the last question; then "tonight" is shown.
COUNTRY, CODE, LINEUP, PREVIEW, RIGHT, CHANNELS, WAY, FILE, SAVE = range(9)


@pytest.fixture(name="server", scope="module")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="stock", scope="module")
def _stock(server, tmp_path_factory):
    """A store that knows the lineups, and the stations' next day: what is asked waits for nothing,
    as when the set-up is gone through a second time."""
    folder = str(tmp_path_factory.mktemp("stock"))
    own = {"postal_code": HERE, "base_url": server.url, "days": "1", "details": "false"}
    settings = config.with_places(config.load([config.from_options(own)]), folder)
    grab.run(settings)
    with grab.at_source(settings, threading.Event()) as way:
        lookup.find_lineups(way)
    return os.path.join(folder, STORE)


@pytest.fixture(name="new_home")
def _new_home(kodi, server):
    """A Kodi where nothing is chosen yet."""
    kodi.sleep(time.time() - NOW)
    kodi.set(base_url=server.url, days=1, details="false")
    kodi.told = []
    kodi.rpc["JSONRPC.NotifyAll"] = lambda sender, message: kodi.told.append(message)
    yield kodi
    server.faults.release_all()


@pytest.fixture(name="home")
def _home(new_home, stock):
    """The same, where the answers of the source are stored already."""
    os.makedirs(new_home.profile)
    shutil.copy(stock, new_home.profile)
    return new_home


def set_up(kodi, *answers):
    script(kodi, "set_up", answers=answers)
    assert kodi.answers == []  # every answer had its question


def saved(kodi):
    """The settings that are not the default, without those of the fixture."""
    defaults = fake_kodi.defaults()
    ours = {"base_url", "days", "details"}
    return {
        name: text
        for name, text in kodi.values.items()
        if text != defaults[name] and name not in ours
    }


def chosen_stations(kodi):
    return {one.station for one in guides.programmes(os.path.join(kodi.profile, "xmltv.xml"))}


def test_a_postal_code_becomes_tonights_programmes(new_home, server):
    home = new_home
    set_up(home, *TO_A_FILE, SEEN)
    assert saved(home) == {"postal_code": HERE}
    assert set(guides.programmes(os.path.join(home.profile, "xmltv.xml"))) == guides.truth(
        server, days=1
    )
    assert home.told == ["hold", "go_on"]
    tonight = home.asked[-1]
    assert (tonight.kind, tonight.heading) == ("textviewer", "TV guide: Tonight")
    assert tonight.text.count("[B]") == 8
    assert "job" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("language", ["es_mx", "fr_ca"])
def test_the_questions_come_in_every_language(home, server, language, monkeypatch):
    texts = fake_kodi.strings(language)
    addon = ours("words").xbmcaddon.Addon
    monkeypatch.setattr(addon, "getLocalizedString", lambda self, number: texts[number])
    set_up(home, *TO_A_FILE, SEEN)
    assert home.asked[0].heading in ("País", "Pays")


def test_the_lineups_are_shown_with_kind_place_and_stations(home):
    set_up(home, 0, HERE, NOTHING, LEAVE)
    (shown,) = [one for one in home.asked if one.heading == "Antenna, cable or satellite?"]
    assert shown.rows[0] == ("Local Over the Air Broadcast", "Antenna · stations: 40")
    assert any(about.startswith("Cable · ") for _, about in shown.rows)
    assert any(about.startswith("Satellite · ") for _, about in shown.rows)


def test_a_cable_lineup_is_saved_by_its_id(home):
    set_up(home, *TO_A_FILE[:LINEUP], 1, *TO_A_FILE[PREVIEW:], SEEN)
    assert set(saved(home)) == {"postal_code", "lineup"}
    assert saved(home)["lineup"].startswith("USA-")


def test_the_preview_is_of_tonight_and_named(home):
    set_up(home, *TO_A_FILE[:RIGHT], OTHER)
    preview = home.asked[PREVIEW + progress_before(home, "textviewer")]
    assert (preview.kind, preview.heading) == ("textviewer", "Local Over the Air Broadcast")
    lines = preview.text.splitlines()
    assert lines[0].startswith("[B]2.1 ")
    assert lines[1][:2].isdigit()
    question = home.asked[-1]
    assert question.text == "Is it this one: Local Over the Air Broadcast (stations: 40)?"


def progress_before(kodi, kind):
    """How many progress dialogs came before the first of that kind."""
    return kodi.kinds()[: kodi.kinds().index(kind)].count("progress")


def test_channels_are_chosen_by_hand_with_all_of_them_marked(home):
    answers = (*TO_A_FILE[:CHANNELS], 1, [0, 2, 3], *TO_A_FILE[WAY:], SEEN)
    set_up(home, *answers)
    (picker,) = [one for one in home.asked if one.kind == "multiselect"]
    assert picker.marked == list(range(len(picker.rows)))
    names = saved(home)["channels"].split(",")
    assert len(names) == 3
    assert len(chosen_stations(home)) <= 3


def test_all_picked_is_no_list(home):
    set_up(home, *TO_A_FILE[:CHANNELS], 1, list(range(40)), *TO_A_FILE[WAY:], SEEN)
    assert saved(home) == {"postal_code": HERE}


def test_no_channel_at_all_is_asked_again(home):
    set_up(home, *TO_A_FILE[:CHANNELS], 1, [], SEEN, 0, *TO_A_FILE[WAY:], SEEN)
    assert "Choose one channel at least." in [one.text for one in home.asked]
    assert saved(home) == {"postal_code": HERE}


def test_channels_of_before_are_marked_when_the_lineup_is_the_same(home):
    set_up(home, *TO_A_FILE[:CHANNELS], 1, [0, 2], *TO_A_FILE[WAY:], SEEN)
    home.asked.clear()
    set_up(home, *TO_A_FILE[:CHANNELS], 1, NOTHING, NOTHING, LEAVE)
    (picker,) = [one for one in home.asked if one.kind == "multiselect"]
    assert picker.marked == [0, 2]


def test_channels_that_were_typed_are_marked_and_one_that_is_gone_is_left_out(home):
    home.set(postal_code=HERE, channels="4.1, WZAADT 99999999")
    set_up(home, *TO_A_FILE[:CHANNELS], 1, [0], *TO_A_FILE[WAY:], SEEN)
    question = next(one for one in home.asked if one.heading == "Channels of the guide")
    assert question.rows[question.marked][0] == "Choose by hand"
    assert picker(home) == ["2.1 WZAADT", "4.1 ZADMOVI"]


def test_channels_of_another_lineup_are_forgotten(home):
    set_up(home, *TO_A_FILE[:CHANNELS], 1, [0, 2], *TO_A_FILE[WAY:], SEEN)
    home.asked.clear()
    set_up(home, 0, HERE, 1, *TO_A_FILE[PREVIEW:CHANNELS], 1, NOTHING, NOTHING, LEAVE)
    (picker,) = [one for one in home.asked if one.kind == "multiselect"]
    assert picker.marked == list(range(len(picker.rows)))


@pytest.mark.parametrize("code", ["j3b 1m4"])
def test_a_canadian_code_is_typed_as_people_write_it(home, code):
    set_up(home, 1, code, *TO_A_FILE[LINEUP:], SEEN)
    assert saved(home) == {"postal_code": "J3B1M4"}


@pytest.mark.parametrize(
    ("country", "code", "told"),
    [
        (0, "123", "123 is no ZIP code: a ZIP code has 5 digits, such as 90210."),
        (0, "J3B1M4", "J3B1M4 is no ZIP code: a ZIP code has 5 digits, such as 90210."),
        (1, "90210", "90210 is no Canadian postal code: such a code looks like J3B 1M4."),
        (1, "zzz", "zzz is no Canadian postal code: such a code looks like J3B 1M4."),
    ],
)
def test_what_is_no_postal_code_is_asked_again(home, country, code, told):
    set_up(home, country, code, SEEN, NOTHING, LEAVE)
    assert told in [one.text for one in home.asked]
    assert home.kinds().count("input") == 2
    assert saved(home) == {}


# Back and out


@pytest.mark.parametrize("at", [step for step in range(len(TO_A_FILE)) if step != PREVIEW])
def test_leaving_at_any_question_saves_nothing(home, at):
    ends = () if at == COUNTRY else (NOTHING, LEAVE) if at == FILE else (LEAVE,)
    set_up(home, *TO_A_FILE[:at], NOTHING, *ends)
    assert saved(home) == {}
    assert not os.path.exists(os.path.join(home.profile, "xmltv.xml"))
    assert home.told == ["hold", "go_on"]


@pytest.mark.parametrize("at", [CODE, LINEUP, RIGHT, CHANNELS, WAY, SAVE])
def test_going_back_asks_the_question_before_again(home, at):
    before = {CODE: 0, LINEUP: 1, RIGHT: 2, CHANNELS: 3, WAY: 5, SAVE: 6}[at]
    set_up(home, *TO_A_FILE[:at], NOTHING, BACK, *TO_A_FILE[before:], SEEN)
    assert saved(home) == {"postal_code": HERE}


@pytest.mark.parametrize("at", [CODE, LINEUP, RIGHT, CHANNELS, WAY, SAVE])
def test_staying_asks_the_same_question_again(home, at):
    again = PREVIEW if at == RIGHT else at
    set_up(home, *TO_A_FILE[:at], NOTHING, STAY, *TO_A_FILE[again:], SEEN)
    assert saved(home) == {"postal_code": HERE}


def test_back_in_the_question_about_back_stays(home):
    set_up(home, 0, NOTHING, NOTHING, HERE, *TO_A_FILE[LINEUP:], SEEN)
    assert saved(home) == {"postal_code": HERE}


@pytest.mark.parametrize("at", [RIGHT, SAVE])
def test_the_buttons_go_back_and_leave_without_another_question(home, at):
    before = LINEUP if at == RIGHT else WAY
    set_up(home, *TO_A_FILE[:at], NO, *TO_A_FILE[before:], SEEN)
    assert saved(home) == {"postal_code": HERE}


@pytest.mark.parametrize("at", [RIGHT, SAVE])
def test_the_third_button_leaves(home, at):
    set_up(home, *TO_A_FILE[:at], OTHER)
    assert saved(home) == {}


def test_what_was_answered_is_proposed_after_going_back(home):
    set_up(home, 1, "J3B1M4", NOTHING, BACK, NOTHING, BACK, NOTHING)
    questions = [one for one in home.asked if one.kind in ("select", "input")]
    assert questions[3].text == "J3B1M4"
    assert questions[4].marked == 1  # Canada


@pytest.mark.parametrize("at", range(len(TO_A_FILE)))
def test_when_kodi_quits_nothing_more_is_asked_nor_saved(home, at):
    def quit_now():
        home.quit()
        return NOTHING

    asked = {COUNTRY: 1, CODE: 2, LINEUP: 4}.get(at, at + 3)  # with the progress dialogs
    set_up(home, *TO_A_FILE[:at], quit_now)
    assert len(home.asked) == asked
    assert saved(home) == {}
    assert "job" not in [thread.name for thread in threading.enumerate()]
    assert home.properties == {}


@pytest.mark.parametrize("dialog", [1, 2, 3])
def test_when_kodi_quits_during_a_download_it_ends_within_a_second(new_home, server, dialog):
    home = new_home
    home.patient = False
    at = {1: LINEUP, 2: PREVIEW, 3: len(TO_A_FILE)}[dialog]
    began = []

    def hold():
        if home.kinds().count("progress") == dialog:
            server.faults.hold()

    def quit_when_stuck():
        if home.kinds().count("progress") == dialog and not began:
            assert server.faults.wait_held(1, 10)
            home.quit()
            began.append(time.monotonic())
        return False

    home.on_progress, home.canceled = hold, quit_when_stuck
    set_up(home, *TO_A_FILE[:at])
    assert time.monotonic() - began[0] < 1
    assert "job" not in [thread.name for thread in threading.enumerate()]


def test_ending_a_look_at_the_source_asks_where_to_go(home):
    home.canceled = True
    set_up(home, 0, HERE, BACK, NOTHING, LEAVE)
    assert home.kinds() == ["select", "input", "progress", "yesnocustom", "input", "yesnocustom"]
    assert saved(home) == {}


# What goes wrong


def test_without_a_network_it_says_so_and_saves_nothing(kodi):
    kodi.sleep(time.time() - NOW)
    kodi.set(base_url="http://127.0.0.1:9")
    set_up(kodi, 0, HERE, SEEN, LEAVE)
    (message,) = [one for one in kodi.asked if one.kind == "ok"]
    assert message.text.startswith(
        "The source cannot be reached[CR]127.0.0.1:9 refuses the connection"
    )
    assert saved(kodi) == {}


def test_a_code_without_lineups_can_be_corrected(home, server):
    set_up(home, 0, "00000", SEEN, BACK, HERE, *TO_A_FILE[LINEUP:], SEEN)
    assert any(one.text.startswith("The source has no lineup") for one in home.asked)
    assert saved(home) == {"postal_code": HERE}


def test_a_run_that_fails_is_told_and_the_settings_stay(home):
    os.mkdir(os.path.join(home.profile, "xmltv.xml"))  # where the guide should go
    set_up(home, *TO_A_FILE, SEEN)
    assert home.asked[-1].text.startswith("The guide cannot be written: Cannot write ")
    assert saved(home) == {"postal_code": HERE}
    with open(os.path.join(home.profile, "state.json")) as file:
        assert "Cannot write" in json.load(file)["last"]["error"]


def test_a_full_disk_is_told(home):
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no disk that is always full")
    set_up(home, *TO_A_FILE[:FILE], 1, "/dev/full", YES, SEEN)
    assert home.asked[-1].kind == "ok"
    assert saved(home)["output"] == os.path.join("/dev/full", "xmltv.xml")


def test_a_run_that_one_does_not_wait_for_is_left_to_the_service(home):
    home.canceled = lambda: home.kinds().count("progress") == 3
    set_up(home, *TO_A_FILE, SEEN)
    assert home.asked[-1].text == "The download goes on in the background."
    assert saved(home) == {"postal_code": HERE}
    assert home.told == ["hold", "go_on"]
    assert runs_of_the_service(home) == 1


def runs_of_the_service(home):
    """How many there are in the next hour, which is the last one of this Kodi."""
    home.script = home.canceled = False
    home.restart()
    found = len(serve(home, 1).at)
    home.restart()
    return found


def test_the_same_guide_that_one_does_not_wait_for_is_downloaded_again(home):
    set_up(home, *TO_A_FILE, SEEN)
    assert runs_of_the_service(home) == 0
    home.asked.clear()
    home.canceled = lambda: home.kinds().count("progress") == 3
    set_up(home, *TO_A_FILE, SEEN)
    assert home.asked[-1].text == "The download goes on in the background."
    assert runs_of_the_service(home) == 1


def test_a_first_run_that_lacks_hours_goes_on_to_the_player_and_tonight(
    new_home, server, monkeypatch
):
    monkeypatch.setattr(ours("player"), "SHOWS", 0.0)
    iptv = Iptv(new_home, "20.6.1", 5, 5, "Of another guide")
    iptv.write("settings.xml")

    times = []

    def is_the_second(asked):
        times.append(asked["time"])
        return asked["time"] in times[1:2]

    def begin():
        if new_home.kinds().count("progress") == 3:
            server.faults.answer("grid", oops(), when=is_the_second)

    new_home.on_progress = begin
    set_up(new_home, *TO_A_FILE[:WAY], 0, YES, SEEN, SEEN, SEEN)
    server.faults.clear()
    failed, player, tonight = [one for one in new_home.asked if one.kind != "progress"][-3:]
    assert failed.text.startswith("The guide lacks hours for now")
    assert player.text.startswith("IPTV Simple reads this guide.")
    assert "with this guide: 0 of the first 5." in player.text
    assert tonight.heading == "TV guide: Tonight"


def test_the_service_that_is_just_ending_its_run_is_waited_for(home):
    ready = threading.Event()

    def other_run():
        with Lock(home.profile):
            ready.set()
            threading.Event().wait(0.5)

    run = threading.Thread(target=other_run)
    run.start()
    ready.wait(5)
    set_up(home, *TO_A_FILE, SEEN)
    run.join()
    assert saved(home) == {"postal_code": HERE}


def test_another_program_at_work_is_named(home, monkeypatch):
    monkeypatch.setattr(ours("engine"), "PATIENCE", 0.3)
    with Lock(home.profile):
        set_up(home, 0, HERE, SEEN, LEAVE)
    assert any(one.text.startswith("Another download is at work") for one in home.asked)


def test_a_bug_is_told_and_leaves_no_trace(home, monkeypatch):
    monkeypatch.setattr(ours("engine"), "lineups", lambda config, stop: 1 / 0)
    set_up(home, 0, HERE, SEEN)
    assert home.asked[-1].text.startswith("This did not work")
    assert any("ZeroDivisionError" in line for line in home.lines("ERROR"))
    assert home.properties == {}
    assert home.told == ["hold", "go_on"]


# Where the guide goes


def test_the_file_goes_into_a_folder_of_the_users(home, tmp_path):
    set_up(home, *TO_A_FILE[:FILE], 1, str(tmp_path / "tv"), YES, SEEN)
    assert saved(home)["output"] == str(tmp_path / "tv" / "xmltv.xml")
    assert (tmp_path / "tv" / "xmltv.xml").is_file()


def test_no_folder_is_no_answer(home):
    set_up(home, *TO_A_FILE[:FILE], 1, NOTHING, 2, 0, YES, SEEN)
    assert "output" not in saved(home)


def test_a_file_of_before_can_stay(home, tmp_path):
    path = str(tmp_path / "mine.xml")
    home.set(output=path)
    set_up(home, *TO_A_FILE[:FILE], 2, YES, SEEN)
    assert saved(home)["output"] == path
    home.asked.clear()
    set_up(home, *TO_A_FILE[:FILE], 0, YES, SEEN)
    assert "output" not in saved(home)


@pytest.mark.parametrize(
    ("before", "after"), [("tvheadend", None), ("kodi", None), ("plex", "plex")]
)
def test_a_file_is_not_for_the_player_of_before(home, before, after):
    home.set(profile=before)
    set_up(home, *TO_A_FILE, SEEN)
    assert saved(home).get("profile") == after


def test_tvheadend_gets_a_line_for_its_cron(home):
    with TvhStandIn() as server:
        named = (server.url, "viewer", "pass:word")
        set_up(home, *TO_A_FILE[:WAY], 1, *named, YES, SEEN, False, SEEN)
    (help_text,) = [one for one in home.asked if one.heading == "TV guide: Tvheadend"]
    with Store(home.profile) as store:
        assert f"\n    {plan.cron(store.installation())}\n" in help_text.text
    assert home.kinds()[-2:] == ["yesno", "textviewer"]
    assert saved(home) == {
        "postal_code": HERE,
        "profile": "tvheadend",
        "tvh_url": server.url,
        "tvh_username": "viewer",
        "tvh_password": "pass:word",
    }


def test_the_doctor_looks_at_tvheadend_when_wanted(home):
    with TvhStandIn() as server:
        named = (server.url, "viewer", "wrong")
        set_up(home, *TO_A_FILE[:WAY], 1, *named, YES, SEEN, True, SEEN, SEEN)
    said = home.asked[-2]
    assert (said.kind, said.heading) == ("textviewer", "TV guide: Why is my guide empty?")
    assert "!!  Tvheadend" in said.text


@pytest.mark.parametrize("typed", [["viewer"], []])
def test_back_at_the_name_or_the_password_loses_neither(home, typed):
    with TvhStandIn() as server:
        own = {"tvh_url": server.url, "tvh_username": "viewer", "tvh_password": "pass:word"}
        home.set(**own)
        way = [server.url, *typed, NOTHING]
        again = [server.url, "viewer", "pass:word", YES, SEEN, False, SEEN]
        set_up(home, *TO_A_FILE[:WAY], 1, *way, 1, *again)
    assert own.items() <= saved(home).items()


def test_a_tvheadend_that_wants_no_user_needs_no_name(home):
    with TvhStandIn() as server:
        set_up(home, *TO_A_FILE[:WAY], 1, server.url, NOTHING, YES, SEEN, False, SEEN)
    assert set(saved(home)) == {"postal_code", "profile", "tvh_url"}


@pytest.mark.parametrize("typed", [NOTHING, "ftp://192.0.2.1"])
def test_a_tvheadend_that_is_not_named_is_no_way(home, typed):
    answers = [typed] if typed is NOTHING else [typed, SEEN]
    set_up(home, *TO_A_FILE[:WAY], 1, *answers, *TO_A_FILE[WAY:], SEEN)
    assert saved(home) == {"postal_code": HERE}


# Channels that a player has


def picker(kodi):
    """The channels that were marked: their labels."""
    (shown,) = [one for one in kodi.asked if one.kind == "multiselect"]
    return [shown.rows[at][0] for at in shown.marked]


def playlist(path, names):
    lines = [f"#EXTINF:-1,{name}\nhttp://192.0.2.1/{name}" for name in names]
    path.write_text("#EXTM3U\n" + "\n".join(lines))
    return str(path)


def test_the_channels_of_iptv_simples_playlist_are_marked(home, tmp_path):
    iptv = Iptv(home, "20.6.1")
    path = playlist(tmp_path / "list.m3u", ["WZAADT", "ZADMOVI", "Nobody's"])
    iptv.write("settings.xml", OLD.replace("/tv/list.m3u", path))
    set_up(home, *TO_A_FILE[:CHANNELS], 2, [0, 4], *TO_A_FILE[WAY:], SEEN)
    assert picker(home) == ["2.1 WZAADT", "4.1 ZADMOVI"]
    assert len(saved(home)["channels"].split(",")) == 2
    assert "channels_from" not in saved(home)


@pytest.mark.parametrize("broken", ["<settings", ""])
def test_settings_of_iptv_simple_that_are_broken_hide_nothing_else(home, tmp_path, broken):
    iptv = Iptv(home, "21.0.0")
    path = playlist(tmp_path / "list.m3u", ["WZAADT"])
    iptv.write("instance-settings-1.xml", broken)
    iptv.write("instance-settings-2.xml", OLD.replace("/tv/list.m3u", path))
    set_up(home, *TO_A_FILE[:CHANNELS], 2, [0], *TO_A_FILE[WAY:], SEEN)
    assert picker(home) == ["2.1 WZAADT"]


@pytest.mark.parametrize(("picked", "count"), [((0,), 40), ((1, [20]), 1)])
def test_the_guide_has_the_channels_that_were_confirmed(home, tmp_path, picked, count):
    home.set(channels_from=playlist(tmp_path / "list.m3u", ["WZAADT"]), tvh_filter="true")
    set_up(home, *TO_A_FILE[:CHANNELS], *picked, *TO_A_FILE[WAY:], SEEN)
    (confirmed,) = [one.text for one in home.asked if "[CR]Save this" in one.text]
    assert f"[CR]Channels: {count}[CR]" in confirmed
    assert len(chosen_stations(home)) == {40: 38, 1: 1}[count]  # two have no programmes
    assert set(saved(home)) <= {"postal_code", "channels"}


def test_a_playlist_on_a_share_is_read_by_kodi(home, tmp_path):
    iptv = Iptv(home, "20.6.1")
    iptv.write("settings.xml", OLD.replace("/tv/list.m3u", "smb://nas/list.m3u"))
    playlist(tmp_path / "list.m3u", ["WZAADT"])
    home.shares["smb://nas/list.m3u"] = (tmp_path / "list.m3u").read_bytes()
    os.mkdir(os.path.join(home.userdata, "temp"))
    set_up(home, *TO_A_FILE[:CHANNELS], 2, [0], *TO_A_FILE[WAY:], SEEN)
    assert picker(home) == ["2.1 WZAADT"]


def test_a_playlist_on_a_share_that_is_off_is_told_as_such(home):
    iptv = Iptv(home, "20.6.1")
    iptv.write("settings.xml", OLD.replace("/tv/list.m3u", "smb://robin:pw@nas/list.m3u"))
    set_up(home, *TO_A_FILE[:CHANNELS], 2, SEEN, STAY, *TO_A_FILE[CHANNELS:], SEEN)
    (told,) = [one.text for one in home.asked if one.kind == "ok"]
    assert told.startswith("The list of channels cannot be read: ")
    assert "smb://nas/list.m3u (Kodi cannot read it)" in told


def test_the_address_of_before_is_proposed_for_an_hdhomerun(home, tmp_path):
    path = playlist(tmp_path / "list.m3u", ["WZAADT"])
    home.set(channels_from=path)
    set_up(home, *TO_A_FILE[:CHANNELS], 2, NOTHING, *TO_A_FILE[CHANNELS:], SEEN)
    (asked,) = [one for one in home.asked if one.heading == "Address of the HDHomeRun"]
    assert asked.text == path


def test_the_channels_of_an_hdhomerun_are_marked(home, tmp_path):
    lineup = [{"GuideNumber": "2.1", "GuideName": "WZAA"}, {"GuideNumber": "4.1"}]
    (tmp_path / "lineup.json").write_text(json.dumps(lineup))
    path = str(tmp_path / "lineup.json")
    set_up(home, *TO_A_FILE[:CHANNELS], 2, path, [0], *TO_A_FILE[WAY:], SEEN)
    assert "2.1 WZAADT" in picker(home)


def test_the_channels_of_tvheadend_are_marked_and_the_server_is_remembered(home):
    with TvhStandIn() as server:
        server.channel("WZAA", "2.1")
        named = (server.url, "viewer", "pass:word")
        set_up(home, *TO_A_FILE[:CHANNELS], 3, *named, [0], *TO_A_FILE[WAY:], SEEN)
    assert picker(home) == ["2.1 WZAADT"]
    assert (saved(home)["tvh_url"], saved(home)["tvh_username"]) == (server.url, "viewer")
    assert "tvh_filter" not in saved(home)


def test_the_channels_that_are_marked_are_those_that_are_there_now(home):
    with TvhStandIn() as server:
        for name in ("WZAA", "ZADMOVI"):
            server.channel(name, "")
        named = (server.url, "viewer", "pass:word")
        set_up(home, *TO_A_FILE[:CHANNELS], 3, *named, [0], *TO_A_FILE[WAY:], SEEN)
        server.channels.pop()
        home.asked.clear()
        set_up(home, *TO_A_FILE[:CHANNELS], 3, *named, [0], *TO_A_FILE[WAY:], SEEN)
    assert picker(home) == ["2.1 WZAADT"]


def test_a_player_without_a_channel_of_the_lineup_says_so(home, tmp_path):
    path = playlist(tmp_path / "list.m3u", ["Nobody's"])
    set_up(home, *TO_A_FILE[:CHANNELS], 2, path, SEEN, *TO_A_FILE[CHANNELS:], SEEN)
    assert "None of its channels is in this lineup." in [one.text for one in home.asked]


@pytest.mark.parametrize("typed", [NOTHING, "/nowhere/list.m3u", "ftp://192.0.2.1/x"])
def test_a_player_that_cannot_be_asked_leaves_the_question(home, typed):
    told = {"/nowhere/list.m3u": [SEEN, STAY], "ftp://192.0.2.1/x": [SEEN]}.get(typed, [])
    set_up(home, *TO_A_FILE[:CHANNELS], 2, typed, *told, *TO_A_FILE[CHANNELS:], SEEN)
    assert saved(home) == {"postal_code": HERE}


def test_the_password_is_in_no_line_of_the_log(home):
    with TvhStandIn() as server:
        named = (server.url, "viewer", "wr0ng-one")
        set_up(home, *TO_A_FILE[:CHANNELS], 3, *named, SEEN, LEAVE)
    text = "\n".join(home.lines())
    assert "viewer" not in text
    assert "wr0ng-one" not in text


def test_iptv_simple_that_is_not_there_is_no_way(home):
    set_up(home, *TO_A_FILE[:WAY], 0, SEEN, *TO_A_FILE[WAY:], SEEN)
    (ways, _) = [one for one in home.asked if one.heading == "Where shall the guide go?"]
    assert ways.rows[0][1] == "It is not installed, or not enabled"
    assert ways.marked == 2
    assert any(one.text.startswith("IPTV Simple is not installed") for one in home.asked)
    assert saved(home) == {"postal_code": HERE}


# The offer


def test_who_accepts_the_offer_is_asked(home):
    script(home, "greet", answers=[True, NOTHING])
    assert home.kinds() == ["yesno", "select"]


def test_who_declines_the_offer_is_left_in_peace(home):
    script(home, "greet", answers=[False])
    assert home.kinds() == ["yesno"]
    assert home.told == []
