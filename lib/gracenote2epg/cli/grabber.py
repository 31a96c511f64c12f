"""The grabber contract: one whole guide or nothing, soon, and the source in peace.

What is published already is sent as it is, without a request or a rebuild: within min_interval
after a good run; at 00:04 and 12:04, the minute of all Tvheadends whose cron field nobody changed,
when it is younger than 8 hours; and while another run is at work, or the source has refused.
"""

import contextlib
import logging
import os
from typing import BinaryIO, Callable, List, Optional

from ..clock import Clock
from ..config import paths
from ..config.settings import UNIX_SOCKET_PREFIX, Config
from ..errors import (
    AlreadyRunning,
    CooldownActive,
    GrabError,
    InputFileError,
    OutputError,
    SourceError,
    Stopped,
    os_error_text,
)
from ..grab import cooldown, schedule
from ..guide import published
from ..guide import span as guide_span
from ..guide.published import PublishedGuide
from ..store.answers import Store
from ..util.files import open_maybe_packed
from . import stdio

log = logging.getLogger(__name__)


MIN_COVERAGE = 12 * 3600  # seconds; a guide that reaches so far is as good as a new one for now
MAX_AGE = 8 * 3600
SOCKET_TIMEOUT = 60.0  # seconds for the program at the other end of a socket

# Reasons why there is no new guide that are not worth a word while the old one is good.
_NO_NEWS = (AlreadyRunning, CooldownActive)


def run_as_grabber(settings: Config, download: Callable[[], object], clock: Clock) -> None:
    """Send the guide to where the settings say. Raises GrabError, also when an older one was sent.

    download: a run that publishes, as ``grab.run`` does.
    """
    now = clock.now()
    if not settings.offline:
        guide = _as_it_is(settings, now) or _of_another_user(settings, now)
        if guide:
            log.info("%s is sent as it is", guide.path)
            deliver(settings, guide.path)
            return
    try:
        resting = None if settings.offline else _resting(settings, now)
        if resting:
            raise resting
        download()
    except GrabError as error:
        last = None if isinstance(error, Stopped) else send_published(settings, clock)
        if last and last.end >= now + MIN_COVERAGE and isinstance(error, _NO_NEWS):
            log.info("%s is sent: %s", last.path, error)
            return
        if isinstance(error, SourceError):
            _complete(error, settings, last, clock.now())
        raise
    deliver(settings, published.output_path(settings))


def send_published(settings: Config, clock: Clock) -> Optional[PublishedGuide]:
    """Send the latest guide that is not over: better than nothing. None = there is none."""
    with contextlib.suppress(GrabError):
        with Store.open_read_only(settings.data_dir) as store:
            found = _kept(store, settings, clock.now())
        if found:
            deliver(settings, found[0].path)
            return found[0]
    return None


def deliver(settings: Config, path: str) -> None:
    """Copy a published guide to stdout or a socket, all of it; a file is where it shall be."""
    if settings.output == "-":
        with _open(path) as file:
            stdio.write_stdout(file)
    elif settings.output.startswith(UNIX_SOCKET_PREFIX):
        with _open(path) as file:
            _push(settings.output[len(UNIX_SOCKET_PREFIX) :], file)


# Which guide


def _as_it_is(settings: Config, now: float) -> Optional[PublishedGuide]:
    """The guide that needs no run; None = a run is due."""
    with contextlib.suppress(GrabError), Store.open_read_only(settings.data_dir) as store:
        for guide in _kept(store, settings, now):
            stock = schedule.is_default_cron_minute(now) and _is_young(guide, now)
            if stock or 0 <= now - guide.completed < 60 * settings.min_interval:
                return guide
    return None


def _of_another_user(settings: Config, now: float) -> Optional[PublishedGuide]:
    """The guide that Kodi keeps for its own user, where Tvheadend is another."""
    profile = paths.addon_profile(os.environ)
    if not profile or profile == settings.data_dir or "data_dir" in settings.origins:
        return None
    with contextlib.suppress(GrabError), Store.open_read_only(profile) as store:
        for guide in _kept(store, settings, now):
            if _is_young(guide, now) and os.access(guide.path, os.R_OK):
                log.info("The store in %s is another user's: it is read, not written", profile)
                return guide
    return None


def _kept(store: Store, settings: Config, now: float) -> List[PublishedGuide]:
    """The published guides that these settings would make and that are not over, latest first."""
    begin = guide_span.span(now, settings.days, settings.offset).begin
    is_file = published.output_path(settings) == settings.output
    return [
        guide
        for guide in published.published_guides(store, settings.fingerprint)
        if guide.end > now
        and (guide.begin == begin or not settings.offset)  # "tomorrow" is another day tomorrow
        and (not is_file or guide.path == settings.output)
    ]


def _is_young(guide: PublishedGuide, now: float) -> bool:
    return 0 <= now - guide.made < MAX_AGE and guide.end >= now + MIN_COVERAGE


def _resting(settings: Config, now: float) -> Optional[CooldownActive]:
    """The error of a grabber while the source is left alone after a refusal."""
    with contextlib.suppress(GrabError), Store.open_read_only(settings.data_dir) as store:
        refusal = cooldown.active_refusal(store, settings, now)
        if refusal:
            resting = CooldownActive(refusal.what, refusal.until)
            resting.since = refusal.since
            return resting
    return None


def _complete(
    error: SourceError, settings: Config, last: Optional[PublishedGuide], now: float
) -> None:
    """Add what a grabber knows: which guide was sent, and when the source is asked again."""
    if last:
        error.guide_end, error.now = last.end, now
    resting = _resting(settings, now)
    if resting:
        error.not_before = resting.not_before


# Where to


def _open(path: str) -> BinaryIO:
    try:
        return open_maybe_packed(path)
    except OSError as error:
        raise InputFileError(path, os_error_text(error)) from error


def _push(address: str, file: BinaryIO) -> None:
    """Into a program's socket: one connection is one document, up to its end."""
    import socket

    name = f"{UNIX_SOCKET_PREFIX}{address}"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as there:
            there.settimeout(SOCKET_TIMEOUT)
            there.connect(address)
            for piece in iter(lambda: file.read(1 << 16), b""):
                there.sendall(piece)
    except AttributeError as error:  # Windows
        raise OutputError(name, "this system has no such sockets") from error
    except OSError as error:
        raise OutputError(
            name,
            os_error_text(error),
            "Tvheadend must be running and its module External: XMLTV enabled; the guide is kept",
        ) from error
