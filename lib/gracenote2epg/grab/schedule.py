"""When to run next. Pure; times are seconds since the epoch."""

import time
from typing import NamedTuple

from ..clock import DAY, HOUR

RETRY_AFTER = HOUR  # seconds after a failed run
FIRST_COOLDOWN, LONGEST_COOLDOWN = HOUR // 2, HOUR  # seconds


class Schedule(NamedTuple):
    """When the user wants runs.

    interval: seconds. installation_id: a random number; it gives each installation a minute of its
    own, because the source would refuse requests of all at the same minute. hour: of the local day,
    -1 = any. own_minute: begin at that minute also if the hour is any.
    """

    interval: float
    installation_id: int
    hour: int = -1
    own_minute: bool = False


def next_run(
    schedule: Schedule,
    ended_at: float,
    failed: bool,
    now: float,
    retry_after: float = RETRY_AFTER,
) -> float:
    """Return when the run after the last one is due; one that was missed is due in the past.

    retry_after: seconds after a failed run. ended_at: when the last run ended; an end far in the
    future means that the clock was wrong: the next run is due now. With an hour, a run is due once
    a day in it; an interval of more than a day and a half skips days.
    """
    if ended_at > now + HOUR:
        return now
    if failed:
        return ended_at + retry_after
    if schedule.hour >= 0:
        return _next_in_hour(schedule, ended_at + max(schedule.interval - DAY / 2, HOUR))
    if schedule.own_minute:
        wait = schedule.interval - (ended_at - schedule.installation_id) % schedule.interval
        return ended_at + (wait if wait > 60 else wait + schedule.interval)  # not again at once
    return ended_at + schedule.interval


def _next_in_hour(schedule: Schedule, earliest: float) -> float:
    """The first moment from ``earliest`` on at the schedule's hour and own second in it."""
    day = time.localtime(earliest)
    at = earliest
    for days in range(3):
        second = schedule.installation_id % HOUR
        date = (day.tm_year, day.tm_mon, day.tm_mday + days, schedule.hour, 0, second, 0, 0, -1)
        at = time.mktime(date)
        if at >= earliest:
            break
    return at


def cron_line(installation_id: int) -> str:
    """The line for Tvheadend's cron field: once a day before the morning, at its own minute."""
    return f"{installation_id % 60} {1 + installation_id // 60 % 6} * * *"


def is_default_cron_minute(now: float) -> bool:
    """Whether this is the minute at which every Tvheadend calls whose cron field nobody changed."""
    local = time.localtime(now)
    return local.tm_hour in (0, 12) and local.tm_min == 4


def refusal_cooldown(refusals: int) -> int:
    """Seconds without a request after so many refusals in a row."""
    return FIRST_COOLDOWN if refusals < 2 else LONGEST_COOLDOWN
