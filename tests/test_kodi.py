"""The add-on in a fake Kodi: what it makes of the settings, and when it does what."""

import ast
import importlib
import json
import logging
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import xml.etree.ElementTree as ElementTree

import pytest

import fake_kodi
import gracenote2epg
import guides
from builders import HOUR, NOW
from fake_kodi import ROOT
from gracenote2epg import config, errors
from gracenote2epg.demo import DemoServer, World

HERE = "90210"
ASKED = (HERE, "", "", "7", "")
ALONE = {"interval": ("integer", "12", 1, 48)}  # settings that only the add-on has


@pytest.fixture(name="kodi")
def _kodi(monkeypatch, tmp_path):
    """A Kodi that has just started, and no module of ours that knows an earlier one."""
    for name in [name for name in sys.modules if name.startswith("gracenote2epg.kodi")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(logging.getLogger("gracenote2epg"), "propagate", True)
    kodi = fake_kodi.install(
        str(tmp_path), NOW, into=lambda *item: monkeypatch.setitem(sys.modules, *item)
    )
    yield kodi
    for name in [name for name in sys.modules if name.startswith("gracenote2epg.kodi")]:
        del sys.modules[name]


@pytest.fixture(name="server")
def _server():
    with DemoServer(World()) as server:
        yield server


def ours(name):
    return importlib.import_module(f"gracenote2epg.kodi.{name}")


class Grabs:
    """Stands for the engine: writes down what it is asked, and ends as it is told."""

    def __init__(self, kodi, *ends):
        self.kodi, self.ends = kodi, list(ends)
        self.at, self.configs, self.threads = [], [], []

    def __call__(self, settings, stop):
        self.at.append(self.kodi.now)
        self.configs.append(settings)
        self.threads.append(threading.current_thread())
        if self.ends:
            raise self.ends.pop(0)
        return "all of it"

    def hours(self):
        return [round((at - self.at[0]) / HOUR, 2) for at in self.at]


def serve(kodi, hours, *ends):
    """Run the service for so many hours of Kodi's time; return the grabs."""
    grabs = Grabs(kodi, *ends)
    serve_with(kodi, grabs, hours)
    return grabs


def serve_with(kodi, grab, hours=1):
    """The same with this engine; None = the real one."""
    kodi.after(hours * HOUR, kodi.quit)
    ours("service").Service(clock=lambda: kodi.now, grab=grab).run()


# Settings


def test_the_page_and_the_table_agree():
    table = {row.name: row for row in config.table()}
    for name, element in fake_kodi.settings().items():
        expected = ALONE.get(name) or kodis(table[name])
        low, high = element.findtext(".//minimum"), element.findtext(".//maximum")
        found = (element.get("type"), element.findtext("default") or "", low, high)
        assert found == (
            *expected[:2],
            *(None if edge is None else str(edge) for edge in expected[2:]),
        ), name


def kodis(row):
    """A row of the table as the page has it: type, default, lowest, highest."""
    kind = row.kind.name if row.kind.name in ("integer", "boolean") else "string"
    default = ",".join(row.default) if isinstance(row.default, tuple) else str(row.default)
    if kind == "boolean":
        default = default.lower()
    return kind, default, row.kind.low, row.kind.high


def test_the_page_offers_every_choice():
    table = {row.name: row for row in config.table()}
    choices = {
        name: tuple(option.text for option in element.iter("option"))
        for name, element in fake_kodi.settings().items()
    }
    for name in set(table) & set(choices):
        assert choices[name] == table[name].kind.choices


def test_the_page_holds_all_settings_that_make_sense_in_kodi():
    elsewhere = {
        "monitoring_host",
        "monitoring_names",
        "offset",
        "data_dir",
        "block_hours",
        "min_interval",
        "offline",
        "quiet",
        "console",
    }
    names = {row.name for row in config.table()}
    assert set(fake_kodi.settings()) == names - elsewhere | set(ALONE)


def test_no_setting_has_a_fault_for_which_kodi_drops_it():
    for name, element in fake_kodi.settings().items():
        assert element.find("control") is not None, name
        default = element.find("default")
        assert default is not None, name
        assert default.text or element.findtext(".//allowempty") == "true", name
        assert int(element.findtext("level")) in range(4), name


def test_the_essentials_are_seen_at_the_basic_level():
    levels = {name: found.findtext("level") for name, found in fake_kodi.settings().items()}
    for name in ("postal_code", "lineup", "channels", "days"):
        assert levels[name] == "0"


def test_every_text_of_the_page_exists_and_none_is_left_over():
    folder = os.path.join(ROOT, "resources")
    with open(os.path.join(folder, "settings.xml"), encoding="utf-8") as file:
        used = set(re.findall(r"\b30\d{3}\b", file.read()))
    with open(
        os.path.join(folder, "language", "resource.language.en_gb", "strings.po"), encoding="utf-8"
    ) as file:
        texts = dict(re.findall(r'msgctxt "#(\d+)"\nmsgid "(.*)"', file.read()))
    assert set(texts) == used
    assert all(texts.values())
    for element in fake_kodi.settings().values():
        assert element.get("label") in texts
        assert element.get("help") in texts


def test_settings_become_variables(kodi):
    kodi.set(postal_code=" J3B 1M4 ", days=3, utc="true", worker_strategy="aggressive")
    assert ours("settings").read().environment() == {
        "GRACENOTE_POSTAL_CODE": "J3B 1M4",
        "GRACENOTE_DAYS": "3",
        "GRACENOTE_UTC": "true",
        "GRACENOTE_WORKER_STRATEGY": "aggressive",
    }


def test_a_default_is_not_the_users_word(kodi):
    assert ours("settings").read().environment() == {}
    assert "affiliate" not in ours("settings").read().config().origins


def test_every_setting_of_the_page_reaches_the_run(kodi):
    changed = {
        "postal_code": "10001",
        "lineup": "USA-NY31519-X",
        "channels": "2.1",
        "channels_from": "http://192.0.2.1/lineup.json",
        "tvh_url": "http://192.0.2.2:9981",
        "tvh_username": "viewer",
        "tvh_password": "a #secret",
        "tvh_filter": "true",
        "days": "2",
        "details": "false",
        "past_days": "1",
        "output": "/tv/x.xml",
        "profile": "kodi",
        "genre_style": "eit",
        "category_map": "/tv/words.txt",
        "description_template": "{title}",
        "channel_id": "zap2epg",
        "images": "none",
        "safe_titles": "true",
        "live_element": "true",
        "utc": "true",
        "image_host": "example.org",
        "worker_strategy": "conservative",
        "max_workers": "3",
        "enable_adaptive": "false",
        "time_budget": "60",
        "request_budget": "70",
        "enable_monitoring": "true",
        "monitoring_web_api": "false",
        "monitoring_port": "9990",
        "base_url": "https://example.org",
        "affiliate": "chi",
        "user_agent": "Browser",
        "debug": "true",
    }
    assert set(changed) | set(ALONE) == set(fake_kodi.settings())
    kodi.set(**changed)
    settings = ours("settings").read().config()
    assert set(settings.origins) == set(changed)
    for name, text in changed.items():
        value = getattr(settings, name)
        assert ours("settings").as_text(value) == text


def test_the_guide_and_the_data_are_in_the_profile(kodi):
    settings = ours("settings").read().config()
    assert settings.data_dir == kodi.profile
    assert settings.output == os.path.join(kodi.profile, "xmltv.xml")


def test_a_special_path_is_kodis(kodi):
    kodi.set(output="special://profile/tv/guide.xml.gz")
    expected = os.path.join(kodi.userdata, "tv", "guide.xml.gz")
    assert ours("settings").read().config().output == expected


def test_a_playlist_at_a_special_path_is_kodis(kodi):
    kodi.set(channels_from="special://profile/tv/list.m3u")
    expected = os.path.join(kodi.userdata, "tv", "list.m3u")
    assert ours("settings").read().config().channels_from == expected


def test_the_password_is_typed_unseen():
    assert fake_kodi.settings()["tvh_password"].findtext("control/hidden") == "true"


@pytest.mark.parametrize("place", ["-", "guide.xml", "smb://nas/guide.xml"])
def test_a_guide_needs_a_place_on_this_machine(kodi, place):
    kodi.set(output=place)
    with pytest.raises(errors.SettingError, match=f"output: '{place}' .*add-on's settings"):
        ours("settings").read().config()


def test_settings_are_read_anew_each_time(kodi):
    first = ours("settings").read()
    kodi.set(days=2)
    assert (first.texts["days"], ours("settings").read().texts["days"]) == ("7", "2")


# When a run is due


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, 0),
        ((-1 * HOUR, "", ASKED), 11 * HOUR),
        ((-40 * HOUR, "", ASKED), -28 * HOUR),
        ((-1, "no network", ASKED), HOUR - 1),
        ((-1, "", ("J3B1M4", *ASKED[1:])), 0),
        ((+1, "", ASKED), 0),  # the clock was wrong then, or is now
    ],
)
def test_a_run_is_due(kodi, last, expected):
    service = ours("service")
    run = last and service.LastRun(NOW + last[0], *last[1:])
    assert service.due(run, ASKED, 12 * HOUR, NOW) == NOW + expected


