"""The wall: how long to wait, when to give up, what to remember."""

from gracenote2epg.downloader.circuit_breaker import (
    LEAST,
    LONGEST_WAIT,
    CircuitBreaker,
    ObservedLimit,
    learned,
)


def test_probes_wait_twice_as_long_each_time_unless_a_retry_after_says_how_long():
    wall = CircuitBreaker()
    waits = [wall.close(0.0, None)]
    waits += [wall.refuse_probe(sum(waits), None) for _ in range(3)]
    assert waits == [10, 20, 40, 80]
    told = CircuitBreaker()
    assert told.close(0.0, 45.0) == 45.0
    assert told.refuse_probe(45.0, 0.0) == 1.0
    assert CircuitBreaker().close(0.0, 1e9) == LONGEST_WAIT


def test_it_is_hopeless_when_the_next_probe_comes_after_all_patience():
    wall = CircuitBreaker(patience=100.0)
    wall.close(0.0, None)
    wall.refuse_probe(10.0, None)
    wall.refuse_probe(30.0, None)
    assert not wall.exhausted
    wall.refuse_probe(70.0, None)
    assert wall.exhausted


def test_an_answered_probe_opens_it_and_says_how_long_it_was_closed():
    wall = CircuitBreaker()
    wall.close(100.0, None)
    assert wall.closed
    assert wall.open(130.0) == 30.0
    assert not wall.closed


def test_the_next_wall_is_probed_between_what_was_too_soon_and_what_was_enough():
    wall = CircuitBreaker()
    wall.close(0.0, None)
    wall.refuse_probe(10.0, None)
    wall.open(30.0)
    assert wall.close(100.0, None) == 20
    wall.open(120.0)
    assert wall.close(200.0, None) == 15
    assert wall.refuse_probe(215.0, None) == 5
    wall.open(220.0)
    assert wall.close(300.0, None) == 17.5


def test_a_wall_that_is_known_closely_is_probed_when_it_was_enough():
    wall = CircuitBreaker()
    wall.close(0.0, None)
    wall.refuse_probe(27.0, None)
    wall.open(30.0)
    assert wall.close(100.0, None) == 30
    assert wall.refuse_probe(130.0, None) == 60


def test_an_outage_is_waited_for_less_patiently():
    wall = CircuitBreaker()
    waits = wall.close(0.0, None, outage=True)
    while not wall.exhausted:
        waits += wall.refuse_probe(waits, None)
    assert waits <= 150


def test_the_safe_rate_counts_the_time_it_was_closed():
    # However the source counts, so many requests in that time were answered again.
    assert ObservedLimit(300, 160.0, 20.0).safe_rate == 0.8 * 300 / 180
    # Where it opens soon, it is taken to count for longer than it was closed.
    assert ObservedLimit(300, 15.0, 10.0).safe_rate == 0.8 * 300 / 120


def test_what_was_learned_fades_and_too_little_teaches_nothing():
    fact = ObservedLimit(300, 60.0, 20.0)._asdict()
    assert learned(fact, 86_400.0) == ObservedLimit(300, 60.0, 20.0)
    assert learned(fact, 60 * 86_400.0) is None
    assert learned(dict(fact, requests=LEAST - 1), 0.0) is None
    assert learned(None, 0.0) is None
