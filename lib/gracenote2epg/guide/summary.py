"""Statistics of a guide, counted in the pass that writes it and kept as a fact in the store.

Times are seconds since the epoch.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from operator import sub
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Sequence, Set, Tuple

from ..channels.stations import station_label
from ..clock import DAY, HOUR
from ..models import NO_DETAILS, Airing, Station, placeholder_starts
from ..xmltv.writer import ProgrammeWriter
from .span import TimeSpan, midnights

SLOT = 6 * HOUR  # the resolution of a summary
MIN_HOLE = 300  # seconds; a shorter gap does not count as a hole


class StationCoverage(NamedTuple):
    """A guide's coverage of one station. end: of its last programme."""

    name: str
    end: int
    seconds: List[int]  # of programmes, by day of the guide
    tba: List[int]  # of those, seconds whose programme is still to be announced
    programmes: int = 0  # 0 = unknown, like the rest: an older version counted none of it
    holes: Sequence[Tuple[int, int]] = ()  # within the guide's days
    undetailed: int = 0  # programmes of a series whose details are missing
    undescribed: int = 0  # programmes
    episodes: int = 0  # programmes that are episodes of a series whose episodes have numbers
    unnumbered: int = 0  # of those, without one
    pictureless: int = 0  # programmes; 0 in a guide without pictures

    @property
    def lacking(self) -> Dict[str, int]:
        """How many programmes have no description, details, number or picture."""
        counts = (self.undescribed, self.undetailed, self.unnumbered, self.pictureless)
        return dict(zip(("description", "details", "number", "picture"), counts))

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> "StationCoverage":
        """Also of an older or newer version."""
        station = cls(*values[: len(cls._fields)])
        return station._replace(holes=[(begin, end) for begin, end in station.holes])


class Summary(NamedTuple):
    """Enough about a guide to recognise a worse one, to grade it, and to draw a map of it."""

    programmes: int
    begin: int  # of the first programme
    days: List[int]  # local midnights; the last one is the end of the last day
    stations: Dict[str, StationCoverage]  # by station id
    # By the begin of each slot of SLOT seconds, and of the part of one that follows a midnight:
    seconds: Dict[int, int]  # of programmes
    detailed: Dict[int, int]  # programmes that start in it and whose series has details
    stale: List[Tuple[int, int]]  # stretches of windows from an earlier run
    known: Mapping[int, int] = {}  # seconds of programmes that are not TBA
    described: Mapping[int, int] = {}  # programmes with a description
    numbered: Mapping[int, int] = {}  # episodes with a number
    lacking: int = 0  # series whose details are missing

    @property
    def end(self) -> int:
        return max((station.end for station in self.stations.values()), default=self.begin)

    @classmethod
    def from_json(cls, fact: Dict[str, Any]) -> "Summary":
        """Read what ``_asdict`` gave; JSON has turned slots into text, and tuples into lists."""
        fields: Dict[str, Any] = {name: fact[name] for name in cls._fields if name in fact}
        for name in {"seconds", "detailed", "known", "described", "numbered"} & set(fields):
            fields[name] = {int(slot): value for slot, value in fields[name].items()}
        stations = fact["stations"].items()
        fields["stations"] = {key: StationCoverage.from_json(values) for key, values in stations}
        fields["stale"] = [(begin, end) for begin, end in fact["stale"]]
        return cls(**fields)


def by_slot(start: int, stop: int) -> Iterator[Tuple[int, int]]:
    """The slots that a programme touches, and its seconds in each."""
    while start < stop:
        slot = start - start % SLOT
        yield slot, min(stop, slot + SLOT) - start
        start = slot + SLOT


