"""The service in a fake Kodi: what it makes of the settings, when it does what, and how it ends."""

import contextlib
import json
import logging
import os
import re
import socket
import threading
import time
import urllib.request
from types import SimpleNamespace

import pytest

from support import fake_kodi
from support import guides
from support.kodi_addon import DAY, HERE, Grabs, ours, script, serve, serve_engine, serve_with
from support.builders import HOUR, NOW
from gracenote2epg import config, errors
from gracenote2epg.demo import DemoServer, World
from support.kodi_addon import SEEN, TO_A_FILE


@pytest.fixture(name="server")
def _server():
    with DemoServer(World()) as server:
        yield server


# Settings


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


@pytest.mark.parametrize("name", sorted(fake_kodi.settings()))
def test_every_setting_of_the_page_reaches_the_run(kodi, name):
    (row,) = [row for row in config.table() if row.name == name]
    text = another(row)
    kodi.set(**{name: text})
    settings = ours("settings").read().config()
    assert set(settings.origins) == {name}
    assert ours("settings").as_text(getattr(settings, name)) == text


def another(row):
    """A value that is allowed and is not the default, as Kodi writes it."""
    special = {
        "postal_code": "10001",
        "output": "/tv/x.xml",
        "base_url": "https://example.org",
        "image_host": "example.org",
        "monitoring_host": "0.0.0.0",
        "channels_from": "http://192.0.2.1/lineup.json",
        "tvh_url": "http://192.0.2.2:9981",
        "tvh_password": "a #secret",
        "description_template": "{title}",
        "category_map": "/tv/words.txt",
    }
    if row.name in special:
        return special[row.name]
    if row.kind.name == "boolean":
        return "false" if row.default else "true"
    if row.kind.choices:
        return next(word for word in row.kind.choices if word != row.default)
    return str(row.kind.low + 1) if row.kind.low is not None else "http://127.0.0.1:9981"


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


@pytest.mark.parametrize("place", ["-", "guide.xml"])
def test_a_guide_needs_a_place_with_its_full_path(kodi, place):
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
        ((-1 * HOUR, "", "this"), 11 * HOUR),
        ((-40 * HOUR, "", "this"), -28 * HOUR),
        ((-1, "no network", "this"), HOUR - 1),
        ((-1, "", "that"), 0),
        ((+1, "", "this"), 0),  # the clock was wrong then, or is now
    ],
)
def test_a_run_is_due(kodi, last, expected):
    schedule = ours("schedule")
    run = last and schedule.LastRun(NOW + last[0], *last[1:])
    assert schedule.due(run, "this", schedule.Schedule(12 * HOUR, -1, 5), NOW) == NOW + expected


def at(text):
    """A moment of New York's, which is the tests' zone."""
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))


@pytest.mark.parametrize(
    ("last", "interval", "expected"),
    [
        ("2026-01-05 18:00:00", 12, "2026-01-06 04:10:05"),
        ("2026-01-06 04:12:00", 12, "2026-01-07 04:10:05"),
        ("2026-01-06 04:12:00", 24, "2026-01-07 04:10:05"),
        ("2026-01-06 04:12:00", 48, "2026-01-08 04:10:05"),
        ("2026-01-06 03:50:00", 12, "2026-01-07 04:10:05"),  # no two runs within an hour
        ("2026-01-06 02:00:00", 1, "2026-01-06 04:10:05"),
        ("2026-03-07 12:00:00", 12, "2026-03-08 04:10:05"),  # the clocks go forward at two
        ("2026-10-31 12:00:00", 12, "2026-11-01 04:10:05"),  # and back
    ],
)
def test_a_run_is_due_in_the_hour_that_the_user_wants(kodi, last, interval, expected):
    schedule = ours("schedule")
    run = schedule.LastRun(at(last), "", "this")
    wanted = schedule.Schedule(interval * HOUR, 4, own=3600 + 605)
    assert schedule.due(run, "this", wanted, run.at + 1) == at(expected)


def test_a_failed_run_does_not_wait_for_the_hour(kodi):
    schedule = ours("schedule")
    run = schedule.LastRun(NOW, "no network", "this")
    assert schedule.due(run, "this", schedule.Schedule(12 * HOUR, 4, 0), NOW) == NOW + HOUR


def test_each_installation_has_a_minute_of_its_own(kodi, tmp_path):
    state = ours("state")
    own = {state.Memory(str(tmp_path / str(number))).now().own % 3600 for number in range(20)}
    assert len(own) > 10
    memory = state.Memory(str(tmp_path))
    memory.keep(told="x")
    assert state.Memory(str(tmp_path)).now() == memory.now()  # and keeps it


def test_the_hour_is_kept_day_after_day(kodi):
    kodi.set(postal_code=HERE, hour=4)
    hours = [time.localtime(moment).tm_hour for moment in serve(kodi, 100).at[1:]]
    assert hours == [4, 4, 4, 4]


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
        {"days": 3},
        {"output": "/x.xml"},
        {"utc": "true"},
        {"channels_from": "http://192.0.2.1/lineup.json"},
        {"tvh_url": "http://192.0.2.2:9981"},
        {"tvh_filter": "true"},
        {"tvh_username": "robin"},
        {"tvh_password": "geheim"},
        {"base_url": "https://example.org"},
        {"affiliate": "another"},
    ],
)
def test_another_guide_is_grabbed_at_once(kodi, change):
    kodi.set(postal_code=HERE)
    kodi.after(2.5 * HOUR, lambda: kodi.set(**change))
    grabs = serve(kodi, 4)
    assert grabs.at == [NOW + 30, NOW + 2.5 * HOUR]
    ((name, value),) = change.items()
    assert ours("settings").as_text(getattr(grabs.configs[1], name)) == str(value)


def test_a_setting_that_the_run_refused_is_tried_as_soon_as_it_is_corrected(kodi):
    kodi.set(postal_code=HERE, base_url="http://example.org")
    kodi.after(120, lambda: kodi.set(base_url="https://example.org"))
    assert serve(kodi, 1).at == [NOW + 120]


def test_what_was_asked_for_is_remembered_without_giving_it_away(kodi):
    kodi.set(postal_code=HERE, tvh_password="geheim", channels_from="http://robin@tv.lan/list.m3u")
    serve(kodi, 1)
    with open(os.path.join(kodi.profile, "state.json")) as file:
        kept = file.read()
    assert not [word for word in (HERE, "geheim", "robin", "tv.lan") if word in kept]


