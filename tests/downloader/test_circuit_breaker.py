"""The circuit breaker: when to probe, and when to give up."""

import pytest

from gracenote2epg.downloader.circuit_breaker import (
    MAX_OPEN,
    MAX_OUTAGE,
    MAX_RETRY_AFTER,
    CircuitBreaker,
)


def test_each_probe_waits_twice_as_long_unless_retry_after_is_given():
    breaker = CircuitBreaker()
    waits = [breaker.trip(0.0, None)]
    waits += [breaker.probe_failed(sum(waits), None) for _ in range(3)]
    assert waits == [10, 20, 40, 80]
    breaker = CircuitBreaker()
    assert breaker.trip(0.0, 45.0) == 45.0
    assert breaker.probe_failed(45.0, 12.0) == 12.0
    assert [breaker.probe_failed(57.0, 0.0), breaker.probe_failed(97.0, 9.0)] == [40.0, 80.0]
    assert CircuitBreaker().trip(0.0, 1e9) == MAX_RETRY_AFTER


@pytest.mark.parametrize(("outage", "limit"), [(False, MAX_OPEN), (True, MAX_OUTAGE)])
def test_it_is_exhausted_when_the_next_probe_would_come_too_late(outage, limit):
    breaker = CircuitBreaker()
    now = breaker.trip(0.0, None, outage)
    while not breaker.exhausted:
        assert now <= limit
        now += breaker.probe_failed(now, None)
    assert now > limit


def test_a_good_probe_resets_it():
    breaker = CircuitBreaker()
    breaker.trip(100.0, None)
    assert breaker.is_open
    assert breaker.reset(130.0) == 30.0
    assert not breaker.is_open


def test_later_trips_are_probed_between_the_last_failed_and_the_good_probe():
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
    breaker.probe_failed(318.0, None)
    breaker.reset(320.0)  # known closely enough
    assert breaker.trip(400.0, None) == 20
    assert breaker.probe_failed(420.0, None) == 40
