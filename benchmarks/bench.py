"""How fast, how big, how polite: ``python benchmarks/bench.py [--only PART]``.

Needs PYTHONPATH=lib. Prints tables; the exit code is 0 even where a target is missed, for machines
differ. What is a speed also stands as a ratio to a calibration of the same run.
"""

import argparse
import itertools
import platform
import time
from typing import Iterator, List, Optional, Sequence, Set

import cold
import lanes
import measure
import pipeline
import simulated
import stats
import strategies
import writer
from lanes import Job
from measure import Table

PARTS = ("simulation", "writer", "download", "strategies", "cold", "stats")


def main(words: Optional[Sequence[str]] = None) -> None:
    parser = argparse.ArgumentParser(description="Measure gracenote2epg against its promises.")
    parser.add_argument("--only", choices=PARTS, help="measure only this")
    parser.add_argument("--whole", action="store_true", help="cold: wait for all details, 2 min")
    asked = parser.parse_args(words)
    parts = {asked.only} if asked.only else set(PARTS)
    began = time.monotonic()
    print(f"gracenote2epg on Python {platform.python_version()}, {platform.machine()}")
    missed = 0
    for table in itertools.chain(_alone(parts), _together(parts, asked.whole)):
        print(f"\n{measure.text(table)}", flush=True)
        missed += sum(row.ok is False for row in table.rows)
    print(f"\n{missed} missed; {time.monotonic() - began:.0f} s")


def _alone(parts: Set[str]) -> Iterator[Table]:
    """What needs the processor for itself."""
    if "simulation" in parts:
        yield from simulated.tables()
    if parts & {"writer", "stats"}:
        with writer.prepared() as ready:
            if "writer" in parts:
                rows, written = writer.rows(ready)
                yield Table([*rows, *pipeline.rows(ready, written)])
            if "stats" in parts:
                yield Table(stats.writing(ready))
    if "stats" in parts:
        yield Table(stats.downloading(lanes.run([stats.job()])[stats.NAME][0]))


def _together(parts: Set[str], whole: bool) -> Iterator[Table]:
    """What mostly waits for the source."""
    jobs: List[Job] = []
    if "cold" in parts:
        jobs += cold.jobs(whole)
    if "strategies" in parts:
        jobs += strategies.jobs(walled=True)
    if parts & {"download", "strategies"}:
        jobs += strategies.jobs(walled=False)
    results = lanes.run(jobs) if jobs else {}
    if "download" in parts:
        yield Table(strategies.paced(results))
    if "strategies" in parts:
        yield strategies.table(results)
    if "cold" in parts:
        yield Table(cold.rows(results))


if __name__ == "__main__":
    main()
