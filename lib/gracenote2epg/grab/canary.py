"""The first request of a run, alone, and the windows that may follow it."""

import logging
from typing import Dict, List, Optional, Sequence, Set, Tuple

from ..errors import LineupNotFound, SourceError
from ..gracenote import AFFILIATES, failures
from ..gracenote.tasks import GuideTask, Outcome, Verdict
from ..models import Lineup
from .lineups import is_listed
from .source import AFFILIATE_FACT, SourceSession, end_error

log = logging.getLogger(__name__)
MIN_WINDOWS = 3  # windows; fewer without an answer tell nothing of the source

WindowOutcome = Tuple[GuideTask, Outcome]  # a window and what came of it


def canary(source: SourceSession, tasks: Sequence[GuideTask]) -> List[WindowOutcome]:
    """Ask for the first window of a run, alone; where its lineup is denied, for one of each other
    lineup; where all are, with the other affiliate ids. Return what came of those that count.

    Raises AffiliateRefused when every id is refused though the lineup is known, else NoLineup;
    SourceError when the source lets us try no more.
    """
    found: List[WindowOutcome] = []
    one_of_each: Dict[Lineup, GuideTask] = {}
    for task in tasks:
        one_of_each.setdefault(task.lineup, task)
    for task in one_of_each.values():
        outcome = _ask(source, task)
        found.append((task, outcome))
        if outcome.verdict is not Verdict.NO_LINEUP:
            return found
    task = tasks[0]
    outcome = try_other_affiliates(source, task)
    if outcome.ok or outcome.verdict is Verdict.NOT_ATTEMPTED:
        return [(task, outcome)]
    if outcome.verdict is not Verdict.NO_LINEUP:
        raise failures.error_for(outcome, source.client.host, source.client.proxy)
    if is_listed(source, task.lineup):
        seen = {"affiliate": source.client.affiliate, "detail": outcome.detail}
        raise failures.make_error("affiliate", **seen)
    raise unknown_lineup(task.lineup)


def _ask(source: SourceSession, task: GuideTask) -> Outcome:
    return source.manager.download_guide_blocks([task])[0].outcome


def unknown_lineup(lineup: Lineup) -> LineupNotFound:
    where = " at this postal code" if lineup.postal_code else ""
    return LineupNotFound(f"{lineup.lineup_id or lineup.headend_id}{where}")


def download_windows(
    source: SourceSession, tasks: Sequence[GuideTask]
) -> Tuple[List[WindowOutcome], Optional[SourceError]]:
    """Download windows, the first one as the canary. Return what came of them, and why the source
    gave no more, or none of them; None = nothing keeps us from it. Raises as ``canary`` does.
    """
    first = canary(source, tasks)
    asked = {task for task, _ in first}
    denied = {task.lineup for task, outcome in first if outcome.verdict is Verdict.NO_LINEUP}
    rest = [task for task in tasks if task not in asked and task.lineup not in denied]
    results = source.manager.download_guide_blocks(rest)
    found = [*first, *zip(rest, (result.outcome for result in results))]
    failure = end_error(source)
    if any(outcome.ok for _, outcome in found):
        return found, failure
    task, outcome = first[-1]
    not_there = outcome.verdict is Verdict.GONE and outcome.status >= 400
    if not_there and is_listed(source, task.lineup) is False:
        raise unknown_lineup(task.lineup)
    if source.manager.ended or len(found) < MIN_WINDOWS:
        return found, failure
    return found, failures.error_for(outcome, source.client.host, source.client.proxy)


def denied_lineups(asked: Sequence[WindowOutcome]) -> List[str]:
    """What the source says of lineups that it denies beside others, in words."""
    kinds: Dict[Lineup, Set[Verdict]] = {}
    for task, outcome in asked:
        kinds.setdefault(task.lineup, set()).add(outcome.verdict)
    return [
        unknown_lineup(lineup).what
        for lineup, verdicts in kinds.items()
        if Verdict.NO_LINEUP in verdicts and Verdict.OK not in verdicts
    ]


def try_other_affiliates(source: SourceSession, task: GuideTask) -> Outcome:
    """Ask with the other affiliate ids; the one that works is remembered. Return the last outcome,
    which is no longer NO_LINEUP when there was another reason to try no more.
    """
    refused = source.client.affiliate
    outcome = Outcome(Verdict.NO_LINEUP)
    if source.client.grid_params(task)["aid"] != refused:
        return outcome  # this kind of lineup has an id of its own
    for other in AFFILIATES:
        if other == refused:
            continue
        source.client.affiliate = other
        outcome = _ask(source, task)
        if outcome.ok:
            log.warning(
                "The affiliate id %s is refused; %s works and is used from now on", refused, other
            )
            source.store.set_fact(AFFILIATE_FACT, other, source.clock.now())
            return outcome
        if outcome.verdict is not Verdict.NO_LINEUP:
            break
    source.client.affiliate = refused
    return outcome
