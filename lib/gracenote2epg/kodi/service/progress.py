"""The progress of a run, in the corner of the screen."""

from typing import TYPE_CHECKING, Any, Callable, Tuple

import xbmcgui

from ...clock import Clock
from ..ids import HOME, PROPERTY
from ..strings import say
from .notifications import playing

if TYPE_CHECKING:
    from ...downloader.monitor import Statistics

LONG = 3.0  # seconds after which a run shows its bar by itself
EVERY = 1.0  # seconds between two changes of the bar


class Throttled:
    """Listens to a run and shows its progress: not too often, and never backwards."""

    def __init__(self, show: Callable[[int, str], None], clock: Clock) -> None:
        self._show, self._clock, self._percent = show, clock, 0
        self._last = clock.monotonic() - EVERY

    def __call__(self, seen: "Statistics") -> None:
        now = self._clock.monotonic()
        if now - self._last < EVERY:
            return
        self._last = now
        percent, text = progress(seen)
        self._percent = max(percent, self._percent)  # the guide is written in the middle, too
        self._show(self._percent, text)


class Bar:
    """The progress of a run, in the corner of the screen. Used in the run's thread.

    It is there at once when the user asked for the run, and by and by when the run takes longer
    and nothing plays.
    """

    def __init__(self, at_once: bool, clock: Clock) -> None:
        self.wanted, self.listen = at_once, Throttled(self._show, clock)
        self._clock, self._began = clock, clock.monotonic()
        self._dialog: Any = None

    def _show(self, percent: int, text: str) -> None:
        xbmcgui.Window(HOME).setProperty(PROPERTY, f"{text} ({percent} %)")
        late = self._clock.monotonic() - self._began > LONG
        if self._dialog is None and (self.wanted or (late and not playing())):
            self._dialog = xbmcgui.DialogProgressBG()
            self._dialog.create(say("title"), text)
        if self._dialog is not None:
            self._dialog.update(percent, say("title"), text)

    def close(self) -> None:
        xbmcgui.Window(HOME).clearProperty(PROPERTY)
        if self._dialog is not None:
            self._dialog.close()


def progress(seen: "Statistics") -> Tuple[int, str]:
    """How far a run is, per cent, and what it does."""
    if seen.breaker_reason:
        return 0, say("phase_wall")
    if seen.phase == "details":
        return 60 + _part(35, seen.series), say("phase_details", of=_of(seen.series))
    if seen.phase == "writing":
        return 60, say("phase_writing")
    if seen.phase == "guide":
        return _part(60, seen.guide), say("phase_guide", of=_of(seen.guide))
    return 0, say("phase_lineup")


def _part(whole: int, own: Any) -> int:
    return whole * own.done // own.tasks if own.tasks else 0


def _of(own: Any) -> str:
    return f"{own.done}/{own.tasks}" if own.tasks else ""
