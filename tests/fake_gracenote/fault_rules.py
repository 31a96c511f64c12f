"""The rules of the faults: what to do with which request, and limits that count requests.

Rules have no lock: Faults calls them one at a time. Times are its clock's, in seconds.
"""

import math
import random
from collections import Counter, deque
from typing import Callable, Deque, Mapping, NamedTuple, Optional, Sequence, Union

from . import responses
from .responses import Answer, http_date

# How an answer is sent (see transmission.py).
WHOLE = "whole"
DROP = "closed before an answer"
RESET = "reset before an answer"
CUT = "body shorter than its Content-Length"
CUT_GZIP = "gzip stream cut, Content-Length right"
CUT_CHUNKS = "chunked body without its end"
DRIP = "body in drips"
LATE = "nothing for a while, then the answer"
HANG = "never a byte"
HANG_IN_HEAD = "half a head, then nothing"
HANG_IN_BODY = "half a body, then nothing"

On = Union[None, str, Sequence[str]]  # endpoints; None = all
When = Optional[Callable[[Mapping[str, str]], bool]]  # called with the request's parameters


class Arrival(NamedTuple):
    """A request at its arrival. open_now: of its endpoint, itself included; date: the world's."""

    endpoint: str
    params: Mapping[str, str]
    at: float
    open_now: int
    date: float


class Act(NamedTuple):
    """What to do with a request. answer: None = the good one. seconds: of DRIP and LATE."""

    answer: Optional[Answer] = None
    manner: str = WHOLE
    seconds: float = 0.0


class Match(NamedTuple):
    """Selects requests. times: how many at most."""

    on: On = None
    when: When = None
    times: Optional[int] = None

    def __call__(self, arrival: Arrival) -> bool:
        names = (self.on,) if isinstance(self.on, str) else self.on
        if names is not None and arrival.endpoint not in names:
            return False
        return self.when is None or self.when(arrival.params)


class Rule:
    """One fault, for the requests that match; spent after ``match.times`` of them."""

    def __init__(self, match: Match) -> None:
        self._match, self._left = match, match.times

    def decide(self, arrival: Arrival) -> Optional[Act]:
        """Return what to do with the request; None = nothing special."""
        if self._left == 0 or not self._match(arrival):
            return None
        act = self.act(arrival)
        if act is not None and self._left is not None:
            self._left -= 1
        return act

    def act(self, arrival: Arrival) -> Optional[Act]:
        raise NotImplementedError

    def connected(self, at: float) -> None:
        """A new connection was opened."""


class Always(Rule):
    """The same for each request that matches."""

    def __init__(self, act: Act, match: Match) -> None:
        super().__init__(match)
        self._act = act

    def act(self, arrival: Arrival) -> Optional[Act]:
        return self._act


class Scatter(Rule):
    """One of ``acts``, with a probability.

    The choice follows from the seed, the request and how often it came before, so the same run
    meets the same faults however its threads are scheduled.
    """

    def __init__(self, chance: float, seed: int, acts: Sequence[Act], match: Match) -> None:
        super().__init__(match)
        self._chance, self._seed, self._acts = chance, seed, acts
        self._received: Counter[str] = Counter()

    def act(self, arrival: Arrival) -> Optional[Act]:
        name = f"{self._seed}/{arrival.endpoint}/{sorted(arrival.params.items())}"
        self._received[name] += 1
        rng = random.Random(f"{name}/{self._received[name]}")
        return rng.choice(self._acts) if rng.random() < self._chance else None


class Refusal(NamedTuple):
    """How a limit refuses. retry_after: None, "seconds", "date", or the header's very text."""

    status: int = 429
    retry_after: Optional[str] = None

    def act(self, arrival: Arrival, remaining: float) -> Act:
        left = max(1, math.ceil(remaining))
        header = {"seconds": str(left), "date": http_date(arrival.date + left)}.get(
            self.retry_after or "", self.retry_after
        )
        return Act(responses.refusal(self.status, header))


class BlockAfter(Rule):
    """``after`` requests pass within ``per`` seconds; the next is refused, as all for ``closed``.

    Refused requests are not counted; afterwards the count starts at zero.
    """

    def __init__(
        self, after: int, per: float, closed: float, refusal: Refusal, match: Match
    ) -> None:
        super().__init__(match)
        self._after, self._per, self._closed, self._refusal = after, per, closed, refusal
        self._passed: Deque[float] = deque()
        self._opens = -math.inf

    def act(self, arrival: Arrival) -> Optional[Act]:
        if arrival.at < self._opens:
            return self._refusal.act(arrival, self._opens - arrival.at)
        _forget(self._passed, arrival.at - self._per)
        if len(self._passed) < self._after:
            self._passed.append(arrival.at)
            return None
        self._passed.clear()
        self._opens = arrival.at + self._closed
        return self._refusal.act(arrival, self._closed)


class SlidingWindow(Rule):
    """At most ``limit`` requests in any ``per`` seconds; refused ones count, so hammering hurts."""

    def __init__(self, limit: int, per: float, refusal: Refusal, match: Match) -> None:
        super().__init__(match)
        self._limit, self._per, self._refusal = limit, per, refusal
        self._received: Deque[float] = deque()

    def act(self, arrival: Arrival) -> Optional[Act]:
        _forget(self._received, arrival.at - self._per)
        self._received.append(arrival.at)
        if len(self._received) <= self._limit:
            return None
        return self._refusal.act(arrival, self._received[-self._limit] + self._per - arrival.at)


class TokenBucket(Rule):
    """``burst`` requests at once, refilled at ``rate`` a second."""

    def __init__(self, burst: int, rate: float, refusal: Refusal, match: Match) -> None:
        super().__init__(match)
        self._burst, self._rate, self._refusal = burst, rate, refusal
        self._tokens, self._at = float(burst), -math.inf

    def act(self, arrival: Arrival) -> Optional[Act]:
        refilled = (
            self._tokens + (arrival.at - self._at) * self._rate if self._rate else self._tokens
        )
        self._tokens, self._at = min(float(self._burst), refilled), arrival.at
        if self._tokens >= 1:
            self._tokens -= 1
            return None
        return self._refusal.act(arrival, (1 - self._tokens) / self._rate if self._rate else 3600)


class ConnectionLimit(Rule):
    """More than ``limit`` new connections within ``per`` seconds: all refused for ``closed``."""

    def __init__(
        self, limit: int, per: float, closed: float, refusal: Refusal, match: Match
    ) -> None:
        super().__init__(match)
        self._limit, self._per, self._closed, self._refusal = limit, per, closed, refusal
        self._opened: Deque[float] = deque()
        self._opens = -math.inf

    def connected(self, at: float) -> None:
        _forget(self._opened, at - self._per)
        self._opened.append(at)
        if len(self._opened) > self._limit:
            self._opened.clear()
            self._opens = at + self._closed

    def act(self, arrival: Arrival) -> Optional[Act]:
        return (
            self._refusal.act(arrival, self._opens - arrival.at)
            if arrival.at < self._opens
            else None
        )


class ConcurrencyLimit(Rule):
    """Refuses what arrives while ``limit`` requests of its endpoint are open already."""

    def __init__(self, limit: int, refusal: Refusal, match: Match) -> None:
        super().__init__(match)
        self._limit, self._refusal = limit, refusal

    def act(self, arrival: Arrival) -> Optional[Act]:
        return self._refusal.act(arrival, 1) if arrival.open_now > self._limit else None


def _forget(times: Deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
