"""The wall: how long to wait, when to give up, what to remember."""

from gracenote2epg.downloader.circuit_breaker import (
    MAX_OPEN,
    MAX_RETRY_AFTER,
    MIN_REQUESTS,
    CircuitBreaker,
    ObservedLimit,
    remembered_limit,
)


def test_probes_wait_twice_as_long_each_time_unless_a_retry_after_says_how_long():
    breaker = CircuitBreaker()
    waits = [breaker.trip(0.0, None)]
    waits += [breaker.probe_failed(sum(waits), None) for _ in range(3)]
    assert waits == [10, 20, 40, 80]
    told = CircuitBreaker()
    assert told.trip(0.0, 45.0) == 45.0
    assert told.probe_failed(45.0, 0.0) == 1.0
    assert CircuitBreaker().trip(0.0, 1e9) == MAX_RETRY_AFTER


def test_it_is_exhausted_when_the_next_probe_would_come_too_late():
    breaker = CircuitBreaker()
    now = breaker.trip(0.0, None)
    while not breaker.exhausted:
        assert now <= MAX_OPEN
        now += breaker.probe_failed(now, None)
    assert now > MAX_OPEN


def test_an_answered_probe_opens_it_and_says_how_long_it_was_closed():
    breaker = CircuitBreaker()
    breaker.trip(100.0, None)
    assert breaker.is_open
    assert breaker.reset(130.0) == 30.0
    assert not breaker.is_open


def test_the_next_wall_is_probed_between_what_was_too_soon_and_what_was_enough():
    breaker = CircuitBreaker()
    breaker.trip(0.0, None)
    breaker.probe_failed(10.0, None)
    breaker.reset(30.0)
    assert breaker.trip(100.0, None) == 20
    breaker.reset(120.0)
    assert breaker.trip(200.0, None) == 15
    assert breaker.probe_failed(215.0, None) == 5
    breaker.reset(220.0)
    assert breaker.trip(300.0, None) == 17.5


def test_a_wall_that_is_known_closely_is_probed_when_it_was_enough():
    breaker = CircuitBreaker()
    breaker.trip(0.0, None)
    breaker.probe_failed(27.0, None)
    breaker.reset(30.0)
    assert breaker.trip(100.0, None) == 30
    assert breaker.probe_failed(130.0, None) == 60


def test_an_outage_is_waited_for_less_patiently():
    breaker = CircuitBreaker()
    waits = breaker.trip(0.0, None, outage=True)
    while not breaker.exhausted:
        waits += breaker.probe_failed(waits, None)
    assert waits <= 150


def test_the_safe_rate_counts_the_time_it_was_closed():
    # However the source counts, so many requests in that time were answered again.
    assert ObservedLimit(300, 160.0, 20.0).safe_rate == 0.8 * 300 / 180
    # Where it opens soon, it is taken to count for longer than it was closed.
    assert ObservedLimit(300, 15.0, 10.0).safe_rate == 0.8 * 300 / 120


def test_what_was_learned_fades_and_too_little_teaches_nothing():
    fact = ObservedLimit(300, 60.0, 20.0)._asdict()
    assert remembered_limit(fact, 86_400.0) == ObservedLimit(300, 60.0, 20.0)
    assert remembered_limit(fact, 60 * 86_400.0) is None
    assert remembered_limit(dict(fact, requests=MIN_REQUESTS - 1), 0.0) is None
    assert remembered_limit(None, 0.0) is None
