"""What the add-on needs of the packages that are heavy to import.

Each function imports what it needs when it is called, by a run or by a dialog: requests, sqlite3
and the rest take seconds on a small box, and megabytes of a Kodi that has no use for them. Times
are seconds since the epoch. All functions may raise GrabError.
"""

import contextlib
import dataclasses
import itertools
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Dict, NamedTuple, Optional, Set, Tuple

from ..clock import DAY, Clock
from ..config.settings import Config
from ..errors import AlreadyRunning, InputFileError, PlaylistError, Stopped
from ..util.redact import redact_playlist_url

if TYPE_CHECKING:
    from typing import Callable, ContextManager, Iterable, Iterator, List, Sequence

    from ..channels.playlist import Playlist
    from ..channels.stations import GuideStation
    from ..doctor.report import Finding
    from ..downloader.monitor import Statistics
    from ..grab.source import SourceSession
    from ..guide.span import TimeSpan
    from ..models import Airing, Lineup, Provider
    from ..web.status import RunStatus

    Listener = Callable[[Statistics], None]
    Programmes = Tuple[Tuple[GuideStation, Tuple[Airing, ...]], ...]

log = logging.getLogger(__name__)


OF_IPTV_SIMPLE = "IPTV Simple: "  # the prefix of its playlists' names in the store
LOCK_TIMEOUT = 5.0  # seconds that a dialog waits for the end of the service's run
EVENING = (19, 23)  # hours of the local day


class Preview(NamedTuple):
    """A lineup before it is chosen. evening: airings in ``tonight_span``, of some stations."""

    stations: Tuple["GuideStation", ...]
    evening: "Programmes"


def grab(
    config: Config,
    stop: threading.Event,
    listener: "Listener",
    status: "Optional[RunStatus]",
    clock: Clock,
) -> str:
    """Run; return a summary for the log. status: of the page that shows the run; None = no page."""
    from ..grab.run import run

    report = status.run(stop, listener) if status else run(config, stop, listener, clock)
    for note in report.notes:
        log.info("%s", note)
    return (
        f"{report.summary.programmes} programmes of {len(report.summary.stations)} stations,"
        f" {report.statistics.requests} requests in {report.seconds:.0f} s"
    )


def guide_end(config: Config, clock: Clock) -> float:
    """When the published guide ends; 0.0 = there is none."""
    from ..guide import published
    from ..store.answers import Store

    with Store(config.data_dir, clock) as store:
        return float(published.guide_end(store, published.output_path(config)))


def lineups(
    config: Config, stop: threading.Event, clock: Clock
) -> "List[Tuple[Provider, Optional[int]]]":
    """The postal code's lineups, each with its number of stations; None = unknown."""
    from ..grab.listing import find_lineups

    with _source(config, stop, clock) as session:
        return find_lineups(session)


def preview(config: Config, stop: threading.Event, limit: int, clock: Clock) -> Preview:
    """The stations of the configured lineup by number, and the evening of the first ``limit``."""
    from ..grab import canary as grab_canary
    from ..grab import lineups as grab_lineups
    from ..grab import listing, refresh

    span = tonight_span(clock.now())
    with _source(config, stop, clock) as session:
        chosen = grab_lineups.resolve_lineups(config, session.store, session)
        for lineup in chosen:
            tasks = refresh.windows(lineup, span, config.block_hours, span.begin)
            due = refresh.due_windows(
                tasks, session.store.windows(lineup), span.begin, refresh=False
            )
            for task in due[:1]:
                grab_canary.canary(session, [task])
            session.manager.download_guide_blocks(due[1:])
        stations = listing.list_stations(session)
        evening = _programmes(session.store, chosen, span, stations, limit)
    return Preview(tuple(stations), evening)


def tonight(config: Config, limit: int, clock: Clock) -> "Programmes":
    """The evening of the first ``limit`` chosen stations, from the store."""
    return _stored(config, tonight_span(clock.now()), limit, threading.Event(), clock)


