"""The statistics of a run, one immutable value for /stats, the terminal, Kodi and the log.

``apply`` counts each event of the coordinator once; nothing else does.
"""

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ..errors import Sentence
from ..gracenote.tasks import GUIDE, TYPES, Outcome, Verdict
from . import events
from .adaptive import STARTING, Pace

MAX_DECISIONS = 40  # how many to remember


class TypeStatistics(NamedTuple):
    """The downloads of one type. Times are seconds of the coordinator's clock."""

    active: bool = False  # between Began and Ended
    pace: Pace = Pace(0, 0.0, "", STARTING)
    max_workers: int = 0
    max_rate: float = 0.0
    tasks: int = 0
    settled: int = 0
    good: int = 0  # of those settled
    left: int = 0  # to the next run
    requests: int = 0
    responses: int = 0  # good or not
    succeeded: int = 0
    refused: int = 0
    bytes: int = 0
    seconds: float = 0.0  # of good responses, from the request to the last byte
    began: float = 0.0
    last: float = 0.0  # the time of the last event

    @property
    def done(self) -> int:
        """Tasks that were settled in this run, not left to the next."""
        return self.settled - self.left

    @property
    def busy(self) -> int:
        """Requests in flight."""
        return self.requests - self.responses

    @property
    def success_rate(self) -> float:
        return self.succeeded / self.responses if self.responses else 1.0

    @property
    def average(self) -> float:
        """Seconds that a good response takes."""
        return self.seconds / self.succeeded if self.succeeded else 0.0

    @property
    def throughput(self) -> float:
        """Megabytes a second."""
        elapsed = self.last - self.began
        return self.bytes / elapsed / 1e6 if elapsed > 0.0 else 0.0


class Decision(NamedTuple):
    """What the adaptive system did, and why."""

    at: float
    said: Sentence


class Statistics(NamedTuple):
    """All that a run has done so far."""

    phase: str = ""
    pool: str = ""  # the type that the workers serve, busy or not; "" = there are none
    guide: TypeStatistics = TypeStatistics()
    series: TypeStatistics = TypeStatistics()
    breaker_reason: str = ""  # "" = the circuit breaker is closed
    probe_at: float = 0.0
    breaker_trips: int = 0
    at: float = 0.0  # of the last event
    decisions: Tuple[Decision, ...] = ()  # the latest first
    published: Optional[events.Published] = None

    def of(self, kind: str) -> TypeStatistics:
        return self.guide if kind == GUIDE else self.series

    @property
    def requests(self) -> int:
        return self.guide.requests + self.series.requests

    @property
    def refusals(self) -> int:
        return self.guide.refused + self.series.refused


def apply(before: Statistics, event: events.Event) -> Statistics:
    """Return the statistics after the event. Pure."""
    after = before._replace(at=event.at)
    said = _describe(before, event)
    if said:
        decisions = (Decision(event.at, said), *before.decisions[: MAX_DECISIONS - 1])
        after = after._replace(decisions=decisions)
    if isinstance(event, events.Phase):
        return after._replace(phase=event.name)
    if isinstance(event, events.Published):
        return after._replace(published=event)
    if isinstance(event, events.BreakerTripped):
        trips = before.breaker_trips + (not before.breaker_reason)  # a failed probe trips it again
        return after._replace(
            breaker_reason=event.reason, probe_at=event.probe_at, breaker_trips=trips
        )
    if isinstance(event, events.BreakerReset):
        return after._replace(breaker_reason="")
    if isinstance(event, events.Closed):
        return after._replace(pool="")
    if isinstance(event, events.Began):
        after = after._replace(pool=event.type)
    changed = _apply_to_type(before.of(event.type), event)._replace(last=event.at)
    if event.type == GUIDE:
        return after._replace(guide=changed)
    return after._replace(series=changed)


def _apply_to_type(before: TypeStatistics, event: events.OfType) -> TypeStatistics:
    if isinstance(event, events.Began):
        return before._replace(
            active=True,
            pace=event.pace,
            tasks=before.tasks + event.tasks,
            began=before.began or event.at,
            max_workers=event.max_workers,
            max_rate=event.max_rate,
        )
    if isinstance(event, events.RequestSent):
        return before._replace(requests=before.requests + 1)
    if isinstance(event, events.ResponseReceived):
        return _count_response(before, event.outcome)
    if isinstance(event, events.TaskDone):
        was_left = event.verdict in (Verdict.NOT_ATTEMPTED, Verdict.STOPPED)
        return before._replace(
            settled=before.settled + 1,
            good=before.good + (event.verdict is Verdict.OK),
            left=before.left + was_left,
        )
    if isinstance(event, events.PaceChanged):
        return before._replace(pace=event.pace)
    return before._replace(active=False)


