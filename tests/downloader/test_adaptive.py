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
    def bounds(name):
        guide, details = STRATEGIES[name][GUIDE], STRATEGIES[name][SERIES]
        assert guide.first_rate == guide.fast_rate  # guides begin at the top of the band
        assert details.first_rate == details.slow_rate
        return (
            f"{guide.initial}-{guide.maximum}",
            f"{details.initial}-{details.maximum}",
            f"{guide.slow_rate:g}-{guide.fast_rate:g}",
        )

    assert wrong(bounds, [
        ("conservative", ("2-3", "1-2", "1.5-3")),
        ("balanced", ("4-6", "2-3", "2.5-5")),
        ("aggressive", ("6-10", "3-4", "4-8")),
    ]) == []  # fmt: skip


def test_max_workers_caps_all_three_counts():
    capped = [STRATEGIES["aggressive"][GUIDE].capped(cap) for cap in (1, 2, 5)]
    assert [max(each.initial, each.minimum, each.maximum) for each in capped] == [1, 2, 5]


def test_the_thresholds():
    def workers(strategy, now, seen):
        return strategy.decide(now, seen).workers

    assert wrong(workers, [
        (HOME, pace(), window(good=20, all_busy=True), 8),
        (HOME, pace(), window(good=19, all_busy=True), 6),  # 95 % is not above 95 %
        (HOME, pace(), window(average=1.99, all_busy=True), 8),
        (HOME, pace(), window(average=2.0, all_busy=True), 6),
        (HOME, pace(5), window(average=4.9, all_busy=True), 6),  # back to the first number …
        (HOME, pace(3), window(average=4.9, all_busy=True), 5),
        (HOME, pace(5), window(average=5.0, all_busy=True), 5),  # … while it is well
        (HOME, pace(5), window(good=19, average=4.9, all_busy=True), 5),
        (HOME, pace(5), window(average=4.9), 5),
        (HOME, pace(5), window(average=1.9, all_busy=True), 7),
        (DETAILS, pace(2), window(100, 97, average=4.9, all_busy=True), 3),
        (HOME, pace(9), window(all_busy=True), 10),  # never above the strategy's maximum
        (HOME, pace(), window(all_busy=False), 6),  # spare workers are no reason for more
        (HOME, pace(), window(average=5.1), 4),
        (HOME, pace(), window(average=5.0), 6),
        (HOME, pace(), window(finished=11, good=11, average=9.0), 6),  # too few decide nothing
        (HOME, pace(1), window(average=9.0), 1), (HOME, pace(1), window(refused=1), 1),
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


def test_gentle_strategies_back_off_further():
    for name, left in (("conservative", 1), ("balanced", 2), ("aggressive", 2)):
        strategy = AdaptiveStrategy(STRATEGIES[name][GUIDE])
        assert strategy.decide(pace(3), window(refused=1)).workers == left, name


def test_a_rate_that_held_work_back_rises_within_the_band_and_what_the_workers_sustain():
    bounded = AdaptiveStrategy(DETAILS.profile.rate_capped(3.0))  # by an observed limit
    assert wrong(lambda strategy, rate, seen: strategy.decide(pace(3, rate), seen).rate, [
        (DETAILS, 4.0, window(rate_bound=True, average=0.2), 8.0),
        (DETAILS, 4.0, window(rate_bound=False, average=0.2), 4.0),
        (DETAILS, 8.0, window(rate_bound=True, average=0.2), 8.0),
        (DETAILS, 4.0, window(rate_bound=True, average=0.76), 0.95 * 4 / 0.76),
        (DETAILS, 4.0, window(rate_bound=True, average=1.4), 4.0),
        (bounded, 3.0, window(rate_bound=True), 3.0),
    ]) == []  # fmt: skip


def test_auto_doubles_its_rate_while_healthy():
    auto = AdaptiveStrategy(STRATEGIES["auto"][SERIES])
    rates, now = [], auto.first()
    for _ in range(4):
        rates.append(now.rate)
        now = auto.decide(now, window(rate_bound=True, average=0.13))
    assert rates == [5.0, 10.0, 20.0, 20.0]


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
