"""Reads and writes at addresses that only Kodi can open: smb://, nfs://, …

These may hold a password: no error names them as they are, and Kodi is asked for nothing that
makes it log them.
"""

import logging
import os
import threading
from typing import Iterator

import xbmcvfs

from ..errors import OutputError, Stopped, os_error_text
from ..util.redact import strip_credentials

log = logging.getLogger(__name__)

CHUNK_SIZE = 1 << 18  # bytes; a copy can be stopped between two chunks
_WITH_FOLDERS = ("smb://", "nfs://")  # the only ones where Kodi makes folders


def upload(path: str, address: str, stop: threading.Event, owner: int) -> None:
    """Copy a file to the address, by way of a temporary one. Raises OutputError, Stopped.

    owner: a number of this Kodi's own; another one may be writing there, too.
    """
    temporary, shown = f"{address}.{owner:x}.new", strip_credentials(address)
    new = strip_credentials(temporary)
    folder = address.rpartition("/")[0]
    if address.startswith(_WITH_FOLDERS) and not xbmcvfs.exists(f"{folder}/"):
        xbmcvfs.mkdirs(folder)
    try:
        _write(path, temporary, stop)
        if not _has_size(temporary, os.path.getsize(path)):  # it may fail at its end
            raise OutputError(shown, "only a part of the guide arrived there")
    except (OutputError, Stopped):
        xbmcvfs.delete(temporary)
        raise
    if not _replace(temporary, address):  # keep the temporary: it may be the only guide there now
        raise OutputError(shown, f"Kodi cannot rename there; the new guide is {new}")
    log.info("the guide is copied to %s", shown)


def _has_size(address: str, size: int) -> bool:
    """Whether the file has so many bytes; not every kind of address answers both ways."""
    if xbmcvfs.Stat(address).st_size() == size:
        return True
    with xbmcvfs.File(address) as file:
        return bool(file.size() == size)


def read(address: str) -> Iterator[bytes]:
    """What is at the address. Raises ValueError."""
    with xbmcvfs.File(address) as file:
        chunk = bytes(file.readBytes(CHUNK_SIZE))
        if not chunk:
            raise ValueError("Kodi cannot read it")
        while chunk:
            yield chunk
            chunk = bytes(file.readBytes(CHUNK_SIZE))


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
                    raise OutputError(strip_credentials(address), "Kodi cannot write there")
    except OSError as error:
        raise OutputError(path, os_error_text(error)) from error
