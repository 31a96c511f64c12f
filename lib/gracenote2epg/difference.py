"""What changed from one guide to the next: two XMLTV files, read side by side.

Both are read as somebody else's: they may have been changed. One station of each is held at a time,
as long as they come in the same order. Moments are seconds since the epoch.
"""

import calendar
import gzip
import itertools
import threading
import zlib
from collections import defaultdict
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser

from .errors import DataError, Stopped
from .names import by_number

PIECE = 1 << 16  # bytes
NEAR = 86400  # seconds; what moves further is gone, and another one is new
NEW, GONE, MOVED, RETITLED = "new", "gone", "moved", "retitled"
KINDS = (NEW, MOVED, RETITLED, GONE)


class Shown(NamedTuple):
    """A programme. what: title and subtitle. described: whether it has a description."""

    start: int
    stop: int
    what: Tuple[str, str]
    described: bool = False

    @property
    def title(self) -> str:
        return ": ".join(filter(None, self.what))


class Station(NamedTuple):
    """A channel and its programmes by start."""

    id: str
    name: str
    shown: List[Shown]


class Change(NamedTuple):
    """kind: one of KINDS. before, after: None for what is new, and for what is gone."""

    kind: str
    before: Optional[Shown]
    after: Optional[Shown]

    @property
    def at(self) -> int:
        return (self.after or self.before or Shown(0, 0, ("", ""))).start


class Changed(NamedTuple):
    """What changed on a station. kind: NEW, GONE = the station as a whole; "" = it was and is."""

    id: str
    name: str
    kind: str
    changes: List[Change]


def compare(old: str, new: str, now: float, stop: threading.Event) -> List[Changed]:
    """The stations of two guides that differ from now on, by their names.

    What the new guide has beyond the end of the old one is no change. Raises DataError, Stopped.
    """
    found = []
    for before, after in _pairs(stations(old, stop), stations(new, stop)):
        own = after or before
        kind = GONE if after is None else NEW if before is None else ""
        changes = _changes(before.shown, after.shown, now) if before and after else []
        there = any(one.stop > now for one in own.shown) if own else False
        if own and (changes or (kind and there)):
            found.append(Changed(own.id, own.name, kind, changes))
    return sorted(found, key=lambda one: by_number(one.name))


def _changes(before: List[Shown], after: List[Shown], now: float) -> List[Change]:
    """What is at another time is moved, what is other at the same time retitled."""
    limit = max((one.stop for one in before), default=0)
    old = [one for one in before if one.stop > now]
    new = [one for one in after if one.stop > now and one.start < limit]
    same = {(one.start, one.what) for one in old} & {(one.start, one.what) for one in new}
    old = [one for one in old if (one.start, one.what) not in same]
    new = [one for one in new if (one.start, one.what) not in same]
    found: List[Change] = []
    left: Dict[Tuple[str, str], List[Shown]] = defaultdict(list)
    for one in old:
        left[one.what].append(one)
    rest = []
    for one in new:
        candidates = left[one.what]
        nearest = min(candidates, key=lambda own: abs(own.start - one.start), default=None)
        if nearest and abs(nearest.start - one.start) <= NEAR:
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
    old: Iterator[Station], new: Iterator[Station]
) -> Iterator[Tuple[Optional[Station], Optional[Station]]]:
    """Each station of both; whatever their order, those that are there alone last."""
    waiting: Tuple[Dict[str, Station], Dict[str, Station]] = ({}, {})
    for couple in itertools.zip_longest(old, new):
        for own, station in zip(waiting, couple):
            if station:
                own[station.id] = station
        for station in filter(None, couple):
            if all(station.id in own for own in waiting):
                yield waiting[0].pop(station.id), waiting[1].pop(station.id)
    yield from ((station, None) for station in waiting[0].values())
    yield from ((None, station) for station in waiting[1].values())


# Reading


