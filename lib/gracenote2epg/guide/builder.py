"""The guide as stored: whose stations, and each one's airings out of all answers that hold some."""

from bisect import bisect_left
from collections import Counter
from typing import Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

from ..channels.stations import GuideStation, stations
from ..errors import EmptyGuide
from ..models import Airing, Lineup
from ..store.answers import Store
from ..util.format import join_names
from ..xmltv.options import Style
from ..xmltv.writer import HEAD, TAIL, Listing, Programmes, channel
from .span import Showing, TimeSpan
from .summary import NO_DETAILS, SLOT, Summary, SummaryBuilder

MARGIN = 12 * 3600  # seconds beside a span in which answers may contradict its edges


def merge_airings(rows: Iterable[Tuple[float, Sequence[Airing]]], span: TimeSpan) -> List[Airing]:
    """One station's airings that touch the span, from its stored rows, latest answer first.

    The later answer wins where two contradict each other, which is where their airings overlap; so
    an airing that crosses the edge of a window is there once, with its full times.
    """
    chosen: List[Airing] = []
    starts: List[int] = []
    begin, end = span
    for _, airings in rows:
        for airing in airings:
            start, stop = airing.start, airing.stop
            at = bisect_left(starts, start)
            if at and chosen[at - 1].stop > start:
                continue
            if at < len(starts) and starts[at] < stop:
                continue
            starts.insert(at, start)
            chosen.insert(at, airing)
    # Only now: an airing at the edge may be contradicted by one that lies outside.
    return [airing for airing in chosen if airing.stop > begin and airing.start < end]


def station_changes(
    old: Summary, new: Summary, known: Iterable[GuideStation], silent: Set[str], now: float
) -> List[str]:
    """What the user may want to know of the stations since the last guide, a sentence each.

    silent: those that the source lists no programmes of any more; what it listed before stays.
    """
    heirs = {former: own.station.station_id for own in known for former in own.former}
    lost, told = [], []
    for station_id, was in old.stations.items():
        heir = heirs.get(station_id)
        if heir in new.stations:
            told.append(f"{was.name} was station {station_id} and is {heir} now; it is followed.")
        elif was.end > now and (station_id not in new.stations or station_id in silent):
            lost.append(was.name)
    if lost:
        told.append(
            f"The source lists no more programmes of stations that had some: {join_names(lost)}."
        )
    return told


class Guide:
    """The stored answers of some lineups, seen as one guide of the span.

    chosen: the ids of the stations to take; None takes all. detailed: with what is known of their
    series.
    """

    def __init__(
        self,
        store: Store,
        lineups: Sequence[Lineup],
        span: TimeSpan,
        chosen: Optional[Set[str]] = None,
        detailed: bool = True,
    ) -> None:
        self._store, self.lineups, self.span, self._detailed = store, lineups, span, detailed
        self._stations = {
            own.station.station_id: own
            for own in stations(store, lineups)
            if chosen is None or own.station.station_id in chosen
        }

    def airings(self, station_id: str) -> List[Airing]:
        begin, end = self.span.begin - MARGIN, self.span.end + MARGIN
        ids = self._stations[station_id].ids
        return merge_airings(self._store.airings(ids, self.lineups, begin, end), self.span)

    def listings(self) -> List[Listing]:
        """The stations with programmes, by id. Without one a ``<channel>`` fails the validators."""
        return [own for own in self._all() if self._has_programmes(own.station.station_id)]

    def channels(self, style: Style) -> Iterator[str]:
        """A document of all stations, with programmes or without, and of no programme."""
        yield HEAD
        for listing in self._all():
            yield channel(listing, style)
        yield TAIL

    def _all(self) -> List[Listing]:
        carried = Counter(
            number for own in self._stations.values() for number in own.station.numbers
        )
        shared = frozenset(number for number, times in carried.items() if times > 1)
        return [
            Listing(own.station, own.lineup.country, shared)
            for _, own in sorted(self._stations.items())
        ]

    def _has_programmes(self, station_id: str) -> bool:
        """Whether anything of the station touches the span, mostly without reading all of it.

        An airing that lies wholly inside the span proves it: it can only yield to a later answer's
        airing that overlaps it, and that one touches the span as well.
        """
        begin, end = self.span
        # A window that touches the span's inside, six hours from its edges, lies within the span.
        ids = self._stations[station_id].ids
        rows = self._store.airings(ids, self.lineups, begin + SLOT, end - SLOT, most=1)
        if any(airing.start >= begin and airing.stop <= end for _, own in rows for airing in own):
            return True
        return bool(self.airings(station_id))

    def showings(self, now: float, stopped: Callable[[], bool] = bool) -> Dict[str, Showing]:
        """The series on the chosen stations from now on, each with its next airing.

        stopped: says whether to leave off; what is returned then is not all.
        """
        found: Dict[str, Showing] = {}
        for station_id in self._stations:
            if stopped():
                break
            for airing in self.airings(station_id):
                series_id = airing.series_id
                if not series_id or series_id in NO_DETAILS or airing.stop <= now:
                    continue
                new = "New" in airing.flags or "Live" in airing.flags
                before = found.get(series_id)
                if before is None or airing.start < before.start:
                    found[series_id] = Showing(airing.start, new or bool(before and before.new))
                elif new and not before.new:
                    found[series_id] = before._replace(new=True)
        return found

    def text(
        self,
        style: Style,
        done: Callable[[Summary], None],
        stale: Sequence[Tuple[int, int]] = (),
    ) -> Iterator[str]:
        """The document, a station at a time; ``done`` gets the summary before the last piece.

        stale: stretches of time that the source did not give when asked again.
        Raises EmptyGuide when there would be nothing in it.
        """
        listings = self.listings()
        if not listings:
            raise EmptyGuide("no chosen station has a programme in these days")
        yield HEAD
        for listing in listings:
            yield channel(listing, style)
        details = self._store.details if self._detailed else lambda series_id: None
        programmes, tally = Programmes(details, style), SummaryBuilder(self.span)
        for listing in listings:
            airings = self.airings(listing.station.station_id)
            text = programmes.text(listing, airings)
            tally.add(listing.station, airings, programmes)
            yield text
        done(tally.summary(stale))
        yield TAIL
