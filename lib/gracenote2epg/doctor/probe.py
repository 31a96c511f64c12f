"""One careful question to the source: does it answer, and with what?"""

import dataclasses
import threading
from typing import NamedTuple, Optional, Sequence

from ..clock import DAY
from ..config.settings import Config
from ..errors import GrabError, LineupNotFound
from ..grab import canary, cooldown
from ..grab import lineups as grab_lineups
from ..grab import source as grab_source
from ..gracenote import failures
from ..gracenote.tasks import GuideTask, Outcome, Verdict
from ..models import Lineup
from ..store.answers import Store
from ..util.format import format_ago

EXTRA_REQUESTS = 2  # requests beside the first
PROBE_TIMEOUT = 15.0  # seconds for an answer
REFUSAL_TTL = 600.0  # seconds in which a refusal is not tried again
REFUSAL_FACT = "doctor refused"  # the store's name for the last refusal that was met here
_WAITS = (Verdict.RATE_LIMITED, Verdict.BLOCKED)


class ProbeResult(NamedTuple):
    """What came of asking the source for one hour of a lineup."""

    why_not: str = ""  # it was not asked
    at: float = 0.0  # when it answered last, too short a while ago to ask again
    lineup: str = ""
    outcome: Optional[Outcome] = None
    proxy: str = ""  # that is in between
    affiliate: str = ""  # that it was asked with
    works: str = ""  # the affiliate id that is accepted instead
    listed: Optional[bool] = None  # whether the postal code has that lineup; None = not known
    problem: Optional[GrabError] = None  # with the postal code

    @property
    def trouble(self) -> str:
        """The name of what keeps us from the listings; "" = nothing, or nothing was asked."""
        return failures.classify(self.outcome) if self.outcome else ""

    @property
    def empty(self) -> bool:
        """The lineup is known, and has nothing."""
        return bool(self.outcome and self.outcome.detail in failures.EMPTY_ANSWERS)

    @property
    def known(self) -> bool:
        """The source knows the lineup."""
        return bool(self.at or self.works or self.empty or (self.outcome and self.outcome.ok))


def probe(
    config: Config,
    store: Store,
    stop: threading.Event,
    now: float,
    busy: bool,
    lineups: Sequence[Lineup],
) -> ProbeResult:
    """Ask for the lineup whose last answer is the oldest, unless there is a reason not to.

    busy: another run is at work. What is good is kept; an affiliate id that works is remembered.
    """
    if not lineups:
        return ProbeResult("There is nothing to ask for: see Lineup")
    answered = {
        lineup: max((window.fetched for window in store.windows(lineup)), default=0.0)
        for lineup in lineups
    }
    lineup = min(lineups, key=lambda one: answered[one])
    name = lineup.name
    at = answered[lineup]
    if 0 <= now - at < 60 * config.min_interval and not _failed_since(store, at):
        return ProbeResult(at=at, lineup=name)
    if busy:
        return ProbeResult("A run is at work, so that nothing is asked beside it", lineup=name)
    if config.offline:
        return ProbeResult("Nothing is asked, because offline is on", lineup=name)
    whom = [config.base_url, config.user_agent]
    refusal, at = store.fact(REFUSAL_FACT)
    if refusal and refusal[:2] == whom and 0 <= now - at < REFUSAL_TTL:
        verdict, status, detail = refusal[2:]
        detail = f"{detail}, {format_ago(now - at)}"
        return ProbeResult(
            lineup=name, outcome=Outcome(Verdict(verdict), status=status, detail=detail)
        )
    patience = min(PROBE_TIMEOUT, config.time_budget)
    modest = dataclasses.replace(config, request_budget=EXTRA_REQUESTS, time_budget=int(patience))
    with grab_source.open_source(modest, store, stop) as way:
        task = way.current_hour(lineup)
        affiliate = way.client.affiliate
        outcome = way.manager.fetch_once(task, patience)
        if outcome.verdict is Verdict.BAD or failures.classify(outcome) == "no network":
            # A single hour may fail for no reason, and a connection may break.
            outcome = way.manager.fetch_once(task._replace(start=task.start + DAY), patience)
        asked = ProbeResult(
            lineup=name, outcome=outcome, proxy=way.client.proxy, affiliate=affiliate
        )
        if outcome.verdict in _WAITS:
            met = [outcome.verdict.value, outcome.status, outcome.detail]
            store.set_fact(REFUSAL_FACT, [*whom, *met], now)
        if outcome.verdict is Verdict.NO_LINEUP:
            asked = _what_is_refused(way, task, asked)
    if outcome.ok or asked.works:
        cooldown.clear_refusal(store, now)
    return asked


def _failed_since(store: Store, at: float) -> bool:
    return any(
        run.get("error") and began + float(run.get("seconds") or 0) > at
        for began, run in store.runs(1)
    )


def _what_is_refused(
    way: grab_source.SourceSession, task: GuideTask, asked: ProbeResult
) -> ProbeResult:
    """The source says the same of an unknown postal code, lineup and affiliate id; tell which."""
    try:
        listed = grab_lineups.is_listed(way, task.lineup)
    except LineupNotFound as error:
        return asked._replace(problem=error)
    works = way.client.affiliate if canary.try_other_affiliates(way, task).ok else ""
    return asked._replace(listed=listed, works=works)
