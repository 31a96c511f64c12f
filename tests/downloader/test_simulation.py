"""The download system against models of a server: the figures in the documentation.

Run with -s to see the table.
"""

import itertools

import pytest

from gracenote2epg.downloader.adaptive import RECOVERED
from gracenote2epg.downloader.strategies import STRATEGIES
from gracenote2epg.gracenote.tasks import GUIDE, Verdict
from support.virtual_time import (
    BAD,
    BLOCKED,
    LIMITS,
    OVERLOADED,
    RATE_LIMITED,
    Run,
    calm,
    crowded,
    rising,
    scattered,
    series,
    share_of_limit,
    wall,
    windows,
)

ALL = ("conservative", "balanced", "aggressive", "auto")
NAMED = ALL[:3]
FEW_OF_ALL = [*(pytest.param(name, marks=pytest.mark.slow) for name in NAMED), "auto"]
QUICK_LIMITS = (
    "300 requests in any 60 s",
    "300 in 60 s, then refused for 20 s",
    "100 at once, then 3 a second",
)
FEW_NAMED = ["balanced", *(pytest.param(name, marks=pytest.mark.slow) for name in NAMED[::2])]
TOP = {name: own[GUIDE].fast_rate for name, own in STRATEGIES.items()}


# Calm


@pytest.mark.parametrize("latency", [0.13, 1.0])
@pytest.mark.parametrize("name", FEW_OF_ALL)
def test_a_calm_server_gets_the_allowed_rate(name, latency):
    for phase, tasks in ((Run.guide, windows(1000)), (Run.details, series(1000))):
        run = Run(calm(latency), name)
        phase(run, tasks)
        assert share_of_limit(run) >= 0.98


def test_utilization_where_rate_and_workers_meet():
    for name, latency, low, high in (
        ("conservative", 0.75, 0.70, 0.80),
        ("balanced", 1.08, 0.85, 0.95),
        ("aggressive", 1.17, 0.90, 0.98),
    ):
        run = Run(calm(latency), name)
        run.guide(windows(500))
        began = 30.0  # seconds; after the workers have grown
        late = [sent for sent in run.world.sent if sent.at >= began]
        busy = len(late) * latency / (run.world.sent[-1].at - began)
        assert low <= busy / run.world.size <= high, name


def test_auto_makes_a_first_run_of_628_requests_in_36_seconds():
    run = Run(calm(0.13), "auto")
    run.guide(windows(28))
    assert run.world.now < 4.0
    run.details(series(600))
    assert run.world.now < 36.0
    times = run.request_times()
    assert 20 / (times[100] - times[80]) == pytest.approx(20.0, rel=0.03)


# Limits


@pytest.mark.parametrize("name", FEW_OF_ALL)
@pytest.mark.parametrize(
    "model",
    [
        name if name in QUICK_LIMITS else pytest.param(name, marks=pytest.mark.slow)
        for name in LIMITS
    ],
)
def test_a_limit_costs_little_and_is_not_met_again(name, model):
    make, knowing = LIMITS[model]
    run = Run(make(), name)
    run.guide(windows(1000))
    assert run.verdicts == {Verdict.OK: 1000}
    optimum = knowing(1000, TOP[name])
    factor = run.world.now / optimum
    trips = run.monitor.statistics.breaker_trips
    probes = len(run.trips()) - trips
    print(
        f"{model:35} {name:12} {factor:4.2f} x {optimum:4.0f} s, {trips} refusals, {probes} probes"
    )
    assert factor <= 1.4
    assert probes <= 2 * trips
    limit = run.coordinator.limit
    again = Run(make(), name, limit=limit and limit._replace(certain=True))
    again.guide(windows(1000))
    assert again.refusals == []


def test_a_first_run_against_a_limit_takes_110_seconds_and_six_refusals():
    run = Run(wall(300, 60, 20), "auto")
    run.guide(windows(28))
    run.details(series(600))
    assert run.world.now <= 110
    assert len(run.refusals) <= 6


def test_a_server_that_refuses_everything_is_given_up():
    for name, refusal in itertools.product(ALL, (RATE_LIMITED, BLOCKED, BAD, OVERLOADED)):
        run = Run(scattered(1.0, refusal), name)
        run.guide(windows(28))
        assert set(run.verdicts) <= {Verdict.NOT_ATTEMPTED, Verdict.BAD}
        assert run.coordinator.ended.verdict is refusal.verdict
        assert run.world.now <= 610
        assert len(run.world.sent) <= 8


# Failures


@pytest.mark.parametrize("name", FEW_OF_ALL)
@pytest.mark.parametrize("outcome", [BAD, OVERLOADED])
def test_two_percent_of_failures_cost_only_time(name, outcome):
    run = Run(scattered(0.02, outcome), name)
    run.guide(windows(500))
    assert run.verdicts[Verdict.OK] >= 498  # a window with a bad half is left
    assert run.monitor.statistics.breaker_trips == 0


@pytest.mark.parametrize("name", FEW_NAMED)
def test_slow_responses_reduce_the_workers_until_they_are_over(name):
    run = Run(rising(40, 160), name)
    run.guide(windows(1500))
    assert run.verdicts == {Verdict.OK: 1500}
    counts = [workers for workers, _ in run.pace_changes()]
    slowest = min(counts)
    assert slowest < STRATEGIES[name][GUIDE].initial
    assert counts[-1] > slowest
    assert RECOVERED in [event.pace.status for event in run.events if hasattr(event, "pace")]
    assert any("answers take" in reason for _, reason in run.pace_changes())


def test_an_overloaded_server_gets_fewer_workers():
    for name in NAMED:
        run = Run(crowded(3, 1.0), name)
        run.guide(windows(300))
        assert run.verdicts == {Verdict.OK: 300}
        refused = sum(sent.outcome.verdict is Verdict.OVERLOADED for sent in run.world.sent)
        assert refused <= 0.12 * len(run.world.sent)


@pytest.mark.parametrize("name", FEW_NAMED)
@pytest.mark.parametrize("model", ["calm 1 s", "rising"])
def test_adapting_saves_time(name, model):
    make = {"calm 1 s": lambda: calm(1.0), "rising": lambda: rising(30, 90, 8.0, 0.9)}[model]
    times = []
    for adaptive in (True, False):
        run = Run(make(), name, adaptive=adaptive)
        run.guide(windows(600))
        times.append(run.world.now)
    print(f"adapting, {model:10} {name:13} {times[0]:6.0f} s, without {times[1]:6.0f} s")
    assert times[0] <= 1.02 * times[1]
