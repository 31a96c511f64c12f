"""Publishes a guide: whole, at once, and never a worse one."""

import math
import threading
from typing import Dict, Iterable, List, Mapping, Optional

from ..config.settings import Config
from ..errors import Stopped, WorseGuide
from ..store.answers import Store
from ..util.format import join_names
from .guide_file import in_place_of
from .published import PUBLISHED_FACT, file_stamp, published, summarize_file
from .summary import SLOT, Summary


def publish(
    store: Store,
    path: str,
    chunks: Iterable[str],
    summary: List[Summary],
    made_for: str,
    stop: threading.Event,
    fingerprint: str = "",
    completed: float = 0.0,
    worse_below: int = Config.worse_below,
    is_complete: bool = False,
) -> Summary:
    """Write the guide to ``path``, unless it is worse than the one published there.

    summary: gets its one element before the chunks end. made_for: the settings that made it, as
    text; only guides for the same ones are compared. fingerprint, completed: see PublishedGuide.
    worse_below: percent. is_complete: nothing is missing; an incomplete guide is also compared with
    a file of unknown origin. Raises WorseGuide, OutputError, Stopped; then the file is unchanged.
    """
    old = published(store, path)
    previous: Optional[Summary] = None
    if old and old["asked"] == made_for:
        previous = Summary.from_json(old["summary"])
    elif not (old or is_complete):
        previous = summarize_file(path, stop)
    with in_place_of(path, store.clock.now()) as file:
        for chunk in chunks:
            if stop.is_set():
                raise Stopped()
            file.write(chunk)
        now = store.clock.now()
        reason = why_worse(previous, summary[0], now, worse_below) if previous else ""
        if reason:
            raise WorseGuide(reason)
    made = store.clock.now()
    fact = {
        "asked": made_for,
        "form": fingerprint,
        "good": completed,
        "file": file_stamp(path),
        "made": made,
        "summary": summary[0]._asdict(),
    }
    store.set_fact(f"{PUBLISHED_FACT}{path}", fact, made)
    return summary[0]


def why_worse(old: Summary, new: Summary, now: float, percent: int = Config.worse_below) -> str:
    """Why the new guide is worse: it has less than ``percent`` of what the old one has from now on.

    Returns the end of a sentence; "" = it is not worse.

    What the old guide still has to come shrinks by the hour, so a permanent loss at the source is
    accepted after some time. Days beyond the end of the new guide do not count: the old one was
    made while the clock was ahead.
    """
    end = new.days[-1]
    before, after = _station_names(old, now), _station_names(new, now)
    if 100 * len(after) < percent * len(before):
        present = {*after, *after.values()}  # a summary made from a file has other ids
        lost = join_names([name for key, name in before.items() if not {key, name} & present])
        return f"{len(after)} stations from now on, and it had {len(before)}; it lacks {lost}"
    for name, old_slots, new_slots, unit in (
        ("hours", old.seconds, new.seconds, 3600),
        ("hours that are not TBA", old.known, new.known, 3600),
        ("programmes with details", old.detailed, new.detailed, 1),
        ("programmes with a description", old.described, new.described, 1),
        ("episodes with a number", old.numbered, new.numbered, 1),
    ):
        had, has = _total(old_slots, now, end) // unit, _total(new_slots, now) // unit
        if 100 * has < percent * had:
            return f"{has} {name} from now on, and it had {had}"
    return ""


def _station_names(summary: Summary, now: float) -> Dict[str, str]:
    """The names of the stations with programmes still to come, by id."""
    return {key: station.name for key, station in summary.stations.items() if station.end > now}


def _total(slots: Mapping[int, int], now: float, end: float = math.inf) -> int:
    """The sum of the slots that end after ``now``, and at ``end`` at the latest."""
    return sum(value for slot, value in slots.items() if now < slot + SLOT <= end)
