"""The series details of a run: which are due, and those of which the source has none."""

import logging
from typing import Callable, Mapping, Sequence

from ..downloader import retry
from ..gracenote.tasks import Verdict
from ..guide.span import Showing
from . import refresh
from .in_vain import AskedInVain
from .source import SourceSession

log = logging.getLogger(__name__)

DETAILS_NOT_FOUND = "series asked in vain"  # store fact
RESTS = tuple(days * refresh.ONCE_A_DAY for days in (1, 2, 4, 8, 16, 30))  # seconds


def download_details(
    session: SourceSession,
    showings: Mapping[str, Showing],
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

    due = list(filter(may_ask, refresh.due_details(showings, ages, began)))
    log.info("the details of %d series are due", len(due))
    if not due:
        return ""
    starts()
    again = [series_id for series_id in due if in_vain.last(series_id).times]
    _download(session, in_vain, [own for own in due if not in_vain.last(own).times], began)
    # So few that they cannot end the downloads; more of them only if some have details by now.
    most = retry.MAX_EMPTY - 1
    while again and not session.manager.ended:
        batch, again = again[:most], again[most:]
        if not _download(session, in_vain, batch, began):
            break
    in_vain.save(began)
    left = session.manager.monitor.statistics.series.left
    if not left:
        return ""
    ended = session.manager.ended
    reason = f": {ended.detail}" if ended else ""
    return f"Details of {left} series are left to the next run{reason}."


def _download(
    session: SourceSession, in_vain: AskedInVain, series_ids: Sequence[str], began: float
) -> bool:
    """Download these details; return whether any came."""
    results = session.manager.download_series_details(series_ids)
    came = [series_id for series_id, (_, outcome) in zip(series_ids, results) if outcome.ok]
    in_vain.forget(came)
    any_came = bool(session.manager.monitor.statistics.series.succeeded)
    for series_id, (_, outcome) in zip(series_ids, results):
        if outcome.verdict in (Verdict.BAD, Verdict.GONE):
            times = in_vain.last(series_id).times + 1
            in_vain.add(series_id, began, times, in_doubt=not any_came)
    return bool(came)
