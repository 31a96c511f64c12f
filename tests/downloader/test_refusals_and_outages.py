"""The loop in virtual time: refusals, outages, budgets and a stop."""

import pytest

from gracenote2epg.grab import refresh
from gracenote2epg.gracenote.tasks import GuideTask, Verdict
from support.tables import wrong
from support.virtual_time import (
    BAD,
    BLOCKED,
    GONE,
    OK,
    OVERLOADED,
    RATE_LIMITED,
    UNREACHABLE,
    Run,
    between,
    calm,
    good_then,
    one_task,
    series,
    then_calm,
    windows,
)

# Refusals


def test_after_a_refusal_only_probes_are_sent():
    run = Run(between(20.0, 60.0, RATE_LIMITED, 0.5))
    run.guide(windows(200))
    arrived = min(sent.at for sent in run.refusals) + 0.5
    probes = [sent.at for sent in run.world.sent if arrived < sent.at < 60.0]
    assert [round(at - arrived) for at in probes] == [10, 30]
    # As the page says.
    assert [round(trip.probe_at - arrived) for trip in run.trips()[:2]] == [10, 30]


def test_a_probe_that_would_come_after_the_time_budget_is_not_waited_for():
    for seconds, ended in ((40.0, None), (9.0, "RATE_LIMITED")):
        run = Run(good_then(RATE_LIMITED), seconds=seconds)
        run.guide(windows(3))
        assert (run.coordinator.ended and run.coordinator.ended.verdict.name) == ended


@pytest.mark.parametrize("outcome", [RATE_LIMITED, OVERLOADED])
@pytest.mark.parametrize("seconds", [10.0, 47.0])
def test_retry_after_is_obeyed(outcome, seconds):
    """By all requests after a refusal; by those for its task when one task alone meets a 503."""
    run = Run(good_then(outcome._replace(retry_after=seconds)))
    run.guide(windows(10))
    assert run.verdicts == {Verdict.OK: 10}
    refused = next(sent for sent in run.world.sent if not sent.outcome.ok)
    whose = [s.at for s in run.world.sent if outcome.refused or s.task == refused.task]
    following = min(at for at in whose if at > refused.at)
    assert following - refused.at == pytest.approx(0.13 + seconds, abs=0.3)
    assert len(run.trips()) == outcome.refused


def later(seconds):
    return OVERLOADED._replace(retry_after=seconds)


def test_an_outage_with_retry_after_opens_the_circuit_breaker():
    def happens(model):
        run = Run(model)
        run.guide(windows(28))
        ended = run.coordinator.ended
        return len(run.trips()), round(run.world.now), ended and ended.verdict.name

    assert wrong(happens, [
        (between(0.0, 1e9, later(3600.0)), (1, 0, "OVERLOADED")),  # no run waits that long
        (between(2.0, 1e9, later(3600.0)), (1, 3, "OVERLOADED")),
        (between(2.0, 60.0, later(20.0)), (3, 66, None)),
        (between(2.0, 1e9, later(20.0)), (6, 103, "OVERLOADED")),
    ]) == []  # fmt: skip


def test_one_task_that_is_refused_for_an_hour_costs_no_time():
    for seconds, most in ((600.0, 25), (10.0, 45)):
        alone = series(105)[50]
        run = Run(one_task(lambda task, alone=alone: task == alone, later(seconds)))
        run.guide(windows(1))
        run.details(series(105))
        assert run.verdicts == {Verdict.OK: 104, Verdict.OVERLOADED: 1}
        assert (run.trips(), run.world.now < most) == ([], True)


@pytest.mark.parametrize("last", [1, 2, 5])
@pytest.mark.parametrize("seconds", [0.5, 2.0, 9.0])
def test_the_last_windows_get_time_when_the_connection_breaks(last, seconds):
    began = []

    def model(now, task, busy):
        if task in windows(28)[-last:]:
            began.append(now)
        return UNREACHABLE if began and now < began[0] + seconds else OK, 0.13

    run = Run(model)
    run.guide(windows(28))
    assert run.verdicts == {Verdict.OK: 28}
    assert run.world.now < 6 + 12


def test_an_overload_or_a_refusal_counts_once_for_all_requests_in_flight():
    run = Run(then_calm(OK, *[OVERLOADED] * 4, latency=2.0), "aggressive")
    run.guide(windows(60))
    assert [workers for workers, why in run.pace_changes() if "overloaded" in why] == [4]
    run = Run(then_calm(*[OK] * 10, *[RATE_LIMITED] * 6, latency=2.0), "aggressive")
    run.guide(windows(60))
    assert run.monitor.statistics.breaker_trips == 1
    assert run.pace_changes()[0] == (4, "refused by the source")


