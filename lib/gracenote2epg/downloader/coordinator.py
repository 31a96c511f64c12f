"""The loop: one thread that paces, retries, adapts, keeps and tells, in order.

Workers fetch and nothing else. Waiting for the limiter *is* waiting for the next answer, so there
is no sleep to interrupt and no lock to forget.
"""

import dataclasses
import logging
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
from ..gracenote.tasks import DetailsTask, GuideTask, Outcome, ProvidersTask, Result, Task, Verdict
from ..models import Lineup
from .adaptive import OFF, AdaptiveStrategy, Pace, Sample
from .circuit_breaker import KEPT, LEAST, NEAR, CircuitBreaker, ObservedLimit
from .events import (
    Began,
    BreakerReset,
    BreakerTripped,
    Ended,
    Event,
    PaceChanged,
    RequestSent,
    ResponseReceived,
    TaskDone,
)
from .jobs import Job, Ledger
from .rate_limiter import RateLimiter

log = logging.getLogger(__name__)


TICK = 0.25  # seconds; how soon a stop is seen
ATTEMPTS = 3  # requests for one task that breaks off; refusals do not count
_NONE = (Verdict.BAD, 200)  # a series without details has none in a minute either
CALM = 8  # decisions without an overload after which one worker more may be tried
OUTAGE = 6  # failures in a row, with nothing good between them, are an outage
VAIN = 20  # series in a row of which there is nothing: of this kind there is nothing now


