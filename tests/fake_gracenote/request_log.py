"""Counts of the requests, and a log of them in order of arrival."""

import threading
from collections import deque
from typing import Deque, Dict, List, NamedTuple

_REFUSALS = frozenset((202, 403, 405, 429, 503))
_LOGGED = 200_000  # the last so many requests


class Counts(NamedTuple):
    """Since the start or the last reset. refusals: 202, 403, 405, 429 and 503 sent; ok: 200.

    connections: accepted. open_now, max_open: requests being answered; one ceases to be open
    just before its answer is written, so a client that has read it finds it counted.
    """

    requests: int
    grid: int
    details: int
    providers: int
    other: int
    connections: int
    open_now: int
    max_open: int
    refusals: int
    ok: int


class LoggedRequest(NamedTuple):
    """One request. at: its arrival, by the server's clock. status: 0 = no whole answer (yet)."""

    at: float
    endpoint: str
    params: Dict[str, str]
    status: int


class OpenRequest:
    """A request that may still be open."""

    def __init__(self, at: float, endpoint: str, params: Dict[str, str]) -> None:
        self.at, self.endpoint, self.params = at, endpoint, params
        self.status = 0
        self.open = True


class RequestLog:
    """Counts requests and connections; safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: Dict[str, int] = {}
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._received: Dict[str, int] = {}
            self._sent: Dict[int, int] = {}
            self._log: Deque[OpenRequest] = deque(maxlen=_LOGGED)
            self._connections = 0
            self._max_open = sum(self._open.values())

    def connected(self) -> None:
        with self._lock:
            self._connections += 1

    def arrived(self, entry: OpenRequest) -> int:
        """Count a request; return how many of its endpoint are open, itself included."""
        with self._lock:
            name = entry.endpoint
            self._received[name] = self._received.get(name, 0) + 1
            self._open[name] = self._open.get(name, 0) + 1
            self._max_open = max(self._max_open, sum(self._open.values()))
            self._log.append(entry)
            return self._open[name]

    def sending(self, entry: OpenRequest, status: int) -> None:
        with self._lock:
            entry.status = status
            self._sent[status] = self._sent.get(status, 0) + 1

    def left(self, entry: OpenRequest) -> None:
        """The request is no longer open; a second time changes nothing."""
        with self._lock:
            if entry.open:
                entry.open = False
                self._open[entry.endpoint] -= 1

    def counts(self) -> Counts:
        with self._lock:
            received = self._received
            return Counts(
                sum(received.values()),
                received.get("grid", 0),
                received.get("details", 0),
                received.get("providers", 0),
                received.get("other", 0),
                self._connections,
                sum(self._open.values()),
                self._max_open,
                sum(number for status, number in self._sent.items() if status in _REFUSALS),
                self._sent.get(200, 0),
            )

    def log(self) -> List[LoggedRequest]:
        with self._lock:
            return [LoggedRequest(v.at, v.endpoint, v.params, v.status) for v in self._log]
