"""How fast, how big, how polite: ``python benchmarks/bench.py [--only writer|download|cold]``.

Needs PYTHONPATH=lib. Prints a table; the exit code is 0 even where a target is missed, for machines
differ. What is a speed also stands as a ratio to a calibration of the same run.
"""

import argparse
import platform
import time
from typing import Callable, Dict, List, Optional, Sequence

import cold
import download
import measure
import writer
from measure import Row


def main(words: Optional[Sequence[str]] = None) -> None:
    parser = argparse.ArgumentParser(description="Measure gracenote2epg against its promises.")
    parser.add_argument("--only", choices=("writer", "download", "cold"), help="measure only this")
    parser.add_argument("--whole", action="store_true", help="cold: wait for all details, 2 min")
    asked = parser.parse_args(words)
    measurements: Dict[str, Callable[[], List[Row]]] = {
        "writer": writer.rows,
        "download": download.rows,
        "cold": lambda: cold.rows(asked.whole),
    }
    began = time.monotonic()
    rows: List[Row] = []
    for name, measured in measurements.items():
        if asked.only in (None, name):
            rows += measured()
    print(f"gracenote2epg on Python {platform.python_version()}, {platform.machine()}")
    print(measure.table(rows))
    missed = sum(row.ok is False for row in rows)
    print(f"{missed} missed; {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
