"""The decisions, against the thresholds of the specification."""

from gracenote2epg.downloader.adaptive import (
    INCREASED,
    RATE_LIMITED,
    RECOVERED,
    REDUCED,
    STABLE,
    STARTING,
    AdaptiveStrategy,
    Pace,
    Sample,
)
from gracenote2epg.downloader.strategies import STRATEGIES
from gracenote2epg.gracenote.tasks import GUIDE, SERIES
from support.tables import wrong

HOME = AdaptiveStrategy(STRATEGIES["aggressive"][GUIDE])
DETAILS = AdaptiveStrategy(STRATEGIES["aggressive"][SERIES])


def pace(workers=6, rate=8.0, status=STABLE):
    return Pace(workers, rate, "before", status)


def window(finished=20, good=20, average=0.5, **changes):
    return Sample(finished, good, seconds=average * finished, **changes)


def test_the_table_of_the_specification():
    table = {
        name: (
            f"{own[GUIDE].initial}-{own[GUIDE].maximum}",
            f"{own[SERIES].initial}-{own[SERIES].maximum}",
            f"{own[GUIDE].slow_rate:g}-{own[GUIDE].fast_rate:g}",
        )
        for name, own in STRATEGIES.items()
        if name != "auto"
    }
    assert table == {
        "conservative": ("2-3", "1-2", "1.5-3"),
        "balanced": ("4-6", "2-3", "2.5-5"),
        "aggressive": ("6-10", "3-4", "4-8"),
    }


def test_guides_begin_at_the_top_of_the_band_and_series_at_its_bottom():
    for name in ("conservative", "balanced", "aggressive"):
        own = STRATEGIES[name]
        assert own[GUIDE].first_rate == own[GUIDE].fast_rate
        assert own[SERIES].first_rate == own[SERIES].slow_rate


def test_max_workers_caps_all_three_counts():
    capped = [STRATEGIES["aggressive"][GUIDE].capped(cap) for cap in (1, 2, 5)]
    assert [max(own.initial, own.minimum, own.maximum) for own in capped] == [1, 2, 5]


def test_the_thresholds():
    def workers(strategy, now, seen):
        return strategy.decide(now, seen).workers

    assert wrong(workers, [
        (HOME, pace(), window(good=20, all_busy=True), 8),
        (HOME, pace(), window(good=19, all_busy=True), 6),  # 95 % is not above 95 %
        (HOME, pace(), window(average=1.99, all_busy=True), 8),
        (HOME, pace(), window(average=2.0, all_busy=True), 6),
        (HOME, pace(9), window(all_busy=True), 10),  # never above the strategy's maximum
        (HOME, pace(), window(all_busy=False), 6),  # spare workers are no reason for more
        (HOME, pace(), window(average=5.1), 4),
        (HOME, pace(), window(average=5.0), 6),
        (HOME, pace(), window(finished=11, good=11, average=9.0), 6),  # too few decide nothing
        (HOME, pace(1), window(average=9.0), 1),
        (DETAILS, pace(3), window(finished=100, good=99, all_busy=True), 4),
        (DETAILS, pace(3), window(finished=100, good=98, all_busy=True), 3),
        (DETAILS, pace(3), window(average=1.49, all_busy=True), 4),
        (DETAILS, pace(3), window(average=1.5, all_busy=True), 3),
        (DETAILS, pace(3), window(average=5.1), 2),
    ]) == []  # fmt: skip


def test_a_429_and_an_overload_cut_at_once_however_healthy_the_rest():
    after = HOME.decide(pace(), window(finished=1, good=0, refused=1, all_busy=True))
    assert (after.workers, after.status) == (4, RATE_LIMITED)
    after = HOME.decide(pace(), window(finished=2, good=1, overloaded=1))
    assert (after.workers, after.status) == (4, REDUCED)


def test_the_gentler_the_strategy_the_further_it_backs_off():
    for name, left in (("conservative", 1), ("balanced", 2), ("aggressive", 2)):
        strategy = AdaptiveStrategy(STRATEGIES[name][GUIDE])
        assert strategy.decide(pace(3), window(refused=1)).workers == left, name


def test_a_rate_that_held_work_back_rises_within_the_band_as_far_as_the_workers_can_carry():
    bounded = AdaptiveStrategy(DETAILS.profile.rate_capped(3.0))  # by a wall
    assert wrong(lambda strategy, rate, seen: strategy.decide(pace(3, rate), seen).rate, [
        (DETAILS, 4.0, window(rate_bound=True, average=0.2), 8.0),
        (DETAILS, 4.0, window(rate_bound=False, average=0.2), 4.0),
        (DETAILS, 8.0, window(rate_bound=True, average=0.2), 8.0),
        (DETAILS, 4.0, window(rate_bound=True, average=0.76), 0.95 * 4 / 0.76),
        (DETAILS, 4.0, window(rate_bound=True, average=1.4), 4.0),
        (bounded, 3.0, window(rate_bound=True), 3.0),
    ]) == []  # fmt: skip


def test_auto_doubles_its_rate_while_all_is_well():
    auto = AdaptiveStrategy(STRATEGIES["auto"][SERIES])
    rates, now = [], auto.first()
    for _ in range(4):
        rates.append(now.rate)
        now = auto.decide(now, window(rate_bound=True, average=0.13))
    assert rates == [5.0, 10.0, 20.0, 20.0]


def test_it_never_stops_altogether():
    now = pace()
    for _ in range(50):
        now = HOME.decide(now, window(refused=1))
    assert now.workers == 1


def test_the_status_says_what_happened():
    assert wrong(lambda now, seen: HOME.decide(now, seen).status, [
        (pace(status=STARTING), window(finished=2, good=2), STARTING),
        (pace(status=STARTING), window(), STABLE),
        (pace(), window(all_busy=True), INCREASED),
        (pace(status=RATE_LIMITED), window(), RECOVERED),
        (pace(status=REDUCED), window(all_busy=True), RECOVERED),
        (pace(status=RECOVERED), window(), STABLE),
        (pace(status=RATE_LIMITED), window(finished=3, good=3), RATE_LIMITED),
    ]) == []  # fmt: skip
