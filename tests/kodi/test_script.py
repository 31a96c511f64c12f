"""The add-on's script in a fake Kodi: the menu, what each action shows, and what it changes."""

import gzip
import os
import re
import threading
import time

import pytest

from support import guides
from support.kodi_addon import HERE, ours, script
from support.builders import NOW
from support.fake_kodi import NOTHING
from gracenote2epg import difference, errors, grab
from gracenote2epg.demo import DemoServer, World
from gracenote2epg.store import FILE, Lock
from support.fake_iptv_simple import Iptv

SEEN = None


@pytest.fixture(name="told")
def _told(kodi):
    """What the script tells the service."""
    told = []
    kodi.rpc["JSONRPC.NotifyAll"] = lambda sender, message: told.append((sender, message))
    return told


@pytest.fixture(name="server", scope="module")
def _server():
    with DemoServer(World()) as server:
        yield server


@pytest.fixture(name="home")
def _home(kodi, server):
    """A Kodi whose profile holds a guide and its store."""
    kodi.sleep(time.time() - NOW)
    kodi.set(postal_code=HERE, days=1, details="false", base_url=server.url)
    grab.run(ours("settings").read().config())
    return kodi


# Ways in


def test_without_an_argument_there_is_a_menu_of_all_actions(kodi, told):
    actions = ours("actions")
    script(kodi, answers=[actions.MENU.index("run_now")])
    ((_, heading, _, rows, _),) = kodi.asked
    assert heading == "TV guide"
    assert [label for label, _ in rows][:2] == ["Set up the guide", "Download now"]
    assert len(rows) == len(actions.MENU)
    assert told == [("service.gracenote2epg", "run_now")]


def test_leaving_the_menu_does_nothing(kodi, told):
    script(kodi)
    assert kodi.kinds() == ["select"]
    assert told == []
    assert kodi.properties == {}


def test_an_action_named_by_a_skin_needs_no_menu(kodi, told):
    script(kodi, "run_now")
    assert kodi.asked == []
    assert told == [("service.gracenote2epg", "run_now")]


def test_a_word_that_is_no_action_is_named_in_the_log(kodi, told):
    script(kodi, "rm_rf")
    assert kodi.lines("WARNING") == ["[service.gracenote2epg] actions: rm_rf is no action"]
    assert kodi.asked == []


def test_the_settings_are_one_of_the_actions(kodi):
    script(kodi, "settings")
    assert kodi.builtins == ["Addon.OpenSettings(service.gracenote2epg)"]


def test_there_is_one_dialogue_at_a_time(kodi, told):
    actions = ours("actions")
    before = list(kodi.properties)

    def again():
        actions.main(["set_up"])
        actions.main([])
        return NOTHING

    script(kodi, "set_up", answers=[again])
    assert kodi.kinds() == ["select"]  # of the first one
    assert any("open already" in line for line in kodi.lines("INFO"))
    assert list(kodi.properties) == before


def test_a_download_may_be_asked_for_beside_a_dialogue(kodi, told):
    script(kodi, "set_up", answers=[lambda: ours("actions").main(["run_now"]) or NOTHING])
    assert ("service.gracenote2epg", "run_now") in told


def test_no_line_of_the_script_holds_the_postal_code(kodi, told):
    kodi.set(base_url="http://127.0.0.1:9")
    script(kodi, "set_up", answers=[1, "j3b 1m4", SEEN, 1])
    assert kodi.lines("WARNING")
    text = "\n".join(kodi.lines())
    assert "(postal code)" in text
    assert not re.search("j3b ?1m4", text, re.IGNORECASE)


# Status


def test_the_status_says_what_the_guide_has_and_how_the_runs_went(home):
    ours("state").Memory(home.profile).keep(
        last=ours("schedule").LastRun(time.time(), "", ours("settings").read().asked)
    )
    script(home, "status", answers=[SEEN])
    *_, text = home.asked
    lines = text.text.splitlines()
    assert lines[0] == "Nothing is being downloaded."
    assert lines[1].startswith("Next download: ")
    assert lines[3].startswith("Programmes in the guide: ")
    assert lines[4].startswith("It ends: tomorrow 0")
    assert re.fullmatch(r"Grade: [AB] \(\d+ of 100\)", lines[6])
    assert lines[7].startswith("Series details are off: switch them on in the settings")
    assert lines[9] == "There is no earlier guide to compare with yet"
    assert lines[11] == "[B]The last downloads[/B]"
    assert "  well (requests: " in lines[12]


