"""``--serve``: grab on a schedule, and serve the page and the guide."""

import functools
import logging
import sys
import threading
import time
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

# Seconds until a run is tried again while there is neither a guide nor a network: after a power cut
# this machine may be up before the router.
FIRST_RETRIES = (60, 120, 300, 600)


def serve(settings: Config, clock: Clock) -> int:
    """Serve until a signal comes, whatever is missing; return the exit code. Raises PortInUse, and
    what opening the store raises."""
    status = RunStatus(settings, clock)
    if status.notice:
        print_err(status.notice)
    try:
        server = app.server(status)
    except OSError as error:
        raise errors.PortInUse(settings.monitoring_port, str(error.strerror)) from error
    if time.localtime(clock.now()).tm_gmtoff == 0:
        print_err("The time zone here is UTC: set TZ, for example to America/New_York.")
    unreachable = 0
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
            retry_after = schedule.RETRY_AFTER
            if isinstance(failure, errors.SourceUnreachable) and not status.has_guide:
                retry_after = FIRST_RETRIES[min(unreachable, len(FIRST_RETRIES) - 1)]
                unreachable += 1
            plan = schedule.Schedule(settings.interval * HOUR, status.installation, own_minute=True)
            next_run = functools.partial(
                schedule.next_run, plan, ended_at, failed, retry_after=retry_after
            )
            status.next_run = next_run(now=ended_at)
            if isinstance(failure, errors.SourceError):
                failure.next_try = status.next_run
            if failure:
                log.error("%s", failure)
                print_err(str(failure))
            # In steps: Windows delivers no Ctrl-C in a long wait, and the clock may be set.
            while not clock.wait(stop, 1.0):
                now = clock.now()
                if next_run(now=now) <= now:
                    break
    return 0


def _run(settings: Config, status: RunStatus, stop: threading.Event) -> Optional[errors.GrabError]:
    """One run; return its error."""
    try:
        with progress.progress_display(settings, sys.stderr, status.clock) as show:
            report = status.run(stop, show)
        grabber.deliver(settings, report.path)
        if not settings.quiet:
            print_out(tables.format_report(report))
    except errors.Stopped:
        pass
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
