"""What the add-on asks of the rest: the one door to all that is heavy.

Each function imports what it needs when it is called, by a run or by a dialogue: requests, sqlite3
and the engine take seconds on a small box, and megabytes of a Kodi that does nothing with them.
Moments are seconds since the epoch. All may raise GrabError.
"""

import contextlib
import dataclasses
import itertools
import logging
import threading
import time
from typing import (
    TYPE_CHECKING,
    Any,
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

from ..clock import Clock
from ..config.settings import Config
from ..errors import AlreadyRunning, ChannelError, SourceError, Stopped

if TYPE_CHECKING:
    from ..channels.stations import GuideStation
    from ..doctor.report import Finding
    from ..downloader.monitor import Statistics
    from ..grab.source import SourceSession
    from ..models import Airing, Lineup, Provider
    from ..web.status import RunStatus

    Listener = Callable[[Statistics], None]
    Evening = Tuple[GuideStation, Tuple[Airing, ...]]


log = logging.getLogger(__name__)


PATIENCE = 5.0  # seconds that a run of our own may take to give way to a dialogue
EVENING = (19, 23)  # hours of the local day


class Preview(NamedTuple):
    """A lineup before it is chosen. evening: of some stations, the airings from now or tonight."""

    stations: Tuple["GuideStation", ...]
    evening: Tuple["Evening", ...]


def grab(
    config: Config,
    stop: threading.Event,
    listen: "Listener",
    status: "Optional[RunStatus]",
    clock: Clock,
) -> str:
    """Grab; return what came of it, in words. status: where those who look on see it."""
    from ..grab.run import run

    report = status.run(stop, listen) if status else run(config, stop, listen, clock)
    for note in report.notes:
        log.info("%s", note)
    return (
        f"{report.summary.programmes} programmes of {len(report.summary.stations)} stations,"
        f" {report.statistics.requests} requests in {report.seconds:.0f} s"
    )


def guide_end(config: Config, clock: Clock) -> float:
    """Where the published guide ends; 0.0 = there is none."""
    from ..guide.published import guide_end, output_path
    from ..store.answers import Store

    with Store(config.data_dir, clock) as store:
        return float(guide_end(store, output_path(config)))


def lineups(
    config: Config, stop: threading.Event, clock: Clock
) -> "List[Tuple[Provider, Optional[int]]]":
    """The postal code's lineups, each with its number of stations; None = it cannot be told."""
    from ..grab.listing import find_lineups

    with _source(config, stop, clock) as way:
        return find_lineups(way)


def preview(config: Config, stop: threading.Event, most: int, clock: Clock) -> Preview:
    """The stations of the configured lineup by number, and the evening of the first ``most``."""
    from ..grab import canary as grab_canary
    from ..grab import lineups as grab_lineups
    from ..grab import listing, refresh

    span = evening(clock.now())
    with _source(config, stop, clock) as way:
        chosen = grab_lineups.resolve_lineups(config, way.store, way)
        for lineup in chosen:
            tasks = refresh.windows(lineup, span, config.block_hours, span.begin)
            due = refresh.due_windows(tasks, way.store.windows(lineup), span.begin, refresh=False)
            for task in due[:1]:
                grab_canary.canary(way, [task])
            way.manager.download_guide_blocks(due[1:])
        known = listing.list_stations(way)
        shown = _evening(way.store, chosen, span, known, most)
    return Preview(tuple(known), shown)


def tonight(config: Config, most: int, clock: Clock) -> "Tuple[Evening, ...]":
    """The evening of the first ``most`` chosen stations, from what is stored."""
    return _stored(config, evening(clock.now()), most, threading.Event(), clock)


def titles_now(config: Config, stop: threading.Event, clock: Clock) -> Set[str]:
    """The titles that are on now or in a minute on all chosen stations, from what is stored."""
    from ..guide.span import TimeSpan

    now = int(clock.now())
    found = _stored(config, TimeSpan(now, now + 60), None, stop, clock)
    return {airing.title for _, airings in found for airing in airings}


def _stored(
    config: Config, span: Any, most: Optional[int], stop: threading.Event, clock: Clock
) -> "Tuple[Evening, ...]":
    from ..channels import player_channels
    from ..grab import lineups as grab_lineups
    from ..grab import listing
    from ..store.answers import Store

    with Store(config.data_dir, clock) as store:
        lineups = grab_lineups.resolve_lineups(config, store, None)
        known = listing.known_stations(config, store)
        found = player_channels.load(dataclasses.replace(config, offline=True), store)
        ids = player_channels.selected_stations(config, found, known)
        some = [own for own in known if ids is None or own.station.station_id in ids]
        unstopped = itertools.takewhile(lambda own: not stop.is_set(), some)
        return _evening(store, lineups, span, unstopped, most)


def named(config: Config, known: "Sequence[GuideStation]") -> Set[str]:
    """The ids of those stations that the setting names."""
    from ..channels.stations import select

    found: Set[str] = set()
    for word in config.channels:
        with contextlib.suppress(ChannelError):  # the station is gone
            found |= select([word], known)
    return found


def carried(
    config: Config, known: "Sequence[GuideStation]", stop: threading.Event, clock: Clock
) -> Set[str]:
    """The ids of those stations that the player has which the configuration names: a playlist's or
    an HDHomeRun's in channels_from, Tvheadend's with tvh_filter."""
    from ..channels import player_channels
    from ..store.answers import Store

    with Store(config.data_dir, clock) as store:
        found = player_channels.load(config, store, stop, now=True)
        return {
            match.station_id
            for player in found.all
            for match in found.matches(player, known)
            if match.station_id
        }


def evening(now: float) -> Any:
    """The span [begin, end) of tonight, from now on when it has begun."""
    from ..guide.span import TimeSpan

    today = time.localtime(now)

    def at(hour: int) -> int:
        date = (today.tm_year, today.tm_mon, today.tm_mday, hour, 0, 0, 0, 0, -1)
        return int(time.mktime(date))

    begin = max(int(now), at(EVENING[0]))
    return TimeSpan(begin, max(at(EVENING[1]), begin + 2 * 3600))


def _evening(
    store: Any,
    lineups: "Sequence[Lineup]",
    span: Any,
    known: "Iterable[GuideStation]",
    most: Optional[int],
) -> "Tuple[Evening, ...]":
    from ..guide.builder import Guide

    guide = Guide(store, lineups, span)
    found = ((own, tuple(guide.airings(own.station.station_id))) for own in known)
    return tuple(itertools.islice(((own, airings) for own, airings in found if airings), most))


def doctor(config: Config, stop: threading.Event, more: "Optional[Finding]", clock: Clock) -> str:
    """Why the guide may be empty: what the doctor finds, in words. more: of a player in Kodi."""
    from ..doctor.checks import run_checks

    report = run_checks(config, stop, clock)
    if more:
        report = report._replace(findings=(*report.findings, more))
    return report.text()


def cron(config: Config, clock: Clock) -> str:
    """The line for Tvheadend's cron field, at a minute of this installation's own."""
    from ..grab import schedule
    from ..store.answers import Store

    with Store(config.data_dir, clock) as store:
        return schedule.cron_line(store.installation_id())


def document(config: Config, clock: Clock) -> Dict[str, Any]:
    """What /stats answers when no run is under way."""
    from ..web.status import RunStatus

    return RunStatus(config, clock).document()


def changes(config: Config, stop: threading.Event, clock: Clock) -> Dict[str, Any]:
    """What changed since the last guide; /changes answers the same. It takes seconds."""
    from ..guide.changes import since_last

    return since_last(config, stop, clock).as_json()


def forget(config: Config, stop: threading.Event, clock: Clock) -> None:
    """Remove the store; the guide stays."""
    from ..store.database import RunLock, delete_store

    with _patient(lambda: RunLock(config.data_dir), stop, clock):
        delete_store(config.data_dir)


@contextlib.contextmanager
def _source(config: Config, stop: threading.Event, clock: Clock) -> "Iterator[SourceSession]":
    """The way to the source; Stopped when it was asked to stop meanwhile."""
    from ..grab.source import locked_source

    with _patient(lambda: locked_source(config, stop, clock), stop, clock) as way:
        try:
            yield way
        except SourceError:
            if not stop.is_set():
                raise
        if stop.is_set():
            raise Stopped()


@contextlib.contextmanager
def _patient(open_it: Callable[[], Any], stop: threading.Event, clock: Clock) -> Iterator[Any]:
    """Open what needs the data directory to itself; our own run gives way to it in a moment."""
    give_up = clock.monotonic() + PATIENCE
    with contextlib.ExitStack() as closing:
        while True:
            try:
                opened = closing.enter_context(open_it())
                break
            except AlreadyRunning:
                if clock.monotonic() > give_up:
                    raise
            if clock.wait(stop, 0.2):
                raise Stopped()
        yield opened
