"""When the service runs: on schedule, after a change, at Kodi's start, after sleep."""

import json
import os
import time

import pytest

from gracenote2epg import errors
from support import fake_kodi
from support.builders import DAY, HOUR
from support.kodi_addon import HERE, UNDER_WAY, Grabs, our_threads, ours, publish

# On schedule


def test_the_first_run_waits_for_kodis_start_and_the_next_ones_for_their_time(kodi):
    kodi.set(postal_code=HERE)
    grabs = kodi.serve(25)
    assert grabs.at[0] == 30
    assert grabs.hours() == [0, 12, 24]
    assert kodi.waits[0] == 30.0
    assert max(kodi.waits) == 60.0


def test_a_run_is_due_in_the_same_hour_each_day(kodi):
    kodi.set(postal_code=HERE, hour=4)
    days = [time.localtime(kodi.began + at) for at in kodi.serve(100).at[1:]]
    assert {day.tm_hour for day in days} == {4}
    assert len(days) == len({day.tm_yday for day in days}) >= 4


def test_each_wait_takes_from_a_second_to_an_hour(kodi):
    kodi.set(lineup="USA-NY31519-X", interval=7)  # a lineup is enough
    assert kodi.serve(50, errors.AlreadyRunning("there")).at
    assert all(1 <= wait <= HOUR for wait in kodi.waits)


def test_without_a_postal_code_it_logs_once_that_it_waits(kodi):
    assert kodi.serve(48).at == []
    lines = [line for line in kodi.log if "waiting for a postal code" in line.text]
    assert [line.level for line in lines] == ["INFO"]
    assert kodi.notifications == []


def test_a_missed_run_begins_at_the_installations_own_second(kodi):
    kodi.set(postal_code=HERE, interval=1)
    kodi.serve(0.5)
    kodi.restart()
    kodi.sleep(3 * HOUR)
    began = kodi.now
    (at,) = kodi.serve(0.5).at
    assert at - began == 30 + max(1, kodi.state_file().read().installation_id % 60)


# After a change


def test_a_change_of_the_guides_settings_starts_a_run_at_once(kodi):
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
    used = [as_text(getattr(config, name)) for config, name in zip(grabs.configs[1:], changes)]
    assert used == list(changes.values())


def test_an_invalid_setting_notifies_and_its_correction_starts_a_run(kodi):
    kodi.set(postal_code=HERE, base_url="http://example.org")
    kodi.after(120, kodi.set, base_url="https://example.org")
    assert kodi.serve(1).at == [120]
    text = "“Address of the listings site” is not valid: http://example.org"
    assert kodi.notifications == [("TV guide", text)]


def test_a_plan_brought_forward_is_kept_to_the_minute(kodi):
    kodi.set(postal_code=HERE, interval=30)
    kodi.keep_last(kodi.began + 1200 - 20 * HOUR)
    kodi.after(600, kodi.set, interval=20)
    (at,) = kodi.serve(1).at
    assert 1200 <= at <= 1260


def test_whatever_happens_at_kodis_start_no_run_begins_before_the_network_is_there(kodi):
    kodi.set(postal_code=HERE)
    for happening in (kodi.stop, lambda: kodi.set(days=3), lambda: kodi.ask("resume")):
        began = kodi.now
        kodi.after(5, happening)
        (at,) = kodi.serve(0.1).at
        assert at - began >= 30
        kodi.restart()
        kodi.keep_last(kodi.clock.now() - 12.5 * HOUR)


