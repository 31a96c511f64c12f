"""The file of a guide: read in chunks, replaced as a whole."""

import contextlib
import errno
import gzip
import hashlib
import io
import os
import shutil
import threading
from typing import IO, Iterator, cast

from ..errors import InputFileError, OutputError, Stopped, os_error_text
from ..util import files

CHUNK_SIZE = 1 << 16  # bytes
FREE_SPACE_MARGIN = 1 << 20  # bytes that the disk must have beyond the size of the last guide


def read_chunks(path: str) -> Iterator[bytes]:
    """The unpacked file. Raises InputFileError; for a truncated file only at its end."""
    try:
        with files.open_maybe_packed(path) as file:
            yield from iter(lambda: file.read(CHUNK_SIZE), b"")
    except files.READ_ERRORS as error:
        raise InputFileError(path, str(error) or "it is cut") from error


def digest(path: str, stop: threading.Event) -> str:
    """A hash of the text, whether the file is packed or not. Raises InputFileError, Stopped."""
    text_hash = hashlib.sha256()
    for chunk in read_chunks(path):
        if stop.is_set():
            raise Stopped()
        text_hash.update(chunk)
    return text_hash.hexdigest()


@contextlib.contextmanager
def in_place_of(path: str, now: float) -> Iterator[io.TextIOWrapper]:
    """A text file that replaces ``path`` when the block succeeds, and is removed when it fails.

    Raises OutputError.
    """
    target = os.path.realpath(path)  # a link stays a link
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with files.atomic_write(target, now) as raw:
            _check(target)  # only now: leftovers of killed runs are gone and take no space
            with _text(raw, target) as file:
                yield file
    except FileExistsError as error:
        raise OutputError(path, f"{os.path.dirname(target)} is a file, not a folder") from error
    except OSError as error:
        if files.is_disk_full(error):
            needed = _size(target) + FREE_SPACE_MARGIN
            raise OutputError(path, files.room_text(target, needed), files.FREE_ROOM) from error
        raise OutputError(path, os_error_text(error)) from error


def make_folder(path: str) -> None:
    """Make the guide's folder, but not the one above: that is missing when a disk or a share is not
    mounted, and then the guide would fill another disk. Raises OutputError."""
    folder = os.path.dirname(os.path.realpath(path))
    try:
        if not os.path.exists(folder):
            os.mkdir(folder)
    except FileNotFoundError as error:
        missing = os.path.dirname(folder)
        advice = f"If {missing} is on another disk or a share, mount that; else make the folder"
        raise OutputError(path, f"there is no folder {missing}", advice) from error
    except OSError as error:
        raise OutputError(path, os_error_text(error)) from error


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


@contextlib.contextmanager
def _text(raw: IO[bytes], target: str) -> Iterator[io.TextIOWrapper]:
    """UTF-8 with plain line ends; packed if the name ends in .gz, to the same bytes every time."""
    with contextlib.ExitStack() as closing:
        if target.endswith(".gz"):
            packed = closing.enter_context(gzip.GzipFile("", "wb", 6, raw, mtime=0))
            raw = cast(IO[bytes], packed)
        file = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
        yield file
        file.detach()


def _check(target: str) -> None:
    """Refuse what would fail later while writing, or would destroy a file that is not a guide.

    Raises OSError, OutputError.
    """
    size = _size(target)
    if os.path.exists(target):
        if not os.path.isfile(target):
            raise OSError("it is not a file; for a pipe or a device use --output -")
        with open(target, "rb") as file:
            head = file.read(512)
        if head and head[:2] != b"\x1f\x8b" and b"<tv" not in head:
            raise OutputError(target, "the file there is not a guide", "Choose another output")
        if not os.access(target, os.W_OK):
            raise PermissionError("the file is write-protected")
    disk = shutil.disk_usage(os.path.dirname(target))
    if disk.total and disk.free < size + FREE_SPACE_MARGIN:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
