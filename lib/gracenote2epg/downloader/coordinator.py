"""The loop: one thread that paces, retries, adapts, saves and reports, in order.

Workers only fetch. One call waits for the rate limiter and for the next response alike, so there is
no sleep to interrupt and no lock to forget.
"""

import itertools
import logging
import math
import threading
from collections import deque
from typing import (
    Any,
    Callable,
    Deque,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from ..clock import Clock
from ..errors import Sentence
from ..gracenote.tasks import GuideTask, Outcome, ProvidersTask, Result, Task, Verdict
from ..models import Lineup
from . import events, retry
from .adaptive import OFF, AdaptiveStrategy, Pace, Sample
from .circuit_breaker import CircuitBreaker
from .jobs import Job, Ledger
from .learned_limit import KEPT, LearnedLimit, LimitObserver
from .rate_limiter import MIN_RATE, RateLimiter

log = logging.getLogger(__name__)

TICK = 0.25  # seconds; how soon a stop is noticed
CALM_DECISIONS = 8  # without an overload, after which one worker more may be tried


class Coordinator:
    """Brings every task to one final outcome, or leaves it to the next run with a reason.

    pool: start(job) -> bool, finished(seconds), resize, size, busy.
    client: parse, stop, cut_overdue.
    seconds, requests: the budgets of all phases together.
    save: takes (task, outcome) of each good response at once and returns the outcome to report.
    emit: takes each event.
    ``ended`` is the outcome that ended the run early, if any. All times are ``clock.monotonic``'s.
    """

    def __init__(
        self,
        pool: Any,
        client: Any,
        strategies: Mapping[str, AdaptiveStrategy],
        clock: Clock,
        stop: threading.Event,
        *,
        adaptive: bool,
        seconds: float,
        requests: int,
        save: Callable[[Task, Outcome], Outcome],
        emit: Callable[[events.Event], None],
    ) -> None:
        self.ended: Optional[Outcome] = None
        self._pool, self._client = pool, client
        self._clock, self._stop = clock, stop
        self._save, self._emit = save, emit
        now = clock.monotonic()
        self._seconds, self._requests_left = seconds, requests
        self._deadline = math.inf  # until the first request is sent
        # The work
        self._type = ""
        self._waiting: Deque[Job] = deque()
        self._ledger = Ledger(())
        self._streak = retry.Streak()
        self._awaits_control = False
        self._accepted: Set[Lineup] = set()  # lineups whose last response was good
        # The pace
        self._adaptive = adaptive
        self._strategies: Dict[str, AdaptiveStrategy] = dict(strategies)
        self._unbounded = {kind: strategy.profile for kind, strategy in strategies.items()}
        self._calm_decisions = 0
        self._pace = {kind: strategy.first() for kind, strategy in strategies.items()}
        self._limiter = RateLimiter({kind: pace.rate for kind, pace in self._pace.items()}, clock)
        self._sample = Sample()
        self._overloaded = -1  # the index of the task that was answered so last
        self._reduced_at = now - 1  # responses to earlier requests are no new overload
        # Refusals
        self._breaker = CircuitBreaker()
        self._observer = LimitObserver(now)

    @property
    def rate(self) -> float:
        """The latest rate in requests a second; 0.0 = nothing ran yet."""
        return self._pace[self._type].rate if self._type else 0.0

    @property
    def limit(self) -> Optional[LearnedLimit]:
        """The limit that this run met; None = it met none."""
        return self._observer.limit

    def limit_rate(self, rate: float, reason: Sentence) -> None:
        """Never send more than ``rate`` requests a second, in any phase of this run."""
        rate = max(MIN_RATE, rate)
        for kind, strategy in self._strategies.items():
            profile = strategy.profile.rate_capped(rate)
            self._strategies[kind] = AdaptiveStrategy(profile)
            pace = self._pace[kind]
            if rate < pace.rate:
                pace = self._pace[kind] = pace._replace(rate=rate, reason=reason)
            self._limiter.set_rate(kind, pace.rate)

    def run(self, kind: str, tasks: Sequence[Task]) -> List[Result]:
        """Bring the tasks to their outcomes; return them in order."""
        self._start_phase(kind, sum(not isinstance(task, ProvidersTask) for task in tasks))
        self._waiting = deque(Job(task, index) for index, task in enumerate(tasks))
        self._ledger = Ledger(tasks)
        try:
            while self._waiting or self._pool.busy:
                if self._is_over():
                    break
                for job, outcome in self._responses(self._send()):
                    self._react(job, outcome)
                self._client.cut_overdue()
            self._finish()
        finally:
            self._emit(events.Ended(self._clock.monotonic(), kind))
        return self._ledger.results()

    def _start_phase(self, kind: str, tasks: int) -> None:
        """Begin at the strategy's pace, or with fewer workers if the phase before lost some."""
        pace, profile = self._pace[kind], self._strategies[kind].profile
        if self._type:
            before = self._pace[self._type]
            if before.workers < min(self._unbounded[self._type].initial, pace.workers):
                reason = Sentence("decision_as_before", "as the downloads before")
                pace = pace._replace(workers=before.workers, reason=reason)
            if profile.keeps_rate:
                pace = pace._replace(rate=before.rate)
        if not self._adaptive:
            reason = Sentence("decision_off", "adapting is switched off")
            pace = pace._replace(reason=reason, status=OFF)
        self._type, self._sample, self._overloaded = kind, Sample(), -1
        if self._streak.proven:
            self._streak = self._streak._replace(failures=0, empty=0)
        self._pace[kind] = pace
        self._pool.resize(pace.workers)
        self._limiter.set_rate(kind, pace.rate)
        now = self._clock.monotonic()
        self._emit(events.Began(now, kind, tasks, pace, profile.maximum, profile.fast_rate))

    def _is_over(self) -> bool:
        """Whether to send nothing more: stopped, ended, or a budget is used up."""
        if not self.ended and self._clock.monotonic() >= self._deadline:
            self.ended = Outcome(Verdict.NOT_ATTEMPTED, detail="the time budget is used up")
            self._client.stop()
        elif not self.ended and self._waiting and self._requests_left <= 0:
            self.ended = Outcome(Verdict.NOT_ATTEMPTED, detail="the request budget is used up")
        return self._stop.is_set() or self.ended is not None

    def _finish(self) -> None:
        """Wait for what is in flight, and leave the rest to the next run."""
        if self._stop.is_set():
            self._client.stop()
        detail = "stopped" if self._stop.is_set() else self.ended.detail if self.ended else ""
        while self._pool.busy:
            for job, outcome in self._responses(TICK):
                self._emit(events.ResponseReceived(self._clock.monotonic(), self._type, outcome))
                if outcome.ok:
                    self._settle(job, self._save(job.task, outcome))
                else:
                    self._waiting.append(job)
            self._client.cut_overdue()
            if self._stop.is_set() or self._clock.monotonic() >= self._deadline:
                self._client.stop()
        for job in self._waiting:
            self._settle(job, Outcome(Verdict.NOT_ATTEMPTED, detail=detail))
        self._waiting.clear()

    # Requests and responses

    def _send(self) -> float:
        """Send all that may go now; return the seconds to wait for responses."""
        while self._requests_left > 0:
            if self._one_by_one() and self._pool.busy:
                return TICK
            job = self._ready_job()
            if job is None:
                return TICK
            delay = self._limiter.delay(self._type)
            if delay > 0.0:
                self._sample = self._sample._replace(rate_bound=True)
                return min(delay, TICK)
            if not self._pool.start(job):
                self._sample = self._sample._replace(all_busy=True)
                return TICK
            self._waiting.remove(job)
            self._count_request(job)
        return TICK

    def _ready_job(self) -> Optional[Job]:
        """The first job that is not set aside. Nothing overtakes the canary."""
        now = self._clock.monotonic()
        waiting = self._waiting if self._streak.proven else itertools.islice(self._waiting, 1)
        return next((job for job in waiting if job.ready_at <= now), None)

    def _one_by_one(self) -> bool:
        """Whether a request may go only when no other is in flight: the canary, a control, a probe,
        and each one near the observed limit, so that one is refused and not several."""
        return (
            not self._streak.proven
            or self._awaits_control
            or (self._breaker.is_open and self._breaker.half_open)
            or self._observer.is_near
        )

    def _count_request(self, job: Job) -> None:
        job.sent_at = self._clock.monotonic()
        self._deadline = min(self._deadline, job.sent_at + self._seconds)
        job.is_probe = self._breaker.half_open = self._breaker.is_open
        self._limiter.take(self._type)
        self._requests_left -= 1
        self._observer.on_request(job.sent_at)
        self._emit(events.RequestSent(job.sent_at, self._type))

    def _responses(self, seconds: float) -> Iterator[Tuple[Job, Outcome]]:
        """Wait up to so many seconds for responses, then yield them.

        It parses one at a time and keeps no reference, since a parsed window is large. After a stop
        it parses none: a slow machine needs seconds for a few.
        """
        arrived = self._pool.finished(seconds)[::-1]
        while arrived:
            job, outcome = arrived.pop()
            if outcome.ok and self._stop.is_set():
                outcome = outcome._replace(verdict=Verdict.STOPPED, value=None, detail="stopped")
            outcome = self._client.parse(job.task, outcome)
            yield job, outcome

    def _react(self, job: Job, outcome: Outcome) -> None:
        """Do what the response calls for: save it, try again, slow down, or give up."""
        now, outcome = self._clock.monotonic(), retry.judge(job, outcome)
        self._emit(events.ResponseReceived(now, self._type, outcome))
        self._awaits_control = self._awaits_control and not job.is_control
        if outcome.verdict is Verdict.STOPPED:
            self._waiting.appendleft(job)
            return
        is_new = job.sent_at > self._reduced_at
        # One task that fails again and again says nothing new about the source.
        counts = is_new and (outcome.refused or job.index != self._overloaded)
        self._sample = self._sample.plus(outcome, counts)
        if outcome.verdict is Verdict.OVERLOADED:
            self._overloaded = job.index
        if job.is_probe:
            self._on_probe(job, outcome, now)
        if outcome.ok:
            if not job.is_control:  # the streak that it is about goes on
                self._streak = self._streak.succeeded(job.task)
            if isinstance(job.task, GuideTask):
                self._accepted.add(job.task.lineup)
            self._settle(job, self._save(job.task, outcome))
        elif outcome.refused:
            self._on_refusal(job, outcome, is_new, now)
        else:
            self._on_failure(job, outcome, now)
        self._adapt(now)

    def _settle(self, job: Job, outcome: Outcome) -> None:
        # A control has no place among the results: its task has its own outcome.
        final = None if job.is_control else self._ledger.settle(job.index, outcome)
        if final and not isinstance(job.task, ProvidersTask):
            self._emit(events.TaskDone(self._clock.monotonic(), self._type, final.verdict))

    # Refusals

    def _on_refusal(self, job: Job, outcome: Outcome, is_new: bool, now: float) -> None:
        self._waiting.appendleft(job)
        if not self._streak.proven and outcome.verdict is Verdict.BLOCKED:
            self.ended = outcome  # the very first response: asking again would make it worse
        elif not self._breaker.is_open and is_new:
            self._trip(outcome, now)

    def _trip(self, outcome: Outcome, now: float, outage: bool = False) -> None:
        wait = self._breaker.trip(now, outcome.retry_after, outage)
        log.warning("%s; waiting %.0f s before one probe", outcome.detail, wait)
        self._reduced_at = now
        if not outage and self._streak.proven:
            self._observer.on_trip(now)
        self._hold(outcome, wait, now)

    def _hold(self, outcome: Outcome, wait: float, now: float) -> None:
        """Send nothing for ``wait`` seconds, or end the run if the probe would come too late."""
        self._limiter.hold(wait)
        ends = self._breaker.exhausted or now + wait > self._deadline
        self._emit(events.BreakerTripped(now, outcome.detail, 0.0 if ends else now + wait))
        if ends:
            self.ended = outcome
            self._observer.on_end(now)

    def _on_probe(self, job: Job, outcome: Outcome, now: float) -> None:
        is_alive = outcome.verdict in (Verdict.GONE, Verdict.NO_LINEUP, Verdict.BAD)
        if outcome.ok or (is_alive and not (self._breaker.outage and retry.is_outage(outcome))):
            self._reset(job, now)
            return
        if outcome.refused:
            self._observer.on_refused_probe()
        wait = self._breaker.probe_failed(now, outcome.retry_after)
        log.info("the probe failed (%s); waiting %.0f s", outcome.detail, wait)
        self._hold(outcome, wait, now)

    def _reset(self, probe: Job, now: float) -> None:
        was_outage, open_for = self._breaker.outage, self._breaker.reset(now)
        failures = self._streak.failures if probe.is_control else 0  # else they fail alone
        self._reduced_at, self._streak = now, self._streak._replace(failures=failures)
        if not was_outage:
            reason = Sentence("decision_after_refusal", "after a refusal")
            self.limit_rate(KEPT * self._pace[self._type].rate, reason)
        self._observer.on_reset(now)
        log.info("the source answers again after %.0f s", open_for)
        self._emit(events.BreakerReset(now))

    # Failures

    def _on_failure(self, job: Job, outcome: Outcome, now: float) -> None:
        before, self._streak = self._streak, self._streak.failed(job, outcome)
        self.ended = self.ended or retry.run_end(job.task, outcome, self._streak)
        control = retry.control(job, outcome, before, self._streak)
        if not self._breaker.is_open and retry.is_outage_of_all(outcome, before, self._streak):
            self._trip(outcome, now, outage=True)
        if outcome.verdict is Verdict.NO_LINEUP and isinstance(job.task, GuideTask):
            self._reject_lineup(job.task.lineup, outcome)
        works = not self._streak.proven or getattr(job.task, "lineup", None) in self._accepted
        next_jobs = retry.next_jobs(job, outcome, self._streak, self._breaker.is_open, works)
        if not next_jobs:
            self._settle(job, outcome)
        elif len(next_jobs) == 1:
            (again,) = next_jobs
            self._waiting.append(again)
            # After a canary that failed another one goes, but later.
            waits = again if self._streak.proven else self._waiting[0]
            waits.ready_at = now + again.waited - job.waited
        else:
            self._ledger.split(job.index, len(next_jobs))
            self._waiting.extendleft(next_jobs[::-1])
        if control:
            self._waiting.appendleft(control)
            self._awaits_control = True

    def _reject_lineup(self, lineup: Lineup, outcome: Outcome) -> None:
        """Settle all windows of a lineup that the source does not know. If it was accepted before,
        it takes two such responses in a row."""
        if lineup in self._accepted:
            self._accepted.remove(lineup)
            return
        rejected = [job for job in self._waiting if getattr(job.task, "lineup", None) == lineup]
        for job in rejected:
            self._waiting.remove(job)
            self._settle(job, outcome)

    # Pace

    def _adapt(self, now: float) -> None:
        strategy, pace, sample = self._strategies[self._type], self._pace[self._type], self._sample
        if not self._adaptive or not strategy.is_due(pace, sample):
            return
        self._sample = Sample()
        self._apply(strategy.decide(pace, sample), now)
        self._bound_workers(sample, pace.workers)

    def _bound_workers(self, sample: Sample, workers: int) -> None:
        """Do not try again what was too many workers until all has been well for a while.

        workers: how many there were before the decision.
        """
        profile = self._strategies[self._type].profile
        if sample.overloaded:
            self._calm_decisions = 0
            profile = profile.capped(max(profile.minimum, workers - 1))
        else:
            self._calm_decisions += 1
            unbounded, maximum = self._unbounded[self._type], profile.maximum + 1
            if self._calm_decisions % CALM_DECISIONS == 0 and maximum <= unbounded.maximum:
                initial = min(maximum, unbounded.initial)
                profile = profile._replace(maximum=maximum, initial=initial)
        self._strategies[self._type] = AdaptiveStrategy(profile)

    def _apply(self, pace: Pace, now: float) -> None:
        before = self._pace[self._type]
        self._pace[self._type] = pace
        if pace.workers < before.workers:
            self._reduced_at = now
        self._pool.resize(pace.workers)
        self._limiter.set_rate(self._type, pace.rate)
        if pace != before:
            log.debug("%s: %s", self._type, pace)
            self._emit(events.PaceChanged(now, self._type, pace))
