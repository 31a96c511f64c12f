"""The service: grabs when a grab is due, beside Kodi, and ends with it.

The main thread does nothing but wait for Kodi, which calls back in that thread alone and only while
it waits. It alone decides, starts and ends; a grab has a thread of its own.
"""

import json
import logging
import os
import threading
import time
from typing import Any, Callable, NamedTuple, Optional, Tuple

import xbmc
import xbmcgui

from .. import __version__
from ..config import Config
from ..errors import (
    ChannelError,
    DataError,
    EmptyGuide,
    GrabError,
    Incomplete,
    NoLineup,
    OutputError,
    PlayerError,
    SettingError,
    Stopped,
)
from .log import to_kodi
from .settings import Settings, read

log = logging.getLogger(__name__)

START = 30.0  # seconds after Kodi's start; until then the network may be missing
RETRY = 3600.0  # seconds after a failed run
LONGEST = 3600.0  # seconds of one wait: the clock may be set, and sleep counts in no wait
PATIENCE = 4.0  # seconds for a run to end; Kodi kills us after 5, and a run takes less than 1
STATE = "last_run.json"

# Failures that only the user can end; all others pass, or are the source's.
USERS_TURN = (
    SettingError,
    ChannelError,
    NoLineup,
    EmptyGuide,
    OutputError,
    DataError,
    PlayerError,
)

Grab = Callable[[Config, threading.Event], str]


class LastRun(NamedTuple):
    """How the last run ended. at: seconds since the epoch; error: "" = well."""

    at: float
    error: str
    asked: Tuple[str, ...]


def due(last: Optional[LastRun], asked: Tuple[str, ...], interval: float, now: float) -> float:
    """Return when the next run is due, in seconds since the epoch. Pure.

    At once: the first one, one for another guide, and after a run in the future, for then the
    clock was wrong. interval: seconds.
    """
    if last is None or last.asked != asked or last.at > now:
        return now
    return last.at + (RETRY if last.error else interval)


class Service(xbmc.Monitor):  # type: ignore[misc]  # Kodi's modules have no types here
    """Starts a grab when one is due, and ends it when Kodi quits.

    delay: seconds to wait first. clock: seconds since the epoch. grab: returns its success in
    words, or raises.
    """

    def __init__(
        self,
        delay: float = START,
        clock: Callable[[], float] = time.time,
        grab: Optional[Grab] = None,
    ) -> None:
        super().__init__()
        self._delay, self._clock, self._engine = delay, clock, grab or _grab
        self._last: Optional[LastRun] = None
        self._waiting = False  # for the user to choose something
        self._worker: Optional[threading.Thread] = None
        self._stop = threading.Event()
        self._asked: Tuple[str, ...] = ()  # of the run under way

    def run(self) -> None:
        """Serve until Kodi quits; then no thread is left."""
        with to_kodi() as self._log:
            log.info("%s is ready", __version__)
            self._last = _load(read().profile)
            wait = self._delay
            while not self.waitForAbort(wait):
                wait = self._look()
            self._end()

    def onSettingsChanged(self) -> None:
        """Look again. This comes from within waitForAbort, which goes on waiting afterwards."""
        self._look()

    def _look(self) -> float:
        """Start a run if one is due; return the seconds until the next look, never 0.

        A run needs no watching: what follows it is due an hour after its end at the earliest, and
        no wait is longer.
        """
        settings = read()
        self._log.obey(settings)
        if self._busy and settings.asked != self._asked:
            self._end()  # of a guide that nobody wants any more
        if self._busy:
            return LONGEST
        if not settings.chosen:
            if not self._waiting:
                log.info("waiting for a postal code or a lineup in the add-on's settings")
            self._waiting = True
            return LONGEST
        self._waiting = False
        now = self._clock()
        wait = due(self._last, settings.asked, settings.interval, now) - now
        if wait > 0:
            return min(max(wait, 1.0), LONGEST)
        self._start(settings)
        return LONGEST

    @property
    def _busy(self) -> bool:
        return self._worker is not None and self._worker.is_alive()

    def _start(self, settings: Settings) -> None:
        self._asked, self._stop = settings.asked, threading.Event()
        self._worker = threading.Thread(
            target=self._run_once, args=(settings, self._stop), name="grab"
        )
        self._worker.start()

    def _end(self) -> None:
        self._stop.set()
        if self._worker is not None:
            self._worker.join(PATIENCE)

    # In the run's thread

    def _run_once(self, settings: Settings, stop: threading.Event) -> None:
        error = ""
        try:
            log.info("the guide is updated: %s", self._engine(settings.config(), stop))
        except Stopped:
            log.info("stopped; the next run goes on from here")
            return
        except Incomplete as failure:  # published; asking for it all in an hour would not mend it
            log.warning("%s", failure)
        except GrabError as failure:
            error = str(failure)
            log.warning("%s", failure)
            self._tell(failure)
        except Exception:  # the one edge: whatever it is, the service lives, and the log knows
            error = "a bug"
            log.exception("the run ended by a bug; the guide is as it was")
        self._last = LastRun(self._clock(), error, settings.asked)
        _save(settings.profile, self._last)

    def _tell(self, failure: GrabError) -> None:
        """Show the failure when the user has something to do, and has not been told before."""
        before = self._last.error if self._last else ""
        if isinstance(failure, USERS_TURN) and str(failure) != before:
            xbmcgui.Dialog().notification(
                "gracenote2epg", failure.what, xbmcgui.NOTIFICATION_WARNING, 10000
            )


def _grab(config: Config, stop: threading.Event) -> str:
    """Grab; return what came of it, in words."""
    # Imported by the run: requests and sqlite3 take seconds on a small box, and Kodi is starting.
    from ..grab import run

    if config.enable_monitoring and config.monitoring_web_api:
        from ..status import run_watched

        report = run_watched(config, stop, lambda seen: None, log.warning)
    else:
        report = run(config, stop)
    for note in report.notes:
        log.info("%s", note)
    return (
        f"{report.summary.programmes} programmes of {len(report.summary.stations)} stations,"
        f" {report.statistics.requests} requests in {report.seconds:.0f} s"
    )


def _load(profile: str) -> Optional[LastRun]:
    """The last run of an earlier Kodi; None = none is known, which costs one run more."""
    try:
        with open(os.path.join(profile, STATE), encoding="utf-8") as file:
            value: Any = json.load(file)
        return LastRun(float(value["at"]), str(value["error"]), tuple(value["asked"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _save(profile: str, last: LastRun) -> None:
    path = os.path.join(profile, STATE)
    try:
        os.makedirs(profile, exist_ok=True)
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump(last._asdict(), file)
        os.replace(f"{path}.new", path)
    except OSError as error:  # this Kodi remembers it; the next one makes a run more
        log.warning("cannot write %s: %s", path, error)
