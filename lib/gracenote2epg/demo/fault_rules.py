"""The rules of a fault switchboard: which request is treated how, and the walls that count.

Rules have no lock: the switchboard calls them one at a time. Times are its clock's, in seconds.
"""

import math
import random
from collections import Counter, deque
from typing import Callable, Deque, Mapping, NamedTuple, Optional, Sequence, Union

from .responses import Answer, http_date, refusal

# How an answer goes out (transmission.py does it).
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
When = Optional[Callable[[Mapping[str, str]], bool]]  # asked with the request's parameters


class Seen(NamedTuple):
    """A request at its arrival. open_now: of its endpoint, itself included; date: on the wall."""

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
    """Which requests are meant, and how many of them at most."""

    on: On = None
    when: When = None
    times: Optional[int] = None

    def __call__(self, seen: Seen) -> bool:
        names = (self.on,) if isinstance(self.on, str) else self.on
        if names is not None and seen.endpoint not in names:
            return False
        return self.when is None or self.when(seen.params)


class Rule:
    """One fault, for the requests that match; spent after ``match.times`` of them."""

    def __init__(self, match: Match) -> None:
        self._match, self._left = match, match.times

    def judge(self, seen: Seen) -> Optional[Act]:
        """Return what to do with the request; None = nothing special."""
        if self._left == 0 or not self._match(seen):
            return None
        act = self.act(seen)
        if act is not None and self._left is not None:
            self._left -= 1
        return act

    def act(self, seen: Seen) -> Optional[Act]:
        raise NotImplementedError

    def connected(self, at: float) -> None:
        """A new connection was opened."""


class Always(Rule):
    """The same for each request that matches."""

    def __init__(self, act: Act, match: Match) -> None:
        super().__init__(match)
        self._act = act

    def act(self, seen: Seen) -> Optional[Act]:
        return self._act


class Scatter(Rule):
    """One of ``acts``, with a probability.

    Whether and which follows from the seed, the request and how often it was asked before, so
    the same run meets the same faults however its threads are scheduled.
    """

    def __init__(self, chance: float, seed: int, acts: Sequence[Act], match: Match) -> None:
        super().__init__(match)
        self._chance, self._seed, self._acts = chance, seed, acts
        self._asked: Counter[str] = Counter()

    def act(self, seen: Seen) -> Optional[Act]:
        name = f"{self._seed}/{seen.endpoint}/{sorted(seen.params.items())}"
        self._asked[name] += 1
        rng = random.Random(f"{name}/{self._asked[name]}")
        return rng.choice(self._acts) if rng.random() < self._chance else None


class Refusal(NamedTuple):
    """How a wall says no. retry_after: None, "seconds", "date", or the header's very text."""

    status: int = 429
    retry_after: Optional[str] = None

    def act(self, seen: Seen, remaining: float) -> Act:
        left = max(1, math.ceil(remaining))
        header = {"seconds": str(left), "date": http_date(seen.date + left)}.get(
            self.retry_after or "", self.retry_after
        )
        return Act(refusal(self.status, header))


class Wall(Rule):
    """``after`` requests within ``per`` seconds pass; the next shuts it for ``closed`` seconds.

    What is refused is not counted; when it opens, the count starts at zero.
    """

    def __init__(self, after: int, per: float, closed: float, say: Refusal, match: Match) -> None:
        super().__init__(match)
        self._after, self._per, self._closed, self._say = after, per, closed, say
        self._passed: Deque[float] = deque()
        self._opens = -math.inf

    def act(self, seen: Seen) -> Optional[Act]:
        if seen.at < self._opens:
            return self._say.act(seen, self._opens - seen.at)
        _forget(self._passed, seen.at - self._per)
        if len(self._passed) < self._after:
            self._passed.append(seen.at)
            return None
        self._passed.clear()
        self._opens = seen.at + self._closed
        return self._say.act(seen, self._closed)


class SlidingWindow(Rule):
    """At most ``limit`` requests in any ``per`` seconds; refused ones count, so hammering hurts."""

    def __init__(self, limit: int, per: float, say: Refusal, match: Match) -> None:
        super().__init__(match)
        self._limit, self._per, self._say = limit, per, say
        self._asked: Deque[float] = deque()

    def act(self, seen: Seen) -> Optional[Act]:
        _forget(self._asked, seen.at - self._per)
        self._asked.append(seen.at)
        if len(self._asked) <= self._limit:
            return None
        return self._say.act(seen, self._asked[-self._limit] + self._per - seen.at)


class TokenBucket(Rule):
    """``burst`` requests at once, refilled at ``rate`` a second."""

    def __init__(self, burst: int, rate: float, say: Refusal, match: Match) -> None:
        super().__init__(match)
        self._burst, self._rate, self._say = burst, rate, say
        self._tokens, self._at = float(burst), -math.inf

    def act(self, seen: Seen) -> Optional[Act]:
        refilled = self._tokens + (seen.at - self._at) * self._rate if self._rate else self._tokens
        self._tokens, self._at = min(float(self._burst), refilled), seen.at
        if self._tokens >= 1:
            self._tokens -= 1
            return None
        return self._say.act(seen, (1 - self._tokens) / self._rate if self._rate else 3600)


class Churn(Rule):
    """More than ``limit`` new connections within ``per`` seconds: all refused for ``closed``."""

    def __init__(self, limit: int, per: float, closed: float, say: Refusal, match: Match) -> None:
        super().__init__(match)
        self._limit, self._per, self._closed, self._say = limit, per, closed, say
        self._opened: Deque[float] = deque()
        self._opens = -math.inf

    def connected(self, at: float) -> None:
        _forget(self._opened, at - self._per)
        self._opened.append(at)
        if len(self._opened) > self._limit:
            self._opened.clear()
            self._opens = at + self._closed

    def act(self, seen: Seen) -> Optional[Act]:
        return self._say.act(seen, self._opens - seen.at) if seen.at < self._opens else None


class Crowd(Rule):
    """Refuses what arrives while ``limit`` requests of its endpoint are open already."""

    def __init__(self, limit: int, say: Refusal, match: Match) -> None:
        super().__init__(match)
        self._limit, self._say = limit, say

    def act(self, seen: Seen) -> Optional[Act]:
        return self._say.act(seen, 1) if seen.open_now > self._limit else None


def _forget(times: Deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
