"""The file of a guide: read in chunks, replaced as a whole."""

import contextlib
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
        raise OutputError(path, os_error_text(error)) from error


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
    size = 0
    if os.path.exists(target):
        if not os.path.isfile(target):
            raise OSError("it is no file; for a pipe or a device use --output -")
        size = os.path.getsize(target)
        with open(target, "rb") as file:
            head = file.read(512)
        if head and head[:2] != b"\x1f\x8b" and b"<tv" not in head:
            raise OutputError(target, "the file there is not a guide", "Choose another output")
        if not os.access(target, os.W_OK):
            raise PermissionError("the file is write-protected")
    disk = shutil.disk_usage(os.path.dirname(target))
    if disk.total and disk.free < size + FREE_SPACE_MARGIN:
        free, needed = disk.free >> 10, (size + FREE_SPACE_MARGIN) >> 10
        raise OSError(f"the disk is full: {free} KiB free, {needed} KiB needed")
