"""The faults of the fake server; tests switch them while it runs:

``server.faults.refuse(429, times=3, retry_after="2")``,
``server.faults.block_after(300, per=60, closed=20)``,
``server.faults.answer("grid", responses.oops(), when=lambda q: q["time"] == "1789257600")``.
"""

import threading
from typing import Any, Callable, Dict, FrozenSet, List, Mapping, Optional, Sequence, Union

from gracenote2epg.clock import SYSTEM

from . import fault_rules, responses
from .fault_rules import Act, Always, Arrival, Match, On, Refusal, Rule, When

ALIVE = frozenset(("orbebb", "chi", "dishmex"))
_MISHAPS = (
    Act(responses.refusal(500)), Act(responses.refusal(503)), Act(responses.malformed()),
    Act(manner=fault_rules.DROP), Act(manner=fault_rules.RESET), Act(manner=fault_rules.CUT),
)  # fmt: skip


def _broken(manner: str) -> Callable[..., None]:
    def fault(
        self: "Faults", on: On = None, *, when: When = None, times: Optional[int] = None
    ) -> None:
        self.add(Always(Act(manner=manner), Match(on, when, times)))

    return fault


def _slow(manner: str) -> Callable[..., None]:
    def fault(
        self: "Faults",
        seconds: float,
        on: On = None,
        *,
        when: When = None,
        times: Optional[int] = None,
    ) -> None:
        self.add(Always(Act(manner=manner, seconds=seconds), Match(on, when, times)))

    return fault


def _limit(rule: Callable[..., Rule], on: On = None, status: int = 429) -> Callable[..., None]:
    def fault(
        self: "Faults",
        *arguments: Any,
        retry_after: Optional[str] = None,
        status: int = status,
        on: On = on,
        times: Optional[int] = None,
        **options: Any,
    ) -> None:
        match = Match(on, times=times)
        refusal = Refusal(status, retry_after)
        self.add(rule(*arguments, **options, refusal=refusal, match=match), limit=True)

    return fault


