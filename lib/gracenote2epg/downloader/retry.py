"""What follows a failed request: another attempt, a split, the final outcome, the run's end. Pure.

The coordinator applies what these functions return. Refusals are not failures: the circuit breaker
deals with them, and they use up no attempt.
"""

import dataclasses
from typing import List, NamedTuple, Optional

from ..gracenote.tasks import DetailsTask, GuideTask, Outcome, ProvidersTask, Task, Verdict
from .circuit_breaker import MAX_OUTAGE
from .jobs import Job

MAX_ATTEMPTS = 3  # requests for one task, while others succeed
WAITS = (2.0, 8.0)  # seconds between them; a longer Retry-After is obeyed …
MAX_WAITED = MAX_OUTAGE  # … up to so many seconds in all
OUTAGE_FAILURES = 6  # tasks in a row: the same
HOLD_FAILURES = 3  # tasks in a row that are answered with Retry-After: it is meant for all
MAX_EMPTY = 20  # new series in a row without details: this run gets no more of them


class Streak(NamedTuple):
    """The responses since the last good one.

    good: the task of that one; None = none of this run was good. failures: tasks in a row that met
    a failure of the source or the network; one task's failures count once, for the task may be what
    fails. empty: responses in a row without data, from a source that works; without those of series
    that an earlier run asked for in vain.
    """

    good: Optional[Task] = None
    failures: int = 0
    empty: int = 0

    @property
    def proven(self) -> bool:
        """Whether the source gives listings or details in this run."""
        return self.good is not None

    def succeeded(self, task: Task) -> "Streak":
        """The streak after a good response. A list of providers proves nothing: it comes from
        another service of the source."""
        return Streak(self.good if isinstance(task, ProvidersTask) else task)

    def failed(self, job: Job, outcome: Outcome) -> "Streak":
        """The streak with one more failure; not for refusals."""
        if is_outage(outcome):
            counts = job.attempt == 1 or not self.proven
            return self._replace(failures=self.failures + counts)
        if isinstance(job.task, DetailsTask):
            return self._replace(empty=self.empty + (not job.task.asked_in_vain))
        return self._replace(empty=self.empty + 1)  # hours without data are no outage


def judge(job: Job, outcome: Outcome) -> Outcome:
    """The outcome; of a control, a refusal if the source now denies what it gave before."""
    if job.is_control and 400 <= outcome.status < 500:
        return outcome._replace(verdict=Verdict.RATE_LIMITED)
    return outcome


def control(job: Job, outcome: Outcome, before: Streak, streak: Streak) -> Optional[Job]:
    """The last request that was answered well, to send it again; None unless so many in a row have
    just failed that the source may refuse, or not give, everything. before, streak: without this
    outcome and with it.

    Series details may well fail alone, so an outage of them is given no such request.
    """
    is_denied = outcome.status >= 400 and before.empty < OUTAGE_FAILURES <= streak.empty
    is_outage = is_outage_of_all(outcome, before, streak) and isinstance(job.task, GuideTask)
    if streak.good is None or not (is_denied or is_outage):
        return None
    return Job(streak.good, job.index, is_control=True)


def is_outage(outcome: Outcome) -> bool:
    """Whether the outcome shows that the source, or the way to it, does not work."""
    return outcome.transient or outcome.status >= 500


def next_jobs(
    job: Job, outcome: Outcome, streak: Streak, breaker_open: bool, lineup_works: bool = True
) -> List[Job]:
    """Return what to request after a failure: the job again, its halves, or [] to settle.

    streak: with this failure counted. lineup_works: a window of the lineup came, or nothing yet;
    else it may be the lineup that fails, and no hour of it. The jobs' ``waited`` includes the wait
    from now on; while the circuit breaker is open nothing counts, for then it decides when to ask
    again.
    """
    is_empty = not is_outage(outcome)
    has_no_details = outcome.verdict is Verdict.BAD and outcome.status == 200
    if isinstance(job.task, DetailsTask) and has_no_details:
        return []  # it will not have any in a minute either
    if job.is_control and not outcome.transient:
        return []
    was_asked = isinstance(job.task, GuideTask) and job.task.asked_in_vain
    if is_empty and (was_asked or streak.empty > OUTAGE_FAILURES):
        return []
    if streak.proven and streak.failures > OUTAGE_FAILURES and not breaker_open:
        return []  # a control request has shown that these fail by themselves
    again = dataclasses.replace(job, attempt=job.attempt + 1)
    is_left = False
    if outcome.transient:
        again.waited += _wait(job, outcome, streak)
        is_left = job.attempt < MAX_ATTEMPTS and again.waited <= MAX_WAITED
        is_left = is_left or not streak.proven  # ``run_end`` decides
    elif outcome.verdict is Verdict.BAD and (not job.is_half or (streak.proven and is_empty)):
        # One bad hour spoils six. A half is split again only where that is likely.
        halves = job.task.halves() if isinstance(job.task, GuideTask) else ()
        if halves and lineup_works:
            return [Job(half, job.index, is_half=True) for half in halves]
        is_left = job.attempt == 1
    if breaker_open:
        return [job]
    return [again] if is_left else []


def _wait(job: Job, outcome: Outcome, streak: Streak) -> float:
    """Seconds until the job may be sent again; until then others are."""
    if not streak.proven:
        return float(streak.failures)  # the canary: nothing else is sent meanwhile
    return max(WAITS[min(job.attempt, len(WAITS)) - 1], outcome.retry_after or 0.0)


def is_outage_of_all(outcome: Outcome, before: Streak, streak: Streak) -> bool:
    """Whether this failure shows that nothing works, not only its task. before, streak: without
    this failure and with it."""
    if not streak.proven:
        return outcome.retry_after is not None
    limits = [OUTAGE_FAILURES] if outcome.retry_after is None else [HOLD_FAILURES, OUTAGE_FAILURES]
    return any(before.failures < limit <= streak.failures for limit in limits)


def run_end(task: Task, outcome: Outcome, streak: Streak) -> Optional[Outcome]:
    """The outcome that ends the run, if this failure shows that it gets nothing more."""
    has_moved = outcome.verdict is Verdict.GONE and outcome.status < 400
    if has_moved and (not streak.proven or streak.empty >= OUTAGE_FAILURES):
        return outcome
    if isinstance(task, DetailsTask) and streak.empty >= MAX_EMPTY:
        # The source does not fail: its listings came.
        detail = f"{MAX_EMPTY} series in a row have no details ({outcome.detail})"
        return Outcome(Verdict.NOT_ATTEMPTED, status=outcome.status, detail=detail)
    if streak.proven:
        return None
    if outcome.transient and streak.failures >= MAX_ATTEMPTS:
        return outcome
    empty = 0 if isinstance(task, DetailsTask) else streak.empty
    return outcome if streak.failures + empty >= OUTAGE_FAILURES else None
