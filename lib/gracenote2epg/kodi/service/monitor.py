"""The service: waits beside Kodi, and wakes its keeper when there is something to do.

Until then it is next to nothing. Kodi has a Python for each add-on, and what one imports it keeps:
typing, logging and json alone are more than this may take, so it does without, and so does all that
it imports. Nothing modal is ever opened here: Kodi cannot quit while such a dialog is open.
"""

from __future__ import annotations

import gc
import os

import xbmc
import xbmcaddon
import xbmcvfs

from ... import __version__
from ...clock import SYSTEM, Clock
from ..ids import ADDON_ID, LONGEST, NEXT, STATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .scheduler import RunScheduler

START = 30.0  # seconds after Kodi's start, or its waking; until then the network may be missing
GREETING = 5.0  # seconds after Kodi's start, when nothing is chosen yet
MOST_AHEAD = 4 * 86400  # seconds; a run that is planned later was planned by a wrong clock


class Service(xbmc.Monitor):  # type: ignore[misc]  # Kodi's modules have no types here
    """Wakes the keeper when a run is due, something is asked for, or a setting changed.

    delay: seconds to wait first, and after the machine slept. engine: what stands for the module of
    that name. collect: takes away garbage after a run. Kodi calls back in the main thread alone,
    and only while that waits.
    """

    def __init__(
        self,
        delay: float = START,
        clock: Clock = SYSTEM,
        engine: Any = None,
        collect: Callable[[], object] = gc.collect,
    ) -> None:
        super().__init__()
        self._delay, self._clock = delay, clock
        self._engine, self._collect = engine, collect
        self._keeper: RunScheduler | None = None
        self._fresh = True  # Kodi has just started
        self._said = False  # that it waits for the user

    def run(self) -> None:
        """Serve until Kodi quits; then no thread is left."""
        _log(f"{__version__} is ready")
        wait = self._delay if _Settings().chosen else GREETING
        try:
            while not self.waitForAbort(wait):
                wait = self._look()
                self._fresh = False
        finally:  # also when Kodi let go of the add-on, for an update, before a wait was over
            if self._keeper is not None:
                self._keeper.end()
        _log("ended")

    def onSettingsChanged(self) -> None:
        if self._keeper is not None or _Settings().wants_keeper:
            self._wake().look()

    def onNotification(self, sender: str, method: str, data: str) -> None:
        """What the user asks for, by whatever way, and what happens in Kodi meanwhile."""
        if sender == ADDON_ID:
            self._wake().act(method.rpartition(".")[2])
        elif method == "Player.OnPlay" and self._keeper is not None:
            self._keeper.give_way()
        elif method == "Player.OnStop":
            self._look()
        elif method == "System.OnWake":
            self._look(self._delay)

    def _look(self, pause: float = 0.0) -> float:
        """See to what is due; return the seconds until the next look, never 0.

        pause: seconds that a run is to wait for the network.
        """
        if self._keeper is None:
            settings = _Settings()
            if not settings.chosen:
                self._offer(settings)
            if not settings.wants_keeper:
                return LONGEST
            left = settings.planned() - self._clock.now()
            if 0 < left < MOST_AHEAD:
                return min(max(left, 1.0), LONGEST)
        return self._wake().look(pause)

    def _wake(self) -> RunScheduler:
        if self._keeper is None:
            from .. import backend
            from . import scheduler  # only now

            self._keeper = scheduler.RunScheduler(
                self._clock, self._engine or backend, self._fresh, self._collect
            )
        return self._keeper

    def _offer(self, settings: _Settings) -> None:
        """Nothing is chosen: say so, and offer the set-up once in the life of a profile."""
        if not self._said:
            _log("waiting for a postal code or a lineup in the add-on's settings")
        self._said = True
        if not xbmc.Player().isPlaying() and not settings.is_known():
            xbmc.executebuiltin(f"RunScript({ADDON_ID},greet)")


class _Settings:
    """The few settings that tell whether there is something to do, as Kodi tells them now."""

    def __init__(self) -> None:
        self._addon = xbmcaddon.Addon(ADDON_ID)
        self._profile = xbmcvfs.translatePath(self._addon.getAddonInfo("profile"))

    @property
    def chosen(self) -> bool:
        """Whether there is anything to grab."""
        return any(self._addon.getSetting(name).strip() for name in ("postal_code", "lineup"))

    @property
    def wants_keeper(self) -> bool:
        """Whether there is anything to do, now or later: grabs, or a page to serve."""
        return self.chosen or self._is_on("enable_monitoring")

    def _is_on(self, name: str) -> bool:
        return str(self._addon.getSetting(name)) == "true"

    def planned(self) -> float:
        """When the keeper planned the next run, seconds since the epoch; 0.0 = it has to be asked,
        for nothing is planned, a setting changed since, or the page and Kodi's start are its too.
        """
        if self._is_on("enable_monitoring") or self._is_on("at_start"):
            return 0.0
        plan = os.path.join(self._profile, NEXT)
        try:
            changed = os.path.getmtime(os.path.join(self._profile, "settings.xml"))
            with open(plan, encoding="utf-8") as file:
                return 0.0 if changed > os.path.getmtime(plan) else float(file.read())
        except (OSError, ValueError):
            return 0.0

    def is_known(self) -> bool:
        """Whether this profile has seen us before; it has from now on."""
        path = os.path.join(self._profile, STATE)
        if os.path.exists(path):
            return True
        try:
            os.makedirs(self._profile, exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write("{}")
        except OSError as error:
            _log(f"cannot write {path}: {error.strerror}")
        return False


def _log(text: str) -> None:
    xbmc.log(f"[{ADDON_ID}] service: {text}", xbmc.LOGINFO)


def main(clock: Clock = SYSTEM) -> None:
    Service(clock=clock).run()
