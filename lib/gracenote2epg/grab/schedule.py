"""When to run next. Pure."""

import time

from ..clock import HOUR

FIRST_COOLDOWN, LONGEST_COOLDOWN = HOUR // 2, HOUR


def next_run(now: float, hours: int, installation: int, failed: bool) -> float:
    """When to run next, every so many hours; after a failure in about an hour.

    installation: a random number of this machine's own. It gives each its own minute, because a
    source that all call at the same one refuses them all.
    """
    period = (1 if failed else hours) * HOUR
    own = installation % period
    after = (now - own) // period * period + own + period
    soonest = now + (period / 2 if failed else 60)  # a source that refuses is left alone
    return after if after > soonest else after + period


def cron_line(installation: int) -> str:
    """The line for Tvheadend's cron field: once a day before the morning, at a minute of one's own.

    installation: as above.
    """
    return f"{installation % 60} {1 + installation // 60 % 6} * * *"


def is_default_cron_minute(now: float) -> bool:
    """Whether this is the minute at which every Tvheadend calls whose cron field nobody changed."""
    local = time.localtime(now)
    return local.tm_hour in (0, 12) and local.tm_min == 4


def refusal_cooldown(refusals: int) -> int:
    """Seconds for which a source that refused is left alone, by its refusals in a row."""
    return FIRST_COOLDOWN if refusals < 2 else LONGEST_COOLDOWN
