"""The grabber contract: one whole guide or nothing, soon, and the source in peace.

What is published already is sent as it is, without a request or a rebuild: within min_interval
after a good run; at 00:04 and 12:04, the minute of all Tvheadends whose cron field nobody changed,
when it is younger than 8 hours; and while another run is at work, or the source has refused.
"""

import contextlib
import gzip
import logging
import os
from typing import BinaryIO, Callable, Iterator, List, Optional, cast

from ..clock import Clock
from ..config import paths
from ..config.settings import SOCKET, Config
from ..errors import Busy, DataError, GrabError, OutputError, Resting, SourceError, Stopped, reason
from ..grab import cooldown, schedule
from ..guide import published
from ..guide import span as guide_span
from ..guide.published import Kept
from ..store.answers import Store
from . import stdio

log = logging.getLogger(__name__)


SOON = 12 * 3600  # seconds; a guide that reaches so far is as good as a new one for now
YOUNG = 8 * 3600
PATIENCE = 60.0  # seconds for the program at the other end of a socket

# Reasons why there is no new guide that are not worth a word while the old one is good.
_NO_NEWS = (Busy, Resting)


def answer(settings: Config, download: Callable[[], object], clock: Clock) -> None:
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
        last = None if isinstance(error, Stopped) else send_last(settings, clock)
        if last and last.end >= now + SOON and isinstance(error, _NO_NEWS):
            log.info("%s is sent: %s", last.path, error)
            return
        if isinstance(error, SourceError):
            _complete(error, settings, last, clock.now())
        raise
    deliver(settings, published.target(settings))


def send_last(settings: Config, clock: Clock) -> Optional[Kept]:
    """Send the latest guide that is not over: better than nothing. None = there is none."""
    with contextlib.suppress(GrabError):
        with Store.to_read(settings.data_dir) as store:
            found = _kept(store, settings, clock.now())
        if found:
            deliver(settings, found[0].path)
            return found[0]
    return None


def deliver(settings: Config, path: str) -> None:
    """Copy a published guide to stdout or a socket, all of it; a file is where it shall be."""
    if settings.output == "-":
        with _open(path) as file:
            stdio.send(file)
    elif settings.output.startswith(SOCKET):
        with _open(path) as file:
            _push(settings.output[len(SOCKET) :], file)


# Which guide


def _as_it_is(settings: Config, now: float) -> Optional[Kept]:
    """The guide that needs no run; None = a run is due."""
    with contextlib.suppress(GrabError), Store.to_read(settings.data_dir) as store:
        for guide in _kept(store, settings, now):
            stock = schedule.stock_minute(now) and _is_young(guide, now)
            if stock or 0 <= now - guide.good < 60 * settings.min_interval:
                return guide
    return None


def _of_another_user(settings: Config, now: float) -> Optional[Kept]:
    """The guide that Kodi keeps for its own user, where Tvheadend is another."""
    profile = paths.addon_profile(os.environ)
    if not profile or profile == settings.data_dir or "data_dir" in settings.origins:
        return None
    with contextlib.suppress(GrabError), Store.to_read(profile) as store:
        for guide in _kept(store, settings, now):
            if _is_young(guide, now) and os.access(guide.path, os.R_OK):
                log.info("The store in %s is another user's: it is read, not written", profile)
                return guide
    return None


def _kept(store: Store, settings: Config, now: float) -> List[Kept]:
    """The published guides that these settings would make and that are not over, latest first."""
    begin = guide_span.span(now, settings.days, settings.offset).begin
    is_file = published.target(settings) == settings.output
    return [
        guide
        for guide in published.kept(store, settings.form)
        if guide.end > now
        and (guide.begin == begin or not settings.offset)  # "tomorrow" is another day tomorrow
        and (not is_file or guide.path == settings.output)
    ]


def _is_young(guide: Kept, now: float) -> bool:
    return 0 <= now - guide.made < YOUNG and guide.end >= now + SOON


def _resting(settings: Config, now: float) -> Optional[Resting]:
    """The error of a grabber while the source is left alone after a refusal."""
    with contextlib.suppress(GrabError), Store.to_read(settings.data_dir) as store:
        refusal = cooldown.refusal(store, settings, now)
        if refusal:
            resting = Resting(refusal.what, refusal.until)
            resting.since = refusal.since
            return resting
    return None


def _complete(error: SourceError, settings: Config, last: Optional[Kept], now: float) -> None:
    """Add what a grabber knows: which guide was sent, and when the source is asked again."""
    if last:
        error.guide_end, error.now = last.end, now
    resting = _resting(settings, now)
    if resting:
        error.not_before = resting.not_before


# Where to


@contextlib.contextmanager
def _open(path: str) -> Iterator[BinaryIO]:
    with contextlib.ExitStack() as closing:
        try:
            opened = gzip.open(path) if path.endswith(".gz") else open(path, "rb")  # noqa: SIM115
            file = closing.enter_context(opened)
        except OSError as error:
            raise DataError(path, reason(error)) from error
        yield cast(BinaryIO, file)


def _push(address: str, file: BinaryIO) -> None:
    """Into a program's socket: one connection is one document, up to its end."""
    import socket

    name = f"{SOCKET}{address}"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as there:
            there.settimeout(PATIENCE)
            there.connect(address)
            for piece in iter(lambda: file.read(1 << 16), b""):
                there.sendall(piece)
    except AttributeError as error:  # Windows
        raise OutputError(name, "this system has no such sockets") from error
    except OSError as error:
        raise OutputError(
            name,
            reason(error),
            "Tvheadend must be running and its module External: XMLTV enabled; the guide is kept",
        ) from error
