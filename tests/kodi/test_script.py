"""The add-on's script: the menu, what each action shows, and what it changes."""

import os
import re

import pytest

from gracenote2epg import errors
from gracenote2epg.setup import lookups
from gracenote2epg.store.answers import Store
from gracenote2epg.store.database import FILE, RunLock
from gracenote2epg.util import qr
from support.fake_kodi import NOTHING
from support.kodi_addon import HERE, SEEN, our_threads, ours

# Starting an action


def test_without_an_argument_there_is_a_menu_of_all_actions(kodi, messages):
    kodi.script(answers=[lambda: kodi.row("Download now")])
    (shown,) = kodi.asked
    assert shown.heading == "TV guide"
    assert [label for label, _ in shown.rows][:2] == ["Set up the guide", "Show the status"]
    assert len(shown.rows) == len(ours("messages").MENU) - 1
    assert messages == ["run_now"]
    kodi.asked.clear()
    kodi.script()  # and back
    assert kodi.kinds() == ["select"]
    assert messages == ["run_now"]
    assert kodi.properties == {}


def test_with_a_guide_the_menu_begins_with_what_people_come_for(published):
    published.script(answers=[lambda: published.row("Tonight"), SEEN, SEEN])
    menu, tonight = published.asked[0], published.asked[-1]
    assert [label for label, _ in menu.rows][:2] == ["Tonight", "Show the status"]
    assert [label for label, _ in menu.rows].index("Set up the guide") == 4
    assert tonight.heading == "TV guide: Tonight"
    assert tonight.rows


def test_an_action_by_its_name_needs_no_menu(kodi, messages):
    kodi.script("run_now")
    kodi.script("settings")
    kodi.script("rm_rf")
    assert kodi.asked == []
    assert messages == ["run_now"]
    assert kodi.builtins == ["Addon.OpenSettings(service.gracenote2epg)"]
    warning = "[service.gracenote2epg] kodi.ui.script: rm_rf is not an action"
    assert kodi.lines("WARNING") == [warning]


def test_one_dialog_at_a_time_but_a_download_can_be_started(kodi, messages):
    main = ours("ui.script").main

    def again():
        for words in (["set_up"], [], ["run_now"]):
            main(words, kodi.clock)
        return NOTHING

    kodi.script("set_up", answers=[again])
    assert kodi.kinds() == ["select"]  # of the first one
    assert kodi.logged("open already")
    assert "run_now" in messages
    assert kodi.properties == {}


# Status


def opened(kodi, *labels):
    """The last dialog before the user goes back, after these rows of the status were opened."""
    kodi.asked.clear()
    rows = [lambda label=label: kodi.row(label) for label in labels]
    kodi.script("status", answers=[*rows, *[SEEN] * (1 + len(labels))])
    return [dialog for dialog in kodi.asked if dialog.kind != "progress"][len(labels)]


def test_the_status_is_a_list_with_the_verdict_first(published):
    now = published.clock.now()
    published.keep_last(now)
    status = opened(published)
    labels = [label for label, _ in status.rows]
    assert labels[0].startswith("The guide is fine until ")
    assert labels[2:] == ["Tonight", "What changed", "Nothing is being downloaded."]
    assert re.fullmatch(r"Grade: [A-E] \(\d+ of 100\)", labels[1])
    assert status.rows[0][1].startswith("Programmes in the guide: ")
    assert status.rows[1][1].startswith("Series details are off: switch on “Fetch details” in the")
    assert status.rows[-1][1].startswith("Next download: ")
    verdict, *lines = opened(published, labels[0]).text.splitlines()
    assert verdict == labels[0]
    assert [line.split(":")[0] for line in lines] == ["Programmes in the guide", "It was made"]


def test_the_health_leads_to_its_stations_the_worst_first(published):
    (grade, _) = opened(published).rows[1]
    advice, *stations = [label for label, _ in opened(published, grade).rows]
    assert advice == "What would make it better"
    points = [int(re.match(r"[A-E] (\d+)  \S", label).group(1)) for label in stations]
    assert points == sorted(points)
    assert len(points) == 8
    text = opened(published, grade, stations[0]).text.splitlines()
    assert re.fullmatch(rf"Grade: [A-E] \({points[0]} of 100\)", text[0])
    assert [line.split(":")[0] for line in text[1:]] == [
        "Hours with programmes",
        "Hours without programmes",
        "Programmes without a description",
    ]
    assert "Fetch details" in opened(published, grade, advice).text.split("\n\n")[0]


