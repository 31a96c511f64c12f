"""Notifications: which failures the user is told of, and how."""

import xbmc
import xbmcgui

from ... import errors
from ...clock import DAY
from ...errors import GrabError
from ..strings import day_and_time, describe_error, localize

# Failures that only the user can end; all others end by themselves, or are the source's.
NEED_THE_USER = (
    errors.SettingError,
    errors.ChannelError,
    errors.LineupNotFound,
    errors.EmptyGuide,
    errors.OutputError,
    errors.InputFileError,
    errors.PlayerError,
    errors.MissingDependency,
)


def is_playing() -> bool:
    return bool(xbmc.Player().isPlaying())


def is_playing_or_recording() -> bool:
    return is_playing() or bool(xbmc.getCondVisibility("PVR.IsRecording"))


def text_for(error: GrabError, guide_end: float, now: float, next_try: float) -> str:
    """The text about a failure if the user should know of it; "" = no notification.

    A source that refuses or cannot be reached matters once the guide is about to end; missing
    hours matter when there is no guide at all. Times are seconds since the epoch. guide_end: 0.0 =
    there is no guide.
    """
    if isinstance(error, NEED_THE_USER):
        return describe_error(error)
    temporary = (errors.SourceError, errors.WorseGuide, *([] if guide_end else [errors.Incomplete]))
    if guide_end > now + DAY or not isinstance(error, temporary):
        return ""
    name = "guide_ends" if guide_end > now else "guide_ended"
    why = describe_error(error)
    if isinstance(error, errors.SourceError) and error.since:
        why = localize("since", why=why, at=day_and_time(error.since, now))
    at, next_at = day_and_time(guide_end, now), day_and_time(next_try, now)
    return localize(name, at=at, why=why, next=next_at)


def show(text: str) -> None:
    """Show the text in a corner of the screen for ten seconds."""
    title, icon = localize("title"), xbmcgui.NOTIFICATION_WARNING
    xbmcgui.Dialog().notification(title, text, icon, 10000)
