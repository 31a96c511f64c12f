"""What is going on, as one immutable value that everyone reads: /stats, the screen, Kodi, the log.

The coordinator tells events; ``fold`` counts each of them once. No number here is kept by anyone
else.
"""

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

from ..gracenote.tasks import GUIDE, SERIES, TYPES, Outcome, Verdict
from .adaptive import STARTING, Pace
from .events import (
    Began,
    BreakerReset,
    BreakerTripped,
    Closed,
    Ended,
    Event,
    PaceChanged,
    Phase,
    Published,
    RequestSent,
    ResponseReceived,
    TaskDone,
)

_DECISIONS = 40  # lines that are remembered
_EMPTY_PACE = Pace(0, 0.0, "", STARTING)


class TypeStatistics(NamedTuple):
    """The downloads of one type. Moments are by the coordinator's clock, in seconds."""

    active: bool = False
    pace: Pace = _EMPTY_PACE
    max_workers: int = 0
    max_rate: float = 0.0
    tasks: int = 0
    settled: int = 0
    good: int = 0  # settled well
    left: int = 0  # left to the next run
    requests: int = 0
    answers: int = 0  # what came back, whatever it was
    succeeded: int = 0
    refused: int = 0
    bytes: int = 0
    seconds: float = 0.0  # of good answers, from asking to the last byte
    began: float = 0.0
    last: float = 0.0

    @property
    def done(self) -> int:
        """Tasks that were brought to an end, not left."""
        return self.settled - self.left

    @property
    def busy(self) -> int:
        return self.requests - self.answers

    @property
    def success_rate(self) -> float:
        return self.succeeded / self.answers if self.answers else 1.0

    @property
    def average(self) -> float:
        return self.seconds / self.succeeded if self.succeeded else 0.0

    @property
    def elapsed(self) -> float:
        return max(0.0, self.last - self.began)


class Decision(NamedTuple):
    """One line of what the adaptive system did, and why."""

    at: float
    text: str


class Statistics(NamedTuple):
    """All that a run has done so far."""

    phase: str = ""
    pool: str = ""  # the type that the workers are there for, busy or not; "" = not yet, or gone
    guide: TypeStatistics = TypeStatistics()
    series: TypeStatistics = TypeStatistics()
    breaker_reason: str = ""  # why requests wait; "" = they do not
    probe_at: float = 0.0
    breaker_trips: int = 0
    at: float = 0.0  # of the last event
    decisions: Tuple[Decision, ...] = ()  # the latest first
    published: Optional[Published] = None

    def of(self, kind: str) -> TypeStatistics:
        return self.guide if kind == GUIDE else self.series

    @property
    def requests(self) -> int:
        return self.guide.requests + self.series.requests

    @property
    def refusals(self) -> int:
        return self.guide.refused + self.series.refused


def apply(seen: Statistics, event: Event) -> Statistics:
    """Return the statistics after the event. Pure."""
    seen = seen._replace(at=event.at)
    text = _in_words(seen, event)
    if text:
        seen = seen._replace(
            decisions=(Decision(event.at, text), *seen.decisions[: _DECISIONS - 1])
        )
    if isinstance(event, Phase):
        return seen._replace(phase=event.name)
    if isinstance(event, Published):
        return seen._replace(published=event)
    if isinstance(event, BreakerTripped):
        return seen._replace(
            breaker_reason=event.reason,
            probe_at=event.probe_at,
            breaker_trips=seen.breaker_trips + (not seen.breaker_reason),
        )
    if isinstance(event, BreakerReset):
        return seen._replace(breaker_reason="")
    if isinstance(event, Closed):
        return seen._replace(pool="")
    if isinstance(event, Began):
        seen = seen._replace(pool=event.type)
    own = _fold_type(seen.of(event.type), event)._replace(last=event.at)
    return seen._replace(guide=own) if event.type == GUIDE else seen._replace(series=own)


