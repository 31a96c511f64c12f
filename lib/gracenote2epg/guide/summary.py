"""What is in a guide, counted in the pass that writes it.

The store remembers it as a fact, so that whoever wants to know of a published guide needs neither
its file nor the answers. All moments are seconds since the epoch.
"""

from collections import defaultdict
from typing import Any, Dict, List, Mapping, NamedTuple, Sequence, Set, Tuple

from ..models import Airing, Station
from ..xmltv.writer import Programmes
from .span import TimeSpan, midnights

# Nobody looks these up: advertising and the test card (gracenote-api reference, section 3.4).
NO_DETAILS = frozenset(("SH00000001", "SH00019112"))
SLOT = 6 * 3600  # seconds; how finely a summary tells hours apart
HOLE = 300  # seconds without a programme that nobody calls a hole yet


class StationCoverage(NamedTuple):
    """What a guide has of one station. end: of its last programme.

    Older versions counted nothing of what follows ``tba``.
    """

    name: str
    end: int
    seconds: List[int]  # of programmes, by day of the guide
    tba: List[int]  # of those that are not known yet
    programmes: int = 0  # 0 = unknown, and so is what follows
    holes: Sequence[Tuple[int, int]] = ()  # within the guide's days
    undetailed: int = 0  # programmes of a series whose details are not there
    undescribed: int = 0  # programmes
    episodes: int = 0  # programmes that are episodes of a series
    unnumbered: int = 0  # of those, without an episode number
    pictureless: int = 0  # programmes; 0 where the guide shall have no pictures

    @classmethod
    def from_fact(cls, fact: Sequence[Any]) -> "StationCoverage":
        """From what JSON made of one, of this version or another."""
        own = cls(*fact[: len(cls._fields)])
        return own._replace(holes=[(begin, end) for begin, end in own.holes])


class Summary(NamedTuple):
    """What is in a guide: enough to tell a worse one, to grade it, and to draw a map of it."""

    programmes: int
    begin: int  # of the first programme
    days: List[int]  # local midnights; the last one is the end of the last day
    stations: Dict[str, StationCoverage]  # by station id
    seconds: Dict[int, int]  # of programmes, by the slot of SLOT seconds in which they start
    detailed: Dict[int, int]  # programmes whose series' details are known, by the same slots
    stale: List[Tuple[int, int]]  # stretches whose windows are from an earlier run
    known: Mapping[int, int] = {}  # seconds of programmes that are not TBA, by slots
    described: Mapping[int, int] = {}  # programmes, by slots
    numbered: Mapping[int, int] = {}  # episodes with a number, by slots
    lacking: int = 0  # series whose details are not there

    @property
    def end(self) -> int:
        return max((own.end for own in self.stations.values()), default=self.begin)

    @classmethod
    def from_fact(cls, fact: Dict[str, Any]) -> "Summary":
        """From what JSON made of one: slots have become texts, tuples lists."""

        def slots(name: str) -> Dict[int, int]:
            return {int(slot): value for slot, value in fact.get(name, {}).items()}

        return cls(
            fact["programmes"],
            fact["begin"],
            fact["days"],
            {name: StationCoverage.from_fact(own) for name, own in fact["stations"].items()},
            slots("seconds"),
            slots("detailed"),
            [(begin, end) for begin, end in fact["stale"]],
            slots("known"),
            slots("described"),
            slots("numbered"),
            fact.get("lacking", 0),
        )


class SummaryBuilder:
    """Counts while a guide of this span is written, station after station."""

    def __init__(self, span: TimeSpan) -> None:
        self._days = midnights(span)
        self._count, self._begin = 0, span.end
        self._stations: Dict[str, StationCoverage] = {}
        # By slot: seconds, seconds known, programmes with details, described, numbered.
        self._slots: Dict[int, List[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
        self._lacking: Set[str] = set()

    def add(self, station: Station, airings: Sequence[Airing], written: Programmes) -> None:
        """Count a station whose programmes were written just now, by ``written``."""
        days, known, slots = self._days, written.known, self._slots
        seconds, tba = [0] * (len(days) - 1), [0] * (len(days) - 1)
        holes: List[Tuple[int, int]] = []
        day, last, undetailed, reached = 0, len(seconds) - 1, 0, days[0]
        for airing in airings:
            start, stop = airing.start, airing.stop
            if start - reached >= HOLE:
                holes.append((reached, start))
            reached = stop
            slot = slots[start - start % SLOT]
            slot[0] += stop - start
            slot[3] += 1
            unknown = airing.is_tba
            if not unknown:
                slot[1] += stop - start
            series_id = airing.series_id
            if series_id in known:
                slot[2] += 1
            elif series_id and series_id not in NO_DETAILS:
                undetailed += 1
                self._lacking.add(series_id)
            # A programme across midnight counts on both days.
            while day < last and days[day + 1] <= start:
                day += 1
            for on in range(day, len(seconds)):
                if days[on] >= stop:
                    break
                part = min(stop, days[on + 1]) - max(start, days[on])
                seconds[on] += part
                if unknown:
                    tba[on] += part
        if days[-1] - reached >= HOLE:
            holes.append((reached, days[-1]))
        for start in written.undescribed:
            slots[start - start % SLOT][3] -= 1
        for start in written.numbered:
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
            len(written.undescribed),
            len(written.numbered) + written.unnumbered,
            written.unnumbered,
            written.pictureless,
        )

    def summary(self, stale: Sequence[Tuple[int, int]]) -> Summary:
        """stale: stretches of time that the source did not give when asked again."""

        def by_slot(at: int) -> Dict[int, int]:
            return {slot: counts[at] for slot, counts in self._slots.items()}

        return Summary(
            self._count,
            self._begin,
            self._days,
            self._stations,
            by_slot(0),
            by_slot(2),
            list(stale),
            by_slot(1),
            by_slot(3),
            by_slot(4),
            len(self._lacking),
        )
