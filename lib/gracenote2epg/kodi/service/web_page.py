"""The page with the statistics, served by the service as long as the user wants it."""

import logging
import threading
from typing import TYPE_CHECKING, Any, Optional

from ...clock import Clock
from ...config.settings import Config
from ...config.sources import Reading
from ...errors import GrabError, PortInUse
from ..addon_settings import Settings
from ..messages import RUN_NOW, tell_service
from ..state_file import StateFile
from ..strings import describe_error, localize
from . import notifications

if TYPE_CHECKING:
    from ...web.app import Controls
    from ...web.sessions import Sessions
    from ...web.status import RunStatus

log = logging.getLogger(__name__)

START_TIMEOUT = 30.0  # seconds in which the page starts or fails, even on a small box


class WebPage:
    """Serves the page in its own thread, which only waits for the end.

    When it cannot be served, the user is told once, and the state has the reason.
    """

    def __init__(self, clock: Clock, state_file: StateFile) -> None:
        self._clock, self._state_file = clock, state_file
        self._next_run = 0.0  # seconds since the epoch
        self._reading: Optional[Reading] = None
        self._status: Optional[RunStatus] = None
        self._sessions: Optional[Sessions] = None  # they outlive a change of the settings
        self._thread: Optional[threading.Thread] = None
        self._stop, self._started = threading.Event(), threading.Event()
        self._changed = threading.Event()
        self._guard = threading.Lock()  # of the reading, and whether that one is shown

    def apply(self, settings: Settings, run_in_progress: bool = False) -> None:
        """Serve the page, or not, as the settings say; try again if the port was in use.

        run_in_progress: keep a page that shows it, unless its address changes.
        """
        reading = settings.reading() if settings.serves_page else None
        alive = self._thread is not None and self._thread.is_alive()
        same_address = _address(reading) == _address(self._reading)
        same = _said(reading) == _said(self._reading)
        if same or (run_in_progress and same_address):
            if alive == (reading is not None):
                return
        elif alive and reading and same_address:
            with self._guard:
                self._reading = reading
                self._started.clear()
            self._changed.set()
            return
        self.close()
        self._reading = reading
        if reading is None:
            self._set_error(None)
        else:
            self._stop, self._started = threading.Event(), threading.Event()
            self._changed = threading.Event()
            arguments = (self._stop, self._started, self._changed)
            self._thread = threading.Thread(target=self._serve, args=arguments, name="page")
            self._thread.start()

    def status(self, config: Config) -> "Optional[RunStatus]":
        """What the page shows of a run of this configuration; None = it does not.

        For the run's thread: it waits until the page has started or failed.
        """
        if self._reading is None or config != self._reading.config:
            return None
        self._started.wait(START_TIMEOUT)
        return self._status

    def set_next_run(self, at: float) -> None:
        self._next_run = at
        status = self._status
        if status is not None:
            status.next_run = at

    def close(self, timeout: float = 5.0) -> None:
        for event in (self._stop, self._started, self._changed):
            event.set()
        if self._thread is not None:
            self._thread.join(timeout)
        self._thread = self._status = self._reading = None

    # In the page's thread

    def _serve(
        self, stop: threading.Event, started: threading.Event, changed: threading.Event
    ) -> None:
        port = 0
        try:
            from ...web import app  # imported here, because that takes seconds on a small box
            from ...web.status import RunStatus

            reading = self._reading
            if reading is None:
                return
            port = reading.config.monitoring_port
            status = RunStatus(reading.config, self._clock, reading.mistakes)
            server = app.PageServer(status, self._controls())
            with server:
                self._show(reading, status, started)
                self._set_error(None)
                log.info("the page is served on port %d", port)
                while True:
                    changed.wait()
                    changed.clear()
                    if stop.is_set():
                        break
                    reading = self._reading
                    if reading is not None:
                        status = RunStatus(reading.config, self._clock, reading.mistakes)
                        server.show(status)
                        self._show(reading, status, started)
        except OSError as error:
            self._set_error(PortInUse(port, error))
        except GrabError as error:
            self._set_error(error)
        except Exception:  # a bug: the service goes on without the page
            log.exception("the page ended by a bug")
        finally:
            started.set()

    def _show(self, reading: Reading, status: "RunStatus", started: threading.Event) -> None:
        self._status = status
        status.next_run = self._next_run  # in this order, or a change of it is lost
        with self._guard:
            if reading is self._reading:  # else the next one is about to be shown
                started.set()

    def _controls(self) -> "Controls":
        from ...web.app import Controls
        from ...web.sessions import Sessions, kept_code
        from ..keeper import AddonKeeper

        keeper = AddonKeeper()
        folder = keeper.read().config.data_dir

        def code() -> str:
            return kept_code(folder, self._clock.now())

        def ask() -> None:
            log.info("The page asks for its code")  # which no log has: people publish Kodi's
            notifications.show(localize("page_code", code=code()))

        def run_now() -> None:
            tell_service(RUN_NOW)

        self._sessions = self._sessions or Sessions(code, ask, self._clock)
        keeper.changed = run_now
        return Controls(keeper, self._sessions, run_now, moves_by_itself=True)

    def _set_error(self, error: Optional[GrabError]) -> None:
        """Save why the page is not served, and tell the user if that is new; None = it is."""
        text = describe_error(error) if error else ""
        if error:
            log.warning("The page is not served: %s", error)
        if text == self._state_file.read().page_error:
            return
        self._state_file.update(page_error=text)
        if text:
            notifications.show(text)


def _address(reading: Optional[Reading]) -> Any:
    config = reading and reading.config
    return config and (config.monitoring_host, config.monitoring_port, config.monitoring_names)


def _said(reading: Optional[Reading]) -> object:
    return reading and reading.said
