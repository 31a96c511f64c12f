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
from ..config import Config
from ..errors import Busy, ChannelError, SourceError, Stopped

if TYPE_CHECKING:
    from ..channels import Known
    from ..downloader.monitor import Statistics
    from ..findings import Finding
    from ..lookup import Source
    from ..models import Airing, Lineup, Provider
    from ..status import Status

    Listener = Callable[[Statistics], None]
    Evening = Tuple[Known, Tuple[Airing, ...]]

log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds that a run of our own may take to give way to a dialogue
EVENING = (19, 23)  # hours of the local day


class Preview(NamedTuple):
    """A lineup before it is chosen. evening: of some stations, the airings from now or tonight."""

    stations: Tuple["Known", ...]
    evening: Tuple["Evening", ...]


def grab(
    config: Config,
    stop: threading.Event,
    listen: "Listener",
    status: "Optional[Status]",
    clock: Clock,
) -> str:
    """Grab; return what came of it, in words. status: where those who look on see it."""
    from ..grab import run

    report = status.run(stop, listen) if status else run(config, stop, listen, clock)
    for note in report.notes:
        log.info("%s", note)
    return (
        f"{report.summary.programmes} programmes of {len(report.summary.stations)} stations,"
        f" {report.statistics.requests} requests in {report.seconds:.0f} s"
    )


def guide_end(config: Config, clock: Clock) -> float:
    """Where the published guide ends; 0.0 = there is none."""
    from ..publish import ends, target
    from ..store import Store

    with Store(config.data_dir, clock) as store:
        return float(ends(store, target(config)))


def lineups(
    config: Config, stop: threading.Event, clock: Clock
) -> "List[Tuple[Provider, Optional[int]]]":
    """The postal code's lineups, each with its number of stations; None = it cannot be told."""
    from ..lookup import find_lineups

    with _source(config, stop, clock) as way:
        return find_lineups(way)


def preview(config: Config, stop: threading.Event, most: int, clock: Clock) -> Preview:
    """The stations of the configured lineup by number, and the evening of the first ``most``."""
    from .. import lookup, plan
    from ..channels import by_number

    span = evening(clock.now())
    with _source(config, stop, clock) as way:
        chosen = lookup.lineups(config, way.store, way)
        for lineup in chosen:
            tasks = plan.windows(lineup, span, config.block_hours, span.begin)
            due = plan.due_windows(tasks, way.store.windows(lineup), span.begin, refresh=False)
            for task in due[:1]:
                lookup.canary(way, [task])
            way.manager.download_guide_blocks(due[1:])
        known = sorted(lookup.list_stations(way), key=by_number)
        shown = _evening(way.store, chosen, span, known, most)
    return Preview(tuple(known), shown)


def tonight(config: Config, most: int, clock: Clock) -> "Tuple[Evening, ...]":
    """The evening of the first ``most`` chosen stations, from what is stored."""
    return _stored(config, evening(clock.now()), most, threading.Event(), clock)


def titles_now(config: Config, stop: threading.Event, clock: Clock) -> Set[str]:
    """The titles that are on now or in a minute on all chosen stations, from what is stored."""
    from ..plan import Span

    now = int(clock.now())
    found = _stored(config, Span(now, now + 60), None, stop, clock)
    return {airing.title for _, airings in found for airing in airings}


def _stored(
    config: Config, span: Any, most: Optional[int], stop: threading.Event, clock: Clock
) -> "Tuple[Evening, ...]":
    from .. import lookup, players
    from ..channels import by_number
    from ..store import Store

    with Store(config.data_dir, clock) as store:
        lineups = lookup.lineups(config, store, None)
        known = sorted(lookup.known_stations(config, store), key=by_number)
        found = players.read(dataclasses.replace(config, offline=True), store)
        ids = players.chosen(config, found, known)
        some = [own for own in known if ids is None or own.station.station_id in ids]
        unstopped = itertools.takewhile(lambda own: not stop.is_set(), some)
        return _evening(store, lineups, span, unstopped, most)


def named(config: Config, known: "Sequence[Known]") -> Set[str]:
    """The ids of those stations that the setting names."""
    from ..channels import select

    found: Set[str] = set()
    for word in config.channels:
        with contextlib.suppress(ChannelError):  # the station is gone
            found |= select([word], known)
    return found


def carried(
    config: Config, known: "Sequence[Known]", stop: threading.Event, clock: Clock
) -> Set[str]:
    """The ids of those stations that the player has which the configuration names: a playlist's or
    an HDHomeRun's in channels_from, Tvheadend's with tvh_filter."""
    from .. import players
    from ..store import Store

    with Store(config.data_dir, clock) as store:
        found = players.read(config, store, stop, now=True)
        return {
            match.station_id
            for player in found.all
            for match in found.matches(player, known)
            if match.station_id
        }


def evening(now: float) -> Any:
    """The span [begin, end) of tonight, from now on when it has begun."""
    from ..plan import Span

    today = time.localtime(now)

    def at(hour: int) -> int:
        date = (today.tm_year, today.tm_mon, today.tm_mday, hour, 0, 0, 0, 0, -1)
        return int(time.mktime(date))

    begin = max(int(now), at(EVENING[0]))
    return Span(begin, max(at(EVENING[1]), begin + 2 * 3600))


def _evening(
    store: Any,
    lineups: "Sequence[Lineup]",
    span: Any,
    known: "Iterable[Known]",
    most: Optional[int],
) -> "Tuple[Evening, ...]":
    from ..guide import Guide

    guide = Guide(store, lineups, span)
    found = ((own, tuple(guide.airings(own.station.station_id))) for own in known)
    return tuple(itertools.islice(((own, airings) for own, airings in found if airings), most))


def doctor(config: Config, stop: threading.Event, more: "Optional[Finding]", clock: Clock) -> str:
    """Why the guide may be empty: what the doctor finds, in words. more: of a player in Kodi."""
    from ..doctor import examine

    report = examine(config, stop, clock)
    if more:
        report = report._replace(findings=(*report.findings, more))
    return report.text()


def cron(config: Config, clock: Clock) -> str:
    """The line for Tvheadend's cron field, at a minute of this installation's own."""
    from .. import plan
    from ..store import Store

    with Store(config.data_dir, clock) as store:
        return plan.cron(store.installation())


def document(config: Config, clock: Clock) -> Dict[str, Any]:
    """What /stats answers when no run is under way."""
    from ..status import Status

    return Status(config, clock).document()


def changes(config: Config, stop: threading.Event, clock: Clock) -> Dict[str, Any]:
    """What changed since the last guide; /changes answers the same. It takes seconds."""
    from ..changes import since_last

    return since_last(config, stop, clock).as_json()


def forget(config: Config, stop: threading.Event, clock: Clock) -> None:
    """Remove the store; the guide stays."""
    from ..store import Lock, forget

    with _patient(lambda: Lock(config.data_dir), stop, clock):
        forget(config.data_dir)


@contextlib.contextmanager
def _source(config: Config, stop: threading.Event, clock: Clock) -> "Iterator[Source]":
    """The way to the source; Stopped when it was asked to stop meanwhile."""
    from ..grab import at_source

    with _patient(lambda: at_source(config, stop, clock), stop, clock) as way:
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
            except Busy:
                if clock.monotonic() > give_up:
                    raise
            if clock.wait(stop, 0.2):
                raise Stopped()
        yield opened
