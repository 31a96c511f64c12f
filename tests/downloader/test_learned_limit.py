"""What runs learn from refusals, and how they forget it: days of runs in virtual time."""

import functools

import pytest

from gracenote2epg.clock import DAY
from gracenote2epg.downloader import learned_limit
from gracenote2epg.downloader.learned_limit import TTL, LearnedLimit, LimitObserver
from gracenote2epg.store.answers import Store
from support.tables import wrong
from support.virtual_time import (
    BLOCKED,
    OK,
    RATE_LIMITED,
    Run,
    between,
    calm,
    series,
    sliding_window,
    then_calm,
    token_bucket,
    wall,
    windows,
)

MAX_RATE = 5.0  # of the strategy balanced


@pytest.fixture(name="in_a_row")
def _in_a_row(clock):
    """Runs, a day after each other, with one store: (seconds, refusals, rate in memory)."""

    def runs(models, tasks=628, seconds=36_000.0):
        rows = []
        with Store.in_memory(clock) as store:
            for model in models:
                run = Run(model, limit=learned_limit.stored(store), seconds=seconds)
                run.guide(windows(28))
                run.details(series(tasks - 28))
                good = 0 if run.refusals else len(run.saved)
                learned_limit.store_after_run(store, run.coordinator.limit, good, MAX_RATE)
                limit = learned_limit.stored(store)
                rate = round(limit.rate, 2) if limit and limit.certain else 0.0
                rows.append((round(run.world.now), len(run.refusals), rate))
                clock.advance(DAY)
        return rows

    return runs


def stray(after, outcome=BLOCKED):
    """One refusal; the first probe passes."""
    return then_calm(*[OK] * after, outcome)


def outage(model, seconds=330.0):
    """Refuses everything for a while, whatever it was asked before."""
    return between(8.0, 8.0 + seconds, model)


def test_one_refusal_slows_no_later_run(in_a_row):
    calm_run = in_a_row([calm()])[0][0]
    for after, outcome in ((2, RATE_LIMITED), (40, BLOCKED), (620, RATE_LIMITED)):
        first, *later = in_a_row([stray(after, outcome), calm(), calm()])
        assert first[1:] == (1, 0.0), after
        assert [row[0] for row in later] == [calm_run] * 2, after


def test_minutes_of_refusals_slow_no_later_run(in_a_row):
    calm_run = in_a_row([calm()])[0][0]
    # The run itself shows that its rate was allowed.
    rows = in_a_row([outage(RATE_LIMITED), *[calm() for _ in range(3)]])
    assert [row[0] for row in rows[1:]] == [pytest.approx(calm_run, rel=0.3), calm_run, calm_run]
    # It may have ended the run, too.
    rows = in_a_row([outage(RATE_LIMITED, 1e9), *[calm() for _ in range(3)]])
    assert [row[0] for row in rows[1:]] == [calm_run] * 3


@pytest.mark.parametrize(
    ("model", "tasks", "refusals"),
    [
        (functools.partial(sliding_window, 20, 60), 128, [9, 0, 0, 0]),  # however small
        (functools.partial(sliding_window, 20, 60), 628, [15, 0, 1, 0]),  # tried again at times
        (functools.partial(sliding_window, 300, 300), 628, [6, 0, 0, 1]),
        (functools.partial(wall, 40, 30, 5), 628, [6, 6, 1, 0]),  # no probe is refused
        (functools.partial(token_bucket, 100, 3), 1000, [3, 3, 0, 0]),
    ],
)
def test_a_limit_is_believed_after_two_runs_at_most(in_a_row, model, tasks, refusals):
    assert [row[1] for row in in_a_row([model() for _ in range(4)], tasks)] == refusals


def test_each_clean_run_is_allowed_a_quarter_more(clock):
    with Store.in_memory(clock) as store:
        met = learned_limit.observed(300, 60.0, 20.0, certain=True)
        learned_limit.store_after_run(store, met, 0, MAX_RATE)
        rates = []
        for requests in (9, 9, 0, 9, 9, 9):  # a run in which nothing was due shows nothing
            learned_limit.store_after_run(store, None, requests, MAX_RATE)
            limit = learned_limit.stored(store)
            rates.append(limit and limit.rate)
        assert rates == [2.5, 3.125, 3.125, 3.90625, 4.8828125, None]


