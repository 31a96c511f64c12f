"""When the service runs: by its schedule, after a change, at Kodi's start, after sleep."""

import json
import os
import time

import pytest

from gracenote2epg import errors
from support.builders import DAY, HOUR
from support.kodi_addon import HERE, UNDER_WAY, Grabs, our_threads, ours


def test_each_installation_has_its_own_minute_and_keeps_it(kodi, tmp_path):
    kodis = [kodi.state_file(str(tmp_path / str(number))) for number in range(20)]
    assert len({kept.read().installation_id % 3600 for kept in kodis}) > 10
    kodis[0].update(last_notice="x")
    assert kodi.state_file(str(tmp_path / "0")).read() == kodis[0].read()


# By the schedule


def test_the_first_run_waits_for_kodis_start_and_the_next_ones_for_their_time(kodi):
    kodi.set(postal_code=HERE, interval=6)
    grabs = kodi.serve(20)
    assert grabs.at[0] == 30
    assert grabs.hours() == [0, 6, 12, 18]


def test_the_hour_is_kept_day_after_day(kodi):
    kodi.set(postal_code=HERE, hour=4)
    days = [time.localtime(kodi.began + at) for at in kodi.serve(100).at[1:]]
    assert {day.tm_hour for day in days} == {4}
    assert len(days) == len({day.tm_yday for day in days}) >= 4


def test_nothing_but_the_schedule_wakes_it(kodi):
    kodi.set(postal_code=HERE)
    kodi.serve(13)
    assert kodi.waits == [30.0] + [3600.0] * 13


def test_no_wait_is_longer_than_an_hour_nor_shorter_than_a_second(kodi):
    kodi.set(postal_code=HERE, interval=7)
    kodi.serve(50, errors.AlreadyRunning("there"))
    assert all(1 <= wait <= HOUR for wait in kodi.waits)


def test_without_a_place_it_waits_and_says_so_once(kodi):
    assert kodi.serve(48).at == []
    said = [line for line in kodi.log if "waiting for a postal code" in line.text]
    assert [line.level for line in said] == ["INFO"]
    assert kodi.notifications == []


def test_a_lineup_is_enough(kodi):
    kodi.set(lineup="USA-NY31519-X")
    assert len(kodi.serve(1).at) == 1


def test_a_missed_run_begins_at_a_second_of_its_own_in_the_next_kodi(kodi):
    kodi.set(postal_code=HERE, interval=1)
    kodi.serve(0.5)
    kodi.restart()
    kodi.sleep(3 * HOUR)
    began = kodi.now
    (at,) = kodi.serve(0.5).at
    assert at - began == 30 + max(1, kodi.state_file().read().installation_id % 60)


# After a change


def test_another_guide_is_grabbed_at_once(kodi):
    kodi.set(postal_code=HERE)
    changes = {
        "postal_code": "J3B1M4",
        "lineup": "USA-NY31519-X",
        "channels": "2.1",
        "days": "3",
        "output": "/x.xml",
        "utc": "true",
        "channels_from": "http://192.0.2.1/lineup.json",
        "tvh_url": "http://192.0.2.2:9981",
        "tvh_filter": "true",
        "tvh_username": "robin",
        "tvh_password": "geheim",
        "base_url": "https://example.org",
        "affiliate": "another",
    }
    times = [600 * number for number in range(1, 1 + len(changes))]
    for at, (name, text) in zip(times, changes.items()):
        kodi.after(at, kodi.set, **{name: text})
    grabs = kodi.serve(4)
    assert grabs.at == [30, *times]
    as_text = ours("addon_settings").as_text
    grabbed = [as_text(getattr(run, name)) for run, name in zip(grabs.configs[1:], changes)]
    assert grabbed == list(changes.values())


def test_a_wrong_setting_is_shown_and_a_run_begins_when_it_is_corrected(kodi):
    kodi.set(postal_code=HERE, base_url="http://example.org")
    kodi.after(120, kodi.set, base_url="https://example.org")
    assert kodi.serve(1).at == [120]
    ((_, message),) = kodi.notifications
    assert "base_url: 'http://example.org' (from the add-on's settings)" in message


def test_the_first_postal_code_is_grabbed_at_once(kodi):
    kodi.after(7 * HOUR + 5, kodi.set, postal_code=HERE)
    assert kodi.serve(8).at == [7 * HOUR + 5]


def test_a_setting_that_makes_the_same_guide_waits_for_the_next_run(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(2 * HOUR, kodi.set, max_workers=2)
    kodi.after(3 * HOUR, kodi.set)  # Kodi calls when nothing changed, too
    assert kodi.serve(4).hours() == [0]


# From one Kodi to the next


def test_the_next_kodi_knows_the_last_run(kodi):
    kodi.set(postal_code=HERE)
    kodi.serve(3)
    assert float(kodi.profile_file("next")) == round(kodi.began + 30 + 12 * HOUR)
    kodi.restart()
    assert kodi.serve(20).at == [30 + 12 * HOUR]


def test_what_is_remembered_gives_no_setting_away(kodi):
    kodi.set(postal_code=HERE, tvh_password="geheim", channels_from="http://robin@tv.lan/list.m3u")
    kodi.serve(1)
    kept = kodi.profile_file("state.json")
    assert json.loads(kept)["last"]["fingerprint"]
    assert not [word for word in (HERE, "geheim", "robin", "tv.lan") if word in kept]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"last": {"at": "soon"}}', '{"last": {"at": 1}}', '{"copied": 7}']
)
def test_a_broken_memory_costs_one_run(kodi, text):
    kodi.profile_file("state.json", text)
    kodi.set(postal_code=HERE)
    assert len(kodi.serve(2).at) == 1


