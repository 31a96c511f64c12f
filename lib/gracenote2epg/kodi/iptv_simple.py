"""IPTV Simple: its settings, and how they are changed so that it reads our guide.

Up to 20.7 it has one file of settings, which Kodi lets other add-ons change while it runs. From
20.8 on it has one for each of its configurations, which nobody else may change: they are written
while it is stopped.
Source: kodi reference, section 7; the times by trial in Kodi 20.1.
"""

import contextlib
import logging
import os
import re
import shutil
import threading
import time
from typing import Any, Dict, Iterator, List, NamedTuple

import xbmcaddon
import xbmcvfs

from ..clock import Clock
from ..errors import InputFileError, OutputError, os_error_text
from ..xmltv.categories import EIT
from .json_rpc import call

log = logging.getLogger(__name__)


ADDON = "pvr.iptvsimple"
FOLDER = f"special://profile/addon_data/{ADDON}/"
FIRST_WITH_INSTANCES = (20, 8)
REFRESH = 120  # minutes between two looks at the guide; the most that it allows
RESTS = (2.0, 6.0)  # seconds between stop and start: started sooner, Kodi's TV stays away
PATIENCE = 10.0  # seconds for Kodi's TV to come back
LOCAL, REPEATED = "0", "1"


class Target(NamedTuple):
    """One configuration of it.

    path: its file. name: as the user calls it, "" = there is only one. live: Kodi changes it.
    """

    path: str
    name: str
    live: bool


def version() -> str:
    """The installed version; "" = none, or none that is enabled."""
    found = call("Addons.GetAddonDetails", addonid=ADDON, properties=["version", "enabled"])
    addon = found.get("addon", {})
    return str(addon.get("version", "")) if addon.get("enabled") else ""


def targets(of_version: str) -> List[Target]:
    """The configurations that there are; the one to be begun where there is none yet."""
    folder = xbmcvfs.translatePath(FOLDER)
    if tuple(map(int, re.findall(r"\d+", of_version)[:2])) < FIRST_WITH_INSTANCES:
        return [Target(os.path.join(folder, "settings.xml"), "", True)]
    names = os.listdir(folder) if os.path.isdir(folder) else []
    numbers = sorted(
        int(found.group(1))
        for found in (re.fullmatch(r"instance-settings-(\d+)\.xml", name) for name in names)
        if found
    )
    paths = [os.path.join(folder, f"instance-settings-{number}.xml") for number in numbers or [1]]
    return [Target(path, _name(path), False) for path in paths]


def _name(path: str) -> str:
    with contextlib.suppress(InputFileError):  # told when it is the one that the user means
        return settings(path).get("kodi_addon_instance_name", "")
    return ""


def settings(path: str) -> Dict[str, str]:
    """What a file of settings holds, by id; {} without a file. Raises DataError."""
    return {row.get("@id", ""): row.get("#text") or "" for row in _rows(_document(path))}


def playlists(of_version: str) -> List[str]:
    """The playlists of all configurations whose files can be read."""
    found = []
    for target in targets(of_version):
        with contextlib.suppress(InputFileError):
            found.append(playlist(settings(target.path)))
    return list(filter(None, found))


def guide(values: Dict[str, str]) -> str:
    """The path or address of the guide; "" = none is set."""
    return values.get("epgPath" if values.get("epgPathType") == LOCAL else "epgUrl", "")


def playlist(values: Dict[str, str]) -> str:
    """The path or address of the playlist; "" = none is set."""
    return values.get("m3uPath" if values.get("m3uPathType") == LOCAL else "m3uUrl", "")


