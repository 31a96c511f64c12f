"""Messages between the add-on's script and its service, and the actions of the menu."""

import xbmc

from ..config.settings import ADDON_ID
from .json_rpc import call

RUN_NOW, SET_UP, GREET = "run_now", "set_up", "greet"
GIVE_BACK = "give_back_refresh"  # to IPTV Simple, after a set-up that was broken off
PAUSE, RESUME = "pause", "resume"  # to the service: start no runs while a dialog is open
MENU = (
    *("tonight", "status", RUN_NOW, "doctor", SET_UP, "iptv_simple"),
    *("page", "support", "reset", "settings"),
)
SCRIPT_ACTIONS = (
    *(action for action in MENU if action != RUN_NOW),
    "choose_playlist",  # of the settings
    GREET,
    GIVE_BACK,
)


def start_script(action: str) -> None:
    """Start the script with one of SCRIPT_ACTIONS."""
    xbmc.executebuiltin(f"RunScript({ADDON_ID},{action})")


def tell_service(message: str) -> None:
    """Send RUN_NOW, PAUSE or RESUME to the service."""
    call("JSONRPC.NotifyAll", sender=ADDON_ID, message=message)
