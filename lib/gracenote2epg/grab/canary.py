"""The canary: the first request of a run, sent alone, and the windows that may follow it."""

import logging
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from ..errors import LineupNotFound, SourceError
from ..gracenote import AFFILIATES, failures
from ..gracenote.tasks import GuideTask, Outcome, Verdict
from ..models import Lineup
from ..store.choices import AFFILIATE
from .lineups import is_listed
from .source import SourceSession

log = logging.getLogger(__name__)

WindowOutcome = Tuple[GuideTask, Outcome]


def canary(session: SourceSession, tasks: Sequence[GuideTask]) -> List[WindowOutcome]:
    """Download the first window alone. If its lineup is denied, try a window of each other lineup,
    and if all are denied, the other affiliate ids. Return the outcomes, without those of refused
    ids.

    Raises AffiliateRefused if every id is refused although the lineup is known, else
    LineupNotFound; SourceError if another failure ends the search.
    """
    outcomes: List[WindowOutcome] = []
    first_of_lineup: Dict[Lineup, GuideTask] = {}
    for task in tasks:
        first_of_lineup.setdefault(task.lineup, task)
    for task in first_of_lineup.values():
        outcome = session.download(task)
        outcomes.append((task, outcome))
        if outcome.verdict is not Verdict.NO_LINEUP:
            return outcomes
    task = tasks[0]
    outcome = try_other_affiliates(session, task)
    if outcome.ok or outcome.verdict is Verdict.NOT_ATTEMPTED:
        return [(task, outcome)]
    if outcome.verdict is not Verdict.NO_LINEUP:
        raise session.error_for(outcome)
    if is_listed(session, task.lineup):
        raise failures.make_error(
            "affiliate", affiliate=session.client.affiliate, detail=outcome.detail
        )
    raise _not_found(task.lineup)


def _not_found(lineup: Lineup) -> LineupNotFound:
    where = " at this postal code" if lineup.postal_code else ""
    return LineupNotFound(f"{lineup.name}{where}")


def download_windows(
    session: SourceSession,
    tasks: Sequence[GuideTask],
    shows_outage: Callable[[GuideTask, Outcome], bool],
) -> Tuple[List[WindowOutcome], Optional[SourceError]]:
    """Download windows, the first one as the canary. Return their outcomes, and the error that
    ended the downloads or explains why no listings came; None = no failure.

    shows_outage: whether an outcome, where none is good, is a failure of the source. Raises like
    ``canary``.
    """
    before = session.answers
    outcomes = canary(session, tasks)
    tried = {task for task, _ in outcomes}
    denied = {task.lineup for task, outcome in outcomes if outcome.verdict is Verdict.NO_LINEUP}
    rest = [task for task in tasks if task not in tried and task.lineup not in denied]
    results = session.manager.download_guide_blocks(rest)
    outcomes = [*outcomes, *zip(rest, (result.outcome for result in results))]
    if session.answers > before:
        return outcomes, session.end_error()
    bad = [(task, outcome) for task, outcome in outcomes if shows_outage(task, outcome)]
    if not bad and not session.cut_short():
        return outcomes, None
    if bad:
        task, outcome = bad[0]
        is_http_error = outcome.verdict is Verdict.GONE and outcome.status >= 400
        if is_http_error and is_listed(session, task.lineup) is False:
            raise _not_found(task.lineup)
        if not session.manager.ended:
            return outcomes, session.error_for(outcome)
    return outcomes, session.end_error()


def denied_lineups(outcomes: Sequence[WindowOutcome]) -> List[str]:
    """Sentences about lineups that the source denies while it knows others."""
    known = {task.lineup for task, outcome in outcomes if outcome.ok}
    denied = dict.fromkeys(
        task.lineup for task, outcome in outcomes if outcome.verdict is Verdict.NO_LINEUP
    )
    return [_not_found(lineup).what for lineup in denied if lineup not in known]


def try_other_affiliates(session: SourceSession, task: GuideTask) -> Outcome:
    """Download with the other affiliate ids; the store remembers the one that works.

    Return the last outcome: not NO_LINEUP if another failure ended the search.
    """
    client, refused = session.client, session.client.affiliate
    outcome = Outcome(Verdict.NO_LINEUP)
    if client.grid_params(task)["aid"] != refused:
        return outcome  # lineups of this kind have an affiliate id of their own
    for affiliate in AFFILIATES:
        if affiliate == refused:
            continue
        client.affiliate = affiliate
        outcome = session.download(task)
        if outcome.ok:
            log.warning("Affiliate id %s is refused; using %s from now on", refused, affiliate)
            session.store.choices.put(AFFILIATE, affiliate)
            return outcome
        if outcome.verdict is not Verdict.NO_LINEUP:
            break
    client.affiliate = refused
    return outcome
