"""IPTV Simple: reads its settings, and changes them so that it reads our guide.

Up to 20.7 it has one settings file, which Kodi lets other add-ons change while it runs. From 20.8
on each instance has its own, which Kodi lets nobody else change: they are written while it is
stopped. Kodi then asks for the programmes two hours after it asked the last time, unless IPTV
Simple reloads the guide by itself. So it is set to reload each minute, until Kodi shows the guide;
then it gets the user's own interval back. Source: kodi reference, section 7; the times
by trial in Kodi 20.1 and 21.2.
"""

import contextlib
import glob
import json
import logging
import os
import re
import shutil
import threading
import time
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

import xbmcaddon
import xbmcvfs

from ..clock import Clock
from ..errors import InputFileError, OutputError, os_error_text
from ..util.files import write_text
from ..xmltv.categories import EIT
from .json_rpc import call

log = logging.getLogger(__name__)

ADDON = "pvr.iptvsimple"
FOLDER = f"special://profile/addon_data/{ADDON}/"
FIRST_WITH_INSTANCES = (20, 8)
REFRESH_MINUTES = 120  # between its reloads of the guide; the longest that it allows
DEFAULT_MINUTES = 60  # its own
RELOADS_AFTER = 63.0  # seconds from its start, when the interval is the shortest, a minute
MAX_BACKUPS = 2  # of a settings file: they may hold the password of a playlist
RESTART_PAUSES = (2.0, 6.0)  # seconds between stop and start; when shorter, Kodi's TV stays off
TV_TIMEOUT = 10.0  # seconds for Kodi's TV to come back
LOCAL, REPEATED = "0", "1"
MODE, INTERVAL = "m3uRefreshMode", "m3uRefreshIntervalMins"
EACH_MINUTE = {MODE: REPEATED, INTERVAL: "1"}


class Instance(NamedTuple):
    """path: its settings file. name: the user's, "" = unnamed. live: changed through Kodi."""

    path: str
    name: str
    live: bool


def installed(addon_id: str = ADDON) -> Tuple[str, bool]:
    """The version, "" = not installed, and whether it is enabled."""
    properties = ["version", "enabled"]
    details = call("Addons.GetAddonDetails", addonid=addon_id, properties=properties)
    addon = details.get("addon", {})
    return str(addon.get("version", "")), bool(addon.get("enabled"))


def version() -> str:
    """The version that is enabled; "" = none."""
    number, enabled = installed()
    return number if enabled else ""


def instances(of_version: str) -> List[Instance]:
    """Its instances; if it has none yet, the first one, whose file is still to be written."""
    folder = xbmcvfs.translatePath(FOLDER)
    if tuple(map(int, re.findall(r"\d+", of_version)[:2])) < FIRST_WITH_INSTANCES:
        return [Instance(os.path.join(folder, "settings.xml"), "", True)]
    names = os.listdir(folder) if os.path.isdir(folder) else []
    matches = (re.fullmatch(r"instance-settings-(\d+)\.xml", name) for name in names)
    numbers = sorted(int(match.group(1)) for match in matches if match)
    paths = [os.path.join(folder, f"instance-settings-{number}.xml") for number in numbers or [1]]
    return [Instance(path, _name(path), False) for path in paths]


def _name(path: str) -> str:
    with contextlib.suppress(InputFileError):  # reported if the user chooses it
        return settings(path).get("kodi_addon_instance_name", "")
    return ""


def settings(path: str) -> Dict[str, str]:
    """The settings in a file, by id; {} without a file. Raises InputFileError."""
    return {row.get("@id", ""): row.get("#text") or "" for row in _rows(path)}


def playlists(of_version: str) -> List[str]:
    """The paths or addresses of the playlists of all instances whose files can be read."""
    addresses = []
    for instance in instances(of_version):
        with contextlib.suppress(InputFileError):
            addresses.append(playlist(settings(instance.path)))
    return list(filter(None, addresses))


