"""What is known of the published guide."""

import dataclasses
import os
import threading
from collections import defaultdict
from typing import Any, Dict, List, NamedTuple, Optional, cast

from ..config.settings import UNIX_SOCKET_PREFIX, Config
from ..errors import InputFileError
from ..store.answers import Store
from ..xmltv.reader import read_channels
from .summary import SLOT, StationCoverage, Summary

NOT_A_FILE = "stdout.xml"  # in the data directory
PUBLISHED_FACT = (
    "published "  # how the store's names begin for what is known of a guide, by its path
)


def output_path(config: Config) -> str:
    """The file that a run publishes; for stdout and sockets one in the data directory, copied from
    there.
    """
    elsewhere = config.output == "-" or config.output.startswith(UNIX_SOCKET_PREFIX)
    return os.path.join(config.data_dir, NOT_A_FILE) if elsewhere else config.output


def published_path(config: Config) -> str:
    """The published guide's file; where no output is chosen and it is not there, the one for
    stdout.
    """
    path = output_path(config)
    other = output_path(dataclasses.replace(config, output="-"))
    chosen = "output" in config.origins or os.path.exists(path) or not os.path.exists(other)
    return path if chosen else other


class PublishedGuide(NamedTuple):
    """A published guide that is still there, as it was. Moments are seconds since the epoch."""

    path: str
    made: float
    good: float  # when the run began that left nothing to ask; 0.0 = something was left
    begin: int  # of its first day
    end: int  # of its last programme


def published_guides(store: Store, form: str) -> List[PublishedGuide]:
    """The published guides with this ``Config.fingerprint``, the latest first.

    One that was restored counts from then on: its ``good`` is later than it was made.
    """
    found = [
        PublishedGuide(path, fact["made"], fact["good"], summary.days[0], summary.end)
        for path, fact in store.facts(PUBLISHED_FACT).items()
        if fact and fact.get("form") == form and fact.get("file") == file_stamp(path)
        for summary in [Summary.from_fact(fact["summary"])]
    ]
    return sorted(found, key=lambda guide: max(guide.made, guide.good), reverse=True)


def file_stamp(path: str) -> List[int]:
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
    fact, size = remembered(store, path), file_stamp(path)[:1]
    return fact if fact and size and size == fact["file"][:1] else None


def remembered(store: Store, path: str) -> Optional[Dict[str, Any]]:
    """The same, whatever has become of the file."""
    fact, _ = store.fact(f"{PUBLISHED_FACT}{path}")
    return cast(Optional[Dict[str, Any]], fact)


def forget_gone(store: Store, now: float) -> None:
    """Forget what is known of guides that are over and gone; a share may come back until then."""
    for path, fact in store.facts(PUBLISHED_FACT).items():
        over = not fact or Summary.from_fact(fact["summary"]).end < now
        if over and not os.path.exists(path):
            store.delete_fact(f"{PUBLISHED_FACT}{path}")


def covers(store: Store, path: str, until: float) -> bool:
    """Whether the guide at ``path`` is known to reach ``until``, seconds since the epoch."""
    fact = published(store, path)
    return fact is not None and Summary.from_fact(fact["summary"]).end >= until


def guide_end(store: Store, path: str) -> int:
    """Where the guide at ``path`` ends, seconds since the epoch; 0 = there is none."""
    fact = published(store, path)
    there = Summary.from_fact(fact["summary"]) if fact else summarize_file(path, threading.Event())
    return there.end if there else 0


def summarize_file(path: str, stop: threading.Event) -> Optional[Summary]:
    """What can be compared of the guide in this file; None = there is none, or none that can be
    read. Raises Stopped.
    """
    seconds: Dict[int, int] = defaultdict(int)
    described: Dict[int, int] = defaultdict(int)
    found: Dict[str, StationCoverage] = {}
    if not os.path.isfile(path):  # a pipe would be waited for
        return None
    try:
        for station in read_channels(path, stop):
            end = max(one.stop for one in station.shown)
            found[station.id] = StationCoverage(station.name, end, [], [])
            for one in station.shown:
                slot = one.start - one.start % SLOT
                seconds[slot] += one.stop - one.start
                described[slot] += one.described
    except InputFileError:
        return None
    return Summary(0, 0, [], found, seconds, {}, [], described=described)
