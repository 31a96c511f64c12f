"""The real coordinator, limiter, strategies and circuit breaker against models of a server.

In virtual time, without sockets and threads: a run of an hour takes milliseconds and is the same
every time.
"""

import heapq
import random
import threading
from collections import Counter, deque
from typing import Any, Callable, Deque, Dict, List, NamedTuple, Optional, Sequence, Tuple

from gracenote2epg.clock import Clock
from gracenote2epg.downloader import events
from gracenote2epg.downloader.adaptive import AdaptiveStrategy, Pace
from gracenote2epg.downloader.coordinator import Coordinator
from gracenote2epg.downloader.learned_limit import LearnedLimit
from gracenote2epg.downloader.monitor import EventDrivenMonitor
from gracenote2epg.downloader.strategies import STRATEGIES
from gracenote2epg.gracenote.tasks import (
    GUIDE,
    SERIES,
    TYPES,
    DetailsTask,
    GuideTask,
    Outcome,
    Result,
    Task,
    Verdict,
)
from gracenote2epg.models import Lineup

LINEUP = Lineup("USA", "USA-lineupId-DEFAULT", "lineupId", "-", "90210")
OK = Outcome(Verdict.OK, "value", 200, 10_000)
RATE_LIMITED = Outcome(Verdict.RATE_LIMITED, status=429, detail="HTTP 429")
BLOCKED = Outcome(Verdict.BLOCKED, status=403, detail="HTTP 403")
OVERLOADED = Outcome(Verdict.OVERLOADED, status=503, detail="HTTP 503")
UNREACHABLE = Outcome(Verdict.UNREACHABLE, detail="connection refused")
GONE = Outcome(Verdict.GONE, status=404, detail="HTTP 404")
BAD = Outcome(Verdict.BAD, status=500, detail="HTTP 500")
NO_LINEUP = Outcome(Verdict.NO_LINEUP, status=400, detail="no lineups")

# When a request is sent: (now, task, requests in flight) → its outcome, after how many seconds.
Model = Callable[[float, Task, int], Tuple[Outcome, float]]


def windows(count: int) -> List[GuideTask]:
    return [GuideTask(LINEUP, 1_800_000_000 + 21_600 * n, 6) for n in range(count)]


def series(count: int) -> List[DetailsTask]:
    return [DetailsTask(f"SH{n:08d}") for n in range(count)]


class Sent(NamedTuple):
    at: float
    task: Task
    outcome: Outcome
    is_control: bool


class World(Clock):
    """Pool, client, clock and server in one: waiting for a response makes time pass."""

    now: Any  # a number: nobody here asks for the date

    def __init__(self, model: Model, limit: float = 100_000.0) -> None:
        self.now = 0.0
        self.size = 1
        self.sent: List[Sent] = []
        self.sizes: List[int] = []
        self.busy_seconds = 0.0
        self.at_time: List[Tuple[float, Callable[[], None]]] = []
        self._model, self._limit = model, limit
        self._in_flight: List[Tuple[float, int, Any, Outcome]] = []

    @property
    def busy(self) -> int:
        return len(self._in_flight)

    def monotonic(self) -> float:
        return self.now

    def resize(self, size: int) -> None:
        self.size = size
        self.sizes.append(size)

    def start(self, job: Any) -> bool:
        if self.busy >= self.size:
            return False
        outcome, seconds = self._model(self.now, job.task, self.busy)
        outcome = outcome._replace(seconds=seconds)
        self.sent.append(Sent(self.now, job.task, outcome, job.is_control))
        heapq.heappush(self._in_flight, (self.now + seconds, len(self.sent), job, outcome))
        return True

    def finished(self, timeout: float) -> List[Tuple[Any, Outcome]]:
        until = self.now + timeout
        if self._in_flight:
            until = min(until, max(self.now, self._in_flight[0][0]))
        self.busy_seconds += self.busy * (until - self.now)
        self.now = until
        assert self.now <= self._limit, "the run does not end"
        while self.at_time and self.at_time[0][0] <= self.now:
            self.at_time.pop(0)[1]()
        arrived = []
        while self._in_flight and self._in_flight[0][0] <= self.now:
            arrived.append(heapq.heappop(self._in_flight)[2:])
        return arrived

    def stop(self) -> None:
        """As the client's: what is in flight ends now."""
        stopped = Outcome(Verdict.STOPPED, detail="stopped")
        self._in_flight = [(self.now, n, job, stopped) for _, n, job, _ in self._in_flight]
        heapq.heapify(self._in_flight)

    def parse(self, task: Task, outcome: Outcome) -> Outcome:
        return outcome

    def cut_overdue(self) -> None:
        pass


