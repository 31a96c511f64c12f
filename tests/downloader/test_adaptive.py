"""The decisions, against the thresholds of the specification."""

import pytest

from gracenote2epg.downloader.adaptive import (
    INCREASED,
    RATE_LIMITED,
    RECOVERED,
    REDUCED,
    STABLE,
    STARTING,
    AdaptiveStrategy,
    Pace,
    Window,
)
from gracenote2epg.downloader.strategies import STRATEGIES
from gracenote2epg.downloader.tasks import GUIDE, SERIES

HOME = AdaptiveStrategy(STRATEGIES["aggressive"][GUIDE])
DETAILS = AdaptiveStrategy(STRATEGIES["aggressive"][SERIES])


def pace(workers=6, rate=8.0, status=STABLE):
    return Pace(workers, rate, "before", status)


def seen(finished=20, good=20, average=0.5, **changes):
    return Window(finished, good, seconds=average * finished, **changes)


def test_the_table_of_the_specification():
    table = {
        name: (
            f"{own[GUIDE].initial}-{own[GUIDE].maximum}",
            f"{own[SERIES].initial}-{own[SERIES].maximum}",
            f"{own[GUIDE].slow_rate:g}-{own[GUIDE].fast_rate:g}",
        )
        for name, own in STRATEGIES.items()
    }
    assert table["conservative"] == ("2-3", "1-2", "1.5-3")
    assert table["balanced"] == ("4-6", "2-3", "2.5-5")
    assert table["aggressive"] == ("6-10", "3-4", "4-8")


@pytest.mark.parametrize("name", ["conservative", "balanced", "aggressive"])
def test_guides_begin_at_the_top_of_the_band_and_series_at_its_bottom(name):
    own = STRATEGIES[name]
    assert own[GUIDE].first_rate == own[GUIDE].fast_rate
    assert own[SERIES].first_rate == own[SERIES].slow_rate


@pytest.mark.parametrize("cap", [1, 2, 5])
def test_max_workers_caps_all_three_counts(cap):
    own = STRATEGIES["aggressive"][GUIDE].capped(cap)
    assert max(own.initial, own.minimum, own.maximum) <= cap


@pytest.mark.parametrize(
    ("strategy", "now", "window", "workers"),
    [
        (HOME, pace(), seen(good=20, all_busy=True), 8),
        (HOME, pace(), seen(good=19, all_busy=True), 6),  # 95 % is not above 95 %
        (HOME, pace(), seen(average=1.99, all_busy=True), 8),
        (HOME, pace(), seen(average=2.0, all_busy=True), 6),
        (HOME, pace(9), seen(all_busy=True), 10),  # never above the strategy's maximum
        (HOME, pace(), seen(all_busy=False), 6),  # spare workers are no reason for more
        (HOME, pace(), seen(average=5.1), 4),
        (HOME, pace(), seen(average=5.0), 6),
        (HOME, pace(), seen(finished=11, good=11, average=9.0), 6),  # too few decide nothing
        (HOME, pace(1), seen(average=9.0), 1),
        (DETAILS, pace(3), seen(finished=100, good=99, all_busy=True), 4),
        (DETAILS, pace(3), seen(finished=100, good=98, all_busy=True), 3),
        (DETAILS, pace(3), seen(average=1.49, all_busy=True), 4),
        (DETAILS, pace(3), seen(average=1.5, all_busy=True), 3),
        (DETAILS, pace(3), seen(average=5.1), 2),
    ],
)
def test_the_thresholds(strategy, now, window, workers):
    assert strategy.decide(now, window).workers == workers


def test_one_429_cuts_at_once_however_healthy_the_rest():
    after = HOME.decide(pace(), seen(finished=1, good=0, refused=1, all_busy=True))
    assert (after.workers, after.status) == (4, RATE_LIMITED)


def test_an_overload_cuts_at_once():
    after = HOME.decide(pace(), seen(finished=2, good=1, overloaded=1))
    assert (after.workers, after.status) == (4, REDUCED)


@pytest.mark.parametrize(
    ("name", "left"), [("conservative", 1), ("balanced", 2), ("aggressive", 2)]
)
def test_the_gentler_the_strategy_the_further_it_backs_off(name, left):
    strategy = AdaptiveStrategy(STRATEGIES[name][GUIDE])
    assert strategy.decide(pace(3), seen(refused=1)).workers == left


def test_a_rate_that_held_work_back_rises_within_the_band():
    slow = pace(3, 4.0)
    quick = {"average": 0.2}
    assert DETAILS.decide(slow, seen(paced=True, **quick)).rate == 8.0
    assert DETAILS.decide(slow, seen(paced=False, **quick)).rate == 4.0
    assert DETAILS.decide(pace(3, 8.0), seen(paced=True, **quick)).rate == 8.0


def test_a_rate_rises_no_further_than_the_workers_can_carry():
    assert DETAILS.decide(pace(3, 4.0), seen(paced=True, average=0.76)).rate == 0.95 * 4 / 0.76
    assert DETAILS.decide(pace(3, 4.0), seen(paced=True, average=1.4)).rate == 4.0


def test_auto_doubles_its_rate_while_all_is_well():
    auto = AdaptiveStrategy(STRATEGIES["auto"][SERIES])
    rates, now = [], auto.first()
    for _ in range(4):
        rates.append(now.rate)
        now = auto.decide(now, seen(paced=True, average=0.13))
    assert rates == [5.0, 10.0, 20.0, 20.0]


def test_a_wall_bounds_the_band():
    bounded = AdaptiveStrategy(DETAILS.profile.below(3.0))
    assert bounded.decide(pace(3, 3.0), seen(paced=True)).rate == 3.0


def test_it_never_stops_altogether():
    now = pace()
    for _ in range(50):
        now = HOME.decide(now, seen(refused=1))
    assert now.workers == 1


@pytest.mark.parametrize(
    ("now", "window", "status"),
    [
        (pace(status=STARTING), seen(finished=2, good=2), STARTING),
        (pace(status=STARTING), seen(), STABLE),
        (pace(), seen(all_busy=True), INCREASED),
        (pace(status=RATE_LIMITED), seen(), RECOVERED),
        (pace(status=REDUCED), seen(all_busy=True), RECOVERED),
        (pace(status=RECOVERED), seen(), STABLE),
        (pace(status=RATE_LIMITED), seen(finished=3, good=3), RATE_LIMITED),
    ],
)
def test_the_status_says_what_happened(now, window, status):
    assert HOME.decide(now, window).status == status
