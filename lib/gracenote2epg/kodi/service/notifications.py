"""Notifications: which failures the user is told of, and how."""

import xbmc
import xbmcgui

from ... import errors
from ...clock import DAY, Clock
from ...errors import GrabError
from ..state_file import StateFile
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


MAX_HEADING = 23  # letters; what is wider than the corner scrolls by
MAX_LENGTH = 80  # characters; what is longer would be gone before it has scrolled by


def is_playing() -> bool:
    return bool(xbmc.Player().isPlaying())


def is_playing_or_recording() -> bool:
    return is_playing() or bool(xbmc.getCondVisibility("PVR.IsRecording"))


def text_for(error: GrabError, guide_end: float, now: float) -> str:
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
    return localize(name, at=day_and_time(guide_end, now), why=describe_error(error))


def tell_settings_lost(profile: str, clock: Clock) -> None:
    """Tell once that nothing is left to download, as after Kodi's file was cut off."""
    state_file = StateFile(profile, clock)
    if state_file.read().last_notice != "settings_lost":
        state_file.update(last_notice="settings_lost")
        show(localize("settings_lost"))


def show(text: str) -> None:
    """Show the text in a corner of the screen for ten seconds: a heading, and a line below it."""
    heading, _, detail = text.partition(": ")
    if not detail or len(heading.rstrip()) > MAX_HEADING:
        heading, detail = localize("title"), text
    if len(detail) > MAX_LENGTH:
        detail = f"{detail[: MAX_LENGTH - 1]}…"
    icon = xbmcgui.NOTIFICATION_WARNING
    xbmcgui.Dialog().notification(heading.rstrip(), detail, icon, 10000)
