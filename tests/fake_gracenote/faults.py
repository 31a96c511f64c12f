"""The faults of the fake server; tests switch them while it runs:

``server.faults.refuse(429, times=3, retry_after="2")``,
``server.faults.block_after(300, per=60, closed=20)``,
``server.faults.answer("grid", responses.oops(), when=lambda q: q["time"] == "1789257600")``.
"""

import threading
from typing import Any, Callable, FrozenSet, List, Optional, Tuple, Union

from gracenote2epg.clock import SYSTEM

from . import fault_rules, responses
from .fault_rules import Act, Always, Arrival, Limit, On, Refusal, Scatter, When, selects

ALIVE = frozenset(("orbebb", "chi", "dishmex"))


def _broken(manner: str) -> Callable[..., None]:
    def fault(
        self: "Faults", on: On = None, *, when: When = None, times: Optional[int] = None
    ) -> None:
        self._add(Act(manner=manner), on, when, times)

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
        self._add(Act(manner=manner, seconds=seconds), on, when, times)

    return fault


def _limit(limit: Callable[..., Limit], status: int = 429) -> Callable[..., None]:
    def fault(
        self: "Faults",
        *arguments: Any,
        retry_after: Optional[str] = None,
        status: int = status,
        **options: Any,
    ) -> None:
        with self._changed:
            self._limits.append(limit(*arguments, **options, refusal=Refusal(status, retry_after)))

    return fault


class Faults:
    """What the server does wrong from now on. Safe to call from any thread.

    on: "grid", "details", "providers", several of them, or None for all requests. when: called
    with the request's parameters (the grid's query; programSeriesID; country, postal, lang).
    times: how often at most. Limits count every request; of the other faults the first that was
    added and matches is applied. retry_after: the header's text; of limits "seconds" or "date",
    for the time that is left.

    affiliates: the aids that are served; ``lat`` gets the "Oops" page, all others 400.
    latency: seconds before each answer. clock: the limits' time, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = SYSTEM.monotonic) -> None:
        self.clock = clock
        self._changed = threading.Condition()
        self._closed = False
        self._held: List[object] = []  # one token each, the longest held first
        self.clear()

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
    # They take the arguments of the limits' constructors.
    block_after = _limit(fault_rules.BlockAfter)
    connection_limit = _limit(fault_rules.ConnectionLimit)
    concurrency_limit = _limit(fault_rules.ConcurrencyLimit, 503)

    def clear(self) -> None:
        """Remove every fault and release what is held."""
        with self._changed:
            self.affiliates: FrozenSet[str] = ALIVE
            self.latency = 0.0
            self.applied = 0  # requests and connections with a fault, not counting latency
            self._limits: List[Limit] = []
            self._rules: List[Union[Always, Scatter]] = []
            self._mute: Optional[int] = 0
        self.release_all()

    def answer(
        self, on: On, answer: responses.Answer, *, when: When = None, times: Optional[int] = None
    ) -> None:
        """Send this instead of the good answer."""
        self._add(Act(answer), on, when, times)

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

    def scatter(self, chance: float) -> None:
        """Break a request in one of several ways with this probability."""
        with self._changed:
            self._rules.append(Scatter(chance))

    def _add(self, act: Act, on: On, when: When, times: Optional[int]) -> None:
        with self._changed:
            self._rules.append(Always(act, on, when, times))

    # Holding -----------------------------------------------------------------------------------

    def hold(self, on: On = None, *, when: When = None) -> None:
        """Hold each matching answer from now on until it is released."""
        with self._changed:
            self._holding.append((on, when))

    def release(self, n: int) -> None:
        """Release the ``n`` that have been held longest; go on holding new ones."""
        with self._changed:
            del self._held[:n]
            self._changed.notify_all()

    def release_all(self) -> None:
        """Release all and hold no more."""
        with self._changed:
            self._holding: List[Tuple[On, When]] = []
            self._held.clear()
            self._changed.notify_all()

    @property
    def held(self) -> int:
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
            self.applied += act is not None
            return act or Act()

    def connected(self) -> bool:
        """Count a new connection; return whether to serve it at all."""
        with self._changed:
            for limit in self._limits:
                limit.connected(self.clock())
            if self._mute == 0:
                return True
            self._mute = None if self._mute is None else self._mute - 1
            self.applied += 1
            return False

    def serves(self, affiliate: Optional[str]) -> bool:
        """Return whether requests with this aid are served."""
        with self._changed:
            alive = affiliate in self.affiliates
            self.applied += not alive
            return alive

    def wait_released(self, arrival: Arrival, left: Callable[[], bool]) -> None:
        """Return when the request is not (or no longer) held or its client has ``left``."""
        with self._changed:
            if self._closed or not any(selects(*held, arrival) for held in self._holding):
                return
            token = object()
            self._held.append(token)
            self.applied += 1
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
