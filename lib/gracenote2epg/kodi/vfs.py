"""Copies to and from addresses that only Kodi can open: smb://, nfs://, …"""

import logging
import threading

import xbmcvfs

from ..errors import OutputError, PlaylistError, Stopped, os_error_text
from ..util.redact import redact_playlist_url

log = logging.getLogger(__name__)


CHUNK_SIZE = 1 << 18  # bytes; a copy can be stopped between two chunks


def upload(path: str, address: str, stop: threading.Event) -> None:
    """Copy a file to the address, by way of a temporary one. Raises OutputError, Stopped."""
    temporary = f"{address}.new"
    xbmcvfs.mkdirs(address.rpartition("/")[0])
    try:
        _write(path, temporary, stop)
    except (OutputError, Stopped):
        xbmcvfs.delete(temporary)
        raise
    if not _replace(temporary, address):  # keep the temporary: it may be the only guide there now
        raise OutputError(address, f"Kodi cannot rename there; the new guide is {temporary}")
    log.info("the guide is copied to %s", address)


def download(address: str, path: str) -> None:
    """Copy what is at the address to a file. Raises PlaylistError."""
    if not xbmcvfs.copy(address, path):
        raise PlaylistError(redact_playlist_url(address), "Kodi cannot read it")


def _replace(temporary: str, address: str) -> bool:
    """Put the new file in place, atomically where possible; return whether that succeeded.

    Some shares do not rename onto an existing file, some not at all.
    """
    if xbmcvfs.rename(temporary, address):
        return True
    xbmcvfs.delete(address)
    if xbmcvfs.rename(temporary, address):
        return True
    return bool(xbmcvfs.copy(temporary, address) and xbmcvfs.delete(temporary))


def _write(path: str, address: str, stop: threading.Event) -> None:
    """Copy a file to the address. Raises OutputError, Stopped."""
    try:
        with open(path, "rb") as file, xbmcvfs.File(address, "w") as copy:
            for chunk in iter(lambda: file.read(CHUNK_SIZE), b""):
                if stop.is_set():
                    raise Stopped()
                if not copy.write(bytearray(chunk)):
                    raise OutputError(address, "Kodi cannot write there")
    except OSError as error:
        raise OutputError(path, os_error_text(error)) from error
