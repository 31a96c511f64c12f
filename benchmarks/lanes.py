"""Runs against stand-ins of the source, several at once, for they mostly wait.

Each lane has its own server, so that the runs share nothing but the machine; and no two begin
within a moment, because beginning is what takes processor time.
"""

import contextlib
import json
import os
import queue
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, List, NamedTuple, Sequence

import measure
import near

from gracenote2epg.demo.server import DemoServer

CLIENT = os.path.join(measure.HERE, "client.py")
LANES = 4  # servers of one kind, at most
APART = 2.0  # seconds between beginnings

Seen = Dict[str, Any]
Runs = Callable[[DemoServer, str], List[Seen]]


class Job(NamedTuple):
    """Runs in one fresh folder, one after the other. series: of the server's world."""

    name: str
    series: int
    runs: Runs


def client(server: DemoServer, home: str, what: str, **given: Any) -> Seen:
    """One run of the program with these settings; what it saw, and what was seen of it."""
    server.reset_counts()
    used = measure.child([CLIENT, what, json.dumps({"base_url": server.url, **given})], home)
    connections = server.counts.connections
    return {
        **json.loads(used.stdout),
        "connections": connections,
        "peak": used.peak,
        "cpu": used.cpu,
    }


def run(jobs: Sequence[Job]) -> Dict[str, List[Seen]]:
    """Do the jobs, each kind in its own lanes, the first ones first; what they saw, by name."""
    gate = threading.Lock()
    with contextlib.ExitStack() as closing:
        free: Dict[int, Any] = {}
        pools: Dict[int, ThreadPoolExecutor] = {}
        for series in sorted({job.series for job in jobs}):
            lanes = min(LANES, sum(job.series == series for job in jobs))
            measure.say(f"preparing {lanes} stand-ins of the source, {series} series")
            free[series] = queue.SimpleQueue()
            for _ in range(lanes):
                free[series].put(closing.enter_context(near.server(series)))
            pools[series] = closing.enter_context(ThreadPoolExecutor(lanes))
        futures = {
            job.name: pools[job.series].submit(_do, job, free[job.series], gate) for job in jobs
        }
        return {name: future.result() for name, future in futures.items()}


def _do(job: Job, free: Any, gate: threading.Lock) -> List[Seen]:
    server = free.get()
    try:
        with gate:
            time.sleep(APART)
            measure.say(job.name)
        near.calm(server)
        with tempfile.TemporaryDirectory() as home:
            return job.runs(server, home)
    finally:
        free.put(server)
