"""When a request may go."""

import pytest

from gracenote2epg.downloader.rate_limiter import MAX_HOLD, MIN_RATE, RateLimiter


@pytest.fixture(name="limiter")
def _limiter(clock):
    return RateLimiter({"guide": 5.0, "series": 2.0}, clock)


def test_the_first_request_goes_at_once_and_the_next_waits_for_its_turn(limiter, clock):
    assert limiter.delay("guide") == 0.0
    limiter.take("guide")
    assert limiter.delay("guide") == pytest.approx(0.2)
    clock.advance(0.15)
    assert limiter.delay("guide") == pytest.approx(0.05)
    assert limiter.delay("series") == 0.0  # each type has its own turn


def test_a_request_that_goes_late_does_not_delay_the_next(limiter, clock):
    limiter.take("guide")
    clock.advance(0.25)  # it could have gone at 0.2
    limiter.take("guide")
    assert limiter.delay("guide") == pytest.approx(0.15)


def test_idleness_saves_up_no_more_than_half_a_turn(limiter, clock):
    clock.advance(1000)
    limiter.take("guide")
    assert limiter.delay("guide") == pytest.approx(0.1)


def test_a_hold_holds_every_type_and_a_shorter_one_does_not_end_a_longer_one(limiter):
    limiter.hold(30)
    limiter.hold(1)
    assert (limiter.delay("guide"), limiter.delay("series")) == (30, 30)


def test_a_hold_has_an_end(limiter):
    limiter.hold(1e9)
    assert limiter.delay("guide") == MAX_HOLD


def test_no_rate_is_so_slow_that_a_run_never_ends(limiter):
    limiter.set_rate("guide", 0.0)
    limiter.take("guide")
    assert limiter.delay("guide") == 1 / MIN_RATE
