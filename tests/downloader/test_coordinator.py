"""The rules that the loop keeps, each in virtual time: about its requests and its answers."""

from collections import Counter
from typing import Any, Tuple

import pytest

from gracenote2epg.gracenote.tasks import GuideTask, Outcome, Verdict
from support.tables import wrong
from support.virtual_time import (
    BAD,
    BLOCKED,
    GONE,
    NO_LINEUP,
    OK,
    OVERLOADED,
    RATE_LIMITED,
    UNREACHABLE,
    Run,
    calm,
    good_then,
    one_task,
    series,
    then_calm,
    windows,
)


def test_every_task_ends_in_one_outcome_in_its_own_order():
    mixed = [OK, OVERLOADED, BAD, UNREACHABLE, RATE_LIMITED, OK, BAD, BAD] * 5
    run = Run(then_calm(*mixed))
    tasks = windows(40)
    assert [result.task for result in run.guide(tasks)] == tasks
    assert run.monitor.statistics.guide.settled == 40
    calmer = Run(calm())
    calmer.guide(tasks)
    assert sorted(calmer.saved) == tasks  # as they arrive, each once
    idle = Run(calm())
    assert (idle.guide([]), idle.world.sent) == ([], [])


def test_the_first_request_of_a_run_flies_alone_until_it_is_answered():
    run = Run(calm(latency=3.0))
    run.guide(windows(6))
    assert [sent.at for sent in run.world.sent][:2] == [0.0, pytest.approx(3.0, abs=0.3)]


def test_requests_are_spaced_as_the_strategy_says():
    for strategy, rate in (("conservative", 3.0), ("balanced", 5.0), ("aggressive", 8.0)):
        run = Run(calm(), strategy)
        run.guide(windows(100))
        asked = run.asked()[1:]
        assert len(asked[1:]) / (asked[-1] - asked[0]) == pytest.approx(rate, rel=0.01)


def test_a_resize_loses_and_repeats_nothing():
    def waves(now: float, task: Any, busy: int) -> Tuple[Outcome, float]:
        return OK, 0.1 if now < 10 else 9.0 if now < 60 else 1.5

    run = Run(waves, "aggressive")
    run.guide(windows(300))
    assert len(set(run.world.sizes)) > 2
    assert run.verdicts == {Verdict.OK: 300}
    assert len(run.world.sent) == 300


def test_what_comes_of_tasks_and_with_how_many_requests_and_walls():
    week, hundred = windows(28), series(100)
    other = week[0].lineup._replace(lineup_id="USA-XX99999-X")
    both = [task._replace(lineup=own) for task in week for own in (task.lineup, other)]
    empty_page, empty_days, without = BAD._replace(status=200), week[12:24], set(hundred[:15])

    def on_empty_days(task):
        return empty_days[0].start <= task.start < empty_days[-1].stop

    def comes(what, model, tasks):
        run = Run(model)
        (run.guide if isinstance(tasks[0], GuideTask) else run.details)(tasks)
        verdicts = {verdict.name: count for verdict, count in run.verdicts.items()}
        return verdicts, len(run.world.sent), len(run.trips()), run.coordinator.ended

    assert wrong(comes, [
        ("a 429 uses up no attempt", good_then(*[RATE_LIMITED] * 4), week[:3],
         ({"OK": 3}, 7, 4, None)),
        ("a block after good answers is a wall", good_then(BLOCKED), week[:10],
         ({"OK": 10}, 11, 1, None)),
        ("a window that makes the source fail is asked again once, as two halves",
         one_task(lambda task: task.start <= week[2].start + 3600 < task.stop, BAD), week[:5],
         ({"OK": 4, "BAD": 1}, 7, 0, None)),
        ("a bad window of one hour is asked again as it is", good_then(BAD),
         [week[0], week[0]._replace(hours=1)], ({"OK": 2}, 3, 0, None)),
        ("what is gone is not asked again", one_task(lambda task: task == hundred[0], GONE),
         hundred[:5], ({"OK": 4, "GONE": 1}, 5, 0, None)),
        ("nor is a series of which there are no details",
         one_task(lambda task: task == hundred[0], empty_page), hundred[:5],
         ({"OK": 4, "BAD": 1}, 5, 0, None)),
        ("some of them keep the others from nothing", one_task(without.__contains__, empty_page),
         hundred, ({"OK": 85, "BAD": 15}, 100, 0, None)),
        ("some that are gone neither", one_task(without.__contains__, GONE), hundred,
         ({"OK": 85, "GONE": 15}, 100, 0, None)),
        ("days without listings are no outage", one_task(on_empty_days, empty_page), week,
         ({"OK": 16, "BAD": 12}, 37, 0, None)),
        ("whatever the source says of them", one_task(on_empty_days, BAD._replace(status=400)),
         week, ({"OK": 16, "BAD": 12}, 37, 0, None)),
        ("or that they are gone", one_task(on_empty_days, GONE), week,
         ({"OK": 16, "GONE": 12}, 28, 0, None)),
        ("a lineup that is denied once goes on", one_task(lambda task: task == week[9], NO_LINEUP),
         week, ({"OK": 27, "NO_LINEUP": 1}, 28, 0, None)),
        ("a lineup that is unknown is asked once",
         one_task(lambda task: task.lineup == other, NO_LINEUP), both,
         ({"OK": 28, "NO_LINEUP": 28}, 29, 0, None)),
    ]) == []  # fmt: skip


