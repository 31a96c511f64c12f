"""When a run is due. Pure; moments are seconds since the epoch."""

import time
from typing import NamedTuple, Optional

from ..clock import DAY, HOUR

RETRY = HOUR  # after a failed run


class LastRun(NamedTuple):
    """How the last run ended. at: when; error: "" = well; asked: see Settings.asked; made: when
    its guide was, even if that could not be copied where it shall go; 0.0 = it was not.
    """

    at: float
    error: str
    asked: str
    made: float = 0.0


class Schedule(NamedTuple):
    """What the user wants. interval: seconds; hour: of the day, -1 = any; own: a random number."""

    interval: float
    hour: int
    own: int


def due(last: Optional[LastRun], asked: str, wanted: Schedule, now: float) -> float:
    """Return when the next run is due.

    At once: the first one, one for another guide, and after a run in the future, for then the
    clock was wrong. What was missed, asleep or switched off, is due in the past. With an hour, a
    run is due once a day in it; an interval of more than a day and a half skips days.
    """
    if last is None or last.asked != asked or last.at > now:
        return now
    if last.error:
        return last.at + RETRY
    if wanted.hour < 0:
        return last.at + wanted.interval
    return _next_at(wanted.hour, wanted.own, last.at + max(wanted.interval - DAY / 2, HOUR))


def _next_at(hour: int, own: int, earliest: float) -> float:
    """The first such hour from ``earliest`` on, at the installation's own minute and second: a
    source that all call at the same one refuses them all."""
    day = time.localtime(earliest)
    at = earliest
    for after in range(3):
        date = (day.tm_year, day.tm_mon, day.tm_mday + after, hour, 0, own % 3600, 0, 0, -1)
        at = time.mktime(date)
        if at >= earliest:
            break
    return at
