"""What the service shows by itself: a bar while a run is under way, a word when the user can
help."""

import logging

import xbmc
import xbmcgui

from ...clock import DAY
from ...errors import (
    ChannelError,
    EmptyGuide,
    GrabError,
    Incomplete,
    InputFileError,
    LineupNotFound,
    MissingDependency,
    OutputError,
    PlayerError,
    SettingError,
    SourceError,
    WorseGuide,
)
from ..strings import failure, moment, say

log = logging.getLogger(__name__)


# Failures that only the user can end; all others pass, or are the source's.
USERS_TURN = (
    SettingError,
    ChannelError,
    LineupNotFound,
    EmptyGuide,
    OutputError,
    InputFileError,
    PlayerError,
    MissingDependency,
)


def playing() -> bool:
    """Whether Kodi plays something."""
    return bool(xbmc.Player().isPlaying())


def watched() -> bool:
    """Whether Kodi plays or records something."""
    return playing() or bool(xbmc.getCondVisibility("PVR.IsRecording"))


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