def test_it_is_remembered_for_four_weeks_from_when_it_was_met(clock):
    with Store.in_memory(clock) as store:
        met = learned_limit.observed(300, 60.0, 20.0, certain=True)
        learned_limit.store_after_run(store, met, 0, MAX_RATE)
        clock.advance(TTL - 10)
        learned_limit.store_after_run(store, None, 9, MAX_RATE)
        assert learned_limit.stored(store).rate == 2.5
        clock.advance(20)
        assert learned_limit.stored(store) is None
        for fact in (None, 3, {"requests": 300, "seconds": 60.0, "open_for": 20.0}):
            store.set_fact(learned_limit.FACT, fact, clock.now())
            assert learned_limit.stored(store) is None


def test_the_rate():
    def rate(*counts):
        return learned_limit.observed(*counts, certain=True).rate

    def after_run(before, met, requests=0):
        limit = learned_limit.after_run(before, met, requests, MAX_RATE)
        return limit and (limit.rate, limit.certain)

    def limit(rate, certain, requests=100):
        return LearnedLimit(requests, 20.0, 10.0, rate, certain)

    assert wrong(rate, [
        (300, 160.0, 20.0, 0.8 * 300 / 180),  # the time of the refusals counts
        (300, 15.0, 10.0, 0.8 * 300 / 120),  # the source may count in a longer window than this
        (3, 1.0, 300.0, 0.1),  # what the rate limiter sends at least
    ]) == []  # fmt: skip
    assert wrong(after_run, [
        (None, limit(2.0, False), (2.0, False)), (None, limit(2.0, True), (2.0, True)),
        (limit(2.0, False), limit(1.0, False), (2.0, True)),  # met in two runs
        (limit(2.0, True), limit(0.1, False), (1.6, True)),
        (limit(2.0, True), limit(3.0, False), (2.0, True)),
        (limit(2.0, True), limit(0.5, True), (0.5, True)),
        (limit(2.0, False), None, 0, (2.0, False)), (limit(2.0, False), None, 1, None),
        (limit(2.0, True), None, 1, (2.5, True)), (limit(4.0, True), None, 1, None),
    ]) == []  # fmt: skip


def test_what_a_run_notes():
    """A story: (requests, seconds of these, seconds of refusals, a probe was refused), …"""

    def noted(*story):
        now, observer = 0.0, LimitObserver(0.0)
        for requests, seconds, open_for, probe_refused in story:
            for n in range(requests):
                observer.on_request(now + n * seconds / requests)
            now += seconds
            if open_for:
                observer.on_trip(now)
                observer.on_request(now + open_for)
                now += open_for
                if probe_refused:
                    observer.on_refused_probe()
                observer.on_reset(now)
        limit = observer.limit
        return limit and (*limit[:3], round(limit.rate, 2), limit.certain)

    few, many = (40, 20.0, 10.0, False), (300, 100.0, 30.0, True)
    assert wrong(noted, [
        ((99, 50.0, 0.0, False), None),
        (few, (40, 20.0, 10.0, 0.27, False)),
        (few, (100, 50.0, 9.0, False), (40, 20.0, 10.0, 0.27, False)),  # the first
        (few, many, (300, 100.0, 30.0, 1.85, True)),  # or the first certain one
        (many, few, (300, 100.0, 30.0, 1.85, True)),
        (many, (200, 100.0, 9.0, True), (300, 100.0, 30.0, 1.85, True)),
        (many, (359, 100.0, 0.0, False), (300, 100.0, 30.0, 1.85, True)),
        (many, (360, 100.0, 0.0, False), (300, 100.0, 30.0, 3.61, True)),  # that was allowed
        (many, (360, 900.0, 0.0, False), (300, 100.0, 30.0, 1.85, True)),
    ]) == []  # fmt: skip


def test_a_refused_probe_is_no_request_that_passed():
    observer = LimitObserver(0.0)
    for at in (1.0, 2.0, 3.0):
        observer.on_request(at)
    observer.on_trip(4.0)
    for at in (5.0, 6.0, 7.0, 8.0):  # Retry-After: 1
        observer.on_request(at)
        observer.on_refused_probe()
    observer.on_end(8.0)
    assert observer.limit == learned_limit.observed(3, 4.0, 4.0, certain=False)