class SummaryBuilder:
    """Counts while a guide of this span is written, station by station."""

    def __init__(self, span: TimeSpan) -> None:
        self._days = midnights(span)
        self._count, self._begin = 0, span.end
        self._stations: Dict[str, StationCoverage] = {}
        # The begins of all pieces: slots, cut at midnights. Programmes may cross the guide's ends.
        slots = range(span.begin - span.begin % SLOT - DAY, span.end + DAY, SLOT)
        self._pieces = sorted({*slots, *self._days})
        # By piece: seconds, seconds known, programmes with details, described, numbered.
        self._counts = [[0, 0, 0, 0, 0] for _ in self._pieces]
        self._lacking: Set[str] = set()
        # Episodes without a number by station and series, and the series that have numbers.
        self._unnumbered: Dict[str, Dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._numbered: Set[str] = set()

    def add(self, station: Station, airings: Sequence[Airing], writer: ProgrammeWriter) -> None:
        """Count the station that ``writer`` wrote last, which has airings."""
        pieces, counts, detailed = self._pieces, self._counts, writer.detailed
        seconds, tba = [0] * len(pieces), [0] * len(pieces)
        holes: List[Tuple[int, int]] = []
        piece, last, undetailed, reached = 0, len(pieces) - 1, 0, self._days[0]
        placeholders = placeholder_starts(airings)
        episodes, unnumbered = 0, self._unnumbered[station.station_id]
        for airing in airings:
            start, stop = airing.start, airing.stop
            if start - reached >= MIN_HOLE:
                holes.append((reached, start))
            reached = stop
            while piece < last and pieces[piece + 1] <= start:
                piece += 1
            counts[piece][3] += 1
            series_id = airing.series_id
            if series_id in detailed:
                counts[piece][2] += 1
            elif series_id and series_id not in NO_DETAILS:
                undetailed += 1
                self._lacking.add(series_id)
            if airing.tms_id[:2] == "EP" and "sports" not in airing.filters:
                if airing.episode:
                    counts[piece][4] += 1
                    episodes += 1
                    self._numbered.add(series_id)
                else:
                    unnumbered[series_id] += 1
            at, is_tba = piece, airing.is_tba or start in placeholders
            while at < last and pieces[at + 1] < stop:  # the next ones have a part of it
                at += 1
                seconds[at - 1] += pieces[at] - start
                if is_tba:
                    tba[at - 1] += pieces[at] - start
                start = pieces[at]
            seconds[at] += stop - start
            if is_tba:
                tba[at] += stop - start
        if self._days[-1] - reached >= MIN_HOLE:
            holes.append((reached, self._days[-1]))
        for index, known in enumerate(map(sub, seconds, tba)):
            counts[index][0] += seconds[index]
            counts[index][1] += known
        for start in writer.undescribed:
            counts[max(0, bisect_right(pieces, start) - 1)][3] -= 1
        self._count += len(airings)
        self._begin = min(self._begin, airings[0].start)
        self._stations[station.station_id] = StationCoverage(
            station_label(station),
            airings[-1].stop,
            self._by_day(seconds),
            self._by_day(tba),
            len(airings),
            holes,
            undetailed,
            len(writer.undescribed),
            episodes,
            pictureless=writer.pictureless,
        )

    def _by_day(self, counts: Sequence[int]) -> List[int]:
        at = [bisect_left(self._pieces, midnight) for midnight in self._days]
        return [sum(counts[begin:end]) for begin, end in zip(at, at[1:])]

    def _with_unnumbered(self, station_id: str) -> StationCoverage:
        """Shopping, games and news have no numbers, so that these are not missing."""
        station, counts = self._stations[station_id], self._unnumbered[station_id]
        count = sum(count for series, count in counts.items() if series in self._numbered)
        return station._replace(episodes=station.episodes + count, unnumbered=count)

    def build(self, stale: Sequence[Tuple[int, int]]) -> Summary:
        names = ("seconds", "known", "detailed", "described", "numbered")
        return Summary(
            programmes=self._count,
            begin=self._begin,
            days=self._days,
            stations={name: self._with_unnumbered(name) for name in self._stations},
            stale=list(stale),
            lacking=len(self._lacking),
            **{
                name: {
                    piece: counts[index]
                    for piece, counts in zip(self._pieces, self._counts)
                    if any(counts)
                }
                for index, name in enumerate(names)
            },
        )
