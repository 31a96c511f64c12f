"""The short actions of the menu: the support file, the reset, the settings."""

import threading

import xbmc

from ...config.settings import ADDON_ID
from .. import addon_settings, backend, support_file
from ..messages import PAUSE, RESUME, tell_service
from ..state_file import StateFile
from ..strings import localize
from . import page
from .dialogs import NO, Dialogs, Report, title


def reset(dialogs: Dialogs) -> None:
    """Delete the stored answers after a question; the next run requests all of them again."""
    heading = title("action_reset")
    if not dialogs.confirm(heading, localize("ask_reset"), localize("yes"), default=NO):
        return
    settings = addon_settings.read()
    config, state_file = settings.config(), StateFile(settings.profile, dialogs.clock)

    def delete(stop: threading.Event, report: Report) -> bool:
        backend.delete_store(config, stop, dialogs.clock)
        state_file.update(last=None)
        state_file.save_next_run(0.0)  # also for the next Kodi
        return True

    tell_service(PAUSE)
    try:
        if not dialogs.run(heading, localize("reading"), delete):
            return
    finally:
        tell_service(RESUME)
    dialogs.message(heading, localize("reset_done"))


def support(dialogs: Dialogs) -> None:
    """Write the support file, and show it, or a code with which a phone fetches it."""
    settings = addon_settings.read()
    state = StateFile(settings.profile, dialogs.clock).read()
    path, heading = support_file.write(settings, state), title("action_support")
    text, address = localize("support_done", path=path), page.shared_address(settings, state)
    if not address:
        dialogs.message(heading, text)
    elif dialogs.confirm(heading, text, localize("as_code"), localize("as_text")):
        address += backend.share_support_file(settings.profile, dialogs.clock)
        page.show_code(dialogs, heading, address, (localize("fetch_support"), localize("any_key")))
        return
    with open(path, encoding="utf-8") as file:
        dialogs.text(heading, file.read())


def settings(dialogs: Dialogs) -> None:
    xbmc.executebuiltin(f"Addon.OpenSettings({ADDON_ID})")


def choose_playlist(dialogs: Dialogs) -> None:
    """Find the file for the setting channels_from, which can also be typed, as an address."""
    path = dialogs.file(title("action_choose_playlist"), ".m3u|.m3u8")
    if path:
        values = {"channels_from": path}
        addon_settings.read().with_values(values).config()  # which cannot be on a share
        addon_settings.write(values)
    settings(dialogs)
