"""Which windows and series to download. Pure; times are seconds since the epoch (UTC)."""

import itertools
import zlib
from typing import Collection, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..clock import DAY, HOUR
from ..gracenote.tasks import GuideTask
from ..guide.span import HORIZON, Showing, TimeSpan
from ..models import Lineup
from ..store.answers import StoredWindow

REFRESH_WITHIN = DAY  # each run downloads windows that begin within this time
ONCE_A_DAY = DAY - HOUR / 2  # a daily run begins a little sooner than the answers of the last came
MAX_AGE = 7 * DAY - HOUR / 2  # an older answer is downloaded again, wherever its window is
TBA_AHEAD = 3 * DAY  # windows with a TBA that begin within this time are downloaded once a day
NEW_EPISODE_SOON = 2 * DAY
DETAILS_MAX_AGE = 7 * DAY  # of a series with a new episode soon
MOVIE_MAX_AGE = 120 * DAY
RERUN_MAX_AGE = 90 * DAY  # of other series; each has up to RERUN_SPREAD more
RERUN_SPREAD = 90 * DAY
MIN_REFRESHED_SERIES = 50  # a run may refresh so many, however few series the guide has

Stretch = Tuple[int, int]  # [begin, end), whole hours


def windows(lineup: Lineup, wanted: TimeSpan, hours: int, now: float) -> List[GuideTask]:
    """The windows that cover the span, aligned to UTC; none begins beyond the source's horizon."""
    step = hours * HOUR
    first = wanted.begin - wanted.begin % step
    end = min(wanted.end, int(now) + HORIZON)
    return [GuideTask(lineup, start, hours) for start in range(first, end, step)]


def cut(tasks: Iterable[GuideTask], apart: Collection[int]) -> List[GuideTask]:
    """The windows, cut so that each is wholly within the hours ``apart`` or wholly outside."""
    pieces = []
    for task in tasks:
        for _, group in itertools.groupby(range(task.start, task.stop, HOUR), apart.__contains__):
            hours = list(group)
            pieces.append(task._replace(start=hours[0], hours=len(hours)))
    return pieces


def due_windows(
    tasks: Sequence[GuideTask],
    stored: Sequence[StoredWindow],
    now: float,
    refresh: bool = True,
    rest: float = 0.0,
) -> List[GuideTask]:
    """The windows to download now, soonest first.

    Always: windows with a missing hour. With ``refresh`` also windows that begin within a day,
    windows stored over a week ago, and windows of the next three days that contain a TBA and were
    stored over a day ago. Not refreshed: past windows, and windows stored less than ``rest``
    seconds ago, so that an interrupted run continues where it stopped.
    """
    due = []
    for task in tasks:
        fetched, tba = _coverage(task, stored)
        recent = fetched is not None and 0 <= now - fetched < rest
        if fetched is None or (
            refresh
            and task.stop > now
            and not recent
            and (
                task.start < now + REFRESH_WITHIN
                or fetched < now - MAX_AGE
                or (tba and task.start < now + TBA_AHEAD and fetched < now - ONCE_A_DAY)
            )
        ):
            due.append(task)
    return sorted(due, key=lambda task: task.start)


def _coverage(task: GuideTask, stored: Sequence[StoredWindow]) -> Tuple[Optional[float], int]:
    """Of the latest answers for each hour of a window: when the oldest was fetched, and the most
    TBAs in one of them. None = an hour is missing. Stored windows may differ in length.
    """
    touching = [
        window for window in stored if window.start < task.stop and window.stop > task.start
    ]
    latest: List[StoredWindow] = []
    for hour in range(task.start, task.stop, HOUR):
        covering = _covering(hour, touching)
        if not covering:
            return None, 0
        latest.append(max(covering, key=lambda window: window.fetched))
    return min(window.fetched for window in latest), max(window.tba for window in latest)


def due_details(
    showings: Mapping[str, Showing], ages: Mapping[str, float], now: float
) -> List[str]:
    """The series to download, in the order of their next airings.

    Due are series without details; movies stored over MOVIE_MAX_AGE ago; series with a new episode
    within two days and details over a week old; of the others the oldest, a few each day. At most a
    seventh of all series is refreshed, so that the week after the first run does not repeat all its
    requests.

    ages: when the stored details were fetched (not how old they are), by series id.
    """

    def due(series_id: str, showing: Showing) -> bool:
        fetched = ages.get(series_id)
        if fetched is None:
            return True
        if series_id.startswith("MV"):
            return fetched < now - MOVIE_MAX_AGE
        soon = showing.new and showing.start < now + NEW_EPISODE_SOON
        # Spread, since the details of a first run are all of one age.
        rerun_max_age = RERUN_MAX_AGE + zlib.crc32(series_id.encode()) % RERUN_SPREAD
        return fetched < now - (DETAILS_MAX_AGE if soon else rerun_max_age)

    chosen = [series_id for series_id, showing in showings.items() if due(series_id, showing)]
    chosen.sort(key=lambda series_id: (showings[series_id].start, series_id))
    refreshed = [series_id for series_id in chosen if series_id in ages]
    postponed = set(refreshed[max(MIN_REFRESHED_SERIES, len(showings) // 7) :])
    return [series_id for series_id in chosen if series_id not in postponed]


def missing_hours(tasks: Iterable[GuideTask], stored: Sequence[StoredWindow]) -> List[Stretch]:
    """The stretches of the windows without any stored answer."""
    return stretches(hour for hour in hours_of(tasks) if not _covering(hour, stored))


def stale_hours(
    tasks: Iterable[GuideTask], stored: Sequence[StoredWindow], began: float
) -> List[Stretch]:
    """The stretches of the windows whose stored answers are all from before ``began``."""
    return stretches(
        hour
        for hour in hours_of(tasks)
        if 0 < max((window.fetched for window in _covering(hour, stored)), default=0.0) < began
    )


def hours_of(tasks: Iterable[GuideTask]) -> List[int]:
    return sorted({hour for task in tasks for hour in range(task.start, task.stop, HOUR)})


def stretches(hours: Iterable[int]) -> List[Stretch]:
    """Join adjacent hours, which are in order."""
    joined: List[Stretch] = []
    for hour in hours:
        begin = joined.pop()[0] if joined and joined[-1][1] == hour else hour
        joined.append((begin, hour + HOUR))
    return joined


def _covering(hour: int, stored: Sequence[StoredWindow]) -> List[StoredWindow]:
    """The stored windows that contain the whole hour."""
    return [window for window in stored if window.start <= hour and window.stop >= hour + HOUR]
