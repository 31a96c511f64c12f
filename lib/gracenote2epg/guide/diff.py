"""What changed from one guide to the next: two XMLTV files, read side by side.

Both are read as somebody else's: they may have been changed. One station of each is held at a time,
as long as they come in the same order. Moments are seconds since the epoch.
"""

import itertools
import threading
from collections import defaultdict
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from ..channels.call_signs import number_sort_key
from ..xmltv.reader import ChannelEntry, ProgrammeEntry, read_channels

MAX_MOVE = 86400  # seconds; what moves further is gone, and another one is new
NEW, GONE, MOVED, RETITLED = "new", "gone", "moved", "retitled"
KINDS = (NEW, MOVED, RETITLED, GONE)


class Change(NamedTuple):
    """kind: one of KINDS. before, after: None for what is new, and for what is gone."""

    kind: str
    before: Optional[ProgrammeEntry]
    after: Optional[ProgrammeEntry]

    @property
    def at(self) -> int:
        return (self.after or self.before or ProgrammeEntry(0, 0, ("", ""))).start


class ChannelChanges(NamedTuple):
    """What changed on a station. kind: NEW, GONE = the station as a whole; "" = it was and is."""

    id: str
    name: str
    kind: str
    changes: List[Change]


def compare(old: str, new: str, now: float, stop: threading.Event) -> List[ChannelChanges]:
    """The stations of two guides that differ from now on, by their names.

    What the new guide has beyond the end of the old one is no change. Raises DataError, Stopped.
    """
    found = []
    for before, after in _pairs(read_channels(old, stop), read_channels(new, stop)):
        own = after or before
        kind = GONE if after is None else NEW if before is None else ""
        changes = _changes(before.shown, after.shown, now) if before and after else []
        there = any(one.stop > now for one in own.shown) if own else False
        if own and (changes or (kind and there)):
            found.append(ChannelChanges(own.id, own.name, kind, changes))
    return sorted(found, key=lambda one: number_sort_key(one.name))


def _changes(before: List[ProgrammeEntry], after: List[ProgrammeEntry], now: float) -> List[Change]:
    """What is at another time is moved, what is other at the same time retitled."""
    limit = max((one.stop for one in before), default=0)
    old = [one for one in before if one.stop > now]
    new = [one for one in after if one.stop > now and one.start < limit]
    same = {(one.start, one.what) for one in old} & {(one.start, one.what) for one in new}
    old = [one for one in old if (one.start, one.what) not in same]
    new = [one for one in new if (one.start, one.what) not in same]
    found: List[Change] = []
    left: Dict[Tuple[str, str], List[ProgrammeEntry]] = defaultdict(list)
    for one in old:
        left[one.what].append(one)
    rest = []
    for one in new:
        candidates = left[one.what]
        nearest = min(candidates, key=lambda own: abs(own.start - one.start), default=None)
        if nearest and abs(nearest.start - one.start) <= MAX_MOVE:
            candidates.remove(nearest)
            found.append(Change(MOVED, nearest, one))
        else:
            rest.append(one)
    gone = {one.start: one for own in left.values() for one in own}
    for one in rest:
        there = gone.pop(one.start, None)
        found.append(Change(RETITLED if there else NEW, there, one))
    found += [Change(GONE, one, None) for one in gone.values()]
    return sorted(found, key=lambda change: change.at)


def _pairs(
    old: Iterator[ChannelEntry], new: Iterator[ChannelEntry]
) -> Iterator[Tuple[Optional[ChannelEntry], Optional[ChannelEntry]]]:
    """Each station of both; whatever their order, those that are there alone last."""
    waiting: Tuple[Dict[str, ChannelEntry], Dict[str, ChannelEntry]] = ({}, {})
    for couple in itertools.zip_longest(old, new):
        for own, station in zip(waiting, couple):
            if station:
                own[station.id] = station
        for station in filter(None, couple):
            if all(station.id in own for own in waiting):
                yield waiting[0].pop(station.id), waiting[1].pop(station.id)
    yield from ((station, None) for station in waiting[0].values())
    yield from ((None, station) for station in waiting[1].values())


def as_json(found: List[ChannelChanges]) -> List[Dict[str, Any]]:
    return [
        {
            "id": own.id,
            "name": own.name,
            "station": own.kind or "same",
            "changes": [
                {"kind": one.kind, "before": _plain(one.before), "after": _plain(one.after)}
                for one in own.changes
            ],
        }
        for own in found
    ]


def _plain(one: Optional[ProgrammeEntry]) -> Optional[Dict[str, Any]]:
    if one is None:
        return None
    return {"start": one.start, "stop": one.stop, "title": one.what[0], "subtitle": one.what[1]}


def totals(found: List[ChannelChanges]) -> Dict[str, int]:
    """How many programmes changed, by KINDS."""
    return {kind: sum(one.kind == kind for own in found for one in own.changes) for kind in KINDS}
