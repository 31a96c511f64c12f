"""Putting a guide in its place: whole, at once, and never a worse one."""

import contextlib
import dataclasses
import gzip
import io
import logging
import math
import os
import shutil
import threading
from collections import defaultdict
from typing import IO, Any, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, cast

from . import files
from .config import SOCKET, Config
from .difference import stations
from .errors import DataError, OutputError, Stopped, WorseGuide, reason
from .guide import named
from .store import Store
from .summary import SLOT, Coverage, Summary

log = logging.getLogger(__name__)

ELSEWHERE = "stdout.xml"  # in the data directory
FACT = "published "  # how the store's names begin for what is known of a guide, by its path
SPARE = 1 << 20  # bytes that the disk must have beyond the last guide's size


def target(config: Config) -> str:
    """The file that a run publishes; for stdout and sockets one in the data directory, copied from
    there.
    """
    elsewhere = config.output == "-" or config.output.startswith(SOCKET)
    return os.path.join(config.data_dir, ELSEWHERE) if elsewhere else config.output


def at_hand(config: Config) -> str:
    """The published guide's file; where no output is chosen and it is not there, the one for
    stdout.
    """
    path = target(config)
    other = target(dataclasses.replace(config, output="-"))
    chosen = "output" in config.origins or os.path.exists(path) or not os.path.exists(other)
    return path if chosen else other


class Kept(NamedTuple):
    """A published guide that is still there, as it was. Moments are seconds since the epoch."""

    path: str
    made: float
    good: float  # when the run began that left nothing to ask; 0.0 = something was left
    begin: int  # of its first day
    end: int  # of its last programme


def kept(store: Store, form: str) -> List[Kept]:
    """The published guides of this form (``Config.form``), the latest first.

    One that was restored counts from then on: its ``good`` is later than it was made.
    """
    found = [
        Kept(path, fact["made"], fact["good"], summary.days[0], summary.end)
        for path, fact in store.all_known(FACT).items()
        if fact and fact.get("form") == form and fact.get("file") == seen(path)
        for summary in [Summary.from_fact(fact["summary"])]
    ]
    return sorted(found, key=lambda guide: max(guide.made, guide.good), reverse=True)


def seen(path: str) -> List[int]:
    """What tells whether somebody else has written the file since; [] = it is gone."""
    try:
        found = os.stat(path)
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns]


def published(store: Store, path: str) -> Optional[Dict[str, Any]]:
    """What is known of the guide at ``path``: its summary and what it was made for; None =
    nothing: there is none, or another program has written it since, as its size tells.
    """
    fact, size = remembered(store, path), seen(path)[:1]
    return fact if fact and size and size == fact["file"][:1] else None


def remembered(store: Store, path: str) -> Optional[Dict[str, Any]]:
    """The same, whatever has become of the file."""
    fact, _ = store.known(f"{FACT}{path}")
    return cast(Optional[Dict[str, Any]], fact)


def forget_gone(store: Store, now: float) -> None:
    """Forget what is known of guides that are over and gone; a share may come back until then."""
    for path, fact in store.all_known(FACT).items():
        over = not fact or Summary.from_fact(fact["summary"]).end < now
        if over and not os.path.exists(path):
            store.unlearn(f"{FACT}{path}")


def covers(store: Store, path: str, until: float) -> bool:
    """Whether the guide at ``path`` is known to reach ``until``, seconds since the epoch."""
    fact = published(store, path)
    return fact is not None and Summary.from_fact(fact["summary"]).end >= until


def ends(store: Store, path: str) -> int:
    """Where the guide at ``path`` ends, seconds since the epoch; 0 = there is none."""
    fact = published(store, path)
    there = Summary.from_fact(fact["summary"]) if fact else in_file(path, threading.Event())
    return there.end if there else 0


def publish(
    store: Store,
    path: str,
    pieces: Iterable[str],
    summary: List[Summary],
    asked: str,
    stop: threading.Event,
    form: str = "",
    good: float = 0.0,
    worse_below: int = Config.worse_below,
    whole: bool = False,
) -> Summary:
    """Write the guide to ``path``, unless it is worse than the one published there.

    summary: is filled when the pieces are exhausted. asked: what the guide was made for, as text;
    only guides for the same are compared. form, good: to be remembered, see Kept. worse_below:
    percent. whole: nothing of it is missing; one that is not is also compared with a file of which
    nothing is known, as after the store was lost. Raises WorseGuide, OutputError, Stopped; the file
    at ``path`` is then as it was.
    """
    old = published(store, path)
    there: Optional[Summary] = None
    if old and old["asked"] == asked:
        there = Summary.from_fact(old["summary"])
    elif not (old or whole):
        there = in_file(path, stop)
    with in_place_of(path, store.clock.now()) as file:
        for piece in pieces:
            if stop.is_set():
                raise Stopped()
            file.write(piece)
        why = worse(there, summary[0], store.clock.now(), worse_below) if there else ""
        if why:
            raise WorseGuide(why)
    made = store.clock.now()
    fact = {
        "asked": asked,
        "form": form,
        "good": good,
        "file": seen(path),
        "made": made,
        "summary": summary[0]._asdict(),
    }
    store.learn(f"{FACT}{path}", fact, made)
    return summary[0]


