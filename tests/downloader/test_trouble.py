"""What the loop does about refusals, outages, budgets and a stop, in virtual time."""

from typing import Any, Tuple

import pytest

from gracenote2epg.downloader.circuit_breaker import ObservedLimit
from gracenote2epg.gracenote.tasks import Outcome, Verdict
from support.virtual_time import (
    BAD,
    BLOCKED,
    OK,
    OVERLOADED,
    RATE_LIMITED,
    UNREACHABLE,
    Run,
    calm,
    good_then,
    series,
    then_calm,
    windows,
)

# Walls


def test_after_a_refusal_arrived_nothing_but_probes_is_sent():
    def wall(now: float, task: Any, busy: int) -> Tuple[Outcome, float]:
        return (RATE_LIMITED if 20.0 <= now < 60.0 else OK), 0.5

    run = Run(wall)
    run.guide(windows(200))
    arrived = min(sent.at for sent in run.refusals) + 0.5
    during = [sent for sent in run.world.sent if arrived < sent.at < 60.0]
    assert [round(later.at - arrived) for later in during] == [10, 30]


def test_a_retry_after_is_waited_for():
    for seconds in (1.0, 47.0):
        run = Run(good_then(RATE_LIMITED._replace(retry_after=seconds)))
        run.guide(windows(30))
        refused = run.refusals[0].at + 0.13
        after = min(sent.at for sent in run.world.sent if sent.at > refused)
        assert after - refused == pytest.approx(seconds, abs=0.3)


def test_a_retry_after_without_end_is_capped_and_the_rest_left():
    run = Run(good_then(RATE_LIMITED._replace(retry_after=1e9)))
    run.guide(windows(10))
    assert run.verdicts[Verdict.NOT_ATTEMPTED] >= 8
    assert run.coordinator.ended.verdict is Verdict.RATE_LIMITED


def test_an_overload_that_says_until_when_is_waited_for():
    run = Run(good_then(OVERLOADED._replace(retry_after=60.0)))
    run.guide(windows(10))
    assert run.verdicts == {Verdict.OK: 10}
    refused = next(sent.at for sent in run.world.sent if not sent.outcome.ok) + 0.13
    assert min(at for at in run.asked() if at > refused) >= refused + 60.0


def test_an_overload_and_a_wall_count_once_however_many_requests_were_in_flight():
    run = Run(then_calm(OK, *[OVERLOADED] * 4, latency=2.0), "aggressive")
    run.guide(windows(60))
    assert [workers for workers, reason in run.trace() if "overloaded" in reason] == [4]
    run = Run(then_calm(*[OK] * 10, *[RATE_LIMITED] * 6, latency=2.0), "aggressive")
    run.guide(windows(60))
    assert run.monitor.statistics.breaker_trips == 1


def test_a_429_reduces_the_workers_at_once():
    run = Run(good_then(OK, RATE_LIMITED), "aggressive")
    run.guide(windows(60))
    assert run.trace()[0] == (4, "refused by the source")


def test_after_a_wall_the_pace_is_four_fifths_of_the_one_that_met_it():
    run = Run(then_calm(*[OK] * 50, RATE_LIMITED))
    run.guide(windows(150))
    last = run.asked()[-20:]
    assert 19 / (last[-1] - last[0]) == pytest.approx(0.8 * 5.0, rel=0.02)
    run = Run(then_calm(*[*[OK] * 9, RATE_LIMITED] * 3, RATE_LIMITED))
    run.guide(windows(150))  # also below the strategy's band
    assert run.monitor.statistics.guide.pace.rate == pytest.approx(5.0 * 0.8**3, rel=0.01)


def test_a_wall_that_stays_leaves_the_rest_to_the_next_run():
    def wall(now: float, task: Any, busy: int) -> Tuple[Outcome, float]:
        return (OK if now < 4 else RATE_LIMITED), 0.1

    run = Run(wall)
    run.guide(windows(100))
    assert set(run.verdicts) == {Verdict.OK, Verdict.NOT_ATTEMPTED}
    assert run.coordinator.ended.verdict is Verdict.RATE_LIMITED
    assert run.world.now < 610
    assert len(run.refusals) < 10
    assert run.details(series(5))[0].outcome.verdict is Verdict.NOT_ATTEMPTED


def test_the_wall_teaches_how_many_requests_met_it():
    run = Run(then_calm(*[OK] * 100, RATE_LIMITED))
    run.guide(windows(150))
    (limit,) = run.limits
    assert limit.requests == 101
    assert limit.seconds == pytest.approx(20.0, abs=1.5)
    assert limit.open_for == pytest.approx(10.0, abs=1.0)


def test_a_learned_limit_slows_the_next_run():
    run = Run(calm(), limit=ObservedLimit(100, 40.0, 10.0))
    run.guide(windows(50))
    assert run.monitor.statistics.guide.pace.rate == pytest.approx(0.8 * 100 / 120)


# Blocks, outages, nonsense


def test_what_refuses_from_the_first_request_on_ends_the_run():
    for outcome, most in ((BLOCKED, 1), (UNREACHABLE, 3), (BAD, 6)):
        run = Run(lambda now, task, busy, outcome=outcome: (outcome, 0.13))
        run.guide(windows(28))
        assert run.coordinator.ended.verdict is outcome.verdict
        assert len(run.world.sent) <= most
        assert outcome is BAD or run.verdicts == {Verdict.NOT_ATTEMPTED: 28}
        assert outcome is BAD or len(run.world.sent) == most


def test_an_outage_in_the_middle_is_waited_out_with_single_probes():
    def outage(now: float, task: Any, busy: int) -> Tuple[Outcome, float]:
        return (UNREACHABLE if 3 < now < 40 else OK), 0.1

    run = Run(outage)
    run.guide(windows(60))
    assert run.verdicts == {Verdict.OK: 60}
    assert len([sent for sent in run.world.sent if 5 < sent.at < 40]) <= 4


# Stops and budgets


def test_a_stop_ends_the_run_at_once_and_keeps_what_arrived():
    run = Run(calm(latency=30.0))
    run.world.at_time.append((65.0, run.stop.set))
    run.guide(windows(60))
    assert run.world.now < 66.0
    assert run.verdicts == {Verdict.OK: len(run.saved), Verdict.NOT_ATTEMPTED: 60 - len(run.saved)}


def test_what_has_arrived_is_not_read_after_a_stop():
    run = Run(lambda now, task, busy: (OK, 100.0 - now if now else 0.1))
    run.world.at_time.append((100.0, run.stop.set))
    run.guide(windows(60))
    assert len(run.world.sent) > 3
    assert run.saved == windows(1)


def test_the_time_budget_ends_the_run_and_what_is_in_flight():
    run = Run(calm(latency=7.0), seconds=30.0)
    run.guide(windows(100))
    assert run.world.now < 30.5
    assert run.verdicts[Verdict.NOT_ATTEMPTED] > 50
    assert run.coordinator.ended.detail == "the time budget is used up"


def test_the_time_budget_holds_for_what_is_in_flight_when_the_requests_are_used_up():
    def stuck(now: float, task: Any, busy: int) -> Tuple[Outcome, float]:
        return OK, 0.13 if len(run.world.sent) < 3 else 50_000.0

    run = Run(stuck, requests=5, seconds=600)
    run.guide(windows(10))
    assert run.world.now == pytest.approx(600, abs=1)


def test_the_request_budget_is_kept_to_the_request():
    run = Run(calm(), requests=17)
    run.guide(windows(30))
    assert run.verdicts == {Verdict.OK: 17, Verdict.NOT_ATTEMPTED: 13}
    assert len(run.world.sent) == 17