def test_the_first_postal_code_is_grabbed_at_once(kodi):
    kodi.after(7 * HOUR + 5, lambda: kodi.set(postal_code=HERE))
    assert serve(kodi, 8).at == [NOW + 7 * HOUR + 5]


def test_another_setting_waits_for_its_turn(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(2 * HOUR, lambda: kodi.set(max_workers=2))
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


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"last": {"at": "soon"}}', '{"last": {"at": 1}}', '{"copied": 7}']
)
def test_a_broken_memory_costs_one_run(kodi, text):
    os.makedirs(kodi.profile)
    with open(os.path.join(kodi.profile, "state.json"), "w") as file:
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


def test_hours_that_the_guide_lacks_are_no_reason_to_ask_again_in_an_hour(kodi):
    kodi.set(postal_code=HERE)
    runs = []

    def grab(config, stop):
        runs.append(kodi.now)
        put(kodi)(config, stop)
        raise errors.Incomplete("It lacks hours", "Wait")

    serve_with(kodi, grab, hours=11)
    assert len(runs) == 1


@pytest.mark.parametrize("output", ["", "smb://nas/guide.xml"])
def test_no_guide_yet_is_tried_again_after_an_hour_and_told(kodi, output):
    kodi.set(postal_code=HERE, output=output)
    none_yet = errors.Incomplete("There is no guide yet: the budget", "The next run goes on")
    grabs = Grabs(kodi, none_yet, none_yet)
    grabs.guide_lasts = None
    serve_engine(kodi, grabs, 5)
    assert grabs.hours() == [0, 1, 2]
    ((_, told),) = kodi.notifications
    assert told.startswith("There is no guide. ")
    assert kodi.lines("ERROR") == []


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
    ((icon, told),) = kodi.notifications
    assert icon == "warning"
    assert told == ours("words").failure(failure)
    assert sum(failure.what in line for line in kodi.lines("WARNING")) == 3


def test_a_missing_package_is_the_users_matter(kodi):
    kodi.set(postal_code=HERE)
    missing = ModuleNotFoundError("No module named 'requests'", name="requests")
    assert serve(kodi, 1.5, missing, missing).hours() == [0, 1]
    ((_, told),) = kodi.notifications
    assert told == ours("words").failure(errors.MissingModule("requests"))
    assert "requests" in told
    assert kodi.lines("ERROR") == []


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
    assert "base_url: 'http://example.org' (from the add-on's settings)" in message


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
    expected = (
        "[service.gracenote2epg] test_kodi_service: trouble with /grid?postalCode=(postal code)"
    )
    assert kodi.lines("WARNING") == [expected]


def test_a_line_holds_no_password_of_an_address_and_cannot_pass_for_two(kodi):
    kodi.set(postal_code=HERE, channels_from="http://robin:geheim@tv.lan/list.m3u?token=t0ken5")
    warn = logging.getLogger("gracenote2epg.somewhere").warning
    said = "geheim, t0ken5\n[service.gracenote2epg] forged \x1b[2J"
    serve_with(kodi, lambda settings, stop: warn("%s", said))
    assert kodi.lines("WARNING") == [
        "[service.gracenote2epg] test_kodi_service: (password), (password)\\n"
        "[service.gracenote2epg] forged \\x1b[2J"
    ]


@pytest.mark.parametrize(("debug", "level"), [("false", "DEBUG"), ("true", "INFO")])
def test_the_debug_setting_lifts_debug_lines(kodi, debug, level):
    kodi.set(postal_code=HERE, debug=debug)
    say = logging.getLogger("gracenote2epg.somewhere").debug
    serve_with(kodi, lambda settings, stop: say("one request"))
    assert "[service.gracenote2epg] test_kodi_service: one request" in kodi.lines(level)


def test_the_log_is_left_as_it_was(kodi):
    before = list(logging.getLogger().handlers)
    serve(kodi, 1)
    assert logging.getLogger().handlers == before


# Against the stand-in of the source


def test_the_guide_is_in_the_profile_and_is_the_truth(kodi, server):
    kodi.sleep(time.time() - NOW)
    kodi.set(postal_code=HERE, base_url=server.url, days=1, details="false")
    serve_engine(kodi, ours("engine"))
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
    assert "stopped" in kodi.lines("INFO")[-2]
    assert kodi.lines("INFO")[-1].endswith("ended")
    assert not os.path.exists(os.path.join(kodi.profile, "state.json"))


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
            seen.append(stats(port)["run"]["phase"])
            kodi.set(max_workers=2)  # which is for the next run
            seen.append(stats(port)["run"]["phase"])
            kodi.quit()

        kodi.after(31, look)
        ours("service").Service(clock=lambda: kodi.now).run()
    assert seen == ["lineup"] * 2


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
        kodi.set(max_workers=2)
        may_end.set()
        kodi.patient = True

    kodi.after(40, change)
    serve_with(kodi, grab)
    assert stopped == [False]


# What the user and Kodi do meanwhile


