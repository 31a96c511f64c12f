"""The scheduler: decides when a run begins and when it yields; stops everything when Kodi quits.

It lives in the service's main thread, which otherwise only waits. A run has its own thread, and so
has the page. The add-on's script, which is another interpreter, sends notifications.
"""

import contextlib
import logging
from typing import Any, Callable, Optional, Tuple

from ...clock import DAY, HOUR, Clock
from .. import messages
from ..addon_settings import Settings, read
from ..ids import MAX_WAIT
from ..log import kodi_log
from ..state_file import StateFile
from . import notifications
from .run import Run, RunContext
from .web_page import WebPage

log = logging.getLogger(__name__)

FIRST, ANOTHER, STARTED, DUE = (
    "the first guide",
    "the settings have changed",
    "Kodi has started",
    "it is due",
)
MAX_SPREAD = 60  # seconds that STARTED and DUE wait at Kodi's start: after a power cut all are due
POSTPONED_FOR = 600.0  # seconds until the next check while Kodi plays or records
RECENT = HOUR / 2  # seconds after a run in which Kodi's start begins no other
MAX_PAUSE = HOUR  # seconds, after which a script that sends no "resume" is assumed to have ended
JOIN_TIMEOUT = 4.0  # seconds for threads to end; Kodi kills us after 5, and they take less than 1


class RunScheduler:
    """backend: the module of that name, or a stand-in. collect: collects garbage after a run."""

    def __init__(
        self, clock: Clock, backend: Any, kodi_just_started: bool, collect: Callable[[], object]
    ) -> None:
        self._closing = contextlib.ExitStack()
        self._log = self._closing.enter_context(kodi_log())
        self._clock = clock
        self._state_file = StateFile(read().profile, clock)
        self._page = WebPage(clock, self._state_file)
        self._context = RunContext(
            backend, self._state_file, clock, self._page.status, self._set_next_run, collect
        )
        self._current: Optional[Run] = None
        self._kodi_just_started = self._first_tick = kodi_just_started
        self._paused_until = 0.0
        self._postponed_since: Optional[float] = None

    def tick(self, delay: float = 0.0, woke: bool = False) -> float:
        """Start a run if one is due; return seconds until the next check (> 0).

        A run in progress needs no check: the next one is due an hour after its end at the earliest,
        and no wait is longer. delay: seconds until the network is there; no run begins sooner.
        woke: a run in progress starts again, because its connections have not survived the
        machine's sleep.
        """
        settings = read()
        first_tick = self._first_tick
        self._first_tick = first_tick and delay > 0
        self._log.apply(settings)
        run = self._active_run()
        if run and run.fingerprint != settings.fingerprint:
            run.stop()
            run = None
        elif run and woke and (run.by_user or not self._must_wait(settings, self._clock.now())):
            self._start(settings, run.reason, run.by_user, delay)
        elif run and woke:
            run.stop()
            run = None
        self._page.apply(settings, run_in_progress=run is not None)
        now = self._clock.now()
        if run or now < self._paused_until or not settings.configured:
            return MAX_WAIT
        at, reason = self._next_run(settings, now)
        if at > now:
            self._postponed_since = None
            self._set_next_run(at)
            return min(max(at - now, 1.0), MAX_WAIT)
        if delay:
            return delay
        if self._must_wait(settings, now):
            return POSTPONED_FOR
        if first_tick and reason in (STARTED, DUE):
            return max(1.0, self._state_file.read().installation_id % MAX_SPREAD)
        self._start(settings, reason)
        return MAX_WAIT

    def handle(self, message: str) -> None:
        """Handle a message of the script, a skin or the user; a tick follows."""
        if message == messages.PAUSE:
            self._paused_until = self._clock.now() + MAX_PAUSE
            if self._current is not None:
                self._current.stop()
        elif message == messages.RESUME:
            self._paused_until = 0.0
        elif message == messages.RUN_NOW:
            log.info("%s: asked for", message)
            self._run_now()
        elif message in messages.SCRIPT_ACTIONS:
            messages.start_script(message)
        else:
            log.warning("%s is not an action", message)

    def pause_for_playback(self) -> None:
        """Playback begins: stop a run that can wait; it continues later."""
        run = self._active_run()
        if run and run.yields and read().is_on("not_while_playing"):
            run.stop()

    def close(self) -> None:
        """Stop the run and the page, and wait up to JOIN_TIMEOUT for their threads."""
        if self._current is not None:
            self._current.stop()
        deadline = self._clock.monotonic() + JOIN_TIMEOUT
        self._page.close(JOIN_TIMEOUT)
        if self._current is not None:
            self._current.join(max(0.1, deadline - self._clock.monotonic()))
        self._closing.close()

    def _next_run(self, settings: Settings, now: float) -> Tuple[float, str]:
        """When the next run is due, and why."""
        state = self._state_file.read()
        last = state.last
        if last is None:
            return now, FIRST
        if last.fingerprint != settings.fingerprint:
            return now, ANOTHER
        at_start = self._kodi_just_started and settings.is_on("at_start")
        if at_start and now - last.ended_at > RECENT:
            return now, STARTED
        self._kodi_just_started = False
        return settings.next_run(state, now), DUE

    def _set_next_run(self, at: float) -> None:
        """Save and show when the next run is due; in the main thread, or that of a run."""
        self._state_file.save_next_run(at)
        self._page.set_next_run(at)

    def _must_wait(self, settings: Settings, now: float) -> bool:
        """Whether playback or a recording comes first; for a day at most, because some Kodis never
        stop."""
        if not (settings.is_on("not_while_playing") and notifications.is_playing_or_recording()):
            self._postponed_since = None
            return False
        if self._postponed_since is None:
            log.info("the run waits: Kodi plays or records")
            self._postponed_since = now
        return now - self._postponed_since < DAY

    def _active_run(self) -> Optional[Run]:
        """The run, unless it was stopped: the next one can be started before it has ended."""
        return self._current if self._current is not None and self._current.active else None

    def _run_now(self) -> None:
        settings = read()
        self._log.apply(settings)
        self._paused_until = 0.0
        run = self._active_run()
        if not settings.configured:
            messages.start_script(messages.SET_UP)
        elif run and run.fingerprint == settings.fingerprint:
            run.show()
        else:
            self._start(settings, "asked for", by_user=True)

    def _start(
        self, settings: Settings, reason: str, by_user: bool = False, delay: float = 0.0
    ) -> None:
        """Start a run; it replaces the one in progress."""
        self._kodi_just_started, self._postponed_since = False, None
        if self._current is not None:
            self._current.stop()
        self._page.apply(settings)
        self._current = Run(self._context, settings, reason, by_user, delay, self._current)
