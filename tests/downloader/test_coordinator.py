"""The rules that the loop keeps, each in virtual time."""

from collections import Counter
from typing import Any, Dict, List, Tuple

import pytest

from gracenote2epg.downloader.tasks import GUIDE, SERIES, GuideTask, Outcome, Verdict
from gracenote2epg.downloader.wall import Limit
from support.virtual_time import (
    BAD,
    BLOCKED,
    GONE,
    OK,
    OVERLOADED,
    THROTTLED,
    UNREACHABLE,
    Model,
    Run,
    calm,
    series,
    windows,
)


def then_calm(*first: Outcome, latency: float = 0.13) -> Model:
    """The given outcomes for the first requests, good answers after them."""
    left = list(first)
    return lambda now, task, busy: (left.pop(0) if left else OK, latency)


def good_then(*later: Outcome) -> Model:
    return then_calm(OK, *later)


def verdicts(results: List[Any]) -> Counter:
    return Counter(result.outcome.verdict for result in results)


def test_every_task_ends_in_one_outcome_in_its_own_order():
    mixed = [OK, OVERLOADED, BAD, UNREACHABLE, THROTTLED, OK, BAD, BAD] * 5
    run = Run(then_calm(*mixed))
    tasks = windows(40)
    assert [result.task for result in run.guide(tasks)] == tasks
    assert run.monitor.statistics.guide.settled == 40


def test_a_good_answer_is_kept_as_it_arrives_and_once():
    run = Run(calm())
    run.guide(windows(12))
    assert sorted(run.kept) == windows(12)


def test_an_empty_list_asks_nothing():
    run = Run(calm())
    assert run.guide([]) == []
    assert run.world.sent == []


def test_the_first_request_of_a_run_flies_alone_until_it_is_answered():
    run = Run(calm(latency=3.0))
    run.guide(windows(6))
    assert [sent.at for sent in run.world.sent][:2] == [0.0, pytest.approx(3.0, abs=0.3)]


@pytest.mark.parametrize("strategy", ["conservative", "balanced", "aggressive"])
def test_requests_are_spaced_as_the_strategy_says(strategy):
    top = {"conservative": 3.0, "balanced": 5.0, "aggressive": 8.0}[strategy]
    run = Run(calm(), strategy)
    run.guide(windows(100))
    asked = run.asked()[1:]
    assert len(asked[1:]) / (asked[-1] - asked[0]) == pytest.approx(top, rel=0.01)


def test_a_resize_loses_and_repeats_nothing():
    def waves(now: float, task: Any, busy: int) -> Tuple[Outcome, float]:
        return OK, 0.1 if now < 10 else 9.0 if now < 60 else 1.5

    run = Run(waves, "aggressive")
    results = run.guide(windows(300))
    assert len(set(run.world.sizes)) > 2
    assert verdicts(results) == {Verdict.OK: 300}
    assert len(run.world.sent) == 300


def test_a_429_uses_up_no_attempt():
    run = Run(good_then(THROTTLED, THROTTLED, THROTTLED, THROTTLED))
    assert verdicts(run.guide(windows(3))) == {Verdict.OK: 3}


def test_after_a_refusal_arrived_nothing_but_probes_is_sent():
    closed = (20.0, 60.0)

    def wall(now: float, task: Any, busy: int) -> Tuple[Outcome, float]:
        return (THROTTLED if closed[0] <= now < closed[1] else OK), 0.5

    run = Run(wall)
    run.guide(windows(200))
    arrived = min(sent.at for sent in run.refusals) + 0.5
    during = [sent for sent in run.world.sent if arrived < sent.at < closed[1]]
    assert [round(later.at - arrived) for later in during] == [10, 30]


@pytest.mark.parametrize("seconds", [1.0, 47.0])
def test_a_retry_after_is_waited_for(seconds):
    run = Run(good_then(THROTTLED._replace(retry_after=seconds)))
    run.guide(windows(30))
    refused = run.refusals[0].at + 0.13
    after = min(sent.at for sent in run.world.sent if sent.at > refused)
    assert after - refused == pytest.approx(seconds, abs=0.3)


def test_a_retry_after_without_end_is_capped_and_the_rest_left():
    run = Run(good_then(THROTTLED._replace(retry_after=1e9)))
    results = run.guide(windows(10))
    assert verdicts(results)[Verdict.LEFT] >= 8
    assert run.coordinator.ended.verdict is Verdict.THROTTLED


def test_one_overload_counts_once():
    run = Run(then_calm(OK, *[OVERLOADED] * 4, latency=2.0), "aggressive")
    run.guide(windows(60))
    assert [workers for workers, reason in run.trace() if "overloaded" in reason] == [4]


