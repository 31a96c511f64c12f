"""What the service does on request of the user or the script, and during playback."""

import os

import pytest

from support.builders import DAY, HOUR
from support.kodi_addon import HERE, UNDER_WAY, LongRun, ours

# "Download now"


def test_run_now_starts_a_run_at_once_with_the_latest_settings(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.playing = True
    kodi.after(2 * HOUR, kodi.values.update, days="2")  # saved, but Kodi has not called yet
    kodi.after(2 * HOUR, kodi.ask, "run_now")
    grabs = kodi.serve(3)
    assert grabs.at == [2 * HOUR]
    assert [config.days for config in grabs.configs] == [2]
    assert kodi.logged("a run begins: asked for") == 1


def test_run_now_during_a_run_starts_no_other(kodi):
    kodi.set(postal_code=HERE)
    grabs = kodi.serve_long_run(lambda: [kodi.ask("run_now") for _ in range(3)])
    assert grabs.stopped == [False]


def test_run_now_without_a_postal_code_starts_the_set_up(kodi):
    kodi.after(2 * HOUR, kodi.ask, "run_now")
    kodi.serve(3)
    assert "RunScript(service.gracenote2epg,set_up)" in kodi.builtins


# The script and its dialogs


def test_the_script_runs_all_actions_with_dialogs(kodi):
    actions = [action for action in ours("messages").MENU if action != "run_now"]
    kodi.set(postal_code=HERE)
    kodi.after(60, lambda: [kodi.ask(action) for action in (*actions, "rm_rf")])
    kodi.after(61, kodi.notify, "somebody.else", "Other.run_now")
    kodi.serve(1)
    assert kodi.builtins == [f"RunScript(service.gracenote2epg,{action})" for action in actions]
    warning = "[service.gracenote2epg] kodi.service.scheduler: rm_rf is not an action"
    assert kodi.lines("WARNING") == [warning]


def test_the_set_up_is_offered_once_in_a_profile_without_a_postal_code(kodi):
    kodi.set(postal_code=HERE)
    kodi.serve(3)
    assert kodi.builtins == []
    os.remove(os.path.join(kodi.profile, "state.json"))
    kodi.set(postal_code="")
    for _ in range(2):
        kodi.restart()
        kodi.serve(30)
    assert kodi.builtins == ["RunScript(service.gracenote2epg,greet)"]


def test_the_set_up_is_offered_soon_but_not_during_playback(kodi):
    kodi.playing = True
    before = []
    kodi.after(HOUR - 1, lambda: before.extend(kodi.builtins))
    kodi.after(HOUR, kodi.stop)
    kodi.serve(2)
    assert kodi.waits[0] == 5
    assert (before, len(kodi.builtins)) == ([], 1)


def test_a_dialog_pauses_runs_until_it_ends(kodi):
    kodi.set(postal_code=HERE)
    before = []
    kodi.after(0.5 * HOUR, kodi.set, days=3)  # saved by the dialog
    kodi.after(0.6 * HOUR, lambda: before.extend(grabs.at))
    kodi.after(0.7 * HOUR, kodi.ask, "resume")
    grabs = LongRun(kodi)
    grabs.meanwhile(kodi.ask, "pause")
    kodi.after(UNDER_WAY + 1, grabs.end)
    kodi.serve_backend(grabs, hours=0.8)
    assert before == [30]
    assert grabs.at == [30, 0.7 * HOUR]
    assert grabs.stopped == [True, False]


def test_a_dialog_that_never_resumes_pauses_runs_for_an_hour(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(10, kodi.ask, "pause")
    (at,) = kodi.serve(3).at
    assert HOUR < at <= 2.1 * HOUR


# Playback


@pytest.mark.parametrize(
    ("watched", "until", "wanted", "earliest", "latest"),
    [
        ("playing", 5 * HOUR, "true", 5 * HOUR, 5 * HOUR + 600),
        ("recording", 5 * HOUR, "true", 5 * HOUR, 5 * HOUR + 600),
        ("playing", 99 * HOUR, "true", DAY, DAY + 700),  # for a day at most
        ("playing", 99 * HOUR, "false", 30, 30),  # the default
    ],
)
def test_a_run_waits_during_playback_and_recording(kodi, watched, until, wanted, earliest, latest):
    kodi.set(postal_code=HERE, not_while_playing=wanted)
    setattr(kodi, watched, True)
    kodi.after(until, setattr, kodi, watched, False)
    at = kodi.serve(30).at[0]
    assert earliest <= at <= latest
    assert kodi.logged("the run waits") == (at > 30)


def test_the_end_of_playback_starts_the_run(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.playing = True
    kodi.after(5.05 * HOUR, kodi.stop)
    assert kodi.serve(6).at == [5.05 * HOUR]


def test_a_run_yields_to_playback_that_begins(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.after(0.5 * HOUR, kodi.stop)
    grabs = kodi.serve_long_run(kodi.play)
    assert grabs.at == [30, 0.5 * HOUR]
    assert grabs.stopped == [True, False]


@pytest.mark.parametrize(
    ("watched", "at", "action"),
    [
        ("playing", DAY + HOUR, None),  # a run that has waited for a day
        ("recording", DAY + HOUR, None),
        ("nothing", UNDER_WAY, "run_now"),
    ],
)
def test_a_run_that_waited_for_a_day_or_is_asked_for_does_not_yield(kodi, watched, at, action):
    kodi.set(postal_code=HERE, not_while_playing="true")
    setattr(kodi, watched, True)

    def next_song():
        if action:
            kodi.ask(action)
        kodi.play()

    assert kodi.serve_long_run(next_song, hours=26, at=at).stopped[0] is False


def test_changed_settings_stop_a_run_even_if_the_next_one_has_to_wait(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.playing = True
    kodi.after(UNDER_WAY - 5, kodi.ask, "run_now")
    grabs = kodi.serve_long_run(lambda: kodi.set(postal_code="10001"))
    assert grabs.at == [UNDER_WAY - 5]
    assert grabs.stopped == [True]
