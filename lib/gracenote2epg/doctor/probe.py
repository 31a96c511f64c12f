"""One careful request to the source: does it answer, and with what?"""

import dataclasses
import threading
from typing import Iterator, Mapping, NamedTuple, Optional, Sequence, Tuple

from ..clock import DAY
from ..config.settings import Config
from ..errors import GrabError, LineupNotFound, Sentence
from ..grab import canary, cooldown
from ..grab import lineups as grab_lineups
from ..grab import source as grab_source
from ..gracenote import failures
from ..gracenote.tasks import GuideTask, Outcome, Verdict
from ..models import Lineup
from ..store.answers import Store
from ..util.format import Moment, format_ago

IN_PROGRESS = Sentence("seen_in_progress", "A run is in progress")
EXTRA_REQUESTS = 2  # after the first
PROBE_TIMEOUT = 15.0  # seconds
REFUSAL_TTL = 600.0  # seconds in which a refused probe is not repeated
# Not grab.cooldown's fact: that one keeps text only, and would make grabbers wait for half an hour.
REFUSAL_FACT = "doctor refused"


class ProbeResult(NamedTuple):
    """The answer for one hour of a lineup."""

    skipped_because: Tuple[Sentence, ...] = ()
    answered_at: float = 0.0  # when the source answered last, if that is too recent to probe
    lineup: str = ""
    outcome: Optional[Outcome] = None
    proxy: str = ""
    affiliate: str = ""  # the id of the request
    working_affiliate: str = ""  # the one that is accepted instead
    listed: Optional[bool] = None  # is the lineup one of the postal code's? None = unknown
    problem: Optional[GrabError] = None  # with the postal code

    @property
    def failure(self) -> str:
        """The name of the source's failure; "" = none, or not probed."""
        return failures.classify(self.outcome) if self.outcome else ""

    @property
    def empty(self) -> bool:
        """The lineup exists, but has no listings."""
        return bool(self.outcome and self.outcome.detail in failures.EMPTY_ANSWERS)

    @property
    def lineup_known(self) -> bool:
        succeeded = self.outcome and self.outcome.ok
        return bool(self.answered_at or self.working_affiliate or self.empty or succeeded)


def probe(
    config: Config,
    store: Store,
    stop: threading.Event,
    now: float,
    busy: bool,
    lineups: Sequence[Lineup],
) -> ProbeResult:
    """Request one hour of the lineup with the oldest answer, unless there is a reason not to.

    now: seconds since the epoch. busy: another run is in progress. Stores good answers, and an
    affiliate id that works.
    """
    if not lineups:
        return ProbeResult((Sentence("seen_not_probed", "No lineup to probe: see Lineup"),))
    fetched = {
        lineup: max((window.fetched for window in store.windows(lineup)), default=0.0)
        for lineup in lineups
    }
    lineup = min(lineups, key=lambda lineup: fetched[lineup])
    name, answered_at = lineup.name, fetched[lineup]
    is_recent = 0 <= now - answered_at < 60 * config.min_interval
    if is_recent and not _run_failed_since(store, answered_at):
        return ProbeResult(answered_at=answered_at, lineup=name)
    if busy:
        return ProbeResult(tuple(_seen_beside_run(config, store, now, fetched)), answered_at, name)
    if config.offline:
        offline = Sentence("seen_offline", "The setting offline is on")
        return ProbeResult((offline,), lineup=name)
    target = [config.base_url, config.user_agent]
    refusal, refused_at = store.fact(REFUSAL_FACT)
    if refusal and refusal[:2] == target and 0 <= now - refused_at < REFUSAL_TTL:
        verdict, status, detail = refusal[2:]
        detail = f"{detail}, {format_ago(now - refused_at)}"
        return ProbeResult(
            lineup=name, outcome=Outcome(Verdict(verdict), status=status, detail=detail)
        )
    timeout = min(PROBE_TIMEOUT, config.time_budget)
    frugal = dataclasses.replace(config, request_budget=EXTRA_REQUESTS, time_budget=int(timeout))
    with grab_source.open_source(frugal, store, stop) as source:
        task = source.current_hour(lineup)
        affiliate = source.client.affiliate
        outcome = source.manager.fetch_once(task, timeout)
        if outcome.verdict is Verdict.BAD or failures.classify(outcome) == "no network":
            # A single hour may be unavailable, and a connection may break.
            outcome = source.manager.fetch_once(task._replace(start=task.start + DAY), timeout)
        result = ProbeResult(
            lineup=name, outcome=outcome, proxy=source.client.proxy, affiliate=affiliate
        )
        if outcome.verdict in (Verdict.RATE_LIMITED, Verdict.BLOCKED):
            refusal = [*target, outcome.verdict.value, outcome.status, outcome.detail]
            store.set_fact(REFUSAL_FACT, refusal, now)
        if outcome.ok:
            grab_lineups.look_up_list(source, lineups)
        if outcome.verdict is Verdict.NO_LINEUP:
            result = _find_unknown(source, task, result)
    if outcome.ok or result.working_affiliate:
        cooldown.clear_refusal(store, now)
    return result


def _seen_beside_run(
    config: Config, store: Store, now: float, fetched: Mapping[Lineup, float]
) -> Iterator[Sentence]:
    """What is known of the source while a run is in progress."""
    latest, refusal = max(fetched.values()), cooldown.active_refusal(store, config, now)
    yield IN_PROGRESS
    if latest:
        answered = {"at": Moment(latest, now)}
        yield Sentence("seen_answered_last", "The source last answered {at}", answered)
    if refusal:
        yield Sentence("seen_refused_before", "Before, {what}", {"what": refusal.what})


def _run_failed_since(store: Store, at: float) -> bool:
    return any(
        run.get("error") and began + float(run.get("seconds") or 0) > at
        for began, run in store.runs(1)
    )


def _find_unknown(
    source: grab_source.SourceSession, task: GuideTask, result: ProbeResult
) -> ProbeResult:
    """Find out which is unknown: postal code, lineup or affiliate id; the answers look the same."""
    try:
        listed = grab_lineups.is_listed(source, task.lineup)
    except LineupNotFound as error:
        return result._replace(problem=error)
    accepted = source.client.affiliate if canary.try_other_affiliates(source, task).ok else ""
    return result._replace(listed=listed, working_affiliate=accepted)
