"""Counts of the requests, and a log of them in order of arrival."""

import dataclasses
import threading
from collections import Counter
from typing import Dict, List, NamedTuple

_REFUSALS = frozenset((202, 403, 405, 429, 503))


class Counts(NamedTuple):
    """Since the start or the last reset. refusals: 202, 403, 405, 429 and 503 sent.

    connections: accepted. open_now, max_open: requests being answered; one ceases to be open
    just before its answer is written, so a client that has read it finds it counted.
    """

    requests: int
    grid: int
    details: int
    providers: int
    connections: int
    open_now: int
    max_open: int
    refusals: int


@dataclasses.dataclass
class LoggedRequest:
    """One request. at: its arrival, by the server's clock. status: 0 = no whole answer (yet)."""

    at: float
    endpoint: str
    params: Dict[str, str]
    status: int = 0


class RequestLog:
    """Counts requests and connections; safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: List[LoggedRequest] = []
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._log: List[LoggedRequest] = []
            self._connections, self._max_open = 0, len(self._open)

    def connected(self) -> None:
        with self._lock:
            self._connections += 1

    def arrived(self, entry: LoggedRequest) -> int:
        """Count a request; return how many of its endpoint are open, itself included."""
        with self._lock:
            self._log.append(entry)
            self._open.append(entry)
            self._max_open = max(self._max_open, len(self._open))
            return sum(each.endpoint == entry.endpoint for each in self._open)

    def sending(self, entry: LoggedRequest, status: int) -> None:
        """The answer is about to be whole."""
        entry.status = status
        self.left(entry)

    def left(self, entry: LoggedRequest) -> None:
        """The request is no longer open; a second time changes nothing."""
        with self._lock:
            self._open = [each for each in self._open if each is not entry]

    def counts(self) -> Counts:
        with self._lock:
            received = Counter(entry.endpoint for entry in self._log)
            return Counts(
                len(self._log),
                received["grid"],
                received["details"],
                received["providers"],
                self._connections,
                len(self._open),
                self._max_open,
                sum(entry.status in _REFUSALS for entry in self._log),
            )

    def log(self) -> List[LoggedRequest]:
        with self._lock:
            return list(self._log)