class Faults:
    """What the server does wrong from now on. Safe to call from any thread.

    on: "grid", "details", "providers", several of them, or None for all requests. when: called
    with the request's parameters (the grid's query; programSeriesID; country, postal, lang).
    times: how often at most (limits: how many they refuse). Limits count every request; of the
    other faults the first that was added and matches is applied. retry_after: the header's text;
    limits also take "seconds" and "date" for the time that is left.

    affiliates: the aids that are served; ``lat`` gets the "Oops" page, all others 400.
    clock: the limits' time, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = SYSTEM.monotonic) -> None:
        self.clock = clock
        self.affiliates: FrozenSet[str] = ALIVE
        self._changed = threading.Condition()
        self._closed = False
        self._limits: List[Rule] = []
        self._rules: List[Rule] = []
        self._latency: Dict[Optional[str], float] = {}
        self._holding: List[Match] = []
        self._held: List[object] = []  # one token each, the longest held first
        self._mute: Optional[int] = 0
        self._applied = 0

    drop = _broken(fault_rules.DROP)
    reset = _broken(fault_rules.RESET)
    cut = _broken(fault_rules.CUT)
    cut_gzip = _broken(fault_rules.CUT_GZIP)
    cut_chunks = _broken(fault_rules.CUT_CHUNKS)
    hang = _broken(fault_rules.HANG)
    hang_in_head = _broken(fault_rules.HANG_IN_HEAD)
    hang_in_body = _broken(fault_rules.HANG_IN_BODY)
    drip = _slow(fault_rules.DRIP)
    late = _slow(fault_rules.LATE)
    # They take the arguments of the rules' constructors.
    block_after = _limit(fault_rules.BlockAfter)
    sliding_window = _limit(fault_rules.SlidingWindow)
    token_bucket = _limit(fault_rules.TokenBucket)
    connection_limit = _limit(fault_rules.ConnectionLimit)
    concurrency_limit = _limit(fault_rules.ConcurrencyLimit, "grid", 503)

    @property
    def latency(self) -> Union[float, Mapping[str, float]]:
        """Seconds before each answer: one number, or by endpoint."""
        by_endpoint = {name: seconds for name, seconds in self._latency.items() if name}
        return by_endpoint or self._latency.get(None, 0.0)

    @latency.setter
    def latency(self, seconds: Union[float, Mapping[str, float]]) -> None:
        by_endpoint = seconds if isinstance(seconds, Mapping) else {None: float(seconds)}
        self._latency = {None: 0.0, **by_endpoint}

    def add(self, rule: Rule, limit: bool = False) -> None:
        """Add a rule; ``limit``: it sees every request, also those that others decide."""
        with self._changed:
            (self._limits if limit else self._rules).append(rule)

    @property
    def applied(self) -> int:
        """Requests and connections with a fault since ``clear``, not counting latency."""
        return self._applied

    def clear(self) -> None:
        """Remove every fault and release what is held."""
        with self._changed:
            self._applied = 0
            self._limits, self._rules, self._latency = [], [], {}
            self.affiliates, self._mute = ALIVE, 0
        self.release_all()

    def answer(
        self, on: On, answer: responses.Answer, *, when: When = None, times: Optional[int] = None
    ) -> None:
        """Send this instead of the good answer."""
        self.add(Always(Act(answer), Match(on, when, times)))

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
        self.answer(on, responses.refusal(status, retry_after), when=when, times=times)

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
        """Apply one of ``acts`` to a request with this probability."""
        self.add(fault_rules.Scatter(chance, seed, acts, Match(on, times=times)))

    # Holding -----------------------------------------------------------------------------------

    def hold(self, on: On = None, *, when: When = None) -> None:
        """Hold each matching answer from now on until it is released."""
        with self._changed:
            self._holding.append(Match(on, when))

    def release(self, n: int = 1) -> None:
        """Release the ``n`` that have been held longest; go on holding new ones."""
        with self._changed:
            del self._held[:n]
            self._changed.notify_all()

    def release_all(self) -> None:
        """Release all and hold no more."""
        with self._changed:
            self._holding, self._held = [], []
            self._changed.notify_all()

    @property
    def held(self) -> int:
        """The number of requests held right now."""
        return len(self._held)

    def wait_held(self, n: int, timeout: float) -> bool:
        """Wait until at least ``n`` requests are held; False after ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._held) >= n, timeout)

    # For the server ----------------------------------------------------------------------------

    def decide(self, arrival: Arrival) -> Act:
        """Return what to do with a request that has arrived."""
        with self._changed:
            refused = [act for act in (limit.decide(arrival) for limit in self._limits) if act]
            acts = refused or (act for act in (r.decide(arrival) for r in self._rules) if act)
            act = next(iter(acts), None)
            self._applied += act is not None
            return act or Act()

    def connected(self) -> bool:
        """Count a new connection; return whether to serve it at all."""
        with self._changed:
            for limit in self._limits:
                limit.connected(self.clock())
            if self._mute == 0:
                return True
            self._mute = None if self._mute is None else self._mute - 1
            self._applied += 1
            return False

    def serves(self, affiliate: Optional[str]) -> bool:
        """Return whether requests with this aid are served."""
        with self._changed:
            alive = affiliate in self.affiliates
            self._applied += not alive
            return alive

    def delay(self, endpoint: str) -> float:
        """Return the seconds to wait before answering."""
        latency = self._latency
        return latency.get(endpoint, latency.get(None, 0.0))

    def wait_released(self, arrival: Arrival, left: Callable[[], bool]) -> None:
        """Return when the request is not (or no longer) held or its client has ``left``."""
        with self._changed:
            if self._closed or not any(match(arrival) for match in self._holding):
                return
            token = object()
            self._held.append(token)
            self._applied += 1
            self._changed.notify_all()
            while token in self._held and not self._closed:
                if not self._changed.wait(0.05) and left():
                    break
            if token in self._held:
                self._held.remove(token)

    def close(self) -> None:
        """Release all for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