def test_the_status_of_a_run_that_is_under_way(home):
    home.properties["gracenote2epg.run"] = "Downloading the guide 3/28 (6 %)"
    script(home, "status", answers=[SEEN])
    assert home.asked[-1].text.startswith("Downloading the guide 3/28 (6 %)")


def test_the_status_before_there_is_any_guide(kodi):
    kodi.set(postal_code=HERE)
    script(kodi, "status", answers=[SEEN])
    assert kodi.asked[-1].text.splitlines() == [
        "Nothing is being downloaded.",
        "",
        "There is no guide yet.",
    ]


def test_a_store_that_cannot_be_opened_is_told(kodi, tmp_path):
    (tmp_path / "addon_data").write_text("a file where the folder should be")
    script(kodi, "status", answers=[SEEN])
    assert kodi.asked[-1].kind == "ok"
    assert "The guide cannot be written" in kodi.asked[-1].text


# What IPTV Simple shows


def test_iptv_simple_has_the_guide_when_it_shows_a_title_that_is_on_now(home):
    now = time.time()
    airings = guides.programmes(os.path.join(home.profile, "xmltv.xml"))
    title = next(one.title for one in airings if one.start <= now < one.stop)
    Iptv(home, "20.6.1", 2, 2, title).write("settings.xml")
    script(home, "iptv_simple", answers=[True, SEEN])
    assert "with this guide: 2 of the first 2." in home.asked[-1].text


def test_titles_are_looked_for_until_kodi_quits(home):
    stop = threading.Event()
    stop.set()
    assert ours("engine").titles_now(ours("settings").read().config(), stop) == set()


COMPARING = "Comparing the guide with the one before"


@pytest.fixture(name="earlier")
def _earlier(home):
    """The home, and its guide of yesterday, in which other titles are."""
    path = os.path.join(home.profile, "xmltv.xml")
    return guides.yesterday(home.profile, path, "The", "Welcome to").path


def changed(kodi):
    """What the status says of the changes."""
    script(kodi, "status", answers=[SEEN])
    text = kodi.asked[-1].text
    return text[text.index("[B]What changed") : text.index("[B]The last")].splitlines()


def test_the_status_says_what_changed(home, earlier):
    heading, counts, *shown, more, blank = changed(home)
    assert re.fullmatch(r"\[B\]What changed since the guide before \(yesterday .*\)\[/B\]", heading)
    found = re.fullmatch(r"0 new, 0 moved, (\d+) with another title, 0 gone", counts)
    assert len(shown) == ours("looks").CHANGES
    assert more == f"and {int(found.group(1)) - len(shown)} more"
    assert blank == ""
    for line in shown:
        assert re.fullmatch(r".* [\d.]+ \w+  Welcome to (.*) \(was: The \1\)", line), line
    assert [one.text for one in home.asked[:2]] == ["Reading what is stored", COMPARING]


def test_the_status_names_what_is_new_moved_or_gone_soonest_first(home, earlier):
    with gzip.open(earlier, "rt", encoding="utf-8") as file:
        text = file.read()
    station, _, _ = text.partition('<programme start="')[2].partition('channel="')[2].partition('"')
    known = re.findall(rf'  <programme [^>]*channel="{station}".*?</programme>\n', text, re.DOTALL)
    for one in known:
        text = text.replace(one, "")
    with gzip.open(earlier, "wt", encoding="utf-8") as file:
        file.write(text)
    _, _, first, second, *_ = changed(home)
    assert re.fullmatch(r"[\d.]+ \w+: the station is new", first)
    assert "(was: The " in second


@pytest.mark.parametrize(
    ("kind", "before", "after", "expected"),
    [
        ("new", None, 21, "21:00  2.1 WZZZ  News: Late is new"),
        ("gone", 21, None, "21:00  2.1 WZZZ  News: Late is gone"),
        ("moved", 20, 21, "21:00  2.1 WZZZ  News: Late is moved (was: 20:00)"),
        ("retitled", 21, 21, "21:00  2.1 WZZZ  News: Late (was: News: Late)"),
    ],
)
def test_a_change_is_told_by_its_kind(kodi, kind, before, after, expected):
    def at(hour):
        start = time.mktime((2026, 1, 14, hour, 0, 0, 0, 0, -1)) if hour else 0
        return {"start": start, "title": "News", "subtitle": "Late"} if hour else None

    one = {"kind": kind, "before": at(before), "after": at(after)}
    station = {"name": "2.1 WZZZ", "station": "same", "changes": [one]}
    found = {"before": {"made": 0.0}, "sums": dict.fromkeys(difference.KINDS, 0)}
    now = at(12)["start"]
    lines = ours("looks")._changes({**found, "stations": [station]}, now)
    assert lines[2:] == [expected]