def test_after_each_trip_the_rate_is_four_fifths():
    run = Run(then_calm(*[OK] * 50, RATE_LIMITED))
    run.guide(windows(150))
    times = run.request_times()[-20:]
    assert 19 / (times[-1] - times[0]) == pytest.approx(0.8 * 5.0, rel=0.02)
    run = Run(then_calm(*[*[OK] * 9, RATE_LIMITED] * 3, RATE_LIMITED))
    run.guide(windows(150))  # also below the strategy's band
    assert run.monitor.statistics.guide.pace.rate == pytest.approx(5.0 * 0.8**3, rel=0.01)
    run = Run(calm())
    run.coordinator.limit_rate(0.04, "a limit")  # what is sent is what is reported
    run.guide(windows(20))
    assert run.monitor.statistics.guide.pace.rate == 0.1
    assert run.world.sent[-1].at == pytest.approx(190, abs=10)


def test_refusals_without_end_leave_the_rest_to_the_next_run():
    run = Run(between(4.0, 1e9, RATE_LIMITED))
    run.guide(windows(100))
    assert set(run.verdicts) == {Verdict.OK, Verdict.NOT_ATTEMPTED}
    assert run.coordinator.ended.verdict is Verdict.RATE_LIMITED
    assert run.world.now < 610
    assert len(run.refusals) < 10
    assert run.details(series(5))[0].outcome.verdict is Verdict.NOT_ATTEMPTED


# A status that means nothing in particular

DENIED = [BAD._replace(status=status) for status in (400, 402, 418, 451)] + [GONE]


def two_phases(model, count=100):
    run = Run(model)
    run.guide(windows(28))
    run.details(series(count))
    return run


@pytest.mark.parametrize("outcome", DENIED, ids=lambda outcome: str(outcome.status))
@pytest.mark.parametrize("begins", [1.5, 5.5, 10.0])  # among windows, at their end, among details
def test_a_source_that_denies_every_request_from_some_moment_on_is_given_up(outcome, begins):
    run = two_phases(between(begins, 1e9, outcome))
    late = [sent for sent in run.world.sent if sent.at >= begins]
    assert len(late) <= 6 + 1 + 8  # denied, the control, probes
    assert run.coordinator.ended.verdict is Verdict.RATE_LIMITED
    ends = [later.at - sent.at for sent, later in zip(late[6:], late[7:])]
    assert min(ends) > 9.9


def test_a_control_goes_alone():
    run = Run(between(20.0, 1e9, GONE, 2.0), "aggressive")
    run.guide(windows(100))
    (control,) = [sent for sent in run.world.sent if sent.is_control][:1]
    near = [sent for sent in run.world.sent if abs(sent.at - control.at) < 1.9]
    assert near == [control]


def test_after_a_good_control_several_requests_are_in_flight_again():
    lost = windows(100)[8:18]
    run = Run(lambda now, task, busy: (GONE if task in lost else OK, 1.0))
    run.guide(windows(100))
    assert any(sent.is_control for sent in run.world.sent)
    assert run.world.now < 50


def test_the_answer_to_a_control_is_not_that_of_the_task_that_was_denied():
    """A bad page for the control; then all that was denied comes, in halves."""
    begin, end = windows(100)[8].start, windows(100)[14].stop

    def model(now, task, busy):
        if any(sent.is_control for sent in run.world.sent):
            return OK, 1.0
        if begin <= task.start < end:
            return BAD._replace(status=400), 1.0
        is_control = task in [sent.task for sent in run.world.sent]
        return BAD._replace(status=200) if is_control else OK, 1.0

    run = Run(model, max_workers=1)
    run.guide(windows(100))
    assert [sent.outcome.verdict for sent in run.world.sent if sent.is_control] == [Verdict.BAD]
    assert run.verdicts == {Verdict.OK: 100}


def test_a_source_that_denies_every_request_for_a_moment_is_asked_on_when_it_is_over():
    run = two_phases(between(1.5, 21.5, BAD._replace(status=418)))
    assert run.coordinator.ended is None
    came = refresh.hours_of([task for task in run.saved if isinstance(task, GuideTask)])
    assert (came, run.verdicts) == (refresh.hours_of(windows(28)), {Verdict.OK: 100})
    assert len([sent for sent in run.world.sent if not sent.outcome.ok]) <= 6 + 1 + 2


@pytest.mark.parametrize("outcome", [*DENIED, BAD, OVERLOADED], ids=lambda out: str(out.status))
def test_hours_that_the_source_does_not_have_cost_no_other_hours(outcome):
    """One window, a stretch of days, the end of the guide: a request or two more show that the rest
    is still there."""
    for hours in ((9, 10), (8, 18), (14, 28)):
        lost = windows(28)[hours[0] : hours[1]]
        begin, end = lost[0].start, lost[-1].stop
        run = two_phases(
            one_task(lambda t, b=begin, e=end: b <= getattr(t, "start", 0) < e, outcome)
        )
        assert run.coordinator.ended is None
        good = [sent for sent in run.world.sent if sent.outcome.ok]
        came = {sent.task for sent in good if not sent.is_control}
        assert came == {*windows(28), *series(100)} - {*lost}
        assert sum(sent.is_control for sent in run.world.sent) <= 2
        assert len([sent for sent in run.world.sent if not sent.outcome.ok]) <= 10 + 2 * len(lost)
        assert run.monitor.statistics.guide.settled == 28


