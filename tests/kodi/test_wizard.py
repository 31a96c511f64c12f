"""The set-up against the fake source: its questions, going back, leaving.

The questions about channels and players are in test_wizard_players.py.
"""

import json
import os
import re
import threading

import pytest

from fake_gracenote.responses import html_page, no_lineups, oops, refusal
from gracenote2epg.errors import Stopped
from gracenote2epg.setup import earlier_grabber, lookups
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
    SAVE,
    SEEN,
    TO_A_FILE,
    TONIGHT,
    WAY,
    our_threads,
    ours,
)

YES, NO, CUSTOM = 1, 0, 2  # the buttons of yesnocustom
LEAVE, BACK, STAY = YES, NO, CUSTOM  # after "back" was pressed
TO_SAVED = {"postal_code": HERE}  # what TO_A_FILE saves


def has_no_guide(kodi):
    return not os.path.exists(kodi.guide)


def test_a_postal_code_becomes_tonights_programmes(new_home, source, messages):
    kodi = new_home
    kodi.set_up(*TO_A_FILE, SEEN)
    assert kodi.saved() == TO_SAVED
    kodi.check_guide(source)
    assert messages == ["pause", "resume"]
    assert not kodi.logged(HERE)
    tonight = kodi.asked[-1]
    assert (tonight.kind, tonight.heading) == ("select", "TV guide: Tonight")
    assert len(tonight.rows) == 8
    assert our_threads() == []


@pytest.mark.parametrize(
    ("version", "name", "limit"),
    [("20.6.1", "settings.xml", 5), ("21.0.0", "instance-settings-1.xml", 75)],
)
def test_the_set_up_ends_with_programmes_in_kodi(home, version, name, limit):
    iptv = Iptv(home, version, 8, 8)
    iptv.write(name)
    began = home.clock.monotonic()

    def tonight():
        assert home.clock.monotonic() - began < 5  # the minute is over later
        listed = ours("backend").listed_channels(home.guide, threading.Event(), home.clock)
        iptv.title = listed.titles.pop()

    home.set_up(*TO_A_FILE[:WAY], 0, YES, tonight, SEEN)
    assert home.texts("ok")[-1].endswith("With programmes: 8 of 8 channels.")
    assert home.clock.monotonic() - began < limit


# The questions


@pytest.mark.parametrize(
    ("country", "code", "text"),
    [
        (0, "J3B1M4", "J3B1M4 is not a ZIP code: it needs 5 digits, such as 90210."),
        (1, "90210", "90210 is not a Canadian postal code, such as J3B 1M4."),
    ],
)
def test_an_invalid_postal_code_is_asked_again(home, country, code, text):
    home.set_up(country, code, SEEN, NOTHING, LEAVE)
    assert home.texts("ok") == [f"{text} Go back to change the country."]
    assert home.kinds().count("input") == 2
    assert home.saved() == {}


@pytest.mark.parametrize(("country", "code"), [(0, "00000"), (1, "X0X 0X0")])
def test_a_postal_code_that_the_source_does_not_know_is_asked_again(home, source, country, code):
    source.faults.answer("providers", no_lineups())
    home.set_up(country, code, SEEN, NOTHING, LEAVE)
    (text,) = home.texts("ok")
    assert text.startswith(f"The listings site has nothing for {code}. Check the code")
    assert home.kinds().count("input") == 2


def test_a_cable_lineup_is_saved_by_its_id(home):
    home.set_up(*TO_A_FILE[:LINEUP], 1, *TO_A_FILE[TONIGHT:], SEEN)
    (dialog,) = home.asked_for("Antenna, cable or satellite?")
    assert dialog.rows[0][0] == "Local Over the Air Broadcast · Antenna · 8 stations"
    assert any(" · Cable · " in label for label, _ in dialog.rows)
    assert any(" · Satellite · " in label for label, _ in dialog.rows)
    assert set(home.saved()) == {"postal_code", "lineup"}
    assert home.saved()["lineup"].startswith("USA-")