def guide(values: Dict[str, str]) -> str:
    """The path or address of the guide; "" = not set."""
    return values.get("epgPath" if values.get("epgPathType") == LOCAL else "epgUrl", "")


def playlist(values: Dict[str, str]) -> str:
    """The path or address of the playlist; "" = not set."""
    return values.get("m3uPath" if values.get("m3uPathType") == LOCAL else "m3uUrl", "")


class Target(NamedTuple):
    """What it gets. guide, genres: may be special://. genres: where to write the file that gives
    genres their colours. refresh_note: where to keep the user's refresh meanwhile."""

    guide: str
    genres: str
    refresh_note: str


def reads(instance: Instance, target: Target) -> bool:
    """Whether it reads the guide already. Raises InputFileError."""
    before = settings(instance.path)
    return before.items() >= _wanted(instance, before, target).items()


def connect(instance: Instance, target: Target, stop: threading.Event, clock: Clock) -> float:
    """Make it read the guide; return when it reloads it, by the monotonic clock; 0.0 = at once.

    One with a playlist that is not live reloads each minute until ``give_back_refresh``. The user's
    playlist stays, and a backup of the settings. Raises OutputError, InputFileError.
    """
    before = {**settings(instance.path), **_noted_refresh(target.refresh_note, instance.path)}
    wanted = _wanted(instance, before, target)
    after = {INTERVAL: str(DEFAULT_MINUTES), **before, **wanted}
    refresh = {name: after[name] for name in EACH_MINUTE}
    reloads = not instance.live and playlist(before)
    with _translate_errors(target.genres):
        _write_genres(xbmcvfs.translatePath(target.genres), clock.now())
    is_same = before.items() >= wanted.items()
    if is_same and not reloads:
        return 0.0
    with _translate_errors(instance.path):
        backup = "" if is_same else _backup(instance.path, clock.now())
        if instance.live:
            addon = xbmcaddon.Addon(ADDON)
            for name, text in wanted.items():
                addon.setSetting(name, text)
        else:
            if reloads:
                _note_refresh(target.refresh_note, instance.path, refresh, clock.now())
                wanted.update(EACH_MINUTE)
            with _stopped(stop, clock):
                _write(instance.path, wanted, clock.now())
    log.info("IPTV Simple: %s is written; its backup is %s", instance.path, backup or "none")
    return clock.monotonic() + RELOADS_AFTER if reloads else 0.0


def _wanted(instance: Instance, before: Dict[str, str], target: Target) -> Dict[str, str]:
    """The settings with which it reads the guide. before: its present ones."""
    wanted = {
        "epgPathType": LOCAL,
        "epgPath": target.guide,
        "genresPathType": LOCAL,
        "genresPath": target.genres,
        "useEpgGenreText": "true",  # the guide's own words, in the colour of the genre
    }
    if before.get(MODE, "0") == "0":
        wanted.update({MODE: REPEATED, INTERVAL: str(REFRESH_MINUTES)})
    if not instance.live and not before:  # its first one
        wanted.update(kodi_addon_instance_name="gracenote2epg", kodi_addon_instance_enabled="true")
    return wanted


def give_back_refresh(note: str, stop: threading.Event, clock: Clock) -> None:
    """End the reloads of each minute. note: Target.refresh_note; without that file, do nothing.

    A note that cannot be read is for all instances. stop: Kodi quits, and reads the file when it
    starts again. Raises OutputError.
    """
    if not os.path.exists(note):
        return
    path, refresh = _read_note(note)
    paths = [path] if path else [row.path for row in instances(version()) if not row.live]
    for path in filter(_reloads_each_minute, paths):
        with _translate_errors(path), contextlib.ExitStack() as restart:
            if version() and not stop.is_set():
                restart.enter_context(_stopped(stop, clock))
            _write(path, refresh, clock.now())
        log.info("IPTV Simple: its refresh is as before")
    with _translate_errors(note):
        os.remove(note)


