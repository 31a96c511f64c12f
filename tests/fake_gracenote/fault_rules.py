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


MISHAPS = (
    Act(responses.refusal(500)), Act(responses.refusal(503)), Act(responses.malformed()),
    Act(manner=DROP), Act(manner=RESET), Act(manner=CUT),
)  # fmt: skip


def selects(on: On, when: When, arrival: Arrival) -> bool:
    """Whether it is a request to these endpoints with such parameters."""
    names = (on,) if isinstance(on, str) else on
    if names is not None and arrival.endpoint not in names:
        return False
    return when is None or when(arrival.params)


class Always:
    """The same for each request that is selected, ``times`` at most."""

    def __init__(self, act: Act, on: On, when: When, times: Optional[int]) -> None:
        self._act, self._on, self._when, self._left = act, on, when, times

    def decide(self, arrival: Arrival) -> Optional[Act]:
        """Return what to do with the request; None = nothing special."""
        if self._left == 0 or not selects(self._on, self._when, arrival):
            return None
        if self._left is not None:
            self._left -= 1
        return self._act


class Scatter:
    """One of MISHAPS, with a probability.

    The choice follows from the request and how often it came before, so the same run meets the
    same faults however its threads are scheduled.
    """

    def __init__(self, chance: float) -> None:
        self._chance = chance
        self._received: Counter[str] = Counter()

    def decide(self, arrival: Arrival) -> Optional[Act]:
        name = f"{arrival.endpoint}/{sorted(arrival.params.items())}"
        self._received[name] += 1
        rng = random.Random(f"{name}/{self._received[name]}")
        return rng.choice(MISHAPS) if rng.random() < self._chance else None


class Refusal(NamedTuple):
    """How a limit refuses. retry_after: None, "seconds", or "date"."""

    status: int
    retry_after: Optional[str]

    def act(self, arrival: Arrival, remaining: float) -> Act:
        left = max(1, math.ceil(remaining))
        headers = {"seconds": str(left), "date": http_date(arrival.date + left)}
        return Act(responses.refusal(self.status, headers.get(self.retry_after or "")))


class Limit:
    """A rule that counts requests, or connections, and refuses some."""

    def __init__(self, refusal: Refusal) -> None:
        self._refusal = refusal

    def decide(self, arrival: Arrival) -> Optional[Act]:
        raise NotImplementedError

    def connected(self, at: float) -> None:
        """A new connection was opened."""


class BlockAfter(Limit):
    """``after`` requests pass within ``per`` seconds; the next is refused, as all for ``closed``.

    Refused requests are not counted; afterwards the count starts at zero.
    """

    def __init__(self, after: int, per: float, closed: float, refusal: Refusal) -> None:
        super().__init__(refusal)
        self._after, self._per, self._closed = after, per, closed
        self._passed: Deque[float] = deque()
        self._opens = -math.inf

    def decide(self, arrival: Arrival) -> Optional[Act]:
        if arrival.at >= self._opens:
            _forget(self._passed, arrival.at - self._per)
            if len(self._passed) < self._after:
                self._passed.append(arrival.at)
                return None
            self._passed.clear()
            self._opens = arrival.at + self._closed
        return self._refusal.act(arrival, self._opens - arrival.at)


class ConnectionLimit(Limit):
    """More than ``limit`` new connections within ``per`` seconds: all refused for ``closed``."""

    def __init__(self, limit: int, per: float, closed: float, refusal: Refusal) -> None:
        super().__init__(refusal)
        self._limit, self._per, self._closed = limit, per, closed
        self._opened: Deque[float] = deque()
        self._opens = -math.inf

    def connected(self, at: float) -> None:
        _forget(self._opened, at - self._per)
        self._opened.append(at)
        if len(self._opened) > self._limit:
            self._opened.clear()
            self._opens = at + self._closed

    def decide(self, arrival: Arrival) -> Optional[Act]:
        left = self._opens - arrival.at
        return self._refusal.act(arrival, left) if left > 0 else None


class ConcurrencyLimit(Limit):
    """Refuses a guide request that arrives while ``limit`` of them are open already."""

    def __init__(self, limit: int, refusal: Refusal) -> None:
        super().__init__(refusal)
        self._limit = limit

    def decide(self, arrival: Arrival) -> Optional[Act]:
        if arrival.endpoint != "grid" or arrival.open_now <= self._limit:
            return None
        return self._refusal.act(arrival, 1)


def _forget(times: Deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
