"""The loop in virtual time: its requests, responses and pace."""

from collections import Counter

import pytest

from gracenote2epg.downloader.strategies import STRATEGIES
from gracenote2epg.gracenote.tasks import GUIDE, SERIES, GuideTask, Verdict
from support.tables import wrong
from support.virtual_time import (
    BAD,
    BLOCKED,
    GONE,
    LINEUP,
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


def test_the_first_request_of_a_run_goes_alone():
    run = Run(calm(latency=3.0))
    run.guide(windows(6))
    assert [sent.at for sent in run.world.sent][:2] == [0.0, pytest.approx(3.0, abs=0.3)]


@pytest.mark.parametrize(("name", "rate"), [("conservative", 3.0), ("aggressive", 8.0)])
def test_requests_are_spaced_as_the_strategy_says(name, rate):
    run = Run(calm(), name)
    run.guide(windows(100))
    times = run.request_times()[1:]
    assert len(times[1:]) / (times[-1] - times[0]) == pytest.approx(rate, rel=0.01)


def test_outcomes_requests_and_trips():
    week, hundred = windows(28), series(100)
    other = week[0].lineup._replace(lineup_id="USA-XX99999-X")
    both = [task._replace(lineup=lineup) for task in week for lineup in (task.lineup, other)]
    empty, empty_days, without = BAD._replace(status=200), week[12:24], set(hundred[:15])

    def on_empty_days(task):
        return empty_days[0].start <= task.start < empty_days[-1].stop

    def happens(what, model, tasks):
        run = Run(model)
        (run.guide if isinstance(tasks[0], GuideTask) else run.details)(tasks)
        verdicts = {verdict.name: count for verdict, count in run.verdicts.items()}
        return verdicts, len(run.world.sent), len(run.trips()), run.coordinator.ended

    assert wrong(happens, [
        ("a 429 uses up no attempt", good_then(*[RATE_LIMITED] * 4), week[:3],
         ({"OK": 3}, 7, 4, None)),
        ("a block after good responses trips the breaker", good_then(BLOCKED), week[:10],
         ({"OK": 10}, 11, 1, None)),
        ("a first window that always breaks does not end the run",
         one_task(lambda task: task == week[0], UNREACHABLE), week,
         ({"OK": 27, "UNREACHABLE": 1}, 30, 0, None)),
        ("a window that makes the source fail is requested again once, in halves",
         one_task(lambda task: task.start <= week[2].start + 3600 < task.stop, BAD), week[:5],
         ({"OK": 4, "BAD": 1}, 7, 0, None)),
        ("series without details do not stop the others",
         one_task(without.__contains__, empty), hundred, ({"OK": 85, "BAD": 15}, 100, 0, None)),
        ("nor do series that are gone", one_task(without.__contains__, GONE), hundred,
         ({"OK": 85, "GONE": 15}, 100, 0, None)),
        ("days without listings are no outage", one_task(on_empty_days, empty), week,
         ({"OK": 16, "BAD": 12}, 37, 0, None)),
        ("a lineup that is rejected once goes on",
         one_task(lambda task: task == week[9], NO_LINEUP), week,
         ({"OK": 27, "NO_LINEUP": 1}, 28, 0, None)),
        ("an unknown lineup is requested once",
         one_task(lambda task: task.lineup == other, NO_LINEUP), both,
         ({"OK": 28, "NO_LINEUP": 28}, 29, 0, None)),
    ]) == []  # fmt: skip


@pytest.mark.parametrize("status", [400, 200])
def test_a_bad_hour_costs_one_hour(status):
    bad_hour = windows(5)[2].start + 3600
    bad = BAD._replace(status=status)
    run = Run(one_task(lambda task: task.start <= bad_hour < task.stop, bad))
    run.guide(windows(5))
    hours = {hour for task in run.saved for hour in range(task.start, task.stop, 3600)}
    assert len(hours) == 5 * 6 - 1
    assert len(run.world.sent) <= 5 + 7


def test_an_endpoint_that_is_gone_is_given_up():
    run = Run(one_task(lambda task: not isinstance(task, GuideTask), GONE))
    run.guide(windows(9))
    run.details(series(600))
    assert len(run.world.sent) <= 9 + 25
    assert run.coordinator.ended.verdict is Verdict.NOT_ATTEMPTED  # the listings came
    assert run.coordinator.ended.detail == "20 series in a row have no details (HTTP 404)"


def test_series_asked_in_vain_before_do_not_end_the_details():
    vain = {task._replace(asked_in_vain=True) for task in series(40)}
    run = Run(one_task(vain.__contains__, GONE))
    run.guide(windows(1))
    run.details([*sorted(vain), *series(100)[40:]])
    assert (run.verdicts, run.coordinator.ended) == ({Verdict.GONE: 40, Verdict.OK: 60}, None)


@pytest.mark.parametrize("status", [451, 500])
def test_windows_of_a_lineup_that_never_comes_are_asked_for_twice_and_not_in_halves(status):
    dead = LINEUP._replace(lineup_id="USA-ZZ00001-DEFAULT")
    tasks = [task._replace(lineup=lineup) for task in windows(20) for lineup in (LINEUP, dead)]
    run = Run(one_task(lambda task: task.lineup == dead, BAD._replace(status=status)))
    run.guide(tasks)
    assert len([sent for sent in run.world.sent if sent.task.lineup == LINEUP]) <= 20 + 2
    assert len([sent for sent in run.world.sent if sent.task.lineup == dead]) <= 2 * 20
    # A window that lacks an hour may be the first one of its lineup.
    hour = windows(1)[0].start + 3600
    run = Run(
        one_task(lambda t: t.lineup == dead and t.start <= hour < t.stop, BAD._replace(status=400))
    )
    run.guide(tasks)
    assert min(sent.task.hours for sent in run.world.sent) == 1


def test_a_lineup_that_is_rejected_twice_in_a_row_is_given_up():
    run = Run(good_then(*[OK] * 8, *[NO_LINEUP] * 99))
    run.guide(windows(60))
    assert 11 <= len(run.world.sent) <= 11 + 6


# Pace


@pytest.mark.parametrize(("refusals", "rate"), [(0, 2.5), (4, 5.0 * 0.8**4)])
def test_details_begin_at_the_bottom_of_the_band_or_as_slowly_as_the_guide_ended(refusals, rate):
    run = Run(then_calm(*[*[OK] * 9, RATE_LIMITED] * refusals))
    run.guide(windows(60))
    run.details(series(2))
    assert run.monitor.statistics.series.pace.rate == pytest.approx(rate)


@pytest.mark.parametrize("name", ["conservative", "balanced", "aggressive"])
def test_the_guide_after_series_begins_with_its_own_pace(name):
    run, alone = Run(calm(), name), Run(calm(), name)
    run.details(series(3))
    run.guide(windows(1))
    alone.guide(windows(1))
    assert run.began(GUIDE) == alone.began(GUIDE)


def test_the_guide_after_series_that_had_to_slow_down_begins_as_slowly():
    run = Run(then_calm(*[OK] * 3, OVERLOADED), "aggressive")
    run.details(series(12))
    run.guide(windows(1))
    assert run.began(SERIES).workers == 3
    began = run.began(GUIDE)
    assert (began.workers, str(began.reason)) == (2, "as the downloads before")


@pytest.mark.parametrize("latency", [2.5, 4.9])
def test_after_a_refusal_a_source_that_is_not_quick_gets_the_first_workers_back(latency):
    for name, strategy in STRATEGIES.items():
        run = Run(then_calm(*[OK] * 20, RATE_LIMITED, latency=latency), name)
        run.guide(windows(150))
        counts = [workers for workers, _ in run.pace_changes()]
        assert min(counts) < strategy[GUIDE].initial == counts[-1] == max(counts), name


def test_one_window_that_overloads_the_source_costs_one_reduction():
    poisoned = windows(100)[10]
    run = Run(one_task(lambda task: task == poisoned, OVERLOADED._replace(status=504)))
    run.guide(windows(100))
    assert run.verdicts == {Verdict.OK: 99, Verdict.OVERLOADED: 1}
    assert [why for _, why in run.pace_changes()].count("the source is overloaded") == 1


def test_without_adapting_only_the_circuit_breaker_acts():
    run = Run(then_calm(*[OK] * 20, RATE_LIMITED, latency=0.5), adaptive=False)
    run.guide(windows(80))
    assert run.pace_changes() == []
    assert run.monitor.statistics.guide.pace.status == "off"
    assert len(run.refusals) == 1


# Events


def test_the_statistics_count_the_requests():
    run = Run(good_then(RATE_LIMITED, OVERLOADED, OK))
    run.guide(windows(20))
    guide = run.monitor.statistics.guide
    verdicts = Counter(sent.outcome.verdict for sent in run.world.sent)
    assert guide.requests == guide.responses == len(run.world.sent)
    assert run.monitor.statistics.refusals == guide.refused == verdicts[Verdict.RATE_LIMITED] == 1
    assert (guide.succeeded, guide.busy) == (verdicts[Verdict.OK], 0) == (20, 0)


def test_a_phase_is_active_only_while_it_has_work():
    run = Run(calm())
    active = []
    run.monitor.listeners.append(lambda now: active.append((now.guide.active, now.series.active)))
    run.guide(windows(3))
    run.details(series(3))
    assert set(active) == {(True, False), (False, True), (False, False)}
