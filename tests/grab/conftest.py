"""What the tests of whole runs share: a user, and a day that does not end meanwhile."""

import time

import pytest

HOUR = 3600


@pytest.fixture
def clock(clock, in_zone):
    """Runs move the test's clock: where the day would end meanwhile, it is an hour earlier here."""
    today, soon = (time.localtime(clock.now() + after).tm_mday for after in (0, HOUR))
    if soon != today:
        in_zone("America/Chicago")
    return clock
