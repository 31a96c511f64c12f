"""Statistics of a guide, counted in the pass that writes it and kept as a fact in the store.

Times are seconds since the epoch.
"""

from collections import defaultdict
from typing import Any, Dict, List, Mapping, NamedTuple, Sequence, Set, Tuple

from ..clock import HOUR
from ..models import Airing, Station
from ..xmltv.writer import ProgrammeWriter
from .span import TimeSpan, midnights

# Series without details: advertising and the test card (gracenote-api reference, section 3.4).
NO_DETAILS = frozenset(("SH00000001", "SH00019112"))
SLOT = 6 * HOUR  # the resolution of a summary
MIN_HOLE = 300  # seconds; less time without a programme is no hole


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
    episodes: int = 0  # programmes that are episodes of a series
    unnumbered: int = 0  # of those, without an episode number
    pictureless: int = 0  # programmes; 0 in a guide without pictures

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
    # By slots of SLOT seconds, in which the programmes start:
    seconds: Dict[int, int]  # of programmes
    detailed: Dict[int, int]  # programmes whose series has details
    stale: List[Tuple[int, int]]  # stretches of windows from an earlier run
    known: Mapping[int, int] = {}  # seconds of programmes that are not TBA, by slots
    described: Mapping[int, int] = {}  # programmes with a description, by slots
    numbered: Mapping[int, int] = {}  # episodes with a number, by slots
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


class SummaryBuilder:
    """Counts while a guide of this span is written, station by station."""

    def __init__(self, span: TimeSpan) -> None:
        self._days = midnights(span)
        self._count, self._begin = 0, span.end
        self._stations: Dict[str, StationCoverage] = {}
        # By slot: seconds, seconds known, programmes with details, described, numbered.
        self._slots: Dict[int, List[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
        self._lacking: Set[str] = set()

    def add(self, station: Station, airings: Sequence[Airing], writer: ProgrammeWriter) -> None:
        """Count the station that ``writer`` wrote last, which has airings."""
        days, detailed, slots = self._days, writer.detailed, self._slots
        seconds, tba = [0] * (len(days) - 1), [0] * (len(days) - 1)
        holes: List[Tuple[int, int]] = []
        day, last, undetailed, reached = 0, len(seconds) - 1, 0, days[0]
        for airing in airings:
            start, stop = airing.start, airing.stop
            if start - reached >= MIN_HOLE:
                holes.append((reached, start))
            reached = stop
            slot = slots[start - start % SLOT]
            slot[0] += stop - start
            slot[3] += 1
            is_tba = airing.is_tba
            if not is_tba:
                slot[1] += stop - start
            series_id = airing.series_id
            if series_id in detailed:
                slot[2] += 1
            elif series_id and series_id not in NO_DETAILS:
                undetailed += 1
                self._lacking.add(series_id)
            # A programme across midnight counts on both days.
            while day < last and days[day + 1] <= start:
                day += 1
            for index in range(day, len(seconds)):
                if days[index] >= stop:
                    break
                part = min(stop, days[index + 1]) - max(start, days[index])
                seconds[index] += part
                if is_tba:
                    tba[index] += part
        if days[-1] - reached >= MIN_HOLE:
            holes.append((reached, days[-1]))
        for start in writer.undescribed:
            slots[start - start % SLOT][3] -= 1
        for start in writer.numbered:
            slots[start - start % SLOT][4] += 1
        self._count += len(airings)
        self._begin = min(self._begin, airings[0].start)
        self._stations[station.station_id] = StationCoverage(
            " ".join((*station.numbers[:1], station.call_sign)),
            airings[-1].stop,
            seconds,
            tba,
            len(airings),
            holes,
            undetailed,
            len(writer.undescribed),
            len(writer.numbered) + writer.unnumbered,
            writer.unnumbered,
            writer.pictureless,
        )

    def build(self, stale: Sequence[Tuple[int, int]]) -> Summary:
        names = ("seconds", "known", "detailed", "described", "numbered")
        return Summary(
            programmes=self._count,
            begin=self._begin,
            days=self._days,
            stations=self._stations,
            stale=list(stale),
            lacking=len(self._lacking),
            **{
                name: {slot: counts[index] for slot, counts in self._slots.items()}
                for index, name in enumerate(names)
            },
        )
