"""Builds the guide from the stored answers."""

import itertools
from bisect import bisect_left, insort
from collections import Counter
from typing import (
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from ..channels.kept_channels import KeptChannel
from ..channels.stations import GuideStation, stored_stations
from ..clock import HOUR
from ..errors import EmptyGuide
from ..models import NO_DETAILS, Airing, Lineup
from ..store.answers import Store
from ..util.format import join_names
from ..xmltv.options import Style, channel_ids
from ..xmltv.writer import HEAD, TAIL, Listing, ProgrammeWriter, channel, channel_id, own_names
from .player_names import PlayersMatches, player_names
from .span import Showing, TimeSpan
from .summary import MIN_HOLE, SLOT, Summary, SummaryBuilder

MARGIN = 12 * HOUR  # seconds around a span whose answers may contradict the airings at its edges


def merge_airings(rows: Iterable[Tuple[float, Sequence[Airing]]], span: TimeSpan) -> List[Airing]:
    """One station's airings that touch the span, from its stored rows, latest answer first.

    Of airings that overlap, the one from the latest answer keeps its time, and the other one what
    is left of its own. So an airing that crosses the edge of two windows appears once, with
    its full times, and one that grew into the next window leaves no hole behind it.
    """
    chosen: List[Airing] = []
    starts: List[int] = []
    begin, end = span
    for _, airings in rows:
        reached = 0
        for airing in airings:
            start, stop = airing.start, airing.stop
            if start < reached:
                if reached - start >= MIN_HOLE or stop - reached < MIN_HOLE:
                    continue  # the answer contradicts itself
                start, airing = reached, airing._replace(start=reached)
            reached = stop
            at = bisect_left(starts, start)
            if (at and chosen[at - 1].stop > start) or (at < len(starts) and starts[at] < stop):
                for part in _free_parts(airing, chosen, at):
                    insort(starts, part.start)
                    chosen.insert(bisect_left(starts, part.start), part)
            else:
                starts.insert(at, start)
                chosen.insert(at, airing)
    # Only now: an airing outside the span may contradict one at its edge.
    return [airing for airing in chosen if airing.stop > begin and airing.start < end]


def station_airings(
    store: Store, row: GuideStation, lineups: Sequence[Lineup], span: TimeSpan
) -> List[Airing]:
    """The stored airings of one station that touch the span."""
    begin, end = span.begin - MARGIN, span.end + MARGIN
    return merge_airings(store.airings(row.ids, lineups, begin, end), span)


def _free_parts(airing: Airing, chosen: Sequence[Airing], at: int) -> List[Airing]:
    """What the chosen airings leave of one that overlaps them. at: the first that begins with it
    or later.
    """
    stops = [other.stop for other in chosen[max(0, at - 1) : at]]
    begin, parts = max([airing.start, *stops]), []
    for other in itertools.takewhile(lambda each: each.start < airing.stop, chosen[at:]):
        parts.append((begin, other.start))
        begin = other.stop
    parts.append((begin, airing.stop))
    return [
        airing._replace(start=begin, stop=end) for begin, end in parts if end - begin >= MIN_HOLE
    ]


class StationChanges(NamedTuple):
    """What became of the stations since the last guide. lost: the names of those of which the
    source lists no more programmes, by id. changed: sentences. present: the ids of the others."""

    lost: Dict[str, str]
    changed: List[str]
    present: Set[str]

    @property
    def sentences(self) -> List[str]:
        return self.changed + lost_stations(self.lost.values())


def lost_stations(names: Iterable[str]) -> List[str]:
    """A sentence about stations that were lost; [] = none."""
    joined = join_names(list(names))
    text = f"The source lists no more programmes of stations that had some: {joined}."
    return [text] if joined else []


def station_changes(
    old: Summary, new: Summary, current: Iterable[GuideStation], silent: Set[str], now: float
) -> StationChanges:
    """The stations that were lost, or got a new id, number or call sign, since the last guide.

    silent: the ids of stations without programmes in the latest answers; earlier ones stay.
    """
    new_ids = {old_id: row.station.station_id for row in current for old_id in row.former}
    changes = StationChanges({}, [], set(new.stations) - silent)
    for old_id, station in old.stations.items():
        new_id = new_ids.get(old_id)
        if new_id in new.stations:
            changes.changed.append(
                f"{station.name} was station {old_id} and is {new_id} now; it is followed."
            )
        elif old_id not in changes.present:
            if station.end > now:
                changes.lost[old_id] = station.name
        elif station.name != new.stations[old_id].name:
            changes.changed.append(f"{station.name} is {new.stations[old_id].name} now.")
    return changes


def unknown_stations(summary: Summary) -> List[str]:
    """A sentence about the stations of which the source knows no programme; [] = none."""
    names = [
        station.name
        for station in summary.stations.values()
        if 0 < sum(station.seconds) <= sum(station.tba)
    ]
    text = f"The source lists no programmes, only a placeholder, of {join_names(names)}."
    return [text] if names else []


class Guide:
    """The stored answers of some lineups as one guide of a span.

    chosen: the ids of its stations; None = all. detailed: with the details of series. players: the
    matches of each player's channels, whose names the guide has too. kept: the channels of an
    earlier guide.
    """

    def __init__(
        self,
        store: Store,
        lineups: Sequence[Lineup],
        span: TimeSpan,
        chosen: Optional[Set[str]] = None,
        detailed: bool = True,
        players: PlayersMatches = (),
        kept: Sequence[KeptChannel] = (),
    ) -> None:
        self._store, self.lineups, self.span, self._detailed = store, lineups, span, detailed
        self._players, self._kept = players, kept
        self._stations = {
            row.station.station_id: row
            for row in stored_stations(store, lineups)
            if chosen is None or row.station.station_id in chosen
        }

    def airings(self, station_id: str) -> List[Airing]:
        return station_airings(self._store, self._stations[station_id], self.lineups, self.span)

    def listings(self) -> List[Listing]:
        """The stations with programmes, in order. Validators refuse a ``<channel>`` without any."""
        return [row for row in self._all_listings() if self._has_programmes(row.station.station_id)]

    def channels(self, style: Style) -> Iterator[str]:
        """A document with the channels of all stations, and no programmes."""
        yield HEAD
        for listing in self._all_listings():
            yield channel(listing, style)
        yield TAIL

    def channel_ids(self, style: Style) -> Dict[str, str]:
        """The ids of the channels in the guide, by station id."""
        return {row.station.station_id: channel_id(row, style) for row in self._all_listings()}

    def _all_listings(self) -> List[Listing]:
        """The stations, with programmes or not: as in an earlier guide, then by id."""
        rows = [row for _, row in sorted(self._stations.items())]
        kept = self._kept_by_station(rows)
        order = {station_id: at for at, station_id in enumerate(kept)}
        rows.sort(key=lambda row: order.get(row.station.station_id, len(order)))
        counts = Counter(number for row in rows for number in row.station.numbers)
        shared = frozenset(number for number, count in counts.items() if count > 1)
        stations = [row.station for row in rows]
        signs = Counter(station.call_sign.upper() for station in stations)
        listings = [
            Listing(station, row.lineup.country, shared, signs[station.call_sign.upper()] > 1)
            for row, station in zip(rows, stations)
        ]
        names = player_names(
            self._players, stations, map(own_names, listings), map(channel_ids, stations)
        )
        listings = [
            listing._replace(player_names=more.names, player_id=more.tvg_id)
            for listing, more in zip(listings, names)
        ]
        owners = {name: row.station for row in listings for name in own_names(row)}
        for at, listing in enumerate(listings):
            station, earlier = listing.station, kept.get(listing.station.station_id)
            if earlier:  # without a name that is another station's by now
                own = [name for name in earlier.names if owners.get(name, station) is station]
                listings[at] = listing._replace(kept_names=tuple(own), kept_id=earlier.id)
        return listings

    def _kept_by_station(self, rows: Sequence[GuideStation]) -> Dict[str, KeptChannel]:
        """By station id, in the earlier guide's order; not with an id that another station has."""
        latest = {station_id: row.station.station_id for row in rows for station_id in row.ids}
        own_ids = {key: row.station.station_id for row in rows for key in channel_ids(row.station)}
        kept: Dict[str, KeptChannel] = {}
        for earlier in self._kept:
            station_id = latest.get(earlier.station_id, "")
            if station_id and own_ids.get(earlier.id, station_id) == station_id:
                kept.setdefault(station_id, earlier)
        return kept

    def _has_programmes(self, station_id: str) -> bool:
        """Whether an airing touches the span; mostly without reading all of them.

        An airing wholly inside the span proves it: it can only yield to an airing of a later answer
        that overlaps it, and so touches the span as well.
        """
        begin, end = self.span
        # A window of at most six hours that touches the span's inside, six hours from its edges, is
        # within the span.
        ids = self._stations[station_id].ids
        rows = self._store.airings(ids, self.lineups, begin + SLOT, end - SLOT, most=1)
        stored = (airing for _, airings in rows for airing in airings)
        if any(begin <= airing.start and airing.stop <= end for airing in stored):
            return True
        return bool(self.airings(station_id))

    def showings(
        self, now: float, stopped: Callable[[], bool] = lambda: False
    ) -> Dict[str, Showing]:
        """The next airing of each series on the chosen stations; incomplete once ``stopped()``."""
        showings: Dict[str, Showing] = {}
        for station_id in self._stations:
            if stopped():
                break
            for airing in self.airings(station_id):
                series_id = airing.series_id
                if not series_id or series_id in NO_DETAILS or airing.stop <= now:
                    continue
                new = "New" in airing.flags or "Live" in airing.flags
                earlier = showings.get(series_id)
                if earlier is None:
                    showings[series_id] = Showing(airing.start, new)
                elif new > earlier.new or airing.start < earlier.start:
                    start = min(airing.start, earlier.start)
                    showings[series_id] = Showing(start, new or earlier.new)
        return showings

    def text(
        self,
        style: Style,
        on_summary: Callable[[Summary], None],
        stale: Sequence[Tuple[int, int]] = (),
    ) -> Iterator[str]:
        """The document, a station at a time; ``on_summary`` gets the summary before the last chunk.

        stale: stretches of time, seconds since the epoch, that the run failed to refresh. Raises
        EmptyGuide.
        """
        listings = self.listings()
        if not listings:
            raise EmptyGuide("no chosen station has a programme in these days")
        yield HEAD
        for listing in listings:
            yield channel(listing, style)
        details = self._store.details if self._detailed else lambda series_id: None
        writer, summary = ProgrammeWriter(details, style), SummaryBuilder(self.span)
        for listing in listings:
            airings = self.airings(listing.station.station_id)
            text = writer.text(listing, airings)
            summary.add(listing.station, airings, writer)
            yield text
        on_summary(summary.build(stale))
        yield TAIL
