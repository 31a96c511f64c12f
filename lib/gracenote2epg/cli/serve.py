"""``--serve``: stay, grab on a schedule, and serve the page and the guide."""

import logging
import sys
import threading
from typing import Optional

from ..clock import HOUR, Clock
from ..config.settings import Config
from ..errors import (
    ChannelError,
    GrabError,
    Incomplete,
    LineupNotFound,
    NotConfigured,
    PortInUse,
    SettingError,
    SourceError,
    Stopped,
)
from ..grab import schedule
from ..web.status import RunStatus
from . import grabber, progress, signals, tables
from .stdio import print_err, print_out

log = logging.getLogger(__name__)


def serve(settings: Config, clock: Clock) -> int:
    """Until a signal comes; return the exit code."""
    status = RunStatus(settings, clock)
    if status.notice:
        print_err(status.notice)
    try:
        server = status.server()
    except OSError as error:
        raise PortInUse(settings.monitoring_port, str(error.strerror)) from error
    when = schedule.Schedule(settings.interval * HOUR, status.installation, own_minute=True)
    with signals.stop_on_signal() as stop, server:
        if not settings.quiet:
            print_out(
                f"Serving http://{settings.monitoring_host}:{server.port}/ and /guide.xml there."
            )
        while not stop.is_set():
            failure = _run(settings, status, stop)
            ended_at = clock.now()
            # Hours that the source does not have are no reason to ask for all again in an hour.
            failed = failure is not None and not isinstance(failure, Incomplete)
            status.next_run = schedule.next_run(when, ended_at, failed, ended_at)
            if failure:
                _tell(failure, status.next_run)
            # In steps: Windows notices no Ctrl-C in a long wait, and the clock may be set.
            while not clock.wait(stop, 1.0):
                now = clock.now()
                if schedule.next_run(when, ended_at, failed, now) <= now:
                    break
    return 0


def _run(settings: Config, status: RunStatus, stop: threading.Event) -> Optional[GrabError]:
    """One run; what it failed of. Raises what time does not mend."""
    try:
        with progress.progress_display(settings, sys.stderr) as view:
            report = status.run(stop, view)
        grabber.deliver(settings, report.path)
        if not settings.quiet:
            print_out(tables.format_report(report))
    except Stopped:
        pass
    except (SettingError, NotConfigured, ChannelError):
        raise
    except LineupNotFound as error:
        if not status.document()["guide"]:
            raise
        return error  # it did know it: the source may be wrong for now, and the page is needed
    except GrabError as error:
        return error
    return None


def _tell(error: GrabError, next_run: float) -> None:
    if isinstance(error, SourceError):
        error.next_try = next_run
    log.error("%s", error)
    print_err(str(error))