def test_one_wall_counts_once_however_many_were_in_flight():
    run = Run(then_calm(*[OK] * 10, *[THROTTLED] * 6, latency=2.0), "aggressive")
    run.guide(windows(60))
    assert run.monitor.statistics.walls == 1


def test_a_429_reduces_the_workers_at_once():
    run = Run(good_then(OK, THROTTLED), "aggressive")
    run.guide(windows(60))
    assert run.trace()[0] == (4, "refused by the source")


def test_after_the_wall_the_pace_is_four_fifths_of_the_one_that_met_it():
    run = Run(then_calm(*[OK] * 50, THROTTLED))
    run.guide(windows(150))
    last = run.asked()[-20:]
    assert 19 / (last[-1] - last[0]) == pytest.approx(0.8 * 5.0, rel=0.02)


def test_the_pace_after_a_wall_may_lie_below_the_strategys_band():
    run = Run(
        then_calm(*[OK] * 9, THROTTLED, *[OK] * 9, THROTTLED, *[OK] * 9, THROTTLED, THROTTLED)
    )
    run.guide(windows(150))
    assert run.monitor.statistics.guide.pace.rate == pytest.approx(5.0 * 0.8**3, rel=0.01)


def test_a_wall_that_stays_leaves_the_rest_to_the_next_run():
    def wall(now: float, task: Any, busy: int) -> Tuple[Outcome, float]:
        return (OK if now < 4 else THROTTLED), 0.1

    run = Run(wall)
    results = run.guide(windows(100))
    assert set(verdicts(results)) == {Verdict.OK, Verdict.LEFT}
    assert run.coordinator.ended.verdict is Verdict.THROTTLED
    assert run.world.now < 610
    assert len(run.refusals) < 10
    assert run.details(series(5))[0].outcome.verdict is Verdict.LEFT


def test_a_block_as_the_first_answer_ends_the_run():
    run = Run(then_calm(*[BLOCKED] * 99))
    assert verdicts(run.guide(windows(10))) == {Verdict.LEFT: 10}
    assert len(run.world.sent) == 1
    assert run.coordinator.ended.verdict is Verdict.BLOCKED


def test_a_block_after_good_answers_is_a_wall():
    run = Run(good_then(BLOCKED))
    assert verdicts(run.guide(windows(10))) == {Verdict.OK: 10}
    assert len(run.walls()) == 1


@pytest.mark.parametrize("bad", [BAD._replace(status=400), BAD._replace(status=200)])
def test_one_bad_hour_costs_one_hour(bad):
    bad_hour = windows(5)[2].start + 3600

    def one_bad_hour(now: float, task: GuideTask, busy: int) -> Tuple[Outcome, float]:
        return (bad if task.start <= bad_hour < task.stop else OK), 0.1

    run = Run(one_bad_hour)
    run.guide(windows(5))
    had = {hour for task in run.kept for hour in range(task.start, task.stop, 3600)}
    assert len(had) == 5 * 6 - 1
    assert len(run.world.sent) <= 5 + 7


def test_a_window_that_makes_the_source_fail_is_asked_again_once_as_two_halves():
    bad_hour = windows(5)[2].start + 3600

    def one_bad_hour(now: float, task: GuideTask, busy: int) -> Tuple[Outcome, float]:
        return (BAD if task.start <= bad_hour < task.stop else OK), 0.1

    run = Run(one_bad_hour)
    results = run.guide(windows(5))
    assert verdicts(results) == {Verdict.OK: 4, Verdict.BAD: 1}
    assert len(run.world.sent) == 7
    assert (windows(5)[2].start + 3 * 3600, 3) in [(task.start, task.hours) for task in run.kept]


def test_a_bad_window_of_one_hour_is_asked_again_as_it_is():
    hour = windows(1)[0]._replace(hours=1)
    run = Run(good_then(BAD))
    assert verdicts(run.guide([*windows(1), hour])) == {Verdict.OK: 2}


def test_an_answer_that_breaks_off_is_asked_again_three_times_at_most():
    broken = series(9)[4]

    def one_breaks(now: float, task: Any, busy: int) -> Tuple[Outcome, float]:
        return (UNREACHABLE if task == broken else OK), 0.1

    run = Run(one_breaks)
    results = run.details(series(9))
    assert results[4].outcome.verdict is Verdict.UNREACHABLE
    assert Counter(sent.task for sent in run.world.sent)[broken] == 3


def test_what_is_gone_is_not_asked_again():
    run = Run(good_then(GONE))
    assert verdicts(run.details(series(3))) == {Verdict.OK: 2, Verdict.GONE: 1}
    assert len(run.world.sent) == 3