class Run:
    """One run of the coordinator. limit: from earlier runs; verdicts: of the last phase."""

    def __init__(
        self,
        model: Model,
        strategy: str = "balanced",
        *,
        adaptive: bool = True,
        max_workers: int = 10,
        seconds: float = 3600.0,
        requests: int = 100_000,
        limit: Optional[LearnedLimit] = None,
    ) -> None:
        self.world = World(model)
        self.stop = threading.Event()
        self.monitor = EventDrivenMonitor()
        self.events: List[Any] = []
        self.saved: List[Task] = []
        self.verdicts: Dict[Verdict, int] = {}
        profiles = STRATEGIES[strategy]
        self.coordinator = Coordinator(
            self.world,
            self.world,
            {kind: AdaptiveStrategy(profiles[kind].capped(max_workers)) for kind in TYPES},
            self.world,
            self.stop,
            adaptive=adaptive,
            seconds=seconds,
            requests=requests,
            save=self._save,
            emit=self._emit,
        )
        if limit and limit.certain:
            self.coordinator.limit_rate(limit.rate, "an earlier run met a limit")

    def guide(self, tasks: Sequence[Task]) -> List[Result]:
        return self._run(GUIDE, tasks)

    def details(self, tasks: Sequence[Task]) -> List[Result]:
        return self._run(SERIES, tasks)

    def _run(self, kind: str, tasks: Sequence[Task]) -> List[Result]:
        results = self.coordinator.run(kind, tasks)
        self.verdicts = Counter(result.outcome.verdict for result in results)
        return results

    @property
    def refusals(self) -> List[Sent]:
        return [sent for sent in self.world.sent if sent.outcome.refused]

    def pace_changes(self) -> List[Tuple[int, str]]:
        return [(e.pace.workers, str(e.pace.reason)) for e in self._of(events.PaceChanged)]

    def trips(self) -> List[Any]:
        """One for each trip and for each probe that failed."""
        return self._of(events.BreakerTripped)

    def began(self, kind: str) -> Pace:
        """The pace with which the latest downloads of this type began."""
        return next(e.pace for e in reversed(self._of(events.Began)) if e.type == kind)

    def request_times(self) -> List[float]:
        return [event.at for event in self._of(events.RequestSent)]

    def _of(self, kind: Any) -> List[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def _save(self, task: Task, outcome: Outcome) -> Outcome:
        self.saved.append(task)
        return outcome._replace(value=None)

    def _emit(self, event: Any) -> None:
        self.events.append(event)
        self.monitor.on(event)


# Models of a server. Each call makes a new one, with its own memory.


def calm(latency: float = 0.13) -> Model:
    return lambda now, task, busy: (OK, latency)


def then_calm(*first: Outcome, latency: float = 0.13) -> Model:
    """These outcomes for the first requests, good ones after them."""
    left = list(first)
    return lambda now, task, busy: (left.pop(0) if left else OK, latency)


def good_then(*later: Outcome) -> Model:
    return then_calm(OK, *later)


def one_task(which: Callable[[Any], bool], outcome: Outcome) -> Model:
    """This outcome for these tasks, however often they are requested."""
    return lambda now, task, busy: (outcome if which(task) else OK, 0.13)


def between(start: float, stop: float, outcome: Outcome, latency: float = 0.1) -> Model:
    """This outcome for requests sent in that time."""
    return lambda now, task, busy: (outcome if start <= now < stop else OK, latency)


def scattered(share: float, outcome: Outcome) -> Model:
    """This outcome for a random share of the requests."""
    chance = random.Random(1)
    return lambda now, task, busy: (outcome if chance.random() < share else OK, 0.13)


def crowded(most: int, latency: float = 0.13) -> Model:
    """503 when more than ``most`` requests are in flight."""
    return lambda now, task, busy: (OVERLOADED if busy >= most else OK, latency)


def rising(begin: float, end: float, most: float = 8.0, calm_at: float = 0.3) -> Model:
    """Latency that rises to ``most`` seconds between ``begin`` and ``end``, and falls again."""
    middle = (begin + end) / 2

    def answer(now: float, task: Task, busy: int) -> Tuple[Outcome, float]:
        share = max(0.0, 1 - abs(now - middle) / (middle - begin))
        return OK, calm_at + (most - calm_at) * share

    return answer


def sliding_window(limit: int, seconds: float) -> Model:
    """Refuses while more than ``limit`` requests, refused ones among them, came in ``seconds``."""
    times: Deque[float] = deque()

    def answer(now: float, task: Task, busy: int) -> Tuple[Outcome, float]:
        while times and times[0] <= now - seconds:
            times.popleft()
        times.append(now)
        return RATE_LIMITED if len(times) > limit else OK, 0.13

    return answer


def wall(limit: int, seconds: float, closed: float, retry_after: Optional[float] = None) -> Model:
    """Refuses one request too many, and all for ``closed`` seconds from then; counts anew after."""
    times: Deque[float] = deque()
    until = [-1.0]
    refusal = RATE_LIMITED._replace(retry_after=retry_after)

    def answer(now: float, task: Task, busy: int) -> Tuple[Outcome, float]:
        if now < until[0]:
            return refusal, 0.13
        while times and times[0] <= now - seconds:
            times.popleft()
        times.append(now)
        if len(times) <= limit:
            return OK, 0.13
        times.clear()
        until[0] = now + closed
        return refusal, 0.13

    return answer


def token_bucket(burst: float, rate: float) -> Model:
    """Holds ``burst`` tokens, ``rate`` new ones a second; without one it refuses."""
    tokens, filled_at = burst, 0.0

    def answer(now: float, task: Task, busy: int) -> Tuple[Outcome, float]:
        nonlocal tokens, filled_at
        tokens, filled_at = min(burst, tokens + (now - filled_at) * rate), now
        if tokens < 1:
            return RATE_LIMITED, 0.13
        tokens -= 1
        return OK, 0.13

    return answer


class Walled(NamedTuple):
    """A model that refuses, and the seconds of a client that knows it: (requests, rate)."""

    make: Callable[[], Model]
    knowing: Callable[[int, float], float]


def _knowing_window(limit: int, seconds: float, requests: int, rate: float) -> float:
    """In bursts at ``rate``, never refused."""
    times: List[float] = []
    now = 0.0
    for _ in range(requests):
        if len(times) >= limit:
            now = max(now, times[-limit] + seconds)
        times.append(now)
        now += 1 / rate
    return now


def _window(limit: int, seconds: float) -> Walled:
    return Walled(
        lambda: sliding_window(limit, seconds),
        lambda requests, rate: _knowing_window(limit, seconds, requests, rate),
    )


def _wall(limit: int, seconds: float, closed: float, retry_after: Optional[float] = None) -> Walled:
    def knowing(requests: int, rate: float) -> float:
        """Around the wall, or through it where that is quicker."""
        through = requests / rate + (requests - 1) // limit * closed
        return min(through, _knowing_window(limit, seconds, requests, rate))

    return Walled(lambda: wall(limit, seconds, closed, retry_after), knowing)


LIMITS: Dict[str, Walled] = {
    "300 requests in any 60 s": _window(300, 60),
    "300 requests in any 300 s": _window(300, 300),
    "1000 requests in any 300 s": _window(1000, 300),
    "300 in 60 s, then refused for 20 s": _wall(300, 60, 20),
    "424 in 120 s, then refused for 30 s": _wall(424, 120, 30),
    "100 at once, then 3 a second": Walled(
        lambda: token_bucket(100, 3), lambda n, rate: max(n / rate, (n - 100) / 3)
    ),
    "300 in 60 s, then Retry-After: 20": _wall(300, 60, 20, 20.0),
}


def share_of_limit(run: Run) -> float:
    """Requests sent ÷ requests that the limiter allowed while work waited."""
    times = run.request_times()
    rates = [(e.at, e.pace.rate) for e in run.events if hasattr(e, "pace")]
    allowed, last = 1.0, times[-1]
    for (at, rate), (until, _) in zip(rates, [*rates[1:], (last, 0.0)]):
        allowed += rate * max(0.0, min(until, last) - max(at, times[0]))
    return len(times) / allowed