def test_tonight_is_shown_with_logos_before_the_channels_are_chosen(home):
    home.set_up(*TO_A_FILE[:TONIGHT], 2, SEEN, NOTHING, LEAVE)
    first, again = home.asked_for("Local Over the Air Broadcast")
    assert first.rows[0] == ("Yes, these are my channels", "8 stations")
    assert len(first.rows) == 9
    label, evening = first.rows[2]
    assert re.fullmatch(r"\d\d:\d\d .+( · \d\d:\d\d .+)+", evening)
    of_kodi = [picture for picture in first.pictures if picture.startswith("Default")]
    assert of_kodi == ["DefaultIconInfo.png", "DefaultTVShows.png"]  # one station has no logo
    (one,) = [dialog for dialog in home.asked if dialog.kind == "textviewer"]
    assert (one.heading, again.marked) == (label, 2)
    assert evening.split(" ")[0] in one.text


@pytest.mark.parametrize(
    ("language", "country"),
    [("English-Canada", 1), ("French (Canada)-Canada", 1), ("English-USA (12h)", 0)],
)
def test_the_country_of_kodis_region_is_proposed_until_another_is_chosen(home, language, country):
    home.language = language
    home.set_up(0, NOTHING, BACK, NOTHING)
    assert [dialog.marked for dialog in home.asked_for("Country")] == [country, 0]


def test_what_was_chosen_in_zap2epg_is_proposed(home, monkeypatch):
    choices = earlier_grabber.EarlierGrabber(
        "zap2epg", "", HERE, "", "lineupId", "", ("10001", "10003"), {"days": "3"}
    )
    monkeypatch.setattr(earlier_grabber, "find", lambda environ: choices)
    home.set_up(0, 0, NOTHING, LEAVE)
    (earlier,) = home.asked_for("Your earlier choices")
    assert [label for label, _ in earlier.rows] == ["Take those of zap2epg", "Start from scratch"]
    (code,) = [dialog for dialog in home.asked if dialog.kind == "input"]
    assert code.text == HERE


# Back and out


@pytest.mark.parametrize("at", range(len(TO_A_FILE)))
def test_leaving_at_any_question_saves_nothing(home, messages, at):
    ends = () if at == COUNTRY else (NOTHING, LEAVE) if at == FILE else (LEAVE,)
    home.set_up(*TO_A_FILE[:at], NOTHING, *ends)
    assert home.saved() == {}
    assert has_no_guide(home)
    assert messages == ["pause", "resume"]


BEFORE = {step: step - 1 for step in (CODE, LINEUP, TONIGHT, CHANNELS, WAY, SAVE)}


@pytest.mark.parametrize("at", BEFORE)
@pytest.mark.parametrize("stays", [True, False])
def test_a_question_can_be_repeated_or_the_one_before(home, at, stays):
    again = at if stays else BEFORE[at]
    button = STAY if stays else BACK
    home.set_up(*TO_A_FILE[:at], NOTHING, button, *TO_A_FILE[again:], SEEN)
    assert home.saved() == TO_SAVED


def test_back_in_the_question_about_leaving_stays(home):
    home.set_up(0, NOTHING, NOTHING, HERE, *TO_A_FILE[LINEUP:], SEEN)
    assert home.saved() == TO_SAVED


def test_the_buttons_go_back_and_leave_without_another_question(home):
    home.set_up(*TO_A_FILE[:SAVE], CUSTOM)
    assert home.saved() == {}
    home.set_up(*TO_A_FILE[:SAVE], NO, *TO_A_FILE[BEFORE[SAVE] :], SEEN)
    assert home.saved() == TO_SAVED


