"""The guide from what is stored: speed, memory and size of 300 stations x 14 days; start-up.

The whole process is measured, started as a user starts it.
"""

import contextlib
import json
import os
import shutil
import statistics
import tempfile
import time
from typing import Iterator, List, NamedTuple, Sequence, Tuple

import answers
import measure
from answers import POSTAL_CODE, Answers, Parameters
from measure import Row

from gracenote2epg.gracenote import parser
from gracenote2epg.store.answers import Store

WORLD = Parameters(stations=300, series=5000, days=14)
SPREAD = WORLD._replace(spread=5)
ANTENNA = Parameters(stations=40, series=600, days=7)
RUNS = 3  # the best counts: what else the machine does only ever adds
STARTS = 10
CALIBRATED = 12  # windows that the yardstick reads


class Filled(NamedTuple):
    """What went into the store, and the processor seconds of parsing and keeping it."""

    airings: int  # those on the edge of two windows are in both
    details: int
    cpu: float


class Written(NamedTuple):
    """An offline run: programmes and bytes of its guide, processor seconds, peak memory in MiB."""

    programmes: int
    size: int
    cpu: float
    peak: float


class Compared(NamedTuple):
    """The best of some offline runs, and of the plain writer of floor.py in the same minutes."""

    written: Written
    floor: float  # processor seconds

    def rows(self, name: str) -> List[Row]:
        cpu, peak, floor = self.written.cpu, self.written.peak, self.floor
        title = f"writer: 14 days, {name}"
        return [
            Row(f"{title}, CPU seconds: ours, a plain writer", f"{cpu:.2f}, {floor:.2f}"),
            measure.at_most(f"{title}, x the plain writer", cpu / floor, 1.5, "{:.2f}"),
            measure.at_most(f"{title}, peak MiB", peak, 100, "{:.1f}"),
        ]


class Prepared(NamedTuple):
    """A folder whose ``data`` is the filled store, and what filled it."""

    home: str
    answers: Answers
    filled: Filled


@contextlib.contextmanager
def prepared() -> Iterator[Prepared]:
    with tempfile.TemporaryDirectory() as home, answers.stored(WORLD) as found:
        measure.say("filling the store through the parser")
        yield Prepared(home, found, _fill(os.path.join(home, "data"), found))


def rows(ready: Prepared) -> Tuple[List[Row], Written]:
    """The table, and the offline run of all days."""
    clustered, week, yardstick = _write_all(ready)
    found = [
        *clustered.rows("each series on its station"),
        *_spread(),
        *_writing(clustered.written, week, yardstick),
        *_reading(ready.filled, yardstick),
        *_antenna(),
        *_starting(ready.home),
    ]
    return found, clustered.written


def _fill(data_dir: str, found: Answers) -> Filled:
    airings = details = 0
    cpu, now = 0.0, time.time()
    with Store(data_dir) as store:
        for task, body in found.windows():
            began = time.process_time()
            block = parser.guide(body)
            store.save_guide(task.lineup, task.start, task.hours, block, now)
            cpu += time.process_time() - began
            airings += sum(len(own) for _, own in block.airings)
        for series_id, body in found.details():
            store.save_details(parser.details(body, series_id), now)
            details += 1
    return Filled(airings, details, cpu)


class Yardstick:
    """The same work each time, to tell a slow program from a slow moment of the machine."""

    def __init__(self, found: Answers) -> None:
        self._bodies = [body for (_, body), _ in zip(found.windows(), range(CALIBRATED))]
        self._airings = sum(
            len(row["events"]) for body in self._bodies for row in json.loads(body)["channels"]
        )
        self._best = float("inf")

    def take(self) -> None:
        spent = measure.cpu_seconds(lambda: [json.loads(body) for body in self._bodies])
        self._best = min(self._best, spent)

    @property
    def per_second(self) -> float:
        """Airings of raw answers that json.loads reads per processor second."""
        return self._airings / self._best


def _write_all(ready: Prepared) -> Tuple[Compared, Written, Yardstick]:
    yardstick = Yardstick(ready.answers)
    compared, week = [], []
    for run in range(RUNS):
        measure.say(f"writing guides of 14 and 7 days, {run + 1} of {RUNS}")
        yardstick.take()
        compared.append(_compare(ready.home, ready.answers))
        yardstick.take()
        week.append(_write(ready.home, 7))
    yardstick.take()
    return _best(compared), min(week, key=_cpu), yardstick


