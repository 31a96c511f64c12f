"""The service: waits as long as Kodi runs, and starts the scheduler once there is work.

Until then it costs next to nothing. Kodi has a Python interpreter for each add-on, which keeps what
it imports: even typing, logging and json are too much here, and in what this module imports.
Nothing modal is ever opened here: Kodi cannot quit while such a dialog is open.
"""

from __future__ import annotations

import gc
import os

import xbmc
import xbmcvfs

from ... import __version__
from ...clock import SYSTEM, Clock
from ..ids import (
    ADDON_ID,
    MAX_WAIT,
    NEXT_RUN_FILE,
    REFRESH_FILE,
    STATE_FILE,
    fresh_addon,
    is_configured,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .scheduler import RunScheduler

START_DELAY = 30.0  # seconds after Kodi's start or wake-up; the network may be missing until then
LISTEN = 60.0  # seconds of one wait; after it a check that a callback has brought forward is made
GREETING_DELAY = 5.0  # seconds after Kodi's start, when nothing is configured yet
MAX_AHEAD = 4 * 86400  # seconds; a run planned later than this was planned by a wrong clock


class Service(xbmc.Monitor):  # type: ignore[misc]  # Kodi's modules have no types here
    """Starts the scheduler when a run is due, a message arrives, or a setting changes.

    delay: seconds to wait at first, and after sleep. backend: a stand-in for that module. collect:
    collects garbage after a run. Kodi calls back in the main thread, and only while that waits.
    """

    def __init__(
        self,
        delay: float = START_DELAY,
        clock: Clock = SYSTEM,
        backend: Any = None,
        collect: Callable[[], object] = gc.collect,
    ) -> None:
        super().__init__()
        self._delay, self._clock = delay, clock
        self._backend, self._collect = backend, collect
        self._scheduler: RunScheduler | None = None
        self._network_at = self._check_at = 0.0  # by the monotonic clock
        self._kodi_just_started = True
        self._logged_waiting = False

    def run(self) -> None:
        """Serve until Kodi quits; then no thread is left."""
        _log(f"{__version__} is ready")
        settings = _Settings()
        now = self._clock.monotonic()
        self._network_at = now + self._delay
        self._check_at = now + (self._delay if settings.configured else GREETING_DELAY)
        try:
            while not self.waitForAbort(self._wait()):
                if self._clock.monotonic() >= self._check_at:
                    if self._kodi_just_started and settings.owes_a_refresh():
                        xbmc.executebuiltin(f"RunScript({ADDON_ID},give_back_refresh)")
                    self._tick()
                    self._kodi_just_started = False
        finally:  # also when a wait raises, because Kodi has unloaded the add-on for an update
            if self._scheduler is not None:
                self._scheduler.close()
        _log("ended")

    def onSettingsChanged(self) -> None:
        if self._scheduler is not None or _Settings().needs_scheduler:
            self._start_scheduler()
            self._tick()

    def onNotification(self, sender: str, method: str, data: str) -> None:
        """Handle messages to the add-on, and playback and sleep of Kodi."""
        if sender == ADDON_ID:
            self._start_scheduler().handle(method.rpartition(".")[2])
            self._tick()
        elif method == "Player.OnPlay" and self._scheduler is not None:
            self._scheduler.pause_for_playback()
        elif method == "Player.OnStop":
            self._tick()
        elif method == "System.OnWake":
            self._network_at = self._clock.monotonic() + self._delay
            self._tick(woke=True)

    def _wait(self) -> float:
        return min(max(self._check_at - self._clock.monotonic(), 1.0), LISTEN)

    def _tick(self, woke: bool = False) -> None:
        """Start a run if one is due, and plan the next check. woke: after the machine's sleep."""
        now = self._clock.monotonic()
        self._check_at = now + self._next_check(max(0.0, self._network_at - now), woke)

    def _next_check(self, delay: float, woke: bool) -> float:
        """Seconds until the next check (> 0). delay: that a run has to wait for the network."""
        if self._scheduler is None:
            settings = _Settings()
            if not settings.configured:
                self._offer_set_up(settings)
            if not settings.needs_scheduler:
                return MAX_WAIT
            left = settings.next_run() - self._clock.now()
            if 0 < left < MAX_AHEAD:
                return min(max(left, 1.0), MAX_WAIT)
        return self._start_scheduler().tick(delay, woke)

    def _start_scheduler(self) -> RunScheduler:
        if self._scheduler is None:
            from .. import backend
            from . import scheduler  # only now

            self._scheduler = scheduler.RunScheduler(
                self._clock, self._backend or backend, self._kodi_just_started, self._collect
            )
        return self._scheduler

    def _offer_set_up(self, settings: _Settings) -> None:
        """Offer the set-up once in the life of a profile; tell once when its settings are lost."""
        if not self._logged_waiting:
            _log("waiting for a postal code or a lineup in the add-on's settings")
        self._logged_waiting = True
        if xbmc.Player().isPlaying():
            return
        if not settings.is_known_profile():
            xbmc.executebuiltin(f"RunScript({ADDON_ID},greet)")
        elif settings.had_runs():
            from . import notifications  # only now

            notifications.tell_settings_lost(settings.profile, self._clock)


class _Settings:
    """The few settings that decide whether there is work, as they are now."""

    def __init__(self) -> None:
        self._addon = fresh_addon()
        self.profile = xbmcvfs.translatePath(self._addon.getAddonInfo("profile"))

    @property
    def configured(self) -> bool:
        return is_configured(self._addon.getSetting)

    @property
    def needs_scheduler(self) -> bool:
        """Whether there are runs, or a page to serve."""
        return self.configured or self._is_on("enable_monitoring")

    def _is_on(self, name: str) -> bool:
        return str(self._addon.getSetting(name)) == "true"

    def next_run(self) -> float:
        """When the scheduler planned the next run, seconds since the epoch.

        0.0 = the scheduler has to decide: nothing is planned, a setting changed since, or it also
        has the page or a run at Kodi's start to take care of.
        """
        if self._is_on("enable_monitoring") or self._is_on("at_start"):
            return 0.0
        path = os.path.join(self.profile, NEXT_RUN_FILE)
        try:
            changed_at = os.path.getmtime(os.path.join(self.profile, "settings.xml"))
            with open(path, encoding="utf-8") as file:
                return 0.0 if changed_at > os.path.getmtime(path) else float(file.read())
        except (OSError, ValueError):
            return 0.0

    def owes_a_refresh(self) -> bool:
        """Whether a set-up was broken off while IPTV Simple reloaded each minute."""
        return os.path.exists(os.path.join(self.profile, REFRESH_FILE))

    def had_runs(self) -> bool:
        """Whether a run of this profile has ended before, so there was something to download."""
        return os.path.exists(os.path.join(self.profile, NEXT_RUN_FILE))

    def is_known_profile(self) -> bool:
        """Whether the add-on has run in this profile before; from now on it has."""
        path = os.path.join(self.profile, STATE_FILE)
        if os.path.exists(path):
            return True
        try:
            os.makedirs(self.profile, exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write("{}")
        except OSError as error:
            _log(f"cannot write {path}: {error.strerror}")
        return False


def _log(text: str) -> None:
    xbmc.log(f"[{ADDON_ID}] kodi.service.monitor: {text}", xbmc.LOGINFO)


def main(clock: Clock = SYSTEM) -> None:
    Service(clock=clock).run()
