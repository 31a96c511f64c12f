"""The set-up in a fake Kodi against the stand-in of the source: its questions, back, and out.

Which channels it proposes and where the guide goes is in test_wizard_players.py.
"""

import json
import os
import threading

import pytest

from fake_gracenote.responses import oops
from gracenote2epg.store.database import RunLock
from support.builders import HOUR
from support.fake_iptv_simple import Iptv
from support.fake_kodi import NOTHING
from support.kodi_addon import (
    CHANNELS,
    CODE,
    COUNTRY,
    FILE,
    HERE,
    LINEUP,
    PREVIEW,
    RIGHT,
    SAVE,
    SEEN,
    TO_A_FILE,
    WAY,
    our_threads,
    ours,
)

YES, NO, OTHER = 1, 0, 2  # the buttons of yesnocustom
LEAVE, BACK, STAY = YES, NO, OTHER  # after "back" was pressed
TO_SAVED = {"postal_code": HERE}  # what TO_A_FILE saves


def has_no_guide(kodi):
    return not os.path.exists(kodi.guide)


def test_a_postal_code_becomes_tonights_programmes(new_home, source, told):
    kodi = new_home
    kodi.set_up(*TO_A_FILE, SEEN)
    assert kodi.saved() == TO_SAVED
    kodi.check_guide(source)
    assert told == ["pause", "resume"]
    tonight = kodi.asked[-1]
    assert (tonight.kind, tonight.heading) == ("textviewer", "TV guide: Tonight")
    assert tonight.text.count("[B]") == 8
    assert our_threads() == []


@pytest.mark.parametrize(("language", "country"), [("es_mx", "País"), ("fr_ca", "Pays")])
def test_the_questions_come_in_every_language(home, language, country):
    home.speak(language)
    home.set_up(*TO_A_FILE, SEEN)
    assert home.asked[0].heading == country


# The questions


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
    home.set_up(country, code, SEEN, NOTHING, LEAVE)
    assert home.texts("ok") == [told]
    assert home.kinds().count("input") == 2
    assert home.saved() == {}


def test_a_canadian_code_is_typed_as_people_write_it(home):
    home.set_up(1, "j3b 1m4", *TO_A_FILE[LINEUP:], SEEN)
    assert home.saved() == {"postal_code": "J3B1M4"}


def test_the_lineups_are_shown_with_kind_place_and_stations(home):
    home.set_up(0, HERE, NOTHING, LEAVE)
    (shown,) = home.asked_for("Antenna, cable or satellite?")
    assert shown.rows[0] == ("Local Over the Air Broadcast", "Antenna · stations: 8")
    assert any(about.startswith("Cable · ") for _, about in shown.rows)
    assert any(about.startswith("Satellite · ") for _, about in shown.rows)


def test_a_cable_lineup_is_saved_by_its_id(home):
    home.set_up(*TO_A_FILE[:LINEUP], 1, *TO_A_FILE[PREVIEW:], SEEN)
    assert set(home.saved()) == {"postal_code", "lineup"}
    assert home.saved()["lineup"].startswith("USA-")


def test_the_preview_is_of_tonight_and_named(home):
    home.set_up(*TO_A_FILE[:RIGHT], OTHER)
    (preview,) = home.asked_for("Local Over the Air Broadcast")
    assert preview.kind == "textviewer"
    lines = preview.text.splitlines()
    assert lines[0].startswith("[B]2.1 ")
    assert lines[1][:2].isdigit()
    question = home.asked[-1]
    assert question.text == "Is it this one: Local Over the Air Broadcast (stations: 8)?"


def test_what_was_answered_is_proposed_after_going_back(home):
    home.set_up(1, "J3B1M4", NOTHING, BACK, NOTHING, BACK, NOTHING)
    questions = [dialog for dialog in home.asked if dialog.kind in ("select", "input")]
    assert questions[3].text == "J3B1M4"
    assert questions[4].marked == 1  # Canada


# Back and out


@pytest.mark.parametrize("at", [step for step in range(len(TO_A_FILE)) if step != PREVIEW])
def test_leaving_at_any_question_saves_nothing(home, told, at):
    ends = () if at == COUNTRY else (NOTHING, LEAVE) if at == FILE else (LEAVE,)
    home.set_up(*TO_A_FILE[:at], NOTHING, *ends)
    assert home.saved() == {}
    assert has_no_guide(home)
    assert told == ["pause", "resume"]