def _fold_type(
    own: TypeStatistics,
    event: Union[Began, RequestSent, ResponseReceived, TaskDone, PaceChanged, Ended],
) -> TypeStatistics:
    if isinstance(event, Began):
        began = own.began or event.at
        return own._replace(
            active=True,
            pace=event.pace,
            tasks=own.tasks + event.tasks,
            began=began,
            max_workers=event.max_workers,
            max_rate=event.max_rate,
        )
    if isinstance(event, RequestSent):
        return own._replace(requests=own.requests + 1)
    if isinstance(event, ResponseReceived):
        return _answered(own, event.outcome)
    if isinstance(event, TaskDone):
        return own._replace(
            settled=own.settled + 1,
            good=own.good + (event.verdict is Verdict.OK),
            left=own.left + (event.verdict in (Verdict.NOT_ATTEMPTED, Verdict.STOPPED)),
        )
    if isinstance(event, PaceChanged):
        return own._replace(pace=event.pace)
    return own._replace(active=False)


def _in_words(seen: Statistics, event: Event) -> str:
    if isinstance(event, BreakerTripped):
        return (
            f"The source refuses ({event.reason}): one probe in {event.probe_at - event.at:.0f} s"
        )
    if isinstance(event, BreakerReset):
        return "The source answers again"
    if not isinstance(event, PaceChanged):
        return ""
    before, pace = seen.of(event.type).pace, event.pace
    if (before.workers, before.rate) == (pace.workers, pace.rate):
        return ""
    workers = "1 worker" if pace.workers == 1 else f"{pace.workers} workers"
    return (
        f"{event.type.capitalize()}: {workers}, {pace.rate:.1f} requests a second ({pace.reason})"
    )


def _answered(own: TypeStatistics, outcome: Outcome) -> TypeStatistics:
    if outcome.verdict is Verdict.STOPPED:  # our own doing; it never was a request for the record
        return own._replace(requests=own.requests - 1)
    return own._replace(
        answers=own.answers + 1,
        succeeded=own.succeeded + outcome.ok,
        refused=own.refused + (outcome.verdict in (Verdict.RATE_LIMITED, Verdict.BLOCKED)),
        bytes=own.bytes + outcome.size,
        seconds=own.seconds + (outcome.seconds if outcome.ok else 0.0),
    )


class EventDrivenMonitor:
    """Holds the statistics; ``on`` folds an event in and shows the listeners the result.

    One thread tells events; any thread may read ``statistics``, for it is replaced whole.
    """

    def __init__(self) -> None:
        self.statistics = Statistics()
        self.listeners: List[Callable[[Statistics], None]] = []

    def on(self, event: Event) -> None:
        self.statistics = apply(self.statistics, event)
        for listener in self.listeners:
            listener(self.statistics)


def as_document(seen: Statistics, now: float) -> Dict[str, Any]:
    """The statistics in the specification's shape: its keys, and more beside them.

    now: by the coordinator's clock, in seconds.
    """
    return {
        "active_pools": {seen.pool: _pool(seen.of(seen.pool))} if seen.pool else {},
        "guide_downloads": _downloads(seen.of(GUIDE)),
        "series_downloads": _downloads(seen.of(SERIES)),
        "rate": {kind: round(seen.of(kind).pace.rate, 2) for kind in TYPES},
        "circuit_breaker": {
            "reason": seen.breaker_reason,
            "trips": seen.breaker_trips,
            "probe_in": round(max(0.0, seen.probe_at - now), 1) if seen.breaker_reason else 0.0,
        },
    }


def _pool(own: TypeStatistics) -> Dict[str, Any]:
    return {
        "current_workers": own.pace.workers,
        "busy": own.busy,
        "success_rate": round(own.success_rate, 3),
        # Megabytes a second, as the specification prints it.
        "throughput_mbps": round(own.bytes / own.elapsed / 1e6, 3) if own.elapsed else 0.0,
    }


def _downloads(own: TypeStatistics) -> Dict[str, Any]:
    return {
        "active_workers": own.pace.workers if own.active else 0,
        "busy": own.busy,
        "success_rate": round(own.success_rate, 3),
        "avg_response_time": round(own.average, 3),
        "rate_limited_count": own.refused,
        "adaptive_status": own.pace.status,
        "adaptive_reason": own.pace.reason,
        "max_workers": own.max_workers,
        "rate": round(own.pace.rate, 2),
        "max_rate": round(own.max_rate, 2),
        "tasks": own.tasks,
        "done": own.done,
        "good": own.good,
        "left": own.left,
        "requests": own.requests,
        "bytes": own.bytes,
    }
