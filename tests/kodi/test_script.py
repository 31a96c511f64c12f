"""The add-on's script: the menu, what each action shows, and what it changes."""

import os
import threading

import pytest

from gracenote2epg import errors
from gracenote2epg.store.database import FILE, RunLock
from support import guides
from support.fake_iptv_simple import Iptv
from support.fake_kodi import NOTHING
from support.kodi_addon import HERE, SEEN, our_threads, ours

# Starting an action


def test_without_an_argument_there_is_a_menu_of_all_actions(kodi, messages):
    menu = ours("messages").MENU
    kodi.script(answers=[menu.index("run_now")])
    ((_, heading, _, rows, _),) = kodi.asked
    assert heading == "TV guide"
    assert [label for label, _ in rows][:2] == ["Set up the guide", "Download now"]
    assert len(rows) == len(menu)
    assert messages == ["run_now"]
    kodi.asked.clear()
    kodi.script()  # and back
    assert kodi.kinds() == ["select"]
    assert messages == ["run_now"]
    assert kodi.properties == {}


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


def test_the_status_shows_guide_and_history(published):
    published.keep_last(published.clock.now())
    published.script("status", answers=[SEEN])
    lines = published.asked[-1].text.splitlines()
    assert lines[0] == "Nothing is being downloaded."
    assert lines[1].startswith("Next download: ")
    assert lines[3].startswith("Programmes in the guide: ")
    end = max(programme.stop for programme in guides.programmes(published.guide))
    assert lines[4] == f"It ends: {ours('strings').day_and_time(end, published.clock.now())}"
    assert lines[6].startswith("Grade: ")
    assert lines[6].endswith(" of 100)")
    assert lines[7].startswith("Series details are off: switch them on in the settings")
    assert lines[9] == "There is no earlier guide to compare with yet"
    assert lines[11] == "[B]The last downloads[/B]"
    assert "  OK (requests: " in lines[12]


@pytest.mark.parametrize("run", ["", "Downloading the guide 3/28 (6 %)"])
def test_the_status_shows_the_run_in_progress(kodi, run):
    kodi.set(postal_code=HERE)
    kodi.properties["gracenote2epg.run"] = run
    kodi.script("status", answers=[SEEN])
    first = run or "Nothing is being downloaded."
    assert kodi.asked[-1].text.splitlines() == [first, "", "There is no guide yet."]


def test_a_store_that_cannot_be_opened_is_an_error_message(kodi, tmp_path):
    (tmp_path / "addon_data").write_text("a file where the folder should be")
    kodi.script("status", answers=[SEEN])
    assert kodi.asked[-1].kind == "ok"
    assert "The guide cannot be written" in kodi.asked[-1].text


# IPTV Simple


def test_iptv_simple_has_the_guide_if_it_shows_a_title_of_now(published):
    now = published.clock.now()
    airings = guides.programmes(published.guide)
    title = next(airing.title for airing in airings if airing.start <= now < airing.stop)
    Iptv(published, "20.6.1", 2, 2, title).write("settings.xml")
    published.script("iptv_simple", answers=[True, SEEN])
    assert "with this guide: 2 of the first 2." in published.asked[-1].text
    config, stop = ours("addon_settings").read().config(), threading.Event()
    assert title in ours("backend").titles_now(config, stop, published.clock)
    stop.set()
    assert ours("backend").titles_now(config, stop, published.clock) == set()


# The page's address


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", "localhost"), ("0.0.0.0", "192.0.2.7")]
)
def test_the_pages_address_is_shown(kodi, host, address):
    kodi.set(enable_monitoring="true", monitoring_host=host, monitoring_port=9990)
    kodi.script("page", answers=[SEEN])
    assert kodi.asked[0].text.startswith(f"http://{address}:9990/[CR]")


@pytest.mark.parametrize("agrees", [True, False])
def test_a_page_that_is_off_can_be_switched_on(kodi, agrees):
    kodi.script("page", answers=[agrees, SEEN])
    assert kodi.kinds() == (["yesno", "ok"] if agrees else ["yesno"])
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
    assert kodi.asked[-1].text == "The stored answers are deleted."


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


def test_a_bug_is_a_sentence_for_the_user_and_a_traceback_in_the_log(kodi, monkeypatch):
    monkeypatch.setattr(ours("backend"), "stats", lambda config, clock: 1 / 0)
    kodi.script("status", answers=[SEEN])
    assert kodi.asked[-1].text.startswith("This did not work")
    (line,) = kodi.lines("ERROR")
    assert "ZeroDivisionError" in line


def test_a_missing_python_module_is_named(kodi, monkeypatch):
    def stats(config, clock):
        raise ModuleNotFoundError("No module named 'requests'", name="requests")

    monkeypatch.setattr(ours("backend"), "stats", stats)
    kodi.script("status", answers=[SEEN])
    text = "A Python module is missing: The Python package requests is missing[CR]Install"
    assert kodi.asked[-1].text.startswith(text)
    assert not kodi.lines("ERROR")


def test_an_error_is_shown_with_its_advice_and_no_sentence_twice(kodi):
    dialogs = ours("ui.dialogs").Dialogs(kodi.clock)
    missing, busy = errors.InputFileError("/x", "no XML"), errors.AlreadyRunning("/x")
    dialogs.error("h", missing)
    dialogs.error("h", busy)
    description = ours("strings").describe_error
    assert kodi.texts("ok") == [
        f"{description(missing)}[CR]{missing.advice}.",
        f"{description(busy)}[CR]{busy}",
    ]


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
