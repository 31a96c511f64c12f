"""The stand-in of the source that downloads meet: 40 stations at 130 ms, answers ready made."""

import contextlib
import time
from typing import Iterator

from answers import HOURS, LINEUP, POSTAL_CODE

from gracenote2epg.config.settings import Config
from gracenote2epg.demo.server import DemoServer
from gracenote2epg.demo.world import World
from gracenote2epg.grab import refresh
from gracenote2epg.gracenote.client import Client
from gracenote2epg.gracenote.tasks import DetailsTask
from gracenote2epg.guide import span as guide_span

LATENCY = 0.13  # seconds, as measured on the real one
STATIONS, DAYS = 40, 7


@contextlib.contextmanager
def server(series: int) -> Iterator[DemoServer]:
    """A server that has every answer encoded, so that it costs the latency and nothing else."""
    world = World(STATIONS, series, postal_code=POSTAL_CODE)
    with DemoServer(world) as running:
        _warm(running)
        calm(running)
        yield running


def calm(running: DemoServer) -> None:
    """Nothing wrong with it, no wall, and nothing counted yet."""
    running.faults.clear()
    running.faults.latency = LATENCY
    running.reset_counts()


def _warm(running: DemoServer) -> None:
    now = time.time()
    span = guide_span.span(now, DAYS, 0)
    shown = {row["seriesId"] for row in running.world.truth(int(now), span.end)}
    client = Client(Config(base_url=running.url))
    try:
        for task in refresh.windows(LINEUP, span, HOURS, now):
            client.fetch(task)
        for series_id in sorted(shown):
            client.fetch(DetailsTask(series_id))
    finally:
        client.close()
