"""The circuit breaker: after a refusal only single probes pass.

The source refuses after some hundreds of requests, for a while, and further requests prolong that.
The limit that was observed is remembered, so that the next run stays below it.
"""

from typing import Any, NamedTuple, Optional

FIRST_WAIT = 10.0  # seconds before the first probe, unless Retry-After gives another time
MAX_OPEN = 600.0  # seconds of refusals after which the rest is left to the next run
MAX_OUTAGE = 120.0  # the same for outages, which seldom end within minutes
MAX_RETRY_AFTER = 900.0  # seconds; a longer Retry-After is cut to this
RATE_KEPT = 0.8  # share of the rate that met the limit
ONE_BY_ONE = (0.9, 1.2)  # between these shares of the observed limit, requests go one at a time
USUAL_WINDOW = 120.0  # seconds; the rate rules of AWS WAF count 60, 120, 300 or 600
MIN_REQUESTS = 30  # a refusal after fewer requests says nothing about our rate
LIMIT_TTL = 28 * 86400.0  # seconds for which an observed limit is remembered


class ObservedLimit(NamedTuple):
    """After so many requests in so many seconds the source refused, for ``open_for`` seconds."""

    requests: int
    seconds: float
    open_for: float

    @property
    def safe_rate(self) -> float:
        """Requests a second that stay below the limit.

        The window in which the source counts is unknown. If it slides, it is not longer than
        ``seconds + open_for``. If it is fixed, it may be longer: assume a usual one.
        """
        return RATE_KEPT * self.requests / max(USUAL_WINDOW, self.seconds + self.open_for)


class CircuitBreaker:
    """Lets requests pass (closed), none (open), or one probe (half-open).

    ``now`` is ``clock.monotonic``'s, in seconds. After an outage (of the source, or of the way to
    it) only a good response resets it.
    """

    def __init__(self) -> None:
        self._open_since: Optional[float] = None
        self._wait = FIRST_WAIT
        # When the probes of the last trip failed and succeeded: seconds after it; 0.0 = unknown.
        self._failed_after, self._succeeded_after = 0.0, 0.0
        self.half_open = False
        self.outage = False
        self.exhausted = False  # the next probe would come too late

    @property
    def is_open(self) -> bool:
        return self._open_since is not None

    def trip(self, now: float, retry_after: Optional[float], outage: bool = False) -> float:
        """Open it. Return the seconds until the first probe.

        From the second trip on that is half-way between the last failed probe and the successful
        one of the trip before, so that each trip costs less; once these are close, it is the time
        of the successful one. retry_after: the source's, in seconds. outage: not a refusal.
        """
        self._open_since = now
        self.half_open, self.outage = False, outage
        self._wait = FIRST_WAIT
        if self._succeeded_after - self._failed_after > 0.2 * self._succeeded_after:
            self._wait = max(FIRST_WAIT, (self._failed_after + self._succeeded_after) / 2)
        elif self._succeeded_after:
            self._wait = self._succeeded_after
        return self._next_wait(now, retry_after)

    def probe_failed(self, now: float, retry_after: Optional[float]) -> float:
        """Return the seconds until the next probe: what is left of the time after which the last
        trip ended, or twice the wait before."""
        self._failed_after = self._open_for(now)
        self.half_open = False
        remaining = self._succeeded_after - self._failed_after
        self._wait = remaining if remaining >= 1.0 else 2 * max(self._wait, FIRST_WAIT)
        return self._next_wait(now, retry_after)

    def reset(self, now: float) -> float:
        """The probe succeeded: close it. Return the seconds for which it was open."""
        self._succeeded_after = self._open_for(now)
        self._failed_after = min(self._failed_after, self._succeeded_after)
        self._open_since, self.half_open = None, False
        return self._succeeded_after

    def _open_for(self, now: float) -> float:
        """Seconds since it opened; 0.0 if it is closed."""
        return 0.0 if self._open_since is None else now - self._open_since

    def _next_wait(self, now: float, retry_after: Optional[float]) -> float:
        wait = self._wait
        if retry_after is not None:
            wait = min(max(1.0, retry_after), MAX_RETRY_AFTER)
        self.exhausted = self._open_for(now) + wait > (MAX_OUTAGE if self.outage else MAX_OPEN)
        return wait


def remembered_limit(fact: Any, age: float) -> Optional[ObservedLimit]:
    """The limit that an earlier run stored ``age`` seconds ago; None if it is not usable."""
    try:
        requests, seconds, open_for = (float(fact[name]) for name in ObservedLimit._fields)
    except (TypeError, KeyError, ValueError):  # nothing stored, or not by this version
        return None
    limit = ObservedLimit(int(requests), seconds, open_for)
    return None if age > LIMIT_TTL or limit.requests < MIN_REQUESTS else limit
