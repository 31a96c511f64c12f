"""A reader of /stats, a process of its own: ``watcher.py PORT``; it ends when told something.

Says "ready" after its first answer; prints, as JSON, the seconds of each answer by phase.
"""

import http.client
import json
import select
import sys
import time
from typing import Dict, List, Tuple

EVERY = 0.02  # seconds


def main(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    found: Dict[str, List[float]] = {}
    _asked(connection)
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], EVERY)[0]:
        phase, seconds = _asked(connection)
        found.setdefault(phase, []).append(seconds)
    json.dump(found, sys.stdout)


def _asked(connection: http.client.HTTPConnection) -> Tuple[str, float]:
    began = time.perf_counter()
    connection.request("GET", "/stats")
    body = connection.getresponse().read()
    seconds = time.perf_counter() - began
    return json.loads(body)["run"]["phase"], seconds


main(int(sys.argv[1]))
