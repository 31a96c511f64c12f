"""Tasks for the source, and the outcome of each."""

import enum
from typing import Any, NamedTuple, Optional, Tuple, Union

from ..clock import HOUR
from ..models import Lineup

GUIDE, SERIES = "guide", "series"
TYPES = (GUIDE, SERIES)


class GuideTask(NamedTuple):
    """One window of a lineup. start: seconds since the epoch, UTC; hours: 1 to 6. asked_in_vain:
    this run got little of it before."""

    lineup: Lineup
    start: int
    hours: int
    type: str = GUIDE
    asked_in_vain: bool = False

    @property
    def stop(self) -> int:
        return self.start + HOUR * self.hours

    def halves(self) -> Tuple["GuideTask", ...]:
        """The window as two shorter ones; a window of one hour has none."""
        if self.hours < 2:
            return ()
        first = self._replace(hours=self.hours // 2)
        return first, self._replace(start=first.stop, hours=self.hours - first.hours)


class DetailsTask(NamedTuple):
    """The details of one series or movie. asked_in_vain: the source had none at an earlier run."""

    series_id: str
    type: str = SERIES
    asked_in_vain: bool = False


class ProvidersTask(NamedTuple):
    """The lineups of a postal code."""

    country: str
    postal_code: str
    type: str = GUIDE


Task = Union[GuideTask, DetailsTask, ProvidersTask]


class Verdict(enum.Enum):
    """What a response means; the coordinator reacts to each in its own way."""

    OK = "ok"
    RATE_LIMITED = "rate limited"  # 429
    BLOCKED = "blocked"  # 403, 405, a robot check, a page instead of data
    NO_LINEUP = "no lineup"  # 400 "No lineups": the affiliate, the postal code or the lineup
    OVERLOADED = "overloaded"  # 502, 503, 504, a time-out
    BAD = "bad answer"  # 400, 500, or not what was requested
    GONE = "gone"  # 404, 410, moved: no use in asking again
    UNREACHABLE = "no network"  # no connection, or one that broke before the body was whole
    STOPPED = "stopped"  # by ourselves; says nothing about the source
    NOT_ATTEMPTED = "not attempted"  # a budget or the circuit breaker ended the run first


class Outcome(NamedTuple):
    """The result of one request."""

    verdict: Verdict
    value: Any = None  # GuideBlock, Details or providers; None once it is in the store
    status: int = 0  # HTTP status; 0 = no response
    size: int = 0  # bytes of the body as sent
    seconds: float = 0.0  # from the request to the last byte
    retry_after: Optional[float] = None  # seconds
    detail: str = ""  # one line for people
    cause: str = ""  # of UNREACHABLE, see net
    stations: Tuple[int, ...] = ()  # with a programme, in the middle of each hour of a window

    @property
    def ok(self) -> bool:
        return self.verdict is Verdict.OK

    @property
    def refused(self) -> bool:
        """Whether the source refuses this address for a while: it trips the circuit breaker."""
        return self.verdict in (Verdict.RATE_LIMITED, Verdict.BLOCKED)

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed in a moment."""
        return self.verdict in (Verdict.UNREACHABLE, Verdict.OVERLOADED)


class Result(NamedTuple):
    """A task and its one final outcome."""

    task: Task
    outcome: Outcome
