"""What the set-up looks up: lineups, stations, an evening, and what the channels of players mean.

Times are seconds since the epoch. All functions may raise GrabError.
"""

import contextlib
import dataclasses
import itertools
import threading
from typing import (
    Callable,
    ContextManager,
    Dict,
    Iterable,
    Iterator,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    TypeVar,
)

from ..channels import player_channels
from ..channels.choosing import choose
from ..channels.player_channels import ChannelList
from ..channels.stations import GuideStation
from ..clock import Clock
from ..config.settings import Config
from ..errors import AlreadyRunning, InputFileError, Stopped
from ..grab import canary, listing, refresh, schedule
from ..grab.lineups import resolve_lineups
from ..grab.source import SourceSession, locked_source
from ..guide import span as guide_span
from ..guide.builder import Guide
from ..guide.changes import open_store
from ..guide.span import TimeSpan
from ..models import Airing, Lineup, Provider
from ..store.answers import Store

LOCK_TIMEOUT = 5.0  # seconds that a face waits for the end of a run
MAX_STATIONS = 8  # of an evening

Lineups = Tuple[Tuple[Provider, Optional[int]], ...]  # with their numbers of stations
Programmes = Tuple[Tuple[GuideStation, Tuple[Airing, ...]], ...]
T = TypeVar("T")


class Matches(NamedTuple):
    """What a player's channels mean. channels: a label by the station's id. missing: the labels of
    those that mean no station."""

    channels: Dict[str, str]
    missing: Tuple[str, ...]


def lineups(config: Config, stop: threading.Event, clock: Clock) -> Lineups:
    """The postal code's lineups, each with its number of stations; None = unknown."""
    with _source(config, stop, clock) as session:
        return tuple(listing.find_lineups(session))


def stations(config: Config, stop: threading.Event, clock: Clock) -> Tuple[GuideStation, ...]:
    """The stations of the lineups, by number."""
    with _source(config, stop, clock) as session:
        return tuple(listing.list_stations(session))


def evening(config: Config, stop: threading.Event, clock: Clock) -> Programmes:
    """The evening of the lineups' first MAX_STATIONS stations, with requests to the source."""
    span = guide_span.tonight(clock.now())
    with _source(config, stop, clock) as session:
        chosen = resolve_lineups(config, session.store, session)
        for lineup in chosen:
            tasks = refresh.windows(lineup, span, config.block_hours, span.begin)
            stored = session.store.windows(lineup)
            due = refresh.due_windows(tasks, stored, span.begin, refresh=False)
            for task in due[:1]:
                canary.canary(session, [task])
            session.manager.download_guide_blocks(due[1:])
        failure = session.end_error()
        if failure:  # half an evening would look like a poor lineup
            raise failure
        rows = listing.list_stations(session)
        return _programmes(session.store, chosen, span, rows, MAX_STATIONS)


def tonight(config: Config, limit: Optional[int], clock: Clock) -> Programmes:
    """The evening of the first ``limit`` chosen stations, without requests; None = of all."""
    span = guide_span.tonight(clock.now())
    return stored_programmes(config, span, limit, threading.Event(), clock)


def stored_programmes(
    config: Config, span: TimeSpan, limit: Optional[int], stop: threading.Event, clock: Clock
) -> Programmes:
    """The first ``limit`` chosen stations with programmes in the span, without requests."""
    with open_store(config, clock) as store:
        chosen = listing.chosen_stations(config, store)
        until_stopped = itertools.takewhile(lambda row: not stop.is_set(), chosen)
        return _programmes(store, resolve_lineups(config, store, None), span, until_stopped, limit)


def _programmes(
    store: Store,
    chosen: Sequence[Lineup],
    span: TimeSpan,
    rows: Iterable[GuideStation],
    limit: Optional[int],
) -> Programmes:
    """The first ``limit`` stations that have programmes in the span."""
    guide = Guide(store, chosen, span)
    airings = ((row, tuple(guide.airings(row.station.station_id))) for row in rows)
    return tuple(itertools.islice((row for row in airings if row[1]), limit))


def stations_in_setting(config: Config, rows: Sequence[GuideStation]) -> Set[str]:
    """The ids of the stations that the setting ``channels`` names."""
    try:
        choice = choose(config.channels, rows)  # some stations may be gone
    except InputFileError:  # so may be the list
        return set()
    ids = {row.station.station_id for row in rows} if choice.ids is None else choice.ids
    return ids - choice.excluded if config.channels else set()


def match_player(
    config: Config,
    rows: Sequence[GuideStation],
    listed: Optional[ChannelList],
    stop: threading.Event,
    clock: Clock,
) -> Matches:
    """What a player's channels mean. listed: the channels; None = those that the settings name: of
    the playlist or HDHomeRun in channels_from, or of Tvheadend with tvh_filter."""
    with Store(config.data_dir, clock) as store:
        lists = player_channels.load(config, store, stop, now=True)
        if listed:
            lists = dataclasses.replace(lists, playlist=listed)
        matches = [match for player in lists.all for match in lists.matches(player, rows)]
    found: Dict[str, str] = {}
    for match in matches:
        if match.station_id:
            found.setdefault(match.station_id, match.channel.label)
    return Matches(found, tuple(row.channel.label for row in matches if not row.station_id))


def cron_line(config: Config, clock: Clock) -> str:
    """The line for Tvheadend's cron field, at this installation's own minute."""
    with Store(config.data_dir, clock) as store:
        return schedule.cron_line(store.installation_id())


def _source(config: Config, stop: threading.Event, clock: Clock) -> ContextManager[SourceSession]:
    return when_free(lambda: locked_source(config, stop, clock), stop, clock)


@contextlib.contextmanager
def when_free(
    opener: Callable[[], ContextManager[T]], stop: threading.Event, clock: Clock
) -> Iterator[T]:
    """Open what locks the data directory; wait for a run, which may be about to end.

    Raises AlreadyRunning after LOCK_TIMEOUT, Stopped.
    """
    deadline = clock.monotonic() + LOCK_TIMEOUT
    with contextlib.ExitStack() as stack:
        while True:
            try:
                opened = stack.enter_context(opener())
                break
            except AlreadyRunning:
                if clock.monotonic() > deadline:
                    raise
            if clock.wait(stop, 0.2):
                raise Stopped()
        yield opened
