"""Putting a guide in its place: whole, at once, and never a worse one."""

import logging
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

log = logging.getLogger(__name__)


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
        there = summarize_file(path, stop)
    with in_place_of(path, store.clock.now()) as file:
        for piece in pieces:
            if stop.is_set():
                raise Stopped()
            file.write(piece)
        why = why_worse(there, summary[0], store.clock.now(), worse_below) if there else ""
        if why:
            raise WorseGuide(why)
    made = store.clock.now()
    fact = {
        "asked": asked,
        "form": form,
        "good": good,
        "file": file_stamp(path),
        "made": made,
        "summary": summary[0]._asdict(),
    }
    store.set_fact(f"{PUBLISHED_FACT}{path}", fact, made)
    return summary[0]


def why_worse(old: Summary, new: Summary, now: float, least: int = Config.worse_below) -> str:
    """Why the new guide is clearly less from now on, in words; "" = it is not.

    least: percent of the old guide, in every respect. What the old one still has grows less with
    each hour, so that a source which has less for good is not refused for long. What it has beyond
    the days of the new one says nothing: the clock was ahead then.
    """
    end = new.days[-1]
    before, after = _stations(old, now), _stations(new, now)
    if 100 * len(after) < least * len(before):
        still = {*after, *after.values()}  # a guide's file may have other ids
        lost = join_names([name for own, name in before.items() if not {own, name} & still])
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
