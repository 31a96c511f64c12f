"""The keeper: decides when a run begins and when it gives way, and ends all at Kodi's end.

It lives in the service's main thread, which does nothing else but wait. A run has a thread of its
own, and so has the page. The add-on's script, which is another interpreter, tells it by
notifications what the user wants.
"""

import contextlib
import logging
from typing import Any, Callable, Optional, Tuple

from ...clock import DAY, HOUR, Clock
from ..addon_settings import Settings, read
from ..ids import LONGEST
from ..log import to_kodi
from ..messages import BY_SCRIPT, PAUSE, RESUME, RUN_NOW, SET_UP, start_script
from ..state_file import StateFile
from ..timing import due
from . import notifications
from .run import Run, RunContext
from .web_page import WebPage

log = logging.getLogger(__name__)


FIRST, ANOTHER, STARTED, DUE = (
    "the first guide",
    "another guide is wanted",
    "Kodi has started",
    "it is due",
)
WAITED_FOR_BY_NOBODY = (STARTED, DUE)
SPREAD = 60  # seconds that these wait at most, at Kodi's start: after a power cut all are due
POSTPONED = 600.0  # seconds until the next look while something plays or records
RECENT = HOUR / 2  # a run at Kodi's start is left out so soon after another
HELD = HOUR  # a dialogue that says no more than "hold" is over by then
PATIENCE = 4.0  # seconds for threads to end; Kodi kills us after 5, and they take less than 1


class RunScheduler:
    """engine: the module of that name, or what stands for it. fresh: Kodi has just started.

    collect: takes away garbage after a run.
    """

    def __init__(
        self, clock: Clock, engine: Any, fresh: bool, collect: Callable[[], object]
    ) -> None:
        self._closing = contextlib.ExitStack()
        self._log = self._closing.enter_context(to_kodi())
        self._clock = clock
        self._page = WebPage(clock)
        self._memory = StateFile(read().profile, clock)
        self._around = RunContext(
            engine, self._memory, clock, self._page.status, self._plan, collect
        )
        self._current: Optional[Run] = None
        self._fresh = self._first_look = fresh
        self._held_until = 0.0
        self._postponed: Optional[float] = None  # since when

    def look(self, pause: float = 0.0) -> float:
        """Start a run if one is due; return the seconds until the next look, never 0.

        A run needs no watching: what follows it is due an hour after its end at the earliest, and
        no wait is longer. pause: seconds that a run is to wait for the network; one that is under
        way begins anew, because its connections did not outlive the machine's sleep.
        """
        settings = read()
        first_look, self._first_look = self._first_look, False
        self._log.obey(settings)
        run = self._under_way()
        if run and run.asked != settings.asked:
            run.stop()  # of a guide that nobody wants any more
            run = None
        elif run and pause:
            self._start(settings, run.why, run.by_user, pause)
        self._page.follow(settings, shows_run=run is not None)
        now = self._clock.now()
        if run or now < self._held_until or not settings.chosen:
            return LONGEST
        at, why = self._next(settings, now)
        if at > now:
            self._postponed = None
            self._plan(at)
            return min(max(at - now, 1.0), LONGEST)
        if self._must_wait(settings, now):
            return POSTPONED
        if first_look and why in WAITED_FOR_BY_NOBODY:
            return max(1.0, self._memory.now().own % SPREAD)
        self._start(settings, why, pause=pause)
        return LONGEST

    def act(self, word: str) -> None:
        """Do what the user or the script asks for."""
        if word == PAUSE:
            self._held_until = self._clock.now() + HELD
            if self._current is not None:
                self._current.stop()
        elif word == RESUME:
            self._held_until = 0.0
            self.look()
        elif word == RUN_NOW:
            log.info("%s: asked for", word)
            self._run_now()
        elif word in BY_SCRIPT:
            start_script(word)
        else:
            log.warning("%s is no action", word)

    def give_way(self) -> None:
        """Something begins to play: a run that need not be now goes on later."""
        run = self._under_way()
        if run and run.gives_way and read().not_while_playing:
            run.stop()

    def end(self) -> None:
        """End all; then no thread is left."""
        if self._current is not None:
            self._current.stop()
        give_up = self._clock.monotonic() + PATIENCE
        self._page.close(PATIENCE)
        if self._current is not None:
            self._current.join(max(0.1, give_up - self._clock.monotonic()))
        self._closing.close()

    # Deciding

    def _next(self, settings: Settings, now: float) -> Tuple[float, str]:
        """When the next run is due, and why."""
        state = self._memory.now()
        last = state.last
        if last is None:
            return now, FIRST
        if last.asked != settings.asked:
            return now, ANOTHER
        if self._fresh and settings.at_start and now - last.at > RECENT:
            return now, STARTED
        self._fresh = False
        return due(last, settings.asked, settings.schedule(state.own), now), DUE

    def _plan(self, at: float) -> None:
        """Remember when the next run begins, and show it; in the main thread, or that of a run."""
        self._memory.plan(at)
        self._page.plan(at)

    def _must_wait(self, settings: Settings, now: float) -> bool:
        """Whether what plays or records comes first; for a day at the most, or some would never
        get a guide."""
        if not (settings.not_while_playing and notifications.watched()):
            self._postponed = None
            return False
        if self._postponed is None:
            log.info("the run waits: something plays or records")
            self._postponed = now
        return now - self._postponed < DAY

    # Acting

    def _under_way(self) -> Optional[Run]:
        """The run, unless it was told to stop: the next one need not be put off until it does."""
        run = self._current
        return run if run is not None and run.goes_on else None

    def _run_now(self) -> None:
        settings = read()
        self._log.obey(settings)
        self._held_until = 0.0
        run = self._under_way()
        if not settings.chosen:
            start_script(SET_UP)
        elif run and run.asked == settings.asked:
            run.show()
        else:
            self._start(settings, "asked for", by_user=True)

    def _start(
        self, settings: Settings, why: str, by_user: bool = False, pause: float = 0.0
    ) -> None:
        """Start a run in place of the one that there may be."""
        self._fresh, self._postponed = False, None
        if self._current is not None:
            self._current.stop()
        self._page.follow(settings)
        self._current = Run(self._around, settings, why, by_user, pause, after=self._current)