def _compare(home: str, found: Answers) -> Compared:
    words = [os.path.join(measure.HERE, "floor.py"), found.path, os.path.join(home, "floor.xml")]
    return Compared(_write(home, WORLD.days), measure.child(words, home).cpu)


def _best(compared: Sequence[Compared]) -> Compared:
    written = min((each.written for each in compared), key=_cpu)
    return Compared(written, min(each.floor for each in compared))


def _spread() -> List[Row]:
    with tempfile.TemporaryDirectory() as home, answers.stored(SPREAD) as found:
        measure.say("writing guides of series on five stations each")
        _fill(os.path.join(home, "data"), found)
        compared = [_compare(home, found) for _ in range(RUNS)]
    return _best(compared).rows("each series on five stations")


def _cpu(written: Written) -> float:
    return written.cpu


def _write(home: str, days: int) -> Written:
    """One offline run, as a user starts it, where there is no guide and no backup yet."""
    path = os.path.join(home, "xmltv.xml")
    shutil.rmtree(os.path.join(home, "data", "backups"), ignore_errors=True)
    usages = measure.child(
        [
            "-m", "gracenote2epg", "--offline", "--days", str(days), "--postal", POSTAL_CODE,
            "--data-dir", os.path.join(home, "data"), "--output", path,
        ],
        home,
    )  # fmt: skip
    with open(path, "rb") as file:
        programmes = sum(line.startswith(b"  <programme ") for line in file)
    size = os.path.getsize(path)
    os.remove(path)
    return Written(programmes, size, usages.cpu, usages.peak)


def _writing(long: Written, week: Written, yardstick: Yardstick) -> List[Row]:
    speed, weekly = long.programmes / long.cpu, week.programmes / week.cpu
    peaks = long.peak / week.peak
    return [
        Row("writer: programmes in 14, in 7 days", f"{long.programmes:,}, {week.programmes:,}"),
        Row("this machine: airings per CPU second by json.loads", f"{yardstick.per_second:,.0f}"),
        Row("writer: 14 days, programmes per CPU second", f"{speed:,.0f}"),
        Row("writer: 14 days, x the speed of json.loads", f"{speed / yardstick.per_second:.2f}"),
        Row("writer: 7 days, programmes per CPU second", f"{weekly:,.0f}"),
        Row("writer: 7 days, x the speed of json.loads", f"{weekly / yardstick.per_second:.2f}"),
        measure.at_most("writer: memory for 14 days, x that for 7 days", peaks, 1.1, "{:.2f}"),
        measure.at_most("writer: bytes per programme", long.size / long.programmes, 1500),
    ]


def _reading(filled: Filled, yardstick: Yardstick) -> List[Row]:
    speed = filled.airings / filled.cpu
    return [
        Row("parse and store: airings, series details", f"{filled.airings:,}, {filled.details:,}"),
        Row("parse and store: airings per CPU second", f"{speed:,.0f}"),
        Row("parse and store: x the speed of json.loads", f"{speed / yardstick.per_second:.2f}"),
    ]


def _antenna() -> List[Row]:
    """What a run costs where nothing is new: an antenna's stations and a week, from the store."""
    with tempfile.TemporaryDirectory() as home, answers.stored(ANTENNA) as found:
        _fill(os.path.join(home, "data"), found)
        usages = [_write(home, ANTENNA.days) for _ in range(RUNS)]
    best = min(usages, key=_cpu)
    return [
        Row("run without requests: 40 stations, 7 days, programmes", f"{best.programmes:,}"),
        measure.at_most("run without requests: CPU seconds of all", best.cpu, 1.5, "{:.2f}"),
    ]


def _starting(home: str) -> List[Row]:
    measure.say("starting with --description")
    wall, cpu = _started(["-m", "gracenote2epg", "--description"], home)
    _, bare = _started(["-c", "pass"], home)
    return [
        Row("start: --description, elapsed seconds", f"{wall:.3f}"),
        measure.at_most("start: --description, CPU seconds", cpu, 0.05, "{:.3f}"),
        Row("start: --description, x a Python that does nothing", f"{cpu / bare:.2f}"),
    ]


def _started(words: Sequence[str], home: str) -> Tuple[float, float]:
    """Wall and processor seconds, the medians of some starts."""
    usages = [measure.child(words, home) for _ in range(STARTS)]
    return statistics.median(usage.wall for usage in usages), statistics.median(
        usage.cpu for usage in usages
    )