@pytest.mark.parametrize("at", range(len(TO_A_FILE)))
def test_when_kodi_quits_nothing_more_is_asked_or_saved(home, at):
    def quit_now():
        home.quit()
        return NOTHING

    dialogs = {COUNTRY: 1, CODE: 2, LINEUP: 4}.get(at, at + 3)  # those of progress among them
    home.set_up(*TO_A_FILE[:at], quit_now)
    assert len(home.asked) == dialogs
    assert home.saved() == {}
    assert our_threads() == []
    assert home.properties == {}


@pytest.mark.parametrize(("download", "at"), [(1, LINEUP), (2, TONIGHT), (3, len(TO_A_FILE))])
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


def test_cancelling_a_download_repeats_the_question(home):
    home.canceled = True
    home.set_up(0, HERE, NOTHING, LEAVE)
    assert home.kinds() == ["select", "input", "progress", "input", "yesnocustom"]
    assert [dialog.text for dialog in home.asked if dialog.kind == "input"] == ["", HERE]
    assert home.saved() == {}


def test_a_look_up_that_ends_after_it_was_cancelled_changes_nothing(home, monkeypatch):
    late, look_up = threading.Event(), lookups.lineups

    def lineups(config, stop, clock):
        assert late.wait(10)
        return look_up(config, threading.Event(), clock)

    def at_last():
        home.canceled, home.patient = False, True
        late.set()
        for thread in threading.enumerate():
            if thread.name == "job":
                thread.join()
        return HERE

    monkeypatch.setattr(lookups, "lineups", lineups)
    monkeypatch.setattr(ours("ui.dialogs"), "JOB_TIMEOUT", 0)
    home.canceled, home.patient = True, False
    home.set_up(0, HERE, at_last, *TO_A_FILE[LINEUP:], SEEN)
    assert home.saved() == TO_SAVED


# What goes wrong


def test_without_a_network_nothing_is_saved(kodi):
    kodi.set(base_url="http://127.0.0.1:9")
    kodi.set_up(1, "j3b 1m4", SEEN, NOTHING, LEAVE)
    (message,) = kodi.texts("ok")
    assert message.startswith("127.0.0.1:9 refuses the connection.[CR]Check whether a firewall")
    assert kodi.saved() == {}
    log = "\n".join(kodi.lines()).lower()
    assert "(postal code)" in log
    assert not {code for code in ("j3b1m4", "j3b 1m4") if code in log}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refusal(403), "The listings site takes us for a robot."),
        (refusal(503), "The listings site has an outage."),
        (html_page(), "Another page answers instead of the listings site."),
    ],
)
@pytest.mark.parametrize(
    ("on", "hours", "again", "at"),
    [
        ("providers", "", HERE, LINEUP),
        ("grid", "1", 0, TONIGHT),
        ("grid", "6", YES, TONIGHT),  # try again
    ],
)
def test_after_a_look_up_that_failed_the_set_up_goes_on(
    new_home, source, answer, told, on, hours, again, at
):
    kodi = new_home

    def mend():
        source.faults.clear()
        return SEEN

    source.faults.answer(on, answer, when=lambda query: query.get("timespan", "") == hours)
    kodi.set_up(*TO_A_FILE[:at], mend, again, *TO_A_FILE[at:], SEEN)
    (message,) = kodi.texts("ok")
    assert message.startswith(f"{told}[CR]")
    codes = [dialog.text for dialog in kodi.asked if dialog.kind == "input"]
    assert codes == ["", HERE][: len(codes)]  # what was typed is proposed
    assert kodi.saved() == TO_SAVED
    assert kodi.lines("ERROR") == []


def refuse_tonight(kodi, source, until):
    """It cannot be looked at before so many dialogs of progress."""

    def refuse():
        if kodi.kinds().count("progress") < until:
            source.faults.answer("grid", oops(), when=lambda query: query["timespan"] != "1")
        else:
            source.faults.clear()

    kodi.on_progress = refuse


