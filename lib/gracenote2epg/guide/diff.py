"""Compares two XMLTV files. They are foreign input: other programs may have changed them.

One station of each is in memory at a time, if both files have the same order. Times are seconds
since the epoch.
"""

import itertools
import threading
from collections import defaultdict
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ..channels.stations import number_sort_key
from ..models import is_tba
from ..xmltv.reader import ChannelEntry, ProgrammeEntry, read_channels

MAX_MOVE = 86400  # seconds; a programme that moves further is gone, and another one is new
NEW, GONE, MOVED, RETITLED = "new", "gone", "moved", "retitled"
KINDS = (NEW, MOVED, RETITLED, GONE)
ANNOUNCED = "announced"  # programmes that were to be announced; they are counted only


class Change(NamedTuple):
    """kind: one of KINDS. before is None for NEW, after for GONE. MOVED: its start or its end."""

    kind: str
    before: Optional[ProgrammeEntry]
    after: Optional[ProgrammeEntry]

    @property
    def at(self) -> int:
        return (self.after or self.before or ProgrammeEntry(0, 0, "", "")).start

    def as_json(self) -> Dict[str, Any]:
        return {"kind": self.kind, "before": _as_json(self.before), "after": _as_json(self.after)}


class ChannelChanges(NamedTuple):
    """kind: NEW or GONE = the station as a whole; "" = both guides have it.

    announced: how many programmes were still to be announced; they do not count as changes.
    """

    id: str
    name: str
    kind: str
    changes: List[Change]
    announced: int = 0

    def as_json(self) -> Dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "station": self.kind or "same",
            "changes": [change.as_json() for change in self.changes],
        }


def compare(
    old: str, new: str, labels: Mapping[str, str], now: float, stop: threading.Event
) -> List[ChannelChanges]:
    """The stations of two guides that differ from now on, by channel number.

    Days that only one guide has do not count. labels: of stations, by one of their names in the
    guide. Raises InputFileError, Stopped.
    """
    stations, last_old, last_new = [], 0, 0
    for before, after in _pairs(read_channels(old, stop), read_channels(new, stop)):
        station = after or before
        if station is None:
            continue
        last_old, last_new = max(last_old, _last_start(before)), max(last_new, _last_start(after))
        if before and after:
            kind, changes = "", _changes(before.programmes, after.programmes, now)
        else:
            kind, changes = NEW if after else GONE, []
        if changes or (kind and any(entry.stop > now for entry in station.programmes)):
            known = (labels[name] for name in station.names if name in labels)
            stations.append(ChannelChanges(station.id, next(known, station.name), kind, changes))
    last = min(last_old, last_new)  # only now: a station may end before its guide does
    stations = [_of_both_guides(station, last) for station in stations]
    differing = [row for row in stations if row.kind or row.changes or row.announced]
    return sorted(differing, key=lambda station: number_sort_key(station.name))


def _last_start(station: Optional[ChannelEntry]) -> int:
    return max((entry.start for entry in station.programmes), default=0) if station else 0


def _of_both_guides(station: ChannelChanges, last: int) -> ChannelChanges:
    """Without changes after the last start in the shorter guide, and without the announced ones."""
    changes = [change for change in station.changes if change.at <= last]
    known = [row for row in changes if not (row.before and is_tba(row.before.title))]
    return station._replace(changes=known, announced=len(changes) - len(known))


def _changes(before: List[ProgrammeEntry], after: List[ProgrammeEntry], now: float) -> List[Change]:
    """Same title, new time: moved. Same time, new title: retitled."""
    old = {_key(entry): entry for entry in before if entry.stop > now}
    new = {_key(entry): entry for entry in after if entry.stop > now}
    by_title: Dict[Tuple[str, str], List[ProgrammeEntry]] = defaultdict(list)
    for key in sorted(old.keys() - new.keys()):
        by_title[key[1:]].append(old[key])
    both = sorted(old.keys() & new.keys())
    changes = [Change(MOVED, old[key], new[key]) for key in both if old[key].stop != new[key].stop]
    unmatched = []
    for key in sorted(new.keys() - old.keys()):
        entry, candidates = new[key], by_title[key[1:]]
        nearest = min(candidates, key=lambda row: abs(row.start - entry.start), default=None)
        if nearest and abs(nearest.start - entry.start) <= MAX_MOVE:
            candidates.remove(nearest)
            changes.append(Change(MOVED, nearest, entry))
        else:
            unmatched.append(entry)
    gone = {entry.start: entry for entries in by_title.values() for entry in entries}
    for entry in unmatched:
        replaced = gone.pop(entry.start, None)
        changes.append(Change(RETITLED if replaced else NEW, replaced, entry))
    changes += [Change(GONE, entry, None) for entry in gone.values()]
    return sorted(changes, key=lambda change: change.at)


def _key(entry: ProgrammeEntry) -> Tuple[int, str, str]:
    return entry.start, entry.title, entry.subtitle


def _pairs(
    old: Iterator[ChannelEntry], new: Iterator[ChannelEntry]
) -> Iterator[Tuple[Optional[ChannelEntry], Optional[ChannelEntry]]]:
    """Each station of both guides, in any order; those that only one guide has come last."""
    waiting: Tuple[Dict[str, ChannelEntry], Dict[str, ChannelEntry]] = ({}, {})
    for pair in itertools.zip_longest(old, new):
        for by_id, station in zip(waiting, pair):
            if station:
                by_id[station.id] = station
        for station in filter(None, pair):
            if all(station.id in by_id for by_id in waiting):
                yield waiting[0].pop(station.id), waiting[1].pop(station.id)
    yield from ((station, None) for station in waiting[0].values())
    yield from ((None, station) for station in waiting[1].values())


def _as_json(entry: Optional[ProgrammeEntry]) -> Optional[Dict[str, Any]]:
    if entry is None:
        return None
    fields = entry._asdict()
    del fields["has_description"]
    return fields


def totals(stations: List[ChannelChanges]) -> Dict[str, int]:
    """The number of changed programmes by KINDS, and of those that were announced."""
    kinds = [change.kind for station in stations for change in station.changes]
    announced = sum(station.announced for station in stations)
    return {**{kind: kinds.count(kind) for kind in KINDS}, ANNOUNCED: announced}
