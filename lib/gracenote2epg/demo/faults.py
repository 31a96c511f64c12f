"""A switchboard of everything that can go wrong; tests flip it while the server runs.

So that tests read like sentences:
``server.faults.refuse(429, times=3, retry_after="2")``,
``server.faults.wall(300, per=60, closed=20)``,
``server.faults.answer("grid", answers.oops(), when=lambda q: q["time"] == "1789257600")``.
"""

import threading
from typing import Callable, Dict, FrozenSet, List, Mapping, Optional, Sequence, Union

from ..clock import SYSTEM
from . import fault_rules, responses
from .fault_rules import Act, Always, Match, On, Refusal, Rule, Seen, When

ALIVE = frozenset(("orbebb", "chi", "dishmex"))
_MISHAPS = (
    Act(responses.refusal(500)), Act(responses.refusal(503)), Act(responses.malformed()),
    Act(manner=fault_rules.DROP), Act(manner=fault_rules.RESET), Act(manner=fault_rules.CUT),
)  # fmt: skip


class Faults:
    """What the server does wrong, from now on. Safe to call from any thread.

    on: "grid", "details", "providers", several of them, or None for all requests. when: asked
    with the request's parameters (the grid's query; programSeriesID; country, postal, lang).
    times: how often at most (a wall: how many it refuses). Walls see every request; of the other
    faults the first that was added and matches is done. retry_after: the header's text; walls
    also take "seconds" and "date" for the time that is left.

    affiliates: the aids that are answered; ``lat`` gets the "Oops" page, all others 400.
    clock: what walls measure time by, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = SYSTEM.monotonic) -> None:
        self.clock = clock
        self.affiliates: FrozenSet[str] = ALIVE
        self._changed = threading.Condition()
        self._closed = False
        self._walls: List[Rule] = []
        self._rules: List[Rule] = []
        self._latency: Dict[Optional[str], float] = {}
        self._holding: List[Match] = []
        self._held: List[object] = []  # one token each, the longest held first
        self._mute: Optional[int] = 0
        self._met = 0

    # What goes wrong ---------------------------------------------------------------------------

    @property
    def latency(self) -> Union[float, Mapping[str, float]]:
        """Seconds before each answer: one number, or by endpoint."""
        by_endpoint = {name: seconds for name, seconds in self._latency.items() if name}
        return by_endpoint or self._latency.get(None, 0.0)

    @latency.setter
    def latency(self, seconds: Union[float, Mapping[str, float]]) -> None:
        by_endpoint: Dict[Optional[str], float] = {None: 0.0}
        if isinstance(seconds, Mapping):
            by_endpoint.update(seconds.items())
        else:
            by_endpoint[None] = float(seconds)
        self._latency = by_endpoint

    def add(self, rule: Rule, wall: bool = False) -> Rule:
        """Add a rule; ``wall``: it sees every request, also those that others decide."""
        with self._changed:
            (self._walls if wall else self._rules).append(rule)
        return rule

    @property
    def met(self) -> int:
        """Requests and connections that something was done to since ``clear``, latency aside."""
        return self._met

    def clear(self) -> None:
        """Put everything right again and let go what is held."""
        with self._changed:
            self._met = 0
            self._walls, self._rules, self._latency = [], [], {}
            self.affiliates, self._mute = ALIVE, 0
        self.release_all()

    def answer(
        self, on: On, answer: responses.Answer, *, when: When = None, times: Optional[int] = None
    ) -> None:
        """Send this instead of the good answer."""
        self._do(Act(answer), on, when, times)

    def refuse(
        self,
        status: int = 429,
        *,
        on: On = None,
        when: When = None,
        times: Optional[int] = None,
        retry_after: Optional[str] = None,
    ) -> None:
        """Refuse with the body that the service sends with 202, 403, 405, 429, 500, 503, 504."""
        self._do(Act(responses.refusal(status, retry_after)), on, when, times)

    def drop(self, on: On = None, *, when: When = None, times: Optional[int] = None) -> None:
        """Close the connection (FIN) instead of answering."""
        self._do(Act(manner=fault_rules.DROP), on, when, times)

    def reset(self, on: On = None, *, when: When = None, times: Optional[int] = None) -> None:
        """Reset the connection (RST) instead of answering."""
        self._do(Act(manner=fault_rules.RESET), on, when, times)

    def cut(self, on: On = None, *, when: When = None, times: Optional[int] = None) -> None:
        """Send half of the body that Content-Length promises, then close."""
        self._do(Act(manner=fault_rules.CUT), on, when, times)

    def cut_gzip(self, on: On = None, *, when: When = None, times: Optional[int] = None) -> None:
        """Send half of a gzip stream with a Content-Length that is right; stay connected."""
        self._do(Act(manner=fault_rules.CUT_GZIP), on, when, times)

    def cut_chunks(self, on: On = None, *, when: When = None, times: Optional[int] = None) -> None:
        """Send half of a chunked body, then close."""
        self._do(Act(manner=fault_rules.CUT_CHUNKS), on, when, times)

    def drip(
        self, seconds: float, on: On = None, *, when: When = None, times: Optional[int] = None
    ) -> None:
        """Send the head at once and the body in small pieces over ``seconds``."""
        self._do(Act(manner=fault_rules.DRIP, seconds=seconds), on, when, times)

    def late(
        self, seconds: float, on: On = None, *, when: When = None, times: Optional[int] = None
    ) -> None:
        """Answer well, but only after ``seconds``."""
        self._do(Act(manner=fault_rules.LATE, seconds=seconds), on, when, times)

    def hang(self, on: On = None, *, when: When = None, times: Optional[int] = None) -> None:
        """Never answer."""
        self._do(Act(manner=fault_rules.HANG), on, when, times)

    def hang_in_head(
        self, on: On = None, *, when: When = None, times: Optional[int] = None
    ) -> None:
        """Send half of the head, then nothing."""
        self._do(Act(manner=fault_rules.HANG_IN_HEAD), on, when, times)

    def hang_in_body(
        self, on: On = None, *, when: When = None, times: Optional[int] = None
    ) -> None:
        """Send the head and half of the body, then nothing."""
        self._do(Act(manner=fault_rules.HANG_IN_BODY), on, when, times)

    def mute(self, connections: Optional[int] = None) -> None:
        """Accept the next connections but never read them, nor shake hands; None = all."""
        self._mute = connections

    def scatter(
        self,
        chance: float,
        seed: int = 1,
        on: On = None,
        *,
        acts: Sequence[Act] = _MISHAPS,
        times: Optional[int] = None,
    ) -> None:
        """Let one of ``acts`` happen to a request with this probability."""
        self.add(fault_rules.Scatter(chance, seed, acts, Match(on, times=times)))

    # Walls -------------------------------------------------------------------------------------

    def wall(
        self,
        after: int,
        *,
        per: float,
        closed: float,
        retry_after: Optional[str] = None,
        status: int = 429,
        on: On = None,
        times: Optional[int] = None,
    ) -> None:
        """Let ``after`` requests pass within ``per`` seconds; the next shuts it for ``closed``."""
        say = Refusal(status, retry_after)
        self.add(fault_rules.Wall(after, per, closed, say, Match(on, times=times)), wall=True)

    def sliding_window(
        self,
        limit: int,
        *,
        per: float,
        retry_after: Optional[str] = None,
        status: int = 429,
        on: On = None,
        times: Optional[int] = None,
    ) -> None:
        """Let ``limit`` requests pass in any ``per`` seconds; refused ones count too."""
        say = Refusal(status, retry_after)
        self.add(fault_rules.SlidingWindow(limit, per, say, Match(on, times=times)), wall=True)

    def token_bucket(
        self,
        burst: int,
        *,
        rate: float,
        retry_after: Optional[str] = None,
        status: int = 429,
        on: On = None,
        times: Optional[int] = None,
    ) -> None:
        """Let ``burst`` requests pass at once, and ``rate`` a second."""
        say = Refusal(status, retry_after)
        self.add(fault_rules.TokenBucket(burst, rate, say, Match(on, times=times)), wall=True)

    def churn_limit(
        self,
        connections: int,
        *,
        per: float,
        closed: float,
        retry_after: Optional[str] = None,
        status: int = 429,
        times: Optional[int] = None,
    ) -> None:
        """Refuse everything for ``closed`` seconds after too many new connections."""
        say = Refusal(status, retry_after)
        self.add(fault_rules.Churn(connections, per, closed, say, Match(times=times)), wall=True)

    def crowd_limit(
        self, limit: int, *, on: On = "grid", status: int = 503, times: Optional[int] = None
    ) -> None:
        """Refuse what comes while ``limit`` requests of the same endpoint are open."""
        self.add(fault_rules.Crowd(limit, Refusal(status), Match(on, times=times)), wall=True)

    # Holding -----------------------------------------------------------------------------------

    def hold(self, on: On = None, *, when: When = None) -> None:
        """Hold each matching answer from now on until it is released."""
        with self._changed:
            self._holding.append(Match(on, when))

    def release(self, n: int = 1) -> None:
        """Let the ``n`` that have been held longest go; go on holding what comes."""
        with self._changed:
            del self._held[:n]
            self._changed.notify_all()

    def release_all(self) -> None:
        """Let all go and hold no more."""
        with self._changed:
            self._holding, self._held = [], []
            self._changed.notify_all()

    @property
    def held(self) -> int:
        """The number of requests held right now."""
        return len(self._held)

    def wait_held(self, n: int, timeout: float) -> bool:
        """Wait until at least ``n`` requests are held; False when the time is over first."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._held) >= n, timeout)

    # For the server ----------------------------------------------------------------------------

    def judge(self, seen: Seen) -> Act:
        """Return what to do with a request that has arrived."""
        with self._changed:
            refused = [act for act in (wall.judge(seen) for wall in self._walls) if act]
            wrong = refused or (act for act in (rule.judge(seen) for rule in self._rules) if act)
            act = next(iter(wrong), None)
            self._met += act is not None
            return act or Act()

    def connected(self) -> bool:
        """Note a new connection; return whether it is to be served at all."""
        with self._changed:
            for wall in self._walls:
                wall.connected(self.clock())
            if self._mute == 0:
                return True
            self._mute = None if self._mute is None else self._mute - 1
            self._met += 1
            return False

    def knows(self, affiliate: Optional[str]) -> bool:
        """Whether who asks with this aid is answered."""
        with self._changed:
            alive = affiliate in self.affiliates
            self._met += not alive
            return alive

    def delay(self, endpoint: str) -> float:
        """Return the seconds to wait before answering."""
        latency = self._latency
        return latency.get(endpoint, latency.get(None, 0.0))

    def detain(self, seen: Seen, left: Callable[[], bool]) -> None:
        """Return when the request need not be held (any more) or its client has ``left``."""
        with self._changed:
            if self._closed or not any(match(seen) for match in self._holding):
                return
            token = object()
            self._held.append(token)
            self._met += 1
            self._changed.notify_all()
            while token in self._held and not self._closed:
                if not self._changed.wait(0.05) and left():
                    break
            if token in self._held:
                self._held.remove(token)

    def close(self) -> None:
        """Let all go for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _do(self, act: Act, on: On, when: When, times: Optional[int]) -> None:
        self.add(Always(act, Match(on, when, times)))