BEFORE = {CODE: COUNTRY, LINEUP: CODE, RIGHT: LINEUP, CHANNELS: PREVIEW, WAY: CHANNELS, SAVE: WAY}


@pytest.mark.parametrize("at", BEFORE)
def test_going_back_asks_the_question_before_again(home, at):
    home.set_up(*TO_A_FILE[:at], NOTHING, BACK, *TO_A_FILE[BEFORE[at] :], SEEN)
    assert home.saved() == TO_SAVED


@pytest.mark.parametrize("at", BEFORE)
def test_staying_asks_the_same_question_again(home, at):
    again = PREVIEW if at == RIGHT else at
    home.set_up(*TO_A_FILE[:at], NOTHING, STAY, *TO_A_FILE[again:], SEEN)
    assert home.saved() == TO_SAVED


def test_back_in_the_question_about_back_stays(home):
    home.set_up(0, NOTHING, NOTHING, HERE, *TO_A_FILE[LINEUP:], SEEN)
    assert home.saved() == TO_SAVED


@pytest.mark.parametrize("at", [RIGHT, SAVE])
def test_the_buttons_go_back_and_leave_without_another_question(home, at):
    home.set_up(*TO_A_FILE[:at], OTHER)
    assert home.saved() == {}
    home.set_up(*TO_A_FILE[:at], NO, *TO_A_FILE[BEFORE[at] :], SEEN)
    assert home.saved() == TO_SAVED


@pytest.mark.parametrize("at", range(len(TO_A_FILE)))
def test_when_kodi_quits_nothing_more_is_asked_nor_saved(home, at):
    def quit_now():
        home.quit()
        return NOTHING

    dialogs = {COUNTRY: 1, CODE: 2, LINEUP: 4}.get(at, at + 3)  # those of progress among them
    home.set_up(*TO_A_FILE[:at], quit_now)
    assert len(home.asked) == dialogs
    assert home.saved() == {}
    assert our_threads() == []
    assert home.properties == {}


@pytest.mark.parametrize(("download", "at"), [(1, LINEUP), (2, PREVIEW), (3, len(TO_A_FILE))])
def test_when_kodi_quits_during_a_download_it_ends_at_once(new_home, source, download, at):
    kodi = new_home
    kodi.patient = False

    def is_now():
        return kodi.kinds().count("progress") == download

    def quit_when_stuck():
        if is_now():
            assert source.faults.wait_held(1, 10)
            kodi.quit()
        return False

    kodi.on_progress = lambda: is_now() and source.faults.hold()
    kodi.canceled = quit_when_stuck
    kodi.set_up(*TO_A_FILE[:at])
    assert our_threads() == []  # though nothing was answered
    assert has_no_guide(kodi)


def test_ending_a_look_at_the_source_asks_where_to_go(home):
    home.canceled = True
    home.set_up(0, HERE, BACK, NOTHING, LEAVE)
    assert home.kinds() == ["select", "input", "progress", "yesnocustom", "input", "yesnocustom"]
    assert home.saved() == {}


# What goes wrong


def test_without_a_network_it_says_so_and_saves_nothing(kodi):
    kodi.set(base_url="http://127.0.0.1:9")
    kodi.set_up(1, "j3b 1m4", SEEN, LEAVE)
    (message,) = kodi.texts("ok")
    assert message.startswith("The source cannot be reached[CR]127.0.0.1:9 refuses the connection")
    assert kodi.saved() == {}
    log = "\n".join(kodi.lines()).lower()
    assert "(postal code)" in log
    assert not {code for code in ("j3b1m4", "j3b 1m4") if code in log}


def test_a_code_without_lineups_can_be_corrected(home):
    home.set_up(0, "00000", SEEN, BACK, HERE, *TO_A_FILE[LINEUP:], SEEN)
    assert home.texts("ok")[0].startswith("The source has no lineup")
    assert home.saved() == TO_SAVED