class Coordinator:
    """Brings every task to one final outcome, or leaves it to the next run and says why.

    pool: start(job) -> bool, finished(seconds), resize, size, busy.
    client: read, stop, cut_overdue.
    keep: takes (task, outcome) of each good answer as it arrives and returns the outcome to report.
    learn: takes the Limit that a wall taught. tell: takes each event.
    All moments are ``clock.monotonic``'s, in seconds.
    """

    def __init__(
        self,
        pool: Any,
        client: Any,
        strategies: Mapping[str, AdaptiveStrategy],
        breaker: CircuitBreaker,
        clock: Clock,
        stop: threading.Event,
        *,
        adaptive: bool,
        seconds: float,
        requests: int,
        keep: Callable[[Task, Outcome], Outcome],
        learn: Callable[[ObservedLimit], None],
        tell: Callable[[Event], None],
    ) -> None:
        self.ended: Optional[Outcome] = None  # why nothing more is asked, once that is so
        self._pool, self._client, self._breaker = pool, client, breaker
        self._strategies: Dict[str, AdaptiveStrategy] = dict(strategies)
        self._most = {kind: own.profile.maximum for kind, own in strategies.items()}
        self._calm = 0  # decisions without an overload
        self._pace = {kind: strategy.first() for kind, strategy in strategies.items()}
        self._limiter = RateLimiter({k: pace.rate for k, pace in self._pace.items()}, clock)
        self._clock, self._stop = clock, stop
        self._adaptive = adaptive
        now = clock.monotonic()
        self._deadline = now + seconds
        self._requests_left = requests
        self._keep, self._learn, self._tell = keep, learn, tell
        self._kind = ""
        self._waiting: Deque[Job] = deque()
        self._ledger = Ledger(())
        self._seen = Sample()
        self._proven = False  # whether any answer of this run was good
        self._failures = 0  # in a row
        self._vain = 0  # answers in a row that say that there is nothing
        self._known: Set[Lineup] = set()  # lineups whose last answer was good
        self._cut_at = now - 1  # what was asked before this is no news of an overload
        self._spell_from, self._spell_requests = now, 0  # since the wall was last open
        self._met = ObservedLimit(0, 0.0, 0.0)  # the last wall
        self._learned = False

    @property
    def rate(self) -> float:
        """Requests a second that are allowed now, in the phase that was last."""
        return self._pace[self._kind].rate if self._kind else 0.0

    def limit_rate(self, ceiling: float) -> None:
        """Never faster than ``ceiling`` requests a second, in no phase of this run."""
        for kind, strategy in self._strategies.items():
            bounded = strategy.profile.rate_capped(ceiling)
            self._strategies[kind] = AdaptiveStrategy(bounded)
            pace = self._pace[kind]
            self._pace[kind] = pace._replace(rate=min(pace.rate, bounded.fast_rate))
            self._limiter.set_rate(kind, self._pace[kind].rate)

    def run(self, kind: str, tasks: Sequence[Task]) -> List[Result]:
        """Bring the tasks to their outcomes; return them in order."""
        self._start_phase(kind, len(tasks))
        self._waiting = deque(Job(task, index) for index, task in enumerate(tasks))
        self._ledger = Ledger(tasks)
        try:
            while self._waiting or self._pool.busy:
                if self._over():
                    break
                self._receive(self._send())
            self._leave()
        finally:
            self._tell(Ended(self._clock.monotonic(), kind))
        return self._ledger.results()

    def _start_phase(self, kind: str, tasks: int) -> None:
        """A phase begins with its strategy's pace, or that of the phase before if that was less."""
        pace = self._pace[kind]
        if self._kind:
            before = self._pace[self._kind]
            keeps_rate = self._strategies[kind].profile.keeps_rate
            pace = pace._replace(
                workers=min(pace.workers, before.workers),
                rate=before.rate if keeps_rate else min(pace.rate, before.rate),
            )
        self._kind, self._seen, self._vain = kind, Sample(), 0
        if not self._adaptive:
            pace = pace._replace(reason="adapting is switched off", status=OFF)
        self._pace[self._kind] = pace
        self._pool.resize(pace.workers)
        self._limiter.set_rate(self._kind, pace.rate)
        profile = self._strategies[kind].profile
        self._tell(
            Began(self._clock.monotonic(), kind, tasks, pace, profile.maximum, profile.fast_rate)
        )

    def _over(self) -> bool:
        if not self.ended and self._clock.monotonic() >= self._deadline:
            self.ended = Outcome(Verdict.NOT_ATTEMPTED, detail="the time budget is used up")
            self._client.stop()
        elif not self.ended and self._waiting and self._requests_left <= 0:
            self.ended = Outcome(Verdict.NOT_ATTEMPTED, detail="the request budget is used up")
        return self._stop.is_set() or self.ended is not None

    def _send(self) -> float:
        """Send all that may go now; return the seconds to wait for answers."""
        while self._waiting and self._requests_left > 0:
            if self._alone() and self._pool.busy:
                return TICK
            pause = self._limiter.delay(self._kind)
            if pause > 0.0:
                self._seen = self._seen._replace(paced=True)
                return min(pause, TICK)
            if not self._pool.start(self._waiting[0]):
                self._seen = self._seen._replace(all_busy=True)
                return TICK
            self._sent(self._waiting.popleft())
        return TICK

    def _alone(self) -> bool:
        """Nothing beside the canary, nothing beside a probe; and one by one where the last wall
        was, so that the next one refuses one request rather than all that are under way."""
        near, past = (share * self._met.requests for share in NEAR)
        return (
            not self._proven
            or (self._breaker.is_open and self._breaker.half_open)
            or near <= self._spell_requests < past
        )

    def _sent(self, job: Job) -> None:
        job.asked = self._clock.monotonic()
        job.probe = self._breaker.half_open = self._breaker.is_open
        self._limiter.take(self._kind)
        self._requests_left -= 1
        self._spell_requests += 1
        self._tell(RequestSent(job.asked, self._kind))

    def _receive(self, seconds: float) -> None:
        for job, outcome in self._finished(seconds):
            self._react(job, outcome)
        self._client.cut_overdue()

    def _finished(self, seconds: float) -> Iterator[Tuple[Job, Outcome]]:
        """What has arrived, each read just before it is kept, for then it takes much room; what is
        read is let go. After a stop nothing is: a small box may need seconds for a few answers.
        """
        waiting = self._pool.finished(seconds)[::-1]
        while waiting:
            job, outcome = waiting.pop()
            if outcome.ok and self._stop.is_set():
                outcome = outcome._replace(verdict=Verdict.STOPPED, value=None, detail="stopped")
            outcome = self._client.parse(job.task, outcome)
            yield job, outcome

    def _react(self, job: Job, outcome: Outcome) -> None:
        """Do what the answer asks for: keep it, ask again, slow down, or give up."""
        now = self._clock.monotonic()
        self._tell(ResponseReceived(now, self._kind, outcome))
        if outcome.verdict is Verdict.STOPPED:
            self._waiting.appendleft(job)
            return
        news = job.asked > self._cut_at
        self._count(outcome, news)
        refused = outcome.verdict in (Verdict.RATE_LIMITED, Verdict.BLOCKED)
        if job.probe:
            self._probed(outcome, now)
        if outcome.ok:
            self._proven = self._proven or not isinstance(job.task, ProvidersTask)
            self._failures = self._vain = 0
            if isinstance(job.task, GuideTask):
                self._known.add(job.task.lineup)
            self._settle(job, self._keep(job.task, outcome))
        elif refused:
            self._refused(job, outcome, news, now)
        else:
            self._failed(job, outcome, now)
        self._adapt(now)

    def _count(self, outcome: Outcome, news: bool) -> None:
        seen = self._seen
        refused = outcome.verdict in (Verdict.RATE_LIMITED, Verdict.BLOCKED)
        overloaded = outcome.verdict is Verdict.OVERLOADED
        self._seen = seen._replace(
            finished=seen.finished + 1,
            succeeded=seen.succeeded + outcome.ok,
            refused=seen.refused + (refused and news),
            overloaded=seen.overloaded + (overloaded and news),
            seconds=seen.seconds + outcome.seconds,
        )

    def _settle(self, job: Job, outcome: Outcome) -> None:
        final = self._ledger.settle(job.index, outcome)
        if final:
            self._tell(TaskDone(self._clock.monotonic(), self._kind, final.verdict))

    # Refusals and outages

    def _refused(self, job: Job, outcome: Outcome, news: bool, now: float) -> None:
        """The task waits, and this uses up no attempt."""
        self._waiting.appendleft(job)
        if not self._proven and outcome.verdict is Verdict.BLOCKED:
            self.ended = outcome  # the first answer: this address is not welcome today
        elif not self._breaker.is_open and news:
            self._trip(outcome, now)
        elif outcome.retry_after is not None:
            self._limiter.hold(outcome.retry_after)

    def _trip(self, outcome: Outcome, now: float, outage: bool = False) -> None:
        wait = self._breaker.trip(now, outcome.retry_after, outage)
        log.warning("%s; waiting %.0f s before one probe", outcome.detail, wait)
        self._cut_at = now
        self._hold(outcome, wait, now)
        if not outage:
            self._met = ObservedLimit(self._spell_requests, now - self._spell_from, 0.0)

    def _hold(self, outcome: Outcome, wait: float, now: float) -> None:
        self._limiter.hold(wait)
        self._tell(BreakerTripped(now, outcome.detail, now + wait))
        if self._breaker.exhausted or now + wait > self._deadline:
            self.ended = outcome

    def _probed(self, outcome: Outcome, now: float) -> None:
        alive = outcome.verdict in (Verdict.GONE, Verdict.NO_LINEUP, Verdict.BAD)
        if outcome.ok or (alive and not (self._breaker.outage and _ill(outcome))):
            self._reset(now)
            return
        wait = self._breaker.probe_failed(now, outcome.retry_after)
        log.info("the probe failed (%s); waiting %.0f s", outcome.detail, wait)
        self._hold(outcome, wait, now)

    def _reset(self, now: float) -> None:
        outage = self._breaker.outage
        closed = self._breaker.reset(now)
        self._cut_at, self._failures = now, 0
        if not outage:
            self.limit_rate(KEPT * self._pace[self._kind].rate)
            if self._met.requests >= LEAST and not self._learned:
                # The first wall of a run: of later ones it is not known what still counted.
                self._learned = True
                self._learn(self._met._replace(closed=closed))
        self._spell_from, self._spell_requests = now, 0
        log.info("the source answers again after %.0f s", closed)
        self._tell(BreakerReset(now))

    # Failures

    def _failed(self, job: Job, outcome: Outcome, now: float) -> None:
        """Ask again what may come right, in halves where one hour may spoil six; else settle.

        That there is nothing in a stretch of hours, or of some series, is no outage.
        """
        ill = _ill(outcome)
        self._failures += ill or not (self._proven or isinstance(job.task, DetailsTask))
        self._vain += not ill
        if outcome.retry_after is not None:
            self._limiter.hold(outcome.retry_after)
        if outcome.verdict is Verdict.NO_LINEUP and isinstance(job.task, GuideTask):
            self._give_up_lineup(job.task.lineup, outcome)
        if not self._again(job, outcome):
            self._settle(job, outcome)
        if self._is_over(job.task, outcome):
            self.ended = outcome
        elif not self._proven and _broken(outcome):
            self._limiter.hold(float(self._failures))
        elif self._failures >= OUTAGE and not self._breaker.is_open:
            self._trip(outcome, now, outage=True)

    def _is_over(self, task: Task, outcome: Outcome) -> bool:
        """Whether a failure says that there is nothing more for this run."""
        if isinstance(task, DetailsTask) and self._vain >= VAIN:
            return True
        if self._proven:
            return False
        moved = outcome.verdict is Verdict.GONE and outcome.status < 400  # and so has the rest
        return moved or self._failures >= (ATTEMPTS if _broken(outcome) else OUTAGE)

    def _give_up_lineup(self, lineup: Lineup, outcome: Outcome) -> None:
        """A lineup that the source does not know has no other window either; one that it knew a
        moment ago must be refused twice in a row."""
        if lineup in self._known:
            self._known.remove(lineup)
            return
        same = [other for other in self._waiting if getattr(other.task, "lineup", None) == lineup]
        for other in same:
            self._waiting.remove(other)
            self._settle(other, outcome)

    def _again(self, job: Job, outcome: Outcome) -> bool:
        if isinstance(job.task, DetailsTask) and (outcome.verdict, outcome.status) == _NONE:
            return False
        if self._vain > OUTAGE and not _ill(outcome):  # of the others there was nothing either
            return False
        one_hour = self._proven and not _ill(outcome)  # that it is one is likely, or worth asking
        if outcome.verdict is Verdict.BAD and (one_hour or not job.half):
            parts = job.task.halves() if isinstance(job.task, GuideTask) else ()
            if parts:
                self._ledger.split(job.index, len(parts))
                self._waiting.extendleft(Job(part, job.index, half=True) for part in parts[::-1])
                return True
            most = 2
        else:
            # An overload is not the task's fault, but one task may be what overloads.
            most = 2 * ATTEMPTS if outcome.status else ATTEMPTS
            most = most if _broken(outcome) else 1
        if job.attempt >= most and not self._breaker.is_open:
            return False
        self._waiting.append(dataclasses.replace(job, attempt=job.attempt + 1))
        return True

    # Pace

    def _adapt(self, now: float) -> None:
        if not self._adaptive:
            return
        strategy, pace, seen = self._strategies[self._kind], self._pace[self._kind], self._seen
        if not (seen.refused or seen.overloaded or seen.finished >= strategy.enough(pace)):
            return
        self._seen = Sample()
        self._apply(strategy.decide(pace, seen), now)
        self._bound(seen, pace.workers)

    def _bound(self, seen: Sample, workers: int) -> None:
        """What was too many workers is not tried again until all has been well for a while."""
        profile = self._strategies[self._kind].profile
        if seen.overloaded:
            self._calm = 0
            profile = profile.capped(max(profile.minimum, workers - 1))
        else:
            self._calm += 1
            if self._calm % CALM == 0 and profile.maximum < self._most[self._kind]:
                profile = profile._replace(maximum=profile.maximum + 1)
        self._strategies[self._kind] = AdaptiveStrategy(profile)

    def _apply(self, pace: Pace, now: float) -> None:
        before = self._pace[self._kind]
        self._pace[self._kind] = pace
        if pace.workers < before.workers:
            self._cut_at = now
        self._pool.resize(pace.workers)
        self._limiter.set_rate(self._kind, pace.rate)
        if pace != before:
            log.debug("%s: %s", self._kind, pace)
            self._tell(PaceChanged(now, self._kind, pace))

    # The end

    def _leave(self) -> None:
        """Take in what is in flight, and leave the rest to the next run."""
        if self._stop.is_set():
            self._client.stop()
        why = Outcome(Verdict.STOPPED, detail="stopped") if self._stop.is_set() else self.ended
        while self._pool.busy:
            for job, outcome in self._finished(TICK):
                self._tell(ResponseReceived(self._clock.monotonic(), self._kind, outcome))
                if outcome.ok:
                    self._settle(job, self._keep(job.task, outcome))
                else:
                    self._waiting.append(job)
            self._client.cut_overdue()
            if self._stop.is_set() or self._clock.monotonic() >= self._deadline:
                self._client.stop()
        for job in self._waiting:
            detail = why.detail if why else ""
            self._settle(job, Outcome(Verdict.NOT_ATTEMPTED, detail=detail))
        self._waiting.clear()


def _broken(outcome: Outcome) -> bool:
    return outcome.verdict in (Verdict.UNREACHABLE, Verdict.OVERLOADED)


def _ill(outcome: Outcome) -> bool:
    """Whether it shows that the source, or the way to it, does not work."""
    return _broken(outcome) or outcome.status >= 500
