"""``--serve``: grab on a schedule, and serve the page and the guide, whatever is missing."""

import functools
import logging
import sys
import threading
import time
from typing import Optional

from .. import errors
from ..clock import HOUR, Clock
from ..config.keeper import Keeper
from ..config.secrets import secrets_of
from ..config.settings import Config
from ..config.types import EVERYWHERE
from ..grab import schedule
from ..util.redact import hide
from ..web import app
from ..web.sessions import Sessions, code_of
from ..web.status import RunStatus
from . import grabber, progress, signals, tables
from .stdio import print_err, print_out

log = logging.getLogger(__name__)

# Seconds until a run is tried again while there is neither a guide nor a network: after a power cut
# this machine may be up before the router.
FIRST_RETRIES = (60, 120, 300, 600)


def serve(keeper: Keeper, clock: Clock) -> int:
    """Serve until a signal comes; return the exit code. Raises PortInUse, and SettingError when
    there is no place for any data."""
    return _Service(keeper, clock).serve()


def _address(host: str, port: int) -> str:
    if host in EVERYWHERE:
        host = "HOST"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class _Service:
    """Runs on a schedule, with the page and the guide served all the time.

    The main thread runs and waits. The page's threads save settings, and wake it.
    """

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        self._keeper, self._clock = keeper, clock
        self._wake = threading.Event()  # ends a wait, and a run: a signal, or new settings
        self._saved = threading.Event()
        self._running = False
        self._stamp, self._reading = keeper.stamp, keeper.read()
        self._status = RunStatus(self._reading.config, clock, self._reading.mistakes)
        self._unreachable = 0  # first runs in a row without a network
        keeper.changed = self._settings_saved
        sessions = Sessions(self._code, self._ask_for_code, clock)
        controls = app.Controls(keeper, sessions, self._try_again)
        config = self._reading.config
        try:
            self._server = app.PageServer(self._status, controls)
        except OSError as error:
            raise errors.PortInUse(config.monitoring_port, error) from error
        self._address = _address(config.monitoring_host, self._server.port)

    def serve(self) -> int:
        if self._status.notice:
            print_err(self._status.notice)
        if time.localtime(self._clock.now()).tm_gmtoff == 0:
            print_err("The time zone here is UTC: set TZ, for example to America/New_York.")
        with signals.stop_on_signal(self._wake) as stop, self._server:
            if not self._config.quiet:
                print_out(f"Serving {self._address} and /guide.xml there.")
            while True:
                self._wake.clear()
                if stop.is_set():  # after the clear, so that a later signal ends the wait
                    return 0
                self._read_settings()
                self._wait(self._run(), stop)

    @property
    def _config(self) -> Config:
        return self._reading.config

    # In the page's threads

    def _settings_saved(self) -> None:
        self._saved.set()
        self._wake.set()

    def _try_again(self) -> None:
        if not self._running:
            self._wake.set()

    def _code(self) -> str:
        return code_of(self._config, self._clock)

    def _ask_for_code(self) -> None:
        where = "the one in the setting web_code" if self._config.web_code else self._code()
        log.warning("The page asks for its code: %s", where)
        print_err(f"The page asks for its code: {where}")

    # In the main thread

    def _read_settings(self) -> None:
        """Read the settings again if they may have changed. If they have, serve the guide that
        they make, at first from the stored answers."""
        stamp, is_saved = self._keeper.stamp, self._saved.is_set()
        if stamp == self._stamp and not is_saved:
            return
        self._saved.clear()
        before, self._stamp = self._reading, stamp
        try:
            reading = self._keeper.read()
        except errors.GrabError as error:  # no place for any data: what is served stays
            reading = before._replace(mistakes=[error])
        if not is_saved and reading.said == before.said:
            return
        log.info("The settings have changed")
        self._reading, self._unreachable = reading, 0
        hide(secrets_of(reading.config))
        self._status = RunStatus(reading.config, self._clock, reading.mistakes)
        self._server.show(self._status)
        if self._status.can_remake:
            self._grab(offline=True)

    def _run(self) -> Optional[errors.GrabError]:
        """One run, unless something in the settings is wrong or missing; return the error."""
        config = self._config
        for mistake in self._reading.mistakes:
            return mistake
        if not (config.postal_code or config.lineup):
            return errors.NotConfigured(page=self._address)
        return self._grab()

    def _grab(self, offline: bool = False) -> Optional[errors.GrabError]:
        self._running = True
        try:
            with progress.progress_display(self._config, sys.stderr, self._clock) as show:
                report = self._status.run(self._wake, show, offline)
            grabber.deliver(self._config, report.path)
            if not self._config.quiet:
                print_out(tables.format_report(report))
        except errors.Stopped:
            pass
        except errors.GrabError as error:
            return error
        except (BrokenPipeError, ModuleNotFoundError):
            raise
        except Exception:  # a bug: the page and the guide still work
            log.exception("a bug")
            return errors.GrabError(
                "The run failed unexpectedly, by a bug",
                "Your guide is unchanged; please report the last lines of the log",
            )
        finally:
            self._running = False
        return None

    def _wait(self, failure: Optional[errors.GrabError], stop: threading.Event) -> None:
        """Wait until a run is due, ``_wake`` is set, or the config file has changed."""
        ended_at, status = self._clock.now(), self._status
        # Hours that the source does not list are not a reason to retry everything in an hour.
        failed = failure is not None and not isinstance(failure, errors.Incomplete)
        retry_after = schedule.RETRY_AFTER
        if isinstance(failure, errors.SourceUnreachable) and not status.has_guide:
            retry_after = FIRST_RETRIES[min(self._unreachable, len(FIRST_RETRIES) - 1)]
            self._unreachable += 1
        plan = schedule.Schedule(self._config.interval * HOUR, status.installation, own_minute=True)
        next_run = functools.partial(
            schedule.next_run, plan, ended_at, failed, retry_after=retry_after
        )
        if not isinstance(failure, (errors.SettingError, errors.NotConfigured)):
            status.next_run = next_run(now=ended_at)
        if isinstance(failure, errors.SourceError):
            failure.next_try = status.next_run
        if failure:
            log.error("%s", failure)
            print_err(str(failure))
        # In steps: Windows delivers no Ctrl-C in a long wait, and the clock may be set.
        while not self._clock.wait(self._wake, 1.0) and not stop.is_set():
            now = self._clock.now()
            if next_run(now=now) <= now or self._keeper.stamp != self._stamp:
                return