def test_tonight_leads_to_the_programmes_of_a_station(published):
    tonight = opened(published, "Tonight")
    label, detail = tonight.rows[0]
    text = opened(published, "Tonight", label).text
    first = detail.split(" · ")[0]
    assert text.startswith(f"[B]{first.replace(' ', '  ', 1)}")
    assert text.count("[B]") == len(detail.split(" · "))


def test_the_downloads_lead_to_the_earlier_ones(published):
    ((label, detail), *_) = opened(published, "Nothing is being downloaded.").rows
    assert label.endswith("  OK")
    assert detail.startswith("requests: ")


def test_a_download_that_was_interrupted_is_no_fault(published):
    published.speak("fr_fr")
    with Store(published.profile, published.clock) as store:
        said = {"error": "Stopped. Run again.", "said": ["error_Stopped", {}]}
        store.add_run(published.clock.now(), {**said, "requests": 3, "seconds": 1})
    shown = opened(published, ours("strings").localize("status_idle"))
    assert shown.rows[0][1] == "Interrompu ; le téléchargement suivant continue d'ici"
    assert shown.pictures[0] == "DefaultIconWarning.png"


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("error_OutputError", "Check the folder, its permissions and the free space, or choose"),
        ("error_Stopped", "Choose “Download now” in the menu."),
    ],
)
def test_the_doctor_says_what_to_do_about_the_failure_that_left_no_guide(published, name, cure):
    os.remove(published.guide)
    with Store(published.profile, published.clock) as store:
        said = {"error": "It failed.", "said": [name, {"path": "/x", "detail": "Disk full"}]}
        store.add_run(published.clock.now(), {**said, "requests": 3, "seconds": 1})
    published.script("doctor", answers=[lambda: published.row("Guide file"), SEEN, SEEN])
    seen, *cures = published.texts("textviewer")[-1].split("\n\n")
    assert "The last download failed" in seen
    assert len(cures) == 1
    assert cures[0].startswith(cure)


@pytest.mark.parametrize("run", ["", "Downloading the guide 3/28 (6 %)"])
def test_the_status_shows_the_run_in_progress(kodi, run):
    kodi.set(postal_code=HERE)
    kodi.properties["gracenote2epg.run"] = run
    (verdict, _), (downloads, _) = opened(kodi).rows
    assert verdict == "There is no guide yet."
    assert downloads == (run or "Nothing is being downloaded.")


# The page's address


ADDRESS = "http://192.0.2.7:9990/"


def test_the_pages_address_is_shown_with_its_code_until_a_key_is_pressed(kodi):
    kodi.set(enable_monitoring="true", monitoring_host="0.0.0.0", monitoring_port=9990)
    kodi.script("page", answers=[[0, 107, 7]])  # nothing, the mouse moves, a key
    window, closed = kodi.asked
    assert window.text.splitlines()[0] == ADDRESS
    assert qr.picture(ADDRESS, 10) in window.marked
    assert closed.kind == "closed"
    assert os.listdir(kodi.profile) == ["web_code"]
    assert f"type there: {kodi.profile_file('web_code').strip()}" in window.text


@pytest.mark.parametrize("agrees", [True, False])
def test_a_page_for_this_device_can_be_opened_to_phones(kodi, agrees):
    kodi.set(enable_monitoring="true", monitoring_port=9990)
    kodi.script("page", answers=[agrees])
    assert kodi.asked[0].text.startswith("http://localhost:9990/[CR]")
    assert kodi.kinds() == ["yesno", *(["window", "closed"] if agrees else [])]
    assert kodi.values["monitoring_host"] == ("0.0.0.0" if agrees else "127.0.0.1")


@pytest.mark.parametrize("agrees", [True, False])
def test_a_page_that_is_off_can_be_switched_on(kodi, agrees):
    kodi.script("page", answers=[agrees])
    assert kodi.kinds() == ["yesno"] * (1 + agrees)
    assert kodi.values["enable_monitoring"] == str(agrees).lower()


# The settings


def test_a_playlist_is_found_by_browsing(kodi):
    kodi.set(channels_from="/old.m3u")
    for path, kept in (("", "/old.m3u"), ("smb://nas/tv.m3u", "/old.m3u"), ("/tv.m3u", "/tv.m3u")):
        kodi.script("choose_playlist", answers=[path, SEEN])
        assert kodi.values["channels_from"] == kept
    assert kodi.kinds() == ["browse", "browse", "ok", "browse"]
    assert "smb://nas/tv.m3u" in kodi.asked[2].text
    assert kodi.builtins == ["Addon.OpenSettings(service.gracenote2epg)"] * 2


# Reset


