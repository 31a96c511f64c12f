"""``--serve``: grab on a schedule, and serve the page and the guide."""

import logging
import sys
import threading
from typing import Optional

from .. import errors
from ..clock import HOUR, Clock
from ..config.settings import Config
from ..grab import schedule
from ..web import app
from ..web.status import RunStatus
from . import grabber, progress, signals, tables
from .stdio import print_err, print_out

log = logging.getLogger(__name__)

_UNFIXABLE = (
    errors.SettingError,
    errors.NotConfigured,
    errors.ChannelError,
    errors.LineupNotFound,
)


def serve(settings: Config, clock: Clock) -> int:
    """Serve until a signal comes; return the exit code. Raises GrabError, such as PortInUse."""
    status = RunStatus(settings, clock)
    if status.notice:
        print_err(status.notice)
    try:
        server = app.server(status)
    except OSError as error:
        raise errors.PortInUse(settings.monitoring_port, str(error.strerror)) from error
    with signals.stop_on_signal() as stop, server:
        if not settings.quiet:
            print_out(
                f"Serving http://{settings.monitoring_host}:{server.port}/ and /guide.xml there."
            )
        while not stop.is_set():
            failure = _run(settings, status, stop)
            ended_at = clock.now()
            # Hours that the source does not list are no reason to retry everything in an hour.
            failed = failure is not None and not isinstance(failure, errors.Incomplete)
            plan = schedule.Schedule(settings.interval * HOUR, status.installation, own_minute=True)
            status.next_run = schedule.next_run(plan, ended_at, failed, ended_at)
            if isinstance(failure, errors.SourceError):
                failure.next_try = status.next_run
            if failure:
                log.error("%s", failure)
                print_err(str(failure))
            # In steps: Windows delivers no Ctrl-C in a long wait, and the clock may be set.
            while not clock.wait(stop, 1.0):
                now = clock.now()
                if schedule.next_run(plan, ended_at, failed, now) <= now:
                    break
    return 0


def _run(settings: Config, status: RunStatus, stop: threading.Event) -> Optional[errors.GrabError]:
    """One run; return its error. Raises the errors that a retry cannot fix, unless there is a guide
    to serve: what the settings name was there when that was made, and may come back."""
    try:
        with progress.progress_display(settings, sys.stderr) as show:
            report = status.run(stop, show)
        grabber.deliver(settings, report.path)
        if not settings.quiet:
            print_out(tables.format_report(report))
    except errors.Stopped:
        pass
    except _UNFIXABLE as error:
        if not status.document()["guide"]:
            raise
        return error
    except errors.GrabError as error:
        return error
    except (BrokenPipeError, ModuleNotFoundError):
        raise
    except Exception:  # a bug: the page and the guide are still of use
        log.exception("a bug")
        return errors.GrabError(
            "The run failed unexpectedly, by a bug",
            "Your guide is unchanged; please report the last lines of the log",
        )
    return None