def test_the_details_may_fail_alone():
    """All of them, or from one on: they end by themselves, and nothing waits."""
    for first, outcome in ((0, GONE), (50, GONE), (0, DENIED[0]), (50, DENIED[0])):
        lost = series(100)[first:]
        run = two_phases(one_task(lambda task, lost=lost: task in lost, outcome))
        assert run.monitor.statistics.series.good == first
        assert (run.coordinator.ended.verdict, run.trips()) == (Verdict.NOT_ATTEMPTED, [])
        assert len([sent for sent in run.world.sent if not sent.outcome.ok]) <= 20 + 3


# Outages


@pytest.mark.parametrize(("outcome", "most"), [(BLOCKED, 1), (UNREACHABLE, 3), (BAD, 6)])
def test_a_source_that_fails_from_the_first_request_on_ends_the_run(outcome, most):
    run = Run(lambda now, task, busy: (outcome, 0.13))
    run.guide(windows(28))
    assert run.coordinator.ended.verdict is outcome.verdict
    if outcome is BAD:
        assert len(run.world.sent) <= most
    else:
        assert run.verdicts == {Verdict.NOT_ATTEMPTED: 28}
        assert len(run.world.sent) == most


def test_an_outage_of_details_after_hours_that_fail_by_themselves_is_noticed():
    late = windows(28)[14:]
    run = two_phases(one_task(lambda task: task in late or task in series(100), OVERLOADED))
    assert run.coordinator.ended.verdict is Verdict.OVERLOADED
    assert len([sent for sent in run.world.sent if sent.task in series(100)]) < 12


def test_an_outage_that_a_probe_interrupts_is_noticed_again():
    run = Run(then_calm(*[OK] * 9, *[OVERLOADED] * 7, GONE, *[OVERLOADED] * 500))
    run.guide(windows(200))
    assert run.coordinator.ended.verdict is Verdict.OVERLOADED
    assert len(run.world.sent) < 40


def test_a_first_window_that_is_missing_and_one_failure_end_no_run():
    """The window of this moment may be what the source does not have; a 504 may come on top."""
    answers = [GONE._replace(verdict=Verdict.BAD, status=400)] * 2 + [OVERLOADED]
    run = Run(then_calm(*answers))
    run.guide(windows(1))
    run.guide(windows(28)[1:])
    assert (run.coordinator.ended, run.verdicts) == (None, {Verdict.OK: 27})


def test_an_outage_is_bridged_with_single_probes():
    run = Run(between(3.0, 40.0, UNREACHABLE))
    run.guide(windows(60))
    assert run.verdicts == {Verdict.OK: 60}
    assert len([sent for sent in run.world.sent if 5 < sent.at < 40]) <= 4


# Stop and budgets


def test_a_stop_ends_the_run_at_once_and_keeps_what_has_arrived():
    run = Run(calm(latency=30.0))
    run.world.at_time.append((65.0, run.stop.set))
    run.guide(windows(60))
    assert run.world.now < 66.0
    left = 60 - len(run.saved)
    assert run.verdicts == {Verdict.OK: len(run.saved), Verdict.NOT_ATTEMPTED: left}


def test_responses_are_not_parsed_after_a_stop():
    run = Run(lambda now, task, busy: (OK, 100.0 - now if now else 0.1))
    run.world.at_time.append((100.0, run.stop.set))
    run.guide(windows(60))
    assert len(run.world.sent) > 3
    assert run.saved == windows(1)


def test_the_time_budget_ends_what_is_in_flight():
    run = Run(calm(latency=7.0), seconds=30.0)
    run.guide(windows(100))
    assert run.world.now < 30.5
    assert run.verdicts[Verdict.NOT_ATTEMPTED] > 50
    assert run.coordinator.ended.detail == "the time budget is used up"
    # also when the request budget is used up before
    run = Run(
        lambda *_: (OK, 0.13 if len(run.world.sent) < 3 else 50_000.0), requests=5, seconds=600
    )
    run.guide(windows(10))
    assert run.world.now == pytest.approx(600, abs=1)


def test_the_time_budget_begins_with_the_first_request():
    run = Run(calm(latency=7.0), seconds=30.0)
    run.guide([])
    run.world.now += 3600.0  # made early, used later
    run.guide(windows(3))
    assert run.verdicts == {Verdict.OK: 3}


def test_the_request_budget_is_exact():
    run = Run(calm(), requests=17)
    run.guide(windows(30))
    assert run.verdicts == {Verdict.OK: 17, Verdict.NOT_ATTEMPTED: 13}
    assert len(run.world.sent) == 17