def test_a_reset_deletes_the_answers_and_keeps_the_guide(kodi, messages):
    kodi.set(postal_code=HERE)
    kodi.keep_last(1.0)
    kodi.state_file().update(last_notice="x")
    for name in (FILE, f"{FILE}-wal", "xmltv.xml"):
        kodi.profile_file(name, "x")
    kodi.script("reset", answers=[True, SEEN])
    assert set(os.listdir(kodi.profile)) == {"xmltv.xml", "state.json", "next", "lock"}
    assert kodi.profile_file("next") == "0"  # if Kodi quits before the run
    state = kodi.state_file().read()
    assert (state.last, state.last_notice) == (None, "x")  # so a run is due
    assert messages == ["pause", "resume"]
    assert kodi.asked[-1].text == "The cache is cleared."


def test_a_reset_needs_a_confirmation(kodi, messages):
    kodi.script("reset", answers=[False])
    assert kodi.kinds() == ["yesno"]
    assert messages == []


@pytest.mark.parametrize("cancels", [True, False])
def test_a_reset_during_another_programs_run_deletes_nothing(kodi, messages, cancels):
    kodi.profile_file(FILE, "x")
    kodi.canceled = cancels
    kodi.patient = not cancels
    with RunLock(kodi.profile):
        kodi.script("reset", answers=[True, SEEN])
    assert kodi.kinds() == ["yesno", "progress", *([] if cancels else ["ok"])]
    if not cancels:
        assert kodi.asked[-1].text.startswith("Another download is ")
    assert set(os.listdir(kodi.profile)) == {FILE, "lock"}
    assert messages == ["pause", "resume"]


# Errors

ACTIONS = ("status", "doctor", "page", "support", "reset", "iptv_simple")


def test_once_kodi_quits_an_action_shows_nothing_and_leaves_no_thread(home, messages):
    home.quit()
    for action in ACTIONS:
        home.script(action)
    assert home.asked == []
    assert our_threads() == []
    assert os.path.exists(os.path.join(home.profile, FILE))


def test_each_action_shows_an_invalid_setting(kodi, messages):
    kodi.set(base_url="http://example.org", enable_monitoring="true", monitoring_port=1)
    for action in ACTIONS:
        if action != "reset":
            kodi.asked.clear()
            kodi.script(action, answers=[SEEN] * 3)
            assert "ok" in kodi.kinds(), action
    assert not kodi.lines("ERROR")


def test_a_bug_is_a_sentence_for_the_user_and_a_traceback_in_the_log(home, messages, monkeypatch):
    monkeypatch.setattr(lookups, "lineups", lambda config, stop, clock: 1 / 0)
    home.script("set_up", answers=[0, HERE, SEEN])
    assert home.asked[-1].text.startswith("This did not work")
    (line,) = home.lines("ERROR")
    assert "ZeroDivisionError" in line
    assert home.properties == {}
    assert messages == ["pause", "resume"]


def test_a_missing_python_module_is_named(kodi, monkeypatch):
    def stats(config, clock):
        raise ModuleNotFoundError("No module named 'requests'", name="requests")

    monkeypatch.setattr(ours("backend"), "stats", stats)
    kodi.script("status", answers=[SEEN])
    text = "A Python module is missing: requests.[CR]Install this add-on again"
    assert kodi.asked[-1].text.startswith(text)
    assert not kodi.lines("ERROR")


def test_an_error_is_shown_with_its_cure(kodi):
    dialogs = ours("ui.dialogs").Dialogs(kodi.clock)
    dialogs.error("h", errors.WorseGuide("fewer hours"))
    (text,) = kodi.texts("ok")
    assert text.startswith("The new guide lacks too much, so the old one stays.[CR]Wait: ")
    assert text.endswith("lower “Keep the old guide if the new one is below (%)” in the settings.")


def test_a_job_raises_its_exception_where_it_is_waited_for(kodi):
    kodi.in_script, kodi.patient = True, False

    def job(stop, report):
        report(50, "half")
        while (50, "half") not in kodi.progress:
            stop.wait(0.001)
        raise errors.AlreadyRunning("there")

    with pytest.raises(errors.AlreadyRunning):
        ours("ui.dialogs").Dialogs(kodi.clock).run("h", "t", job)


def test_a_cancelled_job_is_stopped(kodi):
    kodi.in_script, kodi.canceled, kodi.patient = True, True, False
    stopped = []
    dialogs = ours("ui.dialogs").Dialogs(kodi.clock)
    assert dialogs.run("h", "t", lambda stop, report: stopped.append(stop.wait(10))) is None
    assert stopped == [True]
