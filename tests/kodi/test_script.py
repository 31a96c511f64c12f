"""The add-on's script in a fake Kodi: the menu, what each action shows, and what it changes."""

import os
import threading

import pytest

from gracenote2epg import errors
from gracenote2epg.store.database import FILE, RunLock
from support import guides
from support.fake_iptv_simple import Iptv
from support.fake_kodi import NOTHING
from support.kodi_addon import HERE, SEEN, our_threads, ours

# Ways in


def test_without_an_argument_there_is_a_menu_of_all_actions(kodi, told):
    menu = ours("messages").MENU
    kodi.script(answers=[menu.index("run_now")])
    ((_, heading, _, rows, _),) = kodi.asked
    assert heading == "TV guide"
    assert [label for label, _ in rows][:2] == ["Set up the guide", "Download now"]
    assert len(rows) == len(menu)
    assert told == ["run_now"]


def test_leaving_the_menu_does_nothing(kodi, told):
    kodi.script()
    assert kodi.kinds() == ["select"]
    assert told == []
    assert kodi.properties == {}


def test_an_action_named_by_a_skin_needs_no_menu(kodi, told):
    kodi.script("run_now")
    assert kodi.asked == []
    assert told == ["run_now"]
    kodi.script("settings")
    assert kodi.builtins == ["Addon.OpenSettings(service.gracenote2epg)"]


def test_a_word_that_is_no_action_is_named_in_the_log(kodi, told):
    kodi.script("rm_rf")
    assert kodi.lines("WARNING") == [
        "[service.gracenote2epg] kodi.ui.script: rm_rf is not an action"
    ]
    assert kodi.asked == told == []


def test_there_is_one_dialogue_at_a_time_and_a_download_beside_it(kodi, told):
    main = ours("ui.script").main

    def again():
        for words in (["set_up"], [], ["run_now"]):
            main(words, kodi.clock)
        return NOTHING

    kodi.script("set_up", answers=[again])
    assert kodi.kinds() == ["select"]  # of the first one
    assert any("open already" in line for line in kodi.lines("INFO"))
    assert "run_now" in told
    assert kodi.properties == {}


# Status


def test_the_status_says_what_the_guide_has_and_how_the_runs_went(published):
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
    assert "  well (requests: " in lines[12]


def test_the_status_of_a_run_that_is_under_way(kodi):
    kodi.set(postal_code=HERE)
    kodi.properties["gracenote2epg.run"] = "Downloading the guide 3/28 (6 %)"
    kodi.script("status", answers=[SEEN])
    assert kodi.asked[-1].text.splitlines() == [
        "Downloading the guide 3/28 (6 %)",
        "",
        "There is no guide yet.",
    ]


def test_the_status_before_there_is_any_guide(kodi):
    kodi.set(postal_code=HERE)
    kodi.script("status", answers=[SEEN])
    assert kodi.asked[-1].text.splitlines() == [
        "Nothing is being downloaded.",
        "",
        "There is no guide yet.",
    ]


def test_a_store_that_cannot_be_opened_is_told(kodi, tmp_path):
    (tmp_path / "addon_data").write_text("a file where the folder should be")
    kodi.script("status", answers=[SEEN])
    assert kodi.asked[-1].kind == "ok"
    assert "The guide cannot be written" in kodi.asked[-1].text


# What IPTV Simple shows


def test_iptv_simple_has_the_guide_when_it_shows_a_title_that_is_on_now(published):
    now = published.clock.now()
    airings = guides.programmes(published.guide)
    title = next(airing.title for airing in airings if airing.start <= now < airing.stop)
    Iptv(published, "20.6.1", 2, 2, title).write("settings.xml")
    published.script("iptv_simple", answers=[True, SEEN])
    assert "with this guide: 2 of the first 2." in published.asked[-1].text
    config = ours("addon_settings").read().config()
    stop = threading.Event()
    assert title in ours("backend").titles_now(config, stop, published.clock)
    stop.set()
    assert ours("backend").titles_now(config, stop, published.clock) == set()


# The page's address


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", "localhost"), ("0.0.0.0", "192.0.2.7")]
)
def test_the_pages_address_is_one_that_works(kodi, host, address):
    kodi.set(enable_monitoring="true", monitoring_host=host, monitoring_port=9990)
    kodi.script("page", answers=[SEEN])
    assert kodi.asked[0].text.startswith(f"http://{address}:9990/[CR]")


@pytest.mark.parametrize("agrees", [True, False])
def test_a_page_that_is_off_can_be_switched_on(kodi, agrees):
    kodi.set(monitoring_web_api="false")
    kodi.script("page", answers=[agrees, SEEN])
    assert kodi.kinds() == (["yesno", "ok"] if agrees else ["yesno"])
    switched = (kodi.values["enable_monitoring"], kodi.values["monitoring_web_api"])
    assert switched == (str(agrees).lower(),) * 2


