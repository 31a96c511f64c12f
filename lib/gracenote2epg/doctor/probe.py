"""One careful question to the source: does it answer, and with what?"""

import dataclasses
import threading
from typing import NamedTuple, Optional, Sequence

from ..config.settings import Config
from ..errors import GrabError, NoLineup
from ..grab import canary, cooldown
from ..grab import lineups as grab_lineups
from ..grab import source as grab_source
from ..gracenote import failures
from ..gracenote.tasks import GuideTask, Outcome, Verdict
from ..models import Lineup
from ..store.answers import Store
from ..util.format import ago

MORE = 2  # requests beside the first
PATIENCE = 15.0  # seconds for an answer
LATELY = 600.0  # seconds in which a refusal is not tried again
REFUSED = "doctor refused"  # the store's name for the last refusal that was met here
_WAITS = (Verdict.THROTTLED, Verdict.BLOCKED)


class Asked(NamedTuple):
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
        return failures.name_of(self.outcome) if self.outcome else ""

    @property
    def empty(self) -> bool:
        """The lineup is known, and has nothing."""
        return bool(self.outcome and self.outcome.detail in failures.EMPTY)

    @property
    def known(self) -> bool:
        """The source knows the lineup."""
        return bool(self.at or self.works or self.empty or (self.outcome and self.outcome.ok))


def ask(
    config: Config,
    store: Store,
    stop: threading.Event,
    now: float,
    busy: bool,
    lineups: Sequence[Lineup],
) -> Asked:
    """Ask for the lineup whose last answer is the oldest, unless there is a reason not to.

    busy: another run is at work. What is good is kept; an affiliate id that works is remembered.
    """
    if not lineups:
        return Asked("There is nothing to ask for: see Lineup")
    answered = {
        lineup: max((window.fetched for window in store.windows(lineup)), default=0.0)
        for lineup in lineups
    }
    lineup = min(lineups, key=lambda one: answered[one])
    name = lineup.lineup_id or lineup.headend_id
    at = answered[lineup]
    if 0 <= now - at < 60 * config.min_interval and not _failed_since(store, at):
        return Asked(at=at, lineup=name)
    if busy:
        return Asked("A run is at work, so that nothing is asked beside it", lineup=name)
    if config.offline:
        return Asked("Nothing is asked, because offline is on", lineup=name)
    whom = [config.base_url, config.user_agent]
    refusal, at = store.known(REFUSED)
    if refusal and refusal[:2] == whom and 0 <= now - at < LATELY:
        verdict, status, detail = refusal[2:]
        detail = f"{detail}, {ago(now - at)}"
        return Asked(lineup=name, outcome=Outcome(Verdict(verdict), status=status, detail=detail))
    patience = min(PATIENCE, config.time_budget)
    modest = dataclasses.replace(config, request_budget=MORE, time_budget=int(patience))
    with grab_source.source(modest, store, stop) as way:
        task = GuideTask(lineup, int(now) - int(now) % 3600, 1)
        affiliate = way.client.affiliate
        outcome = way.manager.ask_once(task, patience)
        if outcome.verdict is Verdict.BAD or failures.name_of(outcome) == "no network":
            # A single hour may fail for no reason, and a connection may break.
            outcome = way.manager.ask_once(task._replace(start=task.start + 86400), patience)
        asked = Asked(lineup=name, outcome=outcome, proxy=way.client.proxy, affiliate=affiliate)
        if outcome.verdict in _WAITS:
            met = [outcome.verdict.value, outcome.status, outcome.detail]
            store.learn(REFUSED, [*whom, *met], now)
        if outcome.verdict is Verdict.NO_LINEUP:
            asked = _what_is_refused(way, task, asked)
    if outcome.ok or asked.works:
        cooldown.forgive(store, now)
    return asked


def _failed_since(store: Store, at: float) -> bool:
    return any(
        run.get("error") and began + float(run.get("seconds") or 0) > at
        for began, run in store.runs(1)
    )


def _what_is_refused(way: grab_source.Source, task: GuideTask, asked: Asked) -> Asked:
    """The source says the same of an unknown postal code, lineup and affiliate id; tell which."""
    try:
        listed = grab_lineups.is_listed(way, task.lineup)
    except NoLineup as error:
        return asked._replace(problem=error)
    works = way.client.affiliate if canary.other_affiliate(way, task).ok else ""
    return asked._replace(listed=listed, works=works)