def test_an_earlier_guide_that_cannot_be_read_is_a_line_of_the_status(home, earlier):
    with open(earlier, "w") as file:
        file.write("no guide")
    script(home, "status", answers=[SEEN])
    lines = home.asked[-1].text.splitlines()
    assert lines[8].startswith(f"A file cannot be read: Cannot read {earlier} (")
    assert lines[10] == "[B]The last downloads[/B]"


def endless(path):
    with open(path, "wb") as file:
        file.write(gzip.compress(b"<tv>") + 2000 * gzip.compress(b" " * 10_000_000))


def test_who_does_not_wait_for_the_comparison_sees_the_rest(home, earlier):
    endless(earlier)
    home.patient, home.canceled = False, lambda: home.asked[-1].text == COMPARING
    script(home, "status", answers=[SEEN])
    assert home.asked[-1].text.splitlines()[8] == "[B]The last downloads[/B]"
    assert "job" not in [thread.name for thread in threading.enumerate()]


def test_kodi_need_not_wait_for_a_comparison_when_it_quits(home, earlier):
    endless(earlier)
    home.patient, began = False, []

    def look():
        if home.asked[-1].text == COMPARING:
            began.append(time.monotonic())
            home.quit()

    home.on_progress = look
    script(home, "status")
    assert time.monotonic() - began[0] < 1.0
    assert home.kinds() == ["progress", "progress"]
    assert "job" not in [thread.name for thread in threading.enumerate()]


# The page's address


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", "localhost"), ("0.0.0.0", "192.0.2.7")]
)
def test_the_pages_address_is_one_that_works(kodi, host, address):
    kodi.set(enable_monitoring="true", monitoring_host=host, monitoring_port=9990)
    script(kodi, "page", answers=[SEEN])
    assert kodi.asked[0].text.startswith(f"http://{address}:9990/[CR]")


def test_a_page_that_is_off_can_be_switched_on(kodi):
    kodi.set(monitoring_web_api="false")
    script(kodi, "page", answers=[True, SEEN])
    assert kodi.kinds() == ["yesno", "ok"]
    assert (kodi.values["enable_monitoring"], kodi.values["monitoring_web_api"]) == ("true", "true")


def test_a_page_that_is_off_may_stay_so(kodi):
    script(kodi, "page", answers=[False])
    assert kodi.kinds() == ["yesno"]
    assert kodi.values["enable_monitoring"] == "false"


# Reset


def test_a_reset_forgets_the_answers_and_keeps_the_guide(kodi, told):
    kodi.set(postal_code=HERE)
    memory = ours("state").Memory(kodi.profile)
    memory.keep(last=ours("schedule").LastRun(1.0, "", ()), told="x")
    for name in (FILE, f"{FILE}-wal", "xmltv.xml"):
        with open(os.path.join(kodi.profile, name), "w") as file:
            file.write("x")
    script(kodi, "reset", answers=[True, SEEN])
    assert set(os.listdir(kodi.profile)) == {"xmltv.xml", "state.json", "next", "lock"}
    with open(os.path.join(kodi.profile, "next")) as file:
        assert file.read() == "0"  # also when Kodi quits before it
    assert memory.now().last is None  # so a run is due
    assert memory.now().told == "x"
    assert [word for _, word in told] == ["hold", "go_on"]
    assert kodi.asked[-1].text == "The stored answers are forgotten."


def test_a_reset_is_asked_about_first(kodi, told):
    script(kodi, "reset", answers=[False])
    assert kodi.kinds() == ["yesno"]
    assert told == []


def test_a_reset_that_is_left_says_nothing_and_forgets_nothing(kodi, told):
    os.makedirs(kodi.profile)
    with open(os.path.join(kodi.profile, FILE), "w") as file:
        file.write("x")
    kodi.canceled, kodi.patient = True, False
    with Lock(kodi.profile):
        script(kodi, "reset", answers=[True])
    assert kodi.kinds() == ["yesno", "progress"]
    assert os.path.exists(os.path.join(kodi.profile, FILE))
    assert not os.path.exists(os.path.join(kodi.profile, "next"))


