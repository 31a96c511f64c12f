"""Copies to and from addresses that Kodi alone can open: smb://, nfs://, …"""

import logging
import threading

import xbmcvfs

from ..errors import OutputError, PlaylistError, Stopped, os_error_text
from ..util.redact import redact_playlist_url

log = logging.getLogger(__name__)


PIECE = 1 << 18  # bytes; between two of them a stop is heard


def copy(path: str, address: str, stop: threading.Event) -> None:
    """Write the file beside the address, then put it in its place. Raises OutputError, Stopped."""
    beside = f"{address}.new"
    xbmcvfs.mkdirs(address.rpartition("/")[0])
    try:
        _write(path, beside, stop)
    except (OutputError, Stopped):
        xbmcvfs.delete(beside)
        raise
    if not _replace(beside, address):  # which may be the only one there by now: it stays
        raise OutputError(address, f"Kodi cannot rename there; the new guide is {beside}")
    log.info("the guide is copied to %s", address)


def fetch(address: str, path: str) -> None:
    """Write what is at the address into the file. Raises PlaylistError."""
    if not xbmcvfs.copy(address, path):
        raise PlaylistError(redact_playlist_url(address), "Kodi cannot read it")


def _replace(beside: str, address: str) -> bool:
    """At once where the share can; some refuse to rename onto a file, and some to rename."""
    if xbmcvfs.rename(beside, address):
        return True
    xbmcvfs.delete(address)
    if xbmcvfs.rename(beside, address):
        return True
    return bool(xbmcvfs.copy(beside, address) and xbmcvfs.delete(beside))


def _write(path: str, beside: str, stop: threading.Event) -> None:
    try:
        with open(path, "rb") as file, xbmcvfs.File(beside, "w") as other:
            for piece in iter(lambda: file.read(PIECE), b""):
                if stop.is_set():
                    raise Stopped()
                if not other.write(bytearray(piece)):
                    raise OutputError(beside, "Kodi cannot write there")
    except OSError as error:
        raise OutputError(path, os_error_text(error)) from error
