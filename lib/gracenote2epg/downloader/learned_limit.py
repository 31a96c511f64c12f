"""The limit of requests that earlier runs met: doubted first, then kept to, and left step by step.

One refusal alone may be a whim of the source. A limit is believed when the source refused a probe
too, or when two runs met it. A run that meets none doubts it a little: the next may go faster.
"""

from typing import Any, Dict, NamedTuple, Optional

from ..store.answers import Store
from .rate_limiter import MIN_RATE

FACT = "observed limit"  # its name in the store
TTL = 28 * 86400.0  # seconds for which it is remembered after it was met
KEPT = 0.8  # share of the rate that met the limit
GROWTH = 1.25  # of the rate with each run that meets no limit
REFUTED = 1.2  # times as many requests passed: it was not their number that was refused
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
    def text(self) -> str:
        """What slows the runs, as a clause about the source."""
        return (
            f"it refused after {self.requests} requests in {self.seconds:.0f} s, so runs send at"
            f" most {self.rate:.2g} a second"
        )


def observed(requests: int, seconds: float, open_for: float, certain: bool) -> LearnedLimit:
    """The limit that a refusal shows.

    The window in which the source counts is unknown. If it slides, it is not longer than
    ``seconds + open_for``. If it is fixed, it may be longer: assume a usual one.
    """
    rate = KEPT * requests / max(USUAL_WINDOW, seconds + open_for)
    return LearnedLimit(requests, seconds, open_for, max(MIN_RATE, rate), certain)


def after_passing(limit: LearnedLimit, requests: int, seconds: float) -> LearnedLimit:
    """The limit after so many later requests were not refused: their rate is allowed."""
    if requests < REFUTED * limit.requests:
        return limit
    return limit._replace(rate=max(limit.rate, requests / max(1.0, seconds)))


def after_run(
    before: Optional[LearnedLimit], met: Optional[LearnedLimit], requests: int, max_rate: float
) -> Optional[LearnedLimit]:
    """What to remember after a run; None = nothing.

    met: the limit that the run met. requests: those that were answered well, 0 in a run with a
    refusal. max_rate: of the run's strategy, in requests a second.
    """
    if met is None:
        limit = _grown(before, requests) if before and requests else before
    elif before is None or met.certain:
        limit = met
    elif before.certain:
        slower = min(before.rate, met.rate)
        limit = met._replace(rate=max(KEPT * before.rate, slower), certain=True)
    else:  # each is what one of the two runs was allowed
        limit = met._replace(rate=max(before.rate, met.rate), certain=True)
    return None if limit and limit.certain and limit.rate >= max_rate else limit


def _grown(before: LearnedLimit, requests: int) -> Optional[LearnedLimit]:
    """A limit after a run that did not meet it."""
    if before.certain:
        return before._replace(rate=GROWTH * before.rate)
    return None if requests >= REFUTED * before.requests else before


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
    return {**limit._asdict(), "text": limit.text} if limit else {}


def store_after_run(
    store: Store, met: Optional[LearnedLimit], requests: int, max_rate: float
) -> None:
    """Store what ``after_run`` makes of the stored limit."""
    before, now = stored(store), store.clock.now()
    limit = after_run(before, met, requests, max_rate)
    if limit is None:
        store.delete_fact(FACT)
    elif limit != before:
        store.set_fact(FACT, limit._asdict(), now if met else store.fact(FACT)[1])
