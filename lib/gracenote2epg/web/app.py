"""A run with the page served meanwhile."""

import contextlib
import threading
from typing import Callable

from ..clock import Clock
from ..config.settings import Config
from ..grab import run as grab_run
from .status import RunStatus


def run_watched(
    config: Config,
    stop: threading.Event,
    listen: grab_run.Listener,
    say: Callable[[str], None],
    clock: Clock,
) -> grab_run.RunReport:
    """One run with the page served meanwhile; a port that is taken is said, and the run goes on.

    Raises as ``grab.run`` does.
    """
    status = RunStatus(config, clock)
    if status.notice:
        say(status.notice)
    with contextlib.ExitStack() as closing:
        try:
            closing.enter_context(status.server())
        except OSError as error:
            say(
                f"The page is not served: port {config.monitoring_port} cannot be had"
                f" ({error.strerror}). Set monitoring_port to a free one."
            )
        return status.run(stop, listen)