def in_file(path: str, stop: threading.Event) -> Optional[Summary]:
    """What can be compared of the guide in this file; None = there is none, or none that can be
    read. Raises Stopped.
    """
    seconds: Dict[int, int] = defaultdict(int)
    described: Dict[int, int] = defaultdict(int)
    found: Dict[str, Coverage] = {}
    if not os.path.isfile(path):  # a pipe would be waited for
        return None
    try:
        for station in stations(path, stop):
            end = max(one.stop for one in station.shown)
            found[station.id] = Coverage(station.name, end, [], [])
            for one in station.shown:
                slot = one.start - one.start % SLOT
                seconds[slot] += one.stop - one.start
                described[slot] += one.described
    except DataError:
        return None
    return Summary(0, 0, [], found, seconds, {}, [], described=described)


def worse(old: Summary, new: Summary, now: float, least: int = Config.worse_below) -> str:
    """Why the new guide is clearly less from now on, in words; "" = it is not.

    least: percent of the old guide, in every respect. What the old one still has grows less with
    each hour, so that a source which has less for good is not refused for long. What it has beyond
    the days of the new one says nothing: the clock was ahead then.
    """
    end = new.days[-1]
    before, after = _stations(old, now), _stations(new, now)
    if 100 * len(after) < least * len(before):
        still = {*after, *after.values()}  # a guide's file may have other ids
        lost = named([name for own, name in before.items() if not {own, name} & still])
        return f"{len(after)} stations from now on, and it had {len(before)}; it lacks {lost}"
    for name, was, has, unit in (
        ("hours", old.seconds, new.seconds, 3600),
        ("hours that are not TBA", old.known, new.known, 3600),
        ("programmes with details", old.detailed, new.detailed, 1),
        ("programmes with a description", old.described, new.described, 1),
        ("episodes with a number", old.numbered, new.numbered, 1),
    ):
        had, left = _from(was, now, end) // unit, _from(has, now) // unit
        if 100 * left < least * had:
            return f"{left} {name} from now on, and it had {had}"
    return ""


def _stations(summary: Summary, now: float) -> Dict[str, str]:
    """The names of those that have programmes still to come, by id."""
    return {name: own.name for name, own in summary.stations.items() if own.end > now}


def _from(slots: Mapping[int, int], now: float, end: float = math.inf) -> int:
    return sum(value for slot, value in slots.items() if now < slot + SLOT <= end)


@contextlib.contextmanager
def in_place_of(path: str, now: float) -> Iterator[IO[str]]:
    """A text file beside ``path`` that takes its place when the block ends well, and goes if
    not. Raises OutputError.
    """
    target = os.path.realpath(path)  # a link stays a link
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with files.in_place_of(target, now) as raw:
            _check(target)  # by now there is room for what a killed run had left
            with _text(raw, target) as file:
                yield file
    except FileExistsError as error:
        raise OutputError(path, f"{os.path.dirname(target)} is a file, not a folder") from error
    except OSError as error:
        raise OutputError(path, reason(error)) from error


@contextlib.contextmanager
def _text(raw: IO[bytes], target: str) -> Iterator[IO[str]]:
    """UTF-8 with plain line ends, packed when the name says so, the same bytes every time."""
    if not target.endswith(".gz"):
        file = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
        yield file
        file.detach()
        return
    with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        file = io.TextIOWrapper(cast(IO[bytes], packed), encoding="utf-8", newline="\n")
        yield file
        file.detach()


def _check(target: str) -> None:
    """Refuse before writing what would fail while writing, and what would destroy another's
    file.
    """
    size = 0
    if os.path.exists(target):
        if not os.path.isfile(target):
            raise OSError("it is no file; for a pipe or a device use --output -")
        size = os.path.getsize(target)
        with open(target, "rb") as file:
            head = file.read(512)
        if head and head[:2] != b"\x1f\x8b" and b"<tv" not in head:
            raise OutputError(target, "there is a file that is no guide", "Choose another output")
        if not os.access(target, os.W_OK):
            raise PermissionError("the file is write-protected")
    disk = shutil.disk_usage(os.path.dirname(target))
    if disk.total and disk.free < size + SPARE:
        free, needed = disk.free >> 10, (size + SPARE) >> 10
        raise OSError(f"the disk is full: {free} KiB free, {needed} KiB needed")
