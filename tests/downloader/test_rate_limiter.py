"""When a request may go, by a clock that is moved by hand."""

import pytest

from gracenote2epg.downloader.rate_limiter import LONGEST_HOLD, SLOWEST, RateLimiter


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


def test_the_first_request_goes_at_once(clock):
    assert RateLimiter({"guide": 5.0}, clock).delay("guide") == 0.0


def test_the_next_waits_for_its_turn(clock):
    limiter = RateLimiter({"guide": 5.0}, clock)
    limiter.take("guide")
    assert limiter.delay("guide") == pytest.approx(0.2)
    clock.now += 0.15
    assert limiter.delay("guide") == pytest.approx(0.05)


def test_each_type_has_its_own_turn(clock):
    limiter = RateLimiter({"guide": 5.0, "series": 2.0}, clock)
    limiter.take("guide")
    assert limiter.delay("series") == 0.0


def test_one_that_goes_late_does_not_delay_the_next(clock):
    limiter = RateLimiter({"guide": 5.0}, clock)
    limiter.take("guide")
    clock.now += 0.25  # it could have gone at 0.2
    limiter.take("guide")
    assert limiter.delay("guide") == pytest.approx(0.15)


def test_idleness_saves_up_no_more_than_half_a_turn(clock):
    limiter = RateLimiter({"guide": 5.0}, clock)
    clock.now += 1000
    limiter.take("guide")
    assert limiter.delay("guide") == pytest.approx(0.1)


def test_a_hold_holds_every_type(clock):
    limiter = RateLimiter({"guide": 5.0, "series": 2.0}, clock)
    limiter.hold(30)
    assert (limiter.delay("guide"), limiter.delay("series")) == (30, 30)


def test_a_shorter_hold_does_not_end_a_longer_one(clock):
    limiter = RateLimiter({"guide": 5.0}, clock)
    limiter.hold(30)
    limiter.hold(1)
    assert limiter.delay("guide") == 30


def test_a_hold_has_an_end(clock):
    limiter = RateLimiter({"guide": 5.0}, clock)
    limiter.hold(1e9)
    assert limiter.delay("guide") == LONGEST_HOLD


def test_no_rate_is_so_slow_that_a_run_never_ends(clock):
    limiter = RateLimiter({"guide": 5.0}, clock)
    limiter.set_rate("guide", 0.0)
    limiter.take("guide")
    assert limiter.delay("guide") <= 1 / SLOWEST