def _reloads_each_minute(path: str) -> bool:
    with contextlib.suppress(InputFileError):  # then IPTV Simple cannot read it either
        return settings(path).items() >= EACH_MINUTE.items()
    return False


def _note_refresh(note: str, path: str, refresh: Dict[str, str], now: float) -> None:
    os.makedirs(os.path.dirname(note), exist_ok=True)
    write_text(note, json.dumps({"path": path, "refresh": refresh}), now)


def _read_note(note: str) -> Tuple[str, Dict[str, str]]:
    """The path of an instance, and its refresh; without one that can be read: "", and ours."""
    try:
        with open(note, encoding="utf-8") as file:
            noted = json.load(file)
        return str(noted["path"]), {name: str(noted["refresh"][name]) for name in EACH_MINUTE}
    except (OSError, ValueError, KeyError, TypeError):
        return "", {MODE: REPEATED, INTERVAL: str(REFRESH_MINUTES)}


def _noted_refresh(note: str, path: str) -> Dict[str, str]:
    """The user's refresh of this instance, when it was not given back."""
    noted_path, refresh = _read_note(note)
    return refresh if noted_path == path else {}


def _rows(path: str) -> List[Dict[str, str]]:
    """The elements of a settings file; [] without a file. Raises InputFileError."""
    from ..config.xml_files import setting_rows  # only when a dialog needs it: it is heavy

    return setting_rows(path) if os.path.exists(path) else []


def _backup(path: str, now: float) -> str:
    """Copy the file beside itself; return the path of the copy, "" = there is no file."""
    if not os.path.exists(path):
        return ""
    backup = f"{path}.{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}.bak"
    shutil.copy2(path, backup)
    for old in sorted(glob.glob(f"{glob.escape(path)}.*.bak"))[:-MAX_BACKUPS]:
        os.remove(old)
    return backup


def _write(path: str, wanted: Dict[str, str], now: float) -> None:
    """Change the wanted settings in the file, and keep the others."""
    rows: List[Any] = [row for row in _rows(path) if row.get("@id") not in wanted]
    rows += [{"@id": name, "#text": text} for name, text in wanted.items()]
    _write_xml(path, {"settings": {"@version": "2", "setting": rows}}, now)


def _write_genres(path: str, now: float) -> None:
    """Map the guide's genres to Kodi's: each programme has one of these words as last category."""
    rows = [{"@genreId": f"0x{code:02X}", "#text": word} for word, code in EIT.items()]
    _write_xml(path, {"genres": {"name": "gracenote2epg", "genre": rows}}, now)


def _write_xml(path: str, document: Dict[str, Any], now: float) -> None:
    from ..config.xml_files import write_xml

    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_xml(path, document, now)


@contextlib.contextmanager
def _stopped(stop: threading.Event, clock: Clock) -> Iterator[None]:
    """Stop it, and Kodi's TV with it, until the block ends; make sure that the TV comes back.

    stop: Kodi quits, so the pauses are cut short; at Kodi's next start the TV is there again.
    """
    had_tv = _tv_is_available()
    _enable(False)
    try:
        clock.wait(stop, RESTART_PAUSES[0])
        yield
    finally:
        _enable(True)
    if had_tv and not _tv_comes_back(stop, clock) and not stop.is_set():
        _enable(False)
        clock.wait(stop, RESTART_PAUSES[1])
        _enable(True)


def _enable(on: bool) -> None:
    call("Addons.SetAddonEnabled", addonid=ADDON, enabled=on)


def _tv_is_available() -> bool:
    return bool(call("PVR.GetProperties", properties=["available"]).get("available"))


def _tv_comes_back(stop: threading.Event, clock: Clock) -> bool:
    """Wait for Kodi's TV; False = it is still off after TV_TIMEOUT, or Kodi quits."""
    deadline = clock.monotonic() + TV_TIMEOUT
    while not _tv_is_available():
        if clock.monotonic() > deadline or clock.wait(stop, 0.2):
            return False
    return True


@contextlib.contextmanager
def _translate_errors(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(path, os_error_text(error)) from error
