"""How many workers, how fast: decided from a sample of responses, applied by the coordinator."""

from typing import NamedTuple, Union

from ..errors import Sentence
from ..gracenote.tasks import Outcome, Verdict
from .strategies import Profile

STARTING, STABLE, OFF = "starting", "stable", "off"
INCREASED, REDUCED = "increased", "reduced"
RATE_LIMITED, RECOVERED = "rate_limited", "recovered"
_SLOWED = (REDUCED, RATE_LIMITED)
WELL = 0.95  # above this share of good answers the first number of workers comes back


class Pace(NamedTuple):
    """How the downloads of one type go. rate: requests a second."""

    workers: int
    rate: float
    reason: Union[Sentence, str]  # "" = no downloads yet
    status: str


class Sample(NamedTuple):
    """The responses since the last decision, good or not."""

    finished: int = 0
    succeeded: int = 0
    refused: int = 0
    overloaded: int = 0  # 502, 503, 504 and time-outs
    seconds: float = 0.0  # of all that finished
    all_busy: bool = False  # at some point no worker was free for waiting work
    rate_bound: bool = False  # at some point the rate limit held work back

    def plus(self, outcome: Outcome, is_new: bool) -> "Sample":
        """The sample with one more response.

        is_new: whether its request was sent after the last reduction; responses to earlier ones do
        not count as a new refusal or overload.
        """
        return self._replace(
            finished=self.finished + 1,
            succeeded=self.succeeded + outcome.ok,
            refused=self.refused + (outcome.refused and is_new),
            overloaded=self.overloaded + (outcome.verdict is Verdict.OVERLOADED and is_new),
            seconds=self.seconds + outcome.seconds,
        )

    @property
    def success_rate(self) -> float:
        return self.succeeded / self.finished if self.finished else 1.0

    @property
    def average(self) -> float:
        """The average response time in seconds."""
        return self.seconds / self.finished if self.finished else 0.0


class AdaptiveStrategy:
    """Decides the next pace within a profile. Pure: no clock, no lock, no log."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile

    def first(self) -> Pace:
        """The pace to begin with."""
        reason = Sentence("decision_first", "the strategy's")
        return Pace(self.profile.initial, self.profile.first_rate, reason, STARTING)

    def is_due(self, pace: Pace, sample: Sample) -> bool:
        """Whether the sample is enough for a decision. A refusal or an overload always is."""
        enough = sample.finished >= max(6, 2 * pace.workers)
        return enough or bool(sample.refused or sample.overloaded)

    def decide(self, pace: Pace, sample: Sample) -> Pace:
        """Return the next pace: back off at once, speed up by one step."""
        limits = self.profile.thresholds
        if sample.refused:
            reason = Sentence("decision_refused", "refused by the source")
            return self._slower(pace, reason, RATE_LIMITED)
        if sample.overloaded:
            reason = Sentence("decision_overloaded", "the source is overloaded")
            return self._slower(pace, reason, REDUCED)
        if not self.is_due(pace, sample):
            return pace
        seconds = {"seconds": round(sample.average, 1)}
        answers_take = Sentence("decision_answers_take", "answers take {seconds} s", seconds)
        if sample.average > limits.slow:
            return self._slower(pace, answers_take, REDUCED)
        if sample.success_rate > limits.success and sample.average < limits.quick:
            return self._faster(pace, sample)
        if sample.success_rate > WELL and sample.average < limits.slow:
            workers = min(self.profile.initial, pace.workers + limits.increment)
            if sample.all_busy and workers > pace.workers:
                reason = Sentence("decision_well_again", "well again")
                return pace._replace(workers=workers, reason=reason, status=RECOVERED)
        if sample.success_rate <= limits.success:
            share = {"percent": round(100 * sample.success_rate)}
            good = Sentence("decision_good_answers", "{percent}% good answers", share)
            return self._unchanged(pace, good)
        return self._unchanged(pace, answers_take)

    def _unchanged(self, pace: Pace, reason: Sentence) -> Pace:
        """Mixed results: keep the pace; a reduction stays in the status until all is well."""
        status = pace.status if pace.status in _SLOWED else STABLE
        return pace._replace(reason=reason, status=status)

    def _slower(self, pace: Pace, reason: Sentence, status: str) -> Pace:
        reduced = min(pace.workers - 1, int(pace.workers * self.profile.step.workers_kept))
        workers = max(self.profile.minimum, reduced)
        return pace._replace(workers=workers, reason=reason, status=status)

    def _faster(self, pace: Pace, sample: Sample) -> Pace:
        """Raise only what was fully used: the workers, the rate, or both."""
        profile = self.profile
        workers, rate = pace.workers, pace.rate
        if sample.all_busy:
            workers = min(profile.maximum, workers + profile.thresholds.increment)
        if sample.rate_bound:
            rate = max(rate, min(profile.fast_rate, self._raised(rate), self._sustainable(sample)))
        slowed, healthy = pace.status in _SLOWED, Sentence("decision_healthy", "healthy")
        if (workers, rate) == (pace.workers, pace.rate):
            return pace._replace(reason=healthy, status=RECOVERED if slowed else STABLE)
        return Pace(workers, rate, healthy, RECOVERED if slowed else INCREASED)

    def _raised(self, rate: float) -> float:
        """The rate, one step higher."""
        profile = self.profile
        raised = rate + (profile.fast_rate - profile.slow_rate) * profile.step.rise
        return max(raised, 2 * rate) if profile.step.double else raised

    def _sustainable(self, sample: Sample) -> float:
        """The rate that the maximum number of workers can keep up at this response time."""
        return self.profile.step.utilization * self.profile.maximum / max(sample.average, 0.001)
