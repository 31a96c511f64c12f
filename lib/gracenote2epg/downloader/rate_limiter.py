"""When the next request may go."""

from typing import Mapping

from ..clock import Clock

MIN_RATE = 0.1  # requests a second; below this a run would never end
MAX_HOLD = 900.0  # seconds


class RateLimiter:
    """Spaces the requests of each type; a hold applies to all types, because one host serves them.

    rates: requests a second, by type. It never sleeps: the caller waits, because only the caller
    can be stopped. One thread only, so there is no lock.
    """

    def __init__(self, rates: Mapping[str, float], clock: Clock) -> None:
        self._clock = clock
        self._rates = {kind: max(MIN_RATE, rate) for kind, rate in rates.items()}
        self._held_until = clock.monotonic()
        self._free_at = dict.fromkeys(rates, self._held_until)

    def set_rate(self, kind: str, rate: float) -> None:
        """Set the rate from now on, in requests a second; MIN_RATE if it is lower."""
        self._rates[kind] = max(MIN_RATE, rate)

    def delay(self, kind: str) -> float:
        """Seconds until a request of this type may go; 0.0 means now."""
        return max(0.0, max(self._free_at[kind], self._held_until) - self._clock.monotonic())

    def take(self, kind: str) -> None:
        """Count a request that goes now.

        If it goes late, because the caller woke late, the next one may go earlier: otherwise every
        wake-up would lower the rate. At most half an interval, so that idle time does not add up.
        """
        interval = 1 / self._rates[kind]
        earliest = self._clock.monotonic() - interval / 2
        self._free_at[kind] = max(self._free_at[kind], earliest) + interval

    def hold(self, seconds: float) -> None:
        """Let no request go for so many seconds, at most MAX_HOLD."""
        until = self._clock.monotonic() + min(seconds, MAX_HOLD)
        self._held_until = max(self._held_until, until)
