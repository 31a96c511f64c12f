"""What is due: which windows and series to ask, and when to run next. Pure.

All moments are seconds since the epoch, UTC; days are the machine's local days.
"""

from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from ..clock import DAY, HOUR
from ..gracenote.tasks import GuideTask
from ..guide.span import HORIZON, Showing, TimeSpan
from ..models import Lineup
from ..store.answers import StoredWindow

REFRESH_WITHIN = DAY  # windows that touch the next day are asked again by each run
MAX_AGE = 7 * DAY  # then any answer is asked again
TBA_AHEAD = 3 * DAY  # so far ahead a window is asked again because something is not known yet
NEW_EPISODE_SOON = 2 * DAY
DETAILS_LAST = 7 * DAY
MOVIES_LAST = 120 * DAY
LEAST_AGAIN = 50  # series that a run may ask again, however few there are


def windows(lineup: Lineup, wanted: TimeSpan, hours: int, now: float) -> List[GuideTask]:
    """The windows that cover the span, aligned to UTC; none that begins where the source ends."""
    step = hours * HOUR
    first = wanted.begin - wanted.begin % step
    end = min(wanted.end, int(now) + HORIZON)
    return [GuideTask(lineup, start, hours) for start in range(first, end, step)]


def due_windows(
    tasks: Sequence[GuideTask],
    stored: Sequence[StoredWindow],
    now: float,
    refresh: bool = True,
    rest: float = 0.0,
) -> List[GuideTask]:
    """The windows to ask now, soonest first.

    Those never had, always; and with ``refresh`` those that touch the next day, those older than a
    week, and those of the next three days that hold a TBA and were not asked today. What is over
    is not asked again once it is had, and nothing within ``rest`` seconds of its answer: a run that
    was ended goes on from there.
    """
    chosen = []
    for task in tasks:
        have = _coverage(task, stored)
        if have is None:
            chosen.append(task)
        elif not refresh or task.stop <= now or 0 <= now - have.fetched < rest:
            continue
        elif (
            task.start < now + REFRESH_WITHIN
            or have.fetched < now - MAX_AGE
            or (have.tba and task.start < now + TBA_AHEAD and have.fetched < now - DAY)
        ):
            chosen.append(task)
    return sorted(chosen, key=lambda task: task.start)


class _Have(NamedTuple):
    fetched: float  # of the oldest answer that is the latest for some hour of the window
    tba: int


def _coverage(task: GuideTask, stored: Sequence[StoredWindow]) -> Optional[_Have]:
    """What is stored of a window; None when an hour of it is missing. Blocks may differ in
    length.
    """
    touching = [
        window for window in stored if window.start < task.stop and window.stop > task.start
    ]
    latest: Dict[int, StoredWindow] = {}
    for hour in range(task.start, task.stop, HOUR):
        covering = [w for w in touching if w.start <= hour and w.stop >= hour + HOUR]
        if not covering:
            return None
        latest[hour] = max(covering, key=lambda window: window.fetched)
    used = latest.values()
    return _Have(min(w.fetched for w in used), max(w.tba for w in used))


def due_details(showings: Dict[str, Showing], ages: Dict[str, float], now: float) -> List[str]:
    """The series to ask, soonest on screen first.

    Asked are those never had; a movie again after months; a series when a new episode is on
    within two days and what is stored is older than a week. Of those had before at most a seventh
    of all, lest a week after the first run all are asked at once.
    """

    def due(series_id: str, showing: Showing) -> bool:
        fetched = ages.get(series_id)
        if fetched is None:
            return True
        if series_id.startswith("MV"):
            return fetched < now - MOVIES_LAST
        soon = showing.new and showing.start < now + NEW_EPISODE_SOON
        return soon and fetched < now - DETAILS_LAST

    chosen = [series_id for series_id, showing in showings.items() if due(series_id, showing)]
    chosen.sort(key=lambda series_id: (showings[series_id].start, series_id))
    again = [series_id for series_id in chosen if series_id in ages]
    left = set(again[max(LEAST_AGAIN, len(showings) // 7) :])
    return [series_id for series_id in chosen if series_id not in left]


def missing_hours(
    tasks: Iterable[GuideTask], stored: Sequence[StoredWindow]
) -> List[Tuple[int, int]]:
    """The stretches [begin, end) of the windows that no answer covers, ever."""
    return _stretches(hour for hour in _hours(tasks) if not _answered(hour, stored))


def stale_hours(
    tasks: Iterable[GuideTask], stored: Sequence[StoredWindow], began: float
) -> List[Tuple[int, int]]:
    """The stretches of windows that were asked again since ``began``, for which an older answer
    stands."""
    return _stretches(hour for hour in _hours(tasks) if 0 < _answered(hour, stored) < began)


def _hours(tasks: Iterable[GuideTask]) -> List[int]:
    return sorted({hour for task in tasks for hour in range(task.start, task.stop, HOUR)})


def _answered(hour: int, stored: Sequence[StoredWindow]) -> float:
    """When the newest answer for an hour came, seconds since the epoch; 0.0 = there is none."""
    covering = (w.fetched for w in stored if w.start <= hour and w.stop >= hour + HOUR)
    return max(covering, default=0.0)


def _stretches(hours: Iterable[int]) -> List[Tuple[int, int]]:
    found: List[Tuple[int, int]] = []
    for hour in hours:
        if found and found[-1][1] == hour:
            found[-1] = (found[-1][0], hour + HOUR)
        else:
            found.append((hour, hour + HOUR))
    return found
