"""A guide's file: read in chunks, and replaced as a whole."""

import contextlib
import gzip
import hashlib
import io
import os
import shutil
import threading
import zlib
from typing import IO, Iterator, cast

from ..errors import InputFileError, OutputError, Stopped, os_error_text
from ..util import files

CHUNK_SIZE = 1 << 16  # characters
FREE_SPACE_FACTOR = 1 << 20  # bytes that the disk must have beyond the last guide's size


def read_chunks(path: str) -> Iterator[str]:
    """The text of a guide, unpacked. Raises DataError, for a cut one at its end."""
    opener = gzip.open if path.endswith(".gz") else open
    try:
        with opener(path, "rt", encoding="utf-8", newline="\n") as file:
            yield from iter(lambda: file.read(CHUNK_SIZE), "")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputFileError(path, str(error) or "it is cut") from error


def digest(path: str, stop: threading.Event) -> str:
    """Equal for guides of the same text, packed or not. Raises DataError, Stopped."""
    found = hashlib.sha256()
    for piece in read_chunks(path):
        if stop.is_set():
            raise Stopped()
        found.update(piece.encode("utf-8"))
    return found.hexdigest()


@contextlib.contextmanager
def in_place_of(path: str, now: float) -> Iterator[IO[str]]:
    """A text file beside ``path`` that takes its place when the block ends well, and goes if
    not. Raises OutputError.
    """
    target = os.path.realpath(path)  # a link stays a link
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with files.atomic_write(target, now) as raw:
            _check(target)  # by now there is room for what a killed run had left
            with _text(raw, target) as file:
                yield file
    except FileExistsError as error:
        raise OutputError(path, f"{os.path.dirname(target)} is a file, not a folder") from error
    except OSError as error:
        raise OutputError(path, os_error_text(error)) from error


@contextlib.contextmanager
def _text(raw: IO[bytes], target: str) -> Iterator[IO[str]]:
    """UTF-8 with plain line ends, packed when the name says so, the same bytes every time."""
    if not target.endswith(".gz"):
        file = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
        yield file
        file.detach()
        return
    with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        file = io.TextIOWrapper(cast(IO[bytes], packed), encoding="utf-8", newline="\n")
        yield file
        file.detach()


def _check(target: str) -> None:
    """Refuse before writing what would fail while writing, and what would destroy another's
    file.
    """
    size = 0
    if os.path.exists(target):
        if not os.path.isfile(target):
            raise OSError("it is no file; for a pipe or a device use --output -")
        size = os.path.getsize(target)
        with open(target, "rb") as file:
            head = file.read(512)
        if head and head[:2] != b"\x1f\x8b" and b"<tv" not in head:
            raise OutputError(target, "there is a file that is no guide", "Choose another output")
        if not os.access(target, os.W_OK):
            raise PermissionError("the file is write-protected")
    disk = shutil.disk_usage(os.path.dirname(target))
    if disk.total and disk.free < size + FREE_SPACE_FACTOR:
        free, needed = disk.free >> 10, (size + FREE_SPACE_FACTOR) >> 10
        raise OSError(f"the disk is full: {free} KiB free, {needed} KiB needed")
