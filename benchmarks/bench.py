"""Speed, memory and politeness: ``PYTHONPATH=lib python benchmarks/bench.py [--only PART]``.

Prints tables. The exit code is 0 even if a target is missed, as machines differ: so speeds are also
given beside that of json.loads, or of a plain writer, in the same run.
"""

import argparse
import os
import platform
import sys
import time
from typing import Iterator, Optional, Sequence, Set

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tests"))

import measure
import pipeline
import simulated
import stats
import strategies
import writer
from measure import Table

PARTS = ("simulation", "writer", "strategies", "stats")


def main(words: Optional[Sequence[str]] = None) -> None:
    parser = argparse.ArgumentParser(description="Measure gracenote2epg against its targets.")
    parser.add_argument("--only", choices=PARTS, help="measure only this")
    only = parser.parse_args(words).only
    start = time.monotonic()
    print(f"gracenote2epg on Python {platform.python_version()}, {platform.machine()}")
    missed = 0
    for table in _tables({only} if only else set(PARTS)):
        print(f"\n{measure.text(table)}", flush=True)
        missed += sum(row.ok is False for row in table.rows)
    print(f"\n{missed} targets missed; it took {time.monotonic() - start:.0f} s")


def _tables(parts: Set[str]) -> Iterator[Table]:
    if "simulation" in parts:
        yield from simulated.tables()
    if parts & {"writer", "stats"}:
        with writer.prepared() as ready:
            if "writer" in parts:
                rows, written = writer.rows(ready)
                yield Table([*rows, *pipeline.rows(ready, written)])
            if "stats" in parts:
                yield Table(stats.rows(ready))
    if "strategies" in parts:
        yield strategies.table()


if __name__ == "__main__":
    main()
