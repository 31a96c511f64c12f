"""When a request may go."""

import pytest

from gracenote2epg.downloader.rate_limiter import MAX_HOLD, MIN_RATE, RateLimiter


@pytest.fixture(name="limiter")
def _limiter(clock):
    return RateLimiter({"guide": 5.0, "series": 2.0}, clock)


def test_requests_of_a_type_are_spaced(limiter, clock):
    assert limiter.delay("guide") == 0.0
    limiter.take("guide")
    assert limiter.delay("guide") == pytest.approx(0.2)
    clock.advance(0.15)
    assert limiter.delay("guide") == pytest.approx(0.05)
    assert limiter.delay("series") == 0.0  # each type for itself


def test_a_request_that_goes_late_does_not_delay_the_next(limiter, clock):
    limiter.take("guide")
    clock.advance(0.25)  # it could have gone at 0.2
    limiter.take("guide")
    assert limiter.delay("guide") == pytest.approx(0.15)


def test_idle_time_saves_up_half_an_interval_at_most(limiter, clock):
    clock.advance(1000)
    limiter.take("guide")
    assert limiter.delay("guide") == pytest.approx(0.1)


def test_the_longest_hold_counts_for_every_type(limiter):
    limiter.hold(30)
    limiter.hold(1)
    assert (limiter.delay("guide"), limiter.delay("series")) == (30, 30)
    limiter.hold(1e9)
    assert limiter.delay("guide") == MAX_HOLD


def test_the_rate_has_a_minimum(limiter):
    limiter.set_rate("guide", 0.0)
    limiter.take("guide")
    assert limiter.delay("guide") == 1 / MIN_RATE
