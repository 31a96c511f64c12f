"""How soon /stats answers while a guide of 300 stations is written."""

import http.client
import statistics
import threading
import time
from typing import List

import measure
from measure import Row
from writer import POSTAL_CODE, Prepared

from gracenote2epg.clock import SYSTEM
from gracenote2epg.config import paths
from gracenote2epg.config.settings import Config
from gracenote2epg.net.server import WebServer
from gracenote2epg.web import app
from gracenote2epg.web.status import RunStatus

INTERVAL = 0.02  # seconds between requests


def rows(ready: Prepared) -> List[Row]:
    measure.say("requesting /stats while a guide is written")
    config = Config(postal_code=POSTAL_CODE, offline=True, days=14)
    status = RunStatus(paths.with_paths(config, f"{ready.home}/data"), SYSTEM)
    seconds: List[float] = []
    finished = threading.Event()

    def read(port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not finished.wait(INTERVAL):
            start = time.perf_counter()
            connection.request("GET", "/stats")
            connection.getresponse().read()
            seconds.append(time.perf_counter() - start)
        connection.close()

    with WebServer("127.0.0.1", 0, app.routes(status)) as server:
        reader = threading.Thread(target=read, args=(server.port,))
        reader.start()
        try:
            status.run(threading.Event(), lambda _: None)
        finally:
            finished.set()
            reader.join(30)
    millis = sorted(1000 * duration for duration in seconds)
    late = millis[int(0.95 * len(millis))]
    name = "/stats while a guide of 300 stations is written"
    return [
        measure.at_most(f"{name}: median ms", statistics.median(millis), 50, "{:.1f}"),
        Row(f"{name}: answers, 95th percentile ms", f"{len(millis)}, {late:.1f}"),
    ]
