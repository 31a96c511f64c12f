"""The published guides: their paths, and the store's fact about each."""

import contextlib
import os
import re
import threading
from collections import defaultdict
from typing import Any, Dict, List, NamedTuple, Optional, cast

from ..config.settings import UNIX_SOCKET_PREFIX, Config
from ..errors import InputFileError
from ..store.answers import Store
from ..xmltv.reader import read_channels
from .summary import SLOT, StationCoverage, Summary, by_slot

# A guide that was sent to stdout, with the first letters of its settings' hash.
STDOUT_COPY = re.compile(r"stdout(-[0-9a-f]{8})?\.xml")
FILE_TIME_ROUNDING = 2 * 10**9  # ns; some disks and shares round once they are mounted again
# Prefixes of a guide's facts in the store; its path follows:
PUBLISHED_FACT = "published "
DOUBTED_FACT = "doubted "  # since when new guides have been refused, by what they lack
TOLD_FACT = "told "  # what the addresses of ``notify`` know about it


def output_path(config: Config) -> str:
    """The file that a run publishes; for stdout and sockets one in the data directory."""
    if config.output != "-" and not config.output.startswith(UNIX_SOCKET_PREFIX):
        return config.output
    return os.path.join(config.data_dir, f"stdout-{config.settings_hash[:8]}.xml")


def published_path(config: Config) -> str:
    """The published guide: ``output``; if that is missing and no chosen file, the latest for
    stdout.
    """
    path = output_path(config)
    is_chosen = "output" in config.origins and path == config.output
    if is_chosen or os.path.exists(path):
        return path
    names: List[str] = []
    with contextlib.suppress(OSError):
        names = os.listdir(config.data_dir)
    copies = [os.path.join(config.data_dir, name) for name in names if STDOUT_COPY.fullmatch(name)]
    return max(copies, key=lambda copy: file_stamp(copy)[1:], default=path)


class PublishedGuide(NamedTuple):
    """A published guide whose file is unchanged. Times are seconds since the epoch."""

    path: str
    made: float
    completed: float  # the begin of the run that left nothing to download; 0.0 = something was left
    begin: int  # of its first day
    end: int  # of its last programme
    players: str = ""  # ChannelLists.state


def published_guides(store: Store, fingerprint: Optional[str]) -> List[PublishedGuide]:
    """The guides with this ``Config.fingerprint``, None = any, latest first; a restored one counts
    as new."""
    guides = [
        PublishedGuide(
            path,
            fact["made"],
            fact["good"],
            summary.days[0],
            summary.end,
            fact.get("players", ""),
        )
        for path, fact in store.facts(PUBLISHED_FACT).items()
        if fact and fingerprint in (None, fact.get("form")) and is_unchanged(path, fact)
        for summary in [Summary.from_json(fact["summary"])]
    ]
    return sorted(guides, key=lambda guide: max(guide.made, guide.completed), reverse=True)


def file_stamp(path: str) -> List[int]:
    """Size in bytes and time in ns, which differ once the file is rewritten; [] = it is gone."""
    try:
        stat = os.stat(path)
    except OSError:
        return []
    return [stat.st_size, stat.st_mtime_ns]


def is_unchanged(path: str, fact: Dict[str, Any]) -> bool:
    """Whether the file is the one that the fact is about."""
    published, present = fact.get("file"), file_stamp(path)
    if not (published and present and published[0] == present[0]):
        return False
    return bool(abs(published[1] - present[1]) <= FILE_TIME_ROUNDING)


def published(store: Store, path: str) -> Optional[Dict[str, Any]]:
    """The fact about the guide at ``path``; None = it is gone, of another size, or unknown."""
    fact, size = remembered(store, path), file_stamp(path)[:1]
    return fact if fact and size and size == fact["file"][:1] else None


def remembered(store: Store, path: str) -> Optional[Dict[str, Any]]:
    """The fact about the guide last published as ``path``, whatever happened to the file."""
    fact, _ = store.fact(f"{PUBLISHED_FACT}{path}")
    return cast(Optional[Dict[str, Any]], fact)


def forget_over(store: Store, now: float) -> None:
    """Delete the guides for stdout that have ended, and the facts of ended guides that are missing:
    until its end, a guide may be on a network share that comes back.
    """
    for path, fact in store.facts(PUBLISHED_FACT).items():
        is_over = not fact or Summary.from_json(fact["summary"]).end < now
        if is_over and STDOUT_COPY.fullmatch(os.path.basename(path)):
            with contextlib.suppress(OSError):
                os.remove(path)
        if is_over and not os.path.exists(path):
            for prefix in (PUBLISHED_FACT, DOUBTED_FACT, TOLD_FACT):
                store.delete_fact(f"{prefix}{path}")


def guide_end(store: Store, path: str) -> int:
    """The end of the guide at ``path``, seconds since the epoch; 0 = there is none."""
    fact = published(store, path)
    summary = (
        Summary.from_json(fact["summary"]) if fact else summarize_file(path, threading.Event())
    )
    return summary.end if summary else 0


def summarize_file(path: str, stop: threading.Event) -> Optional[Summary]:
    """The parts of a summary that the file has; None = missing or unreadable. Raises Stopped."""
    seconds: Dict[int, int] = defaultdict(int)
    described: Dict[int, int] = defaultdict(int)
    stations: Dict[str, StationCoverage] = {}
    if not os.path.isfile(path):  # reading a pipe would block
        return None
    try:
        for channel in read_channels(path, stop):
            end = max(programme.stop for programme in channel.programmes)
            stations[channel.id] = StationCoverage(channel.name, end, [], [])
            for programme in channel.programmes:
                for slot, part in by_slot(programme.start, programme.stop):
                    seconds[slot] += part
                slot = programme.start - programme.start % SLOT
                described[slot] += programme.has_description
    except InputFileError:
        return None
    return Summary(0, 0, [], stations, seconds, {}, [], described=described)
