"""The series details of a run: which are due, and those of which the source has none."""

import logging
from typing import Callable, Dict

from ..gracenote.tasks import DetailsTask, Verdict
from ..guide.span import Showing
from . import refresh
from .in_vain import AskedInVain
from .source import SourceSession

log = logging.getLogger(__name__)

DETAILS_NOT_FOUND = "series asked in vain"  # store fact
RESTS = tuple(days * refresh.ONCE_A_DAY for days in (1, 2, 4, 8, 16, 30))  # seconds


def download_details(
    session: SourceSession,
    showings: Dict[str, Showing],
    began: float,
    starts: Callable[[], object],
) -> str:
    """Download the details that are due; return a note for the user, "" = none.

    starts: called before the first request.
    """
    in_vain = AskedInVain(session.store, DETAILS_NOT_FOUND, RESTS)
    ages = session.store.details_ages()
    newest = max(ages.values(), default=0.0)

    def may_ask(series_id: str) -> bool:
        last = in_vain.last(series_id)
        return (last.in_doubt and newest > last.at) or not in_vain.is_resting(series_id, began)

    due = [own for own in refresh.due_details(showings, ages, began) if may_ask(own)]
    log.info("the details of %d series are due", len(due))
    if not due:
        return ""
    starts()
    tasks = [DetailsTask(own, asked_in_vain=in_vain.last(own).times > 0) for own in due]
    results = session.manager.download_series_details(tasks)
    any_came = any(outcome.ok for _, outcome in results)
    for series_id, (_, outcome) in zip(due, results):
        if outcome.ok:
            in_vain.forget([series_id])
        elif outcome.verdict in (Verdict.BAD, Verdict.GONE):
            times = in_vain.last(series_id).times + 1
            in_vain.add(series_id, began, times, in_doubt=not any_came)
    in_vain.save(began)
    left = session.manager.monitor.statistics.series.left
    if not left:
        return ""
    ended = session.manager.ended
    reason = f": {ended.detail}" if ended else ""
    return f"Details of {left} series are left to the next run{reason}."
