"""The grabber contract: one whole guide or nothing, quickly, and with few requests.

The published guide is sent unchanged, without a request: within min_interval after a good run; at
00:04 and 12:04, Tvheadend's default cron, if it is younger than 16 hours (an older one is renewed
some minutes later); and while another run is in progress or the source has refused. Within
min_interval it is written anew, also without a request, if a player has other channels by now.
"""

import contextlib
import logging
import os
from typing import BinaryIO, Callable, List, Optional

from .. import errors
from ..channels import player_channels
from ..clock import HOUR, Clock
from ..config import paths
from ..config.settings import UNIX_SOCKET_PREFIX, Config
from ..grab import cooldown, schedule
from ..guide import published
from ..guide import span as guide_span
from ..guide.published import PublishedGuide
from ..store.answers import INSTALLATION, Store
from ..util.files import open_maybe_packed
from . import stdio

log = logging.getLogger(__name__)

MIN_COVERAGE = 12 * HOUR  # seconds; a guide that reaches so far ahead needs no run now
MAX_AGE = 8 * HOUR  # seconds; of another user's guide that is sent unchanged
# The same at the default cron minute, which comes twice a day.
MAX_AGE_AT_CRON = 16 * HOUR
DEFAULT_CRON_SPREAD = 540  # seconds over which the other calls of that minute are spread
SOCKET_TIMEOUT = 60.0  # seconds

# Failures that are not reported while the published guide is good enough.
_SILENT = (errors.AlreadyRunning, errors.CooldownActive)


def run_as_grabber(settings: Config, download: Callable[[], object], clock: Clock) -> None:
    """Send the guide to the output. Raises GrabError, also if an older guide was sent.

    download: a run that publishes, as ``grab.run`` does.
    """
    now = clock.now()
    if not settings.offline:
        guide = _fresh_enough(settings, now) or _of_another_user(settings, now)
        if guide:
            log.info("%s is sent unchanged", guide.path)
            deliver(settings, guide.path)
            return
    try:
        active = None if settings.offline else _cooldown(settings, now)
        if active:
            raise active
        _leave_default_cron_minute(settings, clock)
        download()
    except errors.GrabError as error:
        sent = None if isinstance(error, errors.Stopped) else send_published(settings, clock)
        if sent and sent.end >= now + MIN_COVERAGE and isinstance(error, _SILENT):
            log.info("%s is sent: %s", sent.path, error)
            return
        if isinstance(error, errors.SourceError):
            _add_context(error, settings, sent, clock.now())
        raise
    deliver(settings, published.output_path(settings))


def send_published(settings: Config, clock: Clock) -> Optional[PublishedGuide]:
    """Send the latest guide that has not ended, and return it; None = there is none to send."""
    for folder in filter(None, (settings.data_dir, _profile_of_another_user(settings))):
        with contextlib.suppress(errors.GrabError):
            with Store.open_read_only(folder) as store:
                guides = _usable(store, settings, clock.now())
            if guides:
                deliver(settings, guides[0].path)
                return guides[0]
    return None


def send_any_published(clock: Clock) -> None:
    """Send to stdout the latest guide that was made for stdout and has not ended, whatever its
    settings."""
    profile = paths.addon_profile(os.environ)
    guides: List[PublishedGuide] = []
    for folder in filter(None, (profile, paths.default_data_dir(os.environ, profile))):
        with contextlib.suppress(errors.GrabError), Store.open_read_only(folder) as store:
            guides += published.published_guides(store, None)
    for guide in guides:
        is_stdouts = published.STDOUT_COPY.fullmatch(os.path.basename(guide.path))
        if is_stdouts and guide.end > clock.now():
            with _open(guide.path) as file:
                stdio.write_stdout(file)
            return


def deliver(settings: Config, path: str) -> None:
    """Copy a published guide to stdout or a socket; an output file is in place already.

    Raises OutputError, InputFileError, BrokenPipeError.
    """
    if settings.output == "-":
        with _open(path) as file:
            stdio.write_stdout(file)
    elif settings.output.startswith(UNIX_SOCKET_PREFIX):
        with _open(path) as file:
            _push(settings.output[len(UNIX_SOCKET_PREFIX) :], file)


# Choosing the guide


def _fresh_enough(settings: Config, now: float) -> Optional[PublishedGuide]:
    """The guide that makes a run unnecessary; None = a run is due."""
    with contextlib.suppress(errors.GrabError), Store.open_read_only(settings.data_dir) as store:
        # A new channel, or one that --assign gave a station, is not in the guide yet.
        players = player_channels.load(settings, store, quick=True).state
        for guide in _usable(store, settings, now):
            if guide.players != players:
                continue
            default_cron = schedule.is_default_cron_minute(now) and _is_young(
                guide, now, MAX_AGE_AT_CRON
            )
            since = now - max(guide.made, guide.completed)  # a restored guide was made earlier
            is_fresh = guide.completed and 0 <= since < 60 * settings.min_interval
            if default_cron or (is_fresh and _is_todays(guide, settings, now)):
                return guide
    return None


