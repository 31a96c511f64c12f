"""One run, from its beginning to what is remembered and told of it."""

import contextlib
import gc
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional

from ...clock import DAY, Clock
from ...config.settings import Config
from ...errors import GrabError, Incomplete, MissingDependency, SourceError, Stopped
from .. import vfs
from ..addon_settings import Settings
from ..state_file import StateFile
from ..strings import failure, say
from ..timing import RETRY, LastRun, due
from . import notifications, progress

if TYPE_CHECKING:
    from ...downloader.monitor import Statistics


log = logging.getLogger(__name__)


class RunContext(NamedTuple):
    """What runs are made with. engine: the module of that name, or what stands for it.

    status: what the page shows of a run of that configuration. plan: takes when the next run
    begins, seconds since the epoch. collect: takes away garbage after a run.
    """

    engine: Any
    memory: StateFile
    clock: Clock
    status: Callable[[Config], Any]
    plan: Callable[[float], None]
    collect: Callable[[], object] = gc.collect


def once(
    around: RunContext,
    settings: Settings,
    stop: threading.Event,
    listen: "Callable[[Statistics], None]",
    anew: bool = True,
) -> Optional[GrabError]:
    """Grab, copy the guide where it shall go, remember how it ended; return the failure.

    anew: grab even where only the copy failed the last time. A run that was stopped is not
    remembered: it is still due. Raises what is no GrabError.
    """
    error: Optional[GrabError] = None
    made = 0.0 if anew else _made(around, settings)
    if not made:
        error = _failure(around, lambda: _grab(around, settings, stop, listen))
        # Hours that the source does not have are no reason to ask for all again in an hour, unless
        # there is no guide yet.
        lacks_hours = isinstance(error, Incomplete) and os.path.exists(settings.config().output)
        made = around.clock.now() if error is None or lacks_hours else 0.0
    uncopied = None
    if not isinstance(error, Stopped):  # one that failed may have published, too
        uncopied = _failure(around, lambda: _copy(around.memory, settings, stop))
    error = uncopied or error
    if isinstance(error, Stopped) or (error and stop.is_set()):
        log.info("stopped; the next run goes on from here")
        return Stopped()
    passes = made and not uncopied
    last = LastRun(around.clock.now(), "" if passes else str(error), settings.asked, made)
    state = around.memory.now()
    around.memory.keep(last=last, told="" if passes else state.told)
    around.plan(due(last, last.asked, settings.schedule(state.own), last.at))
    return error


def _made(around: RunContext, settings: Settings) -> float:
    """When the guide was made that the last run could not copy; 0.0 = there is none, or it is old.

    A share that is off is no reason to ask the source every hour.
    """
    now, state = around.clock.now(), around.memory.now()
    last, interval = state.last, settings.schedule(state.own).interval
    if last and last.error and last.asked == settings.asked and 0 <= now - last.made < interval:
        return last.made
    return 0.0


def _failure(around: RunContext, do: Callable[[], None]) -> Optional[GrabError]:
    """Do it, and return how it failed, which the log says then."""
    try:
        do()
    except Stopped as stopped:
        return stopped
    except GrabError as failure:
        if isinstance(failure, SourceError):
            failure.next_try = around.clock.now() + RETRY
        log.warning("%s", failure)
        return failure
    return None


def _grab(
    around: RunContext,
    settings: Settings,
    stop: threading.Event,
    listen: "Callable[[Statistics], None]",
) -> None:
    config = settings.config()
    try:
        said = around.engine.grab(config, stop, listen, around.status(config), around.clock)
    except ModuleNotFoundError as error:
        raise MissingDependency(error.name or "") from error
    log.info("the guide is updated: %s", said)


def _copy(memory: StateFile, settings: Settings, stop: threading.Event) -> None:
    """Copy the guide where Kodi alone can write, unless that one is there already."""
    address = settings.elsewhere
    path = settings.config().output if address else ""
    if not os.path.exists(path):
        return
    made = (address, os.path.getmtime(path))
    if memory.now().copied != made:
        vfs.copy(path, address, stop)
        memory.keep(copied=made)


class Run:
    """A run in a thread of its own.

    by_user: the user asked for it, so it neither gives way nor hides. gives_way: to what begins to
    play; one that has waited for a day does not. pause: seconds to wait first, as after sleep, when
    the network is not there yet. after: one that was told to stop, and is waited for: a name lookup
    or a share that is asleep may keep it for a while.
    """

    def __init__(
        self,
        around: RunContext,
        settings: Settings,
        why: str,
        by_user: bool,
        pause: float = 0.0,
        after: "Optional[Run]" = None,
    ) -> None:
        self.asked, self.why, self.by_user = settings.asked, why, by_user
        self._around, self._settings, self._pause, self._after = around, settings, pause, after
        self.gives_way = not by_user and not notifications.watched()
        self._stop = threading.Event()
        first = around.memory.now().last is None
        self._bar = progress.Bar(by_user or first, around.clock)
        self._thread = threading.Thread(target=self._go, name="grab")
        self._thread.start()

    @property
    def goes_on(self) -> bool:
        """Whether it is under way, and was not told to stop."""
        return self._thread.is_alive() and not self._stop.is_set()

    def show(self) -> None:
        """The user asked for what is under way."""
        self.by_user, self.gives_way, self._bar.wanted = True, False, True

    def stop(self) -> None:
        self._stop.set()

    def join(self, seconds: Optional[float] = None) -> None:
        """Wait for its end, and so for all that it comes after."""
        self._thread.join(seconds)

    # In the run's thread

    def _go(self) -> None:
        if self._after is not None:
            self._after.join()
            self._after = None
        if self._around.clock.wait(self._stop, self._pause):
            return
        log.info("a run begins: %s", self.why)
        try:
            error = once(
                self._around, self._settings, self._stop, self._bar.listen, anew=self.by_user
            )
            if error is not None and not isinstance(error, Stopped):
                self._tell(error)
        except Exception:  # the one edge: whatever it is, the service lives, and the log knows
            log.exception("the run ended by a bug; the guide is as it was")
            if not self._stop.is_set():  # else it is still due
                last = LastRun(self._around.clock.now(), "a bug", self._settings.asked)
                self._around.memory.keep(last=last)
                if self.by_user:
                    notifications.tell(say("bug"))
        finally:
            self._bar.close()
            _tidy(self._around.collect)

    def _tell(self, error: GrabError) -> None:
        """Tell the user what only the user can end; the same thing once, or once a day. Who asked
        for the run is told in any case."""
        now, memory = self._around.clock.now(), self._around.memory
        end = 0.0
        if not isinstance(error, notifications.USERS_TURN):
            end = self._around.engine.guide_end(self._settings.config(), self._around.clock)
        text = notifications.what_to_tell(error, end, now, now + RETRY)
        once_a_day = "" if isinstance(error, notifications.USERS_TURN) else f" {now // DAY:.0f}"
        key = f"{type(error).__name__}{once_a_day}: {error.what if not once_a_day else ''}"
        is_new = bool(text) and memory.now().told != key
        if is_new:
            memory.keep(told=key)
        if is_new or self.by_user:
            notifications.tell(text or failure(error))


def _tidy(collect: Callable[[], object]) -> None:
    """Give back what the run took: Kodi goes on for weeks, and nothing else here makes Python
    collect, or the C library return what is free."""
    collect()
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):  # not every C library can
            import ctypes

            ctypes.CDLL(None).malloc_trim(0)