def test_it_grabs_when_due_and_not_between(kodi):
    kodi.set(postal_code=HERE, interval=6)
    assert serve(kodi, 20).hours() == [0, 6, 12, 18]


def test_kodis_start_comes_first(kodi):
    kodi.set(postal_code=HERE)
    assert serve(kodi, 1).at == [NOW + 30]


def test_nothing_wakes_it_but_the_schedule(kodi):
    kodi.set(postal_code=HERE)
    serve(kodi, 13)
    assert kodi.waits == [30.0] + [3600.0] * 13


def test_no_wait_is_longer_than_an_hour_nor_shorter_than_a_second(kodi):
    kodi.set(postal_code=HERE, interval=7)
    serve(kodi, 100, errors.Busy("there"))
    assert all(1 <= wait <= HOUR for wait in kodi.waits)


def test_nothing_chosen_nothing_grabbed_and_it_says_so_once(kodi):
    assert serve(kodi, 48).at == []
    said = [line for line in kodi.log if "waiting for a postal code" in line.text]
    assert [line.level for line in said] == ["INFO"]
    assert kodi.notifications == []


def test_a_lineup_is_enough(kodi):
    kodi.set(lineup="USA-NY31519-X")
    assert len(serve(kodi, 1).at) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"postal_code": "J3B1M4"},
        {"lineup": "USA-NY31519-X"},
        {"channels": "2.1"},
        {"channels_from": "http://192.0.2.1/lineup.json"},
        {"tvh_url": "http://192.0.2.2:9981"},
        {"tvh_filter": "true"},
        {"days": 3},
        {"output": "/x.xml"},
    ],
)
def test_another_guide_is_grabbed_at_once(kodi, change):
    kodi.set(postal_code=HERE)
    kodi.after(2.5 * HOUR, lambda: kodi.set(**change))
    grabs = serve(kodi, 4)
    assert grabs.at == [NOW + 30, NOW + 2.5 * HOUR]
    ((name, value),) = change.items()
    assert ours("settings").as_text(getattr(grabs.configs[1], name)) == str(value)


