"""The page with the statistics, served by the service as long as the user wants it."""

import logging
import threading
from typing import TYPE_CHECKING, Any, Optional

from ...clock import Clock
from ...config.settings import Config
from ...errors import GrabError, PortInUse, SettingError, os_error_text
from ..addon_settings import Settings
from ..state_file import StateFile
from ..strings import describe_error
from . import notifications

if TYPE_CHECKING:
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
        self._config: Optional[Config] = None
        self._status: Optional[RunStatus] = None
        self._thread: Optional[threading.Thread] = None
        self._stop, self._started = threading.Event(), threading.Event()

    def apply(self, settings: Settings, run_in_progress: bool = False) -> None:
        """Serve the page, or not, as the settings say; try again if the port was in use.

        run_in_progress: keep a page that shows it, unless its address changes.
        """
        config = _page_config(settings)
        alive = self._thread is not None and self._thread.is_alive()
        is_unchanged = config == self._config or (
            run_in_progress and _address(config) == _address(self._config)
        )
        if is_unchanged and alive == (config is not None):
            return
        self.close()
        self._config = config
        if config is None:
            self._set_error(None)
        else:
            self._stop, self._started = threading.Event(), threading.Event()
            arguments = (config, self._stop, self._started)
            self._thread = threading.Thread(target=self._serve, args=arguments, name="page")
            self._thread.start()

    def status(self, config: Config) -> "Optional[RunStatus]":
        """What the page shows of a run of this configuration; None = it does not.

        For the run's thread: it waits until the page has started or failed.
        """
        if config != self._config:
            return None
        self._started.wait(START_TIMEOUT)
        return self._status

    def set_next_run(self, at: float) -> None:
        self._next_run = at
        status = self._status
        if status is not None:
            status.next_run = at

    def close(self, timeout: float = 5.0) -> None:
        self._stop.set()
        self._started.set()
        if self._thread is not None:
            self._thread.join(timeout)
        self._thread = self._status = self._config = None

    # In the page's thread

    def _serve(self, config: Config, stop: threading.Event, started: threading.Event) -> None:
        try:
            from ...web import app  # imported here, because that takes seconds on a small box
            from ...web import status as web_status

            status = web_status.RunStatus(config, self._clock)
            with app.server(status):
                self._status = status
                status.next_run = self._next_run  # in this order, or a change of it is lost
                started.set()
                self._set_error(None)
                log.info("the page is served on port %d", config.monitoring_port)
                stop.wait()
        except OSError as error:
            self._set_error(PortInUse(config.monitoring_port, os_error_text(error)))
        except GrabError as error:
            self._set_error(error)
        except Exception:  # a bug: the service goes on without the page
            log.exception("the page ended by a bug")
        finally:
            started.set()

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


def _address(config: Optional[Config]) -> Any:
    return config and (config.monitoring_host, config.monitoring_port, config.monitoring_names)


def _page_config(settings: Settings) -> Optional[Config]:
    """The configuration of the page; None = no page."""
    try:
        return settings.config() if settings.serves_page else None
    except SettingError:  # the run reports it
        return None
