"""One run: download, copy the guide to a share, save the result, notify the user."""

import contextlib
import gc
import hashlib
import logging
import math
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional

from ...clock import DAY, Clock
from ...config.settings import Config
from ...errors import GrabError, Incomplete, MissingDependency, SourceError, Stopped
from ...grab.schedule import RETRY_AFTER
from .. import iptv_simple, vfs
from ..addon_settings import Settings
from ..state_file import LastRun, StateFile
from ..strings import describe_error, localize
from . import notifications, progress

if TYPE_CHECKING:
    from ...downloader.monitor import Statistics

    Listener = Callable[[Statistics], None]

log = logging.getLogger(__name__)


class RunContext(NamedTuple):
    """What all runs share. backend: the module of that name, or a stand-in.

    status: the page's RunStatus for a configuration, or None. set_next_run: takes when the next run
    is due, seconds since the epoch. collect: collects garbage after a run.
    """

    backend: Any
    state_file: StateFile
    clock: Clock
    status: Callable[[Config], Any]
    set_next_run: Callable[[float], None]
    collect: Callable[[], object] = gc.collect


def run_once(
    context: RunContext,
    settings: Settings,
    stop: threading.Event,
    listener: "Listener",
    download: bool = True,
) -> Optional[GrabError]:
    """Make the guide, copy it to the share if there is one, save how that ended.

    Returns the failure; only GrabError is caught. download: also if only the copy failed the last
    time. A run that was stopped is not saved, so it is still due.
    """
    error: Optional[GrabError] = None
    made_at = 0.0 if download else _uncopied_guide(context, settings)
    if not made_at:
        error = _failure(context, lambda: _grab(context, settings, stop, listener))
        # Hours that the source lacks are not a reason to try again in an hour, unless there is no
        # guide yet.
        lacks_hours = isinstance(error, Incomplete) and os.path.exists(settings.config().output)
        made_at = context.clock.now() if error is None or lacks_hours else 0.0
    copy_error = None
    if not isinstance(error, Stopped):  # a run that failed may have published, too
        copy_error = _failure(context, lambda: _copy(context.state_file, settings, stop))
    error = copy_error or error
    if isinstance(error, Stopped) or (error and stop.is_set()):
        log.info("stopped; the next run goes on from here")
        return Stopped()
    now, succeeded = context.clock.now(), made_at and not copy_error
    last = LastRun(now, "" if succeeded else str(error), settings.fingerprint, made_at)
    context.state_file.update(last=last, **({"last_notice": ""} if succeeded else {}))
    context.set_next_run(settings.next_run(context.state_file.read(), now))
    return error


def _uncopied_guide(context: RunContext, settings: Settings) -> float:
    """When the guide was made that could not be copied; 0.0 = there is none, or it is old.

    While the share is off, a retry each hour must not send requests to the source.
    """
    now, last = context.clock.now(), context.state_file.read().last
    if not (last and last.error and last.fingerprint == settings.fingerprint):
        return 0.0
    return last.guide_made_at if 0 <= now - last.guide_made_at < settings.interval else 0.0


def _failure(context: RunContext, action: Callable[[], None]) -> Optional[GrabError]:
    """Do it; log and return its failure, None = it succeeded."""
    try:
        action()
    except Stopped as stopped:
        return stopped
    except GrabError as error:
        if isinstance(error, SourceError):
            error.next_try = context.clock.now() + RETRY_AFTER
        log.warning("%s", error)
        return error
    return None


def _grab(
    context: RunContext, settings: Settings, stop: threading.Event, listener: "Listener"
) -> None:
    config = settings.config()
    status = context.status(config)
    version = iptv_simple.version()
    try:
        if version:
            playlists = iptv_simple.playlists(version)
            context.backend.remember_players(config, playlists, stop, context.clock)
        summary = context.backend.grab(config, stop, listener, status, context.clock)
    except ModuleNotFoundError as error:
        raise MissingDependency(error.name or "") from error
    log.info("the guide is updated: %s", summary)


