"""The days of a guide. Times are seconds since the epoch, UTC; days are local."""

import time
from typing import List, NamedTuple

from ..clock import DAY, HOUR

EVENING = (19, 23)  # hours of the local day
HORIZON = 14 * DAY  # seconds; how far ahead the source lists programmes


class TimeSpan(NamedTuple):
    """[begin, end) of a guide."""

    begin: int
    end: int


def span(now: float, days: int, offset: int) -> TimeSpan:
    """Local days, from midnight of today + offset; of 23 or 25 hours at a clock change."""
    today = time.localtime(now)

    def midnight(after: int) -> int:
        date = (today.tm_year, today.tm_mon, today.tm_mday + after, 0, 0, 0, 0, 0, -1)
        return int(time.mktime(date))

    return TimeSpan(midnight(offset), midnight(offset + days))


def shown(now: float, days: int, offset: int, past_days: int) -> TimeSpan:
    """A guide's days, and the past ones that it keeps."""
    past = span(now, past_days, offset - past_days)
    return TimeSpan(past.begin, span(now, days, offset).end)


def is_too_far(wanted: TimeSpan, now: float) -> bool:
    """Whether a whole day of the span is beyond what the source lists."""
    return wanted.end > now + HORIZON + DAY + HOUR  # a clock change makes them an hour longer


def tonight(now: float) -> TimeSpan:
    """EVENING of today; if it has begun, from now on, and for two hours at least."""
    today = time.localtime(now)
    start, end = (int(time.mktime((*today[:3], hour, 0, 0, 0, 0, -1))) for hour in EVENING)
    begin = max(int(now), start)
    return TimeSpan(begin, max(end, begin + 2 * HOUR))


def midnights(wanted: TimeSpan) -> List[int]:
    """The local midnights of a span of days, its begin and end included."""
    begins, at = [], wanted.begin
    while at < wanted.end:
        begins.append(at)
        noon = time.localtime(at + 36 * HOUR)  # of the next day, also at a clock change
        date = (noon.tm_year, noon.tm_mon, noon.tm_mday, 0, 0, 0, 0, 0, -1)
        at = int(time.mktime(date))
    return [*begins, wanted.end]


class Showing(NamedTuple):
    """The next airing of a series. new: any of its coming airings is a new episode."""

    start: int
    new: bool