def test_a_change_of_other_settings_waits_for_the_next_run(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(2 * HOUR, kodi.set, max_workers=2)
    kodi.after(3 * HOUR, kodi.set)  # Kodi also calls when nothing changed
    assert kodi.serve(4).hours() == [0]


# From one Kodi to the next


def test_the_next_kodi_knows_the_last_run(kodi):
    kodi.set(postal_code=HERE)
    kodi.serve(3)
    assert float(kodi.profile_file("next")) == round(kodi.began + 30 + 12 * HOUR)
    kodi.restart()
    assert kodi.serve(20).at == [30 + 12 * HOUR]


def test_the_state_file_reveals_no_setting(kodi):
    kodi.set(postal_code=HERE, tvh_password="geheim", channels_from="http://robin@tv.lan/list.m3u")
    kodi.serve(1)
    text = kodi.profile_file("state.json")
    assert json.loads(text)["last"]["fingerprint"]
    assert not [word for word in (HERE, "geheim", "robin", "tv.lan") if word in text]


def test_each_profile_has_an_installation_id_and_keeps_it(kodi, tmp_path):
    files = [kodi.state_file(str(tmp_path / str(number))) for number in range(20)]
    assert len({file.read().installation_id % 3600 for file in files}) > 10
    files[0].update(last_notice="x")
    assert kodi.state_file(str(tmp_path / "0")).read() == files[0].read()


def test_lost_settings_are_told_once_and_the_guide_stays(kodi):
    kodi.set(postal_code=HERE)
    kodi.serve_with(lambda config, stop: publish(config), hours=0.1)
    kodi.restart()
    kodi.values = fake_kodi.defaults()  # as when its file is empty or cut off
    for _ in range(2):
        assert kodi.serve(2).at == []
        kodi.restart()
    assert [text.partition(",")[0] for _, text in kodi.notifications] == ["The settings are gone"]
    assert kodi.builtins == []
    assert os.path.isfile(kodi.guide)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"last": {"ended_at": "soon"}}', '{"last": {}}', '{"copied": 7}']
)
def test_a_broken_state_file_costs_one_run(kodi, text):
    kodi.profile_file("state.json", text)
    kodi.set(postal_code=HERE)
    assert len(kodi.serve(2).at) == 1


def test_a_read_only_profile_costs_no_more_runs(kodi, tmp_path):
    (tmp_path / "addon_data").write_text("a file where the folder should be")
    kodi.set(postal_code=HERE)
    assert kodi.serve(13).hours() == [0, 12]
    assert "cannot write" in " ".join(kodi.lines("WARNING"))


def test_after_a_reset_the_next_kodi_runs(kodi):
    kodi.set(postal_code=HERE)
    kodi.serve(0.5)
    os.utime(kodi.profile_file("settings.xml", ""), (1e9, 1e9))
    state_file = kodi.state_file()
    state_file.update(last=None)
    state_file.save_next_run(0)
    kodi.restart()
    began = kodi.now
    assert kodi.serve(1).at == [began + 30]


def test_another_profile_has_its_own_settings_and_state(kodi, tmp_path):
    kodi.set(postal_code=HERE)
    assert len(kodi.serve(1).at) == 1
    kodi.userdata = str(tmp_path / "profiles" / "child")
    kodi.restart()
    kodi.set(postal_code="10001")
    (config,) = kodi.serve(1).configs
    assert (config.data_dir, config.postal_code) == (kodi.profile, "10001")


def test_it_runs_at_kodis_start_if_the_user_wants_it(kodi):
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


def wake_after(kodi, hours):
    kodi.sleep(hours * HOUR)
    kodi.notify("xbmc", "System.OnWake")


