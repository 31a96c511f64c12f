"""What the add-on needs of the packages that are heavy to import.

Each function imports what it needs when it is called, by a run or by a dialog: requests, sqlite3
and the rest take seconds on a small box, and megabytes of a Kodi that has no use for them. Times
are seconds since the epoch. All functions may raise GrabError.
"""

import logging
import os
import threading
from typing import TYPE_CHECKING, Any, Dict, NamedTuple, Optional, Set

from ..clock import DAY, Clock
from ..config.settings import Config
from ..errors import PlaylistError
from ..util.redact import redact_playlist_url

if TYPE_CHECKING:
    from typing import Callable, Mapping, Sequence

    from ..channels.playlist import Playlist
    from ..doctor.report import DoctorReport, Finding
    from ..downloader.monitor import Statistics
    from ..models import Station
    from ..setup.engine import Setup
    from ..setup.lookups import Programmes
    from ..web.status import RunStatus

    Listener = Callable[[Statistics], None]

log = logging.getLogger(__name__)

OF_IPTV_SIMPLE = "IPTV Simple: "  # the prefix of its playlists' names in the store


def grab(
    config: Config,
    stop: threading.Event,
    listener: "Listener",
    status: "Optional[RunStatus]",
    clock: Clock,
) -> str:
    """Run; return a summary for the log. status: of the page that shows the run; None = no page."""
    from ..grab.run import run
    from ..store.database import let_others_read

    report = status.run(stop, listener) if status else run(config, stop, listener, clock)
    let_others_read(config.data_dir)
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


def new_setup(
    texts: "Mapping[str, str]",
    clock: Clock,
    config: "Callable[[Mapping[str, str]], Config]",
    **tools: Any,
) -> "Setup":
    """The questions of the set-up. texts: the present settings. tools: more fields of Tools."""
    from ..setup import earlier_grabber
    from ..setup.engine import Setup
    from ..setup.questions import Tools

    return Setup(texts, Tools(clock, config, earlier_grabber.find(os.environ), **tools))


def station_label(station: "Station") -> str:
    """A station as people know it."""
    from ..channels.stations import station_label

    return station_label(station)


def tonight(config: Config, limit: int, clock: Clock) -> "Programmes":
    """The evening of the first ``limit`` chosen stations, from the store."""
    from ..setup import lookups

    return lookups.tonight(config, limit, clock)


def cron_line(config: Config, clock: Clock) -> str:
    from ..setup import lookups

    return lookups.cron_line(config, clock)


def titles_now(config: Config, stop: threading.Event, clock: Clock) -> Set[str]:
    """The titles on all chosen stations now and within a minute, from the store."""
    from ..guide.span import TimeSpan
    from ..setup import lookups

    now = int(clock.now())
    span = TimeSpan(now, now + 60)
    programmes = lookups.stored_programmes(config, span, None, stop, clock)
    return {airing.title for _, airings in programmes for airing in airings}


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
    from ..setup.lookups import when_free
    from ..store.answers import Store
    from ..store.database import RunLock

    names = {f"{OF_IPTV_SIMPLE}{redact_playlist_url(address)}": address for address in playlists}
    lock = when_free(lambda: RunLock(config.data_dir), stop, clock)
    with lock, Store(config.data_dir, clock) as store:
        remembered = player_channels.remembered_players(store.choices)
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


def doctor(
    config: Config, stop: threading.Event, extra: "Optional[Finding]", clock: Clock
) -> "DoctorReport":
    """The doctor's report. extra: a finding to add, about a player in Kodi."""
    from ..doctor.checks import run_checks

    report = run_checks(config, stop, clock)
    return report._replace(findings=(*report.findings, *filter(None, [extra])))


def stats(config: Config, clock: Clock) -> Dict[str, Any]:
    """The answer of /stats when no run is in progress, and that of /coverage."""
    from ..web.status import RunStatus

    status = RunStatus(config, clock)
    return {**status.document(), "coverage": status.coverage()}


def page_code(folder: str, clock: Clock) -> str:
    """What the page asks for before it changes anything. folder: with the add-on's data."""
    from ..web.sessions import kept_code

    return kept_code(folder, clock.now())


def share_support_file(folder: str, clock: Clock) -> str:
    """Where the page has the support file for some minutes. folder: with the add-on's data."""
    from ..web import support

    return support.share(folder, clock.now())


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
    from ..setup.lookups import when_free
    from ..store import database

    with when_free(lambda: database.RunLock(config.data_dir), stop, clock):
        database.delete_store(config.data_dir)