def _is_todays(guide: PublishedGuide, settings: Config, now: float) -> bool:
    """Whether it has the days that a run would give it, or lasts long enough without them."""
    begin = guide_span.span(now, settings.days, settings.offset).begin
    return guide.begin == begin or guide.end >= now + MIN_COVERAGE


def _of_another_user(settings: Config, now: float) -> Optional[PublishedGuide]:
    """The guide of the add-on when Kodi runs as another user than Tvheadend."""
    profile = _profile_of_another_user(settings)
    if not profile:
        return None
    with contextlib.suppress(errors.GrabError), Store.open_read_only(profile) as store:
        for guide in _usable(store, settings, now):
            if _is_young(guide, now) and os.access(guide.path, os.R_OK):
                log.info("The store in %s is another user's: it is read, not written", profile)
                return guide
    return None


def _profile_of_another_user(settings: Config) -> str:
    """The add-on's profile when Kodi runs as another user than Tvheadend; "" = it does not."""
    profile = paths.addon_profile(os.environ) or ""
    return "" if profile == settings.data_dir or "data_dir" in settings.origins else profile


def _usable(store: Store, settings: Config, now: float) -> List[PublishedGuide]:
    """The published guides for these settings that have not ended, latest first."""
    begin = guide_span.span(now, settings.days, settings.offset).begin
    is_file = published.output_path(settings) == settings.output
    return [
        guide
        for guide in published.published_guides(store, settings.fingerprint)
        if guide.end > now
        and (guide.begin == begin or not settings.offset)  # days from now on move with the date
        and (not is_file or guide.path == settings.output)
    ]


def _is_young(guide: PublishedGuide, now: float, max_age: float = MAX_AGE) -> bool:
    """Whether it is younger than max_age seconds and reaches MIN_COVERAGE ahead."""
    return 0 <= now - guide.made < max_age and guide.end >= now + MIN_COVERAGE


def _cooldown(settings: Config, now: float) -> Optional[errors.CooldownActive]:
    """The error to raise during the cooldown after a refusal; None = no cooldown."""
    with contextlib.suppress(errors.GrabError), Store.open_read_only(settings.data_dir) as store:
        refusal = cooldown.active_refusal(store, settings, now)
        if refusal:
            error = errors.CooldownActive(refusal.what, refusal.until)
            error.since = refusal.since
            return error
    return None


def _leave_default_cron_minute(settings: Config, clock: Clock) -> None:
    """At the default cron minute, when all others call, wait for this installation's own second of
    the next DEFAULT_CRON_SPREAD, if there is a guide meanwhile. Raises Stopped."""
    from . import signals  # heavy, and few calls need it here

    now, installation = clock.now(), None
    if settings.offline or not schedule.is_default_cron_minute(now):
        return
    with contextlib.suppress(errors.GrabError), Store.open_read_only(settings.data_dir) as store:
        if _usable(store, settings, now):
            installation, _ = store.fact(INSTALLATION)
    with signals.stop_on_signal() as stop:
        if clock.wait(stop, (installation or 0) % DEFAULT_CRON_SPREAD):
            raise errors.Stopped()


def _add_context(
    error: errors.SourceError, settings: Config, sent: Optional[PublishedGuide], now: float
) -> None:
    """Add which guide was sent, and when the cooldown ends."""
    if sent:
        error.guide_end, error.now = sent.end, now
    active = _cooldown(settings, now)
    if active:
        error.not_before = active.not_before


# Sending it


def _open(path: str) -> BinaryIO:
    try:
        return open_maybe_packed(path)
    except OSError as error:
        raise errors.InputFileError(path, errors.os_error_text(error)) from error


def _push(address: str, file: BinaryIO) -> None:
    """Send the file to Tvheadend's socket, which takes one document per connection.

    Raises OutputError.
    """
    import socket

    name = f"{UNIX_SOCKET_PREFIX}{address}"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(SOCKET_TIMEOUT)
            connection.connect(address)
            for chunk in iter(lambda: file.read(1 << 16), b""):
                connection.sendall(chunk)
    except AttributeError as error:  # Windows
        raise errors.OutputError(name, "this system has no such sockets") from error
    except OSError as error:
        raise errors.OutputError(
            name,
            errors.os_error_text(error),
            "Tvheadend must be running and its module External: XMLTV enabled; the guide is kept",
        ) from error
