"""The progress of a run, in the corner of the screen."""

from typing import TYPE_CHECKING, Any, Callable, Tuple

import xbmcgui

from ...clock import Clock
from ..ids import HOME_WINDOW, RUN_PROPERTY
from ..strings import localize
from .notifications import is_playing

if TYPE_CHECKING:
    from ...downloader.monitor import Statistics

SHOW_AFTER = 3.0  # seconds after which a scheduled run shows its bar
UPDATE_INTERVAL = 1.0  # seconds


class Throttled:
    """A run's listener that shows its progress: not too often, and never backwards."""

    def __init__(self, show: Callable[[int, str], None], clock: Clock) -> None:
        self._show, self._clock, self._percent = show, clock, 0
        self._shown_at = clock.monotonic() - UPDATE_INTERVAL

    def __call__(self, statistics: "Statistics") -> None:
        now = self._clock.monotonic()
        if now - self._shown_at < UPDATE_INTERVAL:
            return
        self._shown_at = now
        percent, text = progress(statistics)
        self._percent = max(percent, self._percent)  # the guide is also written half-way
        self._show(self._percent, text)


class Bar:
    """The bar of a run: at once if the user asked for it, else once it takes long and nothing
    plays. Used in the run's thread."""

    def __init__(self, at_once: bool, clock: Clock) -> None:
        self.at_once, self.listener = at_once, Throttled(self._show, clock)
        self._clock, self._started_at = clock, clock.monotonic()
        self._dialog: Any = None

    def _show(self, percent: int, text: str) -> None:
        xbmcgui.Window(HOME_WINDOW).setProperty(RUN_PROPERTY, f"{text} ({percent} %)")
        is_long = self._clock.monotonic() - self._started_at > SHOW_AFTER
        if self._dialog is None and (self.at_once or (is_long and not is_playing())):
            self._dialog = xbmcgui.DialogProgressBG()
            self._dialog.create(localize("title"), text)
        if self._dialog is not None:
            self._dialog.update(percent, localize("title"), text)

    def close(self) -> None:
        xbmcgui.Window(HOME_WINDOW).clearProperty(RUN_PROPERTY)
        if self._dialog is not None:
            self._dialog.close()


def progress(statistics: "Statistics") -> Tuple[int, str]:
    """How far a run is, in per cent, and what it is doing."""
    if statistics.breaker_reason and statistics.probe_at:
        return 0, localize("phase_waiting")
    if statistics.phase == "details":
        return _part(60, 35, "phase_details", statistics.series)
    if statistics.phase == "writing":
        return 60, localize("phase_writing")
    if statistics.phase == "guide":
        return _part(0, 60, "phase_guide", statistics.guide)
    return 0, localize("phase_lineup")


def _part(start: int, width: int, name: str, statistics: Any) -> Tuple[int, str]:
    """A phase that takes ``width`` per cent from ``start`` on. statistics: of its type of tasks."""
    if not statistics.tasks:
        return start, localize(name, of="")
    percent = start + width * statistics.done // statistics.tasks
    return percent, localize(name, of=f"{statistics.done}/{statistics.tasks}")