def test_a_reset_during_the_run_of_another_program_is_refused(kodi, told, monkeypatch):
    monkeypatch.setattr(ours("engine"), "PATIENCE", 0.3)
    os.makedirs(kodi.profile)
    with open(os.path.join(kodi.profile, FILE), "w") as file:
        file.write("x")
    with Lock(kodi.profile):
        script(kodi, "reset", answers=[True, SEEN])
    assert kodi.asked[-1].text.startswith("Another download is at work")
    assert os.path.exists(os.path.join(kodi.profile, FILE))
    assert [word for _, word in told] == ["hold", "go_on"]


# The support file

LOG = """\
2026-01-01 10:00:00.000 T:1    info <general>: [service.gracenote2epg] service: 1.0.0 is ready
2026-01-01 10:00:01.000 T:1    info <general>: VideoPlayer: somebody's film
2026-01-01 10:00:02.000 T:1   error <general>: [service.gracenote2epg] runs: a bug
                                                Traceback (most recent call last):
                                                  File "/home/robin/.kodi/addons/x.py", line 1
2026-01-01 10:00:03.000 T:1    info <general>: another add-on
                                                with a traceback of its own
2026-01-01 10:00:04.000 T:1    info <general>: [service.gracenote2epg] x: {line}
"""


@pytest.fixture(name="support")
def _support(kodi):
    """The support file of a Kodi whose log holds a line."""
    kodi.set(postal_code="j3b 1m4", channels="2.1", output="smb://robin:pw@nas.lan/tv/x.xml")
    os.makedirs(os.path.join(kodi.userdata, "temp"))

    def write(line=""):
        with open(os.path.join(kodi.userdata, "temp", "kodi.log"), "w") as file:
            file.write(LOG.replace("{line}", line))
        script(kodi, "support", answers=[SEEN, SEEN])
        with open(os.path.join(kodi.profile, "support.txt"), encoding="utf-8") as file:
            return file.read()

    return write


def test_the_support_file_has_versions_settings_state_and_our_part_of_the_log(kodi, support):
    text = support()
    assert "gracenote2epg 1." in text
    assert "Kodi (System.BuildVersion)" in text
    assert "channels = 2.1" in text
    assert "\nworker_strategy" not in text  # it is the default
    assert "service: 1.0.0 is ready" in text
    assert "Traceback (most recent call last):" in text
    assert "film" not in text
    assert "another add-on" not in text
    assert "of its own" not in text
    assert "kodi.old.log:" in text  # though there is none
    assert kodi.kinds() == ["ok", "textviewer"]
    assert kodi.asked[1].text == text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("asks /grid?postalCode=J3B1M4&x=1", "asks /grid?postalCode=(postal code)&x=1"),
        ("asks /grid?postalCode=10001&x=1", "asks /grid?postalCode=(postal code)&x=1"),
        ("typed J3B 1M4 there", "typed (postal code) there"),
        ("lineup CAN-OTAj3b1m4-DEFAULT", "lineup CAN-OTA(postal code)-DEFAULT"),
        ("at 192.168.1.20:9981", "at (address):9981"),
        ("at 127.0.0.1:9981", "at 127.0.0.1:9981"),
        ("at fe80::1ff:fe23:4567:890a", "at (address)"),
        ("at [2001:db8::1]:80", "at [(address)]:80"),
        ("mac 00:1A:2b:3c:4d:5e", "mac (address)"),
        ("http://robin:pw@tvh.lan/x", "http://(user)@(address)/x"),
        ("at http://tv.example.org:9981 (refused)", "at http://(address):9981 (refused)"),
        ("at https://[2001:db8::1]:80/x", "at https://(address):80/x"),
        ("asks https://tvlistings.gracenote.com/x", "asks https://tvlistings.gracenote.com/x"),
        ("page http://localhost:9989/", "page http://localhost:9989/"),
        ("smb://nas.lan/tv", "smb://(address)/tv"),
        ("nfs://10.0.0.3/tv", "nfs://(address)/tv"),
        ("mail robin.b@example.org", "mail (mail)"),
        ("in /home/robin/.kodi", "in /home/(user)/.kodi"),
        ("in /Users/robin/Library", "in /Users/(user)/Library"),
        (r"in C:\Users\robin\AppData", r"in C:\Users\(user)\AppData"),
        ("CAddonMgr::FindAddons at 10:20:30", "CAddonMgr::FindAddons at 10:20:30"),
        ("urllib3 1.26.16, Kodi 20.1 (20.1.0)", "urllib3 1.26.16, Kodi 20.1 (20.1.0)"),
    ],
)
def test_the_support_file_gives_nobody_away(support, line, expected):
    last = [found for found in support(line).splitlines() if " x: " in found]
    assert last[0].partition(" x: ")[2] == expected