def titles_now(config: Config, stop: threading.Event, clock: Clock) -> Set[str]:
    """The titles on all chosen stations now and within a minute, from the store."""
    from ..guide.span import TimeSpan

    now = int(clock.now())
    programmes = _stored(config, TimeSpan(now, now + 60), None, stop, clock)
    return {airing.title for _, airings in programmes for airing in airings}


def _stored(
    config: Config, span: "TimeSpan", limit: Optional[int], stop: threading.Event, clock: Clock
) -> "Programmes":
    """The first ``limit`` chosen stations with programmes in the span, without the network."""
    from ..grab import lineups as grab_lineups
    from ..grab import listing
    from ..store.answers import Store

    with Store(config.data_dir, clock) as store:
        lineups = grab_lineups.resolve_lineups(config, store, None)
        chosen = listing.chosen_stations(config, store)
        until_stopped = itertools.takewhile(lambda row: not stop.is_set(), chosen)
        return _programmes(store, lineups, span, until_stopped, limit)


def _programmes(
    store: Any,
    lineups: "Sequence[Lineup]",
    span: "TimeSpan",
    stations: "Iterable[GuideStation]",
    limit: Optional[int],
) -> "Programmes":
    """The first ``limit`` stations that have programmes in the span."""
    from ..guide.builder import Guide

    guide = Guide(store, lineups, span)
    rows = ((row, tuple(guide.airings(row.station.station_id))) for row in stations)
    return tuple(itertools.islice((row for row in rows if row[1]), limit))


def tonight_span(now: float) -> "TimeSpan":
    """EVENING of today; if it has begun, from now on, and for two hours at least."""
    from ..guide.span import TimeSpan

    today = time.localtime(now)
    start, end = (int(time.mktime((*today[:3], hour, 0, 0, 0, 0, -1))) for hour in EVENING)
    begin = max(int(now), start)
    return TimeSpan(begin, max(end, begin + 2 * 3600))


def stations_in_setting(config: Config, stations: "Sequence[GuideStation]") -> Set[str]:
    """The ids of the stations that the setting ``channels`` names."""
    from ..channels.choosing import choose

    try:
        choice = choose(config.channels, stations)  # some stations may be gone
    except InputFileError:  # so may be the list
        return set()
    ids = {row.station.station_id for row in stations} if choice.ids is None else choice.ids
    return ids - choice.excluded if config.channels else set()


def stations_of_player(
    config: Config,
    stations: "Sequence[GuideStation]",
    playlist: str,
    stop: threading.Event,
    clock: Clock,
) -> Set[str]:
    """The ids of the stations that a player has: that of IPTV Simple's playlist, or the configured
    one, which is the playlist or HDHomeRun in channels_from, or Tvheadend with tvh_filter."""
    from ..channels import player_channels
    from ..store.answers import Store

    with Store(config.data_dir, clock) as store:
        lists = player_channels.load(config, store, stop, now=True)
        if playlist:
            name, found = redact_playlist_url(playlist), read_playlist(playlist, stop)
            player_channels.remember_player(store, name, found.channels)
            listed = player_channels.ChannelList(name, found.channels)
            lists = dataclasses.replace(lists, playlist=listed)
        return {
            match.station_id
            for channels in lists.all
            for match in lists.matches(channels, stations)
            if match.station_id
        }