def test_no_network_at_all_ends_the_run_after_three_tries():
    run = Run(then_calm(*[UNREACHABLE] * 99))
    assert verdicts(run.guide(windows(10))) == {Verdict.LEFT: 10}
    assert len(run.world.sent) == 3
    assert run.coordinator.ended.verdict is Verdict.UNREACHABLE


def test_an_outage_in_the_middle_is_waited_out_with_single_probes():
    def outage(now: float, task: Any, busy: int) -> Tuple[Outcome, float]:
        return (UNREACHABLE if 3 < now < 40 else OK), 0.1

    run = Run(outage)
    assert verdicts(run.guide(windows(60))) == {Verdict.OK: 60}
    assert len([sent for sent in run.world.sent if 5 < sent.at < 40]) <= 4


def test_a_source_that_gives_nothing_but_nonsense_ends_the_run():
    run = Run(then_calm(*[BAD] * 999))
    run.guide(windows(28))
    assert run.coordinator.ended.verdict is Verdict.BAD
    assert len(run.world.sent) <= 6


def test_a_stop_ends_the_run_at_once_and_keeps_what_arrived():
    run = Run(calm(latency=30.0))
    run.world.at_time.append((65.0, run.stop.set))
    results = run.guide(windows(60))
    assert run.world.now < 66.0
    assert verdicts(results) == {Verdict.OK: len(run.kept), Verdict.LEFT: 60 - len(run.kept)}


def test_what_has_arrived_is_not_read_after_a_stop():
    run = Run(lambda now, task, busy: (OK, 100.0 - now if now else 0.1))
    run.world.at_time.append((100.0, run.stop.set))
    run.guide(windows(60))
    assert len(run.world.sent) > 3
    assert run.kept == windows(1)


def test_the_time_budget_ends_the_run_and_what_is_in_flight():
    run = Run(calm(latency=7.0), seconds=30.0)
    results = run.guide(windows(100))
    assert run.world.now < 30.5
    assert verdicts(results)[Verdict.LEFT] > 50
    assert run.coordinator.ended.detail == "the time budget is used up"


def test_the_request_budget_is_kept_to_the_request():
    run = Run(calm(), requests=17)
    assert verdicts(run.guide(windows(30))) == {Verdict.OK: 17, Verdict.LEFT: 13}
    assert len(run.world.sent) == 17


def test_details_begin_at_the_bottom_of_the_band():
    run = Run(calm())
    run.guide(windows(10))
    run.details(series(3))
    assert run.monitor.statistics.series.pace.rate == 2.5


def test_details_begin_no_faster_than_the_guide_ended():
    run = Run(
        then_calm(
            *[OK] * 9, THROTTLED, *[OK] * 9, THROTTLED, *[OK] * 9, THROTTLED, *[OK] * 9, THROTTLED
        )
    )
    run.guide(windows(60))
    run.details(series(2))
    assert run.monitor.statistics.series.pace.rate == pytest.approx(5.0 * 0.8**4)


def test_sequential_means_one_at_a_time():
    run = Run(calm(latency=1.0), "aggressive", max_workers=1)
    run.guide(windows(20))
    asked = run.asked()
    assert all(later - earlier >= 1.0 for earlier, later in zip(asked, asked[1:]))


def test_without_adapting_nothing_changes_but_the_wall_still_does():
    run = Run(then_calm(*[OK] * 20, THROTTLED, latency=0.5), adaptive=False)
    run.guide(windows(80))
    assert run.trace() == []
    assert run.monitor.statistics.guide.pace.status == "off"
    assert len(run.refusals) == 1


def test_the_wall_teaches_how_many_requests_met_it():
    run = Run(then_calm(*[OK] * 100, THROTTLED))
    run.guide(windows(150))
    (limit,) = run.learned
    assert limit.requests == 101
    assert limit.seconds == pytest.approx(20.0, abs=1.5)
    assert limit.closed == pytest.approx(10.0, abs=1.0)


def test_a_learned_limit_slows_the_next_run():
    run = Run(calm(), limit=Limit(100, 40.0, 10.0))
    run.guide(windows(50))
    assert run.monitor.statistics.guide.pace.rate == pytest.approx(0.8 * 100 / 120)


def test_the_statistics_are_those_of_the_requests():
    run = Run(good_then(THROTTLED, OVERLOADED, OK))
    run.guide(windows(20))
    seen = run.monitor.statistics.guide
    by_verdict: Dict[Verdict, int] = Counter(sent.outcome.verdict for sent in run.world.sent)
    assert seen.requests == seen.answers == len(run.world.sent)
    assert seen.refused == by_verdict[Verdict.THROTTLED]
    assert seen.succeeded == by_verdict[Verdict.OK] == 20
    assert seen.busy == 0


