"""Small files of ours and of others: read up to a size, written whole or not at all."""

import contextlib
import os
import stat
from typing import Callable

SETTINGS = 1 << 20  # bytes; no file of settings has so many


def read_limited(path: str, most: int = SETTINGS) -> bytes:
    """The file, of at most so many bytes. Raises OSError; ValueError when it has more."""
    with open(path, "rb") as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise ValueError(f"more than {most >> 20} MB")
    return found


def write_text(path: str, text: str, mode: int = 0o644) -> None:
    """Write the text beside ``path`` and put it in its place at once; a link stays a link.

    It is on the disk before it takes the place, so that a power cut leaves the old or the new one.
    mode: of a new file, less the umask; one that was there keeps its own, and its owner. Raises
    OSError; the file is then as it was.
    """
    path = os.path.realpath(path)
    beside = f"{path}.new"
    try:
        opener = made_with(mode)
        with open(beside, "w", encoding="utf-8", newline="\n", opener=opener) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        like(beside, path)
        os.replace(beside, path)
    finally:
        with contextlib.suppress(OSError):
            os.remove(beside)


def made_with(mode: int) -> Callable[[str, int], int]:
    """What gives a file that ``open`` makes this mode, less the umask."""
    return lambda path, flags: os.open(path, flags, mode)


def like(beside: str, path: str) -> None:
    """Mode and owner of the file that it replaces, as far as the file system knows such."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        old = os.stat(path)
        os.chmod(beside, stat.S_IMODE(old.st_mode))
        if hasattr(os, "chown"):
            os.chown(beside, old.st_uid, old.st_gid)