def _copy(state_file: StateFile, settings: Settings, stop: threading.Event) -> None:
    """Copy the guide to an address that only Kodi can write to, unless it is there already."""
    address = settings.share_address
    path = settings.config().output if address else ""
    if not os.path.exists(path):
        return
    copied = (hashlib.sha256(address.encode()).hexdigest(), os.path.getmtime(path))
    state = state_file.read()
    if state.copied != copied:
        vfs.upload(path, address, stop, state.installation_id)
        state_file.update(copied=copied)


class Run:
    """A run in its own thread.

    by_user: the user asked for it, so it is visible and does not yield to playback. yields: it
    stops when playback begins; not if it began during playback, having waited for a day. delay:
    seconds to wait first, as after sleep, when the network is still missing. predecessor: a stopped
    run to wait for; a name lookup or a sleeping share may delay its end.
    """

    def __init__(
        self,
        context: RunContext,
        settings: Settings,
        reason: str,
        by_user: bool,
        delay: float = 0.0,
        predecessor: "Optional[Run]" = None,
    ) -> None:
        self.fingerprint, self.reason, self.by_user = settings.fingerprint, reason, by_user
        self._context, self._settings, self._delay = context, settings, delay
        self._predecessor = predecessor
        self.yields = not by_user and not notifications.is_playing_or_recording()
        self._stop, self._ended = threading.Event(), False
        is_first = context.state_file.read().last is None
        self._bar = progress.Bar(by_user or is_first, context.clock)
        self._thread = threading.Thread(target=self._main, name="grab")
        self._thread.start()

    @property
    def active(self) -> bool:
        """Whether it is in progress, and has not been stopped."""
        return not (self._ended or self._stop.is_set())

    def show(self) -> None:
        """Make it a run that the user asked for."""
        self.by_user, self.yields, self._bar.at_once = True, False, True

    def stop(self) -> None:
        self._stop.set()

    def join(self, timeout: Optional[float] = None) -> None:
        """Wait until it and its predecessors have ended. timeout: seconds."""
        self._thread.join(timeout)

    # In the run's thread

    def _main(self) -> None:
        context = self._context
        if self._predecessor is not None:
            self._predecessor.join()
            self._predecessor = None
        if context.clock.wait(self._stop, self._delay):
            return
        log.info("a run begins: %s", self.reason)
        try:
            error = run_once(
                context, self._settings, self._stop, self._bar.listener, download=self.by_user
            )
            if error is not None and not isinstance(error, Stopped):
                self._notify(error)
        except Exception:  # a bug: the log has the traceback, and the service goes on
            log.exception("the run ended by a bug; the guide is as it was")
            if not self._stop.is_set():  # else it is still due
                last = LastRun(context.clock.now(), "a bug", self._settings.fingerprint)
                context.state_file.update(last=last)
                if self.by_user:
                    notifications.show(localize("bug"))
        finally:
            # A request for a run from now on starts another one, though this thread is still alive.
            self._ended = True
            self._bar.close()
            _free_memory(context.collect)

    def _notify(self, error: GrabError) -> None:
        """Notify the user of a failure if it matters: once if only the user can end it, else once a
        day; after a run that the user asked for, each time."""
        context = self._context
        now, state_file = context.clock.now(), context.state_file
        state = state_file.read()
        guide_end, quiet_for, key = 0.0, math.inf, f"{type(error).__name__}: {error.what}"
        if not isinstance(error, notifications.NEED_THE_USER):
            guide_end = context.backend.guide_end(self._settings.config(), context.clock)
            quiet_for, key = float(DAY), type(error).__name__
        text = notifications.text_for(error, guide_end, now)
        was_told = state.last_notice == key and 0 <= now - state.last_notice_at < quiet_for
        is_new = bool(text) and not was_told
        if is_new:
            state_file.update(last_notice=key, last_notice_at=now)
        if is_new or self.by_user:
            notifications.show(text or describe_error(error))


def _free_memory(collect: Callable[[], object]) -> None:
    """Return memory to the system: Kodi runs for weeks, and Python and the C library keep it.

    The C library stops all threads of Kodi meanwhile, so not while something plays.
    """
    collect()
    if sys.platform == "linux" and not notifications.is_playing():
        with contextlib.suppress(ImportError, OSError, AttributeError):  # not every C library can
            import ctypes

            ctypes.CDLL(None).malloc_trim(0)