def test_no_secret_of_the_settings_is_in_the_support_file(support):
    text = support()
    assert "output = smb://(address)/tv/x.xml" in text or "smb://(user)@" in text
    for secret in ("j3b 1m4", "J3B1M4", "robin", "pw@", "nas.lan"):
        assert secret not in text


def test_no_host_of_the_users_is_in_what_the_last_run_said(kodi, support):
    error = errors.TvhUnreachable("http://tv.example.org:9981", "refused")
    last = ours("schedule").LastRun(time.time(), str(error), ())
    ours("state").Memory(kodi.profile).keep(last=last)
    text = support()
    assert "Tvheadend at http://(address):9981 cannot be reached" in text
    assert "example.org" not in text


def test_a_support_file_that_cannot_be_written_is_told(kodi, tmp_path):
    (tmp_path / "addon_data").write_text("a file where the folder should be")
    script(kodi, "support", answers=[SEEN])
    assert kodi.kinds() == ["ok"]
    assert "support.txt" in kodi.asked[0].text


# Edges


@pytest.mark.parametrize("word", ["status", "doctor", "page", "support", "reset", "iptv_simple"])
def test_when_kodi_quits_an_action_shows_nothing_and_leaves_no_thread(home, word, told):
    home.quit()
    script(home, word)
    assert home.asked == []
    assert "job" not in [thread.name for thread in threading.enumerate()]
    assert os.path.exists(os.path.join(home.profile, FILE))


@pytest.mark.parametrize("word", ["status", "doctor", "page", "support", "iptv_simple"])
def test_a_setting_that_is_wrong_is_named(kodi, word, told):
    kodi.set(base_url="http://example.org", enable_monitoring="true", monitoring_port=1)
    script(kodi, word, answers=[SEEN] * 3)
    assert not kodi.lines("ERROR")
    assert "ok" in kodi.kinds()


def test_a_bug_is_told_in_a_sentence_and_logged_whole(kodi, monkeypatch):
    monkeypatch.setattr(ours("engine"), "document", lambda config: 1 / 0)
    script(kodi, "status", answers=[SEEN])
    assert kodi.asked[-1].text.startswith("This did not work")
    (line,) = kodi.lines("ERROR")
    assert "ZeroDivisionError" in line


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            errors.DataError("/x", "no XML"),
            "A file cannot be read: Cannot read /x (no XML)[CR]Mend the file, or name another one.",
        ),
        (
            errors.Busy("/x"),
            "Another download is at work[CR]Another run is at work in /x."
            " Wait for it to end; its guide will be the one you want.",
        ),
    ],
)
def test_a_failure_is_told_with_its_advice_and_no_sentence_twice(kodi, error, said):
    ours("dialogs").Dialogs().failed("h", error)
    assert kodi.asked[-1].text == said


def test_a_python_module_that_is_missing_is_named(kodi, monkeypatch):
    def document(config):
        raise ModuleNotFoundError("No module named 'requests'", name="requests")

    monkeypatch.setattr(ours("engine"), "document", document)
    script(kodi, "status", answers=[SEEN])
    text = "A Python module is missing: The Python package requests is missing[CR]Install what"
    assert kodi.asked[-1].text.startswith(text)
    assert not kodi.lines("ERROR")


def test_what_a_job_raises_comes_to_the_one_who_waits(kodi):
    dialogs = ours("dialogs")
    kodi.script, kodi.patient = True, False

    def job(stop, say):
        say(50, "half")
        while (50, "half") not in kodi.progress:
            stop.wait(0.01)
        raise errors.Busy("there")

    with pytest.raises(errors.Busy):
        dialogs.Dialogs().work("h", "t", job)


def test_a_job_that_is_not_waited_for_is_told_to_end(kodi):
    kodi.script, kodi.canceled, kodi.patient = True, True, False
    ended = []
    job = ours("dialogs").Dialogs().work("h", "t", lambda stop, say: ended.append(stop.wait(10)))
    assert job is None
    assert ended == [True]