def test_the_first_postal_code_is_grabbed_at_once(kodi):
    kodi.after(7 * HOUR + 5, lambda: kodi.set(postal_code=HERE))
    assert serve(kodi, 8).at == [NOW + 7 * HOUR + 5]


def test_another_setting_waits_for_its_turn(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(2 * HOUR, lambda: kodi.set(utc="true"))
    kodi.after(3 * HOUR, lambda: kodi.set())  # Kodi calls when nothing changed, too
    assert serve(kodi, 4).hours() == [0]


def test_what_was_missed_asleep_is_made_up_for(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(2 * HOUR, lambda: kodi.sleep(100 * HOUR))
    assert serve(kodi, 4).hours() == [0, 102]


def test_the_next_kodi_knows_the_last_run(kodi):
    kodi.set(postal_code=HERE)
    serve(kodi, 3)
    kodi.restart()
    assert serve(kodi, 20).at == [NOW + 30 + 12 * HOUR]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"at": "soon"}', '{"at": 1, "error": ""}'])
def test_a_broken_memory_costs_one_run(kodi, text):
    os.makedirs(kodi.profile)
    with open(os.path.join(kodi.profile, "last_run.json"), "w") as file:
        file.write(text)
    kodi.set(postal_code=HERE)
    assert len(serve(kodi, 2).at) == 1


def test_a_profile_that_cannot_be_written_does_not_make_it_grab_for_ever(kodi, tmp_path):
    (tmp_path / "addon_data").write_text("a file where the folder should be")
    kodi.set(postal_code=HERE)
    assert serve(kodi, 13).hours() == [0, 12]
    assert "cannot write" in " ".join(kodi.lines("WARNING"))


# How runs end


def test_the_grab_leaves_kodis_thread_alone(kodi):
    kodi.set(postal_code=HERE)
    (thread,) = serve(kodi, 1).threads
    assert thread is not threading.main_thread()
    assert not thread.daemon
    assert not thread.is_alive()


def test_a_failed_run_is_tried_again_after_an_hour(kodi):
    kodi.set(postal_code=HERE)
    failures = [errors.NoNetwork("example.org", "no route"), errors.Busy("there")]
    assert serve(kodi, 15, *failures).hours() == [0, 1, 2, 14]


def test_a_bug_is_told_to_the_log_and_the_service_lives(kodi):
    kodi.set(postal_code=HERE)
    assert serve(kodi, 2, ZeroDivisionError("by 0")).hours() == [0, 1]
    (line,) = kodi.lines("ERROR")
    assert "Traceback" in line
    assert "ZeroDivisionError: by 0" in line
    assert kodi.notifications == []


@pytest.mark.parametrize(
    "failure",
    [
        errors.SettingError("days", "x", "there", "a number"),
        errors.ChannelError(["2.1 is no station"]),
        errors.NoLineup("that"),
        errors.EmptyGuide("no station"),
        errors.OutputError("/x", "the disk is full"),
        errors.DataError("/x", "no XML"),
        errors.NoMatch("no station"),
    ],
)
def test_who_can_help_is_told_once(kodi, failure):
    kodi.set(postal_code=HERE)
    assert len(serve(kodi, 4.5, failure, failure, failure).at) == 4
    assert kodi.notifications == [("warning", failure.what)]
    assert sum(str(failure) in line for line in kodi.lines("WARNING")) == 3


@pytest.mark.parametrize(
    "failure",
    [
        errors.NoNetwork("example.org", "no route"),
        errors.Refused("example.org", "429"),
        errors.BadSource("example.org", "500"),
        errors.Incomplete("It lacks hours", "Wait"),
        errors.WorseGuide("fewer hours"),
        errors.Busy("there"),
    ],
)
def test_who_can_only_wait_is_left_in_peace(kodi, failure):
    kodi.set(postal_code=HERE)
    serve(kodi, 1.5, failure)
    assert kodi.notifications == []
    assert [str(failure) in line for line in kodi.lines("WARNING")] == [True]


def test_a_wrong_setting_is_shown_and_grabs_nothing(kodi):
    kodi.set(postal_code=HERE, base_url="http://example.org")
    assert serve(kodi, 0.5).at == []
    ((_, message),) = kodi.notifications
    assert message.startswith("base_url: 'http://example.org' (from the add-on's settings)")


# Kodi's log


def test_no_line_holds_the_postal_code(kodi):
    kodi.set(postal_code="j3b 1m4")
    failure = errors.NoLineup("the postal code J3B1M4 (typed: j3b 1m4)")
    serve(kodi, 1, failure)
    text = "\n".join(kodi.lines())
    assert "no lineup for the postal code (postal code) (typed: (postal code))" in text
    assert not re.search("j3b ?1m4", text, re.IGNORECASE)


def test_what_a_library_warns_of_is_marked_and_hidden_too(kodi):
    kodi.set(postal_code=HERE)
    warn = logging.getLogger("urllib3.connectionpool").warning
    serve_with(kodi, lambda settings, stop: warn("trouble with /grid?postalCode=%s", HERE))
    expected = "[service.gracenote2epg] test_kodi: trouble with /grid?postalCode=(postal code)"
    assert kodi.lines("WARNING") == [expected]


@pytest.mark.parametrize(("debug", "level"), [("false", "DEBUG"), ("true", "INFO")])
def test_the_debug_setting_lifts_debug_lines(kodi, debug, level):
    kodi.set(postal_code=HERE, debug=debug)
    say = logging.getLogger("gracenote2epg.somewhere").debug
    serve_with(kodi, lambda settings, stop: say("one request"))
    assert "[service.gracenote2epg] test_kodi: one request" in kodi.lines(level)


def test_the_log_is_left_as_it_was(kodi):
    before = list(logging.getLogger().handlers)
    serve(kodi, 1)
    assert logging.getLogger().handlers == before


# Against the stand-in of the source


def test_the_guide_is_in_the_profile_and_is_the_truth(kodi, server):
    kodi.sleep(time.time() - NOW)
    kodi.set(postal_code=HERE, base_url=server.url, days=1, details="false")
    serve_with(kodi, None)
    expected = guides.truth(server, days=1)
    assert set(guides.programmes(os.path.join(kodi.profile, "xmltv.xml"))) == expected
    (line,) = [line for line in kodi.lines("INFO") if "the guide is updated" in line]
    assert f": {len(expected)} programmes of " in line
    assert HERE not in "\n".join(kodi.lines())


def test_quitting_ends_a_run_within_a_second_and_leaves_no_thread(kodi):
    before = set(threading.enumerate())
    with DemoServer(World()) as server:
        server.faults.hold()  # every request comes, and none is answered
        kodi.sleep(time.time() - NOW)
        kodi.patient = False
        kodi.set(postal_code=HERE, base_url=server.url, days=1)
        asked = []

        def quit_now():
            asked.append((server.faults.wait_held(1, 10), time.monotonic()))
            kodi.quit()

        kodi.after(31, quit_now)
        ours("service").Service(clock=lambda: kodi.now).run()
        ((came, at),) = asked
        assert came
        assert time.monotonic() - at < 1
    assert set(threading.enumerate()) == before
    assert "stopped" in kodi.lines("INFO")[-1]
    assert not os.path.exists(os.path.join(kodi.profile, "last_run.json"))


def test_the_page_is_served_during_a_run_when_monitoring_is_on(kodi):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with DemoServer(World()) as server:
        server.faults.hold()
        kodi.sleep(time.time() - NOW)
        kodi.patient = False
        kodi.set(postal_code=HERE, base_url=server.url, days=1)
        kodi.set(enable_monitoring="true", monitoring_port=port)
        seen = []

        def look():
            server.faults.wait_held(1, 10)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats", timeout=5) as answer:
                seen.append(json.load(answer)["run"]["phase"])
            kodi.quit()

        kodi.after(31, look)
        ours("service").Service(clock=lambda: kodi.now).run()
    assert seen == ["lineup"]


def test_a_run_for_a_guide_that_nobody_wants_any_more_gives_way(kodi):
    kodi.set(postal_code=HERE)
    kodi.patient = False
    grabbed = []

    def grab(settings, stop):
        grabbed.append(settings.postal_code)
        if settings.postal_code == HERE:
            stop.wait(20)
            raise errors.Stopped()

    def move():
        kodi.set(postal_code="10001")
        kodi.patient = True

    kodi.after(40, move)
    serve_with(kodi, grab)
    assert grabbed == [HERE, "10001"]


def test_a_setting_that_changes_nothing_leaves_the_run_alone(kodi):
    kodi.set(postal_code=HERE)
    kodi.patient = False
    may_end = threading.Event()
    stopped = []

    def grab(settings, stop):
        may_end.wait(20)
        stopped.append(stop.is_set())

    def change():
        kodi.set(utc="true")
        may_end.set()
        kodi.patient = True

    kodi.after(40, change)
    serve_with(kodi, grab)
    assert stopped == [False]


# What Kodi reads and starts


def test_the_doorbell_has_no_branch():
    with open(os.path.join(ROOT, "service.py"), encoding="utf-8") as file:
        body = ast.parse(file.read()).body
    assert {type(node) for node in body} == {ast.Expr, ast.Import, ast.ImportFrom}
    assert len(body) < 15


RING = """
import runpy, sys
sys.path.insert(0, sys.argv[1])
import fake_kodi
kodi = fake_kodi.install(sys.argv[2], 1e9)
kodi.after(7200, kodi.quit)
runpy.run_path(sys.argv[3], run_name="__main__")
heavy = {"requests", "urllib3", "sqlite3", "xmltodict", "gracenote2epg.grab", "http.server", "ssl"}
print(sorted(heavy & set(sys.modules)), *kodi.lines(), sep="\\n")
"""


def test_the_doorbell_works_from_anywhere_and_imports_nothing_heavy(tmp_path):
    tests, bell = os.path.join(ROOT, "tests"), os.path.join(ROOT, "service.py")
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    environment.update(PYTHONOPTIMIZE="1", PYTHONDONTWRITEBYTECODE="1")  # as in Kodi; for the tree
    words = [sys.executable, "-c", RING, tests, str(tmp_path), bell]
    said = subprocess.run(
        words, cwd=str(tmp_path), env=environment, check=True, stdout=subprocess.PIPE, timeout=60
    )
    assert said.stdout.decode().splitlines() == [
        "[]",
        f"[service.gracenote2epg] service: {gracenote2epg.__version__} is ready",
        "[service.gracenote2epg] service: waiting for a postal code or a lineup in the add-on's"
        " settings",
    ]


def test_the_addon_names_what_there_is():
    addon = ElementTree.parse(os.path.join(ROOT, "addon.xml")).getroot()
    assert (addon.get("id"), addon.get("version")) == (config.ADDON_ID, gracenote2epg.__version__)
    service = addon.find("extension[@point='xbmc.service']")
    named = [service.get("library"), *(found.text for found in addon.find(".//assets"))]
    assert named == ["service.py", "resources/icon.png", "resources/fanart.jpg"]
    assert all(os.path.isfile(os.path.join(ROOT, name)) for name in named)


def test_the_icon_is_what_kodi_wants():
    with open(os.path.join(ROOT, "resources", "icon.png"), "rb") as file:
        head = file.read(26)
    size, colour = head[16:24], head[25]
    assert size == (512).to_bytes(4, "big") * 2
    assert colour == 2  # RGB: Kodi's repository refuses transparency
