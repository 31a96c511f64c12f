"""Bounded reading and atomic writing of files."""

import contextlib
import gzip
import os
import re
import secrets
import stat
import sys
import threading
import zlib
from typing import IO, BinaryIO, Callable, Iterator, cast

from ..clock import SYSTEM

READ_ERRORS = (OSError, EOFError, zlib.error)  # of plain and packed files
MAX_SETTINGS_BYTES = 1 << 20  # every settings file is smaller
TEMP_SUFFIX = r"(\.[0-9a-f]{8})?\.new"  # of a file that is being written
STALE_AFTER = 86400  # seconds after which the writer of such a file must have been killed
REPLACE_TIMEOUT = 5.0  # seconds; on Windows a player may have the file open


def read_limited(path: str, max_bytes: int = MAX_SETTINGS_BYTES) -> bytes:
    """Return the file's content. Raises OSError, and ValueError if it is larger."""
    with open(path, "rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ValueError(f"more than {max_bytes >> 20} MB")
    return content


def open_maybe_packed(path: str) -> BinaryIO:
    """Open a file for reading, unpacked if its name ends in .gz.

    Raises OSError; reading may raise any of READ_ERRORS.
    """
    return cast(BinaryIO, gzip.open(path)) if path.endswith(".gz") else open(path, "rb")


def write_text(path: str, text: str, now: float, mode: int = 0o644) -> None:
    """Write the text atomically; a link stays a link.

    fsync before rename: after a power cut the file is the old or the new one. now: seconds since
    the epoch, for ``STALE_AFTER``. mode: of a new file, less the umask; an existing one keeps its
    mode and owner. Raises OSError; the file is then unchanged.
    """
    with atomic_write(os.path.realpath(path), now, mode) as file:
        file.write(text.encode("utf-8"))


@contextlib.contextmanager
def atomic_write(target: str, now: float, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Yield a file that replaces ``target`` when the block ends, and is deleted if it raises.

    The file's temporary name is unique, since two programs may write the same target. now, mode:
    as in ``write_text``. Raises OSError.
    """
    _remove_stale(target, now)
    temporary = f"{target}.{secrets.token_hex(4)}.new"
    try:
        with open(temporary, "xb", opener=opener_with_mode(mode)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        copy_mode_and_owner(temporary, target)
        _replace(temporary, target)
    finally:
        with contextlib.suppress(OSError):
            os.remove(temporary)


def _remove_stale(target: str, now: float) -> None:
    folder, name = os.path.split(target)
    pattern = re.compile(re.escape(name) + TEMP_SUFFIX)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if pattern.fullmatch(entry.name) and entry.stat().st_mtime < now - STALE_AFTER:
                os.remove(entry.path)


def _replace(temporary: str, target: str) -> None:
    deadline = SYSTEM.monotonic() + REPLACE_TIMEOUT
    while True:
        try:
            os.replace(temporary, target)
            break
        except PermissionError:
            if sys.platform != "win32" or SYSTEM.monotonic() > deadline:
                raise
            SYSTEM.wait(threading.Event(), 0.1)
    if hasattr(os, "O_DIRECTORY"):
        with contextlib.suppress(OSError):  # network shares refuse it; the rename is done anyway
            folder = os.open(os.path.dirname(target), os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def opener_with_mode(mode: int) -> Callable[[str, int], int]:
    """An ``opener`` for ``open`` that creates files with this mode, less the umask."""
    return lambda path, flags: os.open(path, flags, mode)


def copy_mode_and_owner(temporary: str, path: str) -> None:
    """Copy mode and owner from the file to be replaced, if the file system supports them."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        replaced = os.stat(path)
        os.chmod(temporary, stat.S_IMODE(replaced.st_mode))
        if hasattr(os, "chown"):
            os.chown(temporary, replaced.st_uid, replaced.st_gid)
