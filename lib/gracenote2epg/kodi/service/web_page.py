"""The page of the statistics, for as long as the service lives and the user wants it."""

import logging
import threading
from typing import TYPE_CHECKING, Any, Optional

from ...clock import Clock
from ...config.settings import Config
from ...errors import GrabError, PortInUse, SettingError
from ..addon_settings import Settings

if TYPE_CHECKING:
    from ...web.status import RunStatus


log = logging.getLogger(__name__)


SETTLES = 30.0  # seconds in which the page is there even on a small box, or will not be


class WebPage:
    """Served in a thread of its own, which does nothing but wait for its end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.next_run = 0.0  # seconds since the epoch
        self._config: Optional[Config] = None
        self._status: Optional[RunStatus] = None
        self._thread: Optional[threading.Thread] = None
        self._stop, self._settled = threading.Event(), threading.Event()

    def follow(self, settings: Settings, shows_run: bool = False) -> None:
        """Serve what the settings want from now on, or nothing; a port that was taken again.

        shows_run: a run is under way, and the page goes on to show it unless it has to move.
        """
        config = _wanted(settings)
        alive = self._thread is not None and self._thread.is_alive()
        same = config == self._config or (shows_run and _place(config) == _place(self._config))
        if same and alive == (config is not None):
            return
        self.close()
        self._config = config
        if config is not None:
            self._stop, self._settled = threading.Event(), threading.Event()
            given = (config, self._stop, self._settled)
            self._thread = threading.Thread(target=self._serve, args=given, name="page")
            self._thread.start()

    def status(self, config: Config) -> "Optional[RunStatus]":
        """Where a run of this configuration shows itself; None = nowhere. For the run's thread: it
        waits until the page is there, or cannot be."""
        if config != self._config:
            return None
        self._settled.wait(SETTLES)
        return self._status

    def plan(self, at: float) -> None:
        """Show when the next run begins."""
        self.next_run = at
        status = self._status
        if status is not None:
            status.next_run = at

    def close(self, patience: float = 5.0) -> None:
        self._stop.set()
        self._settled.set()
        if self._thread is not None:
            self._thread.join(patience)
        self._thread = self._status = self._config = None

    # In the page's thread

    def _serve(self, config: Config, stop: threading.Event, settled: threading.Event) -> None:
        try:
            from ...web.status import (
                RunStatus,  # only now, and here: it takes seconds on a small box
            )

            status = RunStatus(config, self._clock)
            with status.server():
                self._status = status
                status.next_run = self.next_run  # after that: what is planned now finds it
                settled.set()
                log.info("the page is served on port %d", config.monitoring_port)
                stop.wait()
        except OSError as error:
            log.warning("%s", PortInUse(config.monitoring_port, str(error.strerror)))
        except GrabError as error:
            log.warning("The page is not served: %s", error)
        except Exception:  # an edge: the service lives without the page
            log.exception("the page ended by a bug")
        finally:
            settled.set()


def _place(config: Optional[Config]) -> Any:
    return config and (config.monitoring_host, config.monitoring_port, config.monitoring_names)


def _wanted(settings: Settings) -> Optional[Config]:
    try:
        return settings.config() if settings.page else None
    except SettingError:  # the run says so
        return None
