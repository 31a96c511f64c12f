"""How many workers, how fast: decided from what was seen, applied by the coordinator."""

from typing import NamedTuple

from .strategies import Profile

STARTING, STABLE, OFF = "starting", "stable", "off"
INCREASED, REDUCED = "increased", "reduced"
RATE_LIMITED, RECOVERED = "rate_limited", "recovered"
TROUBLE = (REDUCED, RATE_LIMITED)


class Pace(NamedTuple):
    """How the downloads of one type go. rate: requests a second."""

    workers: int
    rate: float
    reason: str
    status: str


class Sample(NamedTuple):
    """What was seen since the last decision."""

    finished: int = 0  # answers, good or not
    succeeded: int = 0
    refused: int = 0  # 429 and its kin that are news: not those on their way when we cut
    overloaded: int = 0  # 503, 504 and time-outs that are news
    seconds: float = 0.0  # of all that finished
    all_busy: bool = False  # no worker was free while work waited
    paced: bool = False  # the rate limit held work back

    @property
    def success_rate(self) -> float:
        return self.succeeded / self.finished if self.finished else 1.0

    @property
    def average(self) -> float:
        return self.seconds / self.finished if self.finished else 0.0


class AdaptiveStrategy:
    """Decides the next pace within a profile. Pure: no clock, no lock, no log."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile

    def first(self) -> Pace:
        return Pace(self.profile.initial, self.profile.first_rate, "the strategy's", STARTING)

    def enough(self, now: Pace) -> int:
        """Answers below which a window decides nothing."""
        return max(6, 2 * now.workers)

    def decide(self, now: Pace, seen: Sample) -> Pace:
        """Return the next pace: back off at once, speed up one step, never guess."""
        limits = self.profile.thresholds
        if seen.refused:
            return self._fewer(now, "refused by the source", RATE_LIMITED)
        if seen.overloaded:
            return self._fewer(now, "the source is overloaded", REDUCED)
        if seen.finished < self.enough(now):
            return now
        if seen.average > limits.slow:
            return self._fewer(now, f"answers take {seen.average:.1f} s", REDUCED)
        if seen.success_rate <= limits.success:
            return self._same(now, f"{seen.success_rate:.0%} good answers")
        if seen.average >= limits.quick:
            return self._same(now, f"answers take {seen.average:.1f} s")
        return self._more(now, seen)

    def _same(self, now: Pace, reason: str) -> Pace:
        """Neither well nor ill: what was reduced stays so until all is well."""
        return now._replace(reason=reason, status=now.status if now.status in TROUBLE else STABLE)

    def _faster(self, rate: float) -> float:
        profile = self.profile
        risen = rate + (profile.fast_rate - profile.slow_rate) * profile.step.rise
        return max(risen, 2 * rate) if profile.step.double else risen

    def _carried(self, seen: Sample) -> float:
        """The rate that all the workers there may be can carry at this pace of answers."""
        return self.profile.step.use * self.profile.maximum / max(seen.average, 0.001)

    def _fewer(self, now: Pace, reason: str, status: str) -> Pace:
        kept = min(now.workers - 1, int(now.workers * self.profile.step.keep))
        return now._replace(workers=max(self.profile.minimum, kept), reason=reason, status=status)

    def _more(self, now: Pace, seen: Sample) -> Pace:
        """Only what was in use is worth more of: workers that were all busy, a rate that held
        back.
        """
        profile = self.profile
        workers, rate = now.workers, now.rate
        if seen.all_busy:
            workers = min(profile.maximum, workers + profile.thresholds.increment)
        if seen.paced:
            rate = max(rate, min(profile.fast_rate, self._faster(rate), self._carried(seen)))
        healthy = now.status in TROUBLE
        if (workers, rate) == (now.workers, now.rate):
            return now._replace(reason="healthy", status=RECOVERED if healthy else STABLE)
        return Pace(workers, rate, "healthy", RECOVERED if healthy else INCREASED)