def test_a_run_that_fails_is_told_and_the_settings_stay(home):
    os.mkdir(home.guide)  # where the guide should go
    home.set_up(*TO_A_FILE, SEEN)
    assert home.asked[-1].text.startswith("The guide cannot be written: Cannot write ")
    assert home.saved() == TO_SAVED
    assert "Cannot write" in json.loads(home.profile_file("state.json"))["last"]["error"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no disk here is always full")
def test_a_full_disk_is_told(home):
    home.set_up(*TO_A_FILE[:FILE], 1, "/dev/full", YES, SEEN)
    assert home.asked[-1].kind == "ok"
    assert home.saved()["output"] == os.path.join("/dev/full", "xmltv.xml")


def test_a_run_that_the_user_does_not_wait_for_is_left_to_the_service(home, told):
    for times in range(2):  # a new guide, and the same one again
        home.asked.clear()
        home.canceled = lambda: home.kinds().count("progress") == 3
        home.set_up(*TO_A_FILE, SEEN)
        assert home.asked[-1].text == "The download goes on in the background."
        assert home.saved() == TO_SAVED
        assert told == ["pause", "resume"] * (times + 1)
        assert runs_of_the_service(home) == 1
        assert runs_of_the_service(home) == 0


def runs_of_the_service(kodi):
    """How many there are in the next hour, which is the last one of this Kodi."""
    kodi.in_script = kodi.canceled = False
    kodi.restart()
    runs = len(kodi.serve(1).at)
    kodi.restart()
    return runs


def test_a_first_run_that_lacks_hours_goes_on_to_the_player_and_tonight(new_home, source):
    kodi = new_home
    Iptv(kodi, "20.6.1", 5, 5, "Of another guide").write("settings.xml")
    kodi.set(days=2)
    lost = []

    def is_lost(query):
        """One window of tomorrow is."""
        if int(query["time"]) > kodi.began + 12 * HOUR and not lost:
            lost.append(query["time"])
        return query["time"] in lost

    def begin():
        if kodi.kinds().count("progress") == 3:
            source.faults.answer("grid", oops(), when=is_lost)

    kodi.on_progress = begin
    kodi.set_up(*TO_A_FILE[:WAY], 0, YES, SEEN, SEEN, SEEN)
    failed, player, tonight = [dialog for dialog in kodi.asked if dialog.kind != "progress"][-3:]
    assert failed.text.startswith("The guide lacks hours for now")
    assert player.text.startswith("IPTV Simple reads this guide.")
    assert "with this guide: 0 of the first 5." in player.text
    assert tonight.heading == "TV guide: Tonight"


def test_the_service_that_is_just_ending_its_run_is_waited_for(home, monkeypatch):
    waits, wait = [], home.clock.wait
    locked, may_end = threading.Event(), threading.Event()

    def other_run():
        with RunLock(home.profile):
            locked.set()
            assert may_end.wait(20)

    run = threading.Thread(target=other_run)
    run.start()
    assert locked.wait(20)

    def wait_for_it(stop, seconds):
        waits.append(seconds)
        if len(waits) == 3:
            may_end.set()
            run.join()
        return wait(stop, seconds)

    monkeypatch.setattr(home.clock, "wait", wait_for_it)
    home.set_up(*TO_A_FILE, SEEN)
    assert len(waits) >= 3
    assert home.saved() == TO_SAVED


def test_another_program_at_work_is_named(home):
    with RunLock(home.profile):
        home.set_up(0, HERE, SEEN, LEAVE)
    assert home.texts("ok")[0].startswith("Another download is at work")


def test_a_bug_is_told_and_leaves_no_trace(home, told, monkeypatch):
    monkeypatch.setattr(ours("backend"), "lineups", lambda config, stop, clock: 1 / 0)
    home.set_up(0, HERE, SEEN)
    assert home.asked[-1].text.startswith("This did not work")
    assert any("ZeroDivisionError" in line for line in home.lines("ERROR"))
    assert home.properties == {}
    assert told == ["pause", "resume"]


# The offer


def test_the_offer_begins_the_set_up_when_the_user_accepts(home, told):
    home.script("greet", answers=[False])
    assert home.kinds() == ["yesno"]
    assert told == []
    home.script("greet", answers=[True, NOTHING])
    assert home.kinds() == ["yesno", "yesno", "select"]