def remember_players(
    config: Config,
    playlists: "Sequence[str]",
    stop: threading.Event,
    clock: Clock,
    now: bool = False,
) -> None:
    """Keep the channels of IPTV Simple's playlists, whose names the guide then has.

    Each is read once a day, or now; when it is off, its earlier channels stay. playlists: paths and
    addresses. Raises AlreadyRunning, Stopped.
    """
    from ..channels import player_channels
    from ..store.answers import Store
    from ..store.database import RunLock

    names = {f"{OF_IPTV_SIMPLE}{redact_playlist_url(address)}": address for address in playlists}
    lock = _when_free(lambda: RunLock(config.data_dir), stop, clock)
    with lock, Store(config.data_dir, clock) as store:
        remembered = player_channels.remembered_players(store)
        for name in remembered:
            if name.startswith(OF_IPTV_SIMPLE) and name not in names:
                player_channels.remember_player(store, name, ())
        for name, address in names.items():
            age = clock.now() - (remembered[name][0] if name in remembered else 0.0)
            if now or not 0 <= age < DAY:
                try:
                    found = read_playlist(address, stop)
                except PlaylistError as error:
                    log.info("%s", error)
                else:
                    player_channels.remember_player(store, name, found.channels)


def doctor(config: Config, stop: threading.Event, extra: "Optional[Finding]", clock: Clock) -> str:
    """The doctor's report, as text. extra: a finding to add, about a player in Kodi."""
    from ..doctor.checks import run_checks

    report = run_checks(config, stop, clock, "choose 'Download now' in the add-on's menu")
    if extra:
        report = report._replace(findings=(*report.findings, extra))
    return report.text()


def cron_line(config: Config, clock: Clock) -> str:
    """The line for Tvheadend's cron field, at this installation's own minute."""
    from ..grab import schedule
    from ..store.answers import Store

    with Store(config.data_dir, clock) as store:
        return schedule.cron_line(store.installation_id())


def stats(config: Config, clock: Clock) -> Dict[str, Any]:
    """The answer of /stats when no run is in progress."""
    from ..web.status import RunStatus

    return RunStatus(config, clock).document()


def changes(config: Config, stop: threading.Event, clock: Clock) -> Dict[str, Any]:
    """The answer of /changes: the differences from the last guide. It takes seconds."""
    from ..guide.changes import since_last

    return since_last(config, stop, clock).as_json()


class ListedChannels(NamedTuple):
    """The guide's channels. is_on: whether they have a programme now, by ``channel_key``. titles:
    of these programmes."""

    is_on: Dict[str, bool]
    titles: Set[str]


def listed_channels(path: str, stop: threading.Event, clock: Clock) -> ListedChannels:
    """The channels of a guide's file. Raises InputFileError, Stopped."""
    from ..xmltv.reader import read_channels

    now, listed = clock.now(), ListedChannels({}, set())
    for channel in read_channels(path, stop):
        titles = {row.title for row in channel.programmes if row.start - 60 <= now < row.stop}
        listed.titles.update(titles)
        for name in (channel.id, *channel.names):
            listed.is_on[channel_key(name)] = bool(titles)
    return listed


def channel_key(name: str) -> str:
    """Equal for names and ids that IPTV Simple takes for the same."""
    return name.replace("_", " ").strip().casefold()


def read_playlist(address: str, stop: threading.Event) -> "Playlist":
    """The channels at a path or address, which maybe only Kodi can read. Raises PlaylistError."""
    from ..channels import playlist
    from . import vfs

    if "://" not in address or address.startswith("http"):
        return playlist.read(address, stop)
    try:
        return playlist.parse(vfs.read(address), stop)
    except ValueError as error:
        raise PlaylistError(redact_playlist_url(address), str(error)) from None


def delete_store(config: Config, stop: threading.Event, clock: Clock) -> None:
    """Delete the stored answers; the guide stays."""
    from ..store import database

    with _when_free(lambda: database.RunLock(config.data_dir), stop, clock):
        database.delete_store(config.data_dir)


def _source(config: Config, stop: threading.Event, clock: Clock) -> "ContextManager[SourceSession]":
    from ..grab.source import locked_source

    return _when_free(lambda: locked_source(config, stop, clock), stop, clock)


@contextlib.contextmanager
def _when_free(opener: "Callable[[], Any]", stop: threading.Event, clock: Clock) -> "Iterator[Any]":
    """Open what locks the data directory; wait for the service's run, which is being stopped.

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
