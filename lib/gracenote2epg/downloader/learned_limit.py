"""The limit of requests that earlier runs met: doubted first, then kept to, and left step by step.

One refusal alone may be a whim of the source. A limit is believed when the source refused a probe
too, or when two runs in a row met it. Each run that meets none lets the next one go faster.
"""

from typing import Any, Dict, NamedTuple, Optional

from ..clock import DAY
from ..errors import Sentence
from ..store.answers import Store
from .rate_limiter import MIN_RATE

FACT = "observed limit"  # its name in the store
TTL = 28 * DAY  # seconds for which it is remembered after it was met
KEPT = 0.8  # share of the rate that met the limit
GROWTH = 1.25  # of the rate with each run that meets no limit
NEAR, PASSED = 0.9, 1.2  # shares of the limit's requests
USUAL_WINDOW = 120.0  # seconds; the rate rules of AWS WAF count 60, 120, 300 or 600


class LearnedLimit(NamedTuple):
    """After so many requests in so many seconds the source refused, for ``open_for`` seconds.

    rate: requests a second that later runs keep to, if ``certain``; otherwise it slows nothing.
    """

    requests: int
    seconds: float
    open_for: float
    rate: float
    certain: bool

    @property
    def sentence(self) -> Sentence:
        """What slows the runs."""
        return Sentence(
            "seen_limited",
            "It refused after {requests} requests in {seconds} s, so runs send at most {rate} a"
            " second",
            {
                "requests": self.requests,
                "seconds": round(self.seconds),
                "rate": f"{self.rate:.2g}",
            },
        )


def observed(requests: int, seconds: float, open_for: float, certain: bool) -> LearnedLimit:
    """The limit that a refusal shows.

    The window in which the source counts is unknown. If it slides, it is not longer than
    ``seconds + open_for``. If it is fixed, it may be longer: assume a usual one.
    """
    rate = KEPT * requests / max(USUAL_WINDOW, seconds + open_for)
    return LearnedLimit(requests, seconds, open_for, max(MIN_RATE, rate), certain)


def after_run(
    before: Optional[LearnedLimit], met: Optional[LearnedLimit], answered: int, max_rate: float
) -> Optional[LearnedLimit]:
    """What to remember after a run; None = nothing.

    met: the limit that the run met. answered: requests with a good answer, 0 in a run with a
    refusal. max_rate: of the run's strategy, in requests a second.
    """
    if met is None:
        limit = _after_clean_run(before) if before and answered else before
    elif before is None or met.certain:
        limit = met
    elif before.certain:
        slower = min(before.rate, met.rate)
        limit = met._replace(rate=max(KEPT * before.rate, slower), certain=True)
    else:  # each is what one of the two runs was allowed
        limit = met._replace(rate=max(before.rate, met.rate), certain=True)
    return None if limit and limit.certain and limit.rate >= max_rate else limit


def _after_clean_run(before: LearnedLimit) -> Optional[LearnedLimit]:
    return before._replace(rate=GROWTH * before.rate) if before.certain else None


def stored(store: Store) -> Optional[LearnedLimit]:
    """The limit that an earlier run stored; None if there is none, or it is too old."""
    fact, met_at = store.fact(FACT)
    try:
        limit = LearnedLimit(**fact)
    except TypeError:  # nothing stored, or not by this version
        return None
    return limit if abs(store.clock.now() - met_at) <= TTL else None


def slowing(store: Store) -> Optional[LearnedLimit]:
    """The limit that slows the runs; None = nothing does."""
    limit = stored(store)
    return limit if limit and limit.certain else None


def as_document(limit: Optional[LearnedLimit]) -> Dict[str, Any]:
    """The limit that slows the runs, as /stats shows it; {} = none."""
    return {**limit._asdict(), "text": str(limit.sentence)} if limit else {}


def store_after_run(
    store: Store, met: Optional[LearnedLimit], answered: int, max_rate: float
) -> None:
    """Store what ``after_run`` makes of the stored limit."""
    before, now = stored(store), store.clock.now()
    limit = after_run(before, met, answered, max_rate)
    if limit is None and before:
        store.delete_fact(FACT)
    elif limit and (met or limit != before):
        store.set_fact(FACT, limit._asdict(), now if met else store.fact(FACT)[1])


class LimitObserver:
    """Notes the limit that one run meets. Times are seconds of its monotonic clock."""

    def __init__(self, now: float) -> None:
        self._met: Optional[LearnedLimit] = None
        # Since the circuit breaker closed
        self._since, self._sent_at, self._requests = now, now, 0
        # When it opened
        self._tripped_at = now
        self._before_trip = (0, 0.0)  # requests, in so many seconds
        self._is_open, self._has_refused_probe = False, False

    @property
    def is_near(self) -> bool:
        """Whether about as many requests were sent as the last time when the source refused."""
        requests, _ = self._before_trip
        return NEAR * requests <= self._requests < PASSED * requests

    @property
    def limit(self) -> Optional[LearnedLimit]:
        """The limit that the run met. If more requests passed later, their rate is allowed."""
        met = self._met
        if met is None or self._requests < PASSED * met.requests:
            return met
        return met._replace(rate=max(met.rate, self._requests / (self._sent_at - self._since)))

    def on_request(self, now: float) -> None:
        """Count it, unless it is a probe, which may be refused."""
        if not self._is_open:
            self._sent_at = now
            self._requests += 1

    def on_trip(self, now: float) -> None:
        """A refusal after good answers: one before them shows no limit of ours."""
        self._before_trip = (self._requests, now - self._since)
        self._tripped_at, self._requests = now, 0
        self._is_open, self._has_refused_probe = True, False

    def on_refused_probe(self) -> None:
        self._has_refused_probe = True

    def on_reset(self, now: float) -> None:
        """The source answers again."""
        self._note(now, self._has_refused_probe)
        self._since, self._requests = now, 0

    def on_end(self, now: float) -> None:
        """The run ends while the source refuses: an outage or a ban, perhaps."""
        self._note(now, certain=False)

    def _note(self, now: float, certain: bool) -> None:
        """Note the first limit of the run, or the first certain one: for later ones, requests
        before it may count as well."""
        if self._is_open and (self._met is None or (certain and not self._met.certain)):
            self._met = observed(*self._before_trip, now - self._tripped_at, certain)
        self._is_open = False