# Reset


def test_a_reset_forgets_the_answers_and_keeps_the_guide(kodi, told):
    kodi.set(postal_code=HERE)
    kodi.keep_last(1.0)
    kodi.state_file().update(last_notice="x")
    for name in (FILE, f"{FILE}-wal", "xmltv.xml"):
        kodi.profile_file(name, "x")
    kodi.script("reset", answers=[True, SEEN])
    assert set(os.listdir(kodi.profile)) == {"xmltv.xml", "state.json", "next", "lock"}
    assert kodi.profile_file("next") == "0"  # also when Kodi quits before it
    assert kodi.state_file().read().last is None  # so a run is due
    assert kodi.state_file().read().last_notice == "x"
    assert told == ["pause", "resume"]
    assert kodi.asked[-1].text == "The stored answers are forgotten."


def test_a_reset_is_asked_about_first(kodi, told):
    kodi.script("reset", answers=[False])
    assert kodi.kinds() == ["yesno"]
    assert told == []


def test_a_reset_that_is_left_says_nothing_and_forgets_nothing(kodi, told):
    kodi.profile_file(FILE, "x")
    kodi.canceled, kodi.patient = True, False
    with RunLock(kodi.profile):
        kodi.script("reset", answers=[True])
    assert kodi.kinds() == ["yesno", "progress"]
    assert set(os.listdir(kodi.profile)) == {FILE, "lock"}


def test_a_reset_during_the_run_of_another_program_is_refused(kodi, told):
    kodi.profile_file(FILE, "x")
    with RunLock(kodi.profile):
        kodi.script("reset", answers=[True, SEEN])
    assert kodi.asked[-1].text.startswith("Another download is at work")
    assert os.path.exists(os.path.join(kodi.profile, FILE))
    assert told == ["pause", "resume"]


# Edges

WORDS = ("status", "doctor", "page", "support", "reset", "iptv_simple")


def test_when_kodi_quits_an_action_shows_nothing_and_leaves_no_thread(home, told):
    home.quit()
    for word in WORDS:
        home.script(word)
    assert home.asked == []
    assert our_threads() == []
    assert os.path.exists(os.path.join(home.profile, FILE))


def test_a_wrong_setting_is_named_by_each_action(kodi, told):
    kodi.set(base_url="http://example.org", enable_monitoring="true", monitoring_port=1)
    for word in WORDS:
        if word != "reset":
            kodi.asked.clear()
            kodi.script(word, answers=[SEEN] * 3)
            assert "ok" in kodi.kinds(), word
    assert not kodi.lines("ERROR")


def test_a_bug_is_told_in_a_sentence_and_logged_whole(kodi, monkeypatch):
    monkeypatch.setattr(ours("backend"), "stats", lambda config, clock: 1 / 0)
    kodi.script("status", answers=[SEEN])
    assert kodi.asked[-1].text.startswith("This did not work")
    (line,) = kodi.lines("ERROR")
    assert "ZeroDivisionError" in line


def test_a_python_module_that_is_missing_is_named(kodi, monkeypatch):
    def document(config, clock):
        raise ModuleNotFoundError("No module named 'requests'", name="requests")

    monkeypatch.setattr(ours("backend"), "stats", document)
    kodi.script("status", answers=[SEEN])
    text = "A Python module is missing: The Python package requests is missing[CR]Install the"
    assert kodi.asked[-1].text.startswith(text)
    assert not kodi.lines("ERROR")


def test_a_failure_is_told_with_its_advice_and_no_sentence_twice(kodi):
    failed = ours("ui.dialogs").Dialogs(kodi.clock).error
    failed("h", errors.InputFileError("/x", "no XML"))
    failed("h", errors.AlreadyRunning("/x"))
    assert kodi.texts("ok") == [
        "A file cannot be read: Cannot read /x (no XML)[CR]Fix the file or choose another one.",
        "Another download is at work[CR]Another run is in progress in /x."
        " Wait for it to end; its guide will be the one you want.",
    ]


def test_what_a_job_raises_comes_to_the_one_who_waits(kodi):
    kodi.in_script, kodi.patient = True, False

    def job(stop, say):
        say(50, "half")
        while (50, "half") not in kodi.progress:
            stop.wait(0.001)
        raise errors.AlreadyRunning("there")

    with pytest.raises(errors.AlreadyRunning):
        ours("ui.dialogs").Dialogs(kodi.clock).run("h", "t", job)


def test_a_job_that_is_not_waited_for_is_told_to_end(kodi):
    kodi.in_script, kodi.canceled, kodi.patient = True, True, False
    ended = []
    dialogs = ours("ui.dialogs").Dialogs(kodi.clock)
    assert dialogs.run("h", "t", lambda stop, say: ended.append(stop.wait(10))) is None
    assert ended == [True]
