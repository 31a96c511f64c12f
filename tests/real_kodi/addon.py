"""The add-on under test, as it runs inside a Kodi."""

import os
import re
import zipfile
from typing import Any

from fake_gracenote import FakeGracenote
from gracenote2epg import __version__

from .home import MODULES, Home
from .player import Kodi

ADDON = "service.gracenote2epg"
ALL = (*MODULES, ADDON)
RUN = 180.0  # seconds to wait for a run
FIRST_RUN = 35.0  # seconds after Kodi's start until a run begins by itself


def guide_of(home: Home) -> str:
    """The guide's file, unless the settings name another."""
    return os.path.join(home.profile(ADDON), "xmltv.xml")


def prepare(home: Home, server: FakeGracenote, **settings: object) -> None:
    """Save settings that ask this source, and the state of one who was greeted before."""
    values = {"base_url": server.url, "worker_strategy": "auto", "days": 1, **settings}
    home.save_settings(ADDON, {name: str(value) for name, value in values.items()})
    with open(os.path.join(home.profile(ADDON), "state.json"), "w", encoding="utf-8") as file:
        file.write("{}")


def start(kodi: Kodi) -> None:
    """Start Kodi with the add-on, and wait until the service hears of changes."""
    kodi.start(*ALL)
    kodi.wait(lambda: kodi.lines("is ready"), "service")


def grab(kodi: Kodi, **settings: object) -> None:
    """Ask for a guide by a change of settings; wait until it is there."""
    before = len(updates(kodi))
    change(kodi, **{"postal_code": "90210", **settings})
    kodi.wait(lambda: len(updates(kodi)) > before, "guide", RUN)


def change(kodi: Kodi, **settings: object) -> None:
    """Change settings so that a run begins at once, also in the first half minute, when it would
    wait for the network."""
    kodi.set(ADDON, **settings)
    if kodi.age < FIRST_RUN:
        ask(kodi, "run_now")


def updates(kodi: Kodi) -> Any:
    return kodi.lines("the guide is updated")


def ask(kodi: Kodi, action: str) -> None:
    """Ask the add-on for one of its actions, as skins and remote controls do."""
    kodi.rpc("JSONRPC.NotifyAll", {"sender": ADDON, "message": action})


def connect_player(kodi: Kodi, until: str = "OK") -> None:
    """Make IPTV Simple read the guide; until: the button that has the focus at the end."""
    ask(kodi, "iptv_simple")
    kodi.see("TV guide: Set up IPTV Simple", "Yes")
    kodi.press("select")
    kodi.see("TV guide: Set up IPTV Simple", until, 2 * RUN)
    if until == "OK":
        kodi.press("select")


def with_version(file: str, version: str, folder: str) -> str:
    """The add-on's zip, as if it were of this version."""
    path = os.path.join(folder, "newer.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == f"{ADDON}/addon.xml":
                own, other = (f'version="{text}"'.encode() for text in (__version__, version))
                assert own in content
                content = content.replace(own, other, 1)
            new.writestr(entry, content)
    return path


def stopping(kodi: Kodi) -> float:
    """Seconds from Kodi's word to the end of the service, the last time, as Kodi's log has it."""
    *_, line = kodi.lines(rf"{ADDON}/service.py\): script termination took")
    return int(re.findall(r"took (\d+)ms", line)[0]) / 1000