def test_phases_are_active_only_while_they_have_work():
    run = Run(calm())
    active = []
    run.monitor.listeners.append(
        lambda seen: active.append((seen.guide.active, seen.series.active))
    )
    run.guide(windows(3))
    run.details(series(3))
    assert set(active) == {(True, False), (False, True), (False, False)}
    assert {GUIDE, SERIES} == {"guide", "series"}


def test_a_type_of_request_that_is_gone_is_not_asked_for_task_after_task():
    run = Run(lambda now, task, busy: (OK if isinstance(task, GuideTask) else GONE, 0.13))
    run.guide(windows(9))
    run.details(series(600))
    assert len(run.world.sent) <= 9 + 25
    assert run.coordinator.ended == GONE._replace(seconds=0.13)


@pytest.mark.parametrize("nothing", [BAD._replace(status=400), BAD._replace(status=200), GONE])
def test_days_without_listings_are_no_outage_and_cost_little(nothing):
    empty = set(windows(28)[12:24])

    def some_days(now: float, task: GuideTask, busy: int) -> Tuple[Outcome, float]:
        there = not any(one.start <= task.start < one.stop for one in empty)
        return (OK if there else nothing), 0.1

    run = Run(some_days)
    assert verdicts(run.guide(windows(28))) == {Verdict.OK: 16, nothing.verdict: 12}
    assert (run.walls(), run.coordinator.ended) == ([], None)
    assert len(run.world.sent) <= 28 + 10


@pytest.mark.parametrize("nothing", [BAD._replace(status=200), GONE])
def test_some_series_without_details_keep_the_others_from_nothing(nothing):
    empty = set(series(100)[:15])
    run = Run(lambda now, task, busy: (nothing if task in empty else OK, 0.1))
    assert verdicts(run.details(series(100))) == {Verdict.OK: 85, nothing.verdict: 15}
    assert run.walls() == []


def test_a_lineup_that_is_denied_once_goes_on():
    unknown = Outcome(Verdict.NO_LINEUP, status=400, detail="no lineups")
    run = Run(lambda now, task, busy: (unknown if task == windows(28)[9] else OK, 0.13))
    assert verdicts(run.guide(windows(28))) == {Verdict.OK: 27, Verdict.NO_LINEUP: 1}


def test_a_lineup_that_is_denied_twice_in_a_row_is_given_up():
    unknown = Outcome(Verdict.NO_LINEUP, status=400, detail="no lineups")
    run = Run(good_then(*[OK] * 8, *[unknown] * 99))
    run.guide(windows(60))
    assert 11 <= len(run.world.sent) <= 11 + 6


def test_a_lineup_that_is_unknown_is_asked_once():
    unknown = Outcome(Verdict.NO_LINEUP, status=400, detail="no lineups")
    other = windows(1)[0].lineup._replace(lineup_id="USA-XX99999-X")
    tasks = [
        task._replace(lineup=lineup) for task in windows(28) for lineup in (task.lineup, other)
    ]
    run = Run(lambda now, task, busy: (unknown if task.lineup == other else OK, 0.13))
    assert verdicts(run.guide(tasks)) == {Verdict.OK: 28, Verdict.NO_LINEUP: 28}
    assert len(run.world.sent) == 29


def test_an_overload_that_says_until_when_is_waited_for():
    run = Run(good_then(OVERLOADED._replace(retry_after=60.0)))
    assert verdicts(run.guide(windows(10))) == {Verdict.OK: 10}
    refused = next(sent.at for sent in run.world.sent if not sent.outcome.ok) + 0.13
    assert min(at for at in run.asked() if at > refused) >= refused + 60.0


def test_the_time_budget_holds_for_what_is_in_flight_when_the_requests_are_used_up():
    def stuck(now: float, task: Any, busy: int) -> Tuple[Outcome, float]:
        return OK, 0.13 if len(run.world.sent) < 3 else 50_000.0

    run = Run(stuck, requests=5, seconds=600)
    run.guide(windows(10))
    assert run.world.now == pytest.approx(600, abs=1)


def test_details_that_there_are_none_of_are_asked_once():
    none = BAD._replace(status=200)
    run = Run(lambda now, task, busy: (none if task == series(1)[0] else OK, 0.13))
    assert verdicts(run.details(series(5))) == {Verdict.OK: 4, Verdict.BAD: 1}
    assert len(run.world.sent) == 5
