"""What the add-on's script and its service ask of each other."""

import json

import xbmc

from ..config.settings import ADDON_ID

RUN_NOW, SET_UP, GREET = "run_now", "set_up", "greet"
PAUSE, RESUME = "hold", "go_on"  # between the script and the service
MENU = (
    SET_UP,
    RUN_NOW,
    "status",
    "doctor",
    "iptv_simple",
    "page",
    "support",
    "reset",
    "settings",
)
BY_SCRIPT = (*(word for word in MENU if word != RUN_NOW), GREET)


def start_script(word: str) -> None:
    xbmc.executebuiltin(f"RunScript({ADDON_ID},{word})")


def tell_service(word: str) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "JSONRPC.NotifyAll"}
    xbmc.executeJSONRPC(json.dumps({**call, "params": {"sender": ADDON_ID, "message": word}}))