def test_tonight_is_looked_at_again_until_the_source_answers(new_home, source):
    kodi, again = new_home, YES
    refuse_tonight(kodi, source, until=4)
    kodi.set_up(*TO_A_FILE[:TONIGHT], SEEN, again, SEEN, again, NOTHING, LEAVE)
    assert len(kodi.texts("ok")) == 2
    assert kodi.texts("yesnocustom")[0].startswith("Try again, ")
    assert kodi.asked[-2].heading == "Local Over the Air Broadcast"


def test_when_tonight_cannot_be_looked_at_back_goes_back_and_the_set_up_goes_on(new_home, source):
    kodi = new_home
    refuse_tonight(kodi, source, until=4)
    back_again = (SEEN, NOTHING)  # as the key does
    kodi.set_up(*TO_A_FILE[:TONIGHT], *back_again, 0, *back_again, *TO_A_FILE[LINEUP:], SEEN)
    assert kodi.saved() == TO_SAVED


def test_a_failed_run_shows_its_error_and_keeps_the_settings(home):
    os.mkdir(home.guide)  # where the guide should go
    home.set_up(*TO_A_FILE, SEEN)
    assert home.asked[-1].text.startswith("The guide cannot be written: /")
    assert home.saved() == TO_SAVED
    assert "Cannot write" in json.loads(home.profile_file("state.json"))["last"]["error"]


def test_the_download_ends_when_the_guide_is_there_and_the_service_gets_the_details(
    home, source, messages
):
    home.set(details="true")
    source.reset_counts()
    told = []
    home.set_up(*TO_A_FILE, lambda: told.append(list(messages)))
    assert home.asked[-1].heading == "TV guide: Tonight"
    home.check_guide(source)
    assert source.counts.details <= 1  # one may be on its way
    assert told == [["pause", "resume"]]
    assert runs_of_the_service(home) == 1


@pytest.mark.parametrize("has_guide", [False, True])
def test_a_cancelled_run_is_left_to_the_service(home, messages, monkeypatch, has_guide):
    def stopped(*arguments):
        raise Stopped()

    if not has_guide:
        monkeypatch.setattr(ours("backend"), "grab", stopped)
    for times in range(2):  # a new guide, and the same one again
        home.asked.clear()
        home.canceled = lambda: home.kinds().count("progress") == 3
        home.set_up(*TO_A_FILE, SEEN, *[SEEN] * has_guide)
        assert home.texts("ok") == ["The download goes on in the background."]
        assert (home.asked[-1].heading == "TV guide: Tonight") == has_guide
        assert home.saved() == TO_SAVED
        assert messages == ["pause", "resume"] * (times + 1)
        assert runs_of_the_service(home) == 1
        assert runs_of_the_service(home) == 0


def runs_of_the_service(kodi):
    """How many there are in the next hour, which is the last one of this Kodi."""
    kodi.in_script = kodi.canceled = False
    kodi.restart()
    runs = len(kodi.serve(1).at)
    kodi.restart()
    return runs


def test_after_a_run_that_lacks_hours_the_set_up_continues(new_home, source):
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
    failed, tonight, player = [dialog for dialog in kodi.asked if dialog.kind != "progress"][-3:]
    assert failed.text.startswith("Some hours are missing from the guide")
    assert player.text.startswith("IPTV Simple reads this guide.")
    assert "With programmes: 0 of 5 channels." in player.text
    assert tonight.heading == "TV guide: Tonight"


def test_it_waits_for_the_services_run_to_end(home, monkeypatch):
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


def test_a_run_of_another_program_is_an_error_message(home):
    with RunLock(home.profile):
        home.set_up(0, HERE, SEEN, NOTHING, LEAVE)
    assert home.texts("ok")[0].startswith("Another download is in progress")


# The offer


def test_the_greeting_starts_the_set_up_if_the_user_accepts(home, messages):
    home.script("greet", answers=[False])
    assert home.kinds() == ["yesno"]
    assert messages == []
    home.script("greet", answers=[True, NOTHING])
    assert home.kinds() == ["yesno", "yesno", "select"]