def test_run_now_begins_at_once_whatever_the_schedule_says(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.playing = True
    kodi.after(2 * HOUR, lambda: kodi.notify("service.gracenote2epg", "Other.run_now"))
    assert serve(kodi, 3).at == [NOW + 2 * HOUR]
    assert any("a run begins: asked for" in line for line in kodi.lines("INFO"))


def test_run_now_sees_what_was_just_typed(kodi):
    kodi.set(postal_code=HERE)

    def ask():
        kodi.values["days"] = "2"  # saved a moment before Kodi says so
        kodi.notify("service.gracenote2epg", "Other.run_now")

    kodi.after(HOUR, ask)
    assert [config.days for config in serve(kodi, 2).configs] == [7, 2]


def test_run_now_during_a_run_shows_the_one_that_there_is(kodi):
    kodi.set(postal_code=HERE)
    kodi.patient = False
    may_end = threading.Event()
    grabbed = []

    def grab(settings, stop):
        grabbed.append(1)
        may_end.wait(20)

    def ask_often():
        for _ in range(3):
            kodi.notify("service.gracenote2epg", "Other.run_now")
        may_end.set()
        kodi.patient = True

    kodi.after(40, ask_often)
    serve_with(kodi, grab)
    assert grabbed == [1]


def test_run_now_without_a_place_is_the_set_up(kodi):
    kodi.after(2 * HOUR, lambda: kodi.notify("service.gracenote2epg", "Other.run_now"))
    serve(kodi, 3)
    assert "RunScript(service.gracenote2epg,set_up)" in kodi.builtins


def test_what_talks_with_the_user_is_left_to_the_script(kodi):
    actions = ours("actions")
    asked = [word for word in actions.MENU if word != "run_now"]

    def ask_all():
        for word in asked:
            kodi.notify("service.gracenote2epg", f"Other.{word}")

    kodi.set(postal_code=HERE)
    kodi.after(60, ask_all)
    serve(kodi, 1)
    assert kodi.builtins == [f"RunScript(service.gracenote2epg,{word})" for word in asked]


def test_a_word_that_is_no_action_is_named_in_the_log(kodi):
    kodi.after(60, lambda: kodi.notify("service.gracenote2epg", "Other.rm_rf"))
    kodi.after(61, lambda: kodi.notify("somebody.else", "Other.run_now"))
    serve(kodi, 1)
    assert kodi.lines("WARNING") == ["[service.gracenote2epg] keeper: rm_rf is no action"]


def test_the_set_up_is_offered_once_in_a_profile(kodi):
    serve(kodi, 30)
    kodi.restart()
    serve(kodi, 30)
    assert kodi.builtins == ["RunScript(service.gracenote2epg,greet)"]


def test_the_set_up_is_offered_soon_and_not_over_a_film(kodi):
    kodi.playing = True
    kodi.after(HOUR, lambda: setattr(kodi, "playing", False))
    kodi.after(HOUR, lambda: kodi.notify("xbmc", "Player.OnStop"))
    seen = []
    kodi.after(HOUR - 1, lambda: seen.append(list(kodi.builtins)))
    serve(kodi, 2)
    assert kodi.waits[0] == 5
    assert (seen, len(kodi.builtins)) == ([[]], 1)


def test_who_has_chosen_is_offered_nothing(kodi):
    kodi.set(postal_code=HERE)
    serve(kodi, 3)
    assert kodi.builtins == []


def test_a_dialogue_has_the_source_to_itself(kodi):
    kodi.set(postal_code=HERE)
    kodi.patient = False
    ends = []

    def grab(settings, stop):
        ends.append(stop.wait(0 if ends else 20))
        raise errors.Stopped()

    def hold():
        kodi.notify("service.gracenote2epg", "Other.hold")
        kodi.patient = True

    kodi.after(40, hold)
    kodi.after(0.5 * HOUR, lambda: kodi.set(days=3))  # saved by the dialogue
    kodi.after(0.6 * HOUR, lambda: ends.append("held"))
    kodi.after(0.7 * HOUR, lambda: kodi.notify("service.gracenote2epg", "Other.go_on"))
    serve_with(kodi, grab, hours=0.8)
    assert ends == [True, "held", False]


def test_a_run_that_the_set_up_does_not_wait_for_goes_on_in_the_service(kodi, server):
    kodi.sleep(time.time() - NOW)
    kodi.set(base_url=server.url, days=1, details="false")

    def in_the_run():
        return kodi.kinds().count("progress") == 3

    def set_up():
        kodi.patient, kodi.canceled = False, in_the_run
        kodi.on_progress = lambda: in_the_run() and server.faults.hold()
        script(kodi, "set_up", answers=[*TO_A_FILE, SEEN])
        kodi.script, kodi.patient = False, True
        server.faults.clear()

    kodi.after(40, set_up)
    serve_engine(kodi, ours("engine"), 0.5)
    assert kodi.answers == []
    assert kodi.asked[-1].text == "The download goes on in the background."
    assert set(guides.programmes(os.path.join(kodi.profile, "xmltv.xml"))) == guides.truth(
        server, days=1
    )


def test_a_dialogue_that_never_says_more_holds_for_an_hour(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(10, lambda: kodi.notify("service.gracenote2epg", "Other.hold"))
    (at,) = serve(kodi, 3).at
    assert HOUR < at - NOW <= 2.1 * HOUR


def test_it_runs_at_kodis_start_when_told_so(kodi):
    kodi.set(postal_code=HERE, at_start="true")
    serve(kodi, 2)
    kodi.restart()
    assert len(serve(kodi, 3).at) == 1
    kodi.restart()
    kodi.set(at_start="false")
    assert serve(kodi, 3).at == []


def test_it_does_not_run_at_kodis_start_when_it_just_did(kodi):
    kodi.set(postal_code=HERE, at_start="true")
    serve(kodi, 0.1)
    kodi.restart()
    assert serve(kodi, 3).at == []


def test_what_was_missed_begins_at_a_second_of_ones_own(kodi):
    kodi.set(postal_code=HERE, interval=1)
    serve(kodi, 0.5)
    kodi.restart()
    kodi.sleep(3 * HOUR)
    began = kodi.now
    (at,) = serve(kodi, 0.5).at
    assert at - began == 30 + max(1, ours("state").Memory(kodi.profile).now().own % 60)


# Next to nothing until there is something to do


def planned(kodi, seconds, settings_are_newer=False):
    """A profile where the next run is planned so many seconds ahead; a second ago."""
    os.makedirs(kodi.profile, exist_ok=True)
    for name, text in (("settings.xml", "<settings/>"), ("next", str(kodi.now + seconds))):
        with open(os.path.join(kodi.profile, name), "w") as file:
            file.write(text)
        os.utime(os.path.join(kodi.profile, name), (1e9, 1e9))
    if settings_are_newer:
        os.utime(os.path.join(kodi.profile, "settings.xml"), (1e9 + 1, 1e9 + 1))


def awake_after(kodi, seconds, quits=True):
    """Whether the keeper was needed within so many seconds."""
    if quits:
        kodi.after(seconds, kodi.quit)
    service = ours("service").Service(clock=lambda: kodi.now, engine=Grabs(kodi))
    service.run()
    return service._keeper is not None


def test_what_is_planned_for_later_wakes_nothing(kodi):
    kodi.set(postal_code=HERE)
    planned(kodi, 5 * HOUR)
    assert not awake_after(kodi, 4.9 * HOUR)
    assert kodi.waits == [30.0, *[3600.0] * 4, 3570.0]


def test_the_planned_run_wakes_it(kodi):
    kodi.set(postal_code=HERE)
    planned(kodi, 5 * HOUR)
    assert awake_after(kodi, 5.1 * HOUR)


@pytest.mark.parametrize(
    "change",
    [
        lambda kodi: planned(kodi, -5),
        lambda kodi: planned(kodi, 100 * DAY),
        lambda kodi: planned(kodi, HOUR, settings_are_newer=True),
        lambda kodi: kodi.set(enable_monitoring="true"),
        lambda kodi: kodi.set(at_start="true"),
        lambda kodi: os.remove(os.path.join(kodi.profile, "next")),
        lambda kodi: os.remove(os.path.join(kodi.profile, "settings.xml")),
        lambda kodi: open(os.path.join(kodi.profile, "next"), "w").close(),
    ],
)
def test_what_is_not_sure_wakes_it(kodi, change):
    kodi.set(postal_code=HERE)
    planned(kodi, HOUR)
    change(kodi)
    assert awake_after(kodi, 60)


@pytest.mark.parametrize(
    ("sender", "method", "wakes"),
    [
        ("service.gracenote2epg", "Other.status", True),
        ("xbmc", "Player.OnPlay", False),
        ("xbmc", "Player.OnStop", False),
        ("xbmc", "System.OnWake", False),
        ("somebody.else", "Other.run_now", False),
    ],
)
def test_what_happens_wakes_it_only_when_it_is_asked_for(kodi, sender, method, wakes):
    kodi.set(postal_code=HERE)
    planned(kodi, 5 * HOUR)
    kodi.after(60, lambda: kodi.notify(sender, method))
    assert awake_after(kodi, 120) == wakes


def test_a_setting_wakes_it(kodi):
    kodi.set(postal_code=HERE)
    planned(kodi, 5 * HOUR)
    kodi.after(60, lambda: kodi.set(days=3))
    assert awake_after(kodi, 120)


def test_a_setting_before_there_is_a_place_wakes_nothing(kodi):
    kodi.after(60, lambda: kodi.set(days=3))
    assert not awake_after(kodi, 120)


def test_a_run_plans_the_next_one_for_the_next_kodi(kodi):
    kodi.set(postal_code=HERE)
    serve(kodi, 0.1)
    with open(os.path.join(kodi.profile, "next")) as file:
        assert float(file.read()) == NOW + 30 + 12 * HOUR


def test_what_is_forgotten_is_asked_for_in_the_next_kodi(kodi):
    kodi.set(postal_code=HERE)
    serve(kodi, 0.5)
    with open(os.path.join(kodi.profile, "settings.xml"), "w"):
        os.utime(os.path.join(kodi.profile, "settings.xml"), (1e9, 1e9))
    memory = ours("state").Memory(kodi.profile)
    memory.keep(last=None)
    memory.plan(0)
    kodi.restart()
    began = kodi.now
    assert serve(kodi, 1).at == [began + 30]


@pytest.mark.parametrize("what", ["playing", "recording"])
def test_it_waits_while_something_plays_or_records(kodi, what):
    kodi.set(postal_code=HERE, not_while_playing="true")
    setattr(kodi, what, True)
    kodi.after(5 * HOUR, lambda: setattr(kodi, what, False))
    (at,) = serve(kodi, 6).at
    assert 5 * HOUR <= at - NOW <= 5 * HOUR + 600
    assert sum("the run waits" in line for line in kodi.lines("INFO")) == 1


def test_the_end_of_what_plays_ends_the_wait(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.playing = True

    def end():
        kodi.playing = False
        kodi.notify("xbmc", "Player.OnStop")

    kodi.after(5.05 * HOUR, end)
    assert serve(kodi, 6).at == [NOW + 5.05 * HOUR]


def test_it_waits_no_longer_than_a_day(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.playing = True
    (at,) = serve(kodi, 30).at
    assert DAY <= at - NOW <= DAY + 700


def test_without_being_told_it_runs_beside_what_plays(kodi):
    kodi.set(postal_code=HERE)
    kodi.playing = True
    assert serve(kodi, 1).at == [NOW + 30]


def test_a_run_gives_way_to_what_begins_to_play(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.patient = False
    runs = []

    def grab(settings, stop):
        runs.append(kodi.now - NOW)
        if len(runs) == 1 and stop.wait(20):
            raise errors.Stopped()

    def play():
        kodi.playing, kodi.patient = True, True
        kodi.notify("xbmc", "Player.OnPlay")

    def end():
        kodi.playing = False
        kodi.notify("xbmc", "Player.OnStop")

    kodi.after(40, play)
    kodi.after(0.5 * HOUR, end)
    serve_with(kodi, grab)
    assert runs == [30, 0.5 * HOUR]


@pytest.mark.parametrize(
    ("watched", "when", "word"),
    [
        ("playing", DAY + HOUR, None),  # a run that has waited for a day
        ("recording", DAY + HOUR, None),
        ("nothing", 40, "run_now"),
    ],
)
def test_a_run_that_may_not_wait_any_longer_gives_way_no_more(kodi, watched, when, word):
    kodi.set(postal_code=HERE, not_while_playing="true")
    setattr(kodi, watched, True)
    kodi.patient = False
    began, may_end = threading.Event(), threading.Event()
    stopped = []

    def grab(settings, stop):
        began.set()
        assert may_end.wait(20)
        stopped.append(stop.is_set())

    def next_song():
        assert began.wait(20)
        if word:
            kodi.notify("service.gracenote2epg", f"Other.{word}")
        kodi.notify("xbmc", "Player.OnPlay")
        may_end.set()
        kodi.patient = True

    kodi.after(when, next_song)
    serve_with(kodi, grab, hours=26)
    assert stopped[0] is False


def test_waking_up_catches_up_but_gives_the_network_time(kodi):
    kodi.set(postal_code=HERE)
    grabs = Grabs(kodi)

    def wake():
        kodi.sleep(20 * HOUR)
        kodi.patient = False  # the pause is of real seconds, and does not end in this test
        kodi.notify("xbmc", "System.OnWake")

    def look():
        assert "grab" in [thread.name for thread in threading.enumerate()]
        assert len(grabs.at) == 1

    kodi.after(0.5 * HOUR, wake)
    kodi.after(0.6 * HOUR, look)
    kodi.after(0.7 * HOUR, kodi.quit)
    began = time.monotonic()
    ours("service").Service(delay=60.0, clock=lambda: kodi.now, engine=grabs).run()
    assert time.monotonic() - began < 5
    assert len(grabs.at) == 1


def test_a_run_in_which_the_machine_slept_begins_anew_when_it_wakes(kodi):
    kodi.set(postal_code=HERE)
    kodi.patient = False
    grabs = []

    def grab(config, stop):
        grabs.append(kodi.now - NOW)
        if len(grabs) == 1:
            assert stop.wait(20)
            raise errors.Stopped()

    def wake():
        kodi.sleep(9 * HOUR)
        kodi.notify("xbmc", "System.OnWake")
        kodi.patient = True

    kodi.after(40, wake)
    kodi.after(1 * HOUR, kodi.quit)
    engine = SimpleNamespace(grab=lambda config, stop, *more: grab(config, stop))
    ours("service").Service(delay=0.25, clock=lambda: kodi.now, engine=engine).run()
    assert grabs == [0.25, 40 + 9 * HOUR]
    begun = [line.rpartition("begins: ")[2] for line in kodi.lines("INFO") if "begins: " in line]
    assert begun == ["the first guide"] * 2


# A run that hears its stop late: a name lookup, or a share that is asleep


class Late:
    """An engine whose first run ends no sooner than the test lets it, though it was told to.

    runs: when each began, seconds after the service, and the days that it asked for.
    """

    def __init__(self, kodi):
        kodi.patient = False
        self._kodi, self._ends = kodi, threading.Event()
        self.runs = []

    def grab(self, config, stop):
        self.runs.append((self._kodi.now - NOW, config.days))
        if len(self.runs) == 1:
            assert stop.wait(20)
            assert self._ends.wait(20)
            raise errors.Stopped()

    def end(self):
        self._ends.set()
        self._kodi.patient = True


def hold_and_go_on(kodi):
    kodi.notify("service.gracenote2epg", "Other.hold")
    kodi.notify("service.gracenote2epg", "Other.go_on")


def play_and_stop(kodi):
    kodi.playing = True
    kodi.notify("xbmc", "Player.OnPlay")
    kodi.playing = False
    kodi.notify("xbmc", "Player.OnStop")


@pytest.mark.parametrize("what", [hold_and_go_on, play_and_stop])
def test_a_run_that_was_stopped_for_a_moment_goes_on_at_once(kodi, what):
    kodi.set(postal_code=HERE, not_while_playing="true")
    engine = Late(kodi)
    kodi.after(40, lambda: what(kodi))
    kodi.after(41, engine.end)
    serve_with(kodi, engine.grab, hours=0.5)
    assert engine.runs == [(30, 7), (41, 7)]


def change_days(kodi):
    kodi.set(days=3)


def ask_for_other_days(kodi):
    kodi.values["days"] = "3"
    kodi.notify("service.gracenote2epg", "Other.run_now")


@pytest.mark.parametrize("what", [change_days, ask_for_other_days])
def test_another_guide_waits_for_a_run_that_ends_late_and_nobody_else_does(kodi, what):
    kodi.set(postal_code=HERE)
    engine, took = Late(kodi), []

    def change():
        began = time.monotonic()
        what(kodi)
        took.append(time.monotonic() - began)

    kodi.after(40, change)
    kodi.after(41, lambda: what(kodi))
    kodi.after(42, engine.end)
    serve_with(kodi, engine.grab, hours=0.5)
    assert took[0] < 1
    assert engine.runs == [(30, 7), (42, 3)]


def test_quitting_waits_for_all_runs_that_end_late(kodi):
    before = set(threading.enumerate())
    kodi.set(postal_code=HERE)
    kodi.patient = False
    runs = []

    def grab(config, stop):
        runs.append(config.days)
        assert stop.wait(20)
        threading.Event().wait(0.3)  # a system call that hears nothing
        raise errors.Stopped()

    def change():
        for days in (3, 4, 5):
            kodi.set(days=days)
        kodi.quit()

    kodi.after(40, change)
    serve_with(kodi, grab)
    assert set(threading.enumerate()) == before
    assert runs == [7]


# Words to the user


def test_a_source_that_refuses_is_the_users_matter_when_the_guide_ends(kodi):
    kodi.set(postal_code=HERE)
    grabs = Grabs(kodi, *[errors.Refused("example.org", "429")] * 3)
    grabs.guide_lasts = 20 * HOUR
    serve_engine(kodi, grabs, 2.5)
    ((_, told),) = kodi.notifications  # once a day
    ends = time.strftime("%H:%M", time.localtime(NOW + 30 + 20 * HOUR))
    again = time.strftime("%H:%M", time.localtime(NOW + 30 + HOUR))
    assert told == (
        f"End of the guide: tomorrow {ends}. The source refuses this address for now; next try"
        f" {again}"
    )


def test_since_when_the_source_refuses_is_told_when_it_is_known(kodi):
    kodi.set(postal_code=HERE)
    error = errors.Refused("example.org", "429")
    error.since = NOW - DAY
    grabs = Grabs(kodi, error)
    grabs.guide_lasts = 20 * HOUR
    serve_engine(kodi, grabs, 0.5)
    ((_, told),) = kodi.notifications
    assert ours("words").failure(error) + " since yesterday " in told


def test_the_log_tells_when_the_next_try_is(kodi):
    kodi.set(postal_code=HERE)
    serve(kodi, 0.5, errors.Refused("example.org", "429"))
    again = time.strftime("%H:%M", time.localtime(NOW + 30 + HOUR))
    assert f"; next try {again}. " in " ".join(kodi.lines("WARNING"))


def test_a_source_that_refuses_for_days_is_told_once_a_day(kodi):
    kodi.set(postal_code=HERE)
    grabs = Grabs(kodi, *[errors.NoNetwork("example.org", "no route")] * 100)
    grabs.guide_lasts = None
    serve_engine(kodi, grabs, 71)
    assert 3 <= len(kodi.notifications) <= 4
    assert all("There is no guide. The source cannot" in told for _, told in kodi.notifications)


def test_what_was_told_is_told_again_when_it_comes_back(kodi):
    kodi.set(postal_code=HERE, interval=1)
    failure = errors.NoLineup("that")
    serve(kodi, 4.5, failure, failure, None, failure)
    assert len(kodi.notifications) == 2


def test_a_run_that_passed_with_a_hole_is_the_end_of_what_was_told(kodi):
    kodi.set(postal_code=HERE, interval=1)
    full = errors.OutputError("/x", "the disk is full")
    ends = [full, errors.Incomplete("It lacks hours", "Wait"), full]

    def grab(config, stop):
        put(kodi)(config, stop)
        raise ends.pop(0)

    serve_with(kodi, grab, hours=2.5)
    assert ends == []
    assert len(kodi.notifications) == 2


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (errors.NoNetwork("example.org", "no route"), "The source cannot be reached"),
        (errors.Busy("there"), "Another download is at work"),
        (errors.NoLineup("that"), "The source has no lineup"),
        (ZeroDivisionError("by 0"), "This did not work"),
        (errors.Stopped(), None),
    ],
)
def test_who_asks_for_a_run_is_told_how_it_failed_each_time(kodi, end, told):
    kodi.set(postal_code=HERE)
    for hour in (2, 3):
        kodi.after(hour * HOUR, lambda: kodi.notify("service.gracenote2epg", "Other.run_now"))
    serve(kodi, 3.5, None, end, end)
    assert [text.startswith(told) for _, text in kodi.notifications] == ([True] * 2 if told else [])


def test_success_is_no_news(kodi):
    kodi.set(postal_code=HERE, interval=1)
    assert len(serve(kodi, 20).at) == 20
    assert kodi.notifications == []


def test_the_words_are_in_kodis_language(kodi, monkeypatch, tmp_path):
    fake_kodi.install(
        str(tmp_path),
        NOW,
        into=lambda *item: (
            monkeypatch.setitem(ours("words").__dict__, *item) if item[0] == "xbmcaddon" else None
        ),
        language="fr_ca",
    )
    assert ours("words").failure(errors.NoNetwork("x", "y")) == "La source est injoignable"
    assert ours("words").moment(NOW + DAY, NOW).startswith("demain ")


@pytest.mark.parametrize(
    ("region", "written"),
    [
        ("%H:%M:%S", "09:05"),
        ("%I:%M:%S %p", "9:05 AM"),
        ("%I%I:%M:%S %p", "9:05 AM"),  # as Kodi has it of a region that writes 09
        ("%H.%M.%S", "09.05"),
        ("", "09:05"),
    ],
)
def test_the_time_is_written_as_in_the_users_region(kodi, region, written):
    kodi.clock = region
    assert ours("words").clock(at("2026-11-24 09:05:31")) == written


# What the run shows


def test_the_first_run_shows_its_progress_and_closes_it(kodi, server):
    kodi.sleep(time.time() - NOW)
    kodi.set(postal_code=HERE, base_url=server.url, days=1, details="false")
    serve_engine(kodi, ours("engine"))
    ((*shown, end),) = kodi.bars
    assert end == (100, "closed")
    percents = [percent for percent, _ in shown]
    assert percents == sorted(percents)
    assert kodi.properties == {}


def test_a_quick_run_of_the_schedule_shows_nothing(kodi, server):
    kodi.sleep(time.time() - NOW)
    kodi.set(postal_code=HERE, base_url=server.url, days=1, details="false", interval=1)
    serve_engine(kodi, ours("engine"), 2)
    assert sum("the guide is updated" in line for line in kodi.lines("INFO")) == 2
    assert len(kodi.bars) == 1


def statistics(phase, done=0, tasks=0, wall=""):
    from gracenote2epg.downloader.monitor import Statistics, TypeStatistics

    own = TypeStatistics(settled=done, tasks=tasks)
    return Statistics(phase=phase, guide=own, series=own, wall=wall)


@pytest.mark.parametrize(
    ("seen", "percent", "text"),
    [
        (("lineup",), 0, "Looking up the lineup"),
        (("guide", 5, 10), 30, "Downloading the guide 5/10"),
        (("guide", 0, 0), 0, "Downloading the guide "),
        (("details", 10, 20), 77, "Downloading details 10/20"),
        (("writing",), 60, "Writing the guide"),
        (("guide", 1, 10, "HTTP 429"), 0, "The source asks for patience"),
        (("",), 0, "Looking up the lineup"),
    ],
)
def test_progress_is_told_in_words(kodi, seen, percent, text):
    assert ours("notify").progress(statistics(*seen)) == (percent, text)


def test_a_long_run_shows_itself_unless_something_plays(kodi):
    clock = [100.0]
    bar = ours("notify").Bar(at_once=False, clock=lambda: clock[0])
    seen = statistics("guide", 1, 2)
    kodi.playing = True
    for _ in range(10):
        bar.listen(seen)
        clock[0] += 1.1
    assert kodi.bars == []
    assert kodi.properties["gracenote2epg.run"] == "Downloading the guide 1/2 (30 %)"
    kodi.playing = False
    bar.listen(seen)
    bar.listen(seen)  # too soon for another change
    bar.close()
    assert kodi.bars == [[(30, "Downloading the guide 1/2"), (100, "closed")]]


# Where the guide goes


def put(kodi, content=b"<tv/>"):
    """An engine that publishes a guide."""

    def grab(config, stop):
        os.makedirs(os.path.dirname(config.output), exist_ok=True)
        with open(config.output, "wb") as file:
            file.write(content)
        return "all of it"

    return grab


def test_an_address_of_a_share_is_written_here_and_copied_there(kodi):
    kodi.set(postal_code=HERE, output="smb://nas/tv/guide.xml.gz")
    kodi.shares["smb://nas/tv/guide.xml.gz"] = b"old"
    serve_with(kodi, put(kodi, b"new" * 200000))
    assert kodi.shares == {"smb://nas/tv/guide.xml.gz": b"new" * 200000}
    assert os.path.isfile(os.path.join(kodi.profile, "xmltv.xml.gz"))
    assert any("is copied to smb://nas" in line for line in kodi.lines("INFO"))


def test_an_old_guide_is_not_copied_twice(kodi):
    kodi.set(postal_code=HERE, output="nfs://nas/tv/guide.xml", interval=1)
    written = []

    def grab(config, stop):
        if not written:
            put(kodi)(config, stop)
        written.append(1)

    serve_with(kodi, grab, hours=3)
    assert len(written) == 3
    assert sum("is copied to" in line for line in kodi.lines("INFO")) == 1


@pytest.mark.parametrize("trouble", ["read_only", "no_rename"])
def test_a_share_that_cannot_be_written_is_told_and_tried_again(kodi, trouble):
    kodi.set(postal_code=HERE, output="smb://nas/tv/guide.xml")
    setattr(kodi, trouble, True)
    kodi.after(0.5 * HOUR, lambda: setattr(kodi, trouble, False))
    serve_with(kodi, put(kodi), hours=2)
    ((_, told),) = kodi.notifications
    assert "Cannot write smb://nas/tv/guide.xml" in told
    assert kodi.shares == {"smb://nas/tv/guide.xml": b"<tv/>"}


def test_a_share_that_is_off_is_tried_each_hour_and_the_source_is_not(kodi):
    kodi.set(postal_code=HERE, output="smb://nas/tv/guide.xml")
    kodi.read_only = True
    runs = []

    def grab(config, stop):
        runs.append(round((kodi.now - NOW) / HOUR, 1))
        put(kodi)(config, stop)

    kodi.after(5.5 * HOUR, lambda: kodi.notify("service.gracenote2epg", "Other.run_now"))
    kodi.after(21.7 * HOUR, lambda: setattr(kodi, "read_only", False))
    serve_with(kodi, grab, hours=24)
    assert runs == [0, 5.5, 17.5]  # the first one, the one that was asked for, the schedule's
    assert sum("Cannot write" in line for line in kodi.lines("WARNING")) > 20
    assert kodi.shares == {"smb://nas/tv/guide.xml": b"<tv/>"}


def test_another_guide_is_grabbed_though_the_share_is_off(kodi):
    kodi.set(postal_code=HERE, output="smb://nas/tv/guide.xml")
    kodi.read_only = True
    runs = []
    kodi.after(0.5 * HOUR, lambda: kodi.set(days=3))
    serve_with(kodi, lambda config, stop: put(kodi)(config, stop) and runs.append(config.days), 2)
    assert runs == [7, 3]


def test_a_share_that_cannot_rename_gets_a_copy(kodi, monkeypatch):
    kodi.set(postal_code=HERE, output="smb://nas/guide.xml")
    monkeypatch.setattr(ours("vfs").xbmcvfs, "rename", lambda old, new: False)
    serve_with(kodi, put(kodi))
    assert kodi.shares == {"smb://nas/guide.xml": b"<tv/>"}


def test_a_share_that_can_rename_onto_a_file_is_never_without_a_guide(kodi, monkeypatch):
    kodi.renames_onto = True
    kodi.shares["smb://nas/guide.xml"] = b"old"
    kodi.set(postal_code=HERE, output="smb://nas/guide.xml")
    removed = []
    monkeypatch.setattr(ours("vfs").xbmcvfs, "delete", removed.append)
    serve_with(kodi, put(kodi))
    assert kodi.shares == {"smb://nas/guide.xml": b"<tv/>"}
    assert removed == []


def test_a_share_that_takes_no_guide_in_the_end_keeps_the_new_one_beside(kodi):
    kodi.no_rename = True
    kodi.shares["smb://nas/guide.xml"] = b"old"
    kodi.set(postal_code=HERE, output="smb://nas/guide.xml")
    serve_with(kodi, put(kodi))
    assert b"<tv/>" in kodi.shares.values()
    ((_, told),) = kodi.notifications
    assert "smb://nas/guide.xml" in told


def test_a_copy_is_stopped_between_its_pieces(kodi, monkeypatch):
    stop = threading.Event()
    path = os.path.join(kodi.userdata, "guide.xml")
    vfs = ours("vfs")
    with open(path, "wb") as file:
        file.write(b"x" * (3 * vfs.PIECE))
    kodi.shares["smb://nas/guide.xml"] = b"old"
    real = vfs.xbmcvfs.File.write
    monkeypatch.setattr(
        vfs.xbmcvfs.File, "write", lambda self, piece: real(self, piece) and not stop.set()
    )
    with pytest.raises(errors.Stopped):
        vfs.copy(path, "smb://nas/guide.xml", stop)
    assert kodi.shares == {"smb://nas/guide.xml": b"old"}


def test_a_guide_that_vanished_before_it_was_copied_is_told(kodi):
    with pytest.raises(errors.OutputError, match=r"Cannot write .*gone\.xml"):
        ours("vfs").copy("/nowhere/gone.xml", "smb://nas/guide.xml", threading.Event())


@pytest.mark.parametrize(
    "failure",
    [
        errors.Incomplete("It lacks hours", "Wait"),
        errors.Refused("example.org", "429"),
        errors.OutputError("/backups", "the disk is full"),
    ],
)
def test_what_a_failed_run_has_published_gets_to_the_share(kodi, failure):
    kodi.set(postal_code=HERE, output="smb://nas/guide.xml")

    def grab(config, stop):
        put(kodi)(config, stop)
        raise failure

    serve_with(kodi, grab)
    assert kodi.shares == {"smb://nas/guide.xml": b"<tv/>"}


def test_a_failed_run_without_a_guide_leaves_the_share_alone(kodi):
    kodi.set(postal_code=HERE, output="smb://nas/guide.xml")
    serve(kodi, 0.5, errors.Refused("example.org", "429"))
    assert kodi.shares == {}
    assert kodi.lines("ERROR") == []


# Lives that overlap


def test_a_newer_version_takes_over_from_a_run_that_is_under_way(kodi):
    kodi.set(postal_code=HERE)
    kodi.patient = False
    runs = []

    def grab(settings, stop):
        runs.append(kodi.now)
        if len(runs) == 1:
            stop.wait(20)
            raise errors.Stopped()

    kodi.after(40, kodi.quit)
    serve_with(kodi, grab, hours=9)
    kodi.restart()
    kodi.patient = True
    serve_with(kodi, grab, hours=1)
    assert len(runs) == 2  # the new one goes on where the old one was


def test_an_add_on_that_is_disabled_in_a_run_goes_on_when_it_is_enabled(kodi, server):
    kodi.sleep(time.time() - NOW)
    kodi.patient = False
    kodi.set(postal_code=HERE, base_url=server.url, days=1, details="false")
    server.faults.hold(when=lambda query: server.counts.grid > 1)

    def disable():
        assert server.faults.wait_held(1, 10)
        kodi.disable()

    kodi.after(31, disable)
    ours("service").Service(clock=lambda: kodi.now, engine=ours("engine")).run()
    assert kodi.lines("ERROR") == []
    server.faults.release_all()
    kodi.restart()
    kodi.patient = True
    serve_engine(kodi, ours("engine"), 0.5)
    assert sum("the guide is updated" in line for line in kodi.lines("INFO")) == 1


def test_a_service_that_looks_when_kodi_has_let_go_of_it_leaves_no_thread(kodi):
    before = set(threading.enumerate())
    kodi.set(postal_code=HERE)
    kodi.patient = False
    stopped = []
    kodi.after(40, lambda: setattr(kodi, "disabled", True))  # and then a wait ends
    with contextlib.suppress(RuntimeError):
        serve_with(kodi, lambda config, stop: stopped.append(stop.wait(3)), hours=2)
    assert set(threading.enumerate()) == before
    assert stopped == [True]


@pytest.mark.parametrize("end", [ZeroDivisionError(), errors.NoNetwork("example.org", "reset")])
def test_a_run_that_was_stopped_is_still_due_however_it_ended(kodi, end):
    kodi.set(postal_code=HERE)
    kodi.patient = False

    def grab(config, stop):
        stop.wait(20)
        raise end

    kodi.after(40, kodi.quit)
    serve_with(kodi, grab, hours=9)
    assert ours("state").Memory(kodi.profile).now().last is None


def test_another_profile_has_its_own_settings_and_memory(kodi, tmp_path):
    kodi.set(postal_code=HERE)
    assert len(serve(kodi, 1).at) == 1
    kodi.userdata = str(tmp_path / "profiles" / "child")
    kodi.restart()
    kodi.set(postal_code="10001")
    (config,) = serve(kodi, 1).configs
    assert config.data_dir == kodi.profile
    assert config.postal_code == "10001"


def test_two_kodis_with_one_profile_ask_once(kodi, server):
    kodi.sleep(time.time() - NOW)
    kodi.set(postal_code=HERE, base_url=server.url, days=1, details="false")
    from gracenote2epg.store import Lock

    with Lock(kodi.profile):  # the other one is at work
        serve_engine(kodi, ours("engine"), 0.5)
    assert server.log == []
    assert kodi.notifications == []
    assert any("Another run is at work" in line for line in kodi.lines("WARNING"))


@pytest.mark.parametrize("seconds", [1, 29, 31, 600])
def test_quitting_at_any_time_leaves_no_thread(kodi, seconds):
    before = set(threading.enumerate())
    kodi.set(postal_code=HERE, enable_monitoring="true", monitoring_port=free_port())
    kodi.after(seconds, kodi.quit)
    serve(kodi, 1)
    assert set(threading.enumerate()) == before
    assert kodi.lines("INFO")[-1].endswith("ended")


def test_quitting_during_the_pause_after_sleep_takes_no_time(kodi):
    runs, state = ours("runs"), ours("state")
    memory = state.Memory(kodi.profile)
    around = runs.Around(Grabs(kodi), memory, lambda: kodi.now, lambda config: None, memory.plan)
    kodi.set(postal_code=HERE)
    run = runs.Run(around, ours("settings").read(), "it is due", by_user=False, pause=60.0)
    began = time.monotonic()
    run.stop()
    run.join(5)
    assert time.monotonic() - began < 1
    assert around.engine.at == []


# The page


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stats(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats", timeout=5) as answer:
        return json.load(answer)


def wait_for_page(kodi):
    """The page's thread has said that it serves, or why not."""
    said = "the page is served", "cannot be had", "not served"
    give_up = time.monotonic() + 20
    while not any(word in line for word in said for line in kodi.lines()):
        assert time.monotonic() < give_up
        threading.Event().wait(0.02)


def test_the_page_is_there_between_runs_too(kodi):
    port = free_port()
    seen = []
    kodi.set(postal_code=HERE, enable_monitoring="true", monitoring_port=port)

    def look():
        wait_for_page(kodi)
        seen.append((stats(port)["run"], kodi.now))

    kodi.after(HOUR / 2, look)
    serve(kodi, 1)
    ((run, now),) = seen
    assert run["phase"] == ""
    assert run["next"] > now + HOUR
    with pytest.raises(OSError, match="refused"):
        stats(port)


def test_a_changed_port_moves_the_page_without_a_restart(kodi):
    ports = [free_port(), free_port()]
    kodi.set(postal_code=HERE, enable_monitoring="true", monitoring_port=ports[0])
    seen = []

    def move():
        wait_for_page(kodi)
        kodi.log.clear()
        kodi.set(monitoring_port=ports[1])
        wait_for_page(kodi)
        seen.append(stats(ports[1])["version"])
        with pytest.raises(OSError, match="refused"):
            stats(ports[0])
        kodi.set(enable_monitoring="false")
        with pytest.raises(OSError, match="refused"):
            stats(ports[1])

    kodi.after(60, move)
    serve(kodi, 1)
    assert len(seen) == 1


def test_the_page_shows_each_run_whatever_was_set_in_the_one_before(kodi):
    kodi.set(postal_code=HERE, enable_monitoring="true", monitoring_port=free_port())
    kodi.patient = False
    may_end = threading.Event()
    shown = []

    def grab(config, stop, listen, status):
        shown.append(status is not None)
        assert may_end.wait(20)

    def change():
        kodi.set(max_workers=2)
        may_end.set()
        kodi.patient = True

    kodi.after(40, lambda: wait_for_page(kodi))
    kodi.after(41, change)
    kodi.after(42, lambda: kodi.notify("service.gracenote2epg", "Other.run_now"))
    serve_engine(kodi, SimpleNamespace(grab=grab), 0.5)
    assert shown == [True, True]


@pytest.mark.parametrize("when", ["from the start", "later"])
def test_the_page_is_there_before_a_place_is_chosen(kodi, when):
    port = free_port()
    on = {"enable_monitoring": "true", "monitoring_port": port}
    if when == "from the start":
        kodi.set(**on)
    else:
        kodi.after(30, lambda: kodi.set(**on))
    seen = []

    def look():
        wait_for_page(kodi)
        seen.append(stats(port)["guide"])

    kodi.after(60, look)
    assert serve(kodi, 1).at == []
    assert seen == [{}]
    assert kodi.builtins == ["RunScript(service.gracenote2epg,greet)"]


def test_a_port_that_is_taken_is_said_and_the_run_goes_on(kodi):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        kodi.set(postal_code=HERE, enable_monitoring="true", monitoring_port=port)
        assert len(serve(kodi, 1).at) == 1
    assert any(f"Port {port} cannot be had" in line for line in kodi.lines("WARNING"))


def test_without_monitoring_nothing_listens(kodi):
    kodi.set(postal_code=HERE)
    seen = []
    kodi.after(60, lambda: seen.extend(thread.name for thread in threading.enumerate()))
    serve(kodi, 1)
    assert "page" not in seen
