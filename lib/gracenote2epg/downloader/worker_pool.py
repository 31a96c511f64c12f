"""The workers: they fetch, and nothing else."""

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Callable, Deque, Dict, List, Tuple

from ..clock import SYSTEM, Clock
from ..gracenote.tasks import Outcome

Fetch = Callable[[Any], Outcome]


class WorkerPool:
    """Runs at most ``size`` downloads at once.

    ``size`` is the executor's own number of workers and ``busy`` counts what is in flight: neither
    is a copy, so neither can be wrong. Nothing ever queues inside an executor, so a resize, which
    is a new executor, loses and repeats nothing: downloads of the old one count as busy until they
    are done. One thread calls this class.
    """

    def __init__(self, fetch: Fetch, size: int, clock: Clock = SYSTEM) -> None:
        self._fetch, self._clock = fetch, clock
        self._executor = ThreadPoolExecutor(size, "download")
        self._in_flight: Dict[Future[Outcome], Tuple[Any, ThreadPoolExecutor]] = {}
        self._done: Deque[Future[Outcome]] = deque()
        self._arrived = threading.Event()  # set while _done holds something
        self._lock = threading.Lock()  # of _done and _arrived

    @property
    def size(self) -> int:
        return self._executor._max_workers

    @property
    def busy(self) -> int:
        return len(self._in_flight)

    def resize(self, size: int) -> None:
        """Run at most ``size`` downloads at once from now on."""
        if size == self.size:
            return
        old, self._executor = self._executor, ThreadPoolExecutor(size, "download")
        # With work in flight, waiting would block the coordinator until the slowest response.
        old.shutdown(wait=not self._uses(old))

    def start(self, job: Any) -> bool:
        """Start the download and return True, or return False when no worker is free."""
        if self.busy >= self.size:
            return False
        future = self._executor.submit(self._fetch, job)
        self._in_flight[future] = (job, self._executor)
        future.add_done_callback(self._on_done)
        return True

    def finished(self, timeout: float) -> List[Tuple[Any, Outcome]]:
        """Wait up to ``timeout`` seconds for a download to finish; return all that have.

        With nothing in flight it waits all the same: for the time when the next request may go.
        Raises what a download raised: that is a bug, since every network failure is an Outcome.
        """
        results: List[Tuple[Any, Outcome]] = []
        wait = self._clock.watch if self._in_flight else self._clock.wait
        wait(self._arrived, timeout)
        while True:
            with self._lock:
                if not self._done:
                    self._arrived.clear()
                    return results
                future = self._done.popleft()
            results.append(self._take(future))

    def close(self) -> None:
        """Wait for what is in flight, then end all threads."""
        executors = {executor for _, executor in self._in_flight.values()} | {self._executor}
        for executor in executors:
            executor.shutdown(wait=True)
        self._in_flight.clear()

    def _on_done(self, future: "Future[Outcome]") -> None:
        """In the worker's thread."""
        with self._lock:
            self._done.append(future)
            self._arrived.set()

    def _uses(self, executor: ThreadPoolExecutor) -> bool:
        return any(other is executor for _, other in self._in_flight.values())

    def _take(self, future: "Future[Outcome]") -> Tuple[Any, Outcome]:
        job, executor = self._in_flight.pop(future)
        if executor is not self._executor and not self._uses(executor):
            executor.shutdown(wait=True)  # its last download is done: this takes no time
        return job, future.result(timeout=0)
