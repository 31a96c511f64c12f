"""When the next request may go."""

from typing import Dict, Mapping

from ..clock import Clock

SLOWEST = 0.1  # requests a second; below this a run would never end
LONGEST_HOLD = 900.0  # seconds


class RateLimiter:
    """Spaces the requests of each type; a hold holds every type, for one host answers all.

    rates: requests a second, by type. It never sleeps: the caller waits, because the caller can
    also be told to stop. One thread only, so there is no lock.
    """

    def __init__(self, rates: Mapping[str, float], clock: Clock) -> None:
        self._clock = clock
        self._rates: Dict[str, float] = {}
        self._held_until = clock.monotonic()
        self._free_at = dict.fromkeys(rates, self._held_until)
        for kind, rate in rates.items():
            self.set_rate(kind, rate)

    def set_rate(self, kind: str, rate: float) -> None:
        """Requests a second from now on; never below SLOWEST."""
        self._rates[kind] = max(SLOWEST, rate)

    def delay(self, kind: str) -> float:
        """Seconds until a request of this type may go; 0.0 means now."""
        return max(0.0, max(self._free_at[kind], self._held_until) - self._clock.monotonic())

    def take(self, kind: str) -> None:
        """A request goes now.

        One that goes late, because its caller woke late, leaves its lateness to the next: otherwise
        every wake-up costs rate. Not more than half an interval, so that idleness saves up nothing.
        """
        gap = 1 / self._rates[kind]
        self._free_at[kind] = max(self._free_at[kind], self._clock.monotonic() - gap / 2) + gap

    def hold(self, seconds: float) -> None:
        """Nothing goes for so many seconds, LONGEST_HOLD at most."""
        until = self._clock.monotonic() + min(seconds, LONGEST_HOLD)
        self._held_until = max(self._held_until, until)
