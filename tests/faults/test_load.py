"""Large lineups in little memory. Speed is for `make bench`."""

import json
import os
import subprocess
import sys
from typing import Any, NamedTuple

import pytest

from fake_gracenote import FakeGracenote, World
from gracenote2epg.clock import Clock
from gracenote2epg.guide import span as guide_span
from support import guides
from support.machine import ROOT

from . import child

# What a process has used at most: of its own, while what the system tells of a child begins with
# what its parent had.
MEASURED = """
import json, sys
from faults import child
code = child.main(sys.argv[1:])
with open("/proc/self/status") as file:
    peak = [int(line.split()[1]) for line in file if line.startswith("VmHWM:")]
sys.stderr.write(json.dumps({"code": code, "peak": peak[0] / 1024}))
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc"),
]


class Size(NamedTuple):
    """A lineup and its guide. series: different ones, of which some are not on. most: MiB."""

    stations: int
    series: int
    days: int
    details: bool
    most: int


HURRY = 1.4  # times as much: ten answers wait to be read where otherwise one or two do
PROMISED = Size(300, 5000, 14, details=True, most=110)
LARGEST = Size(700, 12_600, 14, details=True, most=200)
SHARE = Size(300, 600, 2, details=False, most=80)


def measured(server: FakeGracenote, folder: Any, clock: Clock, size: Size, *options: str) -> float:
    """A run in a process of its own; the most memory that it used, MiB."""
    environment = {
        "HOME": str(folder),
        "TZ": os.environ["TZ"],
        child.NOW: str(clock.now()),
        "PYTHONPATH": os.pathsep.join(os.path.join(ROOT, name) for name in ("lib", "tests")),
        "GRACENOTE_BASE_URL": server.url,
        "GRACENOTE_DATA_DIR": str(folder),
        "GRACENOTE_DAYS": str(size.days),
        "GRACENOTE_DETAILS": "yes" if size.details else "no",
        "GRACENOTE_REQUEST_BUDGET": "99999",
        "GRACENOTE_TIME_BUDGET": "86400",
        "GRACENOTE_WORKER_STRATEGY": "aggressive",
    }
    result = subprocess.run(
        [sys.executable, "-B", "-c", MEASURED, "--postal", "90210", "--quiet", *options],
        env=environment, cwd=str(folder), capture_output=True, timeout=1800, check=True,
    )  # fmt: skip
    *said, last = result.stderr.decode().splitlines()
    report = json.loads(last)
    assert (report["code"], said) == (0, [])
    return float(report["peak"])


@pytest.mark.parametrize("size", [SHARE, PROMISED, LARGEST])
def test_a_large_lineup_is_whole_and_takes_little_memory(size, clock, tmp_path, torture):
    if size != SHARE and not torture:
        pytest.skip("takes minutes: make torture")
    world = World(size.stations, size.series, now=clock.now())
    with FakeGracenote(world) as server:
        peak = measured(server, tmp_path, clock, size)
        made = measured(server, tmp_path, clock, size, "--offline", "--force")
        request_counts = server.counts.details
    span = guide_span.span(clock.now(), size.days, 0)
    assert set(guides.programmes(str(tmp_path / "xmltv.xml"))) == guides.on(world, span)
    print(f"{size}: {peak:.0f} MiB, then {made:.0f} MiB, {request_counts:,} details")
    assert made < size.most
    assert peak < HURRY * size.most
    if size == LARGEST:
        assert request_counts > 12_000