def test_a_profile_that_cannot_be_written_costs_no_more_runs(kodi, tmp_path):
    (tmp_path / "addon_data").write_text("a file where the folder should be")
    kodi.set(postal_code=HERE)
    assert kodi.serve(13).hours() == [0, 12]
    assert "cannot write" in " ".join(kodi.lines("WARNING"))


def test_after_a_reset_the_next_kodi_runs(kodi):
    kodi.set(postal_code=HERE)
    kodi.serve(0.5)
    os.utime(kodi.profile_file("settings.xml", ""), (1e9, 1e9))
    kept = kodi.state_file()
    kept.update(last=None)
    kept.save_next_run(0)
    kodi.restart()
    began = kodi.now
    assert kodi.serve(1).at == [began + 30]


def test_another_profile_has_its_own_settings_and_memory(kodi, tmp_path):
    kodi.set(postal_code=HERE)
    assert len(kodi.serve(1).at) == 1
    kodi.userdata = str(tmp_path / "profiles" / "child")
    kodi.restart()
    kodi.set(postal_code="10001")
    (config,) = kodi.serve(1).configs
    assert config.data_dir == kodi.profile
    assert config.postal_code == "10001"


def test_it_runs_at_kodis_start_when_the_user_wants_it(kodi):
    kodi.set(postal_code=HERE, at_start="true")
    kodi.serve(0.1)
    for hours, at_start, runs in [
        (2, "true", 0),  # it has just run
        (3, "true", 1),
        (3, "false", 0),
    ]:
        kodi.restart()
        kodi.set(at_start=at_start)
        assert len(kodi.serve(hours).at) == runs


# Sleep


def test_a_run_that_was_missed_asleep_is_made_up_for(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(2 * HOUR, kodi.sleep, 100 * HOUR)
    assert kodi.serve(4).hours() == [0, 102]


def wake_after(kodi, hours):
    kodi.sleep(hours * HOUR)
    kodi.notify("xbmc", "System.OnWake")


def test_a_run_after_sleep_gives_the_network_time(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(0.5 * HOUR, wake_after, kodi, 20)
    assert kodi.serve(1).at == [30, 20.5 * HOUR + 30]


def test_a_run_in_which_the_machine_slept_begins_anew_when_it_wakes(kodi):
    kodi.set(postal_code=HERE)
    grabs = kodi.serve_long_run(lambda: wake_after(kodi, 9))
    assert grabs.at == [30, UNDER_WAY + 9 * HOUR + 30]
    assert grabs.stopped == [True, False]
    begun = [line.rpartition("begins: ")[2] for line in kodi.lines("INFO") if "begins: " in line]
    assert begun == ["the first guide"] * 2


def test_quitting_ends_the_pause_after_sleep(kodi):
    kodi.set(postal_code=HERE)
    backend = Grabs(kodi)
    memory, collect = kodi.state_file(), bool
    around = ours("service.run").RunContext(
        backend, memory, kodi.clock, lambda config: None, print, collect
    )
    read = ours("addon_settings").read()
    run = ours("service.run").Run(around, read, "it is due", by_user=False, delay=1e9)
    run.stop()
    run.join(20)
    assert our_threads() == []
    assert backend.at == []


# Nothing is loaded until there is something to do


def planned(kodi, seconds, settings_are_newer=False):
    """A profile in which the next run was planned so many seconds ahead."""
    for name, text in (("settings.xml", ""), ("next", str(kodi.clock.now() + seconds))):
        newer = settings_are_newer and name == "settings.xml"
        os.utime(kodi.profile_file(name, text), (1e9 + newer, 1e9 + newer))


def wakes_within(kodi, seconds):
    """Whether the keeper was needed."""
    kodi.after(seconds, kodi.quit)
    served = kodi.service(Grabs(kodi))
    served.run()
    return served._scheduler is not None


def test_what_is_planned_wakes_it_then_and_not_before(kodi):
    kodi.set(postal_code=HERE)
    planned(kodi, 5 * HOUR)
    assert not wakes_within(kodi, 4.9 * HOUR)
    assert kodi.waits == [30.0, *[3600.0] * 4, 3570.0]
    kodi.restart()
    assert wakes_within(kodi, 0.2 * HOUR)


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
        lambda kodi: kodi.profile_file("next", ""),
    ],
)
def test_a_plan_that_may_be_wrong_wakes_it(kodi, change):
    kodi.set(postal_code=HERE)
    planned(kodi, HOUR)
    change(kodi)
    assert wakes_within(kodi, 60)


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
def test_of_what_happens_only_a_word_to_the_add_on_wakes_it(kodi, sender, method, wakes):
    kodi.set(postal_code=HERE)
    planned(kodi, 5 * HOUR)
    kodi.after(60, kodi.notify, sender, method)
    assert wakes_within(kodi, 120) == wakes


@pytest.mark.parametrize("place", [HERE, ""])
def test_a_changed_setting_wakes_it_when_there_is_a_place(kodi, place):
    kodi.set(postal_code=place)
    planned(kodi, 5 * HOUR)
    kodi.after(60, kodi.set, days=3)
    assert wakes_within(kodi, 120) == bool(place)
