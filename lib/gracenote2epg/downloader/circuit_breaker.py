"""The wall: the source refuses after some hundreds of requests, for a while.

Hammering prolongs it. Once a refusal has arrived nothing is sent but single probes, each after
twice the wait of the one before. What was learned is remembered, so that the next run does not
meet it.
"""

from typing import Any, NamedTuple, Optional

FIRST_WAIT = 10.0  # seconds before the first probe, unless Retry-After says otherwise
PATIENCE = 600.0  # seconds of refusals after which the rest is left to the next run
OUTAGE_PATIENCE = 120.0  # seconds; what is broken is seldom mended while we look on
LONGEST_WAIT = 900.0  # seconds; a Retry-After beyond this is not obeyed in full
KEPT = 0.8  # share of the pace that met the wall
NEAR = (0.9, 1.2)  # shares of the requests that met the wall between which to go one by one
USUAL_WINDOW = 120.0  # seconds; AWS WAF's rate rules count 60, 120, 300 or 600
LEAST = 30  # requests; a wall met sooner says nothing of our pace
FADES = 28 * 86400.0  # seconds after which a learned limit counts no more


class ObservedLimit(NamedTuple):
    """A wall that was met: so many requests in so many seconds, open again after ``closed``
    more.
    """

    requests: int
    seconds: float
    closed: float

    @property
    def safe_rate(self) -> float:
        """Requests a second that stay below it, whatever window the source counts in.

        That window is not known. A source that counts the last so many seconds was open again
        after ``seconds + closed``, so it counts no longer than that. One that begins anew when it
        opens may count for longer: for that a usual window is assumed, and where it is longer
        still, the next wall teaches it.
        """
        return KEPT * self.requests / max(USUAL_WINDOW, self.seconds + self.closed)


class CircuitBreaker:
    """Whether requests may go, or one probe, or none. Moments are by the caller's clock.

    patience: seconds. An outage (of the source or of the way to it) is a wall too, with the
    difference that only a good answer opens it.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._since: Optional[float] = None  # when it closed; None = it is open
        self._wait = FIRST_WAIT
        # Seconds after which the last wall refused a probe, and let one pass; 0.0 = not known.
        self._refused_after, self._passed_after = 0.0, 0.0
        self.half_open = False
        self.outage = False
        self.exhausted = False  # the next probe would come after all patience

    @property
    def is_open(self) -> bool:
        return self._since is not None

    def trip(self, now: float, retry_after: Optional[float], outage: bool = False) -> float:
        """It closes. Returns the seconds until the first probe.

        From the second wall on that is half-way between what was too soon and what was enough the
        last time, so that walls cost less as they are known better.
        """
        self._since = now
        self.half_open, self.outage = False, outage
        self._wait = FIRST_WAIT
        if self._passed_after - self._refused_after > 0.2 * self._passed_after:
            self._wait = max(FIRST_WAIT, (self._refused_after + self._passed_after) / 2)
        elif self._passed_after:
            self._wait = self._passed_after
        return self._next(now, retry_after)

    def probe_failed(self, now: float, retry_after: Optional[float]) -> float:
        """The probe was refused. Returns the seconds until the next one: twice as many, or what
        is left of the time that was enough for the last wall."""
        after = now - (self._since if self._since is not None else now)
        self.half_open = False
        self._refused_after = after
        left = self._passed_after - after
        self._wait = left if left >= 1.0 else 2 * max(self._wait, FIRST_WAIT)
        return self._next(now, retry_after)

    def reset(self, now: float) -> float:
        """The probe was answered. Returns the seconds for which the wall was closed."""
        closed = now - (self._since if self._since is not None else now)
        self._since, self.half_open = None, False
        self._passed_after = closed
        self._refused_after = min(self._refused_after, closed)
        return closed

    def _next(self, now: float, retry_after: Optional[float]) -> float:
        wait = self._wait
        patience = min(self._patience, OUTAGE_PATIENCE) if self.outage else self._patience
        if retry_after is not None:
            wait = min(max(1.0, retry_after), LONGEST_WAIT)
        self.exhausted = self._since is not None and now + wait - self._since > patience
        return wait


def remembered_limit(value: Any, age: float) -> Optional[ObservedLimit]:
    """The limit that an earlier run remembered; None when there is none, or it has faded."""
    try:
        limit = ObservedLimit(
            int(value["requests"]), float(value["seconds"]), float(value["closed"])
        )
    except (TypeError, KeyError, ValueError):  # nothing there, or nothing that we wrote
        return None
    return None if age > FADES or limit.requests < LEAST else limit