def _count_response(before: TypeStatistics, outcome: Outcome) -> TypeStatistics:
    if outcome.verdict is Verdict.STOPPED:  # our own doing: not a request for the record
        return before._replace(requests=before.requests - 1)
    return before._replace(
        responses=before.responses + 1,
        succeeded=before.succeeded + outcome.ok,
        refused=before.refused + outcome.refused,
        bytes=before.bytes + outcome.size,
        seconds=before.seconds + (outcome.seconds if outcome.ok else 0.0),
    )


def _describe(before: Statistics, event: events.Event) -> Optional[Sentence]:
    """A sentence for the decisions; None = the event is not one."""
    if isinstance(event, events.BreakerTripped):
        if not event.probe_at:
            return None
        values = {"reason": event.reason, "seconds": round(event.probe_at - event.at)}
        english = "The source refuses ({reason}): one probe in {seconds} s"
        return Sentence("decision_probe", english, values)
    if isinstance(event, events.BreakerReset):
        return Sentence("decision_answers_again", "The source answers again")
    if not isinstance(event, events.PaceChanged):
        return None
    pace = event.pace
    if before.of(event.type).pace[:2] == pace[:2]:  # workers and rate
        return None
    workers = "{count} worker" if pace.workers == 1 else "{count} workers"
    pace_values = {"count": pace.workers, "rate": round(pace.rate, 1), "reason": pace.reason}
    if event.type == GUIDE:
        english = f"Guide: {workers}, {{rate}} requests a second ({{reason}})"
        return Sentence("decision_guide", english, pace_values)
    english = f"Series: {workers}, {{rate}} requests a second ({{reason}})"
    return Sentence("decision_series", english, pace_values)


class EventDrivenMonitor:
    """Holds the statistics; ``on`` applies an event and passes the result to the listeners.

    One thread reports events; any thread may read ``statistics``, which is replaced whole.
    """

    def __init__(self) -> None:
        self.statistics = Statistics()
        self.listeners: List[Callable[[Statistics], None]] = []

    def on(self, event: events.Event) -> None:
        self.statistics = apply(self.statistics, event)
        for listener in self.listeners:
            listener(self.statistics)


def as_document(statistics: Statistics, now: float) -> Dict[str, Any]:
    """The statistics as /stats shows them: the specification's keys, and more.

    now: seconds of the coordinator's clock.
    """
    pool, reason = statistics.pool, statistics.breaker_reason
    probe_in = max(0.0, statistics.probe_at - now) if reason else 0.0
    return {
        "active_pools": {pool: _pool(statistics.of(pool))} if pool else {},
        "guide_downloads": _downloads(statistics.guide),
        "series_downloads": _downloads(statistics.series),
        "rate": {kind: round(statistics.of(kind).pace.rate, 2) for kind in TYPES},
        "circuit_breaker": {
            "reason": reason,
            "trips": statistics.breaker_trips,
            "probe_in": round(probe_in, 1),
        },
    }


def _pool(downloads: TypeStatistics) -> Dict[str, Any]:
    return {
        "current_workers": downloads.pace.workers,
        "busy": downloads.busy,
        "success_rate": round(downloads.success_rate, 3),
        "throughput_mbps": round(downloads.throughput, 3),
    }


def _downloads(downloads: TypeStatistics) -> Dict[str, Any]:
    return {
        "active_workers": downloads.pace.workers if downloads.active else 0,
        "busy": downloads.busy,
        "success_rate": round(downloads.success_rate, 3),
        "avg_response_time": round(downloads.average, 3),
        "rate_limited_count": downloads.refused,
        "adaptive_status": downloads.pace.status,
        "adaptive_reason": str(downloads.pace.reason),
        "rate": round(downloads.pace.rate, 2),
        "max_rate": round(downloads.max_rate, 2),
        **{
            name: getattr(downloads, name)
            for name in ("max_workers", "tasks", "done", "good", "left", "requests", "bytes")
        },
    }
