"""What the service does when the user, the script, or something that plays wants it."""

import os

import pytest

from support.builders import DAY, HOUR
from support.kodi_addon import HERE, UNDER_WAY, LongRun, ours

# "Download now"


def test_a_run_that_is_asked_for_begins_at_once_whatever_the_schedule_says(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.playing = True
    kodi.after(2 * HOUR, kodi.ask, "run_now")
    assert kodi.serve(3).at == [2 * HOUR]
    assert any("a run begins: asked for" in line for line in kodi.lines("INFO"))


def test_it_sees_what_was_just_typed(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(HOUR, kodi.values.update, days="2")  # saved a moment before Kodi says so
    kodi.after(HOUR, kodi.ask, "run_now")
    assert [config.days for config in kodi.serve(2).configs] == [7, 2]


def test_during_a_run_no_other_one_begins(kodi):
    kodi.set(postal_code=HERE)
    grabs = kodi.serve_long_run(lambda: [kodi.ask("run_now") for _ in range(3)])
    assert grabs.stopped == [False]


def test_without_a_place_it_is_the_set_up(kodi):
    kodi.after(2 * HOUR, kodi.ask, "run_now")
    kodi.serve(3)
    assert "RunScript(service.gracenote2epg,set_up)" in kodi.builtins


# The script and its dialogues


def test_what_talks_with_the_user_is_left_to_the_script(kodi):
    words = [word for word in ours("messages").MENU if word != "run_now"]
    kodi.set(postal_code=HERE)
    kodi.after(60, lambda: [kodi.ask(word) for word in words])
    kodi.serve(1)
    assert kodi.builtins == [f"RunScript(service.gracenote2epg,{word})" for word in words]


def test_a_word_that_is_no_action_is_named_in_the_log(kodi):
    kodi.after(60, kodi.ask, "rm_rf")
    kodi.after(61, kodi.notify, "somebody.else", "Other.run_now")
    kodi.serve(1)
    assert kodi.lines("WARNING") == [
        "[service.gracenote2epg] kodi.service.scheduler: rm_rf is not an action"
    ]


def test_the_set_up_is_offered_once_in_a_profile_where_nothing_is_chosen(kodi):
    kodi.set(postal_code=HERE)
    kodi.serve(3)
    assert kodi.builtins == []
    os.remove(os.path.join(kodi.profile, "state.json"))
    kodi.set(postal_code="")
    kodi.restart()
    kodi.serve(30)
    kodi.restart()
    kodi.serve(30)
    assert kodi.builtins == ["RunScript(service.gracenote2epg,greet)"]


def test_the_set_up_is_offered_soon_and_not_over_a_film(kodi):
    kodi.playing = True
    before = []
    kodi.after(HOUR - 1, lambda: before.extend(kodi.builtins))
    kodi.after(HOUR, kodi.stop)
    kodi.serve(2)
    assert kodi.waits[0] == 5
    assert (before, len(kodi.builtins)) == ([], 1)


def test_a_dialogue_has_the_source_to_itself(kodi):
    kodi.set(postal_code=HERE)
    before = []
    kodi.after(0.5 * HOUR, kodi.set, days=3)  # saved by the dialogue
    kodi.after(0.6 * HOUR, lambda: before.extend(grabs.at))
    kodi.after(0.7 * HOUR, kodi.ask, "resume")
    grabs = LongRun(kodi)
    grabs.meanwhile(kodi.ask, "pause")
    kodi.after(UNDER_WAY + 1, grabs.end)
    kodi.serve_backend(grabs, hours=0.8)
    assert before == [30]
    assert grabs.at == [30, 0.7 * HOUR]
    assert grabs.stopped == [True, False]


def test_a_dialogue_that_never_says_that_it_ended_holds_runs_for_an_hour(kodi):
    kodi.set(postal_code=HERE)
    kodi.after(10, kodi.ask, "pause")
    (at,) = kodi.serve(3).at
    assert HOUR < at <= 2.1 * HOUR


# What plays


@pytest.mark.parametrize("what", ["playing", "recording"])
def test_a_run_waits_while_something_plays_or_records(kodi, what):
    kodi.set(postal_code=HERE, not_while_playing="true")
    setattr(kodi, what, True)
    kodi.after(5 * HOUR, setattr, kodi, what, False)
    (at,) = kodi.serve(6).at
    assert 5 * HOUR <= at <= 5 * HOUR + 600
    assert kodi.said("the run waits") == 1


def test_the_end_of_what_plays_ends_the_wait(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.playing = True
    kodi.after(5.05 * HOUR, kodi.stop)
    assert kodi.serve(6).at == [5.05 * HOUR]


def test_a_run_waits_no_longer_than_a_day(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.playing = True
    (at,) = kodi.serve(30).at
    assert DAY <= at <= DAY + 700


def test_unless_the_user_wants_it_nothing_that_plays_matters(kodi):
    kodi.set(postal_code=HERE)
    kodi.playing = True
    assert kodi.serve(1).at == [30]


def test_a_run_gives_way_to_what_begins_to_play(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.after(0.5 * HOUR, kodi.stop)
    grabs = kodi.serve_long_run(kodi.play)
    assert grabs.at == [30, 0.5 * HOUR]
    assert grabs.stopped == [True, False]


@pytest.mark.parametrize(
    ("watched", "at", "word"),
    [
        ("playing", DAY + HOUR, None),  # a run that has waited for a day
        ("recording", DAY + HOUR, None),
        ("nothing", UNDER_WAY, "run_now"),
    ],
)
def test_a_run_that_has_waited_for_a_day_or_is_asked_for_gives_way_no_more(kodi, watched, at, word):
    kodi.set(postal_code=HERE, not_while_playing="true")
    setattr(kodi, watched, True)

    def next_song():
        if word:
            kodi.ask(word)
        kodi.play()

    assert kodi.serve_long_run(next_song, hours=26, at=at).stopped[0] is False


def test_a_run_for_another_guide_gives_way_though_the_next_one_waits_for_a_film(kodi):
    kodi.set(postal_code=HERE, not_while_playing="true")
    kodi.playing = True
    kodi.after(UNDER_WAY - 5, kodi.ask, "run_now")
    grabs = kodi.serve_long_run(lambda: kodi.set(postal_code="10001"))
    assert grabs.at == [UNDER_WAY - 5]
    assert grabs.stopped == [True]