def test_a_bad_hour_costs_an_hour():
    bad_hour = windows(5)[2].start + 3600
    for status in (400, 200):
        bad = BAD._replace(status=status)
        run = Run(one_task(lambda task: task.start <= bad_hour < task.stop, bad))
        run.guide(windows(5))
        kept = {hour for task in run.saved for hour in range(task.start, task.stop, 3600)}
        assert len(kept) == 5 * 6 - 1
        assert len(run.world.sent) <= 5 + 7


def test_an_answer_that_breaks_off_is_asked_again_three_times_at_most():
    broken = series(9)[4]
    run = Run(one_task(lambda task: task == broken, UNREACHABLE))
    results = run.details(series(9))
    assert results[4].outcome.verdict is Verdict.UNREACHABLE
    assert Counter(sent.task for sent in run.world.sent)[broken] == 3


def test_a_type_of_request_that_is_gone_is_not_asked_for_task_after_task():
    run = Run(one_task(lambda task: not isinstance(task, GuideTask), GONE))
    run.guide(windows(9))
    run.details(series(600))
    assert len(run.world.sent) <= 9 + 25
    assert run.coordinator.ended == GONE._replace(seconds=0.13)


def test_a_lineup_that_is_denied_twice_in_a_row_is_given_up():
    run = Run(good_then(*[OK] * 8, *[NO_LINEUP] * 99))
    run.guide(windows(60))
    assert 11 <= len(run.world.sent) <= 11 + 6


# Pace


def test_details_begin_at_the_bottom_of_the_band():
    run = Run(calm())
    run.guide(windows(10))
    run.details(series(3))
    assert run.monitor.statistics.series.pace.rate == 2.5


def test_details_begin_no_faster_than_the_guide_ended():
    run = Run(then_calm(*[*[OK] * 9, RATE_LIMITED] * 4))
    run.guide(windows(60))
    run.details(series(2))
    assert run.monitor.statistics.series.pace.rate == pytest.approx(5.0 * 0.8**4)


def test_sequential_means_one_at_a_time():
    run = Run(calm(latency=1.0), "aggressive", max_workers=1)
    run.guide(windows(20))
    asked = run.asked()
    assert all(later - earlier >= 1.0 for earlier, later in zip(asked, asked[1:]))


def test_without_adapting_nothing_changes_but_the_wall_still_does():
    run = Run(then_calm(*[OK] * 20, RATE_LIMITED, latency=0.5), adaptive=False)
    run.guide(windows(80))
    assert run.trace() == []
    assert run.monitor.statistics.guide.pace.status == "off"
    assert len(run.refusals) == 1


# What others are told


def test_the_statistics_are_those_of_the_requests():
    run = Run(good_then(RATE_LIMITED, OVERLOADED, OK))
    run.guide(windows(20))
    guide = run.monitor.statistics.guide
    by_verdict = Counter(sent.outcome.verdict for sent in run.world.sent)
    assert guide.requests == guide.responses == len(run.world.sent)
    assert run.monitor.statistics.refusals == guide.refused == by_verdict[Verdict.RATE_LIMITED] == 1
    assert guide.succeeded == by_verdict[Verdict.OK] == 20
    assert guide.busy == 0


def test_phases_are_active_only_while_they_have_work():
    run = Run(calm())
    active = []
    run.monitor.listeners.append(
        lambda seen: active.append((seen.guide.active, seen.series.active))
    )
    run.guide(windows(3))
    run.details(series(3))
    assert set(active) == {(True, False), (False, True), (False, False)}
