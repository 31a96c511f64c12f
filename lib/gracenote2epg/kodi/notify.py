"""What the service shows by itself: a bar while a run is under way, a word when the user can
help."""

import logging
from typing import TYPE_CHECKING, Any, Callable, Tuple

import xbmc
import xbmcgui

from ..clock import Clock
from ..errors import (
    ChannelError,
    DataError,
    EmptyGuide,
    GrabError,
    Incomplete,
    MissingModule,
    NoLineup,
    OutputError,
    PlayerError,
    SettingError,
    SourceError,
    WorseGuide,
)
from .schedule import DAY
from .words import failure, moment, say

if TYPE_CHECKING:
    from ..downloader.monitor import Statistics

log = logging.getLogger(__name__)

# Failures that only the user can end; all others pass, or are the source's.
USERS_TURN = (
    SettingError,
    ChannelError,
    NoLineup,
    EmptyGuide,
    OutputError,
    DataError,
    PlayerError,
    MissingModule,
)
LONG = 3.0  # seconds after which a run shows its bar by itself
EVERY = 1.0  # seconds between two changes of the bar
PROPERTY = "gracenote2epg.run"  # of the home window, for skins: what the run does
HOME = 10000  # the home window


def playing() -> bool:
    """Whether Kodi plays something."""
    return bool(xbmc.Player().isPlaying())


def watched() -> bool:
    """Whether Kodi plays or records something."""
    return playing() or bool(xbmc.getCondVisibility("PVR.IsRecording"))


class Steady:
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
        self.wanted, self.listen = at_once, Steady(self._show, clock)
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
    if seen.wall:
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


def what_to_tell(error: GrabError, guide_end: float, now: float, retry: float) -> str:
    """The words for a failure when the user has something to do, "" when it is not so.

    A source that refuses or cannot be reached is the user's matter once the guide is about to
    end, and hours that it lacks are when those are all. guide_end: 0.0 = there is no guide.
    """
    if isinstance(error, USERS_TURN):
        return failure(error)
    passing = (SourceError, WorseGuide) if guide_end else (SourceError, WorseGuide, Incomplete)
    if guide_end > now + DAY or not isinstance(error, passing):
        return ""
    name, why = "guide_ends" if guide_end > now else "guide_ended", failure(error)
    if isinstance(error, SourceError) and error.since:
        why = say("since", why=why, at=moment(error.since, now))
    return say(name, at=moment(guide_end, now), why=why, next=moment(retry, now))


def tell(text: str) -> None:
    xbmcgui.Dialog().notification(say("title"), text, xbmcgui.NOTIFICATION_WARNING, 10000)
