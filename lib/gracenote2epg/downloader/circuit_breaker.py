"""The circuit breaker: after a refusal only single probes pass.

The source refuses after some hundreds of requests, for a while, and further requests prolong that.
"""

from typing import Optional

FIRST_WAIT = 10.0  # seconds before the first probe, unless Retry-After gives another time
MAX_OPEN = 600.0  # seconds of refusals after which the rest is left to the next run
MAX_OUTAGE = 120.0  # the same for outages, which seldom end within minutes
MAX_RETRY_AFTER = 900.0  # seconds; a longer Retry-After is cut to this


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
        self._failed_after = self.open_for(now)
        self.half_open = False
        remaining = self._succeeded_after - self._failed_after
        self._wait = remaining if remaining >= 1.0 else 2 * max(self._wait, FIRST_WAIT)
        if retry_after is not None and retry_after < FIRST_WAIT:
            retry_after = None  # some servers say 0 or 1 each time
        return self._next_wait(now, retry_after)

    def reset(self, now: float) -> float:
        """The probe succeeded: close it. Return the seconds for which it was open."""
        self._succeeded_after = self.open_for(now)
        self._failed_after = min(self._failed_after, self._succeeded_after)
        self._open_since, self.half_open = None, False
        return self._succeeded_after

    def open_for(self, now: float) -> float:
        """Seconds since it opened; 0.0 if it is closed."""
        return 0.0 if self._open_since is None else now - self._open_since

    def _next_wait(self, now: float, retry_after: Optional[float]) -> float:
        wait = self._wait
        if retry_after is not None:
            wait = min(max(1.0, retry_after), MAX_RETRY_AFTER)
        self.exhausted = self.open_for(now) + wait > (MAX_OUTAGE if self.outage else MAX_OPEN)
        return wait
