"""What the add-on and Kodi share. The idle service imports this, so it imports nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

ADDON_ID = "service.gracenote2epg"
HOME_WINDOW = 10000
RUN_PROPERTY = "gracenote2epg.run"  # of the home window, for skins: what the run is doing
MAX_WAIT = 3600.0  # seconds between checks: the clock may be set, and a wait does not count sleep
STATE_FILE, NEXT_RUN_FILE = "state.json", "next"  # in the profile; see state_file.py
REFRESH_FILE = "refresh.json"  # in the profile, while IPTV Simple reloads each minute
READ_TRIES = 5
# Settings that the add-on does not have: they make no sense in Kodi, or Kodi decides them.
ELSEWHERE = (
    "monitoring_web_api",  # enable_monitoring alone decides
    "date_numbers",
    "monitoring_names",
    "web_code",
    "offset",
    "data_dir",
    "block_hours",
    "min_interval",
    "offline",
    "quiet",
    "console",
)


def fresh_addon() -> Any:
    """An Addon object with the settings as they are now: one keeps the values of its creation.

    Kodi writes their file in place. Who reads it in that moment gets "" for each setting, and tries
    again.
    """
    import xbmcaddon  # only Kodi has it

    for _ in range(READ_TRIES):
        addon = xbmcaddon.Addon(ADDON_ID)
        if addon.getSetting("debug"):  # a switch, which is never empty
            break
    return addon


def is_configured(setting: Callable[[str], str]) -> bool:
    """Whether there is anything to download. setting: returns the text of a setting."""
    return any(setting(name).strip() for name in ("postal_code", "lineup"))
