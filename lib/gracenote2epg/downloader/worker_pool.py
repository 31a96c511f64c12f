"""The workers: they fetch, and nothing else."""

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Callable, Deque, Dict, List, Tuple

from ..clock import SYSTEM, Clock
from ..gracenote.tasks import Outcome, Task

Fetch = Callable[[Any], Outcome]


class WorkerPool:
    """Runs at most ``size`` downloads at once.

    ``size`` is the executor's own number of workers and ``busy`` is counted from what is in flight:
    neither is a copy, so neither can be wrong. Nothing ever waits inside an executor, so a resize,
    which is a new executor, loses and repeats nothing: what the old one still has in flight
    counts as busy until it is done. One thread calls this class.
    """

    def __init__(self, fetch: Fetch, size: int, clock: Clock = SYSTEM) -> None:
        self._fetch, self._clock = fetch, clock
        self._executor = ThreadPoolExecutor(size, "download")
        self._in_flight: Dict[Future[Outcome], Tuple[Any, ThreadPoolExecutor]] = {}
        self._done: Deque[Future[Outcome]] = deque()
        self._bell = threading.Event()  # set while _done holds something
        self._lock = threading.Lock()  # of these two

    @property
    def size(self) -> int:
        return self._executor._max_workers

    @property
    def busy(self) -> int:
        return len(self._in_flight)

    def resize(self, size: int) -> None:
        if size == self.size:
            return
        old, self._executor = self._executor, ThreadPoolExecutor(size, "download")
        # With work in flight, joining would blind us for as long as the slowest answer takes.
        old.shutdown(wait=not self._uses(old))

    def start(self, task: Task) -> bool:
        """Start the download and return True, or return False when no worker is free."""
        if self.busy >= self.size:
            return False
        future = self._executor.submit(self._fetch, task)
        self._in_flight[future] = (task, self._executor)
        future.add_done_callback(self._arrived)
        return True

    def finished(self, timeout: float) -> List[Tuple[Any, Outcome]]:
        """Wait up to ``timeout`` seconds for an answer; return all that are there.

        With nothing in flight that is how time passes until the next request may go.

        Raises whatever a download raised: it turns every failure into an Outcome, so that is a bug.
        """
        found: List[Tuple[Any, Outcome]] = []
        wait = self._clock.watch if self._in_flight else self._clock.wait
        wait(self._bell, timeout)
        while True:
            with self._lock:
                if not self._done:
                    self._bell.clear()
                    return found
                future = self._done.popleft()
            found.append(self._take(future))

    def close(self) -> None:
        """Wait for what is in flight, then end all threads."""
        executors = {executor for _, executor in self._in_flight.values()} | {self._executor}
        for executor in executors:
            executor.shutdown(wait=True)
        self._in_flight.clear()

    def _arrived(self, future: "Future[Outcome]") -> None:
        """In the worker's thread."""
        with self._lock:
            self._done.append(future)
            self._bell.set()

    def _uses(self, executor: ThreadPoolExecutor) -> bool:
        return any(other is executor for _, other in self._in_flight.values())

    def _take(self, future: "Future[Outcome]") -> Tuple[Any, Outcome]:
        task, executor = self._in_flight.pop(future)
        if executor is not self._executor and not self._uses(executor):
            executor.shutdown(wait=True)  # its last download is done: this takes no time
        return task, future.result(timeout=0)
