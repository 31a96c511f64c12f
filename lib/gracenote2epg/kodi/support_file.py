"""The support file: settings, state and log, with secrets and addresses redacted."""

import contextlib
import os
import platform
import re
import time
from typing import Iterable, Iterator, List, Sequence, Tuple

import xbmc
import xbmcvfs

from .. import __version__
from ..config.paths import SUPPORT_FILE
from ..config.settings import ADDON_ID, all_settings, as_text
from ..errors import OutputError, os_error_text
from ..util import files, redact
from .addon_settings import Settings
from .state_file import State

LOGS = ("special://logpath/kodi.old.log", "special://logpath/kodi.log")
MAX_LOG_BYTES = 1 << 20  # of each log, from its end
_STARTS_WITH_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d")

_REDACTIONS: Sequence[Tuple[str, str]] = (
    (r"\b((?:smb|nfs|s?ftp|ftps|davs?|upnp)://)[^/\s\"']+", r"\1(address)"),
    (r"\bpostalCode=(?!\()[^&\s\"']+", "postalCode=(postal code)"),
    (r"\b[\w.+-]+@[\w-]+\.[\w.-]+", "(mail)"),
    (r"\b(?!127\.0\.0\.1\b)\d{1,3}(?:\.\d{1,3}){3}\b", "(address)"),
    # IPv6 and MAC addresses.
    (r"(?<![\w:])(?=[0-9A-Fa-f:]*::|(?:[0-9A-Fa-f]+:){5})[0-9A-Fa-f:]{3,}(?![\w:])", "(address)"),
    # All hosts are private, except this machine and the source.
    (
        r"\b(https?://(?:\(user\)@)?)(?!127\.|localhost|[\w.-]*\b(?:gracenote|tmsimg)\.com\b)"
        r"[^/\s:\"']+",
        r"\1(address)",
    ),
    (r"(?i)((?:/home|/Users|\\Users)[/\\])[^/\\\s]+", r"\1(user)"),
)
_ADDRESS_SETTINGS = ("tvh_url", "monitoring_names", "channels_from")


def write(settings: Settings, state: State) -> str:
    """Write the file into the profile; return its path. Raises OutputError."""
    path = os.path.join(settings.profile, SUPPORT_FILE)
    try:
        os.makedirs(settings.profile, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)  # an earlier version's may be readable for all
        own = files.opener_with_mode(0o600)
        with open(path, "w", encoding="utf-8", newline="\n", opener=own) as file:
            file.writelines(f"{_redact(line, settings)}\n" for line in _lines(settings, state))
    except OSError as error:
        raise OutputError(path, os_error_text(error)) from error
    return path


def _redact(text: str, settings: Settings) -> str:
    text = redact.redact(text, settings.secrets)
    for pattern, replacement in _REDACTIONS:
        text = re.sub(pattern, replacement, text)
    return text


def _lines(settings: Settings, state: State) -> Iterator[str]:
    yield f"gracenote2epg {__version__}"
    yield f"Kodi {xbmc.getInfoLabel('System.BuildVersion')}"
    yield f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    yield ""
    yield "Settings that are not the default:"
    for row in all_settings():
        text = settings.texts[row.name]
        if text not in ("", as_text(row.default)):
            hidden = row.name in _ADDRESS_SETTINGS
            yield f"{row.name} = {'(address)' if hidden else row.kind.display(text)}"
    yield ""
    if state.last:
        ended = time.strftime("%Y-%m-%d %H:%M", time.localtime(state.last.ended_at))
        yield f"Last run: {ended}, {state.last.error or 'well'}"
    for address in LOGS:
        yield ""
        yield f"{os.path.basename(address)}:"
        yield from _lines_of_addon(_tail(xbmcvfs.translatePath(address)))


def _tail(path: str) -> List[str]:
    """The last MAX_LOG_BYTES of a log, or a line of the add-on about why it cannot be read."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - MAX_LOG_BYTES))
            return file.read().decode("utf-8", "replace").splitlines()
    except OSError as error:
        return [f"{ADDON_ID}: the log cannot be read: {error.strerror}"]


def _lines_of_addon(lines: Iterable[str]) -> Iterator[str]:
    """The messages of a log that name the add-on in one of their lines, such as a traceback whose
    paths lead into it."""
    messages: List[List[str]] = [[]]
    for line in lines:
        if _STARTS_WITH_TIME.match(line):
            messages.append([])
        messages[-1].append(line)
    for message in messages:
        if any(ADDON_ID in line for line in message):
            yield from message