def test_a_run_missed_during_sleep_begins_within_the_hour(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(2 * HOUR, kodi.sleep, 100 * HOUR)
    assert kodi.serve(4).hours() == [0, 102]


def test_a_run_after_wake_up_waits_for_the_network(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(0.5 * HOUR, wake_after, kodi, 20)
    assert kodi.serve(1).at == [30, 20.5 * HOUR + 30]


def test_a_run_interrupted_by_sleep_starts_again(kodi):
    kodi.set(postal_code=HERE)
    grabs = kodi.serve_long_run(lambda: wake_after(kodi, 9))
    assert grabs.at == [30, UNDER_WAY + 9 * HOUR + 30]
    assert grabs.stopped == [True, False]
    assert kodi.logged("a run begins: the first guide") == 2


def test_a_run_interrupted_by_sleep_waits_for_the_end_of_playback(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")

    def wake_up_with_a_film():
        kodi.playing = True
        wake_after(kodi, 9)
        kodi.after(HOUR, kodi.stop)

    grabs = kodi.serve_long_run(wake_up_with_a_film, hours=3)
    assert grabs.at == [30, UNDER_WAY + 10 * HOUR]


def test_quitting_ends_the_wait_for_the_network(kodi):
    kodi.set(postal_code=HERE)
    backend = Grabs(kodi)
    waiting = kodi.run(backend, delay=1e9)
    waiting.stop()
    waiting.join(20)
    assert our_threads() == []
    assert backend.at == []


# A set-up that was broken off


@pytest.mark.parametrize("postal_code", [HERE, ""])
def test_iptv_simples_refresh_is_given_back_at_the_next_start(kodi, postal_code):
    kodi.set(postal_code=postal_code)
    word = "RunScript(service.gracenote2epg,give_back_refresh)"
    kodi.serve(0.1)
    assert word not in kodi.builtins
    kodi.restart()
    kodi.profile_file("refresh.json", "{}")
    kodi.serve(0.1)
    assert kodi.builtins.count(word) == 1
    kodi.script("give_back_refresh")
    assert not os.path.exists(os.path.join(kodi.profile, "refresh.json"))


# The idle service


def plan(kodi, seconds, settings_are_newer=False):
    """A profile in which the next run was planned so many seconds ahead."""
    for name, text in (("settings.xml", ""), ("next", str(kodi.clock.now() + seconds))):
        newer = settings_are_newer and name == "settings.xml"
        os.utime(kodi.profile_file(name, text), (1e9 + newer, 1e9 + newer))


def starts_scheduler_within(kodi, seconds):
    kodi.after(seconds, kodi.quit)
    service = kodi.service(Grabs(kodi))
    service.run()
    return service._scheduler is not None


def test_the_scheduler_starts_at_the_planned_time(kodi):
    kodi.set(postal_code=HERE)
    plan(kodi, 5 * HOUR)
    assert not starts_scheduler_within(kodi, 4.9 * HOUR)
    kodi.restart()
    assert starts_scheduler_within(kodi, 0.2 * HOUR)


def message(sender, method):
    return lambda kodi: kodi.after(60, kodi.notify, sender, method)


@pytest.mark.parametrize(
    ("change", "starts"),
    [
        (lambda kodi: plan(kodi, -5), True),
        (lambda kodi: plan(kodi, 100 * DAY), True),
        (lambda kodi: plan(kodi, HOUR, settings_are_newer=True), True),
        (lambda kodi: kodi.set(enable_monitoring="true"), True),
        (lambda kodi: kodi.set(at_start="true"), True),
        (lambda kodi: os.remove(os.path.join(kodi.profile, "next")), True),
        (lambda kodi: os.remove(os.path.join(kodi.profile, "settings.xml")), True),
        (lambda kodi: kodi.profile_file("next", ""), True),
        (lambda kodi: kodi.after(60, kodi.set, days=3), True),
        (lambda kodi: kodi.after(60, kodi.set, postal_code=""), False),
        (message("service.gracenote2epg", "Other.status"), True),
        (message("somebody.else", "Other.run_now"), False),
        *((message("xbmc", name), False) for name in ("Player.OnPlay", "Player.OnStop")),
        (message("xbmc", "System.OnWake"), False),
    ],
)
def test_what_starts_the_scheduler_before_its_time(kodi, change, starts):
    kodi.set(postal_code=HERE)
    plan(kodi, 5 * HOUR)
    change(kodi)
    assert starts_scheduler_within(kodi, 120) == starts