def connect(target: Target, guide: str, genres: str, stop: threading.Event, clock: Clock) -> str:
    """Make it read the guide; return the path of the old settings' copy, "" = there is none.

    genres: where a file for the colours is written; like the guide's it may be special://. What
    the user chose for the playlist and for the refresh stays. Raises OutputError, DataError.
    """
    before = settings(target.path)
    wanted = {
        "epgPathType": LOCAL,
        "epgPath": guide,
        "genresPathType": LOCAL,
        "genresPath": genres,
        "useEpgGenreText": "true",  # the guide's own words, in the colour of the genre
    }
    if before.get("m3uRefreshMode", "0") == "0":
        wanted.update(m3uRefreshMode=REPEATED, m3uRefreshIntervalMins=str(REFRESH))
    if not target.live and not os.path.exists(target.path):
        wanted.update(kodi_addon_instance_name="gracenote2epg", kodi_addon_instance_enabled="true")
    with _told(genres):
        _write_genres(xbmcvfs.translatePath(genres), clock.now())
    if {**before, **wanted} == before:
        return ""
    with _told(target.path):
        backup = _backup(target.path, clock.now())
        if target.live:
            addon = xbmcaddon.Addon(ADDON)
            for name, text in wanted.items():
                addon.setSetting(name, text)
        else:
            with _stopped(stop, clock):
                _write(target.path, wanted, clock.now())
    log.info("IPTV Simple: %s is written; the old one is %s", target.path, backup or "none")
    return backup


def _document(path: str) -> Dict[str, Any]:
    from ..config.xml_files import read_xml  # only when a dialogue wants it: xmltodict is heavy

    if not os.path.exists(path):
        return {"settings": {"@version": "2"}}
    return read_xml(path)


def _rows(document: Dict[str, Any]) -> List[Dict[str, str]]:
    root = document.get("settings")
    rows = root.get("setting") if isinstance(root, dict) else None
    return [row for row in (rows if isinstance(rows, list) else [rows]) if isinstance(row, dict)]


def _backup(path: str, now: float) -> str:
    if not os.path.exists(path):
        return ""
    backup = f"{path}.{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}.bak"
    shutil.copy2(path, backup)
    return backup


def _write(path: str, wanted: Dict[str, str], now: float) -> None:
    from ..config.xml_files import write_xml

    os.makedirs(os.path.dirname(path), exist_ok=True)
    kept = [row for row in _rows(_document(path)) if row.get("@id") not in wanted]
    rows = [*kept, *({"@id": name, "#text": text} for name, text in wanted.items())]
    write_xml(path, {"settings": {"@version": "2", "setting": rows}}, now)


def _write_genres(path: str, now: float) -> None:
    """The guide's genres as Kodi's: each programme has one of these words as its last category."""
    from ..config.xml_files import write_xml

    os.makedirs(os.path.dirname(path), exist_ok=True)
    rows = [{"@genreId": f"0x{code:02X}", "#text": word} for word, code in EIT.items()]
    write_xml(path, {"genres": {"name": "gracenote2epg", "genre": rows}}, now)


@contextlib.contextmanager
def _stopped(stop: threading.Event, clock: Clock) -> Iterator[None]:
    """It is stopped meanwhile, and Kodi's TV with it; that is brought back when it was there.

    stop: Kodi quits, so that there is no time for rests; it starts with its TV the next time.
    """
    was_there = _tv_is_there()
    _enable(False)
    try:
        clock.wait(stop, RESTS[0])
        yield
    finally:
        _enable(True)
    if was_there and not _comes_back(stop, clock) and not stop.is_set():
        _enable(False)
        clock.wait(stop, RESTS[1])
        _enable(True)


def _enable(on: bool) -> None:
    call("Addons.SetAddonEnabled", addonid=ADDON, enabled=on)


def _tv_is_there() -> bool:
    return bool(call("PVR.GetProperties", properties=["available"]).get("available"))


def _comes_back(stop: threading.Event, clock: Clock) -> bool:
    give_up = clock.monotonic() + PATIENCE
    while not _tv_is_there():
        if clock.monotonic() > give_up or clock.wait(stop, 0.2):
            return False
    return True


@contextlib.contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(path, os_error_text(error)) from error
