"""The strategies, as data: how many workers, how fast, how boldly, for each type of task.

The table of download-architecture.md is the contract: workers "4-6" begin at 4 and may grow to 6;
the rates are the band in which adaptation moves. Guide requests begin at the band's top, series at
its bottom. Only failures lead below the table's smaller number of workers.
"""

from typing import Dict, NamedTuple

from ..gracenote.tasks import GUIDE, SERIES


class Aggressiveness(NamedTuple):
    """How boldly a strategy adapts.

    rise: share of the band by which a healthy sample raises the rate. workers_kept: share of the
    workers left after a failure. utilization: share of the workers' time that a rising rate may
    fill (the specification's). double: a healthy sample at least doubles the rate.
    """

    rise: float
    workers_kept: float
    utilization: float
    double: bool = False


GENTLE = Aggressiveness(0.25, 0.5, 0.75)
SMART = Aggressiveness(0.5, 0.67, 0.9)
BOLD = Aggressiveness(1.0, 0.75, 0.95)
SEARCHING = Aggressiveness(0.0, 0.67, 0.9, double=True)


class Thresholds(NamedTuple):
    """When to use more workers or fewer; the specification's numbers."""

    success: float  # grow above this share of good responses …
    quick: float  # … if these take on average less than this many seconds …
    increment: int  # … by so many workers
    slow: float = 5.0  # fewer workers above this average, in seconds


THRESHOLDS = {GUIDE: Thresholds(0.95, 2.0, 2), SERIES: Thresholds(0.98, 1.5, 1)}


class Profile(NamedTuple):
    """One strategy for one type of task.

    initial, minimum, maximum: numbers of workers. Rates are requests a second; slow_rate and
    fast_rate bound the band.
    """

    initial: int
    minimum: int
    maximum: int
    slow_rate: float
    fast_rate: float
    first_rate: float
    timeout: float  # seconds without a byte
    step: Aggressiveness
    thresholds: Thresholds
    keeps_rate: bool = False  # begin at the rate of the phase before, even if that is faster

    def capped(self, max_workers: int) -> "Profile":
        """The same within the user's ``max_workers``."""
        counts = {name: getattr(self, name) for name in ("initial", "minimum", "maximum")}
        return self._replace(**{name: min(count, max_workers) for name, count in counts.items()})

    def rate_capped(self, rate: float) -> "Profile":
        """The same, never faster than ``rate``."""
        return self._replace(
            slow_rate=min(self.slow_rate, rate),
            fast_rate=min(self.fast_rate, rate),
            first_rate=min(self.first_rate, rate),
        )


def _strategy(
    guide: range, series: range, slow: float, fast: float, timeout: float, step: Aggressiveness
) -> Dict[str, Profile]:
    def profile(kind: str, workers: range, first: float) -> Profile:
        return Profile(
            workers[0], 1, workers[-1], slow, fast, first, timeout, step, THRESHOLDS[kind]
        )

    return {GUIDE: profile(GUIDE, guide, fast), SERIES: profile(SERIES, series, slow)}


STRATEGIES: Dict[str, Dict[str, Profile]] = {
    "conservative": _strategy(range(2, 4), range(1, 3), 1.5, 3.0, 30.0, GENTLE),
    "balanced": _strategy(range(4, 7), range(2, 4), 2.5, 5.0, 20.0, SMART),
    "aggressive": _strategy(range(6, 11), range(3, 5), 4.0, 8.0, 15.0, BOLD),
    # Not in the specification: begins as balanced does, then searches for the rate that is allowed.
    "auto": {
        kind: profile._replace(first_rate=5.0, keeps_rate=True, maximum=6)
        for kind, profile in _strategy(range(4, 7), range(3, 7), 2.5, 20.0, 20.0, SEARCHING).items()
    },
}
