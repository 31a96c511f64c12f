"""Files of ours and of others: small ones read up to a size, all written whole or not at all."""

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
MAX_SETTINGS_BYTES = 1 << 20  # bytes; no file of settings has so many
TEMP_SUFFIX = r"(\.[0-9a-f]{8})?\.new"  # how the name goes on that a file has while it is written
STALE_AFTER = 86400  # seconds; whoever began to write such a file so long ago was killed
REPLACE_TIMEOUT = 5.0  # seconds; on Windows a player may have the file open


def read_limited(path: str, most: int = MAX_SETTINGS_BYTES) -> bytes:
    """The file, of at most so many bytes. Raises OSError; ValueError when it has more."""
    with open(path, "rb") as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise ValueError(f"more than {most >> 20} MB")
    return found


def open_maybe_packed(path: str) -> BinaryIO:
    """The file's content, unpacked where the name ends in .gz; reading may raise READ_ERRORS."""
    return cast(BinaryIO, gzip.open(path)) if path.endswith(".gz") else open(path, "rb")


def write_text(path: str, text: str, now: float, mode: int = 0o644) -> None:
    """Write the text beside ``path`` and put it in its place at once; a link stays a link.

    It is on the disk before it takes the place, so that a power cut leaves the old or the new one.
    now: tells what killed programs have left. mode: of a new file, less the umask; one that was
    there keeps its own, and its owner. Raises OSError; the file is then as it was.
    """
    with atomic_write(os.path.realpath(path), now, mode) as file:
        file.write(text.encode("utf-8"))


@contextlib.contextmanager
def atomic_write(target: str, now: float, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """A file beside ``target`` that takes its place when the block ends well, and goes if not.

    Its name is its own, for two programs may write one target. now, mode: as for write_text.
    Raises OSError.
    """
    _clear(target, now)
    beside = f"{target}.{secrets.token_hex(4)}.new"
    try:
        with open(beside, "xb", opener=opener_with_mode(mode)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        copy_mode_and_owner(beside, target)
        _replace(beside, target)
    finally:
        with contextlib.suppress(OSError):
            os.remove(beside)


def _clear(target: str, now: float) -> None:
    """Remove what killed programs left beside it."""
    folder, name = os.path.split(target)
    left = re.compile(re.escape(name) + TEMP_SUFFIX)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if left.fullmatch(entry.name) and entry.stat().st_mtime < now - STALE_AFTER:
                os.remove(entry.path)


def _replace(beside: str, target: str) -> None:
    give_up = SYSTEM.monotonic() + REPLACE_TIMEOUT
    while True:
        try:
            os.replace(beside, target)
            break
        except PermissionError:
            if sys.platform != "win32" or SYSTEM.monotonic() > give_up:
                raise
            SYSTEM.wait(threading.Event(), 0.1)
    if hasattr(os, "O_DIRECTORY"):
        with contextlib.suppress(OSError):  # shares refuse it; the file is in its place by now
            folder = os.open(os.path.dirname(target), os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def opener_with_mode(mode: int) -> Callable[[str, int], int]:
    """What gives a file that ``open`` makes this mode, less the umask."""
    return lambda path, flags: os.open(path, flags, mode)


def copy_mode_and_owner(beside: str, path: str) -> None:
    """Mode and owner of the file that it replaces, as far as the file system knows such."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        old = os.stat(path)
        os.chmod(beside, stat.S_IMODE(old.st_mode))
        if hasattr(os, "chown"):
            os.chown(beside, old.st_uid, old.st_gid)