def stations(path: str, stop: threading.Event) -> Iterator[Station]:
    """The stations of an XMLTV file that have programmes, in the order of the file.

    Raises DataError: for what is no XMLTV, is cut, brings entities of its own, or has the
    programmes of a station in several places. Raises Stopped.
    """
    reader = _Reader()
    parser = XMLParser(target=reader)
    opener = gzip.open if path.endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            for piece in iter(lambda: file.read(PIECE), b""):
                if stop.is_set():
                    raise Stopped()
                parser.feed(piece)
                yield from reader.taken()
        parser.close()
        yield from reader.taken(last=True)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(path, str(error) or "it is cut") from error
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise DataError(path, str(error) or type(error).__name__) from error


class _Reader:
    """What the parser tells: stations one after the other."""

    def __init__(self) -> None:
        self._names: Dict[str, str] = {}
        self._done: List[Station] = []
        self._seen: Set[str] = set()
        self._station: Optional[Station] = None
        self._channel = ""
        self._attributes: Dict[str, str] = {}
        self._title: Dict[str, str] = {}
        self._described = False
        self._text: Optional[List[str]] = None  # None = nobody wants it

    def start(self, tag: str, attributes: Dict[str, str]) -> None:
        if tag == "programme":
            self._attributes, self._title, self._described = dict(attributes), {}, False
        elif tag == "channel":
            self._channel = attributes.get("id", "")
        elif tag == "desc":
            self._described = True
        elif tag in ("title", "sub-title", "display-name"):
            self._text = []

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def end(self, tag: str) -> None:
        if tag in ("title", "sub-title"):
            self._title.setdefault(tag, "".join(self._text or ()))
        elif tag == "display-name":
            self._name("".join(self._text or ()))
        elif tag == "programme":
            self._add()
        self._text = None

    def close(self) -> None:
        """The parser calls it."""

    def _name(self, name: str) -> None:
        """The first that begins with a number, or else the first."""
        known = self._names.setdefault(self._channel, name)
        if " " in name and name[:1].isdecimal() and not known[:1].isdecimal():
            self._names[self._channel] = name

    def _add(self) -> None:
        own = self._attributes
        name = own.get("channel", "")
        if self._station is None or self._station.id != name:
            if name in self._seen:
                raise ValueError("the programmes of a station are in several places")
            self._seen.add(name)
            if self._station:
                self._done.append(self._station)
            self._station = Station(name, self._names.get(name, name), [])
        start, stop = seconds_of(own.get("start", "")), seconds_of(own.get("stop", ""))
        what = (self._title.get("title", ""), self._title.get("sub-title", ""))
        self._station.shown.append(Shown(start, stop, what, self._described))

    def taken(self, last: bool = False) -> List[Station]:
        done, self._done = self._done, []
        if last and self._station:
            done.append(self._station)
        return done


def seconds_of(text: str) -> int:
    """Seconds since the epoch of an XMLTV time such as 20261124203000 -0500. Raises ValueError."""
    stamp, _, zone = text.partition(" ")
    numbers = (stamp[:4], stamp[4:6], stamp[6:8], stamp[8:10], stamp[10:12], stamp[12:14])
    year, month, day, hour, minute, second = map(int, numbers)
    seconds = calendar.timegm((year, month, day, hour, minute, second))
    offset = 3600 * int(zone[1:3] or 0) + 60 * int(zone[3:5] or 0)
    return seconds + offset if zone[:1] == "-" else seconds - offset


def as_json(found: List[Changed]) -> List[Dict[str, Any]]:
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


def _plain(one: Optional[Shown]) -> Optional[Dict[str, Any]]:
    if one is None:
        return None
    return {"start": one.start, "stop": one.stop, "title": one.what[0], "subtitle": one.what[1]}


def sums(found: List[Changed]) -> Dict[str, int]:
    """How many programmes changed, by KINDS."""
    return {kind: sum(one.kind == kind for own in found for one in own.changes) for kind in KINDS}
